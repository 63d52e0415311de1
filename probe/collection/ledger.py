"""What one run has seen so far: a ledger that grows, so that nothing is lost when the run is stopped."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from probe.collection.connection.attempt import Destination, unresolved
from probe.collection.connection.endpoint import visit
from probe.collection.connection.exchange import Ask
from probe.collection.connection.resolver import Resolver, UnresolvedError
from probe.collection.reach import Reach, reach
from probe.collection.settings import Settings
from probe.facts.observation import (
    Connection,
    DiscoveryStep,
    Endpoint,
    FailureKind,
    FederationInformation,
    HttpExchange,
    Phase,
    Retrieval,
    WireFailure,
)

if TYPE_CHECKING:
    from probe.collection.connection.wire import Wire

_NEAR = frozenset((Reach.LOOPBACK, Reach.LINK_LOCAL, Reach.MULTICAST))


class Visited:
    """The connections made to one endpoint, by address in the order of addresses.

    `kept`: they count as the endpoint's in the observation. `opened` are the wires that were opened, `news`
    is set whenever a connection has been recorded. `group` is the candidate that it belongs to, if any.
    `named`: its host comes out of an answer, and not from who runs the check.
    """

    def __init__(
        self, endpoint: Endpoint, *, kept: bool = True, group: object = None, named: bool = False
    ) -> None:
        self.endpoint = endpoint
        self.kept = kept
        self.group = group
        self.named = named
        self.opened: list[Wire] = []
        self.news = asyncio.Event()
        self._by_address: list[list[Connection]] = []

    def slot(self) -> list[Connection]:
        """Where the connections to the next address go."""
        made: list[Connection] = []
        self._by_address.append(made)
        return made

    @property
    def connections(self) -> tuple[Connection, ...]:
        """All of them so far."""
        return tuple(
            connection
            if connection.endpoint == self.endpoint
            else replace(connection, endpoint=self.endpoint)
            for made in self._by_address
            for connection in made
        )

    @property
    def exchanges(self) -> tuple[HttpExchange, ...]:
        """Every exchange so far, address by address."""
        return tuple(exchange for connection in self.connections for exchange in connection.exchanges)

    def relabel(self, found_by: str) -> None:
        """Say better how the endpoint was found."""
        self.endpoint = replace(self.endpoint, found_by=found_by)


class Run:
    """One target being looked at. `deadline` is on the event loop's clock."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.started = asyncio.get_running_loop().time()
        self.deadline = self.started + settings.timeout
        self.resolver = Resolver(settings, self.deadline)
        self.steps: list[DiscoveryStep] = []
        self.visited: list[Visited] = []
        self.retrievals: list[Retrieval] = []
        self.notes: list[str] = []
        self.federation: FederationInformation | None = None
        self._lives: set[Reach] = set()

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Connections to the endpoints that count, in the order in which these were found."""
        return tuple(c for visited in self.visited if visited.kept for c in visited.connections)

    def begin(
        self,
        endpoint: Endpoint,
        *,
        kept: bool = True,
        before: Visited | None = None,
        group: object = None,
        named: bool = False,
    ) -> Visited:
        """A place in the ledger for an endpoint; its order is the order of reporting."""
        visited = Visited(endpoint, kept=kept, group=group, named=named)
        at = len(self.visited) if before is None else self.visited.index(before)
        self.visited.insert(at, visited)
        return visited

    def drop(self, group: object) -> None:
        """Nothing of this group counts any more."""
        for visited in self.visited:
            if visited.group is group:
                visited.kept = False

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
        if proxy is None:
            addresses = self._allowed(visited, addresses)
        places = [
            (Destination(endpoint, address, to_port, proxy, elapsed), visited.slot()) for address in addresses
        ]
        if not places:
            return
        if settings.all_addresses and proxy is None:
            await gather([self._visit(visited, place, slot, asks) for place, slot in places])
            return
        for place, slot in places:
            await self._visit(visited, place, slot, asks)
            if any(c.failure is None or c.failure.phase is not Phase.CONNECT for c in slot):
                return

    def meet(self, addresses: tuple[str, ...]) -> None:
        """The partner lives at these addresses, so what it names may be as near as they are."""
        self._lives.update(map(reach, addresses))

    def _allowed(self, visited: Visited, addresses: tuple[str, ...]) -> tuple[str, ...]:
        """The addresses that may be connected to; a failure is on record if none of them may be.

        An answer must not steer the prober to the machine it runs on, nor to what is next to it (the metadata
        of a cloud), unless the partner was met there. Private networks are allowed: an organisation that is
        checked from inside names hosts in them.
        """
        if not visited.named:
            self.meet(addresses)
            return addresses
        allowed = tuple(a for a in addresses if reach(a) not in _NEAR - self._lives)
        if not allowed:
            detail = f"not connected to: {addresses[0]} is a {reach(addresses[0]).value} address"
            # EPERM: a refusal of this machine's own, which says nothing of the partner.
            refused = WireFailure(Phase.CONNECT, FailureKind.OS_ERROR, errno=errno.EPERM, detail=detail)
            visited.slot().append(unresolved(visited.endpoint, refused, 0.0, None))
        return allowed

    async def _visit(
        self, visited: Visited, destination: Destination, slot: list[Connection], asks: tuple[Ask, ...]
    ) -> None:
        def record(connection: Connection) -> None:
            slot.append(connection)
            visited.news.set()

        await visit(destination, asks, self.settings, self.deadline, record, visited.opened.append)


async def gather(work: Sequence) -> None:  # type: ignore[type-arg]
    """Run these at the same time and wait for all; one that fails stops the others."""
    if len(work) == 1:
        await work[0]
        return
    async with asyncio.TaskGroup() as group:
        for part in work:
            group.create_task(part)
