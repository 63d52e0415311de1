"""How the text reports look: width, colours, and the small forms of times and wrapped lines."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime

from msgspec import Struct

from probe.escaping import EVIDENCE, GUTTER, LIMIT, one_line, tamed
from probe.report import summary

WIDTH = 100
NARROWEST, WIDEST = 40, 200
VERDICTS = {outcome: words.upper() for outcome, words in summary.VERDICTS.items()}
_COLOURS = {"success": "32", "warning": "33", "failure": "31", "unknown": "35", "info": "36"}


class Style(Struct, frozen=True):
    """How to print: with ANSI colours or not, how wide, and how much.

    `verbose` tells the whole story instead of the short form, `explain` adds the search for issuers,
    `log_lines` the event log entry; `only_problems` leaves out the targets that would succeed.
    """

    colour: bool = False
    verbose: bool = False
    explain: bool = False
    log_lines: bool = False
    width: int = WIDTH
    only_problems: bool = False

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


def plain(text: str, limit: int = LIMIT) -> str:
    """Text that a partner may have written, on one line, which a terminal may break anywhere.

    No part of it can look like a line of ours, see `tamed`; nor has it the gutter of a terminal that knows
    nothing but ASCII.
    """
    return tamed(text, limit).replace("| ", "\\x7c ")


def wrapped(text: str, indent: int, style: Style = PLAIN, *, most: int | None = None) -> list[str]:
    """`text` cleaned and wrapped; long words (URLs, thumbprints) are never broken.

    No line begins with the gutter of commands, whatever a partner wrote. `most` cuts after so many lines.
    """
    pad = " " * indent
    lines = textwrap.wrap(
        tamed(text, 4000),
        width=max(style.width, indent + NARROWEST // 2),
        initial_indent=pad,
        subsequent_indent=pad + "  ",
        break_long_words=False,
        break_on_hyphens=False,
        max_lines=most,
        placeholder=" …",
    )
    return [_without_gutter(line) for line in lines]


def theirs(text: str, indent: int, style: Style = PLAIN) -> list[str]:
    """Evidence, which a partner may have written: wrapped, and every line marked as evidence."""
    mark = " " * indent + EVIDENCE
    return textwrap.wrap(
        tamed(text, 4000),
        width=max(style.width, indent + NARROWEST // 2),
        initial_indent=mark,
        subsequent_indent=mark,
        break_on_hyphens=False,
    )


def command_lines(command: str | None, indent: int) -> list[str]:
    """A command behind the gutter that no other line has; not wrapped, because it is to be copied."""
    return [f"{' ' * indent}{GUTTER}{one_line(line, limit=1000)}" for line in (command or "").splitlines()]


def _without_gutter(line: str) -> str:
    text = line.lstrip(" ")
    return f"{line[: len(line) - len(text)]}\\{text}" if text.startswith("|") else line


def moment(moment: datetime) -> str:
    """A moment as people read it, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def minute(moment: datetime) -> str:
    """A moment to the minute, where the second is nothing to act on."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(moment: datetime | None) -> str:
    """The day of a moment; `unknown` for None."""
    return "unknown" if moment is None else f"{moment:%Y-%m-%d}"


def time(milliseconds: float) -> str:
    """Milliseconds, or seconds from ten of them on."""
    return f"{milliseconds:.0f} ms" if milliseconds < 10_000 else f"{milliseconds / 1000:.1f} s"
