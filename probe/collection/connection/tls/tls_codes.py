"""Numbers that TLS sends and IANA's names for them: versions, groups, signature schemes.

Source: the IANA registries "TLS Supported Groups" and "TLS SignatureScheme"; cipher suites are in
cipher_suite_names.py. A number without a name here is written as `group-0x001a`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from probe.collection.connection.tls.cipher_suite_names import IANA_NAMES

VERSIONS = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}

GROUPS = {
    0x0015: "secp224r1",
    0x0016: "secp256k1",
    0x0017: "secp256r1",
    0x0018: "secp384r1",
    0x0019: "secp521r1",
    0x001A: "brainpoolP256r1",
    0x001B: "brainpoolP384r1",
    0x001C: "brainpoolP512r1",
    0x001D: "x25519",
    0x001E: "x448",
    0x0100: "ffdhe2048",
    0x0101: "ffdhe3072",
    0x0102: "ffdhe4096",
    0x0103: "ffdhe6144",
    0x0104: "ffdhe8192",
    0x11EB: "SecP256r1MLKEM768",
    0x11EC: "X25519MLKEM768",
    0x11ED: "SecP384r1MLKEM1024",
}

SIGNATURE_SCHEMES = {
    0x0201: "rsa_pkcs1_sha1",
    0x0202: "dsa_sha1",
    0x0203: "ecdsa_sha1",
    0x0401: "rsa_pkcs1_sha256",
    0x0402: "dsa_sha256",
    0x0403: "ecdsa_secp256r1_sha256",
    0x0501: "rsa_pkcs1_sha384",
    0x0503: "ecdsa_secp384r1_sha384",
    0x0601: "rsa_pkcs1_sha512",
    0x0603: "ecdsa_secp521r1_sha512",
    0x0804: "rsa_pss_rsae_sha256",
    0x0805: "rsa_pss_rsae_sha384",
    0x0806: "rsa_pss_rsae_sha512",
    0x0807: "ed25519",
    0x0808: "ed448",
    0x0809: "rsa_pss_pss_sha256",
    0x080A: "rsa_pss_pss_sha384",
    0x080B: "rsa_pss_pss_sha512",
}


def name_of(names: Mapping[int, str], number: int, kind: str) -> str:
    """IANA's name of a number, or `kind-0x001a`."""
    return names.get(number) or f"{kind}-0x{number:04x}"


@lru_cache(maxsize=1)
def _numbers() -> dict[str, int]:
    return {
        name: number
        for names in (VERSIONS, GROUPS, SIGNATURE_SCHEMES, IANA_NAMES)
        for number, name in names.items()
    }


def number_of(name: str) -> int:
    """The number that TLS sends for this version, group, signature scheme or cipher suite.

    Raises:
        KeyError: it has none here.
    """
    return _numbers()[name]
