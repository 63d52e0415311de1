"""One attempt at one address: a connection with its requests, recorded as a fact also when it broke midway.

Cookies' values and what belongs to an authentication are dropped before anything is recorded. Redirects are
never followed here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from probe.collection.connection.exchange import Ask, Talk, converse
from probe.collection.connection.phases import PhaseClock
from probe.collection.connection.tls import Hello
from probe.collection.connection.transport import Transport
from probe.collection.connection.wire import Wire
from probe.collection.settings import Proxy, Settings
from probe.facts.observation import (
    Connection,
    Endpoint,
    FailureKind,
    HandshakeOffer,
    Phase,
    Timings,
    WireFailure,
)

_OUT_OF_TIME = frozenset((FailureKind.TIMEOUT, FailureKind.DEADLINE))

Record = Callable[[Connection], None]
Opened = Callable[[Wire], None]


class Destination(Struct, frozen=True):
    """Where the connections of a visit go. `address` is an IP literal: the partner's, or the proxy's."""

    endpoint: Endpoint
    address: str
    port: int
    proxy: Proxy | None = None
    resolve_ms: float | None = None


class Way(Struct, frozen=True):
    """Where to connect, how, until when (on the event loop's clock), and who watches the wires."""

    destination: Destination
    settings: Settings
    deadline: float
    opened: Opened

    def again(self) -> Way:
        """The same way for a further connection: the name has been looked up already."""
        return replace(self, destination=replace(self.destination, resolve_ms=None))


def unresolved(
    endpoint: Endpoint, failure: WireFailure, elapsed_ms: float, proxy: Proxy | None
) -> Connection:
    """The connection that was not tried: the name, or that of the proxy if there is one, has no address."""
    timings = Timings(resolve=elapsed_ms, total=elapsed_ms)
    return Connection(endpoint, failure=failure, timings=timings, proxy=proxy.url if proxy else None)


async def in_turn(way: Way, greeting: Hello, asks: tuple[Ask, ...], record: Record) -> None:
    """As many connections as these requests need, until one fails before its request was sent."""
    remaining = list(asks)
    while remaining:
        answered = await connect_once(way, greeting, remaining, record)
        if answered == 0:
            return
        remaining = remaining[answered:]
        if remaining:
            way = way.again()


async def connect_once(way: Way, greeting: Hello, asks: list[Ask], record: Record) -> int:
    """One connection, recorded. The number of requests that need not be made again; 0: do not go on."""
    if greeting.context is None:
        record(_nothing_to_offer(way.destination, greeting.offer))
        return 0
    transport = _transport(way, greeting)
    wire = transport.wire
    way.opened(wire)
    talk = Talk()
    try:
        await converse(transport, asks, way.settings, talk)
    except asyncio.CancelledError:
        talk.failure = wire.interrupt()
        raise
    finally:
        record(as_fact(wire, way.destination, greeting.offer, talk))
        transport.close()
    return 0 if talk.failure and talk.failure.kind in _OUT_OF_TIME else talk.finished


def as_fact(wire: Wire, destination: Destination, offer: HandshakeOffer, talk: Talk) -> Connection:
    """What is known of a connection so far."""
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


def _transport(way: Way, greeting: Hello) -> Transport:
    destination, limits = way.destination, way.settings.limits
    clock = PhaseClock(step_timeout=way.settings.connect_timeout, deadline=way.deadline)
    return Transport(
        Wire(clock, maximum_certificates=limits.presented_certificates),
        limits,
        destination.address,
        destination.port,
        context=greeting.context,
        proxy=destination.proxy,
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
