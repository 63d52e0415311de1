"""Advice about IIS and the virtual directories of Exchange: WSSecurity, handlers, publishing, services."""

from __future__ import annotations

from probe.remedies.advice import Actor, Advice

_ENABLE = (
    "Get-AutodiscoverVirtualDirectory | Set-AutodiscoverVirtualDirectory -WSSecurityAuthentication:$true",
    "Get-WebServicesVirtualDirectory | Set-WebServicesVirtualDirectory -WSSecurityAuthentication:$true",
    "iisreset /noforce",
)
TOGGLE_WSSECURITY = Advice(
    Actor.PARTNER,
    "Switch WSSecurity authentication off and on again for the EWS and Autodiscover virtual directories of "
    "every server, then restart IIS: without the restart the change does not take effect.",
    (
        "Get-AutodiscoverVirtualDirectory | Set-AutodiscoverVirtualDirectory "
        "-WSSecurityAuthentication:$false",
        "Get-WebServicesVirtualDirectory | Set-WebServicesVirtualDirectory -WSSecurityAuthentication:$false",
        *_ENABLE,
    ),
    "[exchange 7.1]; SEED1; RFB",
)
ENABLE_WSSECURITY = Advice(
    Actor.PARTNER,
    "Look whether WSSecurity authentication is on for both virtual directories of every server; enable it "
    "(if it is on: off and on again) and restart IIS.",
    (
        "Get-AutodiscoverVirtualDirectory | Select-Object Server,WSSecurityAuthentication",
        "Get-WebServicesVirtualDirectory | Select-Object Server,ExternalUrl,WSSecurityAuthentication",
        *_ENABLE,
    ),
    "[exchange 7.1]; SEED1",
)
RESTART_IIS = Advice(
    Actor.PARTNER,
    "Restart IIS on the servers that answer, or recycle the two application pools.",
    (
        "iisreset /noforce",
        "Restart-WebAppPool MSExchangeServicesAppPool",
        "Restart-WebAppPool MSExchangeAutodiscoverAppPool",
    ),
    "[exchange 7.1]; SEED3",
)
REGISTER_HANDLER = Advice(
    Actor.PARTNER,
    "Restore the svc-Integrated handler mapping of the EWS and Autodiscover virtual directories (on .NET 4 "
    "it is called svc-Integrated-4.0 and comes back with the WCF HTTP activation feature).",
    (
        '& $env:windir\\system32\\inetsrv\\appcmd.exe list config "Default Web Site/EWS" -section:handlers | '
        "findstr svc-Integrated",
        '& "$env:windir\\Microsoft.NET\\Framework\\v3.0\\Windows Communication '
        'Foundation\\ServiceModelReg.exe" -r',
        "iisreset /noforce",
    ),
    "[exchange 7.2]; KB2773628; KB2626696",
)
PASS_THROUGH = Advice(
    Actor.PARTNER,
    "Publish /ews/exchange.asmx/WSSecurity, /autodiscover/autodiscover.svc/WSSecurity and "
    "/autodiscover/autodiscover.svc without pre-authentication: a rule of their own above the others, no "
    "delegation but clients may authenticate directly, all users.",
    (),
    "[exchange 7.6]; SEED2",
)
KEEP_PATH = Advice(
    Actor.PARTNER,
    "Let what stands in front of Exchange pass the path on as it came, with /WSSecurity at its end, for "
    "/ews/exchange.asmx/WSSecurity and /autodiscover/autodiscover.svc/WSSecurity.",
    (),
    "[exchange 3.1.7]; [exchange 7.6]",
)
KEEP_CONTENT_TYPE = Advice(
    Actor.PARTNER,
    "Let what stands in front of Exchange pass answers on with the Content-Type that Exchange gave them "
    "(text/xml; charset=utf-8).",
    (),
    "[failures 5.6.3]",
)
END_HTTP_REDIRECT = Advice(
    Actor.PARTNER,
    "Take the redirect of the web site (to /owa) off the EWS and Autodiscover virtual directories, which "
    "inherit it.",
    (
        '& $env:windir\\system32\\inetsrv\\appcmd.exe list config "Default Web Site/EWS" '
        "-section:httpRedirect",
        '& $env:windir\\system32\\inetsrv\\appcmd.exe set config "Default Web Site/EWS" '
        "-section:httpRedirect -enabled:false -commit:apphost",
        '& $env:windir\\system32\\inetsrv\\appcmd.exe set config "Default Web Site/Autodiscover" '
        "-section:httpRedirect -enabled:false -commit:apphost",
    ),
    "Microsoft Learn, configure http to https redirection for Outlook on the web",
)
READ_PROXY_LOG = Advice(
    Actor.PARTNER,
    "Read what the front end wrote about this moment, in the columns ErrorCode and GenericErrors.",
    (
        'Get-ChildItem "$env:ExchangeInstallPath\\Logging\\HttpProxy\\Ews" | '
        "Sort-Object LastWriteTime | Select-Object -Last 1 | Get-Content -Tail 50",
    ),
    "[exchange 10.6]",
)
PASS_THROUGH_OAUTH = Advice(
    Actor.PARTNER,
    "Let /ews/exchange.asmx and /autodiscover/autodiscover.svc pass to Exchange without pre-authentication, "
    "with the Authorization header as it came.",
    (),
    "RFB (HTTP status 401)",
)
START_SERVICES = Advice(
    Actor.PARTNER,
    "Start what is stopped: application pools, services, server components; look into the HTTPERR log.",
    (
        "Test-ServiceHealth",
        "Get-ServerComponentState SERVER | Where-Object {$_.State -ne 'Active'}",
        "& $env:windir\\system32\\inetsrv\\appcmd.exe list apppool /state:Stopped",
        "Get-Content C:\\Windows\\System32\\LogFiles\\HTTPERR\\httperr*.log -Tail 50",
    ),
    "RFB",
)
START_POOL = Advice(
    Actor.PARTNER,
    "Start the application pool that the line names, and read in the System log (source WAS) why it stopped.",
    (
        "& $env:windir\\system32\\inetsrv\\appcmd.exe list apppool /state:Stopped",
        "Start-WebAppPool MSExchangeServicesAppPool",
        "Get-WinEvent -FilterHashtable @{LogName='System';ProviderName='Microsoft-Windows-WAS'} "
        "-MaxEvents 20",
    ),
    "RFB; Microsoft Learn, error logging in HTTP APIs",
)
SET_EXTERNAL_URL = Advice(
    Actor.PARTNER,
    "Set the ExternalUrl of the EWS virtual directory on the published servers.",
    (
        "Get-WebServicesVirtualDirectory | Set-WebServicesVirtualDirectory -ExternalUrl "
        "https://HOST/EWS/Exchange.asmx",
        "iisreset /noforce",
    ),
    "[exchange 4.4]; SEED1",
)
SET_OWN_URLS = Advice(
    Actor.CALLER,
    "Set the EWS URLs of your own servers and let the clients' Autodiscover reach them.",
    (
        "Get-WebServicesVirtualDirectory | Format-List Server,InternalUrl,ExternalUrl",
        "Get-ClientAccessService | Format-List Name,AutoDiscoverServiceInternalUri",
    ),
    "RFB (Error 8004010F)",
)
READ_TARGET_LOG = Advice(
    Actor.PARTNER,
    "Read the Application log and the IIS log of the answering server at this moment: the real error is "
    "there.",
    (
        "Get-WinEvent -FilterHashtable @{LogName='Application';ProviderName='MSExchange Availability'} "
        "-MaxEvents 20",
        "Select-String -Path C:\\inetpub\\logs\\LogFiles\\W3SVC1\\*.log -Pattern ASProxy,ASAutoDiscover | "
        "Select-Object -Last 20",
    ),
    "[exchange 5.1]; RFB",
)
ALLOW_EWS = Advice(
    Actor.PARTNER,
    "Add the caller's user agent to the list (EwsAllowList), or lift the limit; look at the mailbox too.",
    (
        "Get-OrganizationConfig | Format-List *Ews*",
        'Set-OrganizationConfig -EwsAllowList @{add="ASProxy/*","ASAutoDiscover/*"}',
        "Get-CASMailbox MAILBOX | Format-List Ews*",
    ),
    "ODS 403-forbidden-view-free-busy-information (KB3082946)",
)
WINDOWS_AUTHENTICATION = Advice(
    Actor.CALLER,
    "On the server that was asked: Windows authentication must be on for the EWS virtual directory, front "
    "and back end, with the default settings. Behind a load balancer check the alternate service account and "
    "its SPN.",
    (
        "Get-WebServicesVirtualDirectory -ADPropertiesOnly | Select-Object Server,Name,*Authentication*",
        "Get-ClientAccessService -IncludeAlternateServiceAccountCredentialStatus | "
        "Format-List Name,AlternateServiceAccountConfiguration",
        "setspn -Q http/HOST",
    ),
    "[exchange 5.2.3]; Microsoft Learn, Kerberos authentication for Client Access services",
)
EXTENDED_PROTECTION = Advice(
    Actor.PARTNER,
    "With Extended Protection on, no device may end TLS between caller and server with another certificate, "
    "and TLS offloading is impossible: bridge with the same certificate or pass TLS through.",
    (".\\ExchangeExtendedProtectionManagement.ps1 -ShowExtendedProtection",),
    "CSS ExchangeExtendedProtectionManagement",
)
REQUIRE_TLS_ONLY_FOR_HTTPS = Advice(
    Actor.PARTNER,
    "The request came as plain HTTP and the path requires TLS: let the device in front send "
    "https to Exchange "
    "(no offloading), and publish https only.",
    ('& $env:windir\\system32\\inetsrv\\appcmd.exe list config "Default Web Site/EWS" -section:access',),
    "IIS 403.4",
)
REPAIR_VIRTUAL_DIRECTORY = Advice(
    Actor.PARTNER,
    "Re-create the virtual directory, or repair the configuration that IIS names (web.config, module, "
    "application pool).",
    (
        "Get-WebServicesVirtualDirectory -Server SERVER | Remove-WebServicesVirtualDirectory",
        "New-WebServicesVirtualDirectory -Server SERVER",
        "iisreset /noforce",
    ),
    "[exchange 7.2]; IIS 500.19 and 500.21",
)
BIND_BACK_END = Advice(
    Actor.CALLER,
    "Bind the Microsoft Exchange certificate to port 444 of the Exchange Back End site again.",
    (
        "netsh http show sslcert ipport=0.0.0.0:444",
        "Get-WebBinding -Name 'Exchange Back End' | Format-List protocol,bindingInformation,certificateHash",
    ),
    "CSS HealthChecker",
)
ALLOW_CALLER_ADDRESS = Advice(
    Actor.PARTNER,
    "Allow the caller's public addresses in IIS (IP Address and Domain Restrictions) and in what publishes "
    "Exchange.",
    (
        '& $env:windir\\system32\\inetsrv\\appcmd.exe list config "Default Web Site/EWS" -section:ipSecurity',
        '& $env:windir\\system32\\inetsrv\\appcmd.exe list config "Default Web Site/Autodiscover" '
        "-section:ipSecurity",
    ),
    "[exchange 3.5]; IIS 403.6",
)
DEFAULT_AUTHENTICATION = Advice(
    Actor.PARTNER,
    "Give the EWS and Autodiscover virtual directories their default authentication settings in IIS: "
    "anonymous and Windows on, and WSSecurity and OAuth on in Exchange.",
    (
        '& $env:windir\\system32\\inetsrv\\appcmd.exe list config "Default Web Site/EWS" '
        "-section:anonymousAuthentication",
        "Get-WebServicesVirtualDirectory | Select-Object Server,*Authentication*",
        "iisreset /noforce",
    ),
    "Microsoft Learn, default settings for Exchange virtual directories",
)
UPDATE_SERVER = Advice(
    Actor.CALLER,
    "Install the latest cumulative and security update; if the same exception comes back, look "
    "for the module "
    "that the report names (an agent, an antivirus) or ask Microsoft support.",
    ("Get-ExchangeServer | Format-List Name,AdminDisplayVersion", ".\\HealthChecker.ps1"),
    "Microsoft Learn, Exchange updates",
)
RAISE_LIMIT = Advice(
    Actor.PARTNER, "Raise the request limit of what answers, and check again later.", (), "RFC 6585 section 4"
)
REPAIR_ASSEMBLY_PATHS = Advice(
    Actor.PARTNER,
    "Replace %ExchangeInstallDir% in web.config of the virtual directory by the installation path (back the "
    "file up), or run the last update of Exchange again; then restart IIS.",
    ("iisreset /noforce",),
    "Microsoft Learn, Could not load file or assembly when browsing EWS or Autodiscover",
)
READ_DIRECTORY = Advice(
    Actor.CALLER,
    "Let the Exchange servers reach a domain controller, let replication finish, and check that the "
    "availability configuration of the organization exists.",
    ("Get-AvailabilityConfig | Format-List", "dcdiag /q", "repadmin /replsummary"),
    "[exchange 5.1]",
)
REPAIR_OWN_MAILBOX = Advice(
    Actor.CALLER,
    "Mount the database, wait for a move to end, and repair the mailbox if it alone fails.",
    (
        "Get-MailboxDatabaseCopyStatus | Format-Table Name,Status",
        "New-MailboxRepairRequest -Mailbox MAILBOX -CorruptionType SearchFolder,FolderView,AggregateCounts",
    ),
    "[exchange 5.1]",
)
START_OWN_SITE = Advice(
    Actor.CALLER,
    "Start the Exchange services of that site's servers, take them out of maintenance, and give their EWS "
    "virtual directories an InternalUrl.",
    (
        "Test-ServiceHealth -Server SERVER",
        "Get-ServerComponentState SERVER",
        "Get-WebServicesVirtualDirectory -Server SERVER | Format-List InternalUrl",
    ),
    "[exchange 5.1]",
)
