"""The text of a partner list, kept packed: a list of 100,000 partners takes as much memory as one of 10,000.

It is read twice, once to be checked and once to be run, and a pipe can be read but once.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Iterator
from functools import partial

from probe.facts.encoding import text_encoding

LONGEST_LINE = 1024 * 1024
_QUICKEST = 1
_PIECE = 65_536


class ListText:
    """A text that can be read again and again, by lines, in pieces or whole."""

    def __init__(self, packed: bytes, size: int, encoding: str, errors: str) -> None:
        self._packed = packed
        self.size = size
        """How many bytes it has unpacked."""
        self._encoding = encoding
        self._errors = errors

    @classmethod
    def of(cls, text: str) -> ListText:
        """The text that is there already."""
        data = text.encode("utf-8", "surrogatepass")
        return cls(_packed((data,)), len(data), "utf-8", "surrogatepass")

    @classmethod
    def read(cls, pieces: Iterable[bytes]) -> ListText:
        """The text in these pieces of a file, in whatever encoding Windows' programs write; none is kept."""
        size = 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                size += len(piece)
                yield piece

        packed = _packed(counted())
        return cls(packed, size, *text_encoding.encoding_of(_unpacked(packed)))

    @property
    def held(self) -> int:
        """How many bytes it takes."""
        return len(self._packed)

    def whole(self) -> str:
        """All of it."""
        return "".join(self.pieces())

    def pieces(self) -> Iterator[str]:
        """It from beginning to end, a piece at a time."""
        with self._opened("") as text:
            while piece := text.read(_PIECE):
                yield piece

    def lines(self, newline: str = "\n") -> Iterator[str]:
        """Its lines with their ends, unpacked one by one; `newline` as `open` takes it ("": any kind of end).

        No other character ends a line, as it would for `splitlines`. A line of more than LONGEST_LINE
        characters comes in pieces that have one more.
        """
        with self._opened(newline) as text:
            yield from iter(partial(text.readline, LONGEST_LINE + 1), "")

    def _opened(self, newline: str) -> io.TextIOWrapper:
        packed = gzip.GzipFile(fileobj=io.BytesIO(self._packed))
        return io.TextIOWrapper(packed, encoding=self._encoding, errors=self._errors, newline=newline)


def _packed(pieces: Iterable[bytes]) -> bytes:
    found = io.BytesIO()
    with gzip.GzipFile(fileobj=found, mode="wb", compresslevel=_QUICKEST, mtime=0) as packing:
        for piece in pieces:
            packing.write(piece)
    return found.getvalue()


def _unpacked(packed: bytes) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as unpacking:
        while piece := unpacking.read(_PIECE):
            yield piece
