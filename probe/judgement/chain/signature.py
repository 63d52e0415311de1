"""Did this key sign this certificate, and would CryptoAPI take the algorithm and the key for strong enough?

The arithmetic is cryptography's, on the bytes of the outer structure, so a certificate of which an extension
cannot be read is still verified. What CryptoAPI makes of an algorithm follows wincrypt.h's table of signature
object identifiers and [validation 4.6]. Whether the flags apply is for `element` to say.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from probe.facts.certificate import AlgorithmIdentifier, Certificate
from probe.facts.encoding import der
from probe.facts.revocation.signed import Signed
from probe.judgement.caller_profile import SERVER_2025

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.hazmat.primitives.hashes import HashAlgorithm


class Family(Enum):
    """Which mathematics a signature algorithm is."""

    RSA = "RSA"
    PSS = "RSASSA-PSS"
    DSA = "DSA"
    ECDSA = "ECDSA"


class SignatureAlgorithm(Struct, frozen=True):
    """A signature algorithm that CryptoAPI knows. `digest` None: the parameters name it."""

    name: str
    family: Family
    digest: str | None


# Object identifiers of szOID_* in wincrypt.h for which CryptFindOIDInfo finds a signature algorithm.
KNOWN: dict[str, SignatureAlgorithm] = {
    "1.2.840.113549.1.1.2": SignatureAlgorithm("md2RSA", Family.RSA, "md2"),
    "1.3.14.7.2.3.1": SignatureAlgorithm("md2RSA", Family.RSA, "md2"),
    "1.2.840.113549.1.1.3": SignatureAlgorithm("md4RSA", Family.RSA, "md4"),
    "1.3.14.3.2.2": SignatureAlgorithm("md4RSA", Family.RSA, "md4"),
    "1.3.14.3.2.4": SignatureAlgorithm("md4RSA", Family.RSA, "md4"),
    "1.2.840.113549.1.1.4": SignatureAlgorithm("md5RSA", Family.RSA, "md5"),
    "1.3.14.3.2.3": SignatureAlgorithm("md5RSA", Family.RSA, "md5"),
    "1.2.840.113549.1.1.5": SignatureAlgorithm("sha1RSA", Family.RSA, "sha1"),
    "1.3.14.3.2.15": SignatureAlgorithm("shaRSA", Family.RSA, "sha1"),
    "1.3.14.3.2.29": SignatureAlgorithm("sha1RSA", Family.RSA, "sha1"),
    "1.2.840.113549.1.1.11": SignatureAlgorithm("sha256RSA", Family.RSA, "sha256"),
    "1.2.840.113549.1.1.12": SignatureAlgorithm("sha384RSA", Family.RSA, "sha384"),
    "1.2.840.113549.1.1.13": SignatureAlgorithm("sha512RSA", Family.RSA, "sha512"),
    "1.2.840.113549.1.1.10": SignatureAlgorithm("RSASSA-PSS", Family.PSS, None),
    "1.2.840.10040.4.3": SignatureAlgorithm("sha1DSA", Family.DSA, "sha1"),
    "1.3.14.3.2.13": SignatureAlgorithm("sha1DSA", Family.DSA, "sha1"),
    "1.3.14.3.2.27": SignatureAlgorithm("dsaSHA1", Family.DSA, "sha1"),
    "1.2.840.10045.4.1": SignatureAlgorithm("sha1ECDSA", Family.ECDSA, "sha1"),
    "1.2.840.10045.4.3": SignatureAlgorithm("specifiedECDSA", Family.ECDSA, None),
    "1.2.840.10045.4.3.2": SignatureAlgorithm("sha256ECDSA", Family.ECDSA, "sha256"),
    "1.2.840.10045.4.3.3": SignatureAlgorithm("sha384ECDSA", Family.ECDSA, "sha384"),
    "1.2.840.10045.4.3.4": SignatureAlgorithm("sha512ECDSA", Family.ECDSA, "sha512"),
}

# Names only, for the reasons given; CryptoAPI knows none of these.
_FOREIGN_NAMES = {
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    "1.2.840.113549.1.1.14": "sha224RSA",
    "1.2.840.10045.4.3.1": "sha224ECDSA",
    "2.16.840.1.101.3.4.3.1": "sha224DSA",
    "2.16.840.1.101.3.4.3.2": "sha256DSA",
}

# Without CERT_CHAIN_ENABLE_MD2_MD4_FLAG both are refused wherever they occur ([validation 4.6]).
BROKEN_DIGESTS = frozenset({"md2", "md4"})

# MinRsaPubKeyBitLength, default 1023: shorter is weak (KB2661254, [validation 4.6]).
MINIMUM_RSA_BITS = 1023

# A hostile public exponent as long as the modulus makes each verification as dear as a signature. OpenSSL
# has the same limit for long keys (OPENSSL_RSA_MAX_PUBEXP_BITS), and CryptoAPI's RSAPUBKEY holds 32 bits.
MAXIMUM_EXPONENT_BITS = 64

# Curves that CNG has had since Windows Vista; further named curves came with Windows 10.
OLD_WINDOWS_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})


# ML-DSA (FIPS 204): in Windows Server 2025 since November 2025 by secondary sources, in none before
# [failures 6.10]. Nothing here computes it.
POST_QUANTUM = {
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}


class Verification(Enum):
    """Outcome of the arithmetic."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN_ALGORITHM = "unknown algorithm"
    NOT_COMPUTABLE = "not computable here"


def algorithm_name(algorithm: AlgorithmIdentifier) -> str:
    """What Windows calls a signature algorithm; the OID when it has no name for it."""
    known = KNOWN.get(algorithm.oid)
    if known is not None:
        return known.name
    return POST_QUANTUM.get(algorithm.oid) or _FOREIGN_NAMES.get(algorithm.oid, algorithm.oid)


def is_unknown(algorithm: AlgorithmIdentifier, build: int) -> bool:
    """Whether Windows of this build has no name for a signature algorithm and throws [validation 5]."""
    return algorithm.oid not in KNOWN and not (algorithm.oid in POST_QUANTUM and build >= SERVER_2025)


class PublicKey(Struct, frozen=True):
    """What can be told of a subject public key. `size` in bits, `curve` None unless elliptic."""

    algorithm: str
    size: int | None
    curve: str | None = None


# RSA of 16,384 bits, the most that OpenSSL computes with, has 2,100 octets; ours.
_MAXIMUM_KEY_OCTETS = 4_096


@lru_cache(maxsize=256)
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


@lru_cache(maxsize=256)
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
    return PublicKey("unknown" if key is None else type(key).__name__.removesuffix("PublicKey"), None)


_ELLIPTIC, _PSS = "1.2.840.10045.2.1", "1.2.840.113549.1.1.10"


@lru_cache(maxsize=256)
def _key_algorithm(public_key_info: bytes) -> AlgorithmIdentifier | None:
    try:
        algorithm, *parameters = der.items(der.whole(der.items(public_key_info)[0]))
        return AlgorithmIdentifier(
            der.oid(der.whole(algorithm)), der.whole(parameters[0]) if parameters else None
        )
    except (ValueError, IndexError):
        return None


def has_explicit_curve(public_key_info: bytes) -> bool:
    """Whether an elliptic key spells its curve out (ECParameters, RFC 3279) instead of naming it."""
    algorithm = _key_algorithm(public_key_info)
    return (
        algorithm is not None
        and algorithm.oid == _ELLIPTIC
        and (algorithm.parameters or b"")[:1] == bytes([der.SEQUENCE])
    )


def is_pss_key(public_key_info: bytes) -> bool:
    """Whether an RSA key is marked for RSASSA-PSS alone (RFC 4055 section 1.2)."""
    algorithm = _key_algorithm(public_key_info)
    return algorithm is not None and algorithm.oid == _PSS


def _contradicts_key(public_key_info: bytes, identifier: AlgorithmIdentifier) -> bool:
    """Whether an RSASSA-PSS key may not have made such a signature (RFC 4055 sections 1.2 and 3.1).

    It makes no others; with parameters, only those of its digests, and with a salt that is no shorter.
    """
    algorithm = _key_algorithm(public_key_info)
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
    return _verify(above.public_key_info, below.signature_algorithm, below.signed_bytes, below.signature)


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
    digest = _digest(algorithm.digest or _specified_digest(identifier))
    if family is Family.RSA and isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), digest)
    elif family is Family.ECDSA and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(digest))
    elif family is Family.DSA and isinstance(key, dsa.DSAPublicKey):
        key.verify(signature, signed, digest)
    else:
        raise TypeError("the key is of another kind than the signature algorithm")


def pss_parameters(identifier: AlgorithmIdentifier) -> tuple[str, str, int]:
    """Digest, digest of MGF1 and salt length of RSASSA-PSS-params (RFC 4055 section 3.1, defaults applied).

    Raises:
        ValueError: undecodable.
    """
    from asn1crypto import algos

    try:
        parameters = algos.RSASSAPSSParams.load(identifier.parameters or b"\x30\x00").native
        mask = parameters["mask_gen_algorithm"]
        if mask["algorithm"] != "mgf1":
            raise ValueError("no MGF1")
        mask_digest = mask["parameters"]["algorithm"] if mask["parameters"] else "sha1"
        return parameters["hash_algorithm"]["algorithm"], mask_digest, int(parameters["salt_length"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("RSASSA-PSS parameters cannot be read") from error


def pss_oddity(identifier: AlgorithmIdentifier) -> str | None:
    """What RSASSA-PSS parameters say beyond one digest and the length of a salt, or None; readable ones only.

    Source: RFC 4055 section 3.1, which recommends one digest and demands trailer 1.
    """
    known = KNOWN.get(identifier.oid)
    if known is None or known.family is not Family.PSS:
        return None
    from asn1crypto import algos

    try:
        digest, mask_digest, _ = pss_parameters(identifier)
        trailer = int(algos.RSASSAPSSParams.load(identifier.parameters or b"\x30\x00")["trailer_field"])
    except (ValueError, TypeError, RecursionError):
        return None
    if trailer != 1:
        return f"the trailer {trailer}" if 0 <= trailer < 1_000 else "a trailer that is none"
    return f"{mask_digest} under MGF1 beside {digest}" if mask_digest != digest else None


def _specified_digest(identifier: AlgorithmIdentifier) -> str:
    """The digest that the parameters of specifiedECDSA name (an AlgorithmIdentifier, RFC 3279)."""
    from asn1crypto import algos

    try:
        digest = algos.DigestAlgorithm.load(identifier.parameters or b"").native["algorithm"]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("the digest cannot be read") from error
    return str(digest)


def digest_of(identifier: AlgorithmIdentifier) -> str | None:
    """The digest under a signature, lower-case (`md5`); None when the algorithm is unknown or unreadable."""
    algorithm = KNOWN.get(identifier.oid)
    if algorithm is None:
        return None
    if algorithm.digest is not None:
        return algorithm.digest
    try:
        if algorithm.family is Family.PSS:
            return pss_parameters(identifier)[0]
        return _specified_digest(identifier)
    except ValueError:
        return None


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
