"""Findings and advice about the TLS handshake: what a prediction rests on, and what the partner can change.

Which handshake would have been agreed is decided in judgement/connection; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator

from probe.judgement.caller_profile import Caller
from probe.judgement.connection.acceptance import ObjectionCause
from probe.judgement.connection.agreement import State
from probe.judgement.connection.leaf_key import KeyObjection
from probe.judgement.model import Finding, Remedy, Severity
from probe.judgement.verdict import Verdict
from probe.remedies import certificates
from probe.remedies import network as way
from probe.remedies.advice import Advice, as_clause

_BY_CAUSE = {
    ObjectionCause.SUITE_AND_GROUP: (way.OFFER_COMMON_TLS, way.ALLOW_COMMON_GROUP),
    ObjectionCause.GROUP: (way.ALLOW_COMMON_GROUP,),
    ObjectionCause.DIFFIE_HELLMAN: (way.USE_COMMON_PRIME,),
    ObjectionCause.MESSAGE_SIZE: (certificates.SEND_SHORT_CHAIN,),
    ObjectionCause.RENEGOTIATION: (way.SUPPORT_SECURE_RENEGOTIATION,),
    ObjectionCause.LEAF_KEY: (certificates.REISSUE_WITH_USABLE_KEY,),
    ObjectionCause.SIGNATURE: (way.SIGN_WITH_PKCS1,),
    ObjectionCause.NO_PROTOCOL: (way.ENABLE_TLS12,),
    ObjectionCause.NO_SUITE: (way.OFFER_KNOWN_SUITES,),
}


def advice_on(cause: ObjectionCause | None) -> tuple[Advice, ...]:
    """What ends this objection, or what the caller lacks; () for other causes."""
    return () if cause is None else _BY_CAUSE.get(cause, ())


def remedies_of(advice: tuple[Advice, ...]) -> tuple[Remedy, ...]:
    """Pieces of advice as a report has them."""
    return tuple(Remedy(entry.actor, as_clause(entry), "\n".join(entry.commands) or None) for entry in advice)


def unusable_key(found: KeyObjection) -> Finding:
    """The finding for an end-entity whose key the caller's SChannel cannot use, or may not be able to use."""
    severity = Severity.FAILURE if found.sure else Severity.UNKNOWN
    why = f"{found.why[:1].upper()}{found.why[1:]}."
    return Finding(
        "tls-unusable-key", severity, why, remedies=remedies_of((certificates.REISSUE_WITH_USABLE_KEY,))
    )


def findings(caller: Caller, decided: Verdict) -> tuple[Finding, ...]:
    """What a handshake that would be agreed on rests on."""
    return tuple(_assumptions(caller, decided))


def _assumptions(caller: Caller, decided: Verdict) -> Iterator[Finding]:
    agreement = decided.agreement
    if agreement is None or agreement.state is not State.AGREED or not caller.tls12_predicted:
        return
    protocol = agreement.protocol
    if protocol is None or protocol in ("TLS 1.0", "TLS 1.1"):
        return
    yield Finding(
        "tls12-predicted",
        Severity.INFO,
        f"That {caller.display} has {protocol} is predicted: a server without it gets no token from the "
        "token service, and free/busy fails for every partner, not for this one alone.",
        ("the token service has refused TLS 1.0 and 1.1 since 31 January 2022 [failures 6.8]",),
        remedies_of((way.ENABLE_TLS12,)),
    )
