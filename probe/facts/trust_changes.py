"""A trust store with one thing changed: a root removed, distrusted, or restricted from a day on.

For questions of the form "what if": nothing is read, nothing is judged. Roots that are only listed are
changed as well, because Windows downloads those by automatic root update [validation 4.7.2].
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from probe.facts.trust_store import NO_PROPERTIES, ListedRoot, RootProperties, TrustStore


def roots_named(store: TrustStore, wanted: str) -> tuple[str, ...]:
    """Thumbprints of the roots, at hand or listed, that `wanted` names, in the store's order.

    `wanted` is a thumbprint (SHA-1 or SHA-256, spaces and colons allowed) or a part of a name: of the
    subject, or of the name that the list gives. Upper and lower case are the same.
    """
    text = wanted.strip().lower()
    as_hash = text.replace(" ", "").replace(":", "")
    found = [
        root.thumbprint
        for root in store.roots
        if as_hash in (root.thumbprint.lower(), root.sha256)
        or (text and text in _names(str(root.subject), store.properties_of(root).friendly_name))
    ]
    found += [
        listed.thumbprint
        for listed in store.listed
        if as_hash == listed.thumbprint.lower() or (text and text in _names("", listed.friendly_name))
    ]
    return tuple(dict.fromkeys(found))


def _names(subject: str, friendly: str | None) -> str:
    return f"{subject}\n{friendly or ''}".lower()


def without_roots(store: TrustStore, thumbprints: Iterable[str]) -> TrustStore:
    """The store without these roots."""
    gone = frozenset(thumbprints)
    return dataclasses.replace(
        store,
        roots=tuple(root for root in store.roots if root.thumbprint not in gone),
        listed=tuple(root for root in store.listed if root.thumbprint not in gone),
    )


def distrusting(store: TrustStore, thumbprints: Iterable[str]) -> TrustStore:
    """The store with these roots in Disallowed; of those that are only listed, it downloads none any more."""
    refused = frozenset(thumbprints)
    at_hand = tuple(root.thumbprint for root in store.roots if root.thumbprint in refused)
    return dataclasses.replace(
        store,
        disallowed_hashes=(*store.disallowed_hashes, *at_hand),
        listed=tuple(root for root in store.listed if root.thumbprint not in refused),
    )


def refusing_new(store: TrustStore, thumbprints: Iterable[str], since: datetime) -> TrustStore:
    """The store that refuses what these roots issue from a moment on (CERT_NOT_BEFORE_FILETIME_PROP_ID)."""
    restricted = frozenset(thumbprints)

    def change(thumbprint: str, properties: RootProperties) -> RootProperties:
        if thumbprint not in restricted:
            return properties
        return dataclasses.replace(properties, not_before=since, not_before_usages=None)

    return with_properties(store, change)


def before_dates(store: TrustStore, dates: Mapping[str, frozenset[datetime]]) -> TrustStore:
    """The store as it was before its roots, by thumbprint, got these NotBefore and Disable dates."""

    def change(thumbprint: str, properties: RootProperties) -> RootProperties:
        moments = dates.get(thumbprint, frozenset())
        if properties.not_before in moments:
            properties = dataclasses.replace(properties, not_before=None, not_before_usages=None)
        if properties.disallowed_after in moments:
            properties = dataclasses.replace(properties, disallowed_after=None)
        return properties

    return with_properties(store, change)


def with_dates(store: TrustStore, dated: Mapping[str, RootProperties]) -> TrustStore:
    """The store with the NotBefore and Disable dates that `dated` has for its roots, by thumbprint."""

    def change(thumbprint: str, properties: RootProperties) -> RootProperties:
        dates = dated.get(thumbprint)
        if dates is None:
            return properties
        if dates.not_before is not None:
            properties = dataclasses.replace(
                properties, not_before=dates.not_before, not_before_usages=dates.not_before_usages
            )
        if dates.disallowed_after is not None:
            properties = dataclasses.replace(properties, disallowed_after=dates.disallowed_after)
        return properties

    return with_properties(store, change)


def with_properties(store: TrustStore, change: Callable[[str, RootProperties], RootProperties]) -> TrustStore:
    """The store with the properties of every root changed; `change` is given the thumbprint and them."""
    known = dict(store.properties)
    for root in store.roots:
        known.setdefault(root.thumbprint, NO_PROPERTIES)
    changed = {name: change(name, properties) for name, properties in known.items()}
    return dataclasses.replace(
        store,
        properties=tuple((name, it) for name, it in changed.items() if it != NO_PROPERTIES),
        listed=tuple(_changed(root, change) for root in store.listed),
    )


def _changed(root: ListedRoot, change: Callable[[str, RootProperties], RootProperties]) -> ListedRoot:
    properties = change(root.thumbprint, root.properties)
    return root if properties is root.properties else dataclasses.replace(root, properties=properties)
