"""The pipe between a run and its workers: an end that stands still stops nothing at the other."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import struct
from typing import Any

import pytest

from probe.runs.processes.pipe import Outbox, listen

MORE_THAN_A_PIPE_HOLDS = 10_000_000

pytestmark = pytest.mark.timeout(60)


def test_messages_arrive_in_their_order_and_those_of_one_turn_together() -> None:
    async def exchange() -> list[Any]:
        near, far = multiprocessing.Pipe()
        taken: list[Any] = []
        ended = asyncio.Event()
        listen(far, taken.append, ended.set)
        outbox = Outbox(near)
        for number in range(3):
            outbox.put(number)
        await asyncio.sleep(0.01)
        outbox.put(3)
        outbox.end()
        await ended.wait()
        return taken

    assert asyncio.run(exchange()) == [[0, 1, 2], [3]]


def test_an_end_that_takes_nothing_stops_nobody_who_sends() -> None:
    async def send() -> Any:
        near, far = multiprocessing.Pipe()
        outbox = Outbox(near)
        for _ in range(2):
            outbox.put("x" * MORE_THAN_A_PIPE_HOLDS)
            await asyncio.sleep(0.01)
        return await asyncio.to_thread(lambda: [len(far.recv()[0]) for _ in range(2)])

    assert asyncio.run(send()) == [MORE_THAN_A_PIPE_HOLDS] * 2


def test_what_is_sent_to_an_end_that_is_gone_is_lost() -> None:
    async def send() -> None:
        near, far = multiprocessing.Pipe()
        outbox = Outbox(near)
        far.close()
        outbox.put("x")
        outbox.end()
        await asyncio.to_thread(outbox.join)

    asyncio.run(send())


@pytest.mark.posix("descriptors of pipes")
def test_half_a_message_stops_nobody_who_listens() -> None:
    async def listened() -> list[Any]:
        near, far = multiprocessing.Pipe()
        taken: list[Any] = []
        ended = asyncio.Event()
        listen(near, taken.append, ended.set)
        os.write(far.fileno(), struct.pack("!i", 1000) + b"half")
        await asyncio.sleep(0.05)
        assert not ended.is_set()
        far.close()
        await ended.wait()
        return taken

    assert asyncio.run(listened()) == []
