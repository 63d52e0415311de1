"""Seeing two sides, each from the network or from a record, and judging each for the other."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from probe import api
from probe.cli import console, inputs, reporting
from probe.cli.console import Colour
from probe.collection.settings import Settings
from probe.errors import InputMissingError, RecordError, UsageError
from probe.facts import record
from probe.facts import target as parsing
from probe.facts.observation import Observation
from probe.facts.target import Target
from probe.facts.trust import TrustStore
from probe.judgement.caller import Caller
from probe.report import build, pair
from probe.report.document import ResultDocument
from probe.report.json import indented
from probe.report.layout import Style


class Side(Struct, frozen=True):
    """One organisation: what it looks like from outside (a target or a record), and how it calls."""

    seen: Target | Observation
    callers: tuple[Caller, ...]
    trust: TrustStore

    @classmethod
    def of(cls, text: str, caller: str | None, trust: Sequence[str] | None, *, aia: bool) -> Side:
        """The side that these options describe.

        Raises:
            TargetError, UsageError: the text is neither a record nor a domain, or no caller has this name.
            RecordError, TrustStoreError, InputMissingError: a file cannot be read.
        """
        callers = inputs.callers([caller] if caller else None, aia=aia)
        return cls(_seen(text), callers, inputs.trust(trust))


def run(
    ours: Side,
    theirs: Side,
    settings: Settings,
    *,
    at: datetime | None,
    as_json: bool,
    output: str | None,
    colour: Colour,
) -> int:
    """See both sides at once, judge each for the other, print the table, return the exit code.

    Raises:
        OutputError: the output cannot be written.
    """
    of_ours, of_theirs = asyncio.run(_both(ours, theirs, settings))
    document = pair.document(_judged(of_ours, theirs, at), _judged(of_theirs, ours, at))
    style = Style(colour=console.wants_colour(colour, to_file=output not in (None, "-")))
    console.emit(indented(document) if as_json else pair.render(document, style), output)
    return reporting.exit_code([document.outcome])


async def _both(ours: Side, theirs: Side, settings: Settings) -> tuple[Observation, Observation]:
    seen_ours, seen_theirs = await asyncio.gather(
        _observed(ours, theirs, settings), _observed(theirs, ours, settings)
    )
    return seen_ours, seen_theirs


async def _observed(side: Side, caller: Side, settings: Settings) -> Observation:
    """What is seen of a side, connecting as the other side's caller would."""
    if isinstance(side.seen, Observation):
        return side.seen
    prepared = api.settings_for(caller.callers, caller.trust, settings, ask_at_once=True)
    return await api.collect_async(side.seen, settings=prepared)


def _judged(observation: Observation, caller: Side, at: datetime | None) -> ResultDocument:
    result = api.judge_result(observation, trust=caller.trust, callers=caller.callers, at=at)
    return build.document(result)


def _means_a_file(text: str) -> bool:
    if "://" in text:
        return False  # no file, and no domain either: the parser says so
    separators = {os.sep, os.altsep} - {None}
    return text.lower().endswith((".json", ".ndjson")) or any(mark in text for mark in separators if mark)


def _seen(text: str) -> Target | Observation:
    """A record if there is such a file, else a domain.

    Raises:
        InputMissingError: it can only be meant as a file, and there is none.
    """
    if _means_a_file(text) and not Path(text).is_file():
        raise InputMissingError(
            f"there is no record {text}: write it where that side is reached (probe collect DOMAIN -o {text})"
        )
    if Path(text).is_file():
        try:
            return record.loads(console.read_input(text))
        except RecordError as wrong:
            raise RecordError(f"{text}: {wrong}") from None
    target = parsing.parse(text)
    if target.domain is None:
        raise UsageError(f"{text!r} is no domain, and no record of that name exists: give one of the two")
    return target
