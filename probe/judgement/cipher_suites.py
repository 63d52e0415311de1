"""Which cipher suites SChannel offers by default on each Windows Server, in its order.

Source: MicrosoftDocs/win32 SecAuthN/tls-cipher-suites-in-windows-7, -8, -8-1, -10-v1607, -10-v1809,
-server-2022 and -server-2025, as [failures 6.4.1] to [failures 6.4.6] condenses them. Names are IANA's. A TLS
1.3 suite is on the list only where SChannel knows that version.
"""

from __future__ import annotations

from collections.abc import Sequence

_TLS13 = ("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256")

_ECDHE_ECDSA_GCM = (
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
)
_ECDHE_RSA_GCM = (
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
)
_DHE_RSA_GCM = (
    "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
)
_ECDHE_ECDSA_CBC_SHA2 = (
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
)
_ECDHE_RSA_CBC_SHA2 = (
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
)
_ECDHE_ECDSA_CBC_SHA = ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA")
_ECDHE_RSA_CBC_SHA = ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")
_DHE_RSA_CBC_SHA = ("TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA")
_RSA = (
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
)
_RSA_3DES = ("TLS_RSA_WITH_3DES_EDE_CBC_SHA",)
_DHE_DSS = (
    "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256",
    "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256",
    "TLS_DHE_DSS_WITH_AES_256_CBC_SHA",
    "TLS_DHE_DSS_WITH_AES_128_CBC_SHA",
)
_DHE_DSS_3DES = ("TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA",)
_RC4 = ("TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_RC4_128_MD5")

_ECDSA_2012 = (*_ECDHE_ECDSA_GCM, *_ECDHE_ECDSA_CBC_SHA2, *_ECDHE_ECDSA_CBC_SHA)
_ECDHE_RSA_2012 = (*_ECDHE_RSA_CBC_SHA2, *_ECDHE_RSA_CBC_SHA)
_ECDHE_CBC_2016 = (
    *_ECDHE_ECDSA_CBC_SHA2,
    *_ECDHE_RSA_CBC_SHA2,
    *_ECDHE_ECDSA_CBC_SHA,
    *_ECDHE_RSA_CBC_SHA,
)

# No ECDHE_RSA with GCM up to 2012 R2: a partner that offers nothing else cannot be reached from there.
WINDOWS_2012_R2 = (
    *_ECDHE_RSA_2012,
    *_DHE_RSA_GCM,
    *_DHE_RSA_CBC_SHA,
    *_RSA,
    *_ECDSA_2012,
    *_DHE_DSS,
    *_RSA_3DES,
    *_DHE_DSS_3DES,
    *_RC4,
)
WINDOWS_2008_R2 = WINDOWS_2012_R2
# KB3042058 gave Windows Server 2012 the two DHE_RSA suites with AES-GCM; those with CBC it never had.
WINDOWS_2012 = tuple(suite for suite in WINDOWS_2012_R2 if suite not in _DHE_RSA_CBC_SHA)
WINDOWS_2016 = (
    *_ECDHE_ECDSA_GCM,
    *_ECDHE_RSA_GCM,
    *_DHE_RSA_GCM,
    *_ECDHE_CBC_2016,
    *_DHE_RSA_CBC_SHA,
    *_RSA,
    *_RSA_3DES,
    *_DHE_DSS,
    *_DHE_DSS_3DES,
    *_RC4,
)
WINDOWS_2019 = (
    *_ECDHE_ECDSA_GCM,
    *_ECDHE_RSA_GCM,
    *_DHE_RSA_GCM,
    *_ECDHE_CBC_2016,
    *_RSA,
    *_RSA_3DES,
)
WINDOWS_2022 = (*_TLS13, *WINDOWS_2019)
# The annual channel 23H2: DHE_RSA with GCM and 3DES are off.
WINDOWS_2022_23H2 = tuple(
    suite for suite in WINDOWS_2022 if "_DHE_RSA_" not in suite and "_3DES_" not in suite
)
WINDOWS_2025 = WINDOWS_2022_23H2  # by its own page the same

# Set-up of Exchange 2019 writes an order of its own, which replaces that of Windows: a suite that is not on
# it is never offered [failures 6.9]. For SE this is inferred from its set-up being that of 2019.
EXCHANGE_SETUP = (
    *_ECDHE_ECDSA_GCM,
    *_ECDHE_RSA_GCM,
    *_ECDHE_ECDSA_CBC_SHA2,
    *_ECDHE_RSA_CBC_SHA2,
)

# Supported, but off by default: what an order of group policy or of an administrator may turn on
# [failures 6.4.10]. Nothing else is offered, whatever the order names.
_DES = ("TLS_RSA_WITH_DES_CBC_SHA", "TLS_DHE_DSS_WITH_DES_CBC_SHA")
_OFF_2019 = (*_DHE_RSA_CBC_SHA, *_DHE_DSS, *_DHE_DSS_3DES, *_RC4, *_DES)
_OFF_2022 = ("TLS_CHACHA20_POLY1305_SHA256", *_OFF_2019)
_OFF_2025 = (*_DHE_RSA_GCM, *_RSA_3DES, *_OFF_2022)
KNOWN: dict[str, frozenset[str]] = {
    "2008r2": frozenset((*WINDOWS_2008_R2, *_DES)),
    "2012": frozenset((*WINDOWS_2012, *_DES)),
    "2012r2": frozenset((*WINDOWS_2012_R2, *_DES)),
    "2016": frozenset((*WINDOWS_2016, *_DES)),
    "2019": frozenset((*WINDOWS_2019, *_OFF_2019)),
    "2022": frozenset((*WINDOWS_2022, *_OFF_2022)),
    "2022-23h2": frozenset((*WINDOWS_2022_23H2, *_OFF_2025)),
    "2025": frozenset((*WINDOWS_2025, *_OFF_2025)),
}
"""Every suite that this Windows Server can offer, by its name in a caller's."""

# Their MAC is of SHA-1 or MD5; all others need TLS 1.2 (RFC 5246 7.4.1.4.1, RFC 5289) or TLS 1.3.
_ANY_VERSION = ("_SHA", "_MD5")


def is_usable(suite: str, protocol: str) -> bool:
    """Whether this suite can be agreed on in this protocol version [failures 6.4.10]."""
    if "_WITH_" not in suite:
        return protocol == "TLS 1.3"
    return protocol == "TLS 1.2" or (protocol != "TLS 1.3" and suite.endswith(_ANY_VERSION))


def has_tls13(suites: Sequence[str]) -> bool:
    """Whether one of them is TLS 1.3's, without which that version is not offered."""
    return any(is_usable(suite, "TLS 1.3") for suite in suites)


def after_setup(windows: tuple[str, ...]) -> tuple[str, ...]:
    """The suites after set-up of Exchange 2019 or SE, on a Windows that has `windows` by default.

    TLS 1.3 suites stay on top where Windows knows that version [failures 6.9].
    """
    return (*(suite for suite in _TLS13 if suite in windows), *EXCHANGE_SETUP)
