"""Whether the caller's SChannel can authenticate a partner by the key of its end-entity certificate.

Decided by the key's algorithm and, for elliptic curves, its named curve; a key that cannot be read here is
"cannot tell". What is wrong with a weak RSA key, or with explicit curve parameters, is the chain's matter. In
TLS 1.2 the curve of an ECDSA certificate must be among the groups that the client offers (RFC 8422 5.3); in
TLS 1.3 it follows from the signature scheme instead (RFC 8446 4.2.3), and SChannel offers the one of P-521
[failures 6.10].
"""

from __future__ import annotations

from msgspec import Struct

from probe.facts.certificate import Certificate
from probe.facts.encoding import der
from probe.judgement.caller_profile import SERVER_2025, Caller
from probe.judgement.chain import signature
from probe.judgement.chain.signature_algorithm import POST_QUANTUM

_DSA_KEY = "1.2.840.10040.4.1"
_RSASSA_PSS = "1.2.840.113549.1.1.10"
# SubjectPublicKeyInfo algorithms that SChannel has no cipher suite or signature scheme for.
_UNUSABLE = {
    "1.3.101.110": "X25519",
    "1.3.101.111": "X448",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    _DSA_KEY: "DSA",
}
# Named curves with their names for people and in TLS.
_CURVES = {
    "1.2.840.10045.3.1.7": ("P-256", "secp256r1"),
    "1.3.132.0.34": ("P-384", "secp384r1"),
    "1.3.132.0.35": ("P-521", "secp521r1"),
    "1.3.132.0.33": ("P-224", "secp224r1"),
    "1.3.132.0.10": ("secp256k1", "secp256k1"),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", "brainpoolP256r1"),
    "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", "brainpoolP384r1"),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", "brainpoolP512r1"),
}
_SIGNED_IN_TLS13 = frozenset({"secp256r1", "secp384r1", "secp521r1"})
TLS12, TLS13 = "TLS 1.2", "TLS 1.3"


class KeyObjection(Struct, frozen=True):
    """Why the key cannot be used. `sure` False: it is not known whether it can."""

    why: str
    sure: bool = True


def objection(leaf: Certificate, caller: Caller, protocol: str) -> KeyObjection | None:
    """What speaks against this end-entity's key in a handshake of `protocol`, or None [failures 6.10]."""
    structure = leaf.structure
    if structure is None:
        return None
    found = _of_algorithm(structure.public_key_info, caller, protocol)
    if found is None and not signature.is_known_to_work(structure.public_key_info):
        return KeyObjection(_UNREAD, sure=False)
    return found


_UNREAD = (
    "the key of the end-entity cannot be read here, or is longer than CNG's keys: whether SChannel can use "
    "it is not known"
)


def _of_algorithm(public_key_info: bytes, caller: Caller, protocol: str) -> KeyObjection | None:
    algorithm, curve = _key(public_key_info)
    if algorithm in POST_QUANTUM:
        return _of_post_quantum(POST_QUANTUM[algorithm], caller)
    if algorithm == signature.ELLIPTIC and curve is not None:
        return _of_curve(curve, caller, protocol)
    if algorithm == _RSASSA_PSS:
        return KeyObjection(_cannot_sign(caller), sure=protocol != TLS13)
    if algorithm not in _UNUSABLE:
        return None
    if algorithm == _DSA_KEY and any("_DHE_DSS_" in suite for suite in caller.cipher_suites):
        return None
    return KeyObjection(_cannot_use(_UNUSABLE[algorithm], caller))


def _of_curve(curve: str, caller: Caller, protocol: str) -> KeyObjection | None:
    name, group = _CURVES.get(curve, (curve, curve))
    if group in caller.groups or (protocol == TLS13 and group in _SIGNED_IN_TLS13):
        return None
    return KeyObjection(
        f"the end-entity has an ECDSA key on {name}, and in {protocol} the curve must be among the groups "
        f"that {caller.display} offers, which are {', '.join((*caller.may_offer_groups, *caller.groups))}"
    )


def _of_post_quantum(key: str, caller: Caller) -> KeyObjection:
    if caller.build < SERVER_2025:
        return KeyObjection(_cannot_use(key, caller))
    why = (
        f"the end-entity has an {key} key, which Windows Server 2025 is said to support since November 2025; "
        "whether its SChannel accepts one from a partner was not shown"
    )
    return KeyObjection(why, sure=False)


def _cannot_sign(caller: Caller) -> str:
    """A key that RFC 4055 marks for RSASSA-PSS signs in rsa_pss_pss schemes only (RFC 8446 4.2.3)."""
    return (
        "the end-entity has a key marked for RSASSA-PSS, which signs only in the schemes rsa_pss_pss; "
        f"SChannel of {caller.display} is not known to offer them"
    )


def _cannot_use(key: str, caller: Caller) -> str:
    article = "a" if key.startswith("D") else "an"
    return f"the end-entity has {article} {key} key, which SChannel of {caller.display} cannot use"


def _key(public_key_info: bytes) -> tuple[str | None, str | None]:
    """(algorithm, named curve) of a key as dotted identifiers; None for what is absent or cannot be read."""
    algorithm = signature.key_algorithm(public_key_info)
    if algorithm is None:
        return None, None
    try:
        return algorithm.oid, der.oid(algorithm.parameters or b"")
    except ValueError:
        return algorithm.oid, None
