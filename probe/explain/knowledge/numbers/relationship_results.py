"""Results of Test-OrganizationRelationship: every id of the cmdlet, its meaning and what to change where.

The cmdlet compares the two relationships and tests no lookup. Source: the ids of the cmdlet as in Exchange
2013 CU23 [exchange 10.2]; PS/Test-OrganizationRelationship.
"""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Code, Knowledge
from probe.explain.knowledge import causes
from probe.remedies import directories, federation_trust, identity, relationship
from probe.remedies.advice import Advice

_SOURCE = "[exchange 10.2]; [exchange 7.4]; PS/Test-OrganizationRelationship"
_LOOK = ("Get-OrganizationRelationship | Format-List Name,DomainNames,Enabled,FreeBusy*,Target*",)


def _row(
    name: str,
    title: str,
    cause: str,
    told_by: str,
    *remedies: Advice,
    patterns: tuple[tuple[str, ...], ...] = (),
) -> Knowledge:
    return Knowledge(
        name,
        f"Test-OrganizationRelationship: {title}",
        "The cmdlet compares the two organizations' settings; it tests no lookup.",
        patterns,
        (Cause(name, cause, told_by, remedies),),
        _SOURCE,
        ("probe federation {domain}", "probe pair {ours} {domain}"),
        _LOOK,
    )


APPLICATION_URI = _row(
    "application-uri-differs",
    "TargetApplicationUri does not fit",
    "TargetApplicationUri of your relationship is not what the partner announces, so tokens are made for "
    "somebody else.",
    "TargetApplicationUri against the partner's AccountNamespace.",
    federation_trust.CORRECT_APPLICATION_URI,
    relationship.REFRESH_RELATIONSHIP,
)
AUTODISCOVER_URL = _row(
    "autodiscover-url-differs",
    "the Autodiscover address does not fit",
    "TargetAutodiscoverEpr of your relationship is empty or not what the partner announces.",
    "TargetAutodiscoverEpr against Get-FederationInformation.",
    relationship.REFRESH_RELATIONSHIP,
)
DOMAINS_HERE = _row(
    "domains-missing-here",
    "your relationship names none of the partner's federated domains",
    "DomainNames of your organization relationship lack the partner's federated domains.",
    "DomainNames against the Domains of Get-FederationInformation.",
    relationship.COMPLETE_DOMAINS,
)
RELATIONSHIP_THERE = _row(
    "relationship-missing-there",
    "the partner has no relationship for your organization",
    "The partner's organization relationship for your domains is missing, or names no domain.",
    "Get-OrganizationRelationship at the partner.",
    relationship.CREATE_OPPOSITE_RELATIONSHIP,
)
DOMAINS_THERE = _row(
    "domains-missing-there",
    "the partner's relationship lacks domains of yours",
    "DomainNames of the partner's organization relationship do not name all of your federated domains.",
    "DomainNames at the partner against your Get-FederatedOrganizationIdentifier.",
    relationship.COMPLETE_OPPOSITE_DOMAINS,
)
TWICE_THERE = _row(
    "relationship-twice-there",
    "more than one relationship at the partner names your domain",
    "The partner has several organization relationships with your domain, so it is open which one counts.",
    "Get-OrganizationRelationship at the partner.",
    relationship.ONE_RELATIONSHIP,
)
ACCESS = _row(
    "access-differs",
    "the two relationships do not allow the same",
    "One side allows what the other does not: free/busy access or its level, MailTips, mailbox moves.",
    "FreeBusyAccessEnabled and FreeBusyAccessLevel of both sides.",
    relationship.ALIGN_ACCESS,
)
HARMLESS = _row(
    "sharing-epr-differs",
    "the partner's TargetSharingEpr is none of your ExternalUrls",
    "The address that the partner uses is not written like an ExternalUrl of yours. If only upper and lower "
    "case differ it is harmless; the same holds for a name that leads to the same servers.",
    "The URL in the description against ExternalUrl of your EWS virtual directories.",
    relationship.HARMLESS_DIFFERENCE,
    patterns=(("match an external URI of any local Client Access server",),),
)
NOT_ENABLED = _row(
    "federated-organization-disabled",
    "your federated organization identifier is not enabled",
    "Federation is off or incomplete in your own organization.",
    "Get-FederatedOrganizationIdentifier | fl Enabled,Domains.",
    federation_trust.FEDERATE_OWN_DOMAIN,
)
NOTHING_IN_COMMON = _row(
    "not-federated-domains",
    "a domain of the relationship is not federated",
    "A domain in a relationship is no federated domain of the organization that it stands for.",
    "Get-FederatedOrganizationIdentifier | fl Domains on both sides against DomainNames.",
    federation_trust.FEDERATE_OWN_DOMAIN,
    relationship.COMPLETE_OPPOSITE_DOMAINS,
)
USER_IDENTITY = _row(
    "user-identity",
    "the tested user has no usable federated identity",
    "The user's domain or identity is not federated as the token needs it: the domain of the primary address "
    "is not federated, or UPN and ImmutableId do not fit.",
    "Another user passes; Get-FederatedOrganizationIdentifier | fl Domains.",
    identity.FEDERATE_USER_DOMAIN,
    identity.REPAIR_MEMBER_NAME,
)
NOT_COMPARED = _row(
    "remote-not-verified",
    "the partner's relationship could not be compared",
    "The partner's answer held a value or a relationship that could not be compared, often because its "
    "version of Exchange differs.",
    "The description of the result; compare both sides by eye.",
    relationship.ALIGN_ACCESS,
    patterns=(("VerificationOfRemoteOrganizationRelationshipFailed",),),
)
DISCOVERY = Knowledge(
    "relationship-discovery-failed",
    "Test-OrganizationRelationship: the partner's Autodiscover did not answer the test",
    "Step 5 asks the partner's Autodiscover with a token for its relationship. Nothing usable came back; the "
    "verbose output has the HTTP status or exception.",
    (("The Autodiscover call failed",), ("Unable to retrieve organization relationships from remote",)),
    (
        Cause(
            "autodiscover-unusable",
            "TargetAutodiscoverEpr leads nowhere, or the partner's Autodiscover does not accept the token "
            "(WSSecurity, or the federation trust there).",
            "The verbose lines before the result.",
            (relationship.REFRESH_RELATIONSHIP, directories.ENABLE_WSSECURITY),
        ),
        causes.STALE_METADATA,
    ),
    _SOURCE,
    ("probe check {domain}", "probe check {url}"),
    ("Test-OrganizationRelationship -Identity RELATIONSHIP -UserIdentity MAILBOX -Verbose",),
    wrapper=True,
)
ROWS = (
    APPLICATION_URI,
    AUTODISCOVER_URL,
    DOMAINS_HERE,
    RELATIONSHIP_THERE,
    DOMAINS_THERE,
    TWICE_THERE,
    ACCESS,
    HARMLESS,
    NOT_ENABLED,
    NOTHING_IN_COMMON,
    USER_IDENTITY,
    NOT_COMPARED,
    DISCOVERY,
)

TEST_RESULTS = tuple(
    Code(name, name, meaning, _SOURCE, row)
    for name, meaning, row in (
        ("FailureToGetDelegationToken", "The token service gave no delegation token.", "trust-token-request"),
        (
            "AutodiscoverUrlsDiffer",
            "TargetAutodiscoverEpr is not what the partner announces.",
            AUTODISCOVER_URL.name,
        ),
        ("AutodiscoverServiceCallFailed", "The call to the partner's Autodiscover failed.", DISCOVERY.name),
        (
            "NoOrganizationRelationshipInstancesWereReturnedByTheRemoteParty",
            "The partner has no organization relationship for your domain.",
            RELATIONSHIP_THERE.name,
        ),
        (
            "MultipleOrganizationRelationshipInstancesReturnedByTheRemoteParty",
            "The partner has several organization relationships for your domain.",
            TWICE_THERE.name,
        ),
        (
            "VerificationOfRemoteOrganizationRelationshipFailed",
            "The partner's relationship does not fit.",
            NOT_COMPARED.name,
        ),
        (
            "ApplicationUrisDiffer",
            "TargetApplicationUri is not what the partner announces.",
            APPLICATION_URI.name,
        ),
        ("AccessMismatchLocalRemote", "You allow access that the partner does not give.", ACCESS.name),
        (
            "CouldNotParseRemoteValue",
            "A value of the partner's relationship is not known here.",
            NOT_COMPARED.name,
        ),
        ("AccessMismatchRemoteLocal", "The partner allows access that you do not give.", ACCESS.name),
        ("PropertiesDiffer", "A setting of the two relationships differs.", ACCESS.name),
        (
            "NoDomainInTheRemoteOrganizationRelationshipIsFederatedLocally",
            "The partner's relationship names no domain that you have federated.",
            NOTHING_IN_COMMON.name,
        ),
        (
            "LocalFederatedDomainsAreMissingFromTheRemoteOrganizationRelationsipDomains",
            "The partner's relationship does not name all of your domains (the identifier is misspelt by "
            "Exchange).",
            DOMAINS_THERE.name,
        ),
        ("MismatchedSTS", "The two organizations use different token services.", "token-issuers-differ"),
        (
            "NoLocalDomainIsFederatedRemotely",
            "None of your relationship's domains is federated at the partner.",
            DOMAINS_HERE.name,
        ),
        (
            "TargetSharingEprDoesNotMatchAnyExternalURI",
            "The partner's TargetSharingEpr is no ExternalUrl of yours; case matters to the cmdlet only.",
            HARMLESS.name,
        ),
        (
            "RemoteOrgRelationshipHasNoDomainsDefined",
            "The partner's relationship names no domain.",
            DOMAINS_THERE.name,
        ),
        (
            "UserFedDomainNotInRemoteOrgRelationship",
            "The partner's relationship does not name the tested user's domain.",
            DOMAINS_THERE.name,
        ),
        (
            "UserFedDomainInMultipleRemoteOrgRelationship",
            "Several of the partner's relationships name the tested user's domain.",
            TWICE_THERE.name,
        ),
        (
            "NoRemoteFederatedDomainInLocalOrgRelationship",
            "Your relationship names none of the partner's federated domains.",
            DOMAINS_HERE.name,
        ),
        (
            "FederatedOrganizationIdNotEnabled",
            "Your federated organization identifier is off.",
            NOT_ENABLED.name,
        ),
        ("ApplicationUriMissing", "TargetApplicationUri is empty.", APPLICATION_URI.name),
        (
            "MismatchedFederation",
            "The two organizations use different token issuers.",
            "token-issuers-differ",
        ),
        (
            "UnknownFederationDomainAuthenticationType",
            "How the user's domain authenticates at Entra is not known.",
            USER_IDENTITY.name,
        ),
        (
            "FederatedIdentityTypeMismatch",
            "The kind of identity that the trust wants is not the one that the user has.",
            USER_IDENTITY.name,
        ),
        ("RequiredIdentityInformationNotSet", "The user lacks UPN or ImmutableId.", USER_IDENTITY.name),
        (
            "UserFederatedDomainDoesNotMatchAccountNamespace",
            "The user's federated domain is not the account namespace.",
            USER_IDENTITY.name,
        ),
        (
            "UserFederatedIdentityIsNotFederatedDomain",
            "The domain of the user's identity is not federated.",
            USER_IDENTITY.name,
        ),
        (
            "AutoDiscoverNotSetInOrgRelationship",
            "TargetAutodiscoverEpr of your relationship is empty.",
            AUTODISCOVER_URL.name,
        ),
    )
)
