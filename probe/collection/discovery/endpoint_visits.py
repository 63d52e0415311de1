"""Looking at endpoints: all of their addresses, and where Autodiscover sends the caller on.

The rules for redirects are those of the Availability service at lookup time ([exchange 1.1.5]):
302 only, absolute https only, three at most, and none for EWS.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from probe.collection.connection.gathering import gather
from probe.collection.connection.http_requests import HttpRequest
from probe.collection.discovery.endpoint_urls import named_url, requests_for
from probe.collection.target_run import EndpointVisits, TargetRun
from probe.errors import TargetError
from probe.facts import discovery as words
from probe.facts.observation import DiscoveryStep, Endpoint, EndpointKind, HttpExchange, Phase, StepOutcome
from probe.facts.services.exchange_signs import exchange_headers
from probe.facts.target import AUTODISCOVER_PATH, Target, https_url, with_wssecurity

_SECURITY_NAMESPACE = b"oasis-200401-wss-wssecurity-secext"
_PRINTABLE = re.compile(r"[\x21-\x7e]{1,2048}\Z")


async def visit_endpoints(run: TargetRun, endpoints: list[Endpoint], target: Target) -> None:
    """Look at these endpoints at the same time."""
    await gather([visit_endpoint(run, visits, target) for visits in [run.begin(e) for e in endpoints]])


async def visit_endpoint(
    run: TargetRun, visits: EndpointVisits, target: Target, steps: list[DiscoveryStep] | None = None
) -> None:
    """Look at one endpoint, and at where its Autodiscover sends the caller; redirects go to `steps`."""
    taken = run.steps if steps is None else steps
    domain = target.domain or target.host or visits.endpoint.host
    await run.visit_endpoint(visits, requests_for(visits.endpoint, domain))
    if visits.endpoint.kind is not EndpointKind.AUTODISCOVER_WSSECURITY:
        return
    for number in range(run.settings.limits.redirects + 1):
        location = redirect(visits.exchanges)
        if location is None:
            return
        endpoint, detail = _redirected(location, visits.endpoint.url)
        if number == run.settings.limits.redirects:
            endpoint, detail = None, f"redirect number {number + 1}: the Availability service follows 3"
        outcome = StepOutcome.FAILED if endpoint is None else StepOutcome.FOUND
        taken.append(DiscoveryStep(words.REDIRECT, location, outcome, detail))
        if endpoint is None:
            return
        visits = run.begin(endpoint, kept=visits.kept, group=visits.group, named=True)
        await run.visit_endpoint(visits, requests_for(endpoint, domain))


async def visit_until(
    run: TargetRun, visits: EndpointVisits, requests: tuple[HttpRequest, ...], enough: Callable[[], bool]
) -> None:
    """Look at an endpoint until one of its addresses has answered enough; the others are then left."""
    visiting = asyncio.create_task(run.visit_endpoint(visits, requests))
    try:
        while not visiting.done() and not enough():
            visits.news.clear()
            news = asyncio.create_task(visits.news.wait())
            try:
                await asyncio.wait((visiting, news), return_when=asyncio.FIRST_COMPLETED)
            finally:
                news.cancel()
        if visiting.done():
            visiting.result()
    finally:
        visiting.cancel()
        await asyncio.wait((visiting,))


def redirect(exchanges: tuple[HttpExchange, ...]) -> str | None:
    """Where a POST was redirected to with 302, the only status that is followed."""
    for exchange in exchanges:
        if exchange.method == "POST" and exchange.status == 302:
            return exchange.header("location")
    return None


def absolute_https(location: str) -> tuple[str, str, int]:
    """(normalised URL, host, port) of a Location that may be followed.

    Raises:
        TargetError: it is no absolute https URL.
    """
    if not _PRINTABLE.match(location):
        raise TargetError(location[:80])
    return https_url(location)


def rank(visits: EndpointVisits) -> int:
    """2: an answer shows Exchange. 1: something accepts connections. 0: nothing does."""
    if any(_shows_exchange(exchange) for exchange in visits.exchanges):
        return 2
    return int(any(_accepted(c.failure.phase if c.failure else None) for c in visits.connections))


def failure_summary(visits: EndpointVisits) -> str:
    """How the first connection of an endpoint broke, or "" if none did."""
    failure = next((c.failure for c in visits.connections if c.failure), None)
    if failure is None:
        return ""
    detail = f" ({failure.detail})" if failure.detail else ""
    return f"{failure.phase.value}: {failure.kind.value}{detail}"


def _redirected(location: str, source: str) -> tuple[Endpoint | None, str]:
    try:
        absolute_https(location)
    except TargetError:
        return None, "the Availability service follows absolute https locations only"
    try:
        url, host, port = named_url(location, AUTODISCOVER_PATH)
    except TargetError as other:
        return None, f"{other}; the Availability service would ask there, this prober does not"
    found_by = f"{words.REDIRECTED_FROM}{source}"
    kind = EndpointKind.AUTODISCOVER_WSSECURITY
    return Endpoint(kind, with_wssecurity(url), host, port, found_by), found_by


def _accepted(failed_in: Phase | None) -> bool:
    return failed_in not in (Phase.RESOLVE, Phase.CONNECT, Phase.TUNNEL)


def _shows_exchange(exchange: HttpExchange) -> bool:
    if exchange_headers(name for name, _ in exchange.headers):
        return True
    return _SECURITY_NAMESPACE in exchange.body
