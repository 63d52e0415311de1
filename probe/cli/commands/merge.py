"""`probe merge`: results of several runs or shards as one report."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli.options.composition import with_options, without
from probe.cli.options.report_options import Format, FormatOption, ReportOptions
from probe.errors import UsageError


@with_options
def merge(
    *,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Results: JSON or NDJSON.")],
    latest: Annotated[
        bool, typer.Option("--latest", help="Of each target only the result that was observed last.")
    ] = False,
    form: FormatOption = Format.NDJSON,
    report: Annotated[ReportOptions, without("save", "save_certificates")],
) -> int:
    """Put results together, and print them in any format; the exit code is that of all of them.

    Example: probe merge shard1.ndjson shard2.ndjson --format html -o report.html
    """
    from probe.cli import console
    from probe.cli.output import reporting
    from probe.cli.output.report_builder import ReportBuilder
    from probe.runs.store.results import merged

    if "-" in files:
        raise UsageError("probe merge reads files and not the standard input: give files in the place of -")
    count = 0
    interrupted = False
    with ReportBuilder(reporting.Report.of(form, report)) as building:
        try:
            for document in merged(files, latest_only=latest):
                building.take(document)
                count += 1
        except KeyboardInterrupt:
            interrupted = True
        building.finish()
    if interrupted:
        console.error(f"interrupted: {count} results are reported")
        return 130
    return reporting.exit_code(building.outcomes)
