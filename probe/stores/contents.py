"""What one source gave, before sources are layered into a TrustStore: certificates in order, lists, notes.

Nothing is read and nothing is decided here except what counts as the same certificate (its DER).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from probe.errors import TrustStoreError
from probe.facts.certificate import Certificate
from probe.facts.trust_store import NO_PROPERTIES, ListedRoot, RootProperties
from probe.stores import limits


class Role(StrEnum):
    """The system store of Windows a layer stands for: Root, CA, Disallowed."""

    ROOT = "root"
    INTERMEDIATE = "intermediate"
    DISALLOWED = "disallowed"


@dataclass(frozen=True, slots=True)
class CertificateInStore:
    """One certificate with the store properties that came with it."""

    certificate: Certificate
    properties: RootProperties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Contents:
    """What was read from one place.

    `listed`: roots of a certificate trust list without their certificates. `disallowed_hashes` and
    `disallowed_identifiers`: as in TrustStore. `unlisted`: roots that another list has and Microsoft's has
    not. `dated`: when a list of Microsoft's was issued. `notes`: what a reader of the verdict should know.
    """

    entries: tuple[CertificateInStore, ...] = ()
    listed: tuple[ListedRoot, ...] = ()
    disallowed_hashes: tuple[str, ...] = ()
    disallowed_identifiers: tuple[str, ...] = ()
    unlisted: tuple[Certificate, ...] = ()
    dated: datetime | None = None
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it that a verdict could rest on."""
        return not (self.entries or self.listed or self.disallowed_hashes or self.disallowed_identifiers)


@dataclass(frozen=True, slots=True)
class Layer:
    """Contents in the role that they were given."""

    role: Role
    contents: Contents


def of_certificates(encoded: Iterable[bytes]) -> Contents:
    """Contents of bare certificates, duplicates collapsed, order kept.

    Raises:
        TrustStoreError: there are more than `limits.MAX_CERTIFICATES`.
    """
    distinct = dict.fromkeys(encoded)
    bounded(len(distinct))
    return Contents(tuple(CertificateInStore(Certificate(der)) for der in distinct))


def bounded(count: int) -> None:
    """Refuse a number of certificates above `limits.MAX_CERTIFICATES`.

    Raises:
        TrustStoreError: it is above.
    """
    if count > limits.MAX_CERTIFICATES:
        raise TrustStoreError(
            f"holds more than {limits.MAX_CERTIFICATES:,} certificates: give only those that the caller has"
        )


def merged(parts: Iterable[Contents]) -> Contents:
    """Several contents as one, in order. Duplicates stay: the assembler collapses them.

    Raises:
        TrustStoreError: together they hold more than `limits.MAX_CERTIFICATES`.
    """
    parts = tuple(parts)
    bounded(sum(len(part.entries) for part in parts))
    return Contents(
        entries=tuple(entry for part in parts for entry in part.entries),
        listed=tuple(listed for part in parts for listed in part.listed),
        disallowed_hashes=tuple(value for part in parts for value in part.disallowed_hashes),
        disallowed_identifiers=tuple(value for part in parts for value in part.disallowed_identifiers),
        unlisted=tuple(certificate for part in parts for certificate in part.unlisted),
        dated=next((part.dated for part in parts if part.dated is not None), None),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )
