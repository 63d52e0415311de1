"""Small steps over BER, for what the strict decoder (der.py) refuses: lengths of any form, and nothing else.

CryptoAPI decodes BER; DER is what it should be given. Everything raises ValueError on malformed input.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from probe.facts.encoding import der

# Ours: a certificate nests six deep; deeper values are left unread.
_MAXIMUM_DEPTH = 16
_CONSTRUCTED, _BOOLEAN = 0x20, 0x01
_FALSE = b"\x01\x01\x00"


class Value(NamedTuple):
    """One value: its tag, its content octets, its whole encoding, and whether its length is indefinite."""

    tag: int
    content: bytes
    whole: bytes
    indefinite: bool


def value(encoded: bytes) -> Value:
    """The value with which these bytes begin.

    Raises:
        ValueError: it is cut off, nests too deep or has a tag of several octets.
    """
    return _value_at(encoded, 0, 0)


def members(value: Value) -> Iterator[Value]:
    """The members of a constructed value.

    Raises:
        ValueError: one is cut off.
    """
    content, position = value.content, 0
    while position < len(content):
        member = _value_at(content, position, 0)
        yield member
        position += len(member.whole)


def has_indefinite_length(value: Value, depth: int = 0) -> bool:
    """Whether any length in here is of indefinite form; what is no constructed value holds none."""
    if value.indefinite:
        return True
    if not value.tag & _CONSTRUCTED or depth > _MAXIMUM_DEPTH:
        return False
    return any(has_indefinite_length(member, depth + 1) for member in members(value))


def _value_at(data: bytes, position: int, depth: int) -> Value:
    """The value that begins here; its length may have any form (X.690 section 8.1.3).

    Raises:
        ValueError: it is cut off, nests too deep or has a tag of several octets.
    """
    if position + 2 > len(data) or data[position] & 0x1F == 0x1F or depth > _MAXIMUM_DEPTH:
        raise ValueError("no value that can be read")
    tag, size, start = data[position], data[position + 1], position + 2
    if size == 0x80:
        return _indefinite_value(data, position, depth)
    if size > 0x80:
        octets = size & 0x7F
        size = int.from_bytes(data[start : start + octets], "big")
        start += octets
    end = start + size
    if end > len(data):
        raise ValueError("a value is cut off")
    return Value(tag, data[start:end], data[position:end], indefinite=False)


def _indefinite_value(data: bytes, position: int, depth: int) -> Value:
    start = end = position + 2
    while data[end : end + 2] != b"\0\0":
        end += len(_value_at(data, end, depth + 1).whole)
    return Value(data[position], data[start:end], data[position : end + 2], indefinite=True)


def minimal(encoded: bytes, depth: int = 0) -> bytes:
    """The same value as DER has it: every length as short as can be, every TRUE 0xFF, no FALSE written out.

    (X.690 section 10 and 11.5: FALSE is the default wherever a certificate's own fields have a BOOLEAN.)

    Raises:
        ValueError: it cannot be read.
    """
    read = _value_at(encoded, 0, 0)
    if read.tag == _BOOLEAN and len(read.content) == 1 and read.content != b"\0":
        return b"\x01\x01\xff"
    if not read.tag & _CONSTRUCTED:
        return der.wrap(read.tag, read.content)
    if depth > _MAXIMUM_DEPTH:
        raise ValueError("nested too deep")
    parts = (minimal(member.whole, depth + 1) for member in members(read))
    return der.wrap(read.tag, b"".join(part for part in parts if part != _FALSE))
