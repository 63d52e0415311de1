"""The phases of one connection: which it is in, how long each took, and until when this one may last."""

from __future__ import annotations

import asyncio
from time import perf_counter

from probe.facts.observation import Phase, Timings

_BEFORE_REQUEST = frozenset((Phase.RESOLVE, Phase.CONNECT, Phase.TUNNEL, Phase.HANDSHAKE))


class PhaseClock:
    """Runs from the beginning of a connection. `limit` and `deadline` are on the event loop's clock.

    A phase before the request has `step_timeout` seconds; sending and receiving have what is left of the
    whole target's time, because the caller waits as long.
    """

    __slots__ = (
        "_phase_started",
        "_running",
        "_spent",
        "_started",
        "deadline",
        "limit",
        "phase",
        "step_timeout",
    )

    def __init__(self, *, step_timeout: float, deadline: float) -> None:
        self.step_timeout = step_timeout
        self.deadline = deadline
        self.limit = deadline
        self.phase = Phase.CONNECT
        self._spent: dict[Phase, float] = {}
        self._running = True
        self._started = self._phase_started = perf_counter()

    @property
    def last_limit_is_deadline(self) -> bool:
        """Whether the limit of this phase is that of the whole target."""
        return self.limit >= self.deadline

    @property
    def passed(self) -> bool:
        """Whether the limit of this phase has passed."""
        return asyncio.get_running_loop().time() >= self.limit

    def enter(self, phase: Phase) -> None:
        """Go on to a phase: the time until now belongs to the one before, its own limit starts now."""
        if phase is self.phase and phase in self._spent:
            return
        self._account()
        self.phase = phase
        self._spent.setdefault(phase, 0.0)
        limit = asyncio.get_running_loop().time() + self.step_timeout
        self.limit = min(limit, self.deadline) if phase in _BEFORE_REQUEST else self.deadline

    def stop(self) -> None:
        """The connection is over."""
        self._account()
        self._running = False

    def timings(self, resolve: float | None = None) -> Timings:
        """Milliseconds in each phase so far; `resolve` is what looking the name up took before."""
        self._account()
        spent = {phase.value: round(time * 1000, 3) for phase, time in self._spent.items()}
        total = (self._phase_started - self._started) * 1000 + (resolve or 0.0)
        return Timings(resolve=resolve, total=round(total, 3), **spent)

    def _account(self) -> None:
        if not self._running:
            return
        now = perf_counter()
        if self.phase in self._spent:
            self._spent[self.phase] += now - self._phase_started
        self._phase_started = now
