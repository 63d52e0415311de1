"""Which entries of a list name the partner of an earlier one in another spelling."""

from __future__ import annotations

from array import array
from collections import defaultdict

from msgspec import structs

from probe.errors import TargetError
from probe.facts import target as targets
from probe.facts.target import target_key
from probe.runs.lists.partners import PartnerEntry

_PARTS = 256


def _numbers() -> array[int]:
    return array("q")


class Spellings:
    """The partners of a list and how they are spelled: 24 bytes for each, of which a dictionary takes 110.

    They lie in parts by their hash, so that what is compared at a time is a part.
    """

    def __init__(self) -> None:
        self._count = 0
        self._parts: defaultdict[int, array[int]] = defaultdict(_numbers)

    def take(self, entry: PartnerEntry) -> None:
        """Note the next entry of the list."""
        same = _same_check(entry)
        if same is not None:
            self._parts[same % _PARTS].extend((self._count, same, hash(entry.target)))
        self._count += 1

    def repeated(self) -> frozenset[int]:
        """The places, from 0, of the entries that an earlier one in another spelling makes superfluous.

        What stands twice in one spelling is asked for twice; another spelling of a domain is an oversight.
        """
        found = []
        for part in self._parts.values():
            seen: dict[int, int] = {}
            for place, same, spelled in zip(part[::3], part[1::3], part[2::3], strict=True):
                if seen.setdefault(same, spelled) != spelled:
                    found.append(place)
        return frozenset(found)


def _same_check(entry: PartnerEntry) -> int | None:
    """A number that entries share which check one partner alike, however they spell it; None: no partner."""
    if "://" in entry.target:
        return None  # a URL has no domain, and a long list would take each apart twice
    try:
        parsed = targets.parse(entry.target)
    except TargetError:
        return None
    if parsed.domain is None:
        return None
    return hash(structs.replace(entry, target=target_key(entry.target), tags=(), notes=None))
