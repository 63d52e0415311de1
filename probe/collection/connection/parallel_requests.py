"""Sends the requests of one endpoint at once, each on a connection of its own: quicker, for more handshakes.

1. The first request, a POST, decides. Its connection offers what the caller is sure to offer.
2. Every further request goes out beside it on a connection of its own. What happens to those before their
   request is sent is not recorded: it says no more than the first connection. A further request that did not
   get through is made again after the first, one connection at a time.
3. Where the caller may offer TLS 1.3 too, the first request also goes out over that wider offer, whose
   handshake takes one round trip instead of two.
4. The wider answer stands for the first one's, which is then not waited for, only when nothing can differ
   that a check would see: the caller's own handshake has finished and nothing has broken it, both presented
   the same certificates, and the wider answer is whole.
5. In every other case the first connection is waited for, and the wider one is not recorded: that it broke,
   or what it said, proves nothing.
"""

from __future__ import annotations

import asyncio

from probe.collection.connection.attempt import ConnectionPlan, Record, as_fact, connect_in_turn, connect_once
from probe.collection.connection.http_requests import ConnectionLog, HttpRequest
from probe.collection.connection.tls.openssl import PreparedOffer
from probe.collection.connection.wire import Wire
from probe.facts.observation import Connection


async def connect_at_once(
    plan: ConnectionPlan,
    prepared: PreparedOffer,
    wider: PreparedOffer | None,
    requests: tuple[HttpRequest, ...],
    record: Record,
) -> None:
    """Make these requests: the others beside the first, and again after it if they did not get through.

    What happens to the others before their request is sent is not recorded: it says no more than the first.
    """
    first, others = requests[0], requests[1:]
    companion_connections: list[list[Connection]] = [[] for _ in others]
    companions = [
        asyncio.create_task(connect_once(plan.again(), wider or prepared, [request], made.append))
        for request, made in zip(others, companion_connections, strict=True)
    ]
    made_first: list[Connection] = []

    def keep(connection: Connection) -> None:
        made_first.append(connection)
        record(connection)

    try:
        if wider is None:
            await connect_in_turn(plan, prepared, (first,), keep)
        else:
            await _race(plan, prepared, wider, first, keep)
        if companions and any(connection.exchanges for connection in made_first):
            await asyncio.wait(companions)
    finally:
        await _cancel_all(*companions)
    if not any(connection.exchanges for connection in made_first):
        return
    for request, made in zip(others, companion_connections, strict=True):
        if made and made[0].exchanges:
            record(made[0])
        else:
            await connect_in_turn(plan.again(), prepared, (request,), record)


async def _race(
    plan: ConnectionPlan, prepared: PreparedOffer, wider: PreparedOffer, request: HttpRequest, record: Record
) -> None:
    """One request over both offers: the caller's own is recorded, and the other one if it stands in."""
    wires: list[Wire] = []
    own_connections: list[Connection] = []
    wider_connections: list[Connection] = []

    def opened(wire: Wire) -> None:
        wires.append(wire)
        plan.opened(wire)

    watched = ConnectionPlan(plan.destination, plan.settings, plan.deadline, opened)
    own_task = asyncio.create_task(connect_once(watched, prepared, [request], own_connections.append))
    wider_task = asyncio.create_task(connect_once(plan.again(), wider, [request], wider_connections.append))
    try:
        await asyncio.wait((own_task, wider_task), return_when=asyncio.FIRST_COMPLETED)
        if wires and not own_task.done() and _has_whole_answer(wider_connections):
            await _until_secured(own_task, wires[0])
            if (
                not own_task.done()
                and _is_unbroken(wires[0])
                and wires[0].presented == wider_connections[0].presented
            ):
                # What its request would have brought is not known and no failure: it was not waited for.
                own_connections[:] = [
                    as_fact(wires[0], plan.destination, prepared.offer, ConnectionLog()),
                    wider_connections[0],
                ]
                return
        await asyncio.wait((own_task,))
        own_task.result()
    finally:
        kept = tuple(own_connections)
        await _cancel_all(own_task, wider_task)
        for connection in kept or own_connections:
            record(connection)


async def _until_secured(task: asyncio.Task[int], wire: Wire) -> None:
    """Wait until the wire's handshake is over, or whatever the task does."""
    secured = asyncio.create_task(wire.secured.wait())
    try:
        await asyncio.wait((task, secured), return_when=asyncio.FIRST_COMPLETED)
    finally:
        secured.cancel()


async def _cancel_all(*tasks: asyncio.Task[int]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


def _is_unbroken(wire: Wire) -> bool:
    """Whether nothing has broken or ended it so far, also where its task has not come to say so."""
    return wire.failure is None and wire.ended is None


def _has_whole_answer(made: list[Connection]) -> bool:
    """Whether this connection brought an answer, all of it, and did not break."""
    return any(
        connection.failure is None and exchange.status is not None and exchange.body_complete
        for connection in made
        for exchange in connection.exchanges
    )
