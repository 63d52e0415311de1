"""`probe serve`: the exporter for Prometheus."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import options, run_options

SERVING = "Serving"


def serve(
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TARGET]...", help="Partners that may be asked for, instead of -f."),
    ] = None,
    file: run_options.PartnerFile = None,
    listen: Annotated[
        str,
        typer.Option(
            help="Where to listen; loopback only, unless told.", metavar="HOST:PORT", rich_help_panel=SERVING
        ),
    ] = "127.0.0.1:9115",
    any_target: Annotated[
        bool,
        typer.Option(
            "--any-target",
            help="Check whatever is asked for, not only the list. Whoever reaches the exporter can then make "
            "this machine connect anywhere.",
            rich_help_panel=SERVING,
        ),
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Name by which this machine is asked, repeatable, besides IP addresses, localhost and its "
            "host name.",
            metavar="NAME",
            rich_help_panel=SERVING,
        ),
    ] = None,
    concurrency: Annotated[
        int,
        typer.Option(
            "-j",
            "--concurrency",
            help="Checks at a time; more are answered 503.",
            metavar="N",
            min=1,
            max=4096,
            rich_help_panel=SERVING,
        ),
    ] = 16,
    history: Annotated[
        str | None,
        typer.Option(
            help="History file of scheduled runs, for the status page; it is only read.",
            metavar="FILE",
            rich_help_panel=SERVING,
        ),
    ] = None,
    trust: options.Trust = None,
    caller: options.CallerName = None,
    aia: options.Aia = True,
    root_auto_update: options.RootAutoUpdate = True,
    allow_external: options.AllowExternal = False,
    allow_internal: options.AllowInternal = True,
    eku_check: options.EkuCheck = True,
    tls: options.Tls = None,
    revocation: options.Revocation = options.RevocationMode.NONE,
    warning: options.Warning_ = "30",
    critical: options.Critical = "0",
    connect_to: options.ConnectTo = None,
    resolve: options.Resolve = None,
    only_ipv4: options.OnlyIPv4 = False,
    only_ipv6: options.OnlyIPv6 = False,
    all_addresses: options.AllAddresses = True,
    proxy: options.Proxy = None,
    no_proxy: options.NoProxy = False,
    connect_timeout: options.ConnectTimeout = 10.0,
    timeout: options.Timeout = 25.0,
    quiet: options.Quiet = False,
) -> int:
    """Answer /probe?target=…&caller=… with metrics, in the convention of blackbox_exporter.

    Also /metrics, /healthz, /targets (for http_sd_configs), and a status page at /. Only targets of the list
    are checked. Needs the extra named serve.

    Example: probe serve -f partners.toml --history history.sqlite
    """
    given = locals()  # one record instead of 30 arguments: its fields are the parameters
    from probe.cli import serving

    return serving.run(serving.Serving(**given))
