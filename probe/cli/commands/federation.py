"""`probe federation`: a partner's federation as Get-FederationInformation prints it, and its services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import console
from probe.cli.options.caller_options import CallerOptions, VerdictOptions
from probe.cli.options.composition import with_options
from probe.cli.options.connection_options import TargetConnection
from probe.cli.options.report_options import PlainFormat, PlainFormatOption, ReportOptions
from probe.errors import UsageError

if TYPE_CHECKING:
    from probe.collection.settings import Settings
    from probe.report.document import ResultDocument


@with_options
def federation(
    *,
    domain: Annotated[
        str | None, typer.Argument(metavar="[DOMAIN]", help="Domain or e-mail address of the partner.")
    ] = None,
    services: Annotated[
        bool,
        typer.Option(
            "--services",
            help="Check instead the services of Microsoft's federation that your own servers need: token "
            "service, metadata, domain management.",
        ),
    ] = False,
    proof: Annotated[
        bool,
        typer.Option("--proof", help="Look up instead the TXT record that proves DOMAIN to the federation."),
    ] = False,
    connection: TargetConnection,
    caller: CallerOptions,
    verdict: VerdictOptions,
    form: PlainFormatOption = PlainFormat.TEXT,
    report: ReportOptions,
) -> int:
    """Ask a partner what Get-FederationInformation asks: application URI, domains, token issuers.

    Exit code 0: the cmdlet would return this; 1: it would prompt first; 2: it would fail. Of certificates
    only the name is compared; probe check judges them. With --services the exit codes are those of check.

    Example: probe federation contoso.com
    """
    if services:
        if domain is not None or proof:
            raise UsageError("--services are Microsoft's: give no DOMAIN and no --proof with it")
        return _check_services(connection.settings(aia=caller.aia), caller, verdict, form, report)
    if domain is None:
        raise UsageError("give the partner's SMTP domain (probe federation contoso.com), or --services")
    if proof:
        return _look_up_proof(_domain_of(domain), connection.settings(aia=False), report)
    return _ask(domain, connection.settings(aia=False), form, report)


def _domain_of(text: str) -> str:
    from probe.facts import target as parsing

    target = parsing.parse(text)
    if target.domain is None:
        raise UsageError(
            f"{text!r} names no domain: give the partner's SMTP domain (probe federation contoso.com)"
        )
    return target.domain


def _ask(domain: str, settings: Settings, form: PlainFormat, report: ReportOptions) -> int:
    """Print what the cmdlet would return."""
    import dataclasses

    from probe import api
    from probe.facts import target as parsing
    from probe.report import federation_information as reports
    from probe.report.commands import is_host
    from probe.report.json import indented
    from probe.runs.interruption import as_keyboard_interrupt

    own = _domain_of(domain)
    settings = dataclasses.replace(settings, only_federation=True, service_records=False)
    with as_keyboard_interrupt():  # half an answer is none
        document = reports.document(api.collect(parsing.parse(domain), settings=settings))
    if form is PlainFormat.JSON:
        console.emit(indented(document), report.output)
    else:
        console.emit_for_reader(reports.render(document), report.output)
    if document.received and not report.quiet and is_host(own):
        console.hint(f"certificates are not judged here: probe check {own}")
    others = [name for name in document.domains or () if name.lower() != own.rstrip(".")]
    # The partner wrote them, and the hint is there to be pasted.
    others = [name for name in others if is_host(name)]
    if document.received and others and not report.quiet:
        # The cmdlet asks each of them again and ignores those with another ApplicationUri ([exchange 1.2.6]).
        console.hint(f"the cmdlet validates each further domain; probe federation {others[0]} asks the next")
    return 2 if not document.received else 1 if document.prompts else 0


def _check_services(
    settings: Settings,
    caller: CallerOptions,
    verdict: VerdictOptions,
    form: PlainFormat,
    report: ReportOptions,
) -> int:
    """Check each service of Microsoft's federation as the caller would reach it, and report as check does."""
    from probe import api
    from probe.cli import inputs
    from probe.cli.options.report_options import Format
    from probe.cli.output import reporting
    from probe.collection.collector import INTERRUPTED
    from probe.facts import target as parsing
    from probe.facts.services.federation_services import SERVICES
    from probe.report import build

    conditions = inputs.Conditions.of(caller, verdict)
    inputs.explain_trust(conditions.trust, quiet=report.quiet or caller.trust is not None)
    prepared = api.settings_for(conditions.callers, conditions.trust, settings)
    documents: list[ResultDocument] = []
    for service in SERVICES:
        console.note(f"{service.url}: {service.purpose}", quiet=report.quiet)
        observation = inputs.observe(parsing.parse(service.url), prepared)
        if INTERRUPTED in observation.notes:
            console.error(f"interrupted: {len(documents)} of {len(SERVICES)} services are reported")
            break
        documents.append(build.document(conditions.judge(observation)))
    printed = Format.JSON if form is PlainFormat.JSON else Format.TEXT
    reporting.write(documents, reporting.Report.of(printed, report, verdict.thresholds()))
    if len(documents) < len(SERVICES):
        return 130
    return reporting.exit_code([document.outcome for document in documents])


def _look_up_proof(domain: str, settings: Settings, report: ReportOptions) -> int:
    """Print the domain's TXT records that look like a proof; 2 for none, 3 where DNS does not tell."""
    from probe.collection.discovery import federation_proof
    from probe.collection.discovery.service_records import NoRecordError
    from probe.report.commands import is_host

    try:
        found = federation_proof.proofs(domain, settings)
    except NoRecordError as failed:
        console.error(f"{domain}: DNS does not tell its TXT records ({failed}): ask another name server")
        return 3
    if not found:
        console.emit(f"{domain}: no TXT record has the form of a federation proof\n", report.output)
        return 2
    lines = [f"{domain}: {len(found)} federation proof{'s' if len(found) > 1 else ''} in its TXT records"]
    lines += [f"  {proof}" for proof in found]
    console.emit("\n".join(lines) + "\n", report.output)
    if not report.quiet and is_host(domain):
        console.hint(f"the right one is what Get-FederatedDomainProof -DomainName {domain} prints")
    return 0
