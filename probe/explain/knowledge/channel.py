"""Messages of TLS and of broken connections [exchange 4.1]; which event on the wire gives which text
[failures 5.4.3] to [failures 5.4.6]."""

from __future__ import annotations

from dataclasses import replace

from probe.explain.explanation_model import Cause, Knowledge, Signal
from probe.explain.knowledge import causes, scopes
from probe.remedies import certificates, directories, federation_trust, network, relationship

_CHECK = ("probe check {url}",)

TRUST_TEXTS = (
    (
        "Could not establish trust relationship for the SSL/TLS secure channel",
        "The remote certificate is invalid according to the validation procedure",
    ),
    ("Could not establish trust relationship for the SSL/TLS secure channel",),
    ("The remote certificate is invalid according to the validation procedure",),
    ("Could not establish secure channel for SSL/TLS with authority",),
    ("remote certificate is invalid because of errors in the certificate chain",),
    ("remote certificate was rejected by the provided RemoteCertificateValidationCallback",),
    ("certificate chain was issued by an authority that is not trusted",),
    ("A call to SSPI failed", "target principal name is incorrect"),
    ("SNI or certificate check failed",),
    ("The received certificate has expired",),
    ("An unknown error occurred while processing the certificate",),
)
TRUST_FAILURE = Knowledge(
    "trust-failure",
    "The caller refused the partner's certificate",
    "TCP and the TLS handshake worked up to the certificate; the caller then rejected it and sent nothing. "
    "For federated lookups any policy error is fatal: untrusted or incomplete chain, wrong name, wrong "
    "time. Revocation is not checked.",
    TRUST_TEXTS,
    (
        Cause(
            "untrusted-root",
            "The caller's server does not trust the root of the chain (a private or young root, or automatic "
            "root update does not work).",
            "The chain ends in UntrustedRoot; with the root added to the trust store the check succeeds.",
            (certificates.IMPORT_ROOT,),
            (Signal.UNTRUSTED_ROOT,),
            excluded_by_absence=True,
            named_by=(
                "UntrustedRoot",
                "CERT_E_UNTRUSTEDROOT",
                "not trusted by the trust provider",
                "issued by an authority that is not trusted",
            ),
        ),
        Cause(
            "wrong-name",
            "The certificate does not name the host of the URL.",
            "RemoteCertificateNameMismatch: compare the host in the URL with the certificate's names.",
            (certificates.FIX_NAME, certificates.POINT_TO_NAME),
            (Signal.NAME_MISMATCH,),
            excluded_by_absence=True,
            named_by=(
                "RemoteCertificateNameMismatch",
                "CERT_E_CN_NO_MATCH",
                "CN name does not match",
                "target principal name is incorrect",
            ),
        ),
        Cause(
            "missing-intermediate",
            "The other side does not send an intermediate certificate and the caller cannot download it.",
            "PartialChain; a browser that has cached the intermediate does not complain.",
            (certificates.SEND_INTERMEDIATE,),
            (Signal.PARTIAL_CHAIN,),
            excluded_by_absence=True,
            named_by=("PartialChain", "CERT_E_CHAINING", "could not be built to a trusted root"),
        ),
        Cause(
            "not-time-valid",
            "A certificate of the chain has expired or is not valid yet, or the caller's clock is wrong.",
            "NotTimeValid on an element of the chain; it began at a certain moment for everybody.",
            (certificates.RENEW_CERTIFICATE, network.SYNCHRONISE_CLOCK),
            (Signal.NOT_TIME_VALID,),
            excluded_by_absence=True,
            named_by=(
                "NotTimeValid",
                "CERT_E_EXPIRED",
                "not within its validity period",
                "received certificate has expired",
            ),
        ),
        Cause(
            "other-chain-fault",
            "Another fault of the chain: wrong usage, weak signature, name constraints, explicit distrust.",
            "The status flags of the chain's elements name it.",
            (certificates.RENEW_CERTIFICATE,),
            (Signal.OTHER_CHAIN_FAULT,),
            excluded_by_absence=True,
        ),
        Cause(
            "inspecting-proxy",
            "A proxy between the two opens TLS and shows a certificate of its own.",
            "From another network the chain is another one; through the proxy (`--proxy`) it shows the "
            "proxy's issuer.",
            (certificates.PROXY_ROOT,),
        ),
    ),
    "SEED3; [exchange 4.1]; [exchange 6.3]; [failures 5.4.5] (TrustFailure)",
    (*_CHECK, "probe check {url} --trust certifi --trust root.cer"),
    ("Get-OrganizationRelationship | Format-List Name,TargetSharingEpr,TargetAutodiscoverEpr",),
)
RECEIVE_TEXTS = (("An unexpected error occurred on a receive", "forcibly closed by the remote host"),)
BARE_RECEIVE_TEXTS = (("unexpected error occurred on a receive",),)
RESET_ON_RECEIVE = Knowledge(
    "reset-on-receive",
    "The connection was reset after the request had been sent",
    "Handshake and certificate were fine: the caller accepted the certificate and sent its request. Instead "
    "of an answer came a TCP reset. So this is not a matter of trust; something behind or in front of the "
    "IIS that was asked refused the request.",
    RECEIVE_TEXTS,
    (
        Cause(
            "wssecurity-off-or-stale",
            "The other side refuses the request, whoever sends it: its EWS or Autodiscover virtual directory "
            "does not take WSSecurity requests (authentication off or a change that waits for an iisreset).",
            "A check from another network gets the same reset or a 500, and the partner's IIS log has the "
            "request with status 500. X-WSSecurity-Enabled tells about each virtual directory.",
            (directories.ENABLE_WSSECURITY, directories.TOGGLE_WSSECURITY, directories.RESTART_IIS),
            (Signal.WSSECURITY_OFF, Signal.SERVER_ERROR, Signal.RESET_AFTER_REQUEST),
            scope=scopes.FEDERATED_PARTNER,
        ),
        causes.FIREWALL_RESET,
        causes.TLS_VERSIONS,
        replace(causes.HANDLER, excluded_by_absence=False, scope=scopes.FEDERATED_PARTNER),
        Cause(
            "federation-certificate",
            "The federation certificate is missing on one of the caller's servers.",
            "Only lookups from that server fail; Test-FederationTrustCertificate names it.",
            (federation_trust.CHECK_FEDERATION_CERTIFICATE,),
            scope=scopes.FEDERATED,
        ),
    ),
    "SEED3; RFB; ODS free-busy-sharing-issues-tls12.md; [failures 5.4.6] (ReceiveFailure)",
    _CHECK,
    ("Test-FederationTrustCertificate",),
)
BROKEN_ON_RECEIVE = replace(
    RESET_ON_RECEIVE,
    name="broken-on-receive",
    title="The connection broke while the answer was awaited",
    meaning="'On a receive' alone does not say how it broke. The inner exception does: 'forcibly closed' is "
    "a reset after the request, 'decryption operation failed' a TLS alert after the handshake, 'no common "
    "algorithm' the caller's own TLS settings. Take the whole description of the event.",
    patterns=BARE_RECEIVE_TEXTS,
    source="RFB; [failures 5.4.3] and [failures 5.4.6] (ReceiveFailure)",
)
RESET_INSIDE = Knowledge(
    "reset-inside",
    "A server of your own organization reset the connection",
    "The request went to another server of the same organization, which dropped it without an answer. No "
    "partner has a part in it.",
    (*RECEIVE_TEXTS, *BARE_RECEIVE_TEXTS),
    (
        Cause(
            "federation-certificate",
            "The federation certificate is missing on the servers of the site that was asked.",
            "Test-FederationTrustCertificate names the servers without it.",
            (federation_trust.INSTALL_FEDERATION_CERTIFICATE,),
        ),
        causes.TLS_VERSIONS,
        causes.SERVICES_STOPPED,
    ),
    "KB3057905; RFB",
    commands=("Test-FederationTrustCertificate",),
    scope=scopes.INSIDE,
)
SEND_TEXTS = (
    ("An unexpected error occurred on a send", "forcibly closed by the remote host"),
    ("An unexpected error occurred on a send", "remote party has closed the transport stream"),
    ("An unexpected error occurred on a send", "unexpected EOF or 0 bytes from the transport stream"),
    ("unexpected error occurred on a send",),
    ("Authentication failed because the remote party has closed the transport stream",),
    ("Received an unexpected EOF or 0 bytes from the transport stream",),
)
RESET_ON_SEND = Knowledge(
    "reset-on-send",
    "The connection was reset or closed during the TLS handshake",
    "The request was never sent. .NET says 'on a send' when the connection breaks while the handshake is "
    "under way: reset, closed, or answered with something that is no TLS.",
    SEND_TEXTS,
    (
        causes.TLS_VERSIONS,
        Cause(
            "partner-breaks-handshake",
            "The other side breaks the handshake, whoever asks: a device in front of it, a missing binding "
            "for the host name.",
            "A check from another network breaks in the handshake too.",
            (network.ALLOW_SOURCE, network.OFFER_COMMON_TLS),
            (Signal.HANDSHAKE_BROKEN,),
            excluded_by_absence=True,
        ),
        causes.FIREWALL_RESET,
        causes.OUTBOUND_PROXY,
    ),
    "[failures 5.4.4] (SendFailure); RFB; ODS free-busy-sharing-issues-tls12.md",
    _CHECK,
    (".\\HealthChecker.ps1",),
)
CLOSED_TEXTS = (("forcibly closed by the remote host",), ("existing connection was forcibly closed",))
FORCIBLY_CLOSED = Knowledge(
    "forcibly-closed",
    "The connection was reset",
    "The text does not say when. 'On a send' would mean during the TLS handshake, 'on a receive' after the "
    "request; the full exception chain in the event decides.",
    CLOSED_TEXTS,
    (causes.FIREWALL_RESET, causes.TLS_VERSIONS, causes.WSSECURITY),
    "RFB; [failures 5.7] (10054)",
    _CHECK,
)
NOT_TLS = Knowledge(
    "unexpected-packet-format",
    "What answered does not speak TLS",
    "The first bytes of the answer were no TLS record: plain HTTP on the port, or a device that answers for "
    "the partner.",
    (("The handshake failed due to an unexpected packet format",),),
    (
        Cause(
            "plain-http",
            "The port serves plain HTTP or another protocol.",
            "A check says not-tls.",
            (relationship.REFRESH_RELATIONSHIP,),
            (Signal.NOT_TLS,),
            excluded_by_absence=True,
        ),
        causes.OUTBOUND_PROXY,
    ),
    "[failures 5.4.3]",
    _CHECK,
)
CHANNEL_TEXTS = (
    ("Could not create SSL/TLS secure channel",),
    ("A call to SSPI failed, see inner exception",),
    ("The message received was unexpected or badly formatted",),
)
SECURE_CHANNEL = Knowledge(
    "secure-channel",
    "The TLS handshake failed",
    "The two sides did not agree on a protocol version or cipher suite, or the other side ended the "
    "handshake with an alert. The certificate was not the matter: a refused certificate gives another text.",
    CHANNEL_TEXTS,
    (
        causes.TLS_VERSIONS,
        causes.FIREWALL_RESET,
        causes.OUTBOUND_PROXY,
        Cause(
            "cloud-root-missing",
            "For Exchange Online: the root of its chain is not in the caller's store.",
            "Only lookups to outlook.office365.com fail.",
            (certificates.IMPORT_ROOT,),
            (Signal.UNTRUSTED_ROOT,),
        ),
    ),
    "RFB; ODS request-was-aborted-could-not-create-ssl-tls-secure-channel.md; [failures 5.4.3] "
    "(SecureChannelFailure)",
    _CHECK,
    (".\\HealthChecker.ps1",),
)
NO_COMMON_ALGORITHM = Knowledge(
    "no-common-algorithm",
    "The caller has no TLS version or cipher suite to use, or shares none with the other side",
    "SChannel gave up by itself: usually TLS is disabled in the caller's registry, or the two lists have "
    "nothing in common.",
    (("do not possess a common algorithm",),),
    (causes.TLS_VERSIONS,),
    "[failures 5.4.3]; [failures 5.8] (SEC_E_ALGORITHM_MISMATCH)",
    _CHECK,
    (".\\HealthChecker.ps1",),
)
DECRYPTION_FAILED = Knowledge(
    "decryption-failed",
    "A TLS alert or an unreadable record came after the handshake",
    "The handshake was done; then the other side ended TLS with an alert, as servers do that want a client "
    "certificate.",
    (
        ("The decryption operation failed, see inner exception",),
        ("The specified data could not be decrypted",),
    ),
    (
        Cause(
            "client-certificate",
            "The other side asks for a client certificate on this path.",
            "The alert's number: 116 is certificate_required.",
            (certificates.IGNORE_CLIENT_CERTIFICATES,),
        ),
        causes.FIREWALL_RESET,
    ),
    "[failures 5.4.6]",
    _CHECK,
)
ROWS = (
    TRUST_FAILURE,
    RESET_ON_RECEIVE,
    BROKEN_ON_RECEIVE,
    RESET_INSIDE,
    RESET_ON_SEND,
    NOT_TLS,
    SECURE_CHANNEL,
    NO_COMMON_ALGORITHM,
    DECRYPTION_FAILED,
    FORCIBLY_CLOSED,
)
