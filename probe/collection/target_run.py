"""What one run has seen so far: it grows, so that nothing is lost when the run is stopped."""

from __future__ import annotations

import asyncio
import errno
from typing import TYPE_CHECKING

from msgspec.structs import replace

from probe.collection.address_reach import Reach, reach, reach_of_host
from probe.collection.connection.attempt import EndpointAddress, unresolved
from probe.collection.connection.budget import KeptBodies, TargetBudget
from probe.collection.connection.endpoint_visit import visit
from probe.collection.connection.gathering import gather
from probe.collection.connection.http_requests import HttpRequest
from probe.collection.connection.resolver import Resolver, UnresolvedError
from probe.collection.settings import Settings
from probe.facts.observation import (
    Connection,
    DiscoveryStep,
    Endpoint,
    FailureKind,
    FederationInformation,
    HelloExchange,
    HttpExchange,
    Phase,
    Retrieval,
    WireFailure,
)

if TYPE_CHECKING:
    from probe.collection.connection.wire import Wire

_BEHIND_THE_INTERNET = frozenset((Reach.LOOPBACK, Reach.LINK_LOCAL, Reach.PRIVATE))


class EndpointVisits:
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
        self._hellos: list[HelloExchange] = []

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
    def hellos(self) -> tuple[HelloExchange, ...]:
        """The ClientHellos of our own so far."""
        return tuple(replace(hello, endpoint=self.endpoint) for hello in self._hellos)

    def record_hello(self, exchange: HelloExchange) -> None:
        """Keep what a ClientHello of our own brought."""
        self._hellos.append(exchange)

    @property
    def exchanges(self) -> tuple[HttpExchange, ...]:
        """Every exchange so far, address by address."""
        return tuple(exchange for connection in self.connections for exchange in connection.exchanges)

    def relabel(self, found_by: str) -> None:
        """Say better how the endpoint was found."""
        self.endpoint = replace(self.endpoint, found_by=found_by)


class TargetRun:
    """One target being looked at. `deadline` is on the event loop's clock."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.started = asyncio.get_running_loop().time()
        self.deadline = self.started + settings.timeout
        self.resolver = Resolver(settings, self.deadline)
        self.steps: list[DiscoveryStep] = []
        self.endpoint_visits: list[EndpointVisits] = []
        self.retrievals: list[Retrieval] = []
        self.notes: list[str] = []
        self.federation: FederationInformation | None = None
        self.budget = TargetBudget(settings.limits.target_parts)
        self.bodies = KeptBodies(settings.limits.target_body_bytes)
        self._met: set[str] = set()

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Connections to the endpoints that count, in the order in which these were found."""
        return tuple(c for visits in self.endpoint_visits if visits.kept for c in visits.connections)

    @property
    def hellos(self) -> tuple[HelloExchange, ...]:
        """ClientHellos of our own to the endpoints that count, in the order of these."""
        return tuple(h for visits in self.endpoint_visits if visits.kept for h in visits.hellos)

    def begin(
        self,
        endpoint: Endpoint,
        *,
        kept: bool = True,
        before: EndpointVisits | None = None,
        group: object = None,
        named: bool = False,
    ) -> EndpointVisits:
        """A place for an endpoint in the record; its order is the order of reporting."""
        visits = EndpointVisits(endpoint, kept=kept, group=group, named=named)
        at = len(self.endpoint_visits) if before is None else self.endpoint_visits.index(before)
        self.endpoint_visits.insert(at, visits)
        return visits

    def drop(self, group: object) -> None:
        """Nothing of this group counts any more."""
        for visits in self.endpoint_visits:
            if visits.group is group:
                visits.kept = False

    async def visit_endpoint(self, visits: EndpointVisits, requests: tuple[HttpRequest, ...]) -> None:
        """Resolve the endpoint's host and connect to its addresses, at the same time, or one by one."""
        endpoint, settings = visits.endpoint, self.settings
        proxy = settings.proxy_for(endpoint.host)
        refusal = self.refusal(visits, None) if visits.named and proxy is not None else None
        if refusal is not None:
            self._refuse(visits, refusal)
            return
        host, port = (proxy.host, proxy.port) if proxy else (endpoint.host, endpoint.port)
        try:
            addresses, to_port, elapsed = await self.resolver.addresses(host, port)
        except UnresolvedError as nothing:
            visits.slot().append(unresolved(endpoint, nothing.failure, nothing.elapsed_ms, proxy))
            return
        except asyncio.CancelledError:
            stopped = WireFailure(Phase.RESOLVE, FailureKind.INTERRUPTED)
            visits.slot().append(unresolved(endpoint, stopped, 0.0, proxy))
            raise
        if proxy is None:
            addresses = self._allowed(visits, addresses)
        destinations = [
            (EndpointAddress(endpoint, address, to_port, proxy, elapsed), visits.slot())
            for address in addresses
        ]
        if not destinations:
            return
        if settings.all_addresses and proxy is None:
            await gather(
                [self._visit(visits, destination, slot, requests) for destination, slot in destinations]
            )
            return
        for destination, slot in destinations:
            await self._visit(visits, destination, slot, requests)
            if any(c.failure is None or c.failure.phase is not Phase.CONNECT for c in slot):
                return

    def meet(self, address: str) -> None:
        """The partner was met at this address: it completed a TLS handshake there, or answered over http."""
        self._met.add(address)

    def refusal(self, visits: EndpointVisits, address: str | None) -> str | None:
        """Why what an answer names is not connected to, or None. `address` None: a proxy looks it up.

        An answer must not steer the prober to the machine it runs on, nor to what is next to it (the metadata
        of a cloud): there only the very addresses may be connected to where the partner itself was met, and
        none if it was met anywhere at a global address too. A private address may be where
        the partner was met on the near side of the internet, or where the settings allow it.
        """
        host = visits.endpoint.host
        how_near = reach_of_host(host) if address is None else reach(address)
        if how_near in (None, Reach.GLOBAL) or (address is None and host in self._asked_for()):
            return None
        met = set(map(reach, self._met))
        if how_near is Reach.PRIVATE:
            allowed = self.settings.allow_private or (bool(met) and met <= _BEHIND_THE_INTERNET)
        else:
            allowed = address in self._met and Reach.GLOBAL not in met
        return None if allowed else f"not connected to: {address or host} is a {how_near} address"

    def _asked_for(self) -> set[str]:
        """The hosts that who runs the check has named."""
        return {visits.endpoint.host for visits in self.endpoint_visits if not visits.named}

    def _allowed(self, visits: EndpointVisits, addresses: tuple[str, ...]) -> tuple[str, ...]:
        """The addresses that may be connected to; a failure is on record if none of them may be."""
        if not visits.named:
            return addresses
        refusals = {address: self.refusal(visits, address) for address in addresses}
        allowed = tuple(address for address, refusal in refusals.items() if refusal is None)
        if not allowed:
            self._refuse(visits, str(refusals[addresses[0]]))
        return allowed

    def _refuse(self, visits: EndpointVisits, detail: str) -> None:
        # EPERM: a refusal of this machine's own, which says nothing of the partner.
        refused = WireFailure(Phase.CONNECT, FailureKind.OS_ERROR, errno=errno.EPERM, detail=detail)
        visits.slot().append(unresolved(visits.endpoint, refused, 0.0, None))

    async def _visit(
        self,
        visits: EndpointVisits,
        destination: EndpointAddress,
        slot: list[Connection],
        requests: tuple[HttpRequest, ...],
    ) -> None:
        def record(connection: Connection) -> None:
            slot.append(connection)
            if connection.tls is not None and connection.address is not None:
                self.meet(connection.address)
            visits.news.set()

        def opened(wire: Wire) -> None:
            wire.budget.target, wire.budget.bodies = self.budget, self.bodies
            visits.opened.append(wire)

        await visit(
            destination,
            requests,
            self.settings,
            self.deadline,
            record,
            opened,
            visits.record_hello,
        )
