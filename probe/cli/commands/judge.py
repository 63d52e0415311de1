"""`probe judge`: recorded observations judged again, offline; the same report as `probe check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import console
from probe.cli.options.caller_options import CallerOptions, VerdictOptions
from probe.cli.options.composition import with_options, without
from probe.cli.options.report_options import Format, FormatOption, ReportOptions
from probe.errors import OutputError, ProbeError

if TYPE_CHECKING:
    from probe.cli.inputs import Conditions
    from probe.cli.what_if import ScenarioComparison
    from probe.report.document import ResultDocument


RecordsArgument = Annotated[
    list[str], typer.Argument(metavar="RECORD…", help="Files that probe collect or --save wrote; - too.")
]
WhatIfOption = Annotated[
    list[str] | None,
    typer.Option(
        "--what-if",
        help="Not the report, but whose verdict would flip, when and why, if this changed. Repeatable, "
        "each by itself; joined by commas all at once: caller=exchange-se@2025, tls=1.2, rsa=2048, "
        "trust=FILE, remove-root=ROOT, distrust-root=ROOT[@DAY], distrust-new=ROOT@DAY, at=DAY. events: "
        "every dated public event.",
        metavar="CHANGE",
        rich_help_panel="Judging",
    ),
]


@with_options
def judge(
    *,
    records: RecordsArgument,
    caller: CallerOptions,
    verdict: VerdictOptions,
    what_if: WhatIfOption = None,
    form: FormatOption = Format.TEXT,
    files: Annotated[ReportOptions, without("save")],
) -> int:
    """Judge recorded observations without any network; or ask whose verdict would flip if something changed.

    Example: probe judge contoso.json --caller exchange-2016@2012r2 --trust our-roots.sst

    Example: probe judge records/*.json --what-if events --what-if caller=exchange-se@2025,at=2027-03-15
    """
    from probe.cli import inputs
    from probe.cli.output import reporting, saving

    conditions = inputs.Conditions.of(caller, verdict)
    is_known = files.quiet or caller.trust is not None
    if what_if:
        from probe.cli import what_if as asking

        asked = asking.scenarios(what_if, conditions, caller, verdict)
        return _what_if(records, asking.ScenarioComparison(asked, conditions), form, files, quiet=is_known)
    saving.prepare(files)
    documents: list[ResultDocument] = []
    broken: list[ProbeError] = []
    interrupted, lost = False, False
    try:
        for path in records:
            document, kept = _document(path, conditions, files, broken)
            documents.append(document)
            lost = lost or not kept
    except KeyboardInterrupt:
        interrupted = True
    if documents and len(broken) < len(records):
        inputs.explain_trust(conditions.trust, quiet=is_known)
        reporting.write(documents, reporting.Report.of(form, files))
    if interrupted:
        console.error(f"interrupted: {len(documents)} of {len(records)} records are reported")
        return 130
    if lost:
        return OutputError.exit_code
    code = reporting.exit_code([document.outcome for document in documents])
    # A file that is no record decides the code, unless a partner would fail.
    return broken[0].exit_code if broken and code != reporting.EXIT_CODES["failure"] else code


def _what_if(
    records: list[str], comparison: ScenarioComparison, form: Format, files: ReportOptions, *, quiet: bool
) -> int:
    """Compare every record and print what flips; the exit code is that of the worst verdict met.

    `quiet`: which store is judged with needs no explanation.

    Raises:
        UsageError: the format has no form for this, or an option has no meaning here.
        OutputError: the output cannot be written.
    """
    from probe.cli import inputs
    from probe.cli.output import reporting
    from probe.cli.output.what_if_output import check, write

    check(form, files)
    broken: list[ProbeError] = []
    interrupted = False
    try:
        for path in records:
            try:
                comparison.take(inputs.read_record(path))
            except ProbeError as wrong:
                console.error(str(wrong))
                broken.append(wrong)
    except KeyboardInterrupt:
        interrupted = True
    if comparison.partners:
        inputs.explain_trust(comparison.trust, quiet=quiet)
        write(comparison, [str(wrong) for wrong in broken], form, files)
    if interrupted:
        console.error(f"interrupted: {comparison.partners} of {len(records)} records are reported")
        return 130
    code = reporting.exit_code(comparison.outcomes)
    return broken[0].exit_code if broken and code != reporting.EXIT_CODES["failure"] else code


def _document(
    path: str, conditions: Conditions, files: ReportOptions, broken: list[ProbeError]
) -> tuple[ResultDocument, bool]:
    """The document of one file, and whether what goes beside it could be written.

    One that is no record is said, gets a document that says so, and goes to `broken`; the others are still
    judged.
    """
    from datetime import UTC, datetime

    from probe.cli import inputs
    from probe.cli.output import saving
    from probe.report import build

    try:
        result = conditions.judge(inputs.read_record(path))
    except ProbeError as wrong:
        console.error(str(wrong))
        broken.append(wrong)
        return build.unchecked(path, str(wrong), trust=conditions.trust, at=datetime.now(UTC)), True
    return build.document(result), saving.keep(result, files)
