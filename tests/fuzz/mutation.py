"""Damaging an input of a corpus: what one number of one seed makes of it is always the same.

Nothing is known of a format but what its corpus shows: bytes change, parts go, come again, trade places, come
from another input of the same corpus, or become one of the values that break parsers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

LARGEST = 65_536  # bytes of a damaged input
_MOST_EDITS = 8
_NUMBERS = (
    b"0",
    b"-1",
    b"255",
    b"65536",
    b"2147483648",
    b"18446744073709551616",
    b"9" * 40,
    b"1e999",
    b"NaN",
)
_TOKENS = (
    b"\x00",
    b"\xff" * 8,
    b"\x30\x80",
    b"\x30\x84\xff\xff\xff\xff",
    b"\x02\x01\x80",
    b"\xa0\x03",
    b"\x16\x03\x03\x40\x00",
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b" " * 64,
    b'"',
    b"'",
    b"\\",
    b"<a xmlns='b'>",
    b"<![CDATA[",
    b"&#x10ffff;",
    b"{",
    b"[",
    b"null",
    b"--->",
    b"://",
    b"@",
    b"%",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    "\u202e\u2028".encode(),
    b"\\ud800",
)

Edit = Callable[[bytearray, random.Random, Sequence[bytes]], None]


def damaged(corpus: Sequence[bytes], seed: str) -> bytes:
    """An input of the corpus with some edits, at most `LARGEST` bytes; the same for the same seed."""
    source = random.Random(seed)
    data = bytearray(source.choice(corpus))
    for _ in range(min(source.randint(1, _MOST_EDITS), source.randint(1, _MOST_EDITS))):
        source.choice(_EDITS)(data, source, corpus)
    return bytes(data[:LARGEST])


def _span(data: bytearray, source: random.Random) -> tuple[int, int]:
    start = source.randrange(len(data) + 1)
    longest = source.choice((1, 2, 4, 16, 64, 1024))
    return start, min(len(data), start + source.randint(0, longest))


def _flip(data: bytearray, source: random.Random, _corpus: Sequence[bytes]) -> None:
    if data:
        data[source.randrange(len(data))] ^= 1 << source.randrange(8)


def _set(data: bytearray, source: random.Random, _corpus: Sequence[bytes]) -> None:
    if data:
        data[source.randrange(len(data))] = source.randrange(256)


def _step(data: bytearray, source: random.Random, _corpus: Sequence[bytes]) -> None:
    """One more or one less: what lengths and counts are sensitive to."""
    if data:
        place = source.randrange(len(data))
        data[place] = (data[place] + source.choice((-1, 1))) % 256


def _delete(data: bytearray, source: random.Random, _corpus: Sequence[bytes]) -> None:
    start, end = _span(data, source)
    del data[start:end]


def _cut(data: bytearray, source: random.Random, _corpus: Sequence[bytes]) -> None:
    del data[source.randrange(len(data) + 1) :]


def _repeat(data: bytearray, source: random.Random, _corpus: Sequence[bytes]) -> None:
    start, end = _span(data, source)
    times = source.choice((1, 2, 8, 64, 4096))
    room = max(0, LARGEST - len(data))
    data[start:start] = (bytes(data[start:end]) * times)[:room]


def _swap(data: bytearray, source: random.Random, _corpus: Sequence[bytes]) -> None:
    start, end = _span(data, source)
    part = bytes(data[start:end])
    del data[start:end]
    at = source.randrange(len(data) + 1)
    data[at:at] = part


def _splice(data: bytearray, source: random.Random, corpus: Sequence[bytes]) -> None:
    other = source.choice(corpus)
    start = source.randrange(len(other) + 1)
    place = source.randrange(len(data) + 1)
    data[place : source.randrange(place, len(data) + 1)] = other[start : start + source.randint(0, 512)]


def _token(data: bytearray, source: random.Random, _corpus: Sequence[bytes]) -> None:
    place = source.randrange(len(data) + 1)
    data[place : place + source.choice((0, 0, 1, 4))] = source.choice(_TOKENS)


def _number(data: bytearray, source: random.Random, _corpus: Sequence[bytes]) -> None:
    """Another number in the place of one that is written in digits."""
    places = [at for at, octet in enumerate(data) if octet in b"0123456789"]
    if places:
        start = end = source.choice(places)
        while end < len(data) and data[end] in b"0123456789":
            end += 1
        data[start:end] = source.choice(_NUMBERS)


_EDITS: tuple[Edit, ...] = (
    _flip,
    _set,
    _step,
    _delete,
    _cut,
    _repeat,
    _swap,
    _splice,
    _token,
    _number,
)
