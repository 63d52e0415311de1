"""X509Chain.Build for the caller: from what was presented and what the caller has to a chain context.

Joins the search and the rules and says what else the reader must know: which candidates lost and why, that
the anchor comes by automatic root update, that the chain ends below a root that is only listed, or that the
answer cannot be relied on. It fetches nothing: retrieved certificates are handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from probe.facts.certificate import Certificate
from probe.facts.extensions import SERVER_AUTHENTICATION
from probe.facts.trust_store import TrustStore
from probe.judgement.caller_profile import Caller
from probe.judgement.chain import signature_algorithm
from probe.judgement.chain.issuers import Candidate, Pool
from probe.judgement.chain.path import Path, Top
from probe.judgement.chain.path_status import PathStatus
from probe.judgement.chain.rejection import why_rejected
from probe.judgement.chain.revocation.path_revocation import RevocationAnswers
from probe.judgement.chain.search import Found, find
from probe.judgement.chain.terms import Terms
from probe.judgement.chain.work import Work
from probe.judgement.model import ChainContext, ChainElement, RejectedCandidate

MAXIMUM_REJECTED = 50


def build(
    presented: Sequence[Certificate],
    *,
    trust: TrustStore,
    caller: Caller,
    at: datetime,
    retrieved: Sequence[Certificate] = (),
    usages: tuple[str, ...] = (SERVER_AUTHENTICATION,),
    answers: RevocationAnswers | None = None,
    work: Work | None = None,
) -> ChainContext:
    """The chain context that CryptoAPI would build for the first of `presented`, which must not be empty.

    `usages` is the ApplicationPolicy, () asks for none. `retrieved` counts only when the caller can download
    issuers, `answers` (of CRLs and OCSP) only when it checks revocation. `work`: that of the judgement this
    question belongs to; None: a fresh one. Source: [validation 2.1.1], [validation 4.2.4] and
    [validation 6.4]. Raises nothing for a broken certificate.
    """
    terms = Terms(
        trust=trust,
        caller=caller,
        at=at,
        usages=usages,
        answers=answers or RevocationAnswers(),
        work=work or Work(),
    )
    pool = Pool(presented, retrieved if caller.aia else (), trust, automatic=caller.root_auto_update)
    found = find(presented[0], pool, terms)
    path, status = found.path, found.status
    last = path.members[-1].certificate
    return ChainContext(
        elements=_elements(path, status),
        rejected=_rejected(found.seen, path, terms) + _misnamed(path, pool),
        automatic_root=path.top is Top.ANCHOR and trust.properties_of(last).automatic,
        listed_root=path.listed.thumbprint if path.listed is not None else None,
        indeterminate=_indeterminate(found),
        build_failure=_build_failure(path, terms),
        chain_status=status.chain,
        comparison_stopped=found.comparison_stopped,
        equals=tuple(ChainElement(member.certificate, member.source) for member in found.equals),
        revocation_indeterminate=status.revocation_indeterminate or None,
    )


def _elements(path: Path, status: PathStatus) -> tuple[ChainElement, ...]:
    return tuple(
        ChainElement(member.certificate, member.source, status.shown(index), reasons, status.inherited[index])
        for index, (member, reasons) in enumerate(zip(path.members, status.reasons, strict=True))
    )


def _rejected(seen: dict[Certificate, Candidate], path: Path, terms: Terms) -> tuple[RejectedCandidate, ...]:
    if len(seen) < len(path.members):
        return ()
    used = set(path.certificates)
    lost = [candidate for certificate, candidate in seen.items() if certificate not in used]
    return tuple(
        RejectedCandidate(candidate.certificate, candidate.source, why_rejected(candidate, path, terms))
        for candidate in lost[:MAXIMUM_REJECTED]
    )


def _misnamed(path: Path, pool: Pool) -> tuple[RejectedCandidate, ...]:
    """Where no issuer was found, those that only their name rules out: it is compared byte for byte."""
    last = path.members[-1].certificate
    if path.top is not Top.PARTIAL:
        return ()
    return tuple(
        RejectedCandidate(
            candidate.certificate,
            candidate.source,
            f"its name is not, byte for byte, the issuer name {last.issuer.in_words}",
        )
        for candidate in pool.of_another_name(last)[:MAXIMUM_REJECTED]
    )


def _indeterminate(found: Found) -> str | None:
    if found.search_stopped is not None and (found.status.combined or found.doubt is not None):
        return f"the search for a path was stopped: {found.search_stopped}"
    return None if found.status.combined else found.doubt


def _build_failure(path: Path, terms: Terms) -> str | None:
    """Windows throws for a signature algorithm without an object identifier [validation 5.7]."""
    for member in path.members:
        structure = member.certificate.structure
        if structure is None:
            continue
        if signature_algorithm.is_unknown(structure.signature_algorithm, terms.caller.build):
            name = signature_algorithm.algorithm_name(structure.signature_algorithm)
            return f"{member.certificate.subject.in_words} is signed with {name}, which Windows does not know"
    return None
