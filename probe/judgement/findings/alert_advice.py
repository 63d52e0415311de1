"""What a TLS alert of the partner means for who mends what, by its number (RFC 5246 7.2.2, RFC 8446 6.2).

Alerts that are about what both sides offer (40, 70, 71, 80) have no row: the handshake's own reasons say
more about those. 112 is of RFC 6066 section 3.
"""

from __future__ import annotations

from probe.remedies import certificates
from probe.remedies import network as way
from probe.remedies.advice import Advice

_ABOUT_CLIENT = "it is about a client certificate, which Exchange does not send: what answers demands one"
_CLIENT = (certificates.IGNORE_CLIENT_CERTIFICATES,)

_ROWS: dict[int, tuple[str, tuple[Advice, ...]]] = {
    42: (f"bad_certificate (42): {_ABOUT_CLIENT}", _CLIENT),
    43: (f"unsupported_certificate (43): {_ABOUT_CLIENT}", _CLIENT),
    44: (f"certificate_revoked (44): {_ABOUT_CLIENT}", _CLIENT),
    45: (f"certificate_expired (45): {_ABOUT_CLIENT}", _CLIENT),
    46: (f"certificate_unknown (46): {_ABOUT_CLIENT}", _CLIENT),
    47: (
        "illegal_parameter (47): what answers found a field of the handshake out of range, which is a fault "
        "of its TLS program or of a device on the way",
        (way.FIND_RESETTING_DEVICE,),
    ),
    48: (f"unknown_ca (48): {_ABOUT_CLIENT}", _CLIENT),
    112: (
        "unrecognized_name (112): what answers has no certificate for the host name that was asked for",
        (way.BIND_HOST_NAME,),
    ),
    116: (
        "certificate_required (116): what answers demands a client certificate, and Exchange sends none",
        _CLIENT,
    ),
}


def meaning(alert: int | None) -> str | None:
    """What the alert means, in a sentence without its end; None for one that has no row."""
    return None if alert is None or alert not in _ROWS else _ROWS[alert][0]


def advice(alert: int | None) -> tuple[Advice, ...]:
    """What mends it; () for one that has no row."""
    return () if alert is None or alert not in _ROWS else _ROWS[alert][1]
