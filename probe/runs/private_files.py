"""Files that are the account's own: histories, states of runs, logs, locks.

They name partners, addresses and certificates, and whoever may write them may change what a run concludes. On
POSIX systems a new one is readable and writable by the account alone; on Windows it has the access list of
its folder. One that exists keeps the rights that somebody gave it.
"""

from __future__ import annotations

import os
from pathlib import Path

FILE_MODE = 0o600


def open_private(path: str | os.PathLike[str], flags: int) -> int:
    """A file descriptor for `open(..., opener=open_private)`: a new file is private to the account."""
    return os.open(path, flags, FILE_MODE)


def begin_private(path: Path) -> None:
    """Make the file, empty and private, if there is none.

    Raises:
        OSError: it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
    except FileExistsError:
        pass
