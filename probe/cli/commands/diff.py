"""`probe diff`: what changed between two runs, results or records, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from probe.cli import console
from probe.cli.options.caller_options import CallerOptions, VerdictOptions
from probe.cli.options.composition import only, with_options
from probe.cli.options.report_options import OutputPath, PlainFormat, PlainFormatOption
from probe.errors import DataError, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from probe.report.comparable import ComparableResult
    from probe.report.difference import Difference
    from probe.report.document import ResultDocument
    from probe.runs.store.history_store import History

CHANGED = 1


@with_options
def diff(
    *,
    old: Annotated[
        str | None,
        typer.Argument(
            help="Results (JSON, NDJSON) or an observation record; with --history a run's number."
        ),
    ] = None,
    new: Annotated[str | None, typer.Argument(help="What to compare it with.")] = None,
    history: Annotated[
        str | None,
        typer.Option(help="Compare two runs of this history; without numbers the last two.", metavar="FILE"),
    ] = None,
    only_changes: Annotated[
        bool, typer.Option("--only-changes/--all", help="Leave out targets where nothing changed.")
    ] = True,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if anything changed.")] = False,
    caller: Annotated[CallerOptions, only("trust", "caller")],
    verdict: Annotated[VerdictOptions, only("at")],
    form: PlainFormatOption = PlainFormat.TEXT,
    report: OutputPath,
) -> int:
    """Say in words what changed from OLD to NEW.

    Example: probe diff monday.ndjson tuesday.ndjson
    """
    from probe.report import difference
    from probe.runs.store.history_store import History

    notes: tuple[str, ...] = ()
    if history is not None:
        if (old is None) != (new is None):
            raise UsageError("give two numbers of runs, or none for the last two")
        with History(history, read_only=True) as opened:
            runs = _number_of_run(opened, old, back=1), _number_of_run(opened, new, back=0)
            notes = tuple(difference.set_aside(run) for run in runs if opened.vantage.is_set_aside(run))
            before, after = _of_runs(opened, runs, only_changes=only_changes)
            differences = compare(before, after, only_changes=only_changes)
    elif old is None or new is None:
        raise UsageError("nothing to compare: give two files, or --history FILE")
    else:
        before, after = (_of_file(path, caller, verdict) for path in (old, new))
        differences = compare(before, after, only_changes=only_changes)
    render = difference.render_json if form is PlainFormat.JSON else difference.render_text
    put = console.emit if form is PlainFormat.JSON else console.emit_for_reader
    put(render(differences, notes), report.output)
    changed = any(item.changes or item.before is None or item.after is None for item in differences)
    return CHANGED if exit_code and changed else 0


def compare(
    old: Iterable[ResultDocument], new: Iterable[ResultDocument], *, only_changes: bool = True
) -> tuple[Difference, ...]:
    """What changed from the old results to the new, in the order of the new; then what is gone.

    Where a side has several results of a target, its last one counts.
    """
    from probe.facts.target import target_key
    from probe.report.difference import Difference
    from probe.report.differences import between

    before, after = ({target_key(d.target.input): _side(d) for d in documents} for documents in (old, new))
    differences = []
    for key, now in after.items():
        was = before.get(key)
        changes = () if was is None else between(was.result, now.result)
        if changes or was is None or not only_changes:
            differences.append(
                Difference(
                    now.target,
                    was.result.outcome if was else None,
                    now.result.outcome,
                    now.observed_at,
                    changes,
                    was.standing if was else None,
                    now.standing,
                )
            )
    gone = [was for key, was in before.items() if key not in after]
    differences += [Difference(was.target, was.result.outcome, None, None, (), was.standing) for was in gone]
    return tuple(differences)


class _Side(NamedTuple):
    """What is kept of a result while another is looked for."""

    target: str
    result: ComparableResult
    standing: str | None
    observed_at: datetime


def _side(document: ResultDocument) -> _Side:
    from probe.report import summary
    from probe.report.comparable import comparable

    return _Side(
        document.target.input, comparable(document), summary.standing(document), document.observed_at
    )


def _of_file(path: str, caller: CallerOptions, verdict: VerdictOptions) -> Iterator[ResultDocument]:
    """The results in a file; an observation record is judged first.

    Raises:
        InputMissingError, DataError: the file cannot be read, or is neither.
    """
    from probe.cli import inputs
    from probe.report import build
    from probe.runs.store.results import read_results

    data = _record(path)
    if data is None:
        yield from read_results(path)
    else:
        conditions = inputs.Conditions.of(caller, verdict)
        yield build.document(conditions.judge(inputs.read_record(path, data)))


def _record(path: str) -> bytes | None:
    """The content of an observation record, or None for anything else."""
    from probe import windows_paths

    try:
        with windows_paths.for_this_system(path).open("rb") as file:
            beginning = file.read(200)
            return beginning + file.read() if b'"probe.record/' in beginning else None
    except OSError:
        return None  # read_results says it better


def _of_runs(
    history: History, runs: tuple[int, int], *, only_changes: bool
) -> tuple[Iterator[ResultDocument], Iterator[ResultDocument]]:
    """The results of two runs; with `only_changes` of the targets at which they differ."""
    numbers = history.changed_between(*runs) if only_changes else map(history.numbers_of_run, runs)
    before, after = (map(history.document, each) for each in numbers)
    return before, after


def _number_of_run(history: History, text: str | None, *, back: int) -> int:
    """The number in `text`, or that of the run that lies `back` runs before the last one.

    Raises:
        UsageError: it is no number. DataError: there is no such run.
    """
    runs = history.runs(limit=10_000)
    if text is not None and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise UsageError(f"{text!r} is no number of a run: probe history --runs lists them")
    if text is None and len(runs) <= back:
        from probe.report.summary import counted

        raise DataError(f"the history has {counted(len(runs), 'run')}, which is too few to compare")
    number = runs[back][0] if text is None else int(text)
    if number not in {run for run, _, _, _ in runs}:
        raise DataError(f"the history has no run {number}: probe history --runs lists them")
    return number
