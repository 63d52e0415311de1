"""From options to what is judged and how: conditions of a verdict, records, partner lists."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from probe import api
from probe.cli import console, files
from probe.cli.options.caller_options import CallerOptions, VerdictOptions
from probe.collection.settings import Settings
from probe.errors import RecordError, UsageError
from probe.facts import record
from probe.facts.observation import Observation
from probe.facts.target import Target
from probe.facts.trust_store import TrustStore
from probe.judgement.caller_profile import Caller
from probe.judgement.result import TargetResult
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Thresholds

if TYPE_CHECKING:
    from probe.runs.lists.partner_list import PartnerList


class Conditions(Struct, frozen=True):
    """What a verdict depends on besides what was seen: callers, trust store, moment, thresholds."""

    callers: tuple[Caller, ...]
    trust: TrustStore
    at: datetime | None = None
    thresholds: Thresholds = DEFAULT_THRESHOLDS

    @classmethod
    def of(cls, caller: CallerOptions, verdict: VerdictOptions) -> Conditions:
        """The conditions that these options describe.

        Raises:
            UsageError: an option cannot be read.
            TrustStoreError, InputMissingError: a trust store cannot be read.
        """
        return cls(caller.callers(), caller.trust_store(), verdict.moment(), verdict.thresholds())

    def judge(self, observation: Observation) -> TargetResult:
        """The observation judged under these conditions."""
        return api.judge_result(
            observation, trust=self.trust, callers=self.callers, at=self.at, thresholds=self.thresholds
        )


def observe(target: Target, settings: Settings) -> Observation:
    """What is seen of a target; once interrupted (Ctrl-C, SIGTERM), what was seen until then.

    Raises:
        TargetError: a URL in the settings cannot be used.
    """
    import asyncio

    from probe.runs.interruption import stop_on_signal

    seen: list[Observation] = []  # asyncio.run makes the repr of what it returns twice

    async def until_interrupted() -> None:
        with stop_on_signal() as stop:
            seen.append(await api.collect_async(target, settings=settings, stop=stop))

    asyncio.run(until_interrupted())
    return seen[0]


def explain_trust(store: TrustStore, *, quiet: bool) -> None:
    """Say on standard error which store is judged with when it is only an approximation of a caller's."""
    if store.name in ("microsoft", "certifi") and not quiet:
        whose = "Microsoft's list of roots" if store.name == "microsoft" else "Mozilla's roots (certifi)"
        console.hint(
            f"judging with {whose}; a caller's own store may hold others: --trust takes an export of it"
        )


def read_record(path: str, data: bytes | None = None) -> Observation:
    """The observation in a file, or in its content where that has been read already.

    Raises:
        InputMissingError: the file cannot be read.
        RecordError: it holds no record.
    """
    try:
        return record.loads(files.read_input(path) if data is None else data)
    except RecordError as wrong:
        raise RecordError(f"{path}: {wrong}") from None


def partners(file: str | None, targets: Sequence[str] | None) -> PartnerList | None:
    """The partners of the list in `file` or of the command line; None: neither is given.

    Raises:
        UsageError: both are given.
        InputMissingError, DataError: the file cannot be read, or holds no list.
    """
    if file is not None and targets:
        raise UsageError("targets stand on the command line and in -f: give one of the two")
    from probe.runs.lists import partner_list

    if file is not None:
        return partner_list.read(file, standard_input=sys.stdin.buffer, environment=dict(os.environ))
    return partner_list.from_targets(list(targets)) if targets else None
