"""What the answer to a caller's own ClientHello decides.

The hello has exactly the caller's offer, so its refusal is the refusal of the caller, and its answer is what
the caller would be answered. Nothing was finished over it: requests were made over other handshakes, whose
answers stand for the caller's where the same certificate was shown.
"""

from __future__ import annotations

from msgspec import structs

from probe.facts.observation import Connection, FailureKind, HelloExchange, Phase, Visit, WireFailure
from probe.facts.tls_negotiation import Negotiation
from probe.judgement.caller_profile import WINDOWS_10_1607, Caller
from probe.judgement.connection import acceptance
from probe.judgement.connection.acceptance import Objection, ObjectionCause
from probe.judgement.connection.agreement import AgreedHandshake, Agreement, State, listed
from probe.judgement.connection.handshake_refusal import REFUSALS, objected, refused

# Ends of a handshake that are an answer to what was offered, and those that are this machine's own.
_ANSWERS = frozenset({*REFUSALS, FailureKind.RESET, FailureKind.CLOSED, FailureKind.TRUNCATED})
_OWN_FAILURES = frozenset({FailureKind.NOTHING_TO_OFFER, FailureKind.TLS_ERROR})


def is_exact(hello: HelloExchange, caller: Caller, groups: tuple[str, ...]) -> bool:
    """Whether this ClientHello offered exactly what the caller offers, with these groups."""
    offer = hello.offer
    return (offer.protocols, offer.cipher_suites, offer.groups) == (
        caller.protocols,
        caller.cipher_suites,
        groups,
    )


def exact_hello(visit: Visit, caller: Caller, groups: tuple[str, ...]) -> HelloExchange | None:
    """The last hello with exactly this offer that tells something."""
    told = (
        hello
        for hello in reversed(visit.hellos)
        if is_exact(hello, caller, groups)
        and (hello.failure is None or hello.failure.kind in _ANSWERS)
        and (hello.failure is None or hello.failure.phase is Phase.HANDSHAKE)
    )
    return next(told, None)


def chose_acceptably(shaped: list[Connection], caller: Caller) -> bool:
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


def objection_to(connection: Connection, caller: Caller) -> Objection | None:
    """What the caller has against a finished handshake; what is not on record cannot be objected to."""
    if connection.tls is None:
        return None
    chosen = connection.negotiation or Negotiation(connection.tls.protocol, connection.tls.cipher)
    return acceptance.objection(chosen, connection.presented, caller, groups=caller.groups)


def refused_signature(made: Connection, visit: Visit, caller: Caller) -> Agreement | None:
    """The refusal of a partner that signed for this machine in a scheme that the caller does not offer.

    Most sign in another one then, so only an alert in answer to the caller's exact hello shows it.
    """
    scheme = None if made.negotiation is None else made.negotiation.signature_scheme
    if scheme is None or scheme in caller.signature_schemes:
        return None
    hello = exact_hello(visit, caller, caller.groups)
    if hello is None or hello.failure is None or hello.failure.kind is not FailureKind.ALERT:
        return None
    why = (
        f"the partner refuses the ClientHello of {caller.display}; for this machine it signed in {scheme}, "
        "which that caller does not offer"
    )
    return Agreement(State.REFUSED, why, cause=ObjectionCause.SIGNATURE)


def by_hello(
    hello: HelloExchange,
    shaped: list[Connection],
    session: AgreedHandshake | None,
    visit: Visit,
    caller: Caller,
) -> Agreement:
    """What the answer to the caller's exact ClientHello decides."""
    chosen = hello.negotiation
    unwanted = None if chosen is None else _not_offered_choice(chosen, caller)
    if chosen is not None and unwanted is not None:
        if _may_have_ssl3(chosen, caller):
            why = f"{unwanted}; SSL 3.0 it may offer as well, if nobody has switched it off"
            return Agreement(State.UNKNOWN, why)
        return Agreement(State.REFUSED, unwanted)
    if chosen is not None and hello.failure is None:
        against = acceptance.objection(chosen, hello.presented, caller, groups=caller.groups)
        return objected(against) if against is not None else _agreed_by_hello(hello, chosen, visit, caller)
    failed = next((c for c in shaped if c.tls is None), None)
    if failed is not None:
        by_machine = failed.failure is not None and failed.failure.kind in _OWN_FAILURES
        failure = hello.failure if by_machine else failed.failure
        found = refused(with_nothing_missing(failed, failure), session, caller)
        found = structs.replace(found, connection=_met(failed, hello))
    else:
        objection = next((o for c in shaped if (o := objection_to(c, caller)) is not None), None)
        found = Agreement(State.REFUSED, f"the partner refuses the ClientHello of {caller.display}")
        if objection is not None:
            found = structs.replace(objected(objection), state=State.REFUSED)
        found = structs.replace(found, connection=_as_made(hello))
    return _with_further_groups(found, visit, caller)


def _met(failed: Connection, hello: HelloExchange) -> Connection | None:
    """What the caller meets: this machine's failed handshake, or the answer to the hello where it made none.

    None where its TLS library gave up: what SChannel makes of the same bytes is told without the end of both.
    """
    kind = None if failed.failure is None else failed.failure.kind
    if kind is FailureKind.NOTHING_TO_OFFER:
        return _as_made(hello)
    return None if kind is FailureKind.TLS_ERROR else failed


def _as_made(hello: HelloExchange) -> Connection:
    """The answer to a hello as a connection: how it ended is what the caller meets and logs."""
    return Connection(
        hello.endpoint,
        hello.address,
        hello.port,
        hello.offer,
        presented=hello.presented,
        failure=hello.failure,
        timings=hello.timings,
        proxy=hello.proxy,
        negotiation=hello.negotiation,
    )


def _may_have_ssl3(chosen: Negotiation, caller: Caller) -> bool:
    """Whether the partner has SSL 3.0 alone, and Windows leaves it on beside others [failures 6.1.1]."""
    return chosen.protocol == "SSL 3.0" and caller.build < WINDOWS_10_1607 and "TLS 1.0" in caller.protocols


def _not_offered_choice(chosen: Negotiation, caller: Caller) -> str | None:
    if chosen.protocol not in caller.protocols:
        return f"the partner chose {chosen.protocol}; {caller.display} offers {listed(caller.protocols)}"
    if chosen.cipher not in caller.cipher_suites:
        return f"the partner chose {chosen.cipher}, which {caller.display} does not offer"
    return None


def with_nothing_missing(failed: Connection, failure: WireFailure | None) -> Connection:
    """The failed handshake as if its offer had been whole, with the failure that is to be explained."""
    offer = structs.replace(failed.offer, missing=(), groups=())
    return structs.replace(failed, offer=offer, failure=failure)


def _agreed_by_hello(hello: HelloExchange, chosen: Negotiation, visit: Visit, caller: Caller) -> Agreement:
    over = f" over {acceptance.group_name(chosen.group)}" if chosen.group else ""
    agreed = f"{chosen.protocol} and {chosen.cipher}{over}"
    why = f"the partner answers the ClientHello of {caller.display} with {agreed}"
    leaf = hello.presented[:1]
    alike = [c for c in visit.connections if c.tls is not None and c.presented[:1] == leaf]
    caveat = acceptance.listed_with_another_curve(chosen, caller)
    return Agreement(State.AGREED, why, alike[-1] if alike else None, caveat, protocol=chosen.protocol)


def _with_further_groups(refused: Agreement, visit: Visit, caller: Caller) -> Agreement:
    """The refusal of the sure offer, seen together with the groups that the caller may offer as well."""
    if not caller.may_offer_groups:
        return refused
    groups = (*caller.may_offer_groups, *caller.groups)
    hello = exact_hello(visit, caller, groups)
    named = listed([acceptance.group_name(group) for group in caller.may_offer_groups])
    if hello is None and not _chose_further_group(visit, caller):
        why = f"{refused.why}; whether it agrees to {named}, which that caller may offer, was not shown"
        return Agreement(State.UNKNOWN, why, refused.connection)
    if hello is not None and not _accepts(hello, caller, groups):
        return refused
    why = (
        f"the partner agrees with {caller.display} only in {named}, which "
        "Windows offers by default and the Exchange documentation recommends to switch off: Get-TlsEccCurve "
        "on the caller tells [failures 6.9]"
    )
    return Agreement(State.UNKNOWN, why, refused.connection, cause=ObjectionCause.GROUP)


def _accepts(hello: HelloExchange, caller: Caller, groups: tuple[str, ...]) -> bool:
    """Whether the answer to this hello is one that the caller goes on with."""
    chosen = hello.negotiation
    if chosen is None or hello.failure is not None or _not_offered_choice(chosen, caller) is not None:
        return False
    return acceptance.objection(chosen, hello.presented, caller, groups=groups) is None


def _chose_further_group(visit: Visit, caller: Caller) -> bool:
    """Whether a handshake of another shape was agreed in what the caller has, in such a further group."""
    return any(
        chosen is not None
        and chosen.protocol in caller.protocols
        and chosen.cipher in caller.cipher_suites
        and chosen.group in caller.may_offer_groups
        for chosen in (connection.negotiation for connection in visit.connections if connection.tls)
    )
