"""The document of a what-if, schema `probe.what-if/1`, and what differs between two results of a target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime

from msgspec import Struct

from probe.judgement.model import Outcome
from probe.report import summary
from probe.report.document import EndpointEntry, JudgementEntry, Moment, ResultDocument, Tool

SCHEMA = "probe.what-if/1"


class FlippedEndpoint(Struct, frozen=True):
    """One endpoint at one address."""

    kind: str
    url: str
    address: str | None


class VerdictFlip(Struct, frozen=True):
    """A verdict of one partner that differs, with the endpoints at which it does.

    `at`: from when it differs, None: as soon as the conditions hold. `why`: the reason of the new verdict;
    where that is a success, the reason that falls away.
    """

    target: str
    caller_before: str
    caller_after: str
    before: Outcome
    after: Outcome
    before_text: str
    after_text: str
    at: Moment | None
    why: str
    endpoints: tuple[FlippedEndpoint, ...]


class ScenarioEntry(Struct, frozen=True):
    """One changed condition, or one dated public event, and what flips under it.

    `day`, `source`, `undecided`: of an event. `note`: what to know of it; for an event that changes no
    verdict, why. `partners`: how many were judged under it, 0 where nothing was to be judged.
    """

    name: str
    day: date | None
    source: str | None
    undecided: str | None
    note: str | None
    partners: int
    flips: tuple[VerdictFlip, ...]

    @property
    def flipped(self) -> int:
        """How many partners have a verdict that flips."""
        return len({flip.target for flip in self.flips})


class WhatIfDocument(Struct, frozen=True):
    """What `probe judge --what-if` writes. `unreadable`: files that hold no record, and why."""

    schema: str
    tool: Tool
    partners: int
    scenarios: tuple[ScenarioEntry, ...]
    unreadable: tuple[str, ...] = ()


When = Callable[[int, int, Outcome], "datetime | None"]
"""From when the judgement at these positions (endpoint, judgement) has this outcome."""


def flips(
    before: ResultDocument, after: ResultDocument, when: When | datetime | None
) -> tuple[VerdictFlip, ...]:
    """What differs between two results of one observation; the same at several endpoints is one.

    `when` says from when they differ, None: as soon as the conditions hold. Judgements are compared in
    their order where both results have as many, else each with each.
    """
    found: dict[VerdictFlip, list[FlippedEndpoint]] = {}
    for number, (old, new) in enumerate(zip(before.endpoints, after.endpoints, strict=True)):
        place = FlippedEndpoint(new.kind, new.url, new.address)
        for position, one, other in _compared(old, new):
            if one.outcome != other.outcome:
                at = when(number, position, other.outcome) if callable(when) else when
                flip = _flip(before.target.input, one, other, at)
                found.setdefault(flip, []).append(place)
    return tuple(
        VerdictFlip(
            flip.target,
            flip.caller_before,
            flip.caller_after,
            flip.before,
            flip.after,
            flip.before_text,
            flip.after_text,
            flip.at,
            flip.why,
            tuple(places),
        )
        for flip, places in found.items()
    )


def _compared(old: EndpointEntry, new: EndpointEntry) -> Iterator[tuple[int, JudgementEntry, JudgementEntry]]:
    """(position of the new judgement, old, new) of what is to be compared."""
    if len(old.judgements) == len(new.judgements):
        for position, (one, other) in enumerate(zip(old.judgements, new.judgements, strict=True)):
            yield position, one, other
        return
    for one in old.judgements:
        for position, other in enumerate(new.judgements):
            yield position, one, other


def _flip(target: str, one: JudgementEntry, other: JudgementEntry, at: datetime | None) -> VerdictFlip:
    is_cured = other.outcome is Outcome.SUCCESS
    return VerdictFlip(
        target=target,
        caller_before=one.caller,
        caller_after=other.caller,
        before=one.outcome,
        after=other.outcome,
        before_text=summary.judgement_verdict(one),
        after_text=summary.judgement_verdict(other),
        at=at,
        why=f"no longer: {summary.reason(one)}" if is_cured else summary.reason(other),
        endpoints=(),
    )


def ordered(found: Sequence[VerdictFlip]) -> tuple[VerdictFlip, ...]:
    """The worst new verdicts first, then in the order of their targets."""
    return tuple(sorted(found, key=lambda flip: (summary.URGENCY.index(flip.after), flip.target)))
