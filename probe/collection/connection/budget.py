"""How much a partner may send before it is left: bytes, TLS records and steps of reading.

A time limit alone is not enough: a partner that never lets the socket run dry costs CPU for all of it. Each
part of a connection has its budget, and what all connections of one target take together is bounded too:
a partner with eight addresses would otherwise have everything eight times.
Nothing here says what the flood means; .NET would read on until its own time is over.
"""

from __future__ import annotations

import asyncio

from probe.collection.settings import Limits

_UNLIMITED = 1 << 62
_MORE_THAN_A_TARGET = "more parts than all answers of a partner can need"
# Steps after which the event loop gets its turn: some milliseconds of work.
_STEPS_A_TURN = 64
# What TLS adds to an answer: tickets, and for each record its header, nonce, tag and padding.
_TLS_OVERHEAD = 65_536
_SMALLEST_BODY = 32_768
_BYTES_A_PART = 1024  # of a body that is longer than answers are: less than a segment of TCP


class TargetBudget:
    """What is left of the records and steps of all connections of one target."""

    __slots__ = ("_left",)

    def __init__(self, parts: int) -> None:
        self._left = parts

    def take(self, parts: int) -> bool:
        """Take so many; False when there are not so many left."""
        self._left -= parts
        return self._left >= 0


class KeptBodies:
    """The bodies of all answers of one target, and what room is left for those that differ."""

    __slots__ = ("_bodies", "_room")

    def __init__(self, room: int = _UNLIMITED) -> None:
        self._room = room
        self._bodies: dict[bytes, bytes] = {}

    def limit(self, limit: int) -> int:
        """How many bytes of the next body are read: `limit`, or less when others have taken the room."""
        return min(limit, max(self._room, _SMALLEST_BODY))

    def keep(self, body: bytes) -> bytes:
        """The same bytes, as one object for all answers that are alike: those take room once."""
        if self._room == _UNLIMITED:
            return body
        known = self._bodies.setdefault(body, body)
        if known is body:
            self._room = max(self._room - len(body), 0)
        return known


class DownloadsBudget(TargetBudget):
    """The same for what certificates point at, whose bodies have limits of their own: CRLs are megabytes."""

    __slots__ = ("_target",)

    def __init__(self, target: TargetBudget) -> None:
        super().__init__(_UNLIMITED)
        self._target = target

    def take(self, parts: int) -> bool:
        """Take so many of the target's; False when there are not so many left."""
        return self._target.take(parts)


_ALONE = TargetBudget(_UNLIMITED)
_NOT_KEPT = KeptBodies()


class Budget:
    """What is left of the current part of a connection. Without a part begun, nothing is limited.

    `target` and `bodies` are what the connection shares with the others of its target.
    """

    __slots__ = ("_bytes", "_records", "_steps", "_turn", "bodies", "target")

    def __init__(self) -> None:
        self.target = _ALONE
        self.bodies = _NOT_KEPT
        self._bytes = self._records = self._steps = _UNLIMITED
        self._turn = _STEPS_A_TURN

    def begin_handshake(self, limits: Limits) -> None:
        """A TLS handshake begins."""
        self._bytes, self._records = limits.handshake_bytes, limits.handshake_records

    def begin_head(self, limits: Limits) -> None:
        """The head of an answer is waited for, with whatever stands before it (1xx answers, tickets)."""
        self._bytes = 2 * limits.header_bytes + _TLS_OVERHEAD
        self._records = self._steps = limits.head_parts

    def begin_body(self, limits: Limits) -> None:
        """The body of an answer follows; four bytes on the wire may carry one of it."""
        self._bytes = 4 * limits.body_bytes + limits.header_bytes + _TLS_OVERHEAD
        self._records = self._steps = max(limits.body_parts, limits.body_bytes // _BYTES_A_PART)

    def spend(self, received: int, records: int = 0) -> str | None:
        """Take what has arrived; which budget it exceeds, in words, or None."""
        self._bytes -= received
        self._records -= records
        if self._bytes < 0:
            return "more bytes than this part of a connection can need"
        if self._records < 0:
            return "more TLS records than this part of a connection can need"
        return None if self.target.take(records) else _MORE_THAN_A_TARGET

    async def take_step(self) -> str | None:
        """Take one step of reading an answer, giving the event loop its turn now and then; as `spend`."""
        self._steps -= 1
        if self._steps < 0:
            return "more parts than an answer can need"
        if not self.target.take(1):
            return _MORE_THAN_A_TARGET
        self._turn -= 1
        if self._turn <= 0:
            self._turn = _STEPS_A_TURN
            await asyncio.sleep(0)
        return None
