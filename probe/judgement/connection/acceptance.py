"""Whether the caller's SChannel would carry on with what a partner chose in its handshake.

A partner chooses among what was offered; a caller refuses what it did not offer, a prime that is too small,
and a certificate whose key it cannot use. Which certificates it trusts is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from probe.facts.certificate import Certificate
from probe.facts.tls_negotiation import Negotiation
from probe.judgement.caller_profile import WINDOWS_10, Caller
from probe.judgement.connection import leaf_key

# Above this the sources contradict each other and nothing is concluded [failures 6.7].
LARGEST_SURE_PRIME_BITS = 4096

_NAMES = {
    "secp256r1": "P-256",
    "secp384r1": "P-384",
    "secp521r1": "P-521",
    "x25519": "X25519",
    "x448": "X448",
}


class ObjectionCause(StrEnum):
    """What of a partner's choice a caller objects to, or what it lacks itself so that it offers nothing."""

    GROUP = "group"
    SUITE_AND_GROUP = "suite-and-group"
    DIFFIE_HELLMAN = "diffie-hellman"
    LEAF_KEY = "leaf-key"
    RENEGOTIATION = "renegotiation"
    MESSAGE_SIZE = "message-size"
    SIGNATURE = "signature"
    NO_PROTOCOL = "no-protocol"
    NO_SUITE = "no-suite"


class Objection(Struct, frozen=True):
    """Why the caller ends this handshake. `sure` False: it is not known whether it does."""

    why: str
    cause: ObjectionCause
    sure: bool = True


def objection(
    chosen: Negotiation, presented: Sequence[Certificate], caller: Caller, *, groups: Sequence[str]
) -> Objection | None:
    """What the caller, offering `groups`, has against this choice, or None: it carries on [failures 6.6].

    The protocol and the cipher suite are not looked at: the caller's offer bounds them.
    """
    key = leaf_key.objection(presented[0], caller, chosen.protocol) if presented else None
    if key is not None and key.sure:
        # A partner has one such key, while another group or prime may have been chosen among several.
        return Objection(key.why, ObjectionCause.LEAF_KEY)
    if chosen.group is not None and chosen.group not in groups:
        return Objection(no_common_group(chosen.group, caller), ObjectionCause.GROUP)
    bits = chosen.diffie_hellman_bits
    if bits is not None and (limit := _limit_of_primes(bits, caller)) is not None:
        why = f"the partner uses a Diffie-Hellman prime of {bits} bits; SChannel refuses those {limit}"
        return Objection(why, ObjectionCause.DIFFIE_HELLMAN)
    size = max(chosen.largest_message, _certificate_message(presented))
    if size > caller.largest_handshake_message:
        return Objection(_too_long(size, caller), ObjectionCause.MESSAGE_SIZE)
    if caller.demands_secure_renegotiation and chosen.secure_renegotiation is False:
        return Objection(_insecure_renegotiation(caller), ObjectionCause.RENEGOTIATION)
    if key is not None:
        return Objection(key.why, ObjectionCause.LEAF_KEY, sure=False)
    if bits is not None and bits > LARGEST_SURE_PRIME_BITS:
        why = (
            f"the partner uses a Diffie-Hellman prime of {bits} bits; a remark has {LARGEST_SURE_PRIME_BITS} "
            "as the most that SChannel takes, the documentation of CNG 16384, and no observation is known"
        )
        return Objection(why, ObjectionCause.DIFFIE_HELLMAN, sure=False)
    return None


def _certificate_message(presented: Sequence[Certificate]) -> int:
    """Octets of the Certificate message with these certificates (RFC 5246 7.4.2)."""
    return 3 + sum(3 + len(certificate.der) for certificate in presented)


def _too_long(size: int, caller: Caller) -> str:
    return (
        f"a handshake message of the partner has {size:,} bytes; SChannel refuses those of more than "
        f"{caller.largest_handshake_message:,} (MessageLimitClient)"
    )


def _insecure_renegotiation(caller: Caller) -> str:
    """The sentence for a partner without RFC 5746, and a caller in SChannel's strict mode [failures 6.12]."""
    return (
        "the partner does not support secure renegotiation (RFC 5746), and SChannel of "
        f"{caller.display} refuses such a partner in its strict mode (AllowInsecureRenegoServers 0)"
    )


def _limit_of_primes(bits: int, caller: Caller) -> str | None:
    """The limit of this caller's SChannel that a prime of so many bits is beyond, in words, or None."""
    least, largest = caller.least_diffie_hellman_bits, caller.largest_diffie_hellman_bits
    if bits < least:
        return f"below {least}"
    return None if largest is None or bits <= largest else f"above {largest}"


def no_common_group(group: str, caller: Caller) -> str:
    """The sentence for a key exchange in a group that the caller never offers."""
    offered = ", ".join(group_name(name) for name in (*caller.may_offer_groups, *caller.groups))
    return (
        f"there is no common key-exchange group: the partner chose {group_name(group)}, and {caller.display} "
        f"offers {offered}"
    )


def missing_from_record(chosen: Negotiation | None, cipher_suite: str) -> str | None:
    """What of a finished handshake is not on record and could matter, in words, or None."""
    if "_DHE_" in cipher_suite and (chosen is None or chosen.diffie_hellman_bits is None):
        return "the size of the Diffie-Hellman prime is not on record; one below 1024 bits would be refused"
    if "_ECDHE_" in cipher_suite and (chosen is None or chosen.group is None):
        return "the key-exchange group is not on record; the caller offers P-256 and P-384"
    return None


_SUITES_OF_P384 = (
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
)


def listed_with_another_curve(chosen: Negotiation | None, caller: Caller) -> str | None:
    """That Windows up to Server 2012 R2 lists the suite with P-384 alone, and P-256 was chosen, or None.

    What its SChannel does then was not found [failures 6.4.7].
    """
    if chosen is None or caller.build >= WINDOWS_10 or chosen.group != "secp256r1":
        return None
    if chosen.cipher not in _SUITES_OF_P384:
        return None
    return (
        f"the partner chose {chosen.cipher} over P-256, which {caller.display} lists with P-384 alone: that "
        "it goes on is assumed, because it offers both"
    )


def group_name(group: str) -> str:
    """A group for people: `P-256` for `secp256r1`."""
    return _NAMES.get(group, group)
