"""GetFederationInformation in all its answers: the error codes, and every way of answering badly.

Source: [exchange 2.4] to [exchange 2.6]. None stands for the ordinary answer of a federated organisation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from probe.lab.exchange import Site, federation_information, iis, soap_fault
from probe.lab.http import Request, ServedAnswer

Special = Callable[[Request, Site], ServedAnswer | None]

_XML = ("Content-Type", "text/xml; charset=utf-8")
_HTML = ("Content-Type", "text/html; charset=utf-8")
_ISSUER = (
    "<TokenIssuers><TokenIssuer><Endpoint>https://login.microsoftonline.com/extSTS.srf</Endpoint>"
    "<Uri>urn:federation:MicrosoftOnline</Uri></TokenIssuer></TokenIssuers>"
)
_NIL = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"'


def _error(code: str, message: str) -> Special:
    return lambda _request, _site: federation_information(code, message, "")


def _known(text: str) -> Special:
    """NoError with these elements; `{}` is the domain."""
    return lambda _request, site: federation_information("NoError", "", text.format(site.domain))


def _always(answer: ServedAnswer) -> Special:
    return lambda _request, _site: answer


def _without_code(_request: Request, site: Site) -> ServedAnswer:
    return federation_information(None, "", f"<Domains><Domain>{site.domain}</Domain></Domains>")


def _entity(_request: Request, _site: Site) -> ServedAnswer:
    body = b'<!DOCTYPE x [<!ENTITY e "boom">]><x>&e;</x>'
    return iis(200, "OK", _XML, body=body)


ANSWERS: Mapping[str, Special] = {
    "answered": lambda _request, _site: None,
    "not-federated": _error("NotFederated", "The organization is not federated."),
    "invalid-domain": _error("InvalidDomain", "The domain is invalid."),
    "invalid-request": _error("InvalidRequest", "Invalid Request"),
    "server-busy": _error("ServerBusy", "The server is busy."),
    "unknown-code": _error("OutOfCheese", "Redo from start."),
    "no-code": _without_code,
    "no-uri": _known("<Domains><Domain>{0}</Domain></Domains>" + _ISSUER),
    "nil-uri": _known(f"<ApplicationUri {_NIL}/>" + "<Domains><Domain>{0}</Domain></Domains>"),
    "bad-uri": _known("<ApplicationUri>not a uri</ApplicationUri><Domains><Domain>{0}</Domain></Domains>"),
    "no-domains": _known("<ApplicationUri>FYDIBOHF25SPDLT.{0}</ApplicationUri>" + _ISSUER),
    "other-domains": _known(
        "<ApplicationUri>FYDIBOHF25SPDLT.{0}</ApplicationUri><Domains><Domain>other.lab</Domain></Domains>"
    ),
    "many-domains": _known(
        "<ApplicationUri>FYDIBOHF25SPDLT.{0}</ApplicationUri>"
        "<Domains><Domain>{0}</Domain><Domain>second.lab</Domain></Domains>" + _ISSUER
    ),
    "hostile-domains": _known(
        "<ApplicationUri>FYDIBOHF25SPDLT.{0}</ApplicationUri><Domains><Domain>{0}</Domain>"
        "<Domain>$(calc)</Domain><Domain>--proxy=http://evil:8080</Domain><Domain>x.test &amp; calc &amp;"
        "</Domain></Domains>" + _ISSUER
    ),
    "consumer-issuer": _known(
        "<ApplicationUri>FYDIBOHF25SPDLT.{0}</ApplicationUri><Domains><Domain>{0}</Domain></Domains>"
        "<TokenIssuers><TokenIssuer><Endpoint>https://login.live.com/extSTS.srf</Endpoint>"
        "<Uri>WindowsLiveId</Uri></TokenIssuer></TokenIssuers>"
    ),
    "no-response": _always(
        iis(200, "OK", _XML, body=b'<a xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body/></a>')
    ),
    "fault": _always(soap_fault("s:Server", "The server is too busy.")),
    "no-xml": _always(iis(200, "OK", _XML, body=b"<html><body>")),
    "entity": _entity,
    "form": _always(iis(200, "OK", _HTML, body=b"<html><body><form></form></body></html>")),
    "no-handler": _always(iis(405, "Method Not Allowed", ("Allow", "GET, HEAD, OPTIONS, TRACE"))),
    "too-long": _always(iis(200, "OK", _XML, body=b"<x>" + b" " * 300_000 + b"</x>")),
    "unauthorized": _always(iis(401, "Unauthorized", ("X-CasErrorCode", "UnauthenticatedRequest"))),
}
