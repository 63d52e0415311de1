"""Requests that go out at the same time, each on a connection of its own: quicker, for more handshakes.

The first request, a POST, decides. Its connection makes the handshake that the caller is sure to make, which
in TLS 1.2 takes two round trips. Where the caller may offer TLS 1.3 too, the same request goes out beside it
over that wider offer, whose handshake takes one. Its answer stands for the first one's, which is then not
waited for, only when nothing can differ that a check would see: the caller's own handshake has finished, both
presented the same certificates, and the answer is whole. In every other case the first connection is waited
for, and the one beside it is not recorded: that it broke, or what it said, proves nothing.
"""

from __future__ import annotations

import asyncio

from probe.collection.connection.attempt import Record, Way, as_fact, connect_once, in_turn
from probe.collection.connection.exchange import Ask, Talk
from probe.collection.connection.tls import Hello
from probe.collection.connection.wire import Wire
from probe.facts.observation import Connection


async def at_once(
    way: Way, greeting: Hello, wider: Hello | None, asks: tuple[Ask, ...], record: Record
) -> None:
    """Make these requests: the others beside the first, and again after it if they did not get through.

    What happens to the others before their request is sent is not recorded: it says no more than the first.
    """
    first, others = asks[0], asks[1:]
    beside: list[list[Connection]] = [[] for _ in others]
    companions = [
        asyncio.create_task(connect_once(way.again(), wider or greeting, [ask], made.append))
        for ask, made in zip(others, beside, strict=True)
    ]
    made_first: list[Connection] = []

    def keep(connection: Connection) -> None:
        made_first.append(connection)
        record(connection)

    try:
        if wider is None:
            await in_turn(way, greeting, (first,), keep)
        else:
            await _raced(way, greeting, wider, first, keep)
        if companions and any(connection.exchanges for connection in made_first):
            await asyncio.wait(companions)
    finally:
        await _ended(*companions)
    if not any(connection.exchanges for connection in made_first):
        return
    for ask, made in zip(others, beside, strict=True):
        if made and made[0].exchanges:
            record(made[0])
        else:
            await in_turn(way.again(), greeting, (ask,), record)


async def _raced(way: Way, greeting: Hello, wider: Hello, ask: Ask, record: Record) -> None:
    """One request over both offers: the caller's own is recorded, and the other one if it stands in."""
    wires: list[Wire] = []
    own: list[Connection] = []
    other: list[Connection] = []

    def opened(wire: Wire) -> None:
        wires.append(wire)
        way.opened(wire)

    watched = Way(way.destination, way.settings, way.deadline, opened)
    mine = asyncio.create_task(connect_once(watched, greeting, [ask], own.append))
    theirs = asyncio.create_task(connect_once(way.again(), wider, [ask], other.append))
    try:
        await asyncio.wait((mine, theirs), return_when=asyncio.FIRST_COMPLETED)
        if wires and not mine.done() and _whole(other):
            await _until_secured(mine, wires[0])
            if not mine.done() and _undisturbed(wires[0]) and wires[0].presented == other[0].presented:
                # What its request would have brought is not known and no failure: it was not waited for.
                own[:] = [as_fact(wires[0], way.destination, greeting.offer, Talk()), other[0]]
                return
        await asyncio.wait((mine,))
        mine.result()
    finally:
        kept = tuple(own)
        await _ended(mine, theirs)
        for connection in kept or own:
            record(connection)


async def _until_secured(task: asyncio.Task[int], wire: Wire) -> None:
    """Wait until the wire's handshake is over, or whatever the task does."""
    secured = asyncio.create_task(wire.secured.wait())
    try:
        await asyncio.wait((task, secured), return_when=asyncio.FIRST_COMPLETED)
    finally:
        secured.cancel()


async def _ended(*tasks: asyncio.Task[int]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


def _undisturbed(wire: Wire) -> bool:
    """Whether nothing has broken or ended it so far, also where its task has not come to say so."""
    return wire.failure is None and wire.ended is None


def _whole(made: list[Connection]) -> bool:
    """Whether this connection brought an answer, all of it, and did not break."""
    return any(
        connection.failure is None and exchange.status is not None and exchange.body_complete
        for connection in made
        for exchange in connection.exchanges
    )
