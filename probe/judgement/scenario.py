"""Everything that a certificate verdict depends on, as one value that can be changed and judged again.

Remedies and flip dates are found by asking "and if ...?" of this value; the answer always comes from the
same engine as the verdict itself. `repairs` holds faults taken as repaired by a reissued certificate, which
nobody can build here because nobody here has the issuer's key: those flags of that element are left out of
the fold, after the engine has judged everything else as it is.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field, structs

from probe.dotnet import SslPolicyErrors, X509ChainStatusFlags
from probe.facts.certificate import Certificate
from probe.facts.extensions import SERVER_AUTHENTICATION
from probe.facts.trust_store import TrustStore
from probe.judgement import ssl_policy
from probe.judgement.caller_profile import Caller
from probe.judgement.chain import chain_context
from probe.judgement.chain.revocation.path_revocation import RevocationAnswers
from probe.judgement.chain.work import Work
from probe.judgement.issuer_limits import IssuerDownloads
from probe.judgement.model import ChainContext, ChainElement, NameMatch
from probe.judgement.name import hostname


class Repair(Struct, frozen=True):
    """Faults of one certificate (by SHA-256) that a reissued one would not have."""

    sha256: str
    flags: X509ChainStatusFlags


class Scenario(Struct, frozen=True):
    """One question to the engine. `host` None skips the name check, `presented` is end-entity first.

    `limited`: what the caller may download beside `retrieved`. `work` is that of the whole judgement: every
    scenario made from this one shares it.
    """

    presented: tuple[Certificate, ...]
    host: str | None
    trust: TrustStore
    caller: Caller
    at: datetime
    retrieved: tuple[Certificate, ...] = ()
    usages: tuple[str, ...] = (SERVER_AUTHENTICATION,)
    repairs: tuple[Repair, ...] = ()
    name_repaired: bool = False
    answers: RevocationAnswers | None = None
    limited: IssuerDownloads = IssuerDownloads()
    work: Work = field(default_factory=Work)


class EngineAnswer(Struct, frozen=True):
    """What the engine says: the chain, the name, and .NET's sum of both."""

    chain: ChainContext
    name: NameMatch | None
    errors: SslPolicyErrors


def ask(scenario: Scenario) -> EngineAnswer:
    """Judge a scenario: X509Chain.Build, then the name check, then the policy.

    Source: [validation 1.2.4] to [validation 1.2.6]. A chain that is refused, and would be without
    fault with a download of which it is not sure whether the caller makes it, is indeterminate.
    """
    answer = _answer(scenario)
    limited, status = scenario.limited, answer.chain.status
    if status and limited.doubtful:
        more = _answer(structs.replace(scenario, retrieved=(*scenario.retrieved, *limited.doubtful)))
        if not more.chain.status:
            return _in_doubt(more, limited)
    partial = bool(status & X509ChainStatusFlags.PartialChain)
    return _in_doubt(answer, limited) if limited.unseen and partial else answer


_DOWNLOAD_IN_DOUBT = "whether the caller downloads the issuer is not known"


def download_in_doubt(chain: ChainContext) -> str | None:
    """What makes it doubtful that the caller gets an issuer that it would have to download; None: nothing."""
    if chain.indeterminate is None or not chain.indeterminate.startswith(_DOWNLOAD_IN_DOUBT):
        return None
    return chain.indeterminate


def _in_doubt(answer: EngineAnswer, limited: IssuerDownloads) -> EngineAnswer:
    why = f"{_DOWNLOAD_IN_DOUBT}: {limited.why}"
    return structs.replace(answer, chain=structs.replace(answer.chain, indeterminate=why))


def _answer(scenario: Scenario) -> EngineAnswer:
    usages = scenario.usages if scenario.caller.eku_check else ()
    context = chain_context.build(
        scenario.presented,
        trust=scenario.trust,
        caller=scenario.caller,
        at=scenario.at,
        retrieved=scenario.retrieved,
        usages=usages,
        answers=scenario.answers,
        work=scenario.work,
    )
    if scenario.repairs:
        context = _repair(context, scenario.repairs, scenario.at)
    name = _name(scenario, context)
    return EngineAnswer(context, name, ssl_policy.ssl_policy_errors(context, name))


def _name(scenario: Scenario, context: ChainContext) -> NameMatch | None:
    if scenario.host is None or not scenario.caller.check_certificate_name:
        return None
    name = hostname.match(scenario.presented[0], scenario.host, scenario.caller)
    if scenario.name_repaired:
        return structs.replace(name, matched=True, indeterminate=None)
    return ssl_policy.in_order_of_report(context, name)


def out_of_date(context: ChainContext, at: datetime) -> tuple[Certificate, ...]:
    """Certificates of the chain that are not within their validity period at `at`; NotAfter still is."""
    return tuple(
        element.certificate
        for element in context.elements
        if (s := element.certificate.structure) is not None and not s.not_before <= at <= s.not_after
    )


def _repair(context: ChainContext, repairs: tuple[Repair, ...], at: datetime) -> ChainContext:
    repaired: dict[str, X509ChainStatusFlags] = {}
    for entry in repairs:
        flags = repaired.get(entry.sha256, X509ChainStatusFlags.NoError)
        repaired[entry.sha256] = flags | entry.flags
    everywhere = _time_repaired_everywhere(context, repaired, at)
    elements = tuple(
        structs.replace(element, status=element.status & ~_repairs(element, repaired, everywhere))
        for element in context.elements
    )
    return structs.replace(context, elements=elements)


def _time_repaired_everywhere(
    context: ChainContext, repaired: dict[str, X509ChainStatusFlags], at: datetime
) -> X509ChainStatusFlags:
    # Windows reports NotTimeValid on the end-entity alone when several are out of date
    # ([validation 5.6]), so it goes away only when every certificate that is out of date has been renewed.
    time = X509ChainStatusFlags.NotTimeValid
    left = [c for c in out_of_date(context, at) if not repaired.get(c.sha256, time ^ time) & time]
    return X509ChainStatusFlags.NoError if left else time


def _repairs(
    element: ChainElement,
    repaired: dict[str, X509ChainStatusFlags],
    everywhere: X509ChainStatusFlags,
) -> X509ChainStatusFlags:
    own = repaired.get(element.certificate.sha256, X509ChainStatusFlags.NoError)
    return (own & ~X509ChainStatusFlags.NotTimeValid) | everywhere
