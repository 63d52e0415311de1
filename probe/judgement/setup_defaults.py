"""What set-up of Exchange writes for TLS, by version and cumulative update. Data only [failures 6.9.1].

A profile is what a new installation has. A row that an upgrade in place does not get says so; the settings of
one server settle it (`probe caller`, `--caller FILE`).
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Installations(StrEnum):
    """Which installations get a default."""

    ALL = "all"
    NEW = "new installations"


class SetupDefault(Struct, frozen=True):
    """One default: from which update of which Exchange on, for which installations, and what it rests on.

    `build`: the first build of that update, as Exchange prints it. `sure` False: inferred.
    """

    exchange: str
    since: str
    build: tuple[int, int, int]
    installations: Installations
    text: str
    source: str
    sure: bool = True


_TLS_PAGE = "Microsoft Learn, Exchange Server TLS configuration best practices (April 2025)"
_CAPTURES = "CSS-Exchange, HealthChecker test data E19 (15.2.986.5 and 15.2.1118.25)"
_NEW_FEATURES = "Microsoft Learn, What's new in Exchange Server 2019"
_HEALTH_CHECKER = "CSS-Exchange, Invoke-AnalyzerSecuritySettings.ps1"
_SE_AS_2019 = "inferred: SE RTM is Exchange 2019 CU15 under another name"

SETUP_DEFAULTS: tuple[SetupDefault, ...] = (
    SetupDefault(
        "2019",
        "RTM",
        (15, 2, 221),
        Installations.ALL,
        "TLS 1.2 alone is on; DES, 3DES, RC2, RC4 and MD5 are off",
        _NEW_FEATURES,
    ),
    SetupDefault(
        "2019",
        "RTM",
        (15, 2, 221),
        Installations.ALL,
        "TLS renegotiation is in strict mode: a partner without RFC 5746 is refused",
        _TLS_PAGE,
    ),
    SetupDefault(
        "2019",
        "CU11 or before",
        (15, 2, 986),
        Installations.NEW,
        "an order of eight ECDHE suites replaces that of Windows",
        _CAPTURES,
    ),
    SetupDefault(
        "2019",
        "CU14",
        (15, 2, 1544),
        Installations.NEW,
        "the order of suites is written, and .NET's SystemDefaultTlsVersions and SchUseStrongCrypto are set",
        _TLS_PAGE,
    ),
    SetupDefault(
        "2019",
        "CU15",
        (15, 2, 1748),
        Installations.ALL,
        "TLS 1.3 is supported on Windows Server 2022 and later",
        _HEALTH_CHECKER,
    ),
    SetupDefault(
        "se",
        "RTM",
        (15, 2, 2562),
        Installations.NEW,
        "TLS 1.2, strict renegotiation, the order of eight suites and .NET's values as in Exchange 2019 CU15",
        _SE_AS_2019,
        sure=False,
    ),
)


def defaults_of(exchange: str) -> tuple[SetupDefault, ...]:
    """The defaults of this Exchange (as in a caller's name), oldest update first; () where there are none."""
    return tuple(default for default in SETUP_DEFAULTS if default.exchange == exchange)


def described(default: SetupDefault) -> str:
    """One default in words: since which update, for whom, what, and whether it is inferred."""
    whom = "" if default.installations is Installations.ALL else f", {default.installations}"
    return f"set-up since {default.since}{whom}: {default.text}{'' if default.sure else ' (inferred)'}"
