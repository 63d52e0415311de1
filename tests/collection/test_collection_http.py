"""What is asked on a connection, what is kept of the answer, and what never is."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from probe.collection.connection.http_requests import without_secrets
from probe.collection.settings import parse_proxy
from probe.facts import record
from probe.facts.observation import FailureKind, Observation, Phase
from tests.collection.collection_peer import Partner, Peer, answering

Serve = Callable[..., Partner]
Collect = Callable[..., Observation]


def test_post_then_get_on_one_connection(serve: Serve, collect: Collect) -> None:
    seen: list[bytes] = []
    partner = serve(answering("401 Anonymous Request Disallowed", ("X-FEServer: EX1",), seen=seen))
    (connection,) = collect(partner).connections
    assert partner.accepted == 1
    assert [(e.method, e.status, e.reason) for e in connection.exchanges] == [
        ("POST", 401, "Anonymous Request Disallowed"),
        ("GET", 401, "Anonymous Request Disallowed"),
    ]
    assert connection.exchanges[0].header("x-feserver") == "EX1"
    post, get = seen
    assert post.startswith(b"POST /ews/exchange.asmx/WSSecurity HTTP/1.1\r\nHost: mail.partner.example\r\n")
    assert b"GetUserAvailabilityRequest" in post
    assert b"User-Agent: fedprobe/" in get
    assert b"Accept-Encoding: identity" in get
    assert b"Authorization" not in post + get


def test_a_request_is_its_line_then_the_host_then_what_every_request_has(
    serve: Serve, collect: Collect
) -> None:
    seen: list[bytes] = []
    collect(serve(answering(seen=seen)), user_agent="agent/1")
    host = "Host: mail.partner.example\r\n"
    always = "User-Agent: agent/1\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
    post, get = (request.decode() for request in seen)
    line = " /ews/exchange.asmx/WSSecurity HTTP/1.1\r\n"
    assert get == f"GET{line}{host}{always}\r\n"
    head, _, body = post.partition("\r\n\r\n")
    assert head.startswith(f"POST{line}{host}{always}Content-Type: text/xml; charset=utf-8\r\nSOAPAction: ")
    assert head.endswith(f"\r\nContent-Length: {len(body.encode())}")


def test_what_would_be_a_header_of_its_own_is_not_sent(serve: Serve, collect: Collect) -> None:
    seen: list[bytes] = []
    observation = collect(serve(answering(seen=seen)), user_agent="agent\r\nX-Own: 1")
    assert seen == []
    assert {c.failure.kind for c in observation.connections if c.failure} == {FailureKind.MALFORMED}


def test_get_on_a_new_connection_when_the_partner_closes(serve: Serve, collect: Collect) -> None:
    def once(peer: Peer) -> None:
        peer.start_tls()
        peer.read_request()
        peer.send(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        peer.fin()

    observation = collect(serve(once))
    assert [[e.method for e in c.exchanges] for c in observation.connections] == [["POST"], ["GET"]]
    assert [c.failure for c in observation.connections] == [None, None]


def test_an_idle_connection_that_is_gone_is_no_failure_of_the_request(serve: Serve, collect: Collect) -> None:
    def leaves(peer: Peer) -> None:
        peer.start_tls()
        peer.read_request()
        peer.send(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        peer.read_request()
        peer.reset()

    observation = collect(serve(leaves, answering()))
    assert [[e.method for e in c.exchanges] for c in observation.connections] == [["POST"], ["GET"]]
    assert [c.failure for c in observation.connections] == [None, None]


def test_bytes_behind_an_answer_answer_nothing(serve: Serve, collect: Collect) -> None:
    def talks_on(peer: Peer) -> None:
        peer.start_tls()
        peer.read_request()
        unasked = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        peer.send(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n" + unasked)
        peer.read_request()

    observation = collect(serve(talks_on, answering("404 Not Found")))
    answers = [[(e.method, e.status) for e in c.exchanges] for c in observation.connections]
    assert answers == [[("POST", 401)], [("GET", 404)]]


def test_an_answer_before_the_whole_request_was_read(serve: Serve, collect: Collect) -> None:
    def hasty(peer: Peer) -> None:
        peer.start_tls()
        peer.read()
        peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        peer.fin()

    connection = collect(serve(hasty)).connections[0]
    assert [(e.method, e.status) for e in connection.exchanges] == [("POST", 413)]


def test_a_body_that_ends_with_the_connection_is_complete(serve: Serve, collect: Collect) -> None:
    def closes(peer: Peer) -> None:
        peer.start_tls()
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\nall of it")
        peer.fin()

    connection = collect(serve(closes)).connections[0]
    assert connection.failure is None
    assert (connection.exchanges[0].body, connection.exchanges[0].body_complete) == (b"all of it", True)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param(
            ("Set-Cookie", "X-BackEndCookie=S-1-5-21; path=/"), ("Set-Cookie", "X-BackEndCookie"), id="cookie"
        ),
        pytest.param(
            ("WWW-Authenticate", "Negotiate TlRMTVNTUAAC"), ("WWW-Authenticate", "Negotiate"), id="token"
        ),
        pytest.param(
            ("WWW-Authenticate", 'Basic realm="mail, \\"x\\"", NTLM, Digest realm="d", nonce="secret"'),
            ("WWW-Authenticate", 'Basic realm="mail, \\"x\\"", NTLM, Digest realm="d"'),
            id="several-challenges",
        ),
        pytest.param(
            ("WWW-Authenticate", 'Digest nonce="secret", realm="late"'),
            ("WWW-Authenticate", 'Digest realm="late"'),
            id="realm-after-nonce",
        ),
        pytest.param(
            ("WWW-Authenticate", 'Basic realm=""'), ("WWW-Authenticate", 'Basic realm=""'), id="empty-realm"
        ),
        pytest.param(("WWW-Authenticate", ",,="), ("WWW-Authenticate", ""), id="nonsense"),
        pytest.param(("Authorization", "Basic c2VjcmV0"), None, id="credentials"),
        pytest.param(("Authentication-Info", "x=secret"), None, id="authentication-info"),
        pytest.param(("X-FEServer", "EX1"), ("X-FEServer", "EX1"), id="others-as-sent"),
    ],
)
def test_secrets_are_dropped(sent: tuple[str, str], kept: tuple[str, str] | None) -> None:
    raw = [(sent[0].encode(), sent[1].encode())]
    assert without_secrets(raw) == ((kept,) if kept else ())


def test_no_secret_of_a_partner_is_in_the_record(serve: Serve, collect: Collect) -> None:
    headers = ("Set-Cookie: session=hunter2", "WWW-Authenticate: Negotiate hunter2")
    observation = collect(serve(answering(headers=headers)))
    written = record.dumps(observation)
    assert b"hunter2" not in written
    assert record.loads(written) == observation


def test_an_ip_literal_gets_no_sni(serve: Serve, collect: Collect) -> None:
    partner = serve(answering(), family=socket.AF_INET6)
    observation = collect(None, f"https://[::1]:{partner.port}/ews/exchange.asmx")
    (connection,) = observation.connections
    assert connection.tls is not None
    assert connection.tls.sni is None
    assert (connection.address, connection.port) == ("::1", partner.port)


class Tunnel:
    """An HTTP proxy for one CONNECT, which then joins the two connections."""

    def __init__(self, to_port: int) -> None:
        self.to_port = to_port
        self.request = b""

    def __call__(self, peer: Peer) -> None:
        import threading

        self.request = peer.read_request()
        peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.to_port)) as onward:
            back = threading.Thread(target=_copy, args=(onward, peer.raw))
            back.start()
            _copy(peer.raw, onward)
            back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def test_through_a_proxy_with_credentials(serve: Serve, collect: Collect) -> None:
    tunnel = Tunnel(serve(answering()).port)
    proxy = serve(tunnel, tls=False)
    observation = collect(None, proxy=parse_proxy(f"http://user:p%40ss@127.0.0.1:{proxy.port}"))
    (connection,) = observation.connections
    assert connection.failure is None
    assert [e.status for e in connection.exchanges] == [401, 401]
    assert connection.tls is not None
    assert connection.tls.sni == "mail.partner.example"
    assert connection.timings.tunnel is not None
    assert (connection.address, connection.proxy) == (None, f"http://127.0.0.1:{proxy.port}")
    assert tunnel.request.startswith(b"CONNECT mail.partner.example:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic dXNlcjpwQHNz\r\n" in tunnel.request
    assert b"p@ss" not in record.dumps(observation)


def test_a_host_of_no_proxy_is_connected_to_directly(serve: Serve, collect: Collect) -> None:
    partner = serve(answering())
    proxy = parse_proxy("127.0.0.1:9")
    (connection,) = collect(partner, proxy=proxy, no_proxy=("partner.example",)).connections
    assert connection.proxy is None
    assert connection.address == "127.0.0.1"


@pytest.mark.parametrize(
    ("answer", "kind", "detail"),
    [
        pytest.param(
            b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
            FailureKind.PROXY_REFUSED,
            "407 Proxy Authentication Required",
            id="proxy-wants-authentication",
        ),
        pytest.param(b"", FailureKind.CLOSED, "", id="proxy-closes"),
        pytest.param(b"SSH-2.0\r\n", FailureKind.MALFORMED, "", id="no-http-proxy"),
    ],
)
def test_a_proxy_that_opens_no_tunnel(
    serve: Serve, collect: Collect, answer: bytes, kind: FailureKind, detail: str
) -> None:
    def refuse(peer: Peer) -> None:
        peer.read_request()
        peer.send(answer)
        peer.fin()

    proxy = serve(refuse, tls=False)
    (connection,) = collect(None, proxy=parse_proxy(f"127.0.0.1:{proxy.port}")).connections
    assert connection.failure is not None
    assert (connection.failure.phase, connection.failure.kind) == (Phase.TUNNEL, kind)
    assert detail in connection.failure.detail
    assert connection.exchanges == ()
