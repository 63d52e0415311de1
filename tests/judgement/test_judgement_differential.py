"""Against independent engines: generated hierarchies, sound or with one fault, judged by three.

Where the rules coincide, OpenSSL's program and pyca's verifier must agree with this engine: a sound chain is
accepted by all, one with a single fault by none. Where they do not, divergences.py says so and why.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from probe.lab import authority, keys
from probe.lab.authority import Credential
from tests.judgement.divergences import DIVERGENCES, Divergence
from tests.judgement.engines import HOST, Answers, Question, ask
from tests.judgement.judging import DAY, EMAIL, NOW, extension

ACCEPTED = Answers(probe=True, openssl=True, pyca=True)
REFUSED = Answers(probe=False, openssl=False, pyca=False)
CLIENT = authority.CLIENT_AUTH
SERVER = authority.SERVER_AUTH

# RSA keys are drawn from few slots, because making one takes a tenth of a second.
KEYS: tuple[keys.KeyKind, ...] = ("p256", "p384", "rsa2048")


@dataclass
class Plan:
    """A hierarchy to be made: options of the root, of each CA below it from the top, of the end-entity."""

    root: dict[str, Any]
    authorities: list[dict[str, Any]]
    leaf: dict[str, Any]
    host: str = HOST
    strangers: int = 0
    crossed: bool = False
    left_out: int | None = None
    other_root: bool = False
    reversed: bool = False

    @property
    def depth(self) -> int:
        return len(self.authorities)


def made(plan: Plan) -> Question:
    """The hierarchy, and the chain as its server would present it."""
    root = authority.root("Generated Root CA", **plan.root)
    issuers: list[Credential] = []
    for number, options in enumerate(plan.authorities):
        above = issuers[-1] if issuers else root
        issuers.append(authority.intermediate(above, f"Generated CA {number}", **options))
    leaf = authority.end_entity(issuers[-1] if issuers else root, HOST, **plan.leaf)
    sent = list(reversed(issuers))
    if plan.crossed:
        # The root once more, issued by somebody whom nobody trusts.
        sent.append(authority.intermediate(STRANGER, "Generated Root CA", key=root.key))
    if plan.left_out is not None:
        del sent[plan.left_out]
    sent += STRANGERS[: plan.strangers]
    if plan.reversed:
        sent.reverse()
    trusted = OTHER_ROOT if plan.other_root else root
    return Question((leaf, *sent), (trusted,), plan.host)


STRANGER = authority.root("Stranger Root CA")
STRANGERS = [authority.intermediate(STRANGER, f"Stranger CA {number}") for number in range(2)]
OTHER_ROOT = authority.root("Generated Root CA")


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Sound hierarchies: one to four certificates below the root."""
    depth = draw(st.integers(0, 3))
    authorities = []
    for above in range(depth):
        options: dict[str, Any] = {
            "key": draw(st.sampled_from(KEYS)),
            # How many CAs may stand below: as many as there are, more, or no limit.
            "path_length": draw(st.sampled_from((None, depth - 1 - above, depth + 3))),
            "usages": draw(st.sampled_from((None, (SERVER,), (SERVER, CLIENT)))),
        }
        constraint = draw(st.sampled_from((None, "permitted", "host", "excluded")))
        if constraint == "permitted":
            options["permitted_dns"] = ("partner.lab", "contoso.lab")
        elif constraint == "host":
            options["permitted_dns"] = (HOST,)
        elif constraint == "excluded":
            options["excluded_dns"] = ("contoso.lab",)
        authorities.append(options)
    more = draw(st.lists(st.sampled_from(("a.partner.lab", "*.partner.lab", "b.partner.lab")), max_size=2))
    constrained = any("permitted_dns" in a and HOST in a["permitted_dns"] for a in authorities)
    leaf = {
        "key": draw(st.sampled_from(KEYS)),
        "dns_names": (HOST,) if constrained else (HOST, *more),
        "usages": draw(st.sampled_from(((SERVER,), (SERVER, CLIENT)))),
    }
    return Plan(
        root={"key": draw(st.sampled_from(KEYS)), "path_length": draw(st.sampled_from((None, depth)))},
        authorities=authorities,
        leaf=leaf,
        strangers=draw(st.integers(0, 2)),
        crossed=draw(st.booleans()),
        reversed=draw(st.booleans()),
    )


Fault = Callable[[Plan, int], Plan]


def _leaf(**options: Any) -> Fault:
    return lambda plan, place: replace(plan, leaf={**plan.leaf, **options})


def _authority(**options: Any) -> Fault:
    """One CA below the root changed, whichever `place` chooses."""

    def change(plan: Plan, place: int) -> Plan:
        assume(plan.depth > 0)
        authorities = list(plan.authorities)
        index = place % plan.depth
        authorities[index] = {**authorities[index], **options}
        return replace(plan, authorities=authorities)

    return change


def _root(**options: Any) -> Fault:
    return lambda plan, place: replace(plan, root={**plan.root, **options})


def _path_length(plan: Plan, place: int) -> Plan:
    assume(plan.depth > 1)
    return _authority(path_length=0)(plan, place % (plan.depth - 1))


def _path_length_of_the_root(plan: Plan, place: int) -> Plan:
    assume(plan.depth > 1)
    return _root(path_length=0)(plan, place)


def _missing(plan: Plan, place: int) -> Plan:
    assume(plan.depth > 0)
    return replace(plan, left_out=place % plan.depth)


FAULTS: dict[str, Fault] = {
    "end-entity-expired": _leaf(not_after=NOW - DAY),
    "end-entity-not-yet-valid": _leaf(not_before=NOW + DAY),
    "ca-expired": _authority(not_after=NOW - DAY),
    "ca-not-yet-valid": _authority(not_before=NOW + DAY),
    "root-expired": _root(not_after=NOW - DAY),
    "end-entity-for-another-usage": _leaf(usages=(EMAIL,)),
    "ca-for-another-usage": _authority(usages=(EMAIL,)),
    "ca-that-is-none": _authority(ca=False, path_length=None),
    "ca-without-basic-constraints": _authority(ca=None, path_length=None),
    "ca-that-may-not-sign": _authority(key_usage=("digitalSignature", "cRLSign")),
    "path-length-of-a-ca": _path_length,
    "path-length-of-the-root": _path_length_of_the_root,
    "end-entity-with-a-false-signature": _leaf(tampered=True),
    "ca-with-a-false-signature": _authority(tampered=True),
    "name-not-permitted": _authority(permitted_dns=("elsewhere.lab",)),
    "name-excluded": _authority(excluded_dns=("partner.lab",)),
    "untrusted-root": lambda plan, place: replace(plan, other_root=True),
    "missing-intermediate": _missing,
    "wrong-name": lambda plan, place: replace(plan, host="mail.elsewhere.lab"),
    "unknown-critical-extension": _leaf(extensions=(extension("1.2.3.4.5", b"\x05\x00", critical=True),)),
}


def _answers(question: Question) -> Answers:
    with tempfile.TemporaryDirectory() as folder:
        return ask(question, Path(folder))


@settings(max_examples=150)
@given(plan=plans())
def test_a_sound_hierarchy_is_accepted_by_all(plan: Plan) -> None:
    assert _answers(made(plan)) == ACCEPTED


@pytest.mark.parametrize("name", FAULTS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(plan=plans(), place=st.integers(0, 5))
def test_a_single_fault_is_refused_by_all(name: str, plan: Plan, place: int) -> None:
    assert _answers(made(FAULTS[name](plan, place))) == REFUSED


@pytest.mark.parametrize("divergence", DIVERGENCES, ids=[divergence.name for divergence in DIVERGENCES])
def test_a_divergence_is_as_listed(divergence: Divergence, tmp_path: Path) -> None:
    assert ask(divergence.make(), tmp_path) == divergence.answers, divergence.reason


def test_the_list_holds_divergences_only() -> None:
    assert all(divergence.answers not in (ACCEPTED, REFUSED) for divergence in DIVERGENCES)
    assert len({divergence.name for divergence in DIVERGENCES}) == len(DIVERGENCES)
