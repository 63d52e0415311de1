"""From a target to the endpoints that the caller would use, each step on record whatever came of it.

What was given is used as the Availability service uses it; a domain is discovered as
Get-FederationInformation does it, because that is what an administrator makes the relationship with
([exchange 1.1] and [exchange 1.2]). What Outlook would do is information only. No endpoint is judged.
"""

from __future__ import annotations

import asyncio

from probe.collection.discovery import federation_candidates, service_records
from probe.collection.discovery.autodiscover_host import EwsBeside
from probe.collection.discovery.endpoint_urls import autodiscover_at, endpoint_of, ews_at, given
from probe.collection.discovery.endpoint_visits import look_at, look_at_all
from probe.collection.discovery.federation_candidates import Candidate
from probe.collection.ledger import Run
from probe.facts import discovery as words
from probe.facts.observation import DiscoveryStep, Endpoint, EndpointKind, FederationInformation
from probe.facts.target import HTTPS_PORT, Target, TargetKind

_SHARING_EPR_WINS = "the Availability service asks no Autodiscover when TargetSharingEpr is set"


async def explore(run: Run, target: Target) -> None:
    """Find the endpoints of a target and look at each; the run's ledger has everything.

    Raises:
        TargetError: one of the URLs in the settings cannot be used.
    """
    known = given(run.settings)
    for endpoint in known:
        run.steps.append(DiscoveryStep(words.GIVEN, endpoint.url, "found", endpoint.found_by))
    if run.settings.ews_url:
        given_too = f"{_SHARING_EPR_WINS}; looked at because it was given"
        detail = given_too if run.settings.autodiscover_url else _SHARING_EPR_WINS
        run.steps.append(DiscoveryStep(words.AUTODISCOVER, "", "skipped", detail))
    if target.kind is TargetKind.URL and target.url is not None:
        known.append(endpoint_of(target.url, "the target as given"))
    if target.kind is TargetKind.URL or any(e.kind is EndpointKind.EWS_WSSECURITY for e in known):
        await look_at_all(run, known, target)
    elif known:
        await _beside_autodiscover(run, known[0], target)
    elif target.kind is TargetKind.HOST and target.host is not None:
        label = "the path that Exchange has on this host"
        port = target.port or HTTPS_PORT
        pair = [ews_at(target.host, port, label), autodiscover_at(target.host, port, label)]
        await look_at_all(run, pair, target)
    elif target.domain is not None:
        await _discover(run, target.domain, target)


async def _beside_autodiscover(run: Run, autodiscover: Endpoint, target: Target) -> None:
    """A relationship with TargetAutodiscoverEpr alone: EWS is where its Autodiscover says."""
    visited = run.begin(autodiscover)
    ews = EwsBeside(run, target, autodiscover.host, autodiscover.port)
    async with asyncio.TaskGroup() as group:
        group.create_task(look_at(run, visited, target))
        group.create_task(ews.explore())
    run.steps.extend(ews.steps())


async def _discover(run: Run, domain: str, target: Target) -> None:
    # A trailing dot belongs to the name that is connected to, not to the domain that is asked about.
    tried = federation_candidates.in_order(run, target, domain.rstrip("."))
    asking = asyncio.create_task(service_records.step(run.settings, domain.rstrip(".")))
    winner = None
    try:
        winner = await federation_candidates.choose(run, tried)
        await asyncio.wait((asking,), timeout=run.settings.limits.service_record_grace)
    finally:
        record = _finished(asking, domain)
        asking.cancel()
        _tell(run, tried, winner, record)


def _finished(asking: asyncio.Task[DiscoveryStep], domain: str) -> DiscoveryStep:
    if asking.done() and not asking.cancelled() and asking.exception() is None:
        return asking.result()
    name = f"_autodiscover._tcp.{domain}"
    return DiscoveryStep(words.SERVICE_RECORD, name, "skipped", "DNS had not answered when all else was done")


def _tell(run: Run, tried: list[Candidate], winner: Candidate | None, record: DiscoveryStep) -> None:
    """Write the steps down, in the cmdlet's order, and the federation answer that counts."""
    for candidate in tried:
        run.steps.extend(candidate.steps(winner))
    run.federation = _answer_that_counts(tried, winner)
    if run.settings.only_federation:
        return
    chosen = winner or _kept(tried)
    if winner is None:
        run.steps.append(_without_answer(chosen))
    if chosen is not None and chosen.place is not None:
        run.steps.extend(chosen.place.redirects)
        run.steps.extend(chosen.place.ews.steps())
    run.steps.append(record)
    run.steps.append(_outlook(tried, record))


def _answer_that_counts(tried: list[Candidate], winner: Candidate | None) -> FederationInformation | None:
    """The winner's; where none succeeded the first with an error code, else the first of any kind."""
    if winner is not None and winner.place is not None:
        return winner.place.information
    answers = [place.information for candidate in tried for place in candidate.places if place.information]
    with_code = (answer for answer in answers if answer.error_code is not None)
    return next(with_code, answers[0] if answers else None)


def _kept(tried: list[Candidate]) -> Candidate | None:
    best = max(tried, key=lambda candidate: candidate.rank)
    return best if best.rank > 0 else None


def _without_answer(chosen: Candidate | None) -> DiscoveryStep:
    if chosen is None or chosen.place is None:
        detail = "no candidate accepts connections; all of them are reported"
        return DiscoveryStep(words.CHOICE, "", "nothing", detail)
    shows = "an answer shows Exchange" if chosen.rank == 2 else "it accepts connections"
    detail = f"{words.FEDERATION_INFORMATION} succeeded nowhere; {shows}"
    return DiscoveryStep(words.CHOICE, chosen.place.autodiscover.endpoint.url, "found", detail)


def _outlook(tried: list[Candidate], record: DiscoveryStep) -> DiscoveryStep:
    """What Outlook would find, whose order is the reverse; information only ([exchange 1.3])."""
    secure = [tried[1], tried[0]]
    for candidate in secure:
        if candidate.places and candidate.places[0].rank == 2:
            url = candidate.places[0].autodiscover.endpoint.url.partition("/autodiscover.svc")[0]
            detail = "Outlook asks the domain itself first; what it uses does not matter to free/busy"
            return DiscoveryStep(words.OUTLOOK, f"{url}/autodiscover.xml", "found", detail)
    redirected = next((c for c in tried[2:] if c.places), None)
    if redirected is not None:
        detail = "Outlook would follow the http redirect too, and ask its user"
        return DiscoveryStep(words.OUTLOOK, redirected.places[0].asked.endpoint.url, "found", detail)
    if record.outcome == "found":
        detail = "only the SRV record would lead Outlook anywhere; free/busy does not read it"
        return DiscoveryStep(words.OUTLOOK, record.url, "found", detail)
    return DiscoveryStep(words.OUTLOOK, "", "nothing", "nothing that Outlook would find was seen")
