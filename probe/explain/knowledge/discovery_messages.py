"""Messages of Autodiscover, Get-FederationInformation and the organization relationship [exchange 1.1.2],
[exchange 1.2.7], [exchange 4.4], [exchange 5.4]."""

from __future__ import annotations

from dataclasses import replace

from probe.explain.explanation_model import Cause, Knowledge, Signal
from probe.explain.knowledge import causes
from probe.remedies import directories, relationship

_DISCOVER = ("probe check {domain}", "probe check {url}")

AUTODISCOVER_FAILED = Knowledge(
    "autodiscover-failed",
    "Autodiscover failed on the way to the partner",
    "The lookup broke before EWS: the caller asked the partner's Autodiscover service "
    "(TargetAutodiscoverEpr) for the EWS URL and got no usable answer. The inner error decides.",
    (
        ("Autodiscover failed for e-mail address",),
        ("Autodiscover failed for email address",),
        ("AutoDiscoverFailedException",),
    ),
    (causes.WSSECURITY, causes.PRE_AUTHENTICATION, causes.WRONG_ADDRESS),
    "RFB; [exchange 5.4] (event 4001)",
    _DISCOVER,
    wrapper=True,
)

INVALID_USER = Knowledge(
    "autodiscover-invalid-user",
    "The partner's Autodiscover does not know the mailbox (InvalidUser)",
    "The partner answered, and the address asked for is not one of its users, or the wrong organization was "
    "asked.",
    (("failed due to an error in user setting", "InvalidUser"), ("Error message: InvalidUser",)),
    (
        Cause(
            "no-proxy-address",
            "The mailbox has no address in the domain that was asked (hybrid: onmicrosoft.com).",
            "Get-Recipient at the partner for the address.",
            (relationship.SET_SHARING_EPR,),
        ),
        causes.WRONG_ADDRESS,
    ),
    "RFB (LID 33676)",
    _DISCOVER,
)

NO_EXTERNAL_URL = Knowledge(
    "no-external-ews-url",
    "The partner's Autodiscover gives no EWS URL",
    "Autodiscover answered and the setting ExternalEwsUrl is empty or unusable.",
    (("return a valid value for user setting",), ("error in user setting", "ExternalEwsUrl")),
    (
        Cause(
            "external-url-unset",
            "ExternalUrl is not set on the partner's EWS virtual directory.",
            "Get-WebServicesVirtualDirectory at the partner.",
            (directories.SET_EXTERNAL_URL, relationship.SET_SHARING_EPR),
        ),
    ),
    "[exchange 4.4]; [exchange 5.7] (LID 43836, 55612); SEED1",
    _DISCOVER,
)

INVALID_RESPONSE = Knowledge(
    "autodiscover-invalid-response",
    "What answered the Autodiscover request is not Exchange",
    "The answer could not be read as an Autodiscover answer: a web page, another product, or a device in "
    "between.",
    (
        ("request to the Autodiscover service at", "failed due to an invalid response"),
        ("request to the Autodiscover service at", "failed. Error message"),
        ("response from the Autodiscover service at", "failed because an error occurred"),
        ("The Autodiscover service couldn't be located",),
    ),
    (causes.WRONG_ADDRESS, causes.PRE_AUTHENTICATION, causes.WSSECURITY),
    "[exchange 4.4]; [exchange 5.7] (LID 39740, 56124, 59196, 63804)",
    _DISCOVER,
)

TOO_MANY_REDIRECTIONS = Knowledge(
    "too-many-redirections",
    "Autodiscover was redirected too often",
    "At most three redirections are followed: HTTP 302 and Autodiscover's own RedirectUrl and "
    "RedirectAddress together.",
    (
        ("Exceeded the number of Autodiscover redirections",),
        ("Too many automatic redirections were attempted",),
    ),
    (
        Cause(
            "redirect-loop",
            "The partner's endpoints send the request in a circle, or TargetAutodiscoverEpr points to a "
            "redirector.",
            "A check lists each step.",
            (relationship.REFRESH_RELATIONSHIP, relationship.SET_SHARING_EPR),
            (Signal.REDIRECT,),
            excluded_by_absence=True,
        ),
    ),
    "[exchange 1.1.5]; [exchange 4.4]",
    _DISCOVER,
)

CLIENT_AUTODISCOVER = Knowledge(
    "client-autodiscover",
    "The mail client found no availability URL",
    "This comes from the client, before any server asked the partner: its own Autodiscover gave no "
    "availability service URL.",
    (("Failed to get ASURL",), ("Your server location could not be determined",)),
    (
        Cause(
            "client-autodiscover",
            "Autodiscover of the user's own organization fails for the client.",
            "Test E-mail AutoConfiguration in Outlook.",
            (directories.SET_OWN_URLS,),
        ),
    ),
    "RFB (Error 8004010F)",
    ("probe check {domain}",),
)

NO_CONFIGURATION = Knowledge(
    "no-configuration",
    "The caller has no relationship for the domain",
    "The address belongs to a domain for which the caller knows no connector, organization relationship or "
    "availability address space. Nothing was sent to the partner.",
    (("Configuration information for forest/domain", "could not be found in Active Directory"),),
    (causes.NO_RELATIONSHIP,),
    "RFB (LID 47932, 51004, 64316, 54588, 58684)",
    ("probe federation {domain}", "probe pair {ours} {domain}"),
    ("Get-OrganizationRelationship | Format-List Name,DomainNames,Enabled,FreeBusyAccess*,Target*",),
)

_AUTODISCOVER_CODE = ("code 5039", "AutoDiscoverFailed")
RECIPIENT_SERVER = Knowledge(
    "recipient-server-not-determined",
    "Your Exchange found no server to ask for the recipient",
    "Outlook's words for two failures of your own server: it knows no way for the domain, or Autodiscover "
    "of the partner gave it no address. The error code or event 4002 and 4001 on your server tells which.",
    (
        ("recipient's server could not be determined",),
        ("recipient’s server could not be determined",),
    ),
    (
        replace(causes.NO_RELATIONSHIP, excluded_by=_AUTODISCOVER_CODE),
        Cause(
            "partner-autodiscover",
            "The relationship is there, and the partner's Autodiscover gave no EWS URL (error 5039).",
            "Event 4001 on your server has the answer; with TargetSharingEpr Autodiscover is not asked.",
            (relationship.CHECK_URL, relationship.SET_SHARING_EPR),
            named_by=_AUTODISCOVER_CODE,
        ),
    ),
    "[exchange 1.1.2]; [exchange 4.7]",
    ("probe federation {domain}", "probe check {domain}"),
    ("Get-OrganizationRelationship | Format-List Name,DomainNames,Enabled,FreeBusyAccess*,Target*",),
)

RELATIONSHIP_UNUSABLE = Knowledge(
    "relationship-unusable",
    "The organization relationship cannot be used",
    "It must be enabled, allow free/busy and have TargetApplicationUri and at least one of TargetSharingEpr "
    "and TargetAutodiscoverEpr.",
    (("The organization relationship", "can't be used"), ("InvalidOrganizationRelationshipForFreeBusy",)),
    (
        Cause(
            "incomplete-relationship",
            "TargetApplicationUri or both addresses are empty.",
            "Get-OrganizationRelationship shows them.",
            (relationship.REFRESH_RELATIONSHIP, relationship.CREATE_RELATIONSHIP),
        ),
    ),
    "ODS no-free-busy-information-retrieved.md (5047, LID 42300)",
    ("probe federation {domain}",),
    ("Get-OrganizationRelationship | Format-List Name,DomainNames,Enabled,FreeBusyAccess*,Target*",),
)

ROWS = (
    AUTODISCOVER_FAILED,
    INVALID_USER,
    NO_EXTERNAL_URL,
    INVALID_RESPONSE,
    TOO_MANY_REDIRECTIONS,
    CLIENT_AUTODISCOVER,
    NO_CONFIGURATION,
    RECIPIENT_SERVER,
    RELATIONSHIP_UNUSABLE,
)
