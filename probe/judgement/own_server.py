"""The caller that one server's own settings make of its profile.

1. Exchange's version and Windows' build choose the profile.
2. The protocols: what .NET asks SChannel for ([failures 6.1]) out of what SChannel's Client values leave on
   ([failures 6.2]). Values that were read end the profile's "may offer", but for TLS 1.3, on which the
   sources contradict each other ([failures 6.1.3]).
3. Cipher suites and curves in the server's own order, without what its Windows does not know or strong
   crypto takes out ([failures 6.4.10]), or SCHANNEL's Ciphers, Hashes and KeyExchangeAlgorithms
   ([failures 6.4.9]) or FIPS mode ([failures 6.6.1]) do. Up to Server 2012 R2 the curves are those behind the
   suites ([failures 6.4.7]).
4. SChannel's limits of Diffie-Hellman ([failures 6.7]), its strict mode ([failures 6.12]) and the
   longest message that it takes ([failures 6.13]).
5. The Availability service's registry values ([exchange 6.2]) and automatic root update.
6. The chain engine's values ([validation 4.6.8]), see own_chain_engine.py.
7. The web proxy of Exchange and what goes past it ([exchange 6.7]).

A setting that was not read keeps the profile's value, and `notes` says so; it names WinHTTP's proxy too,
which a check from another machine does not meet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from probe.errors import DataError
from probe.facts.server_settings import ServerSettings, as_named
from probe.judgement import caller_profile as callers
from probe.judgement import cipher_suites, own_chain_engine
from probe.judgement.caller_profile import Caller

_PROTOCOLS = ("TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
_EXCHANGE = {(14,): "2010", (15, 0): "2013", (15, 1): "2016"}
# Windows up to Server 2012 R2 writes the curve behind the suite.
_CURVE = re.compile(r"_(P256|P384|P521)\Z")
_SUFFIXES = {"P256": "secp256r1", "P384": "secp384r1", "P521": "secp521r1"}
_CLR = {"2010": "v2.0.50727"}
_CLR_4 = "v4.0.30319"
# Windows' names of curves (W32 SecAuthN/tls-elliptic-curves-in-windows-10-1607-and-later.md) and IANA's.
_GROUPS = {
    "curve25519": "x25519",
    "nistp256": "secp256r1",
    "nistp384": "secp384r1",
    "nistp521": "secp521r1",
    "secp256r1": "secp256r1",
    "secp384r1": "secp384r1",
    "secp521r1": "secp521r1",
    "secp256k1": "secp256k1",
    "brainpoolp256r1": "brainpoolP256r1",
    "brainpoolp384r1": "brainpoolP384r1",
    "brainpoolp512r1": "brainpoolP512r1",
}
# What of a suite's name shows an algorithm that SCHANNEL's registry names [failures 6.4.9].
_DISABLED = {
    "Ciphers\\AES 128/128": "_AES_128_",
    "Ciphers\\AES 256/256": "_AES_256_",
    "Ciphers\\NULL": "_NULL_",
    "Ciphers\\RC4 128/128": "_RC4_128_",
    "Ciphers\\Triple DES 168": "_3DES_EDE_",
    "Ciphers\\Triple DES 168/168": "_3DES_EDE_",
    "Hashes\\MD5": "_MD5 ",
    "Hashes\\SHA": "_SHA ",
    "KeyExchangeAlgorithms\\Diffie-Hellman": "_DHE_",
    "KeyExchangeAlgorithms\\ECDH": "_ECDHE_",
    "KeyExchangeAlgorithms\\PKCS": "TLS_RSA_WITH_",
}
_NOT_IN_FIPS_MODE = ["_RC4_", "_MD5 ", "_WITH_DES_", "_CHACHA20_"]
_LARGEST_RECORD = 2**14  # RFC 5246 section 6.2.1
_LARGEST_LIMIT = 2**16
_MODERN = frozenset({"2019", "se"})
_NET_4_6 = 393295  # the release number of .NET 4.6 (framework/install/how-to-determine-which-versions-...)


def caller_of(settings: ServerSettings) -> Caller:
    """The caller with exactly these settings; `notes` names what was assumed.

    Raises:
        DataError: the Exchange version was not read, or it and Windows go together in no profile.
    """
    settings = as_named(settings)
    base = _profile(settings)
    assumed: list[str] = []
    protocols, may_offer = _protocols(settings, base, assumed)
    groups, may_offer_groups = (_in_fips_mode(g, settings) for g in _groups(settings, base, assumed))
    suites = _cipher_suites(settings, base, assumed)
    made = replace(
        base,
        build=settings.windows_build or base.build,
        display=f"{settings.server or 'this server'} ({base.display})",
        protocols=protocols,
        may_offer=tuple(p for p in may_offer if p != "TLS 1.3" or cipher_suites.has_tls13(suites)),
        cipher_suites=suites,
        groups=groups,
        may_offer_groups=may_offer_groups,
        tls12_predicted=base.tls12_predicted and (settings.dotnet is None or settings.schannel is None),
        allow_external_untrusted=_availability(
            settings, "AllowExternalUntrustedCerts", assumed, default=False
        ),
        allow_internal_untrusted=_availability(
            settings, "AllowInternalUntrustedCerts", assumed, default=True
        ),
        root_auto_update=not settings.root_auto_update_disabled,
        own_settings=True,
        **_way(settings, assumed),
        largest_handshake_message=_largest_message(settings, assumed),
        demands_secure_renegotiation=_strict_renegotiation(settings, base, assumed),
        **_diffie_hellman(settings, assumed),
        **_chain_engine(settings, base, assumed),
    )
    if settings.fips is None:
        assumed.append("FIPS mode")
    if settings.root_auto_update_disabled is None:
        assumed.append("automatic root update")
    name = f"{settings.server.lower() or 'this-server'}:{base.name}"
    return replace(made, name=name, notes=tuple(_notes(settings, base, assumed)))


def _notes(settings: ServerSettings, base: Caller, assumed: list[str]) -> Iterator[str]:
    if assumed:
        yield f"assumed as {base.name} has it, because it was not read: {', '.join(assumed)}"
    proxies = settings.proxies or {}
    if proxy := proxies.get("winhttp"):
        yield f"it downloads issuers, lists and roots through WinHTTP's proxy {proxy}, which was not asked"
    if (settings.dotnet_release or _NET_4_6) < _NET_4_6 and base.exchange != "2010":
        yield (
            f"its .NET (release {settings.dotnet_release}) is older than 4.6: assumed is the update of May "
            "2017, without which it takes a certificate for another usage [validation 1.4]"
        )


def _profile(settings: ServerSettings) -> Caller:
    exchange = _exchange(settings.exchange_version or "")
    windows = callers.windows_of(settings.windows_build or 0)
    if windows is None and settings.windows_build is not None:
        raise DataError(
            f"Windows build {settings.windows_build} of {settings.server or 'this server'} is older than "
            "Server 2008 R2, of which no offer is known: name a profile with --caller exchange-..."
        )
    if exchange is None:
        raise DataError(
            f"the Exchange version of {settings.server or 'this server'} is "
            f"{settings.exchange_version or 'unknown'}: name a profile with --caller exchange-..."
        )
    name = f"exchange-{exchange}@{windows}"
    return callers.profile(name if name in callers.PROFILES else f"exchange-{exchange}")


def _exchange(version: str) -> str | None:
    numbers = [int(part) for part in re.findall(r"\d{1,9}", version)[:4]]
    for known, name in _EXCHANGE.items():
        if tuple(numbers[: len(known)]) == known:
            return name
    if numbers[:2] != [15, 2]:
        return None
    return "se" if len(numbers) > 2 and numbers[2] >= callers.FIRST_SE_BUILD else "2019"


def _protocols(
    settings: ServerSettings, base: Caller, assumed: list[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(sure to be offered, may be offered)."""
    schannel = settings.schannel
    if settings.dotnet is None or schannel is None:
        assumed.append("protocol versions")
        return base.protocols, base.may_offer
    enabled = tuple(p for p in _PROTOCOLS if _is_on(p, schannel.get(p, {}), base))
    allowed = frozenset(p for p in _PROTOCOLS if schannel.get(p, {}).get("Enabled") != 0)
    framework = settings.dotnet.get(_CLR.get(base.exchange, _CLR_4), {})
    if _is_set(framework, "SystemDefaultTlsVersions", base):
        sure = tuple(p for p in enabled if p != "TLS 1.3")
        return sure, tuple(p for p in _PROTOCOLS if _may_be_on(p, schannel, base, enabled))
    if _is_set(framework, "SchUseStrongCrypto", base) and base.exchange != "2010":
        return tuple(p for p in _PROTOCOLS[:3] if p in allowed), ()
    # Without either value .NET 3.5 has TLS 1.0 alone ([failures 6.1]); what the applications of Exchange 2013
    # and 2016 are built for is not known ([failures 6.3.1]).
    protocols = _PROTOCOLS[:1]
    off = framework.get("SystemDefaultTlsVersions") == framework.get("SchUseStrongCrypto") == 0
    may_offer = () if off or base.exchange == "2010" else _PROTOCOLS[1:3]
    return tuple(p for p in protocols if p in allowed), tuple(p for p in may_offer if p in allowed)


def _is_set(framework: dict[str, int], name: str, base: Caller) -> bool:
    """One of .NET's two values. What is built for 4.7 or later has both unless they are 0, what is older has
    neither unless they are 1 ([failures 6.1]).
    """
    value = framework.get(name, int(base.exchange in _MODERN))
    return value == 1 or (value != 0 and base.exchange in _MODERN)


def _is_on(protocol: str, values: dict[str, int], base: Caller) -> bool:
    """Whether SChannel offers it to who asks for Windows' default ([failures 6.2])."""
    if values.get("Enabled") == 0 or values.get("DisabledByDefault", 0) != 0:
        return False
    if base.windows == "2008r2" and protocol in ("TLS 1.1", "TLS 1.2"):
        return bool(values.get("Enabled")) and "DisabledByDefault" in values
    if protocol == "TLS 1.3":
        return base.build >= callers.SERVER_2022
    if base.exchange in _MODERN and not values:
        # Set-up writes these keys ([failures 6.9.1]): without them it is not told what they were set to.
        return protocol in base.protocols
    return True


def _may_be_on(
    protocol: str, schannel: dict[str, dict[str, int]], base: Caller, enabled: tuple[str, ...]
) -> bool:
    """TLS 1.3 is disputed; an old one without its key is on in Windows, and off after Exchange's set-up."""
    if protocol == "TLS 1.3":
        return base.build >= callers.SERVER_2022 and protocol in enabled
    return base.exchange in _MODERN and protocol not in enabled and not schannel.get(protocol)


def _cipher_suites(settings: ServerSettings, base: Caller, assumed: list[str]) -> tuple[str, ...]:
    if not settings.cipher_suites:
        assumed.append("cipher suites")
    suites = _listed_suites(settings, base)
    known = cipher_suites.KNOWN[_windows(settings, base)]
    framework = (settings.dotnet or {}).get(_CLR.get(base.exchange, _CLR_4), {})
    strong = _is_set(framework, "SchUseStrongCrypto", base)
    disabled = {name.lower() for name in settings.disabled_algorithms or ()}  # as the registry compares
    left_out = [part for name, part in _DISABLED.items() if name.lower() in disabled]
    left_out += _weak(settings.windows_build or base.build) if strong else []
    left_out += _NOT_IN_FIPS_MODE if _has_fips_mode(settings) else []
    left_out += ["_DHE_"] if (settings.diffie_hellman or {}).get("Enabled") == 0 else []
    if settings.disabled_algorithms is None:
        assumed.append("algorithms that SCHANNEL has switched off")
    return tuple(
        name for name in suites if name in known and not any(part in f"{name} " for part in left_out)
    )


def _weak(build: int) -> list[str]:
    """What SCH_USE_STRONG_CRYPTO takes out on this Windows [failures 6.4.10]."""
    since_10 = ["_MD5 ", "_WITH_DES_"] if build >= callers.WINDOWS_10 else []
    return ["_RC4_", *since_10, *(["_3DES_EDE_"] if build >= callers.SERVER_2022 else [])]


def _windows(settings: ServerSettings, base: Caller) -> str:
    """The Windows Server by its build, which may go together with this Exchange in no profile."""
    return callers.windows_of(settings.windows_build or base.build) or base.windows


def _names_curves(settings: ServerSettings, base: Caller) -> bool:
    """Whether this Windows names an ECDHE suite together with its curve [failures 6.4.7]."""
    return (settings.windows_build or base.build) < callers.WINDOWS_10


def _listed_suites(settings: ServerSettings, base: Caller) -> tuple[str, ...]:
    """The order of suites without curves. A name without its curve is none where Windows wants one."""
    if not settings.cipher_suites:
        return base.cipher_suites
    named = [name.strip() for name in settings.cipher_suites]
    if _names_curves(settings, base):
        named = [name for name in named if "_ECDHE_" not in name or _CURVE.search(name)]
    return tuple(dict.fromkeys(_CURVE.sub("", name) for name in named))


def _diffie_hellman(settings: ServerSettings, assumed: list[str]) -> dict[str, Any]:
    values = settings.diffie_hellman
    if values is None:
        assumed.append("Diffie-Hellman limits")
        return {}
    least = values.get("ClientMinKeyBitLength", callers.LEAST_DIFFIE_HELLMAN_BITS)
    return {
        "least_diffie_hellman_bits": least,
        "largest_diffie_hellman_bits": values.get("ClientMaxKeyBitLength"),
    }


def _largest_message(settings: ServerSettings, assumed: list[str]) -> int:
    """MessageLimitClient; 0 takes no message longer than a record, and 2**16 is the most [failures 6.13]."""
    if settings.messaging is None:
        assumed.append("MessageLimitClient")
        return callers.LARGEST_HANDSHAKE_MESSAGE
    value = settings.messaging.get("MessageLimitClient", callers.LARGEST_HANDSHAKE_MESSAGE)
    return min(value, _LARGEST_LIMIT) or _LARGEST_RECORD


def _strict_renegotiation(settings: ServerSettings, base: Caller, assumed: list[str]) -> bool:
    """Whether AllowInsecureRenegoServers is 0; a registry without it lets every partner [failures 6.12]."""
    if settings.renegotiation is None:
        assumed.append("AllowInsecureRenegoServers")
        return base.demands_secure_renegotiation
    return settings.renegotiation.get("AllowInsecureRenegoServers") == 0


def _chain_engine(settings: ServerSettings, base: Caller, assumed: list[str]) -> dict[str, Any]:
    if settings.chain_engine is None:
        assumed.append("MinRsaPubKeyBitLength")
        return {}
    return own_chain_engine.changes(settings.chain_engine, base)


def _groups(
    settings: ServerSettings, base: Caller, assumed: list[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(sure, may be) groups of key exchange: the server's own curves in their order ([failures 6.6])."""
    if _names_curves(settings, base):
        named = [match[1] for name in settings.cipher_suites or () if (match := _CURVE.search(name.strip()))]
        groups = tuple(group for curve, group in _SUFFIXES.items() if curve in named)
        return groups or base.groups, ()
    known = (_GROUPS.get(name.strip().lower()) for name in settings.curves or ())
    groups = tuple(dict.fromkeys(group for group in known if group is not None))
    if not groups:
        assumed.append("curves")
        return base.groups, base.may_offer_groups
    return groups, ()


def _has_fips_mode(settings: ServerSettings) -> bool:
    return bool((settings.fips or {}).get("Enabled"))


def _in_fips_mode(groups: tuple[str, ...], settings: ServerSettings) -> tuple[str, ...]:
    """The groups that are left where FIPS mode is on ([failures 6.6.1])."""
    return tuple(g for g in groups if g in _SUFFIXES.values()) if _has_fips_mode(settings) else groups


def _way(settings: ServerSettings, assumed: list[str]) -> dict[str, Any]:
    """Exchange's proxy; past it goes everything (BypassProxyForCrossForestRequests) or what a list names."""
    proxies = settings.proxies or {}
    if (proxies.get("BypassProxyForCrossForestRequests") or "0").strip() not in ("", "0"):
        return {"way_known": True}
    proxy = proxies.get("InternetWebProxy")
    if not proxy:
        if proxy is None and not settings.exchange_organization:
            assumed.append("InternetWebProxy")
        return {}
    entries = proxies.get("InternetWebProxyBypassList", "").split(",")
    bypass = tuple(_pattern(entry.strip()) for entry in entries if entry.strip())
    return {"way_known": True, "web_proxy": proxy, "proxy_bypass": bypass}


def _pattern(entry: str) -> str:
    """An entry of the list as .NET's WebProxy takes it: a pattern for a URI, or plain text if it is none."""
    try:
        re.compile(entry)
    except re.error:
        return re.escape(entry)
    return entry


def _availability(settings: ServerSettings, value: str, assumed: list[str], *, default: bool) -> bool:
    if settings.availability is None:
        assumed.append(value)
        return default
    return bool(settings.availability.get(value, int(default)))
