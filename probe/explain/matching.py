"""Finds the catalogue rows that an entry matches, the most specific first.

Matching is on `text.key`, so it is blind to what copying damages. Of several rows the one whose words end
last wins, because the inner exception stands behind the outer one; then the longer match. A wrapper (an
outer exception that says nothing itself) yields to everything else.
"""

from __future__ import annotations

from dataclasses import dataclass

from probe.explain.chain import message_text
from probe.explain.clues import healthy_anonymous
from probe.explain.knowledge import ROWS
from probe.explain.knowledge.answers import HEALTHY_MARK
from probe.explain.model import Entry, EntryKind, Knowledge, Parts
from probe.explain.text import key

_ROW_KEYS = tuple(
    (row, tuple(tuple(key(piece) for piece in pattern) for pattern in row.patterns)) for row in ROWS
)
_MARKED = frozenset({EntryKind.IIS_LOG, EntryKind.HTTPERR_LOG, EntryKind.HTTP_ANSWER})


@dataclass(frozen=True, slots=True)
class Match:
    """A row, where its last word ends in the key of the text, and how many characters its words have."""

    row: Knowledge
    end: int
    length: int


def find_rows(entry: Entry, parts: Parts) -> tuple[Knowledge, ...]:
    """The rows that the entry matches, best first; () for none."""
    if entry.kind in _MARKED:
        matches = _matches(key(_marks(parts) + _answer_words(entry)))
    else:
        matches = _matches(key(message_text(entry.text))) or _matches(key(entry.text))
    matches.sort(key=lambda match: (match.row.wrapper, -match.end, -match.length))
    return tuple(match.row for match in matches)


def is_wrapped_unknown(entry: Entry, best: Knowledge) -> bool:
    """Whether `best` is a wrapper around an inner message that the catalogue does not have."""
    if not best.wrapper:
        return False
    inner = key(message_text(entry.text))
    ends = [match.end for match in _matches(inner) if match.row.wrapper]
    return "exception" in inner[max(ends, default=0) :]


def _matches(haystack: str) -> list[Match]:
    found = []
    for row, patterns in _ROW_KEYS:
        ends = [
            (end, sum(map(len, pieces))) for pieces in patterns if (end := _end(haystack, pieces)) is not None
        ]
        if ends:
            end, length = max(ends)
            found.append(Match(row, end, length))
    return found


def _end(haystack: str, pieces: tuple[str, ...]) -> int | None:
    """Where the last of `pieces` ends when they occur one after another, or None."""
    position = 0
    for piece in pieces:
        at = haystack.find(piece, position)
        if at < 0:
            return None
        position = at + len(piece)
    return position


def _marks(parts: Parts) -> str:
    status = f"HTTP status {parts.http_status} ." if parts.http_status else ""
    return status + (HEALTHY_MARK if healthy_anonymous(parts) else "")


def _answer_words(entry: Entry) -> str:
    """The words of an answer's body, where a fault or an error page may say more than the status."""
    return f" {entry.text}" if entry.kind is EntryKind.HTTP_ANSWER else ""
