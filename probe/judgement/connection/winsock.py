"""Winsock's error texts as SocketException shows them, found by the number that a socket call left behind.

An observation holds the number of the machine that made it: Linux, macOS and the BSDs, or Windows. The
three ranges used for sockets do not overlap in meaning, so one table reads them all and a record judged on
another system gives the same text.

Texts: MicrosoftDocs/win32 `desktop-src/Debug/system-error-codes--9000-11999-.md`, without the full stop that
Win32Exception strips (referencesource `System/compmod/system/componentmodel/Win32Exception.cs`).
"""

from __future__ import annotations

from probe.facts.observation import FailureKind, WireFailure

CONNECTION_RESET = 10054
TIMED_OUT = 10060
CONNECTION_REFUSED = 10061
HOST_UNREACHABLE = 10065

TEXT = {
    10013: "An attempt was made to access a socket in a way forbidden by its access permissions",
    10049: "The requested address is not valid in its context",
    10050: "A socket operation encountered a dead network",
    10051: "A socket operation was attempted to an unreachable network",
    10052: "The connection has been broken due to keep-alive activity detecting a failure while the operation was in progress",  # noqa: E501
    10053: "An established connection was aborted by the software in your host machine",
    10054: "An existing connection was forcibly closed by the remote host",
    10057: "A request to send or receive data was disallowed because the socket is not connected and (when sending on a datagram socket using a sendto call) no address was supplied",  # noqa: E501
    10058: "A request to send or receive data was disallowed because the socket had already been shut down in that direction with a previous shutdown call",  # noqa: E501
    10060: "A connection attempt failed because the connected party did not properly respond after a period of time, or established connection failed because connected host has failed to respond",  # noqa: E501
    10061: "No connection could be made because the target machine actively refused it",
    10064: "A socket operation failed because the destination host was down",
    10065: "A socket operation was attempted to an unreachable host",
    11001: "No such host is known",
    11002: "This is usually a temporary error during hostname resolution and means that the local server did not receive a response from an authoritative server",  # noqa: E501
    11003: "A non-recoverable error occurred during a database lookup",
    11004: "The requested name is valid, but no data of the requested type was found",
}

# errno on Linux (asm-generic/errno.h), on macOS and the BSDs (sys/errno.h), and the Winsock number of both.
_LINUX = {13: 10013, 99: 10049, 100: 10050, 101: 10051, 102: 10052, 103: 10053, 104: 10054, 107: 10057}
_LINUX |= {108: 10058, 110: 10060, 111: 10061, 112: 10064, 113: 10065}
_BSD = {49: 10049, 50: 10050, 51: 10051, 52: 10052, 53: 10053, 54: 10054, 57: 10057, 58: 10058}
_BSD |= {60: 10060, 61: 10061, 64: 10064, 65: 10065}
# EPERM on connect is a local packet filter, which Windows reports as WSAEACCES. EPIPE is a write after the
# partner's reset was already read; Windows has no such number and reports the reset.
_OTHER = {1: 10013, 32: 10054}
_NUMBERS = _LINUX | _BSD | _OTHER | {number: number for number in TEXT}

_BY_KIND = {
    FailureKind.RESET: CONNECTION_RESET,
    FailureKind.REFUSED: CONNECTION_REFUSED,
    FailureKind.TIMEOUT: TIMED_OUT,
    FailureKind.UNREACHABLE: HOST_UNREACHABLE,
}
# What the kind says is certain; the number only adds which of several it was.
_CERTAIN = frozenset({FailureKind.RESET, FailureKind.REFUSED, FailureKind.TIMEOUT})


def number(failure: WireFailure) -> int | None:
    """Winsock's number for what the wire did, or None where it has none ([failures 5.7])."""
    if failure.kind in _CERTAIN:
        return _BY_KIND[failure.kind]
    if failure.errno in _NUMBERS:
        return _NUMBERS[failure.errno]
    return _BY_KIND.get(failure.kind)


def text(winsock_number: int, endpoint: str | None = None) -> str:
    """SocketException.Message: the text, and the remote end point behind it when the exception has one.

    Source: referencesource `System/net/System/Net/SocketException.cs` Message (connect errors carry it).
    """
    return TEXT[winsock_number] if endpoint is None else f"{TEXT[winsock_number]} {endpoint}"


def end_point(address: str, port: int) -> str:
    """IPEndPoint.ToString: `203.0.113.1:443`, an IPv6 address in brackets."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
