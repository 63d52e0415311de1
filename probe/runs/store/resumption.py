"""Which unfinished run is continued, and what of it is answered already.

1. The run is looked for in the history, as the last one over a list of this name; where no history is kept,
   in the state file that `--resume` names.
2. It must be a run over the same entries with the same settings: each side's hash is compared, and a run of
   others is refused, because its results would be mixed with these.
3. Each result carries the hash of the entry that it answers. What is answered is handed out again and not
   asked again; the same entry twice is answered twice.
4. When every entry is answered the run has an end, and a state file is removed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from probe.errors import DataError
from probe.report.document import ResultDocument
from probe.report.json import encoded
from probe.runs.lists.partners import PartnerEntry
from probe.runs.store.history_store import History

_HASH_BITS = 256


class Resumption:
    """The run of a store that is continued, or begun so that it can be."""

    def __init__(self, store: History, *, name: str, label: str, partners: str, settings: str) -> None:
        """Find the unfinished run in the store, or begin one.

        `name` is what the file is called in messages; `label` the list's name; `partners` and `settings` are
        their hashes (`partners_hash`, `settings_hash`).

        Raises:
            DataError: the unfinished run is one over another list, or with other settings.
        """
        self._store = store
        found = store.unfinished(label)
        if found is None:
            begun = store.begin_run(label, datetime.now(UTC), partners=partners, settings=settings)
            found = begun, partners, settings
        self.run, of_partners, of_settings = found
        if (of_partners, of_settings) != (partners, settings):
            other = "over another list" if of_partners != partners else "with other settings"
            raise DataError(
                f"{name} holds an unfinished run {other}, whose results would be mixed with these: finish it "
                "with its own list and settings, or begin anew (without --resume, or with another FILE)"
            )
        self._answered = Counter(store.answered(self.run))
        self._last = max((row.number for row in store.of_run(self.run)), default=0)

    @property
    def finished(self) -> int:
        """How many entries were answered before."""
        return self._answered.total()

    def replay(self) -> Iterator[tuple[int, ResultDocument]]:
        """(number, document) of each result that was there before, read one by one."""
        for row in self._store.of_run(self.run):
            if row.number <= self._last:
                yield row.number, self._store.document(row.number)

    def remaining(self, entries: Iterable[PartnerEntry]) -> Iterator[PartnerEntry]:
        """The entries that are not answered yet."""
        left = self._answered.copy()
        for entry in entries:
            key = entry_hash(entry)
            if left[key]:
                left[key] -= 1
            else:
                yield entry


def entry_hash(entry: PartnerEntry) -> str:
    """A hash of everything the entry says, but not of where it stands in the list."""
    of_all = PartnerEntry.__struct_fields__
    names = (*entry.__struct_fields__[len(of_all) :], *of_all)  # a broken run has hashes in this order
    fields = {name: getattr(entry, name) for name in names if name != "source"}
    return hashlib.sha256(encoded(fields)).hexdigest()


def partners_hash(entries: Iterable[PartnerEntry]) -> str:
    """A hash of these entries in any order, as often as each is there."""
    total = 0
    for entry in entries:
        total += int(entry_hash(entry), 16)
    return f"{total % (1 << _HASH_BITS):064x}"


def settings_hash(*parts: str) -> str:
    """A hash of everything besides the list that the results of a run depend on."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
