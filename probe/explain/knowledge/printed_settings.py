"""Settings as the cmdlets print them (Format-List), and as Microsoft's FreeBusyChecker judges them.

A setting that makes lookups impossible is named; whether an address fits the partner is for a check to say
(`probe check --relationship` reads the same output). Sources: [exchange 1.1.2] (which fields a lookup needs),
[exchange 7.5] (values that FreeBusyChecker expects), [exchange 2.7].
"""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge
from probe.remedies import federation_trust, oauth, relationship
from probe.remedies.advice import Advice


def setting_mark(name: str) -> str:
    """What `matching` adds for a setting of the entry that is not as it must be."""
    return f"mark: setting {name} end"


def _row(
    name: str, title: str, meaning: str, cause: str, *remedies: Advice, settings: tuple[str, ...]
) -> Knowledge:
    return Knowledge(
        name,
        title,
        meaning,
        tuple((setting_mark(setting),) for setting in settings),
        (Cause(name, cause, "The value in the output.", remedies),),
        "[exchange 1.1.2]; [exchange 7.5]; CSS FreeBusyChecker",
        ("probe federation {domain}",),
        ("Get-OrganizationRelationship | Format-List Name,DomainNames,Enabled,FreeBusy*,Target*",),
        decisive=True,
    )


RELATIONSHIP_OFF = _row(
    "relationship-disabled",
    "The organization relationship is disabled",
    "A relationship that is not enabled is never used for a lookup.",
    "Enabled of the organization relationship is False.",
    relationship.ENABLE_RELATIONSHIP,
    settings=("Enabled",),
)
FREE_BUSY_OFF = _row(
    "free-busy-access-disabled",
    "The organization relationship does not allow free/busy",
    "FreeBusyAccessEnabled must be True and FreeBusyAccessLevel AvailabilityOnly or LimitedDetails, or no "
    "lookup uses the relationship.",
    "FreeBusyAccessEnabled is False or FreeBusyAccessLevel is None.",
    relationship.ENABLE_RELATIONSHIP,
    settings=("FreeBusyAccessEnabled", "FreeBusyAccessLevel"),
)
INCOMPLETE = _row(
    "relationship-unusable-settings",
    "The organization relationship has no usable target",
    "A lookup needs TargetApplicationUri and one of TargetSharingEpr and TargetAutodiscoverEpr.",
    "TargetApplicationUri is empty, or both addresses are.",
    relationship.REFRESH_RELATIONSHIP,
    settings=("TargetApplicationUri", "TargetEpr"),
)
NO_DOMAINS = _row(
    "relationship-without-domains",
    "The organization relationship names no domain",
    "Lookups find their relationship by the domain of the address.",
    "DomainNames is empty, or lacks the domain.",
    relationship.COMPLETE_DOMAINS,
    settings=("DomainNames",),
)
OTHER_ADDRESS = _row(
    "relationship-address-differs",
    "An address of the organization relationship is not the expected one",
    "For Exchange Online the hybrid wizard leaves TargetSharingEpr empty and sets TargetAutodiscoverEpr to "
    "autodiscover-s.outlook.com; another value sends lookups elsewhere.",
    "TargetAutodiscoverEpr or TargetSharingEpr of the relationship is not what is expected.",
    oauth.CLOUD_ADDRESS,
    settings=("TargetAutodiscoverEpr", "TargetSharingEpr"),
)
TRUST_INCOMPLETE = _row(
    "federation-trust-incomplete",
    "The federation trust is incomplete",
    "A trust without application identifier or certificate was not set up to its end.",
    "ApplicationUri, ApplicationIdentifier or OrgPrivCertificate of the trust is empty.",
    federation_trust.FEDERATE_OWN_DOMAIN,
    settings=("ApplicationUri", "ApplicationIdentifier", "OrgPrivCertificate", "FederatedIdentifier"),
)
CONSUMER_ISSUER = _row(
    "federation-trust-consumer",
    "The federation trust uses the consumer instance of the token service",
    "Organizations on the business instance (urn:federation:MicrosoftOnline) get no tokens for one on the "
    "consumer instance (WindowsLiveId).",
    "TokenIssuerUri of the trust is not urn:federation:MicrosoftOnline.",
    federation_trust.RECREATE_TRUST,
    settings=("TokenIssuerUri",),
)
PARTNER_CONSUMER_ISSUER = _row(
    "partner-trust-consumer",
    "The partner's federation trust uses the consumer instance of the token service",
    "Tokens of the business instance (urn:federation:MicrosoftOnline) are not accepted by an organization on "
    "the consumer instance (WindowsLiveId), and the other way round.",
    "TokenIssuerUris does not hold urn:federation:MicrosoftOnline.",
    federation_trust.USE_BUSINESS_INSTANCE,
    settings=("TokenIssuerUris",),
)
CONNECTOR_OFF = _row(
    "connector-settings",
    "A setting of the OAuth connector is not as it must be",
    "An IntraOrganizationConnector that is enabled sends lookups by OAuth; it needs the domains and the "
    "Autodiscover address of the other side.",
    "Enabled, TargetAddressDomains or DiscoveryEndpoint of the IntraOrganizationConnector is not "
    "as expected.",
    oauth.CHECK_TENANT,
    settings=("ConnectorEnabled", "DiscoveryEndpoint", "TargetAddressDomains"),
)
AUTHENTICATION_OFF = _row(
    "virtual-directory-authentication",
    "WSSecurity authentication of a virtual directory is off",
    "Federated requests to this server are refused while WSSecurityAuthentication is False.",
    "WSSecurityAuthentication of the EWS or Autodiscover virtual directory is False.",
    relationship.ENABLE_OWN_WSSECURITY,
    settings=("WSSecurityAuthentication",),
)
OAUTH_AUTHENTICATION_OFF = _row(
    "virtual-directory-oauth",
    "OAuth authentication of a virtual directory is off",
    "Requests with OAuth tokens to this server are refused while OAuthAuthentication is False.",
    "OAuthAuthentication of the EWS or Autodiscover virtual directory is False.",
    oauth.ENABLE_OAUTH,
    settings=("OAuthAuthentication",),
)
SETTINGS = Knowledge(
    "settings",
    "Settings without a fault that shows by themselves",
    "Nothing that a lookup needs is missing in these settings. Whether the addresses lead to the partner's "
    "Exchange is for a check to say; save this output to a file for it.",
    ((setting_mark("complete"),),),
    (
        Cause(
            "to-be-checked",
            "No fault shows in the settings.",
            "A check of the addresses in them.",
        ),
    ),
    "[exchange 1.1.2]",
    ("probe check --relationship FILE",),
    decisive=True,
)
AUTH_SERVER_OFF = _row(
    "auth-server-settings",
    "The auth server is disabled or incomplete",
    "Without an enabled auth server that has its issuer, endpoints and realm no OAuth token is made or "
    "accepted.",
    "Enabled is False, or IssuerIdentifier, TokenIssuingEndpoint, AuthMetadataUrl or Realm is empty.",
    oauth.CHECK_TENANT,
    settings=("AuthServerEnabled", "IssuerIdentifier", "TokenIssuingEndpoint", "AuthMetadataUrl", "Realm"),
)
OTHER_SETTINGS = Knowledge(
    "settings-other",
    "Settings without a fault that shows by themselves",
    "Nothing that a lookup needs is missing in these settings.",
    ((setting_mark("other-complete"),),),
    (
        Cause(
            "to-be-tested",
            "No fault shows in the settings.",
            "The message of a lookup that fails: event 4002, or Test-OAuthConnectivity for OAuth.",
        ),
    ),
    "[exchange 1.1.1]",
    commands=(
        "Get-WinEvent -FilterHashtable @{LogName='Application';ProviderName='MSExchange Availability'} "
        "-MaxEvents 5 | Format-List TimeCreated,Message",
    ),
    decisive=True,
)
ROWS = (
    AUTH_SERVER_OFF,
    OTHER_SETTINGS,
    RELATIONSHIP_OFF,
    FREE_BUSY_OFF,
    INCOMPLETE,
    NO_DOMAINS,
    OTHER_ADDRESS,
    TRUST_INCOMPLETE,
    CONSUMER_ISSUER,
    PARTNER_CONSUMER_ISSUER,
    CONNECTOR_OFF,
    AUTHENTICATION_OFF,
    OAUTH_AUTHENTICATION_OFF,
    SETTINGS,
)
