"""Why a handshake of a caller's shape was refused, and whether its refusal is sure.

A handshake of another shape explains the refusal: by the protocol, the cipher suite, the group or the key
that it was agreed in. What was missing from the refused offer makes the refusal "cannot tell", unless it
does not depend on that.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from probe.facts.observation import Connection, FailureKind, WireFailure
from probe.facts.tls_negotiation import LIBERAL_SHAPE, TlsSession
from probe.judgement.caller_profile import Caller, suites_of_windows
from probe.judgement.connection import acceptance, leaf_key, tls_alerts
from probe.judgement.connection.acceptance import Objection, ObjectionCause
from probe.judgement.connection.agreement import (
    TLS13,
    AgreedHandshake,
    Agreement,
    State,
    describe,
    library_gave_up,
    listed,
)

_PROTOCOLS = ("SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
# Refusals of what was offered. Whatever else ends a handshake happens below or beside the negotiation.
REFUSALS = frozenset({FailureKind.ALERT, FailureKind.CLOSE_NOTIFY, FailureKind.TLS_ERROR})
_ENDED = frozenset({FailureKind.ALERT, FailureKind.RESET, FailureKind.CLOSED, FailureKind.CLOSE_NOTIFY})
# What is said when the partner answers with a version or suite that was not offered, with a record of no
# length or of SSL 2.0, or proves no possession of its key: no client goes on then ([failures 5.8.2],
# [failures 5.4.4], [failures 5.4.3] and [failures 5.8.4]).
_WRONG_CHOICE = (
    "EMPTY_RECORD",
    "UNSUPPORTED_PROTOCOL",
    "WRONG_SSL_VERSION",
    "WRONG_CIPHER_RETURNED",
    "UNKNOWN_CIPHER_RETURNED",
    "SSL_2_RECORD",
    "BAD_SIGNATURE",
    "DIGEST_CHECK_FAILED",
)
_SELDOM_OFFERED = ("_RC4_", "_3DES_", "_DSS_")
_AUTHENTICATED = ("_GCM_", "_CCM", "CHACHA20")
_FLOOD = "the partner sends without an end during the handshake"
_BROKEN = {
    FailureKind.RESET: "the partner, or something before it, reset the connection during the handshake",
    FailureKind.CLOSED: "the partner, or something before it, closed the connection during the handshake",
    FailureKind.TRUNCATED: "the connection was closed in the middle of a handshake message",
    FailureKind.NOT_TLS: "what answers does not speak TLS on this port",
    FailureKind.TIMEOUT: "the partner did not answer during the handshake",
    FailureKind.DEADLINE: "the partner did not finish the handshake in time",
}


def refused(failed: Connection, session: AgreedHandshake | None, caller: Caller) -> Agreement:
    """Whether the caller would be refused as this handshake of its offer was, which failed.

    `session`: what the partner agreed to with a wider offer, None for nothing.
    """
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
    return nothing_agreed(failed, caller, why_unsure(failed, caller))


def objected(objection: Objection) -> Agreement:
    """That the caller ends the handshake by itself, or may end it."""
    return Agreement(State.REFUSED if objection.sure else State.UNKNOWN, objection.why, cause=objection.cause)


def _without_offer(failed: Connection, session: AgreedHandshake | None, caller: Caller) -> Agreement:
    if session is not None:
        return inferred(*session, caller)
    why = f"this machine can offer nothing of what {caller.display} offers"
    return Agreement(State.UNKNOWN, why, failed)


def _explained(
    failed: Connection, failure: WireFailure, agreed: AgreedHandshake, caller: Caller
) -> Agreement:
    """The caller's offer failed and a liberal one was agreed: say what the difference was."""
    liberal, session = agreed
    if session.protocol not in caller.protocols:
        return _for_its_key(_other_protocol(failed, session, caller), liberal, caller)
    objection = _group_or_key_objection(liberal, caller)
    if session.cipher not in caller.cipher_suites:
        other = _other_suite(failed, session, caller)
        if objection is None or not objection.sure or other.state is not State.REFUSED:
            return other
        if objection.cause is ObjectionCause.GROUP:
            # Chosen among all of this machine's: that none of the caller's is taken, it does not show.
            group = acceptance.group_name((liberal.negotiation and liberal.negotiation.group) or "")
            why = f"{other.why}; it did so over {group}, which that caller does not offer either"
            return structs.replace(other, why=why, cause=ObjectionCause.SUITE_AND_GROUP)
        return structs.replace(other, why=f"{other.why}; and {objection.why}", cause=objection.cause)
    if objection is not None:
        return structs.replace(objected(objection), connection=failed)
    untried = _untried_groups(failed, caller)
    if untried:
        return Agreement(State.UNKNOWN, _not_tried(untried), failed)
    if failure.kind is FailureKind.TLS_ERROR:
        return Agreement(State.UNKNOWN, library_gave_up(failure), failed)
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
    missing = [protocol for protocol in failed.offer.missing if protocol in _PROTOCOLS]
    if missing:
        why = f"the partner took {session.protocol}; {listed(missing)} could not be offered from this machine"
        return Agreement(State.UNKNOWN, why, failed)
    if session.protocol in caller.may_offer and session.protocol != TLS13:
        why = (
            f"{_refuses_all(caller)}, and agreed to {session.protocol}, which that caller may or may not "
            f"offer; judge one that does with --tls {session.protocol.removeprefix('TLS ')}"
        )
        return Agreement(State.UNKNOWN, why, failed)
    untried = [protocol for protocol in caller.may_offer if _is_older_protocol(protocol, session.protocol)]
    if untried:
        return Agreement(State.UNKNOWN, _not_shown(untried, session, caller), failed)
    return Agreement(State.REFUSED, _no_common_protocol(session, caller), failed)


def _for_its_key(found: Agreement, liberal: Connection, caller: Caller) -> Agreement:
    """A refusal with the key that explains it: in the caller's versions the partner could not use it."""
    if found.state is not State.REFUSED or not liberal.presented:
        return found
    key = leaf_key.objection(liberal.presented[0], caller, caller.protocols[-1])
    if key is None or not key.sure:
        return found
    return structs.replace(found, why=f"{found.why}; {key.why}", cause=ObjectionCause.LEAF_KEY)


def ended_early(liberal: Connection) -> bool:
    """Whether the partner ended this agreed session before it answered anything (TLS 1.3 does so for want
    of a client certificate).
    """
    answered = any(exchange.status is not None for exchange in liberal.exchanges)
    return not answered and liberal.failure is not None and liberal.failure.kind in _ENDED


def _no_common_protocol(session: TlsSession, caller: Caller) -> str:
    if _agreed_to_older(session.protocol, caller):
        return (
            f"the partner speaks at most {session.protocol}; {caller.display} offers "
            f"{listed(caller.protocols)}"
        )
    # Agreeing to the highest version both know says nothing of those below it: only the refusal is proved.
    return f"{_refuses_all(caller)}; it agreed to {session.protocol} with this machine"


def _refuses_all(caller: Caller) -> str:
    sure = " is sure to offer" if caller.may_offer else " offers"
    return f"the partner refuses {listed(caller.protocols)}, which is all that {caller.display}{sure}"


def _not_shown(untried: list[str], session: TlsSession, caller: Caller) -> str:
    """What such a caller may offer beside its refused protocols, and nobody tried by itself."""
    return (
        f"{_refuses_all(caller)}; it agreed to {session.protocol} with this machine, and whether it takes "
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
    if session.cipher in suites_of_windows(caller) and not caller.own_settings:
        why += "; a server upgraded in place may still have Windows' order, which has it [failures 6.9]"
    return Agreement(State.REFUSED, why, failed)


def inferred(connection: Connection, session: TlsSession, caller: Caller) -> Agreement:
    """No handshake of the caller's shape: what another one proves."""
    if session.protocol in caller.protocols and session.cipher in caller.cipher_suites:
        why = f"the partner agreed to {session.protocol} with {session.cipher}, which {caller.display} offers"
        return Agreement(State.AGREED, why, connection)
    offer = connection.offer
    offered = offer.shape == LIBERAL_SHAPE or not set(caller.protocols).isdisjoint(offer.protocols)
    if offered and _agreed_to_older(session.protocol, caller):
        return Agreement(State.REFUSED, _no_common_protocol(session, caller))
    why = (
        f"no handshake was made as {caller.display}; that the partner agreed to {session.protocol} with "
        f"{session.cipher} does not tell what it would agree to with it"
    )
    return Agreement(State.UNKNOWN, why, connection)


def _agreed_to_older(protocol: str, caller: Caller) -> bool:
    # A server takes the highest version both know, so a lower answer to a higher offer is its highest.
    return all(_is_older_protocol(protocol, own) for own in caller.protocols)


def is_older(caller: Caller, agreed: Sequence[str]) -> bool:
    """Whether `caller` lacks TLS 1.2 and the partner agreed to something newer only, or to nothing at all.

    To which newer protocols such a caller can be set: [failures 6.3].
    """
    if "TLS 1.2" in caller.protocols:
        return False
    return all(_is_older_protocol(own, protocol) for protocol in agreed for own in caller.protocols)


def _is_older_protocol(protocol: str, than: str) -> bool:
    known = protocol in _PROTOCOLS and than in _PROTOCOLS
    return known and _PROTOCOLS.index(protocol) < _PROTOCOLS.index(than)


def nothing_agreed(failed: Connection, caller: Caller, unsure: str | None) -> Agreement:
    """No handshake succeeded at all."""
    failure = failed.failure
    if failure is None or failure.kind in (FailureKind.INTERRUPTED, FailureKind.NOTHING_TO_OFFER):
        return Agreement(State.UNKNOWN, "the handshake was not finished from this machine", failed)
    if failure.kind not in REFUSALS:
        return Agreement(State.REFUSED, _BROKEN.get(failure.kind, "the handshake broke off"), failed)
    if failure.kind is FailureKind.TLS_ERROR:
        return _library_error(failed, failure)
    if failure.alert == tls_alerts.PROTOCOL_VERSION:
        missing = [protocol for protocol in failed.offer.missing if protocol in _PROTOCOLS]
        unsure = _not_offered(missing) if missing else None
    if unsure is not None:
        return Agreement(State.UNKNOWN, unsure, failed)
    why = (
        f"the partner refused everything that {caller.display} offers, with {tls_alerts.name(failure.alert)}"
    )
    return Agreement(State.REFUSED, why, failed)


def _library_error(failed: Connection, failure: WireFailure) -> Agreement:
    spelled = failure.detail.upper().replace(" ", "_")
    if any(mark in spelled for mark in _WRONG_CHOICE):
        why = f"the partner answered with what no client can take ({failure.detail})"
        return Agreement(State.REFUSED, why, failed)
    return Agreement(State.UNKNOWN, library_gave_up(failure), failed)


def why_unsure(failed: Connection, caller: Caller) -> str | None:
    """What of the caller's offer this machine could not offer, so that a refusal may not meet the caller."""
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
    return [name for name in failed.offer.missing if name not in _PROTOCOLS]


def _not_offered(missing: list[str]) -> str:
    kinds = [kind for kind in ("RC4", "3DES", "DSS") if any(kind in name for name in missing)]
    named = listed(kinds or missing[:3])
    return f"only {named} could still be agreed, which this machine cannot offer: cannot tell"
