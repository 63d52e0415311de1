"""What an OSError of a socket is a fact about, and the exception that carries a fact through the layers.

The same break gets the same fact on every system. Unix and Winsock raise an errno with a name. An overlapped
operation of Windows' ProactorEventLoop raises a system error instead: CPython gives it errno 22 (EINVAL,
`winerror_to_errno` in PC/errmap.h knows none of these numbers) and keeps the number in `winerror`.
`SetFromWindowsErr` (Modules/overlapped.c) chooses ConnectionRefusedError for 1225 and ConnectionAbortedError
for 1236; `recv` and `send` (Lib/asyncio/windows_events.py) turn 64 and 995 into ConnectionResetError. So the
name comes from errno, else from `winerror`, else from the exception's type.
"""

from __future__ import annotations

import errno

from probe.facts.observation import FailureKind, Phase, WireFailure

# Numbers of Linux, which is what a record holds wherever it was made; Windows calls them WSAE...
_ERRNO_NUMBERS = {
    "EPERM": 1,
    "EACCES": 13,
    "EPIPE": 32,
    "EAFNOSUPPORT": 97,
    "EADDRNOTAVAIL": 99,
    "ENETDOWN": 100,
    "ENETUNREACH": 101,
    "ENETRESET": 102,
    "ECONNABORTED": 103,
    "ECONNRESET": 104,
    "ENOTCONN": 107,
    "ESHUTDOWN": 108,
    "ETIMEDOUT": 110,
    "ECONNREFUSED": 111,
    "EHOSTDOWN": 112,
    "EHOSTUNREACH": 113,
}
_ERRNO_KINDS = {
    "EPIPE": FailureKind.RESET,
    "ECONNABORTED": FailureKind.RESET,
    "ECONNRESET": FailureKind.RESET,
    "ETIMEDOUT": FailureKind.TIMEOUT,
    "ECONNREFUSED": FailureKind.REFUSED,
    "ENETDOWN": FailureKind.UNREACHABLE,
    "ENETUNREACH": FailureKind.UNREACHABLE,
    "EHOSTDOWN": FailureKind.UNREACHABLE,
    "EHOSTUNREACH": FailureKind.UNREACHABLE,
    "EAFNOSUPPORT": FailureKind.UNREACHABLE,
}
# winerror.h, with what the transport driver says for the same event as Winsock's number.
_WINDOWS_ERRORS = {
    64: "ECONNRESET",  # ERROR_NETNAME_DELETED
    121: "ETIMEDOUT",  # ERROR_SEM_TIMEOUT
    1214: "EADDRNOTAVAIL",  # ERROR_INVALID_NETNAME: ConnectEx to 0.0.0.0 or to port 0
    1225: "ECONNREFUSED",  # ERROR_CONNECTION_REFUSED
    1231: "ENETUNREACH",  # ERROR_NETWORK_UNREACHABLE
    1232: "EHOSTUNREACH",  # ERROR_HOST_UNREACHABLE
    1236: "ECONNABORTED",  # ERROR_CONNECTION_ABORTED
    1460: "ETIMEDOUT",  # ERROR_TIMEOUT
}
_TYPES: dict[type[OSError], str] = {
    ConnectionRefusedError: "ECONNREFUSED",
    ConnectionResetError: "ECONNRESET",
    ConnectionAbortedError: "ECONNABORTED",
    BrokenPipeError: "EPIPE",
    TimeoutError: "ETIMEDOUT",
}


class WireError(Exception):
    """The connection broke; `failure` says how."""

    def __init__(self, failure: WireFailure) -> None:
        super().__init__(failure.detail or failure.kind.value)
        self.failure = failure


def os_failure(phase: Phase, error: OSError) -> WireFailure:
    """The fact in an OSError of a socket: its kind, and the errno as Linux numbers it."""
    name = _errno_name(error)
    number = _ERRNO_NUMBERS.get(name, error.errno)
    kind = _ERRNO_KINDS.get(name, FailureKind.OS_ERROR)
    return WireFailure(phase, kind, errno=number, detail=error.strerror or str(error))


def _errno_name(error: OSError) -> str:
    """The errno's name without Winsock's prefix; that of `winerror` or the type where errno says nothing."""
    name = errno.errorcode.get(error.errno or 0, "").removeprefix("WSA")
    if name in _ERRNO_NUMBERS:
        return name
    windows: int | None = getattr(error, "winerror", None)
    return _WINDOWS_ERRORS.get(windows or 0) or _TYPES.get(type(error), name)
