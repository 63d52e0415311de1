"""Name constraints: names of every kind against subtrees of every kind, and where Windows versions differ."""

from __future__ import annotations

import pytest

from probe.facts.encoding import der
from probe.facts.extensions import GeneralName
from probe.judgement.chain.constraints.subtrees import describe
from probe.lab import authority
from probe.lab import certificate_extensions as encoding
from tests.judgement.judging import Given, build, extension, flags, name_constraints, status

ROOT = authority.root()
PERMITTED, EXCLUDED = "HasNotPermittedNameConstraint", "HasExcludedNameConstraint"


def _dns(text: str | bytes) -> bytes:
    return encoding.dns_name(text)


def _mail(text: str) -> bytes:
    return der.wrap(0x81, text.encode())


def _uri(text: str) -> bytes:
    return der.wrap(0x86, text.encode())


def _directory(*attributes: tuple[str, str]) -> bytes:
    return der.wrap(0xA4, authority.name(attributes))


def _network(text: str) -> bytes:
    return encoding.ip_network(text)


ORGANIZATION, COMMON_NAME, EMAIL = "2.5.4.10", "2.5.4.3", "1.2.840.113549.1.9.1"


def _given(permitted: list[bytes], excluded: list[bytes], **options: object) -> Given:
    constraint = name_constraints(permitted=permitted, excluded=excluded)
    issuing = authority.intermediate(ROOT, extensions=(constraint,))
    leaf = {"common_names": (), "dns_names": (), **options}
    return Given((authority.end_entity(issuing, **leaf), issuing), (ROOT,))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("permitted", "options", "expected"),
    [
        pytest.param([_dns("a.test")], {"dns_names": ("a.test",)}, set(), id="dns-itself"),
        pytest.param([_dns("a.test")], {"dns_names": ("www.A.test",)}, set(), id="dns-below-any-case"),
        pytest.param([_dns("a.test")], {"dns_names": ("wwwa.test",)}, {PERMITTED}, id="dns-not-at-a-label"),
        pytest.param([_dns(".a.test")], {"dns_names": ("www.a.test",)}, set(), id="leading-dot-below"),
        pytest.param([_dns(".a.test")], {"dns_names": ("a.test",)}, {PERMITTED}, id="leading-dot-not-itself"),
        pytest.param([_dns("")], {"dns_names": ("a.test",)}, set(), id="empty-dns-is-everything"),
        pytest.param(
            [_dns("*.a.test")], {"dns_names": ("www.a.test",)}, {PERMITTED}, id="star-is-a-character"
        ),
        pytest.param(
            [_dns("a.test")], {"dns_names": ("a.test", "b.test")}, {PERMITTED}, id="every-dns-name-counts"
        ),
        pytest.param(
            [_dns("a.test"), _dns("b.test")],
            {"dns_names": ("a.test", "b.test")},
            set(),
            id="one-of-two-trees",
        ),
        pytest.param([_dns("a.test")], {"common_names": ("www.a.test",)}, set(), id="cn-inside"),
        pytest.param([_dns("a.test")], {"common_names": ("b.test",)}, {PERMITTED}, id="cn-outside"),
        pytest.param([_dns("a.test")], {"common_names": ("10.0.0.1",)}, {PERMITTED}, id="cn-is-an-address"),
        pytest.param(
            [_dns("a.test")],
            {"common_names": ("b.test",), "dns_names": ("a.test",)},
            set(),
            id="cn-ignored-beside-dns",
        ),
        pytest.param(
            [_dns("a.test")],
            {"common_names": ("b.test",), "ip_addresses": ("10.0.0.1",)},
            {PERMITTED},
            id="cn-counts-beside-address",
        ),
        pytest.param([_network("10.0.0.0/8")], {"ip_addresses": ("10.1.2.3",)}, set(), id="address-inside"),
        pytest.param(
            [_network("10.0.0.0/8")], {"ip_addresses": ("11.1.2.3",)}, {PERMITTED}, id="address-outside"
        ),
        pytest.param(
            [_network("10.0.0.0/8")], {"ip_addresses": ("::1",)}, {PERMITTED}, id="address-other-version"
        ),
        pytest.param([_network("fd00::/8")], {"ip_addresses": ("fd00::1",)}, set(), id="ipv6-inside"),
        pytest.param(
            [_network("10.0.0.0/8")], {"common_names": ("11.1.2.3",)}, set(), id="no-address-no-effect"
        ),
        pytest.param(
            [der.wrap(0x87, b"\x0a")], {"ip_addresses": ("11.1.2.3",)}, set(), id="nonsense-is-skipped"
        ),
        pytest.param([_mail("a.test")], {"other_names": (_mail("me@a.test"),)}, set(), id="mail-on-the-host"),
        pytest.param(
            [_mail("a.test")],
            {"other_names": (_mail("me@www.a.test"),)},
            {PERMITTED},
            id="mail-below-the-host",
        ),
        pytest.param(
            [_mail(".a.test")], {"other_names": (_mail("me@www.a.test"),)}, set(), id="mail-of-the-domain"
        ),
        pytest.param([_mail("me@a.test")], {"other_names": (_mail("me@a.test"),)}, set(), id="mailbox"),
        pytest.param(
            [_mail("me@a.test")], {"other_names": (_mail("you@a.test"),)}, {PERMITTED}, id="other-mailbox"
        ),
        pytest.param(
            [_mail("a.test")],
            {"subject": [(EMAIL, "me@b.test")], "dns_names": ("a.test",)},
            {PERMITTED},
            id="mail-in-the-subject",
        ),
        pytest.param([_uri("a.test")], {"other_names": (_uri("https://a.test/x"),)}, set(), id="uri-host"),
        pytest.param(
            [_uri("a.test")], {"other_names": (_uri("https://b.test/x"),)}, {PERMITTED}, id="other-uri"
        ),
        pytest.param([_uri("a.test")], {"other_names": (_uri("https://[x"),)}, {PERMITTED}, id="broken-uri"),
        pytest.param(
            [_directory((ORGANIZATION, "lab  PARTNER"))],
            {"common_names": ("a",)},
            set(),
            id="directory-prefix",
        ),
        pytest.param(
            [_directory((ORGANIZATION, "Other"))], {"common_names": ("a",)}, {PERMITTED}, id="other-directory"
        ),
        pytest.param(
            [_directory((ORGANIZATION, "Lab Partner"), (COMMON_NAME, "a"), (COMMON_NAME, "b"))],
            {"common_names": ("a",)},
            {PERMITTED},
            id="directory-longer-than-the-name",
        ),
        pytest.param(
            [_directory((ORGANIZATION, "Other"))],
            {"subject": b"\x30\x00", "dns_names": ("a.test",)},
            set(),
            id="empty-subject-no-effect",
        ),
        pytest.param(
            [_dns("a.test"), _network("10.0.0.0/8")],
            {"dns_names": ("a.test",), "ip_addresses": ("11.0.0.1",)},
            {PERMITTED},
            id="each-kind-on-its-own",
        ),
    ],
)
def test_permitted(permitted: list[bytes], options: dict[str, object], expected: set[str]) -> None:
    context = build(_given(permitted, [], **options))
    assert status(context) == expected
    assert flags(context)[0] == flags(context)[2] == ""


@pytest.mark.parametrize(
    ("excluded", "options", "expected"),
    [
        pytest.param([_dns("a.test")], {"dns_names": ("www.a.test",)}, {EXCLUDED}, id="dns-inside"),
        pytest.param([_dns("a.test")], {"dns_names": ("b.test",)}, set(), id="dns-outside"),
        pytest.param([_dns("a.test")], {"common_names": ("a.test",)}, {EXCLUDED}, id="cn-inside"),
        pytest.param([_dns("a.test")], {"common_names": ("www.a.test\0",)}, {EXCLUDED}, id="cn-ends-in-nul"),
        pytest.param([_dns("a.test")], {"common_names": ("10.0.0.1",)}, set(), id="cn-is-an-address"),
        pytest.param([_dns("a.test")], {}, set(), id="no-name"),
        pytest.param(
            [_network("10.0.0.0/8")], {"ip_addresses": ("10.1.2.3",)}, {EXCLUDED}, id="address-inside"
        ),
        pytest.param([_network("10.0.0.0/8")], {"common_names": ("10.1.2.3",)}, set(), id="cn-is-no-address"),
        pytest.param(
            [_directory((ORGANIZATION, "Lab Partner"))], {"common_names": ("a",)}, {EXCLUDED}, id="directory"
        ),
        pytest.param(
            [der.wrap(0x88, b"\x2a")], {"dns_names": ("a.test",)}, set(), id="registered-id-is-skipped"
        ),
        pytest.param([_dns(b"\xff")], {"dns_names": ("a.test",)}, set(), id="no-text-is-skipped"),
    ],
)
def test_excluded(excluded: list[bytes], options: dict[str, object], expected: set[str]) -> None:
    assert status(build(_given([], excluded, **options))) == expected


@pytest.mark.parametrize(("caller", "accepted"), [("2012r2", False), ("2016", False)])
def test_a_permitted_dns_tree_demands_a_dns_name_up_to_server_2016(caller: str, accepted: bool) -> None:
    given = _given([_dns("a.test")], [], ip_addresses=("10.0.0.1",))
    assert (status(build(given, f"exchange-2016@{caller}")) == set()) is accepted


@pytest.mark.parametrize("caller", ["exchange-2019@2019", "exchange-se@2022", "exchange-se@2025"])
def test_a_permitted_dns_tree_demands_no_dns_name_from_server_2019_on(caller: str) -> None:
    assert status(build(_given([_dns("a.test")], [], ip_addresses=("10.0.0.1",)), caller)) == set()


@pytest.mark.parametrize(
    "bound", [pytest.param(b"\x80\x01\x01", id="minimum"), pytest.param(b"\x81\x01\x05", id="maximum")]
)
def test_bounds_are_not_supported_and_reported_alone(bound: bytes) -> None:
    given = _given([_dns("b.test") + bound], [], dns_names=("a.test",))
    assert flags(build(given)) == ["", "HasNotSupportedNameConstraint", ""]


def test_a_minimum_of_zero_is_no_bound() -> None:
    assert status(build(_given([_dns("a.test") + b"\x80\x01\x00"], [], dns_names=("a.test",)))) == set()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(_dns(b"a.test\0.evil"), id="nul"),
        pytest.param(_dns(b"m\xfcnchen.test"), id="no-ia5"),
        pytest.param(b"\x02\x01\x01", id="no-general-name"),
    ],
)
def test_names_that_cannot_be_decoded_fail_the_constraint(name: bytes) -> None:
    context = build(_given([_dns("a.test")], [], dns_names=("a.test",), other_names=(name,)))
    assert flags(context) == ["", "InvalidExtension InvalidNameConstraints", ""]


def test_undecodable_names_without_constraints_harm_no_chain() -> None:
    leaf = authority.end_entity(ROOT, other_names=(b"\x02\x01\x01",))
    assert status(build(Given((leaf,), (ROOT,)))) == set()


def test_a_constrained_root_counts_and_intermediates_are_not_tested() -> None:
    root = authority.root(permitted_dns=("a.test",))
    issuing = authority.intermediate(root, "Issuing CA of B")
    inside = authority.end_entity(issuing, "www.a.test")
    outside = authority.end_entity(issuing, "www.b.test")
    assert flags(build(Given((inside, issuing), (root,)))) == ["", "", ""]
    assert flags(build(Given((outside, issuing), (root,)))) == ["", "", PERMITTED]


def test_reasons_name_the_subtree_and_the_name() -> None:
    context = build(_given([_network("10.0.0.0/8")], [], ip_addresses=("11.0.0.1",)))
    assert "10.0.0.0 mask 255.0.0.0" in context.elements[1].reasons[0]
    assert "11.0.0.1" in context.elements[1].reasons[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (GeneralName(2, b"a.test"), "the DNS name 'a.test'"),
        (GeneralName(1, b"me@a.test"), "the e-mail address 'me@a.test'"),
        (GeneralName(7, b"\x01"), "the IP address 01"),
        (GeneralName(6, b"x:"), "the name 'x:'"),
    ],
)
def test_describe(name: GeneralName, text: str) -> None:
    assert describe(name) == text


_TREE = encoding.sequence(_dns("partner.lab"))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"\x30\x02\xa2\x00", id="unknown-field"),
        pytest.param(encoding.sequence(der.wrap(0xA0, _TREE), der.wrap(0xA0, _TREE)), id="permitted-twice"),
        pytest.param(
            encoding.sequence(der.wrap(0xA1, _TREE), der.wrap(0xA1, encoding.sequence(_dns("b.test")))),
            id="excluded-twice",
        ),
        pytest.param(
            encoding.sequence(der.wrap(0xA1, encoding.sequence(_dns("b.test"))), der.wrap(0xA0, _TREE)),
            id="out-of-order",
        ),
        pytest.param(
            encoding.sequence(der.wrap(0xA0, der.wrap(0x31, _dns("partner.lab")))), id="subtree-is-a-set"
        ),
    ],
)
def test_undecodable_constraints_are_a_fault_of_their_own_element(value: bytes) -> None:
    issuing = authority.intermediate(ROOT, extensions=(extension("2.5.29.30", value),))
    given = Given((authority.end_entity(issuing), issuing), (ROOT,))
    assert flags(build(given)) == ["", "InvalidExtension InvalidNameConstraints", ""]
