"""How the text reports look: width, colours, and the small forms of times and wrapped lines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from probe.escaping import one_line

WIDTH = 100
VERDICTS = {
    "success": "WOULD SUCCEED",
    "warning": "WOULD SUCCEED, WITH WARNINGS",
    "failure": "WOULD FAIL",
    "unknown": "CANNOT TELL",
}
_COLOURS = {"success": "32", "warning": "33", "failure": "31", "unknown": "35", "info": "36"}


class Style(Struct, frozen=True):
    """How to print: with ANSI colours or not, and how much. `explain` adds the search for issuers."""

    colour: bool = False
    verbose: bool = False
    explain: bool = False
    log_lines: bool = False

    def paint(self, text: str, outcome: str) -> str:
        """`text` in the colour of an outcome, bold."""
        if not self.colour:
            return text
        return f"\x1b[1;{_COLOURS.get(outcome, '0')}m{text}\x1b[0m"

    def dim(self, text: str) -> str:
        """`text` set back."""
        return f"\x1b[2m{text}\x1b[0m" if self.colour else text

    def strong(self, text: str) -> str:
        """`text` set off."""
        return f"\x1b[1m{text}\x1b[0m" if self.colour else text


PLAIN = Style()


def counted(number: int, noun: str) -> str:
    """The number with its noun, in the plural unless it is one."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def wrapped(text: str, indent: int) -> Iterable[str]:
    """`text` cleaned and wrapped; long words (URLs, thumbprints) are never broken."""
    pad = " " * indent
    return textwrap.wrap(
        one_line(text, limit=4000),
        width=max(WIDTH, indent + 40),
        initial_indent=pad,
        subsequent_indent=pad + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def moment(moment: datetime) -> str:
    """A moment as people read it, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def day(moment: datetime | None) -> str:
    """The day of a moment; `unknown` for None."""
    return "unknown" if moment is None else f"{moment:%Y-%m-%d}"


def time(milliseconds: float) -> str:
    """Milliseconds, or seconds from ten of them on."""
    return f"{milliseconds:.0f} ms" if milliseconds < 10_000 else f"{milliseconds / 1000:.1f} s"
