"""`probe --show-completion` and `--install-completion`, with the shell named or found out.

typer makes the scripts. Two things are done here instead of there: a shell that cannot be found out (a
scheduled task, a container, a script) is asked for in one line, and on PowerShell nothing but the profile is
written: typer would also set the user's execution policy to Unrestricted.
"""

from __future__ import annotations

import codecs
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

from probe.cli import console
from probe.errors import OutputError, UsageError
from probe.facts.encoding import text_encoding

SHOW, INSTALL = "--show-completion", "--install-completion"
SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")
_POWERSHELLS = ("powershell", "pwsh")
_PROGRAM, _VARIABLE = "probe", "_PROBE_COMPLETE"


def is_asked(arguments: Sequence[str]) -> bool:
    """Whether a command line is about completion."""
    return bool(arguments) and arguments[0] in (SHOW, INSTALL)


def run(arguments: Sequence[str]) -> int:
    """Print the script, or install it; returns the exit code.

    Raises:
        UsageError: the shell is unknown, or cannot be found out.
        OutputError: a file of the shell cannot be written.
    """
    action, *rest = arguments
    if len(rest) > 1:
        raise UsageError(f"{action} takes one shell: {', '.join(SHELLS)}")
    shell = rest[0].lower() if rest else _current_shell()
    if shell not in SHELLS:
        found = repr(shell) if shell else "the shell cannot be found out"
        raise UsageError(f"{found}: give {action} one of {', '.join(SHELLS)}")
    if action == SHOW:
        console.emit(_script(shell) + "\n")
        return 0
    try:
        path = _append_to_profile(shell) if shell in _POWERSHELLS else _install(shell)
    except OSError as refused:
        raise OutputError(
            f"completion cannot be installed ({refused.strerror or refused}): probe {SHOW} {shell} prints it"
        ) from None
    console.note(f"completion for {shell} is in {path} and works in the next {shell}")
    return 0


def _current_shell() -> str:
    """The shell that probe was started from, or "" where there is none to see."""
    import shellingham

    try:
        return str(shellingham.detect_shell()[0])
    except (shellingham.ShellDetectionFailure, NotImplementedError, OSError):
        return "powershell" if sys.platform == "win32" else Path(os.environ.get("SHELL", "")).name


def _script(shell: str) -> str:
    return str(_typer().get_completion_script(prog_name=_PROGRAM, complete_var=_VARIABLE, shell=shell))


def _install(shell: str) -> Path:
    return Path(_typer().install(shell, prog_name=_PROGRAM, complete_var=_VARIABLE)[1])


def _typer() -> ModuleType:
    """typer's own completion, whose functions it does not export to type checkers; its version is pinned."""
    return import_module("typer.completion")


def _append_to_profile(shell: str) -> Path:
    """Add the script to the profile of the current user; twice is as good as once."""
    asked = "[Console]::OutputEncoding = [Text.Encoding]::UTF8; [Console]::Out.Write($PROFILE)"
    command = [shell, "-NoProfile", "-Command", asked]
    answer = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # a name of SHELLS
    profile = Path(answer.stdout.decode("utf-8-sig", "replace").strip())
    if answer.returncode != 0 or not profile.name:
        raise OutputError(f"{shell} names no profile: add what probe {SHOW} {shell} prints to yours")
    script = _script(shell)
    present = profile.read_bytes() if profile.exists() else b""
    if script not in text_encoding.decoded(present).replace("\r\n", "\n"):
        profile.parent.mkdir(parents=True, exist_ok=True)
        # The script is ASCII, so only what an editor saved as UTF-16 goes on in another encoding.
        wide = present.startswith(codecs.BOM_UTF16_LE)
        with profile.open("a", encoding="utf-16-le" if wide else "utf-8") as file:
            file.write(f"\n{script}\n")
    return profile
