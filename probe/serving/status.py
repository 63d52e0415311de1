"""The status page: the HTML report over the newest result of each target, with its history.

Results come from the history file, and from what this process was asked for; the newer one counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from probe.facts.target import target_key
from probe.report import html
from probe.report.document import ResultDocument
from probe.runs.store.history_store import History, Outcomes


def page(history: str | None, probed: Iterable[ResultDocument], now: datetime) -> str:
    """The page as HTML. A history file that does not exist yet is an empty one.

    Raises:
        DataError, OutputError: the history cannot be read.
    """
    documents: dict[str, ResultDocument] = {}
    runs: Outcomes = {}
    if history is not None and Path(history).is_file():
        with History(history, read_only=True) as opened:
            documents = opened.latest_documents()
            runs = opened.outcomes([document.target.input for document in documents.values()])
    for document in probed:
        key = target_key(document.target.input)
        if key not in documents or documents[key].observed_at < document.observed_at:
            documents[key] = document
    return html.render(list(documents.values()), now=now, history=runs)
