"""Receives from one socket, each wait bounded by a moment on the event loop's clock.

The loop watches the socket from the first wait to the end of the connection. asyncio's own sock_recv and
timeout begin and end anew with each wait, which a connection does four times: 4 % of the cost of a probe.
Where the loop cannot watch sockets (Windows' ProactorEventLoop) they are used all the same.
"""

from __future__ import annotations

import asyncio
import socket


class Receiver:
    """What arrives on a connected, non-blocking socket; used by one task at a time."""

    __slots__ = ("_loop", "_size", "_socket", "_waiter", "_watching")

    def __init__(self, connected: socket.socket, size: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = connected
        self._size = size
        self._waiter: asyncio.Future[bytes] | None = None
        self._watching = False

    async def receive(self, limit: float) -> bytes:
        """The next bytes; b"" at the end of the stream.

        Raises:
            TimeoutError: nothing came until `limit`; it has no errno.
            OSError: the connection broke.
        """
        try:
            return self._socket.recv(self._size)
        except (BlockingIOError, InterruptedError):
            pass
        if not self._watching:
            try:
                self._loop.add_reader(self._socket.fileno(), self._readable)
            except NotImplementedError:
                async with asyncio.timeout_at(limit):
                    return await self._loop.sock_recv(self._socket, self._size)
            self._watching = True
        waiter: asyncio.Future[bytes] = self._loop.create_future()
        self._waiter = waiter
        timer = self._loop.call_at(limit, self._too_late)
        try:
            return await waiter
        finally:
            timer.cancel()

    def close(self) -> None:
        """Watch the socket no longer; to be called before it is closed."""
        if self._watching:
            self._loop.remove_reader(self._socket.fileno())
            self._watching = False

    def _readable(self) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            # Nobody waits, and the loop would tell it again and again.
            self.close()
            return
        try:
            waiter.set_result(self._socket.recv(self._size))
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as broken:
            waiter.set_exception(broken)

    def _too_late(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(TimeoutError())
