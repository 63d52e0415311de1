"""A certificate: its DER is its identity, everything else is a lazy view that may be absent.

Real Windows roots exist that pyca/cryptography refuses in part, so the outer structure is read apart from
the extensions, and each extension is kept as undecoded bytes (see extensions.py for reading them). What the
strict decoder refuses is read again as lenient.py does. A certificate that neither can read is still a
certificate: `structure` is None and `unreadable` says why. Nothing is judged here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache, wraps
from typing import Annotated, TypeVar

from cryptography.hazmat import asn1
from msgspec import structs

from probe.facts import lenient
from probe.facts.encoding import ber
from probe.facts.encoding import der as encoding
from probe.facts.encoding.der import ObjectIdentifier
from probe.facts.names import Name
from probe.facts.remembered import remembered
from probe.facts.structure import AlgorithmIdentifier as AlgorithmIdentifier
from probe.facts.structure import Extension as Extension
from probe.facts.structure import Structure as Structure
from probe.facts.structure import algorithm_identifier, malformations_of_structure

_View = TypeVar("_View")


@dataclass(frozen=True)
class Certificate:
    """An X.509 certificate, good or bad. Equality and hash are those of `der`."""

    # Not slotted: cached_property keeps the parsed view in the instance dictionary.
    der: bytes

    @cached_property
    def thumbprint(self) -> str:
        """SHA-1 of the DER, upper-case hexadecimal, as Windows shows it."""
        return hashlib.sha1(self.der, usedforsecurity=False).hexdigest().upper()

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the DER, lower-case hexadecimal."""
        return hashlib.sha256(self.der).hexdigest()

    @cached_property
    def _read(self) -> tuple[Structure | None, str | None]:
        try:
            return _decode_strictly(self.der), None
        except (ValueError, OverflowError) as refused:
            return _decode_leniently(self.der, str(refused))

    @cached_property
    def views(self) -> dict[Callable[[Certificate], object], object]:
        """What was derived from this certificate so far; kept as long as the certificate itself."""
        return {}

    @cached_property
    def structure(self) -> Structure | None:
        """The outer structure, or None if no decoder could read it."""
        return self._read[0]

    @property
    def unreadable(self) -> str | None:
        """Why `structure` is None; None if it is not."""
        return self._read[1]

    @property
    def subject(self) -> Name:
        """The subject; an empty name when the certificate is unreadable."""
        return self.structure.subject if self.structure else _EMPTY_NAME

    @property
    def issuer(self) -> Name:
        """The issuer; an empty name when the certificate is unreadable."""
        return self.structure.issuer if self.structure else _EMPTY_NAME

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """Every extension in encoded order; () when there are none or the certificate is unreadable."""
        return self.structure.extensions if self.structure else ()

    def extension(self, *oids: str) -> Extension | None:
        """The first extension with one of these OIDs, tried in the order given."""
        extensions = self.extensions
        for oid in oids:
            for extension in extensions:
                if extension.oid == oid:
                    return extension
        return None

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are the same bytes. Says nothing about who signed."""
        return self.structure is not None and self.structure.subject == self.structure.issuer

    def __repr__(self) -> str:
        return f"<Certificate {self.thumbprint} {str(self.subject) or 'unreadable'!r}>"


# Usual certificates are shorter; ours.
LONGEST_REMEMBERED = 8_192


def derived(derive: Callable[[Certificate], _View]) -> Callable[[Certificate], _View]:
    """A decorator for a pure function of a certificate: its answers are kept with the certificate.

    Those about the last 256 certificates of a usual length are known for equal certificates too. A cache of
    long ones would have the size that a partner chooses.
    """
    shared = lru_cache(maxsize=256)(derive)

    @wraps(derive)
    def answer(certificate: Certificate) -> _View:
        views = certificate.views
        if derive not in views:  # asked some fifty times for each partner
            short = len(certificate.der) <= LONGEST_REMEMBERED
            views[derive] = shared(certificate) if short else derive(certificate)
        return views[derive]  # type: ignore[return-value]  # only this function's own answers stand there

    return answer


_EMPTY_NAME = Name(b"\x30\x00")


_SEQUENCE = bytes([encoding.SEQUENCE])


@asn1.sequence
class _Extension:
    oid: ObjectIdentifier
    critical: Annotated[bool, asn1.Default(False)]  # noqa: FBT003
    value: bytes


@asn1.sequence
class _Validity:
    not_before: asn1.UTCTime | asn1.GeneralizedTime
    not_after: asn1.UTCTime | asn1.GeneralizedTime


@asn1.sequence
class _TbsCertificate:
    version: Annotated[int | None, asn1.Explicit(0)]
    serial: int
    signature: asn1.TLV
    issuer: asn1.TLV
    validity: _Validity
    subject: asn1.TLV
    public_key_info: asn1.TLV
    issuer_unique_id: Annotated[asn1.BitString | None, asn1.Implicit(1)]
    subject_unique_id: Annotated[asn1.BitString | None, asn1.Implicit(2)]
    extensions: Annotated[list[_Extension] | None, asn1.Explicit(3)]


@asn1.sequence
class _Certificate:
    signed: asn1.TLV
    signature_algorithm: asn1.TLV
    signature: asn1.BitString


@remembered(entries=128, longest=4_096)
def _issuer(name: bytes) -> Name:
    """One object for the same issuer: many certificates of a run name the same few, decoded once each."""
    return Name(name)


def _decode_strictly(der: bytes) -> Structure:
    outer = asn1.decode_der(_Certificate, der)
    inner = outer.signed.parse(_TbsCertificate)
    # Any value is one to the decoder: a field that is missing would be taken from what follows.
    for field in (inner.signature, inner.issuer, inner.subject, inner.public_key_info):
        if field.tag_bytes != _SEQUENCE:
            raise ValueError("a field of the signed part is no SEQUENCE")
    found = Structure(
        version=(inner.version or 0) + 1,
        serial=inner.serial,
        inner_signature_algorithm=algorithm_identifier(encoding.whole(inner.signature)),
        issuer=_issuer(encoding.whole(inner.issuer)),
        not_before=inner.validity.not_before.as_datetime(),
        not_after=inner.validity.not_after.as_datetime(),
        subject=Name(encoding.whole(inner.subject)),
        public_key_info=encoding.whole(inner.public_key_info),
        extensions=tuple(Extension(e.oid.dotted_string, e.critical, e.value) for e in inner.extensions or ()),
        signed_bytes=encoding.whole(outer.signed),
        signature_algorithm=algorithm_identifier(encoding.whole(outer.signature_algorithm)),
        signature=outer.signature.as_bytes(),
    )
    malformations = malformations_of_structure(found)
    if isinstance(inner.validity.not_before, asn1.GeneralizedTime) or isinstance(
        inner.validity.not_after, asn1.GeneralizedTime
    ):
        malformations = _malformations_beside_times(der)
    return structs.replace(found, malformations=malformations) if malformations else found


def _malformations_beside_times(der: bytes) -> tuple[str, ...]:
    """All departures where a GeneralizedTime stands, of which the strict decoder lets fractions pass."""
    return lenient.structure(der).malformations


def _decode_leniently(der: bytes, refused: str) -> tuple[Structure | None, str | None]:
    try:
        found = lenient.structure(der)
        if not found.malformations and not _is_der_but_for_lengths(der):
            found = structs.replace(found, malformations=(f"it is no DER ({refused[:_LONGEST_REASON]})",))
    except (ValueError, OverflowError):
        return None, refused
    return found, None


_LONGEST_REASON = 200


def _is_der_but_for_lengths(der: bytes) -> bool:
    """Whether the strict decoder takes it once its lengths and its TRUEs are as DER has them."""
    try:
        _decode_strictly(ber.minimal(der))
    except (ValueError, OverflowError):
        return False
    return True
