"""The four places where Get-FederationInformation asks, all at once, and which of them counts.

Source: [exchange 1.2]. The cmdlet goes through them one after the other and stops at the
first success; here they run at the same time and the first in its order that succeeds wins, so that a dead
one delays nobody. One that does not even accept connections is not waited for once another has succeeded.
Where none succeeds, the endpoints count that show most: Exchange before a mere listener.
"""

from __future__ import annotations

import asyncio
from time import perf_counter

from probe.collection.connection.wire import Wire
from probe.collection.discovery import plain_http
from probe.collection.discovery.autodiscover_host import Place
from probe.collection.discovery.federation_answer import succeeded
from probe.collection.ledger import Run
from probe.facts import discovery as words
from probe.facts.observation import DiscoveryStep, FailureKind, Phase, WireFailure
from probe.facts.target import Target

REDIRECT_PATH = "/autodiscover/autodiscover.xml"


class Candidate:
    """One of the cmdlet's steps. `settled` is set once it is known whether it succeeds."""

    def __init__(self, run: Run, target: Target, host: str, domain: str, *, insecure: bool) -> None:
        self._run = run
        self._target = target
        self._host = host
        self._domain = domain
        self._insecure = insecure
        self._opened: list[Wire] = []
        self._started = perf_counter()
        self._elapsed: float | None = None
        self._redirect_step: DiscoveryStep | None = None
        self.settled = asyncio.Event()
        self.given_up = ""
        self.places: list[Place] = []

    @property
    def place(self) -> Place | None:
        """The last host asked; None for an http step without a redirect."""
        return self.places[-1] if self.places else None

    @property
    def succeeded(self) -> bool:
        """Whether the cmdlet would stop here."""
        return self.place is not None and succeeded(self.place.information)

    @property
    def rank(self) -> int:
        """How much the endpoints show; -1: there are none."""
        return -1 if self.place is None else self.place.rank

    @property
    def connected(self) -> bool:
        """Whether anything has accepted a connection."""
        waiting = any(wire.phase is not Phase.CONNECT for wire in self._opened)
        return waiting if self.place is None else self.place.connected

    @property
    def secured(self) -> bool:
        """Whether anything has finished a TLS handshake, or needs none."""
        return self.connected if self.place is None else self.place.secured

    async def run(self) -> None:
        """Ask, follow what must be followed, and look at the endpoints of the host that answers."""
        try:
            host: str | None = self._host
            found_by = f"{words.FEDERATION_INFORMATION} asks {self._host}"
            if self._insecure:
                host = await self._ask_insecurely()
                found_by = f"{words.INSECURE}http://{self._host}{REDIRECT_PATH}"
            for _ in range(self._run.settings.limits.federation_redirects + 1):
                if host is None:
                    return
                host = await self._ask(host, found_by)
        finally:
            self._settle()

    async def _ask(self, host: str, found_by: str) -> str | None:
        """Ask this host; the next one if it redirects, else None once its endpoints have been looked at."""
        named = self._insecure or bool(self.places)
        place = Place(self._run, self._target, host, self._domain, found_by, named=named)
        for before in self.places:
            before.drop()
        self.places.append(place)
        async with asyncio.TaskGroup() as group:
            exploring = group.create_task(place.explore())
            await place.ask_federation()
            following = place.next_host()
            if following is not None:
                exploring.cancel()
            else:
                self._settle()
        return following

    async def _ask_insecurely(self) -> str | None:
        url = f"http://{self._host}{REDIRECT_PATH}"
        started = perf_counter()
        exchange, failure = await plain_http.get(self._run, self._host, REDIRECT_PATH, self._opened)
        host = plain_http.redirected_host(exchange) if exchange else None
        if exchange is None:
            outcome, detail = _broken(failure)
        else:
            location = (exchange.header("location") or "")[:200]
            detail = f"HTTP status {exchange.status} {exchange.reason} {location}".rstrip()
            outcome = "nothing" if host is None else "found"
        elapsed = round((perf_counter() - started) * 1000, 3)
        self._redirect_step = DiscoveryStep(words.HTTP_REDIRECT, url, outcome, detail, elapsed)
        return host

    def _settle(self) -> None:
        if not self.settled.is_set():
            self._elapsed = round((perf_counter() - self._started) * 1000, 3)
            self.settled.set()

    def steps(self, winner: Candidate | None) -> list[DiscoveryStep]:
        """What was done, whatever came of it; `winner` is the candidate that the cmdlet stops at."""
        steps = [] if self._redirect_step is None else [self._redirect_step]
        if self._insecure and self._redirect_step is None:
            url = f"http://{self._host}{REDIRECT_PATH}"
            outcome, detail = self._unfinished(winner)
            return [DiscoveryStep(words.HTTP_REDIRECT, url, outcome, detail)]
        for place in self.places:
            outcome, detail = place.outcome()
            if place is self.place:
                if outcome == "found" and self is not winner:
                    outcome, detail = "skipped", f"it answers too ({detail}); an earlier step had succeeded"
                elif place.information is None and winner not in (None, self):
                    outcome, detail = self._unfinished(winner)
            url = place.asked.endpoint.url
            steps.append(DiscoveryStep(words.FEDERATION_INFORMATION, url, outcome, detail, self._elapsed))
        return steps

    def _unfinished(self, winner: Candidate | None) -> tuple[str, str]:
        """(outcome, detail) of a step that was left before it had an answer."""
        if self.given_up:
            return "failed", self.given_up
        place = self.place
        broke = [] if place is None else [c.failure for c in place.asked.connections if c.failure]
        if broke and broke[0].kind is not FailureKind.INTERRUPTED:
            return _broken(broke[0])
        return "skipped", "an earlier step had succeeded" if winner else "the run ended before"


def _broken(failure: WireFailure | None) -> tuple[str, str]:
    if failure is None:
        return "failed", "no answer"
    detail = f" ({failure.detail})" if failure.detail else ""
    said = f"{failure.phase.value}: {failure.kind.value}{detail}"
    return ("nothing" if failure.phase is Phase.RESOLVE else "failed"), said


def in_order(run: Run, target: Target, domain: str) -> list[Candidate]:
    """The cmdlet's steps in its order."""
    hosts = (f"autodiscover.{domain}", domain)
    return [
        Candidate(run, target, host, domain, insecure=insecure)
        for insecure in (False, True)
        for host in hosts
    ]


async def choose(run: Run, candidates: list[Candidate]) -> Candidate | None:
    """Run all of them until it is known which one counts, then that one to its end; None: none succeeded.

    The endpoints of those that do not count are dropped. Where none succeeded, those of the candidate that
    shows most are kept, or all that there are if nothing accepts connections.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(candidate.run()) for candidate in candidates]
        winner = await _first_success(run, candidates)
        for candidate, task in zip(candidates, tasks, strict=True):
            if winner is not None and candidate is not winner:
                task.cancel()
    kept = winner or _most_showing(candidates)
    if kept is not None:
        for candidate in candidates:
            for place in candidate.places:
                if candidate is not kept or place is not kept.place:
                    place.drop()
    return winner


async def _first_success(run: Run, candidates: list[Candidate]) -> Candidate | None:
    """The first in the cmdlet's order that succeeds, as soon as no earlier one can any more."""
    while True:
        winner = next((c for c in candidates if c.settled.is_set() and c.succeeded), None)
        before = candidates if winner is None else candidates[: candidates.index(winner)]
        waiting = [c for c in before if not c.settled.is_set()]
        worth = waiting if winner is None else [c for c in waiting if not _hopeless(run, c)]
        if not worth:
            for candidate in waiting:
                candidate.given_up = _told_hopeless(run, candidate)
            return winner
        await _any_settled(run, worth, hurry=winner is not None)


async def _any_settled(run: Run, waiting: list[Candidate], *, hurry: bool) -> None:
    """Wait until one of these is settled, or (`hurry`) until one may have become hopeless."""
    settled = [asyncio.create_task(candidate.settled.wait()) for candidate in waiting]
    now = asyncio.get_running_loop().time()
    limits = run.settings.limits
    moments = [run.started + limits.unconnected_seconds, run.started + limits.unsecured_seconds]
    timeout = min((m - now for m in moments if m > now), default=None) if hurry else None
    try:
        await asyncio.wait(settled, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in settled:
            task.cancel()


def _hopeless(run: Run, candidate: Candidate) -> bool:
    """Whether a candidate need not be waited for when another has succeeded."""
    elapsed = asyncio.get_running_loop().time() - run.started
    limits = run.settings.limits
    if not candidate.connected:
        return elapsed >= limits.unconnected_seconds
    return not candidate.secured and elapsed >= limits.unsecured_seconds


def _told_hopeless(run: Run, candidate: Candidate) -> str:
    elapsed = asyncio.get_running_loop().time() - run.started
    what = "no TLS handshake" if candidate.connected else "no connection"
    return f"{what} after {elapsed:.1f} s; not waited for any longer, because a later step had succeeded"


def _most_showing(candidates: list[Candidate]) -> Candidate | None:
    best = max(candidate.rank for candidate in candidates)
    if best <= 0:
        return None
    return next(candidate for candidate in candidates if candidate.rank == best)
