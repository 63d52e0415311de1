"""A lock in a file, so that a scheduled run does not begin while the last one still works.

The lock belongs to the open file, not to the file's existence: the system releases it when the process ends,
however it ends, so no stale lock is ever left. On POSIX systems flock, on Windows a locked byte far behind
the content, which leaves the process number in the file readable.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from probe.errors import LockedError, OutputError

_LOCKED_OFFSET = 1 << 30


class RunLock:
    """A context manager that holds the lock at `path`.

    Entering raises LockedError when another process holds it, OutputError when the file cannot be made.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        try:
            file = self._path.open("a+b")
        except OSError as wrong:
            raise OutputError(f"the lock file {self._path} cannot be opened ({wrong.strerror})") from None
        try:
            _lock(file)
        except OSError:
            file.seek(0)
            owner = file.read(20).decode("ascii", "replace").strip() or "unknown"
            file.close()
            raise LockedError(
                f"another run holds {self._path} (process {owner}): wait for it, or give another lock"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n".encode())
        file.flush()
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The file stays: to remove it could remove a lock that another process has just taken.
        if self._file is not None:
            _unlock(self._file)
            self._file.close()
            self._file = None


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        file.seek(_LOCKED_OFFSET)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _unlock(file: BinaryIO) -> None:
        file.seek(_LOCKED_OFFSET)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
