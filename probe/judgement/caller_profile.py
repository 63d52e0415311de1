"""The predicted machine: which Exchange on which Windows Server, and every switch that changes its verdict.

Sources: [validation 1.3] to [validation 1.5] (switches of .NET Framework and of the Availability service),
[failures 6.8] and [failures 6.9] (protocols and groups). A profile says what a patched installation does by
default; registry settings of one machine are applied to it with dataclasses.replace. Nothing is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import or_

from probe.dotnet import X509ChainStatusFlags
from probe.errors import UsageError
from probe.judgement import cipher_suites
from probe.judgement.issuer_limits import WINDOWS_LIMITS, IssuerLimits
from probe.judgement.setup_defaults import defaults_of, described

DEFAULT = "exchange-se"

# Below this SChannel ends a DHE handshake (update of 2016); from 1024 to 16384 bits none is known to be
# refused [failures 6.7].
LEAST_DIFFIE_HELLMAN_BITS = 1024

# SCHANNEL\\Messaging, MessageLimitClient [failures 6.13].
LARGEST_HANDSHAKE_MESSAGE = 0x8000


@dataclass(frozen=True)
class Caller:
    """The Exchange server that would make the request.

    `build` is the Windows build number. `aia`: it can download issuers. `root_auto_update`: it downloads
    roots of Microsoft's list. `eku_check`: ServicePointManager demands serverAuth (.NET after May 2017).
    `allow_external_untrusted`, `allow_internal_untrusted`: the registry values of the Availability
    service's callback. `revocation`: ServicePointManager.CheckCertificateRevocationList. `protocols`
    (`TLS 1.2`) ascend and are sure to be offered; `may_offer` is what the registry of one server, or a
    contradiction of the sources, leaves open. `cipher_suites` are IANA names in the order offered,
    `groups` those of key exchange that are sure to be offered, `may_offer_groups` those that an
    administrator may have switched off. `tls12_predicted`: that it has TLS 1.2 is concluded from its
    being able to federate at all [failures 6.8], and not read from its registry. `own_settings`: that the
    settings of one server were read; `notes` then says what was assumed all the same. `minimum_rsa_bits`:
    CryptoAPI's MinRsaPubKeyBitLength ([validation 4.6.1]), 0 for none. `takes_md2_md4`,
    `takes_weak_roots`, `logs_weakness_only`: its EnableWeakSignatureFlags; `restricted_digests` and
    `restricted_rsa_bits`: what rules of its own restrict in a way that is not known ([validation 4.6.8]);
    `left_out_checks`: flags that its chain engine may not set, `issuer_limits` those of its downloads.
    `least_diffie_hellman_bits` and `largest_diffie_hellman_bits` (None: no limit) are SChannel's
    [failures 6.7]. `demands_secure_renegotiation`: SChannel's AllowInsecureRenegoServers is 0
    [failures 6.12], `largest_handshake_message` its MessageLimitClient in octets [failures 6.13].
    `way_known`: whether it is known that it goes through `web_proxy`, except to what `proxy_bypass`
    matches, or directly [exchange 6.7]. `answer_timeout_seconds`: the time for which it waits for sure for an
    answer. WebRequestTimeoutInSeconds of the Availability service is 25 s ([exchange 1.1.7]), of which a
    lookup has spent some on its token and on Autodiscover before this request.
    """

    # Not slotted: cached_property keeps what every partner's judgement asks for in the instance dictionary.
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
    minimum_rsa_bits: int = 1023
    takes_md2_md4: bool = False
    takes_weak_roots: bool = False
    logs_weakness_only: bool = False
    restricted_digests: tuple[str, ...] = ()
    restricted_rsa_bits: int = 0
    issuer_limits: IssuerLimits = WINDOWS_LIMITS
    left_out_checks: tuple[X509ChainStatusFlags, ...] = ()
    least_diffie_hellman_bits: int = LEAST_DIFFIE_HELLMAN_BITS
    largest_diffie_hellman_bits: int | None = None
    demands_secure_renegotiation: bool = False
    largest_handshake_message: int = LARGEST_HANDSHAKE_MESSAGE
    protocols: tuple[str, ...] = ("TLS 1.2",)
    may_offer: tuple[str, ...] = ()
    cipher_suites: tuple[str, ...] = ()
    groups: tuple[str, ...] = ("secp256r1", "secp384r1")
    may_offer_groups: tuple[str, ...] = ()
    tls12_predicted: bool = False
    own_settings: bool = False
    web_proxy: str | None = None
    proxy_bypass: tuple[str, ...] = ()
    way_known: bool = False
    notes: tuple[str, ...] = ()
    answer_timeout_seconds: float = 20.0

    @cached_property
    def handshake_shape(self) -> str:
        """The key under which callers that offer the same protocols and cipher suites share a handshake."""
        offered = "|".join((*self.cipher_suites, *self.groups, *self._own_limits()))
        return f"{'+'.join(self.protocols)} on {self.windows}/{offered}"

    def _own_limits(self) -> Iterator[str]:
        """What one server's settings accept otherwise than its profile."""
        if self.least_diffie_hellman_bits != LEAST_DIFFIE_HELLMAN_BITS:
            yield f"primes from {self.least_diffie_hellman_bits} bits"
        if self.demands_secure_renegotiation != (self.exchange in _SET_UP_WITH_TLS12):
            yield f"{'secure' if self.demands_secure_renegotiation else 'any'} renegotiation"

    @cached_property
    def wider_shape(self) -> str | None:
        """The key of a handshake that offers TLS 1.3 as well, for a caller that may; None for the others."""
        return f"TLS 1.3 and {self.handshake_shape}" if "TLS 1.3" in self.may_offer else None

    @cached_property
    def left_out_flags(self) -> X509ChainStatusFlags:
        """The OR over `left_out_checks`."""
        return reduce(or_, self.left_out_checks, X509ChainStatusFlags.NoError)

    def proxy_to(self, host: str) -> str | None:
        """The web proxy that its request to this host goes through; None: directly, or not known."""
        address = f"https://{host}"
        passed = any(re.search(pattern, address, re.IGNORECASE) for pattern in self.proxy_bypass)
        return None if passed else self.web_proxy

    @property
    def signature_schemes(self) -> tuple[str, ...]:
        """The signature schemes of its ClientHello in TLS 1.2, in SChannel's order [failures 6.11]."""
        if self.build >= WINDOWS_10_1809:
            return (*_PSS_SCHEMES, *_COMMON_SCHEMES, *_SHA512_SCHEMES)
        if self.build >= WINDOWS_10:
            return (*_COMMON_SCHEMES, *_SHA512_SCHEMES)
        return (*_SHA512_SCHEMES, *_COMMON_SCHEMES) if self.build >= WINDOWS_8_1 else _COMMON_SCHEMES

    @property
    def understands_ip_names(self) -> bool:
        """Whether CryptoAPI compares iPAddress names: from Windows 10 on ([validation 3.3.2])."""
        return self.build >= WINDOWS_10

    @property
    def honours_root_dates(self) -> bool:
        """Whether CryptoAPI heeds the dates NotBefore and Disable of a root: from Windows 10 on.

        Notices of Microsoft's root programme, 2019 and 2020: "not available on versions prior to Windows 10"
        [validation 4.7.3].
        """
        return self.build >= WINDOWS_10

    @property
    def demands_a_dns_name(self) -> bool:
        """Whether a permitted DNS subtree rejects an end-entity without any DNS name.

        Windows 10 up to build 14393 does, from 15063 on it does not ([validation 5.2.2]).
        """
        return self.build < WINDOWS_10_1703


WINDOWS_8_1 = 9600
WINDOWS_10 = 10240
WINDOWS_10_1607 = 14393
WINDOWS_10_1703 = 15063
WINDOWS_10_1809 = 17763
SERVER_2022 = 20348
SERVER_2025 = 26100
_SERVER_2008_R2 = 7600  # before its service pack; profiles are of 7601, with it
FIRST_SE_BUILD = 2562  # Exchange Server SE RTM is 15.2.2562.17; below is 2019

_PSS_SCHEMES = ("rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512")
_COMMON_SCHEMES = (
    "rsa_pkcs1_sha256",
    "rsa_pkcs1_sha384",
    "rsa_pkcs1_sha1",
    "ecdsa_secp256r1_sha256",
    "ecdsa_secp384r1_sha384",
    "ecdsa_sha1",
    "dsa_sha1",
)
_SHA512_SCHEMES = ("rsa_pkcs1_sha512", "ecdsa_secp521r1_sha512")

_WINDOWS: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "2008r2": ("Windows Server 2008 R2", 7601, cipher_suites.WINDOWS_2008_R2),
    "2012": ("Windows Server 2012", 9200, cipher_suites.WINDOWS_2012),
    "2012r2": ("Windows Server 2012 R2", WINDOWS_8_1, cipher_suites.WINDOWS_2012_R2),
    "2016": ("Windows Server 2016", WINDOWS_10_1607, cipher_suites.WINDOWS_2016),
    "2019": ("Windows Server 2019", WINDOWS_10_1809, cipher_suites.WINDOWS_2019),
    "2022": ("Windows Server 2022", SERVER_2022, cipher_suites.WINDOWS_2022),
    "2022-23h2": ("Windows Server 23H2", 25398, cipher_suites.WINDOWS_2022_23H2),
    "2025": ("Windows Server 2025", SERVER_2025, cipher_suites.WINDOWS_2025),
}

# Exchange version: display name and the Windows Servers it runs on, the usual one first.
_EXCHANGE: dict[str, tuple[str, tuple[str, ...]]] = {
    "2010": ("Exchange Server 2010 SP3", ("2008r2", "2012", "2012r2")),
    "2013": ("Exchange Server 2013", ("2012r2", "2012", "2008r2")),
    "2016": ("Exchange Server 2016", ("2016", "2012r2", "2012")),
    "2019": ("Exchange Server 2019", ("2019", "2022", "2025")),
    "se": ("Exchange Server SE", ("2022", "2019", "2022-23h2", "2025")),
}


def windows_of(build: int) -> str | None:
    """The Windows Server of this build or the newest below it, as profiles name it; None before 2008 R2."""
    known = (name for name, (_, first, _) in reversed(_WINDOWS.items()) if build >= first)
    return next(known, "2008r2" if build >= _SERVER_2008_R2 else None)


def suites_of_windows(caller: Caller) -> tuple[str, ...]:
    """The cipher suites that the caller's Windows offers where nobody has written another order."""
    return _WINDOWS[caller.windows][2]


def with_protocols(caller: Caller, protocols: tuple[str, ...]) -> Caller:
    """The caller as a server that is known to offer exactly these protocols, ascending.

    One that was opened for versions before TLS 1.2 alone must have suites for them, which the order of set-up
    has not: it is given those of its Windows.
    """
    older = not {"TLS 1.2", "TLS 1.3"} & set(protocols)
    suites = suites_of_windows(caller) if older else caller.cipher_suites
    # TLS 1.3 needs suites of its own, which Windows before Server 2022 has not.
    offered = tuple(p for p in protocols if p != "TLS 1.3" or cipher_suites.has_tls13(suites))
    return replace(caller, protocols=offered, may_offer=(), tls12_predicted=False, cipher_suites=suites)


_SET_UP_WITH_TLS12 = ("2019", "se")
_OLD_PROTOCOLS = ("TLS 1.0", "TLS 1.1", "TLS 1.2")
_NEW_PROTOCOLS = ("TLS 1.2",)
_KNOWS_TLS13 = frozenset({"2022", "2022-23h2", "2025"})

_LEGACY_NOTES = (
    "predicted with TLS 1.2, because a server without it gets no token from the token service and fails for "
    "every partner; TLS 1.0 and 1.1 are what Windows leaves on beside it [failures 6.8]",
    "SSL 3.0, which it may offer as well on Windows before Server 2016, is not predicted",
)
_SETUP_NOTES = (
    "curve25519 may have been switched off, as the Exchange documentation recommends [failures 6.9]",
)
_INFERRED_SETUP_NOTE = (
    "that SE's set-up writes the same order is inferred; an upgrade in place may keep an older one"
)
_TLS13_NOTE = (
    "TLS 1.3 may be offered (documented for Server 2022 and later, disputed for .NET Framework's SChannel "
    "credentials); TLS 1.2 is the floor that is sure"
)
_OLD_WINDOWS_NOTE = "does not compare iPAddress names: an IP address must be in the common name (documented)"
_SHA512_NOTE = "a certificate signed with SHA-512 needs KB2973337 for TLS 1.2 (documented)"
_BUILD_14393_NOTE = (
    "a permitted DNS subtree rejects a certificate without any DNS name (observed on build 14393)"
)


def _protocols(exchange: str) -> tuple[str, ...]:
    # [failures 6.8]: two sources disagree on what Exchange 2010 to 2016 offer by default. Federation decides:
    # the token service has refused TLS 1.0 and 1.1 since 31 January 2022 (US government: 31 March 2021).
    # TLS 1.3 is left out also where Windows knows it: whether .NET Framework's credential reaches it is
    # contradicted by the sources ([failures 6.1.3]). A partner with nothing else is then "cannot tell".
    return _NEW_PROTOCOLS if exchange in _SET_UP_WITH_TLS12 else _OLD_PROTOCOLS


def _may_offer(exchange: str, windows: str) -> tuple[str, ...]:
    return ("TLS 1.3",) if exchange in _SET_UP_WITH_TLS12 and windows in _KNOWS_TLS13 else ()


def _groups(exchange: str, build: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(sure, may be) groups of key exchange by default [failures 6.6], [failures 6.9]."""
    sure = ("secp256r1", "secp384r1")
    if build < WINDOWS_10_1607:
        return sure, ()
    return (sure, ("x25519",)) if exchange in _SET_UP_WITH_TLS12 else (("x25519", *sure), ())


def _notes(exchange: str, windows: str, build: int) -> tuple[str, ...]:
    by_setup = (*(described(default) for default in defaults_of(exchange)), *_SETUP_NOTES)
    notes: tuple[str, ...] = by_setup if exchange in _SET_UP_WITH_TLS12 else _LEGACY_NOTES
    if exchange == "se":
        notes = (*notes, _INFERRED_SETUP_NOTE)
    if windows in _KNOWS_TLS13 and exchange in _SET_UP_WITH_TLS12:
        notes = (*notes, _TLS13_NOTE)
    if build < WINDOWS_8_1:
        notes = (*notes, _SHA512_NOTE)
    if build < WINDOWS_10:
        notes = (*notes, _OLD_WINDOWS_NOTE)
    if build < WINDOWS_10_1703:
        notes = (*notes, _BUILD_14393_NOTE)
    return notes


def _make(exchange: str, windows: str) -> Caller:
    exchange_display, _ = _EXCHANGE[exchange]
    windows_display, build, suites = _WINDOWS[windows]
    if exchange in _SET_UP_WITH_TLS12:
        suites = cipher_suites.after_setup(suites)
    groups, may_offer_groups = _groups(exchange, build)
    return Caller(
        name=f"exchange-{exchange}@{windows}",
        exchange=exchange,
        windows=windows,
        build=build,
        display=f"{exchange_display} on {windows_display}",
        protocols=_protocols(exchange),
        may_offer=_may_offer(exchange, windows),
        cipher_suites=suites,
        groups=groups,
        may_offer_groups=may_offer_groups,
        demands_secure_renegotiation=exchange in _SET_UP_WITH_TLS12,
        tls12_predicted=exchange not in _SET_UP_WITH_TLS12,
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
