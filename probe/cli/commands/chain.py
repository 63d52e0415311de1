"""`probe chain`: a certificate chain from a file, judged with no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import console
from probe.cli.options.caller_options import CallerOptions, VerdictOptions
from probe.cli.options.composition import only, with_options, without
from probe.cli.options.report_options import PlainFormat, PlainFormatOption, ReportOptions

if TYPE_CHECKING:
    from probe.cli.inputs import Conditions
    from probe.facts.certificate import Certificate
    from probe.judgement.model import Judgement


@with_options
def chain(
    *,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Chain as PEM, DER or PKCS #7, end-entity first; - too.")
    ],
    host: Annotated[
        str | None, typer.Option(help="Host name that the caller would ask for; without it no name check.")
    ] = None,
    caller: Annotated[CallerOptions, without("revocation")],
    verdict: VerdictOptions,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print the search: candidate issuers and why each lost.")
    ] = False,
    form: PlainFormatOption = PlainFormat.TEXT,
    report: Annotated[ReportOptions, only("output", "save_certificates", "colour")],
) -> int:
    """Judge a certificate chain from a file as the caller's Windows would, with no network.

    Example: probe chain fullchain.pem --host mail.contoso.com --trust our-roots.sst
    """
    from probe.cli import inputs
    from probe.cli.output import reporting, saving
    from probe.report import build, json
    from probe.report.formats import text

    if report.save_certificates is not None:
        saving.prepare(report)
    judgements = _judge(file, host, inputs.Conditions.of(caller, verdict))
    documents = [build.chain_document(judgement) for judgement in judgements]
    if form is PlainFormat.JSON:
        printed = json.render(documents)
    else:
        style = reporting.text_style(report, explain=explain)
        printed = "\n".join(text.render_chain(document, style) for document in documents)
        printed = reporting.for_reader(printed, to_file=report.to_file)
    console.emit(printed, report.output)
    if report.save_certificates is not None:
        for path in saving.save_certificates(report.save_certificates, judgements):
            console.note(f"certificate saved: {path}")
    return reporting.exit_code([judgement.outcome.value for judgement in judgements])


def _judge(file: str, host: str | None, conditions: Conditions) -> tuple[Judgement, ...]:
    """The judgement of each caller about the chain in a file.

    Raises:
        TargetError: the host is no host name.
        InputMissingError, DataError: the file cannot be read, or holds no certificate.
    """
    from datetime import UTC, datetime

    from probe.facts import target as targets
    from probe.judgement import target_judgement as judging

    presented = _presented(file)
    asked = None if host is None else targets.idn_host(host)
    moment = conditions.at or datetime.now(UTC)
    return tuple(
        judging.judge_presented(
            presented,
            host=asked,
            trust=conditions.trust,
            caller=caller,
            at=moment,
            thresholds=conditions.thresholds,
        )
        for caller in conditions.callers
    )


def _presented(file: str) -> tuple[Certificate, ...]:
    from probe.cli.files import read_input
    from probe.errors import DataError, TrustStoreError
    from probe.stores import recognition

    try:
        entries = recognition.read(read_input(file)).entries
    except TrustStoreError as refused:
        raise DataError(f"{file}: {refused}") from None
    if not entries:
        raise DataError(f"{file} holds no certificate: give the chain as PEM, DER or PKCS #7")
    return end_entity_first(tuple(entry.certificate for entry in entries))


def end_entity_first(certificates: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """The certificates in their order, but with the end-entity first where an issuer of others stands first.

    PKCS #7 is a SET, whose DER sorts its members, so its first certificate need not be the end-entity.
    """
    issuers = {c.issuer.der for c in certificates if not c.self_issued}
    if certificates[0].subject.der not in issuers:
        return certificates
    ends = [c for c in certificates if c.subject.der not in issuers]
    if len(ends) != 1:
        return certificates
    return (ends[0], *(c for c in certificates if c is not ends[0]))
