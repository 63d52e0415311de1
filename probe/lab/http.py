"""HTTP as the lab's server reads and writes it: whole requests in, answers as plain values out."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate
from typing import Protocol

from probe.lab.accepted_wire import Hangup

_END_OF_HEADERS = b"\r\n\r\n"
_LARGEST_REQUEST = 1 << 20
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, read to its end. Header names are lower-case."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of this name (given in lower case), or the empty string."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True)
class ServedAnswer:
    """One answer. Date and Content-Length are added when it is written."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def head(self) -> bytes:
        """Status line and headers up to and with the empty line."""
        lines = [f"HTTP/1.1 {self.status} {self.reason}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [f"Date: {formatdate(usegmt=True)}", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def encode(self, *, without_body: bool = False) -> bytes:
        """The bytes of the answer; `without_body` for a HEAD request."""
        return self.head() if without_body else self.head() + self.body


class Carrier(Protocol):
    """What requests come in on: TLS or a bare connection."""

    async def receive(self) -> bytes:
        """What the caller sends next."""

    async def send(self, data: bytes) -> None:
        """Send all of `data`."""


class Requests:
    """The requests that come in on one channel, one after the other."""

    def __init__(self, channel: Carrier) -> None:
        self._channel = channel
        self._buffer = b""

    async def next(self) -> Request:
        """The next request, body and all: an answer before its end would draw a reset from the kernel.

        Raises:
            Hangup: the caller ended the connection, or sent what is no request or far too long.
        """
        while _END_OF_HEADERS not in self._buffer:
            await self._more()
        head, _, self._buffer = self._buffer.partition(_END_OF_HEADERS)
        method, path, headers = _parse_head(head)
        found = dict(reversed(headers))
        if found.get("expect", "").lower() == "100-continue":
            await self._channel.send(_CONTINUE)
        if "chunked" in found.get("transfer-encoding", "").lower():
            body = await self._chunks()
        else:
            body = await self._take(_number(found.get("content-length", "0")))
        return Request(method, path, headers, body)

    async def _more(self) -> None:
        self._buffer += await self._channel.receive()
        if len(self._buffer) > _LARGEST_REQUEST:
            raise Hangup

    async def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            await self._more()
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    async def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            await self._more()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    async def _chunks(self) -> bytes:
        body = b""
        while size := _number((await self._line()).decode("latin-1"), 16):
            body += await self._take(size)
            await self._line()
        while await self._line():
            pass  # trailers
        return body


def _parse_head(head: bytes) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3:
        raise Hangup
    pairs = (line.partition(":") for line in lines)
    return words[0], words[1], tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)


def _number(text: str, base: int = 10) -> int:
    try:
        value = int(text.partition(";")[0], base)
    except ValueError:
        raise Hangup from None
    if not 0 <= value <= _LARGEST_REQUEST:
        raise Hangup
    return value
