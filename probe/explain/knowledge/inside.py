"""Failures between servers of one organization, between forests with an account, and of public folders.

No federation takes part: no token, no WSSecurity, no metadata; `probe check` judges none of these.
"""

from __future__ import annotations

from dataclasses import replace

from probe.explain.explanation_model import Cause, Knowledge
from probe.explain.knowledge import causes, scopes
from probe.explain.knowledge.channel import CHANNEL_TEXTS, CLOSED_TEXTS, SEND_TEXTS, TRUST_TEXTS
from probe.explain.knowledge.http_statuses import http_status
from probe.remedies import certificates, directories, network, relationship

_LOOK = ("Get-WebServicesVirtualDirectory -ADPropertiesOnly | Select-Object Server,Name,*Authentication*",)

OWN_UNAUTHORIZED = Knowledge(
    "inside-401",
    "401 between servers of your own organization",
    "One of your servers asked another with Kerberos or NTLM and was not let in. No partner, no federation "
    "and no reverse proxy has a part in it.",
    http_status(401),
    (
        Cause(
            "windows-authentication",
            "Kerberos or NTLM between the servers fails: Windows authentication of the EWS virtual directory "
            "(also on the back end, port 444), or a wrong SPN of the alternate service account.",
            "The Security log of the server that was asked; `setspn -Q http/HOST` names the account.",
            (directories.WINDOWS_AUTHENTICATION,),
        ),
        causes.CLOCK,
        Cause(
            "extended-protection",
            "Extended Protection is on for one server, and another or a device between ends TLS differently.",
            "It began with an update that turned Extended Protection on.",
            (directories.EXTENDED_PROTECTION,),
        ),
    ),
    "[exchange 5.2.3]; [exchange 6.3]",
    commands=_LOOK,
    scope=scopes.INSIDE,
)
OWN_ANSWER = Knowledge(
    "inside-http-error",
    "A server of your own organization answered with an error",
    "The request stayed inside your organization; the server that was asked, or its IIS, failed.",
    http_status(400, 403, 404, 405, 500, 502, 503, 504),
    (
        causes.SERVICES_STOPPED,
        replace(causes.TARGET_FAULT, signals=()),
    ),
    "RFB; [exchange 3.1.5]",
    commands=("Test-ServiceHealth",),
    scope=scopes.INSIDE,
)
OWN_TLS = Knowledge(
    "inside-tls",
    "TLS between servers of your own organization failed",
    "The request stayed inside your organization, and the two servers did not finish the TLS handshake.",
    (*SEND_TEXTS, *CHANNEL_TEXTS, *CLOSED_TEXTS, ("do not possess a common algorithm",)),
    (
        causes.OWN_TLS,
        Cause(
            "back-end-binding",
            "The Exchange Back End site (port 444) of the server that was asked has no certificate bound.",
            "netsh http show sslcert shows 0.0.0.0:444 without a hash that exists.",
            (directories.BIND_BACK_END,),
        ),
    ),
    "ODS free-busy-sharing-issues-tls12.md",
    commands=(".\\HealthChecker.ps1",),
    scope=scopes.INSIDE,
)
OWN_CERTIFICATE = Knowledge(
    "inside-certificate",
    "A certificate inside your own organization was refused",
    "Requests between sites ignore certificate errors unless AllowInternalUntrustedCerts was set to 0; "
    "another kind of request does not ignore them.",
    TRUST_TEXTS,
    (
        Cause(
            "own-certificate",
            "The certificate of your own server does not name the host that was asked, has expired, or its "
            "root is not trusted on the asking server.",
            "Get-ExchangeCertificate on the server that was asked.",
            (certificates.IMPORT_ROOT, certificates.FIX_NAME),
        ),
    ),
    "[exchange 6.1]; [exchange 6.2]",
    commands=("Get-ExchangeCertificate | Format-List Subject,CertificateDomains,Services,NotAfter",),
    scope=scopes.INSIDE,
)
OWN_UNREACHABLE = Knowledge(
    "inside-unreachable",
    "A server of your own organization does not answer",
    "The request stayed inside your organization and reached nobody: the server is down, a firewall between "
    "sites drops it, or it was sent to the web proxy.",
    (
        ("Unable to connect to the remote server",),
        ("did not properly respond after a period of time",),
        ("target machine actively refused it",),
        ("The remote name could not be resolved",),
        ("The operation has timed out",),
        ("Timeout occurred during",),
        ("The request was aborted: The request was canceled",),
    ),
    (
        causes.SERVICES_STOPPED,
        Cause(
            "firewall-between-sites",
            "A firewall between your sites blocks the port (443, or 444 of the back end).",
            "Test-NetConnection from the asking server.",
            (network.OPEN_PORT,),
            excluded_by=("actively refused",),
        ),
    ),
    "RFB; [exchange 1.1.7]",
    commands=("Test-NetConnection {host} -Port {port}",),
    scope=scopes.INSIDE,
)
HTTPS_PROXY = Knowledge(
    "https-proxy",
    "Your server is told to use a web proxy with an https address",
    ".NET knows web proxies by http only, so the request never left the server.",
    (("The ServicePointManager does not support proxies with the https scheme",),),
    (
        Cause(
            "proxy-scheme",
            "InternetWebProxy (or the machine's proxy) is written as https://.",
            "Get-ExchangeServer | fl Name,InternetWebProxy.",
            (relationship.FIX_PROXY_FOR_OWN_SERVERS,),
        ),
    ),
    "[exchange 6.7]; .NET Framework, ServicePointManager",
    commands=("Get-ExchangeServer | Format-List Name,InternetWebProxy",),
)
FOREST_UNAUTHORIZED = Knowledge(
    "cross-forest-401",
    "401 between forests: the account was refused",
    "The request went to another forest with an account (availability address space), not with a federation "
    "token: Kerberos or NTLM was refused there.",
    http_status(401),
    (
        Cause(
            "address-space-credentials",
            "The credentials of the availability address space are wrong or expired, or the other side does "
            "not name the account (OrgWideAccount or PerUserAccount of its AvailabilityConfig).",
            "Log on to the EWS URL with that account; Get-AvailabilityConfig there.",
            (relationship.ADDRESS_SPACE_CREDENTIALS, relationship.ORG_WIDE_ACCOUNT),
        ),
        Cause(
            "extended-protection",
            "Windows authentication of the EWS virtual directory is off there, or a device between ends TLS "
            "while Extended Protection is on.",
            "WWW-Authenticate of the answer offers no Negotiate or NTLM; it works past the device.",
            (relationship.ORG_WIDE_ACCOUNT, directories.EXTENDED_PROTECTION),
        ),
    ),
    "PS/Add-AvailabilityAddressSpace; Microsoft Learn, Availability service for cross-forest topologies",
    ("probe check {url}",),
    ("Get-AvailabilityAddressSpace | Format-List ForestName,AccessMethod,UserName",),
    scope=scopes.WINDOWS_OUTSIDE,
)
FOREST_FORBIDDEN = Knowledge(
    "cross-forest-403",
    "403 between forests: the other organization does not let the caller use EWS",
    "The account was accepted as such and EWS refused: a limit of EWS, or the account may not ask.",
    http_status(403),
    (
        causes.EWS_LIMITED,
        Cause(
            "address-space-credentials",
            "The account of the availability address space may not ask there.",
            "Get-AvailabilityConfig there names another account.",
            (relationship.ORG_WIDE_ACCOUNT,),
        ),
    ),
    "ODS 403-forbidden-view-free-busy-information (KB3082946)",
    ("probe check {url}",),
    ("Get-AvailabilityAddressSpace | Format-List ForestName,AccessMethod,UserName",),
    scope=scopes.WINDOWS_OUTSIDE,
)
PUBLIC_FOLDER = Knowledge(
    "public-folder-request",
    "Legacy free/busy from your own public folder server failed",
    "Event 4003: the Availability service asked a public folder server of your own organization (/public) "
    "for the free/busy of an old mailbox or client. No partner and no federation is involved.",
    (
        ("PublicFolderRequestProcessingException",),
        ("PublicFolderRequest failed",),
    ),
    (
        Cause(
            "public-folder-server",
            "Your public folder server, its /public virtual directory or the replica of SCHEDULE+ FREE BUSY "
            "does not answer, or refuses the request.",
            "Open the URL of the event on the server; (403) usually means that /public requires TLS.",
            (relationship.MAINTAIN_PUBLIC_FOLDERS,),
        ),
    ),
    "[exchange 5.1] (event 4003)",
    commands=(
        "Get-PublicFolder -Recurse '\\NON_IPM_SUBTREE\\SCHEDULE+ FREE BUSY' | Format-List Name,Replicas",
    ),
    decisive=True,
)
INVALID_CREDENTIALS = Knowledge(
    "cross-forest-credentials",
    "The credentials of the availability address space do not work",
    "Event 4012 or error 5025: the caller could not use the account that the address space "
    "holds; nothing was "
    "sent.",
    (
        ("InvalidCrossForestCredentials",),
        ("credentials for cross-forest", "invalid"),
        ("cross-forest proxying", "credentials"),
    ),
    (
        Cause(
            "address-space-credentials",
            "The user name or password in the availability address space is wrong, incomplete or expired.",
            "Get-AvailabilityAddressSpace | fl UserName.",
            (relationship.ADDRESS_SPACE_CREDENTIALS,),
        ),
    ),
    "[exchange 4.7] (5025); [exchange 5.1] (event 4012)",
    commands=("Get-AvailabilityAddressSpace | Format-List ForestName,AccessMethod,UserName",),
)
ROWS = (
    OWN_UNAUTHORIZED,
    OWN_ANSWER,
    OWN_TLS,
    OWN_CERTIFICATE,
    OWN_UNREACHABLE,
    HTTPS_PROXY,
    FOREST_UNAUTHORIZED,
    FOREST_FORBIDDEN,
    PUBLIC_FOLDER,
    INVALID_CREDENTIALS,
)
