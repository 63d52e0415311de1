"""When a ClientHello of our own is sent, what it brings, and what bounds it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from probe import api
from probe.collection.settings import Settings, parse_connect_to
from probe.facts import record
from probe.facts.observation import FailureKind, Observation
from probe.facts.tls_negotiation import HandshakeOffer
from probe.judgement.caller_profile import profile
from probe.lab.partner import Partner as LabPartner
from tests.collection.collection_peer import Behaviour, Partner, Peer, answering

Serve = Callable[..., Partner]
Collect = Callable[..., Observation]

ECDSA = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
OFFER = HandshakeOffer(
    "own",
    ("TLS 1.2",),
    (ECDSA,),
    groups=("secp256r1", "secp384r1"),
    signature_schemes=("ecdsa_secp256r1_sha256",),
    least_diffie_hellman_bits=1024,
)
OWN = {"offers": (OFFER,), "hellos": (("own", (OFFER,)),)}


def only(group: str) -> Behaviour:
    answer = answering()

    def behave(peer: Peer) -> None:
        assert peer.context is not None
        peer.context.set_ecdh_curve(group)
        answer(peer)

    return behave


def sending(data: bytes, *, close: bool = True) -> Behaviour:
    """Answer a ClientHello with these bytes."""

    def behave(peer: Peer) -> None:
        peer.raw.recv(65_536)
        peer.raw.sendall(data)
        if close:
            peer.fin()
        else:
            peer.stopped.wait(20)

    return behave


def test_no_hello_follows_a_handshake_that_decided(serve: Serve, collect: Collect) -> None:
    partner = serve(answering())
    assert collect(partner, **OWN).hellos == ()


def test_in_a_list_only_partners_that_leave_it_open_get_a_hello() -> None:
    """The cost in a list: none where the first handshake decided, one or two where it did not."""
    sent = {}
    partners = {
        "healthy": "exchange-se",
        "expired": "exchange-2016@2012r2",
        "sha1-signature": "exchange-2016",  # an RSA key signs for OpenSSL with PSS, which that caller lacks
        "untrusted-root": "exchange-2019",
        "group-p521-only": "exchange-se",
        "tls13-only": "exchange-se",
    }
    for fault, name in partners.items():
        caller = profile(name)
        with LabPartner(fault) as partner:
            base = Settings(timeout=5.0, connect_to=(parse_connect_to(f"::127.0.0.1:{partner.port}"),))
            settings = api.settings_for((caller,), partner.trust, base)
            url = f"https://{partner.host}:{partner.port}/ews/exchange.asmx"
            sent[fault] = len(api.collect(url, settings=settings).hellos)
    assert sent == {
        "healthy": 0,
        "expired": 0,
        "sha1-signature": 1,
        "untrusted-root": 0,
        "group-p521-only": 2,
        "tls13-only": 2,
    }


def test_the_hello_shows_what_one_group_at_a_time_does_not(serve: Serve, collect: Collect) -> None:
    observation = collect(serve(only("secp384r1")), **OWN)
    (hello,) = observation.hellos
    assert hello.negotiation is not None
    assert (hello.negotiation.group, hello.negotiation.complete, hello.failure) == ("secp384r1", True, None)
    own, liberal = observation.connections
    assert (own.tls, own.failure is not None) == (None, True)
    assert liberal.tls is not None
    assert hello.presented == liberal.presented
    assert record.loads(record.dumps(observation)) == observation


ALERT = bytes.fromhex("15030300020228")
RECORD = bytes.fromhex("1603030004 0e000000".replace(" ", ""))
ENCRYPTED = bytes.fromhex("140303000101")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(sending(ALERT), FailureKind.ALERT, id="alert"),
        pytest.param(sending(b""), FailureKind.CLOSED, id="closed"),
        pytest.param(sending(b"\x16\x03\x03\x00\x40\x02"), FailureKind.TRUNCATED, id="cut-off"),
        pytest.param(sending(b"\x16\x03\x03\x00\x00"), FailureKind.TLS_ERROR, id="empty-record"),
        pytest.param(
            sending(RECORD + ENCRYPTED, close=False), FailureKind.TLS_ERROR, id="encrypted-too-early"
        ),
        pytest.param(sending(RECORD * 20_000, close=False), FailureKind.FLOOD, id="records-without-end"),
    ],
)
def test_how_a_hello_can_end(serve: Serve, collect: Collect, answer: Behaviour, kind: FailureKind) -> None:
    calls: list[int] = []

    def behave(peer: Peer) -> None:
        calls.append(1)
        if len(calls) == 1:
            sending(ALERT)(peer)  # the handshake of OpenSSL
        else:
            answer(peer)

    (hello,) = collect(serve(behave), **OWN, connect_timeout=3.0).hellos
    assert hello.failure is not None
    assert hello.failure.kind is kind
    assert hello.negotiation is None


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(sending(b"HTTP/1.1 400 Bad Request\r\n\r\n"), id="no-tls"),
        pytest.param(sending(b"", close=False), id="stalls"),
    ],
)
def test_a_partner_that_says_nothing_of_offers_gets_no_hello(
    serve: Serve, collect: Collect, answer: Behaviour
) -> None:
    assert collect(serve(answer), **OWN, connect_timeout=0.5).hellos == ()


def test_callers_that_are_alike_share_a_hello(serve: Serve, collect: Collect) -> None:
    other = HandshakeOffer("other", OFFER.protocols, OFFER.cipher_suites, groups=OFFER.groups)
    settings = {"offers": (OFFER, other), "hellos": (("own", (OFFER,)), ("other", (OFFER,)))}
    assert len(collect(serve(sending(ALERT)), **settings).hellos) == 1
