"""Printing what changed: as text for people and as JSON, schema `probe.diff/1`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from probe.escaping import one_line
from probe.report.differences import ReportedChange
from probe.report.json import indented

SCHEMA = "probe.diff/1"


class Difference(Struct, frozen=True):
    """What changed at one target. `before` or `after` None: it has no result on that side."""

    target: str
    before: str | None
    after: str | None
    observed_at: datetime | None
    changes: tuple[ReportedChange, ...]

    @property
    def headline(self) -> str:
        """The target with its outcomes, in words."""
        if self.before is None:
            return f"{self.target}: new, {self.after}"
        if self.after is None:
            return f"{self.target}: no result any more (before: {self.before})"
        if self.before != self.after:
            return f"{self.target}: {self.before} -> {self.after}"
        return f"{self.target}: {self.after}" + ("" if self.changes else ", nothing changed")


class DifferenceDocument(Struct, frozen=True):
    """What `probe diff` and `probe history` write."""

    schema: str
    differences: tuple[Difference, ...]


def render_text(differences: Sequence[Difference]) -> str:
    """A block for each target, its changes below it; ends in a newline."""
    lines: list[str] = []
    for difference in differences:
        lines.append(one_line(difference.headline))
        lines += [f"  - {one_line(str(change))}" for change in difference.changes]
    return "\n".join(lines or ["nothing changed"]) + "\n"


def render_json(differences: Sequence[Difference]) -> str:
    """One object with an array of differences."""
    return indented(DifferenceDocument(SCHEMA, tuple(differences)))
