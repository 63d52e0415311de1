"""Who asks whom, and how: the profile of an entry, read before any cause is weighed.

Theory of operation:

1. Where is the other side? The place that the failure itself names comes first ("Failed to communicate with",
   provisioning at "Windows Live", the cmdlets that talk to Microsoft only), then the request type (IntraSite
   and CrossSite stay inside the organization), then the host of the URL.
2. How does the request authenticate? Caller SIDs come first, then the request type, the suffix of the path,
   the words of the text that only OAuth has.
3. Who wrote it? Lines of IIS, http.sys and Exchange's own logs are of the server that answered.

What is not known stays unknown, and counts as an ordinary federated request between partners where a row
says so. Sources: [exchange 1.1.1], [exchange 1.4.3], [exchange 5.2.2], [exchange 5.2.3], [exchange 7.7].
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from probe.explain.explanation_model import Authentication, Entry, EntryKind, Parts, Place, Profile, View
from probe.facts.services import microsoft_hosts

SERVER_LOGS = frozenset(
    {EntryKind.IIS_LOG, EntryKind.HTTPERR_LOG, EntryKind.HTTP_PROXY_LOG, EntryKind.EWS_LOG}
)
"""Kinds that the answering server writes."""

_FAILED_WITH = re.compile(
    r"(?:Failed to communicate with|metadata (?:document )?from|Cannot acquire auth metadata document from"
    r"|could not be (?:reached|contacted) at|federation metadata (?:document )?(?:at|from))"
    r"[ ]{0,4}['\"(]{0,2}(https?://[^\s'\"()<>]{3,300})",
    re.IGNORECASE,
)
_PROVISIONING = re.compile(
    r"Windows Live|Partner STS|Set-FederatedOrganizationIdentifier|Add-FederatedDomain|Remove-FederatedDomain"
    r"|New-FederationTrust|Set-FederationTrust|Remove-FederationTrust|on application identifier"
    r"|ManageDelegation2?|Proof of domain ownership",
    re.IGNORECASE,
)
_TOKEN_SERVICE = re.compile(
    r"Microsoft\.Exchange\.Net\.WSTrust|SecurityTokenService|extSTS\.srf|ExternalAuthenticationRequest"
    r"|Failed to request delegation token|wst:FailedAuthentication",
    re.IGNORECASE,
)
_AUTHORIZATION_SERVER = re.compile(
    r"New-AuthServer|Set-AuthServer|auth metadata document|Unable to get token from Auth Server|AADSTS\d{4,8}"
    r"|OAuthTokenRequestFailedException",
    re.IGNORECASE,
)
_OAUTH = re.compile(
    r"OAuth|error_category|AADSTS\d{4,8}|Auth ?Server\b|user[- ]context in the token|audience claim"
    r"|linked account for RBAC|IntraOrganizationConnector|Bearer ",
    re.IGNORECASE,
)
_OF_ANSWERING_SERVER = frozenset({4010})
"""Events that the server writes that was asked [exchange 10.8]."""
_WEB_PROXY_STATUS = 407
_INSIDE = frozenset({"intrasite", "crosssite", "local", "publicfolder"})
_TRUST_TO_MICROSOFT = frozenset({"tokenrequest", "federationmetadata", "tokenvalidation"})


def read_profile(entry: Entry, parts: Parts) -> Profile:
    """The profile of `entry`; what it does not tell stays unknown."""
    answering = entry.kind in SERVER_LOGS or parts.back_end_status or parts.event_id in _OF_ANSWERING_SERVER
    view = View.ANSWERING_SERVER if answering else View.CALLER
    return Profile(_authentication(entry, parts), _place(entry, parts, view), view)


def host_place(url: str | None) -> Place | None:
    """Where the host of `url` is, if its name tells: Microsoft, Exchange Online, a Hybrid Agent."""
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        return None
    for names, place in (
        (microsoft_hosts.SERVICES, Place.MICROSOFT_SERVICE),
        (microsoft_hosts.HYBRID_AGENT, Place.HYBRID_AGENT),
        (microsoft_hosts.EXCHANGE_ONLINE, Place.EXCHANGE_ONLINE),
    ):
        if microsoft_hosts.is_one_of(host, names):
            return place
    return None


def _place(entry: Entry, parts: Parts, view: View) -> Place:
    text = " ".join(entry.text[:65_536].split())
    if view is View.ANSWERING_SERVER:
        return Place.PARTNER
    if parts.http_status == _WEB_PROXY_STATUS or "proxy name could not be resolved" in text:
        return Place.WEB_PROXY
    named = _FAILED_WITH.search(text)
    if named and (place := host_place(named.group(1))):
        return place
    if entry.kind is EntryKind.TEST_FEDERATION_TRUST:
        return Place.MICROSOFT_SERVICE
    if _PROVISIONING.search(text) or (parts.result_id or "").lower() in _TRUST_TO_MICROSOFT:
        return Place.MICROSOFT_SERVICE
    if (
        (parts.request_type or "").lower() in _INSIDE
        or parts.event_id == 4003
        or "PublicFolderRequest" in text
    ):
        return Place.OWN_ORGANIZATION
    if parts.request_type is None and (_TOKEN_SERVICE.search(text) or _AUTHORIZATION_SERVER.search(text)):
        return Place.MICROSOFT_SERVICE
    by_host = host_place(parts.url)
    if by_host:
        return by_host
    return Place.PARTNER if parts.url or parts.request_type else Place.UNKNOWN


def _authentication(entry: Entry, parts: Parts) -> Authentication:
    known = {
        "WSSecurity": Authentication.WS_SECURITY,
        "OAuth": Authentication.OAUTH,
        "NetworkCredentials": Authentication.WINDOWS,
    }.get(parts.authentication or "")
    if known:
        return known
    path = (parts.http_path or parts.url or "").lower().rstrip("/")
    if path.endswith(("/wssecurity", "/wssecurity/symmetrickey")):
        return Authentication.WS_SECURITY
    if entry.kind in SERVER_LOGS:
        return _of_log_line(parts, path)
    if (parts.request_type or "").lower() in {*_INSIDE, "crossforest"}:
        return Authentication.WINDOWS
    if entry.kind is EntryKind.GET_FEDERATION_INFORMATION:
        return Authentication.NONE
    if entry.kind is EntryKind.TEST_OAUTH_CONNECTIVITY or _OAUTH.search(entry.text[:65_536]):
        return Authentication.OAUTH
    return Authentication.UNKNOWN


def _of_log_line(parts: Parts, path: str) -> Authentication:
    """The Availability service without the suffix asks with OAuth, or with an account that the line names."""
    if parts.user_agent:
        windows = parts.user_name or parts.user_agent.protocol.upper() == "EXCH"
        return Authentication.WINDOWS if windows else Authentication.OAUTH
    anonymous = (parts.client or "").lower().startswith("autodiscoverclient")
    return Authentication.NONE if anonymous and path.endswith(".svc") else Authentication.UNKNOWN
