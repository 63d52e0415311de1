"""The status page: the HTML report over the newest result of each target, with its history.

Results come from the history file, and from what this process was asked for; the newer one counts. Where
there are more than a page can show, it shows the worst and counts the others, whose documents are not read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path

from probe.facts.target import target_key
from probe.report import html, summary
from probe.report.document import ResultDocument
from probe.runs.store.history_row import HistoryRow, Outcomes
from probe.runs.store.history_store import History


def page(history: str | None, probed: Iterable[ResultDocument], now: datetime) -> str:
    """The page as HTML. A history file that does not exist yet is an empty one.

    Raises:
        DataError, OutputError: the history cannot be read.
    """
    documents = list(probed)
    others: Counter[str] = Counter()
    runs: Outcomes = {}
    if history is not None and Path(history).is_file():
        with History(history, read_only=True) as opened:
            documents, others = _newest(opened, documents)
            runs = opened.outcomes([document.target.input for document in documents])
    shown, more = summary.worst_of(documents)
    return html.render(shown, now=now, history=runs, others=others + more)


def _newest(
    history: History, probed: Collection[ResultDocument]
) -> tuple[list[ResultDocument], Counter[str]]:
    """The newest results, of the history's the worst only; and as what its others count."""
    asked = {target_key(document.target.input): document for document in probed}
    rows: list[HistoryRow] = []
    for row in history.latest():
        own = asked.get(row.target)
        if own is None or own.observed_at <= row.observed_at:
            asked.pop(row.target, None)
            rows.append(row)
    order = list(summary.STATES)
    rows.sort(key=lambda row: (order.index(row.counted_as), row.standing == summary.BELOW))
    shown, rest = rows[: summary.MOST_ON_A_PAGE], rows[summary.MOST_ON_A_PAGE :]
    documents = [history.document(row.number) for row in shown]
    return [*documents, *asked.values()], Counter(row.counted_as for row in rest)
