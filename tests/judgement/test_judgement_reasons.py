"""Rules at their edges: what mutants of the constraint and policy modules would have got away with."""

from __future__ import annotations

from datetime import datetime

import pytest

from probe.dotnet import flag_names
from probe.facts.certificate import Extension
from probe.facts.extensions import GeneralName
from probe.facts.trust_store import RootProperties
from probe.judgement.chain.constraints import subtrees
from probe.judgement.chain.constraints.key_usage import usage_name
from probe.judgement.chain.constraints.subtrees import Within
from probe.lab import authority
from probe.lab import certificate_extensions as encoding
from tests.judgement.judging import (
    DAY,
    EMAIL,
    NOW,
    SERVER,
    Given,
    build,
    inhibit_any_policy,
    name_constraints,
    policy_constraints,
    policy_mappings,
    status,
)

ANY, GOLD, SILVER, BRONZE = "2.5.29.32.0", "1.2.3.4", "1.2.3.5", "1.2.3.6"
NO_POLICY = {"NoIssuanceChainPolicy"}
ROOT = authority.root()
MAIL, DNS, DIRECTORY, ADDRESS = 1, 2, 4, 7
Level = tuple[tuple[str, ...], tuple[Extension, ...]]


def _policies(*levels: Level) -> set[str]:
    issuer, presented = ROOT, []
    for number, (policies, extensions) in enumerate(levels[:-1]):
        issuer = authority.intermediate(issuer, f"CA {number}", policies=policies, extensions=extensions)
        presented.append(issuer)
    policies, extensions = levels[-1]
    leaf = authority.end_entity(issuer, policies=policies, extensions=extensions)
    return status(build(Given((leaf, *presented), (ROOT,))))


DEMAND = policy_constraints(require=0)
TO_SILVER = policy_mappings((GOLD, SILVER))


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        pytest.param(
            [
                ((GOLD,), (policy_constraints(require=0, inhibit=1),)),
                ((GOLD,), (TO_SILVER,)),
                ((SILVER,), ()),
            ],
            set(),
            id="mapping-inhibited-only-further-below",
        ),
        pytest.param(
            [
                ((GOLD,), (policy_constraints(require=0, inhibit=1),)),
                ((GOLD,), ()),
                ((GOLD,), (TO_SILVER,)),
                ((SILVER,), ()),
            ],
            NO_POLICY,
            id="mapping-inhibited-one-below",
        ),
        pytest.param(
            [
                ((GOLD,), (policy_constraints(require=0, inhibit=2),)),
                ((GOLD,), ()),
                ((GOLD,), (TO_SILVER,)),
                ((SILVER,), ()),
            ],
            set(),
            id="mapping-inhibited-two-below",
        ),
        pytest.param(
            [
                ((GOLD,), (policy_constraints(require=0, inhibit=0),)),
                ((GOLD,), (TO_SILVER,)),
                ((GOLD,), ()),
            ],
            NO_POLICY,
            id="an-inhibited-mapping-takes-the-policy-away",
        ),
        pytest.param(
            [
                ((GOLD,), (policy_constraints(require=0, inhibit=0),)),
                ((GOLD,), (policy_mappings((BRONZE, SILVER)),)),
                ((GOLD,), ()),
            ],
            set(),
            id="an-inhibited-mapping-of-what-is-not-there",
        ),
        pytest.param(
            [((GOLD,), (DEMAND, policy_mappings((BRONZE, SILVER)))), ((SILVER,), ())],
            NO_POLICY,
            id="a-mapping-of-what-is-not-there",
        ),
        pytest.param(
            [((GOLD,), (DEMAND, inhibit_any_policy(2))), ((GOLD,), ()), ((ANY,), ()), ((GOLD,), ())],
            set(),
            id="any-policy-inhibited-two-below",
        ),
        pytest.param(
            [((GOLD,), (DEMAND, inhibit_any_policy(1))), ((GOLD,), ()), ((ANY,), ()), ((GOLD,), ())],
            NO_POLICY,
            id="any-policy-inhibited-one-below",
        ),
    ],
)
def test_policies_count_down_one_certificate_at_a_time(levels: list[Level], expected: set[str]) -> None:
    assert _policies(*levels) == expected


def _name(kind: int, text: bytes) -> GeneralName:
    return GeneralName(kind, text)


IPV6 = bytes.fromhex("20010db8000000000000000000000000")
IPV6_MASK = b"\xff" * 4 + b"\x00" * 12


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        pytest.param(_name(ADDRESS, IPV6 + IPV6_MASK), True, id="ipv6"),
        pytest.param(_name(ADDRESS, b"\x00" * 33), False, id="33-octets"),
        pytest.param(_name(ADDRESS, b"\x00" * 8), True, id="ipv4"),
        pytest.param(_name(DNS, b"a\x00b"), False, id="nul"),
        pytest.param(_name(DNS, b"\x7f"), True, id="delete-is-ascii"),
        pytest.param(_name(DNS, b"\x80"), False, id="not-ascii"),
        pytest.param(_name(DIRECTORY, b"\x30\x00"), True, id="directory"),
        pytest.param(_name(8, b"\x2a"), False, id="registered-id"),
    ],
)
def test_which_constraints_make_sense(base: GeneralName, expected: bool) -> None:
    assert subtrees.is_comparable(base) is expected


@pytest.mark.parametrize(
    ("name", "base", "expected"),
    [
        pytest.param(_name(MAIL, b'"a@b"@host.lab'), _name(MAIL, b"host.lab"), Within.YES, id="two-at-signs"),
        pytest.param(_name(ADDRESS, IPV6), _name(ADDRESS, IPV6 + IPV6_MASK), Within.YES, id="ipv6-inside"),
        pytest.param(_name(ADDRESS, b"\x20" * 16), _name(ADDRESS, IPV6 + IPV6_MASK), Within.NO, id="outside"),
        pytest.param(
            _name(ADDRESS, b"\x20\x01\x0d\xb8"), _name(ADDRESS, IPV6 + IPV6_MASK), Within.NO, id="v4"
        ),
        pytest.param(
            _name(DIRECTORY, authority.name([("2.5.4.10", "Lab  partner")])),
            _name(DIRECTORY, authority.name([("2.5.4.10", "lab Partner")])),
            Within.UNKNOWN,
            id="the-directory-name-but-for-case-and-space",
        ),
        pytest.param(
            _name(DIRECTORY, authority.name([("2.5.4.10", "Lab"), ("2.5.4.3", "a")])),
            _name(DIRECTORY, authority.name([("2.5.4.10", "Lab")])),
            Within.YES,
            id="below-the-very-directory-name",
        ),
        pytest.param(
            _name(DIRECTORY, authority.name([("2.5.4.10", "ß")])),
            _name(DIRECTORY, authority.name([("2.5.4.10", "ss")])),
            Within.NO,
            id="sharp-s-is-no-double-s",
        ),
    ],
)
def test_what_is_within_a_subtree(name: GeneralName, base: GeneralName, expected: Within) -> None:
    found = subtrees.within(name.kind, subtrees.prepared_name(name), subtrees.prepared_subtree(base))
    assert found is expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(b"\x0a\x00\x00\x01", "the IP address 10.0.0.1", id="address"),
        pytest.param(IPV6, "the IP address 2001:db8::", id="ipv6"),
        pytest.param(
            b"\x0a\x00\x00\x00\xff\x00\x00\x00", "the IP addresses 10.0.0.0 mask 255.0.0.0", id="network"
        ),
        pytest.param(IPV6 + IPV6_MASK, "the IP addresses 2001:db8:: mask ffff:ffff::", id="ipv6-network"),
        pytest.param(b"\x0a", "the IP address 0a", id="nonsense"),
    ],
)
def test_an_address_is_described_as_people_write_it(value: bytes, text: str) -> None:
    assert subtrees.describe(_name(ADDRESS, value)) == text


def _reasons(*, permitted: list[bytes] | None = None, excluded: list[bytes] | None = None) -> list[str]:
    constraints = name_constraints(permitted=permitted or [], excluded=excluded or [])
    issuing = authority.intermediate(ROOT, extensions=(constraints,))
    leaf = authority.end_entity(issuing, "mail.partner.lab")
    return list(build(Given((leaf, issuing), (ROOT,))).elements[1].reasons)


def test_a_bound_is_called_by_its_name() -> None:
    tree = encoding.dns_name("a.lab")
    assert _reasons(permitted=[tree + b"\x80\x01\x01"]) == [
        "its name constraint the DNS name 'a.lab' has a minimum"
    ]
    assert _reasons(permitted=[tree + b"\x81\x01\x05"]) == [
        "its name constraint the DNS name 'a.lab' has a maximum"
    ]


def test_an_excluded_subtree_after_a_senseless_one_still_counts() -> None:
    reasons = _reasons(excluded=[encoding.dns_name(b"\xff"), encoding.dns_name("partner.lab")])
    assert reasons == [
        "it excludes the DNS name 'partner.lab', and the end-entity has the DNS name 'mail.partner.lab'"
    ]


def test_usages_are_told_by_name_and_number() -> None:
    assert usage_name(SERVER) == f"Server Authentication ({SERVER})"
    assert usage_name("1.2.3") == "1.2.3"
    leaf = authority.end_entity(ROOT, usages=(EMAIL, "1.2.3"))
    reasons = build(Given((leaf,), (ROOT,))).elements[0].reasons
    assert reasons == (f"it is for 1.2.3, Secure Email ({EMAIL}), not for Server Authentication ({SERVER})",)
    nothing = authority.end_entity(ROOT, usages=())
    (reason,) = build(Given((nothing,), (ROOT,))).elements[0].reasons
    assert reason.startswith(("it is for nothing", "its enhanced key usage cannot be decoded"))


def _under_properties(properties: RootProperties, at: datetime = NOW) -> tuple[str, list[str]]:
    """The flags of the root and why, of a chain whose root has these store properties."""
    leaf = authority.end_entity(ROOT, not_before=NOW - 60 * DAY)
    root = build(Given((leaf,), (ROOT,), properties=properties), at=at).elements[-1]
    return " ".join(flag_names(root.status)), list(root.reasons)


def test_what_the_store_disallows_for_a_root_is_told_as_that() -> None:
    named = f"Server Authentication ({SERVER})"
    assert _under_properties(RootProperties(disallowed_usages=(SERVER,))) == (
        "NotValidForUsage",
        [f"the trust store disallows {named} for this root"],
    )
    assert _under_properties(RootProperties(usages=(EMAIL,))) == (
        "NotValidForUsage",
        [f"the trust store has {named} disabled for this root"],
    )
    assert _under_properties(RootProperties(disallowed_usages=(EMAIL,))) == ("", [])


def test_dates_of_a_root_count_to_the_second() -> None:
    issued = NOW - 60 * DAY
    second = DAY / 86400
    assert _under_properties(RootProperties(disallowed_after=NOW))[0] == ""
    assert _under_properties(RootProperties(disallowed_after=NOW), NOW + second)[0] == "ExplicitDistrust"
    assert _under_properties(RootProperties(not_before=issued + second))[0] == ""
    flags, (reason,) = _under_properties(RootProperties(not_before=issued))
    assert flags == "NotValidForUsage"
    assert f"issued since {issued:%Y-%m-%d}, and this one is from {issued:%Y-%m-%d}" in reason
