"""Revocation, for the caller that was configured to check it: by default .NET Framework does not.

Source: [validation 1.2.3] and [validation 2.1.1]: RevocationMode Online with RevocationFlag ExcludeRoot. What
CRLs and OCSP responders said is among the facts; nothing is fetched here. The flags of each element are
those that Windows was observed to give (dotnet/runtime, DynamicRevocationTests): a lone root is not checked;
below a revoked authority the status is unknown, whatever the answers say; below one whose status is unknown
each certificate is still judged by its own answers. Both flags of an unknown status come together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from probe.dotnet import X509ChainStatusFlags
from probe.facts.certificate import Certificate
from probe.facts.observation import Retrieval, RetrievalKind, RetrievalOutcome
from probe.judgement.chain.path_status import PathStatus
from probe.judgement.chain.revocation.revocation_status import Moment, RevocationStanding, Statement
from probe.judgement.issuer_limits import asked_by_windows

STATUS_NOT_KNOWN = "its revocation status is not known: "
UNKNOWN = X509ChainStatusFlags.RevocationStatusUnknown | X509ChainStatusFlags.OfflineRevocation


class RevocationAnswers:
    """What was fetched about revocation, and when. Remembers what it was asked, for it is asked often."""

    def __init__(self, retrievals: Iterable[Retrieval] = (), at: datetime | None = None) -> None:
        """`at`: when they were fetched; None: the moment judged."""
        self._lists: dict[str, list[Retrieval]] = {}
        self._responses: dict[str, list[Retrieval]] = {}
        self._at = at
        self._known: dict[tuple[Certificate, Certificate | None, datetime], Statement] = {}
        for retrieval in retrievals:
            if retrieval.kind is RetrievalKind.CRL:
                self._lists.setdefault(retrieval.url, []).append(retrieval)
            elif retrieval.kind is RetrievalKind.OCSP:
                self._responses.setdefault(retrieval.for_sha256, []).append(retrieval)

    def __bool__(self) -> bool:
        return bool(self._lists or self._responses)

    def about(self, certificate: Certificate, issuer: Certificate | None, at: datetime) -> Statement:
        """The standing of a certificate of this issuer (None: not at hand) by everything that was fetched.

        One authentic answer that revokes is enough, then one that does not; OCSP is asked before CRLs.
        """
        key = (certificate, issuer, at)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._about(certificate, issuer, at)
        return known

    def _about(self, certificate: Certificate, issuer: Certificate | None, at: datetime) -> Statement:
        fetched = self._fetched_for(certificate)
        if issuer is None or issuer.structure is None:
            return Statement(
                RevocationStanding.UNKNOWN, "its issuer is not at hand, so no answer can be verified"
            )
        moment = Moment(at, self._at or at)
        statements = [_statement_of(retrieval, certificate, issuer, moment) for retrieval in fetched]
        for wanted in (RevocationStanding.REVOKED, RevocationStanding.GOOD, RevocationStanding.INDETERMINATE):
            found = next((statement for statement in statements if statement.standing is wanted), None)
            if found is not None:
                return found
        unasked = _unasked(certificate, fetched)
        if unasked is not None:
            return Statement(RevocationStanding.INDETERMINATE, f"{unasked} was not asked")
        if statements:
            return Statement(RevocationStanding.UNKNOWN, "; ".join(dict.fromkeys(s.why for s in statements)))
        return Statement(RevocationStanding.UNKNOWN, "it names neither a CRL nor an OCSP responder")

    def _fetched_for(self, certificate: Certificate) -> list[Retrieval]:
        from probe.facts.revocation import crl  # a caller that checks nothing does without

        lists = (r for url in crl.crl_urls(certificate) for r in self._lists.get(url, ()))
        return [*self._responses.get(certificate.sha256, ()), *lists]


def _statement_of(
    retrieval: Retrieval, certificate: Certificate, issuer: Certificate, moment: Moment
) -> Statement:
    where = f"{retrieval.kind.value.upper()} {retrieval.url}"
    if retrieval.outcome == RetrievalOutcome.NOT_ASKED and not asked_by_windows(
        retrieval.kind, retrieval.url
    ):
        return Statement(RevocationStanding.UNKNOWN, f"{where} is of a kind that Windows does not fetch from")
    if retrieval.outcome in (RetrievalOutcome.REFUSED, RetrievalOutcome.NOT_ASKED):
        # By a limit or rule of the prober, which the caller does not have.
        return Statement(RevocationStanding.INDETERMINATE, f"{where} was not fetched: {retrieval.detail}")
    if retrieval.outcome != RetrievalOutcome.FETCHED:
        return Statement(RevocationStanding.UNKNOWN, f"{where} could not be fetched: {retrieval.detail}")
    from probe.judgement.chain.revocation.ocsp_response import standing_by_ocsp
    from probe.judgement.chain.revocation.revocation_list import standing_by_crl

    read = standing_by_crl if retrieval.kind is RetrievalKind.CRL else standing_by_ocsp
    statement = read(retrieval.content, certificate, issuer, moment)
    return Statement(statement.standing, f"{statement.why} ({where})")


def _unasked(certificate: Certificate, fetched: Sequence[Retrieval]) -> str | None:
    """Something that the certificate names for asking, of whatever scheme, and that nobody asked."""
    from probe.facts.revocation import crl, ocsp

    asked = {(retrieval.kind, retrieval.url) for retrieval in fetched}
    for kind, urls in (
        (RetrievalKind.OCSP, ocsp.ocsp_urls(certificate)),
        (RetrievalKind.CRL, crl.crl_urls(certificate)),
    ):
        for url in urls:
            if (kind, url) not in asked:
                return f"{kind.value.upper()} {url}"
    return None


def _names_somewhere_to_ask(certificate: Certificate) -> bool:
    from probe.facts.revocation import crl, ocsp

    return bool(ocsp.ocsp_urls(certificate) or crl.crl_urls(certificate))


def checked_elements(path: Sequence[Certificate]) -> range:
    """Indexes of the elements whose revocation is checked: all but the root, if there is one."""
    return range(len(path) - path[-1].self_issued)


def check_revocation(
    path: Sequence[Certificate],
    answers: RevocationAnswers,
    at: datetime,
    status: PathStatus,
    *,
    listed: bool = False,
) -> None:
    """Note what is revoked, and what cannot be known to be or not; also whether that is sure.

    `listed`: the path ends below a root that Windows would download, and then verify answers with.
    """
    above: Statement | None = None
    for index in reversed(checked_elements(path)):
        if above is not None and above.standing is RevocationStanding.REVOKED:
            status.add(index, UNKNOWN, f"{STATUS_NOT_KNOWN}its issuer is revoked")
            continue
        issuer = path[index + 1] if index + 1 < len(path) else None
        above = answers.about(path[index], issuer, at)
        if issuer is None and listed and _names_somewhere_to_ask(path[index]):
            why = (
                "its issuer, a root that Windows downloads, is not at hand, so no answer can be verified here"
            )
            above = Statement(RevocationStanding.INDETERMINATE, why)
        if above.standing is RevocationStanding.REVOKED:
            status.add(index, X509ChainStatusFlags.Revoked, f"it is revoked: {above.why}")
        elif above.standing is not RevocationStanding.GOOD:
            status.add(index, UNKNOWN, f"{STATUS_NOT_KNOWN}{above.why}")
            status.revocation_indeterminate = _why_indeterminate(above, status.revocation_indeterminate)


def _why_indeterminate(statement: Statement, before: str | None) -> str | None:
    """Why the unknown status cannot be relied on; "" once one element's is sure, whatever the others' is."""
    if statement.standing is RevocationStanding.UNKNOWN or before == "":
        return ""
    return before or statement.why


def revoked_in(
    path: Sequence[Certificate], answers: RevocationAnswers, at: datetime
) -> tuple[tuple[Certificate, str], ...]:
    """The certificates of a path that are revoked by these answers, each with the reason."""
    found = []
    for index in checked_elements(path):
        if index + 1 < len(path):
            statement = answers.about(path[index], path[index + 1], at)
            if statement.standing is RevocationStanding.REVOKED:
                found.append((path[index], statement.why))
    return tuple(found)
