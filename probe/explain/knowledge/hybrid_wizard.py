"""The hybrid configuration wizard and the steps of provisioning that its log names [exchange 10.10].

The other side is Microsoft's provisioning or the own tenant. Steps of the wizard that do not touch free/busy
(mail flow, WinRM, recipients) are said to be such.
"""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge
from probe.explain.knowledge import causes
from probe.remedies import directories, federation_trust, hybrid, network
from probe.remedies.advice import Advice

_SOURCE = "[exchange 10.10]"
_TRUST = ("Get-FederationTrust | Format-List Org*Certificate,ApplicationIdentifier,ApplicationUri",)


def _row(
    name: str,
    title: str,
    meaning: str,
    patterns: tuple[tuple[str, ...], ...],
    *found: Cause,
    commands: tuple[str, ...] = (),
) -> Knowledge:
    return Knowledge(name, title, meaning, patterns, found, _SOURCE, (), commands, decisive=True)


def _cause(name: str, text: str, told_by: str, *remedies: Advice, named_by: tuple[str, ...] = ()) -> Cause:
    return Cause(name, text, told_by, remedies, named_by=named_by)


DOMAIN_BLOCKED = _row(
    "provisioning-internal-error",
    "Microsoft's provisioning service refuses the domain (InternalError)",
    "The domain was federated before and is blocked at Microsoft. Nothing on your servers changes that.",
    (("Windows Live", "InternalError"), ("InternalError InternalError",)),
    _cause(
        "domain-blocked",
        "The domain name is blocked at Microsoft's federation service because it was in use before.",
        "Another domain of yours can be federated.",
        hybrid.ASK_MICROSOFT,
    ),
    commands=_TRUST,
)
CLOCK = _row(
    "provisioning-clock",
    "Your server's clock differs by more than five minutes from Microsoft's",
    "The request to federate the domain is signed with a time, and Microsoft did not accept that time.",
    (("more than five minutes out of sync",), ("Ensure your system time is correct",)),
    causes.CLOCK,
    commands=("w32tm /query /status",),
)
NO_TRUST_FOR_WIZARD = _row(
    "wizard-no-federation-trust",
    "No federation trust is set up, or no domain is its account namespace",
    "The cmdlet found no trust or no account namespace: on your servers because none was made, in the tenant "
    "because Microsoft moved it.",
    (("No Federation trust is configured for this organization",),),
    _cause(
        "tenant-moved",
        "The wizard asked the tenant, and the tenant's federation was lost in a move between data centres.",
        "Get-FederatedOrganizationIdentifier on premises shows the account namespace.",
        hybrid.ASK_MICROSOFT,
        named_by=("Set-FederatedOrganizationIdentifier",),
    ),
    _cause(
        "no-account-namespace",
        "Your organization has no federation trust, or no domain was added to it.",
        "Get-FederatedOrganizationIdentifier on premises shows no AccountNamespace.",
        federation_trust.FEDERATE_OWN_DOMAIN,
    ),
    commands=("Get-FederatedOrganizationIdentifier | Format-List AccountNamespace,Domains,Enabled",),
)
STALE_TRUST = _row(
    "wizard-stale-trust",
    "Active Directory still points to a federation trust that was deleted",
    "Objects of Exchange's federation name a trust that lies in Deleted Objects.",
    (("Federation trust", "Deleted Objects"), ("Federation Gateway", "DEL:", "wasn't found")),
    _cause(
        "deleted-trust",
        "An older federation trust was removed incompletely.",
        "The distinguished name in the message holds Deleted Objects.",
        hybrid.REMOVE_STALE_TRUST,
    ),
    commands=("Get-FederationTrust | Format-List Name,DistinguishedName",),
)
DOMAIN_IN_TWO_RELATIONSHIPS = _row(
    "domain-in-other-relationship",
    "The domain is in another organization relationship already",
    "A domain can be in one organization relationship only, so the new one was not made.",
    (
        ("already exist in another organization relationship",),
        ("already exists in another organization relationship",),
    ),
    _cause(
        "domain-held-by-relationship",
        "Another organization relationship, perhaps an old one, names the domain.",
        "DomainNames of all relationships on the side that the cmdlet ran on.",
        hybrid.ONE_RELATIONSHIP_PER_DOMAIN,
    ),
    commands=("Get-OrganizationRelationship | Format-List Name,DomainNames,Enabled",),
)
TENANT_CANNOT_REACH = Knowledge(
    "wizard-tenant-cannot-reach",
    "Exchange Online does not reach your Autodiscover",
    "The wizard let the tenant ask your Autodiscover (HCW8057, HCW8034), and no usable answer came.",
    (
        ("HCW8057",),
        ("HCW8034",),
        ("was unable to communicate with your on-premises Autodiscover endpoint",),
        ("Failed to provision Organization Relationship for",),
    ),
    (
        _cause(
            "own-autodiscover-not-published",
            "Your Autodiscover is not reachable for Exchange Online: DNS, firewall, or a device that wants a "
            "logon.",
            "A check of your own domain from outside your network.",
            hybrid.PUBLISH_FOR_TENANT,
            directories.PASS_THROUGH,
        ),
    ),
    _SOURCE,
    ("probe check {url}", "probe check YOUR-DOMAIN"),
    ("Test-OrganizationRelationship -Identity RELATIONSHIP -UserIdentity MAILBOX -Verbose",),
    decisive=True,
)
OAUTH_NOT_SET_UP = _row(
    "wizard-oauth",
    "The hybrid wizard could not set up OAuth",
    "Everything else of the wizard is done. Without OAuth the lookups use the organization relationship.",
    (("HCW8064",), ("not able to perform the OAuth portion",)),
    _cause(
        "oauth-step-failed",
        "The OAuth step failed: auth certificate, permissions in the tenant, or an endpoint not reachable.",
        "The wizard's log names the first error of the step.",
        hybrid.OAUTH_BY_HAND,
    ),
)
NO_EXTERNAL_URL = _row(
    "wizard-external-url",
    "The external URL of EWS is not set on your servers",
    "The wizard needs ExternalUrl of the EWS virtual directory, and so does every partner.",
    (("Web Services External Url is not set",),),
    _cause(
        "own-external-url-unset",
        "ExternalUrl of your EWS virtual directory is empty.",
        "Get-WebServicesVirtualDirectory | fl Server,ExternalUrl.",
        directories.SET_OWN_URLS,
    ),
    commands=("Get-WebServicesVirtualDirectory -ADPropertiesOnly | Format-List Server,*Url",),
)
NOT_ACCEPTED_DOMAIN = _row(
    "wizard-accepted-domain",
    "A domain is no accepted domain on one of the two sides",
    "A hybrid domain must be an accepted domain on premises and in the tenant.",
    (
        ("isn't an accepted domain",),
        ("is not an Accepted Domain in",),
        ("HCW8009",),
        ("HCW8016",),
        ("HCW8017",),
        ("HCW8029",),
        ("HCW8030",),
        ("HCW8004",),
    ),
    _cause(
        "domain-not-accepted",
        "The domain is missing among the accepted domains of the side that the message names.",
        "Get-AcceptedDomain on both sides.",
        hybrid.ADD_ACCEPTED_DOMAIN,
    ),
)
NOT_ABOUT_FREE_BUSY = Knowledge(
    "wizard-other-step",
    "A step of the hybrid wizard that does not touch free/busy",
    "The wizard stopped at mail flow, certificates of SMTP, recipients or its own remote PowerShell. Lookups "
    "that worked before still do.",
    (
        ("Hybrid", "Configure Mail Flow"),
        ("Hybrid", "Set-HybridMailflow"),
        ("Hybrid", "not bound to the SMTP Service"),
        ("HCW", "Receive Connector"),
        ("HCW", "Send Connector"),
        ("HCW", "WinRM"),
        ("HCW", "Remote PowerShell server was disconnected"),
        ("hybrid configuration", "WinRM client cannot complete"),
        ("hybrid configuration", "PSRemotingTransportException"),
        ("hybrid configuration", "state of runspace is not valid"),
        ("hybrid configuration", "Configure Recipient Settings"),
    ),
    (
        _cause(
            "wizard-step",
            "The step that the message names failed.",
            "The wizard's log, some lines before the message.",
            hybrid.REPAIR_WIZARD_STEP,
        ),
    ),
    _SOURCE,
)
UNSECURE_REDIRECT = _row(
    "federation-information-redirect",
    "Get-FederationInformation was redirected from plain HTTP and asks whether you trust the host",
    "Autodiscover answered with a redirect that anybody on the way could have made. The cmdlet goes on when "
    "you say Yes; the hybrid wizard cannot.",
    (
        ("returned an unsecure redirect to",),
        ("returned an insecure redirect to",),
    ),
    _cause(
        "outlook-not-trusted",
        "Exchange's list of trusted hosts (the SCP object CN=Microsoft Exchange Online) lacks *.outlook.com.",
        "The redirect leads to autodiscover-s.outlook.com.",
        hybrid.TRUST_OUTLOOK_HOSTS,
        named_by=("outlook.com",),
    ),
    Cause(
        "partner-redirects-by-http",
        "The partner's Autodiscover is reachable by the redirect of http only.",
        "The host of the redirect belongs to the partner.",
        (network.LEAD_TO_EXCHANGE,),
        excluded_by=("outlook.com",),
    ),
)
PROVISIONING_REFUSED = Knowledge(
    "provisioning-refused",
    "Microsoft's provisioning service refused the request",
    "The service that federates domains answered with a code of its own. Nothing of a partner is involved.",
    (("An unexpected result was received from Windows Live",),),
    (
        _cause(
            "application-identifier",
            "Microsoft does not know the application identifier of your trust any more.",
            "AppIdNotFound in the message.",
            federation_trust.RECREATE_EXPIRED_TRUST,
            named_by=("AppId",),
        ),
        _cause(
            "domain-not-public",
            "The domain is none that can be federated: an internal name, or a wrong spelling.",
            "InvalidUri in the message; the domain has no public DNS zone.",
            federation_trust.PUBLISH_PROOF,
            named_by=("InvalidUri",),
        ),
        _cause(
            "service-refused",
            "The code in the message says why.",
            "The same command gives another code, or succeeds, after half an hour.",
            network.WAIT_AND_RETRY,
        ),
    ),
    _SOURCE,
    commands=_TRUST,
)
ROWS = (
    PROVISIONING_REFUSED,
    DOMAIN_BLOCKED,
    CLOCK,
    NO_TRUST_FOR_WIZARD,
    STALE_TRUST,
    DOMAIN_IN_TWO_RELATIONSHIPS,
    TENANT_CANNOT_REACH,
    OAUTH_NOT_SET_UP,
    NO_EXTERNAL_URL,
    NOT_ACCEPTED_DOMAIN,
    NOT_ABOUT_FREE_BUSY,
    UNSECURE_REDIRECT,
)
