"""One endpoint at one address: the connections made to it, each as a fact, also when it broke midway.

The POST comes first, on a fresh connection, because that is what the caller does; the GET follows on the
same connection where the partner allows it, else on a new one. Redirects are never followed here. Cookies'
values and what belongs to an authentication are dropped before anything is recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from msgspec import structs

from probe.collect.exchange import Ask, Talk, converse
from probe.collect.phases import PhaseClock
from probe.collect.settings import LIBERAL, Proxy, Settings
from probe.collect.tls import Hello, hello
from probe.collect.wire import Wire
from probe.facts.observation import (
    Connection,
    Endpoint,
    FailureKind,
    HandshakeOffer,
    Phase,
    Timings,
    WireFailure,
)
from probe.facts.target import ip_literal

if TYPE_CHECKING:
    from probe.collect.transport import Transport

_OUT_OF_TIME = frozenset((FailureKind.TIMEOUT, FailureKind.DEADLINE))

Record = Callable[[Connection], None]
Opened = Callable[[Wire], None]


def _unwatched(_wire: Wire) -> None:
    """For visits that nobody watches."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the connections of a visit go. `address` is an IP literal: the partner's, or the proxy's."""

    endpoint: Endpoint
    address: str
    port: int
    proxy: Proxy | None = None
    resolve_ms: float | None = None


async def visit(
    destination: Destination,
    asks: tuple[Ask, ...],
    settings: Settings,
    deadline: float,
    record: Record,
    opened: Opened = _unwatched,
) -> None:
    """Connect with each offer of the settings, and with a liberal one if no handshake succeeded.

    Every connection goes to `record` as soon as it is over, also when the visit is cancelled, and its wire to
    `opened` before it connects. Shapes that are alike on the wire are offered once and recorded for each
    (architecture.md, decision 3).
    """
    made: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Connection]] = {}
    for offer in settings.offers or (LIBERAL,):
        greeting = hello(offer)
        if greeting.wire_shape in made:
            for connection in made[greeting.wire_shape]:
                record(structs.replace(connection, offer=greeting.offer))
            continue
        seen = made.setdefault(greeting.wire_shape, [])
        await _with_offer(destination, greeting, asks, settings, deadline, _both(record, seen), opened)
        if _settled(seen):
            return
    everything = [connection for connections in made.values() for connection in connections]
    liberal = hello(LIBERAL)
    if liberal.wire_shape not in made and not any(connection.tls for connection in everything):
        await _with_offer(destination, liberal, asks, settings, deadline, record, opened)


def unresolved(
    endpoint: Endpoint, failure: WireFailure, elapsed_ms: float, proxy: Proxy | None
) -> Connection:
    """The connection that was not tried: the name, or that of the proxy if there is one, has no address."""
    timings = Timings(resolve=elapsed_ms, total=elapsed_ms)
    return Connection(endpoint, failure=failure, timings=timings, proxy=proxy.url if proxy else None)


async def _with_offer(
    destination: Destination,
    greeting: Hello,
    asks: tuple[Ask, ...],
    settings: Settings,
    deadline: float,
    record: Record,
    opened: Opened,
) -> None:
    """As many connections as these requests need, until one fails before its request was sent."""
    if settings.ask_at_once and len(asks) > 1 and greeting.context is not None:
        await _at_once(destination, greeting, asks, settings, deadline, record, opened)
        return
    await _in_turn(destination, greeting, asks, settings, deadline, record, opened)


async def _in_turn(
    destination: Destination,
    greeting: Hello,
    asks: tuple[Ask, ...],
    settings: Settings,
    deadline: float,
    record: Record,
    opened: Opened,
) -> None:
    remaining = list(asks)
    resolve_ms = destination.resolve_ms
    while remaining:
        answered = await _connect_once(
            replace(destination, resolve_ms=resolve_ms),
            greeting,
            remaining,
            settings,
            deadline,
            record,
            opened,
        )
        if answered == 0:
            return
        remaining = remaining[answered:]
        resolve_ms = None


async def _at_once(
    destination: Destination,
    greeting: Hello,
    asks: tuple[Ask, ...],
    settings: Settings,
    deadline: float,
    record: Record,
    opened: Opened,
) -> None:
    """The first request decides; the others go out beside it, and again after it if they did not get through.

    What happens to the others before their request is sent is not recorded: it says no more than the first.
    """
    first, others = asks[0], asks[1:]
    beside: list[list[Connection]] = [[] for _ in others]
    again = replace(destination, resolve_ms=None)
    companions = [
        asyncio.create_task(_connect_once(again, greeting, [ask], settings, deadline, made.append, opened))
        for ask, made in zip(others, beside, strict=True)
    ]
    made_first: list[Connection] = []
    try:
        await _in_turn(destination, greeting, (first,), settings, deadline, _both(record, made_first), opened)
        if not any(connection.exchanges for connection in made_first):
            return
        await asyncio.wait(companions)
    finally:
        for companion in companions:
            companion.cancel()
        await asyncio.wait(companions)
    for ask, made in zip(others, beside, strict=True):
        if made and made[0].exchanges:
            record(made[0])
        else:
            await _in_turn(again, greeting, (ask,), settings, deadline, record, opened)


async def _connect_once(
    destination: Destination,
    greeting: Hello,
    asks: list[Ask],
    settings: Settings,
    deadline: float,
    record: Record,
    opened: Opened,
) -> int:
    """One connection, recorded. The number of requests that need not be made again; 0: do not go on."""
    if greeting.context is None:
        record(_nothing_to_offer(destination, greeting.offer))
        return 0
    transport = _transport(destination, greeting, settings, deadline)
    wire = transport.stream.wire
    opened(wire)
    talk = Talk()
    try:
        await converse(transport, asks, settings, talk)
    except asyncio.CancelledError:
        talk.failure = wire.interrupt()
        raise
    finally:
        record(_as_fact(wire, destination, greeting.offer, talk))
        await transport.aclose()
    return 0 if talk.failure and talk.failure.kind in _OUT_OF_TIME else talk.finished


def _transport(destination: Destination, greeting: Hello, settings: Settings, deadline: float) -> Transport:
    # Brings httpx and httpcore, 80 ms of imports: only now is it certain that something will be sent. The
    # wire comes after that, because its clock starts with it.
    from probe.collect.transport import Stream, Transport, parsed_url

    clock = PhaseClock(step_timeout=settings.connect_timeout, deadline=deadline)
    wire = Wire(clock, maximum_certificates=settings.limits.presented_certificates)
    endpoint = destination.endpoint
    server_name = None if ip_literal(endpoint.host) else endpoint.host
    stream = Stream(wire, greeting, server_name, settings.limits)
    return Transport(
        stream, parsed_url(endpoint.url), destination.address, destination.port, destination.proxy
    )


def _as_fact(wire: Wire, destination: Destination, offer: HandshakeOffer, talk: Talk) -> Connection:
    proxy = destination.proxy
    return Connection(
        destination.endpoint,
        address=None if proxy else destination.address,
        port=None if proxy else destination.port,
        offer=offer,
        tls=wire.session,
        presented=wire.presented,
        exchanges=tuple(talk.exchanges),
        failure=talk.failure,
        timings=wire.clock.timings(destination.resolve_ms),
        proxy=proxy.url if proxy else None,
    )


def _nothing_to_offer(destination: Destination, offer: HandshakeOffer) -> Connection:
    failure = WireFailure(
        Phase.HANDSHAKE, FailureKind.NOTHING_TO_OFFER, detail="missing here: " + ", ".join(offer.missing)
    )
    proxy = destination.proxy
    return Connection(
        destination.endpoint,
        address=None if proxy else destination.address,
        port=None if proxy else destination.port,
        offer=offer,
        failure=failure,
        proxy=proxy.url if proxy else None,
    )


def _settled(connections: list[Connection]) -> bool:
    """Whether another handshake cannot do better: the partner was not reached, or no time is left."""
    last = connections[-1].failure
    if last is None:
        return False
    return last.kind is FailureKind.DEADLINE or last.phase in (Phase.RESOLVE, Phase.CONNECT, Phase.TUNNEL)


def _both(record: Record, seen: list[Connection]) -> Record:
    def keep(connection: Connection) -> None:
        seen.append(connection)
        record(connection)

    return keep
