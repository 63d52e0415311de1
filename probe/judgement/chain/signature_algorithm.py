"""Which signature algorithms Windows knows, what it calls them, and the digest under each.

Reads identifiers and their parameters ([validation 4.6.2] to [validation 4.6.7], wincrypt.h's table of
signature object identifiers). Computes no signature and says nothing of keys.
"""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from probe.facts.certificate import AlgorithmIdentifier
from probe.judgement.caller_profile import SERVER_2025


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


# Without CERT_CHAIN_ENABLE_MD2_MD4_FLAG both are refused wherever they occur ([validation 4.6.2]).
BROKEN_DIGESTS = frozenset({"md2", "md4"})


# ML-DSA (FIPS 204): in Windows Server 2025 since November 2025 by secondary sources, in none before
# [failures 6.10]. Nothing here computes it.
POST_QUANTUM = {
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}


def algorithm_name(algorithm: AlgorithmIdentifier) -> str:
    """What Windows calls a signature algorithm; the OID when it has no name for it."""
    known = KNOWN.get(algorithm.oid)
    if known is not None:
        return known.name
    return POST_QUANTUM.get(algorithm.oid) or _FOREIGN_NAMES.get(algorithm.oid, algorithm.oid)


def is_unknown(algorithm: AlgorithmIdentifier, build: int) -> bool:
    """Whether Windows of this build has no name for a signature algorithm and throws [validation 5.7]."""
    return algorithm.oid not in KNOWN and not (algorithm.oid in POST_QUANTUM and build >= SERVER_2025)


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


def specified_digest(identifier: AlgorithmIdentifier) -> str:
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
        return specified_digest(identifier)
    except ValueError:
        return None
