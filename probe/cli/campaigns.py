"""`probe check -f`: a run over a partner list, with history, state, log, lock and notification around it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial

from msgspec import Struct, field

from probe.cli import console, reporting, saving
from probe.cli.delivery import Delivered
from probe.cli.partner_checks import Recipe, make_checker
from probe.cli.progress import progress
from probe.cli.reporting import Report
from probe.errors import ConfigurationError, DataError, OutputError, ProbeError, TargetError, UsageError
from probe.facts import target as targets_module
from probe.judgement.result import Result
from probe.runs import execution, notification, outbox, partner_list
from probe.runs.campaign import Campaign, Delivery, Runner, Summary, Tells, conduct
from probe.runs.execution import RunLimits
from probe.runs.history import History, Retention
from probe.runs.lock import RunLock
from probe.runs.logfile import log_file
from probe.runs.mail_server import MailServer
from probe.runs.notification import Destination
from probe.runs.outbox import Told
from probe.runs.partner_list import PartnerList
from probe.runs.secrets import secret
from probe.runs.shards import WHOLE, Shard


class Campaigning(Struct, frozen=True):
    """What the options of a run say. Paths None: not at all.

    `notify` are destinations, `env:NAME` for one that stands in a variable; `all_changes` tells every change
    and not flips of verdicts only. `only_changes` reports only what differs from the history.
    """

    limits: RunLimits = field(default_factory=RunLimits)
    shard: Shard = WHOLE
    resume: str | None = None
    history: str | None = None
    retention: Retention = field(default_factory=Retention)
    only_changes: bool = False
    lock: str | None = None
    log: str | None = None
    cluster: str | None = None
    notify: tuple[str, ...] = ()
    all_changes: bool = False
    dry_run: bool = False
    mail_server: MailServer | None = None
    save: str | None = None
    save_certificates: str | None = None
    quiet: bool = False


def run(
    file: str | None,
    targets: Sequence[str] | None,
    recipe: Recipe,
    options: Campaigning,
    report: Report,
    *,
    partners: PartnerList | None = None,
) -> int:
    """Check the partners given, or those of a file, or the targets of the command line; see `run_list`.

    Raises:
        UsageError: there is neither, or both.
    """
    if file is not None and targets:
        raise UsageError("targets stand on the command line and in -f: give one of the two")
    if file is None and not targets and partners is None:
        raise UsageError("no target: give a domain, host or https URL, or a partner list with -f")
    environment = dict(os.environ)
    if partners is not None:
        pass  # they were read elsewhere
    elif file is not None:
        partners = partner_list.read(file, standard_input=sys.stdin.buffer, environment=environment)
    else:
        partners = partner_list.from_targets(list(targets or ()))
    code = run_list(partners, recipe, options, report, environment=environment)
    # A mistyped target of the command line is a usage error, unless another target would fail.
    mistyped = [] if file is not None else [error for error in map(_mistake, targets or ()) if error]
    for error in mistyped:
        console.error(error)
    return TargetError.exit_code if mistyped and code in {0, 1, 3} else code


def _mistake(target: str) -> str | None:
    try:
        targets_module.parse(target)
    except TargetError as wrong:
        return str(wrong)
    return None


def run_list(
    partners: PartnerList,
    recipe: Recipe,
    options: Campaigning,
    report: Report,
    *,
    environment: dict[str, str],
) -> int:
    """Check every partner of a list as the options say, write the report, return the exit code.

    Raises:
        ProbeError: something that the whole run needs cannot be used, or the output not be written.
    """
    destinations = _destinations(options, environment)
    with _surroundings(options) as log, Delivered(report, partners) as delivered:
        check = make_checker(recipe, partial(_save_certificates, options))
        log(f"run over {partners.count} partners of {partners.name} begins")

        def deliver(delivery: Delivery) -> None:
            _enter(delivery, options, delivered, log)

        campaign = Campaign(
            limits=options.limits,
            shard=options.shard,
            resume=options.resume,
            history=options.history,
            retention=options.retention,
            settings=recipe.fingerprint,
            label=partners.name,
            tells=Tells.NOTHING if options.dry_run else _tells(options),
        )
        with progress(partners.count, quiet=options.quiet) as listener:
            summary = asyncio.run(
                conduct(
                    partners.entries(),
                    check,
                    campaign,
                    deliver=deliver,
                    listener=listener,
                    runner=_runner(options, recipe),
                )
            )
        delivered.finish()
        _sum_up(summary, options, report, log)
        told = _notify(summary, partners.name, destinations, options, log)
    return _code(summary, partners, options, told)


def _sum_up(summary: Summary, options: Campaigning, report: Report, log: notification.Say) -> None:
    """Log how the run ended; say it where the report itself is not seen."""
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(summary.outcomes.items()))
    log(f"run {'interrupted' if summary.interrupted else 'ends'}: {counts or 'nothing'}")
    if report.output not in (None, "-"):
        targets = f"{summary.total} {'target' if summary.total == 1 else 'targets'}"
        console.note(f"report written: {report.output} ({targets}: {counts or 'none'})", quiet=options.quiet)


def _destinations(options: Campaigning, environment: dict[str, str]) -> tuple[Destination, ...]:
    """The destinations, checked before the run: a mistake in them must not cost an hour."""
    try:
        texts = [secret(text, environment) for text in options.notify]
    except ProbeError as unset:
        raise ConfigurationError(f"--notify: {unset}") from None
    if texts and options.history is None:
        raise ConfigurationError(
            "--notify tells what changed, and needs --history FILE to know what was before"
        )
    destinations = tuple(notification.parse_destination(text) for text in texts)
    notification.check_server(destinations, options.mail_server)
    return destinations


@contextmanager
def _surroundings(options: Campaigning) -> Iterator[notification.Say]:
    """Lock and log file for the time of the run; gives the function that logs a line."""
    with ExitStack() as stack:
        # A state file has one owner: without a lock two runs would both continue the same broken one.
        for path in (options.lock, f"{options.resume}.lock" if options.resume else None):
            if path is not None:
                stack.enter_context(RunLock(path))
        if options.log is None:
            yield _say_nothing
        else:
            yield stack.enter_context(log_file(options.log))


def _say_nothing(line: str) -> None:
    del line


def _runner(options: Campaigning, recipe: Recipe) -> Runner:
    if options.cluster is None:
        return execution.run
    from probe.runs.cluster import Cluster, cluster_runner

    return cluster_runner(Cluster(options.cluster, partial(make_checker, recipe)))


def _enter(delivery: Delivery, options: Campaigning, delivered: Delivered, log: notification.Say) -> None:
    """Keep, log and report one result."""
    document, observation = delivery.checked.document, delivery.checked.observation
    if options.save is not None and observation is not None:
        try:
            saving.save_record(options.save, observation)
        except OutputError as refused:
            console.error(str(refused))
    log(f"{document.target.input}: {document.outcome}" + (f": {document.error}" if document.error else ""))
    if delivery.change is not None:
        for change in delivery.change.changes:
            log(f"{document.target.input}: {change}")
    if not options.only_changes or delivery.change is not None or not delivery.seen:
        delivered.take(document)
    else:
        delivered.leave_out(document)


def _save_certificates(options: Campaigning, result: Result) -> None:
    if options.save_certificates is None:
        return
    try:
        saving.save_certificates(options.save_certificates, result.judgements)
    except OutputError as refused:
        console.error(str(refused))


def _notify(
    summary: Summary,
    label: str,
    destinations: tuple[Destination, ...],
    options: Campaigning,
    log: notification.Say,
) -> bool:
    """Tell what changed; False when it could not be delivered, which is said and not fatal to the report."""
    if not destinations or options.history is None:
        return True

    def say(line: str) -> None:
        console.note(line, quiet=options.quiet)
        log(line)

    try:
        with History(options.history) as history:
            if options.dry_run:
                changes = [change for change in summary.changes if _tells(options).includes(change)]
                server = options.mail_server
                outbox.rehearse(history, label, changes, destinations, server=server, say=say)
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


def _tells(options: Campaigning) -> Tells:
    """Which changes of the run somebody wants to be told."""
    if not options.notify:
        return Tells.NOTHING
    return Tells.EVERYTHING if options.all_changes else Tells.FLIPS


def _code(summary: Summary, partners: PartnerList, options: Campaigning, told: bool) -> int:
    if summary.interrupted:
        at = f"{datetime.now(UTC):%H:%M:%S} UTC"
        console.error(f"interrupted at {at}: {summary.total} of {partners.count} targets are reported")
        console.hint(
            "a run with --resume FILE can be continued after it was interrupted"
            if options.resume is None
            else f"the same command goes on with those that are left ({options.resume} holds the others)"
        )
        return 130
    code = reporting.exit_code(list(summary.outcomes))
    return code if told or code == reporting.EXIT_CODES["failure"] else OutputError.exit_code
