"""Visits one endpoint at one address: each connection made to it becomes a fact, also when it broke midway.

1. Offers of callers are tried in turn. Offers that are alike on the wire are made once and recorded for each.
2. With each offer the POST comes first, on a fresh connection, because that is what the caller does; the GET
   follows on the same connection where the partner allows it, else on a new one, or goes out beside it
   (parallel_requests.py).
3. When the partner cannot be reached at all, or no time is left, no further offer is made.
4. When no handshake has succeeded, a liberal offer follows, to explain the failure and to see certificates.
"""

from __future__ import annotations

from msgspec import structs

from probe.collection.connection.attempt import (
    ConnectionPlan,
    EndpointAddress,
    Opened,
    Record,
    connect_in_turn,
)
from probe.collection.connection.http_requests import HttpRequest
from probe.collection.connection.openssl import PreparedOffer, prepare
from probe.collection.connection.parallel_requests import connect_at_once
from probe.collection.connection.wire import Wire
from probe.collection.settings import LIBERAL, Settings
from probe.facts.observation import Connection, FailureKind, Phase


def _unwatched(_wire: Wire) -> None:
    """For visits that nobody watches."""


async def visit(
    destination: EndpointAddress,
    requests: tuple[HttpRequest, ...],
    settings: Settings,
    deadline: float,
    record: Record,
    opened: Opened = _unwatched,
) -> None:
    """Connect with each offer of the settings, and with a liberal one if no handshake succeeded.

    Every connection goes to `record` as soon as it is over, also when the visit is cancelled, and its wire to
    `opened` before it connects. Shapes that are alike on the wire are offered once and recorded for each
    (CONTRIBUTING.md, decision 3).
    """
    plan = ConnectionPlan(destination, settings, deadline, opened)
    made: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Connection]] = {}
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
    everything = [connection for connections in made.values() for connection in connections]
    liberal = prepare(LIBERAL)
    if liberal.wire_shape not in made and not any(connection.tls for connection in everything):
        await _with_offer(plan, liberal, requests, record)


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
