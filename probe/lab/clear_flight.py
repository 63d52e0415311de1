"""The server's first flight of TLS 1.2 written by hand, for suites and primes that no library serves.

OpenSSL refuses to serve primes below 1024 bits, and is built without RC4 and 3DES. Up to ServerHelloDone all
is in the clear (RFC 5246 7.4), so a partner that speaks nothing else can be staged that far.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from secrets import token_bytes

from probe.lab import acts
from probe.lab.accepted_wire import AcceptedWire

_HELLO, _CERTIFICATE, _KEY_EXCHANGE, _DONE = 2, 11, 12, 14
_ALERT_HANDSHAKE_FAILURE = 40
_RSA_SHA256 = b"\x04\x01"
_END = "-----END CERTIFICATE-----"
# After record header, message header, version and random comes the session identifier.
_SESSION_AT = 5 + 4 + 2 + 32
# The prime of Oakley group 1 (RFC 2409 section 6.1), 768 bits.
PRIME_768 = bytes.fromhex(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A63A3620FFFFFFFFFFFFFFFF"
)


@dataclass(frozen=True, slots=True)
class ClearFlight:
    """What the partner takes: one cipher suite by its number, and of DHE the prime."""

    suite: int
    prime: bytes = b""


def opening(flight: ClearFlight, chain_pem: str) -> acts.Opening:
    """Answer a ClientHello that offers the suite with this flight, any other with handshake_failure."""
    data = _flight(flight, chain_pem)

    async def act(wire: AcceptedWire) -> None:
        hello = await wire.client_hello()
        if flight.suite not in offered_suites(hello):
            await wire.send(acts.record(acts.ALERT, bytes([acts.FATAL, _ALERT_HANDSHAKE_FAILURE])))
        else:
            await wire.send(data)
            await wire.receive()
        await wire.close()

    return act


def offered_suites(hello: bytes) -> tuple[int, ...]:
    """The cipher suites of a ClientHello; () if it is cut short."""
    at = _SESSION_AT + 1 + (hello[_SESSION_AT] if len(hello) > _SESSION_AT else 0)
    size = int.from_bytes(hello[at : at + 2], "big")
    numbers = hello[at + 2 : at + 2 + size]
    return tuple(int.from_bytes(numbers[i : i + 2], "big") for i in range(0, len(numbers), 2))


def _flight(flight: ClearFlight, chain_pem: str) -> bytes:
    hello = b"\x03\x03" + token_bytes(32) + b"\x00" + flight.suite.to_bytes(2, "big") + b"\x00"
    parts = [part + _END for part in chain_pem.split(_END) if part.strip()]
    listed = b"".join(_counted(ssl.PEM_cert_to_DER_cert(part.strip()), 3) for part in parts)
    messages = [_message(_HELLO, hello), _message(_CERTIFICATE, _counted(listed, 3))]
    if flight.prime:
        # The signature is not made: whoever refuses the prime does not get that far.
        public = _counted(flight.prime, 2) + _counted(b"\x02", 2) + _counted(flight.prime[1:], 2)
        messages.append(_message(_KEY_EXCHANGE, public + _RSA_SHA256 + _counted(token_bytes(256), 2)))
    messages.append(_message(_DONE, b""))
    return b"".join(acts.record(acts.HANDSHAKE, message) for message in messages)


def _message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + _counted(body, 3)


def _counted(content: bytes, octets: int) -> bytes:
    return len(content).to_bytes(octets, "big") + content
