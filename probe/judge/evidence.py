"""What a finding shows as evidence: the certificates, key identifiers and downloads that it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.observation import Retrieval, RetrievalKind
from probe.judge.conclusions import ChainElement


def subject(element: ChainElement) -> str:
    """The subject of an element, or its thumbprint when it has none."""
    return (
        str(element.certificate.subject)
        or f"a certificate without subject ({element.certificate.thumbprint})"
    )


def describe(element: ChainElement) -> tuple[str, ...]:
    """One certificate by subject, thumbprint, key identifier and origin."""
    certificate = element.certificate
    identifier = certificate.extension(extensions.SUBJECT_KEY_IDENTIFIER)
    lines = [f"subject: {certificate.subject}", f"thumbprint: {certificate.thumbprint}"]
    if identifier is not None:
        lines.append(f"key identifier: {identifier.value[2:].hex().upper()}")
    lines.append(f"it came from: {element.source.value}")
    return tuple(lines)


def missing_issuer(certificate: Certificate) -> Iterator[str]:
    """What is known of the issuer that is not at hand: its name, key identifier and where it is published."""
    yield f"missing issuer: {certificate.issuer}"
    identifier = _key_identifier(certificate)
    if identifier:
        yield f"key identifier of the missing issuer: {identifier}"
    for url in extensions.issuer_urls(certificate):
        yield f"its issuer publishes it at {url}"


def _key_identifier(certificate: Certificate) -> str | None:
    extension = certificate.extension(extensions.AUTHORITY_KEY_IDENTIFIER)
    if extension is None:
        return None
    try:
        identifier = extensions.authority_key_identifier(extension.value).key_identifier
    except ValueError:
        return None
    return identifier.hex().upper() if identifier else None


def attempts(retrievals: Sequence[Retrieval]) -> tuple[str, ...]:
    """Every issuer download, with what came of it."""
    return tuple(
        f"issuer download {r.url}: {r.outcome}" + (f" ({r.detail})" if r.detail else "")
        for r in retrievals
        if r.kind is RetrievalKind.ISSUER
    )
