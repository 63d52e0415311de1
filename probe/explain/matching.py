"""Finds the catalogue rows that an entry matches, the most specific first.

Matching is on `text.key`, so it is blind to what copying damages. Of several rows the one whose words end
last wins, because the inner exception stands behind the outer one; then the longer match. A wrapper (an
outer exception that says nothing itself) yields to everything else.
"""

from __future__ import annotations

from dataclasses import dataclass

from probe.explain.exception_chain import message_text
from probe.explain.explanation_model import Entry, EntryKind, Knowledge, Parts, Profile
from probe.explain.knowledge import ROWS
from probe.explain.marks import neutral_words, read_marks
from probe.explain.pasted_text import key
from probe.explain.profile import SERVER_LOGS

_ROW_KEYS = tuple(
    (row, tuple(tuple(key(piece) for piece in pattern) for pattern in row.patterns)) for row in ROWS
)
_LINES = frozenset({EntryKind.IIS_LOG, EntryKind.HTTPERR_LOG})


@dataclass(frozen=True, slots=True)
class TextMatch:
    """A row, where its last word ends in the key of the text, and how many characters its words have."""

    row: Knowledge
    end: int
    length: int


def find_rows(entry: Entry, parts: Parts, profile: Profile) -> tuple[Knowledge, ...]:
    """The rows that the entry matches, best first; () for none."""
    marks = read_marks(entry, parts)
    matches = _admitted(match_key(entry, marks), profile)
    if not matches and entry.kind not in SERVER_LOGS:
        matches = _admitted(key(f"{entry.text} {marks}"), profile)
    if all(match.row.wrapper for match in matches) and entry.kind not in SERVER_LOGS:
        matches += _admitted(key(neutral_words(entry, parts)), profile) or _cut_off(entry, profile)
    return _ranked(matches)


def _cut_off(entry: Entry, profile: Profile) -> list[TextMatch]:
    """The row whose words the text begins and does not end, as a field of limited length leaves them; []
    where several messages begin so."""
    tail = key(message_text(entry.text))[-_LONGEST_TAIL:]
    found = [
        TextMatch(row, len(tail), _SHORTEST_TAIL)
        for row, patterns in _ROW_KEYS
        if row.scope.admits(profile) and any(_is_begun(pieces[0], tail) for pieces in patterns)
    ]
    return found if len({match.row.title for match in found}) == 1 else []


_SHORTEST_TAIL = 20
"""Letters that must be there of a message that is cut off."""
_LONGEST_TAIL = 120


def _is_begun(words: str, tail: str) -> bool:
    longest = min(len(words) - 1, len(tail))
    return any(tail.endswith(words[:length]) for length in range(longest, _SHORTEST_TAIL - 1, -1))


def rows_for(words: str, profile: Profile) -> tuple[Knowledge, ...]:
    """The rows whose patterns the key `words` has and whose scope admits `profile`, best first."""
    return _ranked(_admitted(words, profile))


def _ranked(matches: list[TextMatch]) -> tuple[Knowledge, ...]:
    matches.sort(
        key=lambda match: (
            match.row.wrapper,
            not match.row.decisive,
            -match.end,
            -match.row.scope.conditions,
            -match.length,
        )
    )
    return tuple(dict.fromkeys(match.row for match in matches))


def _admitted(words: str, profile: Profile) -> list[TextMatch]:
    return [match for match in _matches(words) if match.row.scope.admits(profile)]


def match_key(entry: Entry, marks: str) -> str:
    """What rows are matched on: marks alone for log lines, whose words are others'; else text and marks.

    A whole answer's body may say more than its status; marks that are a status come first, so that the body
    decides.
    """
    if entry.kind in _LINES:
        return key(marks)
    if entry.kind is EntryKind.HTTP_ANSWER:
        return key(f"{marks} {entry.text}")
    return key(f"{message_text(entry.text)} {marks}")


def is_wrapped_unknown(entry: Entry, best: Knowledge) -> bool:
    """Whether `best` is a wrapper around an inner message that the catalogue does not have."""
    if not best.wrapper:
        return False
    inner = key(message_text(entry.text))
    ends = [match.end for match in _matches(inner) if match.row.wrapper]
    return "exception" in inner[max(ends, default=0) :]


def _matches(haystack: str) -> list[TextMatch]:
    found = []
    for row, patterns in _ROW_KEYS:
        ends = [
            (end, sum(map(len, pieces))) for pieces in patterns if (end := _end(haystack, pieces)) is not None
        ]
        if ends:
            end, length = max(ends)
            found.append(TextMatch(row, end, length))
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
