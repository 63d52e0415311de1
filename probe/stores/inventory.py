"""What is in a trust store, as rows, as PEM, and as the difference between two. Pure, and for people.

Judges nothing: a row says what the certificate and the store say.
"""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from probe.escaping import one_line
from probe.facts.certificate import Certificate
from probe.facts.trust_store import NO_PROPERTIES, ListedRoot, RootProperties, TrustStore
from probe.stores.contents import Contents, Role

_PEM_LINE = 64


@dataclass(frozen=True, slots=True)
class StoreMember:
    """One member of a store. Unknown is None: a listed root has no certificate to read.

    `subject`: as .NET prints names, else the friendly name of the list. `thumbprint` is upper-case SHA-1,
    `sha256` lower-case, `key` like "RSA 2048" or "ECDSA P-384".
    """

    role: Role
    subject: str
    thumbprint: str
    sha256: str | None
    not_before: datetime | None
    not_after: datetime | None
    key: str | None
    properties: RootProperties

    @property
    def automatic(self) -> bool:
        """Whether the root comes only by automatic root update."""
        return self.properties.automatic


def rows(store: TrustStore) -> tuple[StoreMember, ...]:
    """Every member of a store: roots, listed roots, intermediates, disallowed, each in the order read."""
    return (
        *(_of_certificate(Role.ROOT, root, store.properties_of(root)) for root in store.roots),
        *(_of_listed(listed) for listed in store.listed),
        *(
            _of_certificate(Role.INTERMEDIATE, each, store.properties_of(each))
            for each in store.intermediates
        ),
        *(_of_certificate(Role.DISALLOWED, each, NO_PROPERTIES) for each in store.disallowed),
    )


def to_pem(store: TrustStore) -> str:
    """The roots of a store as PEM, each below a comment line with its subject.

    Roots under restrictions are included: the restrictions are not, PEM has no place for them.
    """
    return "\n".join(_pem(root) for root in store.roots)


def diff(first: TrustStore, second: TrustStore) -> tuple[tuple[StoreMember, ...], tuple[StoreMember, ...]]:
    """Members of the first that the second lacks in that role, and the other way round.

    A listed root counts as the same member whether its certificate is at hand or not.
    """
    in_first, in_second = rows(first), rows(second)
    return lacking(in_first, in_second), lacking(in_second, in_first)


def restricted_otherwise(
    first: TrustStore, second: TrustStore
) -> tuple[tuple[StoreMember, StoreMember], ...]:
    """Members that both have in the same role under other restrictions, each as the two have it."""
    known = {(row.role, row.thumbprint): row for row in rows(first)}
    both = ((known[key], row) for row in rows(second) if (key := (row.role, row.thumbprint)) in known)
    return tuple(
        (one, other) for one, other in both if _restriction(one.properties) != _restriction(other.properties)
    )


def _restriction(properties: RootProperties) -> tuple[object, ...]:
    """What of the properties restricts, in no order: not the name, and not where the root comes from."""
    enabled, not_before_usages = properties.usages, properties.not_before_usages
    return (
        None if enabled is None else frozenset(enabled),
        frozenset(properties.disallowed_usages) if enabled is None else None,
        properties.disallowed_after,
        properties.not_before,
        None if not_before_usages is None else frozenset(not_before_usages),
    )


def of_listing(found: Contents) -> tuple[StoreMember, ...]:
    """Every root that a list names."""
    return tuple(_of_listed(root) for root in found.listed)


def lacking(members: Iterable[StoreMember], other: Iterable[StoreMember]) -> tuple[StoreMember, ...]:
    """The members that the other does not have in that role."""
    known = {(row.role, row.thumbprint) for row in other}
    return tuple(row for row in members if (row.role, row.thumbprint) not in known)


def changed(first: Iterable[StoreMember], second: Iterable[StoreMember]) -> tuple[StoreMember, ...]:
    """Rows of the second whose restrictions are others than in the first."""
    known = {(row.role, row.thumbprint): row.properties for row in first}
    return tuple(
        row for row in second if known.get((row.role, row.thumbprint), row.properties) != row.properties
    )


def key_name(certificate: Certificate) -> str | None:
    """Algorithm and size of a certificate's key; None when it cannot be read or is of an unknown kind."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if certificate.structure is None:
        return None
    try:
        key = load_der_public_key(certificate.structure.public_key_info)
    except (ValueError, UnsupportedAlgorithm):
        return None
    match key:
        case rsa.RSAPublicKey():
            return f"RSA {key.key_size}"
        case ec.EllipticCurvePublicKey():
            return f"ECDSA {_CURVES.get(key.curve.name, key.curve.name)}"
        case dsa.DSAPublicKey():
            return f"DSA {key.key_size}"
        case ed25519.Ed25519PublicKey():
            return "Ed25519"
        case ed448.Ed448PublicKey():
            return "Ed448"
        case _:
            return None


_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def _of_certificate(role: Role, certificate: Certificate, properties: RootProperties) -> StoreMember:
    structure = certificate.structure
    return StoreMember(
        role=role,
        subject=str(certificate.subject) or properties.friendly_name or "(no readable subject)",
        thumbprint=certificate.thumbprint,
        sha256=certificate.sha256,
        not_before=structure.not_before if structure else None,
        not_after=structure.not_after if structure else None,
        key=key_name(certificate),
        properties=properties,
    )


def _of_listed(listed: ListedRoot) -> StoreMember:
    return StoreMember(
        role=Role.ROOT,
        subject=listed.friendly_name or "(listed without a name)",
        thumbprint=listed.thumbprint,
        sha256=None,
        not_before=None,
        not_after=None,
        key=None,
        properties=listed.properties,
    )


def _pem(certificate: Certificate) -> str:
    body = "\n".join(textwrap.wrap(base64.b64encode(certificate.der).decode("ascii"), _PEM_LINE))
    # A subject may hold anything, also line breaks and what would begin a block.
    subject = one_line(str(certificate.subject)).replace("--", "?")
    return f"# {subject}\n-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
