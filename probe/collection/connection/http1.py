"""HTTP/1.1 on a wire: h11 frames the answers, the wire carries it, one request at a time.

The head of an answer is bounded here, its body by who reads it. What breaks is in the wire's memory, never in
the exception that comes out here; only an answer that breaks HTTP itself is known by the exception's words.
The first bytes of an answer are kept.

h11 stands here without httpx and httpcore on top of it, as CONTRIBUTING.md's decision 1 says, because that
and the CPU that a run over many partners may cost cannot both be had: a probe makes two requests, records
and judges, and has to cost less than a bare loop over httpx. Of what httpx and httpcore did between h11 and
our wire (pooling, locks, tracing, models of URL, request and response) nothing was used. h11 follows what is
asked and reads all that is answered; the few bytes of a request are put together here, because h11 would
check the same headers anew for every partner (3 % of the cost of a probe).
"""

from __future__ import annotations

import re
from functools import lru_cache

import h11

from probe.collection.connection.failures import WireError
from probe.collection.connection.wire import Wire
from probe.collection.settings import Limits
from probe.facts.observation import FailureKind, WireFailure

Headers = tuple[tuple[str, str], ...]

_STATUS_LINE = b"HTTP/"
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_END = h11.EndOfMessage()
# h11 refuses a head of which it holds more than this without an end. Our own limit is told apart by name and
# comes first, unless one read brings more.
_LARGEST_HEAD = 102_400


class NoAnswerError(Exception):
    """No answer, or not all of it. Why is the wire's to say; if it knows nothing, the answer was no HTTP."""


class Http1:
    """The requests on one wire that is connected, one after the other.

    `raw` is the beginning of the latest answer.
    """

    __slots__ = ("_framing", "_head_bytes", "_in_head", "_limits", "_wire", "raw")

    def __init__(self, wire: Wire, limits: Limits) -> None:
        self.raw = bytearray()
        self._wire = wire
        self._limits = limits
        self._framing = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)
        self._head_bytes = 0
        self._in_head = True

    @property
    def reusable(self) -> bool:
        """Whether the connection can carry another request: the last answer is whole and nobody closes."""
        framing = self._framing
        if framing.our_state is not h11.DONE or framing.their_state is not h11.DONE:
            return False
        # Bytes behind an answer are no answer to the next request.
        return not framing.trailing_data[0] and not self._wire.stale()

    async def send(
        self, method: str, target: str, host: str, headers: Headers, body: bytes = b""
    ) -> h11.Response:
        """Send one request; the head of the answer has been read, its body has not.

        `host` is the Host header; Content-Length is added where there is a body.

        Raises:
            NoAnswerError: no answer came.
        """
        framing = self._framing
        if framing.our_state is h11.DONE:
            framing.start_next_cycle()
        self.raw.clear()
        self._head_bytes = 0
        self._in_head = True
        self._wire.budget.begin_head(self._limits)
        try:
            request = _head(method, target, host, headers, len(body)) + body
        except h11.LocalProtocolError as unusable:
            raise NoAnswerError(str(unusable)) from None
        framing.send(_announced(method))
        framing.send(_END)
        await self._send(request)
        while True:
            event = await self._event()
            if isinstance(event, h11.Response):
                self._in_head = False
                self._wire.budget.begin_body(self._limits)
                return event

    async def body_part(self) -> bytes:
        """The next part of the latest answer's body; b"" when it is whole.

        Raises:
            NoAnswerError: the rest does not come.
        """
        event = await self._event()
        return bytes(event.data) if isinstance(event, h11.Data) else b""

    async def _send(self, request: bytes) -> None:
        """Send the request; an answer may wait even if that fails (a partner that refuses early)."""
        try:
            await self._wire.write(request)
        except WireError as broken:
            if broken.failure.kind is not FailureKind.RESET:
                raise NoAnswerError(str(broken)) from None

    async def _event(self) -> h11.Event | type[h11.PAUSED]:
        framing = self._framing
        try:
            await self._wire.take_step()
        except WireError as broken:
            raise NoAnswerError(str(broken)) from None
        while True:
            try:
                event = framing.next_event()
                if event is not h11.NEED_DATA:
                    return event  # type: ignore[return-value]  # NEED_DATA has just been ruled out
                data = await self._read()
                if not data and framing.their_state is h11.SEND_RESPONSE:
                    raise NoAnswerError("the partner ended the connection without an answer")
                framing.receive_data(data)
            except h11.RemoteProtocolError as broken:
                raise NoAnswerError(str(broken)) from None

    async def _read(self) -> bytes:
        if self._in_head and self._head_bytes > self._limits.header_bytes:
            raise self._refused(FailureKind.HEADER_LIMIT, f"more than {self._limits.header_bytes} bytes")
        try:
            data = await self._wire.read()
        except WireError as broken:
            raise NoAnswerError(str(broken)) from None
        if self._in_head:
            self._head_bytes += len(data)
            self.raw += data[: self._limits.raw_bytes - len(self.raw)]
            if self.raw and not looks_like_http(self.raw):
                raise self._refused(FailureKind.MALFORMED, "the answer does not begin with HTTP/")
        return data

    def _refused(self, kind: FailureKind, detail: str) -> NoAnswerError:
        wire = self._wire
        wire.failure = wire.failure or WireFailure(wire.phase, kind, detail=detail)
        return NoAnswerError(detail)


def _head(method: str, target: str, host: str, headers: Headers, length: int) -> bytes:
    """The head of a request, Host first (RFC 9110 section 7.2).

    Raises:
        h11.LocalProtocolError: something in it cannot stand in a request.
    """
    if not _VISIBLE.fullmatch(target) or not _VISIBLE.fullmatch(host):
        raise h11.LocalProtocolError("Illegal target characters")
    sized = b"Content-Length: %d\r\n" % length if length else b""
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n".encode() + _block(headers) + sized + b"\r\n"


@lru_cache(maxsize=64)
def _block(headers: Headers) -> bytes:
    """These headers as they are sent, checked by h11: a run sends the same few to every partner.

    Raises:
        h11.LocalProtocolError: one of them cannot stand in a request.
    """
    checked = h11.Request(method="GET", target="/", headers=[("Host", ""), *headers]).headers.raw_items()
    return b"".join(b"%s: %s\r\n" % header for header in checked[1:])


@lru_cache(maxsize=8)
def _announced(method: str) -> h11.Request:
    """What h11 is told of a request: all that the framing of an answer depends on is the method."""
    return h11.Request(method=method, target="/", headers=[("Host", "")])


def looks_like_http(beginning: bytes | bytearray) -> bool:
    """Whether an answer can still become HTTP/1: it begins as a status line does."""
    return bytes(beginning[: len(_STATUS_LINE)]) == _STATUS_LINE[: len(beginning)]
