"""What every path of one question is judged by: store, caller, moment, purpose, answers about revocation."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from probe.facts.trust_store import TrustStore
from probe.judgement.caller_profile import Caller
from probe.judgement.chain.revocation.path_revocation import RevocationAnswers
from probe.judgement.chain.work import Work


class Terms(Struct, frozen=True):
    """What every path of one question is judged by, and the work of the judgement it belongs to."""

    trust: TrustStore
    caller: Caller
    at: datetime
    usages: tuple[str, ...]
    answers: RevocationAnswers = field(default_factory=RevocationAnswers)
    work: Work = field(default_factory=Work)
