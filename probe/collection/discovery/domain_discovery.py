"""From a domain to the endpoints that the caller would use, each step on record whatever came of it.

A domain is discovered as Get-FederationInformation does it, because that is what an administrator makes the
relationship with ([exchange 1.2.1]). What Outlook would do is information only. No endpoint is judged.
"""

from __future__ import annotations

import asyncio

from probe.collection.discovery import federation_candidates, service_records
from probe.collection.discovery.autodiscover_host import EwsSearch
from probe.collection.discovery.endpoint_visits import visit_endpoint
from probe.collection.discovery.federation_candidates import FederationCandidate
from probe.collection.target_run import TargetRun
from probe.facts import discovery as words
from probe.facts.observation import DiscoveryStep, Endpoint, FederationInformation, StepOutcome
from probe.facts.target import Target


async def beside_autodiscover(run: TargetRun, autodiscover: Endpoint, target: Target) -> None:
    """A relationship with TargetAutodiscoverEpr alone: EWS is where its Autodiscover says."""
    visits = run.begin(autodiscover)
    ews = EwsSearch(run, target, autodiscover.host, autodiscover.port)
    async with asyncio.TaskGroup() as group:
        group.create_task(visit_endpoint(run, visits, target))
        group.create_task(ews.explore())
    run.steps.extend(ews.steps())


async def discover(run: TargetRun, domain: str, target: Target) -> None:
    """Find the endpoints of a domain and look at each; `run` has everything."""
    # A trailing dot belongs to the name that is connected to, not to the domain that is asked about.
    tried = federation_candidates.in_order(run, target, domain.rstrip("."))
    asking = asyncio.create_task(service_records.step(run.settings, domain.rstrip(".")))
    winner = None
    try:
        winner = await federation_candidates.choose(run, tried)
        await asyncio.wait((asking,), timeout=run.settings.limits.service_record_grace)
    finally:
        record = _service_record(asking, domain)
        asking.cancel()
        _record_steps(run, tried, winner, record)


def _service_record(asking: asyncio.Task[DiscoveryStep], domain: str) -> DiscoveryStep:
    if asking.done() and not asking.cancelled() and asking.exception() is None:
        return asking.result()
    name = f"_autodiscover._tcp.{domain}"
    return DiscoveryStep(
        words.SERVICE_RECORD, name, StepOutcome.SKIPPED, "DNS had not answered when all else was done"
    )


def _record_steps(
    run: TargetRun,
    tried: list[FederationCandidate],
    winner: FederationCandidate | None,
    record: DiscoveryStep,
) -> None:
    """Write the steps down, in the cmdlet's order, and the federation answer that counts."""
    for candidate in tried:
        run.steps.extend(candidate.steps(winner))
    run.federation = _answer_that_counts(tried, winner)
    if run.settings.only_federation:
        return
    chosen = winner or _kept(tried)
    if winner is None or not winner.succeeded:
        run.steps.append(_without_answer(chosen))
    if chosen is not None and chosen.autodiscover_host is not None:
        run.steps.extend(chosen.autodiscover_host.redirects)
        run.steps.extend(chosen.autodiscover_host.ews.steps())
    run.steps.append(record)
    run.steps.append(_outlook(tried, record))


def _answer_that_counts(
    tried: list[FederationCandidate], winner: FederationCandidate | None
) -> FederationInformation | None:
    """That of the step at which the cmdlet stops, else the first with an error code, or of any kind."""
    if winner is not None and winner.autodiscover_host is not None:
        return winner.autodiscover_host.information
    answers = [
        autodiscover_host.information
        for candidate in tried
        for autodiscover_host in candidate.autodiscover_hosts
        if autodiscover_host.information
    ]
    with_code = (answer for answer in answers if answer.error_code is not None)
    return next(with_code, answers[0] if answers else None)


def _kept(tried: list[FederationCandidate]) -> FederationCandidate | None:
    best = max(tried, key=lambda candidate: candidate.rank)
    return best if best.rank > 0 else None


def _without_answer(chosen: FederationCandidate | None) -> DiscoveryStep:
    if chosen is None or chosen.autodiscover_host is None:
        detail = "no candidate accepts connections; all of them are reported"
        return DiscoveryStep(words.CHOICE, "", StepOutcome.NOTHING, detail)
    shows = "an answer shows Exchange" if chosen.rank == 2 else "it accepts connections"
    detail = f"{words.FEDERATION_INFORMATION} succeeded nowhere; {shows}"
    return DiscoveryStep(
        words.CHOICE, chosen.autodiscover_host.autodiscover.endpoint.url, StepOutcome.FOUND, detail
    )


def _outlook(tried: list[FederationCandidate], record: DiscoveryStep) -> DiscoveryStep:
    """What Outlook would find, whose order is the reverse; information only ([exchange 1.3])."""
    secure = [tried[1], tried[0]]
    for candidate in secure:
        if candidate.autodiscover_hosts and candidate.autodiscover_hosts[0].rank == 2:
            url = candidate.autodiscover_hosts[0].autodiscover.endpoint.url.partition("/autodiscover.svc")[0]
            detail = "Outlook asks the domain itself first; what it uses does not matter to free/busy"
            return DiscoveryStep(words.OUTLOOK, f"{url}/autodiscover.xml", StepOutcome.FOUND, detail)
    redirected = next((c for c in tried[2:] if c.autodiscover_hosts), None)
    if redirected is not None:
        detail = "Outlook would follow the http redirect too, and ask its user"
        return DiscoveryStep(
            words.OUTLOOK,
            redirected.autodiscover_hosts[0].federation_visits.endpoint.url,
            StepOutcome.FOUND,
            detail,
        )
    if record.outcome == StepOutcome.FOUND:
        detail = "only the SRV record would lead Outlook anywhere; free/busy does not read it"
        return DiscoveryStep(words.OUTLOOK, record.url, StepOutcome.FOUND, detail)
    return DiscoveryStep(words.OUTLOOK, "", StepOutcome.NOTHING, "nothing that Outlook would find was seen")
