"""`probe check`: find the endpoints, connect, judge, report."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import console, options, run_options
from probe.runs import defaults


def check(
    context: typer.Context,
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="TARGET…", help="Domain, e-mail address, host[:port] or https URL."),
    ] = None,
    file: run_options.PartnerFile = None,
    relationship: run_options.Relationships = None,
    ews_url: options.EwsUrl = None,
    autodiscover_url: options.AutodiscoverUrl = None,
    trust: options.Trust = None,
    caller: options.CallerName = None,
    aia: options.Aia = True,
    root_auto_update: options.RootAutoUpdate = True,
    allow_external: options.AllowExternal = False,
    allow_internal: options.AllowInternal = True,
    eku_check: options.EkuCheck = True,
    tls: options.Tls = None,
    revocation: options.Revocation = options.RevocationMode.NONE,
    at: options.At = None,
    warning: options.Warning_ = "30",
    critical: options.Critical = "0",
    connect_to: options.ConnectTo = None,
    resolve: options.Resolve = None,
    only_ipv4: options.OnlyIPv4 = False,
    only_ipv6: options.OnlyIPv6 = False,
    all_addresses: options.AllAddresses = True,
    srv: options.ServiceRecords = True,
    proxy: options.Proxy = None,
    no_proxy: options.NoProxy = False,
    connect_timeout: options.ConnectTimeout = 10.0,
    timeout: options.Timeout = 25.0,
    form: options.FormatOption = options.Format.TEXT,
    output: options.Output = None,
    save: options.Save = None,
    save_certificates: options.SaveCertificates = None,
    log_line: options.LogLine = False,
    concurrency: run_options.Concurrency = defaults.CONCURRENCY,
    per_host: run_options.PerHost = defaults.PER_HOST,
    retries: run_options.Retries = defaults.RETRIES,
    deadline: run_options.Deadline = None,
    resume: run_options.Resume = None,
    shard: run_options.ShardOption = None,
    cluster: run_options.ClusterOption = None,
    lock: run_options.LockOption = None,
    history: run_options.HistoryOption = None,
    keep: run_options.Keep = None,
    only_changes: run_options.OnlyChanges = False,
    log_file: run_options.LogFile = None,
    notify: run_options.Notify = None,
    notify_all: run_options.NotifyAll = False,
    notify_dry_run: run_options.NotifyDryRun = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    colour: options.ColourOption = console.Colour.AUTO,
) -> int:
    """Find a partner's endpoints, connect, judge and report.

    Example: probe check contoso.com
    """
    given = locals()  # one record instead of 50 arguments: its fields are the parameters
    from probe.cli import checks

    return checks.run(checks.Checking(**given))
