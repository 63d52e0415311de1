"""The tables of the history file and how an older file becomes a newer one.

`user_version` counts the migrations that were applied; `application_id` tells our files from other SQLite
files, and a history, which is kept, from the state of one run, which is removed when the run is complete.
Each migration runs in one exclusive transaction, so that two programs that open an old file at once migrate
it once, and a kill in between leaves the old version whole.
"""

from __future__ import annotations

import sqlite3
from enum import Enum

from probe.errors import DataError


class FileKind(Enum):
    """What a file of ours is; the value is its `application_id`."""

    HISTORY = 0x70726F62
    STATE = 0x70726F73

    @property
    def words(self) -> str:
        """What it is called."""
        return "history file" if self is FileKind.HISTORY else "state file of a run"

    @property
    def option(self) -> str:
        """The option that takes its path."""
        return "--history" if self is FileKind.HISTORY else "--resume"

    @property
    def example(self) -> str:
        """A name for it in a folder."""
        return "history.sqlite" if self is FileKind.HISTORY else "run.state"


MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE runs (
            id INTEGER PRIMARY KEY,
            started_at TEXT NOT NULL,
            finished_at TEXT,
            label TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE results (
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            target TEXT NOT NULL,
            observed_at TEXT NOT NULL,
            outcome TEXT NOT NULL,
            digest TEXT NOT NULL,
            document BLOB NOT NULL,
            observation BLOB
        ) STRICT""",
        "CREATE INDEX results_by_target ON results (target, observed_at, id)",
        "CREATE INDEX results_by_run ON results (run)",
    ),
    # Changes that wait to be told, and which destination took which of them.
    (
        """CREATE TABLE waiting (
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            since TEXT NOT NULL,
            change BLOB NOT NULL
        ) STRICT""",
        """CREATE TABLE told (
            waiting INTEGER NOT NULL REFERENCES waiting (id) ON DELETE CASCADE,
            destination TEXT NOT NULL,
            PRIMARY KEY (waiting, destination)
        ) STRICT""",
    ),
    # What a run that is continued must be a run of: hashes of its list, its settings and each entry.
    (
        "ALTER TABLE runs ADD COLUMN partners TEXT",
        "ALTER TABLE runs ADD COLUMN settings TEXT",
        "ALTER TABLE results ADD COLUMN entry TEXT",
    ),
    # What a run said about the machine that made it, and which results say nothing about their partner.
    (
        "ALTER TABLE runs ADD COLUMN vantage TEXT",
        "ALTER TABLE results ADD COLUMN unseen INTEGER NOT NULL DEFAULT 0",
    ),
    # What the outcome does not tell: no lookup uses the relationship, or only a limit of the user is crossed.
    (
        "ALTER TABLE results ADD COLUMN standing TEXT",
        "UPDATE results SET standing = standing_of(outcome, document)",
    ),
)


def check(connection: sqlite3.Connection, path: str, kind: FileKind) -> None:
    """Refuse a file that cannot be read as one of this kind; an older version can.

    Raises:
        DataError: it is of another kind or program, has no tables, or is of a newer version.
    """
    version = _version(connection)
    _check_ours(connection, version, path, kind)
    if version == 0:
        raise DataError(f"{path} is empty, and no {kind.words}: give another path")


def prepare(connection: sqlite3.Connection, path: str, kind: FileKind) -> None:
    """Bring the file to the newest version.

    Raises:
        DataError: it is of another kind or program, or of a newer version.
    """
    if _version(connection) == len(MIGRATIONS) and _application(connection) == kind.value:
        return
    connection.execute("BEGIN EXCLUSIVE")
    try:
        version = _version(connection)
        _check_ours(connection, version, path, kind)
        for number in range(version, len(MIGRATIONS)):
            for statement in MIGRATIONS[number]:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {kind.value}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _check_ours(connection: sqlite3.Connection, version: int, path: str, kind: FileKind) -> None:
    tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    application = _application(connection)
    if application != kind.value and (application or version or tables):
        other = next((known for known in FileKind if known.value == application), None)
        what = f"a {other.words}" if other else "a database of another program"
        raise DataError(f"{path} is {what}, and no {kind.words}: give {kind.option} another path")
    if version > len(MIGRATIONS):
        raise DataError(
            f"{path} was written by a newer version of probe (history version {version}, this one knows "
            f"{len(MIGRATIONS)}): update this one, or give another path"
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _application(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA application_id").fetchone()[0])
