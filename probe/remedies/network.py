"""Advice about the way there: name resolution, firewalls, proxies, TLS versions."""

from __future__ import annotations

from probe.remedies.advice import Actor, Advice

ALLOW_SOURCE = Advice(
    Actor.NETWORK,
    "Let the caller's outgoing addresses reach port 443 of the other side, also past intrusion prevention, "
    "geographic filters and TLS inspection. Test from an Exchange server, as the computer account.",
    ("Test-NetConnection HOST -Port 443",),
    "RFB",
)
OPEN_PORT = Advice(
    Actor.NETWORK,
    "Open port 443 from the caller's servers to the other side, through every firewall and proxy on the way.",
    ("Test-NetConnection HOST -Port 443",),
    "RFB",
)
ALLOW_OUTBOUND = Advice(
    Actor.CALLER,
    "Let w3wp.exe on the Exchange servers connect out: look for outbound rules that block, and for what the "
    "endpoint protection of the server logged at that moment.",
    (
        "Get-NetFirewallRule -Direction Outbound -Action Block -Enabled True | Format-Table "
        "DisplayName,Profile",
        "Test-NetConnection HOST -Port 443",
    ),
    "[failures 5.7]",
)
FREE_PORTS = Advice(
    Actor.CALLER,
    "Find the program that holds the ports and restart or mend it; give Windows more dynamic ports only if "
    "the load is real.",
    (
        "Get-NetTCPConnection | Group-Object OwningProcess | Sort-Object Count -Descending | Select-Object "
        "-First 10 Count,Name",
        "netsh int ipv4 show dynamicport tcp",
    ),
    "[failures 5.7]",
)
PROBE_FROM_CALLER = Advice(
    Actor.CALLER,
    "Run the probe on the Exchange server itself: the address that it goes out with is what counts.",
    (),
    "[exchange 3.5]; IIS 403.6",
)
PROBE_ELSEWHERE = Advice(
    Actor.CALLER,
    "Run the probe on the Exchange server itself, or mend what this machine lacks (its resolver, its route, "
    "its rules): nothing was seen of the partner.",
    (),
    "[exchange 3.5]",
)
LEAD_TO_EXCHANGE = Advice(
    Actor.PARTNER,
    "Let the name lead to Exchange (public DNS, a wildcard entry above all), or tell the caller the URL "
    "under which EWS is published.",
    (
        "Resolve-DnsName HOST",
        "Get-WebServicesVirtualDirectory | Format-List Server,ExternalUrl",
    ),
    "[exchange 3.5]; astaris.co.uk 2019",
)
LISTEN = Advice(
    Actor.PARTNER,
    "Check that the service listens and is published at this address: IIS, the load balancer, the port "
    "forwarding.",
    ("netstat -ano | findstr :443", "Test-NetConnection HOST -Port 443"),
    "[failures 5.7]",
)
OPEN_PROXY_TUNNEL = Advice(
    Actor.NETWORK, "Let the proxy open CONNECT to this host and port.", (), "[failures 5.5.1]"
)
FIND_RESETTING_DEVICE = Advice(
    Actor.PARTNER,
    "Look for a firewall or intrusion prevention in front of Exchange that resets the request, and for the "
    "request in the IIS log of the server.",
    (),
    "RFB",
)
FIND_HOLDING_DEVICE = Advice(
    Actor.PARTNER,
    "Look for a firewall, load balancer or intrusion prevention in front of Exchange that takes the "
    "connection and holds it, and for the request in the IIS log of the server: the port itself is open.",
    (),
    "[failures 5.7]",
)
_HIVES = ("HKLM\\SOFTWARE\\Microsoft", "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft")
_RUNTIMES = ("v4.0.30319", "v2.0.50727")
_SCHANNEL = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2"
ENABLE_TLS12 = Advice(
    Actor.CALLER,
    "Let .NET use the protocols of Windows (both versions, both registry views) and turn TLS 1.2 on in "
    "SChannel as client and as server on your servers, restart them, and check it with HealthChecker.",
    (
        *(
            f"reg add {hive}\\.NETFramework\\{runtime} /v {value} /t REG_DWORD /d 1 /f"
            for hive in _HIVES
            for runtime in _RUNTIMES
            for value in ("SystemDefaultTlsVersions", "SchUseStrongCrypto")
        ),
        *(
            f'reg add "{_SCHANNEL}\\{role}" /v {value} /t REG_DWORD /d {number} /f'
            for role in ("Client", "Server")
            for value, number in (("Enabled", 1), ("DisabledByDefault", 0))
        ),
        ".\\HealthChecker.ps1",
    ),
    "[failures 6.8]; CSS HealthChecker; ODS request-was-aborted-could-not-create-ssl-tls-secure-channel.md",
)
_SUITE_POLICY = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002"
_SCHANNEL_ALGORITHMS = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL"
OFFER_KNOWN_SUITES = Advice(
    Actor.CALLER,
    "Give your servers a cipher suite of TLS 1.2 that their Windows knows, such as ECDHE with AES: correct "
    "the order of cipher suites that group policy or an administrator wrote, and what SCHANNEL switches off.",
    (
        "Get-TlsCipherSuite | Format-Table Name",
        f"reg query {_SUITE_POLICY} /v Functions",
        f"reg query {_SCHANNEL_ALGORITHMS} /s /v Enabled",
    ),
    "[failures 6.4.9]; [failures 6.4.10]",
)
ALLOW_COMMON_GROUP = Advice(
    Actor.PARTNER, "Allow P-256 or P-384 as group of the key exchange.", (), "[failures 6.6]"
)
USE_COMMON_PRIME = Advice(
    Actor.PARTNER,
    "Use a Diffie-Hellman group of 2048 bits, or allow ECDHE suites with P-256 or P-384.",
    (),
    "[failures 6.7]",
)
SIGN_WITH_PKCS1 = Advice(
    Actor.PARTNER,
    "Let what ends TLS sign in TLS 1.2 with RSA (PKCS #1) or ECDSA and SHA-256 too: Windows before Server "
    "2019 has no RSA-PSS there, and before Server 2012 R2 no SHA-512.",
    ("openssl s_client -connect HOST:443 -tls1_2 -sigalgs RSA+SHA256:ECDSA+SHA256",),
    "[failures 6.11]",
)
SUPPORT_SECURE_RENEGOTIATION = Advice(
    Actor.PARTNER,
    "Update what ends TLS in front of Exchange (load balancer, proxy, firewall), or let it support secure "
    "renegotiation (RFC 5746).",
    ("openssl s_client -connect HOST:443 -tls1_2",),
    "[failures 6.12]",
)
OFFER_COMMON_TLS = Advice(
    Actor.PARTNER,
    "Offer a protocol version and a cipher suite that the caller's Windows has: TLS 1.2 with ECDHE and AES, "
    "for Windows Server 2012 R2 and older also with CBC (they have no ECDHE_RSA with AES-GCM).",
    (),
    "[failures 6.4.2]",
)
SET_WEB_PROXY = Advice(
    Actor.CALLER,
    "Tell Exchange which proxy leads to the internet (InternetWebProxy), on every server, or take a wrong "
    "one out.",
    ("Set-ExchangeServer SERVER -InternetWebProxy http://PROXY:PORT", "netsh winhttp show proxy"),
    "ODS the-underlying-connection-was-closed-error.md; [exchange 6.7]",
)
PROXY_WITHOUT_LOGON = Advice(
    Actor.CALLER,
    "Let the Exchange servers through your outgoing proxy without a logon, or set InternetWebProxy to one "
    "that asks for none.",
    ("Get-ExchangeServer | Format-List Name,InternetWebProxy", "netsh winhttp show proxy"),
    "[failures 5.5.1]; [exchange 6.7]",
)
FIX_DNS = Advice(
    Actor.CALLER,
    "Let the servers resolve the name, or correct the host in the organization relationship.",
    (
        "Resolve-DnsName HOST",
        "Get-OrganizationRelationship | Format-List Name,DomainNames,TargetSharingEpr,TargetAutodiscoverEpr",
    ),
    "RFB",
)
RESOLVE_INTERNET_NAMES = Advice(
    Actor.CALLER,
    "Let your servers resolve names of the internet (forwarders of your DNS, or the web proxy).",
    ("Resolve-DnsName login.microsoftonline.com", "ipconfig /all"),
    "RFB",
)
REACH_TOKEN_SERVICE = Advice(
    Actor.CALLER,
    "Let every Exchange server reach nexus.microsoftonline-p.com, login.microsoftonline.com (extSTS.srf) and "
    "domains.live.com as the SYSTEM account, through your firewall and the proxy that Exchange knows "
    "(InternetWebProxy).",
    (
        "Test-FederationTrust -Verbose",
        "Get-ExchangeServer | Format-List Name,InternetWebProxy",
        "netsh winhttp show proxy",
    ),
    "[exchange 7.7]; RFB",
)
REACH_AUTHORIZATION_SERVER = Advice(
    Actor.CALLER,
    "Let every Exchange server reach accounts.accesscontrol.windows.net, login.windows.net and "
    "login.microsoftonline.com as the SYSTEM account, through your firewall and the proxy that Exchange "
    "knows (InternetWebProxy), without TLS inspection.",
    ("Get-ExchangeServer | Format-List Name,InternetWebProxy", "netsh winhttp show proxy"),
    "RFB",
)
SYNCHRONISE_CLOCK = Advice(
    Actor.CALLER,
    "Keep the servers' clocks within five minutes of the true time.",
    ("w32tm /query /status", "w32tm /resync"),
    "[exchange 7.7]",
)
WAIT_AND_RETRY = Advice(
    Actor.CALLER,
    "Wait about 30 minutes and run the same command again; look at the service health of Microsoft 365.",
    (),
    "KB3067975",
)
BIND_HOST_NAME = Advice(
    Actor.PARTNER,
    "Bind the host name with its certificate in IIS or on the device that ends TLS.",
    ("netsh http show sslcert",),
    "RFC 6066 section 3; [failures 5.4.3]",
)
REACH_REVOCATION_LISTS = Advice(
    Actor.CALLER,
    "Let the server reach the addresses of the revocation lists over http, if other programs need it.",
    ("certutil -verify -urlfetch leaf.cer",),
    "[exchange 6.4]",
)
REACH_ROOT_UPDATE = Advice(
    Actor.CALLER,
    "Let the server reach ctldl.windowsupdate.com, or import the roots that it needs.",
    ("certutil -generateSSTFromWU roots.sst", "certutil -addstore -enterprise Root root.cer"),
    "Microsoft Learn, certificates and trust in Windows",
)
EXEMPT_FROM_FIREWALL = Advice(
    Actor.PARTNER,
    "Let the device in front of Exchange pass POST requests with SOAP for /ews/exchange.asmx and "
    "/autodiscover/autodiscover.svc (with and without /WSSecurity): exempt these paths from its inspection.",
    (),
    "[exchange 7.6]",
)
