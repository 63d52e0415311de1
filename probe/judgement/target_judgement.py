"""The fold: one observation, one trust store, one caller and one moment become one judgement per endpoint.

Pure and replayable: the same record gives the same judgements tomorrow, on another machine, with no network.
The moment is an argument; without one it is the moment of the observation.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, structs

from probe.dotnet import SslPolicyErrors
from probe.facts.certificate import Certificate
from probe.facts.extensions import SERVER_AUTHENTICATION
from probe.facts.observation import Observation, Retrieval, Visit
from probe.facts.trust_store import TrustStore
from probe.judgement import event_log, verdict
from probe.judgement.caller_profile import Caller
from probe.judgement.chain.revocation.path_revocation import RevocationAnswers
from probe.judgement.connection import handshake, leaf_key, web_exception
from probe.judgement.connection.vantage_state import vantage_state
from probe.judgement.findings import (
    certificate_findings,
    clocks,
    cloud,
    cmdlet,
    consistency,
    delivery,
    other_server_findings,
    tls,
    tls_inspection,
)
from probe.judgement.issuer_limits import IssuerDownloads, allowed_downloads
from probe.judgement.model import (
    Finding,
    Flip,
    Judgement,
    Outcome,
    Severity,
    WebException,
    worst,
)
from probe.judgement.remedies import proof
from probe.judgement.scenario import EngineAnswer, Scenario, ask
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Thresholds


def judge(
    observation: Observation,
    *,
    trust: TrustStore,
    caller: Caller,
    at: datetime | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    events_at: datetime | None = None,
) -> tuple[Judgement, ...]:
    """One judgement for each visit of the observation, in its order (see observation.visits).

    `events_at` None: public events hold as of the moment of the judgement. Another moment shows what an
    event changes while certificates are judged as they are, because by then they have been renewed.
    """
    moment = observation.observed_at if at is None else at
    visits = observation.visits
    terms = (trust, caller, moment, thresholds, events_at or moment)
    judged: Sequence[Judgement] = [_judge_visit(visit, observation, *terms) for visit in visits]
    if len(visits) > 1:
        from probe.judgement.findings import redirects  # where one leads to is a visit of its own

        judged = redirects.with_findings(visits, judged)
    return consistency.with_findings(visits, cmdlet.with_findings(observation, visits, judged))


def judge_presented(
    presented: tuple[Certificate, ...],
    *,
    host: str | None,
    trust: TrustStore,
    caller: Caller,
    at: datetime,
    retrieved: tuple[Certificate, ...] = (),
    usages: tuple[str, ...] = (SERVER_AUTHENTICATION,),
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
) -> Judgement:
    """Judge a presented chain alone, end-entity first; `host` None skips the name check."""
    at_hand = trust.with_listed((*presented, *retrieved, *trust.intermediates))
    scenario = Scenario(presented, host, at_hand, caller, at, retrieved if caller.aia else (), usages)
    certificate = _judge_certificate(scenario, retrieved, (), thresholds)
    refused = bool(certificate.errors) and certificate.indeterminate is None
    exception = _certificate_exception(certificate.answer) if refused else None
    outcome, findings = certificate.outcome, certificate.findings
    unusable = leaf_key.objection(
        presented[0], caller, caller.protocols[-1] if caller.protocols else leaf_key.TLS12
    )
    if unusable is not None:
        # The handshake ends before the certificate is looked at, so its failure hides the certificate's.
        outcome = Outcome.FAILURE if unusable.sure else worst([outcome, Outcome.UNKNOWN])
        exception = web_exception.secure_channel_failure() if unusable.sure else exception
        findings = (tls.unusable_key(unusable), *findings)
    return Judgement(
        endpoint_url=None,
        address=None,
        caller=caller.name,
        trust_name=trust.name,
        trust_sha256=trust.sha256,
        at=at,
        outcome=outcome,
        ssl_policy_errors=certificate.answer.errors,
        chain=certificate.answer.chain,
        name=certificate.answer.name,
        web_exception=exception,
        findings=findings,
        flip=certificate.flip,
        caller_notes=caller.notes if caller.own_settings else (),
    )


class _CertificateJudgement(Struct, frozen=True):
    answer: EngineAnswer
    errors: SslPolicyErrors  # those that the caller's callback does not overlook
    findings: tuple[Finding, ...]
    flip: Flip | None
    outcome: Outcome
    indeterminate: str | None


def _judge_certificate(
    scenario: Scenario,
    retrieved: tuple[Certificate, ...],
    retrievals: Sequence[Retrieval],
    thresholds: Thresholds,
) -> _CertificateJudgement:
    answer = ask(scenario)
    if _accepts_anyway(answer, scenario.caller):
        found = (certificate_findings.accepted_anyway(answer),)
        return _CertificateJudgement(answer, SslPolicyErrors(0), found, None, Outcome.WARNING, None)
    flip = proof.flip(scenario, answer)
    findings = certificate_findings.certificate_findings(
        scenario,
        answer,
        retrieved=retrieved,
        retrievals=retrievals,
        flip=flip,
        thresholds=thresholds,
    )
    outcome = certificate_findings.outcome_of(answer, findings)
    doubt = certificate_findings.doubt(answer, findings)
    return _CertificateJudgement(answer, answer.errors, findings, flip, outcome, doubt)


def _judge_visit(
    visit: Visit,
    observation: Observation,
    trust: TrustStore,
    caller: Caller,
    at: datetime,
    thresholds: Thresholds,
    events_at: datetime,
) -> Judgement:
    certificate = _judge_sent_certificate(visit, observation, trust, caller, at, thresholds)
    decided = _decide(visit, caller, certificate)
    of_the_way: tuple[Finding, ...] = ()
    if caller.way_known:
        from probe.judgement.findings import caller_way  # it is of few callers

        decided = caller_way.doubted(visit, caller, decided)
        of_the_way = caller_way.findings(visit, caller, decided)
    decided = cloud.tls_only(visit, decided)
    delivered = (
        *of_the_way,
        *cloud.findings(visit, decided, events_at),
        *delivery.findings(visit, caller, decided),
        *tls.findings(caller, decided),
        *tls_inspection.findings(visit, observation),
    )
    elsewhere, of_certificate = other_server_findings.before_refusal(
        visit, decided, certificate.findings if certificate else ()
    )
    findings = (*elsewhere, *_ordered(of_certificate, delivered, decided))
    return Judgement(
        endpoint_url=visit.endpoint.url,
        address=visit.address,
        caller=caller.name,
        trust_name=trust.name,
        trust_sha256=trust.sha256,
        at=at,
        outcome=_outcome(decided, findings),
        ssl_policy_errors=certificate.answer.errors if certificate else None,
        chain=certificate.answer.chain if certificate else None,
        name=certificate.answer.name if certificate else None,
        web_exception=decided.web_exception,
        findings=findings,
        flip=certificate.flip if certificate else None,
        log_lines=_log_lines(decided, visit, caller),
        caller_notes=caller.notes if caller.own_settings else (),
        vantage_state=_vantage_state(decided),
    )


def _judge_sent_certificate(
    visit: Visit,
    observation: Observation,
    trust: TrustStore,
    caller: Caller,
    at: datetime,
    thresholds: Thresholds,
) -> _CertificateJudgement | None:
    """What becomes of the chain that the caller would be shown; None: it would be shown none."""
    presented = handshake.presented(visit, caller)
    if not presented:
        return None
    retrieved = observation.retrieved_certificates()
    downloads = _downloads(presented, observation, trust, caller)
    scenario = Scenario(
        presented,
        visit.endpoint.host,
        trust.with_listed((*presented, *retrieved, *trust.intermediates)),
        caller,
        at,
        downloads.sure,
        answers=RevocationAnswers(observation.retrievals, observation.observed_at),
        limited=downloads,
    )
    retrievals = _about(presented, retrieved, observation.retrievals, trust)
    judged = _judge_certificate(scenario, retrieved, retrievals, thresholds)
    exchanges = (exchange for connection in visit.connections for exchange in connection.exchanges)
    found = clocks.finding(scenario, judged.answer, exchanges, observation)
    return judged if found is None else _with_clocks(judged, found)


def _with_clocks(judged: _CertificateJudgement, found: Finding) -> _CertificateJudgement:
    if found.severity is Severity.INFO or judged.outcome is Outcome.UNKNOWN:
        return structs.replace(judged, findings=(*judged.findings, found))
    return structs.replace(
        judged,
        findings=(found, *judged.findings),
        outcome=Outcome.UNKNOWN,
        indeterminate=judged.indeterminate or found.summary,
    )


def _decide(visit: Visit, caller: Caller, certificate: _CertificateJudgement | None) -> verdict.Verdict:
    if certificate is None:
        return verdict.decide(visit, caller, None)
    decided = verdict.decide(visit, caller, certificate.errors, indeterminate=certificate.indeterminate)
    if decided.stage is verdict.Stage.CERTIFICATE and certificate.answer.chain.build_failure is not None:
        return structs.replace(decided, web_exception=web_exception.build_failure())
    return decided


def _accepts_anyway(answer: EngineAnswer, caller: Caller) -> bool:
    """Whether the registry makes the Availability service accept this certificate ([exchange 6.2])."""
    doubtful = bool(answer.errors) or answer.chain.indeterminate is not None
    return doubtful and caller.allow_external_untrusted and answer.chain.build_failure is None


def _certificate_exception(answer: EngineAnswer) -> WebException:
    return (
        web_exception.build_failure()
        if answer.chain.build_failure is not None
        else web_exception.trust_failure()
    )


def _downloads(
    presented: tuple[Certificate, ...], observation: Observation, trust: TrustStore, caller: Caller
) -> IssuerDownloads:
    """What of the downloads this caller has."""
    if not caller.aia:
        return IssuerDownloads()
    if not observation.retrievals:
        return IssuerDownloads()
    return allowed_downloads(presented, observation.retrievals, caller.issuer_limits, trust.of_subject)


def _about(
    presented: tuple[Certificate, ...],
    retrieved: tuple[Certificate, ...],
    retrievals: Sequence[Retrieval],
    trust: TrustStore,
) -> tuple[Retrieval, ...]:
    """Downloads that certificates of this chain, or of the store above it, asked for."""
    if not retrievals:
        return ()
    wanted = {certificate.sha256 for certificate in (*presented, *retrieved)}
    if any(retrieval.for_sha256 not in wanted for retrieval in retrievals):
        wanted |= {certificate.sha256 for certificate in (*trust.intermediates, *trust.roots)}
    return tuple(retrieval for retrieval in retrievals if retrieval.for_sha256 in wanted)


def _ordered(
    certificate: tuple[Finding, ...], delivered: tuple[Finding, ...], decided: verdict.Verdict
) -> tuple[Finding, ...]:
    """Findings with the cause of the verdict first: what the caller meets earlier comes earlier."""
    met_before = decided.stage in (
        verdict.Stage.RESOLVE,
        verdict.Stage.CONNECT,
        verdict.Stage.TUNNEL,
        verdict.Stage.HANDSHAKE,
    )
    return (*delivered, *certificate) if met_before else (*certificate, *delivered)


def _outcome(decided: verdict.Verdict, findings: Sequence[Finding]) -> Outcome:
    """The verdict's outcome, lowered by warnings and by expiry thresholds that the user set as failures."""
    found = [Outcome(finding.severity.value) for finding in findings if finding.severity is not Severity.INFO]
    if decided.outcome is Outcome.UNKNOWN:
        # A certificate seen in a handshake that the caller may not make need not be the one it would see.
        return Outcome.UNKNOWN
    return worst([decided.outcome, *found])


def _vantage_state(decided: verdict.Verdict) -> str | None:
    return vantage_state(decided.connection) if decided.outcome is Outcome.UNKNOWN else None


def _log_lines(decided: verdict.Verdict, visit: Visit, caller: Caller) -> tuple[str, ...]:
    if decided.web_exception is None:
        return ()
    return event_log.log_lines([decided.web_exception], visit.endpoint.url, caller=caller)
