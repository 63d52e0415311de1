"""`probe schedule windows|systemd|cron`: ready schedules for a command line."""

from __future__ import annotations

import io
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from probe.cli import console, installation, scheduled_paths
from probe.cli.files import make_folder, write_atomically
from probe.cli.help import HelpedCommand, HelpedGroup
from probe.cli.options.composition import with_options
from probe.cli.options.report_options import OutputPath
from probe.errors import ProbeError, UsageError

UNITS = "/etc/systemd/system"
_STORES = frozenset({"microsoft", "certifi", "system", "windows"})  # of --trust, beside paths
_ENDLESS = frozenset({"lab", "serve"})

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=HelpedGroup,
    help="Ready schedules; nothing is installed unless --install says so.",
)

Command = Annotated[
    list[str],
    typer.Argument(metavar="COMMAND...", help="What to run, after --: -- check -f partners.toml"),
]
At = Annotated[str, typer.Option("--at", help="The time of day to begin with.", metavar="HH:MM")]
Every = Annotated[str, typer.Option(help="How often: 15m, 30m, 1h, 6h, 12h, 1d.", metavar="INTERVAL")]
Folder = Annotated[
    str | None,
    typer.Option(
        "--folder",
        help="The folder to run in, from which relative paths are taken. Default: this one; for systemd "
        "/var/lib/fedprobe.",
        metavar="DIR",
    ),
]
Install = Annotated[bool, typer.Option("--install", help="Show it, ask, and register it with this system.")]
Yes = Annotated[bool, typer.Option("--yes", help="With --install: do not ask.")]


@app.command("windows", cls=HelpedCommand)
@with_options
def windows(
    *,
    context: typer.Context,
    command: Command,
    at: At = "06:00",
    every: Every = "1d",
    account: Annotated[
        str,
        typer.Option(
            help="system, local-service, or an account, which then runs without a stored password (S4U)."
        ),
    ] = "system",
    folder: Folder = None,
    install: Install = False,
    yes: Yes = False,
    report: OutputPath,
) -> int:
    """Print the XML of a Task Scheduler task; -o writes it in UTF-16, as schtasks reads it.

    Example: probe schedule windows -o fedprobe.xml -- check -f partners.toml --history history.sqlite
    """
    from probe.report import commands
    from probe.runs import schedules

    today = datetime.now(UTC).astimezone().date()
    words = _complete(context, command, _here(folder))
    if sys.platform == "win32":  # a task for another machine finds other accounts and rights there
        scheduled_paths.warn(context, command, words[0], _here(folder), account)
    xml = schedules.windows_task(
        words,
        schedules.parse_schedule(at, every),
        start=today,
        principal=account,
        folder=_here(folder),
    )
    if install:
        if installation.agree(xml, "the Task Scheduler", yes=yes):
            _create_task(schedules.NAME, schedules.windows_task_file(xml))
    elif report.output is None or not report.to_file:
        console.emit(xml)
    else:
        write_atomically(Path(report.output), schedules.windows_task_file(xml))
        file = commands.file_word(report.output, windows=True)
        creation = ("schtasks", "/Create", "/TN", schedules.NAME, "/XML", file)
        creating = commands.command_line(creation, windows=True) or "schtasks /Create with that file"
        console.hint(f"as administrator: {creating}")
    return 0


def _create_task(name: str, xml: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.xml"
        path.write_bytes(xml)
        console.note(installation.run(("schtasks", "/Create", "/TN", name, "/XML", str(path), "/F")).strip())


@app.command("systemd", cls=HelpedCommand)
def systemd(
    context: typer.Context,
    command: Command,
    at: At = "06:00",
    every: Every = "1d",
    user: Annotated[
        str | None, typer.Option(help="Who runs it. Default: a user that systemd makes for the run.")
    ] = None,
    folder: Folder = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help="Write both units into this folder.", metavar="DIR"),
    ] = None,
    install: Install = False,
    yes: Yes = False,
) -> int:
    """Print a systemd service and timer.

    Example: probe schedule systemd -o /etc/systemd/system -- check -f /etc/fedprobe/partners.toml
    """
    from probe.runs import schedules

    place = folder or f"/var/lib/{schedules.NAME}"
    words = _complete(context, command, place, made=schedules.is_state_folder(folder))
    scheduled_paths.warn(context, command, words[0], place, user)
    units = {
        f"{schedules.NAME}.service": schedules.systemd_service(words, user=user, folder=folder),
        f"{schedules.NAME}.timer": schedules.systemd_timer(schedules.parse_schedule(at, every)),
    }
    shown = "\n".join(f"# {UNITS}/{name}\n{text}" for name, text in units.items())
    if install:
        if not installation.agree(shown, "systemd", yes=yes):
            return 0
        output = output or UNITS
    elif output in (None, "-"):
        console.emit(shown)
        return 0
    make_folder(Path(str(output)))
    for name, text in units.items():
        write_atomically(Path(str(output)) / name, text.encode())
    if install:
        installation.run(("systemctl", "daemon-reload"))
        installation.run(("systemctl", "enable", "--now", f"{schedules.NAME}.timer"))
        console.note(f"{schedules.NAME}.timer is enabled")
        return 0
    console.hint(f"systemctl daemon-reload && systemctl enable --now {schedules.NAME}.timer")
    return 0


@app.command("cron", cls=HelpedCommand)
@with_options
def cron(
    *,
    context: typer.Context,
    command: Command,
    at: At = "06:00",
    every: Every = "1d",
    folder: Folder = None,
    install: Install = False,
    yes: Yes = False,
    report: OutputPath,
) -> int:
    """Print one line for a crontab.

    Example: probe schedule cron --folder /srv/fedprobe -- check -f partners.toml -q
    """
    from probe.runs import schedules

    words = _complete(context, command, _here(folder))
    if sys.platform != "win32":
        scheduled_paths.warn_of_others(context, command, words[0], _here(folder))
    line = schedules.cron_line(words, schedules.parse_schedule(at, every), folder=_here(folder))
    if not install:
        console.emit(line, report.output)
    elif installation.agree(line, "cron", yes=yes):
        installation.into_crontab(line)
        console.note("the line is in the crontab of this account")
    return 0


def _here(folder: str | None) -> str:
    """The folder as a whole path. A scheduler begins elsewhere, Windows' in System32."""
    return str(Path(folder or ".").absolute())


def _complete(context: typer.Context, command: list[str], folder: str, *, made: bool = False) -> list[str]:
    """The command line with this program's whole path in front, where it begins with one of its commands.

    `made`: the scheduler makes the folder.

    Raises:
        UsageError: it is no command, has an option that the command lacks, or a target that is none.
    """
    root = context.find_root()
    known = getattr(root.command, "commands", {})
    if command[0] not in known:
        if shutil.which(command[0]) is None and not Path(command[0]).exists():
            raise UsageError(
                f"{command[0]} is neither a command of probe nor a program: give -- check -f FILE"
            )
        return command
    _check_inner(known[command[0]], command, root, folder, made=made)
    if getattr(sys, "frozen", False):  # probe.exe: PyInstaller's mark
        return [sys.executable, *command]
    script = shutil.which("probe")
    return [*([script] if script else [sys.executable, "-m", "probe"]), *command]


def _check_input(options: dict[str, Any], folder: str) -> None:
    """Say what is wrong with the list that the command reads, or the stores, as far as this account sees it.

    Raises:
        UsageError: there is nothing to check.
    """
    from probe.runs.lists import partner_list

    listing, related = options.get("file"), options.get("relationship")
    if "targets" in options and not (options["targets"] or listing or related):
        raise UsageError("no target: give the scheduled command a domain, or a partner list with -f FILE")
    for path in scheduled_paths.named(options, ("file", "relationship", "trust"), folder):
        if not path.exists() and path.name not in _STORES:
            console.hint(f"there is no {path} here yet: the scheduled run would exit with 66")
        elif listing is not None and path == Path(folder) / listing:
            try:
                partner_list.read(str(path), standard_input=io.BytesIO(), environment=dict(os.environ))
            except ProbeError as wrong:
                console.hint(f"the scheduled run would exit with {wrong.exit_code}: {wrong}")


def _check_inner(command: Any, words: list[str], root: Any, folder: str, *, made: bool) -> None:
    """Read the command line as the scheduler's account will, without running it; say what is not there yet.

    Raises:
        UsageError: it cannot be run. What typer raises: an option is wrong.
    """
    from probe.facts import target as parsing

    if words[0] in _ENDLESS:
        raise UsageError(
            f"probe {words[0]} runs until it is ended, and a schedule is for what ends: -- check -f FILE"
        )
    inner = command.make_context(words[0], words[1:], parent=root)
    for text in inner.params.get("targets") or ():
        parsing.parse(text)
    _check_input(inner.params, folder)
    for name in scheduled_paths.WRITTEN:
        written = inner.params.get(name)
        if not isinstance(written, str) or written == "-":
            continue
        below = (Path(folder) / written).parent
        if not below.is_dir() and not (made and below == Path(folder)):
            console.hint(f"there is no folder {below} here yet for --{name.replace('_', '-')}")
