"""The text of a partner list, kept packed: a list of 100,000 partners takes as much memory as one of 10,000.

It is read twice, once to be checked and once to be run, and a pipe can be read but once.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator

_QUICKEST = 1


class ListText:
    """A text that can be read again and again, by lines or whole."""

    def __init__(self, text: str) -> None:
        self._packed = gzip.compress(text.encode("utf-8", "surrogatepass"), _QUICKEST, mtime=0)

    @property
    def held(self) -> int:
        """How many bytes it takes."""
        return len(self._packed)

    def whole(self) -> str:
        """All of it."""
        return gzip.decompress(self._packed).decode("utf-8", "surrogatepass")

    def lines(self, newline: str = "\n") -> Iterator[str]:
        """Its lines with their ends, unpacked one by one; `newline` as `open` takes it ("": any kind of end).

        No other character ends a line, as it would for `splitlines`.
        """
        packed = io.BytesIO(self._packed)
        with gzip.open(packed, "rt", encoding="utf-8", errors="surrogatepass", newline=newline) as text:
            yield from text
