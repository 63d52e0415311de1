"""`probe check`: find the endpoints, connect, judge, report."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import configured, console, options, run_options
from probe.errors import UsageError
from probe.runs import defaults


def check(
    context: typer.Context,
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="TARGET…", help="Domain, e-mail address, host[:port] or https URL."),
    ] = None,
    file: run_options.PartnerFile = None,
    ews_url: options.EwsUrl = None,
    autodiscover_url: options.AutodiscoverUrl = None,
    trust: options.Trust = None,
    caller: options.CallerName = None,
    aia: options.Aia = True,
    root_auto_update: options.RootAutoUpdate = True,
    allow_external: options.AllowExternal = False,
    eku_check: options.EkuCheck = True,
    tls: options.Tls = None,
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
    from probe import api
    from probe.cli import checking, inputs, judging

    switches = inputs.switches(
        root_auto_update=root_auto_update,
        allow_external=allow_external,
        eku_check=eku_check,
        tls=tls,
    )
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
    report = judging.Report(form, output, verbose=verbose, log_lines=log_line, colour=colour)
    thresholds = inputs.thresholds(warning, critical)
    around = (resume, shard, cluster, lock, history, log_file, deadline, notify)
    if file is not None or len(targets or ()) > 1 or any(option is not None for option in around):
        from probe.cli import campaigns, partner_checks

        recipe = partner_checks.Recipe(
            settings,
            trust=tuple(trust or ()),
            callers=tuple(caller or ()),
            switches=switches,
            thresholds=thresholds,
            at=options.moment(at),
        )
        campaigning = campaigns.from_options(
            concurrency=concurrency,
            per_host=per_host,
            retries=retries,
            deadline=deadline,
            resume=resume,
            shard=shard,
            cluster=cluster,
            lock=lock,
            history=history,
            keep=keep,
            only_changes=only_changes,
            log=log_file,
            notify=notify,
            all_changes=notify_all,
            dry_run=notify_dry_run,
            mail_server=configured.mail_server(context),
            save=save,
            save_certificates=save_certificates,
            quiet=quiet,
        )
        return campaigns.run(file, targets, recipe, campaigning, report)
    if not targets:
        raise UsageError("no target: give a domain, host or https URL (probe check contoso.com)")
    callers = inputs.callers(caller, aia=aia, switches=switches)
    store = inputs.trust(trust, root_auto_update=root_auto_update)
    inputs.explain_trust(store, quiet=quiet or trust is not None)
    plan = judging.Plan(
        callers=callers,
        trust=store,
        at=options.moment(at),
        thresholds=thresholds,
        save=save,
        save_certificates=save_certificates,
        quiet=quiet,
    )
    return checking.run(targets, api.settings_for(callers, store, settings), plan, report)
