"""HTTP answers by their status, as the .NET client renders them [exchange 3.4], [exchange 3.5],
[exchange 4.2]."""

from __future__ import annotations

from dataclasses import replace

from probe.explain.explanation_model import EVERYWHERE, Authentication, Cause, Knowledge, Scope, Signal, View
from probe.explain.knowledge import causes, scopes
from probe.remedies import directories, federation_trust, network, oauth, relationship

_CHECK = ("probe check {url}",)

HEALTHY_MARK = "mark: anonymous request refused by Exchange with WSSecurity on"
"""What `matching` adds to an answer that shows this by its headers, since no message says it."""


def http_status(*codes: int) -> tuple[tuple[str, ...], ...]:
    """The renderings of an HTTP status: SOAP client, HttpWebRequest, and the mark that `matching` sets."""
    renderings = ("HTTP status {}", "HTTP status code {}", "The remote server returned an error: ({})")
    return tuple((form.format(code),) for code in codes for form in renderings)


ANSWERED = Knowledge(
    "http-2xx",
    "The request was answered",
    "A 200-class answer: the endpoint is alive and took the request.",
    http_status(200, 201, 202, 204),
    (),
    "SEED3; [exchange 3.5]",
    _CHECK,
)

HEALTHY_ANONYMOUS = Knowledge(
    "anonymous-disallowed",
    "The healthy answer of a published Exchange to an anonymous request",
    "Exchange itself answered, WSSecurity is on and only the token was missing. For a browser or a probe "
    "this is what it should be; for a real lookup it would mean that the token did not come along or was "
    "refused.",
    ((HEALTHY_MARK,),),
    (
        Cause(
            "no-token",
            "The request carried no token, as every anonymous test does: nothing is wrong here.",
            "You, a browser or a probe made the request.",
            (),
            (Signal.WSSECURITY_ANSWERS,),
        ),
        causes.STALE_METADATA,
        causes.WSSECURITY,
    ),
    "[exchange 3.1.1]; [exchange 3.5]",
    (*_CHECK, "probe federation {domain}"),
)

UNAUTHORIZED = Knowledge(
    "http-401",
    "401: the request was not let in",
    "Something wanted a logon. A federated request brings its token inside the SOAP message and never "
    "answers an HTTP challenge, so a 401 means that it did not get to the WSSecurity endpoint, or that "
    "Exchange refused the token.",
    http_status(401),
    (
        causes.PRE_AUTHENTICATION,
        causes.WSSECURITY,
        Cause(
            "suffix-lost",
            "Exchange took the request for one without /WSSecurity at its end: a device in front takes it "
            "off, or the URL goes on after it.",
            "The phrase is Anonymous Request Disallowed, or the code UnauthenticatedRequest: a token makes "
            "no difference to either.",
            (directories.KEEP_PATH, relationship.CHECK_URL),
            scope=scopes.FEDERATED,
            named_by=("anonymous request disallowed", "unauthenticatedrequest"),
        ),
        Cause(
            "outdated-trust",
            "The trust of the side that answers is out of date or does not cover the caller's organization.",
            "X-WSSecurity-Enabled is True and a tokenless POST gets BadSamlToken or InvalidSecurity: the "
            "endpoint is healthy, so the token is the matter.",
            (federation_trust.REFRESH_METADATA,),
            scope=scopes.FEDERATED,
        ),
    ),
    "RFB; [exchange 3.5]",
    (*_CHECK, "probe federation {domain}"),
    ("Test-FederationTrust -Verbose",),
)

OAUTH_UNAUTHORIZED = Knowledge(
    "http-401-oauth",
    "401: the OAuth token was refused",
    "The request came with an OAuth token (an IntraOrganizationConnector covers the domain). "
    "Either the token "
    "is wrong, or the side that answered does not take OAuth. The federation trust is not concerned.",
    http_status(401),
    (causes.OAUTH_TOKEN, causes.OAUTH_OFF, causes.PRE_AUTHENTICATION_OAUTH, causes.CLOCK),
    "RFB; [exchange 1.1.1]",
    _CHECK,
    ("Test-OAuthConnectivity -Service EWS -TargetUri {url} -Mailbox MAILBOX -Verbose",),
    scope=scopes.OAUTH_CALLER,
)

SERVER_OAUTH_UNAUTHORIZED = Knowledge(
    "log-401-oauth",
    "401: this server did not accept the OAuth token",
    "The path has no /WSSecurity and the line no user name: another organization's server asked "
    "with an OAuth "
    "token (or has not answered the challenge of NTLM yet). The request reached IIS, so nothing in front of "
    "it asked for a logon.",
    http_status(401),
    (causes.OAUTH_OFF, causes.OAUTH_TOKEN),
    "RFB; [exchange 5.6] (User-Agent)",
    commands=(
        "Get-WebServicesVirtualDirectory | Select-Object Server,Name,OAuthAuthentication",
        "Get-PartnerApplication | Format-List Name,Enabled,LinkedAccount",
    ),
    scope=Scope((Authentication.OAUTH,), (), (View.ANSWERING_SERVER,)),
)

SERVER_UNAUTHORIZED = Knowledge(
    "log-401",
    "401: Exchange on this server refused the request",
    "The line is of the server that answered: the request got through whatever stands in front of it, and "
    "Exchange or IIS wanted a logon. For a WSSecurity path that means the token was missing or refused.",
    http_status(401),
    (
        Cause(
            "token-refused",
            "The delegation token is refused: the federation trust of this organization holds an outdated "
            "certificate of the token service, or does not cover the caller.",
            "Test-FederationTrust here; it began for all partners at once.",
            (federation_trust.REFRESH_METADATA,),
        ),
        causes.WSSECURITY,
        causes.CLOCK,
    ),
    "RFB; [exchange 3.1.4]",
    commands=("Test-FederationTrust -Verbose",),
    scope=scopes.FEDERATED_SERVER,
)

FORBIDDEN = Knowledge(
    "http-403",
    "403: the request was denied",
    "A rule denied it: at the reverse proxy, by address, by client certificate, or in Exchange.",
    http_status(403),
    (
        Cause(
            "publishing-rule",
            "The reverse proxy's rules do not include the path, or deny the address.",
            "The answer has no Exchange headers.",
            (directories.PASS_THROUGH, network.ALLOW_SOURCE),
            (Signal.FORBIDDEN, Signal.PRE_AUTHENTICATION),
            scope=scopes.ANONYMOUS_PARTNER,
        ),
        causes.EWS_LIMITED,
        Cause(
            "service-principal",
            "Hybrid: the shared service principal has been blocked since October 2025; a dedicated hybrid "
            "application is needed.",
            "The URL is in Exchange Online and the caller is on premises.",
            (oauth.DEDICATED_APPLICATION,),
            scope=scopes.OAUTH,
        ),
    ),
    "ODS 403-forbidden-view-free-busy-information (KB3082946); [exchange 8.3]",
    _CHECK,
)

SERVER_FORBIDDEN = Knowledge(
    "log-403",
    "403: Exchange on this server denied the request",
    "The line is of the server that answered: nothing in front of it is to blame. Exchange, or a restriction "
    "of IIS, denied the request.",
    http_status(403),
    (causes.EWS_LIMITED,),
    "ODS 403-forbidden-view-free-busy-information (KB3082946)",
    commands=("Get-OrganizationConfig | Format-List *Ews*",),
    scope=scopes.SERVER_LOG,
)

NOT_FOUND = Knowledge(
    "http-404",
    "404: nothing at this address",
    "The host answers and has no such path.",
    (*http_status(404), ("WS-Security endpoint is not supported",)),
    (
        causes.WRONG_ADDRESS,
        Cause(
            "wssecurity-off",
            "WSSecurity is off on the partner's Autodiscover virtual directory: Exchange then answers 404.",
            "The body says 'WS-Security endpoint is not supported'; X-WSSecurity-Enabled is False.",
            (directories.ENABLE_WSSECURITY,),
            (Signal.WSSECURITY_OFF,),
            excluded_by_absence=True,
            scope=scopes.FEDERATED_PARTNER,
        ),
        replace(causes.HANDLER, excluded_by_absence=False, scope=EVERYWHERE),
    ),
    "RFB; [exchange 3.1.3]",
    (*_CHECK, "probe check {domain}"),
)

METHOD_NOT_ALLOWED = Knowledge(
    "http-405",
    "405: POST is not allowed",
    "IIS served the path as a file or by another handler: the mapping for *.svc is missing. A GET of other "
    "endpoints stays healthy.",
    (*http_status(405), ("405: method not allowed",)),
    (causes.HANDLER,),
    "KB2773628; KB2626696; [exchange 2.9]",
    (*_CHECK, "probe federation {domain}"),
)

SERVER_ERROR = Knowledge(
    "http-500",
    "500: the application that was asked failed",
    "An error without a SOAP fault: the request reached IIS and broke there. In IIS logs a 500 for ASProxy "
    "or ASAutoDiscover on a WSSecurity path is the trace of WSSecurity or handler trouble; with a SOAP "
    "fault inside it may be the ordinary answer to a request without a token.",
    http_status(500),
    (causes.WSSECURITY, causes.HANDLER, causes.TARGET_FAULT),
    "SEED3; [exchange 3.2.5]; [exchange 3.5]",
    _CHECK,
)

BAD_GATEWAY = Knowledge(
    "http-502",
    "502: a proxy got no proper answer",
    "The answer comes from a proxy, the caller's own or the partner's reverse proxy.",
    http_status(502),
    (causes.OUTBOUND_PROXY, causes.SERVICES_STOPPED),
    "[exchange 2.9] (Get-FederationInformation fails with bad gateway)",
    _CHECK,
)

UNAVAILABLE = Knowledge(
    "http-503",
    "503: the service is not available",
    "Stopped service, inactive component, stopped application pool, or a publishing proxy without a living "
    "server behind it.",
    http_status(503),
    (causes.SERVICES_STOPPED,),
    "RFB; [exchange 3.5]",
    _CHECK,
)

GATEWAY_TIMEOUT = Knowledge(
    "http-504",
    "504: a gateway waited in vain",
    "The hybrid agent, a front end or a proxy got no answer from behind it.",
    http_status(504),
    (
        Cause(
            "gateway-waits",
            "A gateway at the partner (hybrid agent, reverse proxy, Exchange's front end) waits in vain for "
            "what is behind it.",
            "A URL in msappproxy.net is the hybrid agent; X-FEServer on the answer is Exchange's front end.",
            (directories.START_SERVICES, directories.READ_TARGET_LOG),
            (Signal.GATEWAY_TIMEOUT,),
        ),
    ),
    "RFB (LID 43532); [exchange 3.5]",
    _CHECK,
)

BAD_REQUEST = Knowledge(
    "http-400",
    "400: the request was not understood",
    "The host name is not one that the server serves, or a device in between damaged the request.",
    http_status(400),
    (causes.WRONG_ADDRESS, causes.OUTBOUND_PROXY),
    "[exchange 3.1.6]",
    _CHECK,
)

PROXY_LOGON = Knowledge(
    "http-407",
    "407: the caller's own web proxy wants a logon",
    "Exchange sends no credentials to its web proxy, so the proxy must let the servers through without.",
    http_status(407),
    (
        Cause(
            "proxy-logon",
            "Your outgoing web proxy asks for authentication, which Exchange does not give.",
            "The answer names Proxy-Authenticate.",
            (network.PROXY_WITHOUT_LOGON,),
        ),
    ),
    "[failures 5.5.1]",
    (),
    ("Get-ExchangeServer | Format-List Name,InternetWebProxy",),
)

ROWS = (
    ANSWERED,
    HEALTHY_ANONYMOUS,
    UNAUTHORIZED,
    OAUTH_UNAUTHORIZED,
    SERVER_OAUTH_UNAUTHORIZED,
    SERVER_UNAUTHORIZED,
    FORBIDDEN,
    SERVER_FORBIDDEN,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    SERVER_ERROR,
    BAD_GATEWAY,
    UNAVAILABLE,
    GATEWAY_TIMEOUT,
    BAD_REQUEST,
    PROXY_LOGON,
)
