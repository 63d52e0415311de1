"""One target's answer: the observation, the judgements of every endpoint for every caller, the outcome.

The outcome of a target is the worst of its judgements; where nothing could be judged it cannot be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from probe.facts.observation import Observation, Visit
from probe.facts.trust import TrustStore
from probe.judgement.caller import Caller
from probe.judgement.judge import judge
from probe.judgement.model import Judgement, Outcome, worst
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Thresholds


class JudgedVisit(Struct, frozen=True):
    """One endpoint at one address with one judgement a caller, in the order of the callers."""

    visit: Visit
    judgements: tuple[Judgement, ...]


class Result(Struct, frozen=True):
    """Everything known and concluded about one target."""

    observation: Observation
    trust: TrustStore
    callers: tuple[Caller, ...]
    endpoints: tuple[JudgedVisit, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst outcome of any endpoint for any caller; unknown when no endpoint could be judged."""
        return worst([j.outcome for endpoint in self.endpoints for j in endpoint.judgements])

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """Every judgement, endpoint by endpoint."""
        return tuple(j for endpoint in self.endpoints for j in endpoint.judgements)


def judge_for_callers(
    observation: Observation,
    *,
    trust: TrustStore,
    callers: Sequence[Caller],
    at: datetime | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
) -> Result:
    """Judge one observation for several callers; no connection is made again."""
    by_caller = [
        judge(observation, trust=trust, caller=caller, at=at, thresholds=thresholds) for caller in callers
    ]
    endpoints = tuple(
        JudgedVisit(visit, tuple(judgements[index] for judgements in by_caller))
        for index, visit in enumerate(observation.visits)
    )
    return Result(observation, trust, tuple(callers), endpoints)
