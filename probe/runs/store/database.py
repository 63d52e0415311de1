"""An SQLite file of ours, opened to be written or only read: a history, or the state of a run.

Write-ahead logging, a busy timeout and one transaction a statement: two runs may write at once, and a kill at
any moment loses at most the statement that was being executed. What is only read is never written: not the
file, and nothing beside it.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from probe import windows_paths
from probe.errors import DataError, InputMissingError, OutputError
from probe.runs.private_files import begin_private
from probe.runs.store.history_schema import FileKind, check, prepare
from probe.runs.store.packing import standing_of

# Two runs at once write some milliseconds each; whoever waits this long waits for something broken.
_BUSY_SECONDS = 30.0
_MAGIC = b"SQLite format 3\0"

_Value = TypeVar("_Value")


class Database:
    """An open file. To be used from the thread that opened it."""

    def __init__(self, path: str | Path, kind: FileKind, *, read_only: bool = False) -> None:
        """Open the file; one that is to be written is begun where there is none.

        Raises:
            InputMissingError: it is to be read and does not exist.
            DataError: the file is not of this kind, damaged, empty where it is to be read, or of a newer
                version.
            OutputError: it cannot be opened for writing.
        """
        self._path = windows_paths.for_this_system(path)
        self._kind = kind
        self._look(read_only=read_only)
        self._connection = self._guarded(self._reading if read_only else self._writing)
        self._connection.create_function("standing_of", 2, standing_of, deterministic=True)
        try:
            if read_only:
                self._guarded(lambda: check(self._connection, str(path), kind))
            else:
                self._guarded(self._prepare)
        except BaseException:
            self._connection.close()
            raise

    def select(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query.

        Raises:
            OutputError, DataError: the file cannot be used, or is damaged.
        """
        parameters: Any = values
        return self._guarded(lambda: self._connection.execute(statement, parameters).fetchall())

    def has_column(self, table: str, column: str) -> bool:
        """Whether it is there: a file of an older version that is only read stays as it is."""
        return bool(self.select("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", table, column))

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Execute a statement; when this returns, a kill does not lose what it wrote.

        Raises:
            OutputError, DataError: the file cannot be used (the disk is full), or is damaged.
        """
        parameters: Any = values
        return self._guarded(lambda: self._connection.execute(statement, parameters))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements of the block, or none of them."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # a full disk has rolled back already
                self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def remove(self) -> None:
        """Close the file and remove it, with what SQLite keeps beside it."""
        self.close()
        for ending in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)

    def _look(self, *, read_only: bool) -> None:
        """Refuse what is no file of ours before SQLite touches it."""
        unusable = InputMissingError if read_only else OutputError
        what, option = self._kind.words, self._kind.option
        if self._path.is_dir():
            example = self._path / self._kind.example
            raise unusable(f"{self._path} is a folder: give {option} a file, such as {example}")
        if self._path.exists() and not self._path.is_file():  # to open a FIFO waits for its writer
            raise unusable(f"{self._path} is no file, but a device or a FIFO: give {option} a file")
        try:
            with self._path.open("rb") as file:
                beginning = file.read(len(_MAGIC))
        except FileNotFoundError:
            if read_only:
                raise InputMissingError(
                    f"there is no {what} {self._path}: a run with {option} {self._path} begins one"
                ) from None
            return
        except OSError as refused:
            # Windows' C library says the same of a file that another program keeps to itself.
            kept = sys.platform == "win32" and isinstance(refused, PermissionError)
            advice = (
                "end the program that has it open, or check the rights" if kept else "check path and rights"
            )
            raise unusable(f"{self._path} cannot be opened ({refused.strerror}): {advice}") from None
        if beginning == b"" and read_only:
            raise DataError(f"{self._path} is empty, and no {what}: give another path")
        if beginning not in (b"", _MAGIC):
            raise DataError(f"{self._path} is no {what}: give {option} another path")

    def _writing(self) -> sqlite3.Connection:
        try:
            begin_private(self._path)  # SQLite gives what it keeps beside the file the same rights
        except OSError as refused:
            raise OutputError(
                f"the {self._kind.words} {self._path} cannot be used ({refused.strerror}): check the path"
            ) from None
        return sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)

    def _reading(self) -> sqlite3.Connection:
        """A connection that writes nothing.

        Where no write-ahead log lies beside the file, nobody has it open, and SQLite need not put its own
        files there (`immutable`, https://sqlite.org/uri.html): a read-only folder will do.
        """
        log = self._path.with_name(self._path.name + "-wal")
        quiet = "" if log.exists() and log.stat().st_size else "&immutable=1"
        # Not as_uri(): a share or a long path of Windows would become the authority of the URI.
        address = f"file:{quote(str(self._path.absolute()))}?mode=ro{quiet}"
        return sqlite3.connect(address, timeout=_BUSY_SECONDS, isolation_level=None, uri=True)

    def _prepare(self) -> None:
        self._connection.execute(f"PRAGMA busy_timeout = {int(_BUSY_SECONDS * 1000)}")
        prepare(self._connection, str(self._path), self._kind)
        self._connection.execute("PRAGMA journal_mode = WAL")
        # In write-ahead mode NORMAL keeps the file whole through a kill or a power cut.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")

    def _guarded(self, action: Callable[[], _Value]) -> _Value:
        """Do it, with SQLite's errors as ours."""
        try:
            return action()
        except sqlite3.OperationalError as wrong:
            what = f"the {self._kind.words} {self._path} cannot be used ({wrong})"
            if wrong.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise OutputError(
                    f"{what}: another program has held it for {_BUSY_SECONDS:g} s; wait until it has "
                    f"ended, or give {self._kind.option} another file"
                ) from None
            raise OutputError(f"{what}: check path, rights and disk") from None
        except sqlite3.DatabaseError as wrong:
            raise DataError(
                f"{self._path} is no {self._kind.words}, or damaged ({wrong}): give another path"
            ) from None
