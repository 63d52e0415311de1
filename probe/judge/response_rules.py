"""The rows of exchange.md section 3.5, one function for each kind of answer: `Answers` → readings.

Codes are stable. A row says what the caller, which has a token, would get; where that cannot be known from
here (a challenge for robots, a limit on our requests, a redirect that the caller follows) it says unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from probe.facts import soap
from probe.facts.observation import EndpointKind, HttpExchange
from probe.judge import fingerprint, soap_client
from probe.judge.answers import (
    Answers,
    Confidence,
    ResponseReading,
    evidence,
    exchange_marks,
    status_line,
)
from probe.judge.conclusions import Outcome

_Rule = Callable[[Answers, HttpExchange], ResponseReading]

# Faults of WCF's security layer for a request without, or with a bad, token (exchange.md section 3.2).
_NO_TOKEN = frozenset({"InvalidSecurity"})
_BAD_TOKEN = frozenset(
    {
        "InvalidSecurityToken",
        "FailedAuthentication",
        "SecurityTokenUnavailable",
        "FailedCheck",
        "MessageExpired",
    }
)
_NOT_A_MAILBOX_HERE = frozenset({"UserNotFound", "DomainNotFound", "MailboxGuidWithDomainNotFound"})
_LOGIN_LOCATION = re.compile(
    r"/adfs/ls|/my\.policy|/owa/auth|/CookieAuth\.dll|/vpn/|/cgi/(login|tm)|/logon|/login|/signin|/saml"
    r"|/oauth2?/"
    r"|login\.microsoftonline\.com|/uag|/internalsite/",
    re.IGNORECASE,
)
_LOGIN_FORM = re.compile(
    rb"<input[^>]{0,200}type\s*=\s*[\"']?password|<form[^>]{0,300}(login|logon|signin|auth)", re.I
)
_CLIENT_CERTIFICATE = re.compile(rb"403\.7|403\.16|client certificate|SSL certificate was sent", re.I)
_SEARCHED = 65_536


def readings(answers: Answers) -> tuple[ResponseReading, ...]:
    """What the answers say, the decisive reading first, then what else they show; never empty."""
    return (_decisive(answers), *_besides(answers))


def _decisive(answers: Answers) -> ResponseReading:
    if answers.post is not None:
        return _by_status(answers, answers.post)
    if answers.get is None:
        return _unknown("no-answer", "no request was answered", Confidence.HIGH)
    # The GET never decides: the handler of a POST is another one, and only it knows the SOAP endpoint.
    seen = _by_status(answers, answers.get)
    return ResponseReading(
        seen.code, f"{seen.summary} (only a GET was answered)", Outcome.UNKNOWN, Confidence.LOW, seen.evidence
    )


def _by_status(answers: Answers, exchange: HttpExchange) -> ResponseReading:
    status = exchange.status or 0
    if _is_document(exchange, status):
        return _document(exchange)
    rule = _RULES.get(status)
    if rule is not None:
        return rule(answers, exchange)
    if status < 300:
        return _page(answers, exchange)
    return _redirect(answers, exchange) if status < 400 else _other_error(answers, exchange)


def _is_document(exchange: HttpExchange, status: int) -> bool:
    return (status < 300 or status in (400, 500)) and soap_client.is_soap(exchange) and bool(exchange.body)


def _document(exchange: HttpExchange) -> ResponseReading:
    document = soap.read(exchange.body, complete=exchange.body_complete)
    if document is None:
        summary = "the answer claims to be XML and is not well-formed"
        return _failure("broken-xml", summary, Confidence.HIGH, status_line(exchange), _beginning(exchange))
    if not document.is_envelope:
        said = evidence(exchange, f"the root element is {document.root}")
        return _failure(
            "not-soap", "the answer is XML, but no SOAP", Confidence.HIGH, status_line(exchange), said
        )
    if document.fault is not None:
        return _fault(exchange, document.fault)
    said = evidence(exchange, f"SOAP body: {document.content}")
    if not exchange.body_complete:
        summary = "the answer is SOAP and longer than the probe reads"
        return _unknown("answer-too-long", summary, Confidence.LOW, status_line(exchange), said)
    return _success(
        "soap-answer", "the service answered in SOAP", Confidence.HIGH, status_line(exchange), said
    )


def _fault(exchange: HttpExchange, fault: soap.SoapFault) -> ResponseReading:
    said = (status_line(exchange), evidence(exchange, f"fault {'/'.join(fault.codes)}: {fault.text}"))
    if _NO_TOKEN.intersection(fault.codes):
        summary = "the WSSecurity endpoint answers and asks for a token, which the probe does not have"
        return _success("invalid-security-fault", summary, Confidence.HIGH, *said)
    if _BAD_TOKEN.intersection(fault.codes):
        summary = (
            "the security layer of the WSSecurity endpoint answers; without a token it cannot go further"
        )
        return _success("security-fault", summary, Confidence.MEDIUM, *said)
    summary = "the service answers with a fault that may be about the missing token or not"
    return _unknown("soap-fault", summary, Confidence.LOW, *said)


def _page(_answers: Answers, exchange: HttpExchange) -> ResponseReading:
    kind = evidence(exchange, f"Content-Type: {exchange.header('Content-Type') or 'none'}")
    if not exchange.body:
        return _failure("empty-answer", "the answer is empty", Confidence.HIGH, status_line(exchange), kind)
    if _LOGIN_FORM.search(exchange.body[:_SEARCHED]):
        summary = "a login form answers in place of the service: pre-authentication"
        return _failure(
            "login-form",
            summary,
            Confidence.HIGH,
            status_line(exchange),
            kind,
            "POST: the page has a login form",
        )
    return _failure(
        "not-soap", "a web page answers in place of the service", Confidence.HIGH, status_line(exchange), kind
    )


def _redirect(answers: Answers, exchange: HttpExchange) -> ResponseReading:
    location = exchange.header("Location") or ""
    said = (status_line(exchange), evidence(exchange, f"Location: {location or 'none'}"))
    if _LOGIN_LOCATION.search(location):
        summary = "the request is redirected to a login form: pre-authentication"
        return _failure("login-form", summary, Confidence.HIGH, *said)
    follows = answers.kind is not EndpointKind.EWS_WSSECURITY and exchange.status == 302
    if follows and location.lower().startswith("https://"):
        summary = "Autodiscover redirects; the caller follows up to three such redirects"
        return _unknown("redirect", summary, Confidence.MEDIUM, *said)
    return _failure(
        "redirect", "the request is redirected, which the caller does not follow", Confidence.HIGH, *said
    )


def _bad_request(_answers: Answers, exchange: HttpExchange) -> ResponseReading:
    said = (status_line(exchange), _beginning(exchange))
    seen = f"{exchange.reason} {soap_client.text(exchange)[:_SEARCHED]}".lower()
    if "invalid host" in seen or "host header" in seen:
        summary = "the server does not know the requested host name (no binding, or a front end drops it)"
        return _failure("bad-host-header", summary, Confidence.HIGH, *said)
    if _CLIENT_CERTIFICATE.search(exchange.body[:_SEARCHED]):
        return _failure(
            "client-certificate", "the server asks for a client certificate", Confidence.HIGH, *said
        )
    return _failure("bad-request", "the server refuses the request as malformed", Confidence.LOW, *said)


def _unauthorized(answers: Answers, exchange: HttpExchange) -> ResponseReading:
    marks = exchange_marks(exchange)
    code = (exchange.header("X-CasErrorCode") or "").strip()
    said = (status_line(exchange), *marks)
    enabled = answers.enabled("X-WSSecurity-Enabled")
    if enabled is False:
        return _switched_off(answers, said, same_answer=code != "BadSamlToken")
    if code == "BadSamlToken":
        summary = (
            "the request took the WSSecurity route and lacks only the token, which the probe does not have"
        )
        return _success("bad-saml-token", summary, Confidence.HIGH, *said)
    if not marks:
        return _pre_authentication(answers, exchange)
    if enabled:
        elsewhere = exchange_marks(answers.get) if exchange is not answers.get else ()
        summary = "Exchange answers and WSSecurity is switched on; a request without a token is refused"
        return _success("wssecurity-enabled", summary, Confidence.HIGH, *said, *elsewhere)
    summary = "Exchange answers and refuses a request without a token, as it should"
    return _success("exchange-reached", summary, Confidence.MEDIUM, *said)


def _switched_off(answers: Answers, said: tuple[str, ...], *, same_answer: bool) -> ResponseReading:
    # Even where the front end takes the token route: it passes the request on, and the endpoint behind it
    # does not exist (exchange.md 3.1 rule 3, 3.2).
    summary = "WSSecurity is switched off on this virtual directory"
    shown = tuple(dict.fromkeys((*said, *_header_evidence(answers, "X-WSSecurity-Enabled"))))
    return ResponseReading("wssecurity-off", summary, Outcome.FAILURE, Confidence.HIGH, shown, same_answer)


def _pre_authentication(answers: Answers, exchange: HttpExchange) -> ResponseReading:
    challenges = tuple(
        evidence(exchange, f"WWW-Authenticate: {value}")
        for name, value in exchange.headers
        if name.lower() == "www-authenticate"
    )
    said = (status_line(exchange), *challenges, evidence(exchange, "no header of Exchange"))
    behind = exchange_marks(answers.get) if exchange is not answers.get else ()
    if behind and not challenges:
        summary = "Exchange answers a GET, and something else refuses the POST"
        return _unknown("pre-authentication", summary, Confidence.LOW, *said, *behind)
    summary = "something in front of Exchange asks for a password: pre-authentication"
    confidence = Confidence.HIGH if challenges and not behind else Confidence.MEDIUM
    return _failure("pre-authentication", summary, confidence, *said, *behind)


def _forbidden(_answers: Answers, exchange: HttpExchange) -> ResponseReading:
    said = (status_line(exchange), *exchange_marks(exchange), _beginning(exchange))
    if exchange.header("cf-mitigated"):
        summary = (
            "a check for robots refuses the probe; whether it lets the caller pass cannot be told from here"
        )
        return _unknown("forbidden", summary, Confidence.MEDIUM, *said, evidence(exchange, "cf-mitigated"))
    if _CLIENT_CERTIFICATE.search(exchange.body[:_SEARCHED]):
        return _failure(
            "client-certificate", "the server asks for a client certificate", Confidence.HIGH, *said
        )
    summary = "a rule of a reverse proxy or of IIS forbids the request (URL, source address)"
    return _failure("forbidden", summary, Confidence.MEDIUM, *said)


def _not_found(answers: Answers, exchange: HttpExchange) -> ResponseReading:
    marks = exchange_marks(exchange)
    said = (status_line(exchange), *marks, _beginning(exchange))
    code = (exchange.header("X-CasErrorCode") or "").strip()
    if b"ws-security endpoint is not supported" in exchange.body[:_SEARCHED].lower():
        summary = "the Autodiscover front end has WSSecurity switched off"
        return _failure("autodiscover-wssecurity-off", summary, Confidence.HIGH, *said)
    if code in _NOT_A_MAILBOX_HERE:
        summary = (
            "Exchange does not know the mailbox that the probe asked about; the caller asks about a real one"
        )
        return _unknown("mailbox-not-found", summary, Confidence.MEDIUM, *said)
    if answers.enabled("X-WSSecurity-Enabled") and exchange.method == "POST":
        summary = "the front end says that WSSecurity is on, and the endpoint behind it does not exist"
        return _failure(
            "backend-wssecurity-off", summary, Confidence.MEDIUM, *said, *exchange_marks(answers.get)
        )
    if answers.enabled("X-WSSecurity-Enabled") is False:
        return _switched_off(answers, said, same_answer=True)
    summary = "nothing is published at this address: wrong server, or no such virtual directory"
    return _failure("not-found", summary, Confidence.MEDIUM, *said)


def _method_not_allowed(_answers: Answers, exchange: HttpExchange) -> ResponseReading:
    summary = "no handler takes a POST here: the handler mapping svc-Integrated is missing"
    allow = evidence(exchange, f"Allow: {exchange.header('Allow') or 'none'}")
    return _failure("handler-missing", summary, Confidence.HIGH, status_line(exchange), allow)


def _server_error(answers: Answers, exchange: HttpExchange) -> ResponseReading:
    said = (status_line(exchange), *exchange_marks(exchange), _beginning(exchange))
    if answers.enabled("X-WSSecurity-Enabled") is False:
        summary = "the service fails, and WSSecurity is switched off on this virtual directory"
        return _failure("wssecurity-off", summary, Confidence.HIGH, *said, *exchange_marks(answers.get))
    summary = "the service fails without a SOAP fault: WSSecurity off, handler missing or an iisreset due"
    return _failure("server-error", summary, Confidence.MEDIUM, *said)


def _unavailable(_answers: Answers, exchange: HttpExchange) -> ResponseReading:
    said = (
        status_line(exchange),
        *exchange_marks(exchange),
        evidence(exchange, f"Server: {exchange.header('Server') or 'none'}"),
    )
    if (exchange.header("Server") or "").lower().startswith("microsoft-httpapi"):
        summary = "http.sys answers: the application pool is stopped, or a Web Application Proxy is down"
        return _failure("service-stopped", summary, Confidence.HIGH, *said)
    summary = (
        "the service is stopped: application pool, component state, or the server behind a reverse proxy"
    )
    return _failure("service-stopped", summary, Confidence.MEDIUM, *said)


def _bad_gateway(_answers: Answers, exchange: HttpExchange) -> ResponseReading:
    summary = "a reverse proxy answers and cannot talk to the server behind it"
    return _failure("bad-gateway", summary, Confidence.HIGH, status_line(exchange), *exchange_marks(exchange))


def _gateway_timeout(_answers: Answers, exchange: HttpExchange) -> ResponseReading:
    summary = "a reverse proxy or the front end waited in vain for the server behind it"
    return _failure(
        "gateway-timeout", summary, Confidence.HIGH, status_line(exchange), *exchange_marks(exchange)
    )


def _throttled(_answers: Answers, exchange: HttpExchange) -> ResponseReading:
    summary = "the partner limits requests, at least those of the probe"
    return _unknown("throttled", summary, Confidence.MEDIUM, status_line(exchange))


def _login_timeout(_answers: Answers, exchange: HttpExchange) -> ResponseReading:
    summary = "the login form of Outlook on the web answers in place of the service"
    return _failure("login-form", summary, Confidence.MEDIUM, status_line(exchange))


def _other_error(_answers: Answers, exchange: HttpExchange) -> ResponseReading:
    status = exchange.status or 0
    if 520 <= status <= 527:
        return _bad_gateway(_answers, exchange)
    summary = f"the partner answers with HTTP status {status}"
    return _failure("http-error", summary, Confidence.LOW, status_line(exchange), _beginning(exchange))


_RULES: dict[int, _Rule] = {
    400: _bad_request,
    401: _unauthorized,
    403: _forbidden,
    404: _not_found,
    405: _method_not_allowed,
    429: _throttled,
    440: _login_timeout,
    500: _server_error,
    502: _bad_gateway,
    503: _unavailable,
    504: _gateway_timeout,
}


def _besides(answers: Answers) -> tuple[ResponseReading, ...]:
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
    if _is_online(answers):
        summary = "the endpoint is Exchange Online"
        found.append(
            ResponseReading(
                "exchange-online", summary, Outcome.SUCCESS, Confidence.HIGH, _online_evidence(answers)
            )
        )
    return tuple(found)


def _is_online(answers: Answers) -> bool:
    return bool(_online_evidence(answers))


def _online_evidence(answers: Answers) -> tuple[str, ...]:
    made = (exchange for exchange in (answers.post, answers.get) if exchange is not None)
    return tuple(
        evidence(exchange, said) for exchange in made for said in fingerprint.exchange_online(exchange)
    )


def _header_evidence(answers: Answers, name: str) -> tuple[str, ...]:
    found = answers.header(name)
    return (f"{found[0]}: {name}: {found[1]}",) if found else ()


def _beginning(exchange: HttpExchange) -> str:
    """The first words of the body, as evidence."""
    words = " ".join(soap_client.text(exchange)[:1000].split())[:120]
    return evidence(exchange, f"body: {words or 'empty'}")


def _success(code: str, summary: str, confidence: Confidence, *said: str) -> ResponseReading:
    return ResponseReading(code, summary, Outcome.SUCCESS, confidence, said)


def _failure(code: str, summary: str, confidence: Confidence, *said: str) -> ResponseReading:
    return ResponseReading(code, summary, Outcome.FAILURE, confidence, said)


def _unknown(code: str, summary: str, confidence: Confidence, *said: str) -> ResponseReading:
    return ResponseReading(code, summary, Outcome.UNKNOWN, confidence, said)
