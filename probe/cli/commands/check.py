"""`probe check`: find the endpoints, connect, judge, report; one target, or a run over many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from probe.cli import console
from probe.cli.options.caller_options import CallerOptions, VerdictOptions
from probe.cli.options.composition import with_options
from probe.cli.options.connection_options import ConnectionOptions
from probe.cli.options.report_options import Format, FormatOption, ReportOptions
from probe.cli.options.run_options import HistoryOptions, PartnerOptions, RunOptions
from probe.errors import OutputError, TargetError, UsageError

if TYPE_CHECKING:
    from probe.cli.inputs import Conditions
    from probe.cli.list_run import ListRun
    from probe.cli.output.reporting import Report
    from probe.cli.partner_checks import Recipe
    from probe.collection.settings import Settings
    from probe.facts.observation import Observation
    from probe.runs.lists.partner_list import PartnerList

NO_TARGET = "no target: give a domain, host or https URL"


@with_options
def check(
    *,
    context: typer.Context,
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="TARGET…", help="Domain, e-mail address, host[:port] or https URL."),
    ] = None,
    partners: PartnerOptions,
    connection: ConnectionOptions,
    caller: CallerOptions,
    verdict: VerdictOptions,
    form: FormatOption = Format.TEXT,
    files: ReportOptions,
    run: RunOptions,
    history: HistoryOptions,
) -> int:
    """Find a partner's endpoints, connect, judge and report.

    Example: probe check contoso.com
    """
    from probe.cli.output.reporting import Report

    history.demand_companions()
    report = Report.of(form, files, verdict.thresholds(), history.history)
    if not _is_a_run(targets, partners, run, history):
        return _check_one(targets, connection.settings(aia=caller.aia), caller, verdict, files, report)
    from probe.cli import configured_defaults
    from probe.cli.list_run import ListRun
    from probe.cli.partner_checks import Recipe

    recipe = Recipe(connection.settings(aia=caller.aia), caller, verdict)
    options = ListRun(run, history, files, configured_defaults.mail_server(context))
    if partners.relationship is None:
        return _check_list(partners.file, targets, recipe, options, report)
    return _check_related(partners, targets, recipe, options, report)


def _is_a_run(
    targets: list[str] | None, partners: PartnerOptions, run: RunOptions, history: HistoryOptions
) -> bool:
    """Whether a list, several targets, or anything around them is asked for."""
    around: tuple[Any, ...] = (
        partners.file,
        partners.relationship,
        run.resume,
        run.shard,
        run.cluster,
        run.lock,
        run.deadline,
        history.history,
        history.log_file,
        history.notify,
    )
    return len(targets or ()) > 1 or any(option is not None for option in around)


def _check_one(
    targets: list[str] | None,
    settings: Settings,
    caller: CallerOptions,
    verdict: VerdictOptions,
    files: ReportOptions,
    report: Report,
) -> int:
    """Check one target; one that cannot be parsed still gets its record, and is a usage error."""
    from datetime import UTC, datetime
    from pathlib import Path

    from probe import api
    from probe.cli import inputs
    from probe.cli.files import check_writable
    from probe.cli.output import reporting, saving
    from probe.facts import target as parsing
    from probe.report import build

    if not targets:
        raise UsageError(f"{NO_TARGET} (probe check contoso.com)")
    saving.prepare(files)
    if report.output not in (None, "-"):
        check_writable(Path(str(report.output)))
    conditions = inputs.Conditions.of(caller, verdict)
    try:
        target = parsing.parse(targets[0])
    except TargetError as wrong:
        console.error(str(wrong))
        if report.form is not Format.TEXT or files.to_file:  # somebody at a prompt has read the error
            document = build.unchecked(targets[0], str(wrong), trust=conditions.trust, at=datetime.now(UTC))
            reporting.write([document], report)
        return TargetError.exit_code
    # One target is somebody waiting: a round trip less counts more than a handshake more.
    prepared = api.settings_for(conditions.callers, conditions.trust, settings, ask_at_once=True)
    try:
        observation = inputs.observe(target, prepared)
    except KeyboardInterrupt:
        reporting.write([], report)
        console.error("interrupted: 0 of 1 targets are reported")
        return 130
    inputs.explain_trust(conditions.trust, quiet=files.quiet or caller.trust is not None)
    return _report_one(observation, conditions, files, report)


def _report_one(
    observation: Observation, conditions: Conditions, files: ReportOptions, report: Report
) -> int:
    """Judge and report; interrupted, what was seen until then."""
    from probe.cli.output import reporting, saving
    from probe.collection.collector import INTERRUPTED
    from probe.report import build

    result = conditions.judge(observation)
    kept = saving.keep(result, files)
    document = build.document(result)
    reporting.write([document], report)
    if INTERRUPTED in observation.notes:
        console.error("interrupted: the report holds what was seen until then")
        return 130
    return reporting.exit_code([document.outcome]) if kept else OutputError.exit_code


def _check_list(
    file: str | None, targets: list[str] | None, recipe: Recipe, options: ListRun, report: Report
) -> int:
    """Check the partners of a file, or the targets of the command line.

    Raises:
        UsageError: there is neither, or both.
    """
    import os

    from probe.cli import inputs
    from probe.cli.list_run import run_list

    partners = inputs.partners(file, targets)
    if partners is None:
        raise UsageError(f"{NO_TARGET}, or a partner list with -f")
    code = run_list(partners, recipe, options, report, environment=dict(os.environ))
    # A mistyped target of the command line is a usage error, unless another target would fail.
    mistyped = [error for error in map(_mistake, targets or ()) if error]
    for error in mistyped:
        console.error(error)
    return TargetError.exit_code if mistyped and code in {0, 1, 3} else code


def _mistake(target: str) -> str | None:
    from probe.facts import target as parsing

    try:
        parsing.parse(target)
    except TargetError as wrong:
        return str(wrong)
    return None


def _check_related(
    partners: PartnerOptions, targets: list[str] | None, recipe: Recipe, options: ListRun, report: Report
) -> int:
    """Check the partners of organization relationships.

    Raises:
        UsageError: they are not the only thing to check.
        InputMissingError, DataError: the file cannot be read, or holds none.
    """
    import os

    from probe.cli.list_run import run_list

    if partners.file is not None or targets:
        raise UsageError("--relationship says what to check: give no target and no -f with it")
    if recipe.settings.ews_url is not None or recipe.settings.autodiscover_url is not None:
        raise UsageError("--relationship has the URLs: give no --ews-url and no --autodiscover-url with it")
    related = _related(str(partners.relationship))
    return run_list(related, recipe, options, report, environment=dict(os.environ))


def _related(path: str) -> PartnerList:
    from probe.cli.files import read_input
    from probe.facts import server_settings
    from probe.runs.lists import partner_list, relationships

    name = "standard input" if path == "-" else path
    data = read_input(path)
    if server_settings.is_settings(data):
        return relationships.of_server(server_settings.loads(data), name=name)
    return relationships.partner_list(partner_list.decoded(data, name), name=name)
