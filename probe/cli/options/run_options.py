"""Options of runs over many partners."""

from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli.options.composition import OptionGroup
from probe.cli.options.connection_options import finite
from probe.errors import UsageError
from probe.runs import run_defaults
from probe.runs.run_defaults import REMIND_AFTER_DAYS

if TYPE_CHECKING:
    from probe.runs.execution import RunLimits
    from probe.runs.lists.shards import Shard
    from probe.runs.store.retention import Retention

PANEL = "Many partners"


class PartnerOptions(OptionGroup):
    """Where the partners stand that are not named on the command line."""

    panel = PANEL

    file: Annotated[
        str | None,
        typer.Option(
            "-f",
            "--file",
            help="Partner list: TOML, CSV, NDJSON, or one target a line; - is standard input. "
            "probe init writes an example.",
            metavar="FILE",
        ),
    ] = None
    relationship: Annotated[
        str | None,
        typer.Option(
            "--relationship",
            help="Check every partner in the output of Get-OrganizationRelationship (ConvertTo-Json or "
            "Format-List); - is standard input.",
            metavar="FILE",
        ),
    ] = None


class RunOptions(OptionGroup):
    """How a run over many partners is bounded, divided and continued."""

    panel = PANEL

    concurrency: Annotated[
        int,
        typer.Option(
            "-j",
            "--concurrency",
            help="Targets at a time.",
            metavar="N",
            min=1,
            max=4096,
        ),
    ] = run_defaults.CONCURRENCY
    processes: Annotated[
        str,
        typer.Option(
            "--processes",
            help="Worker processes of a list: a number, or auto (one a core, from 600 partners on).",
            metavar="auto|N",
        ),
    ] = "auto"
    per_host: Annotated[
        int,
        typer.Option(help="Targets at a time on one host.", metavar="N", min=1, max=4096),
    ] = run_defaults.PER_HOST
    retries: Annotated[
        int,
        typer.Option(
            help="Repetitions after a failure that may be transient: no answer or a reset before the "
            "request, a resolver that failed. Counted in the record.",
            metavar="N",
            min=0,
            max=9,
        ),
    ] = run_defaults.RETRIES
    deadline: Annotated[
        float | None,
        typer.Option(
            help="Seconds for the whole run; what is not finished then says so.",
            metavar="S",
            min=0.1,
            callback=finite,
        ),
    ] = None
    resume: Annotated[
        str | None,
        typer.Option(
            help="Continue a run of the same list and settings that broke: its results are kept in this "
            "file, which a complete run removes, or with --history in the history.",
            metavar="FILE",
        ),
    ] = None
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard",
            help="Check part I of N only, by a hash of the target.",
            metavar="I/N",
        ),
    ] = None
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            help="Run on the workers of this Dask scheduler, tls:// or tcp:// (needs the extra cluster).",
            metavar="tcp://HOST:PORT",
        ),
    ] = None
    lock: Annotated[
        str | None,
        typer.Option(
            "--lock",
            help="Do not begin while another run holds this file (exit code 75).",
            metavar="FILE",
        ),
    ] = None

    def limits(self) -> "RunLimits":
        """What bounds the run."""
        from probe.runs.execution import RunLimits

        return RunLimits(self.concurrency, self.per_host, self.retries, run_seconds=self.deadline)

    def workers(self, partners: int) -> int:
        """How many worker processes a list of so many partners gets; 1: none beside the run itself.

        Raises:
            UsageError: `--processes` is neither auto nor a number.
        """
        from probe.runs.processes.pool import parse_processes, worker_count

        return worker_count(parse_processes(self.processes), partners)

    def part(self) -> "Shard":
        """The part of the list that is checked.

        Raises:
            UsageError: `--shard` cannot be read.
        """
        from probe.runs.lists.shards import WHOLE, parse_shard

        return WHOLE if self.shard is None else parse_shard(self.shard)


class HistoryOptions(OptionGroup):
    """What is kept of a run, and who is told what changed."""

    panel = "History and notification"

    history: Annotated[
        str | None,
        typer.Option(
            "--history",
            help="Keep every observation and judgement in this SQLite file.",
            metavar="FILE",
        ),
    ] = None
    keep: Annotated[
        str | None,
        typer.Option(
            help="How much history stays: an age (400d, 52w, 2y) or results per target (1000).",
            metavar="AGE|N",
        ),
    ] = None
    only_changes: Annotated[
        bool,
        typer.Option(
            "--only-changes",
            help="Report only partners that are new or changed since their last result in the history.",
        ),
    ] = False
    log_file: Annotated[
        str | None,
        typer.Option(help="Append what happens to this file, which is rotated.", metavar="FILE"),
    ] = None
    notify: Annotated[
        list[str] | None,
        typer.Option(
            help="Tell of failures, recoveries and what still fails, repeatable: mailto:ADDRESS[,ADDRESS], "
            "the URL of a webhook (Slack and Teams are known by their hosts; slack:, teams: or json: in "
            "front names one), or env:NAME that holds one. Needs --history.",
            metavar="WHOM",
        ),
    ] = None
    notify_all: Annotated[
        bool,
        typer.Option("--notify-all", help="Tell every change, not only of verdicts."),
    ] = False
    notify_letter: Annotated[
        bool,
        typer.Option(
            "--notify-letter",
            help="Let the mail carry, as drafts to be sent on, the letters (--format letter) about partners "
            "that fail or soon will; a webhook of one's own gets their text.",
        ),
    ] = False
    notify_dry_run: Annotated[
        bool,
        typer.Option("--notify-dry-run", help="Print what would be sent, and send nothing; it still waits."),
    ] = False
    remind_after: Annotated[
        float,
        typer.Option(
            "--remind-after",
            help="Days after which --notify tells again of a partner that still fails; 0: never.",
            metavar="D",
            min=0,
            max=3650,
            callback=finite,
        ),
    ] = REMIND_AFTER_DAYS

    def demand_companions(self) -> None:
        """Refuse an option whose companion is missing: without it nothing would come of it.

        Raises:
            UsageError: with the companion to give.
        """
        if self.history is None and (self.only_changes or self.keep is not None):
            option = "--only-changes" if self.only_changes else "--keep"
            raise UsageError(f"{option} is about what was before: give --history FILE with it")
        of_notify = {
            "--notify-all": self.notify_all,
            "--notify-letter": self.notify_letter,
            "--notify-dry-run": self.notify_dry_run,
        }
        alone = next((option for option, given in of_notify.items() if given and not self.notify), None)
        if alone is not None:
            raise UsageError(f"{alone} says what --notify sends: give --notify WHOM with it")

    def retention(self) -> "Retention":
        """How much history stays.

        Raises:
            UsageError: `--keep` cannot be read.
        """
        from probe.runs.store.retention import Retention, parse_retention

        return Retention() if self.keep is None else parse_retention(self.keep)
