"""Whether a caller and a partner agree in a handshake: the answer, and words for its parts."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from probe.facts.observation import Connection, Phase, WireFailure
from probe.facts.tls_negotiation import TlsSession
from probe.judgement.connection.acceptance import ObjectionCause

AgreedHandshake = tuple[Connection, TlsSession]
TLS13 = "TLS 1.3"
_BEFORE = frozenset({Phase.RESOLVE, Phase.CONNECT, Phase.TUNNEL})


class State(StrEnum):
    """Whether protocol and cipher suite would have been agreed."""

    AGREED = "agreed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Agreement(Struct, frozen=True):
    """The answer, with why in a sentence.

    `connection` is what it rests on: the handshake that succeeded, or the caller-shaped one that failed
    (None: the failure is inferred, no such handshake was made). `caveat` names an assumption behind
    `agreed`, or is None. `same_failure` False: it is sure that the caller fails, and not with which error.
    `cause` is what the caller objects to in the partner's choice, `protocol` the version agreed on.
    """

    state: State
    why: str
    connection: Connection | None = None
    caveat: str | None = None
    same_failure: bool = True
    cause: ObjectionCause | None = None
    protocol: str | None = None


def reached(connection: Connection) -> bool:
    """Whether this connection got as far as a handshake."""
    return connection.tls is not None or (
        connection.failure is not None and connection.failure.phase not in _BEFORE
    )


def library_gave_up(failure: WireFailure) -> str:
    """That the handshake or a record failed in this machine's TLS library: nothing the partner did wrong."""
    return f"this machine's TLS library gave up by itself ({failure.detail or 'no reason given'})"


def describe(cipher_suite: str) -> str:
    """An IANA cipher suite in words: `ECDHE with AES-GCM for RSA`."""
    head, separator, tail = cipher_suite.removeprefix("TLS_").partition("_WITH_")
    if not separator:
        return f"TLS 1.3's {_algorithm(head)}"
    exchange, _, authentication = head.partition("_")
    words = (
        f"{exchange} with {_algorithm(tail)}"
        if authentication
        else f"{exchange} key exchange with {_algorithm(tail)}"
    )
    return f"{words} for {authentication}" if authentication else words


def _algorithm(tail: str) -> str:
    parts = [
        part for part in tail.split("_") if not part.isdigit() and part not in ("SHA", "SHA256", "SHA384")
    ]
    return "-".join(parts)


def listed(names: Sequence[str]) -> str:
    """Alternatives in words: `A, B or C`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"
