"""`probe check`: find the endpoints, connect, judge, report."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import console, options
from probe.errors import UsageError


def check(
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="TARGET…", help="Domain, e-mail address, host[:port] or https URL."),
    ] = None,
    ews_url: options.EwsUrl = None,
    autodiscover_url: options.AutodiscoverUrl = None,
    trust: options.Trust = None,
    caller: options.CallerName = None,
    aia: options.Aia = True,
    root_auto_update: options.RootAutoUpdate = True,
    allow_external: options.AllowExternal = False,
    eku_check: options.EkuCheck = True,
    at: options.At = None,
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
    form: options.FormatOption = options.Format.TEXT,
    output: options.Output = None,
    save: options.Save = None,
    save_certificates: options.SaveCertificates = None,
    log_line: options.LogLine = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    colour: options.ColourOption = console.Colour.AUTO,
) -> int:
    """Find a partner's endpoints, connect, judge and report.

    Example: probe check contoso.com
    """
    from probe import api
    from probe.cli import checking, inputs, judging

    if not targets:
        raise UsageError("no target: give a domain, host or https URL (probe check contoso.com)")
    callers = inputs.callers(
        caller,
        aia=aia,
        root_auto_update=root_auto_update,
        allow_external=allow_external,
        eku_check=eku_check,
    )
    store = inputs.trust(trust, root_auto_update=root_auto_update)
    inputs.explain_trust(store, quiet=quiet or trust is not None)
    settings = inputs.settings(
        ews_url=ews_url,
        autodiscover_url=autodiscover_url,
        connect_to=connect_to,
        resolve=resolve,
        address_family=inputs.family(only_ipv4=only_ipv4, only_ipv6=only_ipv6),
        all_addresses=all_addresses,
        proxy=proxy,
        no_proxy=no_proxy,
        connect_timeout=connect_timeout,
        timeout=timeout,
        aia=aia,
    )
    plan = judging.Plan(
        callers=callers,
        trust=store,
        at=options.moment(at),
        thresholds=inputs.thresholds(warning, critical),
        save=save,
        save_certificates=save_certificates,
        quiet=quiet,
    )
    report = judging.Report(form, output, verbose=verbose, log_lines=log_line, colour=colour)
    return checking.run(targets, api.settings_for(callers, store, settings), plan, report)
