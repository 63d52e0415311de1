"""Corners that the larger tables do not reach: each would go unnoticed if it broke."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

import pytest

from probe.collection import collector
from probe.collection.connection.resolver import Resolver, UnresolvedError
from probe.collection.connection.tls.openssl import prepare
from probe.collection.connection.tls.tls_records import RecordFollower
from probe.collection.settings import ConnectTo, ResolveTo, Settings, parse_resolve
from probe.facts import target
from probe.facts.observation import FailureKind, Observation, Phase
from probe.facts.tls_negotiation import HandshakeOffer
from tests.collection.collection_peer import Partner, Peer, answering

Serve = Callable[..., Partner]
Collect = Callable[..., Observation]


def test_a_broken_answer_is_kept_without_its_cookies(serve: Serve, collect: Collect) -> None:
    def half(peer: Peer) -> None:
        peer.start_tls()
        peer.read_request()
        peer.send(
            b"HTTP/1.1 200 OK\r\nSet-Cookie: session=hunter2\r\nWWW-Authenticate: Basic hunter2\r\nX-A: b"
        )
        peer.fin()

    (exchange,) = collect(serve(half)).connections[0].exchanges
    assert exchange.raw == b"HTTP/1.1 200 OK\r\nSet-Cookie:\r\nWWW-Authenticate:\r\nX-A: b"


def test_certificates_sent_in_the_clear_are_found_by_following_records() -> None:
    certificates = [b"first certificate", b"second"]
    listed = b"".join(len(c).to_bytes(3, "big") + c for c in certificates)
    body = len(listed).to_bytes(3, "big") + listed
    messages = b"\x02\x00\x00\x02ok" + b"\x0b" + len(body).to_bytes(3, "big") + body
    follower = RecordFollower()
    for part in (messages[:20], messages[20:]):
        follower.feed(b"\x16\x03\x03" + len(part).to_bytes(2, "big") + part)
    assert follower.messages.partial_certificates() == tuple(certificates)
    follower.messages.forget()
    assert follower.messages.partial_certificates() == ()


def test_overrides_for_every_host_are_not_for_what_certificates_name() -> None:
    async def look_up() -> tuple[str, ...]:
        chosen = Settings(
            connect_to=(ConnectTo(None, None, "127.0.0.9", None),),
            resolve=(ResolveTo(None, None, ("127.0.0.8",)), ResolveTo("named.example", None, ("127.0.0.7",))),
        )
        resolver = Resolver(chosen, asyncio.get_running_loop().time() + 10)
        everywhere, _, _ = await resolver.addresses("named.example", 80)
        named, _, _ = await resolver.addresses("named.example", 80, named_only=True)
        return everywhere + named

    assert asyncio.run(look_up()) == ("127.0.0.9", "127.0.0.7")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(["a.example::127.0.0.2", "a.example::127.0.0.3"], ("127.0.0.2", "127.0.0.3"), id="two"),
        pytest.param(["*::127.0.0.4", "a.example::127.0.0.2"], ("127.0.0.2",), id="named-before-any"),
        pytest.param(["*::127.0.0.4", "*::127.0.0.5"], ("127.0.0.4", "127.0.0.5"), id="any-twice"),
        pytest.param(["a.example:80:127.0.0.2", "a.example:443:127.0.0.3"], ("127.0.0.3",), id="other-port"),
    ],
)
def test_a_second_resolve_for_a_host_adds_its_address(given: list[str], expected: tuple[str, ...]) -> None:
    async def look_up() -> tuple[str, ...]:
        chosen = Settings(resolve=tuple(parse_resolve(text) for text in given))
        resolver = Resolver(chosen, asyncio.get_running_loop().time() + 10)
        return (await resolver.addresses("a.example", 443))[0]

    assert asyncio.run(look_up()) == expected


def test_an_empty_answer_of_the_resolver_is_no_address() -> None:
    async def nothing(host: str, port: int) -> tuple[str, ...]:
        return ()

    async def look_up() -> UnresolvedError:
        resolver = Resolver(Settings(resolver=nothing), asyncio.get_running_loop().time() + 10)
        with pytest.raises(UnresolvedError) as unresolved:
            await resolver.addresses("a.example", 443)
        return unresolved.value

    assert asyncio.run(look_up()).failure.kind is FailureKind.NO_ADDRESS


def test_the_get_decides_no_redirect(serve: Serve, collect: Collect) -> None:
    def only_get(peer: Peer) -> None:
        peer.start_tls()
        while True:
            status = "302 Found" if peer.read_request().startswith(b"GET") else "401 Unauthorized"
            location = "Location: https://elsewhere.example/\r\n"
            peer.send(f"HTTP/1.1 {status}\r\n{location}Content-Length: 0\r\n\r\n".encode())

    observation = collect(
        serve(only_get), "https://mail.partner.example/autodiscover/autodiscover.svc/WSSecurity"
    )
    assert observation.steps == ()


def test_a_cancelled_collect_leaves_its_task_able_to_go_on(serve: Serve) -> None:
    def silent(peer: Peer) -> None:
        peer.wait()

    partner = serve(silent)

    async def interrupted() -> int:
        async def work() -> int:
            chosen = Settings(connect_to=(ConnectTo(None, None, "127.0.0.1", partner.port),))
            parsed = target.parse("https://mail.partner.example/ews/exchange.asmx")
            await collector.collect_until_cancelled(parsed, chosen)
            current = asyncio.current_task()
            return current.cancelling() if current else -1

        task = asyncio.create_task(work())
        while not partner.accepted:
            await asyncio.sleep(0.01)
        task.cancel()
        return await task

    assert asyncio.run(interrupted()) == 0


def test_a_gap_between_versions_is_kept() -> None:
    context = prepare(HandshakeOffer("gap", ("TLS 1.0", "TLS 1.2"))).context
    assert context is not None
    assert context.options & ssl.OP_NO_TLSv1_1
    assert not context.options & ssl.OP_NO_TLSv1_2


def test_suites_that_no_offered_version_has_are_nothing_to_offer(serve: Serve, collect: Collect) -> None:
    unfit = HandshakeOffer("unfit", ("TLS 1.0",), ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",))
    first, liberal = collect(serve(answering()), offers=(unfit,)).connections
    assert first.failure is not None
    assert (first.failure.phase, first.failure.kind) == (Phase.HANDSHAKE, FailureKind.NOTHING_TO_OFFER)
    assert liberal.tls is not None
