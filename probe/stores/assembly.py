"""Layers joined into one TrustStore: duplicates collapsed, listed roots joined with certificates at hand.

Pure. A certificate that several layers hold is one member with one set of properties, as a collection of
physical stores presents it on Windows. Says nothing about whether a root is an anchor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from probe.errors import TrustStoreError
from probe.facts.certificate import Certificate
from probe.facts.extensions import ANY_EXTENDED_KEY_USAGE, SERVER_AUTHENTICATION
from probe.facts.trust_store import NO_PROPERTIES, ListedRoot, RootProperties, TrustStore
from probe.stores import contents
from probe.stores.contents import CertificateInStore, Contents, Layer, Role

NO_ROOTS_NOTE = "the store holds no root: no chain can end in a trusted one"


def assemble(name: str, layers: Iterable[Layer], *, root_auto_update: bool = True) -> TrustStore:
    """The trust store that these layers make together, under this name.

    `root_auto_update`: False leaves out what only automatic root update would bring.

    Raises:
        TrustStoreError: nothing is in it, or too much, or a list of roots is given as intermediates.
    """
    parts = {role: contents.merged(_in_role(layers, role)) for role in Role}
    if parts[Role.INTERMEDIATE].listed:
        raise TrustStoreError(
            f"trust store {name}: a list of roots holds no intermediates: leave out intermediate:"
        )
    listing = parts[Role.ROOT]
    if not root_auto_update:
        listing = _without_automatic(listing)
    members = _collapsed(listing.entries)
    listed = _join_listed(members, listing.listed)
    store = TrustStore(
        name=name,
        roots=tuple(members),
        intermediates=_certificates(parts[Role.INTERMEDIATE]),
        disallowed=_certificates(parts[Role.DISALLOWED]),
        properties=tuple(
            (root.thumbprint, properties)
            for root, properties in (
                *members.items(),
                *_restricted(parts[Role.INTERMEDIATE].entries, members),
            )
            if properties != NO_PROPERTIES
        ),
        listed=listed,
        disallowed_hashes=_disallowed_hashes(parts),
        disallowed_identifiers=tuple(
            dict.fromkeys(value for part in parts.values() for value in part.disallowed_identifiers)
        ),
        unlisted=tuple(
            dict.fromkeys(c for part in parts.values() for c in part.unlisted if c not in members)
        ),
        notes=tuple(dict.fromkeys(note for part in parts.values() for note in part.notes)),
    )
    return _checked(store, dropped=not root_auto_update and not parts[Role.ROOT].empty)


def _restricted(
    intermediates: Iterable[CertificateInStore], roots: Mapping[Certificate, RootProperties]
) -> Iterator[tuple[Certificate, RootProperties]]:
    """Intermediates whose purposes somebody has narrowed; what else is known of one decides nothing."""
    for entry in intermediates:
        own = entry.properties
        narrowed = own.usages is not None or own.disallowed_usages or own.disallowed_after
        if narrowed and entry.certificate not in roots:
            yield entry.certificate, own


def resolved(found: Contents) -> Contents:
    """Contents whose listed roots are joined with their certificates in the same contents, as automatic.

    Such a root is what Windows would download when a chain needs it, under the properties of the list.
    """
    if not found.listed:
        return found
    listed = {root.thumbprint: root for root in found.listed}
    entries = tuple(_as_listed(entry, listed) for entry in found.entries)
    missing = tuple(listed.values())
    return replace(found, entries=entries, listed=missing)


def combined(first: RootProperties, second: RootProperties) -> RootProperties:
    """Properties of a certificate held twice: what either refuses is refused.

    An export of a store may be older than the list beside it. Automatic only if both are: a root that the
    caller already has needs no download.
    """
    if second in (first, NO_PROPERTIES) and not first.automatic:
        return first
    refused = tuple(dict.fromkeys((*first.disallowed_usages, *second.disallowed_usages)))
    enabled = _left_by_both(first.usages, second.usages)
    not_before = min((p for p in (first, second) if p.not_before is not None), key=_begins, default=first)
    disallowed = (m for m in (first.disallowed_after, second.disallowed_after) if m is not None)
    return RootProperties(
        usages=None if enabled is None else tuple(usage for usage in enabled if usage not in refused),
        disallowed_after=min(disallowed, default=None),
        not_before=not_before.not_before,
        not_before_usages=not_before.not_before_usages,
        friendly_name=first.friendly_name or second.friendly_name,
        automatic=first.automatic and second.automatic,
        disallowed_usages=refused,
    )


def _left_by_both(first: tuple[str, ...] | None, second: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if first is None or second is None:
        return second if first is None else first
    if ANY_EXTENDED_KEY_USAGE in first:
        return second
    return first if ANY_EXTENDED_KEY_USAGE in second else tuple(usage for usage in first if usage in second)


def _begins(properties: RootProperties) -> tuple[bool, datetime]:
    """Which of two not-before dates counts: one for servers before one for others, then the earlier."""
    only = properties.not_before_usages
    for_others = only is not None and SERVER_AUTHENTICATION not in only
    return for_others, properties.not_before or datetime.max.replace(tzinfo=UTC)


def _in_role(layers: Iterable[Layer], role: Role) -> Iterator[Contents]:
    return (layer.contents for layer in layers if layer.role is role)


def _without_automatic(found: Contents) -> Contents:
    kept = tuple(entry for entry in found.entries if not entry.properties.automatic)
    return replace(found, entries=kept, listed=())


def _collapsed(entries: Iterable[CertificateInStore]) -> dict[Certificate, RootProperties]:
    members: dict[Certificate, RootProperties] = {}
    for entry in entries:
        held = members.get(entry.certificate)
        members[entry.certificate] = entry.properties if held is None else combined(held, entry.properties)
    return members


def _join_listed(
    members: dict[Certificate, RootProperties], listed: tuple[ListedRoot, ...]
) -> tuple[ListedRoot, ...]:
    """Gives members that a list names the properties it has for them; returns the roots that stay listed."""
    if not listed:
        return ()
    remaining = {root.thumbprint: root for root in listed}
    for certificate, properties in members.items():
        if (root := remaining.pop(certificate.thumbprint, None)) is not None:
            members[certificate] = combined(properties, root.properties)
    return tuple(remaining.values())


def _as_listed(entry: CertificateInStore, listed: dict[str, ListedRoot]) -> CertificateInStore:
    root = listed.pop(entry.certificate.thumbprint, None)
    if root is None:
        return entry
    if entry.properties is NO_PROPERTIES:
        return CertificateInStore(entry.certificate, root.properties)
    return CertificateInStore(
        entry.certificate, replace(combined(root.properties, entry.properties), automatic=True)
    )


def _certificates(found: Contents) -> tuple[Certificate, ...]:
    return tuple(dict.fromkeys(entry.certificate for entry in found.entries))


def _disallowed_hashes(parts: dict[Role, Contents]) -> tuple[str, ...]:
    hashes = [value for part in parts.values() for value in part.disallowed_hashes]
    hashes += [root.thumbprint for root in parts[Role.DISALLOWED].listed]
    return tuple(dict.fromkeys(hashes))


def _checked(store: TrustStore, *, dropped: bool) -> TrustStore:
    if store.roots or store.listed:
        return store
    if store.intermediates or store.disallowed or store.disallowed_hashes or store.disallowed_identifiers:
        return replace(store, notes=(*store.notes, NO_ROOTS_NOTE))
    if dropped:
        raise TrustStoreError(
            f"trust store {store.name}: holds only roots that automatic root update would bring, and that is "
            "switched off: add the roots that the caller has"
        )
    raise TrustStoreError(f"trust store {store.name}: holds no certificate")
