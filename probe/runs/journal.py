"""The state of a run on disk, so that a broken one is continued instead of begun again.

An append-only file of lines: a head that says which run it belongs to, then one line for each finished
target. A line that was being written when the run broke has no newline and is cut off. When every target is
answered the file is removed: the next run begins anew.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

from probe.errors import DataError, OutputError
from probe.report.document import ResultDocument
from probe.report.json import encoded
from probe.runs.partners import PartnerEntry

SCHEMA = "probe.journal/1"


class _Head(msgspec.Struct, frozen=True):
    schema: str
    run: str


class _Line(msgspec.Struct, frozen=True):
    key: str
    document: ResultDocument


_HEAD = msgspec.json.Decoder(_Head)
_LINE = msgspec.json.Decoder(_Line)


def run_fingerprint(*parts: str) -> str:
    """A hash of everything that the results of a run depend on, such as trust and callers."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


class Journal:
    """An open state file; a context manager. Not for two runs at once: take a `RunLock` beside it."""

    def __init__(self, path: str | Path, run: str) -> None:
        """Open or begin the state of the run with this fingerprint.

        Raises:
            DataError: the file is no journal, damaged in the middle, or of another run.
            OutputError: it cannot be written.
        """
        self._path = Path(path)
        self._run = run
        try:
            self._file: BinaryIO = self._path.open("a+b")
        except OSError as wrong:
            raise OutputError(f"the state file {path} cannot be opened ({wrong.strerror})") from None
        try:
            self._repair()
            self._keys = Counter(line.key for line in self._lines())
        except BaseException:
            self._file.close()
            raise

    @property
    def finished(self) -> int:
        """How many targets were answered before this run began."""
        return self._keys.total()

    def replay(self) -> Iterator[ResultDocument]:
        """The documents of the targets that were already answered, read one by one."""
        # A list that got shorter since leaves lines that nobody asks for; all that was answered is shown.
        return (line.document for line in self._lines(limit=self.finished))

    def remaining(self, entries: Iterable[PartnerEntry]) -> Iterator[PartnerEntry]:
        """The entries that are not answered yet; the same entry twice is answered twice."""
        left = self._keys.copy()
        for entry in entries:
            key = entry_key(entry)
            if left[key]:
                left[key] -= 1
            else:
                yield entry

    def add(self, entry: PartnerEntry, document: ResultDocument) -> None:
        """Note that this entry is answered. On return the line has left this process.

        Raises:
            OutputError: the disk refuses it.
        """
        try:
            self._file.write(encoded(_Line(entry_key(entry), document)) + b"\n")
            self._file.flush()
        except OSError as wrong:
            raise OutputError(f"the state file {self._path} cannot be written ({wrong.strerror})") from None

    def complete(self) -> None:
        """Every target is answered: remove the file."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; it stays for the next run."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _repair(self) -> None:
        """Cut off a torn last line; write the head of a new file; refuse a foreign one."""
        self._file.seek(0)
        end = 0
        for line in self._file:
            if line.endswith(b"\n"):
                end += len(line)
        self._file.truncate(end)
        if end == 0:
            self._file.write(encoded(_Head(SCHEMA, self._run)) + b"\n")
            self._file.flush()
            return
        self._file.seek(0)
        try:
            head = _HEAD.decode(self._file.readline())
        except (msgspec.DecodeError, ValueError):
            head = _Head("", "")
        if head.schema != SCHEMA:
            raise DataError(f"{self._path} is no state file of a run: give --resume another path")
        if head.run != self._run:
            raise DataError(
                f"{self._path} belongs to a run with another list or other settings: "
                "finish that run, or remove the file to begin anew"
            )

    def _lines(self, limit: int | None = None) -> Iterator[_Line]:
        with self._path.open("rb") as file:
            file.readline()
            for number, line in enumerate(file, 2):
                if limit is not None and number - 1 > limit:
                    return
                try:
                    yield _LINE.decode(line)
                except (msgspec.DecodeError, ValueError, RecursionError) as wrong:
                    raise DataError(
                        f"{self._path}, line {number}: the state is damaged ({wrong}): "
                        "remove the file to begin anew"
                    ) from None


def entry_key(entry: PartnerEntry) -> str:
    """A hash of everything the entry says, but not of where it stands in the list."""
    fields = {name: getattr(entry, name) for name in PartnerEntry.__slots__ if name != "source"}
    return hashlib.sha256(encoded(fields)).hexdigest()[:32]
