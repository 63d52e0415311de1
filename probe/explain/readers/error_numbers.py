"""Errors that a text gives by number or name only, as the English messages of .NET and Windows.

Winsock's numbers [failures 5.7], SSPI's codes [failures 5.8]: no language changes them, and a copy often has
nothing else ("SocketException (10060)", "SEC_E_ALGORITHM_MISMATCH").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probe.explain.languages import wordings

_LONGEST = 65_536
_NO_NAME = "The requested name is valid, but no data of the requested type was found"
_UNREACHABLE = "A socket operation was attempted to an unreachable"
_WINSOCK: dict[int, tuple[str, str]] = {
    10013: ("WSAEACCES", "forbidden by its access permissions"),
    10048: ("WSAEADDRINUSE", "Only one usage of each socket address"),
    10049: ("WSAEADDRNOTAVAIL", "The requested address is not valid in its context"),
    10050: ("WSAENETDOWN", "A socket operation encountered a dead network"),
    10051: ("WSAENETUNREACH", f"{_UNREACHABLE} network"),
    10053: ("WSAECONNABORTED", "aborted by the software in your host machine"),
    10054: ("WSAECONNRESET", wordings.RESET),
    10055: ("WSAENOBUFS", "the system lacked sufficient buffer space"),
    10060: ("WSAETIMEDOUT", f"the connected party {wordings.SILENT}"),
    10061: ("WSAECONNREFUSED", wordings.REFUSED),
    10064: ("WSAEHOSTDOWN", "A socket operation failed because the destination host was down"),
    10065: ("WSAEHOSTUNREACH", f"{_UNREACHABLE} host"),
    11001: ("WSAHOST_NOT_FOUND", wordings.UNKNOWN_HOST),
    11002: ("WSATRY_AGAIN", "This is usually a temporary error during hostname resolution"),
    11003: ("WSANO_RECOVERY", "A non-recoverable error occurred during a database lookup"),
    11004: ("WSANO_DATA", _NO_NAME),
}
_HANDSHAKE = "A call to SSPI failed, see inner exception"
_SSPI: dict[int, tuple[str, str]] = {
    0x80090302: ("SEC_E_UNSUPPORTED_FUNCTION", _HANDSHAKE),
    0x8009030F: ("SEC_E_MESSAGE_ALTERED", _HANDSHAKE),
    0x80090325: ("SEC_E_UNTRUSTED_ROOT", "certificate chain was issued by an authority that is not trusted"),
    0x80090326: ("SEC_E_ILLEGAL_MESSAGE", _HANDSHAKE),
    0x80090327: ("SEC_E_CERT_UNKNOWN", "An unknown error occurred while processing the certificate"),
    0x80090328: ("SEC_E_CERT_EXPIRED", "The received certificate has expired"),
    0x80090331: ("SEC_E_ALGORITHM_MISMATCH", wordings.NO_COMMON_ALGORITHM),
}
_SOCKET = re.compile(
    r"(?:SocketException|NativeErrorCode|SocketErrorCode|\bsocket error|\bwinsock(?: error)?|\bErrno"
    r"|\bWSAGetLastError|\berror(?: code)?)[ \t]{0,3}[:=#(\[]?[ \t]{0,3}[(\[]?(1[01]0\d\d)(?!\d)",
    re.IGNORECASE,
)
_SOCKET_NAME = re.compile(r"\bWSA[A-Z_]{5,20}\b")
_SSPI_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?:0x)?(8009[0-9A-F]{4})(?![0-9A-Za-z])|(?<!\d)-(21468\d{5})(?!\d)", re.IGNORECASE
)
_SSPI_NAME = re.compile(r"\bSEC_E_[A-Z_]{5,30}\b")
_WINSOCK_NAMES = dict(_WINSOCK.values())
_SSPI_NAMES = dict(_SSPI.values())


def error_words(text: str) -> Iterator[str]:
    """The English message of each error that `text` gives by number or name, in its order; none twice."""
    read = text[:_LONGEST]
    found = [_WINSOCK[int(number)][1] for number in _SOCKET.findall(read) if int(number) in _WINSOCK]
    found += [_WINSOCK_NAMES[name] for name in _SOCKET_NAME.findall(read) if name in _WINSOCK_NAMES]
    numbers = [_unsigned(*pair) for pair in _SSPI_NUMBER.findall(read)]
    found += [_SSPI[number][1] for number in numbers if number in _SSPI]
    found += [_SSPI_NAMES[name] for name in _SSPI_NAME.findall(read) if name in _SSPI_NAMES]
    yield from dict.fromkeys(found)


def _unsigned(hexadecimal: str, negative: str) -> int:
    return int(hexadecimal, 16) if hexadecimal else (1 << 32) - int(negative)
