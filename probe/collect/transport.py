"""httpx over our own wire: httpcore's public network backend, and the transport that httpx asks for.

httpcore frames HTTP and never touches TLS: `start_tls` of our stream does our handshake, with the context of
the offer. It swallows errors of writing, so the wire's own memory of what failed is what counts, never the
exception that comes out here. The answer's head is bounded and its first bytes are kept.
"""

from __future__ import annotations

import importlib.util
import ssl
import sys
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any, Protocol

import httpcore
import httpx

from probe.collect.failures import WireError
from probe.collect.settings import Limits, Proxy
from probe.collect.tls import Hello
from probe.collect.wire import Wire
from probe.facts.observation import FailureKind, Phase, WireFailure

# httpcore asks sniffio, if there is one, for the event loop at the first use of each lock: without it every
# connection would look for the module along the whole path.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # "import sniffio" fails at once

_STATUS_LINE = b"HTTP/"
_CONNECTION_LIFE = 3600.0


class _Carrier(Protocol):
    """What both of httpcore's connection kinds can do."""

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response: ...

    async def aclose(self) -> None: ...


class Stream(httpcore.AsyncNetworkStream):
    """The wire as httpcore sees it, watching the head of each answer."""

    def __init__(self, wire: Wire, hello: Hello | None, server_name: str | None, limits: Limits) -> None:
        self.wire = wire
        self._hello = hello
        self._server_name = server_name
        self._limits = limits
        self.raw = bytearray()
        self._unsent = b""
        self._head_bytes = 0
        self._in_head = True

    def expect_answer(self) -> None:
        """The next bytes read begin an answer."""
        self.raw.clear()
        self._head_bytes = 0
        self._in_head = True

    def head_complete(self) -> None:
        """The head of the answer has been read."""
        self._in_head = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Bytes of the answer; httpcore.ReadError once the wire broke, or a head is too long or no HTTP."""
        try:
            await self._send_unsent()
            if self._in_head and self._head_bytes > self._limits.header_bytes:
                raise self._refuse(FailureKind.HEADER_LIMIT, f"more than {self._limits.header_bytes} bytes")
            data = await self.wire.read(min(max_bytes, 16_384))
        except WireError as broken:
            raise httpcore.ReadError(str(broken)) from None
        if self._in_head:
            self._head_bytes += len(data)
            self.raw += data[: self._limits.raw_bytes - len(self.raw)]
            if self.raw and not looks_like_http(self.raw):
                self._refuse(FailureKind.MALFORMED, "the answer does not begin with HTTP/")
                raise httpcore.ReadError("no HTTP")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Take bytes of the request: head and body go out as one when the answer is waited for."""
        self._unsent += buffer

    async def aclose(self) -> None:
        """Close the connection."""
        self.wire.close()

    async def connect(self, address: str, port: int, following: Phase) -> None:
        """Connect the wire and enter the phase `following`; httpcore.ConnectError if it fails."""
        try:
            await self.wire.connect(address, port, following)
        except WireError as broken:
            raise httpcore.ConnectError(str(broken)) from None
        self.wire.clock.enter(following)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext | None = None,  # noqa: ARG002
        server_hostname: str | None = None,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Do our handshake, whatever httpcore proposes; httpcore.ConnectError if it fails."""
        assert self._hello is not None  # noqa: S101  # only https asks for TLS
        assert self._hello.context is not None  # noqa: S101  # offers of nothing are not connected
        self.expect_answer()
        try:
            await self.wire.handshake(self._hello.context, self._server_name)
        except WireError as broken:
            raise httpcore.ConnectError(str(broken)) from None
        return self

    def get_extra_info(self, info: str) -> Any:
        """Whether an idle connection has become readable; nothing else is told."""
        return self.wire.stale() if info == "is_readable" else None

    async def _send_unsent(self) -> None:
        """Send the request; an answer may wait even if that fails (a partner that refuses early)."""
        if self._unsent:
            unsent, self._unsent = self._unsent, b""
            try:
                await self.wire.write(unsent)
            except WireError as broken:
                if broken.failure.kind is not FailureKind.RESET:
                    raise

    def _refuse(self, kind: FailureKind, detail: str) -> WireError:
        failure = WireFailure(self.wire.phase, kind, detail=detail)
        self.wire.failure = self.wire.failure or failure
        return WireError(failure)


class _Backend(httpcore.AsyncNetworkBackend):
    """Connects the one wire it has, to the proxy that was chosen for it."""

    def __init__(self, stream: Stream, address: str, port: int, following: Phase) -> None:
        self._stream = stream
        self._address = address
        self._port = port
        self._next = following
        self._used = False

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002
        port: int,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Any = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        if self._used:
            raise httpcore.ConnectError("the connection is gone, and a new one is a new wire")
        self._used = True
        await self._stream.connect(self._address, self._port, self._next)
        return self._stream


class Transport(httpx.AsyncBaseTransport):
    """One connection for the requests of one endpoint, direct or through a proxy's tunnel.

    A direct one is httpcore's HTTP/1.1 connection over our stream; its AsyncHTTPConnection around that would
    add locks, tracing and a second start of TLS for a choice of protocol that is never offered.
    """

    def __init__(
        self, stream: Stream, origin: httpx.URL, address: str, port: int, proxy: Proxy | None
    ) -> None:
        self.stream = stream
        self._secure = origin.scheme == "https"
        self._origin = httpcore.Origin(origin.raw_scheme, origin.raw_host, _port(origin))
        self._address = address
        self._port = port
        self._carrier: _Carrier | None = None
        if proxy is not None:
            following = Phase.TUNNEL if self._secure else Phase.SEND
            self._carrier = httpcore.AsyncHTTPProxy(
                proxy.url,
                proxy_auth=_encoded(proxy.credentials),
                ssl_context=_unused_context(),
                max_connections=1,
                keepalive_expiry=_CONNECTION_LIFE,
                network_backend=_Backend(stream, address, port, following),
            )

    @property
    def reusable(self) -> bool:
        """Whether the connection can carry another request."""
        if self.stream.wire.failure or self.stream.wire.ended:
            return False
        carrier = self._carrier
        if isinstance(carrier, httpcore.AsyncHTTP11Connection):
            return carrier.is_available() and not carrier.has_expired()
        return not self.stream.wire.stale()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the head of the answer has been read, the body has not.

        Raises:
            httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError: no answer; the wire knows why.
        """
        self.stream.expect_answer()
        url = request.url
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        carrier = self._carrier or await self._connected()
        answer = await carrier.handle_async_request(asked)
        self.stream.head_complete()
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """Close the connection."""
        if self._carrier is not None:
            await self._carrier.aclose()
        self.stream.wire.close()

    async def _connected(self) -> _Carrier:
        await self.stream.connect(self._address, self._port, Phase.HANDSHAKE if self._secure else Phase.SEND)
        if self._secure:
            await self.stream.start_tls()
        self._carrier = httpcore.AsyncHTTP11Connection(self._origin, self.stream, _CONNECTION_LIFE)
        return self._carrier


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


@lru_cache(maxsize=32)
def parsed_url(url: str) -> httpx.URL:
    """A URL as httpx reads it; parsed once for the requests that follow each other.

    Raises:
        httpx.InvalidURL: it is none.
    """
    return httpx.URL(url)


def looks_like_http(beginning: bytes | bytearray) -> bool:
    """Whether an answer can still become HTTP/1: it begins as a status line does."""
    return bytes(beginning[: len(_STATUS_LINE)]) == _STATUS_LINE[: len(beginning)]


def _encoded(credentials: tuple[str, str] | None) -> tuple[bytes, bytes] | None:
    return None if credentials is None else (credentials[0].encode(), credentials[1].encode())


@lru_cache(maxsize=1)
def _unused_context() -> ssl.SSLContext:
    """What httpcore wants to have and to set ALPN on. .NET Framework sends no ALPN, and neither do we."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
