"""How many round trips a check costs on a slow link: `python -m tests.benchmarks.bench_latency`.

A relay on loopback delays every byte by half a round trip each way. A connection costs a round trip before
its first byte can go; the relay cannot delay the handshake of TCP, so it holds the first bytes of every
connection that much longer in the second figure. TLS 1.2, which the callers speak, needs four round trips
to the answer of a first request with that one, three without. Printed is the time from the first connection
to the last answer in round trips, as the observation has it; start-up (imports, trust store) is not in it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from probe import api
from probe.collection import collector
from probe.collection.settings import ConnectTo, ResolveTo, Settings
from probe.facts import target
from probe.facts.observation import Observation
from probe.judgement import caller_profile as callers
from probe.lab.estate import Estate, redirect
from probe.lab.listeners import Listeners
from probe.lab.organisation import AUTODISCOVER_HOST, DOMAIN, HOST
from probe.lab.partner import Partner
from probe.lab.scenes import Listening

_CHUNK = 65_536


class Relay:
    """Ports that lead to other ports, `delay` seconds later each way."""

    def __init__(self, delay: float, *, connecting: float) -> None:
        self._delay = delay
        self._connecting = connecting
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._servers: list[asyncio.Server] = []

    def to(self, port: int) -> int:
        """A port on all of loopback that leads to this port."""
        return asyncio.run_coroutine_threadsafe(self._open(port), self._loop).result()

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _open(self, port: int) -> int:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", port)
            there = self._copy(reader, onward_writer, self._connecting)
            back = self._copy(onward_reader, writer, 0.0)
            try:
                await asyncio.gather(there, back)
            except asyncio.CancelledError:
                pass  # the relay is being closed, and the stream's own callback would complain

        server = await asyncio.start_server(serve, "0.0.0.0", 0)  # several addresses of loopback
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connecting: float
    ) -> None:
        """Every piece arrives `delay` after it was sent, however many are on the way."""
        opened = self._loop.time() + connecting
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due, data = await waiting.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not data:
                    writer.close()
                    return
                writer.write(data)

        delivering = asyncio.create_task(deliver())
        try:
            while data := await reader.read(_CHUNK):
                waiting.put_nowait((max(self._loop.time(), opened) + self._delay, data))
        except OSError:
            pass
        waiting.put_nowait((self._loop.time() + self._delay, b""))
        await delivering


@contextmanager
def relayed(round_trip: float, *, free_connect: bool) -> Iterator[Relay]:
    relay = Relay(round_trip / 2, connecting=0.0 if free_connect else round_trip)
    try:
        yield relay
    finally:
        relay.close()


def settings(**changes: Any) -> Settings:
    """As `probe check` of one target has them."""
    caller = callers.profile(callers.DEFAULT)
    offers = (api.offer_of(caller),)
    beside = api.wider_offer_of(caller)
    wider = () if beside is None else ((offers[0].shape, beside),)
    return Settings(offers=offers, wider=wider, aia=False, ask_at_once=True, service_records=False, **changes)


def one_url(relay: Relay) -> Observation:
    with Partner("healthy") as partner:
        there = ConnectTo(None, None, "127.0.0.1", relay.to(partner.port))
        return asyncio.run(
            collector.collect(target.parse(partner.ews_url), settings(connect_to=(there,), family=4))
        )


def plain_domain(relay: Relay) -> Observation:
    with Partner("healthy") as partner:
        secure = relay.to(partner.port)
        names = (HOST, AUTODISCOVER_HOST, DOMAIN)
        there = tuple(
            ConnectTo(name, port, "127.0.0.1", secure) for name in names for port in (443, partner.port)
        )
        plain = (ConnectTo(None, 80, "127.0.0.1", 9),)
        return asyncio.run(
            collector.collect(target.parse(DOMAIN), settings(connect_to=(*there, *plain), family=4))
        )


def hard_domain(relay: Relay) -> Observation:
    """A dead candidate, a website, an http redirect to a host with two addresses."""
    estate = Estate(
        websites=frozenset({DOMAIN}),
        http={DOMAIN: redirect(f"https://{HOST}/autodiscover/autodiscover.xml")},
        named_ews="user-not-found",
    )
    dead = Listeners(Listening.IGNORE)
    try:
        with Partner("healthy", estate=estate) as partner:
            by_port = {to.rpartition(":")[2] for to in partner.connect_to if f"{DOMAIN}:80:" in to}
            secure, plain = relay.to(partner.port), relay.to(int(by_port.pop()))
            there = (
                ConnectTo(AUTODISCOVER_HOST, None, "127.0.0.1", dead.port),
                ConnectTo(DOMAIN, 443, "127.0.0.1", secure),
                ConnectTo(DOMAIN, 80, "127.0.0.1", plain),
                ConnectTo(HOST, 443, None, secure),
            )
            two = (ResolveTo(HOST, None, ("127.0.0.1", "127.0.0.2")),)
            return asyncio.run(
                collector.collect(target.parse(DOMAIN), settings(connect_to=there, resolve=two, family=4))
            )
    finally:
        dead.close()


CASES = (
    ("one URL", one_url, 3.5),
    ("a domain", plain_domain, 8.0),
    ("a domain, dead candidate, http redirect, two addresses", hard_domain, 8.0),
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--round-trip", type=float, default=100.0, metavar="MS")
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args(arguments)
    seconds = given.round_trip / 1000
    with relayed(0.0, free_connect=True) as warm:
        one_url(warm)
    for name, case, limit in CASES:
        figures = []
        for free_connect in (True, False):
            times = []
            for _ in range(given.repeat):
                with relayed(seconds, free_connect=free_connect) as relay:
                    observation = case(relay)
                assert all(connection.tls for connection in observation.connections), observation.steps
                times.append((observation.elapsed_ms or 0.0) / given.round_trip)
            figures.append(statistics.median(times))
        print(f"{name}: {figures[0]:.2f} round trips (goal {limit:g}), with TCP's own {figures[1]:.2f}")


if __name__ == "__main__":
    main()
