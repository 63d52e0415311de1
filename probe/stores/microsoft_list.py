"""Microsoft's list of roots on any machine: what Windows would trust, joined with the certificates at hand.

The package carries facts about the list (hashes, key identifiers, usages, dates), brought up to date with
the notices of Microsoft's root programme, and no certificate. A root of the list whose certificate certifi
has is at hand, as automatic root update would bring it; the others stay listed. What Mozilla's list alone has
is no root here. A list that `probe trust fetch` stored takes the place of the packaged one where it is newer.
The signature of a list is not verified here. Source: [validation 4.7.1].
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path

import msgspec

from probe.facts.certificate import Certificate
from probe.facts.extensions import SERVER_AUTHENTICATION
from probe.facts.trust_store import ListedRoot, RootProperties, TrustStore, listed_as
from probe.stores import store_files
from probe.stores.contents import CertificateInStore, Contents, Layer, Role

DATA_FILE = Path(__file__).with_name("microsoft_roots.json")
ROOT_LIST_FILE = "authroot.stl"
DISALLOWED_LIST_FILE = "disallowedcert.stl"


class ListedFacts(msgspec.Struct, frozen=True, array_like=True):
    """One root of the list; usages are positions in the table of usages, None for every usage."""

    thumbprint: str
    key_identifier: str | None
    subject_name_md5: str | None
    friendly_name: str | None
    usages: int | None
    disallowed_usages: int | None
    disallowed_after: datetime | None
    not_before: datetime | None
    not_before_usages: int | None


class Added(msgspec.Struct, frozen=True, array_like=True):
    """A root for server authentication that a notice announced, by SHA-1 or SHA-256."""

    hash: str
    name: str


class Notice(msgspec.Struct, frozen=True):
    """What one notice of Microsoft's root programme changed for server authentication.

    `not_before`: certificates issued after `effective` are refused; `disabled`, `removed`: nothing under
    these roots is accepted any more.
    """

    released: date
    source: str
    effective: date
    not_before: list[str] = []
    disabled: list[str] = []
    removed: list[str] = []
    disallowed: list[str] = []
    added: list[Added] = []


class MicrosoftRoots(msgspec.Struct, frozen=True):
    """The data file."""

    dated: datetime
    usages: list[tuple[str, ...]]
    roots: list[ListedFacts]
    notices: list[Notice]


@lru_cache(maxsize=1)
def packaged() -> MicrosoftRoots:
    """The facts that the package carries."""
    return msgspec.json.decode(DATA_FILE.read_bytes(), type=MicrosoftRoots)


def newest_notice() -> date:
    """When the newest notice that the data file knows was released."""
    return max(notice.released for notice in packaged().notices)


def dates_of(day: date) -> dict[str, RootProperties]:
    """The NotBefore and Disable dates that roots got on this day, by thumbprint, without anything else.

    A root that a notice of this day removed is disabled from the day on which the notice was released.
    """
    released = {notice.released for notice in packaged().notices if notice.effective == day}
    found: dict[str, RootProperties] = {}
    for root in _listing(packaged()).listed:
        known = root.properties
        begins = known.not_before is not None and known.not_before.date() == day
        ends = known.disallowed_after is not None and known.disallowed_after.date() in {day, *released}
        if begins or ends:
            found[root.thumbprint] = RootProperties(
                not_before=known.not_before if begins else None,
                not_before_usages=known.not_before_usages if begins else None,
                disallowed_after=known.disallowed_after if ends else None,
            )
    return found


def with_limits(store: TrustStore) -> TrustStore:
    """The store with what the list says of its roots, and refuses, where the store itself says nothing of it.

    Whether a server's store shows a restriction of the list depends on how it was exported, and when
    [validation 4.7.4].
    """
    listed = {root.thumbprint: root for root in listing().listed}
    limits = []
    for certificate in store.roots:
        root = listed_as(certificate, listed)
        if root is not None and root.properties != store.properties_of(certificate):
            limits.append((certificate.thumbprint, root.properties))
    disallowed = _disallowed(packaged())
    return replace(store, list_limits=tuple(limits), list_disallowed=disallowed.disallowed_hashes)


def fetched_folder() -> Path:
    """Where `probe trust fetch` keeps the lists of this account, by the system's convention."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "fedprobe"


def read(role: Role) -> list[Layer]:
    """Microsoft's roots in this role, and the certificates that Microsoft disallows.

    Raises:
        TrustStoreError: certifi, or a list that was fetched, is damaged.
    """
    data = packaged()
    return [Layer(role, _joined(listing())), Layer(Role.DISALLOWED, _disallowed(data))]


def listing() -> Contents:
    """The list of roots in use: the one that was fetched where it is newer, else the packaged one.

    Raises:
        TrustStoreError: the list that was fetched is damaged.
    """
    fetched = _fetched(ROOT_LIST_FILE)
    if fetched is None or fetched.dated is None or fetched.dated <= packaged().dated:
        return _listing(packaged())
    return replace(fetched, notes=(f"Microsoft's list of roots of {fetched.dated:%Y-%m-%d}, fetched",))


def _joined(found: Contents) -> Contents:
    """The list with the certificates of certifi that it names; those that it does not name are unlisted."""
    listed = {root.thumbprint: root for root in found.listed}
    entries: list[CertificateInStore] = []
    unlisted: list[Certificate] = []
    for certificate in _mozilla():
        root = listed_as(certificate, listed)
        if root is None:
            unlisted.append(certificate)
            continue
        entries.append(CertificateInStore(certificate, root.properties))
        del listed[root.thumbprint]
    return replace(found, entries=tuple(entries), listed=tuple(listed.values()), unlisted=tuple(unlisted))


def _mozilla() -> Iterable[Certificate]:
    import certifi

    return (entry.certificate for entry in store_files.read_file(certifi.where()).entries)


def _listing(data: MicrosoftRoots) -> Contents:
    roots = {facts.thumbprint: _root(facts, data.usages) for facts in data.roots}
    for notice in data.notices:
        _apply(notice, roots)
    note = (
        f"Microsoft's list of roots of {data.dated:%Y-%m-%d}, with the notices of its root programme to "
        f"{newest_notice():%Y-%m-%d}"
    )
    return Contents(listed=tuple(roots.values()), dated=data.dated, notes=(note,))


def _root(facts: ListedFacts, usages: list[tuple[str, ...]]) -> ListedRoot:
    def of(position: int | None) -> tuple[str, ...] | None:
        return None if position is None else usages[position]

    return ListedRoot(
        thumbprint=facts.thumbprint,
        key_identifier=bytes.fromhex(facts.key_identifier) if facts.key_identifier else None,
        subject_name_md5=bytes.fromhex(facts.subject_name_md5) if facts.subject_name_md5 else None,
        friendly_name=facts.friendly_name,
        properties=RootProperties(
            usages=of(facts.usages),
            disallowed_after=facts.disallowed_after,
            not_before=facts.not_before,
            not_before_usages=of(facts.not_before_usages),
            friendly_name=facts.friendly_name,
            automatic=True,
            disallowed_usages=of(facts.disallowed_usages) or (),
        ),
    )


def _apply(notice: Notice, roots: dict[str, ListedRoot]) -> None:
    """Change the roots as a later list would have them; the first of several dates holds."""
    effective = datetime.combine(notice.effective, time(), UTC)
    released = datetime.combine(notice.released, time(), UTC)
    for thumbprint in notice.not_before:
        _restrict(roots, thumbprint, not_before=effective)
    for thumbprint in notice.disabled:
        _restrict(roots, thumbprint, disallowed_after=effective)
    for thumbprint in notice.removed:
        _restrict(roots, thumbprint, disallowed_after=released)
    for added in notice.added:
        properties = RootProperties(usages=(SERVER_AUTHENTICATION,), friendly_name=added.name, automatic=True)
        root = ListedRoot(added.hash, friendly_name=added.name, properties=properties)
        roots.setdefault(added.hash, root)


def _restrict(
    roots: dict[str, ListedRoot],
    thumbprint: str,
    *,
    not_before: datetime | None = None,
    disallowed_after: datetime | None = None,
) -> None:
    root = roots.get(thumbprint)
    if root is None:
        return
    known = root.properties
    if not_before is not None and not _covers_servers(known):
        known = replace(known, not_before=not_before, not_before_usages=None)
    if disallowed_after is not None and known.disallowed_after is None:
        known = replace(known, disallowed_after=disallowed_after)
    roots[thumbprint] = replace(root, properties=known)


def _covers_servers(properties: RootProperties) -> bool:
    """Whether a not-before date that is there already holds for server authentication."""
    usages = properties.not_before_usages
    return properties.not_before is not None and (usages is None or SERVER_AUTHENTICATION in usages)


def _disallowed(data: MicrosoftRoots) -> Contents:
    announced = Contents(
        disallowed_hashes=tuple(value for notice in data.notices for value in notice.disallowed)
    )
    fetched = _fetched(DISALLOWED_LIST_FILE)
    if fetched is None:
        return announced
    return replace(
        fetched, disallowed_hashes=(*announced.disallowed_hashes, *fetched.disallowed_hashes), dated=None
    )


def _fetched(name: str) -> Contents | None:
    path = fetched_folder() / name
    return store_files.read_file(path) if path.is_file() else None
