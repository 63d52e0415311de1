"""Advice about OAuth between organizations: tokens, auth certificate, auth server, connectors."""

from __future__ import annotations

from probe.remedies.advice import Actor, Advice

_TEST = (
    "Test-OAuthConnectivity -Service EWS -TargetUri https://HOST/ews/exchange.asmx -Mailbox MAILBOX -Verbose"
)
TEST_OAUTH = Advice(
    Actor.CALLER,
    "Let Test-OAuthConnectivity say what is wrong with the token; compare the auth server and the auth "
    "certificate on your side.",
    (
        _TEST,
        "Get-AuthConfig | Format-List *Certificate*,ServiceName",
        "Get-AuthServer | Format-List Name,IssuerIdentifier,TokenIssuingEndpoint,AuthMetadataUrl,Enabled",
    ),
    "RFB",
)
ENABLE_OAUTH = Advice(
    Actor.PARTNER,
    "OAuth must be on for the EWS and Autodiscover virtual directories of the side that refuses, front and "
    "back end (off and on again if it is). Exchange 2010 cannot do OAuth at all.",
    (
        "Get-WebServicesVirtualDirectory | Select-Object Server,Name,OAuthAuthentication",
        "Get-AutodiscoverVirtualDirectory | Select-Object Server,Name,OAuthAuthentication",
        "Set-WebServicesVirtualDirectory 'SERVER\\EWS (Exchange Back End)' -OAuthAuthentication:$true",
        "Get-PartnerApplication | Format-List Name,Enabled,ApplicationIdentifier,LinkedAccount",
    ),
    "RFB",
)
DISABLE_CONNECTOR = Advice(
    Actor.CALLER,
    "Until OAuth works, disable the IntraOrganizationConnector: the organization relationship is then used.",
    (
        "Get-IntraOrganizationConnector | Format-List Name,Enabled,TargetAddressDomains,DiscoveryEndpoint",
        "Set-IntraOrganizationConnector CONNECTOR -Enabled $false",
    ),
    "RFB; [exchange 1.1.1]",
)
NEW_AUTH_CERTIFICATE = Advice(
    Actor.CALLER,
    "Make or choose the auth certificate of your organization, set it in the auth configuration and publish "
    "it; then restart IIS.",
    (
        "Get-ExchangeCertificate -Thumbprint (Get-AuthConfig).CurrentCertificateThumbprint | Format-List",
        "New-ExchangeCertificate -KeySize 2048 -PrivateKeyExportable $true -SubjectName 'CN=Microsoft "
        "Exchange Server Auth Certificate' -FriendlyName 'Microsoft Exchange Server Auth Certificate' "
        "-DomainName @()",
        "Set-AuthConfig -NewCertificateThumbprint THUMBPRINT -NewCertificateEffectiveDate (Get-Date)",
        "Set-AuthConfig -PublishCertificate",
        "Set-AuthConfig -ClearPreviousCertificate",
    ),
    "RFB (missing signing certificate)",
)
UPLOAD_AUTH_CERTIFICATE = Advice(
    Actor.CALLER,
    "Upload your current auth certificate to Entra: it is not the one that is registered there (run the "
    "hybrid wizard again, or the dedicated hybrid application's script).",
    (
        "Get-AuthConfig | Format-List CurrentCertificateThumbprint,ServiceName",
        "(Get-MgServicePrincipal -Filter \"AppId eq '00000002-0000-0ff1-ce00-000000000000'\").KeyCredentials",
        ".\\ConfigureExchangeHybridApplication.ps1 -UpdateCertificate",
    ),
    "RFB (key was not found); CSS ConfigureExchangeHybridApplication",
)
REFRESH_AUTH_METADATA = Advice(
    Actor.PARTNER,
    "Refresh the metadata of the auth server on the side that refuses the token, wait a quarter of an hour "
    "or restart IIS.",
    (
        "Get-AuthServer | Set-AuthServer -RefreshAuthMetadata",
        "Get-AuthServer | Format-List Name,IssuerIdentifier,TokenIssuingEndpoint,AuthMetadataUrl,Enabled",
        "iisreset /noforce",
    ),
    "RFB (invalid signature)",
)
REGISTER_SERVICE_PRINCIPAL_NAME = Advice(
    Actor.CALLER,
    "Register the host of the EWS and Autodiscover URLs as a service principal name of Exchange Online in "
    "the tenant.",
    (
        "$p = Get-MgServicePrincipal -Filter \"AppId eq '00000002-0000-0ff1-ce00-000000000000'\"",
        "Update-MgServicePrincipal -ServicePrincipalId $p.Id -ServicePrincipalNames "
        "($p.ServicePrincipalNames + 'https://HOST')",
    ),
    "Microsoft Learn, configure OAuth between Exchange and Exchange Online",
)
NO_OFFLOADING = Advice(
    Actor.PARTNER,
    "End TLS offloading for EWS and Autodiscover, register the host that callers use, or disable the "
    "IntraOrganizationConnector on the calling side.",
    (
        "Get-WebServicesVirtualDirectory | Format-List Server,InternalUrl,ExternalUrl",
        "Set-IntraOrganizationConnector 'HybridIOC*' -Enabled $false",
    ),
    "RFB (audience claim)",
)
REMOVE_DUPLICATE_USER = Advice(
    Actor.PARTNER,
    "Find the other object with the same UPN, SMTP or SIP address in the directory of the side that refuses, "
    "and change or delete it.",
    (
        "Get-ADObject -LDAPFilter '(|(userPrincipalName=ADDRESS)(proxyAddresses=SMTP:ADDRESS)"
        "(proxyAddresses=sip:ADDRESS))'",
    ),
    "RFB (LID 43532)",
)
SYNCHRONISE_USER = Advice(
    Actor.CALLER,
    "Synchronise the user to Entra: the mail user there is missing or not provisioned.",
    ("Start-ADSyncSyncCycle -PolicyType Delta", "Get-MailUser USER | Format-List *Address*,ExchangeGuid"),
    "RFB (user-context does not exist)",
)
LINK_ACCOUNT = Advice(
    Actor.PARTNER,
    "Give the partner application of Exchange Online its linked account with RBAC roles, and keep that "
    "account enabled.",
    (
        "Get-PartnerApplication | Format-List Name,LinkedAccount",
        "Set-PartnerApplication 'Exchange Online' -LinkedAccount 'ROOT-DOMAIN/Users/Exchange "
        "Online-ApplicationAccount'",
        "Get-ManagementRoleAssignment -RoleAssignee 'Exchange Online-ApplicationAccount' | "
        "Format-List Name,Role",
    ),
    "RFB",
)
DEDICATED_APPLICATION = Advice(
    Actor.CALLER,
    "Install the update that knows the dedicated hybrid application, create the application, and turn it on: "
    "the shared service principal is blocked for EWS since October 2025.",
    (
        ".\\ConfigureExchangeHybridApplication.ps1 -FullyConfigureExchangeHybridApplication",
        "Get-SettingOverride | Where-Object {$_.ComponentName -eq 'Global'}",
    ),
    "[exchange 8.3]; CSS ConfigureExchangeHybridApplication",
)
UPDATE_EXCHANGE = Advice(
    Actor.CALLER,
    "Exchange 2016 CU8 is known to fail here: install CU9 or later. Without it, a mailbox with an archive or "
    "a direct TargetSharingEpr gets around it.",
    ("Get-ExchangeServer | Format-List Name,AdminDisplayVersion",),
    "Microsoft Support, hybrid free/busy lookups fail between Exchange 2016 CU8 and Office 365",
)
CHECK_TENANT = Advice(
    Actor.CALLER,
    "Compare the tenant, the realm and the endpoints of the auth server with the tenant that the users are "
    "in; run the hybrid wizard again if they differ.",
    (
        "Get-AuthServer | Format-List Name,Realm,IssuerIdentifier,TokenIssuingEndpoint,AuthMetadataUrl",
        "Get-AuthConfig | Format-List Realm,ServiceName",
        "Get-IntraOrganizationConnector | Format-List Name,TargetAddressDomains,DiscoveryEndpoint",
    ),
    "RFB; Microsoft Learn, Entra authentication error codes",
)
ALLOW_EWS_IN_TENANT = Advice(
    Actor.CALLER,
    "In the tenant: allow EWS, for the application that your servers use.",
    (
        "Get-OrganizationConfig | Format-List *Ews*",
        "Set-OrganizationConfig -EwsEnabled $true -EwsAllowedAppIDs APPLICATION-ID",
    ),
    "[exchange 8.2]; PS/Set-OrganizationConfig",
)
CLOUD_ADDRESS = Advice(
    Actor.CALLER,
    "Set the address of Exchange Online as the hybrid wizard does; leave TargetSharingEpr empty.",
    (
        "Get-OrganizationRelationship | Format-List Name,TargetAutodiscoverEpr,TargetSharingEpr",
        "Get-IntraOrganizationConnector | Format-List Name,DiscoveryEndpoint,TargetSharingEpr",
    ),
    "[exchange 1.4.3]",
)
REPAIR_AGENT = Advice(
    Actor.CALLER,
    "Start the Microsoft Hybrid Service on the agent's server; if the agent stays inactive, run the hybrid "
    "wizard once as classic and once as modern topology; check TargetSharingEpr.",
    (
        "Get-Service *Hybrid*",
        "Get-HybridApplication",
        "Get-IntraOrganizationConnector | Format-List Name,TargetSharingEpr",
        "Get-OrganizationRelationship | Format-List Name,TargetSharingEpr",
    ),
    "RFB (504)",
)
COMPLETE_USER = Advice(
    Actor.CALLER,
    "Give the mailbox that asks a UPN and an SMTP address, and synchronise it.",
    ("Get-User USER | Format-List UserPrincipalName,WindowsEmailAddress,Sid",),
    "[exchange 10.3]",
)
REGISTER_PARTNER_APPLICATION = Advice(
    Actor.PARTNER,
    "Register or enable the application that the token names as a partner application of the organization "
    "that answers (between an organization and its tenant the hybrid application's script does it).",
    (
        "Get-PartnerApplication | Format-List Name,ApplicationIdentifier,Enabled,Realm",
        "Set-PartnerApplication 'Exchange Online' -Enabled $true",
    ),
    "[exchange 10.4]; PS/Set-PartnerApplication",
)
CORRECT_CONNECTOR_ADDRESS = Advice(
    Actor.CALLER,
    "Let the connector's DiscoveryEndpoint and TargetSharingEpr lead to the other side's Autodiscover and "
    "EWS URL.",
    ("Get-IntraOrganizationConnector | Format-List Name,Enabled,DiscoveryEndpoint,TargetSharingEpr",),
    "[exchange 10.4]; [exchange 1.1.1]",
)
COPY_AUTH_CERTIFICATE = Advice(
    Actor.PARTNER,
    "Copy the auth certificate with its private key to every server of the organization that answers, or "
    "publish it anew; then restart IIS.",
    (
        "Get-ExchangeCertificate -Thumbprint (Get-AuthConfig).CurrentCertificateThumbprint | Format-List",
        "Set-AuthConfig -PublishCertificate",
    ),
    "[exchange 10.4]",
)
EXEMPT_APPLICATION = Advice(
    Actor.CALLER,
    "Exclude the hybrid application (or your servers' addresses) from the Conditional Access policy.",
    (),
    "[exchange 10.5]",
)
