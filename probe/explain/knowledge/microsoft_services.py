"""Failures on the way to Microsoft's own services: token service, provisioning, authorization server, and
Exchange Online as the side that answers.

Nobody can set IIS there, and `probe check` of an Exchange endpoint says nothing about them: what can be at
fault is the caller's way out, TLS, clock, certificate, or the service itself for a while.
"""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge
from probe.explain.knowledge import causes, scopes
from probe.explain.knowledge.channel import (
    BARE_RECEIVE_TEXTS,
    CHANNEL_TEXTS,
    CLOSED_TEXTS,
    RECEIVE_TEXTS,
    SEND_TEXTS,
)
from probe.explain.knowledge.http_statuses import http_status
from probe.remedies import certificates, federation_trust, network, oauth

_SHELL = ("Test-FederationTrust -Verbose",)
_PROXY_SHELL = ("Get-ExchangeServer | Format-List Name,InternetWebProxy",)

TLS_TO_MICROSOFT = Knowledge(
    "microsoft-tls",
    "The connection to Microsoft's service broke in or after the TLS handshake",
    "Your server asked a service of Microsoft (token service, provisioning, metadata). It takes TLS 1.2 or "
    "newer only; no partner is concerned.",
    (
        *RECEIVE_TEXTS,
        *BARE_RECEIVE_TEXTS,
        *SEND_TEXTS,
        *CHANNEL_TEXTS,
        *CLOSED_TEXTS,
        ("do not possess a common algorithm",),
    ),
    (causes.OWN_TLS, causes.OUTBOUND_PROXY, causes.OWN_WAY_OUT, causes.OWN_WAY_OUT_OAUTH),
    "ODS free-busy-sharing-issues-tls12.md; [exchange 7.7]",
    commands=(".\\HealthChecker.ps1",),
    scope=scopes.MICROSOFT,
)
CLOSED_BY_WAY_OUT = Knowledge(
    "microsoft-closed",
    "The connection to Microsoft's service was closed without an answer",
    "The request left your server and came back empty; usually your outgoing proxy closed it.",
    (("The connection was closed unexpectedly",),),
    (causes.OUTBOUND_PROXY, causes.OWN_WAY_OUT, causes.OWN_WAY_OUT_OAUTH, causes.OWN_TLS),
    "ODS the-underlying-connection-was-closed-error.md",
    commands=_PROXY_SHELL,
    scope=scopes.MICROSOFT,
)
UNREACHABLE = Knowledge(
    "token-service-unreachable",
    "Your servers do not reach Microsoft's service",
    "The token service, the metadata or the provisioning service of Microsoft was not reached. Without a "
    "token no request is sent to any partner.",
    (
        ("Failed to communicate with", "extSTS.srf"),
        ("Failed to communicate with https://login",),
        ("Unable to connect to the remote server",),
        ("did not properly respond after a period of time",),
        ("target machine actively refused it",),
        ("A socket operation was attempted to an unreachable",),
        ("The operation has timed out",),
        ("The request was aborted: The request was canceled",),
        ("The request timed out",),
    ),
    (causes.OWN_WAY_OUT, causes.OWN_WAY_OUT_OAUTH, causes.OWN_DNS),
    "RFB; [exchange 7.7]",
    commands=_SHELL,
    scope=scopes.MICROSOFT,
)
NOT_RESOLVED = Knowledge(
    "microsoft-name-resolution",
    "Your servers cannot resolve the name of Microsoft's service",
    "The name is Microsoft's and exists; your servers' DNS or way out does not give it.",
    (("The remote name could not be resolved",), ("No such host is known",)),
    (causes.OWN_DNS, causes.OUTBOUND_PROXY),
    "RFB; [failures 5.4.1]",
    commands=("Resolve-DnsName {host}",),
    scope=scopes.MICROSOFT,
)
NO_METADATA = Knowledge(
    "metadata-unreachable",
    "Your server could not fetch Microsoft's metadata",
    "The server that ran the command did not get the document of the token service or authorization server; "
    "it asks as the SYSTEM account. No partner is concerned.",
    (
        ("Failed to obtain federation metadata",),
        ("Unable to retrieve federation metadata",),
        ("Unable to access the federation metadata document",),
        ("Cannot acquire auth metadata document",),
        ("FederationMetadata.xml", "could not be"),
    ),
    (causes.OWN_WAY_OUT, causes.OWN_WAY_OUT_OAUTH, causes.OWN_TLS, causes.OWN_DNS),
    "RFB; ODS free-busy-sharing-issues-tls12.md; PS/Test-FederationTrust",
    commands=_PROXY_SHELL,
)
REFUSED_FOR_NOW = Knowledge(
    "microsoft-http-error",
    "Microsoft's service answered with an error",
    "The request reached Microsoft's service (provisioning, token or authorization service), which answered "
    "with an HTTP error. Nothing of a partner is involved.",
    (
        *http_status(400, 401, 403, 404, 429, 500, 502, 503, 504),
        ("An error occurred accessing Windows Live",),
    ),
    (
        Cause(
            "service-busy",
            "Microsoft's provisioning service refuses for the moment.",
            "The same command succeeds after half an hour.",
            (network.WAIT_AND_RETRY,),
        ),
        causes.OUTBOUND_PROXY,
    ),
    "KB3067975",
    scope=scopes.MICROSOFT_FEDERATION,
)
REFUSED_BY_AUTHORIZATION_SERVER = Knowledge(
    "authorization-server-error",
    "Microsoft's authorization server gave no token",
    "Your server asked Entra for an OAuth token and got an HTTP error. The AADSTS code in the answer says "
    "why; Test-OAuthConnectivity shows it.",
    (
        *http_status(400, 401, 403, 404, 429, 500, 502, 503, 504),
        ("Unable to get token from Auth Server",),
        ("mark: entra code",),
    ),
    (
        Cause(
            "token-request",
            "The auth certificate, the application or the tenant of the token request is not the one that "
            "Entra knows.",
            "The AADSTS code of Test-OAuthConnectivity -Verbose.",
            (oauth.TEST_OAUTH, oauth.UPLOAD_AUTH_CERTIFICATE),
        ),
    ),
    "RFB (key was not found)",
    commands=("Get-AuthConfig | Format-List *Certificate*,ServiceName",),
    scope=scopes.MICROSOFT_OAUTH,
)
_CLOUD = ("Get-OrganizationRelationship | Format-List Name,DomainNames,Target*",)
CLOUD_UNAUTHORIZED = Knowledge(
    "cloud-401",
    "401: Exchange Online refused the token",
    "Exchange Online answered. Nobody can set authentication there: what is refused is the token that your "
    "organization made.",
    http_status(401),
    (causes.OWN_TRUST, causes.CLOCK),
    "RFB; [exchange 1.4.3]",
    commands=("Test-FederationTrust -Verbose", *_CLOUD),
    scope=scopes.FEDERATED_CLOUD,
)
CLOUD_OAUTH_UNAUTHORIZED = Knowledge(
    "cloud-401-oauth",
    "401: Exchange Online refused the OAuth token",
    "Exchange Online answered and did not accept the OAuth token of your organization: auth certificate, "
    "application, or the user is not known there.",
    http_status(401),
    (
        Cause(
            "auth-certificate",
            "Your auth certificate is not the one that Entra has, or the auth server's settings are "
            "stale, so "
            "the OAuth token is refused.",
            "Test-OAuthConnectivity names signature, key, audience or user.",
            (oauth.TEST_OAUTH, oauth.UPLOAD_AUTH_CERTIFICATE),
        ),
        Cause(
            "user",
            "The user is not synchronised to Entra.",
            "Only some users fail: 'user-context … does not exist'.",
            (oauth.SYNCHRONISE_USER,),
        ),
    ),
    "RFB; [exchange 10.4]",
    commands=("Test-OAuthConnectivity -Service EWS -TargetUri {url} -Mailbox MAILBOX -Verbose",),
    scope=scopes.OAUTH_CLOUD,
)
CLOUD_FORBIDDEN = Knowledge(
    "cloud-403",
    "403: Exchange Online does not let the caller use EWS",
    "Exchange Online answered. Since October 2025 the shared service principal is blocked for EWS, and since "
    "October 2026 EWS is off in tenants that did not allow it.",
    http_status(403),
    (
        Cause(
            "service-principal",
            "Your servers still use the shared service principal; a dedicated hybrid application is needed.",
            "It began in autumn 2025 for all users; Test-OAuthConnectivity succeeds or names the "
            "application.",
            (oauth.DEDICATED_APPLICATION,),
        ),
        Cause(
            "ews-off",
            "EWS is off or limited in the tenant (EWSEnabled, EwsAllowedAppIDs, EwsApplicationAccessPolicy).",
            "Get-OrganizationConfig | fl *Ews* in Exchange Online PowerShell.",
            (oauth.ALLOW_EWS_IN_TENANT,),
            named_by=("EwsEnabled", "EWS is disabled", "EwsAllowedAppIDs"),
        ),
    ),
    "[exchange 8.2]; [exchange 8.3]",
    commands=("Get-OrganizationConfig | Format-List *Ews*",),
    scope=scopes.CLOUD,
)
CLOUD_ERROR = Knowledge(
    "cloud-http-error",
    "Exchange Online answered with an error",
    "The request reached Exchange Online. Its servers are not yours to set: check the address, the service "
    "health, and whether it passes by itself.",
    http_status(400, 404, 405, 429, 500, 502, 503, 504),
    (
        Cause(
            "service-busy",
            "Exchange Online is throttling or has a fault of its own for the moment.",
            "The service health of Microsoft 365; the same lookup later.",
            (network.WAIT_AND_RETRY,),
            excluded_by=("HTTP status 404", "(404)", "HTTP status 405", "HTTP status 400"),
        ),
        Cause(
            "wrong-cloud-address",
            "The address in your organization relationship or connector is not the one that Exchange Online "
            "wants.",
            "https://autodiscover-s.outlook.com/autodiscover/autodiscover.svc/WSSecurity for federation, "
            "https://outlook.office365.com/EWS/Exchange.asmx for EWS.",
            (oauth.CLOUD_ADDRESS,),
        ),
    ),
    "[exchange 1.4.3]",
    commands=_CLOUD,
    scope=scopes.CLOUD,
)
AGENT_ERROR = Knowledge(
    "hybrid-agent",
    "The Hybrid Agent got no answer for the request",
    "The URL leads through Microsoft's application proxy to a Hybrid Agent in your organization. The agent, "
    "or the server behind it, did not answer.",
    http_status(404, 500, 502, 503, 504),
    (
        Cause(
            "agent-inactive",
            "The Hybrid Agent is stopped or inactive, or cannot reach the internal Exchange URL.",
            "Microsoft Hybrid Service on the agent's server; Get-HybridApplication shows the internal URL.",
            (oauth.REPAIR_AGENT,),
        ),
    ),
    "RFB (504); ODE hybrid-agent.md",
    commands=("Get-IntraOrganizationConnector | Format-List Name,TargetSharingEpr",),
    scope=scopes.AGENT,
)
CLOUD_TRUST = Knowledge(
    "cloud-trust-failure",
    "Your server refused the certificate of Microsoft's service",
    "The certificates of Microsoft's services are sound for everybody else: either a root is missing in your "
    "server's store, or a proxy of yours shows a certificate of its own.",
    (("Could not establish trust relationship for the SSL/TLS secure channel",),),
    (
        Cause(
            "inspecting-proxy",
            "A proxy of yours opens TLS and shows a certificate of its own.",
            "The issuer of the certificate that the server sees.",
            (certificates.PROXY_ROOT,),
        ),
        Cause(
            "untrusted-root",
            "The root of Microsoft's chain is missing in your server's store (automatic root update is off).",
            "certutil -verify -urlfetch on the server.",
            (certificates.IMPORT_ROOT,),
        ),
        causes.CLOCK,
    ),
    "RFB; [exchange 6.7]",
    commands=_PROXY_SHELL,
    scope=scopes.MICROSOFT_OR_CLOUD,
)
CLOUD_SECURITY = Knowledge(
    "cloud-token-refused",
    "Exchange Online refused the delegation token",
    "Exchange Online answered with a fault about the token. Nothing can be set there: your trust, your "
    "federation certificate or your clock made a token that does not pass.",
    (
        ("An error occurred when verifying security for the message",),
        ("An error occurred when processing the security tokens in the message",),
    ),
    (
        Cause(
            "own-token",
            "Your organization's federation certificate or metadata is out of date.",
            "Test-FederationTrust on the server that asked.",
            (federation_trust.REFRESH_OWN_METADATA, federation_trust.CHECK_FEDERATION_CERTIFICATE),
        ),
        causes.CLOCK,
    ),
    "RFB; [exchange 7.7]",
    commands=_SHELL,
    scope=scopes.CLOUD,
)
ROWS = (
    TLS_TO_MICROSOFT,
    CLOSED_BY_WAY_OUT,
    UNREACHABLE,
    NOT_RESOLVED,
    NO_METADATA,
    REFUSED_FOR_NOW,
    REFUSED_BY_AUTHORIZATION_SERVER,
    CLOUD_UNAUTHORIZED,
    CLOUD_OAUTH_UNAUTHORIZED,
    CLOUD_FORBIDDEN,
    CLOUD_ERROR,
    AGENT_ERROR,
    CLOUD_TRUST,
    CLOUD_SECURITY,
)
