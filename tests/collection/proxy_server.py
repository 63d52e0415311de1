"""A small HTTP proxy: CONNECT and plain requests, with or without a password, honest or inspecting TLS."""

from __future__ import annotations

import asyncio
import base64
import ssl
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from probe.lab import authority

_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_EXCHANGE = (
    b"HTTP/1.1 401 Unauthorized\r\nX-FEServer: EX1\r\nX-WSSecurity-Enabled: True\r\nrequest-id: 1\r\n"
    b"Content-Length: 0\r\n\r\n"
)


class ProxyServer:
    """Served by a thread of its own while the context lasts.

    `ways` leads `host:port` to a port on loopback; every other destination is 502. `inspector` makes it
    present certificates of its own. `asked` are the destinations in order, `refusal` its answer to all.
    """

    def __init__(
        self,
        ways: Mapping[str, int],
        *,
        credentials: str | None = None,
        refusal: str | None = None,
        inspector: authority.Credential | None = None,
    ) -> None:
        self._ways = ways
        self._credentials = credentials and base64.b64encode(credentials.encode()).decode()
        self._refusal = refusal
        self._inspector = inspector
        # asyncio holds tasks weakly: one whose ends are both idle could be collected while it waits.
        self._serving: set[asyncio.Task[None] | None] = set()
        self.asked: list[str] = []
        self.port = 0

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        await asyncio.sleep(0)  # a connection that was accepted in this turn gets its task in the next one
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)  # the transports close in the next turn of the loop

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served = asyncio.current_task()
        self._serving.add(served)
        try:
            await self._talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._serving.discard(served)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, destination, _ = head.split("\r\n", 1)[0].split(" ")
        self.asked.append(destination)
        status = self._status(head, method, destination)
        if status is not None:
            challenge = 'Proxy-Authenticate: Basic realm="p"\r\n' if status.startswith("407") else ""
            writer.write(f"HTTP/1.1 {status}\r\n{challenge}Content-Length: 0\r\n\r\n".encode())
            await writer.drain()
        elif method != "CONNECT":
            await self._forward(head, destination, writer)
        elif self._inspector is not None:
            await self._inspect(destination, reader, writer)
        else:
            writer.write(_ESTABLISHED)
            await self._join(self._ways[destination], reader, writer)

    def _status(self, head: str, method: str, destination: str) -> str | None:
        if self._credentials and f"Proxy-Authorization: Basic {self._credentials}\r\n" not in head:
            return "407 Proxy Authentication Required"
        if self._refusal is not None:
            return self._refusal
        host = destination if method == "CONNECT" else _plain(destination)
        return None if host in self._ways else "502 Bad Gateway"

    async def _forward(self, head: str, url: str, writer: asyncio.StreamWriter) -> None:
        onward_reader, onward = await asyncio.open_connection("127.0.0.1", self._ways[_plain(url)])
        path = "/" + url.split("/", 3)[3]
        try:
            onward.write(head.replace(url, path, 1).encode("latin-1"))
            writer.write(await onward_reader.read())
            await writer.drain()
        finally:
            onward.close()

    async def _join(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward_reader, onward = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(_copy(reader, onward), _copy(onward_reader, writer))
        finally:
            onward.close()

    async def _inspect(
        self, destination: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Terminate TLS with a certificate made for the host, and answer as Exchange would."""
        assert self._inspector is not None
        made = authority.end_entity(self._inspector, destination.rpartition(":")[0])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "chain.pem")
            path.write_text(made.key_pem + made.chain_pem())
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(path)
        writer.write(_ESTABLISHED)
        await writer.drain()
        await writer.start_tls(context)
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if length:
                await reader.readexactly(int(length[0].partition(b":")[2]))
            writer.write(_EXCHANGE)
            await writer.drain()


def _plain(url: str) -> str:
    host = url.removeprefix("http://").partition("/")[0]
    return host if ":" in host else f"{host}:80"


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        pass
