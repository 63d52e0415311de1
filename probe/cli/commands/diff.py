"""`probe diff`: what changed between two runs, results or records, in words."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import console, options
from probe.errors import UsageError

CHANGED = 1


def diff(
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
    trust: options.Trust = None,
    caller: options.CallerName = None,
    at: options.At = None,
    form: options.PlainFormatOption = options.PlainFormat.TEXT,
    output: options.Output = None,
) -> int:
    """Say in words what changed from OLD to NEW.

    Example: probe diff monday.ndjson tuesday.ndjson
    """
    from probe.cli import comparing
    from probe.report import build, difference
    from probe.report.document import ResultDocument
    from probe.runs.history import History

    def judged(path: str, data: bytes) -> ResultDocument:
        from probe import api
        from probe.cli import inputs
        from probe.errors import RecordError
        from probe.facts import record

        try:
            observation = record.loads(data)
        except RecordError as wrong:
            raise RecordError(f"{path}: {wrong}") from None
        result = api.judge_result(
            observation,
            trust=inputs.trust(trust),
            callers=inputs.callers(caller),
            at=options.moment(at),
        )
        return build.document(result)

    if history is not None:
        if (old is None) != (new is None):
            raise UsageError("give two numbers of runs, or none for the last two")
        with History(history, create=False) as opened:
            differences = comparing.compare(
                comparing.documents_of_run(opened, old, back=1),
                comparing.documents_of_run(opened, new, back=0),
                only_changes=only_changes,
            )
    elif old is None or new is None:
        raise UsageError("nothing to compare: give two files, or --history FILE")
    else:
        differences = comparing.compare(
            comparing.documents_of(old, judged),
            comparing.documents_of(new, judged),
            only_changes=only_changes,
        )
    as_json = form is options.PlainFormat.JSON
    console.emit((difference.render_json if as_json else difference.render_text)(differences), output)
    changed = any(item.changes or item.before is None or item.after is None for item in differences)
    return CHANGED if exit_code and changed else 0
