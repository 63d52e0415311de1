"""The check of one entry of a partner list: what the run says, with what the entry says over it.

Trust stores and what follows from them are made once for each different combination, not for each partner:
loading one costs more than a check. A recipe can be pickled, so that the workers of a cluster make their
own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache, partial

from msgspec import Struct, structs

from probe import api
from probe.cli.inputs import Conditions
from probe.cli.options.caller_options import CallerOptions, VerdictOptions
from probe.collection.collector import collect_until_cancelled
from probe.collection.settings import Settings
from probe.facts import target as targets
from probe.facts.observation import Observation
from probe.facts.trust_store import TrustStore
from probe.judgement.caller_profile import Caller
from probe.judgement.effort import is_quickly_judged
from probe.judgement.model import Outcome
from probe.judgement.result import TargetResult
from probe.report import build
from probe.report.document import ResultDocument
from probe.runs.attempts import Checked, Checker
from probe.runs.lists.overrides import settings_of
from probe.runs.lists.partners import PartnerEntry, RelationshipEntry
from probe.runs.untried_target import refused
from probe.workers import WorkerPool

# For what could be hostile: in its CPU time partners that are watched by the event loop would time out.
_JUDGING = WorkerPool("judge", size=2)


class Recipe(Struct, frozen=True):
    """What the run says: names and values only."""

    settings: Settings
    caller: CallerOptions = CallerOptions()
    verdict: VerdictOptions = VerdictOptions()

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """Texts that the results depend on: a run that broke is continued with the same ones only.

        Of the trust store its content counts: a file of the same name may hold other roots by then.

        Raises:
            TrustStoreError, InputMissingError: the trust store cannot be read.
        """
        store = self.caller.trust_store()
        return (str(self.caller), str(self.verdict), str(self.settings), store.sha256)


def make_checker(recipe: Recipe, seen: Callable[[TargetResult], None] | None = None) -> Checker:
    """The check of entries as the recipe says; `seen` is shown every result.

    Stores and callers of the recipe itself are made now, so that a mistake in them ends the run at once.

    Raises:
        UsageError: a caller is unknown, or an option cannot be read.
        TrustStoreError, InputMissingError: a trust store cannot be read.
    """
    base = Conditions.of(recipe.caller, recipe.verdict)

    @lru_cache(maxsize=64)
    def store(trust: tuple[str, ...]) -> TrustStore:
        return recipe.caller.changed(trust=list(trust)).trust_store() if trust else base.trust

    @lru_cache(maxsize=64)
    def callers(names: tuple[str, ...], aia: bool | None) -> tuple[Caller, ...]:  # a key of the cache
        known = recipe.caller if aia is None else recipe.caller.changed(aia=aia)
        return (known.changed(caller=list(names)) if names else known).callers()

    @lru_cache(maxsize=64)
    def prepared(names: tuple[str, ...], trust: tuple[str, ...], aia: bool | None) -> Settings:
        return api.settings_for(callers(names, aia), store(trust), recipe.settings)

    async def check(entry: PartnerEntry) -> Checked:
        related = entry if isinstance(entry, RelationshipEntry) else None
        if related is not None and related.refusal is not None:
            return _refused(related, related.refusal)
        settings = settings_of(entry, prepared(entry.callers, entry.trust, entry.aia), os.environ)
        # The limits of the run cancel a check, which is then answered with what was seen until then.
        observation = await collect_until_cancelled(targets.parse(entry.target), settings)
        if related is not None:
            observation = structs.replace(observation, notes=(*observation.notes, *related.remarks))
        conditions = Conditions(
            callers(entry.callers, entry.aia), store(entry.trust), base.at, entry.thresholds(base.thresholds)
        )
        judged = partial(_judged, conditions, observation, entry)
        if is_quickly_judged(observation, len(conditions.callers)):
            result, document = judged()
        else:
            result, document = await _JUDGING.run_to_end(judged)
        if seen is not None:
            seen(result)
        return Checked(document, observation)

    return check


def _judged(
    conditions: Conditions, observation: Observation, entry: PartnerEntry
) -> tuple[TargetResult, ResultDocument]:
    related = entry if isinstance(entry, RelationshipEntry) else None
    result = conditions.judge(observation)
    document = build.document(
        result,
        tags=entry.tags,
        not_used=related.not_used if related else None,
        relationship=related.relationship if related else None,
    )
    return result, document


def _refused(entry: RelationshipEntry, refusal: str) -> Checked:
    """The service refuses the relationship before it connects to anything: no doubt, a failure."""
    said = refused(entry, refusal)
    return Checked(
        structs.replace(said, outcome=Outcome.FAILURE, notes=entry.remarks, not_used=entry.not_used)
    )
