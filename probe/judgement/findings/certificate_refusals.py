"""What refuses a certificate, as findings: one for each cause, with its evidence and its remedies.

The causes that look alike in every log come out apart: an intermediate that was not sent and can be
downloaded but not by this caller, one that cannot be had, a chain that was sent but ends in a root that is
not trusted, and one that ends under a root of Microsoft's list. Every remedy belongs to a finding
made here: half of a pair that nobody reads is no remedy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.dotnet import flag_names
from probe.escaping import in_words
from probe.facts.dated_events import CROSS_SIGNED_BY
from probe.facts.observation import Retrieval, RetrievalKind, RetrievalOutcome
from probe.judgement.findings import prospects
from probe.judgement.issuer_limits import asked_by_windows
from probe.judgement.model import Actor, ChainElement, Finding, NameMatch, Remedy, Severity
from probe.judgement.remedies import evidence, reissues
from probe.judgement.remedies.changes import automatic_roots
from probe.judgement.remedies.proof import CodedRemedy
from probe.judgement.scenario import EngineAnswer, Scenario, download_in_doubt


class RefusedCertificate(Struct, frozen=True):
    """One refused certificate: the question, the engine's answer, downloads tried, remedies found."""

    scenario: Scenario
    answer: EngineAnswer
    retrievals: Sequence[Retrieval]
    offered: Sequence[CodedRemedy]

    def remedies(self, *codes: str) -> tuple[Remedy, ...]:
        """The remedies for these findings, each once."""
        return tuple(dict.fromkeys(entry.remedy for entry in self.offered if entry.code in codes))


def causes(case: RefusedCertificate) -> tuple[Finding, ...]:
    """Every cause for which this certificate is refused, or for which that cannot be told."""
    of_status = _of_status(case) if case.answer.chain.status else ()
    found = (*_unreadable(case), *of_status, *_name(case), *_undecided(case))
    return _with_orphans(case, found)


def _of_status(case: RefusedCertificate) -> tuple[Finding, ...]:
    return (
        *_untrusted(case),
        *_incomplete(case),
        *_listed_root(case),
        *_cross_signed(case),
        *_time(case),
        *_flags(case),
    )


def _with_orphans(case: RefusedCertificate, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Remedies for faults that come to light only after another change go to the finding of that change."""
    shown = {remedy for finding in found for remedy in finding.remedies}
    orphans = tuple(dict.fromkeys(e.remedy for e in case.offered if e.remedy not in shown))
    if not orphans or not found:
        return found
    # A certificate that cannot be decoded has flags, and a finding without remedies.
    first = next((index for index, finding in enumerate(found) if finding.remedies), 0)
    host = structs.replace(found[first], remedies=(*found[first].remedies, *orphans))
    return (*found[:first], host, *found[first + 1 :])


def _unreadable(case: RefusedCertificate) -> Iterator[Finding]:
    for element in case.answer.chain.elements:
        if element.certificate.structure is None:
            yield Finding(
                code="certificate-unreadable",
                severity=Severity.FAILURE,
                summary=f"The certificate {element.certificate.thumbprint} cannot be decoded.",
                evidence=element.reasons,
            )


def _untrusted(case: RefusedCertificate) -> Iterator[Finding]:
    chain = case.answer.chain
    if not chain.status & Flags.UntrustedRoot:
        return
    root = chain.elements[-1]
    store = case.scenario.trust.name
    what = f"The chain ends in {evidence.subject(root)}"
    if len(chain.elements) == 1:
        what = "The partner's certificate is self-signed"
    why = f"and the caller's trust store ({store}) does not hold it as a root"
    if automatic_roots(case.scenario, case.answer):
        why = _NOT_UPDATED
    elif root.certificate in case.scenario.trust.unlisted:
        why = f"which browsers trust and Microsoft's list of roots ({store}) does not have"
    yield Finding(
        code="chain-untrusted-root",
        severity=Severity.FAILURE,
        summary=f"{what}, {why}.",
        evidence=(*evidence.describe(root), *evidence.attempts(case.retrievals)),
        remedies=case.remedies("chain-untrusted-root", "chain-incomplete"),
    )


_NOT_UPDATED = "a root of Microsoft's list, and this caller does not update its roots automatically"


def _incomplete(case: RefusedCertificate) -> Iterator[Finding]:
    chain = case.answer.chain
    last = chain.elements[-1]
    if not chain.status & Flags.PartialChain or last.certificate.structure is None:
        return
    remedies = case.remedies("chain-incomplete", "chain-untrusted-root")
    automatic = automatic_roots(case.scenario, case.answer)
    if automatic:
        yield Finding(
            code="chain-untrusted-root",
            severity=Severity.FAILURE,
            summary=f"The chain ends under {automatic[0].subject.in_words}, {_NOT_UPDATED}.",
            evidence=evidence.describe(last),
            remedies=remedies,
        )
        return
    in_doubt = download_in_doubt(chain) is not None
    yield Finding(
        code="chain-incomplete",
        severity=Severity.UNKNOWN if in_doubt else Severity.FAILURE,
        summary=_missing_summary(case, last),
        evidence=(*evidence.missing_issuer(last.certificate), *evidence.attempts(case.retrievals)),
        remedies=remedies,
    )


def _listed_root(case: RefusedCertificate) -> Iterator[Finding]:
    """A root that Microsoft's list names, and not for this."""
    chain = case.answer.chain
    if chain.listed_root is None or not chain.chain_status:
        return
    last = chain.elements[-1]
    yield Finding(
        code="chain-listed-root-refused",
        severity=Severity.FAILURE,
        summary=f"The chain ends under a root (thumbprint {chain.listed_root}) that Microsoft's list names, "
        f"but not for this: {'; '.join(last.reasons)}.",
        evidence=evidence.describe(last),
        remedies=case.remedies("chain-listed-root-refused", "chain-untrusted-root"),
    )


def _cross_signed(case: RefusedCertificate) -> Iterator[Finding]:
    """A root that no list of Microsoft's has yet, and whose cross-signed certificate the partner can send."""
    chain = case.answer.chain
    if not chain.status & (Flags.UntrustedRoot | Flags.PartialChain):
        return
    last = chain.elements[-1].certificate
    above = str(last.subject if last.self_issued else last.issuer)
    by = CROSS_SIGNED_BY.get(above)
    if by is None:
        return
    yield Finding(
        code="chain-cross-signed-root",
        severity=Severity.INFO,
        summary=f"{above} is too new for Microsoft's list of roots; {by}, which is in it, has signed it too.",
        remedies=(
            Remedy(
                Actor.PARTNER,
                f"send the certificate of {above} that {by} has signed as the last one of the chain (Let's "
                "Encrypt's default chain has it)",
            ),
        ),
    )


def _missing_summary(case: RefusedCertificate, last: ChainElement) -> str:
    issuer = last.certificate.issuer.in_words
    in_doubt = download_in_doubt(case.answer.chain)
    tried = [r for r in case.retrievals if r.kind is RetrievalKind.ISSUER]
    fetched = any(r.outcome == RetrievalOutcome.FETCHED for r in tried)
    if in_doubt is not None:
        how = in_doubt
    elif fetched and not case.scenario.caller.aia:
        how = "it can be downloaded, but this caller has no way out to the issuer's address"
    elif fetched and case.scenario.limited.why:
        how = f"it can be downloaded, but this server may not have it then ({case.scenario.limited.why})"
    elif fetched:
        how = "what could be downloaded does not lead to a trusted root"
    elif tried and not any(asked_by_windows(r.kind, r.url) for r in tried):
        how = "Windows does not download from the addresses in the certificate"
    elif tried:
        how = "the download addresses in the certificate do not deliver it"
    elif evidence.has_addresses(last.certificate):
        how = "it was not looked for at the download address in the certificate"
    else:
        how = "the certificate names no address from which Windows could download it"
    if len(case.answer.chain.elements) == 1:
        sent = "The partner does not send the intermediate certificate that issued its own"
    else:
        sent = "The chain stops below an issuer that is neither sent nor in the caller's trust store"
    return f"{sent} ({issuer}), and {how}."


def _time(case: RefusedCertificate) -> Iterator[Finding]:
    if not case.answer.chain.status & Flags.NotTimeValid:
        return
    at = case.scenario.at
    early: list[str] = []
    late: list[str] = []
    for element in case.answer.chain.elements:
        structure = element.certificate.structure
        if structure is None:
            continue
        if structure.not_before > at:
            early.append(
                f"{evidence.subject(element)} is valid from {structure.not_before:%Y-%m-%d %H:%M} UTC"
            )
        elif structure.not_after < at:
            late.append(f"{evidence.subject(element)} expired on {structure.not_after:%Y-%m-%d %H:%M} UTC")
    moment = f"judged as of {at:%Y-%m-%d %H:%M} UTC"
    if early:
        yield Finding(
            "certificate-not-yet-valid",
            Severity.FAILURE,
            f"A certificate is not valid yet: {'; '.join(early)}.",
            (*early, moment),
            case.remedies("certificate-not-yet-valid"),
        )
    if late:
        yield Finding(
            "certificate-expired",
            Severity.FAILURE,
            f"A certificate has expired: {'; '.join(late)}.",
            (*late, moment),
            case.remedies("certificate-expired"),
        )


# Defects read straight from their flag, beside those that a reissue repairs: code, flags, what is wrong.
_WHAT_IS_WRONG = {
    "certificate-wrong-usage": "is used for what its usages do not allow",
    "certificate-signature": "carries a signature that does not verify",
    "certificate-weak": "uses a key or signature weaker than Windows accepts",
    "chain-basic-constraints": "is used against its basic constraints",
    "chain-name-constraints": "does not permit the names of the certificate below it",
    "chain-policy": "breaks the certificate policies of its chain",
    "certificate-extension": "has an extension that Windows cannot process",
    "chain-explicit-distrust": "is distrusted by the caller",
    "certificate-revoked": "is revoked",
    "revocation-unknown": "cannot be checked for revocation",
}
_FURTHER_DEFECTS = (
    reissues.CertificateDefect("chain-cyclic", Flags.Cyclic, "closes a circle of issuers", ""),
    reissues.CertificateDefect(
        "chain-time-nesting", Flags.NotTimeNested, "does not nest in the validity of its CA", ""
    ),
)


def _flags(case: RefusedCertificate) -> Iterator[Finding]:
    faulty = [e for e in case.answer.chain.elements if e.status and e.certificate.structure is not None]
    for fault in (*reissues.FAULTS, *_FURTHER_DEFECTS) if faulty else ():
        affected = [element for element in faulty if fault.concerns(element)]
        if not affected:
            continue
        flags = Flags.NoError
        for element in affected:
            flags |= element.status & (fault.flags | fault.along)
        what = _WHAT_IS_WRONG.get(fault.code, fault.of_leaf)
        indeterminate = (
            fault.code == "revocation-unknown" and case.answer.chain.revocation_indeterminate is not None
        )
        yield Finding(
            code=fault.code,
            severity=Severity.UNKNOWN if indeterminate else Severity.FAILURE,
            summary=f"{evidence.subject(affected[0])} {what} ({', '.join(flag_names(flags))})"
            f"{evidence.unseen_reason(affected[0])}.",
            evidence=tuple(dict.fromkeys(reason for e in affected for reason in e.reasons)),
            remedies=case.remedies(fault.code),
        )


def _name(case: RefusedCertificate) -> Iterator[Finding]:
    name = case.answer.name
    if name is None or name.matched:
        return
    summary = _not_covered(name)
    if name.indeterminate is not None:
        summary = f"Whether the certificate covers {name.requested} cannot be told: {name.indeterminate}."
    if name.not_compared is not None:
        summary = f"{summary[:-1]}, which the log does not show: {name.not_compared}."
    yield Finding(
        code="name-mismatch",
        severity=_severity(name),
        summary=summary,
        evidence=(
            f"requested host: {name.requested}",
            *(f"presented name: {presented}" for presented in name.presented),
        ),
        remedies=case.remedies("name-mismatch"),
    )


_NAMES = 8  # of a certificate in a sentence; evidence has all of them


def _not_covered(name: NameMatch) -> str:
    """The sentence for a host that no name of the certificate covers.

    A host that is presented as it was requested and does not match is an iPAddress of the SAN: the only kind
    of name that Windows before version 10 passes over ([validation 3.3.2]).
    """
    host = name.requested.strip("[]")
    named = [in_words(presented) for presented in name.presented if presented != host]
    more = f" and {len(named) - _NAMES} more" if len(named) > _NAMES else ""
    others = ", ".join(named[:_NAMES]) + more
    if host in name.presented:
        beside = f", and the names that it does compare are others: {others}" if others else ""
        return (
            f"The certificate has the address {host} as iPAddress in its subject alternative name, which the "
            f"caller's Windows does not compare (only Windows 10, Server 2016 and later do){beside}."
        )
    return f"The certificate does not cover {host}; it covers {others or 'no name at all'}."


def _severity(name: NameMatch) -> Severity:
    if name.not_compared is not None:
        # No part of the verdict; it comes to light when the rest is repaired.
        return Severity.INFO
    return Severity.FAILURE if name.indeterminate is None else Severity.UNKNOWN


def _undecided(case: RefusedCertificate) -> Iterator[Finding]:
    chain = case.answer.chain
    if (in_doubt := download_in_doubt(chain)) is not None:
        yield from prospects.doubtful_download(case.scenario, case.answer, case.retrievals, in_doubt)
    elif chain.indeterminate is not None:
        yield Finding(
            "chain-indeterminate",
            Severity.UNKNOWN,
            f"The chain cannot be judged to the end: {chain.indeterminate}.",
        )
    if chain.build_failure is not None:
        yield Finding(
            "chain-build-throws",
            Severity.FAILURE,
            f"Windows cannot build a chain for this certificate at all: {chain.build_failure}.",
        )
