"""From a target to the endpoints that the caller would use, each step on record whatever came of it.

For now the plain candidates: what was given, else the Exchange paths on the host, else on
`autodiscover.<domain>` and `<domain>`. Which candidate counts is decided by what can be seen of it: one that
shows Exchange before one that merely accepts connections. No endpoint is judged.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from time import perf_counter
from urllib.parse import urlsplit

from probe.collect import soap
from probe.collect.exchange import Ask
from probe.collect.run import Run, Visited, gather
from probe.errors import TargetError
from probe.facts.observation import DiscoveryStep, Endpoint, EndpointKind, HttpExchange, Phase
from probe.facts.target import (
    AUTODISCOVER_PATH,
    EWS_PATH,
    HTTPS_PORT,
    Target,
    TargetKind,
    https_url,
    origin,
    with_wssecurity,
)

# Headers by which Exchange is known (spec/exchange.md section 3.6).
_EXCHANGE_HEADERS = frozenset(
    (
        "x-feserver",
        "x-beserver",
        "x-calculatedbetarget",
        "x-diaginfo",
        "x-caserrorcode",
        "x-soap-enabled",
        "x-wssecurity-enabled",
        "x-owa-version",
    )
)
_PRINTABLE = re.compile(r"[\x21-\x7e]{1,2048}\Z")
_POX = "/autodiscover.xml"


async def explore(run: Run, target: Target) -> None:
    """Find the endpoints of a target and look at each; the run's ledger has everything.

    Raises:
        TargetError: one of the URLs in the settings cannot be used.
    """
    given = _given(run)
    if target.kind is TargetKind.URL and target.url is not None:
        given.append(endpoint_of(target.url, "the target as given"))
    if given:
        await _look_at_all(run, given, target)
    if (
        any(endpoint.kind is EndpointKind.EWS_WSSECURITY for endpoint in given)
        or target.kind is TargetKind.URL
    ):
        return
    if target.kind is TargetKind.HOST and target.host is not None and not given:
        pair = _pair(target.host, target.port or HTTPS_PORT, "the path that Exchange has on this host")
        await _look_at_all(run, pair, target)
    elif given:
        await _ews_beside_autodiscover(run, given[0], target)
    elif target.domain is not None:
        await _discover(run, target.domain, target)


def endpoint_of(url: str, found_by: str) -> Endpoint:
    """The endpoint at a URL, its kind derived from its path, with the suffix the service appends to it.

    `autodiscover.xml` is rewritten to the SOAP service as the Availability service does
    (spec/exchange.md section 1.1). A path that is none of Exchange's is taken as it is.

    Raises:
        TargetError: it is no usable https URL.
    """
    normal, host, port = https_url(url)
    path = urlsplit(normal).path.lower().removesuffix("/")
    if path.endswith(_POX):
        return _autodiscover(host, port, found_by)
    if path.endswith(AUTODISCOVER_PATH):
        return Endpoint(EndpointKind.AUTODISCOVER, normal, host, port, found_by)
    if "/autodiscover/" in path:
        return Endpoint(EndpointKind.AUTODISCOVER_WSSECURITY, normal, host, port, found_by)
    if path.endswith(EWS_PATH):
        normal = with_wssecurity(normal)
    return Endpoint(EndpointKind.EWS_WSSECURITY, normal, host, port, found_by)


def requests_for(endpoint: Endpoint, domain: str) -> tuple[Ask, ...]:
    """What to ask an endpoint: the POST that the caller makes, without a token, then an anonymous GET."""
    mailbox = f"fedprobe@{domain}"
    if endpoint.kind is EndpointKind.EWS_WSSECURITY:
        today = datetime.now(UTC).date()
        body, action = soap.get_user_availability(endpoint.url, mailbox, today), soap.GET_USER_AVAILABILITY
    elif endpoint.kind is EndpointKind.AUTODISCOVER_WSSECURITY:
        body, action = soap.get_user_settings(endpoint.url, mailbox), soap.GET_USER_SETTINGS
    else:
        body = soap.get_federation_information(endpoint.url, domain)
        action = soap.GET_FEDERATION_INFORMATION
    return (Ask("POST", endpoint.url, soap.soap_headers(action), body), Ask("GET", endpoint.url))


def _given(run: Run) -> list[Endpoint]:
    """The relationship's own URLs, used as the Availability service uses them."""
    given = []
    settings = run.settings
    if settings.ews_url:
        url, host, port = https_url(settings.ews_url)
        found_by = "TargetSharingEpr as given"
        given.append(Endpoint(EndpointKind.EWS_WSSECURITY, with_wssecurity(url), host, port, found_by))
    if settings.autodiscover_url:
        url, host, port = https_url(settings.autodiscover_url)
        found_by = "TargetAutodiscoverEpr as given"
        if urlsplit(url).path.lower().endswith(_POX):
            given.append(_autodiscover(host, port, found_by))
        else:
            kind = EndpointKind.AUTODISCOVER_WSSECURITY
            given.append(Endpoint(kind, with_wssecurity(url), host, port, found_by))
    for endpoint in given:
        run.steps.append(DiscoveryStep("given", endpoint.url, "found", endpoint.found_by))
    if settings.ews_url and not settings.autodiscover_url:
        detail = "the Availability service asks no Autodiscover when TargetSharingEpr is set"
        run.steps.append(DiscoveryStep("autodiscover", "", "skipped", detail))
    return given


async def _discover(run: Run, domain: str, target: Target) -> None:
    """Try the candidates at the same time; the best one counts, the others only leave a step."""
    hosts = (f"autodiscover.{domain}", domain)
    candidates = [
        [run.begin(endpoint) for endpoint in _pair(host, HTTPS_PORT, f"the path that Exchange has on {host}")]
        for host in hosts
    ]
    started = perf_counter()
    work = [_look_at(run, visited, target) for pair in candidates for visited in pair]
    await gather(work)
    elapsed = round((perf_counter() - started) * 1000, 3)
    ranks = [max(_rank(visited) for visited in pair) for pair in candidates]
    best = ranks.index(max(ranks))
    for position, (pair, rank) in enumerate(zip(candidates, ranks, strict=True)):
        counts = rank > 0 and position == best
        for visited in pair:
            visited.kept = counts or max(ranks) == 0
        outcome, detail = _told(pair[1], rank, counts=counts, chosen=hosts[best])
        run.steps.append(DiscoveryStep("candidate", pair[1].endpoint.url, outcome, detail, elapsed))


async def _ews_beside_autodiscover(run: Run, autodiscover: Endpoint, target: Target) -> None:
    found_by = f"the path that Exchange has on the Autodiscover host {autodiscover.host}"
    ews = _pair(autodiscover.host, autodiscover.port, found_by)[0]
    run.steps.append(DiscoveryStep("ews", ews.url, "found", found_by))
    await _look_at(run, run.begin(ews), target)


async def _look_at_all(run: Run, endpoints: list[Endpoint], target: Target) -> None:
    await gather([_look_at(run, visited, target) for visited in [run.begin(e) for e in endpoints]])


async def _look_at(run: Run, visited: Visited, target: Target) -> None:
    """Look at one endpoint, and at where its Autodiscover sends the caller."""
    domain = target.domain or target.host or visited.endpoint.host
    await run.look_at(visited, requests_for(visited.endpoint, domain))
    if visited.endpoint.kind is not EndpointKind.AUTODISCOVER_WSSECURITY:
        return
    for number in range(run.settings.limits.redirects + 1):
        location = _redirect(visited)
        if location is None:
            return
        endpoint, detail = _redirected(location, visited.endpoint.url)
        if number == run.settings.limits.redirects:
            endpoint, detail = None, f"redirect number {number + 1}: the Availability service follows 3"
        outcome = "failed" if endpoint is None else "found"
        run.steps.append(DiscoveryStep("redirect", location, outcome, detail))
        if endpoint is None:
            return
        visited = run.begin(endpoint)
        await run.look_at(visited, requests_for(endpoint, domain))


def _redirect(visited: Visited) -> str | None:
    """Where the POST was redirected to with 302, the only status that the service follows."""
    for connection in visited.connections:
        for exchange in connection.exchanges:
            if exchange.method == "POST" and exchange.status == 302:
                return exchange.header("location")
    return None


def _redirected(location: str, source: str) -> tuple[Endpoint | None, str]:
    try:
        if not _PRINTABLE.match(location):
            raise TargetError(location)
        url, host, port = https_url(location)
    except TargetError:
        return None, "the Availability service follows absolute https locations only"
    found_by = f"redirected from {source}"
    kind = EndpointKind.AUTODISCOVER_WSSECURITY
    return Endpoint(kind, with_wssecurity(url), host, port, found_by), found_by


def _pair(host: str, port: int, found_by: str) -> list[Endpoint]:
    """EWS and Autodiscover at their usual paths on a host."""
    url = with_wssecurity(origin(host, port) + EWS_PATH)
    ews = Endpoint(EndpointKind.EWS_WSSECURITY, url, host, port, found_by)
    return [ews, _autodiscover(host, port, found_by)]


def _autodiscover(host: str, port: int, found_by: str) -> Endpoint:
    url = with_wssecurity(origin(host, port) + AUTODISCOVER_PATH)
    return Endpoint(EndpointKind.AUTODISCOVER_WSSECURITY, url, host, port, found_by)


def _rank(visited: Visited) -> int:
    """2: an answer shows Exchange. 1: something accepts connections. 0: nothing does."""
    exchanges = [e for connection in visited.connections for e in connection.exchanges]
    if any(_shows_exchange(exchange) for exchange in exchanges):
        return 2
    return int(any(_accepted(c.failure.phase if c.failure else None) for c in visited.connections))


def _accepted(failed_in: Phase | None) -> bool:
    return failed_in not in (Phase.RESOLVE, Phase.CONNECT, Phase.TUNNEL)


def _shows_exchange(exchange: HttpExchange) -> bool:
    if any(name.lower() in _EXCHANGE_HEADERS for name, _ in exchange.headers):
        return True
    return b"oasis-200401-wss-wssecurity-secext" in exchange.body


def _told(visited: Visited, rank: int, *, counts: bool, chosen: str) -> tuple[str, str]:
    """(outcome, detail) of a candidate's step."""
    if counts:
        return "found", "an answer shows Exchange" if rank == 2 else "it accepts connections"
    if rank:
        return "skipped", f"{chosen} comes first" if rank == 2 else "no answer shows Exchange"
    failures = [c.failure for c in visited.connections if c.failure]
    if not failures:
        return "nothing", ""
    first = failures[0]
    outcome = "nothing" if first.phase is Phase.RESOLVE else "failed"
    return outcome, f"{first.phase.value}: {first.kind.value}"
