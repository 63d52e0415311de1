"""Whether another account can read and write what a scheduled run needs, by the file system's own modes.

POSIX only: owner, group and other bits of each folder on the way and of the file itself (path_resolution(7)).
An access control list or a security module may say something else, so what is found is a hint and no error.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

_READ, _WRITE, _SEARCH = 4, 2, 1


class Account(Struct, frozen=True):
    """Who runs it. Without a user: one that systemd makes for the run, who owns nothing."""

    name: str
    user: int | None = None
    groups: frozenset[int] = frozenset()

    def may(self, status: os.stat_result, wanted: int) -> bool:
        """Whether the mode of a file gives this account what is wanted."""
        if self.user == 0:
            return True
        shift = 6 if status.st_uid == self.user else 3 if status.st_gid in self.groups else 0
        return stat.S_IMODE(status.st_mode) >> shift & wanted == wanted


if sys.platform == "win32":

    def find_account(name: str | None) -> Account | None:
        """None: there are no such accounts."""
        del name
        return None

else:

    def find_account(name: str | None) -> Account | None:
        """The account of this name, a made one for None; None: there is no such account."""
        if name is None:
            return Account("the user that systemd makes")
        import pwd

        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            return None
        return Account(name, entry.pw_uid, frozenset(os.getgrouplist(name, entry.pw_gid)))


def obstacles(account: Account, reads: Iterable[Path], writes: Iterable[Path]) -> Iterator[str]:
    """A line for each of these paths that the account cannot read, or write, as far as modes tell."""
    for path in reads:
        if (where := _blocked(account, path, _READ)) is not None:
            yield f"{account.name} cannot read {path}: {where}"
    for path in writes:
        wanted = path if path.exists() else path.parent
        if (where := _blocked(account, wanted, _WRITE)) is not None:
            yield f"{account.name} cannot write {path}: {where}"


def _blocked(account: Account, path: Path, wanted: int) -> str | None:
    """What is in the way: a folder on the way, or the path itself; None: nothing, or no such path."""
    try:
        real = path.resolve()
        for folder in reversed(real.parents):
            if not account.may(folder.stat(), _SEARCH):
                return f"it may not enter {folder}"
        status = real.stat()
        needed = wanted | _SEARCH if stat.S_ISDIR(status.st_mode) else wanted
        return None if account.may(status, needed) else f"the rights of {real} do not let it"
    except OSError:
        return None
