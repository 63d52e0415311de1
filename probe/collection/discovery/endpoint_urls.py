"""URLs that the caller would use, and what to ask at each: the rules of the Availability service for URLs.

Source: [exchange 1.1.2] (rewriting autodiscover.xml), [exchange 1.1.4] (suffix). Nothing is connected to.
"""

from __future__ import annotations

from datetime import UTC, datetime

from probe.collection.connection.http_requests import HttpRequest
from probe.collection.discovery import soap_requests
from probe.collection.settings import Settings
from probe.errors import TargetError
from probe.facts.observation import Endpoint, EndpointKind
from probe.facts.target import (
    AUTODISCOVER_PATH,
    EWS_PATH,
    HTTPS_PORT,
    WSSECURITY_SUFFIX,
    https_url,
    origin,
    with_wssecurity,
)

SHARING_EPR = "TargetSharingEpr as given"
AUTODISCOVER_EPR = "TargetAutodiscoverEpr as given"
_POX = "/autodiscover.xml"


def endpoint_of(url: str, found_by: str) -> Endpoint:
    """The endpoint at a URL, its kind derived from its path, with the suffix the service appends to it.

    `autodiscover.xml` is rewritten to the SOAP service as the Availability service does
    ([exchange 1.1.2]). A path that is none of Exchange's is taken as it is.

    Raises:
        TargetError: it is no usable https URL.
    """
    normal, host, port = https_url(url)
    path = _path(normal, host, port).lower().removesuffix("/")
    if path.endswith(_POX):
        return autodiscover_at(host, port, found_by)
    if path.endswith(AUTODISCOVER_PATH):
        return Endpoint(EndpointKind.AUTODISCOVER, normal, host, port, found_by)
    if "/autodiscover/" in path:
        return Endpoint(EndpointKind.AUTODISCOVER_WSSECURITY, normal, host, port, found_by)
    if path.endswith(EWS_PATH):
        normal = with_wssecurity(normal)
    return Endpoint(EndpointKind.EWS_WSSECURITY, normal, host, port, found_by)


def _path(normal: str, host: str, port: int) -> str:
    """The path of a URL that `https_url` has normalised."""
    return normal.removeprefix(origin(host, port)).partition("?")[0]


def sharing_endpoint(url: str, found_by: str) -> Endpoint:
    """EWS at this URL, used as it is but for the suffix.

    Raises:
        TargetError: it is no usable https URL.
    """
    normal, host, port = https_url(url)
    return Endpoint(EndpointKind.EWS_WSSECURITY, with_wssecurity(normal), host, port, found_by)


def named_url(url: str, path: str) -> tuple[str, str, int]:
    """(URL, host, port) of what an answer names: only the host and port are taken from it, and no query.

    The path has to be `path`, with the suffix or without, in any case: an answer must not make the prober
    ask for anything else.

    Raises:
        TargetError: it is no usable https URL, or one of another path.
    """
    normal, host, port = https_url(url)
    found = _path(normal, host, port).removesuffix("/")
    if found.lower().removesuffix(WSSECURITY_SUFFIX.lower()) != path:
        raise TargetError(f"it names {url[:80]!r}, whose path is not {path}")
    return origin(host, port) + found, host, port


def given_endpoints(settings: Settings) -> list[Endpoint]:
    """The relationship's own URLs, used as the Availability service uses them; EWS first.

    Raises:
        TargetError: one of them is no usable https URL.
    """
    found = []
    if settings.ews_url:
        found.append(sharing_endpoint(settings.ews_url, SHARING_EPR))
    if settings.autodiscover_url:
        url, host, port = https_url(settings.autodiscover_url)
        if _path(url, host, port).lower().endswith(_POX):
            found.append(autodiscover_at(host, port, AUTODISCOVER_EPR))
        else:
            kind = EndpointKind.AUTODISCOVER_WSSECURITY
            found.append(Endpoint(kind, with_wssecurity(url), host, port, AUTODISCOVER_EPR))
    return found


def ews_at(host: str, port: int, found_by: str) -> Endpoint:
    """EWS at its usual path on a host."""
    url = with_wssecurity(origin(host, port) + EWS_PATH)
    return Endpoint(EndpointKind.EWS_WSSECURITY, url, host, port, found_by)


def autodiscover_at(host: str, port: int, found_by: str) -> Endpoint:
    """Autodiscover for tokens at its usual path on a host."""
    url = with_wssecurity(origin(host, port) + AUTODISCOVER_PATH)
    return Endpoint(EndpointKind.AUTODISCOVER_WSSECURITY, url, host, port, found_by)


def federation_at(host: str, found_by: str) -> Endpoint:
    """Where Get-FederationInformation posts to on a host: always port 443, without the suffix."""
    return Endpoint(
        EndpointKind.AUTODISCOVER, origin(host, HTTPS_PORT) + AUTODISCOVER_PATH, host, HTTPS_PORT, found_by
    )


def requests_for(endpoint: Endpoint, domain: str) -> tuple[HttpRequest, ...]:
    """What to ask an endpoint: the POST that the caller makes, without a token, then an anonymous GET."""
    mailbox = f"fedprobe@{domain}"
    if endpoint.kind is EndpointKind.EWS_WSSECURITY:
        today = datetime.now(UTC).date()
        body, action = (
            soap_requests.get_user_availability(endpoint.url, mailbox, today),
            soap_requests.GET_USER_AVAILABILITY,
        )
    elif endpoint.kind is EndpointKind.AUTODISCOVER_WSSECURITY:
        body, action = soap_requests.get_user_settings(endpoint.url, mailbox), soap_requests.GET_USER_SETTINGS
    else:
        return (federation_request(endpoint.url, domain), HttpRequest("GET", endpoint.url))
    return (
        HttpRequest("POST", endpoint.url, soap_requests.soap_headers(action), body),
        HttpRequest("GET", endpoint.url),
    )


def federation_request(url: str, domain: str) -> HttpRequest:
    """The anonymous GetFederationInformation call ([exchange 2.1])."""
    headers = soap_requests.soap_headers(soap_requests.GET_FEDERATION_INFORMATION)
    return HttpRequest("POST", url, headers, soap_requests.get_federation_information(url, domain))
