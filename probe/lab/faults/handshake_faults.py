"""Faults of the connection and of the TLS handshake.

Status and words: [failures 5.3.1] to [failures 5.4.5]. HttpWebRequest drops which alert it was, so all of
them are logged alike; a handshake that dies on the wire is logged as a failure of sending.
"""

from __future__ import annotations

from probe.dotnet import WebExceptionStatus, X509ChainStatusFlags
from probe.lab.faults.fault_model import ACCEPTED, Expected, Fault

_NO_CHANNEL = "System.Net.WebException: The request was aborted: Could not create SSL/TLS secure channel."
_ON_A_SEND = (
    "System.Net.WebException: The underlying connection was closed: An unexpected error occurred on a send."
    " ---> System.IO.IOException: "
)
_RESET = (
    "Unable to read data from the transport connection: An existing connection was forcibly closed by the"
    " remote host. ---> System.Net.Sockets.SocketException: An existing connection was forcibly closed by the"
    " remote host"
)
_CLOSED = "Authentication failed because the remote party has closed the transport stream."
# The resource text net_io_eof begins with a blank.
_CUT_OFF = " Received an unexpected EOF or 0 bytes from the transport stream."
_NOT_TLS = "The handshake failed due to an unexpected packet format."
_CANNOT_CONNECT = (
    "System.Net.WebException: Unable to connect to the remote server"
    " ---> System.Net.Sockets.SocketException: "
)
_REFUSED = "No connection could be made because the target machine actively refused it {endpoint}"
_NO_RESPONSE = (
    "A connection attempt failed because the connected party did not properly respond after a period of time,"
    " or established connection failed because connected host has failed to respond {endpoint}"
)
_UNRESOLVED = "System.Net.WebException: The remote name could not be resolved: '{host}'"
# The Availability service's own budget ends before any timeout of HttpWebRequest ([failures 5.4.7]).
_CANCELED = "System.Net.WebException: The request was aborted: The request was canceled."


def _send(name: str, summary: str, inner: str) -> Fault:
    expected = Expected(
        "failure", web_exception_status=WebExceptionStatus.SendFailure, text=_ON_A_SEND + inner
    )
    return Fault(name, summary, "handshake", expected)


def _no_channel(name: str, summary: str, caller: str | None = None) -> Fault:
    status = WebExceptionStatus.SecureChannelFailure
    expected = Expected("failure", web_exception_status=status, text=_NO_CHANNEL)
    return Fault(name, summary, "handshake", expected, caller)


def _no_connection(name: str, summary: str, inner: str) -> Fault:
    expected = Expected(
        "failure", web_exception_status=WebExceptionStatus.ConnectFailure, text=_CANNOT_CONNECT + inner
    )
    return Fault(name, summary, "connect", expected)


# TLS alerts that end a handshake (IANA TLS Alerts registry), by number.
ALERTS: tuple[tuple[int, str], ...] = (
    (10, "unexpected_message"),
    (20, "bad_record_mac"),
    (22, "record_overflow"),
    (40, "handshake_failure"),
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (47, "illegal_parameter"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (50, "decode_error"),
    (51, "decrypt_error"),
    (70, "protocol_version"),
    (71, "insufficient_security"),
    (80, "internal_error"),
    (86, "inappropriate_fallback"),
    (109, "missing_extension"),
    (110, "unsupported_extension"),
    (112, "unrecognized_name"),
    (116, "certificate_required"),
    (120, "no_application_protocol"),
)


def alert_fault_name(number: int, description: str) -> str:
    """The name of the row for an alert: `alert-48-unknown-ca`."""
    return f"alert-{number}-{description.replace('_', '-')}"


def _no_name(name: str, summary: str) -> Fault:
    status = WebExceptionStatus.NameResolutionFailure
    return Fault(name, summary, "resolve", Expected("failure", web_exception_status=status, text=_UNRESOLVED))


HANDSHAKE_FAULTS: tuple[Fault, ...] = (
    _no_name("name-not-found", "the host's name does not exist"),
    _no_name("no-address", "the host's name exists and has no address"),
    # Another resolver may well answer the caller.
    Fault("resolver-failed", "the resolver does not answer", "resolve", Expected("unknown")),
    _no_connection("refused", "nothing listens on the port", _REFUSED),
    _no_connection("connect-timeout", "the port answers no connection attempt", _NO_RESPONSE),
    _send("reset-on-connect", "the connection is reset as soon as it is open", _RESET),
    _send("close-on-connect", "the connection is closed as soon as it is open", _CLOSED),
    _send("reset-in-handshake", "the connection is reset after the ClientHello", _RESET),
    _send("close-in-handshake", "the connection is closed after the ClientHello", _CLOSED),
    _send("close-in-record-header", "the connection is closed within the header of a TLS record", _CUT_OFF),
    _send("close-in-record", "the connection is closed within the body of a TLS record", _CUT_OFF),
    _send("reset-after-server-hello", "the connection is reset where the Finished is due", _RESET),
    _send("close-after-server-hello", "the connection is closed where the Finished is due", _CLOSED),
    _no_channel("close-after-record-header", "the connection is closed between a record's header and body"),
    _no_channel("empty-record", "the ClientHello is answered with a TLS record of no length"),
    _send("plain-http", "the TLS port speaks plain HTTP", _NOT_TLS),
    _send("other-protocol", "the TLS port speaks some other protocol (SSH)", _NOT_TLS),
    Fault(
        "stall-in-handshake",
        "the ClientHello is never answered",
        "handshake",
        Expected("failure", web_exception_status=WebExceptionStatus.RequestCanceled, text=_CANCELED),
    ),
    *(
        _no_channel(
            alert_fault_name(number, description),
            f"the ClientHello is answered with the fatal alert {number}, {description}",
        )
        for number, description in ALERTS
    ),
    _no_channel("tls10-only", "the partner speaks TLS 1.0 only"),
    Fault(
        "tls10-only-exchange-2010",
        "the partner speaks TLS 1.0 only, and so does Exchange 2010",
        "handshake",
        Expected("success", ACCEPTED, X509ChainStatusFlags.NoError),
        "exchange-2010",
    ),
    _no_channel("tls11-only", "the partner speaks TLS 1.1 only"),
    Fault(
        "tls12-only",
        "the partner speaks TLS 1.2 only",
        "handshake",
        Expected("success", ACCEPTED, X509ChainStatusFlags.NoError),
    ),
    # Without TLS 1.2 it would get no token, and fail for every partner ([failures 6.8]).
    Fault(
        "tls12-only-exchange-2010",
        "the partner speaks TLS 1.2 only, and so does an Exchange 2010 that can federate",
        "handshake",
        Expected("success", ACCEPTED, X509ChainStatusFlags.NoError),
        "exchange-2010",
    ),
    # Whether .NET Framework's credential can reach TLS 1.3 is contradicted by its sources ([failures 6.1.3]).
    Fault("tls13-only", "the partner speaks TLS 1.3 only", "handshake", Expected("unknown")),
    _no_channel("chacha20-only", "the partner offers ChaCha20 suites only, which Windows does not"),
    # Groups of key exchange and their sources: [failures 6.6], for Exchange 2019 and SE [failures 6.9].
    _no_channel("group-p521-only", "the partner takes P-521 alone for key exchange"),
    _no_channel("group-x448-only", "the partner takes X448 alone for key exchange"),
    _no_channel(
        "group-x25519-only-2012r2",
        "the partner takes X25519 alone for key exchange, which Windows Server 2012 R2 does not know",
        "exchange-2016@2012r2",
    ),
    Fault(
        "group-x25519-only-2016",
        "the partner takes X25519 alone for key exchange, and so does Windows Server 2016",
        "handshake",
        Expected("success", ACCEPTED, X509ChainStatusFlags.NoError),
        "exchange-2016@2016",
    ),
    # The Exchange documentation recommends to switch curve25519 off; whether that was done is the caller's.
    Fault(
        "group-x25519-only",
        "the partner takes X25519 alone for key exchange",
        "handshake",
        Expected("unknown"),
    ),
    _no_channel("leaf-p521", "the server's certificate has an ECDSA key on P-521, in TLS 1.2"),
    _no_channel("leaf-ed25519", "the server's certificate has an Ed25519 key"),
    _no_channel(
        "prime-of-768-bits",
        "the partner uses a Diffie-Hellman prime of 768 bits, below what SChannel takes",
        "exchange-2016",
    ),
    _no_channel("oversized-chain", "the partner sends certificates of more than 32 kilobytes"),
    _no_channel("rc4-only", "the partner takes RC4 alone"),
    _no_channel("3des-only", "the partner takes 3DES alone"),
    _no_channel(
        "rsa-key-exchange-only",
        "the partner takes RSA key exchange alone, which set-up of Exchange 2019 and SE leaves out",
    ),
    _no_channel("client-certificate-required", "the partner demands a client certificate in TLS 1.2"),
    # In TLS 1.3 the refusal comes after the handshake, in TLS 1.2 within it: two different texts.
    Fault(
        "client-certificate-late",
        "the partner demands a client certificate, and speaks TLS 1.3 too",
        "handshake",
        Expected("failure"),
    ),
)
