"""A flood ends by a budget or by the clock, the loop has its turn meanwhile, and Ctrl-C is served."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from probe.collection import collector
from probe.collection.settings import ConnectTo, Limits, Settings
from probe.facts import target
from probe.facts.observation import FailureKind, Observation
from tests.collection.collection_peer import Partner, Peer
from tests.collection.floods import FLOODS

Serve = Callable[..., Partner]
URL = "https://mail.partner.example/ews/exchange.asmx/WSSecurity"
# Nothing but the clock ends a flood under these.
UNLIMITED = Limits(
    handshake_bytes=1 << 40,
    handshake_records=1 << 40,
    header_bytes=1 << 40,
    head_parts=1 << 40,
    body_bytes=1 << 40,
    target_parts=1 << 40,
)

# None: no failure, because what came is an answer as far as it was read.
ENDS: dict[str, FailureKind | None] = {
    "hello-requests": FailureKind.FLOOD,
    "hello-requests-joined": FailureKind.FLOOD,
    "empty-handshake-records": FailureKind.FLOOD,
    "warning-alerts": FailureKind.FLOOD,
    "change-cipher-specs": FailureKind.FLOOD,
    "endless-handshake-message": FailureKind.TLS_ERROR,
    "tickets": FailureKind.FLOOD,
    "continues": FailureKind.HEADER_LIMIT,
    "headers": FailureKind.HEADER_LIMIT,
    "header-bytes-in-small-records": FailureKind.FLOOD,
    "one-byte-chunks": FailureKind.FLOOD,
    "one-byte-chunks-in-small-records": FailureKind.FLOOD,
    "chunk-extensions": FailureKind.FLOOD,
    "trailers": FailureKind.MALFORMED,
    "body": None,
}


async def _collected(partner: Partner, limits: Limits, timeout: float, ticks: list[None]) -> Observation:
    async def tick() -> None:
        while True:
            ticks.append(None)
            await asyncio.sleep(0.001)

    settings = Settings(
        timeout=timeout,
        connect_timeout=timeout,
        aia=False,
        limits=limits,
        connect_to=(ConnectTo(None, None, "127.0.0.1", partner.port),),
    )
    ticking = asyncio.create_task(tick())
    try:
        return await collector.collect(target.parse(URL), settings)
    finally:
        ticking.cancel()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("name", "end"), [pytest.param(n, end, id=n) for n, end in ENDS.items()])
def test_a_flood_ends_by_its_budget(serve: Serve, name: str, end: FailureKind | None) -> None:
    observation = asyncio.run(_collected(serve(FLOODS[name]), Limits(), 50.0, []))
    for connection in observation.connections:
        assert (connection.failure.kind if connection.failure else None) is end


@pytest.mark.timeout(60)
def test_answers_without_end_end_by_whichever_budget_is_used_up_first(serve: Serve) -> None:
    """Small records and bytes of headers are both counted: how much is read at a time decides."""
    flood = serve(FLOODS["continues-in-small-records"])
    observation = asyncio.run(_collected(flood, Limits(), 50.0, []))
    kinds = {connection.failure.kind for connection in observation.connections if connection.failure}
    assert kinds <= {FailureKind.FLOOD, FailureKind.HEADER_LIMIT}
    assert len(kinds) > 0


def test_every_flood_has_its_row() -> None:
    assert set(ENDS) == set(FLOODS) - {"continues-in-small-records"}


def _handshake(kind: int, body: bytes) -> bytes:
    message = bytes([kind]) + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message


def _hello(suite: int) -> bytes:
    return _handshake(2, b"\x03\x03" + bytes(32) + b"\x00" + suite.to_bytes(2, "big") + b"\x00")


def _group(bits: int) -> bytes:
    return (bits // 8).to_bytes(2, "big") + b"\xff" * (bits // 8) + b"\x00\x01\x02\x00\x01\x02"


DHE, ECDHE = 0x009E, 0xC02F
GROUPS = [
    pytest.param(_hello(DHE) + _handshake(12, _group(10_000)), True, id="group-of-10000-bits"),
    pytest.param(_hello(DHE) + _handshake(12, _group(4_104)), True, id="one-byte-too-long"),
    pytest.param(_hello(DHE) + _handshake(12, _group(4_096)), False, id="as-long-as-allowed"),
    pytest.param(_hello(ECDHE) + _handshake(12, _group(10_000)), False, id="no-such-suite"),
    pytest.param(
        _hello(DHE) + _handshake(12, _group(10_000))[:16], True, id="length-alone-before-the-modulus"
    ),
]


@pytest.mark.parametrize(("flight", "refused"), GROUPS)
def test_a_large_group_ends_the_handshake_before_it_is_computed(
    serve: Serve, *, flight: bytes, refused: bool
) -> None:
    def behave(peer: Peer) -> None:
        peer.raw.recv(65_536)
        peer.raw.sendall(flight)
        peer.fin()

    observation = asyncio.run(_collected(serve(behave), Limits(), 20.0, []))
    details = [c.failure.detail for c in observation.connections if c.failure]
    assert details
    assert all(("here at most 4096 are computed" in detail) == refused for detail in details)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["hello-requests", "continues", "one-byte-chunks"])
def test_without_a_budget_the_clock_ends_it_and_the_loop_has_its_turn(serve: Serve, name: str) -> None:
    ticks: list[None] = []
    observation = asyncio.run(_collected(serve(FLOODS[name]), UNLIMITED, 0.5, ticks))
    assert {c.failure.kind for c in observation.connections if c.failure} <= {
        FailureKind.DEADLINE,
        FailureKind.TIMEOUT,
    }
    assert len(ticks) > 1
