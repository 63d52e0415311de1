"""Name constraints: may the end-entity have its names under the CAs above it?

What Windows does ([validation 4.5.1] to [validation 4.5.5], [validation 5.2.1] to [validation 5.2.3]): every
entry of the SAN is tested, also those that the host match does not use; without a dNSName the common names
are tested as DNS names; the flags are set on the CA that carries the constraint; a subtree with a minimum or
maximum is not supported; entries that make no sense are skipped, and a doubt where they are no names at all
[validation 4.5.6]. Only the end-entity's names are tested: the
SDK describes every one of these flags "for the end certificate" (CERT_TRUST_STATUS).

How one CA is tested:

1. Its subtrees are grouped by kind and prepared once; so are the names of the end-entity.
2. Each name is held against the permitted subtrees of its kind until one holds it, then against the excluded
   ones; a subtree that would hold it if case, spaces and string types did not count is a doubt.
3. Twenty reasons are enough: after them nothing is compared any more.
4. Every comparison is taken from the budget of the judgement (work.py). Where it is used up before a fault is
   found, the CA is in doubt.

What a CA makes of an end-entity depends on nothing else, so it is worked out once for a judgement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from probe.dotnet import X509ChainStatusFlags
from probe.facts import extensions
from probe.facts.certificate import Certificate, derived
from probe.facts.constraints import NameConstraints, Subtree
from probe.facts.extensions import GeneralName
from probe.facts.names import EMAIL_ADDRESS
from probe.judgement.chain.certificate_reading import read
from probe.judgement.chain.constraints.subtrees import (
    Prepared,
    Within,
    describe,
    is_comparable,
    is_comparable_kind,
    is_readable,
    prepared_name,
    prepared_subtree,
    within,
)
from probe.judgement.chain.path_status import MAXIMUM_REASONS, PathStatus
from probe.judgement.chain.work import MAXIMUM_COMPARISONS, LimitError, NamesCompared, Work

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


@derived
def subject_names(certificate: Certificate) -> SubjectNames:
    """The SAN, with subject, common names and e-mail addresses where CryptoAPI falls back to them."""
    reading = read(certificate)
    presented = reading.general_names or ()
    names = list(presented)
    kinds = {name.kind for name in presented}
    if extensions.DNS_NAME not in kinds:
        # Trailing NULs are no part of a common name, as where the host is compared with it (hostname.py).
        common_names = certificate.subject.common_names
        names += [_from_text(extensions.DNS_NAME, text.rstrip("\x00")) for text in common_names]
    if extensions.RFC822_NAME not in kinds:
        emails = certificate.subject.values(EMAIL_ADDRESS)
        names += [_from_text(extensions.RFC822_NAME, text) for text in emails]
    if certificate.subject.attributes:
        names.append(GeneralName(extensions.DIRECTORY_NAME, certificate.subject.der))
    return SubjectNames(tuple(names), reading.names_undecodable)


def _from_text(kind: int, text: str) -> GeneralName:
    return GeneralName(kind, text.encode("utf-8", "replace"))


def check_name_constraints(
    path: Sequence[Certificate], status: PathStatus, work: Work, *, demand_dns_name: bool
) -> None:
    """Note every CA whose name constraints the end-entity's names break, or may break.

    `demand_dns_name`: a permitted DNS subtree rejects an end-entity without any DNS name (a switch of the
    caller's Windows build).
    """
    for index in range(1, len(path)):
        reading = read(path[index])
        if extensions.NAME_CONSTRAINTS in reading.undecodable:
            status.add(index, _UNDECODABLE, "its name constraints cannot be decoded")
        if reading.name_constraints is None:
            continue
        found = _compared(path[index], path[0], work, demand_dns_name=demand_dns_name)
        for flags, reason in found.faults:
            status.add(index, X509ChainStatusFlags(flags), reason)
        if found.doubt is not None:
            status.doubts.append(f"{path[index].subject.in_words} {found.doubt}")


def _compared(
    issuer: Certificate, end_entity: Certificate, work: Work, *, demand_dns_name: bool
) -> NamesCompared:
    """What the constraints of this CA make of this end-entity, worked out once."""
    key = (issuer, end_entity, demand_dns_name)
    known = work.names_compared.get(key)
    if known is None:
        constraints = read(issuer).name_constraints or NameConstraints((), ())
        comparison = _Comparison(constraints, subject_names(end_entity), work)
        known = work.names_compared[key] = comparison.run(demand_dns_name=demand_dns_name)
    return known


class _Comparison:
    """One CA's constraints against one end-entity's names."""

    def __init__(self, constraints: NameConstraints, names: SubjectNames, work: Work) -> None:
        self._constraints = constraints
        self._names = names
        self._work = work
        self._faults: list[tuple[int, str]] = []
        self._doubt: str | None = None

    def run(self, *, demand_dns_name: bool) -> NamesCompared:
        """The faults and the doubt, at most one."""
        if self._names.undecodable:
            why = "the names of the end-entity, which it constrains, cannot be decoded"
            return NamesCompared(((int(_UNDECODABLE), why),))
        bounded = next(filter(_is_bounded, self._trees()), None)
        if bounded is not None:
            what = "minimum" if bounded.minimum != 0 else "maximum"
            why = f"its name constraint {describe(bounded.base)} has a {what}"
            return NamesCompared(((int(_NOT_SUPPORTED), why),))
        try:
            self._check_permitted(demand_dns_name=demand_dns_name)
            self._check_excluded()
        except LimitError as limit:
            self._doubt = f"constrains more names than are compared here: {limit}"
        if self._doubt is None:
            self._doubt = self._doubt_of_constraints()
        return NamesCompared(tuple(self._faults), self._doubt)

    def _trees(self) -> Iterator[Subtree]:
        yield from self._constraints.permitted
        yield from self._constraints.excluded

    def _doubt_of_constraints(self) -> str | None:
        """What of these constraints Windows may take otherwise than the comparison above does, or None."""
        trees = tuple(self._trees())
        if not trees:
            return f"has name constraints that constrain nothing: {_NOT_OBSERVED}"
        if not all(map(is_readable, (tree.base for tree in trees))):
            return f"constrains names by something that is no name: {_NOT_OBSERVED}"
        if self._incomparable():
            return "constrains names of a kind that cannot be compared here"
        constrained = {tree.base.kind for tree in trees}
        if extensions.URI in constrained and not all(map(prepared_name, self._names.of_kind(extensions.URI))):
            return f"constrains URIs, and one of the end-entity names no host: {_NOT_OBSERVED}"
        return None

    def _incomparable(self) -> bool:
        """Whether the end-entity has a name of a constrained kind for which no comparison is known.

        RFC 5280 section 4.2.1.10 leaves open how names of other kinds (otherName and the like) are compared;
        what Windows does is not known.
        """
        kinds = {tree.base.kind for tree in self._trees()}
        return any(self._names.of_kind(kind) for kind in kinds if not is_comparable_kind(kind))

    def _check_permitted(self, *, demand_dns_name: bool) -> None:
        for kind, bases in _by_kind(self._constraints.permitted).items():
            found = self._names.of_kind(kind)
            allowed = _listed([base for base, _ in bases])
            for name in found:
                inside = self._first_holding(name, bases)
                if inside is None:
                    why = f"it permits {allowed}, and the end-entity has {describe(name)}"
                    self._add(_NOT_PERMITTED, why)
                elif inside[1] is Within.UNKNOWN:
                    self._doubt = (
                        f"permits {describe(inside[0])}, and the end-entity has {describe(name)}, {_FOLDED}"
                    )
                if self._is_full():
                    return
            if kind == extensions.DNS_NAME and not found and demand_dns_name:
                why = "it permits DNS names only, and the end-entity has no DNS name"
                self._add(_NOT_PERMITTED, why)

    def _check_excluded(self) -> None:
        for kind, bases in _by_kind(self._constraints.excluded).items():
            for name in self._names.of_kind(kind):
                if self._is_full():
                    return
                inside = self._first_holding(name, bases)
                if inside is None:
                    continue
                if inside[1] is Within.YES:
                    why = f"it excludes {describe(inside[0])}, and the end-entity has {describe(name)}"
                    self._add(_EXCLUDED, why)
                else:
                    self._doubt = (
                        f"excludes {describe(inside[0])}, and the end-entity has {describe(name)}, {_FOLDED}"
                    )

    def _first_holding(
        self, name: GeneralName, bases: Sequence[tuple[GeneralName, Prepared]]
    ) -> tuple[GeneralName, Within] | None:
        """The first subtree that holds the name for sure, else the first that may, or None.

        Raises:
            LimitError: the judgement has no comparisons left.
        """
        perhaps = None
        ready = prepared_name(name)
        for base, prepared in bases:
            self._work.comparisons -= 1
            if self._work.comparisons < 0:
                raise LimitError(f"more than {MAXIMUM_COMPARISONS} comparisons of names with subtrees")
            inside = within(name.kind, ready, prepared)
            if inside is Within.YES:
                return base, inside
            if inside is Within.UNKNOWN and perhaps is None:
                perhaps = (base, inside)
        return perhaps

    def _add(self, flags: X509ChainStatusFlags, reason: str) -> None:
        self._faults.append((int(flags), reason))

    def _is_full(self) -> bool:
        return len(self._faults) >= MAXIMUM_REASONS


_NOT_OBSERVED = "what Windows makes of that is not known"
_FOLDED = "which differs in case, spaces, string type or order: how Windows compares them is not known"


def _is_bounded(tree: Subtree) -> bool:
    return tree.minimum != 0 or tree.maximum is not None


def _by_kind(trees: Sequence[Subtree]) -> dict[int, list[tuple[GeneralName, Prepared]]]:
    groups: dict[int, list[tuple[GeneralName, Prepared]]] = {}
    for tree in trees:
        if is_comparable(tree.base):
            groups.setdefault(tree.base.kind, []).append((tree.base, prepared_subtree(tree.base)))
    return groups


_LISTED = 5  # subtrees named in a reason; ours


def _listed(bases: Sequence[GeneralName]) -> str:
    named = ", ".join(map(describe, bases[:_LISTED]))
    return named if len(bases) <= _LISTED else f"{named} and {len(bases) - _LISTED} more"
