"""One check: of a partner of the list, asked for by a request or by the schedule.

Those asked for are a bounded number at a time, each within its deadline. Nothing waits in a queue: a scraper
asks again by itself. A check that the scraper's patience cuts short is "cannot tell": the caller would have
waited longer, so what was seen until then must not count against the partner.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Sequence

from msgspec import structs

from probe.errors import TargetError, UsageError
from probe.facts import target as targets
from probe.facts.target import target_key
from probe.judgement.caller_profile import profile
from probe.report.document import ResultDocument
from probe.runs.attempts import Attempts, Checked, Checker
from probe.runs.lists.partners import PartnerEntry
from probe.runs.untried_target import refused
from probe.serving.request_refusals import bad_request, busy, not_listed

# blackbox_exporter's --timeout-offset: what the answer itself may take of the scraper's timeout.
_OFFSET_SECONDS = 0.5
_LONGEST_TARGET = 512
_MOST_CALLERS = 8
_PAUSE_SECONDS = 1.0
# Targets whose last result is kept for the status page when any may be asked for.
_REMEMBERED = 1000


def patience(header: str | None) -> float | None:
    """Seconds that this X-Prometheus-Scrape-Timeout-Seconds leaves for a check; None: no limit.

    Raises:
        RefusedError: the header is no positive number.
    """
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise bad_request("X-Prometheus-Scrape-Timeout-Seconds is no number of seconds")
    return max(seconds - _OFFSET_SECONDS, seconds / 2)


Finished = Callable[[ResultDocument, float], None]


def _ignore(*what: object) -> None:
    del what


class Prober:
    """Checks partners when asked. `finished` is told each result with the seconds that it took."""

    def __init__(
        self,
        check: Checker,
        entries: Iterable[PartnerEntry],
        *,
        any_target: bool = False,
        concurrency: int = 16,
        finished: Finished = _ignore,
    ) -> None:
        self._check = check
        self.entries: dict[str, PartnerEntry] = {}
        self.follow(entries)
        self._any_target = any_target
        self.concurrency = concurrency
        self.in_flight = 0
        self._asked = 0
        self._finished = finished
        self._latest: dict[str, ResultDocument] = {}

    def follow(self, entries: Iterable[PartnerEntry]) -> None:
        """Take these as the partner list; the first of several entries of one target counts."""
        listed: dict[str, PartnerEntry] = {}
        for entry in entries:
            listed.setdefault(target_key(entry.target), entry)
        self.entries = listed

    def entry(self, target: str, callers: Sequence[str] = ()) -> PartnerEntry:
        """The entry to check for what a request asks.

        Raises:
            RefusedError: the target may not be checked, or a caller is none.
        """
        known = self.entries.get(target_key(target))
        if known is None and not self._any_target:
            raise not_listed(target[:_LONGEST_TARGET])
        if len(target) > _LONGEST_TARGET or len(callers) > _MOST_CALLERS:
            raise bad_request("the target is too long, or too many callers are asked for")
        try:
            if known is None:
                targets.parse(target)
            for name in callers:
                profile(name)
        except (TargetError, UsageError) as wrong:
            raise bad_request(str(wrong)) from None
        entry = known or PartnerEntry(target)
        return structs.replace(entry, callers=tuple(callers)) if callers else entry

    async def probe(self, entry: PartnerEntry, seconds: float | None = None) -> ResultDocument:
        """The result of one check that was asked for, after at most `seconds`.

        Raises:
            RefusedError: as many checks as allowed have been asked for and are under way.
        """
        if self._asked >= self.concurrency:
            raise busy(self.concurrency)
        self._asked += 1
        try:
            return await self._run(entry, seconds, retries=0)
        finally:
            self._asked -= 1

    async def check(self, entry: PartnerEntry) -> ResultDocument:
        """The result of one check of the schedule, repeated once where the failure may be transient."""
        return await self._run(entry, None, retries=1)

    async def _run(self, entry: PartnerEntry, seconds: float | None, retries: int) -> ResultDocument:
        self.in_flight += 1
        clock = asyncio.get_running_loop().time
        begun = clock()
        try:
            checked = await self._checked(entry, seconds, retries)
        finally:
            self.in_flight -= 1
        took = clock() - begun
        document = checked.document
        if document.elapsed_ms is None:
            document = structs.replace(document, elapsed_ms=round(took * 1000, 3))
        self._remember(document)
        self._finished(document, took)
        return document

    def latest(self) -> tuple[ResultDocument, ...]:
        """The last result of each target that was asked for, at most 1000 unless the list is longer."""
        return tuple(self._latest.values())

    async def _checked(self, entry: PartnerEntry, seconds: float | None, retries: int) -> Checked:
        attempts = Attempts(entry, self._check, retries=retries, pause=_PAUSE_SECONDS, repeated=_ignore)
        if seconds is None:
            return await attempts.until(None, "")
        deadline = asyncio.get_running_loop().time() + seconds
        said = (
            f"stopped after {seconds:g} s, which is all that the scrape timeout leaves: raise scrape_timeout"
        )
        checked = await attempts.until(deadline, said)
        return Checked(refused(entry, said)) if attempts.cut_short else checked

    def _remember(self, document: ResultDocument) -> None:
        key = target_key(document.target.input)
        self._latest.pop(key, None)
        self._latest[key] = document
        while len(self._latest) > max(_REMEMBERED, len(self.entries)):
            del self._latest[next(iter(self._latest))]
