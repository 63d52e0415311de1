"""What a partner does to a connection, for each fault that is a fault of the wire.

An opening act takes the connection before TLS, an intermission in the middle of a TLS 1.2 handshake, a
greeting after it, a reply where the answer to a request is due. Acts raise Hangup or return when they are
done with the connection; the server closes what is left open. Only replies may let it go on, by returning
True. The phases are those of [failures 5.4.3], [failures 5.4.4] and [failures 5.4.6].
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from secrets import token_bytes

from probe.lab.accepted_wire import AcceptedWire, Channel
from probe.lab.http import Request, ServedAnswer

Opening = Callable[[AcceptedWire], Awaitable[None]]
Greeting = Callable[[Channel], Awaitable[None]]
Reply = Callable[[Channel, Request, ServedAnswer], Awaitable[bool]]

ALERT, HANDSHAKE, _APPLICATION_DATA = 0x15, 0x16, 0x17
_TLS12 = b"\x03\x03"
FATAL = 2
_DRIP_SECONDS = 0.05
_FLOOD = b"x" * 16384
_ENVELOPE = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'


def record(kind: int, body: bytes) -> bytes:
    """A TLS 1.2 record of this content type."""
    return bytes([kind]) + _TLS12 + len(body).to_bytes(2, "big") + body


async def reset_at_once(wire: AcceptedWire) -> None:
    """Reset the connection that has just been accepted."""
    wire.reset()


async def close_at_once(wire: AcceptedWire) -> None:
    """Close the connection that has just been accepted."""
    await wire.close()


async def reset_after_client_hello(wire: AcceptedWire) -> None:
    """Reset once the ClientHello has come."""
    await wire.client_hello()
    wire.reset()


async def close_after_client_hello(wire: AcceptedWire) -> None:
    """Close once the ClientHello has come."""
    await wire.client_hello()
    await wire.close()


async def stall_after_client_hello(wire: AcceptedWire) -> None:
    """Take whatever comes and answer nothing."""
    await wire.wait_for_hangup()


def answering_client_hello(data: bytes) -> Opening:
    """Send these bytes once the ClientHello has come, then close."""

    async def act(wire: AcceptedWire) -> None:
        await wire.client_hello()
        await wire.send(data)
        await wire.close()

    return act


def alert(number: int) -> Opening:
    """Answer the ClientHello with this fatal alert."""
    return answering_client_hello(record(ALERT, bytes([FATAL, number])))


def speaking_first(data: bytes) -> Opening:
    """Greet the caller in another protocol, then close."""

    async def act(wire: AcceptedWire) -> None:
        await wire.send(data)
        await wire.client_hello()
        await wire.close()

    return act


async def reset_midway(wire: AcceptedWire) -> None:
    """Reset where the server's Finished is due."""
    await wire.receive()
    wire.reset()


async def close_midway(wire: AcceptedWire) -> None:
    """Close where the server's Finished is due."""
    await wire.receive()
    await wire.close()


async def reset_greeting(channel: Channel) -> None:
    """Reset as soon as the session stands."""
    channel.wire.reset()


async def answer(channel: Channel, request: Request, reply: ServedAnswer) -> bool:
    """Send the answer as it is due, and keep the connection."""
    await channel.send(reply.encode(without_body=request.method == "HEAD"))
    return True


async def answer_and_close(channel: Channel, request: Request, reply: ServedAnswer) -> bool:
    """Send the answer, then close the connection without having announced it."""
    await answer(channel, request, reply)
    return False


async def reset(channel: Channel, _request: Request, _reply: ServedAnswer) -> bool:
    """Reset where the answer is due."""
    channel.wire.reset()
    return False


async def close_without_notify(channel: Channel, _request: Request, _reply: ServedAnswer) -> bool:
    """Send a bare FIN where the answer is due."""
    await channel.wire.close()
    return False


async def close_with_notify(_channel: Channel, _request: Request, _reply: ServedAnswer) -> bool:
    """Close in good order where the answer is due; the server does that to whatever is left open."""
    return False


async def stall(channel: Channel, _request: Request, _reply: ServedAnswer) -> bool:
    """Answer nothing until the caller gives up."""
    await channel.wire.wait_for_hangup()
    return False


async def reset_in_headers(channel: Channel, _request: Request, reply: ServedAnswer) -> bool:
    """Reset after half of the headers."""
    await channel.send(_half(reply.head()))
    channel.wire.reset()
    return False


async def close_in_headers(channel: Channel, _request: Request, reply: ServedAnswer) -> bool:
    """Send a bare FIN after half of the headers."""
    await channel.send(_half(reply.head()))
    await channel.wire.close()
    return False


async def stall_in_headers(channel: Channel, _request: Request, reply: ServedAnswer) -> bool:
    """Send half of the headers and no more."""
    await channel.send(_half(reply.head()))
    await channel.wire.wait_for_hangup()
    return False


async def close_in_body(channel: Channel, _request: Request, _reply: ServedAnswer) -> bool:
    """Send a bare FIN after half of the announced body of a 200."""
    await channel.send(_xml_head(b"Content-Length: 4000\r\n") + _ENVELOPE)
    await channel.wire.close()
    return False


async def stall_in_body(channel: Channel, _request: Request, _reply: ServedAnswer) -> bool:
    """Send half of the announced body of a 200 and no more."""
    await channel.send(_xml_head(b"Content-Length: 4000\r\n") + _ENVELOPE)
    await channel.wire.wait_for_hangup()
    return False


async def drip(channel: Channel, _request: Request, _reply: ServedAnswer) -> bool:
    """Send the body of a 200 byte by byte, without an end in sight."""
    await channel.send(_xml_head(b"Content-Length: 1000000\r\n"))
    while True:
        await channel.send(b" ")
        await asyncio.sleep(_DRIP_SECONDS)


async def endless_header(channel: Channel, _request: Request, _reply: ServedAnswer) -> bool:
    """Send a header that has no end."""
    await channel.send(b"HTTP/1.1 200 OK\r\nX-Endless: ")
    while True:
        await channel.send(_FLOOD)


async def endless_body(channel: Channel, _request: Request, _reply: ServedAnswer) -> bool:
    """Send a body of a 200 that has no end: well-formed as far as it goes."""
    await channel.send(_xml_head(b"Transfer-Encoding: chunked\r\n") + _chunk(_ENVELOPE))
    while True:
        await channel.send(_chunk(b" " * len(_FLOOD)))


async def bad_record_alert(channel: Channel, _request: Request, _reply: ServedAnswer) -> bool:
    """Send a fatal alert, encrypted, where the answer is due."""
    await channel.send_bad_record_alert()
    await channel.wire.close()
    return False


async def undecryptable_record(channel: Channel, _request: Request, _reply: ServedAnswer) -> bool:
    """Send a record that no key fits where the answer is due."""
    await channel.wire.send(record(_APPLICATION_DATA, token_bytes(64)))
    await channel.wire.close()
    return False


def saying(data: bytes) -> Reply:
    """Send these bytes in place of an answer, and close in good order."""

    async def act(channel: Channel, _request: Request, _reply: ServedAnswer) -> bool:
        await channel.send(data)
        return False

    return act


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _half(head: bytes) -> bytes:
    return head[: len(head) // 2]


def _xml_head(framing: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n" + framing + b"\r\n"


EMPTY_RECORD = record(HANDSHAKE, b"")
RECORD_HEADER = record(HANDSHAKE, bytes(80))[:5]
RECORD_HEADER_BEGINNING = RECORD_HEADER[:3]
RECORD_BEGINNING = record(HANDSHAKE, b"\x02\x00\x00\x4c" + _TLS12 + bytes(74))[:30]
PLAIN_HTTP_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\nServer: Microsoft-HTTPAPI/2.0\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
SSH_BANNER = b"SSH-2.0-OpenSSH_9.7\r\n"
NO_STATUS_LINE = b"220 mail.partner.lab Microsoft ESMTP MAIL Service ready\r\n\r\n"
BAD_HEADER_NAME = b"HTTP/1.1 200 OK\r\n(Server): Microsoft-IIS/10.0\r\nContent-Length: 0\r\n\r\n"
BROKEN_HEADER_LINE = b"HTTP/1.1 200 OK\r\nServer\r\n: Microsoft-IIS/10.0\r\nContent-Length: 0\r\n\r\n"
BLANK_IN_HEADER_NAME = b"HTTP/1.1 200 OK\r\nContent Type: text/xml\r\nContent-Length: 0\r\n\r\n"
HEADER_WITHOUT_COLON = b"HTTP/1.1 200 OK\r\nServer Microsoft-IIS\r\nContent-Length: 0\r\n\r\n"
BARE_CARRIAGE_RETURN = b"HTTP/1.1 200 OK\r\nServer: Microsoft-IIS/10.0\rX-Powered-By: ASP.NET\r\n\r\n"
BAD_CONTENT_LENGTH = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: many\r\n\r\n"
BAD_CHUNK = _xml_head(b"Transfer-Encoding: chunked\r\n") + b"some\r\n<s:Envelope/>\r\n0\r\n\r\n"
