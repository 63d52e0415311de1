"""Visits one endpoint at one address: each connection made to it becomes a fact, also when it broke midway.

1. Offers of callers are tried in turn. Offers that are alike on the wire are made once and recorded for each.
2. With each offer the POST comes first, on a fresh connection, because that is what the caller does; the GET
   follows on the same connection where the partner allows it, else on a new one, or goes out beside it
   (parallel_requests.py).
3. When the partner cannot be reached at all, or no time is left, nothing further is tried.
4. When no handshake has succeeded, a liberal offer follows, to explain the failure and to see certificates
   and answers.
5. Beside it goes the exact ClientHello of each caller whose handshake left its case open (hello_exchange.py).
6. When the partner then speaks TLS 1.3 with this machine, and a caller may offer that too, the caller's
   groups are tried in it one by one. When a handshake succeeded with what the caller does not take, its
   offer with TLS 1.3 is made too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs

from probe.collection.connection.attempt import (
    ConnectionPlan,
    EndpointAddress,
    Opened,
    Record,
    connect_in_turn,
)
from probe.collection.connection.gathering import gather
from probe.collection.connection.hello_exchange import RecordHello, exchange_hellos, is_needed
from probe.collection.connection.http_requests import HttpRequest
from probe.collection.connection.parallel_requests import connect_at_once
from probe.collection.connection.tls.openssl import PreparedOffer, prepare
from probe.collection.connection.wire import Wire
from probe.collection.settings import LIBERAL, Settings
from probe.facts.observation import Connection, FailureKind, HelloExchange, Phase
from probe.facts.tls_negotiation import HandshakeOffer

TLS13 = "TLS 1.3"


def _unwatched(_wire: Wire) -> None:
    """For visits that nobody watches."""


def _unrecorded(_exchange: HelloExchange) -> None:
    """For visits whose hellos nobody records."""


async def visit(
    destination: EndpointAddress,
    requests: tuple[HttpRequest, ...],
    settings: Settings,
    deadline: float,
    record: Record,
    opened: Opened = _unwatched,
    record_hello: RecordHello = _unrecorded,
) -> None:
    """Connect with each offer of the settings, and further where that leaves a caller's case open.

    Every connection goes to `record` as soon as it is over, also when the visit is cancelled, and its wire to
    `opened` before it connects; every ClientHello of our own goes to `record_hello`.
    """
    plan = ConnectionPlan(destination, settings, deadline, opened)
    made: dict[tuple[tuple[str, ...], ...], list[Connection]] = {}
    for offer in settings.offers or (LIBERAL,):
        prepared = prepare(offer)
        if prepared.wire_shape in made:
            for connection in made[prepared.wire_shape]:
                record(structs.replace(connection, offer=prepared.offer))
            continue
        seen = made.setdefault(prepared.wire_shape, [])
        await _with_offer(plan, prepared, requests, _recorded_and_seen(record, seen))
        if _settled(seen):
            return
    hellos = _exchange_hellos(plan, made, record_hello)
    if prepare(LIBERAL).wire_shape in made or any(c.tls for seen in made.values() for c in seen):
        await hellos
        await _try_beyond(plan, made, requests, record)
        return
    liberal: list[Connection] = []
    await gather((hellos, _with_offer(plan, prepare(LIBERAL), requests, _recorded_and_seen(record, liberal))))
    if any(c.tls is not None and c.tls.protocol == TLS13 for c in liberal):
        await _try_groups_in_tls13(plan, requests, record)


async def _exchange_hellos(
    plan: ConnectionPlan,
    made: Mapping[tuple[tuple[str, ...], ...], Sequence[Connection]],
    record: RecordHello,
) -> None:
    """The exact hellos of the callers whose case is open, those that are alike on the wire only once."""
    sent: set[tuple[HandshakeOffer, ...]] = set()
    for offer in plan.settings.offers:
        hellos = plan.settings.hellos_of(offer)
        alike = tuple(structs.replace(hello, shape="") for hello in hellos)
        if hellos and alike not in sent and is_needed(hellos[0], made.get(prepare(offer).wire_shape, ())):
            sent.add(alike)
            await exchange_hellos(plan, hellos, record)


async def _try_groups_in_tls13(
    plan: ConnectionPlan, requests: tuple[HttpRequest, ...], record: Record
) -> None:
    """Handshakes in what callers may offer beyond their sure offer, one group each until one is agreed on."""
    for _, wider in plan.settings.wider:
        for group in wider.groups:
            made: list[Connection] = []
            prepared = prepare(structs.replace(wider, groups=(group,)))
            await connect_in_turn(plan.again(), prepared, requests, _recorded_and_seen(record, made))
            if any(connection.tls is not None for connection in made):
                break


async def _try_beyond(
    plan: ConnectionPlan,
    made: Mapping[tuple[tuple[str, ...], ...], Sequence[Connection]],
    requests: tuple[HttpRequest, ...],
    record: Record,
) -> None:
    """Make each wider offer beside which the sure one agreed on what its caller does not take."""
    for offer in plan.settings.offers:
        prepared = prepare(offer)
        seen = made.get(prepared.wire_shape, ())
        wider = _wider(plan.settings, prepared)
        if wider is None or any(c.offer.shape == wider.offer.shape for c in seen):
            continue
        if is_needed(offer, seen) and any(c.tls is not None for c in seen):
            await connect_in_turn(plan.again(), wider, requests, record)


async def _with_offer(
    plan: ConnectionPlan, prepared: PreparedOffer, requests: tuple[HttpRequest, ...], record: Record
) -> None:
    """Make these requests with this offer: at the same time or one after the other."""
    wider = _wider(plan.settings, prepared)
    if (
        plan.settings.ask_at_once
        and prepared.context is not None
        and (len(requests) > 1 or wider is not None)
    ):
        await connect_at_once(plan, prepared, wider, requests, record)
    else:
        await connect_in_turn(plan, prepared, requests, record)


def _wider(settings: Settings, prepared: PreparedOffer) -> PreparedOffer | None:
    """What the caller behind this offer may offer beyond it, if this machine can and if it is another."""
    offer = settings.wider_than(prepared.offer)
    if offer is None:
        return None
    wider = prepare(offer)
    return wider if wider.context is not None and wider.wire_shape != prepared.wire_shape else None


def _settled(connections: list[Connection]) -> bool:
    """Whether another handshake cannot do better: the partner was not reached, or no time is left."""
    last = connections[-1].failure
    if last is None:
        return False
    return last.kind is FailureKind.DEADLINE or last.phase in (Phase.RESOLVE, Phase.CONNECT, Phase.TUNNEL)


def _recorded_and_seen(record: Record, seen: list[Connection]) -> Record:
    def keep(connection: Connection) -> None:
        seen.append(connection)
        record(connection)

    return keep
