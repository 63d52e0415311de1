"""Names: which presented identifier matches which host, for which Windows."""

from __future__ import annotations

import pytest

from probe.facts.encoding import der
from probe.judgement.caller_profile import profile
from probe.judgement.model import NameSource
from probe.judgement.name import hostname
from probe.lab import authority
from tests.judgement.judging import NOW, SERVER, extension

DNS, ADDRESS, COMMON = NameSource.DNS_NAME, NameSource.IP_ADDRESS, NameSource.COMMON_NAME
OBSOLETE = "2.5.29.7"


def _certificate(**options: object) -> authority.Credential:
    given = {"common_names": (), "dns_names": (), "ip_addresses": (), **options}
    return authority.issue(None, usages=(SERVER,), not_after=NOW, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "host", "by"),
    [
        pytest.param({"dns_names": ("a.test",)}, "a.test", DNS, id="dns"),
        pytest.param({"dns_names": ("A.Test",)}, "a.tEST", DNS, id="dns-any-case"),
        pytest.param({"dns_names": ("b.test", "a.test")}, "a.test", DNS, id="second-dns"),
        pytest.param(
            {"dns_names": ("b.test",), "common_names": ("a.test",)}, "a.test", None, id="cn-ignored"
        ),
        pytest.param({"common_names": ("a.test",)}, "a.test", COMMON, id="cn-alone"),
        pytest.param({"common_names": ("b.test", "a.test")}, "a.test", COMMON, id="second-cn"),
        pytest.param(
            {"common_names": ("a.test",), "ip_addresses": ("10.0.0.1",)},
            "a.test",
            COMMON,
            id="cn-beside-address",
        ),
        pytest.param({"san_oid": OBSOLETE, "dns_names": ("a.test",)}, "a.test", DNS, id="obsolete-san"),
        pytest.param(
            {"san_oid": OBSOLETE, "dns_names": ("b.test",), "common_names": ("a.test",)},
            "a.test",
            None,
            id="obsolete-san-hides-cn",
        ),
        pytest.param({"dns_names": ("*.test.lab",)}, "a.test.lab", DNS, id="wildcard"),
        pytest.param({"dns_names": ("*.TEST.lab",)}, "a.test.LAB", DNS, id="wildcard-any-case"),
        pytest.param({"common_names": ("*.test.lab",)}, "a.test.lab", COMMON, id="wildcard-cn"),
        pytest.param({"dns_names": ("*.test.lab",)}, "test.lab", None, id="wildcard-not-nothing"),
        pytest.param({"dns_names": ("*.test.lab",)}, "a.b.test.lab", None, id="wildcard-one-label-only"),
        pytest.param({"dns_names": ("*.test.lab",)}, "atest.lab", None, id="wildcard-at-a-dot"),
        pytest.param({"dns_names": ("*.test.lab",)}, ".test.lab", None, id="wildcard-not-empty-label"),
        pytest.param({"dns_names": ("f*.test.lab",)}, "foo.test.lab", None, id="partial-wildcard"),
        pytest.param({"dns_names": ("a.*.lab",)}, "a.test.lab", None, id="wildcard-in-the-middle"),
        pytest.param({"dns_names": ("*",)}, "lab", None, id="bare-wildcard"),
        pytest.param({"dns_names": ("a.test",)}, "a.test.", None, id="trailing-dot-not-stripped"),
        pytest.param({"dns_names": ("a.test.",)}, "a.test.", None, id="trailing-dot-of-both"),
        pytest.param({"dns_names": ("*.test.",)}, "a.test.", None, id="trailing-dot-of-a-wildcard"),
        pytest.param({"dns_names": ("xn--mnchen-3ya.test",)}, "xn--mnchen-3ya.test", DNS, id="a-label"),
        pytest.param({"common_names": ("münchen.test",)}, "xn--mnchen-3ya.test", COMMON, id="u-label-in-cn"),
        pytest.param(
            {"common_names": ("*.münchen.test",)},
            "a.xn--mnchen-3ya.test",
            COMMON,
            id="wildcard-u-label-in-cn",
        ),
        pytest.param(
            {"common_names": ("*.münchen.test",)},
            "xn--mnchen-3ya.test",
            None,
            id="wildcard-u-label-not-nothing",
        ),
        pytest.param(
            {"common_names": ("*.münchen.test",)},
            "b.a.xn--mnchen-3ya.test",
            None,
            id="wildcard-u-label-one-only",
        ),
        pytest.param({"common_names": ("*ü.test",)}, "xn--*-xka.test", None, id="partial-wildcard-u-label"),
        pytest.param({"common_names": ("a.test\0",)}, "a.test", COMMON, id="trailing-nul"),
        pytest.param({"common_names": ("a.test\0.evil",)}, "a.test", None, id="nul-inside"),
        pytest.param({"ip_addresses": ("10.0.0.1",)}, "10.0.0.1", ADDRESS, id="ipv4"),
        pytest.param({"ip_addresses": ("::1",)}, "::1", ADDRESS, id="ipv6"),
        pytest.param({"ip_addresses": ("::1",)}, "[0:0::1]", ADDRESS, id="ipv6-other-spelling"),
        pytest.param(
            {"ip_addresses": ("10.0.0.1",), "dns_names": ("a.test",)},
            "10.0.0.1",
            ADDRESS,
            id="address-beside-dns",
        ),
        pytest.param({"common_names": ("10.0.0.1",)}, "10.0.0.1", COMMON, id="address-in-cn"),
        pytest.param(
            {"common_names": ("10.0.0.1",), "ip_addresses": ("10.0.0.2",)},
            "10.0.0.1",
            COMMON,
            id="address-in-cn-beside-another",
        ),
        pytest.param(
            {"common_names": ("10.0.0.1",), "dns_names": ("a.test",)},
            "10.0.0.1",
            None,
            id="dns-hides-address-in-cn",
        ),
        pytest.param({"common_names": ("*.0.0.1",)}, "10.0.0.1", None, id="no-wildcard-for-addresses"),
        pytest.param({}, "a.test", None, id="no-name-at-all"),
        pytest.param({}, "", None, id="no-host"),
    ],
)
def test_match(options: dict[str, object], host: str, by: NameSource | None) -> None:
    certificate = _certificate(**options).certificate
    found = hostname.match(certificate, host, profile("exchange-2019"))
    assert (found.matched, found.by) == (by is not None, by)
    assert found.requested == host
    assert found.not_compared is None


@pytest.mark.parametrize("windows", ["2012r2", "2012"])
def test_windows_before_10_does_not_compare_addresses(windows: str) -> None:
    caller = profile(f"exchange-2016@{windows}")
    certificate = _certificate(ip_addresses=("10.0.0.1",)).certificate
    assert not hostname.match(certificate, "10.0.0.1", caller).matched
    assert hostname.match(certificate, "10.0.0.1", profile("exchange-2016@2016")).matched
    in_name = _certificate(common_names=("10.0.0.1",), ip_addresses=("10.0.0.9",)).certificate
    assert hostname.match(in_name, "10.0.0.1", caller).by is COMMON


def test_presented_names_are_those_that_count() -> None:
    both = _certificate(dns_names=("a.test",), ip_addresses=("10.0.0.1",), common_names=("b.test",))
    found = hostname.match(both.certificate, "c.test", profile("exchange-se"))
    assert found.presented == ("a.test", "10.0.0.1")
    odd = _certificate(ip_addresses=(b"\x01\x02",), common_names=("b.test",))
    found = hostname.match(odd.certificate, "c.test", profile("exchange-se"))
    assert found.presented == ("0102", "b.test")


BAD, GOOD, COMMON_NAME = b"x.test\0.evil", "a.test", {"common_names": ("a.test",)}
NO_SAN = (extension("2.5.29.17", b"\xff\xff"),)


@pytest.mark.parametrize(
    ("options", "indeterminate"),
    [
        pytest.param({"dns_names": (GOOD, BAD)}, True, id="nul-beside-the-right-name"),
        pytest.param({"dns_names": (GOOD, b"m\xfcnchen.test")}, True, id="no-ia5-beside-the-right-name"),
        pytest.param({"dns_names": (b"a.test\0",)}, True, id="right-name-with-nul"),
        pytest.param({"dns_names": (BAD,), **COMMON_NAME}, True, id="nul-beside-the-right-common-name"),
        pytest.param({"extensions": NO_SAN, **COMMON_NAME}, True, id="broken-beside-the-right-common-name"),
        *(
            pytest.param({"dns_names": (GOOD,), "other_names": (der.wrap(tag, content),)}, True, id=name)
            for name, tag, content in (
                ("tag-that-no-name-has", 0x89, b"x"),
                ("empty-registered-id", 0x88, b""),
                ("other-name-without-value", 0xA0, b"\x06\x01\x2a"),
                ("other-name-with-another-tag", 0xA0, b"\x06\x01\x2a\x05\x00"),
                ("directory-name-that-is-none", 0xA4, b"\x04\x00"),
            )
        ),
        pytest.param({"dns_names": ("b.test", BAD)}, False, id="nul-beside-a-wrong-name"),
        pytest.param(
            {"dns_names": (BAD,), "common_names": ("b.test",)}, False, id="nul-beside-a-wrong-common-name"
        ),
        pytest.param({"extensions": NO_SAN}, False, id="broken-alone"),
    ],
)
def test_names_that_cannot_be_decoded_match_nothing_for_certain(
    options: dict[str, object], indeterminate: bool
) -> None:
    found = hostname.match(_certificate(**options).certificate, "a.test", profile("exchange-2019"))
    assert not found.matched
    assert found.presented == ()
    assert (found.indeterminate is not None) == indeterminate


@pytest.mark.parametrize(
    ("host", "indeterminate"),
    [
        pytest.param("www.xn--strae-oqa.test", True, id="idna-2008"),
        pytest.param("www.strasse.test", True, id="idna-2003"),
        pytest.param("www.strase.test", False, id="neither"),
    ],
)
@pytest.mark.parametrize("name", ["www.straße.test", "*.straße.test"])
def test_a_letter_that_idna_maps_in_two_ways(name: str, host: str, indeterminate: bool) -> None:
    found = hostname.match(_certificate(common_names=(name,)).certificate, host, profile("exchange-2019"))
    assert not found.matched
    assert (found.indeterminate is not None) == indeterminate


# Microsoft KB 258858 row by row, for a SAN and for a common name alike; None: its sources disagree.
WILDCARDS = [
    ("*.example.com", "www.example.com", True),
    ("w*.example.com", "www.example.com", None),
    ("ww*.example.com", "www.example.com", None),
    ("WW*.Example.com", "www.example.com", None),
    ("www*.example.com", "www.example.com", None),
    ("Www.Example.com", "www.examPle.cOm", True),
    ("*www.example.com", "www.example.com", False),
    ("*w.example.com", "www.example.com", False),
    ("w*w.example.com", "www.example.com", False),
    ("*ww.example.com", "www.example.com", False),
    ("x*.example.com", "www.example.com", False),
    ("w*.example.com", "www.a.example.com", False),
    ("w*.example.com", "example.com", False),
    ("w**.example.com", "www.example.com", False),
    ("www.e*ample.com", "www.example.com", False),
    ("www.*ample.com", "www.example.com", False),
    ("www.ex*.com", "www.example.com", False),
    ("www.*.com", "www.example.com", False),
    ("*.com", "example.com", False),
    ("e*.com", "example.com", False),
    ("*.lab", "partner.lab", False),
    ("*.abc.com", "www.example.abc.com", False),
    ("*.*", "example.com", False),
    ("*", "example", False),
    ("*.", "example.", False),
    ("a*.d*.example.com", "abc.def.example.com", False),
    ("*.*.com.au", "www.example.com.au", False),
    ("www.*.com.au", "www.example.com.au", False),
    ("www.ex*.com.au", "www.example.com.au", False),
    ("1*.0.0.1", "10.0.0.1", False),
]


@pytest.mark.parametrize("option", ["dns_names", "common_names"])
@pytest.mark.parametrize(
    ("pattern", "host", "expected"), [pytest.param(*row, id=f"{row[0]}-for-{row[1]}") for row in WILDCARDS]
)
def test_wildcards(option: str, pattern: str, host: str, expected: bool | None) -> None:
    certificate = _certificate(**{option: (pattern,)}).certificate
    found = hostname.match(certificate, host, profile("exchange-2016@2012r2"))
    assert found.matched is (expected is True)
    assert (found.indeterminate is not None) is (expected is None)


def test_a_wildcard_in_doubt_hides_no_sure_name() -> None:
    certificate = _certificate(dns_names=("w*.example.com", "www.example.com")).certificate
    found = hostname.match(certificate, "www.example.com", profile("exchange-2019"))
    assert (found.matched, found.indeterminate) == (True, None)
