"""What becomes of a request that Autodiscover redirects: the caller follows, so where it leads to decides.

Only 302 to an absolute https Location counts, at most three times; a fourth is "Exceeded the number of
Autodiscover redirections" ([exchange 1.1.5], [exchange 4.4]). Where the place was not asked, nothing is
concluded.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from probe.facts import discovery as words
from probe.facts.observation import EndpointKind, Visit
from probe.judgement.findings.tls import remedies_of
from probe.judgement.model import SEVERITIES, Finding, Judgement, Outcome, worst
from probe.remedies import relationship

_CODE = "http-redirect"
_MOST = 3


def with_findings(visits: Sequence[Visit], judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """The judgements, those of redirecting endpoints decided by where they lead."""
    return tuple(
        _followed(position, visits, judgements) if _redirects(judgement) else judgement
        for position, judgement in enumerate(judgements)
    )


def _redirects(judgement: Judgement) -> bool:
    """Whether the caller would follow a redirect here, which is all that is known."""
    return judgement.outcome is Outcome.UNKNOWN and any(f.code == _CODE for f in judgement.findings)


def _followed(position: int, visits: Sequence[Visit], judgements: Sequence[Judgement]) -> Judgement:
    judgement = judgements[position]
    outcome, summary = _end(position, visits, judgements, 1)
    if outcome is Outcome.UNKNOWN:
        return judgement
    if outcome is Outcome.WARNING:
        outcome = Outcome.SUCCESS  # the warning is about the other endpoint, and told there
    remedies = remedies_of((relationship.CHECK_URL,)) if outcome is Outcome.FAILURE else ()
    findings = tuple(
        Finding(_CODE, SEVERITIES[outcome], summary, finding.evidence, remedies)
        if finding.code == _CODE
        else finding
        for finding in judgement.findings
    )
    return replace(judgement, outcome=outcome, findings=findings)


def _end(
    position: int, visits: Sequence[Visit], judgements: Sequence[Judgement], redirects: int
) -> tuple[Outcome, str]:
    """(what the caller gets in the end, in words) after so many redirects."""
    if redirects > _MOST:
        return Outcome.FAILURE, f"Autodiscover redirects more often than the {_MOST} times that are followed"
    url = visits[position].endpoint.url
    places = [
        place
        for place, visit in enumerate(visits)
        if visit.endpoint.kind is EndpointKind.AUTODISCOVER_WSSECURITY
        and visit.endpoint.found_by == words.REDIRECTED_FROM + url
    ]
    if not places:
        return Outcome.UNKNOWN, ""
    ends = [
        _end(place, visits, judgements, redirects + 1)
        if _redirects(judgements[place])
        else (judgements[place].outcome, _there(visits[place], judgements[place]))
        for place in places
    ]
    outcome = worst([end for end, _ in ends])
    return outcome, next(said for end, said in ends if end is outcome)


def _there(visit: Visit, judgement: Judgement) -> str:
    fails = judgement.outcome is Outcome.FAILURE
    end = "where its request fails" if fails else "where its request is answered"
    return f"Autodiscover redirects, and the caller follows to {visit.endpoint.url}, {end}"
