"""The file in which output grows until it takes its place, and what a program that was killed left of one.

It lies beside its place as `.NAME.RANDOM.unfinished`. While it is written it is held: on POSIX systems by
flock, which the system releases when the process ends, however it ends; on Windows because an open file
cannot be removed. So whatever is there and not held is nobody's, and the next run removes it.
"""

from __future__ import annotations

import glob
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from probe import windows_paths
from probe.runs.private_files import open_private

_ENDING = ".unfinished"
_RANDOM = "?" * 8  # what mkstemp puts into a name


class UnfinishedFile:
    """A new file beside `place`, held and readable by the account alone; write into its `stream`."""

    def __init__(self, place: Path, *, private: bool) -> None:
        """Make it; with `private` it stays the account's own on Windows, too.

        Raises:
            OSError: it cannot be made.
        """
        self._place = place
        while True:
            handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.", suffix=_ENDING)
            self.path = Path(name)
            if private and sys.platform == "win32":
                # mkstemp gives it the access list of its folder.
                os.close(handle)
                self.path.unlink()
                handle = open_private(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_BINARY)
            self.stream: BinaryIO = os.fdopen(handle, "wb")
            if _hold(handle) and self.path.exists():
                return
            self.stream.close()  # a run that looked for what is left took it before it was held

    def take_place(self, mode: int) -> None:
        """Close it and put it in its place with these rights; a kill leaves the old content or all of this.

        Raises:
            OSError: it could not be written to its end, or what is there cannot be replaced.
        """
        with self._still_held():
            self.stream.close()
            self.path.chmod(mode)
            self.path.replace(self._place)

    def discard(self) -> None:
        """Close it and remove it, if it is still there."""
        with suppress(OSError):  # what it still held cannot be written; that was said when it was tried
            self.stream.close()
        self.path.unlink(missing_ok=True)

    @contextmanager
    def _still_held(self) -> Iterator[None]:
        """Hold it beyond the closing of its stream, which on some file systems is what finds a full disk."""
        held = None if sys.platform == "win32" or self.stream.closed else os.dup(self.stream.fileno())
        try:
            yield
        finally:
            if held is not None:
                os.close(held)


def remove_left(folder: Path, name: str = "*") -> None:
    """Remove what a program that was killed left unfinished of the file of this name, or of every file.

    What another program writes at this moment, or what may not be removed, stays.
    """
    kept = name if name == "*" else glob.escape(name)
    for path in windows_paths.for_this_system(folder).glob(f".{kept}.{_RANDOM}{_ENDING}"):
        with suppress(OSError):
            _remove_unless_held(path)


if sys.platform == "win32":

    def _hold(handle: int) -> bool:
        del handle
        return True

    def _remove_unless_held(path: Path) -> None:
        path.unlink()

else:
    import fcntl

    def _hold(handle: int) -> bool:
        """Hold an open file; False: another process does. True where the file system knows no locks."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True

    def _remove_unless_held(path: Path) -> None:
        # What others put there may be a FIFO, whose opening would wait, or a link.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            if stat.S_ISREG(os.fstat(handle).st_mode):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
        finally:
            os.close(handle)
