"""A log file that never fills a disk: each run appends to it, and old parts are rotated away."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from probe import windows_paths
from probe.errors import DataError, OutputError
from probe.escaping import one_line
from probe.report.summary import counted
from probe.runs.private_files import open_private

_LINE = re.compile(rb"\d{4}-\d\d-\d\dT")
_LONGEST_TIME = 24
MAXIMUM_BYTES = 5 * 1024 * 1024
KEPT_PARTS = 5


class _Handler(RotatingFileHandler):
    """Rotates as `rotate` does, keeps each part private, and remembers what could not be written."""

    def __init__(self, path: str | Path, *, maximum_bytes: int, kept: int) -> None:
        self.lost: list[BaseException | None] = []
        path = windows_paths.for_this_system(path)
        super().__init__(path, maxBytes=maximum_bytes, backupCount=kept, encoding="utf-8")

    def doRollover(self) -> None:  # noqa: N802  # logging's name
        if self.stream is not None:
            self.stream.close()
        rotate(Path(self.baseFilename), self.backupCount)
        self.stream = self._open()

    def _open(self) -> TextIOWrapper:
        # A part that is begun after a full one is private too.
        stream = open(self.baseFilename, "a", encoding="utf-8", opener=open_private)  # noqa: SIM115
        return stream

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        del record
        self.lost.append(sys.exception())


@contextmanager
def log_file(
    path: str | Path, *, maximum_bytes: int = MAXIMUM_BYTES, kept: int = KEPT_PARTS
) -> Iterator[Callable[[str], None]]:
    """A function that appends a line with the time (UTC) and process number to the file.

    A full file becomes `path.1`, that one `path.2`, and so on; `kept` old ones stay. What a partner
    sent is made visible and stays on its line, so that nobody can forge one.

    Raises:
        DataError: the file holds something else, which would be added to, and rotated away.
        OutputError: the file cannot be opened; or, after the block, lines could not be written.
    """
    _refuse_other(windows_paths.for_this_system(path))
    try:
        handler = _Handler(path, maximum_bytes=maximum_bytes, kept=kept)
    except OSError as wrong:
        raise OutputError(f"the log file {path} cannot be written ({wrong.strerror})") from None
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(process)d %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)

    def write(line: str) -> None:
        handler.handle(logging.LogRecord("probe", logging.INFO, "", 0, one_line(line, 4000), None, None))

    try:
        yield write
    finally:
        with suppress(OSError):  # what it still held was counted when it was written
            handler.close()
    if handler.lost:
        why = getattr(handler.lost[0], "strerror", None) or handler.lost[0]
        missing = counted(len(handler.lost), "line")
        raise OutputError(f"the log file {path} could not be written ({why}): {missing} of it missing")


def _refuse_other(path: Path) -> None:
    """Refuse a file whose first line is none of a log of probe; what is not there, or empty, begins one."""
    if not path.is_file():
        return
    try:
        with path.open("rb") as file:
            beginning = file.read(_LONGEST_TIME)
    except OSError:
        return  # appending will say what is wrong
    if beginning and _LINE.match(beginning) is None:
        raise DataError(f"{path} is no log of probe, it holds something: give another path")


def rotate(path: Path, kept: int) -> None:
    """Make `path` its first old part, and each part the next one; `kept` stay.

    A file that another process has open cannot be moved on Windows: then the log stays as it is and grows
    until that process has ended.
    """
    full = path.with_name(f"{path.name}.0")
    try:
        path.replace(full)
    except OSError:
        return
    parts = [full, *(path.with_name(f"{path.name}.{number}") for number in range(1, kept + 1))]
    try:
        for number in range(kept, 0, -1):
            if parts[number - 1].exists():
                parts[number - 1].replace(parts[number])
    except OSError:
        full.replace(path)
