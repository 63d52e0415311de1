"""Answers that are no plain status: redirects, pages, SOAP faults [exchange 3.2.2], [exchange 3.4],
[exchange 4.2], [exchange 4.3]."""

from __future__ import annotations

from dataclasses import replace

from probe.explain.explanation_model import Cause, Knowledge, Signal
from probe.explain.knowledge import causes, scopes
from probe.explain.knowledge.http_statuses import http_status
from probe.remedies import directories, network, relationship

_CHECK = ("probe check {url}",)


REDIRECTED = Knowledge(
    "object-moved",
    "The answer was a redirect",
    "EWS requests never follow redirects; the body of the redirect ('Object moved') becomes the error.",
    (("Object moved",), *http_status(301, 302, 303, 307, 308), ("login timeout",), *http_status(440)),
    (
        causes.PRE_AUTHENTICATION,
        Cause(
            "wrong-epr",
            "TargetSharingEpr is not the partner's external EWS URL.",
            "Discovery leads to another URL.",
            (relationship.SET_SHARING_EPR, relationship.REFRESH_RELATIONSHIP),
            (Signal.REDIRECT,),
            excluded_by_absence=True,
        ),
    ),
    "RFB; [exchange 3.4]",
    (*_CHECK, "probe check {domain}"),
)

_FIREWALL_PAGES = (
    "support ID is",
    "Request Rejected",
    "requested URL was rejected",
    "Incapsula",
    "cf-error",
    "Attention Required! | Cloudflare",
    "Web Application Firewall",
    "Access Denied</",
    "Reference #",
)
WEB_APPLICATION_FIREWALL = Cause(
    "web-application-firewall",
    "A web application firewall in front of the other side's Exchange refuses the request with a page of its "
    "own.",
    "The page has a support or incident number that its administrator can look up; Exchange's IIS log has no "
    "line.",
    (network.EXEMPT_FROM_FIREWALL,),
    scope=scopes.OUTSIDE,
    named_by=_FIREWALL_PAGES,
)
OTHER_STATUS = Knowledge(
    "http-refused-in-front",
    "A status that Exchange does not give to a lookup",
    "Exchange answers lookups with 200, 401, 403, 404, 405, 500 or 503. Another status comes from something "
    "in front of it: a load balancer, a web application firewall, a content network, or the caller's proxy.",
    http_status(402, 406, *range(408, 440), *range(441, 500), 501, *range(505, 600)),
    (
        Cause(
            "device-in-front",
            "A device or service in front of the other side's Exchange refuses the request.",
            "The Server header of the answer; Exchange's IIS log has no line for it.",
            (network.EXEMPT_FROM_FIREWALL,),
        ),
        causes.WRONG_ADDRESS,
        causes.OUTBOUND_PROXY,
    ),
    "[exchange 3.5]; RFC 9110 section 15",
    _CHECK,
    scope=scopes.OUTSIDE,
)
SERVER_BUSY = Knowledge(
    "server-busy",
    "The other side's Exchange is throttling",
    "Exchange answered that it takes no more requests of this caller for the moment.",
    (
        ("The server cannot service this request right now",),
        ("ErrorServerBusy",),
        ("mark: response code ErrorServerBusy end",),
    ),
    (
        Cause(
            "throttled",
            "A throttling policy, or too many requests at once, makes the other side refuse for a while.",
            "It passes by itself; other lookups at the same time succeed.",
            (network.WAIT_AND_RETRY,),
        ),
    ),
    "Microsoft Learn, EWS throttling in Exchange",
    _CHECK,
)
APPLICATION_BROKEN = Knowledge(
    "application-broken",
    "The web application of Exchange does not start: a file of Exchange is not found",
    "ASP.NET of the server that answered could not load an assembly of Exchange, so every request to that "
    "path fails.",
    (("Could not load file or assembly 'Microsoft.Exchange",),),
    (
        Cause(
            "assembly-not-found",
            "web.config of the virtual directory names a wrong path (with %ExchangeInstallDir% in it), or an "
            "update of Exchange ended half way.",
            "Open the URL on the server itself; codeBase entries of its web.config.",
            (directories.REPAIR_ASSEMBLY_PATHS,),
        ),
    ),
    "Microsoft Learn, Could not load file or assembly when browsing EWS or Autodiscover",
    _CHECK,
    decisive=True,
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
        WEB_APPLICATION_FIREWALL,
        causes.OUTBOUND_PROXY,
        Cause(
            "server-error",
            "The partner's application failed with an error page or an empty 500.",
            "A check shows status 500 without a fault.",
            (directories.ENABLE_WSSECURITY, directories.REGISTER_HANDLER, directories.RESTART_IIS),
            (Signal.SERVER_ERROR,),
            excluded_by_absence=True,
        ),
    ),
    "RFB; [exchange 3.4]",
    _CHECK,
)

_CLOCK = replace(
    causes.CLOCK,
    named_by=("Message security timestamp", "security timestamp is stale", "security timestamp is invalid"),
)
VERIFYING_SECURITY = Knowledge(
    "verifying-security",
    "The partner refused the message's security (InvalidSecurity)",
    "The WSSecurity endpoint of the partner answered and did not accept what it got. To a request without a "
    "token, such as probe's, this is the healthy answer; to a real lookup it means that the token does not "
    "pass.",
    (("An error occurred when verifying security for the message",), ("InvalidSecurity:",)),
    (
        Cause(
            "wssecurity-stale",
            "WSSecurity at the partner needs to be switched off and on, or is not enabled in depth.",
            "It began after an update, a new server or a changed setting; the endpoint answers a check.",
            (directories.TOGGLE_WSSECURITY, directories.RESTART_IIS),
            (Signal.WSSECURITY_OFF,),
        ),
        causes.STALE_METADATA,
        _CLOCK,
        Cause(
            "application-uri",
            "TargetApplicationUri is not the partner's AccountNamespace, so the token is for somebody else.",
            "Get-FederationInformation at your side against Get-FederatedOrganizationIdentifier at the "
            "partner.",
            (relationship.REFRESH_RELATIONSHIP, relationship.SET_SHARING_EPR),
        ),
    ),
    "RFB; [exchange 3.2.2]; [exchange 4.3]",
    (*_CHECK, "probe federation {domain}"),
    ("Test-OrganizationRelationship -Identity RELATIONSHIP -UserIdentity MAILBOX -Verbose",),
)

SECURITY_TOKENS = Knowledge(
    "security-tokens",
    "The partner could not process the token (InvalidSecurityToken)",
    "The request reached the partner with a token that the partner cannot verify: its copy of the token "
    "service's certificate is stale.",
    (
        ("An error occurred when processing the security tokens in the message",),
        ("InvalidSecurityToken:",),
        ("At least one security token in the message could not be validated",),
    ),
    (
        causes.STALE_METADATA,
        _CLOCK,
        Cause(
            "wssecurity-stale",
            "WSSecurity at the partner needs switching off and on.",
            "A refresh of the metadata did not help.",
            (directories.TOGGLE_WSSECURITY,),
        ),
    ),
    "RFB (LID 59916); ODS freebusy-lookups-stop-working.md",
    ("probe check {url}", "probe federation {domain}"),
    ("Test-FederationTrust -Verbose",),
)

HEADER_NOT_UNDERSTOOD = Knowledge(
    "security-header-not-understood",
    "What answered does not know WS-Security",
    "The request with its token reached a web service, and that service takes no Security header: it is not "
    "the WSSecurity endpoint of Exchange 2010 or later.",
    (
        ("SOAP header Security was not understood",),
        ("The header 'Security' from the namespace", "was not understood by the recipient"),
    ),
    (
        Cause(
            "path-not-kept",
            "What stands in front of Exchange takes /WSSecurity off the path, so that the plain endpoint "
            "gets the request.",
            "The IIS log of the server that answers: the path without /WSSecurity.",
            (directories.KEEP_PATH,),
            scope=scopes.FEDERATED_PARTNER,
        ),
        Cause(
            "wrong-server",
            "The URL leads to an older Exchange (2007 takes no federated request) or to another web service.",
            "A check of the URL: X-OWA-Version, Server, the headers of Exchange.",
            (relationship.SET_SHARING_EPR, relationship.REFRESH_RELATIONSHIP),
        ),
        causes.WSSECURITY,
    ),
    "REF System.Web.Services and System.ServiceModel (texts of mustUnderstand); [exchange 1.1.4]",
    _CHECK,
)
OTHER_SERVICE = Knowledge(
    "other-service-answered",
    "A web service answered that does not know this request",
    "The action of the request is none of the endpoint that got it: an Autodiscover request at EWS, an EWS "
    "request at Autodiscover, or another service behind the address.",
    (
        ("ContractFilter mismatch at the EndpointDispatcher",),
        ("AddressFilter mismatch at the EndpointDispatcher",),
        ("Server did not recognize the value of HTTP Header SOAPAction",),
        ("does not match the HTTP SOAP Action",),
    ),
    (
        causes.WRONG_ADDRESS,
        Cause(
            "path-not-kept",
            "What stands in front of Exchange leads the path or the host name to another one.",
            "The path in the IIS log of the server that answers.",
            (directories.KEEP_PATH,),
            scope=scopes.OUTSIDE,
        ),
    ),
    "REF System.ServiceModel (DispatchException texts); [exchange 1.4]",
    _CHECK,
)
INTERNAL_ERROR = Knowledge(
    "internal-error",
    "The partner's Exchange reports an internal error",
    "The request was let in and failed inside the partner's Exchange.",
    (("An internal server error occurred. The operation failed",),),
    (causes.TARGET_FAULT,),
    "[exchange 4.6]",
    _CHECK,
)

ROWS = (
    HEADER_NOT_UNDERSTOOD,
    OTHER_SERVICE,
    OTHER_STATUS,
    SERVER_BUSY,
    APPLICATION_BROKEN,
    REDIRECTED,
    NOT_SOAP,
    VERIFYING_SECURITY,
    SECURITY_TOKENS,
    INTERNAL_ERROR,
)
