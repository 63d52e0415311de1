"""What an OCSP answer says, and where a certificate says that its responder is. Nothing is verified here.

cryptography reads the answer; what it keeps to itself (names and algorithms as encoded, certificates and
extensions one by one) is read from the encoding beside it. What it refuses raises ValueError: who asked
decides what an unreadable answer means. Source: RFC 6960 section 4.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from cryptography.hazmat import asn1
from msgspec import Struct
from msgspec.structs import replace

from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.encoding import der
from probe.facts.revocation.signed import Signed, extension_list, guarded, utc
from probe.facts.structure import algorithm_identifier

if TYPE_CHECKING:
    from cryptography.x509 import ocsp

OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5"
# A delegated responder sends its own certificate, and seldom one more.
MAXIMUM_CERTIFICATES = 10

_CONTEXT_0, _CONTEXT_1 = b"\xa0", b"\xa1"
_HASHES = frozenset({"sha1", "sha256", "sha384", "sha512"})


@asn1.sequence
class _SignedWithCertificates:
    signed: asn1.TLV
    algorithm: asn1.TLV
    signature: asn1.BitString
    certificates: Annotated[list[asn1.TLV] | None, asn1.Explicit(0)]


class SingleResponse(Struct, frozen=True):
    """What an OCSP answer says of one certificate. `status`: good, revoked or unknown."""

    hash_name: str
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial: int
    status: str
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None
    critical: tuple[str, ...] = ()

    def is_about(self, certificate: Certificate, issuer: Certificate) -> bool:
        """Whether it is this issuer's certificate that it speaks of."""
        structure = certificate.structure
        if structure is None or structure.serial != self.serial or self.hash_name not in _HASHES:
            return False
        name, key = issuer_hashes(issuer, self.hash_name)
        return (name, key) == (self.issuer_name_hash, self.issuer_key_hash)


class OcspAnswer(Struct, frozen=True):
    """A successful OCSP answer: who says it (by encoded name or by SHA-1 of the key), and what it says."""

    responder_name: bytes | None
    responder_key_hash: bytes | None
    responses: tuple[SingleResponse, ...]
    certificates: tuple[Certificate, ...]
    signed: Signed


def ocsp_answer(content: bytes) -> OcspAnswer:
    """The OCSP answer in these bytes (DER).

    Raises:
        ValueError: they are none, one that says no more than an error, or one that cannot be read.
    """
    from cryptography.x509 import ocsp

    response = guarded(ocsp.load_der_ocsp_response, content)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        error = response.response_status.name.lower().replace("_", " ")
        raise ValueError(f"the responder answers with the error {error}")
    signed, certificates = _basic_response(content)
    name, key_hash, critical = _response_data(signed.content)
    return OcspAnswer(
        responder_name=name,
        responder_key_hash=key_hash,
        responses=tuple(
            replace(single, critical=oids)
            for single, oids in zip(guarded(_singles, response), critical, strict=True)
        ),
        certificates=certificates,
        signed=signed,
    )


def issuer_hashes(issuer: Certificate, hash_name: str = "sha1") -> tuple[bytes, bytes]:
    """Hashes of the issuer's name and of its key's bits (CertID, RFC 6960 section 4.1.1).

    Raises:
        ValueError: the certificate or its key cannot be read.
    """
    if issuer.structure is None:
        raise ValueError("the issuer's certificate cannot be read")
    digest = getattr(hashlib, hash_name)
    return (
        digest(issuer.subject.der, usedforsecurity=False).digest(),
        digest(key_bits(issuer), usedforsecurity=False).digest(),
    )


def key_bits(certificate: Certificate) -> bytes:
    """The content of the subjectPublicKey without the count of unused bits.

    Raises:
        ValueError: the certificate or its key cannot be read.
    """
    if certificate.structure is None:
        raise ValueError("the certificate cannot be read")
    _, bits = der.items(certificate.structure.public_key_info)
    return bytes(bits.data)[1:]


def ocsp_urls(certificate: Certificate) -> tuple[str, ...]:
    """URLs of OCSP responders in the AIA; () when there is none or it cannot be decoded."""
    extension = certificate.extension(extensions.AUTHORITY_INFORMATION_ACCESS)
    if extension is None:
        return ()
    try:
        access = extensions.authority_information_access(extension.value)
    except ValueError:
        return ()
    return tuple(
        name.text for method, name in access if method == extensions.OCSP and name.kind == extensions.URI
    )


def _critical(encoded: bytes) -> tuple[str, ...]:
    return tuple(extension.oid for extension in extension_list(encoded) if extension.critical)


def _basic_response(content: bytes) -> tuple[Signed, tuple[Certificate, ...]]:
    _, wrapped = der.items(content)
    (explicit,) = der.members(bytes(wrapped.data))
    _, octets = der.items(der.whole(explicit))
    basic = asn1.decode_der(_SignedWithCertificates, bytes(octets.data))
    signed = Signed(
        der.whole(basic.signed),
        algorithm_identifier(der.whole(basic.algorithm)),
        basic.signature.as_bytes(),
    )
    sent = (basic.certificates or [])[:MAXIMUM_CERTIFICATES]
    return signed, tuple(Certificate(der.whole(certificate)) for certificate in sent)


def _response_data(encoded: bytes) -> tuple[bytes | None, bytes | None, tuple[tuple[str, ...], ...]]:
    """(responder's name, hash of the responder's key, critical extensions of each response).

    Those of the answer as a whole count as each response's.
    """
    fields = der.items(encoded)
    if fields[0].tag_bytes == _CONTEXT_0:
        del fields[0]
    responder, _produced_at, responses, *rest = fields
    common = _critical(bytes(rest[0].data)) if rest else ()
    critical = tuple(
        common + (_critical(bytes(part.data)) if part.tag_bytes == _CONTEXT_1 else ())
        for part in (der.items(der.whole(single))[-1] for single in der.items(der.whole(responses)))
    )
    inner = bytes(responder.data)
    if responder.tag_bytes == _CONTEXT_1:
        return inner, None, critical
    return None, bytes(der.single(inner).data), critical


def _singles(response: ocsp.OCSPResponse) -> list[SingleResponse]:
    found = []
    for single in response.responses:
        next_update, revoked_at = single.next_update_utc, single.revocation_time_utc
        found.append(
            SingleResponse(
                hash_name=single.hash_algorithm.name,
                issuer_name_hash=single.issuer_name_hash,
                issuer_key_hash=single.issuer_key_hash,
                serial=single.serial_number,
                status=single.certificate_status.name.lower(),
                this_update=utc(single.this_update_utc),
                next_update=None if next_update is None else utc(next_update),
                revoked_at=None if revoked_at is None else utc(revoked_at),
            )
        )
    return found
