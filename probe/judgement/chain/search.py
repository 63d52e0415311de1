"""Finding the path that CryptoAPI would report.

How the search goes:

1. The first walk goes depth first through the candidate issuers, best first, and leaves out what cannot be
   part of a good path: a candidate that did not sign, that has a fault on every path, or from which no name
   leads to an anchor.
2. Each path that ends in an anchor is assessed. One without a fault and without a doubt ends the search,
   because CryptoAPI finds a good path whenever there is one [validation 5.3], all 81 path-building cases of
   BetterTLS. Which of several good paths it takes is known only in part, so those that tie with this one in
   everything but the ages of their certificates are kept beside it: what they would warn of is warned of.
3. If there is none, the first path with nothing but doubts is the answer, and the chain is indeterminate:
   Windows may accept it. What is wrong with another path would be too sure an answer.
4. If there is none of these either, every path has a fault, whatever a doubtful signature is worth: the
   refusal is certain. The second walk goes through the candidates once more, those that did not sign only
   where nobody did, and keeps the best faulty path. CryptoAPI weighs valid signatures, completeness and a
   trusted root first (SDK, CERT_CHAIN_DISABLE_PASS1_QUALITY_FILTERING; [validation 4.2.2]); fewest faults
   decide among equals [validation 6.4], then the order of the candidates, which no sender chooses.

Each walk has an allowance of its own (work.py). A limit that the first walk reaches may have hidden a good
path: it is said in `search_stopped`, and never taken for an answer. One that only the second walk reaches
hides nothing but other faults, because the first has by then seen every path that could be good: it is said
in `comparison_stopped`.
"""

from __future__ import annotations

from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts.certificate import Certificate
from probe.judgement.chain.anchor_reach import AnchorReach
from probe.judgement.chain.doubts import doubt
from probe.judgement.chain.element_status import assess
from probe.judgement.chain.issuers import Candidate, IssuerMatch, Pool
from probe.judgement.chain.path import Path, Top
from probe.judgement.chain.path_status import PathStatus
from probe.judgement.chain.path_walks import SearchContext, WalkAmongEquals, WalkThroughFaults, WalkToAnchors
from probe.judgement.chain.terms import Terms
from probe.judgement.chain.work import (
    MAXIMUM_EQUALS,
    MAXIMUM_FAULTY_PATHS,
    MAXIMUM_SIGNATURES,
    MAXIMUM_SIGNATURES_OF_FAULTY_PATHS,
    Allowance,
    LimitError,
)
from probe.judgement.model import Source


class Found(Struct, frozen=True):
    """The best path and its status.

    `search_stopped`: which limit may have hidden a good path, `comparison_stopped`: which one may have
    hidden a path with fewer faults, `doubt`: why a path without faults need not be good; None each.
    `seen`: every candidate that was met, in the order of the walks. `equals`: members of good paths that
    Windows may take instead of this one.
    """

    path: Path
    status: PathStatus
    seen: dict[Certificate, Candidate]
    search_stopped: str | None = None
    comparison_stopped: str | None = None
    doubt: str | None = None
    equals: tuple[Candidate, ...] = ()


def find(end_entity: Certificate, pool: Pool, terms: Terms) -> Found:
    """The path that CryptoAPI would report for this end-entity, or the best found within the limits."""
    start = Candidate(end_entity, Source.PRESENTED, IssuerMatch.NAME)
    try:
        reach = AnchorReach(end_entity, pool, terms)
    except LimitError as limit:
        path = Path((start,), Top.PARTIAL)
        return Found(path, assess(path, terms), {}, search_stopped=str(limit))
    context = SearchContext(pool, reach, terms)
    acceptable = _find_acceptable(start, context)
    if acceptable.found is not None:
        return acceptable.found
    return _find_best_of_the_faulty(start, context, acceptable.stopped)


class _Acceptable(Struct, frozen=True):
    """What the first walk found: a good path, or the first doubtful one, or the limit that stopped it."""

    found: Found | None = None
    stopped: str | None = None


def _find_acceptable(start: Candidate, context: SearchContext) -> _Acceptable:
    allowance = Allowance(context.terms.work, MAXIMUM_SIGNATURES)
    doubtful: Found | None = None
    try:
        for path in WalkToAnchors(context, allowance).paths((start,)):
            status = context.assess(path, allowance)
            if status.combined:
                continue
            found = Found(path, status, context.seen, doubt=doubt(path, status, context.terms))
            if found.doubt is None:
                return _Acceptable(replace(found, equals=_find_equals(path, context)))
            doubtful = doubtful or found
    except LimitError as limit:
        return _Acceptable(doubtful, str(limit))
    return _Acceptable(doubtful)


def _find_equals(path: Path, context: SearchContext) -> tuple[Candidate, ...]:
    """Members of paths that are as good as this one by everything that is known of CryptoAPI's choice."""
    if all(len(context.issuers(certificate)) == 1 for certificate in path.certificates[:-1]):
        return ()  # as usual: there is no other path
    allowance = Allowance(context.terms.work, MAXIMUM_SIGNATURES_OF_FAULTY_PATHS)
    walk = WalkAmongEquals(context, allowance, path)
    found: dict[Candidate, None] = {}
    try:
        for equal in islice(walk.paths(path.members[:1]), MAXIMUM_EQUALS):
            status = context.assess(equal, allowance)
            alike = equal.top is path.top and len(equal.members) == len(path.members)
            if alike and not status.combined and doubt(equal, status, context.terms) is None:
                found.update(dict.fromkeys(equal.members))
    except LimitError:
        pass  # what was found by then is worth a warning; the path itself is good
    return tuple(member for member in found if member not in path.members)


def _find_best_of_the_faulty(start: Candidate, context: SearchContext, search_stopped: str | None) -> Found:
    allowance = Allowance(context.terms.work, MAXIMUM_SIGNATURES_OF_FAULTY_PATHS)
    best: tuple[tuple[int, ...], Path, PathStatus] | None = None
    stopped = None
    try:
        for count, path in enumerate(WalkThroughFaults(context, allowance).paths((start,)), 1):
            status = context.assess(path, allowance)
            quality = _quality(path, status)
            if best is None or quality > best[0]:
                best = (quality, path, status)
            if count >= MAXIMUM_FAULTY_PATHS:
                raise LimitError(f"more than {MAXIMUM_FAULTY_PATHS} paths with faults")
    except LimitError as limit:
        stopped = str(limit)
    if best is None:
        path = Path((start,), Top.PARTIAL)
        best = ((), path, assess(path, context.terms))
    _, path, status = best
    found = Found(path, status, context.seen, search_stopped, stopped)
    if not status.combined:  # the first walk was stopped before it came here
        return replace(found, comparison_stopped=None, doubt=doubt(path, status, context.terms))
    if stopped is not None:
        why = f"another path may have fewer faults: the search for them was stopped, {stopped}"
        status.add(0, Flags.NoError, why)
    return found


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
