"""Certificate policies along a path: is an explicit policy demanded that nobody has?

RFC 5280 section 6.1 with any initial policy, qualifiers left out, because the caller asks for no policy of
its own ([validation 1.2.3]). What Windows reports is observed: NoIssuanceChainPolicy when
requireExplicitPolicy is not met, InvalidPolicyConstraints when the extension is malformed
([validation 5.10]).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from probe.dotnet import X509ChainStatusFlags
from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.extensions import ANY_POLICY
from probe.judgement.chain.certificate_reading import CertificateReading, read
from probe.judgement.chain.path_status import PathStatus

_NO_POLICY = X509ChainStatusFlags.NoIssuanceChainPolicy
_INVALID = X509ChainStatusFlags.InvalidPolicyConstraints
_UNDECODABLE = _INVALID | X509ChainStatusFlags.InvalidExtension

_EXTENSIONS = {
    extensions.CERTIFICATE_POLICIES: "certificate policies",
    extensions.POLICY_MAPPINGS: "policy mappings",
    extensions.POLICY_CONSTRAINTS: "policy constraints",
    extensions.INHIBIT_ANY_POLICY: "inhibitAnyPolicy",
}


class _PolicyState(Struct):
    """State variables of RFC 5280 section 6.1.2. `nodes`: valid policy → what it is called below."""

    explicit: int
    inhibit_any: int
    mapping: int
    nodes: dict[str, frozenset[str]] = field(default_factory=lambda: {ANY_POLICY: frozenset({ANY_POLICY})})


def check_policies(path: Sequence[Certificate], status: PathStatus) -> None:
    """Note malformed policy extensions, and on the end-entity an explicit policy that is demanded and absent.

    The topmost certificate counts as the first of the path, the anchor too ([validation 5.10.1]).
    """
    if not any(_concerns(read(certificate)) for certificate in path):
        return
    for index, certificate in enumerate(path):
        _check_decodable(index, read(certificate), status)
    if len(path) == 1:
        return
    if _is_refused(path):
        status.add(0, _NO_POLICY, "a CA above it demands an explicit certificate policy, and it has none")


def _is_refused(path: Sequence[Certificate]) -> bool:
    """Whether a policy is demanded that the end-entity has not."""
    length = len(path) + 1
    state = _PolicyState(explicit=length, inhibit_any=length, mapping=length)
    for index in range(len(path) - 1, -1, -1):
        reading, self_issued = read(path[index]), path[index].self_issued
        first, last = index == len(path) - 1, index == 0
        # A root without policies restricts none [validation 5.10.1].
        if not first or reading.policies is not None:
            _process(reading, state, any_counts=state.inhibit_any > 0 or (not last and self_issued))
        if not last:
            _prepare(reading, state, self_issued=self_issued)
    # RFC 5280 section 6.1.5 (a) and (b) would count the end-entity too; Windows does not [validation 5.10.2].
    return state.explicit == 0 and not state.nodes


def _concerns(reading: CertificateReading) -> bool:
    """Whether this certificate can make a difference; without any such, no policy is demanded."""
    return (
        reading.policy_constraints is not None
        or bool(reading.policy_mappings)
        or bool(reading.undecodable & _EXTENSIONS.keys())
    )


def _check_decodable(index: int, reading: CertificateReading, status: PathStatus) -> None:
    for oid in sorted(reading.undecodable & _EXTENSIONS.keys()):
        status.add(index, _UNDECODABLE, f"its {_EXTENSIONS[oid]} cannot be decoded")
    if any(ANY_POLICY in pair for pair in reading.policy_mappings):
        status.add(index, _INVALID, "its policy mappings map anyPolicy, which RFC 5280 forbids")


def _process(reading: CertificateReading, state: _PolicyState, *, any_counts: bool) -> None:
    """Steps (d) and (e) of RFC 5280 section 6.1.3."""
    if reading.policies is None:
        state.nodes = {}
        return
    expected = frozenset().union(*state.nodes.values()) if state.nodes else frozenset()
    nodes: dict[str, frozenset[str]] = {}
    for policy in reading.policies:
        if policy != ANY_POLICY and (policy in expected or ANY_POLICY in state.nodes):
            nodes[policy] = frozenset({policy})
    if ANY_POLICY in reading.policies and any_counts:
        for policy in expected:
            nodes.setdefault(policy, frozenset({policy}))
    state.nodes = nodes


def _prepare(reading: CertificateReading, state: _PolicyState, *, self_issued: bool) -> None:
    """Steps (a), (b), (h), (i) and (j) of RFC 5280 section 6.1.4."""
    _map(reading, state)
    if not self_issued:
        state.explicit = max(state.explicit - 1, 0)
        state.mapping = max(state.mapping - 1, 0)
        state.inhibit_any = max(state.inhibit_any - 1, 0)
    constraints = reading.policy_constraints
    if constraints is not None:
        if constraints.require_explicit_policy is not None:
            state.explicit = min(state.explicit, constraints.require_explicit_policy)
        if constraints.inhibit_policy_mapping is not None:
            state.mapping = min(state.mapping, constraints.inhibit_policy_mapping)
    if reading.inhibit_any_policy is not None:
        state.inhibit_any = min(state.inhibit_any, reading.inhibit_any_policy)


def _map(reading: CertificateReading, state: _PolicyState) -> None:
    mapped: dict[str, set[str]] = {}
    for issuer, subject in reading.policy_mappings:
        mapped.setdefault(issuer, set()).add(subject)
    for issuer, subjects in mapped.items():
        if state.mapping == 0:
            state.nodes.pop(issuer, None)
        elif issuer in state.nodes or ANY_POLICY in state.nodes:
            state.nodes[issuer] = frozenset(subjects)
