"""Checks in the background: every partner of the list, again and again, so that a scrape never waits for one.

1. Each partner has a task: it takes one of the slots, checks, keeps the result and sleeps for the interval,
   a tenth more or less, so that partners drift apart instead of being checked in bursts.
2. A slot is what bounds the checks; who waits for one gets it in the order of the list.
3. A new list ends the tasks of partners that are gone or whose entry changed, and begins those of new ones.
   The last result of a partner stays for as long as the list has it: its series never vanish.

A check under way may answer its cancellation with what it has seen, so a task asks whether it is to end.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable

from probe.facts.target import target_key
from probe.report.document import ResultDocument
from probe.runs.lists.partners import PartnerEntry
from probe.serving.prober import Prober

_JITTER = 0.1


class BackgroundSchedule:
    """The last result of each partner, kept fresh while `run` lasts. `every` None: nothing is checked."""

    def __init__(self, prober: Prober, every: float | None, slots: int) -> None:
        self._prober = prober
        self._every = every
        self._slots = asyncio.Semaphore(slots)
        self._tasks: dict[str, tuple[PartnerEntry, asyncio.Task[None]]] = {}
        self._results: dict[str, ResultDocument] = {}
        self.version = 0
        """Counts changes of the results, for who keeps what follows from them."""

    @property
    def results(self) -> tuple[ResultDocument, ...]:
        """The last result of each partner that has been checked, in the order of the list."""
        return tuple(self._results[key] for key in self._prober.entries if key in self._results)

    async def run(self) -> None:
        """Check until cancelled; then every check under way has ended."""
        self.follow(self._prober.entries.values())
        try:
            await asyncio.Event().wait()
        finally:
            tasks = [task for _, task in self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def follow(self, entries: Iterable[PartnerEntry]) -> None:
        """Check these partners from now on."""
        wanted = {target_key(entry.target): entry for entry in entries}
        for key, (entry, task) in tuple(self._tasks.items()):
            if wanted.get(key) != entry:
                task.cancel()
                del self._tasks[key]
        for key in self._results.keys() - wanted.keys():
            del self._results[key]
        self.version += 1
        if self._every is None:
            return
        for key, entry in wanted.items():
            if key not in self._tasks:
                self._tasks[key] = entry, asyncio.create_task(self._keep(key, entry, self._every))

    async def _keep(self, key: str, entry: PartnerEntry, every: float) -> None:
        task = asyncio.current_task()
        while task is not None and not task.cancelling():
            async with self._slots:
                document = await self._prober.check(entry)
            if task.cancelling():
                return
            self._results[key] = document
            self.version += 1
            await asyncio.sleep(every * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311  # no secret
