"""A lock in a file, so that a scheduled run does not begin while the last one still works.

The lock belongs to the open file, not to the file's existence: the system releases it when the process ends,
however it ends, so no stale lock is ever left. On POSIX systems flock, on Windows a locked byte far behind
the content, which leaves the process number in the file readable. The file goes when the run ends. One that
holds anything but a process number is somebody's, and is refused as it is.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from probe import windows_paths
from probe.errors import DataError, LockedError, OutputError
from probe.runs.private_files import open_private

_LOCKED_OFFSET = 1 << 30
_LONGEST = 20
_CONTENT = re.compile(rb"(\d{1,19}\r?\n?)?")


class RunLock:
    """A context manager that holds the lock at `path`.

    Entering raises LockedError when another process holds it, DataError when the file is no lock, OutputError
    when it cannot be made.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = windows_paths.for_this_system(path)
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        while self._file is None:
            self._file = self._acquired()
        try:
            self._file.truncate(0)
            self._file.write(f"{os.getpid()}\n".encode())
            self._file.flush()
        except OSError as wrong:
            with suppress(OSError):  # closing writes once more what could not be written
                self.__exit__(None, None, None)
            raise OutputError(f"the lock file {self._path} cannot be written ({wrong.strerror})") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        if sys.platform != "win32":  # removed while it is held: whoever waits for it sees that it is gone
            self._path.unlink(missing_ok=True)
        _unlock(self._file)
        self._file.close()
        self._file = None
        if sys.platform == "win32":  # an open file stays; so does one that another process has just opened
            with suppress(OSError):
                self._path.unlink()

    def _acquired(self) -> BinaryIO | None:
        """The locked file; None: it was removed by its last holder while it was being locked."""
        if self._path.exists() and not self._path.is_file():  # to open a FIFO waits for its reader
            raise OutputError(f"the lock file {self._path} cannot be opened (it is no file)")
        try:
            file = open(self._path, "a+b", opener=open_private)  # noqa: SIM115  # kept open
        except OSError as wrong:
            raise OutputError(f"the lock file {self._path} cannot be opened ({wrong.strerror})") from None
        file.seek(0)
        content = file.read(_LONGEST + 1)
        if _CONTENT.fullmatch(content) is None:
            file.close()
            raise DataError(f"{self._path} is no lock of probe, it holds something: give another path")
        try:
            _lock(file)
        except OSError:
            file.close()
            owner = content.decode("ascii").strip() or "unknown"
            raise LockedError(
                f"another run holds {self._path} (process {owner}): wait for it, or give another lock"
            ) from None
        if self._is_at_its_path(file):
            return file
        file.close()
        return None

    def _is_at_its_path(self, file: BinaryIO) -> bool:
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False


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
