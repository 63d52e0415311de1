"""Messages of Autodiscover, Get-FederationInformation and the organization relationship. Source: exchange.md
sections 1, 2 and 4."""

from __future__ import annotations

from probe.explain.knowledge import causes
from probe.explain.knowledge import remedies as fix
from probe.explain.model import Cause, Knowledge, Signal

_DISCOVER = ("probe check {domain}", "probe check {url}")

AUTODISCOVER_FAILED = Knowledge(
    "autodiscover-failed",
    "Autodiscover failed on the way to the partner",
    "The lookup broke before EWS: the caller asked the partner's Autodiscover service (TargetAutodiscoverEpr) for the EWS URL and "
    "got no usable answer. The inner error decides.",
    (
        ("Autodiscover failed for e-mail address",),
        ("Autodiscover failed for email address",),
        ("AutoDiscoverFailedException",),
    ),
    (causes.WSSECURITY, causes.PRE_AUTHENTICATION, causes.WRONG_ADDRESS),
    "RFB; exchange.md 5 (event 4001)",
    _DISCOVER,
    wrapper=True,
)

INVALID_USER = Knowledge(
    "autodiscover-invalid-user",
    "The partner's Autodiscover does not know the mailbox (InvalidUser)",
    "The partner answered, and the address asked for is not one of its users, or the wrong organization was asked.",
    (("failed due to an error in user setting", "InvalidUser"), ("Error message: InvalidUser",)),
    (
        Cause(
            "no-proxy-address",
            "The mailbox has no address in the domain that was asked (hybrid: onmicrosoft.com).",
            "Get-Recipient at the partner for the address.",
            (fix.SET_SHARING_EPR,),
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
            (fix.SET_EXTERNAL_URL, fix.SET_SHARING_EPR),
        ),
    ),
    "exchange.md 4 (LID 43836, 55612); SEED1",
    _DISCOVER,
)

INVALID_RESPONSE = Knowledge(
    "autodiscover-invalid-response",
    "What answered the Autodiscover request is not Exchange",
    "The answer could not be read as an Autodiscover answer: a web page, another product, or a device in between.",
    (
        ("request to the Autodiscover service at", "failed due to an invalid response"),
        ("request to the Autodiscover service at", "failed. Error message"),
        ("response from the Autodiscover service at", "failed because an error occurred"),
        ("The Autodiscover service couldn't be located",),
    ),
    (causes.WRONG_ADDRESS, causes.PRE_AUTHENTICATION, causes.WSSECURITY),
    "exchange.md 4 (LID 39740, 56124, 59196, 63804)",
    _DISCOVER,
)

TOO_MANY_REDIRECTIONS = Knowledge(
    "too-many-redirections",
    "Autodiscover was redirected too often",
    "At most three redirections are followed: HTTP 302 and Autodiscover's own RedirectUrl and RedirectAddress together.",
    (
        ("Exceeded the number of Autodiscover redirections",),
        ("Too many automatic redirections were attempted",),
    ),
    (
        Cause(
            "redirect-loop",
            "The partner's endpoints send the request in a circle, or TargetAutodiscoverEpr points to a redirector.",
            "A check lists each step.",
            (fix.REFRESH_RELATIONSHIP, fix.SET_SHARING_EPR),
            (Signal.REDIRECT,),
            excluded_by_absence=True,
        ),
    ),
    "exchange.md 1.1 and 4",
    _DISCOVER,
)

CLIENT_AUTODISCOVER = Knowledge(
    "client-autodiscover",
    "The mail client found no availability URL",
    "This comes from the client, before any server asked the partner: its own Autodiscover gave no availability service URL.",
    (("Failed to get ASURL",),),
    (
        Cause(
            "client-autodiscover",
            "Autodiscover of the user's own organization fails for the client.",
            "Test E-mail AutoConfiguration in Outlook.",
            (fix.SET_EXTERNAL_URL,),
        ),
    ),
    "RFB (Error 8004010F)",
    ("probe check {domain}",),
)

FEDERATION_INFORMATION = Knowledge(
    "federation-information",
    "Get-FederationInformation got no answer from the partner",
    "All four places were tried without an answer: https autodiscover.DOMAIN and DOMAIN, then the http redirects of both. The "
    "request is anonymous, so nothing but the endpoint itself is to blame; a certificate with a wrong name alone would only prompt.",
    (
        ("Federation information could not be received from the external organization",),
        ("Discovery for domain", "failed"),
    ),
    (
        Cause(
            "no-autodiscover",
            "autodiscover.DOMAIN does not resolve, does not answer or is not published.",
            "The steps of a check.",
            (fix.FIX_DNS, fix.PASS_THROUGH),
            (Signal.NO_FEDERATION_ANSWER, Signal.NAME_NOT_RESOLVED),
        ),
        causes.PRE_AUTHENTICATION,
        causes.HANDLER,
        Cause(
            "certificate",
            "The certificate chain of the Autodiscover host is not trusted by the caller.",
            "UntrustedRoot or PartialChain in a check.",
            (fix.IMPORT_ROOT, fix.SEND_INTERMEDIATE),
            (Signal.UNTRUSTED_ROOT, Signal.PARTIAL_CHAIN),
            excluded_by_absence=True,
        ),
        Cause(
            "not-federated",
            "The partner has no federation trust, or the domain is not federated there.",
            "Error code NotFederated or InvalidDomain.",
            (fix.RECREATE_TRUST,),
            (Signal.NOT_FEDERATED,),
            excluded_by_absence=True,
        ),
        causes.OUTBOUND_PROXY,
    ),
    "KB2773628; exchange.md 1.2 and 2",
    ("probe federation {domain}", "probe check {domain}"),
    ("Get-FederationInformation -DomainName {domain} -Verbose",),
)

NOT_FEDERATED = Knowledge(
    "not-federated",
    "The partner's organization or domain is not federated",
    "Autodiscover answered and says that it takes part in no federation for this domain.",
    (
        ("The organization is not federated",),
        ("Domain isn't federated",),
        ("isn't present in response",),
        ("Response missing Domains value",),
    ),
    (
        Cause(
            "not-federated",
            "No federation trust at the partner, or the domain was not added to it.",
            "Get-FederatedOrganizationIdentifier at the partner.",
            (fix.RECREATE_TRUST,),
            (Signal.NOT_FEDERATED,),
            excluded_by_absence=True,
        ),
    ),
    "exchange.md 2",
    ("probe federation {domain}",),
)

DOMAIN_NOT_VALIDATED = Knowledge(
    "domain-not-validated",
    "One of the partner's further domains could not be validated",
    "Get-FederationInformation rediscovers every domain that the partner lists and drops those that do not answer alike.",
    (("couldn't be validated and will be ignored",), ("could not be validated and will be ignored",)),
    (
        Cause(
            "further-domain",
            "That domain has no Autodiscover of its own.",
            "A check of that domain.",
            (fix.FIX_DNS,),
            (Signal.NO_FEDERATION_ANSWER,),
        ),
    ),
    "exchange.md 1.2",
    ("probe federation {domain}",),
    ("Get-FederationInformation -DomainName {domain} -BypassAdditionalDomainValidation",),
)

TOKEN_ISSUERS = Knowledge(
    "token-issuers-differ",
    "The two organizations use different token issuers",
    "Delegation tokens are only valid between organizations of the same token service (business and consumer instance differ).",
    (
        ("The token issuers for the domain", "don't match the issuer"),
        ("Unable to request delegation token for STS", "because this organization is federated with STS"),
    ),
    (
        Cause(
            "different-issuers",
            "One trust was made with the consumer instance, the other with the business instance.",
            "TokenIssuerUris of both sides.",
            (fix.RECREATE_TRUST,),
        ),
    ),
    "exchange.md 1.2 and 4",
    ("probe federation {domain}", "probe pair {ours} {domain}"),
    ("Get-FederationTrust | Format-List Name,TokenIssuerUri,ApplicationUri",),
)

NO_CONFIGURATION = Knowledge(
    "no-configuration",
    "The caller has no relationship for the domain",
    "The address belongs to a domain for which the caller knows no connector, organization relationship or availability address "
    "space. Nothing was sent to the partner.",
    (("Configuration information for forest/domain", "could not be found in Active Directory"),),
    (causes.NO_RELATIONSHIP,),
    "RFB (LID 47932, 51004, 64316, 54588, 58684)",
    ("probe federation {domain}", "probe pair {ours} {domain}"),
    ("Get-OrganizationRelationship | Format-List Name,DomainNames,Enabled,FreeBusyAccess*,Target*",),
)

RELATIONSHIP_UNUSABLE = Knowledge(
    "relationship-unusable",
    "The organization relationship cannot be used",
    "It must be enabled, allow free/busy and have TargetApplicationUri and at least one of TargetSharingEpr and TargetAutodiscoverEpr.",
    (("The organization relationship", "can't be used"), ("InvalidOrganizationRelationshipForFreeBusy",)),
    (
        Cause(
            "incomplete-relationship",
            "TargetApplicationUri or both addresses are empty.",
            "Get-OrganizationRelationship shows them.",
            (fix.REFRESH_RELATIONSHIP, fix.CREATE_RELATIONSHIP),
        ),
    ),
    "ODS no-free-busy-information-retrieved.md (5047, LID 42300)",
    ("probe federation {domain}",),
    ("Get-OrganizationRelationship | Format-List Name,DomainNames,Enabled,FreeBusyAccess*,Target*",),
)

TEST_RELATIONSHIP = Knowledge(
    "test-organization-relationship",
    "Test-OrganizationRelationship reports a difference",
    "The cmdlet compares configuration; it tests no lookup. A difference in writing only (upper and lower case) is harmless.",
    (
        ("match an external URI of any local Client Access server",),
        ("VerificationOfRemoteOrganizationRelationshipFailed",),
        ("Failed to validate delegation token",),
    ),
    (
        Cause(
            "configuration-differs",
            "Addresses, application URIs or domains of the two relationships do not fit together.",
            "The Description of each result; compare both sides.",
            (fix.REFRESH_RELATIONSHIP,),
        ),
        causes.WRONG_ADDRESS,
    ),
    "exchange.md 7.4",
    ("probe federation {domain}", "probe pair {ours} {domain}"),
    ("Test-OrganizationRelationship -Identity RELATIONSHIP -UserIdentity MAILBOX -Verbose",),
)

ROWS = (
    AUTODISCOVER_FAILED,
    INVALID_USER,
    NO_EXTERNAL_URL,
    INVALID_RESPONSE,
    TOO_MANY_REDIRECTIONS,
    CLIENT_AUTODISCOVER,
    FEDERATION_INFORMATION,
    NOT_FEDERATED,
    DOMAIN_NOT_VALIDATED,
    TOKEN_ISSUERS,
    NO_CONFIGURATION,
    RELATIONSHIP_UNUSABLE,
    TEST_RELATIONSHIP,
)
