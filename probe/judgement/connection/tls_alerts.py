"""TLS alerts as SChannel hands them to SSPI: number, status code, text.

HttpWebRequest drops them during the handshake (SecureChannelFailure has no inner exception); after it, and
in System.Net traces, they are visible. This module decides nothing.

Sources: MicrosoftDocs/win32 `SecAuthN/schannel-error-codes-for-tls-and-ssl-alerts.md` (mapping) and
`com-error-codes` (texts); names of alerts: the IANA TLS Alerts registry.
"""

from __future__ import annotations

from msgspec import Struct


class SspiStatus(Struct, frozen=True):
    """A security status by name and number, with the text of Win32Exception (no trailing full stop)."""

    name: str
    code: int
    text: str


ILLEGAL_MESSAGE = SspiStatus(
    "SEC_E_ILLEGAL_MESSAGE", 0x80090326, "The message received was unexpected or badly formatted"
)
MESSAGE_ALTERED = SspiStatus(
    "SEC_E_MESSAGE_ALTERED", 0x8009030F, "The message or signature supplied for verification has been altered"
)
DECRYPT_FAILURE = SspiStatus("SEC_E_DECRYPT_FAILURE", 0x80090330, "The specified data could not be decrypted")
CERT_UNKNOWN = SspiStatus(
    "SEC_E_CERT_UNKNOWN", 0x80090327, "An unknown error occurred while processing the certificate"
)
REVOKED = SspiStatus("CRYPT_E_REVOKED", 0x80092010, "The certificate is revoked")
CERT_EXPIRED = SspiStatus("SEC_E_CERT_EXPIRED", 0x80090328, "The received certificate has expired")
UNTRUSTED_ROOT = SspiStatus(
    "SEC_E_UNTRUSTED_ROOT", 0x80090325, "The certificate chain was issued by an authority that is not trusted"
)
LOGON_DENIED = SspiStatus("SEC_E_LOGON_DENIED", 0x8009030C, "The logon attempt failed")
UNSUPPORTED_FUNCTION = SspiStatus(
    "SEC_E_UNSUPPORTED_FUNCTION", 0x80090302, "The function requested is not supported"
)
ALGORITHM_MISMATCH = SspiStatus(
    "SEC_E_ALGORITHM_MISMATCH",
    0x80090331,
    "The client and server cannot communicate, because they do not possess a common algorithm",
)
INTERNAL_ERROR = SspiStatus(
    "SEC_E_INTERNAL_ERROR", 0x80090304, "The Local Security Authority cannot be contacted"
)
UNFINISHED_CONTEXT = SspiStatus(
    "SEC_E_UNFINISHED_CONTEXT_DELETED",
    0x80090333,
    "A security context was deleted before the context was completed. This is considered a logon failure",
)
# No text is documented for this code; Win32Exception falls back to the number (Win32Exception.cs).
APPLICATION_PROTOCOL = SspiStatus(
    "SEC_E_APPLICATION_PROTOCOL_MISMATCH", 0x80090367, "Unknown error (0x80090367)"
)

_STATUS = {
    20: MESSAGE_ALTERED,
    21: DECRYPT_FAILURE,
    30: MESSAGE_ALTERED,
    42: CERT_UNKNOWN,
    43: CERT_UNKNOWN,
    44: REVOKED,
    45: CERT_EXPIRED,
    46: CERT_UNKNOWN,
    48: UNTRUSTED_ROOT,
    49: LOGON_DENIED,
    51: DECRYPT_FAILURE,
    70: UNSUPPORTED_FUNCTION,
    71: ALGORITHM_MISMATCH,
    80: INTERNAL_ERROR,
    90: UNFINISHED_CONTEXT,
    120: APPLICATION_PROTOCOL,
}

PROTOCOL_VERSION = 70

_NAME = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    30: "decompression_failure",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    60: "export_restriction",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    112: "unrecognized_name",
    115: "unknown_psk_identity",
    116: "certificate_required",
    120: "no_application_protocol",
}


def sspi_status(alert: int | None) -> SspiStatus:
    """What SChannel returns for this alert number; the default for one not listed ([failures 5.8])."""
    return ILLEGAL_MESSAGE if alert is None else _STATUS.get(alert, ILLEGAL_MESSAGE)


def name(alert: int | None) -> str:
    """The alert by name and number, `handshake_failure (40)`, or by number alone."""
    if alert is None:
        return "an alert"
    return f"{_NAME[alert]} ({alert})" if alert in _NAME else f"alert {alert}"
