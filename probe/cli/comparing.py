"""Comparing two sets of results, target by target, from files or from the history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from probe.errors import DataError, UsageError
from probe.report.changes import between
from probe.report.comparable import ComparableResult, comparable
from probe.report.difference import Difference
from probe.report.document import ResultDocument
from probe.runs.history import History
from probe.runs.results import read_results, target_key

JudgeRecord = Callable[[str, bytes], ResultDocument]
"""Judges the content of an observation record that stood in the named file."""


def compare(
    old: Iterable[ResultDocument], new: Iterable[ResultDocument], *, only_changes: bool = True
) -> tuple[Difference, ...]:
    """What changed from the old results to the new, in the order of the new; then what is gone.

    Where a side has several results of a target, its last one counts.
    """
    before = {target_key(d.target.input): (d.target.input, comparable(d)) for d in old}
    after: dict[str, tuple[str, ComparableResult, datetime]] = {}
    for document in new:
        after[target_key(document.target.input)] = (
            document.target.input,
            comparable(document),
            document.observed_at,
        )
    differences = []
    for key, (target, now, observed_at) in after.items():
        was = before.get(key)
        changes = () if was is None else between(was[1], now)
        difference = Difference(target, was[1].outcome if was else None, now.outcome, observed_at, changes)
        if changes or was is None or not only_changes:
            differences.append(difference)
    gone = [was for key, was in before.items() if key not in after]
    differences += [Difference(target, was.outcome, None, None, ()) for target, was in gone]
    return tuple(differences)


def documents_of(path: str, judge_record: JudgeRecord) -> Iterator[ResultDocument]:
    """The results in a file; an observation record is judged first.

    Raises:
        InputMissingError, DataError: the file cannot be read, or is neither.
    """
    record = _record(path)
    if record is None:
        yield from read_results(path)
    else:
        yield judge_record(path, record)


def _record(path: str) -> bytes | None:
    """The content of an observation record, or None for anything else."""
    try:
        with Path(path).open("rb") as file:
            beginning = file.read(200)
            return beginning + file.read() if b'"probe.record/' in beginning else None
    except OSError:
        return None  # read_results says it better


def documents_of_run(history: History, text: str | None, *, back: int) -> Iterator[ResultDocument]:
    """The results of run number `text`, or of the run that lies `back` runs before the last one.

    Raises:
        UsageError: it is no number. DataError: there is no such run.
    """
    runs = history.runs(limit=10_000)
    if text is not None and not text.isdigit():
        raise UsageError(f"{text!r} is no number of a run: probe history --runs lists them")
    if text is None and len(runs) <= back:
        raise DataError(f"the history has {len(runs)} runs, which is too few to compare")
    number = runs[back][0] if text is None else int(text)
    if number not in {run for run, _, _, _ in runs}:
        raise DataError(f"the history has no run {number}: probe history --runs lists them")
    return (history.document(row.number) for row in history.of_run(number))
