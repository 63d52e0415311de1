"""What Exchange 2019 answers to a caller without credentials, and what else stands where it should be.

Source: [exchange 2.2], [exchange 2.4], [exchange 3.1.1] to [exchange 3.1.6] (rules of the front end) and
[exchange 3.3.2] (answers observed). Headers, reason phrases and bodies are those that an administrator would
see; names and versions are the lab's.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from probe.facts.target import WSSECURITY_SUFFIX
from probe.lab.http import Request, ServedAnswer

VERSION = "15.2.1748.39"
FRONT_END = "LAB-EX01"

_AUTODISCOVER = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_SECURITY_EXTENSIONS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_DOMAIN_ELEMENT = re.compile(rb"<(?:[\w-]+:)?Domain>([^<]{1,255})</")
_XML = ("Content-Type", "text/xml; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Site:
    """What answers depend on besides the request: where the partner is, and its switches."""

    host: str
    port: int
    domain: str
    wssecurity: bool = True


Responder = Callable[[Request, Site], ServedAnswer]


def iis(status: int, reason: str, *headers: tuple[str, str], body: bytes = b"") -> ServedAnswer:
    """An answer of IIS in front of Exchange: with the headers that every one of them carries."""
    return ServedAnswer(
        status,
        reason,
        (
            ("Cache-Control", "private"),
            ("Server", "Microsoft-IIS/10.0"),
            ("request-id", str(uuid.uuid4())),
            *headers,
            ("X-Powered-By", "ASP.NET"),
            ("X-FEServer", FRONT_END),
        ),
        body,
    )


def exchange(request: Request, site: Site) -> ServedAnswer:
    """The answer of a healthy Exchange 2019 front end."""
    path = request.path.partition("?")[0].lower()
    if path.startswith("/autodiscover/autodiscover.json"):
        return _autodiscover_json(request, site)
    if path.startswith(("/ews/", "/autodiscover/")):
        if request.method in ("GET", "HEAD"):
            return _discovery_challenge(path, site)
        return _post(path, request, site)
    if path.startswith("/owa"):
        return iis(302, "Found", ("Location", "/owa/auth/logon.aspx"), ("X-OWA-Version", VERSION))
    if path == "/":
        return iis(302, "Redirect", ("Location", f"https://{site.host}/owa/"))
    return iis(404, "Not Found")


def _discovery_challenge(path: str, site: Site) -> ServedAnswer:
    """An anonymous GET tells which kinds of security the directory accepts ([exchange 3.1.1])."""
    autodiscover = path.startswith("/autodiscover/")
    enabled = str(site.wssecurity)
    challenges = (
        ("Negotiate", "NTLM", f'Basic realm="{site.host}"') if autodiscover else ("Negotiate", "NTLM")
    )
    return iis(
        401,
        "Anonymous Request Disallowed",
        *((("X-SOAP-Enabled", "True"),) if autodiscover else ()),
        ("X-WSSecurity-Enabled", enabled),
        ("X-WSSecurity-For", "None"),
        ("X-FederationTrustTokenIssuerUri", "urn:federation:MicrosoftOnline"),
        ("X-OAuth-Enabled", "True"),
        ("X-AspNet-Version", "4.0.30319"),
        *(("WWW-Authenticate", challenge) for challenge in challenges),
    )


def _post(path: str, request: Request, site: Site) -> ServedAnswer:
    secured = path.rstrip("/").endswith(WSSECURITY_SUFFIX.lower())
    if path.startswith("/autodiscover/"):
        if secured and not site.wssecurity:
            return wssecurity_unsupported()
        if not secured:
            return _autodiscover_post(request, site)
    if secured:
        return _unauthorized("BadSamlToken")
    return iis(401, "Anonymous Request Disallowed", ("WWW-Authenticate", "Negotiate"))


def _unauthorized(cause: str) -> ServedAnswer:
    return iis(401, "Unauthorized", ("X-CasErrorCode", cause), ("X-AspNet-Version", "4.0.30319"))


def wssecurity_unsupported() -> ServedAnswer:
    """WS-Security is off on the front end's Autodiscover directory ([exchange 3.1.3])."""
    body = b"WS-Security endpoint is not supported"
    return iis(404, "Not Found", ("Content-Type", "text/html"), body=body)


def invalid_security(request: Request, site: Site) -> ServedAnswer:
    """WCF itself answers a request without a token; GET is answered as ever ([exchange 3.2.2])."""
    if request.method in ("GET", "HEAD"):
        return exchange(request, site)
    reason = "An error occurred when verifying security for the message."
    return soap_fault("a:InvalidSecurity", reason, namespace=_SECURITY_EXTENSIONS)


def soap_fault(code: str, reason: str, *, namespace: str = "", detail: str = "") -> ServedAnswer:
    """A SOAP 1.1 fault, which goes out with status 500; `namespace` is that of the prefix `a`."""
    declared = f' xmlns:a="{namespace}"' if namespace else ""
    details = f"<detail>{detail}</detail>" if detail else ""
    body = (
        f'<s:Envelope xmlns:s="{_SOAP}"><s:Body><s:Fault><faultcode{declared}>{code}</faultcode>'
        f'<faultstring xml:lang="en-US">{escape(reason)}</faultstring>{details}</s:Fault>'
        "</s:Body></s:Envelope>"
    )
    return iis(500, "Internal Server Error", _XML, body=body.encode())


def _autodiscover_json(request: Request, site: Site) -> ServedAnswer:
    """Autodiscover version 2, which is anonymous ([exchange 1.4.1])."""
    query = request.path.partition("?")[2].lower()
    if "protocol=ews" not in query:
        body = (
            b'{"ErrorCode":"InvalidProtocol","ErrorMessage":"The given protocol value is invalid.'
            b" Supported values are 'ActiveSync, Ews'\"}"
        )
        return iis(400, "Bad Request", ("Content-Type", "application/json"), ("jsonerror", "true"), body=body)
    body = f'{{"Protocol":"EWS","Url":"https://{site.host}:{site.port}/EWS/Exchange.asmx"}}'.encode()
    return iis(200, "OK", ("Content-Type", "application/json; charset=utf-8"), body=body)


def _autodiscover_post(request: Request, site: Site) -> ServedAnswer:
    """GetFederationInformation is answered to anybody, everything else wants credentials ([exchange 2.2])."""
    if b"/GetFederationInformation<" not in request.body:
        return _unauthorized("UnauthenticatedRequest")
    found = _DOMAIN_ELEMENT.search(request.body)
    if found is None:
        return federation_information("InvalidRequest", "Invalid Request", "")
    if found[1].decode("latin-1").lower() != site.domain:
        return federation_information("InvalidDomain", "The domain is invalid.", "")
    issuer = (
        "<TokenIssuers><TokenIssuer><Endpoint>https://login.microsoftonline.com/extSTS.srf</Endpoint>"
        "<Uri>urn:federation:MicrosoftOnline</Uri></TokenIssuer></TokenIssuers>"
    )
    known = (
        f"<ApplicationUri>FYDIBOHF25SPDLT.{site.domain}</ApplicationUri>"
        f"<Domains><Domain>{site.domain}</Domain></Domains>{issuer}"
    )
    return federation_information("NoError", "", known)


def moved_body(location: str) -> bytes:
    """What IIS writes into the body of a redirect."""
    return f'<head><title>Document Moved</title></head><body><a href="{location}">here</a></body>'.encode()


def federation_information(code: str | None, message: str, known: str) -> ServedAnswer:
    """A GetFederationInformation response with these elements; `code` None leaves the error code out."""
    error = (
        "" if code is None else f"<ErrorCode>{code}</ErrorCode><ErrorMessage>{escape(message)}</ErrorMessage>"
    )
    major, minor, build, revision = VERSION.split(".")
    body = (
        f'<s:Envelope xmlns:s="{_SOAP}" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header>'
        f'<a:Action s:mustUnderstand="1">{_AUTODISCOVER}/Autodiscover/GetFederationInformationResponse'
        "</a:Action>"
        f'<h:ServerVersionInfo xmlns:h="{_AUTODISCOVER}"><h:MajorVersion>{major}</h:MajorVersion>'
        f"<h:MinorVersion>{minor}</h:MinorVersion><h:MajorBuildNumber>{build}</h:MajorBuildNumber>"
        f"<h:MinorBuildNumber>{revision}</h:MinorBuildNumber><h:Version>Exchange2015</h:Version>"
        f"</h:ServerVersionInfo></s:Header><s:Body>"
        f'<GetFederationInformationResponseMessage xmlns="{_AUTODISCOVER}"><Response>'
        f"{error}{known}"
        f"</Response></GetFederationInformationResponseMessage></s:Body></s:Envelope>"
    )
    return iis(200, "OK", _XML, body=body.encode())
