"""Advice about certificates of TLS: roots, intermediates, names, renewal, client certificates."""

from __future__ import annotations

from probe.remedies.advice import Actor, Advice

IMPORT_ROOT = Advice(
    Actor.CALLER,
    "Import the root certificate of the chain into the Trusted Root store of the local computer, on every "
    "server that starts lookups (Exchange 2010: every Client Access server; 2013 and later: every Mailbox "
    "server). A user's store does not count.",
    (
        "certutil -addstore -enterprise Root root.cer",
        "Import-Certificate -FilePath root.cer -CertStoreLocation Cert:\\LocalMachine\\Root",
    ),
    "[exchange 7.3]; SEED3",
)
SEND_INTERMEDIATE = Advice(
    Actor.PARTNER,
    "Install the missing intermediate certificates on the server (or device) that answers, so that they are "
    "sent in the handshake. Until then the caller can hold them itself.",
    ("Import-Certificate -FilePath intermediate.cer -CertStoreLocation Cert:\\LocalMachine\\CA",),
    "[exchange 7.3]",
)
FIX_NAME = Advice(
    Actor.PARTNER,
    "Let the certificate carry the host name of the URL, or publish the URL under a name that the "
    "certificate has. The host of ExternalUrl must be among the certificate's names.",
    (
        'Get-ExchangeCertificate | Where-Object {$_.Services -like "*IIS*"} | Select-Object '
        "Subject,CertificateDomains,NotAfter",
        "Get-WebServicesVirtualDirectory | Select-Object Server,ExternalUrl",
    ),
    "[exchange 7.3]; SEED1",
)
POINT_TO_NAME = Advice(
    Actor.CALLER,
    "If the organization relationship holds a host that the certificate does not name, set it to one that "
    "it does.",
    (
        "Set-OrganizationRelationship RELATIONSHIP -TargetSharingEpr "
        "https://HOST/ews/exchange.asmx/WSSecurity",
    ),
    "[exchange 7.5]",
)
RENEW_CERTIFICATE = Advice(
    Actor.PARTNER,
    "Renew the certificate and assign it to IIS on every published server and on the reverse proxy.",
    ("Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services IIS",),
    "[exchange 7.3]",
)
PROXY_ROOT = Advice(
    Actor.CALLER,
    "A proxy that opens TLS shows its own certificate. Exempt the other side's host from inspection, or "
    "import the proxy's root on every Exchange server.",
    ("Get-ExchangeServer | Format-List Name,InternetWebProxy",),
    "[exchange 6.7]",
)
IGNORE_CLIENT_CERTIFICATES = Advice(
    Actor.PARTNER,
    "Do not require client certificates on these paths: SSL settings of the virtual directories, and of "
    "what publishes them, to Ignore.",
    ('& $env:windir\\system32\\inetsrv\\appcmd.exe list config "Default Web Site/EWS" -section:access',),
    "[exchange 3.5]",
)
SEND_OWN_CHAIN = Advice(
    Actor.CALLER,
    "Give this server (and the device in front of it) a valid certificate of a public authority with all "
    "intermediates; check your own URL from outside.",
    (
        "Get-ExchangeCertificate | Format-List Thumbprint,Subject,Services,NotAfter,RootCAType",
        "Import-Certificate -FilePath intermediate.cer -CertStoreLocation Cert:\\LocalMachine\\CA",
    ),
    "[exchange 7.3]",
)
SEND_SHORT_CHAIN = Advice(
    Actor.PARTNER,
    "Let the server send its certificate and the intermediates of its chain, and nothing else; a long list "
    "of issuers of client certificates counts too.",
    ("openssl s_client -connect HOST:443 -showcerts",),
    "[failures 6.13]",
)
REPAIR_PRIVATE_KEY = Advice(
    Actor.CALLER,
    "Give the certificate its private key again (import it with the key, or repair the link) and assign it "
    "anew.",
    (
        "certutil -repairstore My THUMBPRINT",
        "Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services IIS",
    ),
    "Microsoft Learn, Schannel Events (36870)",
)
REISSUE_WITH_USABLE_KEY = Advice(
    Actor.PARTNER,
    "Reissue the certificate with an RSA key, or an ECDSA key on P-256 or P-384.",
    (),
    "[failures 6.10]",
)
