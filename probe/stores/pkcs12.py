"""PKCS #12 (PFX) without a password, or with the empty one: its certificates. Keys are never decoded.

The outer structure is read with asn1crypto and each certificate taken as bytes, because pyca/cryptography
refuses the whole file when one certificate in it is odd; only encrypted files go through it, which then
also checks their integrity. Iteration counts are bounded first: the file names them, and we would compute.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from probe.errors import TrustStoreError
from probe.stores import contents
from probe.stores.contents import Contents
from probe.stores.shape import DerShape, shape_of

if TYPE_CHECKING:
    from asn1crypto import pkcs12

# OpenSSL writes 2,048 and Windows 2,000; the highest recommended today is 600,000 (OWASP, PBKDF2-SHA256).
MAX_ITERATIONS = 1_000_000
_LOCKED = (
    "is protected by a password: export the certificates without one "
    "(`openssl pkcs12 -in FILE -nokeys -out certificates.pem`)"
)


def read(data: bytes) -> Contents:
    """The certificates of a PKCS #12 file that needs no password.

    Raises:
        TrustStoreError: it is damaged, protected by a password, or asks for too much work.
    """
    from asn1crypto import pkcs12

    try:
        outer = pkcs12.Pfx.load(data)
        parts = list(outer.authenticated_safe)
        if any(part["content_type"].native != "data" for part in parts):
            _bounded(_iteration_counts(outer, parts))
            encoded = _decrypted(data)
        else:
            encoded = [der for part in parts for der in _in_bags(part["content"].native)]
    except TrustStoreError:
        raise
    except Exception as refused:  # asn1crypto leaks KeyError, AttributeError and more on hostile input
        raise TrustStoreError("is a damaged PKCS #12 file: get an undamaged copy") from refused
    if any(shape_of(der) is not DerShape.CERTIFICATE for der in encoded):
        raise TrustStoreError("is a damaged PKCS #12 file: a member is no certificate")
    return contents.of_certificates(encoded)


def _in_bags(encoded: bytes) -> Iterator[bytes]:
    """X.509 certificates of one SafeContents (RFC 7292 section 4.2); other bags are passed over."""
    from asn1crypto import pkcs12

    for bag in pkcs12.SafeContents.load(encoded):
        if bag["bag_id"].native == "cert_bag" and bag["bag_value"]["cert_id"].native == "x509":
            yield bag["bag_value"]["cert_value"].parsed.dump()


def _iteration_counts(outer: pkcs12.Pfx, parts: Iterable[object]) -> Iterator[int]:
    if outer["mac_data"].native is not None:
        yield int(outer["mac_data"]["iterations"])
    for part in parts:
        if part["content_type"].native == "encrypted_data":  # type: ignore[index]
            algorithm = part["content"]["encrypted_content_info"]["content_encryption_algorithm"]  # type: ignore[index]
            yield int(algorithm.kdf_iterations)


def _bounded(counts: Iterable[int]) -> None:
    if any(not 0 < count <= MAX_ITERATIONS for count in counts):
        raise TrustStoreError(f"asks for more than {MAX_ITERATIONS:,} iterations to open: export it again")


def _decrypted(data: bytes) -> list[bytes]:
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

    for password in (None, b""):
        try:
            with warnings.catch_warnings():
                # Odd certificates are a matter of judgement; pyca warns about them on loading.
                warnings.simplefilter("ignore")
                found = pkcs12.load_pkcs12(data, password)
        except Exception:  # noqa: BLE001, S112  # pyca raises ValueError, and more for algorithms it does not know
            continue
        own = [found.cert] if found.cert else []
        return [each.certificate.public_bytes(Encoding.DER) for each in (*own, *found.additional_certs)]
    raise TrustStoreError(_LOCKED)
