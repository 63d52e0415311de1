"""Every way in which a connection can break is a fact of its own, on real sockets (issue: collect)."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from probe.facts.observation import Connection, FailureKind, Observation, Phase, WireFailure
from tests.collection.collection_peer import Behaviour, Issued, Partner, Peer, answering

Serve = Callable[..., Partner]
Collect = Callable[..., Observation]
ECONNRESET, ECONNREFUSED = 104, 111


def first_failure(observation: Observation) -> WireFailure:
    failure = observation.connections[0].failure
    assert failure is not None
    return failure


def reset_at_once(peer: Peer) -> None:
    peer.reset()


def reset_after_hello(peer: Peer) -> None:
    peer.raw.recv(65_536)
    peer.reset()


def reset_after_handshake(peer: Peer) -> None:
    peer.start_tls()
    peer.read_request()
    peer.reset()


def fin_after_hello(peer: Peer) -> None:
    peer.raw.recv(65_536)
    peer.fin()


def fin_in_record_header(peer: Peer) -> None:
    peer.raw.recv(65_536)
    peer.raw.sendall(b"\x16\x03\x03")
    peer.fin()


def fin_in_record(peer: Peer) -> None:
    peer.raw.recv(65_536)
    peer.raw.sendall(b"\x16\x03\x03\x00\x50half of it")
    peer.fin()


def empty_record(peer: Peer) -> None:
    peer.raw.recv(65_536)
    peer.raw.sendall(b"\x16\x03\x03\x00\x00")
    peer.fin()


def close_notify_in_handshake(peer: Peer) -> None:
    peer.raw.recv(65_536)
    peer.raw.sendall(b"\x15\x03\x03\x00\x02\x01\x00")
    peer.fin()


def fin_after_request(peer: Peer) -> None:
    peer.start_tls()
    peer.read_request()
    peer.fin()


def close_notify_after_request(peer: Peer) -> None:
    peer.start_tls()
    peer.read_request()
    peer.close_notify()
    peer.fin()


def alert_after_hello(number: int) -> Behaviour:
    def behave(peer: Peer) -> None:
        peer.raw.recv(65_536)
        peer.raw.sendall(bytes([0x15, 3, 3, 0, 2, 2, number]))
        peer.fin()

    return behave


def instead_of_a_hello(data: bytes) -> Behaviour:
    def behave(peer: Peer) -> None:
        peer.raw.recv(65_536)
        peer.raw.sendall(data)
        peer.fin()

    return behave


# SERVER-HELLO and ERROR of SSL 2.0, and what begins like the latter and says that it is longer.
SSL_2_HELLO = bytes.fromhex("801a04000100020003001000010100800000") + bytes(10)
SSL_2_ERROR = bytes.fromhex("8003000001")
LONGER_THAN_IT_IS = bytes.fromhex("8fff000001")


def plain_http(peer: Peer) -> None:
    peer.raw.recv(65_536)
    peer.raw.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    peer.fin()


def sends(*parts: bytes, then: str = "fin") -> Behaviour:
    def behave(peer: Peer) -> None:
        peer.start_tls()
        peer.read_request()
        for part in parts:
            peer.send(part)
        getattr(peer, then)()

    return behave


def half_a_record(peer: Peer) -> None:
    peer.start_tls()
    peer.read_request()
    record = peer.record(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    peer.raw.sendall(record[: len(record) // 2])
    peer.fin()


HALF_HEAD = b"HTTP/1.1 200 OK\r\nServer: Micr"
HALF_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"
BAD_CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno-length\r\n"

BREAKS = [
    pytest.param(reset_at_once, Phase.HANDSHAKE, FailureKind.RESET, "", id="reset-before-the-handshake"),
    pytest.param(reset_after_hello, Phase.HANDSHAKE, FailureKind.RESET, "", id="reset-in-the-handshake"),
    pytest.param(reset_after_handshake, Phase.RECEIVE, FailureKind.RESET, "", id="reset-after-the-request"),
    pytest.param(fin_after_hello, Phase.HANDSHAKE, FailureKind.CLOSED, "", id="fin-in-the-handshake"),
    pytest.param(
        fin_in_record_header,
        Phase.HANDSHAKE,
        FailureKind.TRUNCATED,
        "after 3 of 5 bytes of a record header",
        id="fin-in-a-record-header",
    ),
    pytest.param(
        fin_in_record,
        Phase.HANDSHAKE,
        FailureKind.TRUNCATED,
        "after 10 of 80 bytes of a record",
        id="fin-in-a-record",
    ),
    pytest.param(
        close_notify_in_handshake,
        Phase.HANDSHAKE,
        FailureKind.CLOSE_NOTIFY,
        "",
        id="close-notify-in-the-handshake",
    ),
    pytest.param(
        empty_record,
        Phase.HANDSHAKE,
        FailureKind.TLS_ERROR,
        "EMPTY_RECORD",
        id="empty-record-in-the-handshake",
    ),
    pytest.param(fin_after_request, Phase.RECEIVE, FailureKind.CLOSED, "", id="fin-without-close-notify"),
    pytest.param(
        close_notify_after_request,
        Phase.RECEIVE,
        FailureKind.CLOSE_NOTIFY,
        "",
        id="close-notify-without-answer",
    ),
    pytest.param(
        instead_of_a_hello(SSL_2_HELLO),
        Phase.HANDSHAKE,
        FailureKind.TLS_ERROR,
        "SSL_2_RECORD",
        id="server-hello-of-ssl-2.0",
    ),
    pytest.param(
        instead_of_a_hello(SSL_2_ERROR),
        Phase.HANDSHAKE,
        FailureKind.TLS_ERROR,
        "SSL_2_RECORD",
        id="error-of-ssl-2.0",
    ),
    pytest.param(
        instead_of_a_hello(LONGER_THAN_IT_IS),
        Phase.HANDSHAKE,
        FailureKind.NOT_TLS,
        "the first bytes are",
        id="no-whole-record-of-ssl-2.0",
    ),
    pytest.param(
        instead_of_a_hello(b"SSH-"),
        Phase.HANDSHAKE,
        FailureKind.TRUNCATED,
        "after 4 of 5 bytes of a record header",
        id="fin-before-five-bytes",
    ),
    pytest.param(plain_http, Phase.HANDSHAKE, FailureKind.NOT_TLS, "HTTP/1.1 400", id="plain-http"),
    pytest.param(
        half_a_record, Phase.RECEIVE, FailureKind.TRUNCATED, "bytes of a record", id="half-a-record"
    ),
    pytest.param(sends(HALF_HEAD), Phase.RECEIVE, FailureKind.TRUNCATED, "in the headers", id="half-a-head"),
    pytest.param(sends(HALF_BODY), Phase.RECEIVE, FailureKind.TRUNCATED, "in the body", id="half-a-body"),
    pytest.param(
        sends(HALF_BODY, then="reset"), Phase.RECEIVE, FailureKind.RESET, "", id="reset-in-the-body"
    ),
    pytest.param(sends(BAD_CHUNK), Phase.RECEIVE, FailureKind.MALFORMED, "", id="bad-chunk"),
    pytest.param(
        sends(b"SSH-2.0-OpenSSH_9.2\r\n", then="wait"), Phase.RECEIVE, FailureKind.MALFORMED, "", id="no-http"
    ),
    pytest.param(
        sends(b"HTTP/1.1 2xx OK\r\n\r\n"), Phase.RECEIVE, FailureKind.MALFORMED, "", id="bad-status-line"
    ),
]


@pytest.mark.parametrize(("behaviour", "phase", "kind", "detail"), BREAKS)
def test_each_break_is_its_own_fact(
    serve: Serve, collect: Collect, behaviour: Behaviour, phase: Phase, kind: FailureKind, detail: str
) -> None:
    failure = first_failure(collect(serve(behaviour)))
    assert (failure.phase, failure.kind) == (phase, kind)
    assert detail in failure.detail
    assert failure.errno == (ECONNRESET if kind is FailureKind.RESET else None)


@pytest.mark.parametrize("number", [10, 20, 40, 42, 48, 49, 70, 71, 80, 90, 112, 116, 120, 255])
def test_an_alert_in_the_handshake_has_its_number(serve: Serve, collect: Collect, number: int) -> None:
    failure = first_failure(collect(serve(alert_after_hello(number))))
    assert (failure.phase, failure.kind, failure.alert) == (Phase.HANDSHAKE, FailureKind.ALERT, number)


def test_an_encrypted_alert_has_its_number(serve: Serve, collect: Collect) -> None:
    import ssl

    def demand_a_certificate(peer: Peer) -> None:
        assert peer.context is not None
        peer.context.verify_mode = ssl.CERT_REQUIRED
        peer.start_tls()

    failure = first_failure(collect(serve(demand_a_certificate)))
    assert (failure.phase, failure.kind, failure.alert) == (Phase.RECEIVE, FailureKind.ALERT, 116)


def test_a_refused_connection(collect: Collect) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        observation = collect(None, f"https://127.0.0.1:{taken.getsockname()[1]}/ews/exchange.asmx")
    failure = first_failure(observation)
    assert (failure.phase, failure.kind, failure.errno) == (Phase.CONNECT, FailureKind.REFUSED, ECONNREFUSED)
    assert observation.connections[0].address == "127.0.0.1"


def test_the_chain_is_on_record_when_the_handshake_fails_after_it(
    serve: Serve, collect: Collect, leaf: Issued, authority: Issued
) -> None:
    import ssl

    def fail_after_certificate(peer: Peer) -> None:
        assert peer.context is not None
        peer.context.maximum_version = ssl.TLSVersion.TLSv1_2
        peer.context.verify_mode = ssl.CERT_REQUIRED
        peer.start_tls()

    connection = collect(serve(fail_after_certificate)).connections[0]
    assert connection.failure is not None
    assert (connection.failure.phase, connection.failure.kind) == (Phase.HANDSHAKE, FailureKind.ALERT)
    assert connection.tls is None
    assert [c.der for c in connection.presented] == [leaf.der, authority.der]


def test_chain_protocol_cipher_and_sni_are_on_record_when_everything_after_fails(
    serve: Serve, collect: Collect, leaf: Issued, authority: Issued
) -> None:
    connection = collect(serve(reset_after_handshake)).connections[0]
    assert connection.tls is not None
    assert connection.tls.protocol == "TLS 1.3"
    assert connection.tls.cipher == "TLS_AES_256_GCM_SHA384"
    assert connection.tls.sni == "mail.partner.example"
    assert [c.der for c in connection.presented] == [leaf.der, authority.der]
    assert [(e.method, e.status) for e in connection.exchanges] == [("POST", None)]


def test_a_reset_request_is_followed_by_a_get_on_a_new_connection(serve: Serve, collect: Collect) -> None:
    post, get = collect(serve(reset_after_handshake, answering())).connections
    assert post.failure is not None
    assert get.failure is None
    assert [(e.method, e.status) for e in get.exchanges] == [("GET", 401)]


def test_timings_of_every_phase_reached(serve: Serve, collect: Collect) -> None:
    connection: Connection = collect(serve(answering())).connections[0]
    timings = connection.timings
    assert None not in (timings.connect, timings.handshake, timings.send, timings.receive, timings.total)
    assert timings.tunnel is None
    spent = sum(filter(None, (timings.connect, timings.handshake, timings.send, timings.receive)))
    assert timings.total is not None
    assert spent <= timings.total
