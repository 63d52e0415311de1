"""Choosing the renderer, writing the report, and the exit code that a set of outcomes means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from probe.cli import console
from probe.cli.console import Colour
from probe.cli.options import Format

if TYPE_CHECKING:
    from probe.report.document import ResultDocument

EXIT_CODES = {"success": 0, "warning": 1, "failure": 2, "unknown": 3}


def exit_code(outcomes: Sequence[str]) -> int:
    """The contract's code: 2 if any would fail, else 3 if any cannot be told, else 1 if any warns, else 0."""
    codes = {EXIT_CODES[outcome] for outcome in outcomes}
    return next((code for code in (2, 3, 1) if code in codes), 0)


def rendered(
    documents: Sequence[ResultDocument],
    form: Format,
    *,
    now: datetime,
    colour: Colour = Colour.AUTO,
    verbose: bool = False,
    log_lines: bool = False,
    to_file: bool = False,
) -> str:
    """All documents in one format. `now` is the moment that "days left" counts from."""
    if form is Format.TEXT:
        from probe.report import text

        style = text.Style(
            colour=console.wants_colour(colour, to_file=to_file), verbose=verbose, log_lines=log_lines
        )
        return text.render(documents, style)
    return _machine_readable(documents, form, now)


def _machine_readable(documents: Sequence[ResultDocument], form: Format, now: datetime) -> str:
    from importlib import import_module

    if form is Format.NDJSON:
        from probe.report import json

        return json.render_lines(documents)
    renderer = import_module(f"probe.report.{form.value}")
    if form in (Format.JSON, Format.CSV, Format.JUNIT):
        return str(renderer.render(documents))
    return str(renderer.render(documents, now=now))
