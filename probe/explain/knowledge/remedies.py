"""The fix recipes, each once: who does it, what, and the commands. Source: [exchange 7].

Commands are Exchange Management Shell lines unless they are plainly `certutil`, `iisreset` and the like.
Words in capitals are for the reader to replace.
"""

from __future__ import annotations

from probe.explain.model import Remedy

CALLER = "caller"
PARTNER = "partner"
NETWORK = "network"

IMPORT_ROOT = Remedy(
    CALLER,
    "Import the root certificate of the partner's chain into the Trusted Root store of the local computer, "
    "on every server that starts lookups (Exchange 2010: every Client Access server; 2013 and later: every "
    "Mailbox server). A user's store does not count.",
    (
        "certutil -addstore -enterprise Root root.cer",
        "Import-Certificate -FilePath root.cer -CertStoreLocation Cert:\\LocalMachine\\Root",
    ),
    "[exchange 7.3]; SEED3",
)
SEND_INTERMEDIATE = Remedy(
    PARTNER,
    "Install the missing intermediate certificates on the server (or device) that answers, so that they are "
    "sent in the handshake. Until then the caller can hold them itself.",
    ("Import-Certificate -FilePath intermediate.cer -CertStoreLocation Cert:\\LocalMachine\\CA",),
    "[exchange 7.3]",
)
FIX_NAME = Remedy(
    PARTNER,
    "Let the certificate carry the host name of the URL, or publish the URL under a name that the "
    "certificate has. The host of ExternalUrl must be among the certificate's names.",
    (
        'Get-ExchangeCertificate | Where-Object {$_.Services -like "*IIS*"} | Select-Object '
        "Subject,CertificateDomains,NotAfter",
        "Get-WebServicesVirtualDirectory | Select-Object Server,ExternalUrl",
    ),
    "[exchange 7.3]; SEED1",
)
POINT_TO_NAME = Remedy(
    CALLER,
    "If the organization relationship holds a host that the certificate does not name, set it to one that "
    "it does.",
    (
        "Set-OrganizationRelationship RELATIONSHIP -TargetSharingEpr "
        "https://HOST/ews/exchange.asmx/WSSecurity",
    ),
    "[exchange 7.5]",
)
RENEW_CERTIFICATE = Remedy(
    PARTNER,
    "Renew the certificate and assign it to IIS on every published server and on the reverse proxy.",
    ("Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services IIS",),
    "[exchange 7.3]",
)
PROXY_ROOT = Remedy(
    CALLER,
    "A proxy that opens TLS shows its own certificate. Exempt the partner's host from inspection, or import "
    "the proxy's root on every Exchange server.",
    ("Get-ExchangeServer | Format-List Name,InternetWebProxy",),
    "[exchange 6.7]",
)
TOGGLE_WSSECURITY = Remedy(
    PARTNER,
    "Switch WSSecurity authentication off and on again for the EWS and Autodiscover virtual directories of "
    "every server, then restart IIS: without the restart the change does not take effect.",
    (
        "Get-AutodiscoverVirtualDirectory | Set-AutodiscoverVirtualDirectory "
        "-WSSecurityAuthentication:$false",
        "Get-AutodiscoverVirtualDirectory | Set-AutodiscoverVirtualDirectory -WSSecurityAuthentication:$true",
        "Get-WebServicesVirtualDirectory | Set-WebServicesVirtualDirectory -WSSecurityAuthentication:$false",
        "Get-WebServicesVirtualDirectory | Set-WebServicesVirtualDirectory -WSSecurityAuthentication:$true",
        "iisreset /noforce",
    ),
    "[exchange 7.1]; SEED1; RFB",
)
ENABLE_WSSECURITY = Remedy(
    PARTNER,
    "Look whether WSSecurity authentication is on for both virtual directories of every server; enable it "
    "and restart IIS.",
    (
        "Get-AutodiscoverVirtualDirectory | Select-Object Server,WSSecurityAuthentication",
        "Get-WebServicesVirtualDirectory | Select-Object Server,ExternalUrl,WSSecurityAuthentication",
        "Get-AutodiscoverVirtualDirectory | Set-AutodiscoverVirtualDirectory -WSSecurityAuthentication:$true",
        "Get-WebServicesVirtualDirectory | Set-WebServicesVirtualDirectory -WSSecurityAuthentication:$true",
        "iisreset /noforce",
    ),
    "[exchange 7.1]; SEED1",
)
RESTART_IIS = Remedy(
    PARTNER,
    "Restart IIS on the partner's servers, or recycle the two application pools.",
    (
        "iisreset /noforce",
        "Restart-WebAppPool MSExchangeServicesAppPool",
        "Restart-WebAppPool MSExchangeAutodiscoverAppPool",
    ),
    "[exchange 7.1]; SEED3",
)
REGISTER_HANDLER = Remedy(
    PARTNER,
    "Restore the svc-Integrated handler mapping of the EWS and Autodiscover virtual directories (on .NET 4 "
    "it is called svc-Integrated-4.0 and comes back with the WCF HTTP activation feature).",
    (
        '%windir%\\system32\\inetsrv\\appcmd list config "Default Web Site/EWS" -section:handlers | '
        "findstr svc-Integrated",
        '"%windir%\\Microsoft.NET\\Framework\\v3.0\\Windows Communication '
        'Foundation\\ServiceModelReg.exe" -r',
        "iisreset /noforce",
    ),
    "[exchange 7.2]; KB2773628; KB2626696",
)
PASS_THROUGH = Remedy(
    PARTNER,
    "Publish /ews/exchange.asmx/WSSecurity, /autodiscover/autodiscover.svc/WSSecurity and "
    "/autodiscover/autodiscover.svc without pre-authentication: a rule of their own above the others, no "
    "delegation but clients may authenticate directly, all users.",
    (),
    "[exchange 7.6]; SEED2",
)
ALLOW_SOURCE = Remedy(
    NETWORK,
    "Let the caller's outgoing addresses reach port 443 of the partner, also past intrusion prevention, "
    "geographic filters and TLS inspection. Test from an Exchange server, as the computer account.",
    ("Test-NetConnection HOST -Port 443",),
    "RFB",
)
ENABLE_TLS12 = Remedy(
    CALLER,
    "Enable TLS 1.2 for .NET and SChannel on the caller's servers, and check it with HealthChecker.",
    (
        "Set-ItemProperty HKLM:\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319 -Name "
        "SystemDefaultTlsVersions -Value 1 -Type DWord",
        "Set-ItemProperty HKLM:\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319 -Name SchUseStrongCrypto "
        "-Value 1 -Type DWord",
        ".\\HealthChecker.ps1",
    ),
    "[failures 6]; CSS HealthChecker; ODS request-was-aborted-could-not-create-ssl-tls-secure-channel.md",
)
OFFER_COMMON_TLS = Remedy(
    PARTNER,
    "Offer a protocol version and cipher suite that the caller's Windows has (Windows Server 2012 R2 and "
    "older have no ECDHE_RSA with AES-GCM).",
    (),
    "[failures 6.4]",
)
SET_WEB_PROXY = Remedy(
    CALLER,
    "Tell Exchange which proxy leads to the internet, on every server, or take a wrong one out.",
    ("Set-ExchangeServer SERVER -InternetWebProxy http://PROXY:PORT", "netsh winhttp show proxy"),
    "ODS the-underlying-connection-was-closed-error.md; [exchange 6.7]",
)
FIX_DNS = Remedy(
    CALLER,
    "Let the servers resolve the name, or correct the host in the organization relationship.",
    (
        "Resolve-DnsName HOST",
        "Get-OrganizationRelationship | Format-List Name,DomainNames,TargetSharingEpr,TargetAutodiscoverEpr",
    ),
    "RFB",
)
REFRESH_RELATIONSHIP = Remedy(
    CALLER,
    "Read the partner's addresses anew into the organization relationship.",
    ("Get-FederationInformation -DomainName {domain} | Set-OrganizationRelationship -Identity RELATIONSHIP",),
    "[exchange 7.5]",
)
SET_SHARING_EPR = Remedy(
    CALLER,
    "Give the EWS URL directly; Autodiscover is then skipped.",
    (
        "Set-OrganizationRelationship RELATIONSHIP -TargetSharingEpr "
        "https://HOST/ews/exchange.asmx/WSSecurity",
    ),
    "[exchange 7.5]; RFB",
)
CREATE_RELATIONSHIP = Remedy(
    CALLER,
    "Create or complete the organization relationship for the domain and allow free/busy.",
    (
        "Get-OrganizationRelationship | Format-List Name,DomainNames,Enabled,FreeBusyAccess*,Target*",
        "Get-FederationInformation -DomainName {domain} | New-OrganizationRelationship -Name NAME -Enabled "
        "$true -FreeBusyAccessEnabled $true -FreeBusyAccessLevel LimitedDetails",
    ),
    "RFB; ODS no-free-busy-information-retrieved.md",
)
GRANT_ACCESS = Remedy(
    PARTNER,
    "Let the organization relationship of the partner name the requester's domain with free/busy access, "
    "and give the calendar's Default permission AvailabilityOnly.",
    (
        "Get-OrganizationRelationship | Format-List DomainNames,Enabled,FreeBusyAccess*",
        "Set-MailboxFolderPermission MAILBOX:\\Calendar -User Default -AccessRights AvailabilityOnly",
    ),
    "RFB; KB2667844",
)
REFRESH_METADATA = Remedy(
    PARTNER,
    "Refresh the federation trust's metadata, twice, in the organization that refuses the token, and let a "
    "daily task do it from now on.",
    (
        "Get-FederationTrust | Set-FederationTrust -RefreshMetadata",
        "Get-FederationTrust | Set-FederationTrust -RefreshMetadata",
        "Test-FederationTrust -Verbose",
        "Test-FederationTrustCertificate",
    ),
    "[exchange 7.7]; ODS freebusy-lookups-stop-working.md",
)
SYNCHRONISE_CLOCK = Remedy(
    CALLER, "Keep the servers' clocks within five minutes.", ("w32tm /query /status",), "[exchange 7.7]"
)
REACH_TOKEN_SERVICE = Remedy(
    CALLER,
    "Let the servers reach nexus.microsoftonline-p.com, login.microsoftonline.com/extSTS.srf and "
    "domains.live.com as the SYSTEM account, through the proxy that Exchange knows.",
    ("Test-FederationTrust -Verbose", "Get-ExchangeServer | Format-List Name,InternetWebProxy"),
    "[exchange 7.7]; RFB",
)
RECREATE_TRUST = Remedy(
    CALLER,
    "Re-create the federation trust so that both organizations use the same token issuer.",
    ("Get-FederationTrust | Format-List Name,TokenIssuerUri,ApplicationUri",),
    "[exchange 4]",
)
START_SERVICES = Remedy(
    PARTNER,
    "Start what is stopped: services, server components, application pools; look into the HTTPERR log.",
    (
        "Test-ServiceHealth",
        "Get-ServerComponentState SERVER | Where-Object {$_.State -ne 'Active'}",
        "Get-ChildItem IIS:\\AppPools | Where-Object {$_.State -ne 'Started'}",
        "Get-Content C:\\Windows\\System32\\LogFiles\\HTTPERR\\httperr*.log -Tail 50",
    ),
    "RFB",
)
SET_EXTERNAL_URL = Remedy(
    PARTNER,
    "Set the ExternalUrl of the EWS virtual directory on the published servers.",
    (
        "Get-WebServicesVirtualDirectory | Set-WebServicesVirtualDirectory -ExternalUrl "
        "https://HOST/EWS/Exchange.asmx",
        "iisreset /noforce",
    ),
    "[exchange 4]; SEED1",
)
OPEN_PORT = Remedy(
    NETWORK,
    "Open port 443 from the caller's servers to the partner, and check that IIS listens there.",
    ("Test-NetConnection HOST -Port 443",),
    "RFB",
)
CHECK_FEDERATION_CERTIFICATE = Remedy(
    CALLER,
    "Check that the federation certificate is installed on all servers.",
    ("Test-FederationTrustCertificate", "Get-FederationTrust | Format-List Org*Certificate,TokenIssuer*"),
    "RFB; [exchange 7.4]",
)
REPAIR_OAUTH = Remedy(
    PARTNER,
    "Check the OAuth configuration of the side that refuses: auth server metadata, auth certificate, "
    "partner application.",
    (
        "Test-OAuthConnectivity -Service EWS -TargetUri https://HOST/ews/exchange.asmx -Mailbox MAILBOX "
        "-Verbose",
        "Get-AuthConfig | Format-List *Certificate*",
        "Get-AuthServer | Set-AuthServer -RefreshAuthMetadata",
        "Get-PartnerApplication | Format-List Name,Enabled,ApplicationIdentifier,LinkedAccount",
    ),
    "RFB",
)
READ_TARGET_LOG = Remedy(
    PARTNER,
    "Read the partner's Application log and IIS log at this moment: the real error is there.",
    (
        "Get-WinEvent -FilterHashtable @{LogName='Application';ProviderName='MSExchange Availability'} "
        "-MaxEvents 20",
        "Select-String -Path C:\\inetpub\\logs\\LogFiles\\W3SVC1\\*.log -Pattern ASProxy,ASAutoDiscover | "
        "Select-Object -Last 20",
    ),
    "[exchange 5]; RFB",
)
WAIT_OR_RESET = Remedy(
    CALLER,
    "After a fix, wait an hour or restart IIS on the caller: a URL that failed is remembered as bad for one "
    "hour.",
    ("iisreset /noforce",),
    "[exchange 1.1]",
)
