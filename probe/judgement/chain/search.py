"""Finding paths: a depth-first search through the candidate issuers, in two passes, within a budget.

The first pass looks for a path without any fault and leaves out what cannot be part of one; the first such
path without a doubt ends the search, because CryptoAPI finds a good path whenever there is one
([validation 5], all 81 path-building cases of BetterTLS). Only when there is none does the second
pass collect faulty paths and keep the best. CryptoAPI weighs valid signatures, completeness and a trusted
root first (SDK, description of CERT_CHAIN_DISABLE_PASS1_QUALITY_FILTERING); fewest faults decide among
equals ([validation 6]).

Limits. Windows documents none for this search. Go's crypto/x509 and rustls' webpki both stop after 100
signature checks (CVE-2018-16875, CVE-2022-21824-like meshes); twice as many are allowed here, because a limit
reached costs the answer. OpenSSL stops at 100 certificates in a path. A limit that the first pass reaches
may have hidden a good path: it is said in `search_stopped`, and never taken for an answer. One that only the
second pass reaches hides nothing but other faults, because the first has by then seen every path that could
be good: it is said in `comparison_stopped`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts.certificate import Certificate
from probe.judgement.chain import signature
from probe.judgement.chain.doubts import doubt
from probe.judgement.chain.element_status import (
    Path,
    Top,
    assess,
    faulty_on_every_path,
    not_computable,
    unverified,
)
from probe.judgement.chain.issuers import Candidate, Match, Pool, listed_issuer, match_of
from probe.judgement.chain.path_status import PathStatus
from probe.judgement.chain.signature import Verification
from probe.judgement.chain.terms import Terms
from probe.judgement.model import Source

MAXIMUM_SIGNATURES = 200
MAXIMUM_STEPS = 10_000
MAXIMUM_FAULTY_PATHS = 64
MAXIMUM_ELEMENTS = 100


class Found(Struct, frozen=True):
    """The best path and its status.

    `search_stopped`: which limit may have hidden a good path, `comparison_stopped`: which one may have
    hidden a path with fewer faults, `doubt`: why a path without faults need not be good; None each.
    """

    path: Path
    status: PathStatus
    search_stopped: str | None = None
    comparison_stopped: str | None = None
    doubt: str | None = None


class _LimitError(Exception):
    """A limit of the search was reached."""


class Search:
    """One search for one end-entity."""

    def __init__(self, end_entity: Certificate, pool: Pool, terms: Terms) -> None:
        self._start = Candidate(end_entity, Source.PRESENTED, Match.NAME)
        self._pool = pool
        self._terms = terms
        self._steps = 0
        self._allowance = MAXIMUM_SIGNATURES
        self._verified: dict[tuple[bytes, bytes], bool] = {}
        self._spoiled: dict[Certificate, bool] = {}
        self._distances: dict[bytes, int] | None = None
        self._uncomputed = False  # whether a signature was met that cannot be computed here
        self._hopeful = False  # whether such signatures count as good
        self.seen: dict[Certificate, Candidate] = {}

    def run(self) -> Found:
        """The best path there is, or the best found within the limits."""
        search_stopped, doubtful = None, None
        try:
            for path in self._extend((self._start,), clean=True):
                status = assess(path, self._terms)
                if not status.combined:
                    found = Found(path, status, doubt=doubt(path))
                    if found.doubt is None:
                        return found
                    doubtful = doubtful or found
        except _LimitError as limit:
            search_stopped = str(limit)
        return (
            doubtful
            or self._accepted_if_signatures_hold(search_stopped)
            or self._best_of_the_faulty(search_stopped)
        )

    def _accepted_if_signatures_hold(self, search_stopped: str | None) -> Found | None:
        """A path without any fault but signatures that cannot be computed here; Windows may accept it.

        It comes before every path with a fault: what is wrong with that one would be too sure an answer.
        """
        if not self._uncomputed:
            return None
        self._steps, self._hopeful = 0, True
        try:
            for path in self._extend((self._start,), clean=True):
                status = assess(path, self._terms)
                if not status.combined:  # the first pass was cut short before it came here
                    return Found(path, status, doubt=doubt(path))
                hoped = set(unverified(path))
                others = [flags for index, flags in enumerate(status.flags) if index not in hoped]
                if not any(others) and not status.combined & ~Flags.NotSignatureValid:
                    return Found(path, status, search_stopped)
        except _LimitError:
            pass  # as if there were none: what the first pass missed by its limit is in `search_stopped`
        finally:
            self._hopeful = False
        return None

    def _best_of_the_faulty(self, search_stopped: str | None) -> Found:
        # The second pass has a budget of its own, so that a fault can always be reported.
        self._steps, self._allowance = 0, len(self._verified) + MAXIMUM_SIGNATURES // 2
        best: Found | None = None
        best_quality: tuple[int, ...] = ()
        comparison_stopped = None
        try:
            for count, path in enumerate(self._extend((self._start,), clean=False), 1):
                status = assess(path, self._terms)
                if not status.combined:  # the first pass was cut short before it came here
                    return Found(path, status, doubt=doubt(path))
                quality = _quality(path, status)
                if best is None or quality > best_quality:
                    best, best_quality = Found(path, status, search_stopped), quality
                if count >= MAXIMUM_FAULTY_PATHS:
                    raise _LimitError(f"more than {MAXIMUM_FAULTY_PATHS} paths with faults")
        except _LimitError as limit:
            comparison_stopped = str(limit)
        if best is None:
            path = Path((self._start,), Top.PARTIAL)
            best = Found(path, assess(path, self._terms), search_stopped)
        if comparison_stopped is not None:
            why = f"another path may have fewer faults: the search for them was stopped, {comparison_stopped}"
            best.status.add(0, Flags.NoError, why)
        return replace(best, comparison_stopped=comparison_stopped)

    def _extend(self, members: tuple[Candidate, ...], *, clean: bool) -> Iterator[Path]:
        """Every complete path that begins with these members."""
        self._step()
        current = members[-1].certificate
        if self._is_anchor(current):
            yield Path(members, Top.ANCHOR)
            return
        if current.self_issued and self._signed(current, current):
            if not clean:
                yield Path(members, Top.SELF_SIGNED)
            return
        extended = False
        for candidate in self._next(members, clean=clean):
            if len(members) >= MAXIMUM_ELEMENTS:
                raise _LimitError(f"a path of more than {MAXIMUM_ELEMENTS} certificates")
            extended = True
            yield from self._extend((*members, candidate), clean=clean)
        listed = listed_issuer(current, self._terms)
        if listed is not None:
            yield Path(members, Top.LISTED, listed)
        elif not extended and not clean:
            yield self._dead_end(members)

    def _next(self, members: tuple[Candidate, ...], *, clean: bool) -> list[Candidate]:
        current = members[-1].certificate
        candidates = _leading_on(members, self._pool.issuers(current))
        for candidate in candidates:
            self.seen.setdefault(candidate.certificate, candidate)
        if clean:
            return [c for c in self._nearest_first(candidates) if self._usable(current, c)]
        signers = [c for c in candidates if self._signed(current, c.certificate)]
        if signers or _own_issuer(current):
            return self._nearest_first(signers)
        # An issuer that did not sign is a last resort: the chain then says NotSignatureValid.
        return self._nearest_first(candidates)

    def _nearest_first(self, candidates: list[Candidate]) -> list[Candidate]:
        """Those from which names lead to an anchor before others, then the better match, then the nearer."""
        if len(candidates) < 2:
            return candidates
        distances = {candidate.certificate: self._distance(candidate) for candidate in candidates}
        return sorted(candidates, key=lambda c: _rank(c, distances[c.certificate]))

    def _distance(self, candidate: Candidate) -> int | None:
        """How many issuers at least stand above the candidate up to an anchor; None: no name leads to one."""
        if self._is_anchor(candidate.certificate):
            return 0
        above = self._distances_to_anchors().get(candidate.certificate.issuer.der)
        return None if above is None else above + 1

    def _usable(self, child: Certificate, candidate: Candidate) -> bool:
        certificate = candidate.certificate
        if self._distances is not None and self._distance(candidate) is None:
            return False
        spoilt = self._spoiled.get(certificate)
        if spoilt is None:
            top = self._is_anchor(certificate)
            spoilt = self._spoiled[certificate] = faulty_on_every_path(certificate, self._terms, top=top)
        return not spoilt and self._signed(child, certificate)

    def _distances_to_anchors(self) -> dict[bytes, int]:
        """How many names lead from each subject to a member of Root; absent: none do."""
        if self._distances is None:
            below: dict[bytes, set[bytes]] = {}
            for certificate in self._pool.all_issuers():
                below.setdefault(certificate.issuer.der, set()).add(certificate.subject.der)
            distances: dict[bytes, int] = {}
            level = {root.subject.der for root in self._terms.trust.roots if self._is_anchor(root)}
            level |= {c.issuer.der for c in self._pool.all_issuers() if listed_issuer(c, self._terms)}
            depth = 0
            while level:
                distances.update(dict.fromkeys(level, depth))
                level = {s for subject in level for s in below.get(subject, ())} - distances.keys()
                depth += 1
            self._distances = distances
        return self._distances

    def _is_anchor(self, certificate: Certificate) -> bool:
        trust = self._terms.trust
        if not certificate.self_issued or certificate not in trust.root_set:
            return False
        return self._terms.caller.root_auto_update or not trust.properties_of(certificate).automatic

    def _signed(self, child: Certificate, issuer: Certificate) -> bool:
        if issuer.structure is None or child.structure is None:
            return False
        key = (issuer.structure.public_key_info, child.der)
        known = self._verified.get(key)
        if known is None:
            if len(self._verified) >= self._allowance:
                raise _LimitError(f"more than {MAXIMUM_SIGNATURES} signatures to verify")
            known = self._verified[key] = signature.verify(child, issuer) is Verification.VALID
            self._uncomputed = self._uncomputed or (not known and not_computable(child, issuer))
        return known or (self._hopeful and not_computable(child, issuer))

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MAXIMUM_STEPS:
            raise _LimitError(f"more than {MAXIMUM_STEPS} steps")

    def _dead_end(self, members: tuple[Candidate, ...]) -> Path:
        current = members[-1].certificate
        if _own_issuer(current):
            return Path(members, Top.SELF_SIGNED)
        candidates = self._pool.issuers(current)
        leading_on = _leading_on(members, candidates)
        for candidate in candidates:
            if candidate not in leading_on:
                return Path((*members, candidate), Top.CYCLIC)
        return Path(members, Top.PARTIAL)


def _leading_on(members: tuple[Candidate, ...], candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates that do not lead in a circle.

    An authority that is on the path already, under whatever certificate, does: the path that skips the
    circle has no fault that this one has not (RFC 4158 section 5.2). None can skip the start, so only its
    own certificate closes a circle with it, not another one of its name and key.
    """
    start, *above = (member.certificate for member in members)
    on_path = {_authority(certificate) for certificate in above}
    return [c for c in candidates if c.certificate != start and _authority(c.certificate) not in on_path]


def _own_issuer(certificate: Certificate) -> bool:
    """Whether it names itself as its issuer, by name and by key.

    Wine's CRYPT_IsCertificateSelfSigned: an authority key identifier that is not its own names another
    key of the same authority, as in a key rollover.
    """
    return certificate.self_issued and match_of(certificate, certificate) is not Match.CONTRADICTED


def _authority(certificate: Certificate) -> tuple[bytes, bytes]:
    """Name and key: what makes two certificates those of one authority."""
    structure = certificate.structure
    return certificate.subject.der, structure.public_key_info if structure is not None else b""


def _rank(candidate: Candidate, distance: int | None) -> tuple[bool, Match, int]:
    return distance is None, candidate.match, distance or 0


_TRUSTED = (Top.ANCHOR, Top.LISTED)
_SIGNATURE = Flags.NotSignatureValid | Flags.HasWeakSignature


def _quality(path: Path, status: PathStatus) -> tuple[int, ...]:
    combined = status.combined
    return (
        int(not combined & _SIGNATURE),
        int(path.top in (*_TRUSTED, Top.SELF_SIGNED)),
        int(path.top in _TRUSTED),
        int(not combined & Flags.ExplicitDistrust),
        -combined.bit_count(),
        -sum(flags.bit_count() for flags in status.flags),
    )
