"""The walks of the search through the candidate issuers: which paths there are, and in which order.

`search` says which walk goes when, and which of the paths is the answer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from probe.facts.certificate import Certificate
from probe.judgement.chain.anchor_reach import AnchorReach
from probe.judgement.chain.element_status import assess, is_faulty_on_every_path
from probe.judgement.chain.issuers import Candidate, IssuerMatch, Pool, listed_issuer, names_itself
from probe.judgement.chain.path import Path, Top
from probe.judgement.chain.path_status import PathStatus
from probe.judgement.chain.signature import Verification
from probe.judgement.chain.terms import Terms
from probe.judgement.chain.work import (
    MAXIMUM_ELEMENTS,
    Allowance,
    LimitError,
)
from probe.judgement.model import Source

_Authority = tuple[bytes, bytes]  # name and key


class _RankedCandidate(Struct, frozen=True):
    """A candidate, its authority, and its distance from an anchor (None: no name leads to one)."""

    candidate: Candidate
    authority: _Authority
    distance: int | None


class SearchContext(Struct, frozen=True):
    """What all walks of one search share. What it remembers only saves work: no answer depends on it."""

    pool: Pool
    reach: AnchorReach
    terms: Terms
    seen: dict[Certificate, Candidate] = field(default_factory=dict)
    _ordered: dict[Certificate, tuple[_RankedCandidate, ...]] = field(default_factory=dict)
    _faulty: dict[Certificate, bool] = field(default_factory=dict)
    _assessed: dict[tuple[Top, tuple[Certificate, ...]], PathStatus] = field(default_factory=dict)

    def issuers(self, child: Certificate) -> tuple[_RankedCandidate, ...]:
        """The candidates: those below an anchor first, then the better match, then the nearer.

        Raises:
            LimitError: the judgement has no signatures left for an anchor's own.
        """
        known = self._ordered.get(child)
        if known is None:
            ranked = [self._ranked(candidate) for candidate in self.pool.issuers(child)]
            ranked.sort(key=lambda one: (one.distance is None, one.candidate.match, one.distance or 0))
            known = self._ordered[child] = tuple(ranked)
            for one in known:
                self.seen.setdefault(one.candidate.certificate, one.candidate)
        return known

    def _ranked(self, candidate: Candidate) -> _RankedCandidate:
        certificate = candidate.certificate
        return _RankedCandidate(candidate, _authority(certificate), self.reach.distance(certificate))

    def is_faulty(self, certificate: Certificate) -> bool:
        """Whether this issuer has a fault on every path."""
        known = self._faulty.get(certificate)
        if known is None:
            known = self._faulty[certificate] = is_faulty_on_every_path(certificate, self.terms)
        return known

    def assess(self, path: Path, allowance: Allowance) -> PathStatus:
        """The status of a path, worked out once."""
        certificates = path.certificates
        known = self._assessed.get((path.top, certificates))
        if known is None:
            allowance.assess(sum(len(certificate.der) for certificate in certificates))
            known = self._assessed[path.top, certificates] = assess(path, self.terms)
        return known


class _Walk(ABC):
    """One walk, depth first, through the candidates that `candidates` lets pass."""

    def __init__(self, context: SearchContext, allowance: Allowance) -> None:
        self._context = context
        self._allowance = allowance

    @abstractmethod
    def candidates(self, members: tuple[Candidate, ...]) -> Iterator[Candidate]:
        """The issuers to go on with above these members, best first."""

    @abstractmethod
    def ends(self, members: tuple[Candidate, ...]) -> Iterator[Path]:
        """The path that ends with these members, if this walk wants it."""

    def paths(self, members: tuple[Candidate, ...]) -> Iterator[Path]:
        """Every path that begins with these members.

        Raises:
            LimitError: the allowance is used up, or a path is too long.
        """
        current = members[-1].certificate
        extended = False
        if not self._is_self_signed(current):
            for candidate in self.candidates(members):
                if len(members) >= MAXIMUM_ELEMENTS:
                    raise LimitError(f"a path of more than {MAXIMUM_ELEMENTS} certificates")
                extended = True
                yield from self.paths((*members, candidate))
        listed = listed_issuer(current, self._context.terms)
        if listed is not None:
            yield Path(members, Top.LISTED, listed)
        elif not extended:
            yield from self.ends(members)

    def _is_self_signed(self, certificate: Certificate) -> bool:
        if certificate.self_issued:
            self._allowance.verify(certificate, certificate)
        return self._context.reach.is_self_signed(certificate)

    def _leading_on(self, members: tuple[Candidate, ...]) -> list[_RankedCandidate]:
        """The candidates that do not lead in a circle.

        An authority that is on the path already, under whatever certificate, does: the path that skips the
        circle has no fault that this one has not (RFC 4158 section 5.2). None can skip the start, so only its
        own certificate closes a circle with it, not another one of its name and key.
        """
        issuers = self._context.issuers(members[-1].certificate)
        self._allowance.step(1 + len(issuers))
        start, *above = (member.certificate for member in members)
        on_path = {_authority(certificate) for certificate in above}
        return [
            ranked
            for ranked in issuers
            if ranked.authority not in on_path and ranked.candidate.certificate != start
        ]


class WalkToAnchors(_Walk):
    """The first walk: only what may be part of a good path."""

    def candidates(self, members: tuple[Candidate, ...]) -> Iterator[Candidate]:
        """Those from which names lead to an anchor, that may be sound and that signed or may have."""
        child = members[-1].certificate
        for ranked in self._leading_on(members):
            certificate = ranked.candidate.certificate
            if ranked.distance is None or self._context.is_faulty(certificate):
                continue
            if self._allowance.verify(child, certificate) in _SIGNED_OR_UNKNOWN:
                yield ranked.candidate

    def ends(self, members: tuple[Candidate, ...]) -> Iterator[Path]:
        """The path, if it ends in an anchor."""
        if self._context.reach.is_anchor(members[-1].certificate):
            yield Path(members, Top.ANCHOR)


_SIGNED_OR_UNKNOWN = frozenset({Verification.VALID, Verification.NOT_COMPUTABLE})


class WalkAmongEquals(WalkToAnchors):
    """A walk along a good path, with whatever ties with its members but for their ages."""

    def __init__(self, context: SearchContext, allowance: Allowance, path: Path) -> None:
        super().__init__(context, allowance)
        self._members = path.members

    def candidates(self, members: tuple[Candidate, ...]) -> Iterator[Candidate]:
        """Those that match as well as the member of the path in this place, and lead on to an anchor."""
        if len(members) < len(self._members):
            wanted = self._members[len(members)]
            for candidate in super().candidates(members):
                if _kind(candidate) == _kind(wanted):
                    yield candidate


def _kind(candidate: Candidate) -> tuple[IssuerMatch, bool, Certificate | None]:
    return candidate.match, candidate.source is Source.RETRIEVED, candidate.set_aside_for


class WalkThroughFaults(_Walk):
    """The second walk: every path that Windows could report, however faulty."""

    def candidates(self, members: tuple[Candidate, ...]) -> Iterator[Candidate]:
        """Those of the name that signed or may have; where nobody did, all of them.

        An issuer that did not sign is a last resort: the chain then says NotSignatureValid. A certificate
        that names itself has itself for that.
        """
        child = members[-1].certificate
        named = _of_the_name(self._leading_on(members))
        signers = [c for c in named if self._allowance.verify(child, c.certificate) in _SIGNED_OR_UNKNOWN]
        return iter(signers if signers or names_itself(child) else named)

    def ends(self, members: tuple[Candidate, ...]) -> Iterator[Path]:
        """The path, and how it ends."""
        current = members[-1].certificate
        if names_itself(current):
            in_root = self._context.reach.is_in_root(current)
            yield Path(members, Top.ANCHOR if in_root else Top.SELF_SIGNED)
            return
        # Whatever is left leads in a circle: the walk would have gone on with anything else.
        circular = _of_the_name(self._context.issuers(current))
        if circular:
            yield Path((*members, circular[0]), Top.CYCLIC)
        else:
            yield Path(members, Top.PARTIAL)


def _of_the_name(issuers: Iterable[_RankedCandidate]) -> list[Candidate]:
    candidates = (ranked.candidate for ranked in issuers)
    return [c for c in candidates if c.match is not IssuerMatch.KEY_OF_ANOTHER_NAME]


def _authority(certificate: Certificate) -> _Authority:
    """Name and key: what makes two certificates those of one authority."""
    structure = certificate.structure
    return certificate.subject.der, structure.public_key_info if structure is not None else b""
