"""One run over a partner list with everything around it: history, changes, delivery, interruption.

The order is fixed: a result is put into the history, or into the state file of a run without one, before it
is handed on, so that what was seen on the screen is never lost by a kill. Only counts and the changes are
kept in memory.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from probe.errors import OutputError
from probe.report.comparable import digest
from probe.report.document import ResultDocument
from probe.report.letter import WrittenLetter
from probe.report.vantage_summary import VantageSummary
from probe.runs.alerting import alerts
from probe.runs.alerting.alerts import Alert, Earlier, Tells, alert_of
from probe.runs.attempts import Checked, Checker
from probe.runs.execution import Finished, Listener, RunLimits, run, silent
from probe.runs.interruption import stop_on_signal
from probe.runs.lists.partners import PartnerEntry
from probe.runs.lists.shards import WHOLE, Shard
from probe.runs.store.history_schema import FileKind
from probe.runs.store.history_store import History
from probe.runs.store.resumption import Resumption, entry_hash, settings_hash
from probe.runs.store.retention import Retention


class Delivery(Struct, frozen=True):
    """One result on its way out. `alert`: what there is to tell of it after the last result in the history.

    `seen` tells whether the history held an earlier result: "nothing changed" is not "never seen".
    `resumed`: it was answered by the broken run that this one continues. `warning`: what the first results
    say about this machine, once.
    """

    checked: Checked
    alert: Alert | None = None
    seen: bool = False
    resumed: bool = False
    warning: str | None = None


Deliver = Callable[[Delivery], None]
Lacks = Callable[[ResultDocument], bool]
"""Whether the record of an earlier result is still to be saved: the kill came between keeping and saving."""
LetterWriter = Callable[[ResultDocument], WrittenLetter | None]


class Runner(Protocol):
    """Runs checks; see `probe.runs.execution.run`."""

    def __call__(
        self,
        entries: Iterable[PartnerEntry],
        check: Checker,
        *,
        limits: RunLimits,
        listener: Listener,
        stop: asyncio.Event | None,
    ) -> AsyncGenerator[Finished, None]:
        """Each entry with its result, as they finish."""


class Campaign(Struct, frozen=True):
    """What a run does besides checking. Paths None: not at all.

    `resume`: an unfinished run is continued, that of the history, or of the state file of this path where no
    history is kept. `partners` is the hash of the list, `settings` are texts that the results depend on
    (trust, callers, time): an unfinished run with others is refused. `label` stands in the history. `tells`
    which alerts are put into the history to be told, `letter` writes what is sent with them; the sending is
    not done here. `remind_after`: after how long a partner that still fails is told again; 0: never.
    `lacks`: records are saved, and this says which of the broken run's still are not; None: they are not.
    """

    limits: RunLimits = field(default_factory=RunLimits)
    shard: Shard = WHOLE
    resume: str | Path | None = None
    history: str | Path | None = None
    retention: Retention = field(default_factory=Retention)
    partners: str = ""
    settings: tuple[str, ...] = ()
    label: str = ""
    tells: Tells = Tells.NOTHING
    letter: LetterWriter | None = None
    remind_after: timedelta = timedelta()
    lacks: Lacks | None = None


class Summary(Struct, frozen=True):
    """How a run ended: targets by outcome, how many an earlier run had answered.

    `unkept` says why history or state did not take every result; "" where they did. `vantage` is what the
    results say about the machine that checked.
    """

    outcomes: dict[str, int]
    resumed: int
    interrupted: bool
    unkept: str = ""
    vantage: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many targets were answered."""
        return sum(self.outcomes.values())


def _do_nothing(vantage: tuple[str, ...]) -> None:
    """What a run without a report does at its end."""
    del vantage


async def conduct(
    entries: Iterable[PartnerEntry],
    check: Checker,
    campaign: Campaign,
    *,
    deliver: Deliver,
    when_delivered: Callable[[tuple[str, ...]], None] = _do_nothing,
    listener: Listener = silent,
    runner: Runner = run,
) -> Summary:
    """Check every entry and hand each result to `deliver` as it comes, then call `when_delivered`.

    It is given what the results say about the machine that checked.

    Whatever a kill interrupts can be continued: the run ends, and its state goes, only after that has put
    the report in its place. `runner` is what runs the checks: `run` here, or one that spreads them over a
    cluster.

    An interrupt (Ctrl-C, SIGTERM) ends the run early with everything that had finished delivered; the
    summary says so. A history or state that can no longer be written, because the disk is full, is left as
    it is: the run goes on, everything is delivered, and the summary says why it was not kept.

    Raises:
        DataError, OutputError: the state file or the history cannot be used, or holds another run.
    """
    with _Books(campaign, deliver) as books:
        with stop_on_signal() as stop:
            books.replay()
            remaining = books.remaining(campaign.shard.select(entries))
            answers = runner(remaining, check, limits=campaign.limits, listener=listener, stop=stop)
            async with aclosing(answers) as results:
                async for finished in results:
                    books.enter(finished.entry, finished.checked)
        when_delivered(books.vantage)
        return books.finish(interrupted=stop.is_set())


class _Books:
    """The store of one run, its history or its state file, and the counts for its summary."""

    def __init__(self, campaign: Campaign, deliver: Deliver) -> None:
        self._campaign = campaign
        self._deliver = deliver
        self._outcomes: Counter[str] = Counter()
        self._history: History | None = None
        self._state: History | None = None
        self._resumption: Resumption | None = None
        self._run = 0
        self._unkept = ""
        self._vantage = VantageSummary()

    def __enter__(self) -> _Books:
        try:
            self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _open(self) -> None:
        campaign = self._campaign
        if campaign.history is not None:
            self._history = History(campaign.history)
        elif campaign.resume is not None:
            self._state = History(campaign.resume, kind=FileKind.STATE)
        store = self._store
        if store is not None and campaign.resume is not None:
            shard = f"{campaign.shard.index}/{campaign.shard.count}"
            self._resumption = Resumption(
                store,
                name=str(campaign.history or campaign.resume),
                label=campaign.label,
                partners=campaign.partners,
                settings=settings_hash(shard, *campaign.settings),
            )
            self._run = self._resumption.run
        elif store is not None:
            self._run = store.begin_run(campaign.label, datetime.now(UTC))

    @property
    def _store(self) -> History | None:
        return self._history or self._state

    def __exit__(self, *error: object) -> None:
        store = self._store
        if store is not None:
            store.close()

    @property
    def vantage(self) -> tuple[str, ...]:
        """What the results so far say about the machine that checks."""
        return self._vantage.notes()

    def replay(self) -> None:
        """Hand out what the broken run had answered; its history is already written."""
        store, lacks = self._store, self._campaign.lacks
        if self._resumption is None or store is None:
            return
        for number, document in self._resumption.replay():
            self._outcomes[document.outcome] += 1
            self._vantage.take(document)
            seen, alert = self._compared(document, before=number)
            lacking = lacks is not None and lacks(document)
            observation = store.observation(number) if lacking else None
            self._deliver(Delivery(Checked(document, observation), alert, seen=seen, resumed=True))

    def remaining(self, entries: Iterable[PartnerEntry]) -> Iterator[PartnerEntry]:
        """The entries that the broken run had not answered."""
        return iter(entries) if self._resumption is None else self._resumption.remaining(entries)

    def enter(self, entry: PartnerEntry, checked: Checked) -> None:
        """Keep a result, then hand it out."""
        document = checked.document
        self._outcomes[document.outcome] += 1
        self._vantage.take(document)
        seen, alert = False, None
        if not self._unkept:
            try:
                seen, alert = self._keep(entry, checked)
            except OutputError as refused:
                self._unkept = str(refused)
        self._deliver(Delivery(checked, alert, seen=seen, warning=self._vantage.early_warning()))

    def _keep(self, entry: PartnerEntry, checked: Checked) -> tuple[bool, Alert | None]:
        """Write a result; whether its target was known, and what there is to tell of it."""
        document = checked.document
        seen, alert = self._compared(document)
        answers = None if self._resumption is None else entry_hash(entry)
        if self._history is not None:
            told = self._campaign.tells.includes(alert)
            # Whoever must be told is told after the run, or after the next one if that fails.
            waiting = alerts.dumps(self._with_letter(alert, document)) if alert is not None and told else None
            self._history.add(self._run, checked, waiting=waiting, entry=answers)
        elif self._state is not None:
            kept = checked if self._campaign.lacks is not None else Checked(document)
            self._state.add(self._run, kept, entry=answers)
        return seen, alert

    def _with_letter(self, alert: Alert, document: ResultDocument) -> Alert:
        write = self._campaign.letter
        if write is None or not alert.calls_for_a_letter:
            return alert
        return replace(alert, letter=write(document))

    def finish(self, *, interrupted: bool) -> Summary:
        """Close the run in the history, forget what is not kept, and drop the state of a complete run."""
        resumed = 0 if self._resumption is None else self._resumption.finished
        if not self._unkept:
            try:
                self._close_run(interrupted=interrupted)
            except OutputError as refused:
                self._unkept = str(refused)
        return Summary(dict(self._outcomes), resumed, interrupted, self._unkept, self.vantage)

    def _close_run(self, *, interrupted: bool) -> None:
        if self._history is not None and not interrupted:
            now = datetime.now(UTC)
            self._conclude_on_vantage(self._history, now)
            self._history.end_run(self._run, now)
            self._history.prune(self._campaign.retention, now)
        if self._state is not None and not interrupted:
            self._state.remove()

    def _conclude_on_vantage(self, history: History, now: datetime) -> None:
        """What a blind machine saw counts for no partner; that it is blind, or no more, is told once."""
        vantage, before = self._vantage, history.vantage.before(self._run, self._campaign.label)
        if vantage.blind:
            history.vantage.set_aside(self._run)
        waiting = None
        if vantage.key != before and self._campaign.tells is not Tells.NOTHING:
            waiting = alerts.dumps(alerts.vantage_alert(vantage.notes(), now))
        history.vantage.note(self._run, vantage.key, at=now, waiting=waiting)

    def _compared(self, document: ResultDocument, *, before: int | None = None) -> tuple[bool, Alert | None]:
        """Whether the history knew the target (before result number `before`), and what there is to tell."""
        history, target = self._history, document.target.input
        if history is None:
            return False, None
        row = history.previous(target, before=before)
        earlier = None
        if row is not None:
            same = row.digest == digest(document)
            earlier = Earlier(
                row.outcome,
                row.counted_as,
                row.observed_at,
                history.since(target) or row.observed_at,
                None if same else history.document(row.number),
            )
        return row is not None, alert_of(document, earlier, self._campaign.remind_after)
