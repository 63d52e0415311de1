"""`probe demo`: lab partners on loopback, each checked for real."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import console
from probe.cli.options.composition import only, with_options
from probe.cli.options.report_options import PlainFormat, PlainFormatOption, ReportOptions

if TYPE_CHECKING:
    from probe.cli.printed_records import DemoEntry
    from probe.judgement.model import Judgement
    from probe.judgement.result import TargetResult
    from probe.lab.faults import Fault
    from probe.report.layout import Style

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


@with_options
def demo(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Every fault of the lab, not a selection.")
    ] = False,
    form: PlainFormatOption = PlainFormat.TEXT,
    report: Annotated[ReportOptions, only("colour", "verbose")],
) -> int:
    """Start partners with faults on loopback, check each for real, print the verdicts. Needs no network.

    Example: probe demo
    """
    from probe.cli.output.reporting import for_reader
    from probe.lab.faults import FAULTS
    from probe.report import layout
    from probe.report.json import indented
    from probe.runs.interruption import as_keyboard_interrupt

    as_json = form is PlainFormat.JSON
    style = layout.Style(
        colour=console.wants_colour(report.colour),
        verbose=report.verbose,
        width=console.width(layout.NARROWEST, layout.WIDEST),
    )
    names = [row.name for row in FAULTS] if everything else DEMO
    checked = []
    with as_keyboard_interrupt():  # a partner that was not seen to the end is to blame for nothing
        for name in names:
            one = check_fault(name)
            checked.append(one)
            if not as_json:
                console.emit(for_reader(_shown(one, style), to_file=False))
    wrong = [one.fault.name for one in checked if not one.as_expected]
    if as_json:
        console.emit(indented([_entry(one) for one in checked]))
    else:
        console.emit(_closing(len(checked), wrong))
    return 70 if wrong else 0


@dataclass(frozen=True)
class CheckedFault:
    """One lab partner checked for real: its fault, the whole result, the text that must be logged."""

    fault: Fault
    result: TargetResult
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
        from probe.lab.faults import Expected

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


def check_fault(name: str, *, timeout: float = 3.0) -> CheckedFault:
    """Start the partner with this fault, check its EWS endpoint over real sockets, and stop it."""
    from probe import api
    from probe.collection import settings as collecting
    from probe.judgement import caller_profile as callers
    from probe.lab.faults import fault as find_fault
    from probe.lab.partner import Partner

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
    return CheckedFault(row, result, text)


def _shown(one: CheckedFault, style: Style) -> str:
    """The fault, what it is, and what `probe check` would say of it."""
    from probe.report import build
    from probe.report.formats import short, text

    document = build.document(one.result)
    whole = text.render([document], style).splitlines() if style.verbose else None
    _, *said = whole or short.target_lines(document, style)
    heading = f"{style.strong(one.fault.name)}: {short.verdict(document, style)}"
    return "\n".join((heading, f"  {one.fault.summary}", *said)) + "\n\n"


def _entry(one: CheckedFault) -> DemoEntry:
    from probe.cli.printed_records import DemoEntry, ExpectedVerdict, LoggedException
    from probe.dotnet import flag_names

    policy, exception = one.judgement.ssl_policy_errors, one.judgement.web_exception
    return DemoEntry(
        name=one.fault.name,
        summary=one.fault.summary,
        expected=ExpectedVerdict.of(one.fault.expected),
        outcome=one.judgement.outcome,
        ssl_policy_errors=None if policy is None else tuple(flag_names(policy)),
        web_exception=None if exception is None else LoggedException(exception.status.name, exception.text),
        as_expected=one.as_expected,
    )


def _closing(count: int, wrong: Sequence[str]) -> str:
    if wrong:
        return f"{count} partners checked; not the verdict the lab demands: {', '.join(wrong)}\n"
    return (
        f"{count} partners checked over real sockets on loopback, every verdict as the lab demands.\n"
        "Next: probe check PARTNER-DOMAIN\n"
    )
