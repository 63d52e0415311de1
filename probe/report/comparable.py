"""What of a result document says something about the partner, without what differs at every run.

Times, durations, texts that hold a date, and the steps of discovery are left out. Two documents of equal
comparable form have nothing to tell apart, and `probe.report.differences` finds words for every difference.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from msgspec import Struct

from probe.judgement.model import Outcome
from probe.report import summary
from probe.report.document import (
    CertificateEntry,
    EndpointEntry,
    FederationEntry,
    JudgementEntry,
    ResultDocument,
)
from probe.report.json import encoded


class ComparableCertificate(Struct, frozen=True):
    """A presented certificate by its bytes, with what is said about it."""

    sha256: str
    subject: str | None
    issuer: str | None
    not_after: datetime | None
    names: tuple[str, ...]


class ComparableJudgement(Struct, frozen=True, omit_defaults=True):
    """What one caller would make of an endpoint. `path` and `anchor`: thumbprints and last subject."""

    caller: str
    outcome: str
    web_exception: str | None
    policy_errors: tuple[str, ...] | None
    chain_status: tuple[str, ...] | None
    path: tuple[str, ...]
    anchor: str | None
    requested: str | None
    name_matched: bool | None
    findings: tuple[str, ...]
    below_limit: bool = False


class ComparableEndpoint(Struct, frozen=True):
    """One endpoint at one address. `failure` as `phase: kind`; `answers` as `GET 401`."""

    kind: str
    url: str
    address: str | None
    protocol: str | None
    cipher: str | None
    presented: tuple[ComparableCertificate, ...] | None
    answers: tuple[str, ...]
    failure: str | None
    judgements: tuple[ComparableJudgement, ...]


class ComparableFederation(Struct, frozen=True):
    """The federation answer; lists sorted, because their order carries nothing."""

    application_uri: str | None
    domains: tuple[str, ...]
    token_issuers: tuple[str, ...]
    error_code: str | None


class ComparableResult(Struct, frozen=True, omit_defaults=True):
    """Everything of a document that may change in a way worth telling."""

    outcome: str
    error: str | None
    trust: str
    federation: ComparableFederation | None
    endpoints: tuple[ComparableEndpoint, ...]
    below_limit: bool = False


def comparable(document: ResultDocument) -> ComparableResult:
    """What of a document is compared; endpoints sorted, because resolvers rotate addresses."""
    endpoints = sorted(map(_endpoint, document.endpoints), key=lambda e: (e.kind, e.url, e.address or ""))
    return ComparableResult(
        outcome=document.outcome,
        error=document.error,
        trust=document.trust.sha256,
        federation=None if document.federation is None else _federation(document.federation),
        endpoints=tuple(endpoints),
        below_limit=summary.is_below_limit(document),
    )


def digest(document: ResultDocument) -> str:
    """A hash of what is compared: equal where nothing changed."""
    return hashlib.sha256(encoded(comparable(document))).hexdigest()


def _endpoint(entry: EndpointEntry) -> ComparableEndpoint:
    tls, failure = entry.tls, entry.failure
    return ComparableEndpoint(
        kind=entry.kind,
        url=entry.url,
        address=entry.address,
        protocol=tls.protocol if tls else None,
        cipher=tls.cipher if tls else None,
        presented=tuple(map(_certificate, tls.presented)) if tls else None,
        answers=tuple(f"{exchange.method} {exchange.status or 'no answer'}" for exchange in entry.http),
        failure=f"{failure.phase}: {failure.kind}" if failure else None,
        judgements=tuple(map(_judgement, entry.judgements)),
    )


def _certificate(entry: CertificateEntry) -> ComparableCertificate:
    names = (*entry.dns_names, *entry.ip_addresses)
    return ComparableCertificate(entry.sha256, entry.subject, entry.issuer, entry.not_after, names)


def _judgement(entry: JudgementEntry) -> ComparableJudgement:
    chain, name = entry.chain, entry.name
    return ComparableJudgement(
        caller=entry.caller,
        outcome=entry.outcome,
        web_exception=entry.web_exception.status if entry.web_exception else None,
        policy_errors=entry.ssl_policy_errors,
        chain_status=chain.status if chain else None,
        path=tuple(element.thumbprint for element in chain.elements) if chain else (),
        anchor=chain.elements[-1].subject if chain and chain.elements else None,
        requested=name.requested if name else None,
        name_matched=name.matched if name else None,
        findings=tuple(sorted({finding.code for finding in entry.findings})),
        below_limit=entry.outcome == Outcome.FAILURE and summary.crosses_limit(entry),
    )


def _federation(entry: FederationEntry) -> ComparableFederation:
    issuers = sorted(f"{issuer.uri} at {issuer.endpoint}" for issuer in entry.token_issuers)
    return ComparableFederation(
        entry.application_uri, tuple(sorted(entry.domains or ())), tuple(issuers), entry.error_code
    )
