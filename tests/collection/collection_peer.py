"""A partner for one connection: raw socket and TLS in memory, so that both break exactly where asked."""

from __future__ import annotations

import datetime
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from tests.windows.wine import let_caller_wait

_PATIENCE = 20.0


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def issue(name: str, issuer: Issued | None = None, *, ca: bool = False, aia: tuple[str, ...] = ()) -> Issued:
    """A throw-away certificate for `name`, self-signed without an issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if aia:
        access = [
            x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(url)
            )
            for url in aia
        ]
        builder = builder.add_extension(x509.AuthorityInformationAccess(access), critical=False)
    return Issued(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def server_context(chain: tuple[Issued, ...], folder: Path) -> ssl.SSLContext:
    """A server's context that presents this chain, end-entity first, and accepts every version."""
    key = chain[0].key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{chain[0].certificate.serial_number:x}.pem"
    path.write_bytes(key + b"".join(issued.pem for issued in chain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(path)
    return context


class Peer:
    """The partner's end of one connection."""

    def __init__(self, raw: socket.socket, context: ssl.SSLContext | None, stopped: threading.Event) -> None:
        self.raw = raw
        self.context = context
        self.stopped = stopped
        self.server_name: str | None = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None

    def start_tls(self) -> None:
        """The whole handshake."""
        assert self.context is not None
        self._tls = self.context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        while True:
            try:
                self._tls.do_handshake()
                self.flush()
                return
            except ssl.SSLWantReadError:
                self.flush()
                self._fill()
            except ssl.SSLError:
                self.flush()
                raise

    @property
    def version(self) -> str | None:
        """The protocol agreed on, as OpenSSL names it."""
        return None if self._tls is None else self._tls.version()

    def flush(self) -> None:
        """Send what TLS wants to send."""
        self.raw.sendall(self._outgoing.read())

    def _fill(self) -> None:
        data = self.raw.recv(65_536)
        if not data:
            raise ConnectionError("the prober closed")
        self._incoming.write(data)

    def read(self) -> bytes:
        """Some decrypted bytes."""
        if self._tls is None:
            return self.raw.recv(65_536)
        while True:
            try:
                return self._tls.read(65_536)
            except ssl.SSLWantReadError:
                self._fill()

    def read_request(self) -> bytes:
        """A whole request with its body: closing with unread data would make the kernel send a reset."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._some()
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            body += self._some()
        return head + b"\r\n\r\n" + body

    def _some(self) -> bytes:
        data = self.read()
        if not data:
            raise ConnectionError("the prober closed")
        return data

    def record(self, data: bytes) -> bytes:
        """`data` as encrypted records, not sent."""
        assert self._tls is not None
        self._tls.write(data)
        return self._outgoing.read()

    def send(self, data: bytes) -> None:
        """Send bytes, encrypted once TLS is up."""
        self.raw.sendall(data if self._tls is None else self.record(data))

    def close_notify(self) -> None:
        """Say close_notify and nothing else."""
        assert self._tls is not None
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            pass
        self.flush()

    def fin(self) -> None:
        """Half-close, and wait for the prober to close."""
        self.raw.shutdown(socket.SHUT_WR)
        try:
            while self.raw.recv(65_536):
                pass
        except OSError:
            pass

    def reset(self) -> None:
        """Close with a reset."""
        let_caller_wait()
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.raw.close()

    def wait(self) -> None:
        """Do nothing until the test is over."""
        self.stopped.wait(_PATIENCE)


Behaviour = Callable[[Peer], None]


class Partner:
    """Listens on loopback; each connection gets the next behaviour, the last one again and again.

    `address` "0.0.0.0" is all of loopback, 127.0.0.0/8, and the rest of the machine for that time.
    """

    def __init__(
        self, *behaviours: Behaviour, context: ssl.SSLContext | None, family: int, address: str | None = None
    ) -> None:
        self._behaviours = list(behaviours)
        self._context = context
        self.stopped = threading.Event()
        self.accepted = 0
        self._listener = socket.socket(socket.AddressFamily(family), socket.SOCK_STREAM)
        loopback = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self._listener.bind((address or loopback, 0))
        self._listener.listen(16)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        self._peers: list[Peer] = []

    def _accept(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            raw.settimeout(_PATIENCE)
            behaviour = self._behaviours[min(self.accepted, len(self._behaviours) - 1)]
            self.accepted += 1
            peer = Peer(raw, self._context, self.stopped)
            self._peers.append(peer)
            threading.Thread(target=_serve, args=(behaviour, peer), daemon=True).start()

    def close(self) -> None:
        """Stop listening and let every behaviour that waits go on."""
        self.stopped.set()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self._thread.join(_PATIENCE)


def _serve(behaviour: Behaviour, peer: Peer) -> None:
    try:
        behaviour(peer)
    except (OSError, ssl.SSLError):
        pass
    finally:
        peer.raw.close()


def answering(
    status: str = "401 Unauthorized",
    headers: tuple[str, ...] = (),
    body: bytes = b"",
    seen: list[bytes] | None = None,
) -> Behaviour:
    """A partner that answers every request like this, on one connection."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""])

    def behave(peer: Peer) -> None:
        if peer.context is not None:
            peer.start_tls()
        while True:
            request = peer.read_request()
            if seen is not None:
                seen.append(request)
            peer.send(head.encode() + body)

    return behave
