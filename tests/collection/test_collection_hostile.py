"""Whatever bytes a partner sends, at whatever moment: an observation comes back, in time, and can be kept."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from probe.collection import collector
from probe.collection.connection.tls.tls_records import RecordFollower
from probe.collection.settings import ConnectTo, Limits, Settings
from probe.facts import record, target
from tests.collection.collection_peer import Partner, Peer, issue, server_context

_HEAD = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: https://[::1\x7f]/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: https://\xff\xfe/\r\n\r\n",
        b"HTTP/1.0 999 \r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"HTTP/1.1 200 OK\nServer: bare line feeds\n\n",
        b"",
    ]
)
_ANSWERS = st.builds(lambda head, rest: head + rest, _HEAD, st.binary(max_size=200))


class Hostile:
    """A partner whose bytes change with every example; before TLS is up, or after it."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.encrypted = True
        self.answer = b""
        self.partner = Partner(self, context=context, family=socket.AF_INET)

    def __call__(self, peer: Peer) -> None:
        if self.encrypted:
            peer.start_tls()
            peer.read_request()
            peer.send(self.answer)
        else:
            peer.raw.recv(65_536)
            peer.raw.sendall(self.answer)
        peer.fin()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    partner = Hostile(server_context((issue("mail.partner.example"),), folder))
    yield partner
    partner.partner.close()


def survives(hostile: Hostile, url: str) -> None:
    chosen = Settings(
        timeout=10.0,
        connect_to=(ConnectTo(None, None, "127.0.0.1", hostile.partner.port),),
        limits=Limits(header_bytes=8192, body_bytes=1000),
        aia=False,
    )
    observation = asyncio.run(collector.collect(target.parse(url), chosen))
    assert observation.connections
    assert record.loads(record.dumps(observation)) == observation
    for connection in observation.connections:
        assert connection.failure is not None or connection.exchanges


@settings(max_examples=60)
@given(answer=_ANSWERS)
@example(answer=b"HTTP/1.1 302 Found\r\nLocation: https://x\x7fy/\r\n\r\n")
@example(answer=b"HTTP/1.1 302 Found\r\nLocation: https://" + b"a" * 5000 + b"/\r\n\r\n")
def test_any_answer_is_survived(hostile: Hostile, answer: bytes) -> None:
    hostile.encrypted, hostile.answer = True, answer
    survives(hostile, "https://mail.partner.example/autodiscover/autodiscover.svc/WSSecurity")


@settings(max_examples=60)
@given(
    answer=st.one_of(
        st.binary(max_size=300), st.binary(max_size=60).map(lambda b: b"\x16\x03\x03\x00\x30" + b)
    )
)
@example(answer=b"")
@example(answer=b"\x15\x03\x03\x00\x00")
@example(answer=b"\x16\x03\x03\x00\x00")
def test_any_answer_to_a_hello_is_survived(hostile: Hostile, answer: bytes) -> None:
    hostile.encrypted, hostile.answer = False, answer
    survives(hostile, "https://mail.partner.example/ews/exchange.asmx")


@given(parts=st.lists(st.binary(max_size=40), max_size=12))
def test_following_records_does_not_depend_on_how_they_arrive(parts: list[bytes]) -> None:
    whole, piecewise = RecordFollower(), RecordFollower()
    whole.feed(b"".join(parts))
    for part in parts:
        piecewise.feed(part)
    for follower in (whole, piecewise):
        assert follower.messages.partial_certificates() == whole.messages.partial_certificates()
    assert (whole.foreign, whole.alert) == (piecewise.foreign, piecewise.alert)
    if not whole.foreign:
        assert whole.cut_off == piecewise.cut_off
