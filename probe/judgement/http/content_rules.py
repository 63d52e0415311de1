"""Readings that hang on what an answer holds: SOAP and its faults, web pages, login forms, where it points.

The rows are those of [exchange 3.5] for contents; those for a status alone are in response_rules.
Pages are searched in their beginning only, with patterns that cannot backtrack far.
"""

from __future__ import annotations

import re

from probe.facts import soap
from probe.facts.observation import EndpointKind, HttpExchange
from probe.facts.services.logon_pages import leads_to_logon, logon_owner
from probe.judgement.http import soap_client
from probe.judgement.http.answers import (
    Confidence,
    EndpointAnswers,
    ResponseReading,
    beginning,
    evidence,
    exchange_marks,
    failure,
    status_line,
    success,
    unknown,
)

# What Exchange's Body holds where it is no fault: the answers to the requests that a caller makes of EWS and
# of Autodiscover ([exchange 1.1.2], [exchange 2.4]). A Body without its own deserializes into nothing.
# Under another namespace .NET finds nothing in it either.
_EWS_ANSWERS = frozenset(
    {("http://schemas.microsoft.com/exchange/services/2006/messages", "GetUserAvailabilityResponse")}
)
_AUTODISCOVER_ANSWERS = frozenset(
    ("http://schemas.microsoft.com/exchange/2010/Autodiscover", name)
    for name in (
        "GetUserSettingsResponseMessage",
        "GetDomainSettingsResponseMessage",
        "GetFederationInformationResponseMessage",
    )
)
# Faults of WCF's security layer for a request without, or with a bad, token ([exchange 3.2.2],
# [exchange 3.2.3]).
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
# Of a service that got as far as to the operation, or to the envelope, without asking for a token: the caller
# sends the same operation in the same SOAP 1.1 ([exchange 3.2.6]).
_OTHER_SERVICE = frozenset({"ActionNotSupported", "VersionMismatch"})
# Programs that serve applications of their own and have the same fault codes (WSS4J).
_JAVA = re.compile(r"Jetty|Apache-Coyote|Apache Tomcat|WildFly|JBoss|GlassFish|WebLogic|WebSphere", re.I)
# Where a page without a form sends a browser on.
_MOVES_ON = re.compile(
    rb"location(?:\.href|\.replace)?\s{0,9}[=(]\s{0,9}[\"']([^\"']{1,500})[\"']"
    rb"|http-equiv\s{0,9}=\s{0,9}[\"']?refresh[^>]{0,99}url\s{0,9}=\s{0,9}[\"']?([^\"'>]{1,500})",
    re.I,
)
_OWA = re.compile(r"(?:https?://[^/]+)?/(?:owa|exchange)/?(?:\?|\Z)", re.I)
# IIS: 403.6 and its text; 403.501 to 403.503 are the same module's dynamic limits (Microsoft Learn, "The HTTP
# status code in IIS").
_SOURCE_ADDRESS = re.compile(
    rb"\b403\.(?:6|50[123])\b|IP address from which you are browsing|IP address (?:of the client )?"
    rb"(?:has been |was |is )?(?:rejected|not permitted|restricted)",
    re.I,
)
_LOGON_FORM = re.compile(
    rb"<input[^>]{0,200}type\s*=\s*[\"']?password|<form[^>]{0,300}(login|logon|signin|auth)", re.I
)
# IIS: 403.4 and its text; nginx, of TLS that is taken off in front of it.
_PLAIN_HTTP = re.compile(
    rb"\b403\.4\b|resource you are trying to access is secured with Secure Sockets Layer"
    rb"|plain HTTP request was sent to HTTPS port",
    re.I,
)
_CLIENT_CERTIFICATE = re.compile(rb"403\.7|403\.16|client certificate|SSL certificate was sent", re.I)
SEARCHED = 65_536
_ENVELOPE_WITHIN = 1_000


def is_document(exchange: HttpExchange, status: int) -> bool:
    """Whether the SOAP client would read this answer as XML ([failures 5.6.2], [failures 5.6.3])."""
    return (status < 300 or status in (400, 500)) and soap_client.is_soap(exchange) and bool(exchange.body)


def mislabelled(exchange: HttpExchange, status: int) -> ResponseReading | None:
    """SOAP under another content type, which the SOAP client does not read ([failures 5.6.3]), else None."""
    if not (status < 300 or status in (400, 500)) or b"nvelope" not in exchange.body[:_ENVELOPE_WITHIN]:
        return None
    document = soap.read(exchange.body, complete=exchange.body_complete)
    if document is None or not document.is_envelope:
        return None
    summary = "SOAP answers under another content type than text/xml: what stands in front changes it"
    kind = evidence(exchange, f"Content-Type: {exchange.header('Content-Type') or 'none'}")
    return failure("content-type-changed", summary, Confidence.HIGH, status_line(exchange), kind)


def document(answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    """An answer that claims to be SOAP: what it holds, and whose fault a fault is."""
    document = soap.read(exchange.body, complete=exchange.body_complete)
    if document is None:
        summary = "the answer claims to be XML and is not well-formed"
        return failure("broken-xml", summary, Confidence.HIGH, status_line(exchange), beginning(exchange))
    if not document.is_envelope:
        said = evidence(exchange, f"the root element is {document.root}")
        return failure(
            "not-soap", "the answer is XML, but no SOAP", Confidence.HIGH, status_line(exchange), said
        )
    if document.fault is not None:
        return _fault(answers, exchange, document.fault)
    said = evidence(exchange, f"SOAP body: {document.content}")
    if not exchange.body_complete:
        summary = "the answer is SOAP and longer than the probe reads"
        return unknown("answer-too-long", summary, Confidence.LOW, status_line(exchange), said)
    of_ews = answers.kind is EndpointKind.EWS_WSSECURITY
    if (document.content_namespace, document.content) not in (
        _EWS_ANSWERS if of_ews else _AUTODISCOVER_ANSWERS
    ):
        summary = "SOAP answers, with neither a fault nor what was asked for: it need not be Exchange"
        return unknown("soap-without-answer", summary, Confidence.LOW, status_line(exchange), said)
    return success(
        "soap-answer", "the service answered in SOAP", Confidence.HIGH, status_line(exchange), said
    )


def _fault(answers: EndpointAnswers, exchange: HttpExchange, fault: soap.SoapFault) -> ResponseReading:
    said = (status_line(exchange), evidence(exchange, f"fault {'/'.join(fault.codes)}: {fault.text}"))
    of_security = (_NO_TOKEN | _BAD_TOKEN).intersection(fault.codes)
    if of_security and answers.enabled("X-WSSecurity-Enabled") is False:
        summary = (
            "the POST met a WSSecurity endpoint, and the GET a server that has WSSecurity switched off: "
            "several servers answer here, and they differ"
        )
        return unknown("wssecurity-differs", summary, Confidence.MEDIUM, *said, *exchange_marks(answers.get))
    marks = (*exchange_marks(exchange), *exchange_marks(answers.get))
    if of_security and not marks and _JAVA.match((exchange.header("Server") or "").strip()):
        summary = "a security layer answers that is not of Windows: it need not be Exchange"
        server = evidence(exchange, f"Server: {exchange.header('Server')}")
        return unknown("soap-without-answer", summary, Confidence.LOW, *said, server)
    if _NO_TOKEN.intersection(fault.codes):
        summary = "the WSSecurity endpoint answers and asks for a token, which the probe does not have"
        return success("invalid-security-fault", summary, Confidence.HIGH, *said)
    if _BAD_TOKEN.intersection(fault.codes) and marks:
        summary = (
            "the security layer of the WSSecurity endpoint answers; without a token it cannot go further"
        )
        return success("security-fault", summary, Confidence.MEDIUM, *said)
    if _OTHER_SERVICE.intersection(fault.codes):
        summary = (
            "a service answers that does not know this request and does not ask for a token first: it is not "
            "the WSSecurity endpoint of Exchange"
        )
        return failure("other-service", summary, Confidence.MEDIUM, *said)
    summary = "the service answers with a fault that may be about the missing token or not"
    return unknown("soap-fault", summary, Confidence.LOW, *said)


def page(_answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    """A 2xx that is no SOAP: nothing, a login form, or some other page."""
    kind = evidence(exchange, f"Content-Type: {exchange.header('Content-Type') or 'none'}")
    if not exchange.body:
        return failure("empty-answer", "the answer is empty", Confidence.HIGH, status_line(exchange), kind)
    if _LOGON_FORM.search(exchange.body[:SEARCHED]):
        summary = "a login form answers in place of the service: pre-authentication"
        return failure(
            "login-form",
            summary,
            Confidence.HIGH,
            status_line(exchange),
            kind,
            "POST: the page has a login form",
        )
    found = _MOVES_ON.search(exchange.body[:SEARCHED])
    onward = b"" if found is None else found[1] or found[2] or b""
    if leads_to_logon(onward.decode("latin-1")):
        summary = "a page that leads to a login form answers in place of the service: pre-authentication"
        leads = evidence(exchange, f"the page leads to {onward.decode('latin-1')}")
        return failure("login-form", summary, Confidence.HIGH, status_line(exchange), kind, leads)
    return failure(
        "not-soap", "a web page answers in place of the service", Confidence.HIGH, status_line(exchange), kind
    )


def redirect(answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    """A 3xx: to a login form, to where Autodiscover's caller follows, or to where nobody does."""
    location = exchange.header("Location") or ""
    said = (status_line(exchange), evidence(exchange, f"Location: {location or 'none'}"))
    if leads_to_logon(location):
        whose = logon_owner(location)
        form = f"the login form of {whose}" if whose else "a login form"
        summary = f"the request is redirected to {form}: pre-authentication"
        return failure("login-form", summary, Confidence.HIGH, *said)
    if _OWA.match(location):
        summary = (
            "the request is redirected to Outlook on the web: the web site's redirect holds for this path"
        )
        return failure("redirect-to-owa", summary, Confidence.HIGH, *said)
    follows = answers.kind is not EndpointKind.EWS_WSSECURITY and exchange.status == 302
    if follows and location.lower().startswith("https://"):
        summary = "Autodiscover redirects; the caller follows up to three such redirects"
        return unknown("redirect", summary, Confidence.MEDIUM, *said)
    return failure(
        "redirect", "the request is redirected, which the caller does not follow", Confidence.HIGH, *said
    )


def bad_request(_answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    """A 400: the host name, a client certificate, or something else about the request."""
    said = (status_line(exchange), beginning(exchange))
    seen = f"{exchange.reason} {soap_client.text(exchange)[:SEARCHED]}".lower()
    if "invalid host" in seen or "host header" in seen:
        summary = "the server does not know the requested host name (no binding, or a front end drops it)"
        return failure("bad-host-header", summary, Confidence.HIGH, *said)
    if _CLIENT_CERTIFICATE.search(exchange.body[:SEARCHED]):
        return failure(
            "client-certificate", "the server asks for a client certificate", Confidence.HIGH, *said
        )
    if _PLAIN_HTTP.search(exchange.body[:SEARCHED]):
        return _plain_http_behind(said)
    return failure("bad-request", "the server refuses the request as malformed", Confidence.LOW, *said)


def forbidden(_answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    """A 403: a client certificate, plain HTTP behind what ends TLS, a source address, or a rule."""
    said = (status_line(exchange), *exchange_marks(exchange), beginning(exchange))
    if _CLIENT_CERTIFICATE.search(exchange.body[:SEARCHED]):
        return failure(
            "client-certificate", "the server asks for a client certificate", Confidence.HIGH, *said
        )
    if _PLAIN_HTTP.search(exchange.body[:SEARCHED]):
        return _plain_http_behind(said)
    if _SOURCE_ADDRESS.search(exchange.body[:SEARCHED]):
        summary = (
            "the refusal is by source address; whether it holds for the caller's address cannot be told "
            "from here"
        )
        return unknown("source-address-refused", summary, Confidence.HIGH, *said)
    summary = "a rule of a reverse proxy or of IIS forbids the request (URL, source address)"
    return failure("forbidden", summary, Confidence.MEDIUM, *said)


def _plain_http_behind(said: tuple[str, ...]) -> ResponseReading:
    summary = "what ends TLS in front passes plain HTTP on to a server that demands HTTPS"
    return failure("plain-http-behind", summary, Confidence.HIGH, *said)
