"""A worker process of a run: checks what comes over its pipe, and sends documents back, until the pipe ends.

It makes its own stores and callers once, checks on an event loop of its own, and leaves Ctrl-C to the run.
Nothing is loaded here that a process which only checks does not need (history, delivery): each would load it.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection

import msgspec

from probe import garbage
from probe.errors import ProbeError
from probe.facts import record
from probe.runs.attempts import Checked, Checker
from probe.runs.lists.partners import PartnerEntry
from probe.runs.processes.pipe import Outbox, listen
from probe.runs.untried_target import refused

MakeChecker = Callable[[], Checker]
"""Makes the check in the worker. Sent by pickle: a function of a module, or functools.partial of one."""

Wish = tuple[int, PartnerEntry | None]
"""What the run sends, in lists: the number of a check with its partner, or without: that one is cancelled.

The number of a check that there is not: it wants a sign.
"""

_TOGETHER_SECONDS = 0.02

Message = tuple[int | None, bytes | ProbeError | None, bytes | None]
"""What a worker sends, in lists: the number of a check, its document, its observation if that is kept.

Without a number: it begins, or cannot, because of the error. A number alone: a sign.
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
    answers = Outbox(pipe, _TOGETHER_SECONDS)

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
            else:
                answers.put((number, None, None))  # the sign that the run asked for, or answered already

    listen(pipe, take, ended.set)
    await ended.wait()
    for task in tuple(tasks.values()):
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    answers.end()
    answers.join()


async def _answer(
    answers: Outbox,
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
