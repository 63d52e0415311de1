"""Did this key sign this certificate, and would CryptoAPI take the algorithm and the key for strong enough?

The arithmetic is cryptography's, on the bytes of the outer structure, so a certificate of which an extension
cannot be read is still verified. What CryptoAPI makes of an algorithm follows wincrypt.h's table of signature
object identifiers and [validation 4.6.1] to [validation 4.6.8]. Whether the flags apply is for
`element_status` to say.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from probe.facts.certificate import LONGEST_REMEMBERED, AlgorithmIdentifier, Certificate
from probe.facts.encoding import der
from probe.facts.remembered import remembered
from probe.facts.revocation.signed import Signed
from probe.facts.structure import algorithm_identifier
from probe.judgement.chain.signature_algorithm import (
    BROKEN_DIGESTS,
    KNOWN,
    POST_QUANTUM,
    Family,
    SignatureAlgorithm,
    pss_parameters,
    specified_digest,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.hazmat.primitives.hashes import HashAlgorithm


# MinRsaPubKeyBitLength, default 1023: shorter is weak (KB2661254, [validation 4.6.1]).
MINIMUM_RSA_BITS = 1023

# A hostile public exponent as long as the modulus makes each verification as dear as a signature. OpenSSL
# has the same limit for long keys (OPENSSL_RSA_MAX_PUBEXP_BITS), and CryptoAPI's RSAPUBKEY holds 32 bits.
MAXIMUM_EXPONENT_BITS = 64

# Curves that CNG has had since Windows Vista; further named curves came with Windows 10.
OLD_WINDOWS_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})


class Verification(Enum):
    """Outcome of the arithmetic."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN_ALGORITHM = "unknown algorithm"
    NOT_COMPUTABLE = "not computable here"


class PublicKey(Struct, frozen=True):
    """What can be told of a subject public key. `size` in bits, `curve` None unless elliptic."""

    algorithm: str
    size: int | None
    curve: str | None = None


# RSA of 16,384 bits, the most that OpenSSL computes with, has 2,100 octets; ours.
_MAXIMUM_KEY_OCTETS = 4_096


@remembered(entries=256, longest=_MAXIMUM_KEY_OCTETS)
def _load(public_key_info: bytes) -> PublicKeyTypes | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if len(public_key_info) > _MAXIMUM_KEY_OCTETS:
        return None
    try:
        key = load_der_public_key(public_key_info)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if isinstance(key, rsa.RSAPublicKey) and key.public_numbers().e.bit_length() > MAXIMUM_EXPONENT_BITS:
        return None
    return key


@remembered(entries=256, longest=_MAXIMUM_KEY_OCTETS)
def public_key(public_key_info: bytes) -> PublicKey:
    """Algorithm, size and curve of a key; `unknown` when it cannot be read."""
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    key = _load(public_key_info)
    if isinstance(key, rsa.RSAPublicKey):
        return PublicKey("RSA", key.key_size)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return PublicKey("ECDSA", key.curve.key_size, key.curve.name)
    if isinstance(key, dsa.DSAPublicKey):
        return PublicKey("DSA", key.key_size)
    if key is None:
        size = _rsa_size(public_key_info)
        return PublicKey("unknown" if size is None else "RSA", size)
    return PublicKey(type(key).__name__.removesuffix("PublicKey"), None)


def _rsa_size(public_key_info: bytes) -> int | None:
    """The bits of an RSA modulus, also where the library refuses the key for its exponent or its length."""
    algorithm = key_algorithm(public_key_info)
    if algorithm is None or algorithm.oid not in (_RSA, _PSS):
        return None
    try:
        modulus = der.items(_key_bits(public_key_info))[0]
        number = der.unsigned(bytes(modulus.data)) if modulus.tag_bytes == b"\x02" else 0
    except (ValueError, IndexError):
        return None
    return number.bit_length() if number > 0 else None


def _key_bits(public_key_info: bytes) -> bytes:
    return bytes(der.items(public_key_info)[1].data)[1:]


# CNG, BCRYPT_RSA_ALGORITHM: keys of 512 to 16,384 bits.
_LARGEST_RSA_BITS = 16_384


@remembered(entries=256, longest=_MAXIMUM_KEY_OCTETS)
def is_known_to_work(public_key_info: bytes) -> bool:
    """Whether the key can be read here, and has no length that CNG does not have."""
    if _load(public_key_info) is None:
        return False
    key = public_key(public_key_info)
    return key.algorithm != "RSA" or (key.size or 0) <= _LARGEST_RSA_BITS


ELLIPTIC, _PSS, _RSA = "1.2.840.10045.2.1", "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.1"
_UNCOMPRESSED = b"\x04"


@remembered(entries=256, longest=_MAXIMUM_KEY_OCTETS)
def key_algorithm(public_key_info: bytes) -> AlgorithmIdentifier | None:
    """The algorithm that a key names, None where that cannot be read. The key itself is not looked at."""
    try:
        return algorithm_identifier(der.whole(der.items(public_key_info)[0]))
    except (ValueError, IndexError):
        return None


def has_explicit_curve(public_key_info: bytes) -> bool:
    """Whether an elliptic key spells its curve out (ECParameters, RFC 3279) instead of naming it."""
    algorithm = key_algorithm(public_key_info)
    return (
        algorithm is not None
        and algorithm.oid == ELLIPTIC
        and (algorithm.parameters or b"")[:1] == bytes([der.SEQUENCE])
    )


def has_whole_point(public_key_info: bytes) -> bool:
    """Whether the point of an elliptic key is written out, as X and Y alone (RFC 5480 section 2.2).

    True for every other kind of key.
    """
    algorithm = key_algorithm(public_key_info)
    if algorithm is None or algorithm.oid != ELLIPTIC:
        return True
    try:
        return _key_bits(public_key_info)[:1] == _UNCOMPRESSED
    except (ValueError, IndexError):
        return False


def is_pss_key(public_key_info: bytes) -> bool:
    """Whether an RSA key is marked for RSASSA-PSS alone (RFC 4055 section 1.2)."""
    algorithm = key_algorithm(public_key_info)
    return algorithm is not None and algorithm.oid == _PSS


def _contradicts_key(public_key_info: bytes, identifier: AlgorithmIdentifier) -> bool:
    """Whether an RSASSA-PSS key may not have made such a signature (RFC 4055 sections 1.2 and 3.1).

    It makes no others; with parameters, only those of its digests, and with a salt that is no shorter.
    """
    algorithm = key_algorithm(public_key_info)
    if algorithm is None or algorithm.oid != _PSS:
        return False
    if identifier.oid != _PSS:
        return True
    if algorithm.parameters is None:
        return False
    try:
        *allowed, least = pss_parameters(algorithm)
        *used, salt = pss_parameters(identifier)
    except ValueError:
        return False
    return allowed != used or salt < least


# What a signature costs in those of up to 4,096 bits: four times the length, sixteen times the work.
_LONG_KEY_BITS, _PRICE_OF_A_LONG_KEY = 4_096, 16


def price(issuer: Certificate) -> int:
    """What verifying one signature of this issuer's key costs, in signatures of a usual key."""
    if issuer.structure is None:
        return 1
    size = public_key(issuer.structure.public_key_info).size
    return _PRICE_OF_A_LONG_KEY if size is not None and size > _LONG_KEY_BITS else 1


def verify(child: Certificate, issuer: Certificate) -> Verification:
    """Whether the issuer's key made the child's signature. Bounded cache: the same question is free."""
    below, above = child.structure, issuer.structure
    if below is None or above is None:
        return Verification.NOT_COMPUTABLE
    asked = _verify if len(below.signed_bytes) <= LONGEST_REMEMBERED else _verify.__wrapped__
    return asked(above.public_key_info, below.signature_algorithm, below.signed_bytes, below.signature)


def verify_signed(issuer: Certificate, signed: Signed) -> Verification:
    """Whether the issuer's key signed this CRL or OCSP answer. Not cached: a CRL may have megabytes."""
    if issuer.structure is None:
        return Verification.NOT_COMPUTABLE
    key = issuer.structure.public_key_info
    return _verify.__wrapped__(key, signed.algorithm, signed.content, signed.signature)


@lru_cache(maxsize=256)
def _verify(
    public_key_info: bytes, identifier: AlgorithmIdentifier, signed: bytes, signature: bytes
) -> Verification:
    algorithm = KNOWN.get(identifier.oid)
    if algorithm is None:
        foreign = identifier.oid not in POST_QUANTUM
        return Verification.UNKNOWN_ALGORITHM if foreign else Verification.NOT_COMPUTABLE
    key = _load(public_key_info)
    if key is None or algorithm.digest in BROKEN_DIGESTS:
        return Verification.NOT_COMPUTABLE
    if _contradicts_key(public_key_info, identifier):
        return Verification.INVALID
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        _check(key, algorithm, identifier, signed, signature)
    except (InvalidSignature, TypeError):
        return Verification.INVALID
    except (ValueError, UnsupportedAlgorithm):
        return Verification.NOT_COMPUTABLE
    return Verification.VALID


def _digest(name: str) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    # MD5 and SHA-1 are what old certificates are signed with; what that is worth is judged elsewhere.
    digests: dict[str, HashAlgorithm] = {
        "md5": hashes.MD5(),  # noqa: S303
        "sha1": hashes.SHA1(),  # noqa: S303
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }
    if name not in digests:
        raise ValueError(f"no digest {name}")
    return digests[name]


def _check(
    key: PublicKeyTypes,
    algorithm: SignatureAlgorithm,
    identifier: AlgorithmIdentifier,
    signed: bytes,
    signature: bytes,
) -> None:
    """Raise InvalidSignature if it is, TypeError if the key is of another kind than the algorithm."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa

    family = algorithm.family
    if family is Family.PSS and isinstance(key, rsa.RSAPublicKey):
        digest_name, mask_name, salt = pss_parameters(identifier)
        if not 0 <= salt <= key.key_size // 8:  # no signature of this key holds it
            raise InvalidSignature
        scheme = padding.PSS(mgf=padding.MGF1(_digest(mask_name)), salt_length=salt)
        key.verify(signature, signed, scheme, _digest(digest_name))
        return
    digest = _digest(algorithm.digest or specified_digest(identifier))
    if family is Family.RSA and isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), digest)
    elif family is Family.ECDSA and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(digest))
    elif family is Family.DSA and isinstance(key, dsa.DSAPublicKey):
        key.verify(signature, signed, digest)
    else:
        raise TypeError("the key is of another kind than the signature algorithm")


def weak_key(certificate: Certificate, minimum: int = MINIMUM_RSA_BITS) -> str | None:
    """Why this certificate's own key is below the system's minimum, or None ([validation 4.6.1])."""
    if certificate.structure is None:
        return None
    key = public_key(certificate.structure.public_key_info)
    if key.algorithm == "RSA" and key.size is not None and key.size < minimum:
        if minimum != MINIMUM_RSA_BITS:
            return (
                f"its RSA key has {key.size} bits, fewer than this server's MinRsaPubKeyBitLength, {minimum}"
            )
        return f"its RSA key has {key.size} bits, fewer than the 1024 that Windows demands (KB2661254)"
    return None
