"""What the partner answers to a request, for each fault that is a fault of HTTP.

Most of these come from what stands in front of Exchange: TMG, a reverse proxy, http.sys, a load balancer.
Sources of the shapes: [exchange 3.1.1] to [exchange 3.5]. Faults without an entry answer as a healthy
Exchange does.
"""

from __future__ import annotations

from dataclasses import replace

from probe.lab import exchange
from probe.lab.exchange import Responder, Site, iis
from probe.lab.faults.answer import (
    DOCUMENT_MOVED_BODY,
    LOGIN_FORM_BODY,
    LOGIN_REDIRECT_BODY,
    OWA_BODY,
    QUOTED_STATUSES,
    SERVER_ERROR_BODY,
)
from probe.lab.http import Request, ServedAnswer

_HTML = ("Content-Type", "text/html; charset=utf-8")
_XML = ("Content-Type", "text/xml; charset=utf-8")
_TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"


def responder(fault_name: str) -> Responder:
    """What answers the requests of a partner with this fault."""
    return _RESPONDERS.get(fault_name, exchange.exchange)


def http_faults() -> frozenset[str]:
    """Names of the faults that have an answer of their own."""
    return frozenset(_RESPONDERS)


def _always(answer: ServedAnswer) -> Responder:
    """The same answer to every request, as a device gives it that looks at none."""

    def respond(_request: Request, _site: Site) -> ServedAnswer:
        return answer

    return respond


def _to_posts(answer: ServedAnswer) -> Responder:
    """This answer to every POST; the rest is answered by Exchange."""

    def respond(request: Request, site: Site) -> ServedAnswer:
        return answer if request.method == "POST" else exchange.exchange(request, site)

    return respond


def _wssecurity_off(request: Request, site: Site) -> ServedAnswer:
    return exchange.exchange(request, replace(site, wssecurity=False))


def _pre_authentication(_request: Request, site: Site) -> ServedAnswer:
    """TMG as observed ([exchange 3.3.5]): its own challenge, none of Exchange's headers."""
    challenges = ("Negotiate", "Kerberos", "NTLM", f'Basic realm="{site.host}"')
    return ServedAnswer(
        401,
        "Unauthorized",
        (
            *(("WWW-Authenticate", challenge) for challenge in challenges),
            ("Pragma", "no-cache"),
            ("Cache-Control", "no-cache"),
            ("Proxy-Support", "Session-Based-Authentication"),
            _HTML,
        ),
        _page("401 - Unauthorized: The server requires authorization to fulfill the request."),
    )


def _relabelled(request: Request, site: Site) -> ServedAnswer:
    """The healthy fault of WCF under the content type of a page."""
    answer = exchange.invalid_security(request, site)
    labels = tuple(_HTML if name == "Content-Type" else (name, value) for name, value in answer.headers)
    return replace(answer, headers=labels)


def _page(text: str) -> bytes:
    return f"<html><head><title>{text}</title></head><body><h2>{text}</h2></body></html>\r\n".encode()


def _device(status: int, reason: str, *headers: tuple[str, str], body: str = "") -> ServedAnswer:
    """An answer of a device that is no IIS and says little of itself."""
    return ServedAnswer(status, reason, ((_HTML, *headers) if body else headers), body.encode())


def _quoted(status: int, reason: str) -> ServedAnswer:
    return _device(status, reason, body=_page(f"{status} {reason}").decode())


_SERVICE_STOPPED = ServedAnswer(
    503,
    "Service Unavailable",
    (("Content-Type", "text/html; charset=us-ascii"), ("Server", "Microsoft-HTTPAPI/2.0")),
    _page("Service Unavailable"),
)
_BROKEN_XML = (
    b'<?xml version="1.0"?>\r\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
)
_FAULT_DETAIL = (
    f'<e:ResponseCode xmlns:e="{_TYPES}">ErrorInternalServerError</e:ResponseCode>'
    f'<e:Message xmlns:e="{_TYPES}">An internal server error occurred. The operation failed.</e:Message>'
)

_RESPONDERS: dict[str, Responder] = {
    "invalid-security-fault": exchange.invalid_security,
    "wssecurity-off": _wssecurity_off,
    "wssecurity-unsupported": _to_posts(exchange.wssecurity_unsupported()),
    "pre-authentication": _pre_authentication,
    "login-form": _always(
        _device(302, "Found", ("Location", "/owa/auth/logon.aspx?replaceCurrent=1"), body=LOGIN_REDIRECT_BODY)
    ),
    "login-page": _always(_device(200, "OK", body=LOGIN_FORM_BODY)),
    "suffix-lost": _to_posts(iis(401, "Anonymous Request Disallowed", ("WWW-Authenticate", "Negotiate"))),
    "anonymous-off": _always(
        iis(
            401,
            "Unauthorized",
            ("WWW-Authenticate", "Negotiate"),
            ("WWW-Authenticate", "NTLM"),
            _HTML,
            body=_page("401 - Unauthorized: Access is denied due to invalid credentials."),
        )
    ),
    "redirect-to-owa": _always(iis(302, "Redirect", _HTML, ("Location", "/owa/"), body=OWA_BODY.encode())),
    "content-type-changed": _relabelled,
    "robot-check": _always(_device(202, "Accepted", ("x-amzn-waf-action", "challenge"))),
    "forbidden": _always(_quoted(403, "Forbidden")),
    "not-found": _always(iis(404, "Not Found", _HTML, body=_page("404 - File or directory not found."))),
    "handler-missing": _to_posts(
        iis(405, "Method Not Allowed", ("Allow", "GET, HEAD, OPTIONS, TRACE"), body=_page("405"))
    ),
    "server-error": _to_posts(iis(500, "Internal Server Error", _HTML, body=SERVER_ERROR_BODY.encode())),
    "server-error-empty": _to_posts(
        iis(500, "Internal Server Error", ("X-CasErrorCode", "ServerNotFound"), ("Persistent-Auth", "true"))
    ),
    "service-stopped": _always(_SERVICE_STOPPED),
    "moved-permanently": _always(
        _device(301, "Moved Permanently", ("Location", "/exchange"), body=DOCUMENT_MOVED_BODY)
    ),
    "temporary-redirect": _always(
        _device(307, "Temporary Redirect", ("Location", "https://other.partner.lab/adfs/ls/"))
    ),
    "permanent-redirect": _always(
        _device(308, "Permanent Redirect", ("Location", "https://other.partner.lab/ews/exchange.asmx"))
    ),
    "empty-answer": _to_posts(iis(200, "OK")),
    "broken-xml": _to_posts(iis(200, "OK", _XML, body=_BROKEN_XML)),
    "soap-fault": _to_posts(exchange.soap_fault("s:Server", "The server is too busy.")),
    "soap-fault-with-detail": _to_posts(
        exchange.soap_fault(
            "s:Server",
            "An internal server error occurred. The operation failed.",
            detail=_FAULT_DETAIL,
        )
    ),
    "too-many-requests": _always(
        _device(429, "Too Many Requests", ("Retry-After", "60"), body=_page("429").decode())
    ),
    "own-reason-phrase": _always(_device(403, "Blocked by policy 17", body="<h1>Blocked</h1>")),
    "no-reason-phrase": _always(_device(502, "", body="<h1>Bad Gateway</h1>")),
    **{f"status-{status}": _always(_quoted(status, reason)) for status, reason in QUOTED_STATUSES},
}
