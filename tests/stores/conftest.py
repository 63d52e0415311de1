"""Certificates, and small writers of the store formats, for the tests of reading them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import pytest
from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from probe.facts.encoding import der

Writer = Callable[[Sequence[tuple[Mapping[int, bytes], bytes]]], bytes]
ListWriter = Callable[..., bytes]

_KEY = ec.generate_private_key(ec.SECP256R1())


def _certificate(subject: str, issuer: str) -> bytes:
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(_KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .sign(_KEY, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


@pytest.fixture(scope="session")
def key() -> ec.EllipticCurvePrivateKey:
    """The key of every certificate here."""
    return _KEY


@pytest.fixture(scope="session")
def roots() -> tuple[bytes, ...]:
    """Three self-signed certificates, DER."""
    return tuple(_certificate(f"Root {number}", f"Root {number}") for number in range(3))


@pytest.fixture(scope="session")
def issued() -> bytes:
    """A certificate that is not self-signed, DER."""
    return _certificate("Issuing CA", "Root 0")


@pytest.fixture(scope="session")
def serialized() -> Writer:
    """Writes a serialized store from (properties by number, certificate) pairs."""

    def write(members: Sequence[tuple[Mapping[int, bytes], bytes]]) -> bytes:
        def element(identifier: int, value: bytes) -> bytes:
            return struct.pack("<III", identifier, 1, len(value)) + value

        body = b"".join(
            b"".join(element(number, value) for number, value in properties.items())
            + element(32, certificate)
            for properties, certificate in members
        )
        return b"\0\0\0\0CERT" + body + bytes(12)

    return write


def _sequence(*members: bytes) -> bytes:
    return der.wrap(0x30, b"".join(members))


def _oid(dotted: str) -> bytes:
    return bytes(core.ObjectIdentifier(dotted).dump())


@pytest.fixture(scope="session")
def trust_list() -> ListWriter:
    """Writes a certificate trust list in its CMS wrapper, unsigned unless `sign` is given.

    `subjects`: (identifier, properties by number). `wrapped`: content in an OCTET STRING, as CMS has it.
    `sign`: from the value of the content to the certificates and signer information of the CMS structure.
    """

    def write(
        subjects: Sequence[tuple[bytes, Mapping[int, bytes]]],
        *,
        usage: str = "1.3.6.1.4.1.311.10.3.9",
        algorithm: str = "1.3.14.3.2.26",
        identifier: bytes | None = None,
        next_update: bool = False,
        wrapped: bool = False,
        issued: bytes = b"250616175611Z",
        sign: Callable[[bytes], tuple[bytes, bytes]] | None = None,
    ) -> bytes:
        def attribute(number: int, value: bytes) -> bytes:
            held = der.wrap(0x31, der.wrap(0x04, value))
            return _sequence(_oid(f"1.3.6.1.4.1.311.10.11.{number}"), held)

        def subject(identifier: bytes, properties: Mapping[int, bytes]) -> bytes:
            attributes = b"".join(attribute(number, value) for number, value in properties.items())
            return _sequence(der.wrap(0x04, identifier), der.wrap(0x31, attributes) if properties else b"")

        time = der.wrap(0x17, issued)
        content = _sequence(
            _sequence(_oid(usage)),
            der.wrap(0x04, identifier) if identifier else b"",
            der.wrap(0x02, b"\x14\x01"),
            time,
            time if next_update else b"",
            _sequence(_oid(algorithm), b"\x05\x00"),
            _sequence(*(subject(*each) for each in subjects)),
        )
        if wrapped:
            content = der.wrap(0x04, content)
        inner = _sequence(_oid("1.3.6.1.4.1.311.10.1"), der.wrap(0xA0, content))
        version = der.wrap(0x02, b"\x03" if wrapped else b"\x01")
        certificates, signers = sign(bytes(der.single(content).data)) if sign else (b"", der.wrap(0x31, b""))
        signed = _sequence(version, der.wrap(0x31, b""), inner, certificates, signers)
        return _sequence(_oid("1.2.840.113549.1.7.2"), der.wrap(0xA0, signed))

    return write
