"""Requests that go out at the same time: the first decides, and nothing is lost when the others fail."""

from __future__ import annotations

from collections.abc import Callable

from probe.facts.observation import FailureKind, Observation, Phase
from tests.collection.collection_peer import Partner, Peer, answering

Serve = Callable[..., Partner]
Collect = Callable[..., Observation]


def methods(observation: Observation) -> list[list[str]]:
    return [[exchange.method for exchange in c.exchanges] for c in observation.connections]


def test_each_request_has_a_connection_of_its_own(serve: Serve, collect: Collect) -> None:
    partner = serve(answering())
    observation = collect(partner, ask_at_once=True)
    assert methods(observation) == [["POST"], ["GET"]]
    assert [e.status for c in observation.connections for e in c.exchanges] == [401, 401]
    assert partner.accepted == 2


def test_in_turn_they_share_one(serve: Serve, collect: Collect) -> None:
    assert methods(collect(serve(answering()))) == [["POST", "GET"]]


def test_a_get_that_is_refused_beside_the_post_is_made_after_it(serve: Serve, collect: Collect) -> None:
    partner = serve(answering(), Peer.reset, answering())
    observation = collect(partner, ask_at_once=True)
    assert methods(observation) == [["POST"], ["GET"]]
    assert [c.failure for c in observation.connections] == [None, None]
    assert partner.accepted == 3


def test_a_broken_post_is_recorded_once(serve: Serve, collect: Collect) -> None:
    def reset(peer: Peer) -> None:
        peer.start_tls()
        peer.read_request()
        peer.reset()

    observation = collect(serve(reset), ask_at_once=True)
    assert [(c.failure.phase, c.failure.kind) for c in observation.connections if c.failure] == [
        (Phase.RECEIVE, FailureKind.RESET)
    ] * 2
    assert methods(observation) == [["POST"], ["GET"]]


def test_a_failed_handshake_is_recorded_without_companions(serve: Serve, collect: Collect) -> None:
    def hang_up(peer: Peer) -> None:
        peer.raw.recv(65_536)
        peer.fin()

    observation = collect(serve(hang_up), ask_at_once=True)
    assert len(observation.connections) == 1
    assert observation.connections[0].exchanges == ()
