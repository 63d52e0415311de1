"""What is to be said of a certificate: why it is refused, or what could end its being accepted.

Joins the causes of a refusal with their remedies (causes.py) and the prospects of an acceptance
(prospects.py), and folds them into an outcome. Findings about the wire and HTTP are made in delivery.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.dotnet import flag_names
from probe.facts.certificate import Certificate
from probe.facts.observation import Retrieval
from probe.judgement.findings import prospects
from probe.judgement.findings.certificate_refusals import RefusedCertificate, causes
from probe.judgement.model import Finding, Flip, Outcome, Severity
from probe.judgement.remedies import proof
from probe.judgement.scenario import EngineAnswer, Scenario
from probe.judgement.thresholds import Thresholds


def certificate_findings(
    scenario: Scenario,
    answer: EngineAnswer,
    *,
    retrieved: tuple[Certificate, ...],
    retrievals: Sequence[Retrieval],
    flip: Flip | None,
    thresholds: Thresholds,
) -> tuple[Finding, ...]:
    """Every finding about the certificate, failures first. `retrieved` is all that was downloaded."""
    offered = proof.offer(scenario, answer, retrieved)
    found = causes(RefusedCertificate(scenario, answer, retrievals, offered))
    if found:
        found = (*found, *prospects.revocation_findings(scenario, answer))
        return tuple(sorted(found, key=lambda finding: _ORDER[finding.severity]))
    return (
        *prospects.revocation_findings(scenario, answer),
        *prospects.dependence_findings(scenario, answer),
        *prospects.expiry_findings(scenario, answer, flip, thresholds),
        *prospects.digest_findings(scenario, answer),
    )


_ORDER = {Severity.FAILURE: 0, Severity.UNKNOWN: 1, Severity.WARNING: 2, Severity.INFO: 3}


def accepted_anyway(answer: EngineAnswer) -> Finding:
    """The finding in place of all others where the registry makes the caller accept any certificate."""
    wrong = [*flag_names(answer.errors), *flag_names(answer.chain.status)]
    return Finding(
        code="certificate-accepted-anyway",
        severity=Severity.WARNING,
        summary="The certificate is not sound, but AllowExternalUntrustedCerts makes this caller accept any: "
        "anyone on the way to the partner could answer in its place.",
        evidence=(f".NET's verdict: {', '.join(wrong) or 'cannot be told'}",),
    )


# Faults of the end-entity itself, which it has on every path.
_ON_EVERY_PATH = (
    Flags.NotTimeValid
    | Flags.ExplicitDistrust
    | Flags.InvalidExtension
    | Flags.HasNotSupportedCriticalExtension
    | Flags.NotValidForUsage
    | Flags.HasWeakSignature
)


def outcome_of(answer: EngineAnswer, findings: Sequence[Finding]) -> Outcome:
    """What a certificate verdict and its findings amount to.

    Where the chain is indeterminate (a search that was not finished, a doubt) its refusal cannot be told,
    unless the name is wrong or the end-entity itself is out of date and the like, which no path repairs: a
    wrong name that this path's faults hide would come to light on a good one. A listed root that is not at
    hand leaves everything else sure, and so does a name of which nothing can be told.
    """
    sure = {f.code for f in findings if f.severity is Severity.FAILURE}
    if answer.chain.indeterminate is not None:
        name = answer.name
        misnamed = name is not None and not name.matched and name.indeterminate is None
        refused = misnamed or answer.chain.elements[0].own_status & _ON_EVERY_PATH
        return Outcome.FAILURE if refused else Outcome.UNKNOWN
    if sure:
        return Outcome.FAILURE
    severities = {finding.severity for finding in findings}
    if Severity.UNKNOWN in severities:
        return Outcome.UNKNOWN
    if answer.errors:
        return Outcome.FAILURE
    return Outcome.WARNING if Severity.WARNING in severities else Outcome.SUCCESS


def doubt(answer: EngineAnswer, findings: Sequence[Finding]) -> str | None:
    """Why the certificate verdict cannot be told, in the words of the finding; None when it can."""
    if outcome_of(answer, findings) is not Outcome.UNKNOWN:
        return None
    return next((f.summary for f in findings if f.severity is Severity.UNKNOWN), "the chain is in doubt")
