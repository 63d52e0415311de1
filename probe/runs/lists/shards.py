"""Which machine checks which target: by a hash of the target, so that the order of the list is all one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from probe.errors import UsageError
from probe.facts.target import target_key
from probe.runs.lists.partners import PartnerEntry

_FORM = re.compile(r"(?P<index>\d{1,6})/(?P<count>\d{1,6})\Z")


class Shard(Struct, frozen=True):
    """Part `index` (from 1) of `count`."""

    index: int
    count: int

    def holds(self, target: str) -> bool:
        """Whether this part checks the target. Every target is held by exactly one part."""
        digest = hashlib.sha256(target_key(target).encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8]) % self.count == self.index - 1

    def select(self, entries: Iterable[PartnerEntry]) -> Iterator[PartnerEntry]:
        """The entries of this part, in their order."""
        return (entry for entry in entries if self.holds(entry.target))


WHOLE = Shard(1, 1)


def parse_shard(text: str) -> Shard:
    """The part that `2/5` names.

    Raises:
        UsageError: it is no part, such as 0/5 or 6/5.
    """
    match = _FORM.match(text.strip())
    if match is None or not 1 <= int(match["index"]) <= int(match["count"]):
        raise UsageError(f"{text!r} is no shard: give which of how many, from 1, such as 2/5")
    return Shard(int(match["index"]), int(match["count"]))
