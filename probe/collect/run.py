"""What one run has seen so far: a ledger that grows, so that nothing is lost when the run is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from probe.collect.connection import Destination, unresolved, visit
from probe.collect.exchange import Ask
from probe.collect.resolver import Resolver, UnresolvedError
from probe.collect.settings import Settings
from probe.facts.observation import (
    Connection,
    DiscoveryStep,
    Endpoint,
    FailureKind,
    Phase,
    Retrieval,
    WireFailure,
)


class Visited:
    """The connections made to one endpoint, by address in the order of addresses."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.kept = True
        self._by_address: list[list[Connection]] = []

    def slot(self) -> list[Connection]:
        """Where the connections to the next address go."""
        made: list[Connection] = []
        self._by_address.append(made)
        return made

    @property
    def connections(self) -> tuple[Connection, ...]:
        """All of them so far."""
        return tuple(connection for made in self._by_address for connection in made)


class Run:
    """One target being looked at. `deadline` is on the event loop's clock."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.deadline = asyncio.get_running_loop().time() + settings.timeout
        self.resolver = Resolver(settings, self.deadline)
        self.steps: list[DiscoveryStep] = []
        self.visited: list[Visited] = []
        self.retrievals: list[Retrieval] = []
        self.notes: list[str] = []

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Connections to the endpoints that count, in the order in which these were found."""
        return tuple(c for visited in self.visited if visited.kept for c in visited.connections)

    def begin(self, endpoint: Endpoint) -> Visited:
        """A place in the ledger for an endpoint; its order is the order of reporting."""
        visited = Visited(endpoint)
        self.visited.append(visited)
        return visited

    async def look_at(self, visited: Visited, asks: tuple[Ask, ...]) -> None:
        """Resolve the endpoint's host and connect to its addresses, at the same time, or one by one."""
        endpoint, settings = visited.endpoint, self.settings
        proxy = settings.proxy_for(endpoint.host)
        host, port = (proxy.host, proxy.port) if proxy else (endpoint.host, endpoint.port)
        try:
            addresses, to_port, elapsed = await self.resolver.addresses(host, port)
        except UnresolvedError as nothing:
            visited.slot().append(unresolved(endpoint, nothing.failure, nothing.elapsed_ms, proxy))
            return
        except asyncio.CancelledError:
            stopped = WireFailure(Phase.RESOLVE, FailureKind.INTERRUPTED)
            visited.slot().append(unresolved(endpoint, stopped, 0.0, proxy))
            raise
        go = partial(self._visit, asks=asks)
        slots = [
            (Destination(endpoint, address, to_port, proxy, elapsed), visited.slot()) for address in addresses
        ]
        if settings.all_addresses and proxy is None:
            await gather([go(destination, slot) for destination, slot in slots])
            return
        for destination, slot in slots:
            await go(destination, slot)
            if any(c.failure is None or c.failure.phase is not Phase.CONNECT for c in slot):
                return

    async def _visit(self, destination: Destination, slot: list[Connection], asks: tuple[Ask, ...]) -> None:
        await visit(destination, asks, self.settings, self.deadline, slot.append)


async def gather(work: Sequence) -> None:  # type: ignore[type-arg]
    """Run these at the same time and wait for all; one that fails stops the others."""
    if len(work) == 1:
        await work[0]
        return
    async with asyncio.TaskGroup() as group:
        for part in work:
            group.create_task(part)
