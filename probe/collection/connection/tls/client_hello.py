"""Writes the ClientHello of a caller byte for byte, for versions up to TLS 1.2 (RFC 5246 7.4.1.2).

Up to TLS 1.2 the partner's choice travels in the clear, so no cipher is needed to learn what it would agree
on with the caller: also with RC4, 3DES, DSS, small primes and curves that OpenSSL cannot offer here. The
fields and the order of the extensions are SChannel's, as public captures of it show them [failures 6.11].
TLS 1.3 is never offered: its choice would be encrypted.
"""

from __future__ import annotations

from collections.abc import Sequence

from probe.collection.connection.tls.tls_codes import number_of
from probe.facts.tls_negotiation import HandshakeOffer

NEWEST = "TLS 1.2"
_OLDER = ("TLS 1.0", "TLS 1.1", NEWEST)
_HANDSHAKE_RECORD, _CLIENT_HELLO = 22, 1
_NO_SESSION, _NO_COMPRESSION = b"\x00", b"\x01\x00"
_UNCOMPRESSED_POINTS = b"\x01\x00"
# Extension numbers (IANA "TLS ExtensionType Values") in the order in which SChannel sends them.
_SERVER_NAME, _GROUPS, _POINT_FORMATS, _SIGNATURE_ALGORITHMS = 0, 10, 11, 13
_SESSION_TICKET, _EXTENDED_MASTER_SECRET, _RENEGOTIATION_INFO = 35, 23, 65281


def offered_protocols(offer: HandshakeOffer) -> tuple[str, ...]:
    """The versions of an offer that such a hello can carry, ascending; () if there are none."""
    return tuple(protocol for protocol in _OLDER if protocol in offer.protocols)


def client_hello(offer: HandshakeOffer, server_name: str | None, random: bytes) -> bytes:
    """The whole TLS record. `random` are 32 bytes, `server_name` an A-label name or None for no SNI.

    Only the highest version can be said; that a lower one is not wanted shows when the answer is read.

    Raises:
        ValueError: the offer has no version that this hello can carry, or no cipher suite of its own.
    """
    protocols = offered_protocols(offer)
    older = [suite for suite in offer.cipher_suites if "_WITH_" in suite]
    if not protocols or not older:
        raise ValueError("nothing that a ClientHello up to TLS 1.2 can offer")
    version = number_of(protocols[-1]).to_bytes(2, "big")
    suites = b"".join(_two(number_of(suite)) for suite in older)
    extensions = b"".join(_extensions(offer, server_name, newest=protocols[-1]))
    body = version + random + _NO_SESSION + _counted(suites) + _NO_COMPRESSION + _counted(extensions)
    message = bytes([_CLIENT_HELLO]) + len(body).to_bytes(3, "big") + body
    return bytes([_HANDSHAKE_RECORD]) + version + _counted(message)


def _extensions(offer: HandshakeOffer, server_name: str | None, *, newest: str) -> list[bytes]:
    found = []
    if server_name is not None:
        name = b"\x00" + _counted(server_name.encode("ascii"))
        found.append(_extension(_SERVER_NAME, _counted(name)))
    if offer.groups:
        found.append(_extension(_GROUPS, _listed(offer.groups)))
        found.append(_extension(_POINT_FORMATS, _UNCOMPRESSED_POINTS))
    if newest == NEWEST and offer.signature_schemes:
        found.append(_extension(_SIGNATURE_ALGORITHMS, _listed(offer.signature_schemes)))
    found.append(_extension(_SESSION_TICKET, b""))
    found.append(_extension(_EXTENDED_MASTER_SECRET, b""))
    found.append(_extension(_RENEGOTIATION_INFO, b"\x00"))
    return found


def _extension(kind: int, content: bytes) -> bytes:
    return _two(kind) + _counted(content)


def _listed(names: Sequence[str]) -> bytes:
    return _counted(b"".join(_two(number_of(name)) for name in names))


def _counted(content: bytes) -> bytes:
    return _two(len(content)) + content


def _two(number: int) -> bytes:
    return number.to_bytes(2, "big")
