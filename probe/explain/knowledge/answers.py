"""HTTP and SOAP answers as the .NET client renders them. Sources: exchange.md sections 3.4, 3.5 and 4."""

from __future__ import annotations

from probe.explain.knowledge import causes
from probe.explain.knowledge import remedies as fix
from probe.explain.model import Cause, Knowledge, Signal

_CHECK = ("probe check {url}",)

HEALTHY_MARK = "mark: anonymous request refused by Exchange with WSSecurity on"
"""What `matching` adds to an answer that shows this by its headers, since no message says it."""


def _status(*codes: int) -> tuple[tuple[str, ...], ...]:
    """The renderings of an HTTP status: SOAP client, HttpWebRequest, and the mark that `matching` sets."""
    renderings = ("HTTP status {}", "HTTP status code {}", "The remote server returned an error: ({})")
    return tuple((form.format(code),) for code in codes for form in renderings)


ANSWERED = Knowledge(
    "http-2xx",
    "The request was answered",
    "A 200-class answer: the endpoint is alive and took the request.",
    _status(200, 201, 202, 204),
    (),
    "SEED3; exchange.md 3.5",
    _CHECK,
)

HEALTHY_ANONYMOUS = Knowledge(
    "anonymous-disallowed",
    "The healthy answer of a published Exchange to an anonymous request",
    "Exchange itself answered, WSSecurity is on and only the token was missing. For a browser or a probe this is what it "
    "should be; for a real lookup it would mean that the token did not come along or was refused.",
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
    "exchange.md 3.1 and 3.5",
    (*_CHECK, "probe federation {domain}"),
)

UNAUTHORIZED = Knowledge(
    "http-401",
    "401: the request was not let in",
    "Something wanted a logon. A federated request brings its token inside the SOAP message and never answers an HTTP "
    "challenge, so a 401 means that it did not get to the WSSecurity endpoint, or that Exchange refused the token.",
    _status(401),
    (
        causes.PRE_AUTHENTICATION,
        causes.WSSECURITY,
        Cause(
            "outdated-trust",
            "The partner's trust is out of date or does not cover your organization.",
            "X-WSSecurity-Enabled is True and a tokenless POST gets BadSamlToken or InvalidSecurity: the endpoint is healthy, "
            "so the token is the matter.",
            (fix.REFRESH_METADATA,),
            (Signal.WSSECURITY_ANSWERS,),
        ),
    ),
    "RFB; exchange.md 3.5",
    (*_CHECK, "probe federation {domain}"),
)

OAUTH = Knowledge(
    "oauth-refused",
    "401: the OAuth token was refused",
    "The request came with an OAuth token; the words after it say what is wrong with the token: certificate, key, user or audience.",
    (
        ("missing signing certificate",),
        ("has an invalid signature",),
        ("key was not found",),
        ("The user specified by the user context in the token is ambiguous",),
        ("user specified by the user context in the token", "does not exist"),
        ("user-context", "does not exist"),
        ("hostname component of the audience claim value", "is invalid"),
    ),
    (
        Cause(
            "auth-certificate",
            "The caller's auth certificate is not published or has changed (signature, key not found).",
            "The message names signature, key or certificate.",
            (fix.REPAIR_OAUTH,),
        ),
        Cause(
            "audience",
            "SSL offloading or a missing host name: the audience does not match the partner's URLs.",
            "The message names the audience claim.",
            (fix.SET_EXTERNAL_URL, fix.REPAIR_OAUTH),
        ),
        Cause(
            "user",
            "The user in the token is unknown or ambiguous at the partner.",
            "The message names the user context.",
            (fix.REPAIR_OAUTH,),
        ),
    ),
    "RFB (LID 43532)",
    _CHECK,
    ("Test-OAuthConnectivity -Service EWS -TargetUri {url} -Mailbox MAILBOX -Verbose",),
)

FORBIDDEN = Knowledge(
    "http-403",
    "403: the request was denied",
    "A rule denied it: at the reverse proxy, by address, by client certificate, or in Exchange.",
    _status(403),
    (
        Cause(
            "publishing-rule",
            "The reverse proxy's rules do not include the path, or deny the address.",
            "The answer has no Exchange headers.",
            (fix.PASS_THROUGH, fix.ALLOW_SOURCE),
            (Signal.FORBIDDEN, Signal.PRE_AUTHENTICATION),
        ),
        Cause(
            "service-principal",
            "Hybrid: the shared service principal has been blocked since October 2025; a dedicated "
            "hybrid application is needed.",
            "The URL is in Exchange Online and the caller is on premises.",
            (fix.REPAIR_OAUTH,),
        ),
        Cause(
            "exchange-2007",
            "The caller is Exchange 2007 and the partner 2010 or 2013 (KB3082946).",
            "`Proxy request CrossForest` in the event.",
            (fix.READ_TARGET_LOG,),
        ),
    ),
    "ODS 403-forbidden-view-free-busy-information (KB3082946); exchange.md 8",
    _CHECK,
)

NOT_FOUND = Knowledge(
    "http-404",
    "404: nothing at this address",
    "The host answers and has no such path.",
    (*_status(404), ("WS-Security endpoint is not supported",)),
    (
        causes.WRONG_ADDRESS,
        Cause(
            "wssecurity-off",
            "WSSecurity is off on the partner's Autodiscover virtual directory: Exchange then answers 404.",
            "The body says 'WS-Security endpoint is not supported'; X-WSSecurity-Enabled is False.",
            (fix.ENABLE_WSSECURITY,),
            (Signal.WSSECURITY_OFF,),
            excluded_by_absence=True,
        ),
        Cause(
            "handler-missing",
            causes.HANDLER.text,
            causes.HANDLER.told_by,
            causes.HANDLER.remedies,
            causes.HANDLER.signals,
        ),
    ),
    "RFB; exchange.md 3.1 rule 3",
    (*_CHECK, "probe check {domain}"),
)

METHOD_NOT_ALLOWED = Knowledge(
    "http-405",
    "405: POST is not allowed",
    "IIS served the path as a file or by another handler: the mapping for *.svc is missing. A GET of other endpoints stays healthy.",
    (*_status(405), ("405: method not allowed",)),
    (causes.HANDLER,),
    "KB2773628; KB2626696; exchange.md 2",
    (*_CHECK, "probe federation {domain}"),
)

SERVER_ERROR = Knowledge(
    "http-500",
    "500: the partner's application failed",
    "An error without a SOAP fault: the request reached IIS and broke there. In IIS logs a 500 for ASProxy or ASAutoDiscover on "
    "a WSSecurity path is the trace of WSSecurity or handler trouble; with a SOAP fault inside it may be the ordinary answer "
    "to a request without a token.",
    _status(500),
    (causes.WSSECURITY, causes.HANDLER, causes.TARGET_FAULT),
    "SEED3; exchange.md 3.2 and 3.5",
    _CHECK,
)

BAD_GATEWAY = Knowledge(
    "http-502",
    "502: a proxy got no proper answer",
    "The answer comes from a proxy, the caller's own or the partner's reverse proxy.",
    _status(502),
    (causes.OUTBOUND_PROXY, causes.SERVICES_STOPPED),
    "exchange.md 2 (Get-FederationInformation fails with bad gateway)",
    _CHECK,
)

UNAVAILABLE = Knowledge(
    "http-503",
    "503: the service is not available",
    "Stopped service, inactive component, stopped application pool, or a publishing proxy without a living server behind it.",
    _status(503),
    (causes.SERVICES_STOPPED,),
    "RFB; exchange.md 3.5",
    _CHECK,
)

GATEWAY_TIMEOUT = Knowledge(
    "http-504",
    "504: a gateway waited in vain",
    "The hybrid agent, a front end or a proxy got no answer from behind it.",
    _status(504),
    (
        Cause(
            "hybrid-agent",
            "The hybrid agent is down or cannot reach Exchange.",
            "The URL ends in msappproxy.net.",
            (fix.START_SERVICES,),
            (Signal.GATEWAY_TIMEOUT,),
        ),
        Cause(
            "back-end-timeout",
            "The partner's front end waits for its back end.",
            "X-FEServer is on the answer.",
            (fix.START_SERVICES, fix.READ_TARGET_LOG),
        ),
    ),
    "RFB (LID 43532); exchange.md 3.5",
    _CHECK,
)

BAD_REQUEST = Knowledge(
    "http-400",
    "400: the request was not understood",
    "The host name is not one that the server serves, or a device in between damaged the request.",
    _status(400),
    (causes.WRONG_ADDRESS, causes.OUTBOUND_PROXY),
    "exchange.md 3.1 rule 6",
    _CHECK,
)

PROXY_LOGON = Knowledge(
    "http-407",
    "407: the caller's own web proxy wants a logon",
    "Exchange sends no credentials to its web proxy, so the proxy must let the servers through without.",
    _status(407),
    (
        Cause(
            "proxy-logon",
            "The outgoing proxy asks for authentication.",
            "The answer names Proxy-Authenticate.",
            (fix.SET_WEB_PROXY,),
        ),
    ),
    "failures.md 5.5",
    (),
    ("Get-ExchangeServer | Format-List Name,InternetWebProxy",),
)

REDIRECTED = Knowledge(
    "object-moved",
    "The answer was a redirect",
    "EWS requests never follow redirects; the body of the redirect ('Object moved') becomes the error.",
    (("Object moved",), *_status(301, 302, 303, 307, 308), ("login timeout",), *_status(440)),
    (
        causes.PRE_AUTHENTICATION,
        Cause(
            "wrong-epr",
            "TargetSharingEpr is not the partner's external EWS URL.",
            "Discovery leads to another URL.",
            (fix.SET_SHARING_EPR, fix.REFRESH_RELATIONSHIP),
            (Signal.REDIRECT,),
            excluded_by_absence=True,
        ),
    ),
    "RFB; exchange.md 3.4",
    (*_CHECK, "probe check {domain}"),
)

NOT_SOAP = Knowledge(
    "not-soap",
    "The answer is no SOAP",
    "A web page came back: a logon form, an error page, a portal. The named content type is what was sent.",
    (
        ("Client found response content type of", "but expected"),
        ("The request failed with an empty response",),
        ("Response is not well-formed XML",),
    ),
    (
        causes.PRE_AUTHENTICATION,
        causes.OUTBOUND_PROXY,
        Cause(
            "server-error",
            "The partner's application failed with an error page or an empty 500.",
            "A check shows status 500 without a fault.",
            (fix.ENABLE_WSSECURITY, fix.REGISTER_HANDLER, fix.RESTART_IIS),
            (Signal.SERVER_ERROR,),
            excluded_by_absence=True,
        ),
    ),
    "RFB; exchange.md 3.4",
    _CHECK,
)

VERIFYING_SECURITY = Knowledge(
    "verifying-security",
    "The partner refused the message's security (InvalidSecurity)",
    "The WSSecurity endpoint of the partner answered and did not accept what it got. To a request without a token, such as "
    "probe's, this is the healthy answer; to a real lookup it means that the token does not pass.",
    (("An error occurred when verifying security for the message",), ("InvalidSecurity:",)),
    (
        Cause(
            "wssecurity-stale",
            "WSSecurity at the partner needs to be switched off and on, or is not enabled in depth.",
            "It began after an update, a new server or a changed setting; the endpoint answers a check.",
            (fix.TOGGLE_WSSECURITY, fix.RESTART_IIS),
            (Signal.WSSECURITY_OFF,),
        ),
        causes.STALE_METADATA,
        causes.CLOCK,
        Cause(
            "application-uri",
            "TargetApplicationUri is not the partner's AccountNamespace, so the token is for somebody else.",
            "Get-FederationInformation at your side against Get-FederatedOrganizationIdentifier at the partner.",
            (fix.REFRESH_RELATIONSHIP, fix.SET_SHARING_EPR),
        ),
    ),
    "RFB; exchange.md 3.2 and 4",
    (*_CHECK, "probe federation {domain}"),
    ("Test-OrganizationRelationship -Identity RELATIONSHIP -UserIdentity MAILBOX -Verbose",),
)

SECURITY_TOKENS = Knowledge(
    "security-tokens",
    "The partner could not process the token (InvalidSecurityToken)",
    "The request reached the partner with a token that the partner cannot verify: its copy of the token service's certificate is stale.",
    (
        ("An error occurred when processing the security tokens in the message",),
        ("InvalidSecurityToken:",),
        ("At least one security token in the message could not be validated",),
    ),
    (
        causes.STALE_METADATA,
        causes.CLOCK,
        Cause(
            "wssecurity-stale",
            "WSSecurity at the partner needs switching off and on.",
            "A refresh of the metadata did not help.",
            (fix.TOGGLE_WSSECURITY,),
        ),
    ),
    "RFB (LID 59916); ODS freebusy-lookups-stop-working.md",
    ("probe check {url}", "probe federation {domain}"),
    ("Test-FederationTrust -Verbose",),
)

INTERNAL_ERROR = Knowledge(
    "internal-error",
    "The partner's Exchange reports an internal error",
    "The request was let in and failed inside the partner's Exchange.",
    (("An internal server error occurred. The operation failed",),),
    (causes.TARGET_FAULT,),
    "exchange.md 4",
    _CHECK,
)

ROWS = (
    ANSWERED,
    HEALTHY_ANONYMOUS,
    UNAUTHORIZED,
    OAUTH,
    FORBIDDEN,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    SERVER_ERROR,
    BAD_GATEWAY,
    UNAVAILABLE,
    GATEWAY_TIMEOUT,
    BAD_REQUEST,
    PROXY_LOGON,
    REDIRECTED,
    NOT_SOAP,
    VERIFYING_SECURITY,
    SECURITY_TOKENS,
    INTERNAL_ERROR,
)
