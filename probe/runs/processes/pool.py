"""Spreading the checks of a run over worker processes of this machine, so that it uses every core.

How it works:

1. The run itself stays in one process: list, politeness to hosts, retries, deadlines, results, history.
2. Each check goes to the worker with the fewest checks in flight, over a pipe, as soon as the run starts it;
   so workers take partners as they become free.
3. A worker makes its own stores and callers once, checks on an event loop of its own, and sends the document
   back, and the observation where somebody keeps it.
4. A check that is cancelled is cancelled in the worker, whose answer (what it had seen) still counts.
5. A worker that stands still is ended: one that gives no sign for some time after it was asked for one.
6. A worker that dies is replaced, and each partner that it was checking is checked by another, all of them at
   the same time. Those at which that one ends too are tried alone, one after the other, because nobody knows
   which of them ends workers: one that does is answered with a document that says so, the others with theirs.
   A run whose workers end one after the other while they start is given up.

Workers are spawned on every system, so that a frozen program works like the script. They leave Ctrl-C to the
run and end when their pipe does.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import sys
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import suppress

import msgspec
from msgspec import Struct

from probe.errors import ProbeError, UsageError
from probe.facts import record
from probe.report.document import ResultDocument
from probe.runs.attempts import Checked, Checker
from probe.runs.campaign import Runner
from probe.runs.execution import Finished, Listener, RunLimits, run
from probe.runs.lists.partners import PartnerEntry
from probe.runs.processes.pipe import Outbox, listen
from probe.runs.processes.worker import MakeChecker, Message, work
from probe.runs.untried_target import refused

AUTO = "auto"
WORTH_IT = 600  # partners: with two workers these take as long as without, 1.3 s (measured on two cores)
ENDED_EACH_TIME = (
    "three worker processes ended while they checked this partner, the last with nothing else to do"
)
_TOGETHER = 2  # tries beside others
_END_SECONDS = 5.0
_STARTS = 3
_DOCUMENT = msgspec.msgpack.Decoder(ResultDocument)


def parse_processes(text: str) -> int | None:
    """The number of worker processes in `auto` (None) or a number from 1 to 64.

    Raises:
        UsageError: it is neither.
    """
    if text == AUTO:
        return None
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 64:
        return int(text)
    raise UsageError(f"--processes {text!r}: give auto or a number from 1 to 64")


def worker_count(asked: int | None, partners: int) -> int:
    """How many workers a run over so many partners gets; 1: none beside the run itself.

    Without a wish each core gets one, from a size on where that pays.
    """
    if asked is not None:
        return asked
    return _cores() if partners >= WORTH_IT else 1


def _cores() -> int:
    if sys.platform == "linux":  # a container may have fewer than the machine
        return len(os.sched_getaffinity(0))
    else:
        return os.cpu_count() or 1


class Workers(Struct, frozen=True):
    """How many processes check, with what, and whether observations come back.

    A worker is asked for a sign every `patience` seconds, and gets as many to give one.
    """

    count: int
    make_checker: MakeChecker
    keep_observations: bool = True
    patience: float = 30.0


def processes_runner(workers: Workers) -> Runner:
    """What `probe.runs.campaign.conduct` takes to run on worker processes: as `run`, limits included.

    The check that it is given is not used: the workers make their own. Iterating raises what making it
    raised in a worker.
    """

    async def run_there(
        entries: Iterable[PartnerEntry],
        check: Checker,
        *,
        limits: RunLimits,
        listener: Listener,
        stop: asyncio.Event | None,
    ) -> AsyncGenerator[Finished, None]:
        del check
        pool = _Pool(workers)
        try:
            await pool.start()
            async for finished in run(entries, pool.check, limits=limits, listener=listener, stop=stop):
                yield finished
        finally:
            await pool.close()

    return run_there


class _WorkerDiedError(Exception):
    """The worker that checked has ended, for whatever reason."""


class _Pool:
    """The workers of one run."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._alive: list[_Worker] = []
        self._closing = False
        self._alone = asyncio.Lock()
        self._lone: _Worker | None = None

    async def start(self) -> None:
        """Start the workers, and wait until the first can check; one that ends before is replaced.

        Raises:
            ProbeError: a worker cannot make its check, or worker after worker ends while it starts.
        """
        self._alive = [_Worker(self._workers, self._ended) for _ in range(self._workers.count)]
        for _ in range(_STARTS):
            with suppress(_WorkerDiedError):
                await self._alive[0].ready
                return
        raise ProbeError(f"{_STARTS} worker processes ended while they started: use --processes 1")

    async def check(self, entry: PartnerEntry) -> Checked:
        """Check one partner on the least busy worker; where that one ends, on the next, and then alone."""
        for _ in range(_TOGETHER):
            with suppress(_WorkerDiedError):
                return await min(self._alive, key=lambda worker: worker.in_flight).check(entry)
        async with self._alone:
            return await self._check_alone(entry)

    async def _check_alone(self, entry: PartnerEntry) -> Checked:
        """Check one partner on a worker that checks nothing else meanwhile."""
        if self._lone is None or self._lone.dead:
            self._lone = _Worker(self._workers, _not_replaced)
        try:
            return await self._lone.check(entry)
        except _WorkerDiedError:
            return Checked(refused(entry, ENDED_EACH_TIME))
        finally:
            if self._lone.dead:
                await self._lone.end()

    async def close(self) -> None:
        """End the workers and wait for them."""
        self._closing = True
        workers = self._alive if self._lone is None else (*self._alive, self._lone)
        await asyncio.gather(*(worker.end() for worker in workers))

    def _ended(self, worker: _Worker) -> None:
        """Replace a worker that ended by itself, so that there is always one to ask."""
        if not self._closing and worker in self._alive:
            self._alive[self._alive.index(worker)] = _Worker(self._workers, self._ended)


def _not_replaced(worker: _Worker) -> None:
    """What follows when a worker for one partner ends: nothing."""
    del worker


class _Worker:
    """One process as the run sees it: its pipe, and the checks that it has in flight."""

    def __init__(self, workers: Workers, ended: Callable[[_Worker], None]) -> None:
        context = multiprocessing.get_context("spawn")
        self._loop = asyncio.get_running_loop()
        self._ended = ended
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Checked]] = {}
        self._lost = asyncio.Event()
        self.ready: asyncio.Future[None] = self._loop.create_future()
        self._pipe, far_end = context.Pipe()
        self._process = context.Process(
            target=work, args=(far_end, workers.make_checker, workers.keep_observations), daemon=True
        )
        self._process.start()
        far_end.close()
        self._outbox = Outbox(self._pipe)
        self._patience = workers.patience
        self._heard = False
        self._watching: asyncio.Task[None] | None = None
        listen(self._pipe, self._take, self._lose)

    @property
    def in_flight(self) -> int:
        """How many checks it has."""
        return len(self._waiting)

    @property
    def dead(self) -> bool:
        """Whether it has ended, for whatever reason."""
        return self._lost.is_set()

    async def check(self, entry: PartnerEntry) -> Checked:
        """Its answer.

        Raises:
            _WorkerDiedError: it ended before it answered.
            ProbeError: it cannot check at all.
        """
        if self.dead:
            raise _WorkerDiedError
        number = next(self._numbers)
        answer = self._expected(number)
        self._outbox.put((number, entry))
        try:
            return await answer
        except asyncio.CancelledError:
            if not answer.cancelled():  # it came together with the cancellation
                return answer.result()
            last = await self._last_word(number)
            if last is None:
                raise
            return last
        finally:
            del self._waiting[number]

    async def _last_word(self, number: int) -> Checked | None:
        """What a cancelled check had seen; None from a worker that ends instead."""
        last = self._expected(number)
        self._outbox.put((number, None))
        with suppress(_WorkerDiedError):
            return await last
        return None

    async def _watch(self) -> None:
        """End the process when it stands still: what it has no check of, it answers at once."""
        self._heard = True
        while self._heard:
            await asyncio.sleep(self._patience)
            self._heard = False
            self._outbox.put((next(self._numbers), None))
            await asyncio.sleep(self._patience)
        self._process.kill()

    def _expected(self, number: int) -> asyncio.Future[Checked]:
        answer: asyncio.Future[Checked] = self._loop.create_future()
        self._waiting[number] = answer
        return answer

    async def end(self) -> None:
        """End it, by force where it does not end by itself, and wait for that."""
        self._outbox.end()
        await asyncio.to_thread(self._end_process)
        await self._lost.wait()
        self._pipe.close()

    def _end_process(self) -> None:
        self._process.join(_END_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._outbox.join()

    def _take(self, messages: list[Message]) -> None:
        self._heard = True
        for number, document, observation in messages:
            if number is None:
                self._begin(document)
                continue
            answer = self._waiting.get(number)
            if answer is None or answer.done():
                continue
            if isinstance(document, bytes):
                kept = None if observation is None else record.loads(observation)
                answer.set_result(Checked(_DOCUMENT.decode(document), kept))
            else:
                answer.set_exception(document or _WorkerDiedError())

    def _begin(self, refusal: bytes | ProbeError | None) -> None:
        if self.ready.done():
            return
        if isinstance(refusal, ProbeError):
            self.ready.set_exception(refusal)
        else:
            self.ready.set_result(None)
            self._watching = self._loop.create_task(self._watch())

    def _lose(self) -> None:
        self._lost.set()
        if self._watching is not None:
            self._watching.cancel()
        if not self.ready.done():
            self.ready.set_exception(_WorkerDiedError())
            self.ready.exception()  # nobody may wait for it, and asyncio would complain of that
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(_WorkerDiedError())
        self._ended(self)
