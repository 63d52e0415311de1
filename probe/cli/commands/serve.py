"""`probe serve`: the exporter for Prometheus."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import console
from probe.cli.options.caller_options import CallerOptions, VerdictOptions
from probe.cli.options.composition import OptionGroup, only, with_options, without
from probe.cli.options.connection_options import TargetConnection
from probe.cli.options.report_options import ReportOptions
from probe.cli.options.run_options import PartnerOptions
from probe.errors import UsageError

if TYPE_CHECKING:
    from probe.runs.attempts import Checker
    from probe.runs.lists.partner_list import PartnerList
    from probe.runs.lists.partners import PartnerEntry
    from probe.serving.application import Exporting
    from probe.serving.exporter import ListFile
    from probe.serving.http_server import Address


class Monitor(StrEnum):
    """Monitoring systems, besides Prometheus, that there is something to print for."""

    ICINGA = "icinga"
    NAGIOS = "nagios"
    ZABBIX = "zabbix"
    PRTG = "prtg"


class ServingOptions(OptionGroup):
    """Where the exporter listens, whom it answers, and what it may check."""

    panel = "Serving"

    listen: Annotated[
        str,
        typer.Option(help="Where to listen; loopback only, unless told.", metavar="HOST:PORT"),
    ] = "127.0.0.1:9115"
    every: Annotated[
        str,
        typer.Option(
            help="How often each partner is checked in the background, a tenth more or less: 90s, 15m, 6h. "
            "Scrapes of /metrics get the last result. never: only when asked by /probe.",
            metavar="INTERVAL",
        ),
    ] = "15m"
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
            help="Checks of the schedule at a time, and as many asked for; more of these are answered 503.",
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


class PrintingOptions(OptionGroup):
    """What is printed instead of serving: what a monitoring system needs beside the exporter."""

    panel = "Printing, instead of serving"

    rules: Annotated[
        bool, typer.Option("--rules", help="Print alert rules for Prometheus.", show_default=False)
    ] = False
    dashboard: Annotated[
        bool, typer.Option("--dashboard", help="Print a dashboard for Grafana (JSON).", show_default=False)
    ] = False

    template: Annotated[
        Monitor | None,
        typer.Option(
            help="Print what another monitoring system needs: a configuration for Icinga 2 or Nagios, a "
            "template for Zabbix, a script for PRTG.",
        ),
    ] = None

    def chosen(self) -> str | None:
        """The name of what is to be printed; None: nothing, serve.

        Raises:
            UsageError: more than one is asked for.
        """
        asked = [name for name in ("rules", "dashboard") if getattr(self, name)]
        asked += [self.template.value] if self.template is not None else []
        if len(asked) > 1:
            raise UsageError("--rules, --dashboard and --template print one thing each: give one of them")
        return asked[0] if asked else None


@with_options
def serve(
    *,
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TARGET]...", help="Partners that are checked, instead of -f."),
    ] = None,
    partners: Annotated[PartnerOptions, only("file")],
    serving: ServingOptions,
    printing: PrintingOptions,
    caller: CallerOptions,
    verdict: Annotated[VerdictOptions, without("at")],
    connection: TargetConnection,
    report: Annotated[ReportOptions, only("quiet", "output")],
) -> int:
    """Check partners in the background and answer scrapes of /metrics with the last results and their age.

    Also /probe?target=…&caller=…, which checks when asked, in the convention of blackbox_exporter;
    /healthz, /targets (for http_sd_configs and Zabbix), and a status page at /. Only targets of the list are
    checked; the list is read again when its file changes, and on SIGHUP. Needs the extra named serve.

    Example: probe serve -f partners.toml --every 15m --history history.sqlite

    Example: probe serve --rules -o /etc/prometheus/fedprobe.rules.yml
    """
    chosen = printing.chosen()
    if chosen is not None:
        from probe.serving import monitoring

        console.emit(monitoring.text(chosen), report.output)
        return 0
    if report.output is not None:
        raise UsageError("-o is for --rules, --dashboard and --template: an exporter is asked over HTTP")
    exporting = _exporting(serving)
    from probe.cli import inputs
    from probe.cli.partner_checks import Recipe, make_checker
    from probe.runs.lists.partner_list import from_targets
    from probe.serving.http_server import parse_address

    address = parse_address(serving.listen)
    listed = inputs.partners(partners.file, targets)
    if listed is None and not serving.any_target:
        raise UsageError("nothing may be asked for: give a partner list with -f, targets, or --any-target")
    check = make_checker(Recipe(connection.settings(aia=caller.aia), caller, verdict))
    return _export(check, listed or from_targets([]), exporting, address, partners.file, quiet=report.quiet)


def _exporting(serving: ServingOptions) -> Exporting:
    """What the exporter may check, and for whom.

    Raises:
        UsageError: its packages are not installed, or the interval is none.
    """
    import socket

    try:
        from probe.serving.application import Exporting
    except ImportError:
        from probe.runs.lists.suggestions import missing_packages

        raise UsageError(
            missing_packages("probe serve", ("starlette", "uvicorn", "prometheus-client"))
        ) from None
    return Exporting(
        any_target=serving.any_target,
        concurrency=serving.concurrency,
        history=serving.history,
        names=(socket.gethostname(), *(serving.allow_host or ())),
        every=parse_interval(serving.every),
    )


def parse_interval(text: str) -> float | None:
    """Seconds of `90s`, `15m` or `6h`; None for `never`.

    Raises:
        UsageError: it is no interval, or one outside of a second to a week.
    """
    if text.strip().lower() == "never":
        return None
    match = re.fullmatch(r"(\d{1,6})([smhd])", text.strip().lower())
    seconds = float(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]] if match else 0.0
    if not 1 <= seconds <= 7 * 86400:
        raise UsageError(f"--every {text!r}: give an interval like 90s, 15m or 6h, up to 7d, or never")
    return seconds


def _export(
    check: Checker,
    listed: PartnerList,
    exporting: Exporting,
    address: Address,
    file: str | None,
    *,
    quiet: bool,
) -> int:
    """Serve until an interrupt or SIGTERM; 0, because that is how an exporter ends.

    Raises:
        OutputError: the address cannot be listened on.
    """
    import asyncio
    from dataclasses import replace

    from probe import garbage
    from probe.report.summary import counted
    from probe.serving import exporter
    from probe.serving.http_server import listening_socket

    with listening_socket(address) as listener:
        bound = replace(address, port=listener.getsockname()[1])
        console.note(f"{counted(listed.count, 'partner')} of {listed.name} at http://{bound}/", quiet=quiet)
        if exporting.any_target and not address.is_loopback:
            console.hint(
                "whoever reaches this address can make this machine connect anywhere: use a firewall"
            )
        serving = exporter.export(
            check, listed.entries(), exporting, listener, console.error, _list_file(file)
        )
        garbage.collect_regularly()
        asyncio.run(serving)
    console.note("the exporter has ended", quiet=quiet)
    return 0


def _list_file(file: str | None) -> ListFile | None:
    """The list to read again when it changes; standard input is read once."""
    from probe.cli import inputs
    from probe.serving.exporter import ListFile

    if file is None or file == "-":
        return None

    def read() -> list[PartnerEntry]:
        listed = inputs.partners(file, None)
        return list(listed.entries()) if listed is not None else []

    return ListFile(file, read)
