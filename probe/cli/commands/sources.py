"""`probe sources`: the facts behind a citation."""

from __future__ import annotations

import shutil
import sys
from typing import Annotated

import typer

from probe.cli import console
from probe.cli.options.composition import with_options
from probe.cli.options.report_options import OutputPath, PlainFormat, PlainFormatOption


@with_options
def sources(
    *,
    section: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SECTION]",
            help="A citation, `exchange 4.2` or `[exchange 4.2]`; `exchange 4` has its subsections too. "
            "Without one: the list of headings.",
            autocompletion=lambda: ["exchange", "validation", "failures"],
        ),
    ] = None,
    form: PlainFormatOption = PlainFormat.TEXT,
    report: OutputPath,
) -> int:
    """Print the facts behind a citation such as [failures 5.4.2], with where each comes from.

    Example: probe sources failures 5.4.2
    """
    from probe.report.layout import WIDTH
    from probe.report.listings import source_listing as rendering
    from probe.sources import documents

    found = documents.find(" ".join(section)) if section else documents.every_section()
    if form is PlainFormat.JSON:
        text = rendering.render_json(found, texts=bool(section))
    elif section:
        columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH
        text = rendering.render_sections(found, min(columns, WIDTH))
    else:
        text = rendering.render_headings(found)
    put = console.emit if form is PlainFormat.JSON else console.emit_for_reader
    put(text, report.output)
    return 0
