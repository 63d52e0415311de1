"""Running many checks at once: bounded, polite to each host, within deadlines, every target answered.

The check itself is given as a function, so this module knows neither sockets nor judgement. Entries are
taken from an iterator as room appears and results are handed on as they come: nothing grows with the
number of targets. N entries in, N results out, unless the run is stopped.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator

from msgspec import Struct

from probe.errors import TargetError
from probe.facts import target as targets
from probe.runs import run_defaults
from probe.runs.attempts import Attempts, Checked, Checker
from probe.runs.lists.partners import PartnerEntry

# How many entries of busy hosts may wait, for each slot, while entries of other hosts overtake them.
_ASIDE_PER_SLOT = 4


class RunLimits(Struct, frozen=True):
    """How a run is bounded. Seconds; None: no such limit.

    `retries` is how often a check is repeated when it met what can be transient, after `retry_pause`.
    `target_seconds` bounds one target with its repetitions, `run_seconds` everything.
    """

    concurrency: int = run_defaults.CONCURRENCY
    per_host: int = run_defaults.PER_HOST
    retries: int = run_defaults.RETRIES
    retry_pause: float = run_defaults.RETRY_PAUSE
    target_seconds: float | None = None
    run_seconds: float | None = None


DEFAULT_LIMITS = RunLimits()


class Started(Struct, frozen=True):
    """A check has begun."""

    index: int
    entry: PartnerEntry


class Repeated(Struct, frozen=True):
    """A check is begun again, because of `why`."""

    index: int
    entry: PartnerEntry
    why: str


class Finished(Struct, frozen=True):
    """A target is answered. `index` counts the entries from 0."""

    index: int
    entry: PartnerEntry
    checked: Checked


Event = Started | Repeated | Finished
Listener = Callable[[Event], None]
_Numbered = tuple[int, PartnerEntry]


def silent(event: Event) -> None:
    """A listener that takes no notice."""
    del event


async def run(
    entries: Iterable[PartnerEntry],
    check: Checker,
    *,
    limits: RunLimits = DEFAULT_LIMITS,
    listener: Listener = silent,
    stop: asyncio.Event | None = None,
) -> AsyncGenerator[Finished, None]:
    """Each entry with its result, in the order in which they finish.

    An error of a check becomes a document with `error`. When `stop` is set nothing more is started, what is
    in flight is given up, and what has finished is still handed out. So it is when the iterator is closed.
    """
    running = _Run(entries, check, limits, listener)
    stopper = None if stop is None else asyncio.create_task(running.stop_on(stop))
    try:
        async for finished in running.results():
            listener(finished)
            yield finished
    finally:
        if stopper is not None:
            stopper.cancel()
        await running.close()


def host_of(entry: PartnerEntry) -> str:
    """The host and port that politeness counts for: of a given URL, else of the target; empty: none."""
    for text in (entry.ews_url, entry.autodiscover_url, entry.target):
        if text:
            try:
                parsed = targets.parse(text)
            except TargetError:
                continue
            return f"{parsed.host or parsed.domain}:{parsed.port or targets.HTTPS_PORT}"
    return ""


class _Run:
    """The state of one run: what is in flight, what waits for its host, what is done."""

    def __init__(
        self, entries: Iterable[PartnerEntry], check: Checker, limits: RunLimits, listener: Listener
    ) -> None:
        self._entries: Iterator[_Numbered] = enumerate(entries)
        self._check = check
        self._limits = limits
        self._listener = listener
        self._tasks: set[asyncio.Task[None]] = set()
        self._done: asyncio.Queue[Finished | Exception | None] = asyncio.Queue()
        self._hosts = _Hosts(limits.per_host)
        self._exhausted = False
        self._stopped = False
        loop = asyncio.get_running_loop()
        self._deadline = None if limits.run_seconds is None else loop.time() + limits.run_seconds

    async def results(self) -> AsyncGenerator[Finished, None]:
        """Results as they come, until every entry is answered or the run is stopped."""
        self._fill()
        while self._tasks or not self._done.empty():
            finished = await self._done.get()
            if isinstance(finished, Exception):
                raise finished
            if finished is not None:
                yield finished
            self._fill()

    async def stop_on(self, stop: asyncio.Event) -> None:
        """Wait for the event, then start nothing more and give up what is in flight."""
        await stop.wait()
        self._exhausted = self._stopped = True
        self._hosts.forget_waiting()
        await self.close()
        self._done.put_nowait(None)

    async def close(self) -> None:
        """Cancel what is in flight and wait for it to end."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _fill(self) -> None:
        while len(self._tasks) < self._limits.concurrency and (chosen := self._next()) is not None:
            index, entry, host = chosen
            task = asyncio.create_task(self._answer(index, entry, host))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _next(self) -> tuple[int, PartnerEntry, str] | None:
        """The next entry whose host has room: one that waited first, else from the list."""
        released = self._hosts.released()
        if released is not None:
            return released
        while not self._exhausted and self._hosts.waiting < self._limits.concurrency * _ASIDE_PER_SLOT:
            numbered = next(self._entries, None)
            if numbered is None:
                self._exhausted = True
                return None
            index, entry = numbered
            host = host_of(entry)
            if self._hosts.take(host):
                return index, entry, host
            self._hosts.wait(host, numbered)
        return None

    async def _answer(self, index: int, entry: PartnerEntry, host: str) -> None:
        """Put the result of one entry, or the defect that prevented it, where `results` takes it."""
        outcome: Finished | Exception
        try:
            self._listener(Started(index, entry))
            outcome = Finished(index, entry, await self._attempts(index, entry))
        except Exception as broken:  # noqa: BLE001  # raised again by results()
            outcome = broken
        finally:
            self._hosts.leave(host)
        if self._stopped:
            return  # a check may answer a cancellation with half of what there is: that is no answer
        # Out of the set before the result is taken, or results() could wait for one that no task brings.
        self._tasks.discard(_this_task())
        self._done.put_nowait(outcome)

    async def _attempts(self, index: int, entry: PartnerEntry) -> Checked:
        attempts = Attempts(
            entry,
            self._check,
            retries=self._limits.retries,
            pause=self._limits.retry_pause,
            repeated=lambda why: self._listener(Repeated(index, entry, why)),
        )
        own = self._limits.target_seconds
        deadline = None if own is None else asyncio.get_running_loop().time() + own
        if self._deadline is not None and (deadline is None or self._deadline < deadline):
            return await attempts.until(self._deadline, "stopped by the deadline of the whole run")
        return await attempts.until(deadline, f"stopped by the deadline of {own} s for one target")


def _this_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # called from a coroutine that runs as a task
    return task


class _Hosts:
    """How many checks each host has at the moment, and the entries that wait for one to have room."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._busy: Counter[str] = Counter()
        self._queues: dict[str, deque[_Numbered]] = {}
        self._free: deque[str] = deque()
        self.waiting = 0

    def take(self, host: str) -> bool:
        """Take one place of the host, if it has room and nobody waits for it."""
        if host and (self._busy[host] >= self._limit or host in self._queues):
            return False
        self._busy[host] += 1
        return True

    def wait(self, host: str, numbered: _Numbered) -> None:
        """Let an entry wait for its host."""
        self._queues.setdefault(host, deque()).append(numbered)
        self.waiting += 1

    def forget_waiting(self) -> None:
        """Let nobody wait any more."""
        self._queues.clear()
        self.waiting = 0

    def leave(self, host: str) -> None:
        """Give one place of the host back."""
        self._busy[host] -= 1
        if not self._busy[host]:
            del self._busy[host]
        if host in self._queues:
            self._free.append(host)

    def released(self) -> tuple[int, PartnerEntry, str] | None:
        """The entry that has waited longest for a host with room; its place is taken."""
        while self._free:
            host = self._free.popleft()
            queue = self._queues.get(host)
            if queue is None or self._busy[host] >= self._limit:
                continue
            index, entry = queue.popleft()
            if not queue:
                del self._queues[host]
            self.waiting -= 1
            self._busy[host] += 1
            return index, entry, host
        return None
