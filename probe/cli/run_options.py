"""Options of runs over many partners, each defined once."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli.options import finite

RUNNING = "Many partners"
KEEPING = "History and notification"

PartnerFile = Annotated[
    str | None,
    typer.Option(
        "-f",
        "--file",
        help="Partner list: TOML, CSV, NDJSON, or one target a line; - is standard input. "
        "probe init writes an example.",
        metavar="FILE",
        rich_help_panel=RUNNING,
    ),
]
Relationships = Annotated[
    str | None,
    typer.Option(
        "--relationship",
        help="Check every partner in the output of Get-OrganizationRelationship (ConvertTo-Json or "
        "Format-List); - is standard input.",
        metavar="FILE",
        rich_help_panel=RUNNING,
    ),
]
Concurrency = Annotated[
    int,
    typer.Option(
        "-j",
        "--concurrency",
        help="Targets at a time.",
        metavar="N",
        min=1,
        max=4096,
        rich_help_panel=RUNNING,
    ),
]
PerHost = Annotated[
    int,
    typer.Option(
        help="Targets at a time on one host.", metavar="N", min=1, max=4096, rich_help_panel=RUNNING
    ),
]
Retries = Annotated[
    int,
    typer.Option(
        help="Repetitions after a failure that may be transient: no answer or a reset before the request, "
        "a resolver that failed. Counted in the record.",
        metavar="N",
        min=0,
        max=9,
        rich_help_panel=RUNNING,
    ),
]
Deadline = Annotated[
    float | None,
    typer.Option(
        help="Seconds for the whole run; what is not finished then says so.",
        metavar="S",
        min=0.1,
        callback=finite,
        rich_help_panel=RUNNING,
    ),
]
Resume = Annotated[
    str | None,
    typer.Option(
        help="State file: a run that broke is continued where it was; a complete one removes the file.",
        metavar="FILE",
        rich_help_panel=RUNNING,
    ),
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard",
        help="Check part I of N only, by a hash of the target.",
        metavar="I/N",
        rich_help_panel=RUNNING,
    ),
]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="Run on the workers of this Dask scheduler (needs the extra named cluster).",
        metavar="tcp://HOST:PORT",
        rich_help_panel=RUNNING,
    ),
]
LockOption = Annotated[
    str | None,
    typer.Option(
        "--lock",
        help="Do not begin while another run holds this file (exit code 75).",
        metavar="FILE",
        rich_help_panel=RUNNING,
    ),
]
HistoryOption = Annotated[
    str | None,
    typer.Option(
        "--history",
        help="Keep every observation and judgement in this SQLite file.",
        metavar="FILE",
        rich_help_panel=KEEPING,
    ),
]
Keep = Annotated[
    str | None,
    typer.Option(
        help="How much history stays: an age (400d, 52w, 2y) or results per target (1000).",
        metavar="AGE|N",
        rich_help_panel=KEEPING,
    ),
]
OnlyChanges = Annotated[
    bool,
    typer.Option(
        "--only-changes",
        help="Report only partners that are new or changed since their last result in the history.",
        rich_help_panel=KEEPING,
    ),
]
LogFile = Annotated[
    str | None,
    typer.Option(
        help="Append what happens to this file, which is rotated.", metavar="FILE", rich_help_panel=KEEPING
    ),
]
Notify = Annotated[
    list[str] | None,
    typer.Option(
        help="Tell when a verdict changed, repeatable: mailto:ADDRESS[,ADDRESS], the URL of a webhook, or "
        "env:NAME that holds one. Needs --history.",
        metavar="WHOM",
        rich_help_panel=KEEPING,
    ),
]
NotifyAll = Annotated[
    bool,
    typer.Option("--notify-all", help="Tell every change, not only of verdicts.", rich_help_panel=KEEPING),
]
NotifyDryRun = Annotated[
    bool,
    typer.Option(
        "--notify-dry-run", help="Say what would be sent, and send nothing.", rich_help_panel=KEEPING
    ),
]
