"""Where Get-FederationInformation, with which an administrator makes a relationship, and free/busy disagree.

The cmdlet asks before it uses a certificate whose name does not match, and before it follows a redirect over
plain http; the Availability service refuses the one and never makes the other ([exchange 1.1.5],
[exchange 1.2.5] and [exchange 6.3]). What the partner says of its federation belongs here too: an
organisation that is not federated answers no lookup, however good its certificate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from probe.dotnet import SslPolicyErrors
from probe.facts import discovery as words
from probe.facts.observation import EndpointKind, FederationInformation, Observation, StepOutcome, Visit
from probe.judgement.model import Actor, Finding, Judgement, Outcome, Remedy, Severity, worst

# The business gateway's, which every trust has that was made since Exchange 2010 SP1 ([exchange 2.7]).
_USUAL_ISSUER = "urn:federation:MicrosoftOnline"
# Exchange says NotFederated where it has no federation trust, and then it takes no token ([exchange 2.5.1]).
_REFUSALS = {
    "NotFederated": (
        "federation-not-federated",
        Severity.FAILURE,
        "The partner answers NotFederated: its organization has no federation trust, so it takes nobody's "
        "token and answers no lookup.",
        Remedy(
            Actor.PARTNER,
            "set the federation trust up and add the domain to the federated organization",
            "Get-FederationTrust | fl Name,ApplicationUri\nGet-FederatedOrganizationIdentifier | "
            "fl AccountNamespace,Domains,Enabled",
        ),
    ),
    "InvalidDomain": (
        "federation-invalid-domain",
        Severity.WARNING,
        "Get-FederationInformation would fail: the partner answers InvalidDomain, so the domain isn't one of "
        "its accepted domains; this server may be another organization's.",
        Remedy(
            Actor.PARTNER,
            "make the domain an accepted and a federated domain, or let its Autodiscover name lead to the "
            "servers that have it",
            "Get-AcceptedDomain | Format-Table Name,DomainName,DomainType\n"
            "Add-FederatedDomain -DomainName DOMAIN",
        ),
    ),
}
_LAXER = "Get-FederationInformation would prompt, free/busy would fail"


def with_findings(
    observation: Observation, visits: Sequence[Visit], judgements: Sequence[Judgement]
) -> tuple[Judgement, ...]:
    """The judgements with what the cmdlet would make of their Autodiscover endpoints."""
    if not any(step.step == words.FEDERATION_INFORMATION for step in observation.steps):
        return tuple(judgements)
    return tuple(
        _extended(judgement, tuple(_findings(observation, visit, judgement)))
        for visit, judgement in zip(visits, judgements, strict=True)
    )


def _findings(observation: Observation, visit: Visit, judgement: Judgement) -> Iterator[Finding]:
    if visit.endpoint.kind is EndpointKind.EWS_WSSECURITY:
        return
    if judgement.ssl_policy_errors == SslPolicyErrors.RemoteCertificateNameMismatch:
        yield _name_mismatch(observation, visit.endpoint.host)
    elif judgement.ssl_policy_errors:
        yield from _refused(observation, visit.endpoint.host)
    if visit.endpoint.found_by.startswith(words.INSECURE):
        yield _insecure(visit.endpoint.found_by.removeprefix(words.INSECURE), visit.endpoint.host)
    yield from _federation(observation.federation)


def _name_mismatch(observation: Observation, host: str) -> Finding:
    """The cmdlet asks about it only where no later step answers under a name that is covered."""
    others = _further(observation)
    further = (
        f"Before that it goes on to {', '.join(others)}, and takes an answer from there without asking."
        if others
        else ""
    )
    return Finding(
        "cmdlet-name-mismatch",
        Severity.INFO,
        f"{_LAXER}: a certificate that does not cover {host} is a question to the administrator there "
        f"(unless -TrustedHostnames names the host) and an error here. {further}".rstrip(),
    )


def _insecure(source: str, host: str) -> Finding:
    return Finding(
        "cmdlet-insecure-redirect",
        Severity.INFO,
        f"Get-FederationInformation would prompt: {host} is known only from a redirect over plain http "
        f"({source}), which anybody on the way can forge. Free/busy follows no such redirect and would fail "
        "until TargetAutodiscoverEpr holds the URL itself.",
        remedies=(
            Remedy(
                Actor.PARTNER,
                "publish Autodiscover with a certificate that covers the autodiscover name of the domain",
            ),
            Remedy(
                Actor.CALLER,
                "confirm the host with the partner by another way before answering the prompt with yes",
            ),
        ),
    )


def _refused(observation: Observation, host: str) -> Iterator[Finding]:
    """Chain errors end the cmdlet's step, so that a later step may be the one it takes."""
    others = _further(observation)
    further = f" and would go on to {', '.join(others)}" if others else ""
    yield Finding(
        "cmdlet-refuses-certificate",
        Severity.INFO,
        f"Get-FederationInformation refuses the certificate of {host} as well{further}.",
    )


def _further(observation: Observation) -> tuple[str, ...]:
    """Where later steps of the cmdlet had an answer, which the first one's certificate leads to."""
    return tuple(
        step.url
        for step in observation.steps
        if step.step == words.FEDERATION_INFORMATION
        and step.outcome == StepOutcome.SKIPPED
        and "answers too" in step.detail
    )


def _federation(answer: FederationInformation | None) -> Iterator[Finding]:
    """What is wrong with the partner's federation, whatever its certificates are like."""
    if answer is None:
        return
    evidence = [f"asked at {answer.url}"]
    if answer.malformed is None and answer.error_code == "NoError":
        yield from _other_issuers(answer)
    elif answer.malformed is None and answer.error_code in _REFUSALS:
        if answer.error_message:
            evidence.append(f"error message: {answer.error_message}")
        code, severity, summary, remedy = _REFUSALS[answer.error_code]
        yield Finding(code, severity, summary, tuple(evidence), (remedy,))
    else:
        evidence.append(answer.malformed or f"{answer.error_code}: {answer.error_message or 'no message'}")
        yield Finding(
            "federation-no-answer",
            Severity.WARNING,
            "Get-FederationInformation would fail: the partner's answer is an error, or none that it reads.",
            tuple(evidence),
            (
                Remedy(
                    Actor.CALLER,
                    "make the relationship by hand with what the partner tells, or have the partner mend "
                    "/autodiscover/autodiscover.svc first",
                    "New-OrganizationRelationship -Name PARTNER -DomainNames DOMAIN "
                    "-FreeBusyAccessEnabled $true -TargetApplicationUri URI -TargetAutodiscoverEpr URL",
                ),
            ),
        )


def _other_issuers(answer: FederationInformation) -> Iterator[Finding]:
    """Both sides must trust the same token service; which one the caller's own trust has is not known."""
    issuers = tuple(dict.fromkeys(issuer.uri for issuer in answer.token_issuers if issuer.uri))
    if not issuers or any(uri.strip().lower() == _USUAL_ISSUER.lower() for uri in issuers):
        return
    yield Finding(
        "federation-token-issuer",
        Severity.UNKNOWN,
        f"The partner takes tokens of another issuer than {_USUAL_ISSUER}, which federation trusts have by "
        "default: lookups fail unless your own trust has the same issuer, and that cannot be told from here.",
        (f"asked at {answer.url}", *(f"token issuer: {uri}" for uri in issuers)),
        (
            Remedy(
                Actor.CALLER,
                "compare the token issuer of your own trust with the partner's, and have the partner make "
                "its trust anew where it is of the former consumer gateway (WindowsLiveId)",
                "Get-FederationTrust | Format-List Name,TokenIssuerUri,TokenIssuerEpr",
            ),
        ),
    )


def _extended(judgement: Judgement, findings: tuple[Finding, ...]) -> Judgement:
    if not findings:
        return judgement
    told = [Outcome(finding.severity.value) for finding in findings if finding.severity is not Severity.INFO]
    # What cannot be told stays that, but for what fails in any case.
    unsure = judgement.outcome is Outcome.UNKNOWN and Outcome.FAILURE not in told
    outcome = judgement.outcome if unsure else worst([judgement.outcome, *told])
    return replace(judgement, outcome=outcome, findings=(*judgement.findings, *findings))
