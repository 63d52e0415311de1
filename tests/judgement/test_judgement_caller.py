"""Caller profiles: names, defaults, and what differs between Windows Servers."""

from __future__ import annotations

import dataclasses

import pytest

from probe.errors import UsageError
from probe.judgement.caller_profile import DEFAULT, PROFILES, profile, profiles


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
        assert tls13 is (caller.windows in {"2022", "2025"})


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
    assert understood == {"2016", "2019", "2022", "2025"}
    assert demanded == {"2008r2", "2012", "2012r2", "2016"}
