"""What a DER value is, told from its first few tags, without decoding it.

Cheap enough for every member of a large store. A certificate that passes here may still be unreadable
inside: that is a fact about the certificate (probe.facts.certificate), not damage to the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

_SEQUENCE = 0x30
_INTEGER = 0x02
_OBJECT_IDENTIFIER = 0x06
_CONTEXT_0 = 0xA0
_INDEFINITE = 0x80
_MAX_LENGTH_OCTETS = 4


class DerShape(Enum):
    """Kinds of DER file that are met where certificates are expected."""

    CERTIFICATE = "an X.509 certificate"
    REVOCATION_LIST = "a certificate revocation list (CRL)"
    REQUEST = "a certificate request (CSR)"
    CONTENT_INFO = "a PKCS #7 structure"
    PKCS12 = "a PKCS #12 file"
    KEY = "a key"
    OTHER = "DER data of another kind"


@dataclass(frozen=True, slots=True)
class _Header:
    tag: int
    content: int
    end: int


def _header(data: bytes, position: int) -> _Header | None:
    """Tag, start of content and end of the definite-length TLV at `position`; None if it is cut off."""
    if position + 2 > len(data):
        return None
    tag, first = data[position], data[position + 1]
    content = position + 2
    if first < _INDEFINITE:
        size = first
    else:
        octets = first - _INDEFINITE
        if not 1 <= octets <= _MAX_LENGTH_OCTETS or content + octets > len(data):
            return None
        size = int.from_bytes(data[content : content + octets], "big")
        content += octets
    end = content + size
    return _Header(tag, content, end) if end <= len(data) else None


def value_end(data: bytes, position: int = 0) -> int | None:
    """Where the SEQUENCE that starts at `position` ends; None if none starts there or it is cut off."""
    header = _header(data, position)
    return header.end if header and header.tag == _SEQUENCE else None


def _tags(data: bytes, start: int, end: int, count: int) -> list[int]:
    tags: list[int] = []
    while start < end and len(tags) < count:
        header = _header(data, start)
        if header is None or header.end > end:
            break
        tags.append(header.tag)
        start = header.end
    return tags


def shape_of(data: bytes) -> DerShape:
    """What kind of value `data` starts with (RFC 5280, RFC 2986, RFC 5652, RFC 7292, RFC 5958)."""
    outer = _header(data, 0)
    if outer is None or outer.tag != _SEQUENCE:
        return _shape_of_indefinite(data)
    first = _header(data, outer.content)
    if first is None:
        return DerShape.OTHER
    if first.tag == _OBJECT_IDENTIFIER:
        return DerShape.CONTENT_INFO
    if first.tag == _INTEGER:
        return _shape_of_numbered(data, outer, first)
    if first.tag == _SEQUENCE:
        return _shape_of_signed(data, first)
    return DerShape.OTHER


def _shape_of_indefinite(data: bytes) -> DerShape:
    # BER with indefinite length: what PKCS #7 and PKCS #12 writers produced for decades, never certificates.
    if data[:2] != bytes([_SEQUENCE, _INDEFINITE]):
        return DerShape.OTHER
    if data[2:3] == bytes([_OBJECT_IDENTIFIER]):
        return DerShape.CONTENT_INFO
    return DerShape.PKCS12 if data[2:5] == b"\x02\x01\x03" else DerShape.OTHER


def _shape_of_numbered(data: bytes, outer: _Header, first: _Header) -> DerShape:
    version = data[first.content : first.end]
    following = _tags(data, first.end, outer.end, 1)
    if version == b"\x03" and following == [_SEQUENCE]:
        return DerShape.PKCS12
    return DerShape.KEY


def _shape_of_signed(data: bytes, signed: _Header) -> DerShape:
    tags = _tags(data, signed.content, signed.end, 4)
    match tags:
        case [0xA0, *_] | [0x02, 0x30, 0x30, 0x30]:
            return DerShape.CERTIFICATE
        case [0x02, 0x30, 0x30, 0xA0]:
            return DerShape.REQUEST
        case [0x30, 0x30, 0x17 | 0x18, *_] | [0x02, 0x30, 0x30, 0x17 | 0x18]:
            return DerShape.REVOCATION_LIST
        case [0x06, *_]:
            return DerShape.KEY
        case _:
            return DerShape.OTHER
