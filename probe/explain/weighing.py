"""Weighs the causes of an explanation by readings: which are confirmed, which ruled out, in which order.

A cause is confirmed when one of its signals was seen. It is ruled out only if its absence can be observed
at all (`excluded_by_absence`), every one of its signals was looked for, and none was seen. Everything else
stays open: what a check from another network does not see may still happen to the caller.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from probe.explain.clues import ClueReading
from probe.explain.explanation_model import CauseStanding, Explanation, Signal, WeighedCause

_ORDER = {CauseStanding.CONFIRMED: 0, CauseStanding.OPEN: 1, CauseStanding.RULED_OUT: 2}


def weigh(explanation: Explanation, readings: Iterable[ClueReading]) -> Explanation:
    """`explanation` with its causes weighed and ranked anew; ranks begin at 1."""
    by_signal: dict[Signal, list[ClueReading]] = {}
    for reading in readings:
        by_signal.setdefault(reading.signal, []).append(reading)
    if not by_signal:
        return explanation
    weighed = sorted((_weighed(one, by_signal) for one in explanation.causes), key=_standing_then_rank)
    ranked = tuple(replace(one, rank=rank) for rank, one in enumerate(weighed, start=1))
    return replace(explanation, causes=ranked)


def _standing_then_rank(one: WeighedCause) -> tuple[int, int]:
    return _ORDER[one.standing], one.rank


def _weighed(one: WeighedCause, readings: dict[Signal, list[ClueReading]]) -> WeighedCause:
    looked_for = [reading for signal in one.cause.signals for reading in readings.get(signal, [])]
    seen = tuple(dict.fromkeys(reading.text for reading in looked_for if reading.seen))
    if seen:
        return replace(one, standing=CauseStanding.CONFIRMED, evidence=seen)
    complete = bool(one.cause.signals) and all(signal in readings for signal in one.cause.signals)
    if one.cause.excluded_by_absence and complete:
        absent = tuple(dict.fromkeys(reading.text for reading in looked_for))
        return replace(one, standing=CauseStanding.RULED_OUT, evidence=absent)
    return one
