"""Choosing the renderer, writing the report at once or as results come, and the exit code of the outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from probe.cli import console
from probe.cli.console import Colour
from probe.cli.options.report_options import Format, ReportOptions
from probe.cli.output import letters
from probe.cli.output.letters import LetterChoices
from probe.escaping import in_ascii
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Thresholds
from probe.report import summary
from probe.report.document import ResultDocument

if TYPE_CHECKING:
    from probe.report.layout import Style

EXIT_CODES = {"success": 0, "warning": 1, "failure": 2, "unknown": 3}
NOBODY: Mapping[str, int] = MappingProxyType({})
NO_THRESHOLDS: Mapping[str, Thresholds] = MappingProxyType({})


class Report(Struct, frozen=True):
    """Where and how the report goes out.

    `thresholds` stand in a plugin's performance data; `history` is a file with past outcomes, for HTML.
    `quiet` prints no text at all where all is well; `only_problems` leaves out what would succeed; `bom` puts
    a byte order mark before CSV.
    """

    form: Format = Format.TEXT
    output: str | None = None
    verbose: bool = False
    log_lines: bool = False
    colour: Colour = Colour.AUTO
    thresholds: Thresholds = DEFAULT_THRESHOLDS
    history: str | None = None
    quiet: bool = False
    only_problems: bool = False
    bom: bool = False
    vantage: bool = False
    letter: LetterChoices = LetterChoices()

    @classmethod
    def of(
        cls,
        form: Format,
        options: ReportOptions,
        thresholds: Thresholds = DEFAULT_THRESHOLDS,
        history: str | None = None,
    ) -> Report:
        """The report that these options describe."""
        return cls(
            form,
            options.output,
            verbose=options.verbose,
            log_lines=options.log_line,
            colour=options.colour,
            thresholds=thresholds,
            history=history,
            quiet=options.quiet,
            only_problems=options.only_problems,
            bom=options.bom,
            vantage=options.vantage,
            letter=LetterChoices.of(options),
        )

    @property
    def to_file(self) -> bool:
        """Whether the report goes to a file and not to standard output."""
        return self.output not in (None, "-")


def exit_code(outcomes: Iterable[str]) -> int:
    """The contract's code: 2 if any would fail, else 3 if any cannot be told, else 1 if any warns, else 0."""
    codes = {EXIT_CODES[outcome] for outcome in outcomes}
    return next((code for code in (2, 3, 1) if code in codes), 0)


def write(
    documents: Sequence[ResultDocument],
    report: Report,
    own: Mapping[str, Thresholds] = NO_THRESHOLDS,
    left_out: Sequence[str] = (),
    others: Mapping[str, int] = NOBODY,
    notes: Sequence[str] = (),
) -> None:
    """Render and write documents. `own` has the expiry thresholds of targets with others than the report's.

    `left_out` are the outcomes of targets that are not reported because nothing changed; reports for people
    and monitors say so. `others` are how many more there are of each outcome, which a page does not show.
    `notes` are what the run says about the machine that made it.

    Raises:
        OutputError: the output cannot be written.
        DataError, OutputError: the history cannot be read.
    """
    now = datetime.now(UTC)  # what "days left" counts from
    if report.only_problems and report.form is not Format.TEXT:
        documents = [document for document in documents if not summary.is_fine(document)]
    match report.form:
        case Format.TEXT:
            text = _text(documents, report, left_out, notes)
        case Format.HTML:
            text = _html(documents, now, report, left_out, others, notes)
        case Format.NAGIOS:
            from probe.report.formats import nagios

            text = nagios.render(documents, now=now, thresholds=report.thresholds, own=own, left_out=left_out)
        case Format.CSV:
            from probe.report.formats import csv

            text = csv.render(documents, mark=report.bom)
        case Format.LETTER:
            text = letters.render(documents, now, report.letter)
        case Format.MARKDOWN:
            from probe.report.formats import markdown

            text = markdown.render(documents, now=now, notes=notes)
        case Format.JSON:
            from probe.report import json

            text = json.render([_noted(document, notes) for document in documents])
        case _:
            text = _machine_readable(documents, report.form, now)
    console.emit(text, report.output)


def _noted(document: ResultDocument, notes: Sequence[str]) -> ResultDocument:
    return replace(document, vantage=replace(document.vantage, notes=tuple(notes)))


def _text(
    documents: Sequence[ResultDocument], report: Report, left_out: Sequence[str], notes: Sequence[str]
) -> str:
    from probe.report.formats import text

    outcomes = {*(document.outcome for document in documents if document.not_used is None), *left_out}
    if report.quiet and not report.to_file and outcomes <= {"success"}:
        return ""
    rendered = text.render(documents, text_style(report), left_out=left_out, notes=notes)
    return for_reader(rendered, to_file=report.to_file)


def text_style(report: Report | ReportOptions, *, explain: bool = False) -> Style:
    """How a text report looks where it goes: on a terminal as wide as that, in colour if it can."""
    from probe.report import layout

    log_lines = report.log_lines if isinstance(report, Report) else report.log_line
    return layout.Style(
        colour=console.wants_colour(report.colour, to_file=report.to_file),
        verbose=report.verbose or log_lines,
        explain=explain,
        log_lines=log_lines,
        width=layout.WIDTH if report.to_file else console.width(layout.NARROWEST, layout.WIDEST),
        only_problems=report.only_problems,
    )


def for_reader(text: str, *, to_file: bool) -> str:
    """A text report in ASCII where the reader's locale has nothing else; files are UTF-8."""
    return text if to_file or console.draws_unicode() else in_ascii(text)


def _html(
    documents: Sequence[ResultDocument],
    now: datetime,
    report: Report,
    left_out: Sequence[str],
    more: Mapping[str, int],
    notes: Sequence[str],
) -> str:
    """The page of the worst, and how many others there are."""
    from probe.report import html

    documents, others = summary.worst_of(documents)
    others.update(more)
    shown = partial(
        html.render,
        documents,
        now=now,
        left_out=left_out,
        others=others,
        vantage=report.vantage,
        notes=notes,
    )
    if report.history is None:
        return shown()
    from probe.runs.store.history_store import History

    with History(report.history, read_only=True) as opened:
        runs = opened.outcomes([document.target.input for document in documents])
    return shown(history=runs)


def _machine_readable(documents: Sequence[ResultDocument], form: Format, now: datetime) -> str:
    if form is Format.NDJSON:
        from probe.report import json

        return json.render_lines(documents)
    renderer = import_module(f"probe.report.formats.{form.value}")
    if form is Format.JUNIT:
        return str(renderer.render(documents))
    return str(renderer.render(documents, now=now))
