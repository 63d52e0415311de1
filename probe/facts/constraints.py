"""Extensions by which a CA constrains what stands below it: name constraints and certificate policies.

Decoded one at a time and leniently, as in extensions.py; an undecodable one raises ValueError, and what that
means is for judge to say. Source: RFC 5280 sections 4.2.1.4, 5, 10, 11 and 14.
"""

from __future__ import annotations

from cryptography.hazmat import asn1
from msgspec import Struct

from probe.facts.encoding import der
from probe.facts.extensions import GeneralName, general_name


class Subtree(Struct, frozen=True):
    """One GeneralSubtree. `maximum` None when absent, `minimum` 0 when absent."""

    base: GeneralName
    minimum: int
    maximum: int | None


class NameConstraints(Struct, frozen=True):
    """RFC 5280 section 4.2.1.10, every subtree in encoded order."""

    permitted: tuple[Subtree, ...]
    excluded: tuple[Subtree, ...]


def name_constraints(encoded: bytes) -> NameConstraints:
    """The subtrees within which, and outside which, names below this CA must be.

    Raises:
        ValueError: undecodable, or a field twice or out of order.
    """
    trees: dict[bytes, tuple[Subtree, ...]] = {}
    for field in der.items(encoded):
        if field.tag_bytes not in (b"\xa0", b"\xa1") or max(trees, default=b"") >= field.tag_bytes:
            raise ValueError("not NameConstraints")
        trees[field.tag_bytes] = tuple(_subtree(tree) for tree in der.members(bytes(field.data)))
    return NameConstraints(trees.get(b"\xa0", ()), trees.get(b"\xa1", ()))


def _subtree(tree: asn1.TLV) -> Subtree:
    if tree.tag_bytes != b"\x30":
        raise ValueError("not a GeneralSubtree")
    base, *bounds = der.members(bytes(tree.data))
    minimum, maximum = 0, None
    for bound in bounds:
        if bound.tag_bytes == b"\x80":
            minimum = der.integer(bound, b"\x80")
        else:
            maximum = der.integer(bound, b"\x81")
    return Subtree(general_name(base.tag_bytes, bytes(base.data)), minimum, maximum)


def certificate_policies(encoded: bytes) -> tuple[str, ...]:
    """Dotted policy identifiers (RFC 5280 section 4.2.1.4); the qualifiers, often wrong, are not read.

    Raises:
        ValueError: undecodable, or empty.
    """
    return tuple(der.oid(der.whole(der.members(bytes(info.data))[0])) for info in _filled(encoded))


def application_policies(encoded: bytes) -> tuple[str, ...]:
    """Dotted usages of Microsoft's application policies, which are written as certificate policies.

    None at all is sound here, and no usage [validation 5.4.2].

    Raises:
        ValueError: undecodable.
    """
    return certificate_policies(encoded) if der.items(encoded) else ()


def policy_mappings(encoded: bytes) -> tuple[tuple[str, str], ...]:
    """(issuer's policy, subject's policy) pairs (RFC 5280 section 4.2.1.5).

    Raises:
        ValueError: undecodable, or empty.
    """
    pairs = []
    for mapping in _filled(encoded):
        issuer, subject = der.members(bytes(mapping.data))
        pairs.append((der.oid(der.whole(issuer)), der.oid(der.whole(subject))))
    return tuple(pairs)


def _filled(encoded: bytes) -> list[asn1.TLV]:
    members = der.items(encoded)
    if not members or any(member.tag_bytes != b"\x30" or not member.data for member in members):
        raise ValueError("not a SEQUENCE of SEQUENCEs")
    return members


class PolicyConstraints(Struct, frozen=True):
    """RFC 5280 section 4.2.1.11: after how many certificates each rule starts; None: not stated."""

    require_explicit_policy: int | None
    inhibit_policy_mapping: int | None


def policy_constraints(encoded: bytes) -> PolicyConstraints:
    """What the CA demands of the policies below it.

    Raises:
        ValueError: undecodable, empty, out of order, or a negative number.
    """
    fields = der.items(encoded)
    numbers: dict[bytes, int] = {}
    for field in fields:
        if field.tag_bytes not in (b"\x80", b"\x81"):
            raise ValueError("not PolicyConstraints")
        numbers[field.tag_bytes] = der.integer(field, field.tag_bytes)
    order = [field.tag_bytes for field in fields]
    if not fields or order != sorted(set(order)) or min(numbers.values()) < 0:
        raise ValueError("not PolicyConstraints")
    return PolicyConstraints(numbers.get(b"\x80"), numbers.get(b"\x81"))


def inhibit_any_policy(encoded: bytes) -> int:
    """After how many certificates anyPolicy no longer counts (RFC 5280 section 4.2.1.14).

    Raises:
        ValueError: no INTEGER, or negative.
    """
    number = der.integer(der.single(encoded))
    if number < 0:
        raise ValueError("negative")
    return number
