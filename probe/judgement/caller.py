"""The predicted machine: which Exchange on which Windows Server, and every switch that changes its verdict.

Sources: [validation 1.3] to [validation 1.5] (switches of .NET Framework and of the Availability service),
[failures 6] (protocols and cipher suites). A profile says what a patched installation does by
default; registry settings of one machine are applied to it with dataclasses.replace. Nothing is judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from probe.errors import UsageError
from probe.judgement import cipher_suites

DEFAULT = "exchange-se"


@dataclass(frozen=True, slots=True)
class Caller:
    """The Exchange server that would make the request.

    `build` is the Windows build number. `aia`: it can download issuers. `root_auto_update`: it downloads
    roots of Microsoft's list. `eku_check`: ServicePointManager demands serverAuth (.NET after May 2017).
    `allow_external_untrusted`, `allow_internal_untrusted`: the registry values of the Availability
    service's callback. `revocation`: ServicePointManager.CheckCertificateRevocationList.
    `protocols` (`TLS 1.2`) ascend and are sure to be offered; `may_offer` is what the registry of one server,
    or a contradiction of the sources, leaves open. `cipher_suites` are IANA names in the order offered.
    `answer_timeout_seconds`: the time for which it is sure to wait for an answer. WebRequestTimeoutInSeconds
    of the Availability service is 25 s ([exchange 1.1]), of which a lookup has spent some on its
    token and on Autodiscover before this request.
    """

    name: str
    exchange: str
    windows: str
    build: int
    display: str
    aia: bool = True
    root_auto_update: bool = True
    eku_check: bool = True
    allow_external_untrusted: bool = False
    allow_internal_untrusted: bool = True
    check_certificate_name: bool = True
    revocation: bool = False
    protocols: tuple[str, ...] = ("TLS 1.2",)
    may_offer: tuple[str, ...] = ()
    cipher_suites: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    answer_timeout_seconds: float = 20.0

    @property
    def handshake_shape(self) -> str:
        """The key under which callers that offer the same protocols and cipher suites share a handshake."""
        return _shape(self.windows, self.protocols, self.cipher_suites)

    @property
    def wider_shape(self) -> str | None:
        """The key of a handshake that offers TLS 1.3 as well, for a caller that may; None for the others."""
        return f"TLS 1.3 and {self.handshake_shape}" if "TLS 1.3" in self.may_offer else None

    @property
    def understands_ip_names(self) -> bool:
        """Whether CryptoAPI compares iPAddress names: from Windows 10 on ([validation 3.3])."""
        return self.build >= WINDOWS_10

    @property
    def honours_root_dates(self) -> bool:
        """Whether CryptoAPI heeds the dates NotBefore and Disable of a root: from Windows 10 on.

        Notices of Microsoft's root programme, 2019 and 2020: "not available on versions prior to Windows 10"
        [validation 4.7].
        """
        return self.build >= WINDOWS_10

    @property
    def demands_a_dns_name(self) -> bool:
        """Whether a permitted DNS subtree rejects an end-entity without any DNS name.

        Windows 10 up to build 14393 does, from 15063 on it does not ([validation 5]).
        """
        return self.build < WINDOWS_10_1703


@lru_cache(maxsize=64)
def _shape(windows: str, protocols: tuple[str, ...], cipher_suites: tuple[str, ...]) -> str:
    return f"{'+'.join(protocols)} on {windows}/{'|'.join(cipher_suites)}"


WINDOWS_10 = 10240
WINDOWS_10_1703 = 15063

_WINDOWS: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "2008r2": ("Windows Server 2008 R2", 7601, cipher_suites.WINDOWS_2008_R2),
    "2012": ("Windows Server 2012", 9200, cipher_suites.WINDOWS_2012),
    "2012r2": ("Windows Server 2012 R2", 9600, cipher_suites.WINDOWS_2012_R2),
    "2016": ("Windows Server 2016", 14393, cipher_suites.WINDOWS_2016),
    "2019": ("Windows Server 2019", 17763, cipher_suites.WINDOWS_2019),
    "2022": ("Windows Server 2022", 20348, cipher_suites.WINDOWS_2022),
    "2025": ("Windows Server 2025", 26100, cipher_suites.WINDOWS_2025),
}

# Exchange version: display name and the Windows Servers it runs on, the usual one first.
_EXCHANGE: dict[str, tuple[str, tuple[str, ...]]] = {
    "2010": ("Exchange Server 2010 SP3", ("2008r2", "2012", "2012r2")),
    "2013": ("Exchange Server 2013", ("2012r2", "2012", "2008r2")),
    "2016": ("Exchange Server 2016", ("2016", "2012r2", "2012")),
    "2019": ("Exchange Server 2019", ("2019", "2022", "2025")),
    "se": ("Exchange Server SE", ("2022", "2019", "2025")),
}

_OLD_PROTOCOLS = ("TLS 1.0",)
_NEW_PROTOCOLS = ("TLS 1.2",)
_KNOWS_TLS13 = frozenset({"2022", "2025"})

_LEGACY_NOTES = (
    "offers TLS 1.0 only unless SystemDefaultTlsVersions and the SChannel keys were set (inferred: the "
    "application targets .NET 4.5 or older)",
    "SSL 3.0, which it may offer as well on Windows before Server 2016, is not predicted",
)
_MODERN_NOTES = ("set-up turns on TLS 1.2 alone and turns off 3DES, RC4 and MD5 (documented)",)
_TLS13_NOTE = (
    "TLS 1.3 may be offered (documented for Server 2022 and later, disputed for .NET Framework's SChannel "
    "credentials); TLS 1.2 is the floor that is sure"
)
_OLD_WINDOWS_NOTE = "does not compare iPAddress names: an IP address must be in the common name (documented)"
_BUILD_14393_NOTE = (
    "a permitted DNS subtree rejects a certificate without any DNS name (observed on build 14393)"
)


def _protocols(exchange: str) -> tuple[str, ...]:
    # TLS 1.3 is left out also where Windows knows it: whether .NET Framework's credential reaches it is
    # contradicted by the sources ([failures 6.1]). A partner with nothing else is then "cannot tell".
    return _NEW_PROTOCOLS if exchange in ("2019", "se") else _OLD_PROTOCOLS


def _may_offer(exchange: str, windows: str) -> tuple[str, ...]:
    # [failures 6.3]: what Exchange 2013 and 2016 offer without registry values is inferred, the sources
    # contradict each other, and most have been set to TLS 1.2; for 2010 the default is documented.
    if exchange in ("2013", "2016"):
        return ("TLS 1.1", "TLS 1.2")
    return ("TLS 1.3",) if exchange in ("2019", "se") and windows in _KNOWS_TLS13 else ()


def _notes(exchange: str, windows: str, build: int) -> tuple[str, ...]:
    notes = _MODERN_NOTES if exchange in ("2019", "se") else _LEGACY_NOTES
    if windows in _KNOWS_TLS13 and exchange in ("2019", "se"):
        notes = (*notes, _TLS13_NOTE)
    if build < WINDOWS_10:
        notes = (*notes, _OLD_WINDOWS_NOTE)
    if build < WINDOWS_10_1703:
        notes = (*notes, _BUILD_14393_NOTE)
    return notes


def _make(exchange: str, windows: str) -> Caller:
    exchange_display, _ = _EXCHANGE[exchange]
    windows_display, build, suites = _WINDOWS[windows]
    if exchange in ("2019", "se"):
        suites = cipher_suites.without_weak(suites)
    return Caller(
        name=f"exchange-{exchange}@{windows}",
        exchange=exchange,
        windows=windows,
        build=build,
        display=f"{exchange_display} on {windows_display}",
        protocols=_protocols(exchange),
        may_offer=_may_offer(exchange, windows),
        cipher_suites=suites,
        notes=_notes(exchange, windows, build),
    )


PROFILES: dict[str, Caller] = {
    caller.name: caller
    for exchange, (_, servers) in _EXCHANGE.items()
    for caller in (_make(exchange, windows) for windows in servers)
}
_DEFAULTS: dict[str, str] = {
    f"exchange-{exchange}": f"exchange-{exchange}@{servers[0]}"
    for exchange, (_, servers) in _EXCHANGE.items()
}


def profiles() -> tuple[Caller, ...]:
    """Every profile, oldest Exchange first, each with its usual Windows Server first."""
    return tuple(PROFILES.values())


def profile(name: str) -> Caller:
    """The caller of this name in any case: `exchange-2016`, or with its Windows `exchange-2016@2012r2`.

    Raises:
        UsageError: there is none; the text names those there are.
    """
    wanted = name.strip().lower()
    found = PROFILES.get(_DEFAULTS.get(wanted, wanted))
    if found is None:
        raise UsageError(
            f"{name!r} is no caller profile: give one of {', '.join(_DEFAULTS)}, "
            f"optionally with its Windows Server ({', '.join(PROFILES)})"
        )
    return found
