"""What a CRL says, and where a certificate says that its CRL is. Nothing is verified here.

cryptography reads the list; what it keeps to itself (names and algorithms as encoded, extensions one by one)
is read from the encoding beside it. What it refuses raises ValueError: who asked decides what an unreadable
list means. Sources: RFC 5280 sections 4.2.1.13 and 5.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from cryptography.hazmat import asn1
from msgspec import Struct

from probe.facts import extensions
from probe.facts.certificate import Certificate, Extension
from probe.facts.encoding import der
from probe.facts.revocation.signed import Signed, extension_list, guarded, utc
from probe.facts.structure import algorithm_identifier

if TYPE_CHECKING:
    from cryptography import x509

ISSUING_DISTRIBUTION_POINT = "2.5.29.28"
DELTA_CRL_INDICATOR = "2.5.29.27"

_CONTEXT_0 = b"\xa0"


@asn1.sequence
class _Signed:
    signed: asn1.TLV
    algorithm: asn1.TLV
    signature: asn1.BitString


class RevokedEntry(Struct, frozen=True):
    """One revoked certificate of a CRL: since when, and the OIDs of critical extensions of the entry."""

    revoked_at: datetime
    critical: tuple[str, ...]


class RevocationList(Struct, frozen=True):
    """A CRL. `issuer` is the encoded Name, `next_update` None when there is none."""

    issuer: bytes
    this_update: datetime
    next_update: datetime | None
    extensions: tuple[Extension, ...]
    signed: Signed
    _entries: x509.CertificateRevocationList

    def extension(self, oid: str) -> Extension | None:
        """The extension of this OID, or None."""
        return next((e for e in self.extensions if e.oid == oid), None)

    def entry(self, serial: int) -> RevokedEntry | None:
        """What the list says of this serial number; None when it is not on it.

        Raises:
            ValueError: the entry cannot be read, or no list can hold such a number.
        """
        try:
            found = self._entries.get_revoked_certificate_by_serial_number(serial)
            if found is None:
                return None
            critical = tuple(e.oid.dotted_string for e in found.extensions if e.critical)
            return RevokedEntry(utc(found.revocation_date_utc), critical)
        except Exception as refused:  # noqa: BLE001  # the decoder has classes of its own for bad extensions
            raise ValueError(str(refused)) from None


class IssuingDistributionPoint(Struct, frozen=True):
    """Which certificates a CRL is about. `names` None: no name; the rest as RFC 5280 section 5.2.5 has it."""

    names: tuple[bytes, ...] | None
    only_end_entities: bool
    only_authorities: bool
    some_reasons: bool
    indirect: bool
    only_attributes: bool


def revocation_list(content: bytes) -> RevocationList:
    """The CRL in these bytes (DER).

    Raises:
        ValueError: they are none, or one that cannot be read.
    """
    from cryptography import x509

    entries = guarded(x509.load_der_x509_crl, content)
    outer = asn1.decode_der(_Signed, content)
    fields = der.items(der.whole(outer.signed))
    if fields[0].tag_bytes == b"\x02":
        del fields[0]
    encoded = next((bytes(f.data) for f in fields if f.tag_bytes == _CONTEXT_0), None)
    next_update = entries.next_update_utc
    return RevocationList(
        issuer=der.whole(fields[1]),
        this_update=utc(entries.last_update_utc),
        next_update=None if next_update is None else utc(next_update),
        extensions=() if encoded is None else tuple(extension_list(encoded)),
        signed=Signed(
            der.whole(outer.signed),
            algorithm_identifier(der.whole(outer.algorithm)),
            outer.signature.as_bytes(),
        ),
        _entries=entries,
    )


def issuing_distribution_point(encoded: bytes) -> IssuingDistributionPoint:
    """The scope of a CRL.

    Raises:
        ValueError: undecodable, or the point has no name but a part of one.
    """
    names: tuple[bytes, ...] | None = None
    stated: set[bytes] = set()
    for part in der.items(encoded):
        if part.tag_bytes == _CONTEXT_0:
            (point,) = der.members(bytes(part.data))
            if point.tag_bytes != _CONTEXT_0:
                raise ValueError("a distribution point relative to the issuer's name")
            names = tuple(der.whole(name) for name in der.members(bytes(point.data)))
        elif part.tag_bytes == b"\x83" or bytes(part.data) != b"\x00":
            stated.add(part.tag_bytes)
    return IssuingDistributionPoint(
        names,
        only_end_entities=b"\x81" in stated,
        only_authorities=b"\x82" in stated,
        some_reasons=b"\x83" in stated,
        indirect=b"\x84" in stated,
        only_attributes=b"\x85" in stated,
    )


def crl_urls(certificate: Certificate) -> tuple[str, ...]:
    """URLs of complete CRLs of the certificate's own issuer, in encoded order; () when there are none.

    Points for some reasons only, or whose CRL another authority signs, are left out: CryptoAPI's CRLs are
    neither partitioned nor indirect by default.
    """
    return tuple(name.text for point in _points(certificate) for name in point if name.kind == extensions.URI)


def crl_point_names(certificate: Certificate) -> frozenset[bytes]:
    """The full names of the points of `crl_urls`, whole encodings, to be compared with a CRL's own."""
    return frozenset(
        der.wrap(0x80 | name.kind, name.value) for point in _points(certificate) for name in point
    )


def _points(certificate: Certificate) -> list[list[extensions.GeneralName]]:
    extension = certificate.extension(extensions.CRL_DISTRIBUTION_POINTS)
    if extension is None:
        return []
    try:
        return [_full_names(bytes(point.data)) for point in der.items(extension.value)]
    except ValueError:
        return []


def _full_names(content: bytes) -> list[extensions.GeneralName]:
    parts = {part.tag_bytes: part for part in der.members(content)}
    if set(parts) != {_CONTEXT_0}:
        return []
    (name,) = der.members(bytes(parts[_CONTEXT_0].data))
    if name.tag_bytes != _CONTEXT_0:
        return []
    return [
        extensions.general_name(full.tag_bytes, bytes(full.data)) for full in der.members(bytes(name.data))
    ]
