"""`probe serve`: the exporter for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import console
from probe.cli.options.caller import CallerOptions, VerdictOptions
from probe.cli.options.composition import OptionGroup, only, with_options, without
from probe.cli.options.connection import TargetConnection
from probe.cli.options.report import ReportOptions
from probe.cli.options.run import PartnerOptions
from probe.errors import UsageError

if TYPE_CHECKING:
    from probe.runs.attempts import Checker
    from probe.runs.partner_list import PartnerList
    from probe.serving.application import Exporting
    from probe.serving.server import Address


@dataclass(frozen=True)
class ServingOptions(OptionGroup):
    """Where the exporter listens, whom it answers, and what it may check."""

    panel = "Serving"

    listen: Annotated[
        str,
        typer.Option(help="Where to listen; loopback only, unless told.", metavar="HOST:PORT"),
    ] = "127.0.0.1:9115"
    any_target: Annotated[
        bool,
        typer.Option(
            "--any-target",
            help="Check whatever is asked for, not only the list. Whoever reaches the exporter can then make "
            "this machine connect anywhere.",
        ),
    ] = False
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Name by which this machine is asked, repeatable, besides IP addresses, localhost and its "
            "host name.",
            metavar="NAME",
        ),
    ] = None
    concurrency: Annotated[
        int,
        typer.Option(
            "-j",
            "--concurrency",
            help="Checks at a time; more are answered 503.",
            metavar="N",
            min=1,
            max=4096,
        ),
    ] = 16
    history: Annotated[
        str | None,
        typer.Option(
            help="History file of scheduled runs, for the status page; it is only read.",
            metavar="FILE",
        ),
    ] = None


@with_options
def serve(
    *,
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TARGET]...", help="Partners that may be asked for, instead of -f."),
    ] = None,
    partners: Annotated[PartnerOptions, only("file")],
    serving: ServingOptions,
    caller: CallerOptions,
    verdict: Annotated[VerdictOptions, without("at")],
    connection: TargetConnection,
    report: Annotated[ReportOptions, only("quiet")],
) -> int:
    """Answer /probe?target=…&caller=… with metrics, in the convention of blackbox_exporter.

    Also /metrics, /healthz, /targets (for http_sd_configs), and a status page at /. Only targets of the list
    are checked. Needs the extra named serve.

    Example: probe serve -f partners.toml --history history.sqlite
    """
    try:
        from probe.serving.application import Exporting
        from probe.serving.server import parse_address
    except ImportError:
        from probe.runs.suggestions import missing_packages

        raise UsageError(
            missing_packages("probe serve", ("starlette", "uvicorn", "prometheus-client"))
        ) from None
    import socket

    from probe.cli import inputs
    from probe.cli.partner_checks import Recipe, make_checker
    from probe.runs.partner_list import from_targets

    address = parse_address(serving.listen)
    listed = inputs.partners(partners.file, targets)
    if listed is None and not serving.any_target:
        raise UsageError("nothing may be asked for: give a partner list with -f, targets, or --any-target")
    exporting = Exporting(
        any_target=serving.any_target,
        concurrency=serving.concurrency,
        history=serving.history,
        names=(socket.gethostname(), *(serving.allow_host or ())),
    )
    check = make_checker(Recipe(connection.settings(aia=caller.aia), caller, verdict))
    return _export(check, listed or from_targets([]), exporting, address, quiet=report.quiet)


def _export(
    check: Checker, listed: PartnerList, exporting: Exporting, address: Address, *, quiet: bool
) -> int:
    """Serve until an interrupt or SIGTERM; 0, because that is how an exporter ends.

    Raises:
        OutputError: the address cannot be listened on.
    """
    import asyncio
    from dataclasses import replace

    from probe.report.summary import counted
    from probe.serving import exporter
    from probe.serving.server import listening_socket

    with listening_socket(address) as listener:
        bound = replace(address, port=listener.getsockname()[1])
        console.note(f"{counted(listed.count, 'partner')} of {listed.name} at http://{bound}/", quiet=quiet)
        if exporting.any_target and not address.is_loopback:
            console.hint(
                "whoever reaches this address can make this machine connect anywhere: use a firewall"
            )
        asyncio.run(exporter.export(check, listed.entries(), exporting, listener, console.error))
    console.note("the exporter has ended", quiet=quiet)
    return 0
