"""Would that caller's SChannel have agreed with this partner on a protocol and a cipher suite?

The evidence is a handshake of the caller's own shape; a liberal one explains its failure, and stands in for
it only where it proves something. What OpenSSL could not offer (RC4, 3DES, DSS …) makes a refusal "cannot
tell" unless the refusal does not depend on it. Sources: [failures 6]; the failures themselves are
worded by wire.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from probe.facts.observation import (
    LIBERAL_SHAPE,
    Connection,
    FailureKind,
    Phase,
    TlsSession,
    Visit,
    WireFailure,
)
from probe.judgement.caller import Caller
from probe.judgement.connection import alerts

_LADDER = ("SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
_BEFORE = frozenset({Phase.RESOLVE, Phase.CONNECT, Phase.TUNNEL})
# Refusals of what was offered. Whatever else ends a handshake happens below or beside the negotiation.
_REFUSALS = frozenset({FailureKind.ALERT, FailureKind.CLOSE_NOTIFY, FailureKind.TLS_ERROR})
_ENDED = frozenset({FailureKind.ALERT, FailureKind.RESET, FailureKind.CLOSED, FailureKind.CLOSE_NOTIFY})
# What OpenSSL says when the partner answers with a version or suite that was not offered, or with a record of
# no length. SChannel ends that handshake too ([failures 5.8], last paragraph, and [failures 5.4]).
_WRONG_CHOICE = (
    "EMPTY_RECORD",
    "UNSUPPORTED_PROTOCOL",
    "WRONG_SSL_VERSION",
    "WRONG_CIPHER_RETURNED",
    "UNKNOWN_CIPHER_RETURNED",
)
# Suites that a default build of OpenSSL 3 lacks: in an old record nothing says whether they were missing.
_SELDOM_OFFERED = ("_RC4_", "_3DES_", "_DSS_")
_AUTHENTICATED = ("_GCM_", "_CCM", "CHACHA20")


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
    """

    state: State
    why: str
    connection: Connection | None = None
    caveat: str | None = None
    same_failure: bool = True


_Agreed = tuple[Connection, TlsSession]


def reached(connection: Connection) -> bool:
    """Whether this connection got as far as a handshake."""
    return connection.tls is not None or (
        connection.failure is not None and connection.failure.phase not in _BEFORE
    )


def agree(visit: Visit, caller: Caller) -> Agreement:
    """Whether `caller` and the partner would agree, from all handshakes of this visit ([failures 6])."""
    tried = [connection for connection in visit.connections if reached(connection)]
    shaped = [connection for connection in tried if connection.offer.shape == caller.handshake_shape]
    others = [connection for connection in tried if connection.offer.shape != caller.handshake_shape]
    succeeded = [connection for connection in shaped if connection.tls is not None]
    if succeeded:
        return _agreed(succeeded, caller)
    session = next(((c, c.tls) for c in others if c.tls is not None), None)
    if shaped:
        return _refused(shaped[0], session, caller)
    if session is not None:
        return _inferred(*session, caller)
    if others:
        return _nothing_agreed(others[-1], caller, _unsure(others[-1], caller))
    return Agreement(State.UNKNOWN, "no handshake was made")


def _agreed(succeeded: list[Connection], caller: Caller) -> Agreement:
    best = succeeded[-1]
    protocols = {c.tls.protocol for c in succeeded if c.tls is not None}
    caveat = None
    if protocols == {"TLS 1.3"} and "TLS 1.2" in caller.protocols:
        caveat = (
            f"it was agreed on TLS 1.3, which {caller.display} may not offer; that the partner speaks "
            "TLS 1.2 as well was not shown"
        )
    session = best.tls
    named = f"{session.protocol} with {session.cipher}" if session is not None else ""
    return Agreement(State.AGREED, f"the partner agreed to {named}", best, caveat)


def _refused(failed: Connection, session: _Agreed | None, caller: Caller) -> Agreement:
    failure = failed.failure
    if failure is None or failure.kind is FailureKind.INTERRUPTED:
        return Agreement(State.UNKNOWN, "the run was stopped during the handshake", failed)
    if failure.kind is FailureKind.FLOOD:
        return Agreement(
            State.UNKNOWN, f"{_FLOOD} ({failure.detail}), and this machine stopped reading", failed
        )
    if failure.kind is FailureKind.NOTHING_TO_OFFER:
        return _without_offer(failed, session, caller)
    if session is not None:
        return _explained(failed, failure, session, caller)
    return _nothing_agreed(failed, caller, _unsure(failed, caller))


def _without_offer(failed: Connection, session: _Agreed | None, caller: Caller) -> Agreement:
    if session is not None:
        return _inferred(*session, caller)
    why = f"this machine can offer nothing of what {caller.display} offers"
    return Agreement(State.UNKNOWN, why, failed)


def _explained(failed: Connection, failure: WireFailure, agreed: _Agreed, caller: Caller) -> Agreement:
    """The caller's offer failed and a liberal one was agreed: say what the difference was."""
    liberal, session = agreed
    if session.protocol not in caller.protocols:
        return _other_protocol(failed, liberal, session, caller)
    if session.cipher not in caller.cipher_suites:
        return _other_suite(failed, session, caller)
    if failure.kind is FailureKind.TLS_ERROR:
        why = f"this machine's TLS library gave up by itself ({failure.detail or 'no reason given'})"
        return Agreement(State.UNKNOWN, why, failed)
    why = (
        f"the partner ended one handshake and then agreed to {session.protocol} with {session.cipher}, which "
        f"{caller.display} offers as well"
    )
    return Agreement(State.UNKNOWN, why, failed)


def _other_protocol(
    failed: Connection, liberal: Connection, session: TlsSession, caller: Caller
) -> Agreement:
    missing = [protocol for protocol in failed.offer.missing if protocol in _LADDER]
    if missing:
        why = (
            f"the partner took {session.protocol}; {_listed(missing)} could not be offered from this machine"
        )
        return Agreement(State.UNKNOWN, why, failed)
    if session.protocol in caller.may_offer and _ended_early(liberal):
        why = (
            f"the partner refuses {_listed(caller.protocols)}, and ends a session in {session.protocol} "
            "before it answers: whichever the caller offers, it fails"
        )
        return Agreement(State.REFUSED, why, failed, same_failure=False)
    if session.protocol in caller.may_offer:
        why = (
            f"{_refuses(caller)}, and agreed to {session.protocol}, which that caller may or may not offer; "
            f"judge one that does with --tls {session.protocol.removeprefix('TLS ')}"
        )
        return Agreement(State.UNKNOWN, why, failed)
    untried = [protocol for protocol in caller.may_offer if _lower(protocol, session.protocol)]
    if untried:
        return Agreement(State.UNKNOWN, _not_shown(untried, session, caller), failed)
    return Agreement(State.REFUSED, _no_common_protocol(session, caller), failed)


def _ended_early(liberal: Connection) -> bool:
    """Whether the partner ended this agreed session before it answered anything (TLS 1.3 does so for want
    of a client certificate).
    """
    answered = any(exchange.status is not None for exchange in liberal.exchanges)
    return not answered and liberal.failure is not None and liberal.failure.kind in _ENDED


def _no_common_protocol(session: TlsSession, caller: Caller) -> str:
    if _below(session.protocol, caller):
        return (
            f"the partner speaks at most {session.protocol}; {caller.display} offers "
            f"{_listed(caller.protocols)}"
        )
    # Agreeing to the highest version both know says nothing of those below it: only the refusal is proved.
    return f"{_refuses(caller)}; it agreed to {session.protocol} with this machine"


def _refuses(caller: Caller) -> str:
    sure = " is sure to offer" if caller.may_offer else " offers"
    return f"the partner refuses {_listed(caller.protocols)}, which is all that {caller.display}{sure}"


def _not_shown(untried: list[str], session: TlsSession, caller: Caller) -> str:
    """What such a caller may offer beside its refused protocols, and nobody tried by itself."""
    return (
        f"{_refuses(caller)}; it agreed to {session.protocol} with this machine, and whether it takes "
        f"{_listed(untried)}, which that caller may or may not offer, was not shown; "
        f"--tls {untried[-1].removeprefix('TLS ')} judges a server that was set to it"
    )


def _other_suite(failed: Connection, session: TlsSession, caller: Caller) -> Agreement:
    # Whoever takes an AEAD suite and refuses every AES suite of the offer has been hardened; that it kept
    # RC4, 3DES or DSS for the caller would contradict it. For older suites nothing speaks against that.
    missing = _missing_suites(failed)
    if missing and not any(mark in session.cipher for mark in _AUTHENTICATED):
        return Agreement(State.UNKNOWN, _not_offered(missing), failed)
    taken = f"{describe(session.cipher)} ({session.cipher})"
    why = f"the partner takes only {taken}, which {caller.display} does not offer"
    return Agreement(State.REFUSED, why, failed)


def _inferred(connection: Connection, session: TlsSession, caller: Caller) -> Agreement:
    """No handshake of the caller's shape: what another one proves."""
    if session.protocol in caller.protocols and session.cipher in caller.cipher_suites:
        why = f"the partner agreed to {session.protocol} with {session.cipher}, which {caller.display} offers"
        return Agreement(State.AGREED, why, connection)
    offer = connection.offer
    offered = offer.shape == LIBERAL_SHAPE or not set(caller.protocols).isdisjoint(offer.protocols)
    if offered and _below(session.protocol, caller):
        return Agreement(State.REFUSED, _no_common_protocol(session, caller))
    why = (
        f"no handshake was made as {caller.display}; that the partner agreed to {session.protocol} with "
        f"{session.cipher} does not tell what it would agree to with it"
    )
    return Agreement(State.UNKNOWN, why, connection)


def _below(protocol: str, caller: Caller) -> bool:
    # A server takes the highest version both know, so a lower answer to a higher offer is its highest.
    return all(_lower(protocol, own) for own in caller.protocols)


def is_older(caller: Caller, agreed: Sequence[str]) -> bool:
    """Whether `caller` lacks TLS 1.2 and the partner agreed to something newer only, or to nothing at all.

    To which newer protocols such a caller can be set: [failures 6.3].
    """
    if "TLS 1.2" in caller.protocols:
        return False
    return all(_lower(own, protocol) for protocol in agreed for own in caller.protocols)


def _lower(protocol: str, than: str) -> bool:
    known = protocol in _LADDER and than in _LADDER
    return known and _LADDER.index(protocol) < _LADDER.index(than)


def _nothing_agreed(failed: Connection, caller: Caller, unsure: str | None) -> Agreement:
    """No handshake succeeded at all."""
    failure = failed.failure
    if failure is None or failure.kind in (FailureKind.INTERRUPTED, FailureKind.NOTHING_TO_OFFER):
        return Agreement(State.UNKNOWN, "the handshake was not finished from this machine", failed)
    if failure.kind not in _REFUSALS:
        return Agreement(State.REFUSED, _BROKEN.get(failure.kind, "the handshake broke off"), failed)
    if failure.kind is FailureKind.TLS_ERROR:
        return _library_error(failed, failure)
    if failure.alert == alerts.PROTOCOL_VERSION:
        missing = [protocol for protocol in failed.offer.missing if protocol in _LADDER]
        unsure = _not_offered(missing) if missing else None
    if unsure is not None:
        return Agreement(State.UNKNOWN, unsure, failed)
    why = f"the partner refused everything that {caller.display} offers, with {alerts.name(failure.alert)}"
    return Agreement(State.REFUSED, why, failed)


def _library_error(failed: Connection, failure: WireFailure) -> Agreement:
    spelled = failure.detail.upper().replace(" ", "_")
    if any(mark in spelled for mark in _WRONG_CHOICE):
        why = f"the partner answered with what no client can take ({failure.detail})"
        return Agreement(State.REFUSED, why, failed)
    why = f"this machine's TLS library gave up by itself ({failure.detail or 'no reason given'})"
    return Agreement(State.UNKNOWN, why, failed)


_FLOOD = "the partner sends without an end during the handshake"
_BROKEN = {
    FailureKind.RESET: "the partner, or something before it, reset the connection during the handshake",
    FailureKind.CLOSED: "the partner, or something before it, closed the connection during the handshake",
    FailureKind.TRUNCATED: "the connection was closed in the middle of a handshake message",
    FailureKind.NOT_TLS: "what answers does not speak TLS on this port",
    FailureKind.TIMEOUT: "the partner did not answer during the handshake",
    FailureKind.DEADLINE: "the partner did not finish the handshake in time",
}


def _unsure(failed: Connection, caller: Caller) -> str | None:
    missing = _missing_suites(failed)
    if failed.offer.shape != caller.handshake_shape:
        offered = failed.offer.cipher_suites
        missing = [
            suite
            for suite in caller.cipher_suites
            if suite not in offered and any(mark in f"{suite}_" for mark in _SELDOM_OFFERED)
        ]
    return _not_offered(missing) if missing else None


def _missing_suites(failed: Connection) -> list[str]:
    return [name for name in failed.offer.missing if name not in _LADDER]


def _not_offered(missing: list[str]) -> str:
    kinds = [kind for kind in ("RC4", "3DES", "DSS") if any(kind in name for name in missing)]
    named = _listed(kinds or missing[:3])
    return f"only {named} could still be agreed, which this machine cannot offer: cannot tell"


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


def _listed(names: tuple[str, ...] | list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"
