"""One attempt at one address: a connection with its requests, recorded as a fact also when it broke midway.

Cookies' values and what belongs to an authentication are dropped before anything is recorded. Redirects are
never followed here.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from probe.collection.connection.http_requests import ConnectionLog, HttpRequest, make_requests
from probe.collection.connection.phases import PhaseClock
from probe.collection.connection.tls.openssl import PreparedOffer
from probe.collection.connection.transport import Transport
from probe.collection.connection.wire import Wire
from probe.collection.settings import Proxy, Settings
from probe.facts.observation import Connection, Endpoint, FailureKind, Phase, Timings, WireFailure
from probe.facts.tls_negotiation import HandshakeOffer

_OUT_OF_TIME = frozenset((FailureKind.TIMEOUT, FailureKind.DEADLINE))

Record = Callable[[Connection], None]
Opened = Callable[[Wire], None]


class EndpointAddress(Struct, frozen=True):
    """Where the connections of a visit go. `address` is an IP literal: the partner's, or the proxy's."""

    endpoint: Endpoint
    address: str
    port: int
    proxy: Proxy | None = None
    resolve_ms: float | None = None


class ConnectionPlan(Struct, frozen=True):
    """Where to connect, how, until when (on the event loop's clock), and who watches the wires."""

    destination: EndpointAddress
    settings: Settings
    deadline: float
    opened: Opened

    def again(self) -> ConnectionPlan:
        """The same way for a further connection: the name has been looked up already."""
        return replace(self, destination=replace(self.destination, resolve_ms=None))


def unresolved(
    endpoint: Endpoint, failure: WireFailure, elapsed_ms: float, proxy: Proxy | None
) -> Connection:
    """The connection that was not tried: the name, or that of the proxy if there is one, has no address."""
    timings = Timings(resolve=elapsed_ms, total=elapsed_ms)
    return Connection(endpoint, failure=failure, timings=timings, proxy=proxy.url if proxy else None)


async def connect_in_turn(
    plan: ConnectionPlan, prepared: PreparedOffer, requests: tuple[HttpRequest, ...], record: Record
) -> None:
    """As many connections as these requests need, until one fails before its request was sent."""
    remaining = list(requests)
    while remaining:
        answered = await connect_once(plan, prepared, remaining, record)
        if answered == 0:
            return
        remaining = remaining[answered:]
        if remaining:
            plan = plan.again()


async def connect_once(
    plan: ConnectionPlan, prepared: PreparedOffer, requests: list[HttpRequest], record: Record
) -> int:
    """One connection, recorded. The number of requests that need not be made again; 0: do not go on."""
    if prepared.context is None:
        record(_nothing_to_offer(plan.destination, prepared.offer))
        return 0
    transport = transport_for(plan, prepared.context)
    wire = transport.wire
    plan.opened(wire)
    log = ConnectionLog()
    try:
        await make_requests(transport, requests, plan.settings, log)
    except asyncio.CancelledError:
        log.failure = wire.interrupt()
        raise
    finally:
        record(as_fact(wire, plan.destination, prepared.offer, log))
        transport.close()
    return 0 if log.failure and log.failure.kind in _OUT_OF_TIME else log.finished


def as_fact(
    wire: Wire, destination: EndpointAddress, offer: HandshakeOffer, log: ConnectionLog
) -> Connection:
    """What is known of a connection so far."""
    proxy = destination.proxy
    return Connection(
        destination.endpoint,
        address=None if proxy else destination.address,
        port=None if proxy else destination.port,
        offer=offer,
        tls=wire.session,
        presented=wire.presented,
        exchanges=tuple(log.exchanges),
        failure=log.failure,
        timings=wire.clock.timings(destination.resolve_ms),
        proxy=proxy.url if proxy else None,
        negotiation=wire.negotiation,
    )


def transport_for(plan: ConnectionPlan, context: ssl.SSLContext | None) -> Transport:
    """A connection that is not made yet, with the handshake of `context`."""
    destination, limits = plan.destination, plan.settings.limits
    clock = PhaseClock(step_timeout=plan.settings.connect_timeout, deadline=plan.deadline)
    return Transport(
        Wire(clock, limits),
        limits,
        destination.address,
        destination.port,
        context=context,
        proxy=destination.proxy,
    )


def _nothing_to_offer(destination: EndpointAddress, offer: HandshakeOffer) -> Connection:
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
