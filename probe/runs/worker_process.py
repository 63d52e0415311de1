"""A worker process of a run: checks what comes over its pipe, and sends documents back, until the pipe ends.

It makes its own stores and callers once, checks on an event loop of its own, and leaves Ctrl-C to the run.
Nothing is loaded here that a process which only checks does not need (history, delivery): each would load it.
"""

from __future__ import annotations

import asyncio
import selectors
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Protocol

import msgspec

from probe import garbage
from probe.errors import ProbeError
from probe.facts import record
from probe.runs.attempts import Checked, Checker
from probe.runs.lists.partners import PartnerEntry
from probe.runs.untried_target import refused

MakeChecker = Callable[[], Checker]
"""Makes the check in the worker. Sent by pickle: a function of a module, or functools.partial of one."""

Wish = tuple[int, PartnerEntry | None]
"""What the run sends, in lists: the number of a check with its partner, or without: that one is cancelled."""

_TOGETHER_SECONDS = 0.02

Message = tuple[int | None, bytes | ProbeError | None, bytes | None]
"""What a worker sends, in lists: the number of a check, its document, its observation if that is kept.

Without a number: it begins, or cannot, because of the error.
"""


def work(pipe: Connection, make_checker: MakeChecker, keep_observations: bool) -> None:  # noqa: FBT001
    """What a worker process does: check what comes over the pipe until the pipe ends."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches every process of a terminal: the run decides
    with suppress(OSError, EOFError):  # the run was killed
        try:
            check = make_checker()
        except ProbeError as refused_to_begin:
            pipe.send([(None, refused_to_begin, None)])
            return
        garbage.collect_regularly()
        pipe.send([(None, None, None)])
        asyncio.run(_answer_all(pipe, check, keep_observations=keep_observations))


async def _answer_all(pipe: Connection, check: Checker, *, keep_observations: bool) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    tasks: dict[int, asyncio.Task[None]] = {}
    answers = _Answers(pipe)

    def begin(number: int, entry: PartnerEntry) -> None:
        task = tasks[number] = asyncio.create_task(_answer(answers, number, entry, check, keep_observations))
        task.add_done_callback(lambda _: tasks.pop(number, None))

    def take(wishes: list[Wish]) -> None:
        for number, entry in wishes:
            if entry is not None:
                begin(number, entry)
            elif number in tasks:
                # Not at once: a task that is cancelled before its first step gives no answer.
                loop.call_soon(tasks[number].cancel)

    listen(pipe, take, ended.set)
    await ended.wait()
    for task in tuple(tasks.values()):
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    answers.close()


class _Answers:
    """Answers on their way to the run, those of some milliseconds together: each message wakes the run.

    One by one they cost a tenth of all CPU time of a run on two cores (measured). A thread sends them: a
    worker that waited for the run to take its answers would take no wishes meanwhile, and the run might wait
    for that.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._waiting: list[Message] = []
        self._sender = ThreadPoolExecutor(1, "answers")

    def put(self, answer: Message) -> None:
        """Send an answer soon."""
        self._waiting.append(answer)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_later(_TOGETHER_SECONDS, self._send_waiting)

    def close(self) -> None:
        """Send what waits, and wait until all is sent."""
        self._send_waiting()
        self._sender.shutdown()

    def _send_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._sender.submit(self._send, waiting)

    def _send(self, answers: list[Message]) -> None:
        with suppress(OSError):  # the run was killed
            self._pipe.send(answers)


class Listened(Protocol):
    """An end of a pipe: on Windows multiprocessing makes it of another class."""

    def fileno(self) -> int:
        """Its descriptor, or handle."""

    def recv(self) -> Any:
        """The next message."""


def listen(pipe: Listened, take: Callable[[Any], None], ended: Callable[[], None]) -> None:
    """Hand each message to `take` on the running loop, until the pipe ends or brings None; then call `ended`.

    A thread that waits for the interpreter beside a loop that computes costs 0.1 ms a message, so the loop
    itself reads where it can: not on Windows.
    """
    loop = asyncio.get_running_loop()

    def received() -> Any:
        with suppress(OSError, EOFError):
            return pipe.recv()
        return None

    def read_until_end() -> None:
        with suppress(RuntimeError):  # the loop has ended
            while (message := received()) is not None:
                loop.call_soon_threadsafe(take, message)
            loop.call_soon_threadsafe(ended)

    there = selectors.DefaultSelector()

    def read_what_is_there() -> None:
        # All of it: one a turn of the loop would keep a busy worker at a few connections at a time.
        while there.select(0):
            message = received()
            if message is None:
                loop.remove_reader(pipe.fileno())
                there.close()
                ended()
                return
            take(message)

    try:
        loop.add_reader(pipe.fileno(), read_what_is_there)
        there.register(pipe, selectors.EVENT_READ)
    except NotImplementedError:
        threading.Thread(target=read_until_end, name="messages", daemon=True).start()


async def _answer(
    answers: _Answers,
    number: int,
    entry: PartnerEntry,
    check: Checker,
    keep_observations: bool,  # noqa: FBT001
) -> None:
    try:
        checked = await check(entry)
    except ProbeError as explained:
        checked = Checked(refused(entry, str(explained)))
    except asyncio.CancelledError:
        checked = Checked(refused(entry, "stopped before anything was seen"))
    except Exception as unexpected:  # noqa: BLE001  # a defect met at one partner must not lose the others
        checked = Checked(refused(entry, f"internal error: {type(unexpected).__name__}: {unexpected}"))
    kept = checked.observation if keep_observations else None
    document = msgspec.msgpack.encode(checked.document)
    answers.put((number, document, None if kept is None else record.dumps(kept)))
