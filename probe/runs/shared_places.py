"""Who else may write what a scheduled run executes, reads or writes: whoever may, decides what the run does.

A task as SYSTEM over a folder that every user may write is SYSTEM's password in that folder. Looked at is
each path and each folder on its way; what is found is a hint.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

if sys.platform == "win32":
    from probe.runs import access_list, access_rights

    # What the scheduler's words for accounts are, and what each of them is a member of.
    _SERVICES = {
        "system": ("SY", "S-1-5-18", "BA", "S-1-5-32-544"),
        "local-service": ("LS", "S-1-5-19", "SU", "S-1-5-6"),
    }

    def identities(account: str) -> tuple[str, ...] | None:
        """The identifiers of an account, or of `system` and `local-service`; None: there is none."""
        known = _SERVICES.get(account.lower())
        if known is not None:
            return known
        found = access_list.identifier_of(account)
        return None if found is None else (found,)

    def shared(paths: Iterable[Path], trusted: Collection[str]) -> Iterator[tuple[Path, str]]:
        """(place, who) for each place at or above these paths that others may write, once."""
        mine = {*trusted, access_list.account()}
        for place, ends_here in _places(paths):
            wanted = access_rights.CHANGE if ends_here else access_rights.REPLACE
            who = access_rights.strangers(access_list.read(place), wanted, mine)
            if who:
                yield place, ", ".join(who)

    def obstacles(account: str, reads: Iterable[Path], writes: Iterable[Path]) -> Iterator[str]:
        """A line for each of these paths that the account cannot read, or write, as its access list says."""
        known = identities(account)
        if known is None:
            yield f"there is no account {account} here"
            return
        for verb, wanted, paths in (
            ("read", access_rights.READ, reads),
            ("write", access_rights.WRITE, writes),
        ):
            for path in paths:
                place = path if path.exists() else path.parent
                if place.exists() and not access_rights.allows(access_list.read(place), wanted, known):
                    yield f"{account} cannot {verb} {path}: the access list of {place} does not let it"

else:

    def identities(account: str) -> tuple[str, ...] | None:
        """The user number of an account; None: there is none."""
        import pwd

        try:
            return (str(pwd.getpwnam(account).pw_uid),)
        except KeyError:
            return None

    def shared(paths: Iterable[Path], trusted: Collection[str]) -> Iterator[tuple[Path, str]]:
        """(place, who) for each place at or above these paths that others may write, once."""
        mine = {0, os.geteuid(), *map(int, trusted)}
        for place, ends_here in _places(paths):
            try:
                status = place.stat()
            except OSError:
                continue
            who = _others(status, mine, sticky_protects=not ends_here)
            if who:
                yield place, who

    def _others(status: os.stat_result, mine: Collection[int], *, sticky_protects: bool) -> str:
        import grp

        if status.st_uid not in mine:
            return f"its owner, user {status.st_uid}"
        if sticky_protects and status.st_mode & stat.S_ISVTX:
            return ""
        if status.st_mode & stat.S_IWOTH:
            return "everyone"
        if not status.st_mode & stat.S_IWGRP or status.st_gid == 0 or status.st_gid in mine:
            return ""  # a group of the same number is the user's own
        try:
            return f"the group {grp.getgrgid(status.st_gid).gr_name}"
        except KeyError:
            return f"the group {status.st_gid}"


def _places(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Each path that exists, or the folder that it will be in, and the folders above; True for the former.

    Links are followed to where they lead, whose rights count.
    """
    seen: dict[Path, bool] = {}
    for path in paths:
        there = path if path.exists() else path.parent
        if not there.exists():
            continue
        real = there.resolve()
        seen[real] = True
        for folder in real.parents:
            seen.setdefault(folder, False)
    yield from seen.items()
