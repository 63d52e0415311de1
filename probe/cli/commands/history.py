"""`probe history`: what the history file holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import console
from probe.cli.options.composition import with_options
from probe.cli.options.report_options import OutputPath, PlainFormat, PlainFormatOption
from probe.errors import UsageError

if TYPE_CHECKING:
    from probe.report.difference import Difference
    from probe.report.differences import ReportedChange
    from probe.runs.store.history_store import History
    from probe.runs.store.retention import Retention


@with_options
def history(
    *,
    target: Annotated[
        str | None,
        typer.Argument(metavar="[TARGET]", help="Whose history. Default: the last result of each."),
    ] = None,
    file: Annotated[str | None, typer.Option("--history", help="The history file.", metavar="FILE")] = None,
    only_changes: Annotated[
        bool, typer.Option("--only-changes", help="Leave out results that equal the one before.")
    ] = False,
    limit: Annotated[int, typer.Option(help="How many results, newest first.", metavar="N", min=1)] = 50,
    runs: Annotated[bool, typer.Option("--runs", help="List the runs instead.")] = False,
    keep: Annotated[
        str | None,
        typer.Option(
            help="First remove what is older (400d, 52w, 2y) or beyond this number of results per target; "
            "with TARGET of that one only.",
            metavar="AGE|N",
        ),
    ] = None,
    form: PlainFormatOption = PlainFormat.TEXT,
    report: OutputPath,
) -> int:
    """Print the results of a target with what changed between them, or the last result of every target.

    Example: probe history contoso.com --history history.sqlite --only-changes
    """
    from probe.report import difference
    from probe.runs.store.history_store import History
    from probe.runs.store.retention import parse_retention

    if file is None:
        raise UsageError("no history file: give --history FILE, or set history in the configuration")
    if keep is not None:
        _prune(file, parse_retention(keep), target)
    with History(file, read_only=True) as opened:
        if runs:
            console.emit(_runs(opened, limit, form), report.output)
            return 0
        rows = (
            _latest(opened)
            if target is None
            else _of_target(opened, target, limit=limit, only_changes=only_changes)
        )
        if form is PlainFormat.JSON:
            console.emit(difference.render_json(rows), report.output)
        else:
            console.emit_for_reader(_text(rows), report.output)
    return 0


def _prune(file: str, retention: Retention, target: str | None) -> None:
    """Remove what is not kept; a file that is no history is refused, never begun."""
    from probe.runs.store.history_store import History

    with History(file, read_only=True):
        pass
    with History(file) as opened:
        removed = opened.prune(retention, datetime.now(UTC), target=target)
    console.note(f"{removed} {'result' if removed == 1 else 'results'} removed")


def _latest(opened: History) -> list[Difference]:
    from probe.report.difference import Difference

    return [
        Difference(row.target, row.outcome, row.outcome, row.observed_at, (), row.standing, row.standing)
        for row in opened.latest()
    ]


def _of_target(opened: History, target: str, *, limit: int, only_changes: bool) -> list[Difference]:
    """The results, newest first, each with what changed since the one before."""
    from probe.report.difference import Difference
    from probe.report.differences import diff

    rows = opened.of_target(target, limit=limit + 1, changes_only=only_changes)
    if not rows:
        raise UsageError(f"the history has no result of {target}: probe history lists its targets")
    found = []
    for row, before in zip(rows, (*rows[1:], None), strict=True):
        changes: tuple[ReportedChange, ...] = ()
        if before is not None and before.digest != row.digest:
            changes = diff(opened.document(before.number), opened.document(row.number))
        was = (before.outcome, before.standing) if before else (None, None)
        found.append(
            Difference(row.target, was[0], row.outcome, row.observed_at, changes, was[1], row.standing)
        )
    return found[:limit]


def _runs(opened: History, limit: int, form: PlainFormat) -> str:
    from probe.cli.printed_records import RUNS_SCHEMA, RunEntry, RunsDocument
    from probe.report.json import indented

    rows = opened.runs(limit=limit)
    if form is PlainFormat.JSON:
        return indented(RunsDocument(RUNS_SCHEMA, tuple(RunEntry(*row) for row in rows)))
    lines = [
        f"{run:6}  {_moment(begun)}  {_moment(ended) if ended else 'did not end':20}  {label}"
        for run, begun, ended, label in rows
    ]
    return "\n".join(lines or ["no run"]) + "\n"


def _text(rows: list[Difference]) -> str:
    from probe.escaping import one_line

    lines = []
    for row in rows:
        when = _moment(row.observed_at) if row.observed_at else ""
        lines.append(f"{when}  {one_line(row.headline.removesuffix(', nothing changed'))}")
        lines += [f"    - {one_line(str(change))}" for change in row.changes]
    return "\n".join(lines or ["the history is empty"]) + "\n"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")  # strftime is dear
