"""Requests on one connection and what came back: the answer bounded, undressed of secrets, or how it failed.

What the wire remembers counts more than what reading HTTP raises (CONTRIBUTING.md, decision 1). The
body is asked for uncompressed; one that comes compressed all the same is unpacked no further than the limit.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from time import perf_counter

from msgspec import Struct, field

from probe.collection.connection.http1 import Headers, NoAnswerError
from probe.collection.connection.request_line import request_line
from probe.collection.connection.transport import ProxyRefusedError, Transport
from probe.collection.settings import Settings
from probe.facts.observation import FailureKind, HttpExchange, Phase, WireFailure

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9!#$&.^_`|~-]*\Z")
_REALM = re.compile(r'realm\s*=\s*(?P<value>"(?:[^"\\]|\\.)*"|[^\s,"]+)', re.IGNORECASE)
_CHALLENGE_PARTS = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_SECRET_LINES = re.compile(
    rb"^(set-cookie2?|www-authenticate|proxy-authenticate|authentication-info|authorization)[ \t]*:[^\r\n]*",
    re.IGNORECASE | re.MULTILINE,
)
_ENDED_IDLE = frozenset((FailureKind.CLOSED, FailureKind.CLOSE_NOTIFY, FailureKind.RESET))


class HttpRequest(Struct, frozen=True):
    """One request to make. `url` differs from the endpoint's only for another path on the same host."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class ConnectionLog(Struct):
    """What has been said on a connection so far; grows while it is going on.

    `finished` is how many of the requests need not be made again. 0 after a failure: no request was sent.
    """

    exchanges: list[HttpExchange] = field(default_factory=list)
    failure: WireFailure | None = None
    finished: int = 0


async def make_requests(
    transport: Transport, requests: list[HttpRequest], settings: Settings, log: ConnectionLog
) -> None:
    """Make these requests one after the other for as long as the connection carries them.

    Nothing is raised for what a partner does: `log` has it.
    """
    for position, request in enumerate(requests):
        exchange, failure = await _exchange(transport, request, settings)
        if failure and position and _was_idle(exchange, failure):
            # The partner ended the connection between two requests; a new one will carry the second.
            return
        if exchange is not None:
            log.exchanges.append(exchange)
            log.finished = position + 1
        log.failure = failure
        if failure or position + 1 == len(requests) or not transport.reusable:
            return


async def _exchange(
    transport: Transport, request: HttpRequest, settings: Settings
) -> tuple[HttpExchange | None, WireFailure | None]:
    """One request and its answer. No exchange: the connection was not made. The failure, if there was one."""
    started = perf_counter()
    base = HttpExchange(request.method, request.url)
    try:
        answer = await transport.send(
            request.method, request_line(request.url), _headers(request, settings), request.body
        )
    except ProxyRefusedError as refused:
        return None, WireFailure(Phase.TUNNEL, FailureKind.PROXY_REFUSED, detail=str(refused))
    except NoAnswerError as error:
        broken = _without_head(transport, str(error))
        if broken.phase not in (Phase.SEND, Phase.RECEIVE):
            return None, broken
        return _with(base, started, body_complete=False, raw=_scrubbed(transport.raw)), broken
    headers = without_secrets(answer.headers.raw_items())
    bodies = transport.wire.budget.bodies
    limit = bodies.limit(settings.limits.body_bytes)
    body, complete, failure = await _body(transport, limit)
    content, unpacked = decoded(body, _value(headers, "content-encoding"), limit)
    exchange = _with(
        base,
        started,
        status=answer.status_code,
        reason=_text(answer.reason),
        http_version="HTTP/" + _text(answer.http_version),
        headers=headers,
        body=bodies.keep(content),
        body_complete=complete and unpacked,
    )
    return exchange, failure


def _with(base: HttpExchange, started: float, **changes: object) -> HttpExchange:
    elapsed = round((perf_counter() - started) * 1000, 3)
    return HttpExchange(base.method, base.url, elapsed_ms=elapsed, **changes)  # type: ignore[arg-type]


def _was_idle(exchange: HttpExchange | None, failure: WireFailure) -> bool:
    return exchange is not None and not exchange.raw and failure.kind in _ENDED_IDLE


def _headers(request: HttpRequest, settings: Settings) -> Headers:
    always = (("User-Agent", settings.user_agent), ("Accept", "*/*"), ("Accept-Encoding", "identity"))
    return always + request.headers


def _scrubbed(raw: bytearray) -> bytes:
    """The beginning of an answer that could not be parsed, without the values of secret headers."""
    return _SECRET_LINES.sub(rb"\1:", bytes(raw))


def _without_head(transport: Transport, said: str) -> WireFailure:
    """Why there is no answer. An end in the middle of a head is a truncation, whatever kind of end it was."""
    wire, raw = transport.wire, transport.raw
    if wire.failure:
        return wire.failure
    if wire.ended and raw:
        detail = f"{wire.ended.kind.value} in the headers {wire.ended.detail}".strip()
        return WireFailure(wire.phase, FailureKind.TRUNCATED, detail=detail)
    return wire.ended or WireFailure(wire.phase, FailureKind.MALFORMED, detail=said)


async def _body(transport: Transport, limit: int) -> tuple[bytes, bool, WireFailure | None]:
    """(the body up to `limit`, whether that is all of it, what broke it)."""
    body = bytearray()
    failure = None
    try:
        while len(body) <= limit and (part := await transport.body_part()):
            body += part
    except NoAnswerError as error:
        failure = _in_body(transport, str(error))
    return bytes(body[:limit]), failure is None and len(body) <= limit, failure


def _in_body(transport: Transport, said: str) -> WireFailure:
    wire = transport.wire
    if wire.failure:
        return wire.failure
    if wire.ended:
        detail = f"{wire.ended.kind.value} in the body {wire.ended.detail}".strip()
        return WireFailure(wire.phase, FailureKind.TRUNCATED, detail=detail)
    return WireFailure(wire.phase, FailureKind.MALFORMED, detail=said)


def decoded(body: bytes, encoding: str, limit: int) -> tuple[bytes, bool]:
    """(`body` unpacked to at most `limit` bytes, whether that is all); as it is if it cannot be unpacked."""
    window = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
    bits = window.get(encoding.strip().lower())
    if bits is None or not body:
        return body, True
    unpacker = zlib.decompressobj(bits)
    try:
        content = unpacker.decompress(body, limit)
    except zlib.error:
        return body, True
    return content, unpacker.eof


def without_secrets(headers: list[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Headers in order: of a cookie its name, of a challenge its schemes and realms, no credentials."""
    kept = []
    for key, value in headers:
        name, text = _text(key), _text(value)
        undress = _UNDRESSED.get(name.lower())
        shown = text if undress is None else undress(text)
        if shown is not None:
            kept.append((name, shown))
    return tuple(kept)


def _nothing(_value: str) -> None:
    """What is kept of credentials."""


def _cookie_name(value: str) -> str:
    return value.partition("=")[0].strip()


def _challenges(value: str) -> str:
    """Schemes and realms of a challenge header (RFC 9110 section 11.6.1); tokens and nonces are left out."""
    if _SCHEME.match(value):
        return value  # a scheme alone, as most are
    shown: list[str] = []
    for part in _CHALLENGE_PARTS.findall(value):
        scheme = part.split(maxsplit=1)[0] if part.strip() else ""
        realm = _REALM.search(part)
        if _SCHEME.match(scheme):
            shown.append(scheme + (f" realm={realm['value']}" if realm else ""))
        elif realm and shown and "realm=" not in shown[-1]:
            shown[-1] += f" realm={realm['value']}"
    return ", ".join(shown)


_UNDRESSED: Mapping[str, Callable[[str], str | None]] = {
    **dict.fromkeys(("authorization", "proxy-authorization", "authentication-info", "cookie"), _nothing),
    **dict.fromkeys(("set-cookie", "set-cookie2"), _cookie_name),
    **dict.fromkeys(("www-authenticate", "proxy-authenticate"), _challenges),
}


def _value(headers: tuple[tuple[str, str], ...], wanted: str) -> str:
    return ", ".join(value for name, value in headers if name.lower() == wanted)


def _text(value: bytes) -> str:
    return value.decode("latin-1")
