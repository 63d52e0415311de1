"""How the requests of one endpoint reach it: connect, through a proxy's tunnel or not, TLS, then HTTP/1.1.

The connection is made when the first request is. No ALPN is sent, because .NET Framework sends none. What
breaks is in the wire's memory (http1.py), but for a proxy that refuses.
"""

from __future__ import annotations

import base64
import ssl
from typing import TYPE_CHECKING

from probe.collection.connection.failures import WireError
from probe.collection.connection.http1 import Headers, Http1, NoAnswerError
from probe.collection.connection.request_line import RequestLine
from probe.collection.connection.wire import Wire
from probe.collection.settings import Limits, Proxy
from probe.facts.observation import FailureKind, Phase, WireFailure
from probe.facts.target import ip_literal

if TYPE_CHECKING:
    import h11


class ProxyRefusedError(Exception):
    """The proxy answered CONNECT with other than 2xx; the words are its status and reason."""


class Transport:
    """One connection for the requests of one endpoint, to `address` and `port`: the partner's or the proxy's.

    `context` is the handshake to make; None: plain http.
    """

    __slots__ = ("_address", "_context", "_http", "_limits", "_port", "_proxy", "wire")

    def __init__(
        self,
        wire: Wire,
        limits: Limits,
        address: str,
        port: int,
        *,
        context: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self.wire = wire
        self._limits = limits
        self._address = address
        self._port = port
        self._context = context
        self._proxy = proxy
        self._http: Http1 | None = None

    @property
    def reusable(self) -> bool:
        """Whether the connection can carry another request."""
        if self._http is None or self.wire.failure or self.wire.ended:
            return False
        return self._http.reusable

    @property
    def raw(self) -> bytearray:
        """The beginning of the latest answer."""
        return self._http.raw if self._http else bytearray()

    async def send(self, method: str, line: RequestLine, headers: Headers, body: bytes) -> h11.Response:
        """Send one request; the head of the answer has been read, its body has not.

        Raises:
            NoAnswerError: no answer came; the wire knows why.
            ProxyRefusedError: the proxy lets nothing through.
        """
        http = self._http
        if http is None:
            try:
                http = await self._connected(line)
            except WireError as broken:
                raise NoAnswerError(str(broken)) from None
        if self._proxy is None or self._context is not None:
            return await http.send(method, line.target, line.host_and_port, headers, body)
        forwarded = (*_authorization(self._proxy), *headers)
        return await http.send(method, line.url, line.host_and_port, forwarded, body)

    async def body_part(self) -> bytes:
        """The next part of the latest answer's body; b"" when it is whole.

        Raises:
            NoAnswerError: the rest does not come.
        """
        assert self._http is not None  # noqa: S101  # an answer has come
        return await self._http.body_part()

    def close(self) -> None:
        """Close the connection."""
        self.wire.close()

    async def exchange_hello(self, line: RequestLine, hello: bytes) -> None:
        """Send a ClientHello of our own; the wire has what came back.

        Raises:
            WireError: it was refused, or nothing whole came.
            ProxyRefusedError: the proxy lets nothing through.
        """
        following = Phase.HANDSHAKE if self._proxy is None else Phase.TUNNEL
        await self.wire.connect(self._address, self._port, following)
        self.wire.clock.enter(following)
        if self._proxy is not None:
            try:
                await self._tunnel(line, self._proxy)
            except NoAnswerError as error:
                failure = self.wire.failure or self.wire.ended
                raise WireError(
                    failure or WireFailure(Phase.TUNNEL, FailureKind.MALFORMED, detail=str(error))
                ) from None
        await self.wire.exchange_hello(hello)

    async def _connected(self, line: RequestLine) -> Http1:
        wire, context = self.wire, self._context
        secured = Phase.HANDSHAKE if self._proxy is None else Phase.TUNNEL
        following = Phase.SEND if context is None else secured
        await wire.connect(self._address, self._port, following)
        wire.clock.enter(following)
        if context is not None:
            if self._proxy is not None:
                await self._tunnel(line, self._proxy)
            await wire.handshake(context, None if ip_literal(line.host) else line.host)
        self._http = Http1(wire, self._limits)
        return self._http

    async def _tunnel(self, line: RequestLine, proxy: Proxy) -> None:
        """Have the proxy connect on (RFC 9110 section 9.3.6)."""
        self._http = Http1(self.wire, self._limits)
        headers = (("Accept", "*/*"), *_authorization(proxy))
        answer = await self._http.send("CONNECT", line.authority, line.authority, headers)
        if not 200 <= answer.status_code < 300:
            raise ProxyRefusedError(f"{answer.status_code} {answer.reason.decode('ascii', errors='ignore')}")
        self._http = None


def _authorization(proxy: Proxy) -> Headers:
    if proxy.credentials is None:
        return ()
    token = base64.b64encode(":".join(proxy.credentials).encode()).decode()
    return (("Proxy-Authorization", f"Basic {token}"),)
