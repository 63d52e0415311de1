"""Whether a certificate verdict hangs on which clock is right: this machine's, or the partner's.

A certificate counts from one moment to another, and the moment of a check is what this machine's clock says.
Where the partner's Date is another one, and the certificate would be judged otherwise by it, nobody can tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from msgspec import structs

from probe.facts.observation import HttpExchange, Observation
from probe.judgement.http import partner_clock
from probe.judgement.model import Actor, Finding, Remedy, Severity
from probe.judgement.scenario import EngineAnswer, Scenario, ask

CODE = "clocks-differ"
_CORRECT = Remedy(
    Actor.CALLER,
    "compare the clock of the machine that made this check with a time server, correct it if it is wrong, "
    "and check again; if it is right, the partner's is wrong",
)


def finding(
    scenario: Scenario, answer: EngineAnswer, exchanges: Iterable[HttpExchange], observation: Observation
) -> Finding | None:
    """A doubt where the verdict depends on the clock, a note where the clocks are apart, None where not.

    A moment that somebody chose to judge at is nobody's clock.
    """
    if scenario.at != observation.observed_at:
        return None
    ahead = partner_clock.difference(exchanges, observation)
    if ahead is None or abs(ahead) <= partner_clock.TOLERATED:
        return None
    apart = f"By its Date header the partner's clock is {in_words(ahead)} this machine's"
    by_partner = ask(structs.replace(scenario, at=scenario.at + ahead))
    if bool(by_partner.errors) == bool(answer.errors):
        return Finding(CODE, Severity.INFO, f"{apart}; the certificate is judged alike by both.")
    ours, theirs = ("refused", "accepted") if answer.errors else ("accepted", "refused")
    summary = f"{apart}: the certificate is {ours} by this machine's clock, and {theirs} by the partner's."
    return Finding(CODE, Severity.UNKNOWN, summary, remedies=(_CORRECT,))


def in_words(ahead: timedelta) -> str:
    """`3 days ahead of`, `20 minutes behind`."""
    minutes = int(abs(ahead).total_seconds() // 60)
    for length, noun in ((24 * 60, "day"), (60, "hour")):
        if minutes >= 2 * length:
            amount = f"{minutes // length} {noun}s"
            break
    else:
        amount = f"{minutes} minutes"
    return f"{amount} {'ahead of' if ahead > timedelta() else 'behind'}"
