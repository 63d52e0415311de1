"""The partners as Prometheus' HTTP service discovery (http_sd_config) reads them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from probe.runs.lists.partners import PartnerEntry


class TargetGroup(Struct, frozen=True):
    """One partner with its tags, each between commas, so that a pattern finds whole ones."""

    targets: tuple[str, ...]
    labels: dict[str, str]


def target_groups(entries: Iterable[PartnerEntry]) -> tuple[TargetGroup, ...]:
    """One group for each partner, in their order."""
    return tuple(
        TargetGroup(
            (entry.target,), {"__meta_fedprobe_tags": f",{','.join(entry.tags)}," if entry.tags else ""}
        )
        for entry in entries
    )
