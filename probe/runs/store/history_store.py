"""The history file: every observation and what was concluded from it, in one SQLite file.

One transaction a result: two runs may write at once, and a kill at any moment loses at most the result that
was being written. Times are stored as RFC 3339 in UTC, so that they sort as text; documents and records
compressed. The unfinished run of a history is what `--resume` continues (`probe.runs.store.resumption`);
where no history is kept, the state of a run is a file of the same form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from probe.errors import DataError
from probe.facts import record
from probe.facts.observation import Observation
from probe.facts.target import target_key
from probe.report import summary
from probe.report.comparable import digest
from probe.report.document import ResultDocument
from probe.runs.attempts import Checked
from probe.runs.store.database import Database
from probe.runs.store.history_row import HistoryRow, Outcomes
from probe.runs.store.history_schema import FileKind
from probe.runs.store.packing import packed, unpacked
from probe.runs.store.results import read_document, write_document
from probe.runs.store.retention import Retention, prune, stamp
from probe.runs.store.vantage_notes import VantageNotes, wait

_SHOWN = 40


class History:
    """An open history file; a context manager. To be used from the thread that opened it.

    `vantage` has what its runs said about the machine that made them.
    """

    def __init__(
        self, path: str | Path, *, kind: FileKind = FileKind.HISTORY, read_only: bool = False
    ) -> None:
        """Open the file, or begin it where it is to be written; what is only read is never written.

        Raises:
            InputMissingError: there is none, and none is to be begun.
            DataError: the file is no history, damaged, empty where it is to be read, or of a newer version.
            OutputError: it cannot be opened for writing.
        """
        self._path = str(path)
        self._kind = kind
        self._database = Database(path, kind, read_only=read_only)
        self.vantage = VantageNotes(self._database)
        self._select = self._database.select
        self._execute = self._database.execute
        kept = self._database.has_column("results", "standing")
        self._standing = "standing" if kept else "standing_of(outcome, document)"

    def begin_run(
        self, label: str, at: datetime, *, partners: str | None = None, settings: str | None = None
    ) -> int:
        """Note that a run began; returns its number. With hashes of list and settings it can be continued."""
        cursor = self._execute(
            "INSERT INTO runs (started_at, label, partners, settings) VALUES (?, ?, ?, ?)",
            stamp(at),
            label,
            partners,
            settings,
        )
        return int(cursor.lastrowid or 0)

    def unfinished(self, label: str) -> tuple[int, str, str] | None:
        """(number, hash of list, hash of settings) of the last run, if it can be continued.

        In the state of a run there is only one, whatever the list is called now.
        """
        rows = self._select(
            "SELECT id, partners, settings, finished_at FROM runs WHERE label = ?1 OR ?2"
            " ORDER BY id DESC LIMIT 1",
            label,
            self._kind is FileKind.STATE,
        )
        for run, partners, settings, ended in rows:
            if ended is None and partners is not None and settings is not None:
                return run, partners, settings
        return None

    def answered(self, run: int) -> dict[str, int]:
        """How often each entry, by its hash, was answered in a run."""
        rows = self._select(
            "SELECT entry, count(*) FROM results WHERE run = ? AND entry IS NOT NULL GROUP BY entry", run
        )
        return dict(rows)

    def end_run(self, run: int, at: datetime) -> None:
        """Note that a run ended by itself. A run that was killed has no end."""
        self._execute("UPDATE runs SET finished_at = ? WHERE id = ?", stamp(at), run)

    def add(
        self, run: int, checked: Checked, *, waiting: bytes | None = None, entry: str | None = None
    ) -> int:
        """Keep one result, and its change that waits to be told; returns the result's number.

        `entry` is the hash of the entry that it answers, in a run that can be continued.

        When this returns, a kill loses neither.

        Raises:
            OutputError: the file cannot be written.
        """
        if waiting is None:
            return self._add(run, checked, entry)
        with self._database.transaction():
            wait(self._database, run, checked.document.observed_at, waiting)
            return self._add(run, checked, entry)

    def waiting(self, label: str, destination: str) -> list[tuple[int, bytes]]:
        """(number, change) of what runs with this label have not yet told this destination, oldest first."""
        return [
            (number, change)
            for number, change in self._select(
                "SELECT id, change FROM waiting WHERE run IN (SELECT id FROM runs WHERE label = ?)"
                " AND id NOT IN (SELECT waiting FROM told WHERE destination = ?) ORDER BY id",
                label,
                destination,
            )
        ]

    def note_told(self, numbers: Iterable[int], destination: str) -> None:
        """Note that a destination took these changes."""
        with self._database.transaction():
            for number in numbers:
                # OR IGNORE: another run may have told it at the same time.
                self._execute(
                    "INSERT OR IGNORE INTO told (waiting, destination)"
                    " SELECT id, ? FROM waiting WHERE id = ?",
                    destination,
                    number,
                )

    def forget_told(self, label: str, destinations: Sequence[str]) -> None:
        """Remove the changes of runs with this label that each of these destinations took."""
        with self._database.transaction():
            every = self._select(
                "SELECT id FROM waiting WHERE run IN (SELECT id FROM runs WHERE label = ?)", label
            )
            still = {number for name in destinations for number, _ in self.waiting(label, name)}
            for (number,) in every:
                if number not in still:
                    self._execute("DELETE FROM waiting WHERE id = ?", number)

    def targets(self) -> tuple[str, ...]:
        """Every target that has a result, in the order of the alphabet."""
        return tuple(row[0] for row in self._select("SELECT DISTINCT target FROM results ORDER BY target"))

    def latest(self) -> Iterator[HistoryRow]:
        """The last result of each target."""
        yield from self._rows(
            "WHERE id = (SELECT id FROM results AS other WHERE other.target = results.target"
            " ORDER BY observed_at DESC, id DESC LIMIT 1) ORDER BY target"
        )

    def of_target(
        self, target: str, *, limit: int | None = None, changes_only: bool = False
    ) -> tuple[HistoryRow, ...]:
        """The results of a target, newest first; `changes_only` leaves out what equals the one before."""
        rows = tuple(self._rows("WHERE target = ? ORDER BY observed_at DESC, id DESC", target_key(target)))
        if changes_only:
            older = (*rows[1:], None)
            rows = tuple(
                row
                for row, before in zip(rows, older, strict=True)
                if before is None or row.digest != before.digest
            )
        return rows if limit is None else rows[:limit]

    def previous(self, target: str, *, before: int | None = None) -> HistoryRow | None:
        """The newest result of a target, or the newest before result number `before`.

        Those that say nothing about the partner, because the machine had no way out, are passed over.
        """
        rows = self._rows(
            "WHERE target = ? AND id < ? AND NOT unseen ORDER BY observed_at DESC, id DESC LIMIT 1",
            target_key(target),
            before if before is not None else 2**62,
        )
        return next(iter(rows), None)

    def since(self, target: str) -> datetime | None:
        """When the outcome of a target's last result was first seen, without another one after it."""
        key = target_key(target)
        rows = self._select(
            "WITH seen AS (SELECT id, observed_at, outcome FROM results WHERE target = ?1 AND NOT unseen)"
            " SELECT min(observed_at) FROM seen WHERE observed_at > coalesce((SELECT max(observed_at) FROM"
            " seen WHERE outcome <> (SELECT outcome FROM seen ORDER BY observed_at DESC, id DESC LIMIT 1)),"
            " '')",
            key,
        )
        return None if rows[0][0] is None else _moment(rows[0][0])

    def of_run(self, run: int) -> Iterator[HistoryRow]:
        """The results of one run, in the order in which they were written."""
        yield from self._rows("WHERE run = ? ORDER BY id", run)

    def numbers_of_run(self, run: int) -> tuple[int, ...]:
        """The results of one run, in the order in which they were written."""
        return tuple(row.number for row in self.of_run(run))

    def changed_between(self, old: int, new: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """(results of run `old`, of run `new`) of the targets at which the last results of the two differ.

        Their digests are compared, so that no document is read for a target at which nothing changed.
        """
        last = "(SELECT target, max(id) AS id FROM results WHERE run = ? GROUP BY target)"
        pairs = self._select(
            f"SELECT o.id, n.id FROM {last} AS n LEFT JOIN {last} AS o USING (target)"  # noqa: S608  # constants
            " JOIN results AS rn ON rn.id = n.id LEFT JOIN results AS ro ON ro.id = o.id"
            " WHERE ro.digest IS NOT rn.digest"
            f" UNION ALL SELECT id, NULL FROM {last} WHERE target NOT IN"
            " (SELECT target FROM results WHERE run = ?)",
            new,
            old,
            old,
            new,
        )
        before, after = ({pair[side] for pair in pairs if pair[side] is not None} for side in (0, 1))
        return tuple(sorted(before)), tuple(sorted(after))

    def runs(self, *, limit: int = 100) -> tuple[tuple[int, datetime, datetime | None, str], ...]:
        """(number, begun, ended or None, label) of the last runs, newest first."""
        rows = self._select(
            "SELECT id, started_at, finished_at, label FROM runs ORDER BY id DESC LIMIT ?", limit
        )
        return tuple(
            (run, _moment(begun), None if ended is None else _moment(ended), label)
            for run, begun, ended, label in rows
        )

    def document(self, number: int) -> ResultDocument:
        """The document of a result.

        Raises:
            DataError: there is no such result, or it is damaged.
        """
        return read_document(self._blob("document", number), f"{self._path}, result {number}")

    def observation(self, number: int) -> Observation | None:
        """The observation of a result, or None where it was not kept.

        Raises:
            DataError: there is no such result, or it is damaged.
        """
        data = self._blob("observation", number)
        return record.loads(data) if data else None

    def prune(self, retention: Retention, now: datetime, *, target: str | None = None) -> int:
        """Remove what is not kept any more, of one target or of all; returns how many results went.

        The last of a target stays.
        """
        return prune(self._database, retention, now, target=target)

    def outcomes(self, targets: Iterable[str]) -> Outcomes:
        """When each target was checked and with which outcome, oldest first, the last 40 runs."""
        return {
            target: tuple((row.observed_at, row.counted_as) for row in reversed(rows))
            for target in targets
            if (rows := self.of_target(target, limit=_SHOWN))
        }

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def remove(self) -> None:
        """Close the file and remove it: the state of a run that is complete."""
        self._database.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _add(self, run: int, checked: Checked, entry: str | None) -> int:
        document = checked.document
        observation = checked.observation
        return int(
            self._execute(
                "INSERT INTO results"
                " (run, target, observed_at, outcome, digest, document, observation, entry, unseen, standing)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                run,
                target_key(document.target.input),
                stamp(document.observed_at),
                document.outcome,
                digest(document),
                packed(write_document(document)),
                None if observation is None else packed(record.dumps(observation)),
                entry,
                summary.vantage_state(document) is not None,
                summary.standing(document),
            ).lastrowid
            or 0
        )

    def _rows(self, condition: str, *values: object) -> Iterator[HistoryRow]:
        columns = f"id, run, target, observed_at, outcome, digest, {self._standing}"
        query = f"SELECT {columns} FROM results {condition}"  # noqa: S608  # constants
        for number, run, target, observed_at, outcome, value, standing in self._select(query, *values):
            yield HistoryRow(number, run, target, _moment(observed_at), outcome, value, standing)

    def _blob(self, column: str, number: int) -> bytes:
        query = f"SELECT {column} FROM results WHERE id = ?"  # noqa: S608  # a constant
        rows = self._select(query, number)
        if not rows:
            raise DataError(f"{self._path} has no result {number}: probe history lists them")
        if rows[0][0] is None:
            return b""
        try:
            return unpacked(rows[0][0])
        except ValueError as damaged:
            raise DataError(f"{self._path}: result {number} is damaged ({damaged})") from None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
