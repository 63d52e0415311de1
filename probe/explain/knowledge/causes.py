"""Causes that several messages share, each once, with how it is told from the others and what fixes it."""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Signal
from probe.explain.knowledge import scopes
from probe.remedies import certificates, directories, federation_trust, network, oauth, relationship

WSSECURITY = Cause(
    "wssecurity-off-or-stale",
    "WSSecurity authentication is off, or on but not in effect, on the virtual directories that answer.",
    "An anonymous GET shows X-WSSecurity-Enabled for each virtual directory; True with this failure means "
    "that it wants switching off and on, and an iisreset.",
    (directories.ENABLE_WSSECURITY, directories.TOGGLE_WSSECURITY),
    (Signal.WSSECURITY_OFF,),
    scope=scopes.FEDERATED_PARTNER,
)
PRE_AUTHENTICATION = Cause(
    "pre-authentication",
    "A reverse proxy or a load balancer in front of Exchange wants a logon before it lets the request pass.",
    "The answer carries none of Exchange's headers (X-FEServer, X-WSSecurity-Enabled), or it "
    "leads to a form.",
    (directories.PASS_THROUGH,),
    (Signal.PRE_AUTHENTICATION,),
    excluded_by_absence=True,
    scope=scopes.ANONYMOUS_PARTNER,
)
PRE_AUTHENTICATION_OAUTH = Cause(
    "pre-authentication",
    "A device in front of Exchange wants a logon of its own, or takes the Authorization header out.",
    "The answer carries none of Exchange's headers, or it leads to a form.",
    (directories.PASS_THROUGH_OAUTH,),
    (Signal.PRE_AUTHENTICATION,),
    excluded_by_absence=True,
    scope=scopes.OAUTH_CALLER,
)
OAUTH_TOKEN = Cause(
    "oauth-token",
    "The OAuth token is refused: wrong or unpublished auth certificate, stale metadata of the "
    "auth server, or "
    "a connector that points to the wrong organization.",
    "Test-OAuthConnectivity names the fault; the answer's X-MS-Diagnostics or WWW-Authenticate does too.",
    (oauth.TEST_OAUTH, oauth.DISABLE_CONNECTOR),
    scope=scopes.OAUTH,
)
OAUTH_OFF = Cause(
    "oauth-off",
    "The side that answers does not take OAuth: OAuthAuthentication is off, the partner application is "
    "missing, or it is Exchange 2010.",
    "Get-WebServicesVirtualDirectory shows OAuthAuthentication; X-OAuth-Enabled is on an anonymous answer.",
    (oauth.ENABLE_OAUTH, oauth.DISABLE_CONNECTOR),
    scope=scopes.OAUTH_PARTNER,
)
FIREWALL_RESET = Cause(
    "firewall-reset",
    "A firewall, intrusion prevention, TLS inspection or load balancer resets the connection, often only for "
    "some source addresses.",
    "From another network the same request gets an HTTP answer; the IIS log of the other side has no line "
    "for it.",
    (network.ALLOW_SOURCE,),
)
TLS_VERSIONS = Cause(
    "tls-versions",
    "The two sides share no TLS version or cipher suite, or TLS 1.2 is only half enabled on one of them.",
    "A check that offers what the caller's Windows offers fails, a liberal one succeeds.",
    (network.ENABLE_TLS12, network.OFFER_COMMON_TLS),
    (Signal.NO_COMMON_TLS,),
)
OUTBOUND_PROXY = Cause(
    "outbound-proxy",
    "The caller's way out leads through a proxy that refuses, breaks or opens the connection, or the proxy "
    "is not set.",
    "The same URL works from a machine without the proxy. `Get-ExchangeServer | fl InternetWebProxy` shows "
    "the setting.",
    (network.SET_WEB_PROXY, certificates.PROXY_ROOT),
)
WRONG_ADDRESS = Cause(
    "wrong-address",
    "The URL in the organization relationship is not the other side's Exchange endpoint.",
    "Discovery from the domain leads to another URL; the answer has no Exchange headers.",
    (relationship.REFRESH_RELATIONSHIP, relationship.SET_SHARING_EPR),
    (Signal.NAME_NOT_RESOLVED,),
)
SERVICES_STOPPED = Cause(
    "services-stopped",
    "A service, server component or application pool of the server that answers is stopped.",
    "Server: Microsoft-HTTPAPI/2.0 on the answer, or a line in that server's HTTPERR log, means that IIS or "
    "the proxy answered without Exchange.",
    (directories.START_SERVICES,),
    (Signal.SERVICE_STOPPED,),
    excluded_by_absence=True,
)
STALE_METADATA = Cause(
    "stale-federation-metadata",
    "The federation trust of the side that answers holds an outdated certificate of the token service.",
    "It began for all partners at once; Test-FederationTrust fails there; a refresh cures it at once.",
    (federation_trust.REFRESH_METADATA,),
    scope=scopes.FEDERATED,
)
OWN_TRUST = Cause(
    "own-federation-trust",
    "Your federation certificate has changed, has expired or is missing on the server that asked, so the "
    "token is not accepted.",
    "Test-FederationTrust and Test-FederationTrustCertificate on that server.",
    (federation_trust.CHECK_FEDERATION_CERTIFICATE, federation_trust.REFRESH_OWN_METADATA),
    scope=scopes.FEDERATED_CLOUD,
)
CLOCK = Cause(
    "clock-skew",
    "A clock is off by more than five minutes, so tokens are not valid yet or any more.",
    "w32tm on both sides; the Date header of the answer against yours.",
    (network.SYNCHRONISE_CLOCK,),
)
HANDLER = Cause(
    "handler-missing",
    "The svc-Integrated handler mapping is missing, so IIS does not give POST requests for *.svc to "
    "Exchange.",
    "A POST to autodiscover.svc gets 405 while a GET of autodiscover.xml is healthy.",
    (directories.REGISTER_HANDLER,),
    (Signal.HANDLER_MISSING,),
    excluded_by_absence=True,
    scope=scopes.PARTNER,
)
TARGET_FAULT = Cause(
    "target-fault",
    "The Exchange that was asked received the request and failed on its own account.",
    "Its Application log has an event at the same second.",
    (directories.READ_TARGET_LOG,),
    (Signal.SERVER_ERROR,),
)
NO_RELATIONSHIP = Cause(
    "no-relationship",
    "No enabled organization relationship, connector or address space covers the domain, or it lacks an "
    "address.",
    "Get-OrganizationRelationship shows no entry whose DomainNames hold the domain.",
    (relationship.CREATE_RELATIONSHIP,),
)
EWS_LIMITED = Cause(
    "ews-limited",
    "EWS is limited in the organization that answers: EwsApplicationAccessPolicy, EwsAllowList, EwsBlockList "
    "or EwsEnabled keeps the caller's user agent out.",
    "Its EWS log has 'User not allowed to access EWS'; Get-OrganizationConfig | fl *Ews* shows the lists.",
    (directories.ALLOW_EWS,),
    scope=scopes.OUTSIDE,
)
OWN_WAY_OUT = Cause(
    "own-way-out",
    "Your firewall or web proxy does not let the servers through to Microsoft's service (as the SYSTEM "
    "account), or InternetWebProxy is not set or wrong.",
    "The same URL in a browser that runs as SYSTEM; other servers of yours may get through.",
    (network.REACH_TOKEN_SERVICE, network.SET_WEB_PROXY),
    scope=scopes.MICROSOFT_FEDERATION,
)
OWN_WAY_OUT_OAUTH = Cause(
    "own-way-out",
    "Your firewall or web proxy does not let the servers through to Microsoft's authorization server (as the "
    "SYSTEM account), or InternetWebProxy is not set or wrong.",
    "The same URL in a browser that runs as SYSTEM; other servers of yours may get through.",
    (network.REACH_AUTHORIZATION_SERVER, network.SET_WEB_PROXY),
    scope=scopes.MICROSOFT_OAUTH,
)
OWN_TLS = Cause(
    "own-tls-versions",
    "TLS 1.2 is off or only half enabled on your servers; Microsoft's services take nothing older.",
    "HealthChecker; other programs on the server may use other settings.",
    (network.ENABLE_TLS12,),
)
OWN_DNS = Cause(
    "dns-of-caller",
    "Your servers cannot resolve names of the internet.",
    "Resolve-DnsName on the server; the name resolves from elsewhere.",
    (network.RESOLVE_INTERNET_NAMES,),
)
