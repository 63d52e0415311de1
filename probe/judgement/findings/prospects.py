"""What could end a verdict that holds now: downloads that the chain depends on, certificates near expiry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts import extensions
from probe.facts.observation import Retrieval
from probe.judgement.caller_profile import WINDOWS_8_1
from probe.judgement.chain import signature_algorithm
from probe.judgement.chain.revocation.path_revocation import revoked_in
from probe.judgement.model import Actor, Finding, Flip, Remedy, Severity, Source
from probe.judgement.remedies import evidence, proof
from probe.judgement.remedies.changes import renewal
from probe.judgement.scenario import EngineAnswer, Scenario
from probe.judgement.thresholds import Thresholds


def dependence_findings(scenario: Scenario, answer: EngineAnswer) -> Iterator[Finding]:
    """What the accepted chain depends on: an issuer download, an automatic root update."""
    downloaded = [e for e in answer.chain.elements if e.source is Source.RETRIEVED]
    if downloaded:
        certificates = tuple(e.certificate for e in downloaded)
        names = " and ".join(evidence.subject(e) for e in downloaded)
        yield Finding(
            code="chain-needs-download",
            severity=Severity.WARNING,
            summary=f"The partner does not send {names}; it works only while every Exchange server reaches "
            "the issuer's download address.",
            evidence=tuple(u for e in answer.chain.elements for u in extensions.issuer_urls(e.certificate)),
            remedies=proof.prove_completion(scenario, certificates),
        )
    if answer.chain.listed_root is not None:
        yield Finding(
            code="chain-listed-root",
            severity=Severity.INFO,
            summary=f"The root (thumbprint {answer.chain.listed_root}) is in Microsoft's list and not at "
            "hand here: Windows has it, or downloads it by automatic root update.",
            evidence=evidence.describe(answer.chain.elements[-1]),
        )
    if answer.chain.automatic_root:
        root = answer.chain.elements[-1]
        yield Finding(
            code="chain-automatic-root",
            severity=Severity.INFO,
            summary=f"The root {evidence.subject(root)} is not in the store yet: Windows downloads it by "
            "automatic root update, which needs a way out to Windows Update.",
            evidence=evidence.describe(root),
            remedies=proof.prove_root_at_hand(scenario, root.certificate),
        )


def doubtful_download(
    scenario: Scenario, answer: EngineAnswer, retrievals: Sequence[Retrieval], in_doubt: str
) -> Iterator[Finding]:
    """An issuer that was downloaded here, where the caller may not get it."""
    downloaded = [e for e in answer.chain.elements if e.source is Source.RETRIEVED]
    if answer.chain.status & Flags.PartialChain or not downloaded:
        return
    names = " and ".join(map(evidence.subject, downloaded))
    yield Finding(
        code="chain-needs-download",
        severity=Severity.UNKNOWN,
        summary=f"The partner does not send {names}, and {in_doubt}.",
        evidence=evidence.attempts(retrievals),
        remedies=proof.prove_completion(scenario, tuple(e.certificate for e in downloaded)),
    )


def expiry_findings(
    scenario: Scenario, answer: EngineAnswer, flip: Flip | None, thresholds: Thresholds
) -> Iterator[Finding]:
    """Certificates of the path in use that expire within a threshold (contract: -w and -c).

    One of a path just as good, which Windows may use instead, is worth a warning at most.
    """
    for element in (*answer.chain.elements, *answer.chain.equals):
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
                    severity=Severity.WARNING if element in answer.chain.equals else severity,
                    summary=f"{evidence.subject(element)} expires on {structure.not_after:%Y-%m-%d %H:%M} "
                    f"UTC, in {left.days} days{', though another path stays valid then' * outlived}.",
                    evidence=(f"threshold: {threshold} before expiry",),
                    remedies=(renewal(scenario, element, structure.not_after),),
                )
                break


def revocation_findings(scenario: Scenario, answer: EngineAnswer) -> Iterator[Finding]:
    """That a certificate is revoked, for a caller that does not look ([exchange 6.4])."""
    if scenario.caller.revocation or not scenario.answers:
        return
    path = tuple(element.certificate for element in answer.chain.elements)
    for certificate, why in revoked_in(path, scenario.answers, scenario.at):
        yield Finding(
            code="certificate-revoked-unchecked",
            severity=Severity.INFO,
            summary=f"{evidence.name(certificate)} is revoked, which this caller does not check.",
            evidence=(why,),
        )


_OLD_DIGESTS = frozenset({"md5", "sha1"})


def digest_findings(scenario: Scenario, answer: EngineAnswer) -> Iterator[Finding]:
    """Certificates signed with a hash that others no longer accept, or that an old Windows has by an update.

    .NET Framework does not opt in to CryptoAPI's weak signature check ([validation 4.6.4]), so the
    chain is accepted. The signature of the root itself is not what it is trusted for. SHA-512 in TLS 1.2 came
    to Server 2012 and older with KB2973337 ([failures 6.10.1]); a profile is a patched installation.
    """
    needs_update = scenario.caller.build < WINDOWS_8_1
    for element in (*answer.chain.elements, *answer.chain.equals):
        structure = element.certificate.structure
        if structure is None or element.certificate.self_issued:
            continue
        digest = signature_algorithm.digest_of(structure.signature_algorithm)
        if digest in _OLD_DIGESTS:
            yield Finding(
                code="certificate-old-hash",
                severity=Severity.WARNING,
                summary=f"{evidence.subject(element)} is signed with {digest.upper()}: the Availability "
                "service accepts it, browsers and newer systems do not.",
                remedies=(Remedy(Actor.PARTNER, "reissue the certificate with SHA-256 when it is renewed"),),
            )
        if digest == "sha512" and needs_update:
            yield Finding(
                code="certificate-sha512-needs-update",
                severity=Severity.INFO,
                summary=f"{evidence.subject(element)} is signed with SHA-512, which "
                f"{scenario.caller.display} takes in TLS 1.2 only with KB2973337: without that update the "
                "handshake fails.",
                remedies=(
                    Remedy(Actor.CALLER, "check that KB2973337 is installed", "Get-HotFix -Id KB2973337"),
                    Remedy(Actor.PARTNER, "or reissue the certificate with SHA-256"),
                ),
            )
