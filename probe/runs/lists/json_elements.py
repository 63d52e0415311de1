"""A JSON array read element by element: what is held is one element, whatever the length of the array."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

LONGEST = 1024 * 1024
"""Characters of one element: no partner has a tenth of it."""

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()
# An error so near the end of what was read may come from the end; none is told further from it.
_NEAR_THE_END = 16


def elements(pieces: Iterable[str]) -> Iterator[object]:
    """The elements of the array that is the text in these pieces, each as soon as it has been read.

    Raises:
        ValueError, RecursionError: it is no JSON array, in the words of `json` and with the place in the
            whole text; or an element is too long.
    """
    window = _Window(pieces)
    if window.next() != "[":
        raise window.refusal("")
    window.skip()
    if window.next() == "]":
        window.skip()
    else:
        yield window.value("[")
        while window.next() == ",":
            window.skip()
            yield window.value("[0,")
        if window.next() != "]":
            raise window.refusal("[0")
        window.skip()
    if window.next():
        raise window.refusal("[0]")


class _Window:
    """The part of the text that is being read: from the last sound mark to as far as was needed."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self._text = ""
        self._at = 0
        self._ended = False
        # Where in the whole text the window begins: characters, line ends, characters since the last of them.
        self._before, self._lines, self._column = 0, 0, 0

    def next(self) -> str:
        """The next character that is no space; nothing at the end."""
        while (start := self._start()) == len(self._text):
            if not self._grow():
                return ""
        return self._text[start]

    def skip(self) -> None:
        """Go past that character."""
        self._at = self._start() + 1

    def value(self, sound: str) -> object:
        """The value that comes next, gone past; `sound` as in `refusal`."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._start())
            except (ValueError, RecursionError):
                if not self._grow():
                    raise self.refusal(sound) from None
            else:
                if end < len(self._text) or not self._grow():  # a number may go on
                    self._at = end
                    return value

    def refusal(self, sound: str) -> Exception:
        """What `json` says of the text from here on; `sound` stands for all before it, which is sound."""
        while self._grow():
            pass
        try:
            json.loads(sound + self._text[self._at :])
        except json.JSONDecodeError as wrong:
            place = self._at + wrong.pos - len(sound)
            cut = place > len(self._text) - _NEAR_THE_END or wrong.msg.startswith("Unterminated string")
            if self._ended or not cut:
                return ValueError(f"{wrong.msg}: {self._told(place)}")
        except (ValueError, RecursionError) as wrong:
            return wrong
        return ValueError(
            f"more than {LONGEST // 2**20} MiB without an end of the element: {self._told(self._at)}"
        )

    def _start(self) -> int:
        space = _SPACE.match(self._text, self._at)
        return self._at if space is None else space.end()

    def _grow(self) -> bool:
        """Read on, and forget what was gone past; False: there is no more, or it is too long."""
        if len(self._text) - self._at >= LONGEST:
            return False
        piece = next(self._pieces, "")
        if not piece:
            self._ended = True
            return False
        passed = self._text[: self._at]
        if (ends := passed.count("\n")) > 0:
            self._lines, self._column = self._lines + ends, len(passed) - passed.rfind("\n") - 1
        else:
            self._column += len(passed)
        self._before += len(passed)
        self._text, self._at = self._text[self._at :] + piece, 0
        return True

    def _told(self, place: int) -> str:
        """A place of the window as `json` tells it of the whole text."""
        ends = self._text.count("\n", 0, max(place, 0))
        column = place - self._text.rfind("\n", 0, place) if ends else self._column + place + 1
        return f"line {self._lines + ends + 1} column {column} (char {self._before + place})"
