"""What changed at one target between two of its results, also as bytes while it waits to be told."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from probe.errors import DataError
from probe.report.changes import Change
from probe.report.json import encoded


class TargetChange(Struct, frozen=True):
    """What changed at a target since its last result in the history."""

    target: str
    before: str
    after: str
    observed_at: datetime
    changes: tuple[Change, ...]

    @property
    def verdict_flipped(self) -> bool:
        """Whether the outcome of the target is another one than before."""
        return self.before != self.after


def dumps(change: TargetChange) -> bytes:
    """The change as JSON, whatever characters a partner sent."""
    return encoded(change)


def loads(data: bytes) -> TargetChange:
    """The change of `dumps`.

    Raises:
        DataError: these bytes are none.
    """
    try:
        return msgspec.json.decode(data, type=TargetChange)
    except (msgspec.MsgspecError, UnicodeDecodeError) as damaged:
        raise DataError(f"a change that waits to be told is damaged ({damaged})") from None
