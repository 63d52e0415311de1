"""What changed between two results of one target, in words: what an operator would say at the telephone.

Pure: it reads two documents. A difference that only time makes (durations, days left) is none; see
`probe.report.comparable`. Which side is better is told only for verdicts, where it is certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from probe.report.comparable import (
    ComparableCertificate,
    ComparableEndpoint,
    ComparableFederation,
    ComparableJudgement,
    ComparableResult,
    comparable,
)
from probe.report.document import ResultDocument
from probe.report.summary import BELOW, outcome_words


class ChangeKind(StrEnum):
    """What a change is about."""

    OUTCOME = "outcome"
    ERROR = "error"
    TRUST = "trust"
    FEDERATION = "federation"
    ENDPOINT = "endpoint"
    ADDRESS = "address"
    CONNECTION = "connection"
    PROTOCOL = "protocol"
    CERTIFICATE = "certificate"
    INTERMEDIATE = "intermediate"
    NAME = "name"
    HTTP = "http"
    VERDICT = "verdict"
    CHAIN = "chain"
    FINDING = "finding"


class ReportedChange(Struct, frozen=True):
    """One change: in words, with both values where there are two, and the endpoints where it was seen."""

    kind: ChangeKind
    text: str
    before: str | None = None
    after: str | None = None
    where: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text if not self.where else f"{self.text} [{', '.join(self.where)}]"


def diff(old: ResultDocument, new: ResultDocument) -> tuple[ReportedChange, ...]:
    """What changed from `old` to `new`; () when nothing did. The same change at several endpoints is one."""
    return between(comparable(old), comparable(new))


def between(before: ComparableResult, after: ComparableResult) -> tuple[ReportedChange, ...]:
    """What changed between two comparable results; never () when they differ."""
    found = [*_whole(before, after), *_federation(before.federation, after.federation)]
    placed: dict[ReportedChange, list[str]] = {}
    for place, change in _endpoints(before, after):
        placed.setdefault(change, []).append(place)
    found += [
        ReportedChange(change.kind, change.text, change.before, change.after, tuple(dict.fromkeys(places)))
        for change, places in placed.items()
    ]
    return tuple(found)


def _from_to(kind: ChangeKind, what: str, before: object, after: object) -> ReportedChange:
    old, new = _said(before), _said(after)
    return ReportedChange(kind, f"{what} changed from {old} to {new}", old, new)


def _said(value: object) -> str:
    if value is None:
        return "unknown"
    if value == ():
        return "none"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _whole(before: ComparableResult, after: ComparableResult) -> Iterator[ReportedChange]:
    if _words(before) != _words(after):
        text = f'the outcome changed from "{_words(before)}" to "{_words(after)}"'
        yield ReportedChange(ChangeKind.OUTCOME, text, before.outcome, after.outcome)
    if before.error != after.error:
        yield _appeared(ChangeKind.ERROR, "the target could not be tried", before.error, after.error)
    if before.trust != after.trust:
        text = "the trust store that judged it changed"
        yield ReportedChange(ChangeKind.TRUST, text, before.trust[:12] or "none", after.trust[:12] or "none")


def _words(judged: ComparableResult | ComparableJudgement) -> str:
    return outcome_words(judged.outcome, BELOW if judged.below_limit else None)


def _appeared(kind: ChangeKind, what: str, before: str | None, after: str | None) -> ReportedChange:
    if before is None:
        return ReportedChange(kind, f"{what}: {after}", None, after)
    if after is None:
        return ReportedChange(kind, f"no longer: {what}: {before}", before, None)
    return _from_to(kind, what, before, after)


def _federation(
    before: ComparableFederation | None, after: ComparableFederation | None
) -> Iterator[ReportedChange]:
    kind = ChangeKind.FEDERATION
    if before is None or after is None:
        if before is not after:
            gone = after is None
            yield ReportedChange(
                kind, f"the federation information is {'no longer' if gone else 'now'} given"
            )
        return
    if before.error_code != after.error_code:
        yield _from_to(kind, "the error code of the federation answer", before.error_code, after.error_code)
    if before.application_uri != after.application_uri:
        yield _from_to(kind, "the ApplicationUri", before.application_uri, after.application_uri)
    yield from _set(kind, "federated domain", before.domains, after.domains)
    yield from _set(kind, "token issuer", before.token_issuers, after.token_issuers)


def _set(
    kind: ChangeKind, what: str, before: Iterable[str], after: Iterable[str]
) -> Iterator[ReportedChange]:
    """What came and what went, each in words."""
    old, new = tuple(dict.fromkeys(before)), tuple(dict.fromkeys(after))
    for value in new:
        if value not in old:
            yield ReportedChange(kind, f"{what} added: {value}", None, value)
    for value in old:
        if value not in new:
            yield ReportedChange(kind, f"{what} removed: {value}", value, None)


_Placed = tuple[str, ReportedChange]
_ByAddress = dict[str | None, ComparableEndpoint]


def _endpoints(before: ComparableResult, after: ComparableResult) -> Iterator[_Placed]:
    old, new = _grouped(before), _grouped(after)
    for key in dict.fromkeys((*old, *new)):
        url = key[1]
        if key not in new:
            yield (
                url,
                ReportedChange(ChangeKind.ENDPOINT, f"the {key[0]} endpoint is no longer found", url, None),
            )
        elif key not in old:
            yield url, ReportedChange(ChangeKind.ENDPOINT, f"the {key[0]} endpoint is new", None, url)
        else:
            yield from _addresses(url, old[key], new[key])


def _grouped(whole: ComparableResult) -> dict[tuple[str, str], _ByAddress]:
    groups: dict[tuple[str, str], _ByAddress] = {}
    for endpoint in whole.endpoints:
        groups.setdefault((endpoint.kind, endpoint.url), {})[endpoint.address] = endpoint
    return groups


def _addresses(url: str, old: _ByAddress, new: _ByAddress) -> Iterator[_Placed]:
    known = ([a or "unresolved" for a in old], [a or "unresolved" for a in new])
    for change in _set(ChangeKind.ADDRESS, "address", *known):
        yield url, change
    common = [address for address in old if address in new]
    if common:
        pairs = [(old[address], new[address]) for address in common]
    else:  # the partner moved: what answers now is compared with what answered then
        pairs = [(next(iter(old.values())), next(iter(new.values())))]
    for before, after in pairs:
        place = f"{url} at {after.address}" if after.address else url
        for change in _endpoint(before, after):
            yield place, change


def _endpoint(before: ComparableEndpoint, after: ComparableEndpoint) -> Iterator[ReportedChange]:
    for part in (_connection, _certificates, _verdicts):
        yield from part(before, after)


def _connection(before: ComparableEndpoint, after: ComparableEndpoint) -> Iterator[ReportedChange]:
    if before.failure != after.failure:
        yield _appeared(ChangeKind.CONNECTION, "the connection fails", before.failure, after.failure)
    if before.protocol != after.protocol:
        yield _from_to(ChangeKind.PROTOCOL, "the protocol", before.protocol, after.protocol)
    if before.cipher != after.cipher:
        yield _from_to(ChangeKind.PROTOCOL, "the cipher suite", before.cipher, after.cipher)
    if before.answers != after.answers:
        yield _from_to(ChangeKind.HTTP, "the HTTP answer", before.answers, after.answers)


def _certificates(before: ComparableEndpoint, after: ComparableEndpoint) -> Iterator[ReportedChange]:
    old, new = before.presented, after.presented
    if old is None or new is None:
        if old is not new:
            word = "now" if old is None else "no longer"
            yield ReportedChange(ChangeKind.CERTIFICATE, f"certificates are {word} presented")
        return
    if [c.sha256 for c in old] == [c.sha256 for c in new]:
        return
    leaves = (old[0] if old else None, new[0] if new else None)
    changes = [*_leaf(*leaves), *_intermediates(old[1:], new[1:])]
    yield from changes or [
        ReportedChange(
            ChangeKind.INTERMEDIATE, "the same certificates are presented in another order or number"
        )
    ]


def _leaf(old: ComparableCertificate | None, new: ComparableCertificate | None) -> Iterator[ReportedChange]:
    kind = ChangeKind.CERTIFICATE
    if old is None or new is None:
        if old is not new:
            word = "now" if old is None else "no longer"
            yield ReportedChange(kind, f"an end-entity certificate is {word} presented")
        return
    if old.sha256 == new.sha256:
        return
    word = "renewed" if old.subject == new.subject and old.issuer == new.issuer else "replaced"
    until = f"it is valid until {_said(new.not_after)}, the one before until {_said(old.not_after)}"
    yield ReportedChange(kind, f"the certificate was {word}: {until}", old.sha256, new.sha256)
    if old.subject != new.subject:
        yield _from_to(kind, "the subject", old.subject, new.subject)
    if old.issuer != new.issuer:
        yield _from_to(kind, "the issuer", old.issuer, new.issuer)
    for name in new.names:
        if name not in old.names:
            yield ReportedChange(ChangeKind.NAME, f"the certificate now names {name}", None, name)
    for name in old.names:
        if name not in new.names:
            yield ReportedChange(ChangeKind.NAME, f"the certificate no longer names {name}", name, None)


def _intermediates(
    old: tuple[ComparableCertificate, ...], new: tuple[ComparableCertificate, ...]
) -> Iterator[ReportedChange]:
    before, after = {c.sha256: c for c in old}, {c.sha256: c for c in new}
    for certificate in new:
        if certificate.sha256 not in before:
            subject = certificate.subject or "that cannot be read"
            yield ReportedChange(
                ChangeKind.INTERMEDIATE, f"the intermediate {subject} is now sent", None, subject
            )
    for certificate in old:
        if certificate.sha256 not in after:
            subject = certificate.subject or "that cannot be read"
            yield ReportedChange(
                ChangeKind.INTERMEDIATE, f"the intermediate {subject} is no longer sent", subject, None
            )


def _verdicts(before: ComparableEndpoint, after: ComparableEndpoint) -> Iterator[ReportedChange]:
    old = {judgement.caller: judgement for judgement in before.judgements}
    new = {judgement.caller: judgement for judgement in after.judgements}
    for caller in dict.fromkeys((*old, *new)):
        if caller not in new:
            yield ReportedChange(ChangeKind.VERDICT, f"{caller} is no longer judged", caller, None)
        elif caller not in old:
            yield ReportedChange(
                ChangeKind.VERDICT, f"{caller} is now judged: {_in_words(new[caller])}", None, caller
            )
        elif old[caller] != new[caller]:
            for aspect in (_flip, _chain, _name, _findings):
                yield from aspect(old[caller], new[caller])


def _verdict(judgement: ComparableJudgement) -> str:
    return f"{judgement.outcome}{_exception(judgement)}"


def _in_words(judgement: ComparableJudgement) -> str:
    return f'"{_words(judgement)}"{_exception(judgement)}'


def _exception(judgement: ComparableJudgement) -> str:
    return f" ({judgement.web_exception})" if judgement.web_exception else ""


def _flip(old: ComparableJudgement, new: ComparableJudgement) -> Iterator[ReportedChange]:
    before, after = _in_words(old), _in_words(new)
    if before != after:
        text = f"the verdict for {new.caller} flips from {before} to {after}"
        yield ReportedChange(ChangeKind.VERDICT, text, _verdict(old), _verdict(new))
    if old.policy_errors != new.policy_errors:
        what = f"SslPolicyErrors for {new.caller}"
        yield _from_to(ChangeKind.VERDICT, what, old.policy_errors, new.policy_errors)


def _chain(old: ComparableJudgement, new: ComparableJudgement) -> Iterator[ReportedChange]:
    if old.chain_status != new.chain_status:
        what = f"the chain status for {new.caller}"
        yield _from_to(ChangeKind.CHAIN, what, old.chain_status, new.chain_status)
    if old.anchor != new.anchor:
        yield _from_to(ChangeKind.CHAIN, f"the end of the path for {new.caller}", old.anchor, new.anchor)
    elif old.path != new.path:
        yield ReportedChange(ChangeKind.CHAIN, f"the path for {new.caller} goes through other certificates")


def _name(old: ComparableJudgement, new: ComparableJudgement) -> Iterator[ReportedChange]:
    if old.requested != new.requested:
        yield _from_to(ChangeKind.NAME, "the requested host", old.requested, new.requested)
    elif old.name_matched != new.name_matched:
        words = "is now" if new.name_matched else "is no longer"
        yield ReportedChange(ChangeKind.NAME, f"{new.requested} {words} covered by the certificate")
    if old.requested != new.requested and old.name_matched != new.name_matched:
        covered = "covers" if new.name_matched else "does not cover"
        yield ReportedChange(ChangeKind.NAME, f"the certificate {covered} {new.requested or 'the host'}")


def _findings(old: ComparableJudgement, new: ComparableJudgement) -> Iterator[ReportedChange]:
    return _set(ChangeKind.FINDING, f"finding for {new.caller}", old.findings, new.findings)
