"""One target, tried until it is answered: repeated where the failure may be transient, within its deadline.

Whatever goes wrong, there is a document: the one of the last attempt that finished, else one that says why
there is none.

What may be transient is only what a busy network does: no answer in time, a reset before any request was
sent, a resolver that failed. A refusal, an unknown name, an alert, a certificate are answers, and answers are
not asked again. What happens after the request was sent is never repeated: the reset there is one of the two
failures that this program exists to show.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct, structs

from probe.errors import ProbeError
from probe.facts.observation import FailureKind, Observation, Phase
from probe.report.document import FailureEntry, ResultDocument
from probe.runs.lists.partners import PartnerEntry
from probe.runs.untried_target import refused

_BEFORE_THE_REQUEST = frozenset({Phase.CONNECT.value, Phase.TUNNEL.value, Phase.HANDSHAKE.value})
_RESOLVER = frozenset({FailureKind.RESOLVER_FAILED.value, FailureKind.TIMEOUT.value})
_NETWORK = frozenset({FailureKind.TIMEOUT.value, FailureKind.RESET.value})


class Checked(Struct, frozen=True):
    """What one check brought: the document, and the observation behind it if it is kept."""

    document: ResultDocument
    observation: Observation | None = None


Checker = Callable[[PartnerEntry], Awaitable[Checked]]


class Attempts:
    """The attempts at one entry. `repeated` is told why, before each repetition."""

    def __init__(
        self,
        entry: PartnerEntry,
        check: Checker,
        *,
        retries: int,
        pause: float,
        repeated: Callable[[str], None],
    ) -> None:
        self._entry = entry
        self._check = check
        self._retries = retries
        self._pause = pause
        self._repeated = repeated
        self._last: Checked | None = None
        self._reasons: list[str] = []
        self.cut_short = False
        """Whether the deadline ended an attempt. No comparison of clocks says so: a timer of the loop may
        fire one resolution of the clock (15.6 ms on Windows) before its moment."""

    async def until(self, deadline: float | None, passed: str) -> Checked:
        """The result at the latest at `deadline` (the loop's clock); `passed` says which limit that was."""
        if _passed(deadline):
            self.cut_short = True
            return Checked(refused(self._entry, passed))
        limit = asyncio.timeout_at(deadline)
        try:
            async with limit:
                await self._all(deadline)
        except TimeoutError:
            pass
        self.cut_short = limit.expired()
        if self._last is None:
            return Checked(refused(self._entry, passed))
        return self._result((passed,) if self.cut_short else ())

    async def _all(self, deadline: float | None) -> None:
        while True:
            # A check may answer a cancellation with what it has seen until then: that is its answer.
            self._last = await self._one()
            why = _transient_failure(self._last.document)
            if why is None or len(self._reasons) >= self._retries or _passed(deadline):
                return
            self._reasons.append(why)
            await asyncio.sleep(self._pause)
            self._repeated(why)

    async def _one(self) -> Checked:
        try:
            return await self._check(self._entry)
        except ProbeError as explained:
            return Checked(refused(self._entry, str(explained)))
        except Exception as unexpected:  # noqa: BLE001  # a defect met at one partner must not lose the others
            message = f"internal error: {type(unexpected).__name__}: {unexpected}"
            return Checked(refused(self._entry, message))

    def _result(self, notes: tuple[str, ...]) -> Checked:
        """The last attempt, with the earlier ones counted and told in its notes."""
        assert self._last is not None  # noqa: S101  # until() has looked
        notes = (*(f"attempt {n} was repeated: {why}" for n, why in enumerate(self._reasons, 1)), *notes)
        document, observation = self._last.document, self._last.observation
        if not notes:
            return self._last
        document = structs.replace(document, notes=(*document.notes, *notes))
        if observation is not None:
            attempts = observation.attempts + len(self._reasons)
            observation = structs.replace(observation, attempts=attempts, notes=(*observation.notes, *notes))
        return Checked(document, observation)


def _passed(deadline: float | None) -> bool:
    return deadline is not None and asyncio.get_running_loop().time() >= deadline


def _transient_failure(document: ResultDocument) -> str | None:
    """The first failure of the document that may be transient, in words, or None."""
    for endpoint in document.endpoints:
        if endpoint.failure is not None and _may_be_transient(endpoint.failure):
            where = f"{endpoint.url} at {endpoint.address}" if endpoint.address else endpoint.url
            return f"{where}: {endpoint.failure.phase}: {endpoint.failure.kind}"
    return None


def _may_be_transient(failure: FailureEntry) -> bool:
    """Whether the same attempt could succeed a moment later."""
    if failure.phase == Phase.RESOLVE.value:
        return failure.kind in _RESOLVER
    return failure.phase in _BEFORE_THE_REQUEST and failure.kind in _NETWORK
