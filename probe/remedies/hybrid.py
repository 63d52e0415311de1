"""Advice about the hybrid wizard and what it sets up, and about Autodiscover between forests."""

from __future__ import annotations

from probe.remedies.advice import Actor, Advice

_READ_LOG = (
    "Get-ChildItem \"$env:APPDATA\\Microsoft\\Exchange Hybrid Configuration\\*.log\" | Select-String 'ERROR'"
)
ASK_MICROSOFT = Advice(
    Actor.CALLER,
    "Only Microsoft can repair this: open a support case and name the message and the domain.",
    (),
    "[exchange 10.10]",
)
REMOVE_STALE_TRUST = Advice(
    Actor.CALLER,
    "Remove the federated domains and what is left of the deleted trust in Active Directory, make the trust "
    "anew, and run the wizard again.",
    (
        "Get-FederatedOrganizationIdentifier | Format-List AccountNamespace,DelegationTrustLink,Domains",
        "Get-FederationTrust | Format-List Name,DistinguishedName,ApplicationUri",
        "Get-AcceptedDomain | Format-List Name,DomainName,FederatedOrganizationLink",
    ),
    "[exchange 10.10] (KB2995731)",
)
ONE_RELATIONSHIP_PER_DOMAIN = Advice(
    Actor.CALLER,
    "Take the domain out of the other organization relationship (on premises and in the tenant). If none "
    "shows it, only Microsoft's support can remove the hidden one.",
    (
        "Get-OrganizationRelationship | Format-List Name,DomainNames,Enabled",
        'Set-OrganizationRelationship OTHER -DomainNames @{remove="DOMAIN"}',
    ),
    "[exchange 10.10] (KB3067526)",
)
PUBLISH_FOR_TENANT = Advice(
    Actor.CALLER,
    "Let Exchange Online reach Autodiscover and EWS on premises: public DNS, firewall for Microsoft's "
    "addresses, no pre-authentication on the paths; then run the wizard again.",
    ("Resolve-DnsName autodiscover.YOUR-DOMAIN -Server 8.8.8.8",),
    "[exchange 10.10] (KB3087170)",
)
OAUTH_BY_HAND = Advice(
    Actor.CALLER,
    "Look in the wizard's log for the first error before this one, repair it (often the auth certificate), "
    "and run the wizard again; until then lookups use the organization relationship.",
    (
        _READ_LOG,
        "Get-ExchangeCertificate -Thumbprint (Get-AuthConfig).CurrentCertificateThumbprint | Format-List",
        "Get-IntraOrganizationConnector | Format-List Name,Enabled,DiscoveryEndpoint",
    ),
    "[exchange 10.10] (KB3089172)",
)
ADD_ACCEPTED_DOMAIN = Advice(
    Actor.CALLER,
    "Make the domain an accepted domain on both sides (verified in the tenant), then run the wizard again.",
    ("Get-AcceptedDomain | Format-Table Name,DomainName,DomainType",),
    "[exchange 10.10]",
)
REPAIR_WIZARD_STEP = Advice(
    Actor.CALLER,
    "Follow Microsoft's article on this code or message; free/busy is not concerned by it.",
    (_READ_LOG,),
    "[exchange 10.10]",
)
TRUST_OUTLOOK_HOSTS = Advice(
    Actor.CALLER,
    "Add *.outlook.com to serviceBindingInformation of the SCP object CN=Microsoft Exchange Online (setup "
    "/PrepareAD makes it anew), or answer Yes; then run the wizard again.",
    (
        'Get-ADObject -SearchBase (Get-ADRootDSE).configurationNamingContext -LDAPFilter "(&(objectClass='
        'serviceConnectionPoint)(cn=Microsoft Exchange Online))" -Properties serviceBindingInformation',
    ),
    "[exchange 10.10] (KB3115825)",
)
ANSWER_ANCHOR_ADDRESS = Advice(
    Actor.PARTNER,
    "Give a mailbox of the organization that is asked the address that the caller's Autodiscover asks for.",
    (
        "$m = Get-Mailbox ALIAS",
        "Set-Mailbox $m -EmailAddresses @{add='smtp:01B62C6D-4324-448f-9884-5FEC6D18A7E2@DOMAIN'}",
    ),
    "[exchange 10.9] (KB3010570)",
)
LEAD_ADDRESS_SPACE = Advice(
    Actor.CALLER,
    "Lead the address space by TargetAutodiscoverEpr or by an exported SCP instead of DNS.",
    (
        "Get-AvailabilityAddressSpace | Format-List ForestName,AccessMethod,ProxyUrl,TargetAutodiscoverEpr",
        "Set-AvailabilityAddressSpace {domain} -TargetAutodiscoverEpr "
        "https://autodiscover.{domain}/autodiscover/autodiscover.xml",
    ),
    "[exchange 10.9]; PS/Add-AvailabilityAddressSpace",
)
