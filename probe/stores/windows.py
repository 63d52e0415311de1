"""The live stores of this Windows machine: Root with AuthRoot, CA, Disallowed, and the lists of root update.

Only LocalMachine's members count, which are what a service sees; a root of this user alone is named.

Reads what any user may read. The Exchange server's own stores are what counts: run probe there, or export
its stores, when this machine is another one. What is read from the machine (windows_api) and what is made
of it (`layers`) are apart, so that the second is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from probe.errors import TrustStoreError, UsageError
from probe.facts.certificate import Certificate
from probe.stores import contents, properties, recognition
from probe.stores.contents import CertificateInStore, Contents, Layer, Role

if TYPE_CHECKING:
    from probe.stores.windows_api import Registry, StoredCertificate

ROLES = {
    "Root": Role.ROOT,
    "AuthRoot": Role.ROOT,
    "CA": Role.INTERMEDIATE,
    "Disallowed": Role.DISALLOWED,
}
_AUTO_UPDATE_OFF = "automatic root update is switched off by policy on this machine"


def read(role: Role) -> list[Layer]:
    """The layers of this machine's stores, each in its own role.

    Raises:
        UsageError: a role was asked for; the stores have their own.
        TrustStoreError: this is not Windows, or a store cannot be opened.
    """
    if role is not Role.ROOT:
        raise UsageError(
            f"--trust {role}:windows: the Windows stores have their own roles: leave out {role}:"
        )
    from probe.stores import windows_api  # every other system does without

    return layers(
        windows_api.certificates(tuple(ROLES), properties.READ),
        windows_api.registry(),
    )


def layers(stored: Iterable[StoredCertificate], registry: Registry) -> list[Layer]:
    """What these members of system stores and these registry values are for a caller.

    Raises:
        TrustStoreError: a property or a list is damaged, or there are too many certificates.
    """
    entries: dict[Role, list[CertificateInStore]] = {role: [] for role in Role}
    users: list[StoredCertificate] = []
    for member in stored:
        if not member.machine:
            users.append(member)
            continue
        role = ROLES[member.store]
        entries[role].append(_entry(member))
        contents.bounded(len(entries[role]))
    found = [Layer(role, Contents(tuple(members))) for role, members in entries.items()]
    found.append(Layer(Role.ROOT, Contents(notes=_unseen(users, entries))))
    if registry.root_auto_update_disabled:
        found.append(Layer(Role.ROOT, Contents(notes=(_AUTO_UPDATE_OFF,))))
    elif registry.root_list is not None:
        found.append(Layer(Role.ROOT, _list(registry.root_list, "EncodedCtl")))
    if registry.disallowed_list is not None:
        found.append(Layer(Role.ROOT, _list(registry.disallowed_list, "DisallowedCertEncodedCtl")))
    return found


def _unseen(
    users: Iterable[StoredCertificate], entries: dict[Role, list[CertificateInStore]]
) -> tuple[str, ...]:
    """Which roots and disallowed certificates only this user has.

    Exchange runs as LocalSystem: it sees the machine's stores. A user's stores show the machine's members
    too, never the other way round ("System Store Locations" of the Windows documentation). CurrentUser\\CA
    goes unsaid: each intermediate that the user's programs once downloaded is there.
    """
    known = {role: {entry.certificate.der for entry in members} for role, members in entries.items()}
    alone = {
        (member.store, Certificate(member.der))
        for member in users
        if ROLES[member.store] is not Role.INTERMEDIATE and member.der not in known[ROLES[member.store]]
    }
    return tuple(
        f"{certificate.subject} ({certificate.thumbprint}) is in CurrentUser\\{store} only, which Exchange "
        f"does not see: what should count for it belongs in LocalMachine\\{store}"
        for store, certificate in sorted(alone, key=lambda each: (each[0], each[1].thumbprint))
    )


def _entry(member: StoredCertificate) -> CertificateInStore:
    try:
        return CertificateInStore(Certificate(member.der), properties.root_properties(member.properties))
    except TrustStoreError as refused:
        raise TrustStoreError(f"the Windows store {member.store}: a member {refused}") from refused


def _list(encoded: bytes, value: str) -> Contents:
    try:
        return recognition.read(encoded)
    except TrustStoreError as refused:
        raise TrustStoreError(f"the registry value AuthRoot\\AutoUpdate\\{value} {refused}") from refused
