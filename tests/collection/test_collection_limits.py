from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Callable, Iterator

import pytest

from probe.collection import collector
from probe.collection.connection.attempt import EndpointAddress
from probe.collection.connection.budget import Budget, KeptBodies
from probe.collection.connection.endpoint_visit import visit
from probe.collection.connection.failures import WireError
from probe.collection.connection.phases import PhaseClock
from probe.collection.connection.tls import openssl
from probe.collection.connection.wire import Wire
from probe.collection.discovery.endpoint_urls import endpoint_of, requests_for
from probe.collection.settings import ConnectTo, Limits, Settings, parse_proxy
from probe.facts import target
from probe.facts.certificate import LONGEST_REMEMBERED
from probe.facts.observation import Connection, FailureKind, Observation, Phase
from tests.collection.collection_peer import Behaviour, Partner, Peer, answering

Serve = Callable[..., Partner]
Collect = Callable[..., Observation]
SOON = 0.3
SMALL = Limits(header_bytes=4096, body_bytes=1000)


def silent(peer: Peer) -> None:
    peer.wait()


def silent_after_request(peer: Peer) -> None:
    peer.start_tls()
    peer.read_request()
    peer.wait()


def silent_in_body(peer: Peer) -> None:
    peer.start_tls()
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
    peer.wait()


def dripping(start: bytes, drop: bytes) -> Behaviour:
    def behave(peer: Peer) -> None:
        peer.start_tls()
        peer.read_request()
        peer.send(start)
        while not peer.stopped.wait(0.02):
            peer.send(drop)

    return behave


def dripping_handshake(peer: Peer) -> None:
    peer.raw.recv(65_536)
    peer.raw.sendall(b"\x16\x03\x03\x40\x00")
    while not peer.stopped.wait(0.02):
        peer.raw.sendall(b"\x02")


def endless(start: bytes, more: bytes) -> Behaviour:
    def behave(peer: Peer) -> None:
        peer.start_tls()
        peer.read_request()
        peer.send(start)
        while not peer.stopped.is_set():
            peer.send(more)

    return behave


@pytest.fixture
def unaccepting() -> Iterator[int]:
    """A port whose accept queue is full, so that a SYN is not answered."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    queued = []
    for _ in range(8):
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
        queued.append(waiting)
    yield listener.getsockname()[1]
    for waiting in queued:
        waiting.close()
    listener.close()


def only(observation: Observation) -> Connection:
    (connection,) = observation.connections
    return connection


STALLS = [
    pytest.param(silent, Phase.HANDSHAKE, id="handshake"),
    pytest.param(silent_after_request, Phase.RECEIVE, id="answer"),
    pytest.param(silent_in_body, Phase.RECEIVE, id="body"),
    pytest.param(dripping(b"HTTP/1.1 200 OK\r\n", b"X"), Phase.RECEIVE, id="dripping-header"),
    pytest.param(
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        Phase.RECEIVE,
        id="dripping-body",
    ),
    pytest.param(dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), Phase.RECEIVE, id="endless-continue"),
    pytest.param(dripping_handshake, Phase.HANDSHAKE, id="dripping-handshake"),
]


@pytest.mark.parametrize(("behaviour", "phase"), STALLS)
def test_the_whole_targets_limit_holds(
    serve: Serve, collect: Collect, behaviour: Behaviour, phase: Phase
) -> None:
    connection = only(collect(serve(behaviour), timeout=SOON))
    assert connection.failure is not None
    assert (connection.failure.phase, connection.failure.kind) == (phase, FailureKind.DEADLINE)


def test_a_stalled_body_keeps_status_and_beginning(serve: Serve, collect: Collect) -> None:
    (exchange,) = only(collect(serve(silent_in_body), timeout=SOON)).exchanges
    assert (exchange.status, exchange.body, exchange.body_complete) == (200, b"half", False)


def test_a_syn_without_answer_is_a_timeout_of_the_connect_phase(unaccepting: int, collect: Collect) -> None:
    connection = only(
        collect(None, f"https://127.0.0.1:{unaccepting}/ews/exchange.asmx", connect_timeout=SOON)
    )
    assert connection.failure is not None
    assert (connection.failure.phase, connection.failure.kind) == (Phase.CONNECT, FailureKind.TIMEOUT)


def test_the_handshake_has_a_limit_of_its_own(serve: Serve, collect: Collect) -> None:
    connection = only(collect(serve(silent), connect_timeout=SOON))
    assert connection.failure is not None
    assert (connection.failure.phase, connection.failure.kind) == (Phase.HANDSHAKE, FailureKind.TIMEOUT)


def test_an_answer_may_take_longer_than_a_connecting_phase(serve: Serve, collect: Collect) -> None:
    def slow(peer: Peer) -> None:
        peer.start_tls()
        peer.read_request()
        peer.stopped.wait(SOON * 2)
        peer.send(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        peer.fin()

    connection = collect(serve(slow), connect_timeout=SOON).connections[0]
    assert connection.failure is None
    assert connection.exchanges[0].status == 401


@pytest.mark.parametrize(
    ("limits", "kind"),
    [
        # It is this machine's own: nothing follows for the caller.
        pytest.param({"connect_timeout": SOON}, FailureKind.RESOLVER_FAILED, id="phase"),
        pytest.param({"timeout": SOON}, FailureKind.DEADLINE, id="target"),
    ],
)
def test_a_resolver_that_never_answers(collect: Collect, limits: dict[str, float], kind: FailureKind) -> None:
    async def never(host: str, port: int) -> tuple[str, ...]:
        await asyncio.Event().wait()
        return ()

    connection = only(collect(None, resolver=never, **limits))
    assert connection.failure is not None
    assert (connection.failure.phase, connection.failure.kind) == (Phase.RESOLVE, kind)


def test_a_stalled_proxy_is_a_timeout_of_the_tunnel_phase(serve: Serve, collect: Collect) -> None:
    proxy = serve(silent)
    settings = {"proxy": parse_proxy(f"127.0.0.1:{proxy.port}"), "connect_to": (), "connect_timeout": SOON}
    connection = only(collect(None, **settings))
    assert connection.failure is not None
    assert (connection.failure.phase, connection.failure.kind) == (Phase.TUNNEL, FailureKind.TIMEOUT)


def test_sending_has_the_targets_limit(serve: Serve) -> None:
    async def send_too_much(port: int) -> WireError:
        loop = asyncio.get_running_loop()
        wire = Wire(PhaseClock(step_timeout=10, deadline=loop.time() + SOON))
        await wire.connect("127.0.0.1", port, Phase.SEND)
        with pytest.raises(WireError) as broken:
            await wire.write(bytes(64 * 1024 * 1024))
        wire.close()
        return broken.value

    failure = asyncio.run(send_too_much(serve(silent).port)).failure
    assert (failure.phase, failure.kind) == (Phase.SEND, FailureKind.DEADLINE)


def test_an_endless_header_ends_at_the_limit(serve: Serve, collect: Collect) -> None:
    connection = collect(
        serve(endless(b"HTTP/1.1 200 OK\r\n", b"X-Filler: " + b"x" * 100 + b"\r\n")), limits=SMALL
    ).connections[0]
    assert connection.failure is not None
    assert (connection.failure.phase, connection.failure.kind) == (Phase.RECEIVE, FailureKind.HEADER_LIMIT)
    assert len(connection.exchanges[0].raw) == SMALL.raw_bytes


def test_an_endless_body_is_capped_and_says_so(serve: Serve, collect: Collect) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    connection = collect(serve(endless(head, b"y" * 500)), limits=SMALL).connections[0]
    assert connection.failure is None
    assert connection.exchanges[0].body == b"y" * 1000
    assert not connection.exchanges[0].body_complete


def test_a_body_within_the_limit_is_complete(serve: Serve, collect: Collect) -> None:
    (connection,) = collect(serve(answering(body=b"z" * 1000)), limits=SMALL).connections
    assert [(len(e.body), e.body_complete) for e in connection.exchanges] == [(1000, True), (1000, True)]


def test_a_compressed_bomb_is_unpacked_to_the_limit_only(serve: Serve, collect: Collect) -> None:
    bomb = gzip.compress(bytes(1_000_000), mtime=0)
    limits = Limits(body_bytes=2000)
    partner = serve(answering(headers=("Content-Encoding: gzip",), body=bomb))
    exchange = collect(partner, limits=limits).connections[0].exchanges[0]
    assert len(bomb) < limits.body_bytes
    assert (exchange.body, exchange.body_complete) == (bytes(2000), False)


def test_a_compressed_body_is_unpacked(serve: Serve, collect: Collect) -> None:
    partner = serve(answering(headers=("Content-Encoding: gzip",), body=gzip.compress(b"<xml/>")))
    exchange = collect(partner).connections[0].exchanges[0]
    assert (exchange.body, exchange.body_complete) == (b"<xml/>", True)


def test_a_cancelled_run_keeps_what_it_saw(serve: Serve) -> None:
    partner = serve(answering("401 Unauthorized", ("Connection: close",)), silent_after_second)

    async def interrupted() -> Observation:
        settings = Settings(connect_to=(ConnectTo(None, None, "127.0.0.1", partner.port),), aia=False)
        parsed = target.parse("https://mail.partner.example/ews/exchange.asmx")
        task = asyncio.create_task(collector.collect_until_cancelled(parsed, settings))
        while partner.accepted < 2:
            await asyncio.sleep(0.01)
        task.cancel()
        return await task

    observation = asyncio.run(interrupted())
    assert observation.notes == (collector.INTERRUPTED,)
    assert [c.failure.kind if c.failure else None for c in observation.connections] == [
        None,
        FailureKind.INTERRUPTED,
    ]
    assert observation.connections[0].exchanges[0].status == 401


def silent_after_second(peer: Peer) -> None:
    peer.start_tls()
    peer.wait()


def test_a_visit_beyond_its_deadline_makes_one_attempt_only(serve: Serve) -> None:
    partner = serve(answering())
    made: list[Connection] = []

    async def late() -> None:
        endpoint = endpoint_of("https://mail.partner.example/ews/exchange.asmx", "test")
        destination = EndpointAddress(endpoint, "127.0.0.1", partner.port)
        deadline = asyncio.get_running_loop().time() - 1
        await visit(destination, requests_for(endpoint, "x.example"), Settings(), deadline, made.append)

    asyncio.run(late())
    assert [c.failure.kind if c.failure else None for c in made] == [FailureKind.DEADLINE]


def test_bodies_that_are_alike_take_room_once_and_others_end_it() -> None:
    bodies = KeptBodies(100_000)
    first = bodies.keep(b"a" * 90_000)
    assert bodies.keep(bytes(bytearray(b"a" * 90_000))) is first
    assert bodies.limit(262_144) == 32_768  # 10,000 are left, and so much every answer may have
    bodies.keep(b"b" * 32_768)
    assert bodies.limit(262_144) == 32_768
    assert bodies.limit(1_000) == 1_000


def test_a_connection_of_no_target_keeps_nothing() -> None:
    bodies = Budget().bodies
    assert bodies.limit(10_000_000) == 10_000_000
    assert bodies.keep(bytes(bytearray(b"alike"))) is not bodies.keep(bytes(bytearray(b"alike")))


def answering_in_turn(*bodies: bytes) -> Behaviour:
    def behave(peer: Peer) -> None:
        peer.start_tls()
        for body in bodies:
            peer.read_request()
            peer.send(f"HTTP/1.1 401 No\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        peer.wait()

    return behave


@pytest.mark.parametrize(
    ("second", "kept"),
    [
        pytest.param(b"b" * 40_000, (32_768, False), id="another-body"),
        pytest.param(b"b" * 30_000, (30_000, True), id="another-short-body"),
    ],
)
def test_what_the_bodies_of_a_target_may_take(
    serve: Serve, collect: Collect, second: bytes, kept: tuple[int, bool]
) -> None:
    partner = serve(answering_in_turn(b"a" * 40_000, second))
    limits = Limits(target_body_bytes=50_000)
    connection = collect(partner, limits=limits, all_addresses=False).connections[0]
    assert [(len(e.body), e.body_complete) for e in connection.exchanges] == [(40_000, True), kept]


def test_the_same_body_again_takes_no_room(serve: Serve, collect: Collect) -> None:
    partner = serve(answering_in_turn(b"a" * 40_000, b"a" * 40_000))
    connection = collect(partner, limits=Limits(target_body_bytes=81_000)).connections[0]
    first, second = connection.exchanges
    assert second.body_complete
    assert second.body is first.body


def test_a_closed_connection_holds_nothing_of_tls(serve: Serve) -> None:
    partner = serve(answering())
    made: list[Connection] = []
    wires: list[Wire] = []

    async def visited() -> None:
        endpoint = endpoint_of("https://mail.partner.example/ews/exchange.asmx", "test")
        destination = EndpointAddress(endpoint, "127.0.0.1", partner.port)
        deadline = asyncio.get_running_loop().time() + 20
        asked = requests_for(endpoint, "x.example")
        await visit(destination, asked, Settings(), deadline, made.append, wires.append)

    asyncio.run(visited())
    assert made[0].exchanges[0].status == 401
    assert [wire.session is not None for wire in wires] == [True] * len(wires)
    assert [wire._tls for wire in wires] == [None] * len(wires)


def test_of_long_certificates_only_a_few_are_kept() -> None:
    made = [openssl._certificate(bytes([n]) * (LONGEST_REMEMBERED + 1)) for n in range(40)]
    assert openssl._certificate(made[-1].der) is made[-1]
    assert openssl._certificate(made[0].der) is not made[0]
    usual = [openssl._certificate(bytes([n]) * 2_000) for n in range(40)]
    assert all(openssl._certificate(each.der) is each for each in usual)
