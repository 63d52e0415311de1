"""Key pairs for the lab's authority, and the signatures that they make.

Elliptic curves are quick and always fresh. RSA and DSA keys take long to generate, so they are drawn from a
pool that lives as long as the process: the same kind and slot give the same key. Keys that no library would
generate any more (RSA 512) are made here on purpose. Nothing made here is fit for any use but the lab.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from typing import Literal, get_args

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from probe.errors import UsageError
from probe.facts.encoding import der

PrivateKey = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | dsa.DSAPrivateKey
)
KeyKind = Literal[
    "p256",
    "p384",
    "p521",
    "secp256k1",
    "ed25519",
    "ed448",
    "rsa512",
    "rsa1024",
    "rsa2048",
    "rsa3072",
    "rsa4096",
    "dsa2048",
]
HashName = Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]

_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "p256": ec.SECP256R1,
    "p384": ec.SECP384R1,
    "p521": ec.SECP521R1,
    "secp256k1": ec.SECP256K1,
}
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
# RFC 8017 appendix A.2.4, RFC 5758 section 3, RFC 3279 section 2.2.
_RSA_SIGNATURES = {
    "md5": "1.2.840.113549.1.1.4",
    "sha1": "1.2.840.113549.1.1.5",
    "sha224": "1.2.840.113549.1.1.14",
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
_ECDSA_SIGNATURES = {
    "sha1": "1.2.840.10045.4.1",
    "sha224": "1.2.840.10045.4.3.1",
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
}
_DSA_SIGNATURES = {
    "sha1": "1.2.840.10040.4.3",
    "sha224": "2.16.840.1.101.3.4.3.1",
    "sha256": "2.16.840.1.101.3.4.3.2",
}
_ED25519_SIGNATURE = "1.3.101.112"
_ED448_SIGNATURE = "1.3.101.113"
_PUBLIC_EXPONENT = 65537
_NULL = b"\x05\x00"


def private_key(kind: KeyKind = "p256", slot: str = "") -> PrivateKey:
    """A private key. Curves are fresh at each call; RSA and DSA keys are the same for the same `slot`.

    Raises:
        UsageError: there is no such kind.
    """
    if kind not in get_args(KeyKind):
        raise UsageError(f"no such kind of key: {kind!r}; there are {', '.join(get_args(KeyKind))}")
    if kind in _CURVES:
        return ec.generate_private_key(_CURVES[kind]())
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "ed448":
        return ed448.Ed448PrivateKey.generate()
    return _pooled_key(kind, slot)


@lru_cache(maxsize=64)
def _pooled_key(kind: KeyKind, slot: str) -> PrivateKey:
    # The slot only tells one pooled key from another.
    del slot
    if kind == "dsa2048":
        return dsa.generate_private_key(2048)
    size = int(kind.removeprefix("rsa"))
    # The library generates nothing below 1024 bits since version 42, but still signs with it.
    return rsa.generate_private_key(_PUBLIC_EXPONENT, size) if size >= 1024 else _short_rsa_key(size)


def _short_rsa_key(size: int) -> rsa.RSAPrivateKey:
    p = _prime(size // 2)
    q = _prime(size // 2)
    d = pow(_PUBLIC_EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(_PUBLIC_EXPONENT, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()


def _prime(bits: int) -> int:
    while True:
        candidate = secrets.randbits(bits) | 1 | (0b11 << (bits - 2))
        if candidate % _PUBLIC_EXPONENT != 1 and _is_prime(candidate):
            return candidate


def _is_prime(candidate: int, rounds: int = 24) -> bool:
    """The Miller-Rabin test (FIPS 186-5 appendix B.3.1) with random bases."""
    odd, twos = candidate - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(candidate, secrets.randbelow(candidate - 3) + 2, odd, twos) for _ in range(rounds))


def _passes(candidate: int, base: int, odd: int, twos: int) -> bool:
    power = pow(base, odd, candidate)
    if power in (1, candidate - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % candidate
        if power == candidate - 1:
            return True
    return False


def signature_algorithm(key: PrivateKey, hash_name: HashName) -> tuple[str, bytes | None]:
    """OID and parameters of the signature that `key` makes with this hash.

    Raises:
        UsageError: that key and that hash do not go together.
    """
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return _ED25519_SIGNATURE, None
    if isinstance(key, ed448.Ed448PrivateKey):
        return _ED448_SIGNATURE, None
    if isinstance(key, rsa.RSAPrivateKey):
        return _RSA_SIGNATURES[hash_name], _NULL
    table = _ECDSA_SIGNATURES if isinstance(key, ec.EllipticCurvePrivateKey) else _DSA_SIGNATURES
    if hash_name not in table:
        raise UsageError(f"no signature algorithm joins {type(key).__name__} and {hash_name}")
    return table[hash_name], None


def sign(key: PrivateKey, data: bytes, hash_name: HashName) -> bytes:
    """The signature over `data`; RSA signs as PKCS #1 version 1.5 does."""
    algorithm = _HASHES[hash_name]()
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), algorithm)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(algorithm))
    if isinstance(key, dsa.DSAPrivateKey):
        return key.sign(data, algorithm)
    return key.sign(data)


def public_key_info(key: PrivateKey) -> bytes:
    """The SubjectPublicKeyInfo of the public half, DER."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def public_key_bits(key: PrivateKey) -> bytes:
    """The content of the subjectPublicKey bit string, which key identifiers are made of."""
    content = bytes(der.items(public_key_info(key))[1].data)
    return content[1:]  # the first octet counts unused bits, and there are none


def private_pem(key: PrivateKey) -> str:
    """The key as unencrypted PKCS #8 PEM, as an SSL context wants it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
