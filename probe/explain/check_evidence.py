"""Reads a finished check for what it says about the causes of an explanation, and joins the two.

The check is seen through protocols that `probe.report.document.ResultDocument` fulfils, since explain and
report do not know each other. Three-valued: a signal is seen, looked for and not seen, or not looked for. A
check runs from its own vantage; what it does not see there may still happen to the caller, so only causes
that show from everywhere can be ruled out (`weighing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from probe.explain.clues import ClueReading, header_readings
from probe.explain.explanation_model import Explanation, Signal
from probe.explain.weighing import weigh
from probe.facts.services.logon_pages import leads_to_logon

_SLOW_MS = 20_000.0
"""Close to the 25 s that the Availability service has for a whole lookup ([exchange 1.1.7])."""


class ChainLike(Protocol):
    """The chain context of a judgement."""

    @property
    def status(self) -> Sequence[str]: ...
    @property
    def indeterminate(self) -> str | None: ...


class NameLike(Protocol):
    """The host-name match of a judgement."""

    @property
    def not_compared(self) -> str | None: ...
    @property
    def indeterminate(self) -> str | None: ...


class WebExceptionLike(Protocol):
    """What the caller would log."""

    @property
    def status(self) -> str: ...
    @property
    def text(self) -> str: ...


class JudgementLike(Protocol):
    """One caller's judgement of one endpoint."""

    @property
    def outcome(self) -> str: ...
    @property
    def ssl_policy_errors(self) -> Sequence[str] | None: ...
    @property
    def chain(self) -> ChainLike | None: ...
    @property
    def name(self) -> NameLike | None: ...
    @property
    def web_exception(self) -> WebExceptionLike | None: ...


class HttpLike(Protocol):
    """One HTTP exchange."""

    @property
    def method(self) -> str: ...
    @property
    def status(self) -> int | None: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def note(self) -> str: ...


class FailureLike(Protocol):
    """How a connection broke."""

    @property
    def phase(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def alert(self) -> int | None: ...


class TimingsLike(Protocol):
    """Milliseconds per phase."""

    @property
    def total(self) -> float | None: ...


class EndpointLike(Protocol):
    """One endpoint at one address."""

    @property
    def url(self) -> str: ...
    @property
    def http(self) -> Sequence[HttpLike]: ...
    @property
    def failure(self) -> FailureLike | None: ...
    @property
    def timings_ms(self) -> TimingsLike: ...
    @property
    def judgements(self) -> Sequence[JudgementLike]: ...


class FederationLike(Protocol):
    """The anonymous GetFederationInformation answer."""

    @property
    def application_uri(self) -> str | None: ...
    @property
    def error_code(self) -> str | None: ...


class ResultLike(Protocol):
    """A result document."""

    @property
    def outcome(self) -> str: ...
    @property
    def endpoints(self) -> Sequence[EndpointLike]: ...
    @property
    def federation(self) -> FederationLike | None: ...


def join(explanation: Explanation, result: ResultLike) -> Explanation:
    """`explanation` with its causes confirmed or ruled out by a check of the partner, ranked anew, and with
    a sentence on whether the check predicts the very failure that was logged."""
    weighed = weigh(explanation, read_signals(result))
    return replace(weighed, evidence=(*weighed.evidence, *_prediction(explanation, result)))


def read_signals(result: ResultLike) -> tuple[ClueReading, ...]:
    """Every signal that the check looked for, seen or not, with the sentence that says by what."""
    readings: list[ClueReading] = []
    for endpoint in result.endpoints:
        readings.extend(_certificate_readings(endpoint))
        readings.extend(_wire_readings(endpoint))
        readings.extend(_answer_readings(endpoint))
    readings.extend(_federation_readings(result))
    return tuple(dict.fromkeys(readings))


def _certificate_readings(endpoint: EndpointLike) -> Iterator[ClueReading]:
    for judgement in endpoint.judgements:
        if judgement.chain is None or judgement.ssl_policy_errors is None:
            continue
        status = set(judgement.chain.status) - {"NoError"}
        known = {
            "UntrustedRoot": Signal.UNTRUSTED_ROOT,
            "PartialChain": Signal.PARTIAL_CHAIN,
            "NotTimeValid": Signal.NOT_TIME_VALID,
        }
        seen = {signal for name, signal in known.items() if name in status}
        other = sorted(status - known.keys() - {"RevocationStatusUnknown", "OfflineRevocation"})
        seen |= {Signal.OTHER_CHAIN_FAULT} if other else set()
        words = f"{endpoint.url}: chain status {', '.join(sorted(status)) or 'NoError'}"
        for signal in (*known.values(), Signal.OTHER_CHAIN_FAULT):
            if signal in seen or judgement.chain.indeterminate is None:
                yield ClueReading(signal, signal in seen, words)
        name = judgement.name
        if name is not None and name.indeterminate is not None:
            continue
        mismatch = "RemoteCertificateNameMismatch" in judgement.ssl_policy_errors
        if mismatch or (name is not None and name.not_compared is None):
            verb = "does not name" if mismatch else "names"
            words = f"{endpoint.url}: the certificate {verb} the host"
            yield ClueReading(Signal.NAME_MISMATCH, mismatch, words)


_BY_FAILURE = {
    ("resolve", "*"): Signal.NAME_NOT_RESOLVED,
    ("connect", "refused"): Signal.REFUSED,
    ("connect", "*"): Signal.NOT_CONNECTED,
    ("handshake", "not-tls"): Signal.NOT_TLS,
    ("handshake", "timeout"): Signal.SLOW,
    ("handshake", "*"): Signal.HANDSHAKE_BROKEN,
    ("send", "reset"): Signal.RESET_AFTER_REQUEST,
    ("receive", "reset"): Signal.RESET_AFTER_REQUEST,
    ("receive", "closed"): Signal.CLOSED_AFTER_REQUEST,
    ("receive", "close-notify"): Signal.CLOSED_AFTER_REQUEST,
    ("receive", "truncated"): Signal.CLOSED_AFTER_REQUEST,
    ("receive", "malformed"): Signal.NOT_HTTP,
    ("receive", "timeout"): Signal.SLOW,
    ("receive", "deadline"): Signal.SLOW,
}
# handshake_failure, protocol_version, insufficient_security (RFC 8446 section 6.2); other alerts may be about
# the host name or access.
_NO_COMMON_ALERTS = dict.fromkeys((40, 70, 71), Signal.NO_COMMON_TLS)
_PHASES = ("resolve", "connect", "tunnel", "handshake", "send", "receive")
# The check's own end (interrupted, its proxy, its TLS library's limits) says nothing about the partner.
_NOT_THE_PARTNER = frozenset({"interrupted", "proxy-refused", "nothing-to-offer", "os-error"})


def _wire_readings(endpoint: EndpointLike) -> Iterator[ClueReading]:
    failure = endpoint.failure
    reached = _PHASES.index(failure.phase) if failure and failure.phase in _PHASES else len(_PHASES)
    failed_as = None
    if failure and failure.kind not in _NOT_THE_PARTNER:
        failed_as = (
            _NO_COMMON_ALERTS.get(failure.alert or 0)
            or _BY_FAILURE.get((failure.phase, failure.kind))
            or _BY_FAILURE.get((failure.phase, "*"))
        )
        if failed_as:
            yield ClueReading(
                failed_as, seen=True, text=f"{endpoint.url}: {failure.kind} in phase {failure.phase}"
            )
    for judgement in endpoint.judgements:
        if judgement.web_exception and judgement.web_exception.status == "SecureChannelFailure":
            yield ClueReading(
                Signal.NO_COMMON_TLS, seen=True, text=f"{endpoint.url}: SecureChannelFailure predicted"
            )
    for (phase, _), signal in _BY_FAILURE.items():
        passed = reached > _PHASES.index(phase) and (phase not in {"send", "receive"} or _answered(endpoint))
        if passed and signal is not Signal.SLOW:
            yield ClueReading(signal, seen=False, text=f"{endpoint.url}: passed the phase {phase}")
    total = endpoint.timings_ms.total
    if total is not None:
        yield ClueReading(Signal.SLOW, total >= _SLOW_MS, f"{endpoint.url}: {total / 1000:.1f} s in all")


def _answered(endpoint: EndpointLike) -> bool:
    return endpoint.failure is None and any(exchange.status is not None for exchange in endpoint.http)


_BY_STATUS = {
    403: Signal.FORBIDDEN,
    405: Signal.HANDLER_MISSING,
    503: Signal.SERVICE_STOPPED,
    504: Signal.GATEWAY_TIMEOUT,
}


def _answer_readings(endpoint: EndpointLike) -> Iterator[ClueReading]:
    answers = [exchange for exchange in endpoint.http if exchange.status is not None]
    for exchange in answers:
        status = exchange.status or 0
        words = f"{endpoint.url}: {exchange.method} got {status}"
        for reading in header_readings(status, exchange.headers.items()):
            yield ClueReading(reading.signal, reading.seen, f"{endpoint.url}: {reading.text}")
        healthy_fault = "InvalidSecurity" in exchange.note
        if healthy_fault:
            yield ClueReading(Signal.WSSECURITY_ANSWERS, seen=True, text=f"{words} with InvalidSecurity")
        redirected = status in range(300, 400)
        login = redirected and _leads_to_logon(exchange.headers)
        if login:
            yield ClueReading(Signal.PRE_AUTHENTICATION, seen=True, text=f"{words}, to a logon page")
        yield ClueReading(Signal.REDIRECT, redirected and not login, words)
        yield ClueReading(Signal.SERVER_ERROR, status == 500 and not healthy_fault, words)
        for code, signal in _BY_STATUS.items():
            if signal is not Signal.HANDLER_MISSING or exchange.method == "POST":
                yield ClueReading(signal, status == code, words)


def _leads_to_logon(headers: Mapping[str, str]) -> bool:
    """Whether a redirect leads to a known logon page ([exchange 3.3.7])."""
    return any(leads_to_logon(value) for name, value in headers.items() if name.lower() == "location")


def _federation_readings(result: ResultLike) -> Iterator[ClueReading]:
    answer = result.federation
    if answer is None:
        return
    announced = answer.error_code in {None, "NoError"} and answer.application_uri is not None
    refused = answer.error_code in {"NotFederated", "InvalidDomain"}
    words = f"GetFederationInformation: {answer.error_code or answer.application_uri or 'no usable answer'}"
    yield ClueReading(Signal.NO_FEDERATION_ANSWER, not announced and not refused, words)
    if announced or refused:
        yield ClueReading(Signal.NOT_FEDERATED, refused, words)


def _prediction(explanation: Explanation, result: ResultLike) -> Iterator[str]:
    predicted = {
        judgement.web_exception.status
        for endpoint in result.endpoints
        for judgement in endpoint.judgements
        if judgement.web_exception
    }
    if explanation.status and explanation.status in predicted:
        yield f"The check predicts the same failure as logged: {explanation.status}."
    elif explanation.status and predicted:
        yield f"The check predicts {', '.join(sorted(predicted))}, the log has {explanation.status}."
    elif result.outcome in {"success", "warning"}:
        yield (
            "The check from here succeeds: the failure is over, depends on the caller's network or trust "
            "store, or lies in the token, which a check without credentials does not have."
        )
    elif result.outcome == "unknown":
        yield "The check from here cannot tell what the caller would get."
