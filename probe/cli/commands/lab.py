"""`probe lab`: list the faults, or serve a partner with one on loopback until interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from probe.cli import console
from probe.cli.options.composition import with_options
from probe.cli.options.report_options import OutputPath, PlainFormat, PlainFormatOption
from probe.errors import UsageError

if TYPE_CHECKING:
    from probe.facts.trust_store import TrustStore
    from probe.lab.native import ComparisonDocument
    from probe.lab.partner import Partner


_PAUSE_SECONDS = 0.5


def _names() -> list[str]:
    """What the shell completes FAULT to."""
    from probe.lab.faults import FAULTS

    return [row.name for row in FAULTS]


FaultArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[FAULT]",
        help="The fault to serve; none lists them.",
        autocompletion=lambda: _names(),
    ),
]
EveryOption = Annotated[
    bool,
    typer.Option("--every", help="Serve a partner with each fault at once, a JSON line for each."),
]
NativeOption = Annotated[
    bool,
    typer.Option(
        "--native",
        help="Print the Windows PowerShell 5.1 script that asks a real Windows about every fault. It "
        "changes nothing there.",
    ),
]
ComparisonOption = Annotated[
    str | None,
    typer.Option(
        "--compare",
        metavar="FILE",
        help="Compare what that script wrote with the lab's rows.",
    ),
]
TrustFileOption = Annotated[
    str | None,
    typer.Option(
        "--trust-file",
        metavar="PATH",
        help="Where to write the lab's roots as PEM while it serves (default: a temporary file).",
    ),
]


@with_options
def lab(
    fault: FaultArgument = None,
    listing: Annotated[
        bool, typer.Option("--list", help="List the faults with phase and verdict; the same as no FAULT.")
    ] = False,
    every: EveryOption = False,
    native: NativeOption = False,
    comparison: ComparisonOption = None,
    form: PlainFormatOption = PlainFormat.TEXT,
    trust_file: TrustFileOption = None,
    *,
    report: OutputPath,
) -> int:
    """List the faults of the lab, or serve a partner with one of them on loopback until Ctrl-C.

    Example: probe lab untrusted-root
    """
    as_json = form is PlainFormat.JSON
    if sum((every, native, comparison is not None, fault is not None)) > 1:
        raise UsageError("give one of FAULT, --every, --native and --compare: each does something else")
    if native:
        return _print_script(report.output)
    if comparison is not None:
        return _compare(comparison, report.output, as_json=as_json)
    if every:
        return _serve_every()
    if fault is None or listing:
        return _list_faults(as_json=as_json)
    return _serve(fault, as_json=as_json, trust_file=trust_file)


def _list_faults(*, as_json: bool) -> int:
    """Print every fault with the verdict it must get."""
    from probe.cli.printed_records import FaultEntry
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

    from probe.cli.printed_records import FaultEntry
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
        if command is None:
            raise UsageError(f"no shell takes {trust_file} as it is written: give --trust-file another path")
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


def _print_script(output: str | None) -> int:
    """Print the script for a Windows Server without Exchange."""
    from probe.lab import native

    console.emit(native.script(), output)
    console.hint("put it beside probe.exe on a Windows Server; its first lines say how it is run")
    return 0


def _compare(path: str, output: str | None, *, as_json: bool) -> int:
    """Print how the answers of a real Windows stand to the lab's rows; 2 where one disagrees.

    Raises:
        InputMissingError: the file cannot be read.
        DataError: it is no file of the script.
    """
    from probe.cli.files import read_input
    from probe.lab import native
    from probe.report.json import indented

    document = native.compare(native.read(read_input(path)))
    console.emit(indented(document) if as_json else _comparison_text(document), output)
    return 2 if document.counts[native.OracleAgreement.DISAGREES] else 0


def _comparison_text(document: ComparisonDocument) -> str:
    """Which Windows it was, how many faults agree, and every other one with its reason."""
    from probe.escaping import one_line

    counts = ", ".join(f"{count} {agreement}" for agreement, count in document.counts.items())
    lines = [f"{one_line(document.windows)} (build {document.build}): {counts}"]
    for fault in document.faults:
        if fault.lines:
            lines.append(f"{fault.name}: {fault.agreement}")
            lines += [f"  {one_line(line, 400)}" for line in fault.lines]
    return "\n".join(lines) + "\n"


def _serve_every() -> int:
    """Serve a partner with each fault that another Windows can be asked about, until interrupted.

    Left out are faults of name resolution, which loopback does not have, and those of a Disallowed store.
    """
    from contextlib import ExitStack

    from probe.lab.faults import FAULTS
    from probe.lab.partner import Partner
    from probe.runs.interruption import as_keyboard_interrupt

    with as_keyboard_interrupt(), ExitStack() as partners:
        try:
            for row in FAULTS:
                partner = partners.enter_context(Partner(row.name))
                if partner.connect_to and not partner.disallowed:
                    console.emit(msgspec.json.encode(_invitation(partner)).decode() + "\n")
            console.emit("\n")
            wait_for_interrupt()
        except KeyboardInterrupt:
            console.note("the partners are gone")
    return 0


def _invitation(partner: Partner) -> dict[str, object]:
    """What another program needs to call a partner: certificates are DER in base64."""
    import base64

    from probe.facts.target import EWS_PATH

    address = f"127.0.0.1:{partner.port}"
    return {
        "name": partner.fault.name,
        "url": f"https://{address}{EWS_PATH}/WSSecurity",
        "host": f"{partner.host}:{partner.port}",
        "endpoint": address,
        "roots": [base64.b64encode(root.der).decode() for root in partner.trust_roots],
        "intermediates": [base64.b64encode(one.der).decode() for one in partner.intermediates],
    }


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


def check_command(partner: Partner, specs: Sequence[str]) -> str | None:
    """The command line with which `probe check` reaches this partner, quoted for this system's shell.

    None: a path in it cannot be quoted for it.
    """
    words = ["probe", "check", partner.ews_url, "--connect-to", partner.connect_to[0]]
    for spec in specs:
        words += ["--trust", spec]
    if partner.fault.caller:
        words += ["--caller", partner.fault.caller]
    return console.command(*words)
