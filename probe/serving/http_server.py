"""The exporter's HTTP server: its socket, its limits, and an end that lets no check hang.

The socket is opened before anything else, so that an address in use is one line and not a traceback.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address

import uvicorn
from starlette.types import ASGIApp

from probe.errors import OutputError, UsageError
from probe.runs.interruption import stop_on_signal
from probe.serving.application import Exporting
from probe.serving.connections import BoundedProtocol

_FORM = re.compile(r"(?:\[(?P<literal>[0-9A-Fa-f:.]+)\]|(?P<host>[^\[\]:\s]+)):(?P<port>\d{1,5})\Z")
# How many connections are accepted at a time before any of them is looked at, and so may be too many.
_BACKLOG = 64
# Connections beyond the checks: scrapes of /metrics, the status page, a browser that keeps some open.
_OTHER_CONNECTIONS = 64
_LARGEST_HEAD = 16 * 1024


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. Port 0: any that is free."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """The address in `127.0.0.1:9115`, `[::1]:9115` or `localhost:9115`.

    Raises:
        UsageError: it is none; a port alone does not say who may reach it.
    """
    match = _FORM.match(text.strip())
    if match is None or int(match["port"]) > 65535:
        raise UsageError(f"--listen {text!r}: give HOST:PORT, like 127.0.0.1:9115 or [::1]:9115")
    return Address(match["literal"] or match["host"], int(match["port"]))


def listening_socket(address: Address) -> socket.socket:
    """A socket that listens there.

    Raises:
        OutputError: the address is in use, or not of this machine.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server((address.host, address.port), family=family, backlog=_BACKLOG)
    except OSError as refused:
        raise OutputError(
            f"cannot listen on {address} ({_reason(refused)}): choose another --listen"
        ) from None


def _reason(refused: OSError) -> str:
    """The system's words; `create_server` puts the address behind them, as Python writes it."""
    return os.strerror(refused.errno) if refused.errno else str(refused)


async def serve(
    application: ASGIApp,
    listener: socket.socket,
    options: Exporting,
    hangup: Callable[[], None] | None = None,
) -> None:
    """Answer until an interrupt or SIGTERM; checks under way then have the grace to finish.

    `hangup` is called on SIGHUP, which otherwise ends it too.
    """
    server = _Server(
        uvicorn.Config(
            application,
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            access_log=False,
            log_config=None,
            log_level="critical",  # what goes wrong is said by the application, in one line
            proxy_headers=False,
            server_header=False,
            backlog=_BACKLOG,
            limit_concurrency=options.concurrency + _OTHER_CONNECTIONS,
            timeout_graceful_shutdown=options.grace_seconds,
            h11_max_incomplete_event_size=_LARGEST_HEAD,
        )
    )
    with stop_on_signal(hangup) as stop:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        stopping.cancel()
        await serving


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, which end the process by the signal that they caught."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `stop_on_signal`."""
        yield
