"""The check of one entry of a partner list: what the run says, with what the entry says over it.

Trust stores and what follows from them are made once for each different combination, not for each partner:
loading one costs more than a check. A recipe can be pickled, so that the workers of a cluster make their
own.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from msgspec import Struct, structs

from probe import api
from probe.cli import inputs
from probe.cli.inputs import DEFAULT_SWITCHES, Switches
from probe.collection.settings import Settings
from probe.facts.trust import TrustStore
from probe.judgement.caller import Caller
from probe.judgement.model import Outcome
from probe.judgement.result import Result
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Thresholds
from probe.report import build
from probe.runs.attempts import Checked, Checker
from probe.runs.overrides import settings_of
from probe.runs.partners import PartnerEntry
from probe.runs.refusal import refused
from probe.runs.relationships import RelationshipEntry


class Recipe(Struct, frozen=True):
    """What the run says: names and values only. `trust` and `callers` empty: the defaults."""

    settings: Settings
    trust: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()
    switches: Switches = DEFAULT_SWITCHES
    thresholds: Thresholds = DEFAULT_THRESHOLDS
    at: datetime | None = None

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """Texts that the results depend on, for the state file of a run."""
        return (
            *self.trust,
            *self.callers,
            str(self.switches),
            str(self.thresholds),
            str(self.at),
            self.settings.ews_url or "",
            self.settings.autodiscover_url or "",
            str(self.settings.aia),
        )


def make_checker(recipe: Recipe, seen: Callable[[Result], None] | None = None) -> Checker:
    """The check of entries as the recipe says; `seen` is shown every result.

    Stores and callers of the recipe itself are made now, so that a mistake in them ends the run at once.

    Raises:
        UsageError: a caller is unknown.
        TrustStoreError, InputMissingError: a trust store cannot be read.
    """

    @lru_cache(maxsize=64)
    def store(trust: tuple[str, ...]) -> TrustStore:
        return inputs.trust(trust or None, root_auto_update=recipe.switches.root_auto_update)

    @lru_cache(maxsize=64)
    def callers(names: tuple[str, ...], aia: bool) -> tuple[Caller, ...]:  # a key of the cache
        return inputs.callers(names, aia=aia, switches=recipe.switches)

    @lru_cache(maxsize=64)
    def prepared(names: tuple[str, ...], trust: tuple[str, ...], aia: bool) -> Settings:
        return api.settings_for(
            callers(names, aia), store(trust), dataclasses.replace(recipe.settings, aia=aia)
        )

    async def check(entry: PartnerEntry) -> Checked:
        names, trust = entry.callers or recipe.callers, entry.trust or recipe.trust
        aia = recipe.settings.aia if entry.aia is None else entry.aia
        related = entry if isinstance(entry, RelationshipEntry) else None
        if related is not None and related.refusal is not None:
            # The service refuses the relationship before it connects to anything: no doubt, a failure.
            said = refused(entry, related.refusal)
            return Checked(structs.replace(said, outcome=Outcome.FAILURE, notes=related.remarks))
        settings = settings_of(entry, prepared(names, trust, aia), os.environ)
        observation = await api.collect_async(entry.target, settings=settings)
        if related is not None:
            observation = structs.replace(observation, notes=(*observation.notes, *related.remarks))
        result = api.judge_result(
            observation,
            trust=store(trust),
            callers=callers(names, aia),
            at=recipe.at,
            thresholds=entry.thresholds(recipe.thresholds),
        )
        if seen is not None:
            seen(result)
        return Checked(build.document(result, tags=entry.tags), observation)

    prepared(recipe.callers, recipe.trust, recipe.settings.aia)
    return check
