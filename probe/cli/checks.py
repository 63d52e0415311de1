"""What `probe check` does with its options: a visit to one target, or a run over many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from probe import api
from probe.cli import checking, configured, inputs, judging, options
from probe.cli.console import Colour
from probe.cli.given import CheckingOptions
from probe.cli.reporting import Report
from probe.errors import UsageError

if TYPE_CHECKING:
    from probe.runs.partner_list import PartnerList


class Checking(CheckingOptions, frozen=True, kw_only=True):
    """The options of `probe check`, by the names of its parameters."""

    context: Any  # typer's context, for the mail server that the configuration names
    targets: list[str] | None
    file: str | None
    relationship: str | None
    at: str | None
    form: options.Format
    output: str | None
    save: str | None
    save_certificates: str | None
    log_line: bool
    concurrency: int
    per_host: int
    retries: int
    deadline: float | None
    resume: str | None
    shard: str | None
    cluster: str | None
    lock: str | None
    history: str | None
    keep: str | None
    only_changes: bool
    log_file: str | None
    notify: list[str] | None
    notify_all: bool
    notify_dry_run: bool
    quiet: bool
    verbose: bool
    colour: Colour

    @property
    def is_a_run(self) -> bool:
        """Whether a list, several targets, or anything around them is asked for."""
        around = (
            self.file,
            self.relationship,
            self.resume,
            self.shard,
            self.cluster,
            self.lock,
            self.history,
            self.log_file,
            self.deadline,
            self.notify,
        )
        return len(self.targets or ()) > 1 or any(option is not None for option in around)


def run(given: Checking) -> int:
    """Check what is asked for, write the report, return the exit code.

    Raises:
        ProbeError: an option or a file cannot be used.
    """
    if given.history is None and (given.only_changes or given.keep is not None):
        raise UsageError(
            f"{'--only-changes' if given.only_changes else '--keep'} is about what was before: "
            "give --history FILE with it"
        )
    report = Report(
        given.form,
        given.output,
        verbose=given.verbose,
        log_lines=given.log_line,
        colour=given.colour,
        thresholds=inputs.thresholds(given.warning, given.critical),
        history=given.history,
    )
    return _many(given, report) if given.is_a_run else _one(given, report)


def _one(given: Checking, report: Report) -> int:
    settings, switches = given.settings(), given.switches()
    if not given.targets:
        raise UsageError("no target: give a domain, host or https URL (probe check contoso.com)")
    callers = inputs.callers(given.caller, aia=given.aia, switches=switches)
    store = inputs.trust(given.trust, root_auto_update=given.root_auto_update)
    inputs.explain_trust(store, quiet=given.quiet or given.trust is not None)
    plan = judging.Plan(
        callers=callers,
        trust=store,
        at=options.moment(given.at),
        thresholds=report.thresholds,
        save=given.save,
        save_certificates=given.save_certificates,
        quiet=given.quiet,
    )
    # One target is somebody waiting: a round trip less counts more than a handshake more.
    prepared = api.settings_for(callers, store, settings, ask_at_once=True)
    return checking.run(given.targets[0], prepared, plan, report)


def _many(given: Checking, report: Report) -> int:
    from probe.cli import campaigns
    from probe.runs.execution import RunLimits
    from probe.runs.history import Retention, parse_retention
    from probe.runs.shards import WHOLE, parse_shard

    limits = RunLimits(given.concurrency, given.per_host, given.retries, run_seconds=given.deadline)
    campaigning = campaigns.Campaigning(
        limits=limits,
        shard=WHOLE if given.shard is None else parse_shard(given.shard),
        resume=given.resume,
        history=given.history,
        retention=Retention() if given.keep is None else parse_retention(given.keep),
        only_changes=given.only_changes,
        lock=given.lock,
        log=given.log_file,
        cluster=given.cluster,
        notify=tuple(given.notify or ()),
        all_changes=given.notify_all,
        dry_run=given.notify_dry_run,
        mail_server=configured.mail_server(given.context),
        save=given.save,
        save_certificates=given.save_certificates,
        quiet=given.quiet,
    )
    recipe = given.recipe(options.moment(given.at))
    partners = None if given.relationship is None else _related(given)
    return campaigns.run(given.file, given.targets, recipe, campaigning, report, partners=partners)


def _related(given: Checking) -> PartnerList:
    """The partners of the relationships.

    Raises:
        UsageError: they are not the only thing to check.
        InputMissingError, DataError: the file cannot be read, or holds none.
    """
    from probe.cli import console
    from probe.runs import partner_list, relationships

    path = str(given.relationship)
    if given.file is not None or given.targets:
        raise UsageError("--relationship says what to check: give no target and no -f with it")
    if given.ews_url is not None or given.autodiscover_url is not None:
        raise UsageError("--relationship has the URLs: give no --ews-url and no --autodiscover-url with it")
    name = "standard input" if path == "-" else path
    return relationships.partner_list(partner_list.decoded(console.read_input(path), name), name=name)
