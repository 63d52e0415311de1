"""From one entry of a list to the settings of its check: what the entry says wins over what the run says."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from probe.collection.settings import Settings, parse_connect_to, parse_proxy, parse_resolve
from probe.runs.lists.partners import PartnerEntry

_PARSED = frozenset({"proxy", "connect_to", "resolve"})
_SETTINGS = tuple(field.name for field in dataclasses.fields(Settings))
_SHARED = tuple(name for name in _SETTINGS if name in PartnerEntry.__struct_fields__ and name not in _PARSED)


def settings_of(entry: PartnerEntry, base: Settings, environment: Mapping[str, str]) -> Settings:
    """The settings of this entry's check over those of the run.

    A key of the entry that the settings have too goes there under its name. Address overrides of the entry
    come first, those of the run stay behind them.

    Raises:
        UsageError: an override or the proxy cannot be used.
        DataError: the environment variable that holds the proxy is not set.
    """
    said = {name: getattr(entry, name) for name in _SHARED}
    changes = {name: value for name, value in said.items() if value not in (None, "")}
    proxy = entry.proxy_url(environment)
    if proxy is not None:
        changes["proxy"] = parse_proxy(proxy)
    if entry.connect_to:
        changes["connect_to"] = (*map(parse_connect_to, entry.connect_to), *base.connect_to)
    if entry.resolve:
        changes["resolve"] = (*map(parse_resolve, entry.resolve), *base.resolve)
    return dataclasses.replace(base, **changes) if changes else base
