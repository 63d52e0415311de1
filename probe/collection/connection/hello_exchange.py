"""Sends a caller's own ClientHello and records what the partner chooses, where a handshake left that open.

1. A handshake of this machine's OpenSSL was made with the caller's offer, as far as OpenSSL can make it.
2. If the partner chose something that the caller offers, nothing follows: the handshake has decided.
3. If it failed before the partner chose, or the choice lies outside the caller's offer, the caller's exact
   hello is sent on a connection of its own, and read up to ServerHelloDone or an alert.
4. Each further hello, in what else the caller may offer, follows only while the one before was refused.
5. Where the partner stalls, does not speak TLS, or time is over, no hello is sent: it would tell no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from secrets import token_bytes

from probe.collection.connection.attempt import ConnectionPlan, transport_for
from probe.collection.connection.failures import WireError
from probe.collection.connection.request_line import request_line
from probe.collection.connection.tls.client_hello import client_hello, offered_protocols
from probe.collection.connection.transport import ProxyRefusedError
from probe.facts.observation import Connection, FailureKind, HelloExchange, Phase, WireFailure
from probe.facts.target import ip_literal
from probe.facts.tls_negotiation import HandshakeOffer

RecordHello = Callable[[HelloExchange], None]

_RANDOM_BYTES = 32
_LEFT_OPEN = frozenset(
    (
        FailureKind.ALERT,
        FailureKind.RESET,
        FailureKind.CLOSED,
        FailureKind.CLOSE_NOTIFY,
        FailureKind.TRUNCATED,
        FailureKind.TLS_ERROR,
        FailureKind.NOTHING_TO_OFFER,
    )
)


def is_needed(offer: HandshakeOffer, made: Iterable[Connection]) -> bool:
    """Whether these connections, made with as much of `offer` as OpenSSL has, leave the choice open."""
    if not offered_protocols(offer) or not any("_WITH_" in suite for suite in offer.cipher_suites):
        return False
    connections = tuple(made)
    if any(connection.negotiation and offer.covers(connection.negotiation) for connection in connections):
        return False
    return any(_leaves_open(connection) for connection in connections)


def _leaves_open(connection: Connection) -> bool:
    if connection.tls is not None:
        return connection.negotiation is not None
    failure = connection.failure
    return failure is not None and failure.phase is Phase.HANDSHAKE and failure.kind in _LEFT_OPEN


async def exchange_hellos(
    plan: ConnectionPlan, offers: Iterable[HandshakeOffer], record: RecordHello
) -> None:
    """Send the hello of each offer in turn, until one is not refused."""
    for offer in offers:
        exchange = await _exchange(plan.again(), offer, record)
        if exchange.negotiation is not None:
            return


async def _exchange(plan: ConnectionPlan, offer: HandshakeOffer, record: RecordHello) -> HelloExchange:
    destination = plan.destination
    transport = transport_for(plan, None)
    wire = transport.wire
    plan.opened(wire)
    host = destination.endpoint.host
    failure: WireFailure | None = None
    try:
        hello = client_hello(offer, None if ip_literal(host) else host, token_bytes(_RANDOM_BYTES))
        await transport.exchange_hello(request_line(destination.endpoint.url), hello)
    except WireError as broken:
        failure = broken.failure
    except ProxyRefusedError as refused:
        failure = WireFailure(Phase.TUNNEL, FailureKind.PROXY_REFUSED, detail=str(refused))
    except asyncio.CancelledError:
        failure = wire.interrupt()
        raise
    finally:
        proxy = destination.proxy
        exchange = HelloExchange(
            destination.endpoint,
            offer,
            address=None if proxy else destination.address,
            port=None if proxy else destination.port,
            negotiation=wire.negotiation,
            presented=wire.presented,
            failure=wire.failure or failure,
            timings=wire.clock.timings(None),
            proxy=proxy.url if proxy else None,
        )
        record(exchange)
        transport.close()
    return exchange
