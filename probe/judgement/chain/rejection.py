"""Why a candidate issuer is in no chain reported, in one sentence with its own data."""

from __future__ import annotations

from probe.facts.certificate import Certificate
from probe.judgement.chain.certificate_reading import read
from probe.judgement.chain.constraints.basic_constraints import why_no_ca
from probe.judgement.chain.constraints.key_usage import allows, usage_name
from probe.judgement.chain.element_status import DISALLOWED, out_of_date
from probe.judgement.chain.issuers import Candidate, IssuerMatch
from probe.judgement.chain.path import Path
from probe.judgement.chain.signature import Verification
from probe.judgement.chain.terms import Terms
from probe.judgement.chain.work import LimitError


def why_rejected(candidate: Candidate, path: Path, terms: Terms) -> str:
    """The first fault of the candidate that explains why it lost against what the path has in its place."""
    certificate = candidate.certificate
    child = next((c for c in path.certificates if c.issuer == certificate.subject), None)
    if certificate.structure is None:
        return f"it cannot be decoded: {certificate.unreadable}"
    if child is not None and _verified(child, certificate, terms) is Verification.INVALID:
        return f"its key did not sign {child.subject.in_words}"
    return (
        out_of_date(certificate, terms.at)
        or why_no_ca(certificate, installed=terms.trust.installs(certificate), top=certificate.self_issued)
        or _distrust(candidate, terms)
        or _usage(candidate, terms)
        or _match(candidate)
        or "the path through it is worse, or longer, than the one reported"
    )


def _verified(child: Certificate, issuer: Certificate, terms: Terms) -> Verification | None:
    try:
        return terms.work.verify(child, issuer)
    except LimitError:
        return None


def _distrust(candidate: Candidate, terms: Terms) -> str | None:
    if terms.trust.disallows(candidate.certificate):
        return DISALLOWED
    if candidate.certificate.self_issued and candidate.certificate not in terms.trust.root_set:
        return "it is a root that the caller does not trust"
    return None


def _usage(candidate: Candidate, terms: Terms) -> str | None:
    usages = read(candidate.certificate).usages
    missing = next((usage for usage in terms.usages if not allows(usages, usage)), None)
    return None if missing is None else f"it is not for {usage_name(missing)}"


def _match(candidate: Candidate) -> str | None:
    if candidate.match is IssuerMatch.CONTRADICTED:
        return "its key identifier is not the one asked for"
    if candidate.set_aside_for is not None:
        return "the authority key identifier names another certificate that is at hand"
    if candidate.match is IssuerMatch.KEY_OF_ANOTHER_NAME:
        return "its name is not, byte for byte, the issuer name of the certificate below it"
    return None
