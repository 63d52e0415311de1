"""What the runs of a history said about the machine that made them, and what follows for their results."""

from __future__ import annotations

from datetime import datetime

from probe.runs.store.database import Database
from probe.runs.store.retention import stamp


class VantageNotes:
    """The notes in an open history file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set_aside(self, run: int) -> None:
        """Let the results of a run count for no partner: none is compared with them, none told of them."""
        with self._database.transaction():
            self._database.execute("UPDATE results SET unseen = 1 WHERE run = ?", run)
            self._database.execute("DELETE FROM waiting WHERE run = ?", run)

    def is_set_aside(self, run: int) -> bool:
        """Whether the results of a run count for no partner: all say more of the machine than of any."""
        if not self._database.has_column("results", "unseen"):
            return False
        rows = self._database.select("SELECT min(unseen) FROM results WHERE run = ?", run)
        return bool(rows[0][0])

    def note(self, run: int, said: str, *, at: datetime, waiting: bytes | None) -> None:
        """Note what a run says about its machine, and the alert of that if it is to be told."""
        with self._database.transaction():
            noted = self._database.execute(
                "UPDATE runs SET vantage = ?1 WHERE id = ?2 AND vantage IS NOT ?1", said, run
            ).rowcount
            if noted and waiting is not None:  # a run that is continued after this has told it
                wait(self._database, run, at, waiting)

    def before(self, run: int, label: str) -> str:
        """What the last run with this label that ended said about its machine; "" for nothing, or no run."""
        rows = self._database.select(
            "SELECT vantage FROM runs WHERE label = ? AND id < ? AND finished_at IS NOT NULL"
            " ORDER BY id DESC LIMIT 1",
            label,
            run,
        )
        return rows[0][0] or "" if rows else ""


def wait(database: Database, run: int, since: datetime, change: bytes) -> None:
    """Put a change among those that wait to be told."""
    database.execute("INSERT INTO waiting (run, since, change) VALUES (?, ?, ?)", run, stamp(since), change)
