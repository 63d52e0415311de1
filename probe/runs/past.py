"""Past outcomes out of the history file, for the sparklines of reports and the exporter's status page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from probe.report.document import ResultDocument
from probe.runs.history import History
from probe.runs.results import target_key

Outcomes = dict[str, tuple[tuple[datetime, str], ...]]
_SHOWN = 40


def outcomes(history: History, targets: Iterable[str]) -> Outcomes:
    """When each target was checked and with which outcome, oldest first, the last 40 runs."""
    return {
        target: tuple((row.observed_at, row.outcome) for row in reversed(rows))
        for target in targets
        if (rows := history.of_target(target, limit=_SHOWN))
    }


def latest_documents(history: History) -> dict[str, ResultDocument]:
    """The last result of each target, by `target_key`."""
    return {target_key(row.target): history.document(row.number) for row in history.latest()}
