"""Small steps over DER on top of cryptography's declarative decoder, which reads classes and no bare lists.

Everything raises ValueError on malformed input, nothing else. It knows the encoding and no certificates.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat import asn1

from probe.facts.remembered import remembered

try:
    # The class alone, from the extension module that asn1 has loaded already: its public home,
    # cryptography.x509, brings 15 ms of imports of which nothing else is used here.
    from cryptography.hazmat.bindings._rust import ObjectIdentifier as ObjectIdentifier
except ImportError:
    from cryptography.x509 import ObjectIdentifier as ObjectIdentifier

SEQUENCE = 0x30

_LARGEST = (1 << 63) - 1


@asn1.sequence
class _List:
    items: list[asn1.TLV]


@lru_cache(maxsize=1_024)  # asked some forty times for each partner, nearly always the same few
def length(size: int) -> bytes:
    """The length octets of a content of `size` bytes (X.690 section 8.1.3)."""
    if size < 0x80:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def wrap(tag: int, content: bytes) -> bytes:
    """A TLV with this one-byte tag and content."""
    return bytes([tag]) + length(len(content)) + content


def whole(value: asn1.TLV) -> bytes:
    """The complete encoding of a TLV: tag, length and content."""
    content = bytes(value.data)
    return value.tag_bytes + length(len(content)) + content


def items(encoded: bytes) -> list[asn1.TLV]:
    """Members of an encoded SEQUENCE, or of a SET given with its tag replaced (see `members`).

    Raises:
        ValueError: it is no sequence, or a member is cut off.
    """
    return asn1.decode_der(_List, wrap(SEQUENCE, encoded)).items


def members(content: bytes) -> list[asn1.TLV]:
    """Members of a constructed value given by its content octets alone, whatever its tag was."""
    return items(wrap(SEQUENCE, content))


def single(encoded: bytes) -> asn1.TLV:
    """The one value that these bytes encode.

    Raises:
        ValueError: they encode none, or something follows it.
    """
    (value,) = members(encoded)
    return value


@remembered(entries=256, longest=64)  # few distinct ones exist
def oid(encoded: bytes) -> str:
    """The dotted form of an encoded OBJECT IDENTIFIER.

    Raises:
        ValueError: it is none.
    """
    return asn1.decode_der(ObjectIdentifier, encoded).dotted_string


def unsigned(content: bytes) -> int:
    """The number in the content octets of an INTEGER; negative encodings come out negative.

    Raises:
        ValueError: there are no octets.
    """
    if not content:
        raise ValueError("an INTEGER without octets")
    return int.from_bytes(content, "big", signed=True)


def integer(value: asn1.TLV, tag: bytes = b"\x02") -> int:
    """The number of an INTEGER, or of one tagged implicitly with `tag`; at most 64 bits of it.

    What is counted in certificates (CAs, policies, octets of a salt) has no more, and a number of any length
    can be neither added nor printed. A larger one comes out as the largest of 64 bits.

    Raises:
        ValueError: it has another tag, or no octets.
    """
    if value.tag_bytes != tag:
        raise ValueError("not an INTEGER")
    return max(-_LARGEST, min(unsigned(bytes(value.data)), _LARGEST))
