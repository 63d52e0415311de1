"""Advice about organization relationships, address spaces, permissions and mailboxes."""

from __future__ import annotations

from probe.remedies.advice import Actor, Advice

REFRESH_RELATIONSHIP = Advice(
    Actor.CALLER,
    "Read the partner's addresses anew into the organization relationship.",
    ("Get-FederationInformation -DomainName {domain} | Set-OrganizationRelationship -Identity RELATIONSHIP",),
    "[exchange 7.5]",
)
CHECK_URL = Advice(
    Actor.CALLER,
    "Check the URL of the organization relationship against what the partner publishes.",
    (
        "Get-OrganizationRelationship | fl Name,TargetSharingEpr,TargetAutodiscoverEpr",
        "Get-FederationInformation -DomainName PARTNER",
    ),
    "[exchange 7.5]",
)
SET_SHARING_EPR = Advice(
    Actor.CALLER,
    "Give the EWS URL directly; Autodiscover is then skipped.",
    (
        "Set-OrganizationRelationship RELATIONSHIP -TargetSharingEpr "
        "https://HOST/ews/exchange.asmx/WSSecurity",
    ),
    "[exchange 7.5]; RFB",
)
CREATE_RELATIONSHIP = Advice(
    Actor.CALLER,
    "Create or complete the organization relationship for the domain and allow free/busy.",
    (
        "Get-OrganizationRelationship | Format-List Name,DomainNames,Enabled,FreeBusyAccess*,Target*",
        "Get-FederationInformation -DomainName {domain} | New-OrganizationRelationship -Name NAME -Enabled "
        "$true -FreeBusyAccessEnabled $true -FreeBusyAccessLevel LimitedDetails",
    ),
    "RFB; ODS no-free-busy-information-retrieved.md",
)
GRANT_ACCESS = Advice(
    Actor.PARTNER,
    "Let the organization relationship there name the requester's domain with free/busy access, and give the "
    "calendar's Default permission AvailabilityOnly.",
    (
        "Get-OrganizationRelationship | Format-List DomainNames,Enabled,FreeBusyAccess*",
        "Set-MailboxFolderPermission MAILBOX:\\Calendar -User Default -AccessRights AvailabilityOnly",
    ),
    "RFB; KB2667844",
    tenant=True,
)
CREATE_OPPOSITE_RELATIONSHIP = Advice(
    Actor.PARTNER,
    "Create the organization relationship for your domains there, with every domain that you have federated.",
    (
        "Get-OrganizationRelationship | Format-List Name,DomainNames,Enabled,FreeBusyAccess*",
        "Get-FederationInformation -DomainName YOUR-DOMAIN | New-OrganizationRelationship -Name NAME "
        "-Enabled $true -FreeBusyAccessEnabled $true -FreeBusyAccessLevel LimitedDetails",
    ),
    "[exchange 7.4]; PS/Test-OrganizationRelationship",
    tenant=True,
)
COMPLETE_OPPOSITE_DOMAINS = Advice(
    Actor.PARTNER,
    "Add the missing domains of yours to DomainNames of the partner's organization relationship.",
    ('Set-OrganizationRelationship RELATIONSHIP -DomainNames @{add="YOUR-DOMAIN"}',),
    "[exchange 7.4]; PS/Test-OrganizationRelationship",
    tenant=True,
)
COMPLETE_DOMAINS = Advice(
    Actor.CALLER,
    "Add the partner's federated domains to DomainNames of your organization relationship.",
    ('Set-OrganizationRelationship RELATIONSHIP -DomainNames @{add="{domain}"}',),
    "[exchange 7.4]; PS/Test-OrganizationRelationship",
)
ALIGN_ACCESS = Advice(
    Actor.CALLER,
    "Give both relationships the same access: FreeBusyAccessEnabled with FreeBusyAccessLevel, "
    "MailTipsAccessEnabled, MailboxMoveEnabled.",
    ("Get-OrganizationRelationship | Format-List Name,FreeBusy*,MailTips*,MailboxMove*,Enabled",),
    "[exchange 7.4]; PS/Test-OrganizationRelationship",
)
HARMLESS_DIFFERENCE = Advice(
    Actor.CALLER,
    "Nothing, if both are the same host and path but for upper and lower case; else set the EPR in the "
    "partner's organization relationship to your ExternalUrl.",
    (
        "Get-WebServicesVirtualDirectory | Format-List Server,ExternalUrl",
        "Get-OrganizationRelationship | Format-List Name,TargetSharingEpr",
    ),
    "[exchange 7.4]",
)
ADDRESS_SPACE_CREDENTIALS = Advice(
    Actor.CALLER,
    "Give the availability address space credentials that the other forest accepts, and name the account "
    "there.",
    (
        "Get-AvailabilityAddressSpace | Format-List ForestName,AccessMethod,UserName,TargetAutodiscoverEpr",
        "Add-AvailabilityAddressSpace -ForestName {domain} -AccessMethod OrgWideFB -Credentials "
        "(Get-Credential)",
    ),
    "PS/Add-AvailabilityAddressSpace; Microsoft Learn, Availability service for cross-forest topologies",
)
ORG_WIDE_ACCOUNT = Advice(
    Actor.PARTNER,
    "Name the account that the caller uses as OrgWideAccount (or PerUserAccount), and keep Windows "
    "authentication on for the EWS virtual directory.",
    (
        "Get-AvailabilityConfig | Format-List OrgWideAccount,PerUserAccount",
        "Set-AvailabilityConfig -OrgWideAccount ACCOUNT",
        "Get-WebServicesVirtualDirectory | Select-Object Server,*Authentication*",
    ),
    "PS/Set-AvailabilityConfig",
)
EXTERNAL_ADDRESS = Advice(
    Actor.CALLER,
    "Ask with, or set as external address, the address whose Autodiscover leads to where the mailbox is "
    "(for a mailbox in the cloud: TENANT.mail.onmicrosoft.com).",
    ("Get-Recipient RECIPIENT | Format-List RecipientType,ExternalEmailAddress,EmailAddresses",),
    "RFB (LID 39660)",
)
FIX_PROXY_FOR_OWN_SERVERS = Advice(
    Actor.CALLER,
    "Keep requests between your own servers away from the web proxy, and write InternetWebProxy as http://.",
    ("Get-ExchangeServer | Format-List Name,InternetWebProxy*", "netsh winhttp show proxy"),
    "[exchange 6.7]",
)
SHRINK_CALENDAR = Advice(
    Actor.PARTNER,
    "Remove calendar entries of that time, or ask for a shorter window: one request returns at most a "
    "thousand.",
    (),
    "RFB (LID 54796)",
    tenant=True,
)
SET_WORKING_HOURS = Advice(
    Actor.PARTNER,
    "Set the working hours and their time zone of that mailbox anew.",
    (
        "Get-MailboxCalendarConfiguration MAILBOX | Format-List WorkingHours*",
        "Set-MailboxCalendarConfiguration MAILBOX -WorkingHoursStartTime 08:00 -WorkingHoursEndTime 17:00 "
        "-WorkingHoursTimeZone 'W. Europe Standard Time'",
    ),
    "RFB",
    tenant=True,
)
MAINTAIN_PUBLIC_FOLDERS = Advice(
    Actor.CALLER,
    "Legacy free/busy comes from a public folder server of your own organization: check that the server and "
    "its /public directory answer, and that SCHEDULE+ FREE BUSY has a replica there.",
    (
        "Get-PublicFolder -Recurse '\\NON_IPM_SUBTREE\\SCHEDULE+ FREE BUSY' | Format-List Name,Replicas",
        "Get-AvailabilityAddressSpace | Format-List ForestName,AccessMethod",
    ),
    "[exchange 5.1] (event 4003)",
)
ONE_RELATIONSHIP = Advice(
    Actor.PARTNER,
    "Keep your domain in one organization relationship there, and take it out of the others.",
    (
        "Get-OrganizationRelationship | Format-List Name,DomainNames,Enabled",
        'Set-OrganizationRelationship OTHER -DomainNames @{remove="YOUR-DOMAIN"}',
    ),
    "[exchange 7.4]; PS/Test-OrganizationRelationship",
    tenant=True,
)
ENABLE_RELATIONSHIP = Advice(
    Actor.CALLER,
    "Enable the organization relationship and its free/busy access.",
    (
        "Set-OrganizationRelationship RELATIONSHIP -Enabled $true -FreeBusyAccessEnabled $true "
        "-FreeBusyAccessLevel LimitedDetails",
    ),
    "[exchange 1.1.2]; PS/Set-OrganizationRelationship",
)
ENABLE_OWN_WSSECURITY = Advice(
    Actor.CALLER,
    "Enable WSSecurity authentication for the EWS and Autodiscover virtual directories, then restart IIS.",
    (
        "Get-AutodiscoverVirtualDirectory | Set-AutodiscoverVirtualDirectory -WSSecurityAuthentication:$true",
        "Get-WebServicesVirtualDirectory | Set-WebServicesVirtualDirectory -WSSecurityAuthentication:$true",
        "iisreset /noforce",
    ),
    "[exchange 7.1]",
)
