"""One endpoint at one address: the connections made to it, each as a fact, also when it broke midway.

The POST comes first, on a fresh connection, because that is what the caller does; the GET follows on the
same connection where the partner allows it, else on a new one, or goes out beside it (at_once.py).
"""

from __future__ import annotations

from msgspec import structs

from probe.collection.connection.at_once import at_once
from probe.collection.connection.attempt import Destination, Opened, Record, Way, in_turn
from probe.collection.connection.exchange import Ask
from probe.collection.connection.tls import Hello, hello
from probe.collection.connection.wire import Wire
from probe.collection.settings import LIBERAL, Settings
from probe.facts.observation import Connection, FailureKind, Phase


def _unwatched(_wire: Wire) -> None:
    """For visits that nobody watches."""


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
    (CONTRIBUTING.md, decision 3).
    """
    way = Way(destination, settings, deadline, opened)
    made: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Connection]] = {}
    for offer in settings.offers or (LIBERAL,):
        greeting = hello(offer)
        if greeting.wire_shape in made:
            for connection in made[greeting.wire_shape]:
                record(structs.replace(connection, offer=greeting.offer))
            continue
        seen = made.setdefault(greeting.wire_shape, [])
        await _with_offer(way, greeting, asks, _both(record, seen))
        if _settled(seen):
            return
    everything = [connection for connections in made.values() for connection in connections]
    liberal = hello(LIBERAL)
    if liberal.wire_shape not in made and not any(connection.tls for connection in everything):
        await _with_offer(way, liberal, asks, record)


async def _with_offer(way: Way, greeting: Hello, asks: tuple[Ask, ...], record: Record) -> None:
    """Make these requests with this offer: at the same time or one after the other."""
    wider = _wider(way.settings, greeting)
    if way.settings.ask_at_once and greeting.context is not None and (len(asks) > 1 or wider is not None):
        await at_once(way, greeting, wider, asks, record)
    else:
        await in_turn(way, greeting, asks, record)


def _wider(settings: Settings, greeting: Hello) -> Hello | None:
    """What the caller behind this offer may offer beyond it, if this machine can and if it is another."""
    offer = settings.wider_than(greeting.offer)
    if offer is None:
        return None
    wider = hello(offer)
    return wider if wider.context is not None and wider.wire_shape != greeting.wire_shape else None


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
