"""Microsoft certificate trust lists: authroot.stl (roots to download) and disallowedcert.stl (to refuse).

A list names certificates by hash and holds none; authroot.stl carries, for each, the properties that Windows
gives the root when it downloads it (wincrypt.h, szOID_CERT_PROP_ID below 1.3.6.1.4.1.311.10.11). The
signature of the list is NOT verified: whoever gives the file vouches for it, and a note says so.

CertificateTrustList ::= SEQUENCE { subjectUsage, listIdentifier OPTIONAL, sequenceNumber, ctlThisUpdate,
ctlNextUpdate OPTIONAL, subjectAlgorithm, trustedSubjects OPTIONAL, extensions [0] OPTIONAL }, the members
of CTL_INFO in wincrypt.h.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat import asn1

from probe.errors import TrustStoreError
from probe.facts.encoding import der
from probe.facts.encoding.der import ObjectIdentifier
from probe.facts.trust_store import ListedRoot
from probe.stores import contents, properties
from probe.stores.contents import Contents

ROOT_LIST = "1.3.6.1.4.1.311.10.3.9"  # szOID_ROOT_LIST_SIGNER
DISALLOWED_LIST = "1.3.6.1.4.1.311.10.3.30"  # szOID_DISALLOWED_LIST
_PROPERTY_PREFIX = "1.3.6.1.4.1.311.10.11."
_WANTED = {
    f"{_PROPERTY_PREFIX}{number}": number
    for number in (*properties.READ, properties.KEY_IDENTIFIER, properties.SUBJECT_NAME_MD5)
}
_SHA1 = "1.3.14.3.2.26"
_DISALLOWED_HASH = _PROPERTY_PREFIX + "15"  # szOID_DISALLOWED_HASH
_SHA1_BYTES = 20
_TIME_TAGS = (b"\x17", b"\x18")
_SEQUENCE_TAG = b"\x30"


@asn1.sequence
class _Attribute:
    type: ObjectIdentifier
    values: asn1.TLV


@asn1.sequence
class _Attributes:
    items: list[_Attribute]


@asn1.sequence
class _Value:
    value: bytes


@asn1.sequence
class _Update:
    moment: asn1.UTCTime | asn1.GeneralizedTime


@dataclass(frozen=True, slots=True)
class _TrustList:
    usages: tuple[str, ...]
    subject_algorithm: str
    this_update: datetime
    subjects: tuple[asn1.TLV, ...]


def read(encoded: bytes) -> Contents:
    """The roots that a list of roots names, or the hashes that a list of disallowed certificates names.

    Raises:
        TrustStoreError: it is damaged, or a list for another purpose.
    """
    try:
        listing = _decoded(encoded)
        contents.bounded(len(listing.subjects))
        if DISALLOWED_LIST in listing.usages:
            return _disallowed(listing)
        if ROOT_LIST in listing.usages and listing.subject_algorithm == _SHA1:
            return _roots(listing)
    except (ValueError, IndexError) as refused:
        raise TrustStoreError("is a damaged certificate trust list: get an undamaged copy") from refused
    raise TrustStoreError(
        "is a certificate trust list for another purpose: give authroot.stl or disallowedcert.stl"
    )


def _decoded(encoded: bytes) -> _TrustList:
    fields = der.items(encoded)
    usages = tuple(der.oid(der.whole(usage)) for usage in der.members(bytes(fields[0].data)))
    # Between the usages and the time of issue stand an optional identifier and the sequence number.
    position = [field.tag_bytes in _TIME_TAGS for field in fields].index(True)
    this_update = asn1.decode_der(_Update, der.wrap(der.SEQUENCE, der.whole(fields[position]))).moment
    following = [field for field in fields[position + 1 :] if field.tag_bytes not in _TIME_TAGS]
    algorithm = der.members(bytes(following[0].data))[0]
    listed = following[1] if len(following) > 1 and following[1].tag_bytes == _SEQUENCE_TAG else None
    return _TrustList(
        usages=usages,
        subject_algorithm=der.oid(der.whole(algorithm)),
        this_update=this_update.as_datetime(),
        subjects=tuple(der.members(bytes(listed.data))) if listed else (),
    )


def _roots(listing: _TrustList) -> Contents:
    return Contents(
        listed=tuple(_root(bytes(subject.data)) for subject in listing.subjects),
        dated=listing.this_update,
        notes=(_note("roots that Windows downloads", listing),),
    )


def _root(subject: bytes) -> ListedRoot:
    identifier, *attributes = der.members(subject)
    values = _properties(bytes(attributes[0].data)) if attributes else {}
    if len(identifier.data) != _SHA1_BYTES:
        raise ValueError("a subject is no SHA-1 thumbprint")
    of_root = properties.root_properties(values, automatic=True)
    return ListedRoot(
        thumbprint=bytes(identifier.data).hex().upper(),
        key_identifier=values.get(properties.KEY_IDENTIFIER),
        subject_name_md5=values.get(properties.SUBJECT_NAME_MD5),
        friendly_name=of_root.friendly_name,
        properties=of_root,
    )


def _properties(attributes: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    decoded = asn1.decode_der(_Attributes, der.wrap(der.SEQUENCE, der.wrap(der.SEQUENCE, attributes)))
    for attribute in decoded.items:
        number = _WANTED.get(attribute.type.dotted_string)
        if number is not None:
            found[number] = asn1.decode_der(
                _Value, der.wrap(der.SEQUENCE, bytes(attribute.values.data))
            ).value
    return found


def _disallowed(listing: _TrustList) -> Contents:
    identifiers = tuple(_identifier(subject) for subject in listing.subjects)
    note = (_note("certificates that Windows refuses", listing),)
    if listing.subject_algorithm == _SHA1:
        return Contents(disallowed_hashes=identifiers, dated=listing.this_update, notes=note)
    if listing.subject_algorithm == _DISALLOWED_HASH:
        return Contents(disallowed_identifiers=identifiers, dated=listing.this_update, notes=note)
    raise TrustStoreError(
        "names certificates by a hash that is not known: get the list for this version of Windows"
    )


def _identifier(subject: asn1.TLV) -> str:
    return bytes(der.members(bytes(subject.data))[0].data).hex().upper()


def _note(what: str, listing: _TrustList) -> str:
    return f"list of {what}, of {listing.this_update:%Y-%m-%d}: taken as given, its signature is not verified"
