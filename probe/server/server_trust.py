"""The trust store that one server's settings hold: its stores, and the lists of automatic root update."""

from __future__ import annotations

from probe.facts.server_settings import ServerSettings
from probe.facts.trust_store import TrustStore
from probe.stores import assembly, windows
from probe.stores.windows_api import Registry, StoredCertificate


def trust_store(settings: ServerSettings, *, root_auto_update: bool = True) -> TrustStore | None:
    """The store that this server judges with; None where the settings have no stores.

    Raises:
        TrustStoreError: a property or a list in them is damaged.
    """
    if settings.stores is None:
        return None
    members = [
        StoredCertificate(each.store, each.der, {int(n): value for n, value in each.properties.items()})
        for each in settings.stores
        if each.store in windows.ROLES
    ]
    registry = Registry(
        root_list=settings.root_list,
        disallowed_list=settings.disallowed_list,
        root_auto_update_disabled=bool(settings.root_auto_update_disabled),
    )
    name = f"the stores of {settings.server or 'the server'}"
    layers = windows.layers(members, registry)
    return assembly.assemble(name, layers, root_auto_update=root_auto_update)
