"""The rows of [exchange 3.5], one function for each kind of answer: `EndpointAnswers` → readings.

Codes are stable. A row says what the caller, which has a token, would get; where that cannot be known from
here (a challenge for robots, a limit on our requests, a redirect that the caller follows) it says unknown.
"""

from __future__ import annotations

from collections.abc import Callable

from probe.facts.observation import EndpointKind, HttpExchange
from probe.judgement.http import content_rules, fingerprint, front_end, in_front, other_server
from probe.judgement.http.answers import (
    MAXIMUM_EVIDENCE,
    Confidence,
    EndpointAnswers,
    ResponseReading,
    beginning,
    evidence,
    exchange_marks,
    failure,
    status_line,
    unknown,
)
from probe.judgement.model import Outcome

_Rule = Callable[[EndpointAnswers, HttpExchange], ResponseReading]

# Errors about the mailbox that was asked about, which is the probe's choice ([exchange 3.1.4]).
_NOT_A_MAILBOX_HERE = frozenset({"UserNotFound", "DomainNotFound", "MailboxGuidWithDomainNotFound"})


def readings(answers: EndpointAnswers) -> tuple[ResponseReading, ...]:
    """What the answers say, the decisive reading first, then what else they show; never empty."""
    return (_decisive(answers), *_besides(answers))


def _decisive(answers: EndpointAnswers) -> ResponseReading:
    if answers.post is not None:
        seen = _by_status(answers, answers.post)
        return _wrong_service(answers, seen) or seen
    if answers.get is None:
        return unknown("no-answer", "no request was answered", Confidence.HIGH)
    # The GET never decides: the handler of a POST is another one, and only it knows the SOAP endpoint.
    seen = _by_status(answers, answers.get)
    return ResponseReading(
        seen.code, f"{seen.summary} (only a GET was answered)", Outcome.UNKNOWN, Confidence.LOW, seen.evidence
    )


def _wrong_service(answers: EndpointAnswers, seen: ResponseReading) -> ResponseReading | None:
    """A sound answer of Autodiscover where EWS is wanted, or of EWS where Autodiscover is, else None.

    Both ask for a token in the same words; with one, the caller's operation is unknown there
    ([exchange 3.2.6]).
    """
    url = answers.url.lower()
    if seen.outcome is not Outcome.SUCCESS or seen.code == "soap-answer":
        return None
    if answers.kind is EndpointKind.EWS_WSSECURITY and "/autodiscover/" in url:
        summary = "the URL for EWS is that of Autodiscover, which answers no question about a calendar"
    elif answers.kind is EndpointKind.AUTODISCOVER_WSSECURITY and "/ews/" in url:
        summary = "the URL for Autodiscover is that of EWS, which names no settings"
    else:
        return None
    said = (f"POST: {answers.url}"[:MAXIMUM_EVIDENCE], *seen.evidence)
    return ResponseReading(
        "wrong-service", summary, Outcome.FAILURE, Confidence.HIGH, said, same_answer=False
    )


def _by_status(answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    status = exchange.status or 0
    if content_rules.is_document(exchange, status):
        return content_rules.document(answers, exchange)
    mislabelled = content_rules.mislabelled(exchange, status)
    if mislabelled is not None:
        return mislabelled
    elsewhere = in_front.reading(exchange, status) or other_server.reading(answers, exchange)
    if elsewhere is not None:
        return elsewhere
    rule = _RULES.get(status)
    if rule is not None:
        return rule(answers, exchange)
    if status < 300:
        return content_rules.page(answers, exchange)
    return content_rules.redirect(answers, exchange) if status < 400 else _other_error(answers, exchange)


def _not_found(answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    marks = exchange_marks(exchange)
    said = (status_line(exchange), *marks, beginning(exchange))
    code = front_end.error_code(exchange)
    if b"ws-security endpoint is not supported" in exchange.body[: content_rules.SEARCHED].lower():
        summary = "the Autodiscover front end has WSSecurity switched off"
        return failure("autodiscover-wssecurity-off", summary, Confidence.HIGH, *said)
    if code in _NOT_A_MAILBOX_HERE:
        summary = (
            "Exchange does not know the mailbox that the probe asked about; the caller asks about a real one"
        )
        return unknown("mailbox-not-found", summary, Confidence.MEDIUM, *said)
    if answers.enabled("X-WSSecurity-Enabled") and exchange.method == "POST":
        summary = "the front end says that WSSecurity is on, and the endpoint behind it does not exist"
        return failure(
            "backend-wssecurity-off", summary, Confidence.MEDIUM, *said, *exchange_marks(answers.get)
        )
    if answers.enabled("X-WSSecurity-Enabled") is False:
        return front_end.switched_off(answers, said, same_answer=True)
    summary = "nothing is published at this address: wrong server, or no such virtual directory"
    return failure("not-found", summary, Confidence.MEDIUM, *said)


def _method_not_allowed(answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    allow = evidence(exchange, f"Allow: {exchange.header('Allow') or 'none'}")
    summary = "no handler takes a POST here: the handler mapping svc-Integrated is missing"
    if exchange_marks(answers.post) or exchange_marks(answers.get):
        return failure("handler-missing", summary, Confidence.HIGH, status_line(exchange), allow)
    said = (status_line(exchange), allow, evidence(exchange, "no header of Exchange"))
    elsewhere = answers.get is not None and answers.get.status == 404
    if (exchange.header("Server") or "").lower().startswith("microsoft-iis") and not elsewhere:
        return failure("handler-missing", summary, Confidence.MEDIUM, *said)
    # A server without Exchange says the same of a path that it has nothing for ([exchange 2.9]).
    summary = (
        "nothing here takes a POST, and nothing shows Exchange: it is another server, or the handler mapping "
        "svc-Integrated is missing"
    )
    return failure("handler-or-server-missing", summary, Confidence.MEDIUM, *said)


def _server_error(answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    said = (status_line(exchange), *exchange_marks(exchange), beginning(exchange))
    if answers.enabled("X-WSSecurity-Enabled") is False:
        summary = "the service fails, and WSSecurity is switched off on this virtual directory"
        return failure("wssecurity-off", summary, Confidence.HIGH, *said, *exchange_marks(answers.get))
    trouble = front_end.server_trouble(exchange)
    if trouble is not None:
        return trouble
    summary = "the service fails without a SOAP fault: WSSecurity off, handler missing or an iisreset due"
    return failure("server-error", summary, Confidence.MEDIUM, *said)


def _unavailable(_answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    trouble = front_end.server_trouble(exchange)
    if trouble is not None:
        return trouble
    said = (
        status_line(exchange),
        *exchange_marks(exchange),
        evidence(exchange, f"Server: {exchange.header('Server') or 'none'}"),
    )
    if (exchange.header("Server") or "").lower().startswith("microsoft-httpapi"):
        summary = "http.sys answers: the application pool is stopped, or a Web Application Proxy is down"
        return failure("service-stopped", summary, Confidence.HIGH, *said)
    summary = (
        "the service is stopped: application pool, component state, or the server behind a reverse proxy"
    )
    return failure("service-stopped", summary, Confidence.MEDIUM, *said)


def _bad_gateway(_answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    summary = "a reverse proxy answers and cannot talk to the server behind it"
    return failure("bad-gateway", summary, Confidence.HIGH, status_line(exchange), *exchange_marks(exchange))


def _gateway_timeout(_answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    summary = "a reverse proxy or the front end waited in vain for the server behind it"
    return failure(
        "gateway-timeout", summary, Confidence.HIGH, status_line(exchange), *exchange_marks(exchange)
    )


def _throttled(_answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    summary = "the partner limits requests, at least those of the probe"
    return unknown("throttled", summary, Confidence.MEDIUM, status_line(exchange))


def _login_timeout(_answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    summary = "the login form of Outlook on the web answers in place of the service"
    return failure("login-form", summary, Confidence.MEDIUM, status_line(exchange))


def _other_error(_answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    status = exchange.status or 0
    if 520 <= status <= 530:  # Cloudflare's own, for a server behind it that it does not reach
        return _bad_gateway(_answers, exchange)
    said = (status_line(exchange), beginning(exchange))
    if status == 415:
        summary = "what answers takes no SOAP 1.1, which Exchange does: another service, or another URL"
        return failure("other-service", summary, Confidence.HIGH, *said)
    if status == 421:
        summary = "what answers does not serve the requested host name on a connection for it"
        return failure("bad-host-header", summary, Confidence.HIGH, *said)
    code = "request-refused" if status < 500 else "http-error"
    return failure(code, f"the partner answers with HTTP status {status}", Confidence.LOW, *said)


_RULES: dict[int, _Rule] = {
    400: content_rules.bad_request,
    401: front_end.unauthorized,
    403: content_rules.forbidden,
    404: _not_found,
    405: _method_not_allowed,
    429: _throttled,
    440: _login_timeout,
    500: _server_error,
    502: _bad_gateway,
    503: _unavailable,
    504: _gateway_timeout,
}


def _besides(answers: EndpointAnswers) -> tuple[ResponseReading, ...]:
    """What the answers show beside the decisive reading, in a fixed order."""
    found = []
    if answers.enabled("X-OAuth-Enabled") is False:
        summary = "OAuth is switched off: callers that use an IntraOrganizationConnector cannot get in"
        found.append(
            ResponseReading(
                "oauth-off",
                summary,
                Outcome.SUCCESS,
                Confidence.HIGH,
                _header_evidence(answers, "X-OAuth-Enabled"),
            )
        )
    online = _online_evidence(answers)
    if online:
        summary = "the endpoint is Exchange Online"
        found.append(ResponseReading("exchange-online", summary, Outcome.SUCCESS, Confidence.HIGH, online))
    return tuple(found)


def _online_evidence(answers: EndpointAnswers) -> tuple[str, ...]:
    made = (exchange for exchange in (answers.post, answers.get) if exchange is not None)
    return tuple(
        evidence(exchange, said) for exchange in made for said in fingerprint.exchange_online(exchange)
    )


def _header_evidence(answers: EndpointAnswers, name: str) -> tuple[str, ...]:
    found = answers.header(name)
    return (f"{found[0]}: {name}: {found[1]}",) if found else ()
