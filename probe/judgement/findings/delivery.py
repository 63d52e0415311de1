"""Findings about the way to the service: name resolution, TCP, TLS negotiation, HTTP, and who can mend it.

Remedies here are advice from documented fixes ([exchange 3.5], [exchange 4.1], [exchange 4.2] and
[exchange 7.6]), never proved: nothing of a partner's network can be judged again with a change applied, and
the report says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from probe.facts.observation import Connection, FailureKind, HelloExchange, Phase, Visit, WireFailure
from probe.judgement.caller_profile import Caller
from probe.judgement.connection import handshake_refusal, proxy
from probe.judgement.connection.acceptance import group_name
from probe.judgement.connection.vantage_state import vantage_state
from probe.judgement.findings import alert_advice, tls
from probe.judgement.findings.tls import remedies_of
from probe.judgement.model import SEVERITIES, Finding, Outcome, Severity
from probe.judgement.verdict import Stage, Verdict, short_wait
from probe.remedies import certificates, directories, federation_trust, relationship
from probe.remedies import network as way
from probe.remedies.advice import Advice

if TYPE_CHECKING:
    from probe.judgement.http.answers import ResponseReading

_RESET = (
    way.FIND_RESETTING_DEVICE,
    directories.ENABLE_WSSECURITY,
    federation_trust.CHECK_FEDERATION_CERTIFICATE,
)


# What an answer means, by the code of its reading (response.py), and what is known to mend it.
_BY_READING: dict[str, tuple[Advice, ...]] = {
    "wssecurity-off": (directories.ENABLE_WSSECURITY,),
    "autodiscover-wssecurity-off": (directories.ENABLE_WSSECURITY,),
    "wssecurity-differs": (directories.ENABLE_WSSECURITY,),
    "wrong-service": (relationship.CHECK_URL,),
    "route-unseen": (directories.KEEP_PATH, directories.READ_PROXY_LOG),
    "redirect-to-owa": (directories.END_HTTP_REDIRECT,),
    "suffix-lost": (directories.KEEP_PATH, relationship.CHECK_URL),
    "anonymous-off": (directories.DEFAULT_AUTHENTICATION,),
    "pre-authentication": (directories.PASS_THROUGH,),
    "login-form": (directories.PASS_THROUGH,),
    "forbidden": (directories.PASS_THROUGH, directories.ALLOW_CALLER_ADDRESS),
    "robot-check": (way.EXEMPT_FROM_FIREWALL, way.PROBE_FROM_CALLER),
    "firewall": (way.EXEMPT_FROM_FIREWALL,),
    "plain-http-behind": (directories.REQUIRE_TLS_ONLY_FOR_HTTPS,),
    "other-service": (way.LEAD_TO_EXCHANGE, relationship.CHECK_URL),
    "handler-or-server-missing": (directories.REGISTER_HANDLER, way.LEAD_TO_EXCHANGE),
    "front-end-error": (directories.START_SERVICES, directories.READ_PROXY_LOG),
    "front-end-overloaded": (directories.START_SERVICES, directories.READ_PROXY_LOG),
    "request-refused": (way.EXEMPT_FROM_FIREWALL, relationship.CHECK_URL),
    "source-address-refused": (directories.ALLOW_CALLER_ADDRESS, way.PROBE_FROM_CALLER),
    "not-exchange": (way.LEAD_TO_EXCHANGE, relationship.CHECK_URL),
    "not-found": (relationship.CHECK_URL, directories.REGISTER_HANDLER),
    "handler-missing": (directories.REGISTER_HANDLER,),
    "server-error": (directories.ENABLE_WSSECURITY, directories.REGISTER_HANDLER),
    "service-stopped": (directories.START_SERVICES,),
    "gateway-timeout": (directories.START_SERVICES,),
    "bad-gateway": (directories.START_SERVICES,),
    "bad-host-header": (relationship.CHECK_URL,),
    "redirect": (relationship.CHECK_URL, directories.PASS_THROUGH),
    "not-soap": (directories.PASS_THROUGH, relationship.CHECK_URL),
    "broken-xml": (directories.PASS_THROUGH,),
    "empty-answer": (directories.ENABLE_WSSECURITY, directories.REGISTER_HANDLER),
    "soap-fault": (directories.ENABLE_WSSECURITY, relationship.CHECK_URL),
    "content-type-changed": (directories.KEEP_CONTENT_TYPE,),
    "soap-without-answer": (relationship.CHECK_URL,),
    "backend-wssecurity-off": (directories.ENABLE_WSSECURITY,),
    "client-certificate": (certificates.IGNORE_CLIENT_CERTIFICATES,),
    "bad-request": (relationship.CHECK_URL, way.EXEMPT_FROM_FIREWALL),
    "http-error": (directories.START_SERVICES, relationship.CHECK_URL),
    "throttled": (directories.RAISE_LIMIT,),
    "mailbox-not-found": (relationship.CHECK_URL,),
}

_BY_FAILURE: dict[FailureKind, tuple[Advice, ...]] = {
    FailureKind.NAME_NOT_FOUND: (way.FIX_DNS,),
    FailureKind.NO_ADDRESS: (way.FIX_DNS,),
    FailureKind.RESOLVER_FAILED: (way.FIX_DNS,),
    FailureKind.REFUSED: (way.LISTEN, way.OPEN_PORT),
    FailureKind.UNREACHABLE: (way.OPEN_PORT,),
    FailureKind.RESET: _RESET,
    FailureKind.CLOSED: _RESET,
    FailureKind.CLOSE_NOTIFY: _RESET,
    FailureKind.TRUNCATED: _RESET,
    FailureKind.NOT_TLS: (way.LISTEN, relationship.CHECK_URL),
    FailureKind.FLOOD: (way.LEAD_TO_EXCHANGE,),
    FailureKind.ALERT: (way.OFFER_COMMON_TLS,),
    FailureKind.TLS_ERROR: (way.OFFER_COMMON_TLS,),
    FailureKind.PROXY_REFUSED: (way.OPEN_PROXY_TUNNEL,),
}

# Silence, by where it began: a connection that was made proves the port open.
_WAITED_IN_VAIN = frozenset({FailureKind.TIMEOUT, FailureKind.DEADLINE})
_BY_SILENT_PHASE: dict[Phase, tuple[Advice, ...]] = {
    Phase.RESOLVE: (way.FIX_DNS,),
    Phase.CONNECT: (way.OPEN_PORT, directories.START_SERVICES),
    Phase.TUNNEL: (way.OPEN_PROXY_TUNNEL,),
    Phase.HANDSHAKE: (way.FIND_HOLDING_DEVICE, way.LISTEN),
    Phase.SEND: (directories.START_SERVICES, way.FIND_HOLDING_DEVICE),
    Phase.RECEIVE: (directories.START_SERVICES, way.FIND_HOLDING_DEVICE),
}


def findings(visit: Visit, caller: Caller, decided: Verdict) -> tuple[Finding, ...]:
    """What the way to the service showed: the cause when it stops the caller, notes when it does not."""
    return (*_delivered(visit, caller, decided), *_fingerprint(visit))


def _delivered(visit: Visit, caller: Caller, decided: Verdict) -> tuple[Finding, ...]:
    if decided.stage is Stage.CERTIFICATE:
        return ()
    if decided.reading is not None and decided.connection is not None and not _is_broken_connection(decided):
        return (*_answer_findings(decided), *_read_beside(caller, decided))
    if decided.outcome in (Outcome.FAILURE, Outcome.UNKNOWN):
        return (_wire_finding(visit, caller, decided),)
    return ()


def _fingerprint(visit: Visit) -> tuple[Finding, ...]:
    """What answers, as far as its answers show it ([exchange 3.6.1])."""
    exchanges = [e for connection in visit.connections for e in connection.exchanges if e.status is not None]
    if not exchanges:
        return ()
    from probe.judgement.http import fingerprint  # only an answer has traits

    traits = fingerprint.fingerprint(exchanges)
    if not traits:
        return ()
    shown = "; ".join(trait.name for trait in traits)
    evidence = tuple(dict.fromkeys(trait.evidence for trait in traits))
    return (Finding("fingerprint", Severity.INFO, f"What answers: {shown}.", evidence),)


def _is_broken_connection(decided: Verdict) -> bool:
    connection = decided.connection
    return (
        decided.outcome is not Outcome.SUCCESS
        and connection is not None
        and connection.failure is not None
        and decided.why != (decided.reading.summary if decided.reading else None)
    )


def _answer_findings(decided: Verdict) -> Iterator[Finding]:
    reading = decided.reading
    if reading is None:
        return
    yield finding_of_reading(reading, decided.outcome)
    yield from _caveat(decided)


def finding_of_reading(reading: ResponseReading, outcome: Outcome) -> Finding:
    """What an answer says as a finding, with what is known to mend it."""
    severity = SEVERITIES[outcome]
    remedies = () if severity is Severity.INFO else remedies_of(_BY_READING.get(reading.code, ()))
    return Finding(f"http-{reading.code}", severity, reading.summary, reading.evidence, remedies)


def _read_beside(caller: Caller, decided: Verdict) -> Iterator[Finding]:
    """Said where the answer came over the wider of the handshakes that the caller may make."""
    connection, agreement = decided.connection, decided.agreement
    if connection is None or connection.tls is None or connection.offer.shape != caller.wider_shape:
        return
    own = None if agreement is None or agreement.connection is None else agreement.connection.tls
    if own is not None:
        yield Finding(
            "answer-beside",
            Severity.INFO,
            f"The handshake in {own.protocol} was made as well; the answer was read over "
            f"{connection.tls.protocol}, which was quicker, from the same certificates.",
        )


def _caveat(decided: Verdict) -> Iterator[Finding]:
    if decided.agreement is not None and decided.agreement.caveat is not None:
        yield Finding("tls-assumption", Severity.INFO, _sentence(decided.agreement.caveat))


def _wire_finding(visit: Visit, caller: Caller, decided: Verdict) -> Finding:
    failure = decided.connection.failure if decided.connection is not None else None
    evidence = tuple(dict.fromkeys(_evidence(visit, caller, decided, failure)))
    of_proxy = proxy.finding(decided.connection, SEVERITIES[decided.outcome], evidence)
    if of_proxy is not None:
        return of_proxy
    if decided.stage is Stage.HANDSHAKE:
        code, advice = "tls-refused", _handshake_advice(visit, caller, decided, failure)
    elif decided.outcome is Outcome.UNKNOWN and vantage_state(decided.connection) is not None:
        code, advice = _wire_code(decided, failure), (way.PROBE_ELSEWHERE,)
    else:
        code = _wire_code(decided, failure)
        by_failure = _advice_on(failure) if failure else _advice_on_no_request(decided)
        advice = alert_advice.advice(failure.alert if failure else None) or by_failure
    return Finding(
        code=code,
        severity=SEVERITIES[decided.outcome],
        summary=_sentence(decided.why),
        evidence=evidence,
        remedies=remedies_of(advice),
    )


def _advice_on(failure: WireFailure) -> tuple[Advice, ...]:
    if failure.kind in _WAITED_IN_VAIN:
        return _BY_SILENT_PHASE[failure.phase]
    return _BY_FAILURE.get(failure.kind, ())


def _advice_on_no_request(decided: Verdict) -> tuple[Advice, ...]:
    """What ends the doubt where only the caller has the suite that was agreed on, RC4 for one."""
    never_made = decided.stage is Stage.REQUEST and decided.connection is None
    return (way.OFFER_COMMON_TLS,) if never_made else ()


def _wire_code(decided: Verdict, failure: WireFailure | None) -> str:
    return f"{decided.stage.value}-{failure.kind.value if failure else 'unknown'}"


def _handshake_advice(
    visit: Visit, caller: Caller, decided: Verdict, failure: WireFailure | None
) -> tuple[Advice, ...]:
    specific = tls.advice_on(decided.agreement.cause if decided.agreement is not None else None)
    if specific:
        return specific
    of_alert = alert_advice.advice(failure.alert if failure else None)
    if of_alert:
        return of_alert
    negotiated = (FailureKind.ALERT, FailureKind.TLS_ERROR)
    agreed = [c.tls.protocol for c in visit.connections if c.tls is not None]
    # A caller that offers TLS 1.2 has nothing to turn on, and one whose own version was agreed to (with
    # other suites) or is above the partner's gains nothing by it.
    newer = (way.ENABLE_TLS12,) if handshake_refusal.is_older(caller, agreed) else ()
    if failure is not None and failure.phase is Phase.HANDSHAKE and failure.kind not in negotiated:
        return _advice_on(failure) or (way.OFFER_COMMON_TLS, *newer)
    return (way.OFFER_COMMON_TLS, *newer)


def _evidence(visit: Visit, caller: Caller, decided: Verdict, failure: WireFailure | None) -> Iterator[str]:
    if failure is not None:
        yield _failure_text(failure)
        meaning = alert_advice.meaning(failure.alert)
        if meaning is not None:
            yield meaning
        yield from _short_wait_evidence(decided.connection, caller)
    if decided.stage is Stage.HANDSHAKE:
        yield f"{caller.display} offers {', '.join(caller.protocols) or 'no protocol version'}"
    for connection in visit.connections:
        if connection is not decided.connection:
            yield _other_attempt(connection)
    for hello in visit.hellos:
        yield _answer_to_hello(hello)
    if decided.possible is not None:
        yield f"if the caller meets the same, it logs: {decided.possible.text}"


def _short_wait_evidence(connection: Connection | None, caller: Caller) -> Iterator[str]:
    """Said where this run waited less than the caller would: a slow partner looks like a stalled one then."""
    waited = None if connection is None else short_wait(connection, caller)
    if waited is not None:
        yield (
            f"waited {waited:.1f} s here; the caller waits up to 25 s in all (Exchange 2013, presumed of "
            "later versions), so a partner that is only slow may still serve it: check again with a longer "
            "--timeout and --connect-timeout to be sure"
        )


def _failure_text(failure: WireFailure) -> str:
    alert = "" if failure.alert is None else f", TLS alert {failure.alert}"
    detail = f" ({failure.detail})" if failure.detail else ""
    return f"in phase {failure.phase.value}: {failure.kind.value}{alert}{detail}"


def _answer_to_hello(hello: HelloExchange) -> str:
    """What came back to a ClientHello with exactly a caller's offer."""
    offered = ", ".join(group_name(group) for group in hello.offer.groups)
    chosen = hello.negotiation
    if chosen is None:
        said = "not answered" if hello.failure is None else f"refused {_failure_text(hello.failure)}"
        return f"a ClientHello of exactly this offer, with {offered}, was {said}"
    group = f" over {group_name(chosen.group)}" if chosen.group else ""
    prime = f" with a prime of {chosen.diffie_hellman_bits} bits" if chosen.diffie_hellman_bits else ""
    taken = f"{chosen.protocol} and {chosen.cipher}{group}{prime}"
    return f"a ClientHello of exactly this offer, with {offered}, was answered with {taken}"


def _other_attempt(connection: Connection) -> str:
    if connection.tls is not None:
        return f"another handshake agreed on {connection.tls.protocol} with {connection.tls.cipher}"
    if connection.failure is not None:
        return f"another attempt failed {_failure_text(connection.failure)}"
    return "another attempt was made"


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
