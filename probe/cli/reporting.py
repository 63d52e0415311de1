"""Choosing the renderer, writing the report, and the exit code that a set of outcomes means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from types import MappingProxyType

from msgspec import Struct

from probe.cli import console
from probe.cli.console import Colour
from probe.cli.options import Format
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Thresholds
from probe.report.document import ResultDocument

EXIT_CODES = {"success": 0, "warning": 1, "failure": 2, "unknown": 3}
NO_THRESHOLDS: Mapping[str, Thresholds] = MappingProxyType({})


class Report(Struct, frozen=True):
    """Where and how the report goes out.

    `thresholds` stand in a plugin's performance data; `history` is a file with past outcomes, for HTML.
    """

    form: Format = Format.TEXT
    output: str | None = None
    verbose: bool = False
    log_lines: bool = False
    colour: Colour = Colour.AUTO
    thresholds: Thresholds = DEFAULT_THRESHOLDS
    history: str | None = None


def exit_code(outcomes: Sequence[str]) -> int:
    """The contract's code: 2 if any would fail, else 3 if any cannot be told, else 1 if any warns, else 0."""
    codes = {EXIT_CODES[outcome] for outcome in outcomes}
    return next((code for code in (2, 3, 1) if code in codes), 0)


def write(
    documents: Sequence[ResultDocument],
    report: Report,
    own: Mapping[str, Thresholds] = NO_THRESHOLDS,
    left_out: Sequence[str] = (),
) -> None:
    """Render and write documents. `own` has the expiry thresholds of targets with others than the report's.

    `left_out` are the outcomes of targets that are not reported because nothing changed; reports for people
    and monitors say so.

    Raises:
        OutputError: the output cannot be written.
        DataError, OutputError: the history cannot be read.
    """
    now = datetime.now(UTC)  # what "days left" counts from
    match report.form:
        case Format.TEXT:
            text = _text(documents, report, left_out)
        case Format.HTML:
            text = _html(documents, now, report.history, left_out)
        case Format.NAGIOS:
            from probe.report import nagios

            text = nagios.render(documents, now=now, thresholds=report.thresholds, own=own, left_out=left_out)
        case _:
            text = _machine_readable(documents, report.form, now)
    console.emit(text, report.output)


def _text(documents: Sequence[ResultDocument], report: Report, left_out: Sequence[str]) -> str:
    from probe.report import text
    from probe.report.layout import Style

    style = Style(
        colour=console.wants_colour(report.colour, to_file=report.output not in (None, "-")),
        verbose=report.verbose,
        log_lines=report.log_lines,
    )
    return text.render(documents, style, left_out=left_out)


def _html(
    documents: Sequence[ResultDocument], now: datetime, history: str | None, left_out: Sequence[str]
) -> str:
    from probe.report import html

    if history is None:
        return html.render(documents, now=now, left_out=left_out)
    from probe.runs import past
    from probe.runs.history import History

    with History(history, create=False) as opened:
        runs = past.outcomes(opened, [document.target.input for document in documents])
    return html.render(documents, now=now, history=runs, left_out=left_out)


def _machine_readable(documents: Sequence[ResultDocument], form: Format, now: datetime) -> str:
    if form is Format.NDJSON:
        from probe.report import json

        return json.render_lines(documents)
    renderer = import_module(f"probe.report.{form.value}")
    if form in (Format.JSON, Format.CSV, Format.JUNIT):
        return str(renderer.render(documents))
    return str(renderer.render(documents, now=now))
