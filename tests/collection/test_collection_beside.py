"""The wider offer beside the caller's own: its answer stands in only where nothing can differ.

Every partner here behaves by the protocol that was agreed on. Whatever goes wrong over TLS 1.3 must leave the
caller's own connection to decide, and whatever goes wrong with the caller's own handshake must be seen.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from probe.facts.observation import FailureKind, Observation, Phase
from probe.facts.tls_negotiation import HandshakeOffer
from tests.collection.collection_peer import Behaviour, Issued, Partner, Peer, issue, server_context
from tests.collection.conftest import HOST

Serve = Callable[..., Partner]
Collect = Callable[..., Observation]

SUITES = ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")
SURE = HandshakeOffer("sure", ("TLS 1.2",), SUITES)
WIDER = HandshakeOffer("wider", ("TLS 1.2", "TLS 1.3"), ("TLS_AES_256_GCM_SHA384", *SUITES))
BESIDE = {"offers": (SURE,), "wider": (("sure", WIDER),), "ask_at_once": True}
ANSWER = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
# Later than a reset also under Wine (tests/windows/wine.py).
LATER = 1.0


def answer(peer: Peer) -> None:
    peer.read_request()
    peer.send(ANSWER)
    peer.wait()


def answer_later(peer: Peer) -> None:
    peer.read_request()
    time.sleep(LATER)
    peer.send(ANSWER)
    peer.wait()


def stay_silent(peer: Peer) -> None:
    peer.read_request()
    peer.wait()


def reset(peer: Peer) -> None:
    peer.read_request()
    peer.reset()


def cut_the_body_off(peer: Peer) -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 10\r\n\r\n<a")
    peer.fin()


def by_version(old: Behaviour, new: Behaviour) -> Behaviour:
    def behave(peer: Peer) -> None:
        peer.start_tls()
        (new if peer.version == "TLSv1.3" else old)(peer)

    return behave


def seen(observation: Observation) -> list[tuple[str, str | None, list[tuple[str, int | None]], str | None]]:
    return [
        (
            c.offer.shape,
            c.tls.protocol if c.tls else None,
            [(e.method, e.status) for e in c.exchanges],
            c.failure.kind.value if c.failure else None,
        )
        for c in observation.connections
    ]


GET = ("wider", "TLS 1.3", [("GET", 401)], None)
OWN_ANSWER = ("sure", "TLS 1.2", [("POST", 401)], None)


def test_a_whole_answer_from_the_same_certificates_stands_in(serve: Serve, collect: Collect) -> None:
    partner = serve(by_version(stay_silent, answer))
    assert seen(collect(partner, **BESIDE)) == [
        ("sure", "TLS 1.2", [], None),
        ("wider", "TLS 1.3", [("POST", 401)], None),
        GET,
    ]


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(reset, id="reset-over-tls13"),
        pytest.param(cut_the_body_off, id="cut-off-over-tls13"),
        pytest.param(stay_silent, id="silent-over-tls13"),
    ],
)
def test_a_broken_answer_does_not_stand_in(serve: Serve, collect: Collect, new: Behaviour) -> None:
    first = collect(serve(by_version(answer_later, new)), **BESIDE, timeout=3.0).connections[0]
    assert (first.offer.shape, [e.status for e in first.exchanges], first.failure) == ("sure", [401], None)


def test_what_breaks_for_the_caller_is_seen_though_tls13_answers(serve: Serve, collect: Collect) -> None:
    observation = collect(serve(by_version(reset, answer_later)), **BESIDE)
    first = observation.connections[0]
    assert (first.offer.shape, first.failure and first.failure.kind) == ("sure", FailureKind.RESET)


def test_a_handshake_that_stalls_for_the_caller_is_waited_for(serve: Serve, collect: Collect) -> None:
    def stall_without_tls13(peer: Peer) -> None:
        prepare = peer.raw.recv(65_536, 2)  # MSG_PEEK
        if b"\x00\x2b\x00" not in prepare:  # supported_versions: only who offers TLS 1.3 sends it
            peer.wait()
            return
        peer.start_tls()
        answer(peer)

    observation = collect(serve(stall_without_tls13), **BESIDE, connect_timeout=1.0)
    first = observation.connections[0]
    assert first.offer.shape == "sure"
    assert first.failure is not None
    assert (first.failure.phase, first.failure.kind) == (Phase.HANDSHAKE, FailureKind.TIMEOUT)


def test_other_certificates_do_not_stand_in(
    serve: Serve, collect: Collect, authority: Issued, context: ssl.SSLContext, tmp_path: Path
) -> None:
    other = server_context((issue(HOST, authority), authority), tmp_path)

    def behave(peer: Peer) -> None:
        prepare = peer.raw.recv(65_536, 2)  # MSG_PEEK
        new = b"\x00\x2b\x00" in prepare
        peer.context = other if new else context
        peer.start_tls()
        (answer if new else answer_later)(peer)

    assert seen(collect(serve(behave), **BESIDE)) == [OWN_ANSWER, GET]


def test_without_a_wider_offer_the_caller_is_waited_for(serve: Serve, collect: Collect) -> None:
    partner = serve(by_version(answer_later, answer))
    assert seen(collect(partner, **{**BESIDE, "wider": ()})) == [
        OWN_ANSWER,
        ("sure", "TLS 1.2", [("GET", 401)], None),
    ]


def test_a_run_that_ends_keeps_the_callers_own_connection(serve: Serve, collect: Collect) -> None:
    observation = collect(serve(by_version(stay_silent, stay_silent)), **BESIDE, timeout=1.0)
    first = observation.connections[0]
    assert (first.offer.shape, first.failure and first.failure.kind) == ("sure", FailureKind.DEADLINE)
