"""Windows serialized stores (SST): certificates with their properties, as certutil and CertSaveStore write.

Layout from MS-OSHARED 2.3.9.1: version, "CERT", then elements of (identifier, encoding, length, value),
little-endian; the properties of a certificate precede it; identifier 0 ends the file. Revocation and trust
lists in it (identifiers 33 and 34) are passed over with their properties.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from probe.errors import TrustStoreError
from probe.facts.certificate import Certificate
from probe.stores import contents, properties, shape
from probe.stores.contents import CertificateInStore, Contents
from probe.stores.shape import DerShape, shape_of

_END = 0
_CERTIFICATE = 32
_REVOCATION_LIST = 33
_TRUST_LIST = 34
_HEADER = struct.Struct("<III")
_START = 8
# dwEncodingType: X509_ASN_ENCODING in the low half, PKCS_7_ASN_ENCODING in the high half or absent.
_X509_ASN_ENCODING = 1


def read(data: bytes) -> Contents:
    """The certificates of a serialized store with their properties, in order.

    Raises:
        TrustStoreError: it is cut off, or a value in it is not what it should be.
    """
    entries: list[CertificateInStore] = []
    values: dict[int, bytes] = {}
    for identifier, value in _elements(data):
        if identifier == _CERTIFICATE:
            entries.append(_entry(value, values, len(entries) + 1))
            contents.bounded(len(entries))
            values = {}
        elif identifier in (_REVOCATION_LIST, _TRUST_LIST):
            values = {}
        else:
            values[identifier] = value
    return Contents(tuple(entries))


def _entry(value: bytes, values: dict[int, bytes], number: int) -> CertificateInStore:
    if shape_of(value) is not DerShape.CERTIFICATE or shape.value_end(value) != len(value):
        raise TrustStoreError(f"is damaged: member {number} is no certificate")
    return CertificateInStore(Certificate(value), properties.root_properties(values))


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = _START
    while True:
        if position + _HEADER.size > len(data):
            raise TrustStoreError("is cut off: get an undamaged copy of the serialized store")
        identifier, encoding, size = _HEADER.unpack_from(data, position)
        position += _HEADER.size
        if identifier == _END:
            return
        if not encoding & _X509_ASN_ENCODING or position + size > len(data):
            raise TrustStoreError("is cut off or damaged: get an undamaged copy of the serialized store")
        yield identifier, data[position : position + size]
        position += size
