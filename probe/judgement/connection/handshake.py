"""Would that caller's SChannel have agreed with this partner on a protocol, a cipher suite and a group?

1. What the caller is sure to offer is judged first. A handshake of its own shape that succeeded decides, if
   the caller carries on with what the partner chose (acceptance.py).
2. Where that handshake failed before the partner chose, or chose what the caller refuses, the answer to the
   caller's exact ClientHello decides, if one was sent.
3. Otherwise a refusal stands, as far as nothing was missing from the offer; a handshake of another shape
   explains it, and stands in for one of the caller's own only where it proves something.
4. Where the sure offer is refused, each offer that the caller may make beyond it is judged too: with further
   groups, and with TLS 1.3. If all are refused the refusal is sure; if one is not, it cannot be told, and
   the answer names what decides.

Sources: [failures 6]; the failures themselves are worded by web_exception.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct, structs

from probe.facts.certificate import Certificate
from probe.facts.observation import (
    LIBERAL_SHAPE,
    Connection,
    FailureKind,
    HelloExchange,
    Negotiation,
    Phase,
    TlsSession,
    Visit,
    WireFailure,
)
from probe.judgement.caller import Caller, suites_of_windows
from probe.judgement.connection import acceptance, alerts
from probe.judgement.connection.acceptance import Cause, Objection

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
TLS13 = "TLS 1.3"
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
    `cause` is what the caller objects to in the partner's choice, `protocol` the version agreed on.
    """

    state: State
    why: str
    connection: Connection | None = None
    caveat: str | None = None
    same_failure: bool = True
    cause: Cause | None = None
    protocol: str | None = None


_Agreed = tuple[Connection, TlsSession]
# Ends of a handshake that are an answer to what was offered, and those that are this machine's own.
_ANSWERS = frozenset({*_REFUSALS, FailureKind.RESET, FailureKind.CLOSED, FailureKind.TRUNCATED})
_OWN_FAILURES = frozenset({FailureKind.NOTHING_TO_OFFER, FailureKind.TLS_ERROR})


def reached(connection: Connection) -> bool:
    """Whether this connection got as far as a handshake."""
    return connection.tls is not None or (
        connection.failure is not None and connection.failure.phase not in _BEFORE
    )


def agree(visit: Visit, caller: Caller) -> Agreement:
    """Whether `caller` and the partner would agree, from all handshakes of this visit ([failures 6])."""
    found = _with_sure_offer(visit, caller)
    return _with_tls13(found, visit, caller) if found.state is State.REFUSED else found


def _with_sure_offer(visit: Visit, caller: Caller) -> Agreement:
    tried = [connection for connection in visit.connections if reached(connection)]
    shaped = [connection for connection in tried if connection.offer.shape == caller.handshake_shape]
    others = [connection for connection in tried if connection.offer.shape != caller.handshake_shape]
    succeeded = [connection for connection in shaped if connection.tls is not None]
    objection = _objection(succeeded[-1], caller) if succeeded else None
    if succeeded and objection is None:
        return _agreed(succeeded, caller)
    chose_acceptably = _chose_acceptably(shaped, caller)
    exact = _exact_hello(visit, caller, caller.groups)
    session = next(((c, c.tls) for c in others if c.tls is not None), None)
    if exact is not None and not chose_acceptably:
        return _by_hello(exact, shaped, session, visit, caller)
    if objection is not None:
        return _objected(objection)
    if shaped and chose_acceptably:
        # What was missing from the offer cannot have been the reason.
        found = _refused(_with_nothing_missing(shaped[0], shaped[0].failure), session, caller)
        return structs.replace(found, connection=shaped[0])
    if shaped:
        return _refused(shaped[0], session, caller)
    if session is not None:
        return _inferred(*session, caller)
    if others:
        return _nothing_agreed(others[-1], caller, _unsure(others[-1], caller))
    return Agreement(State.UNKNOWN, "no handshake was made")


def presented(visit: Visit, caller: Caller) -> tuple[Certificate, ...]:
    """The certificates that `caller` would be shown: those of its own handshake or hello, else any seen."""
    own = [c.presented for c in visit.connections if c.offer.shape == caller.handshake_shape and c.presented]
    hellos = [hello.presented for hello in visit.hellos if _is_exact(hello, caller, caller.groups)]
    others = [c.presented for c in visit.connections] + [hello.presented for hello in visit.hellos]
    return next((chain for chain in (*own, *hellos, *others) if chain), ())


def _objection(connection: Connection, caller: Caller) -> Objection | None:
    """What the caller has against a finished handshake; what is not on record cannot be objected to."""
    if connection.tls is None:
        return None
    chosen = connection.negotiation or Negotiation(connection.tls.protocol, connection.tls.cipher)
    return acceptance.objection(chosen, connection.presented, caller, groups=caller.groups)


def _objected(objection: Objection) -> Agreement:
    return Agreement(State.REFUSED if objection.sure else State.UNKNOWN, objection.why, cause=objection.cause)


def _is_exact(hello: HelloExchange, caller: Caller, groups: tuple[str, ...]) -> bool:
    offer = hello.offer
    return (offer.protocols, offer.cipher_suites, offer.groups) == (
        caller.protocols,
        caller.cipher_suites,
        groups,
    )


def _exact_hello(visit: Visit, caller: Caller, groups: tuple[str, ...]) -> HelloExchange | None:
    """The last hello with exactly this offer that tells something."""
    told = (
        hello
        for hello in reversed(visit.hellos)
        if _is_exact(hello, caller, groups)
        and (hello.failure is None or hello.failure.kind in _ANSWERS)
        and (hello.failure is None or hello.failure.phase is Phase.HANDSHAKE)
    )
    return next(told, None)


def _chose_acceptably(shaped: list[Connection], caller: Caller) -> bool:
    """Whether the partner chose what the caller takes, and the handshake failed for another reason."""
    return any(
        connection.tls is None
        and connection.negotiation is not None
        and connection.negotiation.protocol in caller.protocols
        and connection.negotiation.cipher in caller.cipher_suites
        and acceptance.objection(connection.negotiation, connection.presented, caller, groups=caller.groups)
        is None
        for connection in shaped
    )


def _by_hello(
    hello: HelloExchange, shaped: list[Connection], session: _Agreed | None, visit: Visit, caller: Caller
) -> Agreement:
    """What the answer to the caller's exact ClientHello decides."""
    chosen = hello.negotiation
    if chosen is not None and hello.failure is None:
        unwanted = _not_offered_choice(chosen, caller)
        if unwanted is not None:
            return Agreement(State.REFUSED, unwanted)
        found = acceptance.objection(chosen, hello.presented, caller, groups=caller.groups)
        return _objected(found) if found is not None else _agreed_by_hello(hello, chosen, visit, caller)
    failed = next((c for c in shaped if c.tls is None), None)
    if failed is not None:
        by_machine = failed.failure is not None and failed.failure.kind in _OWN_FAILURES
        failure = hello.failure if by_machine else failed.failure
        refused = _refused(_with_nothing_missing(failed, failure), session, caller)
        refused = structs.replace(refused, connection=None if by_machine else failed)
    else:
        objection = next((found for c in shaped if (found := _objection(c, caller)) is not None), None)
        refused = Agreement(State.REFUSED, f"the partner refuses the ClientHello of {caller.display}")
        if objection is not None:
            refused = structs.replace(_objected(objection), state=State.REFUSED)
    return _with_further_groups(refused, visit, caller)


def _not_offered_choice(chosen: Negotiation, caller: Caller) -> str | None:
    if chosen.protocol not in caller.protocols:
        return f"the partner chose {chosen.protocol}; {caller.display} offers {listed(caller.protocols)}"
    if chosen.cipher not in caller.cipher_suites:
        return f"the partner chose {chosen.cipher}, which {caller.display} does not offer"
    return None


def _with_nothing_missing(failed: Connection, failure: WireFailure | None) -> Connection:
    """The failed handshake as if its offer had been whole, with the failure that is to be explained."""
    offer = structs.replace(failed.offer, missing=(), groups=())
    return structs.replace(failed, offer=offer, failure=failure)


def _agreed_by_hello(hello: HelloExchange, chosen: Negotiation, visit: Visit, caller: Caller) -> Agreement:
    over = f" over {acceptance.group_name(chosen.group)}" if chosen.group else ""
    agreed = f"{chosen.protocol} and {chosen.cipher}{over}"
    why = f"the partner answers the ClientHello of {caller.display} with {agreed}"
    leaf = hello.presented[:1]
    alike = [c for c in visit.connections if c.tls is not None and c.presented[:1] == leaf]
    return Agreement(State.AGREED, why, alike[-1] if alike else None, protocol=chosen.protocol)


def _with_further_groups(refused: Agreement, visit: Visit, caller: Caller) -> Agreement:
    """The refusal of the sure offer, seen together with the groups that the caller may offer as well."""
    if not caller.may_offer_groups:
        return refused
    groups = (*caller.may_offer_groups, *caller.groups)
    hello = _exact_hello(visit, caller, groups)
    named = listed([acceptance.group_name(group) for group in caller.may_offer_groups])
    if hello is None:
        why = f"{refused.why}; whether it agrees to {named}, which that caller may offer, was not shown"
        return Agreement(State.UNKNOWN, why, refused.connection)
    chosen = hello.negotiation
    if chosen is None or hello.failure is not None or _not_offered_choice(chosen, caller) is not None:
        return refused
    if acceptance.objection(chosen, hello.presented, caller, groups=groups) is not None:
        return refused
    why = (
        f"the partner agrees with {caller.display} only in {named}, which "
        "Windows offers by default and the Exchange documentation recommends to switch off: Get-TlsEccCurve "
        "on the caller tells [failures 6.9]"
    )
    return Agreement(State.UNKNOWN, why, refused.connection)


def _with_tls13(refused: Agreement, visit: Visit, caller: Caller) -> Agreement:
    """The refusal of the sure offer, seen together with TLS 1.3, which the caller may offer as well."""
    in_tls13 = [c for c in visit.connections if c.tls is not None and c.tls.protocol == TLS13]
    if TLS13 not in caller.may_offer or not in_tls13:
        return refused
    wider = [c for c in visit.connections if c.offer.shape == caller.wider_shape and reached(c)]
    agreed = [c for c in wider if c.tls is not None]
    if _ended_early((agreed or in_tls13)[-1]):
        why = (
            f"the partner refuses {listed(caller.protocols)}, and ends a session in {TLS13} before it "
            "answers: whichever the caller offers, it fails"
        )
        return Agreement(State.REFUSED, why, refused.connection, same_failure=False)
    if not agreed:
        untried = f"{refused.why}; whether it takes that caller's offer in {TLS13} was not shown"
        refused_too = f"{refused.why}; in {TLS13} it refuses that caller's groups as well"
        if not wider:
            return Agreement(State.UNKNOWN, untried, refused.connection)
        return structs.replace(refused, why=refused_too)
    objection = _objection(agreed[-1], caller)
    if objection is not None and objection.sure:
        return structs.replace(refused, why=f"{refused.why}; in {TLS13}, {objection.why}")
    return Agreement(State.UNKNOWN, _only_tls13(caller), refused.connection)


def _only_tls13(caller: Caller) -> str:
    support = "SE supports it" if caller.exchange == "se" else "CU15 and later support it, and none before"
    return (
        f"the partner refuses what {caller.display} is sure to offer, and agrees to {TLS13}. That most "
        f"likely works: {support} on this Windows, and .NET's documentation says that applications which "
        "leave the version to Windows reach it; a report on SChannel's older credential structure, which "
        ".NET Framework uses, says that it does not. Prove it with a network trace of one lookup, or judge "
        "a server that offers it with --tls 1.3 [failures 6.1]"
    )


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
    if session is not None and caveat is None and session.protocol != TLS13:
        caveat = acceptance.unseen(best.negotiation, session.cipher)
    protocol = None if session is None else session.protocol
    return Agreement(State.AGREED, f"the partner agreed to {named}", best, caveat, protocol=protocol)


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
        return _other_protocol(failed, session, caller)
    objection = _group_or_key_objection(liberal, caller)
    if session.cipher not in caller.cipher_suites:
        other = _other_suite(failed, session, caller)
        if objection is None or not objection.sure or other.state is not State.REFUSED:
            return other
        return structs.replace(other, why=f"{other.why}; and {objection.why}", cause=objection.cause)
    if objection is not None:
        return structs.replace(_objected(objection), connection=failed)
    untried = _untried_groups(failed, caller)
    if untried:
        return Agreement(State.UNKNOWN, _not_tried(untried), failed)
    if failure.kind is FailureKind.TLS_ERROR:
        why = f"this machine's TLS library gave up by itself ({failure.detail or 'no reason given'})"
        return Agreement(State.UNKNOWN, why, failed)
    why = (
        f"the partner ended one handshake and then agreed to {session.protocol} with {session.cipher}, which "
        f"{caller.display} offers as well"
    )
    return Agreement(State.UNKNOWN, why, failed)


def _group_or_key_objection(liberal: Connection, caller: Caller) -> Objection | None:
    """What the caller has against the handshake that this machine agreed on with the partner."""
    if liberal.negotiation is None:
        return None
    groups = (*caller.may_offer_groups, *caller.groups)
    return acceptance.objection(liberal.negotiation, liberal.presented, caller, groups=groups)


def _untried_groups(failed: Connection, caller: Caller) -> list[str]:
    """Groups of the caller that this handshake did not offer; () on record are all that OpenSSL has."""
    if not failed.offer.groups:
        return []
    return [g for g in (*caller.groups, *caller.may_offer_groups) if g not in failed.offer.groups]


def _not_tried(groups: list[str]) -> str:
    named = listed([acceptance.group_name(group) for group in groups])
    return f"only {named} could still be agreed, which was not offered: cannot tell"


def _other_protocol(failed: Connection, session: TlsSession, caller: Caller) -> Agreement:
    missing = [protocol for protocol in failed.offer.missing if protocol in _LADDER]
    if missing:
        why = f"the partner took {session.protocol}; {listed(missing)} could not be offered from this machine"
        return Agreement(State.UNKNOWN, why, failed)
    if session.protocol in caller.may_offer and session.protocol != TLS13:
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
            f"{listed(caller.protocols)}"
        )
    # Agreeing to the highest version both know says nothing of those below it: only the refusal is proved.
    return f"{_refuses(caller)}; it agreed to {session.protocol} with this machine"


def _refuses(caller: Caller) -> str:
    sure = " is sure to offer" if caller.may_offer else " offers"
    return f"the partner refuses {listed(caller.protocols)}, which is all that {caller.display}{sure}"


def _not_shown(untried: list[str], session: TlsSession, caller: Caller) -> str:
    """What such a caller may offer beside its refused protocols, and nobody tried by itself."""
    return (
        f"{_refuses(caller)}; it agreed to {session.protocol} with this machine, and whether it takes "
        f"{listed(untried)}, which that caller may or may not offer, was not shown; "
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
    if session.cipher in suites_of_windows(caller):
        why += "; a server upgraded in place may still have Windows' order, which has it [failures 6.9]"
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
    untried = _untried_groups(failed, caller)
    if untried and not missing and failed.offer.shape == caller.handshake_shape:
        return _not_tried(untried)
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
    named = listed(kinds or missing[:3])
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


def listed(names: tuple[str, ...] | list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"
