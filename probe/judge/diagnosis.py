"""What is wrong with a certificate, as findings: one for each cause, with the evidence and proved remedies.

The three causes that look alike in every log come out apart: the intermediate was not sent but can be
downloaded (a warning: it works only while the caller reaches that address), not sent and not to be had, and
sent but ending in a root that is not trusted. Findings about the wire and HTTP are made in delivery.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probe.dotnet import flag_names
from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts.certificate import Certificate
from probe.facts.observation import Retrieval, RetrievalKind
from probe.judge import evidence, prospects, remedy
from probe.judge.conclusions import (
    ChainElement,
    Finding,
    Flip,
    Outcome,
    Remedy,
    Severity,
)
from probe.judge.scenario import Answer, Scenario
from probe.judge.thresholds import Thresholds

# Faults told straight from their flag: code, flags, what the certificate does wrong.
_FLAG_FINDINGS = (
    ("chain-explicit-distrust", Flags.ExplicitDistrust, "is in the Untrusted Certificates store"),
    ("certificate-signature", Flags.NotSignatureValid, "carries a signature that does not verify"),
    ("certificate-weak", Flags.HasWeakSignature, "uses a key or signature weaker than Windows accepts"),
    ("certificate-wrong-usage", Flags.NotValidForUsage, "is not valid for server authentication"),
    ("chain-basic-constraints", Flags.InvalidBasicConstraints, "is used against its basic constraints"),
    (
        "chain-name-constraints",
        Flags.InvalidNameConstraints
        | Flags.HasNotSupportedNameConstraint
        | Flags.HasNotDefinedNameConstraint
        | Flags.HasNotPermittedNameConstraint
        | Flags.HasExcludedNameConstraint,
        "breaks the name constraints of its CA",
    ),
    (
        "chain-policy",
        Flags.InvalidPolicyConstraints | Flags.NoIssuanceChainPolicy,
        "breaks the certificate policies of its CA",
    ),
    (
        "certificate-extension",
        Flags.HasNotSupportedCriticalExtension | Flags.InvalidExtension,
        "has an extension that Windows cannot process",
    ),
    ("chain-cyclic", Flags.Cyclic, "closes a circle of issuers"),
    ("certificate-revoked", Flags.Revoked, "is revoked"),
    (
        "revocation-unknown",
        Flags.RevocationStatusUnknown | Flags.OfflineRevocation,
        "could not be checked for revocation",
    ),
    ("chain-time-nesting", Flags.NotTimeNested, "does not nest in the validity of its CA"),
)


def certificate_findings(
    scenario: Scenario,
    answer: Answer,
    *,
    retrieved: tuple[Certificate, ...],
    retrievals: Sequence[Retrieval],
    flip: Flip | None,
    thresholds: Thresholds,
) -> tuple[Finding, ...]:
    """Every finding about the certificate, failures first. `retrieved` is all that was downloaded."""
    proved = remedy.prove(scenario, answer, retrieved)

    def remedies(code: str) -> tuple[Remedy, ...]:
        return tuple(dict.fromkeys(entry.remedy for entry in proved if entry.code == code))

    findings = [
        *_trust_findings(scenario, answer, retrievals, remedies("chain-untrusted-root")),
        *_partial_findings(scenario, answer, retrievals, proved),
        *_time_findings(scenario, answer, proved),
        *_flag_findings(answer, proved),
        *_name_findings(answer, remedies("name-mismatch")),
        *_indeterminate_findings(answer),
    ]
    if not findings:
        findings = [
            *prospects.dependence_findings(scenario, answer),
            *prospects.expiry_findings(scenario, answer, flip, thresholds),
            *prospects.digest_findings(answer),
        ]
    return tuple(findings)


def _of(proved: Sequence[remedy.ProvedRemedy], *codes: str) -> tuple[Remedy, ...]:
    return tuple(dict.fromkeys(entry.remedy for entry in proved if entry.code in codes))


def _trust_findings(
    scenario: Scenario, answer: Answer, retrievals: Sequence[Retrieval], remedies: tuple[Remedy, ...]
) -> Iterator[Finding]:
    if not answer.chain.status & Flags.UntrustedRoot:
        return
    root = answer.chain.elements[-1]
    leaf_only = len(answer.chain.elements) == 1
    what = f"The chain ends in {evidence.subject(root)}"
    if leaf_only:
        what = "The partner's certificate is self-signed"
    yield Finding(
        code="chain-untrusted-root",
        severity=Severity.FAILURE,
        summary=f"{what}, and the caller's trust store ({scenario.trust.name}) does not hold it as a root.",
        evidence=(*evidence.describe(root), *evidence.attempts(retrievals)),
        remedies=remedies,
    )


def _partial_findings(
    scenario: Scenario,
    answer: Answer,
    retrievals: Sequence[Retrieval],
    proved: Sequence[remedy.ProvedRemedy],
) -> Iterator[Finding]:
    if not answer.chain.status & Flags.PartialChain:
        return
    last = answer.chain.elements[-1]
    listed = answer.chain.listed_root
    if listed is not None:
        yield Finding(
            code="chain-listed-root",
            severity=Severity.UNKNOWN,
            summary=f"The chain ends under a root (thumbprint {listed}) that Microsoft's list names: a "
            "caller with automatic root update downloads it, but its certificate is not here to prove that.",
            evidence=evidence.describe(last),
            remedies=(),
        )
        return
    yield Finding(
        code="chain-incomplete",
        severity=Severity.FAILURE,
        summary=_missing_summary(scenario, answer, last, retrievals),
        evidence=(*evidence.missing_issuer(last.certificate), *evidence.attempts(retrievals)),
        remedies=_of(proved, "chain-incomplete", "chain-untrusted-root"),
    )


def _missing_summary(
    scenario: Scenario, answer: Answer, last: ChainElement, retrievals: Sequence[Retrieval]
) -> str:
    issuer = last.certificate.issuer
    tried = [r for r in retrievals if r.kind is RetrievalKind.ISSUER]
    if any(r.outcome == "fetched" for r in tried) and not scenario.caller.aia:
        how = "it can be downloaded, but this caller has no way out to the issuer's address"
    elif tried and not any(r.outcome == "fetched" for r in tried):
        how = "the download addresses in the certificate do not deliver it"
    elif not tried:
        how = "the certificate names no address from which Windows could download it"
    else:
        how = "what could be downloaded does not lead to a trusted root"
    if len(answer.chain.elements) == 1:
        sent = "The partner does not send the intermediate certificate that issued its own"
    else:
        sent = "The chain stops below an issuer that is neither sent nor in the caller's trust store"
    return f"{sent} ({issuer}), and {how}."


def _time_findings(
    scenario: Scenario, answer: Answer, proved: Sequence[remedy.ProvedRemedy]
) -> Iterator[Finding]:
    if not answer.chain.status & Flags.NotTimeValid:
        return
    early: list[str] = []
    late: list[str] = []
    for element in answer.chain.elements:
        structure = element.certificate.structure
        if structure is None:
            continue
        if structure.not_before > scenario.at:
            early.append(
                f"{evidence.subject(element)} is valid from {structure.not_before:%Y-%m-%d %H:%M} UTC"
            )
        elif structure.not_after < scenario.at:
            late.append(f"{evidence.subject(element)} expired on {structure.not_after:%Y-%m-%d %H:%M} UTC")
    moment = f"judged as of {scenario.at:%Y-%m-%d %H:%M} UTC"
    if early:
        yield Finding(
            "certificate-not-yet-valid",
            Severity.FAILURE,
            f"A certificate is not valid yet: {'; '.join(early)}.",
            (*early, moment),
            _of(proved, "certificate-not-yet-valid"),
        )
    if late or not early:
        yield Finding(
            "certificate-expired",
            Severity.FAILURE,
            f"A certificate has expired: {'; '.join(late)}." if late else "A certificate is out of date.",
            (*late, moment),
            _of(proved, "certificate-expired"),
        )


def _flag_findings(answer: Answer, proved: Sequence[remedy.ProvedRemedy]) -> Iterator[Finding]:
    for code, flags, what in _FLAG_FINDINGS:
        affected = [element for element in answer.chain.elements if element.status & flags]
        if not affected:
            continue
        names = ", ".join(flag_names(_combined(affected) & flags))
        yield Finding(
            code=code,
            severity=Severity.FAILURE,
            summary=f"{evidence.subject(affected[0])} {what} ({names}).",
            evidence=tuple(dict.fromkeys(reason for e in affected for reason in e.reasons)),
            remedies=_of(proved, *_remedy_codes(code)),
        )


def _remedy_codes(code: str) -> tuple[str, ...]:
    return ("certificate-signature",) if code == "certificate-weak" else (code,)


def _combined(elements: Sequence[ChainElement]) -> Flags:
    flags = Flags.NoError
    for element in elements:
        flags |= element.status
    return flags


def _name_findings(answer: Answer, remedies: tuple[Remedy, ...]) -> Iterator[Finding]:
    name = answer.name
    if name is None or name.matched or name.masked is not None:
        return
    covers = ", ".join(name.presented) if name.presented else "no name at all"
    yield Finding(
        code="name-mismatch",
        severity=Severity.FAILURE,
        summary=f"The certificate does not cover {name.requested}; it covers {covers}.",
        evidence=(
            f"requested host: {name.requested}",
            *(f"presented name: {presented}" for presented in name.presented),
        ),
        remedies=remedies,
    )


def _indeterminate_findings(answer: Answer) -> Iterator[Finding]:
    if answer.chain.indeterminate is not None:
        yield Finding(
            "chain-indeterminate",
            Severity.UNKNOWN,
            f"The chain cannot be judged to the end: {answer.chain.indeterminate}.",
        )
    if answer.chain.build_throws is not None:
        yield Finding(
            "chain-build-throws",
            Severity.FAILURE,
            f"Windows cannot build a chain for this certificate at all: {answer.chain.build_throws}.",
        )


def outcome_of(answer: Answer, findings: Sequence[Finding]) -> Outcome:
    """What a certificate verdict and its findings amount to.

    A search that was not finished may have missed a good path, so its refusal cannot be told, unless the
    name is wrong, which no path repairs. A listed root that is not at hand leaves everything else sure.
    """
    sure = {f.code for f in findings if f.severity is Severity.FAILURE}
    if answer.chain.indeterminate is not None:
        return Outcome.FAILURE if "name-mismatch" in sure else Outcome.UNKNOWN
    if sure:
        return Outcome.FAILURE
    severities = {finding.severity for finding in findings}
    if Severity.UNKNOWN in severities:
        return Outcome.UNKNOWN
    if answer.errors:
        return Outcome.FAILURE
    return Outcome.WARNING if Severity.WARNING in severities else Outcome.SUCCESS


def doubt(answer: Answer, findings: Sequence[Finding]) -> str | None:
    """Why the certificate verdict cannot be told, in the words of the finding; None when it can."""
    if outcome_of(answer, findings) is not Outcome.UNKNOWN:
        return None
    return next((f.summary for f in findings if f.severity is Severity.UNKNOWN), "the chain is in doubt")
