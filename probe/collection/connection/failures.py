"""What an errno of a socket is a fact about, and the exception that carries a fact through the layers."""

from __future__ import annotations

import errno

from probe.facts.observation import FailureKind, Phase, WireFailure

# Numbers of Linux, which is what a record holds wherever it was made; Windows calls them WSAE...
_ERRNO_NUMBERS = {
    "EPIPE": 32,
    "EADDRNOTAVAIL": 99,
    "ENETDOWN": 100,
    "ENETUNREACH": 101,
    "ECONNABORTED": 103,
    "ECONNRESET": 104,
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


class WireError(Exception):
    """The connection broke; `failure` says how."""

    def __init__(self, failure: WireFailure) -> None:
        super().__init__(failure.detail or failure.kind.value)
        self.failure = failure


def os_failure(phase: Phase, error: OSError) -> WireFailure:
    """The fact in an OSError of a socket: its kind by errno, the errno as Linux numbers it."""
    name = errno.errorcode.get(error.errno or 0, "").removeprefix("WSA")
    number = _ERRNO_NUMBERS.get(name, error.errno)
    kind = _ERRNO_KINDS.get(name, FailureKind.OS_ERROR)
    return WireFailure(phase, kind, errno=number, detail=error.strerror or str(error))
