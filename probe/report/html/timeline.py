"""Time drawn as distance: what expires or flips next, the validity of a chain, and past runs.

Only wording, and where things are in percent of a track, so that a picture is as wide as its column; the
template draws it. Moments come in as arguments; no clock is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from probe.escaping import one_line
from probe.report import summary
from probe.report.document import ChainEntry
from probe.report.html.chain_picture import common_name

_SHORTEST = timedelta(days=30)
_LONGEST = timedelta(days=1100)  # longer than any public certificate lives; further off is off the picture
_LABEL = 60
_RUNS = 40
_HEIGHTS = {"failure": 22, "unknown": 16, "warning": 11, "success": 6, summary.NOT_USED: 3}
_STEPS = (1, 2, 7, 14, 30, 61, 91, 183, 365)


class Event(Struct, frozen=True):
    """Something that will happen: `kind` is expiry or flip."""

    label: str
    at: datetime
    kind: str
    why: str


class Tick(Struct, frozen=True):
    """A date on the axis. `css`: where it has room besides a wide page; `anchor` keeps the ends inside."""

    x: float
    text: str
    css: str
    anchor: str


class Mark(Struct, frozen=True):
    """An event as drawn: a diamond (expiry) or a disc (flip) at x; `words` say the same."""

    x: float
    kind: str
    label: str
    distance: str
    words: str
    past: bool


class Bar(Struct, frozen=True):
    """A validity period as drawn."""

    x: float
    width: float
    label: str
    words: str
    css: str


class Timeline(Struct, frozen=True):
    """A picture of time: ticks, and marks or bars. `now_x` is where the present is."""

    now_x: float
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...] = ()
    bars: tuple[Bar, ...] = ()


class Run(Struct, frozen=True):
    """A past run as a bar whose height is its severity."""

    x: int
    height: int
    outcome: str


class Sparkline(Struct, frozen=True):
    """The last runs, oldest first, and the same in words."""

    runs: tuple[Run, ...]
    width: int
    words: str


class _Scale(Struct, frozen=True):
    start: datetime
    end: datetime

    def x(self, moment: datetime) -> float:
        """Where a moment is in percent of the track, kept within it."""
        share = (moment - self.start) / (self.end - self.start)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def ticks(self) -> tuple[Tick, ...]:
        span = (self.end - self.start).days
        step = next((days for days in _STEPS if span / days <= 6), _STEPS[-1])
        moments = [self.start + timedelta(days=step * n) for n in range(span // step + 1)]
        return tuple(
            Tick(x := self.x(moment), f"{moment:%Y-%m-%d}", _room(number), _anchor(x))
            for number, moment in enumerate(moments)
        )


def _room(number: int) -> str:
    """Every third date has room on a narrow page, every second on paper."""
    return f"{'' if number % 3 else 'narrow'} {'' if number % 2 else 'paper'}".strip()


def _anchor(x: float) -> str:
    return "start" if x < 6 else "end" if x > 94 else "middle"


def upcoming(events: Sequence[Event], now: datetime, limit: int = 12) -> Timeline | None:
    """The soonest events, one a row, or None when there is none. Past ones stand at the left edge."""
    soonest = sorted((e for e in events if e.at <= now + _LONGEST), key=lambda event: event.at)[:limit]
    if not soonest:
        return None
    scale = _Scale(now, max(soonest[-1].at, now + _SHORTEST))
    marks = tuple(
        Mark(
            x=scale.x(event.at),
            kind=event.kind,
            label=one_line(event.label, _LABEL),
            distance=_distance(event.at, now),
            words=f"{event.at:%Y-%m-%d} ({_distance(event.at, now)}): {one_line(event.why, 200)}",
            past=event.at < now,
        )
        for event in soonest
    )
    return Timeline(scale.x(now), scale.ticks(), marks=marks)


def validity(chain: ChainEntry, now: datetime) -> Timeline | None:
    """The validity of each element, end-entity first, or None when no date is known."""
    known = [
        (element, element.not_before, element.not_after)
        for element in chain.elements
        if element.not_before is not None and element.not_after is not None
    ]
    if not known:
        return None
    latest = max(after for _, _, after in known)
    ahead = min(max(latest - now, _SHORTEST * 3), _LONGEST)
    scale = _Scale(now - ahead / 4, now + ahead)
    bars = []
    for element, before, after in known:
        left, right = scale.x(before), scale.x(after)
        valid = before <= now <= after
        bars.append(
            Bar(
                x=left,
                width=round(max(right - left, 0.5), 2),
                label=one_line(common_name(element.subject), _LABEL),
                words=f"{before:%Y-%m-%d} to {after:%Y-%m-%d}, {_distance(after, now)}",
                css="ok" if valid else "bad",
            )
        )
    return Timeline(scale.x(now), scale.ticks(), bars=tuple(bars))


def sparkline(runs: Sequence[tuple[datetime, str]]) -> Sparkline | None:
    """The last runs as bars, or None without history. Severity is height, not colour alone."""
    shown = [(moment, outcome if outcome in _HEIGHTS else "unknown") for moment, outcome in runs[-_RUNS:]]
    if not shown:
        return None
    outcomes = [str(outcome) for _, outcome in shown]
    counts = [
        f"{outcomes.count(state)} {words}" for state, words in summary.STATES.items() if state in outcomes
    ]
    words = f"Last {len(shown)} runs since {shown[0][0]:%Y-%m-%d}: {', '.join(counts)}"
    drawn = tuple(Run(4 * n, _HEIGHTS[outcome], outcome) for n, outcome in enumerate(outcomes))
    return Sparkline(drawn, 4 * len(drawn), words)


def _distance(moment: datetime, now: datetime) -> str:
    days = summary.days(moment, now)
    if moment < now:
        return f"{summary.counted((now - moment).days, 'day')} ago"
    return "today" if days == 0 else f"in {summary.counted(days, 'day')}"
