"""Answers that are no plain status: redirects, pages, SOAP faults [exchange 3.2], [exchange 3.4],
[exchange 4]."""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge, Signal
from probe.explain.knowledge import causes
from probe.explain.knowledge.http_statuses import http_status
from probe.remedies import directories, relationship

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
            (directories.ENABLE_WSSECURITY, directories.REGISTER_HANDLER, directories.RESTART_IIS),
            (Signal.SERVER_ERROR,),
            excluded_by_absence=True,
        ),
    ),
    "RFB; [exchange 3.4]",
    _CHECK,
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
        causes.CLOCK,
        Cause(
            "application-uri",
            "TargetApplicationUri is not the partner's AccountNamespace, so the token is for somebody else.",
            "Get-FederationInformation at your side against Get-FederatedOrganizationIdentifier at the "
            "partner.",
            (relationship.REFRESH_RELATIONSHIP, relationship.SET_SHARING_EPR),
        ),
    ),
    "RFB; [exchange 3.2] and 4",
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
        causes.CLOCK,
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

INTERNAL_ERROR = Knowledge(
    "internal-error",
    "The partner's Exchange reports an internal error",
    "The request was let in and failed inside the partner's Exchange.",
    (("An internal server error occurred. The operation failed",),),
    (causes.TARGET_FAULT,),
    "[exchange 4]",
    _CHECK,
)

ROWS = (REDIRECTED, NOT_SOAP, VERIFYING_SECURITY, SECURITY_TOKENS, INTERNAL_ERROR)
