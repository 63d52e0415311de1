"""A certificate: its DER is its identity, everything else is a lazy view that may be absent.

Real Windows roots exist that pyca/cryptography refuses in part, so the outer structure is read apart from
the extensions, and each extension is kept as undecoded bytes (see extensions.py for reading them). What the
strict decoder refuses is tried again with asn1crypto, which also reads BER. A certificate that neither can
read is still a certificate: `structure` is None and `unreadable` says why. Nothing is judged here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Annotated

from cryptography.hazmat import asn1
from msgspec import Struct

from probe.facts import der as encoding
from probe.facts.der import ObjectIdentifier
from probe.facts.names import Name


class Extension(Struct, frozen=True):
    """One extension, undecoded. `oid` is dotted, `value` the content of extnValue."""

    oid: str
    critical: bool
    value: bytes


class AlgorithmIdentifier(Struct, frozen=True):
    """An algorithm with its parameters as a whole TLV, or None when they are absent."""

    oid: str
    parameters: bytes | None


class Structure(Struct, frozen=True):
    """The outer structure of a certificate. `version` is 1, 2 or 3 as people count."""

    version: int
    serial: int
    inner_signature_algorithm: AlgorithmIdentifier
    issuer: Name
    not_before: datetime
    not_after: datetime
    subject: Name
    public_key_info: bytes
    extensions: tuple[Extension, ...]
    signed_bytes: bytes
    signature_algorithm: AlgorithmIdentifier
    signature: bytes


@dataclass(frozen=True)
class Certificate:
    """An X.509 certificate, good or bad. Equality and hash are those of `der`."""

    # Not slotted: cached_property keeps the parsed view in the instance dictionary.
    der: bytes

    @cached_property
    def thumbprint(self) -> str:
        """SHA-1 of the DER, upper-case hexadecimal, as Windows shows it."""
        return hashlib.sha1(self.der, usedforsecurity=False).hexdigest().upper()

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the DER, lower-case hexadecimal."""
        return hashlib.sha256(self.der).hexdigest()

    @cached_property
    def _read(self) -> tuple[Structure | None, str | None]:
        try:
            return _decode_strictly(self.der), None
        except (ValueError, OverflowError) as refused:
            return _decode_leniently(self.der, str(refused))

    @cached_property
    def structure(self) -> Structure | None:
        """The outer structure, or None if no decoder could read it."""
        return self._read[0]

    @property
    def unreadable(self) -> str | None:
        """Why `structure` is None; None if it is not."""
        return self._read[1]

    @property
    def subject(self) -> Name:
        """The subject; an empty name when the certificate is unreadable."""
        return self.structure.subject if self.structure else _EMPTY_NAME

    @property
    def issuer(self) -> Name:
        """The issuer; an empty name when the certificate is unreadable."""
        return self.structure.issuer if self.structure else _EMPTY_NAME

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """Every extension in encoded order; () when there are none or the certificate is unreadable."""
        return self.structure.extensions if self.structure else ()

    def extension(self, *oids: str) -> Extension | None:
        """The first extension with one of these OIDs, tried in the order given."""
        extensions = self.extensions
        for oid in oids:
            for extension in extensions:
                if extension.oid == oid:
                    return extension
        return None

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are the same bytes. Says nothing about who signed."""
        return self.structure is not None and self.structure.subject == self.structure.issuer

    def __repr__(self) -> str:
        return f"<Certificate {self.thumbprint} {str(self.subject) or 'unreadable'!r}>"


_EMPTY_NAME = Name(b"\x30\x00")


@asn1.sequence
class _Extension:
    oid: ObjectIdentifier
    critical: Annotated[bool, asn1.Default(False)]  # noqa: FBT003
    value: bytes


@asn1.sequence
class _Validity:
    not_before: asn1.UTCTime | asn1.GeneralizedTime
    not_after: asn1.UTCTime | asn1.GeneralizedTime


@asn1.sequence
class _TbsCertificate:
    version: Annotated[int | None, asn1.Explicit(0)]
    serial: int
    signature: asn1.TLV
    issuer: asn1.TLV
    validity: _Validity
    subject: asn1.TLV
    public_key_info: asn1.TLV
    issuer_unique_id: Annotated[asn1.BitString | None, asn1.Implicit(1)]
    subject_unique_id: Annotated[asn1.BitString | None, asn1.Implicit(2)]
    extensions: Annotated[list[_Extension] | None, asn1.Explicit(3)]


@asn1.sequence
class _Certificate:
    signed: asn1.TLV
    signature_algorithm: asn1.TLV
    signature: asn1.BitString


@lru_cache(maxsize=256)
def _algorithm(algorithm_tlv: bytes) -> AlgorithmIdentifier:
    # Read part by part because the decoder has no optional field of unknown type; few distinct ones exist.
    algorithm, *parameters = encoding.items(algorithm_tlv)
    return AlgorithmIdentifier(
        encoding.oid(encoding.whole(algorithm)),
        encoding.whole(parameters[0]) if parameters else None,
    )


@lru_cache(maxsize=128)
def _issuer(name: bytes) -> Name:
    """One object for the same issuer: many certificates of a run name the same few, decoded once each."""
    return Name(name)


def _moment(value: asn1.UTCTime | asn1.GeneralizedTime) -> datetime:
    return value.as_datetime().replace(tzinfo=UTC)


def _decode_strictly(der: bytes) -> Structure:
    outer = asn1.decode_der(_Certificate, der)
    inner = outer.signed.parse(_TbsCertificate)
    return Structure(
        version=(inner.version or 0) + 1,
        serial=inner.serial,
        inner_signature_algorithm=_algorithm(encoding.whole(inner.signature)),
        issuer=_issuer(encoding.whole(inner.issuer)),
        not_before=_moment(inner.validity.not_before),
        not_after=_moment(inner.validity.not_after),
        subject=Name(encoding.whole(inner.subject)),
        public_key_info=encoding.whole(inner.public_key_info),
        extensions=tuple(Extension(e.oid.dotted_string, e.critical, e.value) for e in inner.extensions or ()),
        signed_bytes=encoding.whole(outer.signed),
        signature_algorithm=_algorithm(encoding.whole(outer.signature_algorithm)),
        signature=outer.signature.as_bytes(),
    )


def _decode_leniently(der: bytes, refused: str) -> tuple[Structure | None, str | None]:
    """Read with asn1crypto, which accepts BER and odd values; imported only when it is needed."""
    from asn1crypto import x509

    try:
        outer = x509.Certificate.load(der)
        inner = outer["tbs_certificate"]
        extensions = inner["extensions"]
        structure = Structure(
            version=int(inner["version"]) + 1,
            serial=int(inner["serial_number"]),
            inner_signature_algorithm=_lenient_algorithm(inner["signature"]),
            issuer=Name(inner["issuer"].dump()),
            not_before=inner["validity"]["not_before"].native.astimezone(UTC),
            not_after=inner["validity"]["not_after"].native.astimezone(UTC),
            subject=Name(inner["subject"].dump()),
            public_key_info=inner["subject_public_key_info"].dump(),
            extensions=tuple(
                Extension(e["extn_id"].dotted, bool(e["critical"].native), e["extn_value"].contents)
                for e in extensions
            )
            if isinstance(extensions, x509.Extensions)
            else (),
            signed_bytes=inner.dump(),
            signature_algorithm=_lenient_algorithm(outer["signature_algorithm"]),
            signature=outer["signature_value"].native,
        )
    except Exception:  # noqa: BLE001  # asn1crypto leaks KeyError, AttributeError and more on hostile input
        return None, refused
    return structure, None


def _lenient_algorithm(value: object) -> AlgorithmIdentifier:
    oid = value["algorithm"].dotted  # type: ignore[index]
    parameters = value["parameters"].dump()  # type: ignore[index]
    return AlgorithmIdentifier(oid, parameters or None)
