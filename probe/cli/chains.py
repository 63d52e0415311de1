"""Judging the chain in one file for one or more callers, and printing it."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from probe.cli import console, reporting, saving
from probe.cli.console import Colour
from probe.errors import DataError, TrustStoreError
from probe.facts import target as targets
from probe.facts.certificate import Certificate
from probe.facts.trust import TrustStore
from probe.judgement import judge as judging
from probe.judgement.caller import Caller
from probe.judgement.model import Judgement
from probe.judgement.thresholds import Thresholds
from probe.report import build, json, text
from probe.report.layout import Style
from probe.stores import recognition


class Question(Struct, frozen=True):
    """A chain file and everything that its verdict depends on."""

    file: str
    host: str | None
    callers: tuple[Caller, ...]
    trust: TrustStore
    at: datetime | None
    thresholds: Thresholds


def run(
    question: Question,
    *,
    as_json: bool,
    output: str | None,
    explain: bool,
    colour: Colour,
    save_certificates: str | None,
) -> int:
    """Judge, print, and return the exit code of the outcomes.

    Raises:
        TargetError: the host is no host name.
        InputMissingError, TrustStoreError: the file cannot be read or holds no certificate.
        OutputError: the output cannot be written.
    """
    judgements = _judge(question)
    documents = [build.chain_document(judgement) for judgement in judgements]
    if as_json:
        report = json.render(documents)
    else:
        style = Style(colour=console.wants_colour(colour, to_file=output not in (None, "-")), explain=explain)
        report = "\n".join(text.render_chain(document, style) for document in documents)
    console.emit(report, output)
    if save_certificates is not None:
        for path in saving.save_certificates(save_certificates, judgements):
            console.note(f"certificate saved: {path}")
    return reporting.exit_code([judgement.outcome.value for judgement in judgements])


def _judge(question: Question) -> tuple[Judgement, ...]:
    presented = _presented(question.file)
    host = None if question.host is None else targets.idn_host(question.host)
    moment = question.at or datetime.now(UTC)
    return tuple(
        judging.judge_presented(
            presented,
            host=host,
            trust=question.trust,
            caller=caller,
            at=moment,
            thresholds=question.thresholds,
        )
        for caller in question.callers
    )


def _presented(file: str) -> tuple[Certificate, ...]:
    try:
        entries = recognition.read(console.read_input(file)).entries
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
