"""From a target to the endpoints that the caller would use, each step on record whatever came of it.

What was given is used as the Availability service uses it ([exchange 1.1.2]); a domain is discovered
(`domain_discovery.py`). No endpoint is judged.
"""

from __future__ import annotations

from probe.collection.discovery.endpoint_urls import autodiscover_at, endpoint_of, ews_at, given_endpoints
from probe.collection.discovery.endpoint_visits import visit_endpoints
from probe.collection.target_run import TargetRun
from probe.facts import discovery as words
from probe.facts.observation import DiscoveryStep, EndpointKind, StepOutcome
from probe.facts.target import HTTPS_PORT, Target, TargetKind

_SHARING_EPR_WINS = "the Availability service asks no Autodiscover when TargetSharingEpr is set"


async def explore(run: TargetRun, target: Target) -> None:
    """Find the endpoints of a target and look at each; `run` has everything.

    Raises:
        TargetError: one of the URLs in the settings cannot be used.
    """
    known = given_endpoints(run.settings)
    for endpoint in known:
        run.steps.append(DiscoveryStep(words.GIVEN, endpoint.url, StepOutcome.FOUND, endpoint.found_by))
    if run.settings.ews_url:
        given_too = f"{_SHARING_EPR_WINS}; looked at because it was given"
        detail = given_too if run.settings.autodiscover_url else _SHARING_EPR_WINS
        run.steps.append(DiscoveryStep(words.AUTODISCOVER, "", StepOutcome.SKIPPED, detail))
    if target.kind is TargetKind.URL and target.url is not None:
        known.append(endpoint_of(target.url, "the target as given"))
    if target.kind is TargetKind.URL or any(e.kind is EndpointKind.EWS_WSSECURITY for e in known):
        await visit_endpoints(run, known, target)
    elif known:
        from probe.collection.discovery import domain_discovery

        await domain_discovery.beside_autodiscover(run, known[0], target)
    elif target.kind is TargetKind.HOST and target.host is not None:
        label = "the path that Exchange has on this host"
        port = target.port or HTTPS_PORT
        pair = [ews_at(target.host, port, label), autodiscover_at(target.host, port, label)]
        await visit_endpoints(run, pair, target)
    elif target.domain is not None:
        from probe.collection.discovery import domain_discovery  # a URL needs no half of it

        await domain_discovery.discover(run, target.domain, target)
