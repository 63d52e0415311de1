"""Files that are the account's own: histories, states of runs, logs, locks, records.

They name partners, addresses and certificates, and whoever may write them may change what a run concludes. A
new one is readable and writable by the account alone (POSIX), or by the account, SYSTEM and Administrators
(Windows, access_list.py). One that exists keeps the rights that somebody gave it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def open_private(path: str | os.PathLike[str], flags: int) -> int:
    """A file descriptor for `open(..., opener=open_private)`: a new file is private to the account."""
    if sys.platform == "win32" and flags & os.O_CREAT:
        from probe.runs import access_list  # and with it ctypes

        try:
            access_list.create_file(path)
        except FileExistsError:
            if flags & os.O_EXCL:
                raise
        flags &= ~(os.O_CREAT | os.O_EXCL)
    return os.open(path, flags, FILE_MODE)


def begin_private(path: Path) -> None:
    """Make the file, empty and private, if there is none.

    Raises:
        OSError: it cannot be made.
    """
    try:
        os.close(open_private(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        pass


def make_private_folder(path: Path) -> None:
    """Make the folder, private, if there is none; its parents are made as any folder is.

    Raises:
        OSError: it cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if sys.platform == "win32":
            from probe.runs import access_list

            access_list.create_folder(path)
        else:
            path.mkdir(FOLDER_MODE)
    except FileExistsError:
        if not path.is_dir():
            raise
