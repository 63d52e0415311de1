"""Which handshakes are made, in which order, and what of an offer this machine can make."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import pytest

from probe.collection.connection.tls.openssl import prepare
from probe.facts.observation import Connection, FailureKind, Observation, Phase
from probe.facts.tls_negotiation import HandshakeOffer
from tests.collection.collection_peer import Behaviour, Partner, Peer, answering

Serve = Callable[..., Partner]
Collect = Callable[..., Observation]

AES128, AES256 = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
RC4 = "TLS_RSA_WITH_RC4_128_SHA"
TLS12 = HandshakeOffer("tls12", ("TLS 1.2",), (AES256, AES128))
TLS12_SHORT = HandshakeOffer("tls12-short", ("TLS 1.2",), (AES128,))
ALIKE = HandshakeOffer("tls12-rc4", ("TLS 1.2",), (AES256, AES128, RC4))
ONLY_RC4 = HandshakeOffer("rc4", ("TLS 1.0", "TLS 1.2"), (RC4,))


def speaking(version: ssl.TLSVersion) -> Behaviour:
    answer = answering()

    def behave(peer: Peer) -> None:
        assert peer.context is not None
        peer.context.minimum_version = version
        peer.context.maximum_version = version
        answer(peer)

    return behave


def shapes(observation: Observation) -> list[tuple[str, FailureKind | None]]:
    return [(c.offer.shape, c.failure.kind if c.failure else None) for c in observation.connections]


def protocol(connection: Connection) -> str | None:
    return connection.tls.protocol if connection.tls else None


@pytest.mark.parametrize(
    ("version", "name"),
    [
        pytest.param(ssl.TLSVersion.TLSv1, "TLS 1.0", id="tls10"),
        pytest.param(ssl.TLSVersion.TLSv1_1, "TLS 1.1", id="tls11"),
        pytest.param(ssl.TLSVersion.TLSv1_2, "TLS 1.2", id="tls12"),
        pytest.param(ssl.TLSVersion.TLSv1_3, "TLS 1.3", id="tls13"),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_the_liberal_offer_reaches_every_version(
    serve: Serve, collect: Collect, version: ssl.TLSVersion, name: str
) -> None:
    (connection,) = collect(serve(speaking(version))).connections
    assert protocol(connection) == name
    assert [e.status for e in connection.exchanges] == [401, 401]


def test_a_callers_offer_that_succeeds_is_the_only_one(serve: Serve, collect: Collect) -> None:
    observation = collect(serve(answering()), offers=(TLS12,))
    assert shapes(observation) == [("tls12", None)]
    (connection,) = observation.connections
    assert connection.tls is not None
    assert (connection.tls.protocol, connection.tls.cipher) == ("TLS 1.2", AES256)
    assert connection.offer == TLS12


def test_a_callers_offer_that_fails_is_followed_by_a_liberal_one(serve: Serve, collect: Collect) -> None:
    observation = collect(serve(speaking(ssl.TLSVersion.TLSv1_3)), offers=(TLS12,))
    assert shapes(observation) == [("tls12", FailureKind.ALERT), ("liberal", None)]
    refused, liberal = observation.connections
    assert refused.failure is not None
    assert (refused.failure.phase, refused.failure.alert) == (Phase.HANDSHAKE, 70)
    assert protocol(liberal) == "TLS 1.3"
    assert liberal.presented


def test_no_liberal_handshake_once_one_succeeded(serve: Serve, collect: Collect) -> None:
    only13 = HandshakeOffer("tls13", ("TLS 1.3",))
    observation = collect(serve(speaking(ssl.TLSVersion.TLSv1_3)), offers=(TLS12, only13))
    assert shapes(observation) == [("tls12", FailureKind.ALERT), ("tls13", None)]


def test_no_second_handshake_where_nobody_listens(collect: Collect) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{taken.getsockname()[1]}/ews/exchange.asmx"
        observation = collect(None, url, offers=(TLS12, TLS12_SHORT))
    assert shapes(observation) == [("tls12", FailureKind.REFUSED)]


def test_shapes_alike_on_the_wire_are_offered_once_and_recorded_for_each(
    serve: Serve, collect: Collect
) -> None:
    partner = serve(answering())
    observation = collect(partner, offers=(TLS12, ALIKE, TLS12_SHORT))
    assert shapes(observation) == [("tls12", None), ("tls12-rc4", None), ("tls12-short", None)]
    assert partner.accepted == 2
    first, second, _ = observation.connections
    assert (first.offer.missing, second.offer.missing) == ((), (RC4,))
    assert first.tls == second.tls


def test_an_offer_of_nothing_is_a_fact_of_this_machine(serve: Serve, collect: Collect) -> None:
    observation = collect(serve(answering()), offers=(ONLY_RC4,))
    assert shapes(observation) == [("rc4", FailureKind.NOTHING_TO_OFFER), ("liberal", None)]
    nothing = observation.connections[0]
    assert nothing.offer.missing == (RC4, "TLS 1.0", "TLS 1.2")
    assert nothing.failure is not None
    assert nothing.failure.phase is Phase.HANDSHAKE


@pytest.mark.parametrize(
    ("offer", "protocols", "suites", "missing"),
    [
        pytest.param(TLS12, ("TLS 1.2",), (AES256, AES128), (), id="as-asked"),
        pytest.param(ALIKE, ("TLS 1.2",), (AES256, AES128), (RC4,), id="rc4-missing"),
        pytest.param(
            HandshakeOffer("old", ("SSL 3.0", "TLS 1.0"), ("TLS_RSA_WITH_AES_128_CBC_SHA",)),
            ("TLS 1.0",),
            ("TLS_RSA_WITH_AES_128_CBC_SHA",),
            ("SSL 3.0",),
            id="ssl3-missing",
        ),
        pytest.param(
            HandshakeOffer("curves", ("TLS 1.2",), (AES128 + "_P256", AES128 + "_P384")),
            ("TLS 1.2",),
            (AES128,),
            (),
            id="curve-suffix-of-old-schannel",
        ),
        pytest.param(
            HandshakeOffer("unknown", ("TLS 1.2",), (AES128, "TLS_MADE_UP")),
            ("TLS 1.2",),
            (AES128,),
            ("TLS_MADE_UP",),
            id="unknown-suite",
        ),
        pytest.param(HandshakeOffer("any", ("TLS 1.2",)), ("TLS 1.2",), (), (), id="suites-of-the-library"),
    ],
)
def test_what_this_machine_makes_of_an_offer(
    offer: HandshakeOffer, protocols: tuple[str, ...], suites: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    made = prepare(offer)
    assert made.context is not None
    assert (made.offer.protocols, made.offer.cipher_suites) == (protocols, suites)
    assert made.offer.missing == missing


def test_tls13_suites_on_record_are_those_that_go_out() -> None:
    made = prepare(HandshakeOffer("both", ("TLS 1.2", "TLS 1.3"), ("TLS_AES_256_GCM_SHA384", AES256)))
    assert made.offer.cipher_suites[-1] == AES256
    assert "TLS_AES_256_GCM_SHA384" in made.offer.cipher_suites
    assert made.context is not None
    offered = [s for s in made.offer.cipher_suites if not s.startswith("TLS_ECDHE")]
    if not hasattr(made.context, "set_ciphersuites"):
        assert len(offered) == sum(c["protocol"] == "TLSv1.3" for c in made.context.get_ciphers())


def test_one_context_for_each_offer() -> None:
    assert prepare(TLS12).context is prepare(HandshakeOffer("tls12", ("TLS 1.2",), (AES256, AES128))).context
