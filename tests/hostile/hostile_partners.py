"""How each hostile input reaches the program: what is started on loopback, and the arguments that meet it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from probe.facts.encoding import der
from probe.lab import authority
from tests.collection.collection_peer import Behaviour, Partner, Peer, answering
from tests.collection.floods import FLOODS
from tests.hostile.hostile_chains import HOST, ISSUING, ROOT, Chain, context_of, pointing, sound

URL = f"https://{HOST}/ews/exchange.asmx"

Start = Callable[[ExitStack, Path], list[str]]
"""Start what the row needs, in this folder, until the stack is left; gives the arguments of the program."""


def _arguments(partner: Partner, folder: Path, target: str = URL, host: str = "") -> list[str]:
    roots = folder / "roots.pem"
    roots.write_text(ROOT.pem, encoding="ascii")
    reach = ["--connect-to", f"{host}::127.0.0.1:{partner.port}", "--timeout", "20"]
    return ["check", target, *reach, "--trust", str(roots), "--format", "json", "-q"]


def _started(
    stack: ExitStack,
    folder: Path,
    behaviour: Behaviour,
    chain: Chain = sound,
    ciphers: str = "ALL:@SECLEVEL=0",
) -> Partner:
    partner = Partner(behaviour, context=context_of(chain(), folder, ciphers), family=2)
    stack.callback(partner.close)
    return partner


def tickets(peer: Peer) -> None:
    """TLS 1.3, whatever was offered, and its tickets."""
    assert peer.context is not None
    peer.context.minimum_version = ssl.TLSVersion.TLSv1_3
    FLOODS["tickets"](peer)


def behaving(behaviour: Behaviour, chain: Chain = sound) -> Start:
    """A partner that behaves so."""
    return lambda stack, folder: _arguments(_started(stack, folder, behaviour, chain), folder)


def presenting(chain: Chain) -> Start:
    """A partner that presents these certificates."""
    return behaving(answering(), chain)


def answer(content: bytes, *headers: str, status: str = "500 Internal Server Error") -> Start:
    """A partner whose answer has this body."""
    return behaving(answering(status, ("Content-Type: text/xml; charset=utf-8", *headers), content))


def raw_answer(data: bytes) -> Start:
    """A partner that sends these bytes as its answer, and ends."""

    def behave(peer: Peer) -> None:
        peer.start_tls()
        peer.read_request()
        peer.send(data)
        peer.close_notify()
        peer.fin()

    return behaving(behave)


def at_addresses(
    behaviour: Behaviour, count: int, chain: Chain = sound, ciphers: str = "ALL:@SECLEVEL=0"
) -> Start:
    """A host with so many addresses, all of which behave so."""

    def start(stack: ExitStack, folder: Path) -> list[str]:
        context = context_of(chain(), folder, ciphers)
        context.load_dh_params(str(_group_of_4096_bits(folder)))
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        partner = Partner(behaviour, context=context, family=2, address="0.0.0.0")
        stack.callback(partner.close)
        addresses = ",".join(f"127.1.{number // 250}.{number % 250 + 1}" for number in range(count))
        port = ["--resolve", f"{HOST}:{partner.port}:{addresses}"]
        arguments = _arguments(partner, folder, f"https://{HOST}:{partner.port}/ews/exchange.asmx")
        del arguments[2:4]  # no address over the others
        return [*arguments, *port]

    return start


def _group_of_4096_bits(folder: Path) -> Path:
    """ffdhe4096 (RFC 7919, appendix A.3): 2^4096 - 2^4032 + {[2^3966 * e] + 5736041} * 2^64 - 1."""
    term = e = 1 << 4200
    for number in range(1, 700):
        term //= number
        e += term
    prime = 2**4096 - 2**4032 + ((e >> (4200 - 3966)) + 5_736_041) * 2**64 - 1
    group = der.wrap(0x30, der.wrap(0x02, prime.to_bytes(513, "big")) + der.wrap(0x02, b"\x02"))
    path = folder / "group.pem"
    path.write_text(ssl.DER_cert_to_PEM_cert(group).replace("CERTIFICATE", "DH PARAMETERS"), encoding="ascii")
    return path


def chunked(content: bytes, size: int = 1) -> Behaviour:
    """An answer over http in chunks of this size."""
    block = b"".join(b"%x\r\n%b\r\n" % (size, content[at : at + size]) for at in range(0, len(content), size))

    def behave(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + block + b"0\r\n\r\n")
        peer.fin()

    return behave


def discovered(content: bytes, kind: str, status: str = "200 OK", *headers: str) -> Start:
    """A domain, all of whose hosts give this answer."""
    behaviour = answering(status, (f"Content-Type: {kind}", *headers), content)
    return lambda stack, folder: _arguments(_started(stack, folder, behaviour), folder, "partner.lab")


def redirecting(stack: ExitStack, folder: Path) -> list[str]:
    """A domain whose Autodiscover leads from one new host to the next, for ever."""

    def behave(peer: Peer) -> None:
        peer.start_tls()
        while True:
            path = peer.read_request().split(b" ", 2)[1].decode()
            number = len(path)
            location = f"https://h{number}.partner.lab/autodiscover/autodiscover.svc?{'a' * number}"
            peer.send(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())

    return _arguments(_started(stack, folder, behave), folder, "partner.lab")


def revocation_lists(behaviour: Callable[[], Behaviour], length: int) -> Start:
    """A chain of this length in which every certificate names five CRLs; each request is answered so."""

    def start(stack: ExitStack, folder: Path) -> list[str]:
        web = Partner(behaviour(), context=None, family=2)
        stack.callback(web.close)
        chain = pointing(length, f"http://127.0.0.1:{web.port}/")
        partner = _started(stack, folder, answering(), lambda: chain)
        return [*_arguments(partner, folder, host=HOST), "--revocation", "online"]

    return start


def downloaded_issuers(content: bytes) -> Start:
    """A certificate without its issuer that names forty places to download it; each has this content."""

    def start(stack: ExitStack, folder: Path) -> list[str]:
        web = Partner(answering("200 OK", (), content), context=None, family=2)
        stack.callback(web.close)
        urls = [f"http://127.0.0.1:{web.port}/{number}.p7c" for number in range(40)]
        leaf = authority.end_entity(ISSUING, HOST, aia_urls=urls)
        return _arguments(_started(stack, folder, answering(), lambda: [leaf]), folder, host=HOST)

    return start


def chain_file(chain: Chain) -> Start:
    """Certificates that no handshake would carry, judged from a file."""

    def start(stack: ExitStack, folder: Path) -> list[str]:
        del stack
        file, roots = folder / "chain.pem", folder / "roots.pem"
        file.write_text("".join(credential.pem for credential in chain()), encoding="ascii")
        roots.write_text(ROOT.pem, encoding="ascii")
        return ["chain", str(file), "--host", HOST, "--trust", str(roots), "--format", "json"]

    return start


def input_file(content: bytes, name: str, *command: str) -> Start:
    """A file of a stranger, given to this command."""

    def start(stack: ExitStack, folder: Path) -> list[str]:
        del stack
        (folder / name).write_bytes(content)
        return [*command, str(folder / name)]

    return start


def stalling(peer: Peer) -> None:
    """Takes the request and says nothing."""
    peer.start_tls()
    peer.read_request()
    peer.wait()


def mute(peer: Peer) -> None:
    """Takes the ClientHello and says nothing."""
    peer.wait()


def dripping(peer: Peer) -> None:
    """The head of an answer, a byte a second."""
    peer.start_tls()
    peer.read_request()
    for byte in b"HTTP/1.1 500 Internal Server Error\r\nServer: " + b"a" * 600:
        peer.send(bytes([byte]))
        if peer.stopped.wait(1.0):
            return


def resetting(peer: Peer) -> None:
    """A reset instead of a ServerHello."""
    peer.raw.recv(65_536)
    peer.reset()


def cutting(peer: Peer) -> None:
    """A reset in the middle of an answer's body."""
    peer.start_tls()
    peer.read_request()
    peer.send(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 1000\r\n\r\n<html>")
    peer.reset()


def in_clear(bits: int) -> Behaviour:
    """A ServerHello for DHE_RSA and a ServerKeyExchange whose modulus has so many bits, and no signature."""
    hello = _handshake(2, b"\x03\x03" + bytes(32) + b"\x00\x00\x9e\x00")
    modulus = (bits // 8).to_bytes(2, "big") + b"\xff" * (bits // 8)
    flight = hello + _handshake(12, modulus + b"\x00\x01\x02\x00\x01\x02")

    def behave(peer: Peer) -> None:
        peer.raw.recv(65_536)
        peer.raw.sendall(flight)
        peer.fin()

    return behave


def _handshake(kind: int, body: bytes) -> bytes:
    message = bytes([kind]) + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message
