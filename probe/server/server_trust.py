"""The trust store that one server's settings hold: its stores, and the lists of automatic root update."""

from __future__ import annotations

import re
from collections.abc import Mapping

from probe.errors import TrustStoreError
from probe.facts.server_settings import ServerSettings
from probe.facts.trust_store import TrustStore
from probe.stores import assembly, windows
from probe.stores.windows_api import Registry, StoredCertificate

_IDENTIFIER = re.compile(r"[0-9]{1,10}")


def trust_store(settings: ServerSettings, *, root_auto_update: bool = True) -> TrustStore | None:
    """The store that this server judges with; None where the settings have no stores.

    Raises:
        TrustStoreError: a property or a list in them is damaged.
    """
    if settings.stores is None:
        return None
    members = [
        StoredCertificate(each.store, each.der, _by_number(each.properties))
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


def _by_number(properties: Mapping[str, bytes]) -> dict[int, bytes]:
    """The properties of a stored certificate, whose identifiers are DWORDs (wincrypt.h)."""
    strange = next((name for name in properties if not _IDENTIFIER.fullmatch(name)), None)
    if strange is not None:
        raise TrustStoreError(
            f"a certificate in the settings has a property {strange[:20]!r}, which is no number: write the "
            "settings again with probe caller export"
        )
    return {int(name): value for name, value in properties.items()}
