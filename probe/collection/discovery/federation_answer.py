"""The answer to the anonymous GetFederationInformation call, read as Get-FederationInformation reads it.

Every way in which an answer can be none is told apart, in the client's words where they are known
([exchange 2.6]). Whether the certificate it came with is any good is not asked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from probe.collection.discovery import soap_requests
from probe.facts.observation import FederationInformation, HttpExchange, TokenIssuer

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # the type only; answers go through soap.parse

# The whole Autodiscover enumeration ([exchange 2.5]).
ERROR_CODES = frozenset(
    (
        "NoError",
        "RedirectAddress",
        "RedirectUrl",
        "InvalidUser",
        "InvalidRequest",
        "InvalidSetting",
        "SettingIsNotAvailable",
        "ServerBusy",
        "InvalidDomain",
        "NotFederated",
        "InternalServerError",
    )
)
MISSING_ERROR_CODE = "Response is missing an error code."
MISSING_DOMAINS = "Response missing Domains value."
ABSENT_DOMAIN = "Requested domain {} isn't present in response: {}."
MAXIMUM_DOMAINS = 2_000
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_VERSION_PARTS = ("MajorVersion", "MinorVersion", "MajorBuildNumber", "MinorBuildNumber")
_URI = re.compile(r"[^\x00-\x20\x7f<>\"{}|\\^`]{1,2048}\Z")


def succeeded(information: FederationInformation | None) -> bool:
    """Whether the cmdlet takes this answer ([exchange 1.2.6])."""
    return information is not None and information.error_code == "NoError" and information.malformed is None


def answered(information: FederationInformation | None) -> bool:
    """Whether the cmdlet could read this answer, so that it asks nobody else ([exchange 1.2.8])."""
    if information is None:
        return False
    return information.error_code in ERROR_CODES or information.malformed == MISSING_ERROR_CODE


def read(exchange: HttpExchange, domain: str) -> FederationInformation:
    """What the answer to GetFederationInformation for `domain` says, or why it says nothing (`malformed`)."""
    url = exchange.url
    if exchange.status is None:
        return FederationInformation(url, malformed="the answer is no HTTP")
    if exchange.status != 200:
        return FederationInformation(url, malformed=_refusal(exchange))
    if not exchange.body_complete:
        return FederationInformation(url, malformed="the answer is too long or was cut off")
    try:
        envelope = soap_requests.parse(exchange.body)
    except soap_requests.MalformedAnswerError as wrong:
        return FederationInformation(url, malformed=f"the answer is no XML: {wrong}")
    response = _response(envelope)
    if response is None:
        root = _local(envelope.tag)
        return FederationInformation(
            url, malformed=f"the answer is no GetFederationInformation response but {root}"
        )
    return _information(url, domain, envelope, response)


def _refusal(exchange: HttpExchange) -> str:
    """A status other than 200; a SOAP fault's own words with it."""
    said = f"HTTP status {exchange.status} {exchange.reason}".rstrip()
    try:
        envelope = soap_requests.parse(exchange.body)
    except soap_requests.MalformedAnswerError:
        return said
    fault = next((element for element in envelope.iter() if _local(element.tag) == "faultstring"), None)
    return said if fault is None or not fault.text else f"{said}, SOAP fault: {fault.text.strip()[:300]}"


def _information(url: str, domain: str, envelope: Element, response: Element) -> FederationInformation:
    code, uri = _text(response, "ErrorCode"), _text(response, "ApplicationUri")
    domains = _domains(response)
    return FederationInformation(
        url,
        error_code=code,
        error_message=_text(response, "ErrorMessage"),
        application_uri=uri,
        domains=domains,
        token_issuers=tuple(_issuers(response)),
        server_version=_version(envelope),
        malformed=_fault(code, uri, domains, domain),
    )


def _fault(code: str | None, uri: str | None, domains: tuple[str, ...] | None, domain: str) -> str | None:
    """What the client finds wrong with an answer, in its order; None for a good one or an honest error."""
    if code is None:
        return MISSING_ERROR_CODE
    if code not in ERROR_CODES:
        return f"the error code {code[:80]!r} is none of Autodiscover's"
    if code != "NoError":
        return None
    if uri is None:
        return "Response is missing the ApplicationUri value."
    if not _is_uri(uri):
        return f"the ApplicationUri {uri[:80]!r} is no URI"
    if not domains:
        return MISSING_DOMAINS
    if domain.lower() not in (name.lower() for name in domains):
        return ABSENT_DOMAIN.format(domain, ", ".join(domains[:20]))
    return None


def _is_uri(text: str) -> bool:
    """Whether .NET's Uri would take it, relative ones included (`FYDIBOHF25SPDLT.contoso.com` is one)."""
    try:
        urlsplit(text)
    except ValueError:
        return False
    return _URI.match(text) is not None


def _response(envelope: Element) -> Element | None:
    body = next((child for child in envelope if _local(child.tag) == "Body"), None)
    for message in () if body is None else body:
        if _local(message.tag) == "GetFederationInformationResponseMessage":
            return _child(message, "Response")
    return None


def _domains(response: Element) -> tuple[str, ...] | None:
    holder = _child(response, "Domains")
    if holder is None:
        return None
    found = (child.text.strip() for child in holder if _local(child.tag) == "Domain" and child.text)
    return tuple(found)[:MAXIMUM_DOMAINS]


def _issuers(response: Element) -> Iterator[TokenIssuer]:
    holder = _child(response, "TokenIssuers")
    for issuer in () if holder is None else holder:
        if _local(issuer.tag) == "TokenIssuer":
            yield TokenIssuer(_text(issuer, "Endpoint") or "", _text(issuer, "Uri") or "")


def _version(envelope: Element) -> str | None:
    """The build in the ServerVersionInfo header as `15.2.1748.39`, or None."""
    info = next((element for element in envelope.iter() if _local(element.tag) == "ServerVersionInfo"), None)
    if info is None:
        return None
    parts = [_text(info, part) or "" for part in _VERSION_PARTS]
    return ".".join(parts) if all(part.isascii() and part.isdigit() for part in parts) else None


def _child(parent: Element, name: str) -> Element | None:
    """The first child of this local name that is not nil."""
    for child in parent:
        if _local(child.tag) == name:
            return None if child.get(_NIL, "").strip() in ("true", "1") else child
    return None


def _text(parent: Element, name: str) -> str | None:
    child = _child(parent, name)
    text = "" if child is None or child.text is None else child.text.strip()
    return text or None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
