"""One target's answer: the observation, the judgements of every endpoint for every caller, the outcome.

The outcome of a target is the worst of its judgements; where nothing could be judged it cannot be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from probe.facts.observation import Observation, Visit
from probe.facts.trust_store import TrustStore
from probe.judgement.caller_profile import Caller
from probe.judgement.model import Judgement, Outcome, worst
from probe.judgement.target_judgement import judge
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Thresholds


class JudgedVisit(Struct, frozen=True):
    """One endpoint at one address with one judgement a caller, in the order of the callers."""

    visit: Visit
    judgements: tuple[Judgement, ...]


class TargetResult(Struct, frozen=True):
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

    def __repr__(self) -> str:
        # asyncio and debuggers print what a task returns: a result holds whole certificates and stores.
        return f"<Result {self.observation.target.input!r}: {self.outcome}, {len(self.endpoints)} endpoints>"

    def __str__(self) -> str:
        return "\n".join((f"{self.observation.target.input}: {self.outcome}", *map(_line, self.judgements)))


def judge_for_callers(
    observation: Observation,
    *,
    trust: TrustStore,
    callers: Sequence[Caller],
    at: datetime | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    events_at: datetime | None = None,
) -> TargetResult:
    """Judge one observation for several callers; no connection is made again. `events_at`: see `judge`."""
    by_caller = [
        judge(observation, trust=trust, caller=caller, at=at, thresholds=thresholds, events_at=events_at)
        for caller in callers
    ]
    endpoints = tuple(
        JudgedVisit(visit, tuple(judgements[index] for judgements in by_caller))
        for index, visit in enumerate(observation.visits)
    )
    return TargetResult(observation, trust, tuple(callers), endpoints)


def _line(judgement: Judgement) -> str:
    """A judgement in one line, in the words of the log."""
    status = judgement.chain.status if judgement.chain else None
    logged = (
        judgement.ssl_policy_errors,
        status or None,
        judgement.web_exception and judgement.web_exception.status,
    )
    said = "; ".join(str(word) for word in logged if word is not None)
    where = (
        f"{judgement.endpoint_url} at {judgement.address}" if judgement.address else judgement.endpoint_url
    )
    return f"  {where} for {judgement.caller}: {judgement.outcome}" + (f" ({said})" if said else "")
