"""One GET over plain http, never followed: the third and fourth step of Get-FederationInformation.

Source: [exchange 1.2.1]. Only the host of the Location counts there; it came over an insecure
channel, which is why the cmdlet asks before it uses it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from probe.collection.connection.http_requests import ConnectionLog, HttpRequest, make_requests
from probe.collection.connection.phases import PhaseClock
from probe.collection.connection.resolver import UnresolvedError
from probe.collection.connection.transport import Transport
from probe.collection.connection.wire import Wire
from probe.collection.settings import Proxy
from probe.collection.target_run import TargetRun
from probe.errors import TargetError
from probe.facts.observation import HttpExchange, WireFailure
from probe.facts.target import HTTPS_PORT, bracketed, idn_host

HTTP_PORT = 80
_WELL_FORMED = re.compile(r"[\x21-\x7e]{1,2048}\Z")
_FOUND = 302


async def get(
    run: TargetRun, host: str, path: str, opened: list[Wire]
) -> tuple[HttpExchange | None, WireFailure | None]:
    """(the answer, None) of the first address that gives one, or (None, how the first attempt broke)."""
    proxy = run.settings.proxy_for(host)
    to_host, to_port = (proxy.host, proxy.port) if proxy else (host, HTTP_PORT)
    try:
        addresses, port, _ = await run.resolver.addresses(to_host, to_port)
    except UnresolvedError as nothing:
        return None, nothing.failure
    url = f"http://{bracketed(host)}{path}"
    tried = addresses if run.settings.all_addresses else addresses[:1]
    attempts = [asyncio.create_task(_once(run, url, address, port, proxy, opened)) for address in tried]
    try:
        return await _first(attempts)
    finally:
        for attempt in attempts:
            attempt.cancel()
        await asyncio.wait(attempts)


def redirected_host(exchange: HttpExchange, path: str) -> str | None:
    """The host that a redirect names as the cmdlet takes it, else None ([exchange 1.2.8]).

    302 only, an absolute https Location, and the very path that was asked for, in any case, without a query.
    """
    location = exchange.header("location")
    if exchange.status != _FOUND or location is None or not _WELL_FORMED.match(location):
        return None
    try:
        parts = urlsplit(location)
        if parts.scheme.lower() != "https" or (parts.port or HTTPS_PORT) == 0:
            return None
        asked = parts.path + (f"?{parts.query}" if parts.query else "")
        return idn_host(parts.hostname or "") if asked.lower() == path else None
    except (ValueError, TargetError):
        return None


async def _first(
    attempts: Sequence[asyncio.Task[tuple[HttpExchange | None, WireFailure | None]]],
) -> tuple[HttpExchange | None, WireFailure | None]:
    for finished in asyncio.as_completed(attempts):
        exchange, _ = await finished
        if exchange is not None and exchange.status is not None:
            return exchange, None
    return None, attempts[0].result()[1]


async def _once(
    run: TargetRun, url: str, address: str, port: int, proxy: Proxy | None, opened: list[Wire]
) -> tuple[HttpExchange | None, WireFailure | None]:
    wire = Wire(PhaseClock(step_timeout=run.settings.connect_timeout, deadline=run.deadline))
    wire.budget.target = run.budget
    opened.append(wire)
    transport = Transport(wire, run.settings.limits, address, port, proxy=proxy)
    log = ConnectionLog()
    try:
        await make_requests(transport, [HttpRequest("GET", url)], run.settings, log)
    finally:
        transport.close()
    if log.exchanges and log.exchanges[0].status is not None and proxy is None:
        run.meet(address)
    return (log.exchanges[0] if log.exchanges else None), log.failure
