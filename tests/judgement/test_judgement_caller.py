"""Caller profiles: names, defaults, and what differs between Windows Servers."""

from __future__ import annotations

import dataclasses

import pytest

from probe.errors import UsageError
from probe.judgement import cipher_suites
from probe.judgement.caller_profile import DEFAULT, PROFILES, profile, profiles, with_protocols
from probe.judgement.setup_defaults import defaults_of


@pytest.mark.parametrize(
    ("name", "expected", "build"),
    [
        ("exchange-2010", "exchange-2010@2008r2", 7601),
        ("exchange-2013", "exchange-2013@2012r2", 9600),
        ("exchange-2016", "exchange-2016@2016", 14393),
        ("exchange-2019", "exchange-2019@2019", 17763),
        ("exchange-se", "exchange-se@2022", 20348),
        ("EXCHANGE-2016@2012R2", "exchange-2016@2012r2", 9600),
        (" exchange-2016@2012 ", "exchange-2016@2012", 9200),
        ("exchange-se@2025", "exchange-se@2025", 26100),
    ],
)
def test_profile(name: str, expected: str, build: int) -> None:
    caller = profile(name)
    assert (caller.name, caller.build) == (expected, build)


@pytest.mark.parametrize("name", ["", "exchange", "exchange-2019@2012r2", "exchange-2016@", "outlook"])
def test_an_unknown_profile_is_answered_with_those_there_are(name: str) -> None:
    with pytest.raises(UsageError, match=r"exchange-2010.*exchange-2016@2012r2"):
        profile(name)


def test_every_profile_is_complete_and_found_by_its_name() -> None:
    assert profile(DEFAULT) in profiles()
    for caller in profiles():
        assert profile(caller.name) is caller is PROFILES[caller.name]
        assert caller.notes
        assert caller.protocols
        assert len(set(caller.cipher_suites)) == len(caller.cipher_suites)
        assert all(suite.startswith("TLS_") for suite in caller.cipher_suites)
        tls13 = any(suite.startswith("TLS_AES_") for suite in caller.cipher_suites)
        assert tls13 is (caller.windows in {"2022", "2022-23h2", "2025"})


@pytest.mark.parametrize(
    ("name", "suite", "offered"),
    [
        ("exchange-2016@2012r2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", False),
        ("exchange-2016@2012r2", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", True),
        ("exchange-2016@2012", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", True),
        ("exchange-2016@2012", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", False),
        ("exchange-2019@2019", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", True),
        ("exchange-2019@2019", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", False),
        ("exchange-2019@2022", "TLS_RSA_WITH_AES_256_GCM_SHA384", False),
        ("exchange-se@2022", "TLS_RSA_WITH_AES_256_CBC_SHA", False),
        ("exchange-2016@2016", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", True),
        ("exchange-2016@2016", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", True),
        ("exchange-2019@2019", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", False),
        ("exchange-2019@2019", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", False),
        ("exchange-se@2025", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", False),
        ("exchange-se@2022", "TLS_AES_256_GCM_SHA384", True),
    ],
)
def test_cipher_suites(name: str, suite: str, offered: bool) -> None:
    assert (suite in profile(name).cipher_suites) is offered


def test_callers_that_offer_the_same_share_a_handshake() -> None:
    caller = profile("exchange-2019")
    assert dataclasses.replace(caller, aia=False).handshake_shape == caller.handshake_shape
    assert len({c.handshake_shape for c in profiles()}) > 4
    other = dataclasses.replace(caller, protocols=("TLS 1.0",))
    assert other.handshake_shape != caller.handshake_shape


def test_windows_10_and_its_1703_release_are_where_the_rules_change() -> None:
    understood = {c.windows for c in profiles() if c.understands_ip_names}
    demanded = {c.windows for c in profiles() if c.demands_a_dns_name}
    assert understood == {"2016", "2019", "2022", "2022-23h2", "2025"}
    assert demanded == {"2008r2", "2012", "2012r2", "2016"}


def test_the_list_of_server_2025_is_that_of_its_own_page() -> None:
    """tls-cipher-suites-in-windows-server-2025.md of 18 August 2025, in its order [failures 6.4.6]."""
    ecdhe = [
        f"TLS_ECDHE_{key}_WITH_AES_{rest}"
        for rests in (
            ("256_GCM_SHA384", "128_GCM_SHA256"),
            ("256_CBC_SHA384", "128_CBC_SHA256"),
            ("256_CBC_SHA", "128_CBC_SHA"),
        )
        for key in ("ECDSA", "RSA")
        for rest in rests
    ]
    rsa = [
        f"TLS_RSA_WITH_AES_{rest}"
        for rest in (
            "256_GCM_SHA384",
            "128_GCM_SHA256",
            "256_CBC_SHA256",
            "128_CBC_SHA256",
            "256_CBC_SHA",
            "128_CBC_SHA",
        )
    ]
    tls13 = ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"]
    assert list(cipher_suites.WINDOWS_2025) == [*tls13, *ecdhe, *rsa]


def test_server_23h2_lacks_what_its_page_takes_out() -> None:
    missing = set(cipher_suites.WINDOWS_2022) - set(cipher_suites.WINDOWS_2022_23H2)
    assert missing == {
        "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    }
    assert profile("exchange-se@2022-23h2").build == 25398


def test_the_defaults_of_set_up_are_in_order_and_each_has_its_source() -> None:
    for exchange in ("2019", "se"):
        found = defaults_of(exchange)
        assert found
        assert [default.build for default in found] == sorted(default.build for default in found)
        assert all(default.source for default in found)
    assert [default.since for default in defaults_of("2019")] == [
        "RTM",
        "RTM",
        "CU11 or before",
        "CU14",
        "CU15",
    ]
    assert defaults_of("2016") == ()
    assert not any(default.sure for default in defaults_of("se"))


def test_a_profile_tells_what_set_up_writes() -> None:
    notes = " ".join(profile("exchange-2019").notes)
    assert "set-up since CU14, new installations: the order of suites is written" in notes
    assert "set-up" not in " ".join(profile("exchange-2016").notes)


@pytest.mark.parametrize(
    ("name", "asked", "offered"),
    [
        pytest.param("exchange-se@2022", ("TLS 1.2", "TLS 1.3"), ("TLS 1.2", "TLS 1.3"), id="2022"),
        pytest.param("exchange-2016@2016", ("TLS 1.2", "TLS 1.3"), ("TLS 1.2",), id="2016"),
        pytest.param("exchange-2019@2019", ("TLS 1.3",), (), id="2019-is-left-with-nothing"),
        pytest.param("exchange-2019@2019", ("TLS 1.0",), ("TLS 1.0",), id="an-old-one"),
    ],
)
def test_tls13_is_offered_where_windows_has_suites_for_it(
    name: str, asked: tuple[str, ...], offered: tuple[str, ...]
) -> None:
    assert with_protocols(profile(name), asked).protocols == offered
