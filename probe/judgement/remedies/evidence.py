"""What a finding shows as evidence: the certificates, key identifiers and downloads that it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.observation import Retrieval, RetrievalKind
from probe.judgement.chain.certificate_reading import read
from probe.judgement.chain.revocation.path_revocation import STATUS_NOT_KNOWN
from probe.judgement.model import ChainElement, Source


def subject(element: ChainElement) -> str:
    """The subject of an element, or its thumbprint when it has none; cut, see `name`."""
    return name(element.certificate)


def name(certificate: Certificate) -> str:
    """A certificate's subject for a sentence, cut; evidence has all of it."""
    return certificate.subject.in_words or f"a certificate without subject ({certificate.thumbprint})"


def describe(element: ChainElement) -> tuple[str, ...]:
    """One certificate by subject, thumbprint, key identifier and origin."""
    certificate = element.certificate
    identifier = read(certificate).subject_key_identifier
    lines = [f"subject: {certificate.subject}", f"thumbprint: {certificate.thumbprint}"]
    if identifier:
        lines.append(f"key identifier: {_hexadecimal(identifier)}")
    lines.append(f"it came from: {element.source.value}")
    return tuple(lines)


_LONGEST_REASON = 240  # ours; a certificate may name any number of addresses, and evidence has them all


def unseen_reason(element: ChainElement) -> str:
    """Why an element is refused, cut, where not its certificate shows it, but its issuer or a store."""
    for reason in element.reasons:
        if reason.startswith(STATUS_NOT_KNOWN):
            why = reason.removeprefix(STATUS_NOT_KNOWN)
            return f": {why if len(why) <= _LONGEST_REASON else why[:_LONGEST_REASON] + '…'}"
    alone = len(element.reasons) == 1 and element.source is Source.STORE
    return f": {element.reasons[0]}" if alone else ""


def _hexadecimal(identifier: bytes) -> str:
    # 20 bytes are usual and 64 generous; the rest of a longer one is of no use to a reader.
    return identifier[:64].hex().upper()


def missing_issuer(certificate: Certificate) -> Iterator[str]:
    """What is known of the issuer that is not at hand: its name, key identifier and where it is published."""
    yield f"missing issuer: {certificate.issuer}"
    identifier = authority_key_identifier(certificate)
    if identifier:
        yield f"key identifier of the missing issuer: {identifier}"
    for url in extensions.issuer_urls(certificate):
        yield f"its issuer publishes it at {url}"


def authority_key_identifier(certificate: Certificate) -> str | None:
    """The key identifier of the issuer as the certificate names it, in hexadecimal."""
    wanted = read(certificate).authority_key
    if wanted is None or not wanted.key_identifier:
        return None
    return _hexadecimal(wanted.key_identifier)


def has_addresses(certificate: Certificate) -> bool:
    """Whether the certificate names an address where its issuer's certificate is published."""
    return bool(extensions.issuer_urls(certificate))


def attempts(retrievals: Sequence[Retrieval]) -> tuple[str, ...]:
    """Every issuer download, with what came of it."""
    return tuple(
        f"issuer download {r.url}: {r.outcome}" + (f" ({r.detail})" if r.detail else "")
        for r in retrievals
        if r.kind is RetrievalKind.ISSUER
    )
