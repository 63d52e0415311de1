"""What a history tells of a result without its document."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from probe.report import summary

Outcomes = dict[str, tuple[tuple[datetime, str], ...]]
"""Of each target: when it was checked and with which outcome, or that it was not used, oldest first."""


class HistoryRow(Struct, frozen=True):
    """One result without its document. `number` names it; `digest` is equal where nothing changed.

    `standing`: what the outcome does not tell, see `summary.standing`.
    """

    number: int
    run: int
    target: str
    observed_at: datetime
    outcome: str
    digest: str
    standing: str | None = None

    @property
    def counted_as(self) -> str:
        """The outcome, or that it counts for nobody."""
        return summary.NOT_USED if self.standing == summary.NOT_USED else self.outcome
