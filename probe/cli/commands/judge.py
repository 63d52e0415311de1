"""`probe judge`: recorded observations judged again, offline; the same report as `probe check`."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import console, options


def judge(
    records: Annotated[
        list[str], typer.Argument(metavar="RECORD…", help="Files that probe collect or --save wrote; - too.")
    ],
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
    form: options.FormatOption = options.Format.TEXT,
    output: options.Output = None,
    save_certificates: options.SaveCertificates = None,
    log_line: options.LogLine = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    colour: options.ColourOption = console.Colour.AUTO,
) -> int:
    """Judge recorded observations without any network.

    Example: probe judge contoso.json --caller exchange-2016@2012r2 --trust our-roots.sst
    """
    from probe.cli import inputs, judging
    from probe.cli.reporting import Report

    switches = inputs.switches(
        root_auto_update=root_auto_update,
        allow_external=allow_external,
        allow_internal=allow_internal,
        eku_check=eku_check,
        tls=tls,
        revocation=revocation is options.RevocationMode.ONLINE,
    )
    store = inputs.trust(trust, root_auto_update=root_auto_update)
    inputs.explain_trust(store, quiet=quiet or trust is not None)
    plan = judging.Plan(
        callers=inputs.callers(caller, aia=aia, switches=switches),
        trust=store,
        at=options.moment(at),
        thresholds=inputs.thresholds(warning, critical),
        save_certificates=save_certificates,
        quiet=quiet,
    )
    report = Report(form, output, verbose=verbose, log_lines=log_line, colour=colour)
    return judging.run(records, plan, report)
