"""The EWS URL without credentials: Autodiscover version 2 (JSON) tells it to anybody who asks.

Source: [exchange 1.4.1]. An Exchange Server answers for a random mailbox when it does not know
the address, so the answer for a neutral address still names the published EWS host.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from msgspec import Struct

from probe.collection.connection.http_requests import HttpRequest
from probe.collection.discovery.endpoint_urls import named_url
from probe.collection.discovery.endpoint_visits import absolute_https, failure_summary, visit_until
from probe.collection.target_run import TargetRun
from probe.errors import TargetError
from probe.facts.observation import Endpoint, EndpointKind, HttpExchange, StepOutcome
from probe.facts.target import EWS_PATH, Target, origin

NEUTRAL = "fedprobe"


class Location(Struct, frozen=True):
    """What came of the question: the URL named, or None with the reason in `detail`."""

    asked: str
    url: str | None
    outcome: StepOutcome
    detail: str


def named_by(target: Target) -> str:
    """How an EWS URL that Autodiscover V2 named is labelled: whose mailbox it was asked for."""
    if target.address is not None:
        return f"Autodiscover V2 names it for {target.address}"
    return "Autodiscover V2 names it (asked for a neutral address: sure for the host, not for every mailbox)"


async def find_ews_url(
    run: TargetRun, host: str, port: int, target: Target, *, named: bool = False
) -> Location:
    """The EWS URL that Autodiscover V2 on this host names for the target; `named` as for `EndpointVisits`."""
    mailbox = target.address or f"{NEUTRAL}@{target.domain or target.host or host}"
    query = f"?Email={quote(mailbox, safe='@.')}&Protocol=EWS"
    url = f"{origin(host, port)}/autodiscover/autodiscover.json{query}"
    endpoint = Endpoint(EndpointKind.AUTODISCOVER, url, host, port, "Autodiscover V2")
    visits = run.begin(endpoint, kept=False, named=named)

    def answered() -> bool:
        return any(exchange.status is not None for exchange in visits.exchanges)

    await visit_until(run, visits, (HttpRequest("GET", url),), answered)
    exchange = next((e for e in visits.exchanges if e.status is not None), None)
    if exchange is None:
        return Location(url, None, StepOutcome.FAILED, failure_summary(visits) or "no answer")
    return _read(url, exchange)


def _read(asked: str, exchange: HttpExchange) -> Location:
    if exchange.status in (301, 302):
        where = (exchange.header("location") or "nowhere")[:200]
        return Location(asked, None, StepOutcome.NOTHING, f"it sends the mailbox elsewhere: {where}")
    answer = _object(exchange.body)
    if answer is None:
        said = f"HTTP status {exchange.status} {exchange.reason}".rstrip()
        return Location(asked, None, StepOutcome.NOTHING, f"{said}, no JSON object")
    named = answer.get("Url")
    if exchange.status != 200 or not isinstance(named, str):
        code = str(answer.get("ErrorCode") or f"HTTP status {exchange.status}")[:80]
        return Location(
            asked, None, StepOutcome.NOTHING, f"{code} {str(answer.get('ErrorMessage') or '')[:200]}".strip()
        )
    try:
        absolute_https(named)
    except TargetError:
        return Location(asked, None, StepOutcome.FAILED, f"it names {named[:200]!r}, which is no https URL")
    try:
        url, _, _ = named_url(named, EWS_PATH)
    except TargetError as other:
        return Location(asked, None, StepOutcome.FAILED, f"{other}; not asked")
    return Location(asked, url, StepOutcome.FOUND, url)


def _object(body: bytes) -> dict[str, object] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
