"""Each setting of a server changes the caller that is made of it, and with it a verdict."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.errors import DataError
from probe.facts.server_settings import ServerSettings
from probe.facts.tls_negotiation import Negotiation
from probe.facts.trust_store import TrustStore
from probe.judgement import caller_profile as callers
from probe.judgement.connection import acceptance
from probe.judgement.model import Outcome
from probe.judgement.own_server import caller_of
from probe.judgement.target_judgement import judge_presented
from probe.lab import authority

STRONG = {"v4.0.30319": {"SchUseStrongCrypto": 1}}
WINDOWS_DEFAULT = {"v4.0.30319": {"SystemDefaultTlsVersions": 1}}
OFF = {"Enabled": 0, "DisabledByDefault": 1}
ON = {"Enabled": 1, "DisabledByDefault": 0}
MODERN = {"TLS 1.0": OFF, "TLS 1.1": OFF, "TLS 1.2": ON}
EX2016 = ServerSettings(
    server="EX03",
    windows_build=14393,
    exchange_version="15.1.2507.6",
    dotnet={},
    schannel={},
    cipher_suites=("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",),
    curves=("curve25519", "NistP256", "NistP384"),
    availability={},
    chain_engine={},
    root_auto_update_disabled=False,
    diffie_hellman={},
    exchange_organization={"federation_trust": []},
    renegotiation={},
    messaging={},
    disabled_algorithms=(),
    fips={},
)


SUITES = {
    "R256": "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "E256-SHA2": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "E256-SHA": "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "D256": "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    "3DES": "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "RC4": "TLS_RSA_WITH_RC4_128_MD5",
}


def _changed(**changes: Any) -> ServerSettings:
    return replace(EX2016, **changes)


@pytest.mark.parametrize(
    ("version", "build", "profile"),
    [
        pytest.param("14.3.123.4", 7601, "exchange-2010@2008r2", id="2010"),
        pytest.param("15.0.1497.2", 9600, "exchange-2013@2012r2", id="2013"),
        pytest.param("15.1.2507.6", 9600, "exchange-2016@2012r2", id="2016-on-2012r2"),
        pytest.param("15.2.1544.4", 17763, "exchange-2019@2019", id="2019"),
        pytest.param("15.2.1544.4", 20348, "exchange-2019@2022", id="2019-on-2022"),
        pytest.param("15.2.2562.17", 26100, "exchange-se@2025", id="se"),
        pytest.param("15.2.1544.4", None, "exchange-2019@2019", id="windows-unknown"),
    ],
)
def test_version_and_build_choose_the_profile(version: str, build: int | None, profile: str) -> None:
    assert caller_of(_changed(exchange_version=version, windows_build=build)).name == f"ex03:{profile}"


@pytest.mark.parametrize("version", [None, "", "8.3.83.0", "16.0.0.0"])
def test_an_unknown_exchange_is_refused(version: str | None) -> None:
    with pytest.raises(DataError, match="name a profile"):
        caller_of(_changed(exchange_version=version))


OLD = ("TLS 1.0",)
TO_12 = ("TLS 1.0", "TLS 1.1", "TLS 1.2")


@pytest.mark.parametrize(
    ("changes", "protocols", "may_offer"),
    [
        pytest.param({}, OLD, ("TLS 1.1", "TLS 1.2"), id="no-value"),
        pytest.param({"dotnet": WINDOWS_DEFAULT}, TO_12, (), id="system-default-tls-versions"),
        pytest.param({"dotnet": STRONG}, TO_12, (), id="strong-crypto"),
        pytest.param(
            {"dotnet": {"Wow6432Node\\v4.0.30319": {"SystemDefaultTlsVersions": 1}}},
            OLD,
            ("TLS 1.1", "TLS 1.2"),
            id="the-32-bit-hive-is-another-programs",
        ),
        pytest.param(
            {"dotnet": {"v2.0.50727": {"SystemDefaultTlsVersions": 1}}},
            OLD,
            ("TLS 1.1", "TLS 1.2"),
            id="the-other-clr-is-another-programs",
        ),
        pytest.param({"dotnet": WINDOWS_DEFAULT, "schannel": MODERN}, ("TLS 1.2",), (), id="only-tls-1.2"),
        pytest.param({"schannel": {"TLS 1.0": OFF}}, (), ("TLS 1.1", "TLS 1.2"), id="tls-1.0-off"),
        pytest.param(
            {"dotnet": WINDOWS_DEFAULT, "schannel": {"TLS 1.2": {"DisabledByDefault": 1}}},
            ("TLS 1.0", "TLS 1.1"),
            (),
            id="not-by-default",
        ),
        pytest.param(
            {"dotnet": STRONG, "schannel": {"TLS 1.2": {"DisabledByDefault": 1}}},
            TO_12,
            (),
            id="not-by-default-and-asked-for",
        ),
        pytest.param(
            {"exchange_version": "14.3.1.1", "windows_build": 7601},
            OLD,
            (),
            id="2010-without-values",
        ),
        pytest.param(
            {
                "exchange_version": "14.3.1.1",
                "windows_build": 7601,
                "dotnet": {"v2.0.50727": {"SystemDefaultTlsVersions": 1}},
                "schannel": {"TLS 1.2": ON},
            },
            ("TLS 1.0", "TLS 1.2"),
            (),
            id="2010-set-to-tls-1.2",
        ),
        pytest.param(
            {"exchange_version": "15.2.1544.4", "windows_build": 17763, "schannel": MODERN},
            ("TLS 1.2",),
            (),
            id="2019-as-set-up",
        ),
        pytest.param(
            {"exchange_version": "15.2.1544.4", "windows_build": 17763},
            ("TLS 1.2",),
            ("TLS 1.0", "TLS 1.1"),
            id="2019-without-keys",
        ),
        pytest.param(
            {
                "exchange_version": "15.2.1544.4",
                "windows_build": 17763,
                "dotnet": {"v4.0.30319": {"SystemDefaultTlsVersions": 0, "SchUseStrongCrypto": 0}},
                "schannel": MODERN,
            },
            (),
            (),
            id="2019-with-both-values-of-dotnet-off",
        ),
        pytest.param(
            {
                "exchange_version": "15.2.1544.4",
                "windows_build": 17763,
                "dotnet": {"v4.0.30319": {"SystemDefaultTlsVersions": 0}},
                "schannel": {"TLS 1.2": {"DisabledByDefault": 1}},
            },
            TO_12,
            (),
            id="2019-with-strong-crypto-alone",
        ),
        pytest.param(
            {"dotnet": {"v4.0.30319": {"SystemDefaultTlsVersions": 0, "SchUseStrongCrypto": 0}}},
            OLD,
            (),
            id="both-values-of-dotnet-off",
        ),
        pytest.param(
            {"dotnet": {"v4.0.30319": {"schusestrongcrypto": 1}}, "schannel": {"tls 1.2": {"enabled": 0}}},
            ("TLS 1.0", "TLS 1.1"),
            (),
            id="names-in-another-case",
        ),
        pytest.param(
            {"dotnet": WINDOWS_DEFAULT, "schannel": {"TLS 1.2": {"DISABLEDBYDEFAULT": -1}}},
            ("TLS 1.0", "TLS 1.1"),
            (),
            id="not-by-default-in-capitals-and-with-a-sign",
        ),
        pytest.param(
            {
                "exchange_version": "15.2.1544.4",
                "windows_build": 17763,
                "schannel": {**MODERN, "TLS 1.2": OFF},
            },
            (),
            (),
            id="2019-with-tls-1.2-off",
        ),
        pytest.param(
            {
                "exchange_version": "15.2.1748.10",
                "windows_build": 20348,
                "schannel": {**MODERN, "TLS 1.3": OFF},
            },
            ("TLS 1.2",),
            (),
            id="tls-1.3-off",
        ),
        pytest.param(
            {
                "exchange_version": "15.2.1748.10",
                "windows_build": 20348,
                "schannel": MODERN,
                "cipher_suites": ("TLS_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
            },
            ("TLS 1.2",),
            ("TLS 1.3",),
            id="tls-1.3-is-disputed",
        ),
        pytest.param(
            {"exchange_version": "15.2.1748.10", "windows_build": 20348, "schannel": MODERN},
            ("TLS 1.2",),
            (),
            id="tls-1.3-without-a-suite",
        ),
    ],
)
def test_the_protocols(
    changes: dict[str, Any], protocols: tuple[str, ...], may_offer: tuple[str, ...]
) -> None:
    made = caller_of(_changed(**changes))
    assert (made.protocols, made.may_offer) == (protocols, may_offer)
    assert made.notes == ()


@pytest.mark.parametrize(
    ("version", "build", "curves", "groups", "may_offer"),
    [
        pytest.param("15.2.1544.4", 17763, None, ("secp256r1", "secp384r1"), ("x25519",), id="not-read"),
        pytest.param("15.2.1544.4", 17763, ("NistP384",), ("secp384r1",), (), id="one-curve"),
        pytest.param(
            "15.2.1544.4",
            17763,
            ("curve25519", "NistP256"),
            ("x25519", "secp256r1"),
            (),
            id="curve25519-is-on",
        ),
        pytest.param("15.1.2507.6", 14393, ("NistP521", "none"), ("secp521r1",), (), id="p521-is-on"),
    ],
)
def test_the_groups(
    version: str,
    build: int,
    curves: tuple[str, ...] | None,
    groups: tuple[str, ...],
    may_offer: tuple[str, ...],
) -> None:
    """What a server says of its curves settles what a profile leaves open ([failures 6.9])."""
    made = caller_of(_changed(exchange_version=version, windows_build=build, curves=curves))
    assert (made.groups, made.may_offer_groups) == (groups, may_offer)
    assert not made.tls12_predicted


def test_cipher_suites_have_the_servers_order_and_iana_names() -> None:
    suites = (
        "TLS_RSA_WITH_RC4_128_SHA",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256_P384",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256_P256",
        "SSL_CK_RC4_128_WITH_MD5",
    )
    expected = ("TLS_RSA_WITH_RC4_128_SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")
    assert caller_of(_changed(cipher_suites=suites)).cipher_suites == expected
    assert caller_of(_changed(cipher_suites=suites, dotnet=STRONG)).cipher_suites == expected[1:]


ECDHE_GCM = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
ECDHE_CBC = "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"
ECDSA_GCM = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"


@pytest.mark.parametrize(
    ("build", "listed", "suites", "groups"),
    [
        pytest.param(
            9600,
            (ECDHE_GCM, f"{ECDHE_GCM}_P256", f"{ECDHE_CBC}_P384"),
            (ECDHE_CBC,),
            ("secp256r1", "secp384r1"),
            id="2012-r2-has-no-ecdhe-rsa-with-gcm",
        ),
        pytest.param(
            9600,
            (ECDHE_CBC, f"{ECDSA_GCM}_P384", SUITES["R256"]),
            (ECDSA_GCM, SUITES["R256"]),
            ("secp384r1",),
            id="2012-r2-names-no-suite-without-its-curve",
        ),
        pytest.param(
            9600,
            (SUITES["R256"],),
            (SUITES["R256"],),
            ("secp256r1", "secp384r1"),
            id="2012-r2-without-curves",
        ),
        pytest.param(
            7601,
            (f"{ECDHE_CBC}_P521", f"{ECDHE_CBC}_P256"),
            (ECDHE_CBC,),
            ("secp256r1", "secp521r1"),
            id="2008-r2-with-p521",
        ),
        pytest.param(
            9200,
            ("TLS_DHE_RSA_WITH_AES_256_CBC_SHA",),
            (),
            ("secp256r1", "secp384r1"),
            id="2012-has-no-dhe-cbc",
        ),
        pytest.param(
            14393,
            ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", f"{ECDHE_GCM}_P384", "TLS_RSA_WITH_NULL_SHA256"),
            (ECDHE_GCM,),
            ("x25519", "secp256r1", "secp384r1"),
            id="chacha20-and-null-are-offered-by-none",
        ),
        pytest.param(
            17763,
            ("TLS_AES_256_GCM_SHA384", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "TLS_MADE_UP"),
            ("TLS_DHE_RSA_WITH_AES_256_CBC_SHA",),
            ("x25519", "secp256r1", "secp384r1"),
            id="2019-knows-dhe-with-cbc-and-no-tls-1.3",
        ),
        pytest.param(
            26100,
            ("TLS_CHACHA20_POLY1305_SHA256", SUITES["D256"], SUITES["3DES"]),
            ("TLS_CHACHA20_POLY1305_SHA256", SUITES["D256"], SUITES["3DES"]),
            ("x25519", "secp256r1", "secp384r1"),
            id="2025-knows-what-it-has-off",
        ),
    ],
)
def test_an_order_offers_what_its_windows_knows(
    build: int, listed: tuple[str, ...], suites: tuple[str, ...], groups: tuple[str, ...]
) -> None:
    """[failures 6.4.10]."""
    made = caller_of(_changed(windows_build=build, cipher_suites=listed))
    assert (made.cipher_suites, made.groups) == (suites, groups)


@pytest.mark.parametrize(
    ("version", "build", "dotnet", "suites"),
    [
        pytest.param("15.1.2507.6", 14393, STRONG, ("3DES",), id="2016"),
        pytest.param("15.1.2507.6", 14393, {}, ("3DES", "RC4"), id="2016-without-strong-crypto"),
        pytest.param("15.2.1748.10", 17763, {}, ("3DES",), id="2019-has-it-by-default"),
        pytest.param("15.2.1748.10", 20348, {}, (), id="3des-is-weak-from-2022-on"),
        pytest.param(
            "15.2.1748.10",
            20348,
            {"v4.0.30319": {"SchUseStrongCrypto": 0}},
            ("3DES", "RC4"),
            id="2022-without-strong-crypto",
        ),
    ],
)
def test_strong_crypto_takes_weak_suites_out(
    version: str, build: int, dotnet: dict[str, dict[str, int]], suites: tuple[str, ...]
) -> None:
    """[failures 6.4.10]."""
    listed = (SUITES["3DES"], SUITES["RC4"])
    made = caller_of(
        _changed(exchange_version=version, windows_build=build, dotnet=dotnet, cipher_suites=listed)
    )
    assert made.cipher_suites == tuple(SUITES[name] for name in suites)


@pytest.mark.parametrize(
    ("fips", "suites", "groups"),
    [
        pytest.param({}, ("R256", "RC4"), ("x25519", "secp256r1"), id="off"),
        pytest.param({"Enabled": 0}, ("R256", "RC4"), ("x25519", "secp256r1"), id="switched-off"),
        pytest.param({"enabled": 1}, ("R256",), ("secp256r1",), id="on"),
        pytest.param({"Enabled": 2**32}, ("R256", "RC4"), ("x25519", "secp256r1"), id="no-dword"),
        pytest.param({"Enabled": -(2**31)}, ("R256",), ("secp256r1",), id="a-dword-with-a-sign"),
    ],
)
def test_fips_mode_takes_groups_and_suites_out(
    fips: dict[str, int], suites: tuple[str, ...], groups: tuple[str, ...]
) -> None:
    """[failures 6.6.1]."""
    listed = (SUITES["R256"], SUITES["RC4"])
    made = caller_of(_changed(fips=fips, cipher_suites=listed, curves=("curve25519", "NistP256")))
    assert (made.cipher_suites, made.groups) == (tuple(SUITES[name] for name in suites), groups)


def test_windows_before_2008_r2_has_no_profile() -> None:
    with pytest.raises(DataError, match="older than Server 2008 R2"):
        caller_of(_changed(exchange_version="14.3.123.4", windows_build=6002))


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        pytest.param(
            {"diffie_hellman": {"clientminkeybitlength": 2048}}, "least_diffie_hellman_bits", 2048, id="least"
        ),
        pytest.param(
            {"diffie_hellman": {"ClientMaxKeyBitLength": -1}},
            "largest_diffie_hellman_bits",
            0xFFFFFFFF,
            id="no-limit-with-a-sign",
        ),
        pytest.param(
            {"renegotiation": {"allowinsecurerenegoservers": 0}},
            "demands_secure_renegotiation",
            True,
            id="strict-mode",
        ),
        pytest.param(
            {"messaging": {"messagelimitclient": 4096}}, "largest_handshake_message", 4096, id="message"
        ),
        pytest.param(
            {"availability": {"allowexternaluntrustedcerts": 1}}, "allow_external_untrusted", True, id="any"
        ),
    ],
)
def test_names_of_values_are_compared_as_the_registry_does(
    changes: dict[str, Any], field: str, expected: int
) -> None:
    assert getattr(caller_of(_changed(**changes)), field) == expected


def test_the_availability_services_values_and_root_update() -> None:
    made = caller_of(
        _changed(
            availability={"AllowExternalUntrustedCerts": 1, "AllowInternalUntrustedCerts": 0},
            root_auto_update_disabled=True,
            chain_engine={"MinRsaPubKeyBitLength": 3072},
        )
    )
    assert made.minimum_rsa_bits == 3072
    assert (made.allow_external_untrusted, made.allow_internal_untrusted) == (True, False)
    assert not made.root_auto_update


def test_what_was_not_read_is_assumed_and_named() -> None:
    made = caller_of(ServerSettings(server="EX03", windows_build=14393, exchange_version="15.1.2507.6"))
    profile = callers.profile("exchange-2016@2016")
    assert (made.protocols, made.may_offer, made.cipher_suites) == (
        profile.protocols,
        profile.may_offer,
        profile.cipher_suites,
    )
    (note,) = made.notes
    for assumed in (
        "protocol versions",
        "cipher suites",
        "AllowExternalUntrustedCerts",
        "AllowInternalUntrustedCerts",
        "automatic root update",
        "MinRsaPubKeyBitLength",
        "Diffie-Hellman limits",
    ):
        assert assumed in note


@pytest.mark.parametrize(
    ("least", "status"),
    [
        pytest.param(1024, Flags(0), id="the-default"),
        pytest.param(3072, Flags.HasWeakSignature | Flags.NotSignatureValid, id="more-than-the-key"),
    ],
)
def test_the_least_rsa_key_is_the_servers(least: int, status: Flags) -> None:
    root = authority.root()
    leaf = authority.end_entity(root, "mail.partner.lab", key="rsa2048")
    caller = caller_of(_changed(chain_engine={"MinRsaPubKeyBitLength": least}))
    trust = TrustStore("ours", (root.certificate,))
    judged = judge_presented(
        (leaf.certificate,), host="mail.partner.lab", trust=trust, caller=caller, at=datetime.now(UTC)
    )
    assert judged.chain is not None
    assert judged.chain.status == status


def _engine(value: str, number: int) -> dict[str, Any]:
    return {"chain_engine": {value: number}}


SHORT_ROOT = {"root": {"key": "rsa512"}}
SHORT_LEAF = {"leaf": {"key": "rsa512"}}
SHA1_LEAF = {"leaf": {"hash": "sha1"}}
SHA256_LEAF: dict[str, Any] = {"leaf": {"key": "rsa2048"}}
SUCCESS, WARNING, FAILURE, UNKNOWN = (Outcome(name) for name in ("success", "warning", "failure", "unknown"))


@pytest.mark.parametrize(
    ("chain", "changes", "outcome"),
    [
        pytest.param(SHORT_ROOT, {}, FAILURE, id="short-root"),
        pytest.param(SHORT_ROOT, _engine("EnableWeakSignatureFlags", 2), SUCCESS, id="short-roots-are-taken"),
        pytest.param(
            SHORT_ROOT, _engine("EnableWeakSignatureFlags", 8), SUCCESS, id="weakness-of-a-root-is-logged"
        ),
        pytest.param(SHORT_LEAF, {}, FAILURE, id="short-leaf"),
        pytest.param(SHORT_LEAF, _engine("EnableWeakSignatureFlags", 2), FAILURE, id="roots-are-no-leaves"),
        pytest.param(SHORT_LEAF, _engine("EnableWeakSignatureFlags", 8), SUCCESS, id="weakness-is-logged"),
        pytest.param(SHORT_LEAF, _engine("MinRsaPubKeyBitLength", 512), SUCCESS, id="fewer-bits"),
        pytest.param(SHORT_LEAF, _engine("MinRsaPubKeyBitLength", 0xFFFFFFFF), SUCCESS, id="no-limit"),
        pytest.param(SHORT_LEAF, _engine("MinRsaPubKeyBitLength", -1), SUCCESS, id="as-powershell-has-it"),
        pytest.param(SHORT_LEAF, _engine("MinRsaPubKeyBitLength", 2**32), FAILURE, id="no-dword"),
        pytest.param(SHA1_LEAF, {}, WARNING, id="sha-1"),
        pytest.param(SHA1_LEAF, _engine("WeakSha1AllFlags", 0x80010000), UNKNOWN, id="rules-for-sha-1"),
        pytest.param(
            SHA1_LEAF, _engine("WeakSha1ThirdPartyFlags", 0x80100000), UNKNOWN, id="sha-1-of-the-programme"
        ),
        pytest.param(
            SHA1_LEAF, _engine("WeakSha1AllFlags", 0x80400000), WARNING, id="sha-1-for-code-signing"
        ),
        pytest.param(SHA256_LEAF, _engine("WeakSha1AllFlags", 0x80010000), SUCCESS, id="not-sha-1"),
        pytest.param(
            SHA256_LEAF,
            {"chain_engine": {"WeakRsaAllFlags": 0x80010000, "WeakRsaAllMinBitLength": 3072}},
            UNKNOWN,
            id="rules-for-rsa",
        ),
        pytest.param(
            SHA256_LEAF,
            {"chain_engine": {"WeakRsaAllFlags": 0x80010000, "WeakRsaAllMinBitLength": 2048}},
            SUCCESS,
            id="as-many-bits-as-the-rules-want",
        ),
        pytest.param(
            SHA256_LEAF,
            {"chain_engine": {"WeakRsaThirdPartyFlags": 0x80100000, "WeakRsaThirdPartyMinBitLength": 3072}},
            UNKNOWN,
            id="rules-for-rsa-of-the-programme",
        ),
    ],
)
def test_the_chain_engines_values_change_the_verdict(
    chain: dict[str, dict[str, Any]], changes: dict[str, Any], outcome: Outcome
) -> None:
    """[validation 4.6.8]."""
    root = authority.root(**chain.get("root", {}))
    leaf = authority.end_entity(root, "mail.partner.lab", **chain.get("leaf", {}))
    judged = judge_presented(
        (leaf.certificate,),
        host="mail.partner.lab",
        trust=TrustStore("ours", (root.certificate,)),
        caller=caller_of(_changed(**changes)),
        at=datetime.now(UTC),
    )
    assert judged.outcome is outcome


@pytest.mark.parametrize(
    ("values", "downloads"),
    [
        pytest.param({}, True, id="none"),
        pytest.param({"DisableAIAUrlRetrieval": 1}, False, id="the-value"),
        pytest.param({"Options": 2}, False, id="the-option"),
        pytest.param({"Options": 4}, True, id="another-option"),
    ],
)
def test_a_server_may_download_no_issuers(values: dict[str, int], downloads: bool) -> None:
    root = authority.root()
    issuing = authority.intermediate(root)
    leaf = authority.end_entity(issuing, "mail.partner.lab")
    caller = caller_of(_changed(chain_engine=values))
    judged = judge_presented(
        (leaf.certificate,),
        host="mail.partner.lab",
        trust=TrustStore("ours", (root.certificate,)),
        caller=caller,
        retrieved=(issuing.certificate,),
        at=datetime.now(UTC),
    )
    assert (caller.aia, judged.outcome is FAILURE) == (downloads, not downloads)


@pytest.mark.parametrize(
    ("values", "bits", "refused"),
    [
        pytest.param({}, 1023, "below 1024", id="default"),
        pytest.param({}, 1024, None, id="default-is-enough"),
        pytest.param({"ClientMinKeyBitLength": 2048}, 1024, "below 2048", id="least"),
        pytest.param({"ClientMinKeyBitLength": 512}, 512, None, id="fewer"),
        pytest.param({"ClientMaxKeyBitLength": 2048}, 3072, "above 2048", id="largest"),
        pytest.param({"ClientMaxKeyBitLength": 2048}, 2048, None, id="as-large"),
    ],
)
def test_the_limits_of_diffie_hellman_are_the_servers(
    values: dict[str, int], bits: int, refused: str | None
) -> None:
    """[failures 6.7]."""
    caller = caller_of(_changed(diffie_hellman=values))
    chosen = Negotiation("TLS 1.2", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", diffie_hellman_bits=bits)
    found = acceptance.objection(chosen, (), caller, groups=caller.groups)
    assert (found is None) == (refused is None)
    assert found is None or (found.sure and found.why.endswith(str(refused)))


@pytest.mark.parametrize(
    ("values", "octets", "refused"),
    [
        pytest.param({}, 0x8000, False, id="default"),
        pytest.param({}, 0x8001, True, id="longer-than-the-default"),
        pytest.param(None, 0x8001, True, id="not-read"),
        pytest.param({"MessageLimitClient": 0x10000}, 0x8001, False, id="more"),
        pytest.param({"MessageLimitClient": 0xFFFFFFFF}, 0x10001, True, id="more-than-windows-takes"),
        pytest.param({"MessageLimitClient": 0x5000}, 0x5001, True, id="less"),
        pytest.param({"MessageLimitClient": 0}, 0x4000, False, id="none-in-several-records"),
        pytest.param({"MessageLimitClient": 0}, 0x4001, True, id="in-several-records"),
    ],
)
def test_the_longest_handshake_message_is_the_servers(
    values: dict[str, int] | None, octets: int, refused: bool
) -> None:
    """[failures 6.13]."""
    caller = caller_of(_changed(messaging=values))
    chosen = Negotiation(
        "TLS 1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "secp256r1", largest_message=octets
    )
    found = acceptance.objection(chosen, (), caller, groups=caller.groups)
    assert (found is not None) == refused
    assert found is None or found.cause is acceptance.ObjectionCause.MESSAGE_SIZE


STRICT = {"AllowInsecureRenegoServers": 0}


@pytest.mark.parametrize(
    ("version", "values", "indicated", "refused"),
    [
        pytest.param("15.1.2507.6", {}, False, False, id="windows-default-is-compatible"),
        pytest.param("15.1.2507.6", STRICT, False, True, id="strict"),
        pytest.param("15.1.2507.6", STRICT, True, False, id="strict-and-the-partner-is-secure"),
        pytest.param("15.1.2507.6", STRICT, None, False, id="strict-in-tls-1.3"),
        pytest.param("15.1.2507.6", {"AllowInsecureRenegoServers": 1}, False, False, id="compatible"),
        pytest.param("15.2.1544.4", {}, False, False, id="2019-whose-value-was-removed"),
        pytest.param("15.2.1544.4", None, False, True, id="2019-as-set-up-leaves-it"),
        pytest.param("15.1.2507.6", None, False, False, id="2016-as-set-up-leaves-it"),
    ],
)
def test_a_partner_without_secure_renegotiation_is_refused_in_strict_mode(
    version: str, values: dict[str, int] | None, indicated: bool | None, refused: bool
) -> None:
    """[failures 6.12]."""
    caller = caller_of(_changed(exchange_version=version, renegotiation=values))
    chosen = Negotiation(
        "TLS 1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "secp256r1", secure_renegotiation=indicated
    )
    found = acceptance.objection(chosen, (), caller, groups=caller.groups)
    assert (found is not None) == refused
    assert found is None or found.cause is acceptance.ObjectionCause.RENEGOTIATION


def test_without_diffie_hellman_its_suites_are_not_offered() -> None:
    suites = ("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")
    made = caller_of(_changed(cipher_suites=suites, diffie_hellman={"Enabled": 0}))
    assert made.cipher_suites == suites[1:]
    assert caller_of(_changed(cipher_suites=suites)).cipher_suites == suites


@pytest.mark.parametrize(
    ("disabled", "left"),
    [
        pytest.param("Ciphers\\AES 128/128", tuple(SUITES), id="aes-128"),
        pytest.param("Ciphers\\AES 256/256", ("3DES", "RC4"), id="aes-256"),
        pytest.param(
            "Ciphers\\Triple DES 168", ("R256", "E256-SHA2", "E256-SHA", "D256", "RC4"), id="triple-des"
        ),
        pytest.param("Ciphers\\RC4 128/128", ("R256", "E256-SHA2", "E256-SHA", "D256", "3DES"), id="rc4"),
        pytest.param("Hashes\\SHA", ("R256", "E256-SHA2", "D256", "RC4"), id="sha-1"),
        pytest.param("Hashes\\MD5", ("R256", "E256-SHA2", "E256-SHA", "D256", "3DES"), id="md5"),
        pytest.param("KeyExchangeAlgorithms\\PKCS", ("E256-SHA2", "E256-SHA", "D256"), id="rsa-key-exchange"),
        pytest.param("KeyExchangeAlgorithms\\ECDH", ("R256", "D256", "3DES", "RC4"), id="ecdh"),
        pytest.param("Hashes\\SHA256", tuple(SUITES), id="sha-2-is-not-known"),
    ],
)
def test_what_schannel_switches_off_is_not_offered(disabled: str, left: tuple[str, ...]) -> None:
    """[failures 6.4.9]."""
    made = caller_of(_changed(cipher_suites=tuple(SUITES.values()), disabled_algorithms=(disabled,)))
    assert [name for name, suite in SUITES.items() if suite in made.cipher_suites] == list(left)


def test_what_is_switched_off_is_not_offered_of_the_profile_either() -> None:
    """Where the order was not read, and however the registry spells the key."""
    made = caller_of(_changed(cipher_suites=None, disabled_algorithms=("keyexchangealgorithms\\pkcs",)))
    assert made.cipher_suites
    assert not any(suite.startswith("TLS_RSA_WITH_") for suite in made.cipher_suites)
    assert any(
        suite.startswith("TLS_RSA_WITH_") for suite in caller_of(_changed(cipher_suites=None)).cipher_suites
    )


def test_callers_with_other_limits_share_no_handshake() -> None:
    shapes = {
        caller_of(_changed(diffie_hellman=values)).handshake_shape
        for values in ({}, {"ClientMinKeyBitLength": 1024}, {"ClientMinKeyBitLength": 2048})
    }
    assert len(shapes) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({}, (), id="nothing"),
        pytest.param({"proxies": {"winhttp": "proxy:8080"}}, ("WinHTTP's proxy proxy:8080",), id="winhttp"),
        pytest.param({"dotnet_release": 379893}, ("older than 4.6",), id="old-net"),
        pytest.param({"dotnet_release": 528049}, (), id="net-4.8"),
        pytest.param({"chain_engine": None}, ("not read: MinRsaPubKeyBitLength",), id="assumed"),
    ],
)
def test_what_was_assumed_stands_beside_the_judgement(changes: dict[str, Any], said: tuple[str, ...]) -> None:
    root = authority.root()
    leaf = authority.end_entity(root, "mail.partner.lab")
    trust = TrustStore("ours", (root.certificate,))
    judged = judge_presented(
        (leaf.certificate,),
        host="mail.partner.lab",
        trust=trust,
        caller=caller_of(_changed(**changes)),
        at=datetime.now(UTC),
    )
    assert len(judged.caller_notes) == len(said)
    assert all(words in note for words, note in zip(said, judged.caller_notes, strict=True))
