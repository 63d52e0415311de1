"""`probe check -f`: a run over a partner list, with history, state, log, lock and notification around it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from probe import garbage
from probe.cli import console
from probe.cli.files import check_writable
from probe.cli.options.report_options import Format, ReportOptions
from probe.cli.options.run_options import HistoryOptions, RunOptions
from probe.cli.output import reporting, saving
from probe.cli.output.letters import letter_writer
from probe.cli.output.progress import progress
from probe.cli.output.report_builder import ReportBuilder
from probe.cli.output.reporting import Report
from probe.cli.partner_checks import Recipe, make_checker
from probe.errors import ConfigurationError, DataError, OutputError, ProbeError, UsageError
from probe.judgement.result import TargetResult
from probe.runs import descriptors, execution
from probe.runs.alerting import sending
from probe.runs.alerting.alerts import Tells
from probe.runs.alerting.sending import Destination, MailServer
from probe.runs.campaign import Campaign, Delivery, Lacks, Runner, Summary, conduct
from probe.runs.execution import RunLimits
from probe.runs.lists.partner_list import PartnerList
from probe.runs.lock import RunLock
from probe.runs.secrets import secret
from probe.runs.store import outbox
from probe.runs.store.history_store import History
from probe.runs.store.outbox import Told
from probe.runs.store.resumption import partners_hash

_MOST_NAMED = 10
# Forms whose report begins with what the run says about this machine; the others have no place for it.
_SAY_IT_THEMSELVES = (Format.TEXT, Format.HTML, Format.MARKDOWN, Format.JSON)

Say = Callable[[str], None]
"""Takes a line of the log."""


class ListRun(Struct, frozen=True):
    """How a list is run: the groups of its options, and the mail server that the configuration names."""

    run: RunOptions = RunOptions()
    history: HistoryOptions = HistoryOptions()
    files: ReportOptions = ReportOptions()
    mail_server: MailServer | None = None


def run_list(
    partners: PartnerList,
    recipe: Recipe,
    options: ListRun,
    report: Report,
    *,
    environment: dict[str, str],
) -> int:
    """Check every partner of a list as the options say, write the report, return the exit code.

    Raises:
        ProbeError: something that the whole run needs cannot be used, or the output not be written.
    """
    destinations = _destinations(options, environment)
    _prepare(partners, options, report)
    lost: list[str] = []
    with _lock_and_log(options) as log, ReportBuilder(report, partners) as building:
        check = make_checker(recipe, partial(_save_certificates, options, lost))
        log(f"run over {partners.count} partners of {partners.name} begins")

        def deliver(delivery: Delivery) -> None:
            _take_result(delivery, options, building, log, lost)

        campaign = _campaign(partners, recipe, options, report)
        garbage.collect_regularly()
        with ExitStack() as display:
            listener = display.enter_context(
                progress(partners.count, quiet=options.files.quiet, colour=options.files.colour)
            )

            def finish_report(vantage: tuple[str, ...]) -> None:
                display.close()
                building.finish(vantage)

            summary = asyncio.run(
                conduct(
                    partners.entries(),
                    check,
                    campaign,
                    deliver=deliver,
                    when_delivered=finish_report,
                    listener=listener,
                    runner=_runner(options, recipe, partners.count),
                )
            )
        _sum_up(summary, options, report, log)
        told = _notify(partners.name, destinations, options, log)
    if _is_lost(summary, lost):
        return OutputError.exit_code
    return _exit_code(summary, partners, options, building.outcomes, told=told)


def _prepare(partners: PartnerList, options: ListRun, report: Report) -> None:
    """What can be said or refused before the first connection."""
    if not options.files.quiet:
        _name_repetitions(partners)
    saving.prepare(options.files)
    if report.output not in (None, "-"):
        check_writable(Path(str(report.output)))


def _is_lost(summary: Summary, unsaved: list[str]) -> bool:
    """Whether something was not kept or saved, which is then said."""
    if summary.unkept:
        console.error(f"{summary.unkept}; what it did not take is in the report only")
    elif unsaved:
        console.error(f"not saved: {', '.join(unsaved[:20])}{'…' if unsaved[20:] else ''}")
    return bool(summary.unkept or unsaved)


def _campaign(partners: PartnerList, recipe: Recipe, options: ListRun, report: Report) -> Campaign:
    """What the run keeps, compares with and tells, and what bounds it."""
    return Campaign(
        limits=_limits(options),
        shard=options.run.part(),
        resume=options.run.resume,
        partners=partners_hash(partners.entries()) if options.run.resume else "",
        history=options.history.history,
        retention=options.history.retention(),
        settings=recipe.fingerprint if options.run.resume or options.history.history else (),
        label=partners.name,
        tells=_notified_changes(options),
        letter=letter_writer(report.letter) if options.history.notify_letter else None,
        remind_after=timedelta(days=options.history.remind_after),
        lacks=_missing_records(options.files.save),
    )


def _missing_records(folder: str | None) -> Lacks | None:
    return None if folder is None else lambda document: not saving.is_saved(folder, document)


def _name_repetitions(partners: PartnerList) -> None:
    """Say which entries name a partner again, and are therefore not checked."""
    again = [entry.target for entry in partners.repetitions()]
    if again:
        shown = ", ".join(again[:_MOST_NAMED]) + ("…" if again[_MOST_NAMED:] else "")
        console.hint(f"checked already, in another spelling: {shown}")


def _limits(options: ListRun) -> RunLimits:
    """What bounds the run: fewer checks at a time where there are too few descriptors for so many."""
    limits = options.run.limits()
    affordable = descriptors.affordable(limits.concurrency)
    if affordable < limits.concurrency:
        console.hint(
            f"-j {affordable} instead of {limits.concurrency}: this process may not open more files "
            "(ulimit -n)"
        )
    return replace(limits, concurrency=affordable)


def _sum_up(summary: Summary, options: ListRun, report: Report, log: Say) -> None:
    """Log how the run ended; say it where the report itself is not seen."""
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(summary.outcomes.items()))
    log(f"run {'interrupted' if summary.interrupted else 'ends'}: {counts or 'nothing'}")
    for note in summary.vantage:
        log(note)
        if report.form not in _SAY_IT_THEMSELVES:
            console.hint(note)
    if report.output not in (None, "-"):
        targets = f"{summary.total} {'target' if summary.total == 1 else 'targets'}"
        console.note(
            f"report written: {report.output} ({targets}: {counts or 'none'})", quiet=options.files.quiet
        )


def _destinations(options: ListRun, environment: dict[str, str]) -> tuple[Destination, ...]:
    """The destinations, checked before the run: a mistake in them must not cost an hour."""
    try:
        texts = [secret(text, environment) for text in options.history.notify or ()]
    except ProbeError as unset:
        raise ConfigurationError(f"--notify: {unset}") from None
    if texts and options.history.history is None:
        raise UsageError(
            "--notify tells what became of a verdict, and needs --history FILE to know what was before"
        )
    destinations = tuple(sending.parse_destination(text) for text in texts)
    sending.check_server(destinations, options.mail_server)
    return destinations


@contextmanager
def _lock_and_log(options: ListRun) -> Iterator[Say]:
    """Lock and log file for the time of the run; gives the function that logs a line."""
    with ExitStack() as stack:
        # A state file has one owner: without a lock two runs would both continue the same broken one.
        for path in (options.run.lock, f"{options.run.resume}.lock" if options.run.resume else None):
            if path is not None:
                stack.enter_context(RunLock(path))
        if options.history.log_file is None:
            yield _log_nothing
        else:
            from probe.runs.logfile import log_file  # logging brings sockets and queues

            yield stack.enter_context(log_file(options.history.log_file))


def _log_nothing(line: str) -> None:
    del line


def _runner(options: ListRun, recipe: Recipe, partners: int) -> Runner:
    workers = options.run.workers(partners)
    if options.run.cluster is None and workers > 1:
        from probe.runs.processes.pool import Workers, processes_runner

        kept = options.files.save is not None or options.history.history is not None
        # What a worker cannot save it says itself; its list of what is lost is its own. One that saves none
        # need not load this module.
        saves = options.files.save_certificates is not None
        make = partial(make_checker, recipe, partial(_save_certificates, options, []) if saves else None)
        return processes_runner(Workers(workers, make, keep_observations=kept))
    if options.run.cluster is None:
        return execution.run
    from probe.runs.cluster import Cluster, cluster_runner

    return cluster_runner(Cluster(options.run.cluster, partial(make_checker, recipe)))


def _take_result(
    delivery: Delivery, options: ListRun, building: ReportBuilder, log: Say, lost: list[str]
) -> None:
    """Keep, log and report one result."""
    document, observation = delivery.checked.document, delivery.checked.observation
    if delivery.warning is not None:
        console.hint(f"so far: {delivery.warning} Ctrl-C ends the run")
    if options.files.save is not None and observation is not None:
        try:
            saving.save_record(options.files.save, observation)
        except OutputError as refused:
            console.error(str(refused))
            lost.append(f"the record of {document.target.input}")
    log(f"{document.target.input}: {document.outcome}" + (f": {document.error}" if document.error else ""))
    changes = delivery.alert.changes if delivery.alert is not None else ()
    for change in changes:
        log(f"{document.target.input}: {change}")
    if not options.history.only_changes or changes or not delivery.seen:
        building.take(document)
    else:
        building.leave_out(document)


def _save_certificates(options: ListRun, lost: list[str], result: TargetResult) -> None:
    if options.files.save_certificates is None:
        return
    try:
        saving.save_certificates(options.files.save_certificates, result.judgements)
    except OutputError as refused:
        console.error(str(refused))
        lost.append(f"certificates of {result.observation.target.input}")


def _notify(
    label: str,
    destinations: tuple[Destination, ...],
    options: ListRun,
    log: Say,
) -> bool:
    """Tell what there is to tell; False when it could not be delivered, which is not fatal to the report."""
    if not destinations or options.history.history is None:
        return True

    def say(line: str) -> None:
        console.note(line, quiet=options.files.quiet)
        log(line)

    try:
        with History(options.history.history) as history:
            if options.history.notify_dry_run:
                for text in outbox.rehearse(history, label, destinations):
                    console.note(text.rstrip(), quiet=False)  # it was asked for, -q or not
                return True
            told = outbox.deliver(history, label, destinations, server=options.mail_server)
    except (DataError, OutputError) as refused:
        told = Told((), (str(refused),))
    for line in told.done:
        say(line)
    for line in told.failed:
        console.error(line)
        log(line)
    return not told.failed


def _notified_changes(options: ListRun) -> Tells:
    """Which changes of the run somebody wants to be told."""
    if not options.history.notify:
        return Tells.NOTHING
    return Tells.EVERYTHING if options.history.notify_all else Tells.VERDICTS


def _exit_code(
    summary: Summary, partners: PartnerList, options: ListRun, outcomes: set[str], *, told: bool
) -> int:
    if summary.interrupted:
        at = f"{datetime.now(UTC):%H:%M:%S} UTC"
        console.error(f"interrupted at {at}: {summary.total} of {partners.count} targets are reported")
        console.hint(
            "a run with --resume FILE can be continued after it was interrupted"
            if options.run.resume is None
            else "the same command goes on with those that are left "
            f"({options.history.history or options.run.resume} holds the others)"
        )
        return 130
    code = reporting.exit_code(outcomes)
    return code if told or code == reporting.EXIT_CODES["failure"] else OutputError.exit_code
