"""Registering a schedule with this system, after its text was shown and the user agreed."""

from __future__ import annotations

import subprocess  # the system's own schedulers are started, with arguments and no shell
import sys
from collections.abc import Sequence

from probe.cli import console
from probe.errors import OutputError, UsageError

_SECONDS = 60
CRON_MARK = " # fedprobe"


def agree(text: str, where: str, *, yes: bool) -> bool:
    """Show what would be registered, and ask; `yes` has agreed already.

    Raises:
        UsageError: there is nobody to ask.
    """
    console.emit(text if text.endswith("\n") else f"{text}\n")
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError("--install asks before it registers anything: give --yes where nobody can answer")
    import typer

    return typer.confirm(f"Register this with {where}?", err=True)


def run(command: Sequence[str], given: str | None = None) -> str:
    """Run one of the system's programs; its standard output.

    Raises:
        OutputError: it is not there, or it failed; with what it said.
    """
    try:
        done = subprocess.run(  # noqa: S603  # a fixed program of the system
            list(command), input=given, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as failed:
        raise OutputError(f"{command[0]} cannot be run ({failed}): register the schedule by hand") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"
        raise OutputError(f"{' '.join(command)}: {said}")
    return done.stdout


def into_crontab(line: str) -> None:
    """Put the line into this account's crontab, in the place of the one that was put there before.

    Raises:
        OutputError: crontab cannot be run, or refuses it.
    """
    try:
        present = run(("crontab", "-l"))
    except OutputError as none:
        if "no crontab" not in str(none):
            raise
        present = ""
    kept = [other for other in present.splitlines() if not other.endswith(CRON_MARK)]
    run(("crontab", "-"), "\n".join((*kept, line.rstrip("\n") + CRON_MARK)) + "\n")
