"""One non-blocking TCP socket, each wait on it bounded by a moment on the event loop's clock.

What goes wrong comes out as the OSError that it was, and as a TimeoutError without errno when time ran out;
what that is a fact about is for wire.py. Nothing is begun for which no time is left: whether a wait that ends
at once would still be cancelled differs with the loop and with the clock (15.6 ms on Windows).

The loop watches the socket from the first wait for bytes to the end of the connection: asyncio's own
sock_recv and timeout begin and end anew with each wait, which a connection does four times (4 % of the cost
of a probe). Where the loop cannot watch sockets (Windows' ProactorEventLoop) they are used all the same.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket

_READ_SIZE = 32_768
_TURN_SECONDS = 0.004


class TcpSocket:
    """A connection to one address, used by one task at a time."""

    __slots__ = ("_asked", "_loop", "_socket", "_turn_ends", "_waiter", "_watching")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket: socket.socket | None = None
        self._waiter: asyncio.Future[bytes] | None = None
        self._watching = False
        self._asked = False
        self._turn_ends = 0.0

    @property
    def is_open(self) -> bool:
        """Whether there is a socket."""
        return self._socket is not None

    async def connect(self, address: str, port: int, limit: float) -> None:
        """Connect to an IP literal.

        Raises:
            TimeoutError: not until `limit`.
            OSError: refused, unreachable, or there is no such socket on this machine.
        """
        self._demand_time(limit)
        family, end_point = _end_point(address, port)
        made = self._socket = socket.socket(family, socket.SOCK_STREAM)
        made.setblocking(False)  # noqa: FBT003  # positional only
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout_at(limit):
            await self._loop.sock_connect(made, end_point)

    async def receive(self, limit: float) -> bytes:
        """The next bytes; b"" at the end of the stream.

        A partner that sends faster than they are read never makes us wait: so the clock is asked each time,
        and the event loop gets its turn after a few milliseconds.

        Raises:
            TimeoutError: nothing came until `limit`.
            OSError: the connection broke.
        """
        # What answers the bytes just sent is a round trip away: to look for it at once finds nothing.
        there = None if self._asked else self.receive_now()
        self._asked = False
        self._demand_time(limit)
        if there is not None:
            await self._take_turn()
            return there
        connected = self._connected
        if not self._watching:
            try:
                self._loop.add_reader(connected.fileno(), self._readable)
            except NotImplementedError:
                async with asyncio.timeout_at(limit):
                    return await self._loop.sock_recv(connected, _READ_SIZE)
            self._watching = True
        waiter: asyncio.Future[bytes] = self._loop.create_future()
        self._waiter = waiter
        timer = self._loop.call_at(limit, self._too_late)
        try:
            return await waiter
        finally:
            timer.cancel()

    def _demand_time(self, limit: float) -> None:
        if self._loop.time() >= limit:
            raise TimeoutError

    async def _take_turn(self) -> None:
        if self._loop.time() >= self._turn_ends:
            await asyncio.sleep(0)
            self._turn_ends = self._loop.time() + _TURN_SECONDS

    def receive_now(self) -> bytes | None:
        """Bytes that are there already, b"" at the end of the stream, None if there are none.

        Raises:
            OSError: the connection broke.
        """
        try:
            return self._connected.recv(_READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return None

    async def send(self, data: bytes, limit: float) -> None:
        """Send all of `data`, for which there is time until `limit`.

        Raises:
            TimeoutError: it was not taken until `limit`.
            OSError: the connection broke.
        """
        self._demand_time(limit)
        sent = self.send_now(data)
        self._asked = True
        if sent < len(data):
            async with asyncio.timeout_at(limit):
                await self._loop.sock_sendall(self._connected, memoryview(data)[sent:])

    def send_now(self, data: bytes) -> int:
        """Send what fits the socket's buffer, which nearly always is everything; how much that was.

        Raises:
            OSError: the connection broke.
        """
        try:
            return self._connected.send(data)
        except (BlockingIOError, InterruptedError):
            return 0

    def close(self) -> None:
        """Close the socket, if there is one."""
        if self._socket is not None:
            self._watch_no_longer()
            self._socket.close()
            self._socket = None

    @property
    def _connected(self) -> socket.socket:
        assert self._socket is not None  # noqa: S101  # connect came before
        return self._socket

    def _watch_no_longer(self) -> None:
        if self._watching:
            self._loop.remove_reader(self._connected.fileno())
            self._watching = False

    def _readable(self) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            # Nobody waits, and the loop would tell it again and again.
            self._watch_no_longer()
            return
        try:
            arrived = self.receive_now()
        except OSError as broken:
            waiter.set_exception(broken)
        else:
            if arrived is not None:
                waiter.set_result(arrived)

    def _too_late(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(TimeoutError())


def has_route(address: str, port: int) -> bool:
    """Whether this machine knows a way to an IP literal. Connecting a UDP socket sends nothing (connect(2)).

    So "unreachable" of this machine's own routing is told apart from what a router on the way answered.
    """
    try:
        family, end_point = _end_point(address, port)
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect(end_point)
    except OSError:
        return False
    return True


def _end_point(address: str, port: int) -> tuple[socket.AddressFamily, tuple[str | int, ...]]:
    """The family and the socket address of an IP literal.

    IPv6 has all four parts: ProactorEventLoop takes an address of two parts for IPv4, and ConnectEx reads
    the zone as a number only (`parse_address` in CPython's Modules/overlapped.c).

    Raises:
        OSError: this machine has no interface of the zone's name.
    """
    literal, _, zone = address.partition("%")
    if ipaddress.ip_address(literal).version == 4:
        return socket.AF_INET, (literal, port)
    scope = int(zone) if zone.isdecimal() else socket.if_nametoindex(zone) if zone else 0
    return socket.AF_INET6, (literal, port, 0, scope)
