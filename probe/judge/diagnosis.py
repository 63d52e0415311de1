"""What is wrong with a certificate, as findings: one for each cause, with the evidence and proved remedies.

The three causes that look alike in every log come out apart: the intermediate was not sent but can be
downloaded (a warning: it works only while the caller reaches that address), not sent and not to be had, and
sent but ending in a root that is not trusted. Findings about the wire and HTTP are made in delivery.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probe.dotnet import SslPolicyErrors, flag_names
from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.observation import Retrieval, RetrievalKind
from probe.judge import remedy
from probe.judge.conclusions import (
    ChainElement,
    Finding,
    Flip,
    Outcome,
    Remedy,
    Severity,
    Source,
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
            *_dependence_findings(scenario, answer, retrieved),
            *_expiry_findings(answer, scenario, flip, thresholds),
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
    what = "The partner's certificate is self-signed" if leaf_only else f"The chain ends in {_subject(root)}"
    yield Finding(
        code="chain-untrusted-root",
        severity=Severity.FAILURE,
        summary=f"{what}, and the caller's trust store ({scenario.trust.name}) does not hold it as a root.",
        evidence=(*_describe(root), *_attempts(retrievals)),
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
            summary=f"The chain ends under a root (thumbprint {listed}) that Microsoft's list names: a caller "
            "with automatic root update downloads it, but its certificate is not at hand here to prove that.",
            evidence=_describe(last),
            remedies=(),
        )
        return
    yield Finding(
        code="chain-incomplete",
        severity=Severity.FAILURE,
        summary=_missing_summary(scenario, answer, last, retrievals),
        evidence=(*_missing_issuer(last.certificate), *_attempts(retrievals)),
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


def _missing_issuer(certificate: Certificate) -> Iterator[str]:
    yield f"missing issuer: {certificate.issuer}"
    identifier = _key_identifier(certificate)
    if identifier:
        yield f"key identifier of the missing issuer: {identifier}"
    for url in _issuer_urls(certificate):
        yield f"its issuer publishes it at {url}"


def _key_identifier(certificate: Certificate) -> str | None:
    extension = certificate.extension(extensions.AUTHORITY_KEY_IDENTIFIER)
    if extension is None:
        return None
    try:
        identifier = extensions.authority_key_identifier(extension.value).key_identifier
    except ValueError:
        return None
    return identifier.hex().upper() if identifier else None


def _issuer_urls(certificate: Certificate) -> tuple[str, ...]:
    extension = certificate.extension(extensions.AUTHORITY_INFORMATION_ACCESS)
    if extension is None:
        return ()
    try:
        return extensions.ca_issuer_urls(extension.value)
    except ValueError:
        return ()


def _attempts(retrievals: Sequence[Retrieval]) -> tuple[str, ...]:
    return tuple(
        f"issuer download {r.url}: {r.outcome}" + (f" ({r.detail})" if r.detail else "")
        for r in retrievals
        if r.kind is RetrievalKind.ISSUER
    )


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
            early.append(f"{_subject(element)} is valid from {structure.not_before:%Y-%m-%d %H:%M} UTC")
        elif structure.not_after < scenario.at:
            late.append(f"{_subject(element)} expired on {structure.not_after:%Y-%m-%d %H:%M} UTC")
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
        yield Finding(
            code=code,
            severity=Severity.FAILURE,
            summary=f"{_subject(affected[0])} {what} ({', '.join(flag_names(_combined(affected) & flags))}).",
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


def _dependence_findings(
    scenario: Scenario, answer: Answer, retrieved: tuple[Certificate, ...]
) -> Iterator[Finding]:
    downloaded = [e for e in answer.chain.elements if e.source is Source.RETRIEVED]
    if downloaded:
        certificates = tuple(e.certificate for e in downloaded)
        yield Finding(
            code="chain-needs-download",
            severity=Severity.WARNING,
            summary=f"The partner does not send {' and '.join(_subject(e) for e in downloaded)}; it works only "
            "while every Exchange server reaches the issuer's download address.",
            evidence=tuple(url for c in answer.chain.elements for url in _issuer_urls(c.certificate)),
            remedies=remedy.prove_completion(scenario, certificates),
        )
    if answer.chain.automatic_root:
        yield Finding(
            code="chain-automatic-root",
            severity=Severity.WARNING,
            summary=f"The root {_subject(answer.chain.elements[-1])} is not in the store yet: Windows downloads "
            "it by automatic root update, which needs a way out to Windows Update.",
            evidence=_describe(answer.chain.elements[-1]),
            remedies=remedy.prove_root_at_hand(scenario, answer.chain.elements[-1].certificate),
        )


def _expiry_findings(
    answer: Answer, scenario: Scenario, flip: Flip | None, thresholds: Thresholds
) -> Iterator[Finding]:
    for element in answer.chain.elements:
        structure = element.certificate.structure
        if structure is None:
            continue
        left = structure.not_after - scenario.at
        for severity, threshold in (
            (Severity.FAILURE, thresholds.critical),
            (Severity.WARNING, thresholds.warning),
        ):
            if threshold.reached(structure.not_before, structure.not_after, scenario.at):
                outlived = flip is not None and flip.at.timestamp() - 2 > structure.not_after.timestamp()
                yield Finding(
                    code="certificate-expires-soon",
                    severity=severity,
                    summary=f"{_subject(element)} expires on {structure.not_after:%Y-%m-%d %H:%M} UTC, in "
                    f"{left.days} days" + (", though another path stays valid then." if outlived else "."),
                    evidence=(f"threshold: {threshold} before expiry",),
                )
                break


def _describe(element: ChainElement) -> tuple[str, ...]:
    certificate = element.certificate
    identifier = certificate.extension(extensions.SUBJECT_KEY_IDENTIFIER)
    lines = [f"subject: {certificate.subject}", f"thumbprint: {certificate.thumbprint}"]
    if identifier is not None:
        lines.append(f"key identifier: {identifier.value[2:].hex().upper()}")
    lines.append(f"it came from: {element.source.value}")
    return tuple(lines)


def _subject(element: ChainElement) -> str:
    return (
        str(element.certificate.subject)
        or f"a certificate without subject ({element.certificate.thumbprint})"
    )


def outcome_of(errors: SslPolicyErrors, findings: Sequence[Finding]) -> Outcome:
    """What a certificate verdict and its findings amount to.

    A refusal that only an unproved listed root or an unfinished search causes cannot be told.
    """
    severities = {finding.severity for finding in findings}
    if Severity.FAILURE in severities:
        return Outcome.FAILURE
    if Severity.UNKNOWN in severities:
        return Outcome.UNKNOWN
    if errors:
        return Outcome.FAILURE
    return Outcome.WARNING if Severity.WARNING in severities else Outcome.SUCCESS
