"""`probe lab`: list the faults, or serve a partner with one on loopback until interrupted."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import console
from probe.cli.options.report import PlainFormat, PlainFormatOption

if TYPE_CHECKING:
    from probe.facts.trust import TrustStore
    from probe.lab.partner import Partner


_PAUSE_SECONDS = 0.5


def _names() -> list[str]:
    """What the shell completes FAULT to."""
    from probe.lab.faults import FAULTS

    return [row.name for row in FAULTS]


def lab(
    fault: Annotated[
        str | None,
        typer.Argument(
            metavar="[FAULT]",
            help="The fault to serve; none lists them.",
            autocompletion=lambda: _names(),
        ),
    ] = None,
    listing: Annotated[
        bool, typer.Option("--list", help="List the faults with phase and verdict; the same as no FAULT.")
    ] = False,
    form: PlainFormatOption = PlainFormat.TEXT,
    trust_file: Annotated[
        str | None,
        typer.Option(
            "--trust-file",
            metavar="PATH",
            help="Where to write the lab's roots as PEM while it serves (default: a temporary file).",
        ),
    ] = None,
) -> int:
    """List the faults of the lab, or serve a partner with one of them on loopback until Ctrl-C.

    Example: probe lab untrusted-root
    """
    as_json = form is PlainFormat.JSON
    if fault is None or listing:
        return _list_faults(as_json=as_json)
    return _serve(fault, as_json=as_json, trust_file=trust_file)


def _list_faults(*, as_json: bool) -> int:
    """Print every fault with the verdict it must get."""
    from probe.cli.documents import FaultEntry
    from probe.lab.faults import FAULTS
    from probe.report.json import indented

    if as_json:
        console.emit(indented([FaultEntry.of(row) for row in FAULTS]))
        return 0
    width = max(len(row.name) for row in FAULTS)
    lines = [f"{'fault':{width}}  {'phase':11}  {'verdict':8}  what happens"]
    lines += [f"{r.name:{width}}  {r.phase:11}  {r.expected.outcome:8}  {r.summary}" for r in FAULTS]
    console.emit("\n".join(lines) + "\n")
    console.hint(f"{len(FAULTS)} faults; probe lab untrusted-root serves a partner with that one")
    return 0


def _serve(name: str, *, as_json: bool, trust_file: str | None) -> int:
    """Serve a partner with one fault until interrupted, saying how to check it.

    Raises:
        UsageError: the lab has no such fault.
        OutputError: the file with the roots cannot be written.
    """
    import tempfile

    from probe.cli.documents import FaultEntry
    from probe.lab.faults import fault as find_fault
    from probe.lab.partner import Partner
    from probe.report.json import indented
    from probe.runs.interruption import as_keyboard_interrupt

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
                console.emit(indented(FaultEntry.of(row, url=partner.ews_url, check=command)))
            else:
                console.emit(
                    f"{row.name}: {row.summary}\nserving {partner.ews_url} on 127.0.0.1:{partner.port}\n"
                    f"check it from another terminal with\n\n  {command}\n\nCtrl-C ends it\n"
                )
            wait_for_interrupt()
        except KeyboardInterrupt:
            console.note("the partner is gone")
    return 0


def wait_for_interrupt() -> None:
    """Wait until Ctrl-C, Ctrl-Break, SIGTERM or SIGHUP.

    No wait of threading's ends for a signal on Windows, and none of time's for Ctrl-Break before it is over.

    Raises:
        KeyboardInterrupt: always.
    """
    import time

    while True:
        time.sleep(_PAUSE_SECONDS)


def write_stores(trust: TrustStore, roots: Path) -> tuple[str, ...]:
    """Write a lab store as PEM, one file a role beside `roots`; returns the --trust specs that read it.

    Raises:
        OutputError: a file cannot be written.
    """
    from probe.cli.files import write_atomically
    from probe.lab.issuance import certificate_pem

    specs = []
    for role, certificates in (
        ("root", trust.roots),
        ("intermediate", trust.intermediates),
        ("disallowed", trust.disallowed),
    ):
        if not certificates:
            continue
        path = roots if role == "root" else roots.with_name(f"{role}-{roots.name}")
        write_atomically(path, "".join(map(certificate_pem, certificates)).encode())
        specs.append(str(path) if role == "root" else f"{role}:{path}")
    return tuple(specs)


def check_command(partner: Partner, specs: Sequence[str]) -> str:
    """The command line with which `probe check` reaches this partner, quoted for this system's shell."""
    import shlex
    import subprocess

    words = ["probe", "check", partner.ews_url, "--connect-to", partner.connect_to[0]]
    for spec in specs:
        words += ["--trust", spec]
    if partner.fault.caller:
        words += ["--caller", partner.fault.caller]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
