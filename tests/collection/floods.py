"""Partners that never let the socket run dry: whatever is read, more is there, and it leads nowhere."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.collection.collection_peer import Behaviour, Partner, Peer, issue, server_context

_BLOCK = 262_144


def _endlessly(peer: Peer, unit: bytes) -> None:
    """Raw bytes, as fast as they are taken, until the test is over or the prober has left."""
    block = unit * (_BLOCK // len(unit) + 1)
    while not peer.stopped.is_set():
        peer.raw.sendall(block)


def before_the_handshake(unit: bytes, start: bytes = b"") -> Behaviour:
    """An answer to the ClientHello that never becomes a ServerHello."""

    def behave(peer: Peer) -> None:
        peer.raw.recv(65_536)
        peer.raw.sendall(start)
        _endlessly(peer, unit)

    return behave


def in_the_answer(unit: bytes, start: bytes = b"") -> Behaviour:
    """An answer to the request that never ends, each time in a few large records."""

    def behave(peer: Peer) -> None:
        peer.start_tls()
        peer.read_request()
        peer.send(start)
        block = unit * (_BLOCK // len(unit) + 1)
        while not peer.stopped.is_set():
            peer.send(block)

    return behave


def in_small_records(unit: bytes, start: bytes = b"") -> Behaviour:
    """As `in_the_answer`, with a record for each unit."""

    def behave(peer: Peer) -> None:
        peer.start_tls()
        peer.read_request()
        peer.send(start)
        while not peer.stopped.is_set():
            peer.raw.sendall(b"".join(peer.record(unit) for _ in range(2000)))

    return behave


def tickets(peer: Peer) -> None:
    """Thousands of TLS 1.3 session tickets, and no answer."""
    assert peer.context is not None
    peer.context.num_tickets = 5_000
    peer.start_tls()
    peer.wait()


_HELLO_REQUEST = b"\x16\x03\x03\x00\x04\x00\x00\x00\x00"
_WARNING = b"\x15\x03\x03\x00\x02\x01\x5a"
_CHANGE_CIPHER_SPEC = b"\x14\x03\x03\x00\x01\x01"
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

FLOODS: dict[str, Behaviour] = {
    "hello-requests": before_the_handshake(_HELLO_REQUEST),
    "hello-requests-joined": before_the_handshake(b"\x16\x03\x03\x40\x00" + b"\x00\x00\x00\x00" * 4096),
    "empty-handshake-records": before_the_handshake(b"\x16\x03\x03\x00\x00"),
    "warning-alerts": before_the_handshake(_WARNING),
    "change-cipher-specs": before_the_handshake(_CHANGE_CIPHER_SPEC),
    "endless-handshake-message": before_the_handshake(
        b"\x16\x03\x03\x40\x00" + b"\x02" * 16_384, b"\x16\x03\x03\x00\x04\x02\xff\xff\xff"
    ),
    "tickets": tickets,
    "continues": in_the_answer(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "continues-in-small-records": in_small_records(b"HTTP/1.1 100 \r\n\r\n"),
    "headers": in_the_answer(b"a:\r\n", b"HTTP/1.1 200 OK\r\n"),
    "header-bytes-in-small-records": in_small_records(b"a", b"HTTP/1.1 200 OK\r\nX: "),
    "one-byte-chunks": in_the_answer(b"1\r\na\r\n", _CHUNKED),
    "one-byte-chunks-in-small-records": in_small_records(b"1\r\na\r\n", _CHUNKED),
    "chunk-extensions": in_the_answer(b"1;" + b"x" * 60_000 + b"\r\na\r\n", _CHUNKED),
    "trailers": in_the_answer(b"a: b\r\n", _CHUNKED + b"0\r\n"),
    "body": in_the_answer(b"x" * 16_384, b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
}


@contextmanager
def flooding() -> Iterator[dict[str, int]]:
    """The port of each flood on 127.0.0.1, from a process of its own: a thread is too slow."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.collection.floods"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        lines = [child.stdout.readline().split() for _ in FLOODS]
        try:
            yield {name: int(port) for name, port in lines}
        finally:
            child.stdin.close()
            child.kill()


def _serve() -> None:
    with tempfile.TemporaryDirectory() as folder:
        context = server_context((issue("flood.example"),), Path(folder))
        for name, behaviour in FLOODS.items():
            partner = Partner(behaviour, context=context, family=2)
            print(name, partner.port, flush=True)  # read by flooding()
    sys.stdin.read()


if __name__ == "__main__":
    _serve()
