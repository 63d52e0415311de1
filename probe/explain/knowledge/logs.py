"""What the logs of the server that answered say beside a status: X-CasErrorCode, EWS limits, the back end.

A line there has got through everything in front of Exchange, so no device is to blame. Sources:
[exchange 3.1.5], ODS 403-forbidden-view-free-busy-information (KB3082946), RFB.
"""

from __future__ import annotations

from dataclasses import replace

from probe.explain.explanation_model import Cause, Knowledge
from probe.explain.knowledge import causes, scopes
from probe.remedies import directories, federation_trust, oauth

FIRST_LEG_MARK = "mark: first leg of a logon end"
"""What `matching` adds for 401 with SEC_E_NO_CREDENTIALS."""
CALLER_GONE_STATUS = (64, 121, 1236)
"""ERROR_NETNAME_DELETED, ERROR_SEM_TIMEOUT, ERROR_CONNECTION_ABORTED."""


def caller_gone_mark(number: int) -> str:
    """What `matching` adds for a log line of a caller that closed the connection."""
    return f"mark: caller gone {number} end"


BAD_SAML_TOKEN = Knowledge(
    "bad-saml-token",
    "401: Exchange's front end got the request without a valid delegation token",
    "The line is of Exchange's own front end, so the request reached it. It took the WSSecurity way and its "
    "token was missing or not accepted. For an anonymous test that is the healthy answer.",
    (("mark: cas error BadSamlToken",),),
    (
        Cause(
            "token-refused",
            "The delegation token is refused: the federation trust of this organization holds an outdated "
            "certificate of the token service, or the caller sent no token.",
            "Test-FederationTrust here; it began for all partners at once.",
            (federation_trust.REFRESH_METADATA,),
        ),
        causes.CLOCK,
        causes.WSSECURITY,
    ),
    "[exchange 3.1.4]",
    commands=("Test-FederationTrust -Verbose",),
    scope=scopes.SERVER_LOG,
)
EWS_NOT_ALLOWED = Knowledge(
    "ews-not-allowed",
    "EWS is limited here: the caller's application may not use it",
    "Exchange accepted the request's authentication and then refused it, because the organization limits EWS "
    "by a list of user agents.",
    (("User not allowed to access EWS",), ("EwsApplicationAccessPolicy",), ("ServiceAccessDeniedException",)),
    (causes.EWS_LIMITED,),
    "ODS 403-forbidden-view-free-busy-information (KB3082946)",
    commands=("Get-OrganizationConfig | Format-List *Ews*",),
    decisive=True,
)
FIRST_LEG = Knowledge(
    "log-401-first-leg",
    "401: the ordinary first step of a logon with an account",
    "A client that logs on with NTLM or Kerberos asks without credentials first and gets 401; the line that "
    "follows has the user name and the outcome.",
    ((FIRST_LEG_MARK,),),
    (
        Cause(
            "no-fault",
            "Nothing is wrong with this line by itself.",
            "A line of the same client with status 200 follows within a second. If none follows, the logon "
            "failed: event 4625 in the Security log.",
        ),
    ),
    "Microsoft Learn, HTTP status codes in IIS; winerror.h (SEC_E_NO_CREDENTIALS)",
    decisive=True,
)
CALLER_GONE = Knowledge(
    "log-caller-gone",
    "The caller went away before the answer",
    "The Win32 status of the line says that the connection was closed from the other end while this server "
    "was still at work. The Availability service of Exchange 2013 gives a whole lookup 25 seconds (presumed "
    "of later versions).",
    tuple((caller_gone_mark(number),) for number in CALLER_GONE_STATUS),
    (
        Cause(
            "slow-here",
            "This server answers too slowly: the caller's time was over.",
            "time-taken of the line, near 25,000 ms; the line of the back end at the same second.",
            (directories.READ_TARGET_LOG,),
        ),
        causes.FIREWALL_RESET,
    ),
    "[exchange 1.1.7]; Windows system error codes",
    commands=("Test-ServiceHealth",),
    decisive=True,
)
BACK_END_REFUSED = Knowledge(
    "back-end-403",
    "403: Exchange's back end refused, not a device in front",
    "The front end of Exchange passed the request on, and its back end (the Mailbox server) answered 403. So "
    "no reverse proxy is to blame.",
    (("mark: back end answered 403",),),
    (causes.EWS_LIMITED,),
    "ODS 403-forbidden-view-free-busy-information (KB3082946)",
    commands=("Get-OrganizationConfig | Format-List *Ews*",),
    decisive=True,
)
BACK_END_UNAUTHORIZED = Knowledge(
    "back-end-401",
    "401: Exchange's back end refused, not a device in front",
    "The front end of Exchange passed the request on, and its back end (the Mailbox server) answered 401. So "
    "no reverse proxy is to blame.",
    (("mark: back end answered 401",),),
    (
        replace(
            causes.OAUTH_TOKEN,
            remedies=(oauth.REFRESH_AUTH_METADATA, oauth.TEST_OAUTH),
            named_by=("mark: cas error InvalidOAuthToken",),
        ),
        Cause(
            "back-end-authentication",
            "The authentication of the back end's EWS or Autodiscover virtual directory is off or needs "
            "switching off and on, or the token is refused there.",
            "Get-WebServicesVirtualDirectory shows both sites.",
            (directories.DEFAULT_AUTHENTICATION, oauth.ENABLE_OAUTH),
        ),
        causes.STALE_METADATA,
    ),
    "RFB (HTTP status 401); [exchange 3.2.3]",
    commands=(
        "Get-WebServicesVirtualDirectory -ADPropertiesOnly | Select-Object Server,Name,*Authentication*",
    ),
    decisive=True,
)
BACK_END_FAILED = Knowledge(
    "back-end-failed",
    "Exchange's front end got no good answer from its back end",
    "The request reached Exchange's front end; the back end (the Mailbox server) failed, did not answer, or "
    "was not found.",
    (
        ("mark: back end answered 5",),
        ("mark: cas error BackEndRequestTimedOut",),
        ("mark: cas error ServerNotFound",),
        ("mark: cas error ServerLocatorError",),
        ("mark: cas error ServerKerberosAuthenticationFailure",),
        ("HttpProxyException",),
    ),
    (
        Cause(
            "back-end-down",
            "The back end's application pool or service is stopped, overloaded, or its authentication "
            "(Kerberos between the servers) fails.",
            "Test-ServiceHealth and the Application log of the Mailbox server.",
            (directories.START_SERVICES, directories.READ_TARGET_LOG),
        ),
    ),
    "[exchange 3.1.5]",
    commands=("Test-ServiceHealth",),
)
POOL_STOPPED = Knowledge(
    "application-pool-stopped",
    "503: the application pool is stopped",
    "http.sys answered by itself, since the application pool that serves the path is offline: Exchange never "
    "saw the request.",
    (
        ("mark: httperr AppOffline",),
        ("mark: httperr N/A",),
        ("mark: httperr Disabled",),
        ("mark: httperr AppShutdown",),
    ),
    (
        Cause(
            "application-pool-stopped",
            "The application pool named in the line is stopped or disabled, often after repeated crashes "
            "(rapid-fail protection).",
            "The System log, source WAS, at the time when it began.",
            (directories.START_POOL, directories.START_SERVICES),
        ),
    ),
    "RFB; Microsoft Learn, error logging in HTTP APIs",
    commands=("& $env:windir\\system32\\inetsrv\\appcmd.exe list apppool /state:Stopped",),
    decisive=True,
)
POOL_BUSY = Knowledge(
    "application-pool-busy",
    "503: the application pool does not keep up",
    "http.sys answered by itself: the queue of the application pool was full, or a limit was reached.",
    (
        ("mark: httperr QueueFull",),
        ("mark: httperr AppPoolTimer",),
        ("mark: httperr ConnLimit",),
        ("mark: httperr ConnectionLimit",),
    ),
    (
        Cause(
            "application-pool-busy",
            "The application pool is overloaded or hangs.",
            "CPU and requests of its w3wp process; the queue length of the pool.",
            (directories.START_SERVICES, directories.READ_TARGET_LOG),
        ),
    ),
    "Microsoft Learn, error logging in HTTP APIs",
    commands=("& $env:windir\\system32\\inetsrv\\appcmd.exe list wp",),
    decisive=True,
)
CLIENT_GONE = Knowledge(
    "client-closed",
    "The other side's connection ended before the request was answered",
    "http.sys noted how the connection ended; Exchange is not named. Single lines are ordinary (idle "
    "connections, clients that give up after their time limit).",
    (
        ("mark: httperr Timer_ConnectionIdle",),
        ("mark: httperr Connection_Dropped",),
        ("mark: httperr Connection_Abandoned_By_ReqQueue",),
        ("mark: httperr Client_Reset",),
        ("mark: httperr Timer_EntityBody",),
        ("mark: httperr Timer_HeaderWait",),
    ),
    (
        Cause(
            "slow-answer",
            "If many lines of one caller say this, the application answers too slowly and the caller "
            "gave up.",
            "time-taken in the IIS log of the same requests.",
            (directories.READ_TARGET_LOG,),
        ),
    ),
    "Microsoft Learn, error logging in HTTP APIs",
    decisive=True,
)
ROWS = (
    BAD_SAML_TOKEN,
    FIRST_LEG,
    CALLER_GONE,
    EWS_NOT_ALLOWED,
    BACK_END_REFUSED,
    BACK_END_UNAUTHORIZED,
    BACK_END_FAILED,
    POOL_STOPPED,
    POOL_BUSY,
    CLIENT_GONE,
)
