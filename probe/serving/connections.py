"""What one client of the exporter may hold: so many connections, each so long without a whole request.

uvicorn limits how many connections are answered and how long an answered one may idle; a client that begins
requests and does not finish them would have all of them for ever. Many clients together have no more than
that limit either: whoever comes then takes the place of the connection that waits for a request for longest.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

REQUEST_SECONDS = 10.0
MOST_OF_A_CLIENT = 32


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection on which no whole head of a request comes in time."""

    _timer: asyncio.TimerHandle | None = None
    _begun = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, unless its client has too many."""
        super().connection_made(transport)
        address = _address(self)
        same = sum(_address(other) == address for other in self.connections)
        if same > MOST_OF_A_CLIENT:
            transport.abort()
            return
        self._begun = asyncio.get_running_loop().time()
        self._make_room()
        self._await_request()

    def _make_room(self) -> None:
        """End the oldest connection without a request where this one is more than are answered."""
        if self.limit_concurrency is None or len(self.connections) < self.limit_concurrency:
            return
        others = (other for other in self.connections if isinstance(other, BoundedProtocol))
        waiting = [other for other in others if other is not self and not other._answering()]
        if waiting:
            oldest = min(waiting, key=lambda other: other._begun)
            self.connections.discard(oldest)  # its end is told later, and many may come before that
            oldest.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read on; while no request is under way, the time for its head runs."""
        super().data_received(data)
        if self._answering():
            self._stop()
        elif self._timer is None:
            self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop()
        super().connection_lost(exc)

    def _await_request(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(REQUEST_SECONDS, self._too_late)

    def _too_late(self) -> None:
        self._timer = None
        if not self._answering():
            self.transport.abort()

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn declares that there always is one
        return cycle is not None and not cycle.response_complete

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _address(connection: object) -> object:
    client: tuple[str, int] | None = getattr(connection, "client", None)
    return client and client[0]
