"""A partner organisation on loopback, with one fault.

    with Partner("untrusted-root") as partner:
        ...  # partner.ews_url, partner.connect_to, partner.trust

The server runs in a thread of its own with its own event loop.
Ports are ephemeral, several partners can be up at once, and nothing is left behind: no thread, no socket, no
file. What goes wrong inside the lab itself comes out when the partner is left, never silently.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import replace
from types import TracebackType
from typing import Self

from probe.facts.certificate import Certificate
from probe.facts.target import AUTODISCOVER_PATH, EWS_PATH, HTTPS_PORT, bracketed, origin
from probe.facts.trust_store import TrustStore
from probe.lab import clear_flight, organisation, scenes, served_answers
from probe.lab.estate import Estate, PlainServer
from probe.lab.exchange import Site
from probe.lab.faults import Fault, fault
from probe.lab.issuance import certificate_pem
from probe.lab.listeners import IPV4, Listeners
from probe.lab.organisation import Organisation, PublishedAddresses
from probe.lab.partner_server import ConnectionAcceptor, ExchangeServer, IssuerServer, tls_context
from probe.lab.scenes import Listening

HTTP_PORT = 80


class PartnerServers:
    """What a partner with a fault consists of. Ports are taken by `open` and freed by `close`.

    Raises:
        UsageError: the lab has no such fault.
    """

    def __init__(self, fault_name: str = "healthy", *, estate: Estate | None = None) -> None:
        self.fault: Fault = fault(fault_name)
        self.domain = organisation.DOMAIN
        self.estate = estate or Estate()
        self._scene = scenes.scene(fault_name)
        self._listeners: Listeners | None = None
        self._organisation: Organisation | None = None
        self._plain: Listeners | None = None
        self._silent: Listeners | None = None
        self._aia: Listeners | None = None
        self._dead_aia: Listeners | None = None

    def open(self) -> None:
        """Take the ports and make the organisation; connections are accepted once `serve` runs.

        Raises:
            OSError: no port is free.
        """
        try:
            self._listeners = Listeners(self._scene.listening)
            self._plain = Listeners()
            self._silent = Listeners(Listening.IGNORE) if self.estate.dead else None
            self._aia, self._dead_aia = Listeners(), Listeners(Listening.REFUSE)
            addresses = PublishedAddresses(
                f"http://{IPV4}:{self._aia.port}", f"http://{IPV4}:{self._dead_aia.port}"
            )
            self._organisation = organisation.for_fault(self.fault.name, addresses)
            self._context = tls_context(self._organisation.server, self._organisation.chain_pem, self._scene)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Free the ports."""
        for listeners in (self._listeners, self._plain, self._silent, self._aia, self._dead_aia):
            if listeners is not None:
                listeners.close()

    async def serve(self) -> None:
        """Serve until cancelled."""
        assert self._aia is not None and self._plain is not None  # noqa: S101, PT018  # open() comes first
        site = Site(self.host, self.port, self.domain)
        respond = self.estate.responder(served_answers.responder(self.fault.name))
        scene = self._scene
        if scene.flight is not None:
            scene = replace(scene, opening=clear_flight.opening(scene.flight, self.organisation.chain_pem))
        https = ExchangeServer(scene, self._context, respond, site)
        async with asyncio.TaskGroup() as group:
            web = IssuerServer(self.organisation.aia, self.organisation.published)
            group.create_task(ConnectionAcceptor(web).serve(self._aia.sockets))
            group.create_task(ConnectionAcceptor(PlainServer(self.estate.http)).serve(self._plain.sockets))
            if self._scene.listening is Listening.ACCEPT:
                group.create_task(ConnectionAcceptor(https).serve(self._opened.sockets))

    @property
    def _opened(self) -> Listeners:
        if self._listeners is None:
            raise RuntimeError("the partner is not open: use it in a with statement")
        return self._listeners

    @property
    def organisation(self) -> Organisation:
        """The partner's certificates and its caller's stores."""
        if self._organisation is None:
            raise RuntimeError("the partner is not open: use it in a with statement")
        return self._organisation

    @property
    def host(self) -> str:
        """The host that the caller uses: a name, or an IP address for faults of address certificates."""
        return self.organisation.host

    @property
    def port(self) -> int:
        """The HTTPS port, the same on every address."""
        return self._opened.port

    @property
    def addresses(self) -> tuple[str, ...]:
        """The loopback addresses that the partner is on."""
        return self._opened.addresses

    @property
    def ews_url(self) -> str:
        """The EWS URL as an organization relationship has it, without the WS-Security suffix."""
        return origin(self.host, self.port) + EWS_PATH

    @property
    def autodiscover_url(self) -> str:
        """The Autodiscover URL as an organization relationship has it, without the WS-Security suffix."""
        return origin(self.host, self.port) + AUTODISCOVER_PATH

    @property
    def connect_to(self) -> tuple[str, ...]:
        """curl's --connect-to for every name of the partner: to its port on 127.0.0.1.

        None for a fault of name resolution, which an override would hide.
        """
        return self.connect_to_address(IPV4)

    def connect_to_address(self, address: str) -> tuple[str, ...]:
        """As `connect_to`, to this address: the port in the URLs, and the one that discovery assumes."""
        if self._scene.unresolved is not None:
            return ()
        literal = bracketed(address)
        there = [f"{self.host}:{self.port}:{literal}:{self.port}"]
        for name in dict.fromkeys((self.host, *self.estate.names)):
            for port, to_port in ((HTTPS_PORT, self.port), (HTTP_PORT, self._plain_port)):
                to = self._silent_port if name in self.estate.dead else to_port
                there.append(f"{name}:{port}:{literal}:{to}")
        return tuple(there)

    @property
    def _plain_port(self) -> int:
        return self._opened_too(self._plain)

    @property
    def _silent_port(self) -> int:
        return self._opened_too(self._silent)

    @staticmethod
    def _opened_too(listeners: Listeners | None) -> int:
        if listeners is None:
            raise RuntimeError("the partner is not open: use it in a with statement")
        return listeners.port

    async def resolver(self, host: str, _port: int) -> tuple[str, ...]:
        """The addresses of a host as the partner's DNS has them, for settings that take a resolver.

        Raises:
            socket.gaierror: as getaddrinfo does, for names that are not the partner's, and by its fault.
        """
        names = (self.host, *self.estate.names)
        error = socket.EAI_NONAME if host not in names else self._scene.unresolved
        if error is not None:
            raise socket.gaierror(error, f"{host} cannot be resolved")
        return self.addresses

    @property
    def trust_roots(self) -> tuple[Certificate, ...]:
        """The roots that the caller trusts."""
        return self.organisation.roots

    @property
    def intermediates(self) -> tuple[Certificate, ...]:
        """The intermediates in the caller's store."""
        return self.organisation.intermediates

    @property
    def disallowed(self) -> tuple[Certificate, ...]:
        """The certificates in the caller's Disallowed store."""
        return self.organisation.disallowed

    @property
    def trust(self) -> TrustStore:
        """The caller's stores."""
        return TrustStore(
            name=f"lab {self.fault.name}",
            roots=self.trust_roots,
            intermediates=self.intermediates,
            disallowed=self.disallowed,
        )

    def trust_pem(self) -> str:
        """The trusted roots as PEM."""
        return "".join(map(certificate_pem, self.trust_roots))


class Partner(PartnerServers):
    """A partner for code that is not asynchronous: served by a thread while the context lasts."""

    def __enter__(self) -> Self:
        self.open()
        self._started, self._failure = threading.Event(), None
        self._thread = threading.Thread(target=self._run, name=f"lab {self.fault.name}", daemon=True)
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._loop.call_soon_threadsafe(self._serving.cancel)
        except RuntimeError:
            pass  # the loop has ended already, and _failure says why
        self._thread.join()
        self.close()
        if self._failure is not None and error is None:
            raise self._failure

    _failure: BaseException | None

    def _run(self) -> None:
        try:
            # Windows' default loop cannot wait for a socket to become readable.
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self._serve_until_cancelled())
        except BaseException as failure:  # noqa: BLE001  # handed over to the thread that leaves the partner
            self._failure = failure
        finally:
            self._started.set()

    async def _serve_until_cancelled(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._serving = self._loop.create_task(self.serve())
        self._started.set()
        await asyncio.wait([self._serving])
        if not self._serving.cancelled():
            self._serving.result()
