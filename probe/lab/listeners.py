"""The partner's ports: ephemeral, on 127.0.0.1 and ::1 alike, and the two ways of not answering on them."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence

from probe.lab.scenes import Listening

IPV4, IPV6 = "127.0.0.1", "::1"

_BACKLOG = 128
_ATTEMPTS = 20
# More than any system queues for a backlog of 0; the first ones fill the queue, the rest are ignored.
_CONNECTIONS_THAT_FILL = 4
_NO_IPV6 = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EINVAL, errno.EPROTONOSUPPORT)


class Listeners:
    """One port on both loopback addresses (on IPv4 alone where the machine has no IPv6)."""

    def __init__(self, listening: Listening = Listening.ACCEPT) -> None:
        self.sockets = _bind()
        self._fillers: list[socket.socket] = []
        if listening is not Listening.REFUSE:
            for listener in self.sockets:
                listener.listen(0 if listening is Listening.IGNORE else _BACKLOG)
        if listening is Listening.IGNORE:
            self._fillers = [filler for listener in self.sockets for filler in _fill(listener)]

    @property
    def port(self) -> int:
        """The port, the same on both addresses."""
        return int(self.sockets[0].getsockname()[1])

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that the port is on."""
        return tuple(str(listener.getsockname()[0]) for listener in self.sockets)

    def close(self) -> None:
        """Free the port."""
        for opened in (*self._fillers, *self.sockets):
            opened.close()


def _bind() -> tuple[socket.socket, ...]:
    """Sockets bound to one free port. A port free on IPv4 may be taken on IPv6, so it is tried again.

    Raises:
        OSError: no port is free on both.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return _bind_once()
        except OSError as taken:
            if taken.errno != errno.EADDRINUSE:
                raise
    return _bind_once()


def _bind_once() -> tuple[socket.socket, ...]:
    first = _bound(socket.AF_INET, IPV4, 0)
    try:
        second = _bound(socket.AF_INET6, IPV6, first.getsockname()[1]) if socket.has_ipv6 else None
    except OSError as refused:
        if refused.errno in _NO_IPV6:
            return (first,)
        first.close()
        raise
    return (first,) if second is None else (first, second)


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    created = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family == socket.AF_INET6:
            created.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        created.bind((address, port))
    except OSError:
        created.close()
        raise
    created.setblocking(False)  # noqa: FBT003
    return created


def _fill(listener: socket.socket) -> Sequence[socket.socket]:
    """Connections that fill the listener's queue, so that the kernel ignores every further attempt."""
    fillers = []
    for _ in range(_CONNECTIONS_THAT_FILL):
        filler = socket.socket(listener.family, socket.SOCK_STREAM)
        filler.setblocking(False)  # noqa: FBT003
        filler.connect_ex(listener.getsockname())
        fillers.append(filler)
    return fillers
