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

Sources: [failures 6.5] to [failures 6.10]; the failures themselves are worded by web_exception.py.
"""

from __future__ import annotations

from msgspec import structs

from probe.facts.certificate import Certificate
from probe.facts.observation import Connection, Visit
from probe.facts.tls_negotiation import LIBERAL_SHAPE
from probe.judgement.caller_profile import Caller
from probe.judgement.connection import acceptance
from probe.judgement.connection.agreement import TLS13, Agreement, State, listed, reached
from probe.judgement.connection.handshake_refusal import (
    ended_early,
    inferred,
    nothing_agreed,
    objected,
    refused,
    why_unsure,
)
from probe.judgement.connection.own_hello import (
    by_hello,
    chose_acceptably,
    exact_hello,
    is_exact,
    objection_to,
    refused_signature,
    with_nothing_missing,
)
from probe.judgement.connection.own_offer import without_offer


def agree(visit: Visit, caller: Caller) -> Agreement:
    """Whether `caller` and the partner would agree, from all handshakes of this visit ([failures 6.5])."""
    nothing = without_offer(caller, _highest(visit))
    if nothing is not None:
        return nothing
    found = _with_sure_offer(visit, caller)
    return _with_tls13(found, visit, caller) if found.state is State.REFUSED else found


def _highest(visit: Visit) -> str | None:
    """The version agreed to when this machine offered every one: a server takes the highest of both."""
    agreed = (c.tls.protocol for c in visit.connections if c.tls and c.offer.shape == LIBERAL_SHAPE)
    return next(agreed, None)


def _with_sure_offer(visit: Visit, caller: Caller) -> Agreement:
    tried = [connection for connection in visit.connections if reached(connection)]
    shaped = [connection for connection in tried if connection.offer.shape == caller.handshake_shape]
    others = [connection for connection in tried if connection.offer.shape != caller.handshake_shape]
    succeeded = [connection for connection in shaped if connection.tls is not None]
    objection = objection_to(succeeded[-1], caller) if succeeded else None
    if succeeded and objection is None:
        last = succeeded[-1]
        return (
            _in_another_suite(last, caller)
            or refused_signature(last, visit, caller)
            or _agreed(succeeded, caller)
        )
    acceptable = chose_acceptably(shaped, caller)
    exact = exact_hello(visit, caller, caller.groups)
    session = next(((c, c.tls) for c in others if c.tls is not None), None)
    if exact is not None and not acceptable:
        return by_hello(exact, shaped, session, visit, caller)
    if objection is not None:
        return objected(objection)
    if shaped and acceptable:
        # What was missing from the offer cannot have been the reason.
        found = refused(with_nothing_missing(shaped[0], shaped[0].failure), session, caller)
        return structs.replace(found, connection=shaped[0])
    if shaped:
        return refused(shaped[0], session, caller)
    if session is not None:
        return inferred(*session, caller)
    if others:
        return nothing_agreed(others[-1], caller, why_unsure(others[-1], caller))
    return Agreement(State.UNKNOWN, "no handshake was made")


def presented(visit: Visit, caller: Caller) -> tuple[Certificate, ...]:
    """The certificates that `caller` would be shown: those of its own handshake or hello, else any seen."""
    own = [c.presented for c in visit.connections if c.offer.shape == caller.handshake_shape and c.presented]
    hellos = [hello.presented for hello in visit.hellos if is_exact(hello, caller, caller.groups)]
    others = [c.presented for c in visit.connections] + [hello.presented for hello in visit.hellos]
    return next((chain for chain in (*own, *hellos, *others) if chain), ())


def _with_tls13(refused: Agreement, visit: Visit, caller: Caller) -> Agreement:
    """The refusal of the sure offer, seen together with TLS 1.3, which the caller may offer as well."""
    in_tls13 = [c for c in visit.connections if c.tls is not None and c.tls.protocol == TLS13]
    if TLS13 not in caller.may_offer or not in_tls13:
        return refused
    wider = [c for c in visit.connections if c.offer.shape == caller.wider_shape and reached(c)]
    agreed = [c for c in wider if c.tls is not None]
    if ended_early((agreed or in_tls13)[-1]):
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
    objection = objection_to(agreed[-1], caller)
    if objection is not None and objection.sure:
        too = (
            f"{TLS13} changes nothing" if objection.cause is refused.cause else f"in {TLS13}, {objection.why}"
        )
        return structs.replace(refused, why=f"{refused.why}; {too}")
    beyond = _in_another_suite(agreed[-1], caller)
    why = _only_tls13(refused, caller) if beyond is None else f"{refused.why}; {beyond.why}"
    return Agreement(State.UNKNOWN, why, refused.connection, cause=refused.cause)


def _only_tls13(refused: Agreement, caller: Caller) -> str:
    lacking = f"the partner refuses what {caller.display} is sure to offer"
    support = "SE supports it" if caller.exchange == "se" else "CU15 and later support it, and none before"
    return (
        f"{lacking if refused.cause is None else refused.why}; it also agrees to {TLS13}. That most "
        f"likely works: {support} on this Windows, and .NET's documentation says that applications which "
        "leave the version to Windows reach it; a report on SChannel's older credential structure, which "
        ".NET Framework uses, says that it does not. Prove it with a network trace of one lookup, or judge "
        "a server that offers it with --tls 1.3 [failures 6.1.3]"
    )


def _in_another_suite(succeeded: Connection, caller: Caller) -> Agreement | None:
    """What a suite says that this machine had to offer beyond the caller's: TLS 1.3's cannot be chosen."""
    session = succeeded.tls
    if session is None or session.protocol != TLS13 or session.cipher in caller.cipher_suites:
        return None
    why = (
        f"the partner agreed to {TLS13} with {session.cipher}, which {caller.display} does not offer; "
        "whether it takes another suite in that version was not shown"
    )
    return Agreement(State.UNKNOWN, why, succeeded)


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
        caveat = acceptance.missing_from_record(best.negotiation, session.cipher)
    caveat = caveat or acceptance.listed_with_another_curve(best.negotiation, caller)
    protocol = None if session is None else session.protocol
    return Agreement(State.AGREED, f"the partner agreed to {named}", best, caveat, protocol=protocol)
