"""A trust store that has already been read: certificates by role, root properties, origin, content hash.

Roles follow the system stores of Windows: `roots` is Root (with AuthRoot), `intermediates` is CA,
`disallowed` is Disallowed. Whether a member of `roots` really is an anchor is for judge to say. Reading
stores from files or from the system is the job of the stores package.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.encoding import der


@dataclass(frozen=True, slots=True)
class RootProperties:
    """Store properties that narrow what a root is trusted for (CERT_*_PROP_ID of wincrypt.h).

    `usages`: enhanced key usages left enabled, None for all. `disallowed_after`: CERT_DISALLOWED_FILETIME,
    certificates under this root that are looked at after it are refused. `not_before`:
    CERT_NOT_BEFORE_FILETIME, certificates issued from then on are refused, for `not_before_usages` only
    (None: all). `automatic`: not in the store yet, Windows would download it by automatic root update.
    `disallowed_usages`: CERT_DISALLOWED_ENHKEY_USAGE, refused even when `usages` is None; `usages` has
    been cleared of them already.
    """

    usages: tuple[str, ...] | None = None
    disallowed_after: datetime | None = None
    not_before: datetime | None = None
    not_before_usages: tuple[str, ...] | None = None
    friendly_name: str | None = None
    automatic: bool = False
    disallowed_usages: tuple[str, ...] = ()


NO_PROPERTIES = RootProperties()


@dataclass(frozen=True)
class TrustStore:
    """Certificates that a caller trusts or knows. Counts and hash are those of what was read.

    `listed`: roots known only by thumbprint, because a certificate trust list names them and their
    certificate is not at hand. `disallowed_hashes`: thumbprints, upper-case SHA-1, refused by a list.
    `disallowed_identifiers`: what Microsoft's list of disallowed certificates names instead, upper-case
    hexadecimal: the hash of the signed part, or the MD5 of the public key. `unlisted`: roots that Mozilla's
    list has and Microsoft's has not: trusted by nothing here, and known, so that a report can say why.
    `list_limits` and `list_disallowed`: what Microsoft's list, as the program knows it, says of these roots
    and refuses, where this store says nothing of it: it is not known whether the caller's own does.
    """

    # Not slotted: cached_property keeps indexes in the instance dictionary.
    name: str
    roots: tuple[Certificate, ...] = ()
    intermediates: tuple[Certificate, ...] = ()
    disallowed: tuple[Certificate, ...] = ()
    properties: tuple[tuple[str, RootProperties], ...] = ()
    listed: tuple[ListedRoot, ...] = ()
    disallowed_hashes: tuple[str, ...] = ()
    disallowed_identifiers: tuple[str, ...] = ()
    unlisted: tuple[Certificate, ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    list_limits: tuple[tuple[str, RootProperties], ...] = field(default=(), compare=False)
    list_disallowed: tuple[str, ...] = field(default=(), compare=False)

    @cached_property
    def sha256(self) -> str:
        """Content hash: lower-case SHA-256 over the sorted certificate hashes of each role."""
        digest = hashlib.sha256()
        for role, certificates in (
            ("root", self.roots),
            ("intermediate", self.intermediates),
            ("disallowed", self.disallowed),
        ):
            for fingerprint in sorted(certificate.sha256 for certificate in certificates):
                digest.update(f"{role}:{fingerprint}\n".encode())
        for thumbprint, properties in sorted(self.properties, key=lambda pair: pair[0]):
            digest.update(f"properties:{thumbprint}:{properties}\n".encode())
        for listed in sorted(self.listed, key=lambda root: root.thumbprint):
            digest.update(f"listed:{listed.thumbprint}:{listed.properties}\n".encode())
        for identifier in sorted({*self.disallowed_hashes, *self.disallowed_identifiers}):
            digest.update(f"disallowed:{identifier}\n".encode())
        return digest.hexdigest()

    @cached_property
    def _properties_by_thumbprint(self) -> dict[str, RootProperties]:
        return dict(self.properties)

    def properties_of(self, root: Certificate) -> RootProperties:
        """Store properties of a root; the empty ones when the store carries none."""
        if not self.properties:
            return NO_PROPERTIES
        return self._properties_by_thumbprint.get(root.thumbprint, NO_PROPERTIES)

    @cached_property
    def _limits_by_thumbprint(self) -> dict[str, RootProperties]:
        return dict(self.list_limits)

    def list_limits_of(self, root: Certificate) -> RootProperties:
        """What Microsoft's list says of a root and this store does not; the empty ones for nothing."""
        return self._limits_by_thumbprint.get(root.thumbprint, NO_PROPERTIES)

    def with_listed(self, at_hand: Iterable[Certificate]) -> TrustStore:
        """This store, with the listed roots whose certificate is among these as automatic roots.

        Automatic root update downloads a listed root by its thumbprint, so where its certificate comes from
        makes no difference; the list's own properties of the root stay with it.
        """
        if not self.listed:
            return self
        listed = self._listed_by_hash
        found = {c: root for c in at_hand if c not in self.root_set and (root := listed_as(c, listed))}
        if not found:
            return self
        joined = frozenset(root.thumbprint for root in found.values())
        return dataclasses.replace(
            self,
            roots=(*self.roots, *found),
            properties=(
                *self.properties,
                *(
                    (c.thumbprint, dataclasses.replace(r.properties, automatic=True))
                    for c, r in found.items()
                ),
            ),
            listed=tuple(root for root in self.listed if root.thumbprint not in joined),
        )

    @cached_property
    def _listed_by_hash(self) -> dict[str, ListedRoot]:
        return {root.thumbprint: root for root in self.listed}

    def listed_issuer(self, key_identifier: bytes | None, name: bytes) -> ListedRoot | None:
        """The listed root of this key identifier; of this encoded name where either has no identifier.

        An identifier alone is no match where the list has the name too: anybody can write one.
        """
        by_key, by_name = self._listed_issuers
        digest = hashlib.md5(name, usedforsecurity=False).digest()
        if key_identifier is not None and (root := by_key.get(key_identifier)) is not None:
            return root if root.subject_name_md5 in (None, digest) else None
        named = by_name.get(digest)
        if named is None or (key_identifier is not None and named.key_identifier is not None):
            return None
        return named

    @cached_property
    def _listed_issuers(self) -> tuple[dict[bytes, ListedRoot], dict[bytes, ListedRoot]]:
        by_key = {root.key_identifier: root for root in self.listed if root.key_identifier is not None}
        by_name = {root.subject_name_md5: root for root in self.listed if root.subject_name_md5 is not None}
        return by_key, by_name

    @cached_property
    def _disallowed_set(self) -> frozenset[Certificate | str]:
        return frozenset((*self.disallowed, *self.disallowed_hashes, *self.disallowed_identifiers))

    def disallows(self, certificate: Certificate) -> bool:
        """Whether the Disallowed store, or a list of disallowed certificates, refuses this certificate."""
        refused = self._disallowed_set
        if not refused:
            return False
        if certificate in refused or certificate.thumbprint in refused:
            return True
        if certificate.structure is not None and certificate.structure.signed_bytes in self._disallowed_parts:
            return True
        return bool(self.disallowed_identifiers) and not refused.isdisjoint(
            disallowed_identifiers(certificate)
        )

    @cached_property
    def _disallowed_parts(self) -> frozenset[bytes]:
        # CERT_SIGNATURE_HASH_PROP_ID is the hash of the signed part [validation 4.1.1], so another signature
        # over the same part, which ECDSA makes for the asking, is no other certificate.
        return frozenset(c.structure.signed_bytes for c in self.disallowed if c.structure is not None)

    @cached_property
    def root_set(self) -> frozenset[Certificate]:
        """The roots for membership tests."""
        return frozenset(self.roots)

    @cached_property
    def _installed(self) -> frozenset[Certificate]:
        return self.root_set.union(self.intermediates)

    def installs(self, certificate: Certificate) -> bool:
        """Whether this certificate is in a store of the caller, wherever else it came from besides."""
        return certificate in self._installed

    @cached_property
    def subjects_up_to_a_root(self) -> frozenset[bytes]:
        """Encoded subjects from which the store alone leads to a self-issued member, or to a listed root."""
        below = [c for c in (*self.intermediates, *self.roots) if not c.self_issued]
        reached = {c.subject.der for c in (*self.roots, *self.intermediates) if c.self_issued}
        reached |= {c.subject.der for c in below if self.listed and self.listed_issuer(None, c.issuer.der)}
        while fresh := {c.subject.der for c in below if c.issuer.der in reached} - reached:
            reached |= fresh
        return frozenset(reached)

    @cached_property
    def roots_by_subject(self) -> dict[bytes, tuple[Certificate, ...]]:
        """Roots by the encoded bytes of their subject."""
        return by_subject(self.roots)

    @cached_property
    def intermediates_by_subject(self) -> dict[bytes, tuple[Certificate, ...]]:
        """Intermediates by the encoded bytes of their subject."""
        return by_subject(self.intermediates)

    @cached_property
    def by_key_identifier(self) -> dict[bytes, tuple[Certificate, ...]]:
        """Intermediates and roots by their subject key identifier, those without one left out."""
        groups: dict[bytes, list[Certificate]] = {}
        for certificate in (*self.intermediates, *self.roots):
            identifier = extensions.key_identifier(certificate)
            if identifier:
                groups.setdefault(identifier, []).append(certificate)
        return {identifier: tuple(group) for identifier, group in groups.items()}

    def of_subject(self, subject: bytes) -> tuple[Certificate, ...]:
        """Intermediates and roots of this encoded subject."""
        return (*self.intermediates_by_subject.get(subject, ()), *self.roots_by_subject.get(subject, ()))


@dataclass(frozen=True, slots=True)
class ListedRoot:
    """A root that a certificate trust list names but whose certificate is not at hand.

    `thumbprint`: upper-case SHA-1, or SHA-256 where a notice of Microsoft's gives only that.
    `key_identifier` and `subject_name_md5` are the list's own hints by which a chain that ends below this
    root can be recognised; None when the list has none.
    """

    thumbprint: str
    key_identifier: bytes | None = None
    subject_name_md5: bytes | None = None
    friendly_name: str | None = None
    properties: RootProperties = NO_PROPERTIES


def listed_as(certificate: Certificate, listed: Mapping[str, ListedRoot]) -> ListedRoot | None:
    """What a list, by hash, says of this certificate; None when it does not name it."""
    return listed.get(certificate.thumbprint) or listed.get(certificate.sha256.upper())


def disallowed_identifiers(certificate: Certificate) -> tuple[str, ...]:
    """What a list of disallowed certificates may name this certificate by, in upper-case hexadecimal.

    wincrypt.h: CERT_SIGNATURE_HASH_PROP_ID (the hash of the to-be-signed part, by the hash of the signature
    algorithm) and CERT_SUBJECT_PUBLIC_KEY_MD5_HASH_PROP_ID (MD5 of the bits of the public key) "are used for
    disallowed hashes". All hashes in use are given, so that no algorithm needs to be known. () when the
    certificate is unreadable.
    """
    structure = certificate.structure
    if structure is None:
        return ()
    signed = [hashlib.new(name, structure.signed_bytes, usedforsecurity=False) for name in _SIGNATURE_HASHES]
    try:
        key_bits = bytes(der.items(structure.public_key_info)[1].data)[1:]
    except (ValueError, IndexError):
        return tuple(digest.hexdigest().upper() for digest in signed)
    key = hashlib.md5(key_bits, usedforsecurity=False)
    return tuple(digest.hexdigest().upper() for digest in (key, *signed))


_SIGNATURE_HASHES = ("md5", "sha1", "sha256", "sha384", "sha512")


def by_subject(certificates: Iterable[Certificate]) -> dict[bytes, tuple[Certificate, ...]]:
    """Certificates grouped by the encoded bytes of their subject, in the order given."""
    groups: dict[bytes, list[Certificate]] = {}
    for certificate in certificates:
        groups.setdefault(certificate.subject.der, []).append(certificate)
    return {subject: tuple(group) for subject, group in groups.items()}
