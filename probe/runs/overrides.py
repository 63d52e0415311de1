"""From one entry of a list to the settings of its check: what the entry says wins over what the run says."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from probe.collect.settings import Settings, parse_connect_to, parse_proxy, parse_resolve
from probe.runs.partners import PartnerEntry


def settings_of(entry: PartnerEntry, base: Settings, environment: Mapping[str, str]) -> Settings:
    """The settings of this entry's check over those of the run.

    Address overrides of the entry come first, those of the run stay behind them.

    Raises:
        UsageError: an override or the proxy cannot be used.
        DataError: the environment variable that holds the proxy is not set.
    """
    proxy = entry.proxy_url(environment)
    return dataclasses.replace(
        base,
        ews_url=entry.ews_url or base.ews_url,
        autodiscover_url=entry.autodiscover_url or base.autodiscover_url,
        timeout=base.timeout if entry.timeout is None else entry.timeout,
        connect_timeout=base.connect_timeout if entry.connect_timeout is None else entry.connect_timeout,
        aia=base.aia if entry.aia is None else entry.aia,
        proxy=base.proxy if proxy is None else parse_proxy(proxy),
        connect_to=(*map(parse_connect_to, entry.connect_to), *base.connect_to),
        resolve=(*map(parse_resolve, entry.resolve), *base.resolve),
    )
