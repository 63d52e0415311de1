"""What a partner's handshake messages say in the clear: the choice it made, and its certificates.

Up to TLS 1.2 everything from ServerHello to ServerHelloDone is readable (RFC 5246 7.4); in TLS 1.3 the
ServerHello alone is (RFC 8446 4.1.3). Fed with the content of handshake records; hostile by assumption:
lengths are checked, the bytes kept are bounded, and what does not fit its structure is left out.
"""

from __future__ import annotations

from msgspec.structs import replace

from probe.collection.connection.tls.cipher_suite_names import IANA_NAMES
from probe.collection.connection.tls.tls_codes import GROUPS, SIGNATURE_SCHEMES, VERSIONS, name_of
from probe.facts.tls_negotiation import Negotiation

_SERVER_HELLO, _CERTIFICATE, _KEY_EXCHANGE, _CERTIFICATE_REQUEST, _DONE = 2, 11, 12, 13, 14
_HEADER = 4
# The whole flight of a server with long chains is some ten kilobytes; the limit is ours.
LARGEST_FLIGHT = 262_144
_SUPPORTED_VERSIONS, _KEY_SHARE, _RENEGOTIATION_INFO = 43, 51, 65281
_TLS13 = 0x0304
_NAMED_CURVE = 3
_EPHEMERAL = ("TLS_DHE_RSA_", "TLS_DHE_DSS_", "TLS_DH_anon_")


class ServerMessages:
    """Reads handshake messages as they come. `negotiation` is None until a ServerHello was read.

    `certificates` are those of the Certificate message, as sent. `overflowing`: more came than is read.
    """

    __slots__ = ("_buffer", "_read", "certificates", "negotiation", "overflowing")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._read = 0
        self.negotiation: Negotiation | None = None
        self.certificates: tuple[bytes, ...] = ()
        self.overflowing = False

    @property
    def complete(self) -> bool:
        """Whether ServerHelloDone has come."""
        return self.negotiation is not None and self.negotiation.complete

    @property
    def prime_bits(self) -> int | None:
        """Bits of the prime in a ServerKeyExchange, as far as its length says before it has come whole."""
        if self.negotiation is None or not self.negotiation.cipher.startswith(_EPHEMERAL):
            return None
        begun = len(self._buffer) >= _HEADER + 2 and self._buffer[0] == _KEY_EXCHANGE
        if begun:
            return 8 * _number(self._buffer, _HEADER)
        return self.negotiation.diffie_hellman_bits

    def feed(self, data: bytes) -> None:
        """Read some more content of handshake records."""
        self._read += len(data)
        if self._read > LARGEST_FLIGHT:
            self.overflowing = True
            return
        self._buffer += data
        while len(self._buffer) >= _HEADER:
            end = _HEADER + _length(self._buffer, 1)
            if len(self._buffer) < end:
                # Certificates count also where the connection ends within their message.
                return
            message = bytes(self._buffer[_HEADER:end])
            kind = self._buffer[0]
            del self._buffer[:end]
            self._message(kind, message)

    def partial_certificates(self) -> tuple[bytes, ...]:
        """The certificates so far, also of a Certificate message that is cut off."""
        if self.certificates or not self._buffer or self._buffer[0] != _CERTIFICATE:
            return self.certificates
        return certificate_list(bytes(self._buffer[_HEADER:]))

    def forget(self) -> None:
        """Drop the certificates: the handshake is over, and whoever wanted them has them."""
        self._buffer.clear()
        self.certificates = ()

    def _message(self, kind: int, body: bytes) -> None:
        if kind == _SERVER_HELLO:
            self.negotiation = _server_hello(body) or self.negotiation
        elif kind == _CERTIFICATE and not self.certificates:
            self.certificates = certificate_list(body)
        elif self.negotiation is None:
            pass
        elif kind == _KEY_EXCHANGE:
            self.negotiation = _key_exchange(self.negotiation, body)
        elif kind == _CERTIFICATE_REQUEST:
            self.negotiation = replace(self.negotiation, certificate_requested=True)
        elif kind == _DONE:
            self.negotiation = replace(self.negotiation, complete=True)
        if self.negotiation is not None and len(body) > self.negotiation.largest_message:
            self.negotiation = replace(self.negotiation, largest_message=len(body))


def _number(octets: bytes | bytearray, at: int) -> int:
    """The number in two octets that are there. int.from_bytes of a slice costs four times as much."""
    return octets[at] << 8 | octets[at + 1]


def _length(octets: bytes | bytearray, at: int) -> int:
    """The length in three octets that are there."""
    return octets[at] << 16 | octets[at + 1] << 8 | octets[at + 2]


def _server_hello(body: bytes) -> Negotiation | None:
    """Version, suite and, of TLS 1.3, the group (also of a HelloRetryRequest); None if it is cut short.

    Before TLS 1.3 also whether renegotiation would be secure: the extension is there (RFC 5746 3.4).
    """
    after_session = 35 + body[34] if len(body) > 34 else len(body)
    if len(body) < after_session + 3:
        return None
    version = _number(body, 0)
    suite = _number(body, after_session)
    group = None
    secure_renegotiation = False
    for kind, content in _extensions(body[after_session + 3 :]):
        secure_renegotiation |= kind == _RENEGOTIATION_INFO
        if kind == _SUPPORTED_VERSIONS and len(content) == 2:
            version = _number(content, 0)
        elif kind == _KEY_SHARE and len(content) >= 2:
            group = name_of(GROUPS, _number(content, 0), "group")
    return Negotiation(
        name_of(VERSIONS, version, "version"),
        name_of(IANA_NAMES, suite, "cipher-suite"),
        group,
        secure_renegotiation=secure_renegotiation if version < _TLS13 else None,
    )


def _extensions(block: bytes) -> list[tuple[int, bytes]]:
    found = []
    position = 2
    while position + _HEADER <= len(block):
        size = _number(block, position + 2)
        content = block[position + _HEADER : position + _HEADER + size]
        found.append((_number(block, position), content))
        position += _HEADER + size
    return found


def _key_exchange(negotiation: Negotiation, body: bytes) -> Negotiation:
    """The group or the prime's size, and the signature scheme of TLS 1.2 (RFC 8422 5.4, RFC 5246 7.4.3)."""
    if negotiation.cipher.startswith("TLS_ECDHE_"):
        if len(body) < 4 or body[0] != _NAMED_CURVE:
            return replace(negotiation, group="explicit curve")
        group = name_of(GROUPS, _number(body, 1), "group")
        return _with_scheme(replace(negotiation, group=group), body[4 + body[3] :])
    if not negotiation.cipher.startswith(_EPHEMERAL):
        return negotiation
    prime, rest = _vector(body)
    rest = _vector(_vector(rest)[1])[1]
    bits = int.from_bytes(prime, "big").bit_length()
    return _with_scheme(replace(negotiation, diffie_hellman_bits=bits), rest)


def _vector(data: bytes) -> tuple[bytes, bytes]:
    size = int.from_bytes(data[:2], "big")
    return data[2 : 2 + size], data[2 + size :]


def _with_scheme(negotiation: Negotiation, rest: bytes) -> Negotiation:
    if negotiation.protocol != "TLS 1.2" or len(rest) < 2:
        return negotiation
    scheme = name_of(SIGNATURE_SCHEMES, _number(rest, 0), "signature-scheme")
    return replace(negotiation, signature_scheme=scheme)


def certificate_list(body: bytes) -> tuple[bytes, ...]:
    """The certificates of a Certificate message that came whole (RFC 5246 7.4.2)."""
    found = []
    position = 3
    while position + 3 <= len(body):
        size = _length(body, position)
        certificate = body[position + 3 : position + 3 + size]
        if len(certificate) < size or not certificate:
            break
        found.append(certificate)
        position += 3 + size
    return tuple(found)
