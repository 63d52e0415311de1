"""Waiting for bytes: on a loop that watches sockets, and on one that cannot (Windows' ProactorEventLoop)."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Awaitable, Callable

import pytest

from probe.collection.connection.tcp import TcpSocket

_PATIENCE = 10.0


class Unwatching(asyncio.SelectorEventLoop):
    """A loop that refuses to watch sockets, as ProactorEventLoop does."""

    def add_reader(self, fd: object, callback: object, *args: object) -> None:
        raise NotImplementedError


class Counting(TcpSocket):
    """Counts how often the loop says that there is something to read."""

    __slots__ = ("times_readable",)

    def _readable(self) -> None:
        self.times_readable = getattr(self, "times_readable", 0) + 1
        super()._readable()


LOOPS: list[type[asyncio.AbstractEventLoop]] = [asyncio.SelectorEventLoop, Unwatching]
if sys.platform == "win32":
    LOOPS.append(asyncio.ProactorEventLoop)


@pytest.fixture(params=LOOPS)
def loop(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    return request.param  # type: ignore[no-any-return]


Case = Callable[[Counting, socket.socket], Awaitable[None]]


def _run(factory: Callable[[], asyncio.AbstractEventLoop], case: Case) -> None:
    async def with_sockets() -> None:
        near = Counting()
        with socket.create_server(("127.0.0.1", 0)) as server:
            await near.connect("127.0.0.1", server.getsockname()[1], _later())
            far, _ = server.accept()
        with far:
            try:
                await asyncio.wait_for(case(near, far), _PATIENCE)
            finally:
                near.close()

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(with_sockets())


def _soon() -> float:
    return asyncio.get_running_loop().time() + 0.05


def _later() -> float:
    return asyncio.get_running_loop().time() + _PATIENCE


def test_bytes_are_received_as_they_come(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def case(near: Counting, far: socket.socket) -> None:
        for sent in (b"one", b"two", b"three"):
            waiting = asyncio.create_task(near.receive(_later()))
            await asyncio.sleep(0.01)
            far.sendall(sent)
            assert await waiting == sent
        far.sendall(b"there already")
        await asyncio.sleep(0.01)
        assert await near.receive(_later()) == b"there already"
        far.close()
        assert await near.receive(_later()) == b""

    _run(loop, case)


def test_a_wait_ends_at_its_limit_and_the_next_one_goes_on(
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def case(near: Counting, far: socket.socket) -> None:
        with pytest.raises(TimeoutError) as late:
            await near.receive(_soon())
        assert late.value.errno is None
        far.sendall(b"late")
        assert await near.receive(_later()) == b"late"

    _run(loop, case)


def test_nothing_is_begun_when_no_time_is_left(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """Bytes that fit the buffer, bytes that are there, a connection made at once: none needs a wait."""

    async def case(near: Counting, far: socket.socket) -> None:
        far.sendall(b"there already")
        await asyncio.sleep(0.01)
        late = Counting()
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(0.05)
            for begun in (
                lambda now: near.send(b"too late", now),
                near.receive,
                lambda now: late.connect("127.0.0.1", server.getsockname()[1], now),
            ):
                with pytest.raises(TimeoutError):
                    await begun(asyncio.get_running_loop().time())
            with pytest.raises(TimeoutError):
                server.accept()
        near.close()
        assert far.recv(100) == b""

    _run(loop, case)


def test_a_reset_is_told(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def case(near: Counting, far: socket.socket) -> None:
        waiting = asyncio.create_task(near.receive(_later()))
        await asyncio.sleep(0.01)
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        far.close()
        with pytest.raises(ConnectionResetError):
            await waiting

    _run(loop, case)


def test_a_wait_that_is_given_up_loses_nothing(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def case(near: Counting, far: socket.socket) -> None:
        waiting = asyncio.create_task(near.receive(_later()))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        far.sendall(b"afterwards")
        await asyncio.sleep(0.05)
        assert await near.receive(_later()) == b"afterwards"

    _run(loop, case)


def test_more_than_the_buffer_holds_is_sent_as_it_is_read(
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def case(near: Counting, far: socket.socket) -> None:
        data = b"x" * 20_000_000
        sending = asyncio.create_task(near.send(data, _later()))
        await asyncio.sleep(0.01)
        assert not sending.done()
        read = 0
        while read < len(data):
            read += len(await asyncio.to_thread(far.recv, 1_000_000))
        await sending
        assert read == len(data)

    _run(loop, case)


def test_what_nobody_reads_is_not_waited_for_longer_than_the_limit(
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def case(near: Counting, far: socket.socket) -> None:
        with pytest.raises(TimeoutError) as late:
            await near.send(b"x" * 20_000_000, _soon())
        assert late.value.errno is None

    _run(loop, case)


def test_the_loop_is_not_told_again_and_again_while_nobody_waits() -> None:
    async def case(near: Counting, far: socket.socket) -> None:
        waiting = asyncio.create_task(near.receive(_later()))
        await asyncio.sleep(0.01)
        far.sendall(b"first")
        assert await waiting == b"first"
        far.sendall(b"unasked")
        for _ in range(100):
            await asyncio.sleep(0)
        await asyncio.sleep(0.02)
        assert near.times_readable == 2
        assert await near.receive(_later()) == b"unasked"
        waiting = asyncio.create_task(near.receive(_later()))
        await asyncio.sleep(0.01)
        far.sendall(b"watched again")
        assert await waiting == b"watched again"

    _run(asyncio.SelectorEventLoop, case)
