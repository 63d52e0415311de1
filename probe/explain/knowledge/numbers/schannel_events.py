"""Events of Schannel, 36869 to 36888, with the alerts of TLS.

Sources: Microsoft Learn, Schannel Events; RFC 8446 section 6 and RFC 5246 section 7.2 (alerts).
"""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge
from probe.explain.knowledge import causes
from probe.remedies import certificates, network
from probe.remedies.advice import Advice

_SCHANNEL = "Microsoft Learn, Schannel Events; RFC 8446 section 6.2"
_HEALTH = (".\\HealthChecker.ps1",)
NO_COMMON_ALERTS = (40, 70, 71, 86)
CERTIFICATE_ALERTS = (42, 43, 44, 45, 46, 48)


def alert_mark(direction: str, number: int) -> str:
    """What `matching` adds for a TLS alert that the entry names; `direction` is received or sent."""
    return f"mark: alert {direction} {number} end"


def event_mark(source: str, number: int) -> str:
    """What `matching` adds for an event of this source."""
    return f"mark: event {source} {number} end"


def _alerts(direction: str, numbers: tuple[int, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple((alert_mark(direction, number),) for number in numbers)


def _schannel(*numbers: int) -> tuple[tuple[str, ...], ...]:
    return tuple((event_mark("schannel", number),) for number in numbers)


def _row(
    name: str,
    title: str,
    meaning: str,
    patterns: tuple[tuple[str, ...], ...],
    *found: Cause,
    commands: tuple[str, ...] = _HEALTH,
) -> Knowledge:
    return Knowledge(name, title, meaning, patterns, found, _SCHANNEL, (), commands, decisive=True)


def _cause(name: str, text: str, told_by: str, *remedies: Advice) -> Cause:
    return Cause(name, text, told_by, remedies)


NO_COMMON = _row(
    "schannel-no-common",
    "TLS: the two sides share no protocol version or cipher suite",
    "SChannel of this server and the other side did not agree in the handshake: the versions or the cipher "
    "suites of the two lists have nothing in common.",
    (
        *_alerts("received", NO_COMMON_ALERTS),
        *_alerts("sent", NO_COMMON_ALERTS),
        *_schannel(36874, 36873),
        ("none of the cipher suites supported by the client application are supported by the server",),
        ("No supported cipher suites were found when initiating",),
    ),
    _cause(
        "tls-versions",
        "TLS 1.2 or a cipher suite that both have is off on this server, or too new or too old on the other.",
        "The versions and suites that each side offers: HealthChecker here, a check of the other side.",
        network.ENABLE_TLS12,
        network.OFFER_COMMON_TLS,
    ),
)
PEER_REFUSED_CERTIFICATE = _row(
    "schannel-peer-refused-certificate",
    "TLS: the other side refused this server's certificate",
    "A fatal alert about the certificate came from the other side: it is not the other side's certificate "
    "that is at fault but the one that this server showed.",
    _alerts("received", CERTIFICATE_ALERTS),
    _cause(
        "own-certificate-refused",
        "The certificate of this server is not trusted there: expired, self-signed, without its "
        "intermediate, "
        "or of a private root.",
        "The alert's number: 45 expired, 48 unknown root, 42 and 46 anything else; `probe check` of your own "
        "URL from outside.",
        certificates.SEND_OWN_CHAIN,
    ),
    commands=("Get-ExchangeCertificate | Format-List Subject,Services,NotAfter,RootCAType",),
)
CERTIFICATE_REFUSED = _row(
    "schannel-certificate-refused",
    "TLS: this server refused the other side's certificate",
    "SChannel of this server did not accept the certificate that came: the event or the alert that was sent "
    "says which rule failed.",
    (
        *_alerts("sent", CERTIFICATE_ALERTS),
        *_schannel(36876, 36881, 36882, 36883, 36884),
        ("certificate received from the remote server was issued by an untrusted certificate authority",),
        ("certificate received from the remote server does not contain the expected name",),
        ("certificate received from the remote server has either expired",),
        ("certificate received from the remote server has not validated correctly",),
        ("certificate received from the remote server has been revoked",),
    ),
    Cause(
        "untrusted-root",
        "The root of the other side's chain is not in this server's store.",
        "Event 36882, or error code 0x800B0109.",
        (certificates.IMPORT_ROOT,),
        named_by=(
            event_mark("schannel", 36882),
            "untrusted certificate authority",
            "800b0109",
            alert_mark("sent", 48),
        ),
    ),
    Cause(
        "wrong-name",
        "The certificate does not name the host that was asked.",
        "Event 36884 names the expected host.",
        (certificates.FIX_NAME, certificates.POINT_TO_NAME),
        named_by=(event_mark("schannel", 36884), "does not contain the expected name", "800b010f"),
        excluded_by=(event_mark("schannel", 36882), event_mark("schannel", 36881)),
    ),
    Cause(
        "not-time-valid",
        "The certificate has expired or is not valid yet, or the clock is wrong.",
        "Event 36881, or error code 0x800B0101.",
        (certificates.RENEW_CERTIFICATE, network.SYNCHRONISE_CLOCK),
        named_by=(event_mark("schannel", 36881), "has either expired", "800b0101", alert_mark("sent", 45)),
        excluded_by=(event_mark("schannel", 36882), event_mark("schannel", 36884)),
    ),
    Cause(
        "revocation-not-checked",
        "The revocation of the certificate could not be checked; the program that logs this asks for it, "
        "federated lookups do not.",
        "Error code 0x80092012 or 0x80092013.",
        (network.REACH_REVOCATION_LISTS,),
        named_by=("80092012", "80092013"),
    ),
    Cause(
        "missing-intermediate",
        "The chain is incomplete: an intermediate certificate is not sent.",
        "Error code 0x800B010A.",
        (certificates.SEND_INTERMEDIATE,),
        named_by=("800b010a",),
        excluded_by=(event_mark("schannel", 36881), event_mark("schannel", 36884)),
    ),
)
UNKNOWN_NAME = _row(
    "schannel-unrecognized-name",
    "TLS: the other side does not serve this host name (alert 112)",
    "The server that was reached has no certificate binding for the name that was asked (SNI): a wrong host, "
    "a wrong DNS entry, or a missing binding there.",
    ((alert_mark("received", 112),), (alert_mark("sent", 112),)),
    _cause(
        "host-not-served",
        "The host of the URL is not one that the other side serves: wrong EPR, wrong DNS, or a binding that "
        "is missing there.",
        "A check of the URL shows what answers for the name.",
        network.FIX_DNS,
        network.BIND_HOST_NAME,
    ),
)
CLIENT_CERTIFICATE = _row(
    "schannel-client-certificate",
    "TLS: the other side wants a client certificate",
    "The server asks for a client certificate, which no Availability request sends.",
    (
        *_alerts("received", (116, 41)),
        *_schannel(36875, 36885),
        ("remote server has requested SSL client authentication",),
        ("remote server has requested TLS client authentication",),
    ),
    _cause(
        "client-certificate",
        "The path (or the device in front) requires client certificates.",
        "SSL settings of the virtual directory; a mutual TLS profile on the device.",
        certificates.IGNORE_CLIENT_CERTIFICATES,
    ),
)
CREDENTIAL = _row(
    "schannel-credential",
    "TLS: this server cannot create a credential for TLS",
    "SChannel of this server failed before anything was sent: all allowed protocol versions are off in the "
    "registry, or it cannot read the private key of the certificate.",
    (
        *_schannel(36871, 36870, 36869, 36886, 36872),
        ("fatal error occurred while creating a", "credential"),
        ("fatal error occurred when attempting to access the", "private key"),
        ("No suitable default server credential exists",),
        ("AcquireCredentialsHandle failed",),
        ("No credentials are available in the security package",),
    ),
    Cause(
        "protocols-off",
        "The registry of this server turns off every TLS version that the program may use (internal error "
        "state 10013).",
        "SCHANNEL\\Protocols of this server; state 10013 is this one.",
        (network.ENABLE_TLS12,),
        named_by=("10013", event_mark("schannel", 36871)),
        excluded_by=(event_mark("schannel", 36870), event_mark("schannel", 36869)),
    ),
    Cause(
        "private-key",
        "The private key of the certificate is missing or not readable for the service.",
        "Get-ExchangeCertificate: HasPrivateKey; permissions under MachineKeys.",
        (certificates.REPAIR_PRIVATE_KEY,),
        named_by=(event_mark("schannel", 36870), event_mark("schannel", 36869), "private key"),
    ),
)
OTHER_ALERT = Knowledge(
    "schannel-other-alert",
    "TLS: a fatal alert ended the handshake",
    "The alert's number says why in the words of the protocol; it decides nothing about certificates of this "
    "server by itself. A single alert without a failed lookup at the same second is ordinary.",
    (
        *_schannel(36887, 36888),
        ("fatal alert was received from the remote endpoint",),
        ("fatal alert was generated and sent",),
        ("The following fatal alert was",),
    ),
    (causes.TLS_VERSIONS, causes.FIREWALL_RESET),
    _SCHANNEL,
    commands=_HEALTH,
)
HANDSHAKE_DONE = _row(
    "schannel-handshake-done",
    "TLS: the handshake was completed",
    "This event is no failure: it gives the version and cipher suite that the two sides agreed on.",
    ((event_mark("schannel", 36880),),),
    _cause(
        "no-fault",
        "TLS worked for this connection; look for what came afterwards.",
        "The lookup's own event at the same second.",
    ),
    commands=(
        "Get-WinEvent -FilterHashtable @{LogName='Application';ProviderName='MSExchange Availability'} "
        "-MaxEvents 5",
    ),
)
ROWS = (
    NO_COMMON,
    PEER_REFUSED_CERTIFICATE,
    CERTIFICATE_REFUSED,
    UNKNOWN_NAME,
    CLIENT_CERTIFICATE,
    CREDENTIAL,
    OTHER_ALERT,
    HANDSHAKE_DONE,
)
