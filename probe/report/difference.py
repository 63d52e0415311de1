"""Printing what changed: as text for people and as JSON, schema `probe.diff/1`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from probe.escaping import one_line
from probe.report.differences import ReportedChange
from probe.report.json import indented
from probe.report.summary import outcome_words

SCHEMA = "probe.diff/1"


class Difference(Struct, frozen=True):
    """What changed at one target. `before` or `after` None: it has no result on that side.

    The standings say what these outcomes do not: that the relationship is not used (`not_used`), or that only
    a limit of the user's is crossed (`below_limit`).
    """

    target: str
    before: str | None
    after: str | None
    observed_at: datetime | None
    changes: tuple[ReportedChange, ...]
    before_standing: str | None = None
    after_standing: str | None = None

    @property
    def headline(self) -> str:
        """The target with its outcomes, in words."""
        before, after = self._words
        if self.before is None:
            return f"{self.target}: new, {after}"
        if self.after is None:
            return f"{self.target}: no result any more (before: {before})"
        if before != after:
            return f"{self.target}: {before} -> {after}"
        return f"{self.target}: {after}" + ("" if self.changes else ", nothing changed")

    @property
    def _words(self) -> tuple[str, str]:
        sides = (self.before, self.before_standing), (self.after, self.after_standing)
        before, after = ("" if side is None else outcome_words(side, standing) for side, standing in sides)
        return before, after


class DifferenceDocument(Struct, frozen=True):
    """What `probe diff` and `probe history` write."""

    schema: str
    differences: tuple[Difference, ...]
    notes: tuple[str, ...] = ()


def set_aside(run: int) -> str:
    """What is said of a run in which the machine that checked was blind."""
    return (
        f"Run {run} counts for no partner: the machine that checked had no way to any of them. What differs "
        "says nothing about the partners."
    )


def render_text(differences: Sequence[Difference], notes: Sequence[str] = ()) -> str:
    """The notes, then a block for each target, its changes below it; ends in a newline."""
    lines = [*notes]
    for difference in differences:
        lines.append(one_line(difference.headline))
        lines += [f"  - {one_line(str(change))}" for change in difference.changes]
    if not differences:
        lines.append("nothing changed")
    return "\n".join(lines) + "\n"


def render_json(differences: Sequence[Difference], notes: Sequence[str] = ()) -> str:
    """One object with an array of differences, and what is to be known about the sides."""
    return indented(DifferenceDocument(SCHEMA, tuple(differences), tuple(notes)))
