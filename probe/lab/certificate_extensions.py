"""Extensions of lab certificates, good and bad, encoded from plain values.

What the library encodes correctly it encodes; what it refuses to write (nonsense is the lab's trade) is put
together from DER pieces. Reading extensions is the job of probe.facts.extensions.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Sequence

from asn1crypto.core import ObjectIdentifier as EncodedOid
from cryptography import x509

from probe.facts.certificate import Extension
from probe.facts.encoding import der

SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
KEY_USAGE = "2.5.29.15"
SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"
BASIC_CONSTRAINTS = "2.5.29.19"
NAME_CONSTRAINTS = "2.5.29.30"
CRL_DISTRIBUTION_POINTS = "2.5.29.31"
CERTIFICATE_POLICIES = "2.5.29.32"
AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
EXTENDED_KEY_USAGE = "2.5.29.37"
AUTHORITY_INFORMATION_ACCESS = "1.3.6.1.5.5.7.1.1"

_NOT_CRITICAL = False
_TRUE = b"\x01\x01\xff"
# KeyUsage bits by the names of RFC 5280 section 4.2.1.3, in bit order.
_KEY_USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)


def object_identifier(dotted: str) -> bytes:
    """The OBJECT IDENTIFIER as a TLV."""
    return bytes(EncodedOid(dotted).dump())


def integer(value: int) -> bytes:
    """The INTEGER as a TLV, negative ones too."""
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return der.wrap(0x02, value.to_bytes(size, "big", signed=True))


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of encoded parts."""
    return der.wrap(der.SEQUENCE, b"".join(parts))


def encode(extension: Extension) -> bytes:
    """The Extension SEQUENCE with the value wrapped in its OCTET STRING."""
    critical = _TRUE if extension.critical else b""
    return sequence(object_identifier(extension.oid), critical, der.wrap(0x04, extension.value))


def dns_name(name: str | bytes) -> bytes:
    """A dNSName GeneralName; the text goes in as it is, also when it is no valid name."""
    return der.wrap(0x82, name if isinstance(name, bytes) else name.encode("latin-1"))


def ip_address(address: str | bytes) -> bytes:
    """An iPAddress GeneralName: an address as text, or the octets themselves."""
    return der.wrap(0x87, address if isinstance(address, bytes) else ipaddress.ip_address(address).packed)


def ip_network(network: str | bytes) -> bytes:
    """An iPAddress GeneralName as name constraints have it: address and mask (RFC 5280 section 4.2.1.10)."""
    if isinstance(network, bytes):
        return der.wrap(0x87, network)
    parsed = ipaddress.ip_network(network)
    return der.wrap(0x87, parsed.network_address.packed + parsed.netmask.packed)


def uri(address: str) -> bytes:
    """A uniformResourceIdentifier GeneralName."""
    return der.wrap(0x86, address.encode("latin-1"))


def subject_alternative_name(
    names: Sequence[bytes], *, oid: str = SUBJECT_ALTERNATIVE_NAME, critical: bool = False
) -> Extension:
    """The names, each an encoded GeneralName, under the current OID or the obsolete 2.5.29.7."""
    return Extension(oid, critical, sequence(*names))


def basic_constraints(*, ca: bool, path_length: int | None, critical: bool) -> Extension:
    """Basic constraints, also the combinations that RFC 5280 forbids."""
    parts = ((_TRUE,) if ca else ()) + ((integer(path_length),) if path_length is not None else ())
    return Extension(BASIC_CONSTRAINTS, critical, sequence(*parts))


def key_usage(names: Iterable[str], *, critical: bool = True) -> Extension:
    """Key usage by RFC 5280's bit names.

    Raises:
        ValueError: there is no such bit.
    """
    positions = sorted(_KEY_USAGES.index(name) for name in names)
    size = positions[-1] + 1 if positions else 0
    octets = (size + 7) // 8
    bits = sum(1 << (octets * 8 - 1 - position) for position in positions)
    content = bytes([octets * 8 - size]) + bits.to_bytes(octets, "big")
    return Extension(KEY_USAGE, critical, der.wrap(0x03, content))


def extended_key_usage(oids: Sequence[str], *, critical: bool = False) -> Extension:
    """Extended key usage; an empty sequence of OIDs is written as such."""
    return Extension(EXTENDED_KEY_USAGE, critical, sequence(*(object_identifier(oid) for oid in oids)))


def subject_key_identifier(identifier: bytes) -> Extension:
    """The subject key identifier."""
    return Extension(SUBJECT_KEY_IDENTIFIER, _NOT_CRITICAL, der.wrap(0x04, identifier))


def authority_key_identifier(
    identifier: bytes | None, issuer_name: bytes | None = None, serial: int | None = None
) -> Extension:
    """The authority key identifier by key, by issuer and serial (both or none), or by all of them."""
    parts = [] if identifier is None else [der.wrap(0x80, identifier)]
    if issuer_name is not None:
        parts.append(der.wrap(0xA1, der.wrap(0xA4, issuer_name)))
    if serial is not None:
        content = bytes(der.members(integer(serial))[0].data)
        parts.append(der.wrap(0x82, content))
    return Extension(AUTHORITY_KEY_IDENTIFIER, _NOT_CRITICAL, sequence(*parts))


def authority_information_access(issuers: Sequence[str], ocsp: Sequence[str] = ()) -> Extension:
    """Where the issuer's certificate can be fetched (caIssuers) and where an OCSP responder is."""
    methods = [("1.3.6.1.5.5.7.48.2", url) for url in issuers] + [("1.3.6.1.5.5.7.48.1", url) for url in ocsp]
    descriptions = (sequence(object_identifier(method), uri(url)) for method, url in methods)
    return Extension(AUTHORITY_INFORMATION_ACCESS, _NOT_CRITICAL, sequence(*descriptions))


def crl_distribution_points(urls: Sequence[str]) -> Extension:
    """One distribution point per URL."""
    points = (sequence(der.wrap(0xA0, der.wrap(0xA0, uri(url)))) for url in urls)
    return Extension(CRL_DISTRIBUTION_POINTS, _NOT_CRITICAL, sequence(*points))


def name_constraints(
    permitted: Sequence[bytes], excluded: Sequence[bytes], *, minimum: int = 0, critical: bool = True
) -> Extension:
    """Name constraints over encoded GeneralNames; `minimum` other than 0 is what RFC 5280 forbids."""
    trees = ((0xA0, permitted), (0xA1, excluded))
    floor = der.wrap(0x80, bytes([minimum])) if minimum else b""
    content = b"".join(
        der.wrap(tag, b"".join(sequence(name, floor) for name in names)) for tag, names in trees if names
    )
    return Extension(NAME_CONSTRAINTS, critical, der.wrap(der.SEQUENCE, content))


def certificate_policies(oids: Sequence[str], *, critical: bool = False) -> Extension:
    """Certificate policies without qualifiers."""
    policies = [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids]
    return Extension(CERTIFICATE_POLICIES, critical, x509.CertificatePolicies(policies).public_bytes())


def key_identifier(public_key_bits: bytes) -> bytes:
    """The identifier of RFC 5280 section 4.2.1.2, method 1: SHA-1 of the subjectPublicKey bits."""
    return hashlib.sha1(public_key_bits, usedforsecurity=False).digest()
