"""`--what-if`: from its text to the conditions that change, and the records judged with and without them.

1. A text is `events`, or changes `KEY=VALUE` joined by commas, which hold together; each makes a scenario.
2. A scenario has conditions before and after. Before are those of the command, except for a dated event:
   the store, or the calendar, as it was without it.
3. Each record is judged under both, as of the moment of the command; only `at=` moves that moment. So an
   expiry, which a renewal cures, does not hide what an event would change.
4. For `at=`, the moment of a flip is found by halving the time between until it is a second.

Nothing is contacted: records are replayed.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct, structs

from probe.cli.inputs import Conditions
from probe.cli.options.caller_options import CallerOptions, VerdictOptions
from probe.errors import UsageError
from probe.facts import trust_changes
from probe.facts.dated_events import EVENTS, DatedEvent, Subject
from probe.facts.observation import Observation
from probe.facts.target import target_key
from probe.facts.trust_store import TrustStore
from probe.judgement.model import Outcome
from probe.judgement.result import TargetResult, judge_for_callers
from probe.report import build
from probe.report.what_if.what_if_document import ScenarioEntry, VerdictFlip, When, flips, ordered

EVENTS_WORD = "events"
FORMS = (
    "caller=exchange-se@2025, tls=1.2, rsa=2048, trust=FILE, remove-root=ROOT, distrust-root=ROOT[@DAY], "
    "distrust-new=ROOT@DAY, at=DAY, or events"
)
_KEYS = ("caller", "tls", "rsa", "trust", "remove-root", "distrust-root", "distrust-new", "at")
_NEXT = re.compile(rf",(?=(?:{'|'.join(_KEYS)})=)")
_SECOND = timedelta(seconds=1)
_UNCHANGED = {
    Subject.CERTIFICATES: "changes certificates that are issued later; those on record keep their verdict",
    Subject.EXCHANGE: "changes no verdict by itself",
    Subject.WINDOWS: "changes no verdict by itself",
}


class Assumptions(Struct, frozen=True):
    """Conditions to judge under; `events_at`: the moment as of which public events hold, None: the same."""

    conditions: Conditions
    events_at: datetime | None = None

    def is_same(self, other: Assumptions) -> bool:
        """Whether both judge alike, told without comparing whole stores."""
        return self.conditions is other.conditions and self.events_at == other.events_at

    def judge(self, observation: Observation) -> TargetResult:
        """The observation judged under these conditions."""
        it = self.conditions
        return judge_for_callers(
            observation,
            trust=it.trust,
            callers=it.callers,
            at=it.at,
            thresholds=it.thresholds,
            events_at=self.events_at,
        )


class WhatIfScenario(Struct, frozen=True):
    """What changes. `sides` None: nothing is to be judged. `moves`: the moment itself changes."""

    name: str
    sides: tuple[Assumptions, Assumptions] | None
    day: date | None = None
    source: str | None = None
    undecided: str | None = None
    note: str | None = None
    moves: bool = False


def scenarios(
    texts: Iterable[str], base: Conditions, caller: CallerOptions, verdict: VerdictOptions
) -> list[WhatIfScenario]:
    """The scenarios that the texts of `--what-if` describe, in their order.

    Raises:
        UsageError: a text cannot be read, or names no root of the store.
        TrustStoreError, InputMissingError: a trust store cannot be read.
    """
    found: list[WhatIfScenario] = []
    for text in texts:
        if text.strip().lower() == EVENTS_WORD:
            found += _events(base)
        else:
            found.append(_changed(text.strip(), base, caller, verdict))
    return found


def _changed(text: str, base: Conditions, caller: CallerOptions, verdict: VerdictOptions) -> WhatIfScenario:
    parts = [part.partition("=") for part in _NEXT.split(text)]
    if wrong := [key for key, _, value in parts if key not in _KEYS or not value.strip()]:
        raise UsageError(f"--what-if {text!r}: {wrong[0]!r} says nothing that can change: give {FORMS}")
    given = {key: [value for other, _, value in parts if other == key] for key, _, _ in parts}
    for key in ("rsa", "at"):
        if len(given.get(key, ())) > 1:
            raise UsageError(f"--what-if {text!r}: give {key}= once")
    try:
        options = _caller_options(caller, given)
        moment = verdict.changed(at=given["at"][0]) if "at" in given else verdict
        store = options.trust_store() if "trust" in given else base.trust
        callers, at = options.callers(), moment.moment()
        if "rsa" in given:
            bits = _key_size(given["rsa"][0])
            callers = tuple(dataclasses.replace(one, minimum_rsa_bits=bits) for one in callers)
        store, days, note = _store(store, given)
    except UsageError as wrong_value:
        raise UsageError(f"--what-if {text}: {wrong_value}") from None
    after = structs.replace(base, callers=callers, trust=store, at=at)
    return WhatIfScenario(
        text, (Assumptions(base), Assumptions(after)), max(days, default=None), note=note, moves="at" in given
    )


def _caller_options(caller: CallerOptions, given: dict[str, list[str]]) -> CallerOptions:
    versions = [version for value in given.get("tls", ()) for version in re.split(r"[+ ]+", value.strip())]
    return caller.changed(
        caller=given.get("caller", caller.caller),
        trust=given.get("trust", caller.trust),
        tls=versions or caller.tls,
    )


def _key_size(text: str) -> int:
    if not (text.isdecimal() and 512 <= int(text) <= 16384):
        raise UsageError(f"rsa={text} is no size of a key: give bits from 512 to 16384, like rsa=2048")
    return int(text)


def _store(store: TrustStore, given: dict[str, list[str]]) -> tuple[TrustStore, list[date], str | None]:
    """The store changed, the days that were given, and which roots are concerned."""
    days: list[date] = []
    named: list[str] = []
    for key in ("remove-root", "distrust-root", "distrust-new"):
        for value in given.get(key, ()):
            name, _, day_text = value.partition("@")
            thumbprints = trust_changes.roots_named(store, name)
            if not thumbprints:
                raise UsageError(
                    f"no root of the store {store.name} is called {name!r}: give a thumbprint or a part of "
                    "the name, as probe trust show prints them"
                )
            named += thumbprints
            if day_text:
                days.append(_day(key, day_text))
            store = _with_root_changed(store, key, thumbprints, days[-1] if day_text else None)
    roots = f"{len(named)} root{'s' if len(named) > 1 else ''}: {', '.join(named[:8])}"
    return store, days, f"{roots}{' …' if len(named) > 8 else ''}" if named else None


def _with_root_changed(
    store: TrustStore, key: str, thumbprints: tuple[str, ...], day: date | None
) -> TrustStore:
    if key == "remove-root":
        if day is not None:
            raise UsageError("remove-root= takes no day; distrust-root=ROOT@DAY does")
        return trust_changes.without_roots(store, thumbprints)
    if key == "distrust-root":
        return trust_changes.distrusting(store, thumbprints)
    if day is None:
        raise UsageError("distrust-new= needs the day from which issued certificates are refused: ROOT@DAY")
    return trust_changes.refusing_new(store, thumbprints, _midnight(day))


def _day(key: str, text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{key}: {text!r} is no day: give one like 2027-03-15") from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _events(base: Conditions) -> Iterator[WhatIfScenario]:
    """Every dated public event that is about these callers, or about all."""
    versions = {(Subject.EXCHANGE, caller.exchange) for caller in base.callers}
    versions |= {(Subject.WINDOWS, caller.windows) for caller in base.callers}
    for event in EVENTS:
        if not event.about or (event.subject, event.about) in versions:
            about = f" {event.about}" if event.about else ""
            yield WhatIfScenario(
                f"{event.subject}{about}: {event.text}",
                _sides_of(event, base),
                event.day,
                event.source,
                event.undecided,
                _UNCHANGED.get(event.subject),
            )


def _sides_of(event: DatedEvent, base: Conditions) -> tuple[Assumptions, Assumptions] | None:
    if event.subject is Subject.EXCHANGE_ONLINE:
        day = _midnight(event.day)
        return Assumptions(base, day - _SECOND), Assumptions(base, day)
    if event.subject is not Subject.ROOTS:
        return None
    from probe.stores import microsoft_list

    dated = microsoft_list.dates_of(event.day)
    moments = {
        name: frozenset(m for m in (dates.not_before, dates.disallowed_after) if m is not None)
        for name, dates in dated.items()
    }
    before = trust_changes.before_dates(base.trust, moments)
    after = trust_changes.with_dates(base.trust, dated)
    return Assumptions(structs.replace(base, trust=before)), Assumptions(structs.replace(base, trust=after))


class ScenarioComparison:
    """The records judged under every scenario, one record at a time; `entries` are what was found."""

    def __init__(self, scenarios: Iterable[WhatIfScenario], base: Conditions) -> None:
        self.trust = base.trust
        self._scenarios = list(scenarios)
        self._base = Assumptions(base)
        self._flips: list[list[VerdictFlip]] = [[] for _ in self._scenarios]
        self._targets: set[str] = set()
        self.outcomes: set[Outcome] = set()

    def take(self, observation: Observation) -> None:
        """Judge one record under every scenario."""
        self._targets.add(target_key(observation.target.input))
        base = self._base.judge(observation)
        self.outcomes.add(base.outcome)
        for scenario, found in zip(self._scenarios, self._flips, strict=True):
            if scenario.sides is not None:
                before, after = scenario.sides
                old = base if before.is_same(self._base) else before.judge(observation)
                new = after.judge(observation)
                self.outcomes.add(new.outcome)
                found += flips(build.document(old), build.document(new), _when(scenario, observation))

    @property
    def partners(self) -> int:
        """How many partners the records are of: of one there may be several."""
        return len(self._targets)

    @property
    def entries(self) -> tuple[ScenarioEntry, ...]:
        """What flips, scenario by scenario; what several records of a partner say alike, once."""
        return tuple(
            ScenarioEntry(
                scenario.name,
                scenario.day,
                scenario.source,
                scenario.undecided,
                scenario.note,
                self.partners if scenario.sides is not None else 0,
                ordered(list(dict.fromkeys(found))),
            )
            for scenario, found in zip(self._scenarios, self._flips, strict=True)
        )


def _when(scenario: WhatIfScenario, observation: Observation) -> When | datetime | None:
    if scenario.sides is not None and scenario.moves:
        return _halving(scenario.sides, observation)
    return None if scenario.day is None else _midnight(scenario.day)


def _halving(sides: tuple[Assumptions, Assumptions], observation: Observation) -> When:
    before, after = (side.conditions for side in sides)
    start, end = before.at or observation.observed_at, after.at or observation.observed_at
    judged: dict[datetime, TargetResult] = {}

    def outcome_at(moment: datetime, endpoint: int, judgement: int) -> Outcome:
        if moment not in judged:
            judged[moment] = Assumptions(structs.replace(after, at=moment)).judge(observation)
        return judged[moment].endpoints[endpoint].judgements[judgement].outcome

    def moment_of(endpoint: int, judgement: int, outcome: Outcome) -> datetime | None:
        if outcome_at(start, endpoint, judgement) == outcome:
            return None  # what else the scenario changes flips it at once
        low, high = start, end
        while abs(high - low) > _SECOND:
            middle = low + (high - low) / 2
            if outcome_at(middle, endpoint, judgement) == outcome:
                high = middle
            else:
                low = middle
        return high.replace(microsecond=0)

    return moment_of
