"""The answer to `--what-if`, printed or written in the formats that have a form for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from probe.cli import console
from probe.cli.options.report_options import Format, ReportOptions
from probe.cli.what_if import ScenarioComparison
from probe.errors import UsageError
from probe.escaping import in_ascii
from probe.report import layout
from probe.report.document import Tool
from probe.report.json import indented
from probe.report.what_if import what_if_rendering
from probe.report.what_if.what_if_document import SCHEMA, WhatIfDocument
from probe.version import __version__

_FORMATS = (Format.TEXT, Format.CSV, Format.HTML, Format.JSON)


def check(form: Format, files: ReportOptions) -> None:
    """Refuse, before anything is judged, what cannot be printed.

    Raises:
        UsageError: the format has no form for this, or an option has no meaning here.
    """
    if form not in _FORMATS:
        raise UsageError(f"--what-if has no form {form.value}: give --format {', '.join(_FORMATS)}")
    if files.save_certificates is not None:
        raise UsageError("--save-certificates writes what a report names, and --what-if prints none")


def write(
    comparison: ScenarioComparison, unreadable: Sequence[str], form: Format, files: ReportOptions
) -> None:
    """Print or write what was found.

    Raises:
        OutputError: the output cannot be written.
    """
    document = WhatIfDocument(
        SCHEMA, Tool("fedprobe", __version__), comparison.partners, comparison.entries, tuple(unreadable)
    )
    console.emit(_rendered(document, form, files), files.output)


def _rendered(document: WhatIfDocument, form: Format, files: ReportOptions) -> str:
    if form is Format.JSON:
        return indented(document)
    if form is Format.CSV:
        return what_if_rendering.render_csv(document, mark=files.bom)
    if form is Format.HTML:
        return what_if_rendering.render_html(document, now=datetime.now(UTC))
    style = layout.Style(
        colour=console.wants_colour(files.colour, to_file=files.to_file),
        width=layout.WIDTH if files.to_file else console.width(layout.NARROWEST, layout.WIDEST),
    )
    text = what_if_rendering.render_text(document, style)
    return text if files.to_file or console.draws_unicode() else in_ascii(text)
