"""How much history stays, and the removal of the rest.

Results go few at a time, each few in a transaction of their own, so that a run that writes at the same moment
waits for none of it long; a kill in between leaves a history that is whole and has some more.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from probe.errors import UsageError
from probe.facts.target import target_key
from probe.runs.store.database import Database

REMOVED_AT_A_TIME = 500
_LONGEST_WAIT = timedelta(days=30)
_RETENTION = re.compile(r"(?P<number>\d{1,6})(?P<unit>[dwmy]?)\Z")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


class Retention(Struct, frozen=True):
    """What is kept: results younger than `age`, or the last `count` of each target. None: all."""

    age: timedelta | None = None
    count: int | None = None


def parse_retention(text: str) -> Retention:
    """The retention that `400d`, `52w`, `18m`, `2y` (age) or `1000` (results of each target) names.

    Raises:
        UsageError: it is none of these.
    """
    match = _RETENTION.match(text.strip())
    if match is None or int(match["number"]) == 0:
        raise UsageError(f"{text!r} says not what to keep: give an age (400d) or results per target (1000)")
    if match["unit"]:
        return Retention(age=timedelta(days=int(match["number"]) * _DAYS[match["unit"]]))
    return Retention(count=int(match["number"]))


def prune(database: Database, retention: Retention, now: datetime, *, target: str | None = None) -> int:
    """Remove what is not kept any more, of one target or of all; returns how many results went.

    The last of a target stays.

    Raises:
        OutputError, DataError: the file cannot be used, or is damaged.
    """
    one = None if target is None else target_key(target)
    removed = 0
    if retention.age is not None:
        removed += _remove(
            database,
            "SELECT id FROM results WHERE observed_at < ?1 AND (?2 IS NULL OR target = ?2)"
            " AND id NOT IN (SELECT max(id) FROM results GROUP BY target)",
            stamp(now - retention.age),
            one,
        )
    if retention.count is not None:
        removed += _remove(
            database,
            "SELECT id FROM (SELECT id, target, row_number() OVER"
            " (PARTITION BY target ORDER BY observed_at DESC, id DESC) AS place FROM results)"
            " WHERE place > ?1 AND (?2 IS NULL OR target = ?2)",
            retention.count,
            one,
        )
    # A destination that nobody names any more will never take what waits for it.
    database.execute("DELETE FROM waiting WHERE since < ?", stamp(now - _LONGEST_WAIT))
    database.execute(
        "DELETE FROM runs WHERE finished_at IS NOT NULL AND id NOT IN (SELECT run FROM results)"
        " AND id NOT IN (SELECT run FROM waiting)"
    )
    return removed


def stamp(moment: datetime) -> str:
    """A time as the history has it: RFC 3339 in UTC, which sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _remove(database: Database, query: str, *values: object) -> int:
    """Remove the results that a query names; returns how many."""
    numbers = sorted(number for (number,) in database.select(query, *values))
    for start in range(0, len(numbers), REMOVED_AT_A_TIME):
        with database.transaction():
            for number in numbers[start : start + REMOVED_AT_A_TIME]:
                database.execute("DELETE FROM results WHERE id = ?", number)
    return len(numbers)
