"""Files that are read and written: input with a limit, output that appears whole or not at all.

A report that replaced whatever stands at its path would turn `/dev/null` into a file, cut the reader of a
FIFO off, and put a file in the place of a symbolic link. So only regular files are replaced, links are
followed first, and a file that somebody made private stays private.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

from probe import windows_paths
from probe.errors import DataError, InputMissingError, OutputError
from probe.runs.private_files import FILE_MODE, make_private_folder

if TYPE_CHECKING:
    from probe.cli.unfinished_files import UnfinishedFile

MAXIMUM_INPUT_BYTES = 64 * 1024 * 1024


class OutputFile:
    """A file being written; a context manager. Without `commit` an older file is left as it was."""

    def __init__(self, path: Path, *, private: bool = False) -> None:
        """Open the path for writing; a new file that is to be `private` is the account's own.

        Raises:
            OutputError: it cannot be opened.
        """
        self._path = path
        self._unfinished: UnfinishedFile | None = None
        self._private = private
        self._mode = FILE_MODE if private else 0
        self._real = path
        _refuse_device(path)
        self._found = windows_paths.for_this_system(path)
        try:
            self._stream = self._opened()
        except OSError as refused:
            # Windows says of a folder that permission is denied.
            if self._found.is_dir():
                raise OutputError(f"cannot write {path}: it is a folder: give a file in it") from None
            raise OutputError(
                f"cannot write {path}: {refused.strerror}: choose another path or create the folder"
            ) from None

    def write(self, data: bytes) -> None:
        """Write and flush.

        Raises:
            OutputError: the disk is full, or the reader of a FIFO has gone.
        """
        try:
            self._stream.write(data)
            self._stream.flush()
        except OSError as refused:
            raise self._refusal(refused) from None

    def commit(self) -> None:
        """Close the file and put it in its place.

        Raises:
            OutputError: it cannot be put there.
        """
        try:
            if self._unfinished is None:
                self._stream.close()
            else:
                self._unfinished.take_place(self._mode)
        except OSError as refused:
            raise self._not_replaced(refused) from None
        self._unfinished = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._unfinished is not None:
            self._unfinished.discard()
            return
        try:
            self._stream.close()
        except OSError:
            pass  # what it still held cannot be written; that was said when it was tried

    def _opened(self) -> IO[bytes]:
        try:
            found = self._found.stat()
        except FileNotFoundError:
            self._mode = self._mode or 0o666 & ~_umask()
        else:
            if not stat.S_ISREG(found.st_mode):
                return self._found.open("wb", buffering=0)
            self._mode = stat.S_IMODE(found.st_mode) & 0o777
        self._real = _followed(self._found)
        from probe.cli.unfinished_files import UnfinishedFile  # most reports go to standard output

        self._unfinished = UnfinishedFile(self._real, private=self._private)
        return self._unfinished.stream

    def _not_replaced(self, refused: OSError) -> OutputError:
        """The error for a file that cannot be replaced; what was written stays, under a name beside it."""
        beside = _free_name(self._real)
        if self._unfinished is None or not self._unfinished.path.exists() or beside is None:
            return self._refusal(refused)
        try:
            self._unfinished.path.replace(beside)
        except OSError:
            return self._refusal(refused)
        self._unfinished = None
        return OutputError(
            f"cannot replace {self._path}: {refused.strerror}: what was written is in {beside}; close the "
            "program that has the file open, or choose another path"
        )

    def _refusal(self, refused: OSError) -> OutputError:
        return OutputError(f"cannot write {self._path}: {refused.strerror}: choose another path")


def _free_name(path: Path) -> Path | None:
    """A name beside `path` that nothing has: `report-2.csv` for `report.csv`; None if all are taken."""
    names = (path.with_stem(f"{path.stem}-{number}") for number in range(2, 100))
    return next((name for name in names if not name.exists()), None)


def _followed(path: Path) -> Path:
    """What a link at the path leads to; the path itself where there is none."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _umask() -> int:
    """The process's own: mkstemp makes a file private, and a report is for whoever may read its folder."""
    umask = os.umask(0)
    os.umask(umask)
    return umask


def _refuse_device(path: Path) -> None:
    if sys.platform == "win32":
        device = windows_paths.device_of(str(path))
        if device is not None:
            raise OutputError(
                f"cannot write {path}: Windows takes {device} for a device: choose another name"
            )


def write_atomically(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file so that readers see the old content or the new, never a part; a device or FIFO is written.

    A new file that is to be `private` is the account's own, another one has the rights that its files have.

    Raises:
        OutputError: it cannot be written.
    """
    with OutputFile(path, private=private) as file:
        file.write(data)
        file.commit()


def check_writable(path: Path) -> None:
    """Find out now whether a file can be written there; nothing is left behind, of earlier runs neither.

    Raises:
        OutputError: it cannot.
    """
    path = windows_paths.for_this_system(path)
    if not path.exists() or path.is_file() or path.is_dir():  # to open a FIFO waits for its reader
        with OutputFile(path):
            pass
        from probe.cli.unfinished_files import remove_left

        place = _followed(path)
        remove_left(place.parent, place.name)


def make_folder(path: Path, *, private: bool = False) -> None:
    """Create a folder and its parents; a new one that is to be `private` is the account's own.

    Raises:
        OutputError: it cannot be created.
    """
    _refuse_device(path)
    folder = windows_paths.for_this_system(path)
    try:
        if private:
            make_private_folder(folder)
        else:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise OutputError(f"cannot create the folder {path}: {refused.strerror}: choose another") from None


def read_input(path: str) -> bytes:
    """The bytes of a file, or of standard input for `-`; at most 64 MiB.

    Raises:
        InputMissingError: it does not exist, or cannot be read.
        DataError: it is larger.
    """
    try:
        if path == "-":
            data = sys.stdin.buffer.read(MAXIMUM_INPUT_BYTES + 1)
        else:
            with windows_paths.for_this_system(path).open("rb") as stream:
                data = stream.read(MAXIMUM_INPUT_BYTES + 1)
    except OSError as refused:
        raise InputMissingError(f"cannot read {path}: {refused.strerror}: give an existing file") from None
    if len(data) > MAXIMUM_INPUT_BYTES:
        name = "standard input" if path == "-" else path
        raise DataError(f"{name} is larger than 64 MiB: give a smaller file")
    return data
