"""`probe chain`: a certificate chain from a file, judged with no network."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import console, options


def chain(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Chain as PEM, DER or PKCS #7, end-entity first; - too.")
    ],
    host: Annotated[
        str | None, typer.Option(help="Host name that the caller would ask for; without it no name check.")
    ] = None,
    trust: options.Trust = None,
    caller: options.CallerName = None,
    aia: options.Aia = True,
    root_auto_update: options.RootAutoUpdate = True,
    allow_external: options.AllowExternal = False,
    allow_internal: options.AllowInternal = True,
    eku_check: options.EkuCheck = True,
    tls: options.Tls = None,
    at: options.At = None,
    warning: options.Warning_ = "30",
    critical: options.Critical = "0",
    explain: Annotated[
        bool, typer.Option("--explain", help="Print the search: candidate issuers and why each lost.")
    ] = False,
    form: options.PlainFormatOption = options.PlainFormat.TEXT,
    output: options.Output = None,
    save_certificates: options.SaveCertificates = None,
    colour: options.ColourOption = console.Colour.AUTO,
) -> int:
    """Judge a certificate chain from a file as the caller's Windows would, with no network.

    Example: probe chain fullchain.pem --host mail.contoso.com --trust our-roots.sst
    """
    from probe.cli import chains, inputs

    switches = inputs.switches(
        root_auto_update=root_auto_update,
        allow_external=allow_external,
        allow_internal=allow_internal,
        eku_check=eku_check,
        tls=tls,
    )
    question = chains.Question(
        file=file,
        host=host,
        callers=inputs.callers(caller, aia=aia, switches=switches),
        trust=inputs.trust(trust, root_auto_update=root_auto_update),
        at=options.moment(at),
        thresholds=inputs.thresholds(warning, critical),
    )
    return chains.run(
        question,
        as_json=form is options.PlainFormat.JSON,
        output=output,
        explain=explain,
        colour=colour,
        save_certificates=save_certificates,
    )
