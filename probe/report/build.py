"""From a result to its document: the only place where the contract's keys are filled in.

Text stays as the partner sent it; renderers clean it. Enumerations become their names, absence stays None.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import IntFlag
from typing import TypeVar

from msgspec import Struct, convert, structs
from msgspec.structs import replace

from probe.dotnet import flag_names
from probe.escaping import ELLIPSIS
from probe.facts import extensions, soap
from probe.facts.certificate import Certificate, derived
from probe.facts.observation import Connection, HttpExchange, Observation, Visit
from probe.facts.target import without_password
from probe.facts.trust_store import TrustStore
from probe.judgement.findings import clocks
from probe.judgement.model import ChainContext, Finding, Judgement, NameMatch, Outcome, Remedy
from probe.judgement.result import JudgedVisit, TargetResult
from probe.report import commands
from probe.report import document as entries
from probe.version import __version__

Entry = TypeVar("Entry", bound=Struct)
NOWHERE = commands.CommandTarget()
LONGEST_TEXT = 2000
MAXIMUM_EVIDENCE = 50
UNREADABLE = "(a certificate that cannot be read)"


def document(
    result: TargetResult,
    *,
    tags: tuple[str, ...] = (),
    not_used: str | None = None,
    relationship: str | None = None,
) -> entries.ResultDocument:
    """The document of one target, schema `probe.result/1`.

    `relationship` is the name of the organization relationship, for the commands that change it; `not_used`
    says that it is turned off.
    """
    observation = result.observation
    return entries.ResultDocument(
        tool=entries.Tool("fedprobe", __version__),
        observed_at=observation.observed_at,
        vantage=_vantage(observation),
        target=entries.TargetEntry(observation.target.input, observation.target.domain),
        trust=_trust(result.trust),
        outcome=result.outcome,
        discovery=_steps(observation),
        federation=copied_if(observation.federation, entries.FederationEntry),
        endpoints=tuple(
            _endpoint(endpoint, observation.target.domain, relationship) for endpoint in result.endpoints
        ),
        retrievals=tuple(copied(retrieval, entries.RetrievalEntry) for retrieval in observation.retrievals),
        error=observation.error,
        elapsed_ms=_rounded(observation.elapsed_ms),
        notes=observation.notes,
        tags=tags,
        not_used=not_used,
    )


def unchecked(
    text: str, error: str, *, trust: TrustStore, at: datetime, tags: tuple[str, ...] = ()
) -> entries.ResultDocument:
    """The document of a target that could not even be tried, so that N targets give N documents."""
    return entries.ResultDocument(
        tool=entries.Tool("fedprobe", __version__),
        observed_at=at,
        vantage=entries.VantageEntry("", "", ""),
        target=entries.TargetEntry(without_password(text), None),
        trust=_trust(trust),
        outcome=Outcome.UNKNOWN,
        discovery=(),
        federation=None,
        endpoints=(),
        error=error,
        tags=tags,
    )


def chain_document(judgement: Judgement) -> entries.ChainDocument:
    """The document of one judged chain, schema `probe.chain/1`."""
    return copied(_judgement(judgement), entries.ChainDocument)


def copied(record: Struct, form: type[Entry]) -> Entry:
    """A record as the entry that has its fields by the same names; the entry's others keep their defaults."""
    return convert(record, form, from_attributes=True)


def copied_if(record: Struct | None, form: type[Entry]) -> Entry | None:
    """The same, or None where there is no record."""
    return None if record is None else copied(record, form)


@derived
def certificate_entry(certificate: Certificate) -> entries.CertificateEntry:
    """One certificate as the contract lists it."""
    structure = certificate.structure
    return entries.CertificateEntry(
        subject=str(structure.subject) if structure else None,
        issuer=str(structure.issuer) if structure else None,
        serial=f"{structure.serial:X}" if structure else None,
        not_before=structure.not_before if structure else None,
        not_after=structure.not_after if structure else None,
        thumbprint=certificate.thumbprint,
        sha256=certificate.sha256,
        dns_names=extensions.dns_names(certificate),
        ip_addresses=extensions.ip_addresses(certificate),
    )


def _vantage(observation: Observation) -> entries.VantageEntry:
    exchanges = (exchange for connection in observation.connections for exchange in connection.exchanges)
    behind = clocks.difference(exchanges, observation)
    seconds = None if behind is None else behind.total_seconds()
    vantage = observation.vantage
    return entries.VantageEntry(vantage.system, vantage.python, vantage.openssl, seconds)


def _trust(trust: TrustStore) -> entries.TrustEntry:
    return entries.TrustEntry(
        name=trust.name,
        sha256=trust.sha256,
        roots=len(trust.roots),
        intermediates=len(trust.intermediates),
        disallowed=len(trust.disallowed) + len(trust.disallowed_hashes) + len(trust.disallowed_identifiers),
        listed=len(trust.listed),
        notes=trust.notes,
    )


def _steps(observation: Observation) -> tuple[entries.StepEntry, ...]:
    return tuple(
        replace(copied(step, entries.StepEntry), elapsed_ms=_rounded(step.elapsed_ms))
        for step in observation.steps
    )


def _endpoint(judged: JudgedVisit, domain: str | None, relationship: str | None) -> entries.EndpointEntry:
    visit = judged.visit
    # Remedies alone have commands to fill in, and a sound partner has none.
    advised = any(finding.remedies for judgement in judged.judgements for finding in judgement.findings)
    url = visit.endpoint.url
    place = commands.place_of(url, domain=domain, relationship=relationship) if advised else NOWHERE
    main = principal(visit)
    return entries.EndpointEntry(
        kind=visit.endpoint.kind,
        url=url,
        found_by=visit.endpoint.found_by,
        address=visit.address,
        tls=_tls(visit),
        http=tuple(_http(exchange) for connection in visit.connections for exchange in connection.exchanges),
        failure=_failure(visit),
        timings_ms=_timings(main),
        judgements=tuple(_judgement(judgement, place) for judgement in judged.judgements),
        proxy=main.proxy,
    )


def principal(visit: Visit) -> Connection:
    """The connection whose times are reported: the first that finished a handshake, else the first."""
    return next((c for c in visit.connections if c.tls is not None), visit.connections[0])


def _tls(visit: Visit) -> entries.TlsEntry | None:
    connection = principal(visit)
    if connection.tls is None:
        return None
    return entries.TlsEntry(
        protocol=connection.tls.protocol,
        cipher=connection.tls.cipher,
        sni=connection.tls.sni,
        presented=tuple(certificate_entry(c) for c in connection.presented),
        offer=connection.offer.shape,
    )


def _http(exchange: HttpExchange) -> entries.HttpEntry:
    return entries.HttpEntry(
        method=exchange.method,
        status=exchange.status,
        reason=exchange.reason,
        headers=_joined(exchange),
        note="; ".join(_remarks(exchange)),
        elapsed_ms=_rounded(exchange.elapsed_ms),
    )


def _remarks(exchange: HttpExchange) -> Iterator[str]:
    """What was special about an exchange, in words."""
    if exchange.raw:
        yield "the answer is no HTTP"
    if exchange.status is not None and not exchange.body_complete:
        yield "the body was capped or cut off"
    if b"Fault" in exchange.body:
        document = soap.read(exchange.body, complete=exchange.body_complete)
        if document is not None and document.fault is not None:
            yield f"SOAP fault {'/'.join(document.fault.codes)}: {document.fault.text}"


def _joined(exchange: HttpExchange) -> dict[str, str]:
    """Headers as one object; several of one name are joined with a comma, as RFC 9110 section 5.3 allows."""
    if len(exchange.named) == len(exchange.headers):
        return dict(exchange.headers)
    joined: dict[str, str] = {}
    spelling: dict[str, str] = {}
    for name, value in exchange.headers:
        key = spelling.setdefault(name.lower(), name)
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined


def _failure(visit: Visit) -> entries.FailureEntry | None:
    failure = next((c.failure for c in visit.connections if c.failure is not None), None)
    return copied_if(failure, entries.FailureEntry)


def _timings(connection: Connection) -> entries.TimingsEntry:
    taken = structs.asdict(connection.timings)
    return entries.TimingsEntry(**{phase: _rounded(milliseconds) for phase, milliseconds in taken.items()})


def _judgement(judgement: Judgement, place: commands.CommandTarget = NOWHERE) -> entries.JudgementEntry:
    exception = judgement.web_exception
    return entries.JudgementEntry(
        caller=judgement.caller,
        at=judgement.at,
        outcome=judgement.outcome,
        ssl_policy_errors=_flags(judgement.ssl_policy_errors),
        chain=_chain(judgement.chain),
        name=_name(judgement.name),
        web_exception=entries.WebExceptionEntry(exception.status.name, exception.text) if exception else None,
        findings=tuple(_finding(finding, place) for finding in judgement.findings),
        flip=entries.FlipEntry(judgement.flip.at, judgement.flip.why) if judgement.flip else None,
        log_lines=judgement.log_lines,
        caller_notes=judgement.caller_notes,
        vantage_state=judgement.vantage_state,
    )


def _finding(finding: Finding, place: commands.CommandTarget) -> entries.FindingEntry:
    return entries.FindingEntry(
        code=finding.code,
        severity=finding.severity,
        summary=_bounded(finding.summary),
        evidence=tuple(map(_bounded, finding.evidence[:MAXIMUM_EVIDENCE])),
        remedies=tuple(_remedy(remedy, place) for remedy in finding.remedies),
    )


def _remedy(remedy: Remedy, place: commands.CommandTarget) -> entries.RemedyEntry:
    return entries.RemedyEntry(
        actor=remedy.actor,
        text=_bounded(remedy.text),
        command=commands.filled(remedy.command, place),
        proved=remedy.proved,
        together=remedy.together,
    )


def _name(name: NameMatch | None) -> entries.NameEntry | None:
    if name is None:
        return None
    return entries.NameEntry(
        requested=name.requested,
        presented=name.presented,
        matched=name.matched,
        by=name.by,
        not_compared=name.not_compared,
        indeterminate=name.indeterminate,
    )


def _bounded(text: str) -> str:
    """A text that may hold names of a partner's choice, at most `LONGEST_TEXT` characters.

    A chain of 16 KB made 18 MB of JSON: its names stand in many findings, for each caller and address.
    """
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + ELLIPSIS


def _flags(flags: IntFlag | None) -> tuple[str, ...] | None:
    return None if flags is None else flag_names(flags)


def _chain(chain: ChainContext | None) -> entries.ChainEntry | None:
    if chain is None:
        return None
    return entries.ChainEntry(
        status=flag_names(chain.status),
        elements=tuple(
            entries.ElementEntry(
                subject=subject_of(element.certificate),
                thumbprint=element.certificate.thumbprint,
                source=element.source,
                status=flag_names(element.status),
                reasons=tuple(map(_bounded, element.reasons)),
                not_before=s.not_before if (s := element.certificate.structure) else None,
                not_after=s.not_after if s else None,
            )
            for element in chain.elements
        ),
        rejected=tuple(
            entries.RejectedEntry(
                subject_of(candidate.certificate),
                candidate.certificate.thumbprint,
                candidate.source,
                _bounded(candidate.why),
            )
            for candidate in chain.rejected
        ),
        indeterminate=chain.indeterminate,
    )


def subject_of(certificate: Certificate) -> str:
    """The subject as .NET prints it, or a phrase when the certificate cannot be read."""
    return _bounded(str(certificate.subject)) if certificate.structure else UNREADABLE


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 3)
