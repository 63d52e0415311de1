"""The four places where Get-FederationInformation asks, all at once, and which of them counts.

Source: [exchange 1.2.1], [exchange 1.2.8]. The cmdlet goes through them one after the other and stops at the
first that answers the call, be it with an error; here they run at the same time and the first in its order
counts, so that a dead one delays nobody. One that does not even accept connections is not waited for once
another has succeeded. An answer under a certificate of another name, or from a host that a redirect over http
named, counts only if no other does. Where none answers, the endpoints count that show most: Exchange before a
mere listener.
"""

from __future__ import annotations

import asyncio
from time import perf_counter

from probe.collection.connection.wire import Wire
from probe.collection.discovery import plain_http
from probe.collection.discovery.autodiscover_host import AutodiscoverHost
from probe.collection.discovery.federation_answer import answered, succeeded
from probe.collection.target_run import TargetRun
from probe.facts import discovery as words
from probe.facts.observation import DiscoveryStep, FailureKind, Phase, StepOutcome, WireFailure
from probe.facts.target import Target

REDIRECT_PATH = "/autodiscover/autodiscover.xml"


class FederationCandidate:
    """One of the cmdlet's steps. `settled` is set once it is known whether it succeeds."""

    def __init__(self, run: TargetRun, target: Target, host: str, domain: str, *, insecure: bool) -> None:
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
        self.autodiscover_hosts: list[AutodiscoverHost] = []

    @property
    def autodiscover_host(self) -> AutodiscoverHost | None:
        """The last host asked; None for an http step without a redirect."""
        return self.autodiscover_hosts[-1] if self.autodiscover_hosts else None

    @property
    def succeeded(self) -> bool:
        """Whether the cmdlet would stop here."""
        return self.autodiscover_host is not None and succeeded(self.autodiscover_host.information)

    @property
    def ends(self) -> bool:
        """Whether the cmdlet asks nowhere else: it has read an answer, and has nothing to ask about it."""
        last = self.autodiscover_host
        if last is None or self._insecure or last.other_name:
            return False
        return self.succeeded or answered(last.information)

    @property
    def insecure(self) -> bool:
        """Whether a request over plain http names the host."""
        return self._insecure

    @property
    def rank(self) -> int:
        """How much the endpoints show; -1: there are none."""
        return -1 if self.autodiscover_host is None else self.autodiscover_host.rank

    @property
    def connected(self) -> bool:
        """Whether anything has accepted a connection."""
        waiting = any(wire.phase is not Phase.CONNECT for wire in self._opened)
        return waiting if self.autodiscover_host is None else self.autodiscover_host.connected

    @property
    def secured(self) -> bool:
        """Whether anything has finished a TLS handshake, or needs none."""
        return self.connected if self.autodiscover_host is None else self.autodiscover_host.secured

    async def run(self) -> None:
        """Ask, follow what must be followed, and look at the endpoints of the host that answers."""
        try:
            host: str | None = self._host
            found_by = f"{words.FEDERATION_INFORMATION} asks {self._host}"
            if self._insecure:
                host = await self._ask_insecurely()
                found_by = f"{words.INSECURE}http://{self._host}{REDIRECT_PATH}"
            for left in reversed(range(self._run.settings.limits.federation_redirects + 1)):
                if host is None:
                    return
                host = await self._ask(host, found_by, last=left == 0)
        finally:
            self._settle()

    async def _ask(self, host: str, found_by: str, *, last: bool) -> str | None:
        """Ask this host; the next one if it redirects, else None once its endpoints have been looked at.

        After as many redirects as the cmdlet follows, those of the `last` host are looked at all the same.
        """
        named = self._insecure or bool(self.autodiscover_hosts)
        autodiscover_host = AutodiscoverHost(
            self._run, self._target, host, self._domain, found_by, named=named
        )
        for before in self.autodiscover_hosts:
            before.drop()
        self.autodiscover_hosts.append(autodiscover_host)
        async with asyncio.TaskGroup() as group:
            exploring = group.create_task(autodiscover_host.explore())
            await autodiscover_host.ask_federation()
            following = None if last else autodiscover_host.next_host()
            if following is not None:
                exploring.cancel()
            else:
                self._settle()
        return following

    async def _ask_insecurely(self) -> str | None:
        url = f"http://{self._host}{REDIRECT_PATH}"
        started = perf_counter()
        exchange, failure = await plain_http.get(self._run, self._host, REDIRECT_PATH, self._opened)
        host = plain_http.redirected_host(exchange, REDIRECT_PATH) if exchange else None
        if exchange is None:
            outcome, detail = _broken(failure)
        else:
            location = (exchange.header("location") or "")[:200]
            detail = f"HTTP status {exchange.status} {exchange.reason} {location}".rstrip()
            outcome = StepOutcome.NOTHING if host is None else StepOutcome.FOUND
        elapsed = round((perf_counter() - started) * 1000, 3)
        self._redirect_step = DiscoveryStep(words.HTTP_REDIRECT, url, outcome, detail, elapsed)
        return host

    def _settle(self) -> None:
        if not self.settled.is_set():
            self._elapsed = round((perf_counter() - self._started) * 1000, 3)
            self.settled.set()

    def steps(self, winner: FederationCandidate | None) -> list[DiscoveryStep]:
        """What was done, whatever came of it; `winner` is the candidate at which the cmdlet stops."""
        steps = [] if self._redirect_step is None else [self._redirect_step]
        if self._insecure and self._redirect_step is None:
            url = f"http://{self._host}{REDIRECT_PATH}"
            outcome, detail = self._unfinished(winner)
            return [DiscoveryStep(words.HTTP_REDIRECT, url, outcome, detail)]
        for autodiscover_host in self.autodiscover_hosts:
            outcome, detail = autodiscover_host.outcome()
            if autodiscover_host is self.autodiscover_host:
                if outcome == StepOutcome.FOUND and self is not winner:
                    before = "answered" if winner is not None and not winner.succeeded else "succeeded"
                    outcome, detail = (
                        StepOutcome.SKIPPED,
                        f"it answers too ({detail}); an earlier step had {before}",
                    )
                elif autodiscover_host.information is None and winner not in (None, self):
                    outcome, detail = self._unfinished(winner)
            url = autodiscover_host.federation_visits.endpoint.url
            steps.append(DiscoveryStep(words.FEDERATION_INFORMATION, url, outcome, detail, self._elapsed))
        return steps

    def _unfinished(self, winner: FederationCandidate | None) -> tuple[StepOutcome, str]:
        """(outcome, detail) of a step that was left before it had an answer."""
        if self.given_up:
            return StepOutcome.FAILED, self.given_up
        autodiscover_host = self.autodiscover_host
        broke = (
            []
            if autodiscover_host is None
            else [c.failure for c in autodiscover_host.federation_visits.connections if c.failure]
        )
        if broke and broke[0].kind is not FailureKind.INTERRUPTED:
            return _broken(broke[0])
        if winner is None:
            return StepOutcome.SKIPPED, "the run ended before"
        return StepOutcome.SKIPPED, f"an earlier step had {'succeeded' if winner.succeeded else 'answered'}"


def _broken(failure: WireFailure | None) -> tuple[StepOutcome, str]:
    if failure is None:
        return StepOutcome.FAILED, "no answer"
    detail = f" ({failure.detail})" if failure.detail else ""
    said = f"{failure.phase.value}: {failure.kind.value}{detail}"
    return (StepOutcome.NOTHING if failure.phase is Phase.RESOLVE else StepOutcome.FAILED), said


def in_order(run: TargetRun, target: Target, domain: str) -> list[FederationCandidate]:
    """The cmdlet's steps in its order."""
    hosts = (f"autodiscover.{domain}", domain)
    return [
        FederationCandidate(run, target, host, domain, insecure=insecure)
        for insecure in (False, True)
        for host in hosts
    ]


async def choose(run: TargetRun, candidates: list[FederationCandidate]) -> FederationCandidate | None:
    """Run all of them until it is known which one counts, then that one to its end; None: none answered.

    The endpoints of those that do not count are dropped. Where none answered, those of the candidate that
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
            for autodiscover_host in candidate.autodiscover_hosts:
                if candidate is not kept or autodiscover_host is not kept.autodiscover_host:
                    autodiscover_host.drop()
    return winner


async def _first_success(run: TargetRun, candidates: list[FederationCandidate]) -> FederationCandidate | None:
    """The one that counts: where the cmdlet stops, as soon as no earlier one can be that any more.

    Where it stops nowhere, the first success that it asks about.
    """
    while True:
        end = next((c for c in candidates if c.settled.is_set() and c.ends), None)
        winner = end or _asked_about([c for c in candidates if c.settled.is_set() and c.succeeded])
        before = candidates if end is None else candidates[: candidates.index(end)]
        waiting = [c for c in before if not c.settled.is_set()]
        worth = waiting if winner is None else [c for c in waiting if not _not_worth_awaiting(run, c)]
        if not worth:
            for candidate in waiting:
                candidate.given_up = _why_not_awaited(run, candidate)
            return winner
        await _any_settled(run, worth, hurry=winner is not None)


def _asked_about(successes: list[FederationCandidate]) -> FederationCandidate | None:
    """Those that a redirect over http led to are asked about first, then wrong names ([exchange 1.2.8])."""
    insecure = (c for c in successes if c.insecure)
    return next(insecure, successes[0] if successes else None)


async def _any_settled(run: TargetRun, waiting: list[FederationCandidate], *, hurry: bool) -> None:
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


def _not_worth_awaiting(run: TargetRun, candidate: FederationCandidate) -> bool:
    """Whether a candidate need not be waited for when another has succeeded."""
    elapsed = asyncio.get_running_loop().time() - run.started
    limits = run.settings.limits
    if not candidate.connected:
        return elapsed >= limits.unconnected_seconds
    return not candidate.secured and elapsed >= limits.unsecured_seconds


def _why_not_awaited(run: TargetRun, candidate: FederationCandidate) -> str:
    elapsed = asyncio.get_running_loop().time() - run.started
    what = "no TLS handshake" if candidate.connected else "no connection"
    return f"{what} after {elapsed:.1f} s; not waited for any longer, because a later step had succeeded"


def _most_showing(candidates: list[FederationCandidate]) -> FederationCandidate | None:
    best = max(candidate.rank for candidate in candidates)
    if best <= 0:
        return None
    return next(candidate for candidate in candidates if candidate.rank == best)
