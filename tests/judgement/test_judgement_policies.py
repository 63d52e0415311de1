"""Certificate policies: what is demanded, mapped and inhibited, along the path."""

from __future__ import annotations

import pytest

from probe.facts.certificate import Extension
from probe.lab import authority
from tests.judgement.judging import (
    Given,
    build,
    extension,
    flags,
    inhibit_any_policy,
    policy_constraints,
    policy_mappings,
    status,
)

ANY, GOLD, SILVER = "2.5.29.32.0", "1.2.3.4", "1.2.3.5"
NO_POLICY = "NoIssuanceChainPolicy"
ROOT = authority.root()
DEMAND = policy_constraints(require=0)


def _given(*levels: tuple[tuple[str, ...], tuple[Extension, ...]]) -> Given:
    """Levels top down, each its policies and extensions; the last is the end-entity."""
    issuer, presented = ROOT, []
    for number, (policies, extensions) in enumerate(levels[:-1]):
        issuer = authority.intermediate(issuer, f"CA {number}", policies=policies, extensions=extensions)
        presented.append(issuer)
    policies, extensions = levels[-1]
    leaf = authority.end_entity(issuer, policies=policies, extensions=extensions)
    return Given((leaf, *presented), (ROOT,))


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        pytest.param([((), ()), ((), ())], set(), id="nothing-asked"),
        pytest.param([((GOLD,), ()), ((SILVER,), ())], set(), id="mismatch-nobody-minds"),
        pytest.param([((GOLD,), (DEMAND,)), ((GOLD,), ())], set(), id="demanded-and-there"),
        pytest.param([((GOLD,), (DEMAND,)), ((SILVER,), ())], {NO_POLICY}, id="demanded-and-another"),
        pytest.param([((GOLD,), (DEMAND,)), ((), ())], {NO_POLICY}, id="demanded-and-none"),
        pytest.param([((ANY,), (DEMAND,)), ((SILVER,), ())], set(), id="ca-has-any-policy"),
        pytest.param([((GOLD,), (DEMAND,)), ((ANY,), ())], set(), id="end-entity-has-any-policy"),
        pytest.param(
            [((GOLD,), (DEMAND, inhibit_any_policy(0))), ((ANY,), ())], {NO_POLICY}, id="any-policy-inhibited"
        ),
        pytest.param(
            [((ANY,), (DEMAND, inhibit_any_policy(1))), ((ANY,), ()), ((ANY,), ())],
            {NO_POLICY},
            id="any-policy-inhibited-one-later",
        ),
        pytest.param(
            [((GOLD,), (DEMAND, policy_mappings((GOLD, SILVER)))), ((SILVER,), ())], set(), id="mapped"
        ),
        pytest.param(
            [((ANY,), (DEMAND, policy_mappings((GOLD, SILVER)))), ((SILVER,), ())],
            set(),
            id="mapped-from-any",
        ),
        pytest.param(
            [((GOLD,), (DEMAND, policy_mappings((GOLD, SILVER)))), ((GOLD,), ())],
            {NO_POLICY},
            id="mapped-away",
        ),
        pytest.param(
            [
                ((GOLD,), (policy_constraints(require=0, inhibit=0),)),
                ((GOLD,), (policy_mappings((GOLD, SILVER)),)),
                ((SILVER,), ()),
            ],
            {NO_POLICY},
            id="mapping-inhibited",
        ),
        pytest.param(
            [((GOLD,), (policy_constraints(require=5),)), ((SILVER,), ())], set(), id="demanded-too-far-below"
        ),
        pytest.param(
            [((GOLD,), (policy_constraints(require=1),)), ((GOLD,), ()), ((SILVER,), ())],
            {NO_POLICY},
            id="demanded-one-later",
        ),
        pytest.param(
            [((GOLD,), (policy_constraints(require=1),)), ((SILVER,), ())],
            set(),
            id="the-last-ca-demands-late",
        ),
        pytest.param([((GOLD,), ()), ((SILVER,), (DEMAND,))], set(), id="demanded-by-the-end-entity"),
        pytest.param(
            [((ANY,), (policy_mappings((ANY, GOLD)),)), ((GOLD,), ())],
            {"InvalidPolicyConstraints"},
            id="any-policy-mapped",
        ),
    ],
)
def test_policies(levels: list[tuple[tuple[str, ...], tuple[Extension, ...]]], expected: set[str]) -> None:
    context = build(_given(*levels))
    assert status(context) == expected
    if expected == {NO_POLICY}:
        assert flags(context)[0] == NO_POLICY


@pytest.mark.parametrize(
    ("oid", "value"),
    [
        pytest.param("2.5.29.32", b"\x30\x00", id="no-policies"),
        pytest.param("2.5.29.33", b"\x30\x02\x30\x00", id="empty-mapping"),
        pytest.param("2.5.29.36", b"\x30\x00", id="empty-constraints"),
        pytest.param("2.5.29.36", b"\x30\x03\x80\x01\xff", id="negative"),
        pytest.param("2.5.29.54", b"\x02\x01\xff", id="negative-skip"),
        pytest.param("2.5.29.54", b"\x05\x00", id="no-number"),
    ],
)
def test_malformed_policy_extensions(oid: str, value: bytes) -> None:
    given = _given(((), (extension(oid, value, critical=True),)), ((), ()))
    assert flags(build(given)) == ["", "InvalidExtension InvalidPolicyConstraints", ""]


@pytest.mark.parametrize(
    ("constraints", "policies", "expected"),
    [
        pytest.param((0, DEMAND), (SILVER,), {NO_POLICY}, id="none-is-mapped"),
        pytest.param((1, DEMAND), (SILVER,), {NO_POLICY}, id="only-the-next-may-map"),
        pytest.param((2, DEMAND), (SILVER,), set(), id="two-may-map"),
        pytest.param((0, DEMAND), (SILVER, "1.2.3.6"), set(), id="one-that-needs-no-mapping"),
        pytest.param((0, None), (SILVER,), set(), id="nobody-demands-a-policy"),
    ],
)
def test_the_anchor_forbids_mappings(
    constraints: tuple[int, Extension | None], policies: tuple[str, ...], expected: set[str]
) -> None:
    inhibit, demand = constraints
    root = authority.root(extensions=(policy_constraints(inhibit=inhibit),))
    upper = authority.intermediate(root, "Upper CA", policies=(ANY,))
    more = () if demand is None else (demand,)
    lower = authority.intermediate(
        upper,
        "Lower CA",
        policies=(GOLD, "1.2.3.6"),
        extensions=(*more, policy_mappings((GOLD, SILVER))),
    )
    leaf = authority.end_entity(lower, policies=policies)
    assert status(build(Given((leaf, lower, upper), (root,)))) == expected


@pytest.mark.parametrize(
    ("policies", "extensions", "expected"),
    [
        pytest.param((), (DEMAND,), set(), id="demands-what-all-have"),
        pytest.param((GOLD,), (DEMAND,), set(), id="has-it-itself"),
        pytest.param((SILVER,), (DEMAND,), {NO_POLICY}, id="has-another"),
        pytest.param((SILVER,), (), set(), id="has-another-and-nobody-demands"),
        pytest.param((SILVER,), (DEMAND, policy_mappings((SILVER, GOLD))), set(), id="maps-its-own"),
        pytest.param((GOLD,), (DEMAND, policy_mappings((GOLD, SILVER))), {NO_POLICY}, id="maps-it-away"),
    ],
)
def test_policies_of_the_anchor_count(
    policies: tuple[str, ...], extensions: tuple[Extension, ...], expected: set[str]
) -> None:
    root = authority.root(policies=policies, extensions=extensions)
    issuing = authority.intermediate(root, policies=(GOLD,))
    context = build(Given((authority.end_entity(issuing, policies=(GOLD,)), issuing), (root,)))
    assert (status(context), context.indeterminate) == (expected, None)


@pytest.mark.parametrize(
    ("require", "expected"),
    [
        pytest.param(0, {NO_POLICY}, id="at-once"),
        pytest.param(1, {NO_POLICY}, id="below-the-next"),
        pytest.param(2, set(), id="only-of-the-end-entity"),
    ],
)
def test_an_anchor_demands_a_policy_that_nobody_has(require: int, expected: set[str]) -> None:
    root = authority.root(extensions=(policy_constraints(require=require),))
    issuing = authority.intermediate(root)
    assert status(build(Given((authority.end_entity(issuing), issuing), (root,)))) == expected


@pytest.mark.parametrize(
    ("inhibit", "expected"), [pytest.param(0, {NO_POLICY}, id="none"), pytest.param(1, set(), id="one")]
)
def test_an_anchor_forbids_any_policy(inhibit: int, expected: set[str]) -> None:
    root = authority.root(policies=(ANY,), extensions=(inhibit_any_policy(inhibit),))
    issuing = authority.intermediate(root, policies=(ANY,), extensions=(DEMAND,))
    leaf = authority.end_entity(issuing, policies=(GOLD,))
    assert status(build(Given((leaf, issuing), (root,)))) == expected


def test_a_self_issued_ca_does_not_count_down() -> None:
    first = authority.intermediate(ROOT, "CA", policies=(GOLD,), extensions=(policy_constraints(require=1),))
    renewed = authority.intermediate(first, "CA", policies=(GOLD,))
    third = authority.intermediate(renewed, "Lower CA", policies=(GOLD,))
    leaf = authority.end_entity(third, policies=(SILVER,))
    assert status(build(Given((leaf, third, renewed, first), (ROOT,)))) == {NO_POLICY}
    leaf = authority.end_entity(renewed, policies=(SILVER,))
    assert status(build(Given((leaf, renewed, first), (ROOT,)))) == set()
