"""Listing the lab's faults, serving one, and checking several as the demo does."""

from __future__ import annotations

import dataclasses
import shlex
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from probe import api
from probe.cli import console
from probe.collection import settings as collecting
from probe.dotnet import flag_names
from probe.facts.trust import TrustStore
from probe.judgement import caller as callers
from probe.judgement.model import Judgement
from probe.judgement.result import Result
from probe.lab.faults import FAULTS, Expected, Fault
from probe.lab.faults import fault as find_fault
from probe.lab.issuance import certificate_pem
from probe.lab.partner import Partner
from probe.report.json import indented
from probe.runs.interruption import as_keyboard_interrupt

# Enough to see every kind of answer in a few seconds; --all runs every fault of the lab.
DEMO = (
    "healthy",
    "untrusted-root",
    "wrong-name",
    "expired",
    "missing-intermediate-aia",
    "missing-intermediate",
    "tls10-only",
    "reset-after-request",
    "wssecurity-off",
    "pre-authentication",
    "service-stopped",
)


class Checked(Struct, frozen=True):
    """One lab partner checked for real: its fault, the whole result, the text that must be logged."""

    fault: Fault
    result: Result
    text: str | None

    @property
    def judgement(self) -> Judgement:
        """The judgement that the fault's row is about."""
        return self.result.judgements[0]

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the one that the fault's row demands."""
        return not self.disagreements

    @property
    def disagreements(self) -> tuple[str, ...]:
        """What is not as the fault's row demands; () if all is."""
        got, exception = self.judgement, self.judgement.web_exception
        demanded = dataclasses.replace(self.fault.expected, text=self.text)
        return demanded.disagreements(
            Expected(
                outcome=got.outcome.value,
                ssl_policy_errors=got.ssl_policy_errors,
                chain_status=got.chain.status if got.chain else None,
                web_exception_status=exception.status if exception else None,
                text=exception.text if exception else None,
            )
        )


def list_faults(*, as_json: bool) -> int:
    """Print every fault with the verdict it must get."""
    if as_json:
        console.emit(indented([row.document() for row in FAULTS]))
        return 0
    width = max(len(row.name) for row in FAULTS)
    lines = [f"{'fault':{width}}  {'phase':11}  {'verdict':8}  what happens"]
    lines += [f"{r.name:{width}}  {r.phase:11}  {r.expected.outcome:8}  {r.summary}" for r in FAULTS]
    console.emit("\n".join(lines) + "\n")
    console.hint(f"{len(FAULTS)} faults; probe lab untrusted-root serves a partner with that one")
    return 0


def serve(name: str, *, as_json: bool, trust_file: str | None) -> int:
    """Serve a partner with one fault until interrupted, saying how to check it.

    Raises:
        UsageError: the lab has no such fault.
        OutputError: the file with the roots cannot be written.
    """
    row = find_fault(name)
    # SIGTERM and SIGHUP would end the process with the folder left behind.
    with (
        as_keyboard_interrupt(),
        tempfile.TemporaryDirectory(prefix="probe-lab-") as folder,
        Partner(row.name) as partner,
    ):
        roots = Path(trust_file) if trust_file else Path(folder) / "roots.pem"
        command = check_command(partner, write_stores(partner.trust, roots))
        try:  # an interrupt may come as soon as the text is out
            if as_json:
                console.emit(indented({**row.document(), "url": partner.ews_url, "check": command}))
            else:
                console.emit(
                    f"{row.name}: {row.summary}\nserving {partner.ews_url} on 127.0.0.1:{partner.port}\n"
                    f"check it from another terminal with\n\n  {command}\n\nCtrl-C ends it\n"
                )
            threading.Event().wait()
        except KeyboardInterrupt:
            console.note("the partner is gone")
    return 0


def write_stores(trust: TrustStore, roots: Path) -> tuple[str, ...]:
    """Write a lab store as PEM, one file a role beside `roots`; returns the --trust specs that read it.

    Raises:
        OutputError: a file cannot be written.
    """
    specs = []
    for role, certificates in (
        ("root", trust.roots),
        ("intermediate", trust.intermediates),
        ("disallowed", trust.disallowed),
    ):
        if not certificates:
            continue
        path = roots if role == "root" else roots.with_name(f"{role}-{roots.name}")
        console.write_atomically(path, "".join(map(certificate_pem, certificates)).encode())
        specs.append(str(path) if role == "root" else f"{role}:{path}")
    return tuple(specs)


def check_command(partner: Partner, specs: Sequence[str]) -> str:
    """The command line with which `probe check` reaches this partner."""
    words = ["probe", "check", partner.ews_url, "--connect-to", partner.connect_to[0]]
    for spec in specs:
        words += ["--trust", spec]
    if partner.fault.caller:
        words += ["--caller", partner.fault.caller]
    return shlex.join(words)


def check_fault(name: str, *, timeout: float = 3.0) -> Checked:
    """Start the partner with this fault, check its EWS endpoint over real sockets, and stop it."""
    row = find_fault(name)
    with Partner(row.name) as partner:
        # A stall of the lab lasts for ever, so the caller stops waiting sooner here than this run does.
        profile = dataclasses.replace(
            callers.profile(row.caller or callers.DEFAULT), answer_timeout_seconds=timeout / 4
        )
        overrides = tuple(collecting.parse_connect_to(text) for text in partner.connect_to)
        result = api.check(
            partner.ews_url,
            trust=partner.trust,
            callers=(profile,),
            connect_to=overrides,
            family=4,
            timeout=timeout,
            connect_timeout=timeout / 2,
            resolver=partner.resolver,
        )
        text = row.expected.text_for(partner.host, f"127.0.0.1:{partner.port}")
    return Checked(row, result, text)


def demo(names: Sequence[str], *, as_json: bool, colour: bool) -> int:
    """Check each fault and print verdict and log line as they come; 0 when every verdict is the right one."""
    from probe.report.layout import VERDICTS, Style

    style = Style(colour=colour)
    checked = []
    for name in names:
        one = check_fault(name)
        checked.append(one)
        if not as_json:
            judgement = one.judgement
            verdict = style.paint(VERDICTS[judgement.outcome.value], judgement.outcome.value)
            console.emit(f"{style.strong(one.fault.name)}: {verdict}\n" + _details(one))
    wrong = [one.fault.name for one in checked if not one.as_expected]
    if as_json:
        console.emit(indented([_entry(one) for one in checked]))
    else:
        console.emit(_closing(len(checked), wrong))
    return 70 if wrong else 0


def _details(one: Checked) -> str:
    judgement = one.judgement
    lines = [f"  {one.fault.summary}"]
    if judgement.ssl_policy_errors is not None:
        chain = ", ".join(flag_names(judgement.chain.status)) if judgement.chain else ""
        errors = ", ".join(flag_names(judgement.ssl_policy_errors)) or "None"
        lines.append(f"  SslPolicyErrors: {errors}" + (f" ({chain})" if chain else ""))
    if judgement.web_exception is not None:
        lines.append(f"  log: {judgement.web_exception.text}")
    for finding in judgement.findings[:1]:
        lines.append(f"  why: {finding.summary}")
        for remedy in finding.remedies[:1]:
            proof = " (proved)" if remedy.proved else ""
            lines.append(f"  fix: {remedy.actor.value}: {remedy.text}{proof}")
    return "\n".join(lines) + "\n\n"


def _entry(one: Checked) -> dict[str, object]:
    judgement = one.judgement
    return {
        "name": one.fault.name,
        "summary": one.fault.summary,
        "expected": one.fault.expected.document(),
        "outcome": judgement.outcome.value,
        "ssl_policy_errors": None
        if judgement.ssl_policy_errors is None
        else flag_names(judgement.ssl_policy_errors),
        "web_exception": None
        if judgement.web_exception is None
        else {"status": judgement.web_exception.status.name, "text": judgement.web_exception.text},
        "as_expected": one.as_expected,
    }


def _closing(count: int, wrong: Sequence[str]) -> str:
    if wrong:
        return f"{count} partners checked; not the verdict the lab demands: {', '.join(wrong)}\n"
    return (
        f"{count} partners checked over real sockets on loopback, every verdict as the lab demands.\n"
        "Next: probe check PARTNER-DOMAIN\n"
    )
