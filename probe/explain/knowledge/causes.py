"""Causes that several messages share, each once, with how it is told from the others and what fixes it."""

from __future__ import annotations

from probe.explain.knowledge import remedies as fix
from probe.explain.model import Cause, Signal

WSSECURITY = Cause(
    "wssecurity-off-or-stale",
    "WSSecurity authentication is off, or on but not in effect, on the partner's virtual directories.",
    "An anonymous GET shows X-WSSecurity-Enabled for each virtual directory; True with this failure means "
    "that it wants switching off and on, and an iisreset.",
    (fix.ENABLE_WSSECURITY, fix.TOGGLE_WSSECURITY),
    (Signal.WSSECURITY_OFF,),
)
PRE_AUTHENTICATION = Cause(
    "pre-authentication",
    "A reverse proxy or a load balancer in front of Exchange wants a logon before it lets the request pass.",
    "The answer carries none of Exchange's headers (X-FEServer, request-id, X-WSSecurity-Enabled), or it "
    "leads to a form.",
    (fix.PASS_THROUGH,),
    (Signal.PRE_AUTHENTICATION,),
    excluded_by_absence=True,
)
FIREWALL_RESET = Cause(
    "firewall-reset",
    "A firewall, intrusion prevention or load balancer resets the connection, often only for some source "
    "addresses.",
    "From another network the same request gets an HTTP answer; the partner's IIS log has no line for it.",
    (fix.ALLOW_SOURCE,),
)
TLS_VERSIONS = Cause(
    "tls-versions",
    "Caller and partner share no TLS version or cipher suite, or TLS 1.2 is only half enabled on one side.",
    "A check that offers what the caller's Windows offers fails, a liberal one succeeds.",
    (fix.ENABLE_TLS12, fix.OFFER_COMMON_TLS),
    (Signal.NO_COMMON_TLS,),
)
OUTBOUND_PROXY = Cause(
    "outbound-proxy",
    "The caller's way out leads through a proxy that refuses, breaks or opens the connection, or the proxy "
    "is not set.",
    "The same URL works from a machine without the proxy. `Get-ExchangeServer | fl InternetWebProxy` shows "
    "the setting.",
    (fix.SET_WEB_PROXY, fix.PROXY_ROOT),
)
WRONG_ADDRESS = Cause(
    "wrong-address",
    "The URL in the organization relationship is not the partner's Exchange endpoint.",
    "Discovery from the domain leads to another URL; the answer has no Exchange headers.",
    (fix.REFRESH_RELATIONSHIP, fix.SET_SHARING_EPR),
    (Signal.NAME_NOT_RESOLVED,),
)
SERVICES_STOPPED = Cause(
    "services-stopped",
    "A service, server component or application pool of the partner is stopped.",
    "Server: Microsoft-HTTPAPI/2.0 on the answer, or a line in the partner's HTTPERR log, means that IIS or "
    "the proxy answered without Exchange.",
    (fix.START_SERVICES,),
    (Signal.SERVICE_STOPPED,),
    excluded_by_absence=True,
)
STALE_METADATA = Cause(
    "stale-federation-metadata",
    "The partner's federation trust holds an outdated certificate of the token service.",
    "It began for all partners at once; Test-FederationTrust fails at the partner; a refresh cures it at "
    "once.",
    (fix.REFRESH_METADATA,),
)
CLOCK = Cause(
    "clock-skew",
    "A clock is off by more than five minutes, so tokens are not valid yet or any more.",
    "w32tm on both sides; the Date header of the partner's answer against yours.",
    (fix.SYNCHRONISE_CLOCK,),
)
HANDLER = Cause(
    "handler-missing",
    "The svc-Integrated handler mapping is missing, so IIS does not give POST requests for *.svc to "
    "Exchange.",
    "A POST to autodiscover.svc gets 405 while a GET of autodiscover.xml is healthy.",
    (fix.REGISTER_HANDLER,),
    (Signal.HANDLER_MISSING,),
    excluded_by_absence=True,
)
TARGET_FAULT = Cause(
    "target-fault",
    "The partner's Exchange received the request and failed on its own account.",
    "The partner's Application log has an event at the same second.",
    (fix.READ_TARGET_LOG,),
    (Signal.SERVER_ERROR,),
)
NO_RELATIONSHIP = Cause(
    "no-relationship",
    "No enabled organization relationship, connector or address space covers the domain, or it lacks an "
    "address.",
    "Get-OrganizationRelationship shows no entry whose DomainNames hold the domain.",
    (fix.CREATE_RELATIONSHIP,),
)
