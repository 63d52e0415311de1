"""A caller for the lab's tests that sees what the wire does: raw sockets, and TLS over memory buffers."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from probe.lab.partner import Partner

SECONDS = 10.0


@dataclass(frozen=True)
class Seen:
    """What came back: the bytes, and how it ended (closed, reset, or silent)."""

    data: bytes
    end: str


class RawCaller:
    """One connection to a partner. Silence is what the caller's own patience ends."""

    def __init__(self, partner: Partner, *, address: str = "127.0.0.1", patience: float = SECONDS) -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        self._socket.settimeout(patience)
        self._is_reset = False
        try:
            self._socket.connect((address, partner.port))
        except ConnectionResetError:  # before this process was told that it is connected
            self._is_reset = True
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None

    def close(self) -> None:
        self._socket.close()

    def client_hello(self) -> bytes:
        """The ClientHello of the machine's own library."""
        self._tls = liberal_context().wrap_bio(
            self._incoming, self._outgoing, server_hostname="mail.partner.lab"
        )
        with pytest.raises(ssl.SSLWantReadError):
            self._tls.do_handshake()
        return self._outgoing.read()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def read_to_end(self) -> Seen:
        """Everything the partner sends, and how it stops."""
        data = b""
        if self._is_reset:
            return Seen(data, "reset")
        while True:
            try:
                received = self._socket.recv(65536)
            except ConnectionResetError:
                return Seen(data, "reset")
            except TimeoutError:
                return Seen(data, "silent")
            if not received:
                return Seen(data, "closed")
            data += received

    def handshake(self) -> ssl.SSLObject:
        """A finished handshake."""
        self.send(self.client_hello())
        assert self._tls is not None
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self.send(self._outgoing.read())
                self._incoming.write(self._socket.recv(65536))
            else:
                self.send(self._outgoing.read())
                return self._tls

    def ask(self, request: bytes) -> Seen:
        """Send a request over TLS and read to the end; the end is close_notify where one came first."""
        tls = self._tls or self.handshake()
        tls.write(request)
        self.send(self._outgoing.read())
        data = b""
        while True:
            try:
                received = tls.read(65536)
            except ssl.SSLWantReadError:
                try:
                    arrived = self._socket.recv(65536)
                except ConnectionResetError:
                    return Seen(data, "reset")
                except TimeoutError:
                    return Seen(data, "silent")
                if not arrived:
                    return Seen(data, "closed")
                self._incoming.write(arrived)
                continue
            except ssl.SSLZeroReturnError:
                return Seen(data, "close-notify")
            except ssl.SSLError as refused:
                return Seen(data, refused.reason or "error")
            if not received:
                return Seen(data, "close-notify")
            data += received


def liberal_context() -> ssl.SSLContext:
    """A context that verifies nothing and offers everything from TLS 1.2 up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


CallPartner = Callable[..., RawCaller]


@pytest.fixture
def call() -> Iterator[CallPartner]:
    """Opens connections to partners and closes them after the test."""
    opened: list[RawCaller] = []

    def open_connection(
        partner: Partner, *, address: str = "127.0.0.1", patience: float = SECONDS
    ) -> RawCaller:
        opened.append(RawCaller(partner, address=address, patience=patience))
        return opened[-1]

    yield open_connection
    for caller in opened:
        caller.close()
