"""A TCP connection that we own, with the clock of its phases and what its partner may send; no TLS yet.

Every way in which waiting can end is told apart as a `WireFailure` with its phase. wire.py puts TLS on top.
"""

from __future__ import annotations

from msgspec.structs import replace

from probe.collection.connection.budget import Budget
from probe.collection.connection.failures import WireError, os_failure
from probe.collection.connection.phases import PhaseClock
from probe.collection.connection.tcp import TcpSocket, has_route
from probe.facts.observation import FailureKind, Phase, WireFailure


class RawConnection:
    """A connection to one address, used by one task. `clock` knows its phase and its limits.

    `failure` is what broke it first, `ended` how the partner ended it (CLOSED, CLOSE_NOTIFY or TRUNCATED).
    `budget` bounds what the partner may send; who reads the answer says which part of it has begun.
    """

    __slots__ = ("_tcp", "budget", "clock", "ended", "failure")

    def __init__(self, clock: PhaseClock) -> None:
        self.clock = clock
        self.budget = Budget()
        self.failure: WireFailure | None = None
        self.ended: WireFailure | None = None
        self._tcp = TcpSocket()

    @property
    def phase(self) -> Phase:
        """Where the connection is."""
        return self.clock.phase

    async def connect(self, address: str, port: int, following: Phase) -> None:
        """Connect to an IP literal. A reset that is quicker than we are belongs to the phase `following`.

        Raises:
            WireError: it was refused, timed out, or failed otherwise.
        """
        self.clock.enter(Phase.CONNECT)
        try:
            await self._tcp.connect(address, port, self.clock.limit)
        except OSError as error:
            broken = self._failed(error)
            if broken.failure.kind is FailureKind.RESET:
                # A SYN that is not wanted is refused; only an established connection is reset.
                self.failure = replace(broken.failure, phase=following)
            elif broken.failure.kind is FailureKind.UNREACHABLE:
                self.failure = replace(broken.failure, no_route=not has_route(address, port))
            raise broken from None

    async def take_step(self) -> None:
        """Take one step of reading an answer, of which a partner can send any number at once.

        Raises:
            WireError: this phase's time is over, or there were too many steps.
        """
        self.demand_time()
        exceeded = await self.budget.take_step()
        if exceeded is not None:
            raise self._break(FailureKind.FLOOD, exceeded)

    def demand_time(self) -> None:
        """Go on only while this phase has time.

        Raises:
            WireError: it is over.
        """
        if self.clock.passed:
            raise self._failed(TimeoutError())

    def interrupt(self) -> WireFailure:
        """Note that the user stopped the run in this phase."""
        self.failure = self.failure or WireFailure(self.phase, FailureKind.INTERRUPTED)
        return self.failure

    async def _receive(self) -> bytes:
        try:
            return await self._tcp.receive(self.clock.limit)
        except OSError as error:
            raise self._failed(error) from None

    async def _send(self, data: bytes) -> None:
        try:
            await self._tcp.send(data, self.clock.limit)
        except OSError as error:
            raise self._failed(error) from None

    def _spend(self, received: int, records: int = 0) -> None:
        exceeded = self.budget.spend(received, records)
        if exceeded is not None:
            raise self._break(FailureKind.FLOOD, exceeded)

    def _failed(self, error: OSError) -> WireError:
        """What went wrong in waiting: the socket, or our patience (a TimeoutError without errno)."""
        if not isinstance(error, TimeoutError) or error.errno:
            return self._os_error(error)
        deadline = self.clock.last_limit_is_deadline
        kind = FailureKind.DEADLINE if deadline else FailureKind.TIMEOUT
        return self._break(kind, "the whole target's limit" if deadline else "this phase's limit")

    def _os_error(self, error: OSError) -> WireError:
        failure = os_failure(self.phase, error)
        self.failure = self.failure or failure
        return WireError(failure)

    def _break(self, kind: FailureKind, detail: str, alert: int | None = None) -> WireError:
        failure = WireFailure(self.phase, kind, alert=alert, detail=detail)
        self.failure = self.failure or failure
        return WireError(failure)
