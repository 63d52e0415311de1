"""The paths of a scheduled command: what its account cannot reach, and what others may write."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from probe.cli import console

# Options of a command by what is done with the path that they name.
READ = ("file", "relationship", "trust", "caller", "letter_template")
WRITTEN = ("history", "log_file", "lock", "resume", "output", "save", "save_certificates")
_ROLE = re.compile(r"(root|intermediate|disallowed):")
_SETTINGS = "probe.toml"
_MOST_NAMED = 5


def named(options: dict[str, Any], names: Sequence[str], folder: str) -> Iterator[Path]:
    """What these options name, taken from the folder; of --trust without the role in front."""
    for name in names:
        value = options.get(name)
        for text in value if isinstance(value, list | tuple) else [value]:
            if isinstance(text, str) and text != "-":
                yield Path(folder) / _ROLE.sub("", text)


def warn(context: Any, command: list[str], program: str, folder: str, account: str | None) -> None:
    """Say which paths of the command the account of the run cannot read or write, and who else may write.

    `account` None: one that systemd makes.
    """
    options = _options(context, command)
    reads = [Path(program), *named(options, READ, folder)]
    writes = [path for path in named(options, WRITTEN, folder) if path.parent.exists()]
    for line in _obstacles(account, reads, writes):
        console.hint(line)
    warn_of_others(context, command, program, folder, account)


def warn_of_others(
    context: Any, command: list[str], program: str, folder: str, account: str | None = None
) -> None:
    """Say which of the paths others may write: they decide what the scheduled run does."""
    from probe.runs import shared_places

    options = _options(context, command)
    executed = [Path(program), Path(sys.executable), Path(__file__).parents[1]]
    used = [Path(folder), Path(folder) / _SETTINGS, *named(options, (*READ, *WRITTEN), folder)]
    trusted = shared_places.identities(account) if account is not None else ()
    found = list(shared_places.shared([*executed, *used], trusted or ()))
    for place, who in found[:_MOST_NAMED]:
        console.hint(f"{place} can be written by others ({who}), who decide then what the scheduled run does")
    if found:
        console.hint(
            "keep program, list, settings and results where only the account and administrators write: "
            r"below C:\Program Files, or with icacls FOLDER /inheritance:r as in the README"
            if sys.platform == "win32"
            else "take their rights (chmod go-w), or move it to a folder of the account's own"
        )


def _obstacles(account: str | None, reads: list[Path], writes: list[Path]) -> Iterator[str]:
    if sys.platform == "win32":
        from probe.runs import shared_places

        if account is not None:
            yield from shared_places.obstacles(account, reads, writes)
    else:
        from probe.runs.account_access import find_account, obstacles

        known = find_account(account)
        if known is None:
            yield f"there is no account {account} here yet"
        else:
            yield from obstacles(known, reads, writes)


def _options(context: Any, command: list[str]) -> dict[str, Any]:
    """The options of the inner command; none of another program's."""
    root = context.find_root()
    known = getattr(root.command, "commands", {})
    if command[0] not in known:
        return {}
    return dict(known[command[0]].make_context(command[0], command[1:], parent=root).params)
