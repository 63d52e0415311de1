"""The tables of the history file and how an older file becomes a newer one.

`user_version` counts the migrations that were applied; `application_id` tells our files from other SQLite
files. Each migration runs in one exclusive transaction, so that two programs that open an old file at once
migrate it once, and a kill in between leaves the old version whole.
"""

from __future__ import annotations

import sqlite3

from probe.errors import DataError

APPLICATION_ID = 0x70726F62

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
)


def prepare(connection: sqlite3.Connection, path: str) -> None:
    """Bring the file to the newest version.

    Raises:
        DataError: it is no history file, or of a newer version.
    """
    if _version(connection) == len(MIGRATIONS) and _application(connection) == APPLICATION_ID:
        return
    connection.execute("BEGIN EXCLUSIVE")
    try:
        version = _version(connection)
        _check_ours(connection, version, path)
        for number in range(version, len(MIGRATIONS)):
            for statement in MIGRATIONS[number]:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _check_ours(connection: sqlite3.Connection, version: int, path: str) -> None:
    tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    application = _application(connection)
    if application != APPLICATION_ID and (application or version or tables):
        raise DataError(f"{path} is a database of another program: give --history another path")
    if version > len(MIGRATIONS):
        raise DataError(
            f"{path} was written by a newer version of probe (history version {version}, this one knows "
            f"{len(MIGRATIONS)}): update this one, or give another path"
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _application(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA application_id").fetchone()[0])
