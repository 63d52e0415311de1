"""What a TLS handshake offered, what the partner chose, and the session that came of it. Facts only.

Which of it a caller would take is for the judgement; how it was seen is for the collection.
"""

from __future__ import annotations

from msgspec import Struct

LIBERAL_SHAPE = "liberal"


class Negotiation(Struct, frozen=True):
    """What a partner chose, as its handshake messages say in the clear (RFC 5246 7.4, RFC 8446 4.1.3).

    `cipher` as IANA names it; `group` as IANA names TLS supported groups (`secp256r1`), None where no curve
    was used or seen; `diffie_hellman_bits` the size of the prime of a DHE exchange; `signature_scheme` as
    IANA names it, None before TLS 1.2 or where unseen. `complete`: ServerHelloDone has come.
    `secure_renegotiation`: whether a ServerHello up to TLS 1.2 indicates it (RFC 5746 3.4), None in TLS 1.3
    or an older record. `largest_message`: octets of the longest handshake message that was seen in the clear,
    without its header; 0 in an older record.
    """

    protocol: str
    cipher: str
    group: str | None = None
    diffie_hellman_bits: int | None = None
    signature_scheme: str | None = None
    certificate_requested: bool = False
    complete: bool = False
    secure_renegotiation: bool | None = None
    largest_message: int = 0


class HandshakeOffer(Struct, frozen=True):
    """What a ClientHello offered, or is to offer.

    `shape` names it: `LIBERAL_SHAPE`, or the key of a caller's shape. `protocols` are .NET-like names
    (`TLS 1.2`), `cipher_suites` IANA names in order, () for the library's own. `missing` is what the shape
    asks for and this machine's OpenSSL cannot offer. `groups` and `signature_schemes` are IANA names in
    order, () for the library's own; `least_diffie_hellman_bits` is the smallest prime that is accepted,
    `demands_secure_renegotiation` whether a partner without RFC 5746 is not.
    """

    shape: str = LIBERAL_SHAPE
    protocols: tuple[str, ...] = ()
    cipher_suites: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    signature_schemes: tuple[str, ...] = ()
    least_diffie_hellman_bits: int = 0
    demands_secure_renegotiation: bool = False

    def covers(self, chosen: Negotiation) -> bool:
        """Whether everything that the partner chose was offered, and what it has beside that is accepted.

        A scheme that was not offered leaves it open: with the same key a partner may sign in another one.
        """
        return (
            chosen.protocol in self.protocols
            and chosen.cipher in self.cipher_suites
            and (chosen.group is None or chosen.group in self.groups)
            and (chosen.signature_scheme is None or chosen.signature_scheme in self.signature_schemes)
            and (chosen.diffie_hellman_bits or self.least_diffie_hellman_bits)
            >= self.least_diffie_hellman_bits
            and not (self.demands_secure_renegotiation and chosen.secure_renegotiation is False)
        )


class TlsSession(Struct, frozen=True):
    """A finished handshake. `protocol` as `TLS 1.2`, `cipher` as IANA names it, `sni` None if not sent."""

    protocol: str
    cipher: str
    sni: str | None
