"""What an extension says, decoded one at a time and leniently; an undecodable one raises ValueError.

The caller of these functions decides what an undecodable extension means (judge: a status flag; report:
nothing to show). Strings stay bytes where CryptoAPI compares bytes. Sources: RFC 5280 section 4.2 and, for
Microsoft's own, the wincrypt.h object identifiers.
"""

from __future__ import annotations

import ipaddress

from cryptography.hazmat import asn1
from msgspec import Struct

from probe.facts.certificate import Certificate, Extension, derived
from probe.facts.encoding import der
from probe.facts.remembered import remembered

SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"
# szOID_SUBJECT_ALT_NAME, obsolete; Windows honours it like the current one ([validation 5.1.3]).
OBSOLETE_SUBJECT_ALTERNATIVE_NAME = "2.5.29.7"
BASIC_CONSTRAINTS = "2.5.29.19"
OBSOLETE_BASIC_CONSTRAINTS = "2.5.29.10"  # szOID_BASIC_CONSTRAINTS
KEY_USAGE = "2.5.29.15"
EXTENDED_KEY_USAGE = "2.5.29.37"
APPLICATION_POLICIES = "1.3.6.1.4.1.311.21.10"  # szOID_APPLICATION_CERT_POLICIES
APPLICATION_POLICY_MAPPINGS = "1.3.6.1.4.1.311.21.11"  # szOID_APPLICATION_POLICY_MAPPINGS
APPLICATION_POLICY_CONSTRAINTS = "1.3.6.1.4.1.311.21.12"  # szOID_APPLICATION_POLICY_CONSTRAINTS
NAME_CONSTRAINTS = "2.5.29.30"
AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
CERTIFICATE_POLICIES = "2.5.29.32"
POLICY_MAPPINGS = "2.5.29.33"
POLICY_CONSTRAINTS = "2.5.29.36"
INHIBIT_ANY_POLICY = "2.5.29.54"
CRL_DISTRIBUTION_POINTS = "2.5.29.31"
FRESHEST_CRL = "2.5.29.46"
AUTHORITY_INFORMATION_ACCESS = "1.3.6.1.5.5.7.1.1"

CA_ISSUERS = "1.3.6.1.5.5.7.48.2"
OCSP = "1.3.6.1.5.5.7.48.1"
SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1"
ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0"
ANY_APPLICATION_POLICY = "1.3.6.1.4.1.311.10.12.1"  # szOID_ANY_APPLICATION_POLICY
ANY_POLICY = "2.5.29.32.0"

OTHER_NAME, RFC822_NAME, DNS_NAME, X400_ADDRESS, DIRECTORY_NAME = range(5)
EDI_PARTY_NAME, URI, IP_ADDRESS, REGISTERED_ID = range(5, 9)

_CONSTRUCTED = 0x20
_PRIMITIVE = frozenset({RFC822_NAME, DNS_NAME, URI, IP_ADDRESS, REGISTERED_ID})


# What most certificates say in the same few bytes, or one is asked for twice; ours.
_repeated = remembered(entries=128, longest=512)


class GeneralName(Struct, frozen=True):
    """One GeneralName: `kind` is its context tag number (RFC 5280 section 4.2.1.6), `value` its content."""

    kind: int
    value: bytes

    @property
    def text(self) -> str:
        """The content as text; undecodable bytes come out as Latin-1."""
        return self.value.decode("latin-1")


@_repeated
def general_names(encoded: bytes) -> tuple[GeneralName, ...]:
    """Every GeneralName of a SEQUENCE OF GeneralName.

    Raises:
        ValueError: the sequence, or the frame of one of its members, cannot be read.
    """
    return tuple(general_name(member.tag_bytes, bytes(member.data)) for member in der.items(encoded))


def general_name(tag: bytes, content: bytes) -> GeneralName:
    """The GeneralName of this tag and content.

    Raises:
        ValueError: the tag is none of a GeneralName, or its text is in parts, as only BER allows.
    """
    if len(tag) != 1 or tag[0] & 0xC0 != 0x80:
        raise ValueError("not a GeneralName")
    kind = tag[0] & 0x1F
    if tag[0] & _CONSTRUCTED and kind in _PRIMITIVE:
        raise ValueError("a GeneralName in parts")
    return GeneralName(kind, content)


def subject_alternative_name(certificate: Certificate) -> Extension | None:
    """The subject alternative name extension under its current or its obsolete OID, or None."""
    return certificate.extension(SUBJECT_ALTERNATIVE_NAME, OBSOLETE_SUBJECT_ALTERNATIVE_NAME)


@derived
def presented_general_names(certificate: Certificate) -> tuple[GeneralName, ...]:
    """Names of the SAN; () when there is none or it cannot be decoded."""
    extension = subject_alternative_name(certificate)
    if extension is None:
        return ()
    try:
        return general_names(extension.value)
    except ValueError:
        return ()


def dns_names(certificate: Certificate) -> tuple[str, ...]:
    """The dNSName entries of the SAN, as sent."""
    names = presented_general_names(certificate)
    return tuple(name.text for name in names if name.kind == DNS_NAME)


def ip_addresses(certificate: Certificate) -> tuple[str, ...]:
    """The iPAddress entries of the SAN that have 4 or 16 octets, in their usual spelling."""
    names = presented_general_names(certificate)
    return tuple(
        str(ipaddress.ip_address(name.value))
        for name in names
        if name.kind == IP_ADDRESS and len(name.value) in (4, 16)
    )


def _boolean(value: asn1.TLV) -> bool:
    # BER lets TRUE be any non-zero octet, and CryptoAPI decodes BER.
    if value.tag_bytes != b"\x01" or len(value.data) != 1:
        raise ValueError("not a BOOLEAN")
    return bytes(value.data) != b"\x00"


class BasicConstraints(Struct, frozen=True):
    """Whether the subject is a CA, and how many CAs may follow it below (None: any number)."""

    ca: bool
    path_length: int | None


@_repeated
def basic_constraints(encoded: bytes) -> BasicConstraints:
    """RFC 5280 section 4.2.1.9; an explicit DEFAULT FALSE, which DER forbids, is read as it is meant.

    Raises:
        ValueError: undecodable, or the path length is negative.
    """
    fields = der.items(encoded)
    ca = False
    if fields and fields[0].tag_bytes == b"\x01":
        ca = _boolean(fields.pop(0))
    path_length = der.integer(fields.pop(0)) if fields else None
    if fields or (path_length is not None and path_length < 0):
        raise ValueError("not BasicConstraints")
    return BasicConstraints(ca, path_length)


_SUBJECT_TYPE_CA = 0x80


def obsolete_basic_constraints(encoded: bytes) -> BasicConstraints:
    """szOID_BASIC_CONSTRAINTS (2.5.29.10): a BIT STRING of subject types, then the path length.

    The form is CERT_BASIC_CONSTRAINTS_INFO of wincrypt.h; the subtrees that may follow are not read.

    Raises:
        ValueError: undecodable.
    """
    fields = der.items(encoded)
    if not fields or fields[0].tag_bytes != b"\x03":
        raise ValueError("not the obsolete BasicConstraints")
    types = _bits(bytes(fields[0].data))
    path_length = None
    if len(fields) > 1 and fields[1].tag_bytes == b"\x02":
        path_length = der.integer(fields[1])
    return BasicConstraints(bool(types & _SUBJECT_TYPE_CA), path_length)


# Bits of KeyUsage as CERT_*_KEY_USAGE of wincrypt.h has them: the first octet in its encoded order.
DIGITAL_SIGNATURE, NON_REPUDIATION, KEY_ENCIPHERMENT, DATA_ENCIPHERMENT = 0x80, 0x40, 0x20, 0x10
KEY_AGREEMENT, KEY_CERT_SIGN, CRL_SIGN, ENCIPHER_ONLY = 0x08, 0x04, 0x02, 0x01


def _bits(content: bytes) -> int:
    """The first octet of a BIT STRING's bits, 0 when there is none."""
    if not content or content[0] > 7:
        raise ValueError("not a BIT STRING")
    return content[1] if len(content) > 1 else 0


@_repeated
def key_usage(encoded: bytes) -> int:
    """The first octet of the usage bits (RFC 5280 section 4.2.1.3), e.g. `& KEY_CERT_SIGN`.

    Raises:
        ValueError: no BIT STRING.
    """
    value = der.single(encoded)
    if value.tag_bytes != b"\x03":
        raise ValueError("not a BIT STRING")
    return _bits(bytes(value.data))


@_repeated
def extended_key_usage(encoded: bytes) -> tuple[str, ...]:
    """Dotted key purposes (RFC 5280 section 4.2.1.12) in encoded order.

    Raises:
        ValueError: undecodable.
    """
    return tuple(der.oid(der.whole(value)) for value in der.items(encoded))


class AuthorityKeyIdentifier(Struct, frozen=True):
    """RFC 5280 section 4.2.1.1. `issuer` is the encoded Name of the first directoryName."""

    key_identifier: bytes | None
    issuer: bytes | None
    serial: int | None


@_repeated
def authority_key_identifier(encoded: bytes) -> AuthorityKeyIdentifier:
    """What the certificate says about its issuer's key.

    Raises:
        ValueError: undecodable.
    """
    key_identifier = issuer = serial = None
    for field in der.items(encoded):
        content = bytes(field.data)
        if field.tag_bytes == b"\x80":
            key_identifier = content
        elif field.tag_bytes == b"\xa1":
            issuer = _first_directory_name(content)
        elif field.tag_bytes == b"\x82":
            serial = der.unsigned(content)
    return AuthorityKeyIdentifier(key_identifier, issuer, serial)


def _first_directory_name(content: bytes) -> bytes | None:
    names = (general_name(name.tag_bytes, bytes(name.data)) for name in der.members(content))
    return next((name.value for name in names if name.kind == DIRECTORY_NAME), None)


def subject_key_identifier(encoded: bytes) -> bytes:
    """RFC 5280 section 4.2.1.2.

    Raises:
        ValueError: no OCTET STRING.
    """
    return asn1.decode_der(bytes, encoded)


def names_another_key(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether the authority key identifier of a certificate and the key identifier of this issuer differ."""
    extension = certificate.extension(AUTHORITY_KEY_IDENTIFIER)
    has = key_identifier(issuer)
    if extension is None or not has:
        return False
    try:
        wanted = authority_key_identifier(extension.value).key_identifier
    except ValueError:
        return False
    return bool(wanted) and wanted != has


@derived
def key_identifier(certificate: Certificate) -> bytes | None:
    """The subject key identifier of a certificate; None when there is none or it cannot be decoded."""
    extension = certificate.extension(SUBJECT_KEY_IDENTIFIER)
    try:
        return subject_key_identifier(extension.value) if extension is not None else None
    except ValueError:
        return None


def authority_information_access(encoded: bytes) -> tuple[tuple[str, GeneralName], ...]:
    """(access method, location) pairs (RFC 5280 section 4.2.2.1) in encoded order.

    Raises:
        ValueError: undecodable.
    """
    pairs = []
    for description in der.items(encoded):
        method, location = der.members(bytes(description.data))
        pairs.append((der.oid(der.whole(method)), general_name(location.tag_bytes, bytes(location.data))))
    return tuple(pairs)


def crl_distribution_points(encoded: bytes) -> tuple[GeneralName, ...]:
    """The full names of every distribution point (RFC 5280 section 4.2.1.13) in encoded order.

    Raises:
        ValueError: undecodable.
    """
    names: list[GeneralName] = []
    for point in der.items(encoded):
        for field in der.members(bytes(point.data)):
            if field.tag_bytes == b"\xa0":
                for name in der.members(bytes(field.data)):
                    if name.tag_bytes == b"\xa0":
                        names.extend(
                            general_name(full.tag_bytes, bytes(full.data))
                            for full in der.members(bytes(name.data))
                        )
    return tuple(names)


def issuer_urls(certificate: Certificate) -> tuple[str, ...]:
    """Every http(s) or other URL of caIssuers in the AIA; () when there is none or it cannot be decoded."""
    extension = certificate.extension(AUTHORITY_INFORMATION_ACCESS)
    if extension is None:
        return ()
    try:
        access = authority_information_access(extension.value)
    except ValueError:
        return ()
    return tuple(name.text for method, name in access if method == CA_ISSUERS and name.kind == URI)
