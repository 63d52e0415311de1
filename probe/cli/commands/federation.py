"""`probe federation`: what a partner says of its federation, as Get-FederationInformation prints it."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import console
from probe.cli.options.composition import only, with_options
from probe.cli.options.connection import TargetConnection
from probe.cli.options.report import PlainFormat, PlainFormatOption, ReportOptions
from probe.errors import UsageError


@with_options
def federation(
    *,
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="Domain or e-mail address.")],
    connection: TargetConnection,
    form: PlainFormatOption = PlainFormat.TEXT,
    report: Annotated[ReportOptions, only("output", "quiet")],
) -> int:
    """Ask a partner what Get-FederationInformation asks: application URI, domains, token issuers.

    Exit code 0: the cmdlet would return this; 1: it would prompt first; 2: it would fail. Of certificates
    only the name is compared; probe check judges them.

    Example: probe federation contoso.com
    """
    import dataclasses

    from probe import api
    from probe.facts import target as parsing
    from probe.report import federation as reports
    from probe.report.commands import is_host
    from probe.report.json import indented

    settings = dataclasses.replace(
        connection.settings(aia=False), only_federation=True, service_records=False
    )
    target = parsing.parse(domain)
    if target.domain is None:
        raise UsageError(
            f"{domain!r} names no domain: give the partner's SMTP domain (probe federation contoso.com)"
        )
    document = reports.document(api.collect(target, settings=settings))
    rendered = indented(document) if form is PlainFormat.JSON else reports.render(document)
    console.emit(rendered, report.output)
    if document.received and not report.quiet:
        console.hint(f"certificates are not judged here: probe check {target.domain}")
    others = [name for name in document.domains or () if name.lower() != target.domain.rstrip(".")]
    # The partner wrote them, and the hint is there to be pasted.
    others = [name for name in others if is_host(name)]
    if document.received and others and not report.quiet:
        # The cmdlet asks each of them again and ignores those with another ApplicationUri ([exchange 1.2]).
        console.hint(f"the cmdlet validates each further domain; probe federation {others[0]} asks the next")
    return 2 if not document.received else 1 if document.prompts else 0
