"""The partner's server: accepts connections and plays the scene of its fault on each.

Nothing here is a fault; what goes wrong on purpose is in the scene, the answers and the certificates.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import tempfile
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path

from probe.lab.accepted_wire import AcceptedWire, Channel, Hangup
from probe.lab.exchange import Responder, Site
from probe.lab.http import Requests, ServedAnswer
from probe.lab.issuance import Credential
from probe.lab.scenes import Scene

Conversation = Callable[[AcceptedWire], Awaitable[None]]


class ConnectionAcceptor:
    """Takes connections in and holds the same conversation on each, all at once."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._connections: set[socket.socket] = set()

    async def serve(self, listeners: tuple[socket.socket, ...]) -> None:
        """Serve until cancelled; every connection is closed then.

        Raises:
            ExceptionGroup: a conversation failed for a reason that is no part of any fault.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for listener in listeners:
                    group.create_task(self._receive(listener, group))
        finally:
            # A conversation that was cancelled before its first step has closed nothing.
            for connection in self._connections:
                connection.close()

    async def _receive(self, listener: socket.socket, group: asyncio.TaskGroup) -> None:
        while True:
            await _readable(listener)
            try:
                connection, _ = listener.accept()
            except (BlockingIOError, ConnectionError):
                continue  # the caller gave up before it was accepted
            self._connections.add(connection)
            group.create_task(self._converse(connection))

    async def _converse(self, connection: socket.socket) -> None:
        try:
            await self._conversation(AcceptedWire(connection))
        except Hangup:
            pass  # the caller is done with us, which is its good right
        finally:
            connection.close()
            self._connections.discard(connection)


async def _readable(listener: socket.socket) -> None:
    """Wait for a connection attempt. Unlike loop.sock_accept, being cancelled cannot lose a connection."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(listener, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(listener)


class ExchangeServer:
    """The conversation of a partner's HTTPS port."""

    def __init__(self, scene: Scene, context: ssl.SSLContext, respond: Responder, site: Site) -> None:
        self._scene = scene
        self._context = context
        self._respond = respond
        self._site = site

    async def __call__(self, wire: AcceptedWire) -> None:
        """Play the scene on one connection."""
        if self._scene.opening:
            await self._scene.opening(wire)
            return
        channel = Channel(wire, self._context)
        try:
            await self._talk(channel)
        except Hangup:
            await wire.close()

    async def _talk(self, channel: Channel) -> None:
        hello = await channel.wire.client_hello()
        if self._scene.intermission:
            await channel.begin(hello)
            await self._scene.intermission(channel.wire)
            return
        await channel.handshake(hello)
        if self._scene.greeting:
            await self._scene.greeting(channel)
            return
        requests = Requests(channel)
        while True:
            request = await requests.next()
            go_on = await self._scene.reply(channel, request, self._respond(request, self._site))
            if not go_on or request.header("connection").lower() == "close":
                break
        await channel.close()


class IssuerServer:
    """The conversation of the plain HTTP port that certificates point at.

    One answer to any request, but for the paths published: these, and everything below, have their own.
    """

    def __init__(self, content: bytes, published: tuple[tuple[str, bytes], ...] = ()) -> None:
        self._content = content
        self._published = published

    async def __call__(self, wire: AcceptedWire) -> None:
        """Read one request, answer and close."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += await wire.receive()
        path = received.split(b" ", 2)[1].decode("latin-1")
        content = next((c for start, c in self._published if path.startswith(start)), self._content)
        headers = (("Content-Type", "application/pkix-cert"), ("Connection", "close"))
        await wire.send(ServedAnswer(200, "OK", headers, content).encode())
        await wire.close()


def tls_context(server: Credential, chain_pem: str, scene: Scene) -> ssl.SSLContext:
    """The server's side of TLS: this certificate and key, presenting `chain_pem` as it is.

    The library's own standards for keys and signatures are off: weak ones are among the faults.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(f"{scene.ciphers}:@SECLEVEL=0")
    with warnings.catch_warnings():
        # Python warns of TLS 1.0 and 1.1, which partners still speak.
        warnings.simplefilter("ignore", DeprecationWarning)
        if scene.maximum:
            context.maximum_version = scene.maximum
        if scene.minimum:
            context.minimum_version = scene.minimum
    if scene.group is not None:
        context.set_ecdh_curve(scene.group)
    if scene.demands_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
    _load(context, server.key_pem, chain_pem)
    return context


def _load(context: ssl.SSLContext, key_pem: str, chain_pem: str) -> None:
    # The library reads certificates from files only; they are gone before the server starts.
    with tempfile.TemporaryDirectory(prefix="probe-lab-") as folder:
        path = Path(folder, "server.pem")
        path.write_text(key_pem + chain_pem, encoding="ascii")
        context.load_cert_chain(path)
