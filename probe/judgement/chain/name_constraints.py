"""Name constraints: may the end-entity have its names under the CAs above it?

What Windows does ([validation 4.5] and [validation 5]): every entry of the SAN is tested, also those that the
host match does not use; without a dNSName the common names are tested as DNS names; the flags are set on the
CA that carries the constraint; a subtree with a minimum or maximum is not supported; entries that make no
sense are skipped. Only the end-entity's names are tested: the SDK describes every one of these flags "for
the end certificate" (CERT_TRUST_STATUS).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from probe.dotnet import X509ChainStatusFlags
from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.constraints import NameConstraints
from probe.facts.extensions import GeneralName
from probe.facts.names import EMAIL_ADDRESS
from probe.judgement.chain.certificate_reading import read
from probe.judgement.chain.path_status import PathStatus
from probe.judgement.chain.subtrees import compared, describe, matches, sensible

_NOT_PERMITTED = X509ChainStatusFlags.HasNotPermittedNameConstraint
_EXCLUDED = X509ChainStatusFlags.HasExcludedNameConstraint
_NOT_SUPPORTED = X509ChainStatusFlags.HasNotSupportedNameConstraint
_UNDECODABLE = X509ChainStatusFlags.InvalidNameConstraints | X509ChainStatusFlags.InvalidExtension


class SubjectNames(Struct, frozen=True):
    """The names of an end-entity that constraints apply to. `undecodable`: its SAN cannot be read."""

    names: tuple[GeneralName, ...]
    undecodable: bool

    def of_kind(self, kind: int) -> tuple[GeneralName, ...]:
        """The names of one GeneralName kind."""
        return tuple(name for name in self.names if name.kind == kind)


def subject_names(certificate: Certificate) -> SubjectNames:
    """The SAN, with subject, common names and e-mail addresses where CryptoAPI falls back to them."""
    reading = read(certificate)
    presented = reading.general_names or ()
    names = list(presented)
    kinds = {name.kind for name in presented}
    if extensions.DNS_NAME not in kinds:
        names += [_from_text(extensions.DNS_NAME, text) for text in certificate.subject.common_names]
    if extensions.RFC822_NAME not in kinds:
        emails = certificate.subject.values(EMAIL_ADDRESS)
        names += [_from_text(extensions.RFC822_NAME, text) for text in emails]
    if certificate.subject.attributes:
        names.append(GeneralName(extensions.DIRECTORY_NAME, certificate.subject.der))
    return SubjectNames(tuple(names), reading.names_undecodable)


def _from_text(kind: int, text: str) -> GeneralName:
    return GeneralName(kind, text.encode("utf-8", "replace"))


def check_name_constraints(path: Sequence[Certificate], status: PathStatus, *, demand_dns_name: bool) -> None:
    """Note every CA whose name constraints the end-entity's names break.

    `demand_dns_name`: a permitted DNS subtree rejects an end-entity without any DNS name (a switch of the
    caller's Windows build).
    """
    names: SubjectNames | None = None
    for index in range(1, len(path)):
        reading = read(path[index])
        if extensions.NAME_CONSTRAINTS in reading.undecodable:
            status.add(index, _UNDECODABLE, "its name constraints cannot be decoded")
        if reading.name_constraints is None:
            continue
        if names is None:
            names = subject_names(path[0])
        _check_one(index, reading.name_constraints, names, status, demand_dns_name=demand_dns_name)


def incomparable(path: Sequence[Certificate]) -> str | None:
    """Why a constraint cannot be held against the end-entity's names, or None.

    RFC 5280 section 4.2.1.10 leaves open how names of other kinds (otherName and the like) are compared; what
    Windows does is not known, and matters only where the end-entity has a name of that very kind.
    """
    for issuer in path[1:]:
        constraints = read(issuer).name_constraints
        if constraints is None:
            continue
        kinds = {tree.base.kind for tree in (*constraints.permitted, *constraints.excluded)}
        names = subject_names(path[0])
        if any(names.of_kind(kind) for kind in kinds if not compared(kind)):
            return f"{issuer.subject} constrains names of a kind that cannot be compared here"
    return None


def _check_one(
    index: int,
    constraints: NameConstraints,
    names: SubjectNames,
    status: PathStatus,
    *,
    demand_dns_name: bool,
) -> None:
    if names.undecodable:
        status.add(index, _UNDECODABLE, "the names of the end-entity, which it constrains, cannot be decoded")
        return
    trees = (*constraints.permitted, *constraints.excluded)
    bounded = next((tree for tree in trees if tree.minimum != 0 or tree.maximum is not None), None)
    if bounded is not None:
        what = "minimum" if bounded.minimum != 0 else "maximum"
        status.add(index, _NOT_SUPPORTED, f"its name constraint {describe(bounded.base)} has a {what}")
        return
    _check_permitted(index, constraints, names, status, demand_dns_name=demand_dns_name)
    _check_excluded(index, constraints, names, status)


def _check_permitted(
    index: int,
    constraints: NameConstraints,
    names: SubjectNames,
    status: PathStatus,
    *,
    demand_dns_name: bool,
) -> None:
    permitted: dict[int, list[GeneralName]] = {}
    for tree in constraints.permitted:
        if sensible(tree.base):
            permitted.setdefault(tree.base.kind, []).append(tree.base)
    for kind, bases in permitted.items():
        found = names.of_kind(kind)
        for name in found:
            if not any(matches(name, base) for base in bases):
                allowed = ", ".join(map(describe, bases))
                status.add(
                    index, _NOT_PERMITTED, f"it permits {allowed}, and the end-entity has {describe(name)}"
                )
        if kind == extensions.DNS_NAME and not found and demand_dns_name:
            status.add(index, _NOT_PERMITTED, "it permits DNS names only, and the end-entity has no DNS name")


def _check_excluded(
    index: int, constraints: NameConstraints, names: SubjectNames, status: PathStatus
) -> None:
    for tree in constraints.excluded:
        if not sensible(tree.base):
            continue
        for name in names.of_kind(tree.base.kind):
            if matches(name, tree.base):
                status.add(
                    index,
                    _EXCLUDED,
                    f"it excludes {describe(tree.base)}, and the end-entity has {describe(name)}",
                )
