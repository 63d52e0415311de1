"""Whether a certificate verdict hangs on which clock is right: this machine's, or the partner's.

A certificate counts from one moment to another, and the moment of a check is what this machine's clock says.
Where the partner's Date is another one, and the certificate would be judged otherwise by it, nobody can tell.
Which of two clocks is wrong one partner does not show; of many the median does (`report/vantage_summary.py`).
RFC 9110 section 6.6.1: an origin server with a clock sends Date; an answer out of a cache has that of its
making, which Age tells (RFC 9111 section 5.1), and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from msgspec import structs

from probe.facts.observation import HttpExchange, Observation
from probe.facts.remembered import remembered
from probe.judgement.model import Actor, Finding, Remedy, Severity
from probe.judgement.scenario import EngineAnswer, Scenario, ask

CODE = "clocks-differ"
# What Kerberos and WS-Security let clocks differ by default, so that administrators see to it.
TOLERATED = timedelta(minutes=5)
# IMF-fixdate, the only form that may be sent (RFC 9110 section 5.6.7).
_DATE = re.compile(r"\w{3}, (\d\d) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
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
    ahead = difference(exchanges, observation)
    if ahead is None or abs(ahead) <= TOLERATED:
        return None
    apart = f"By its Date header the partner's clock is {in_words(ahead)} this machine's"
    by_partner = ask(structs.replace(scenario, at=scenario.at + ahead))
    if by_partner.chain.indeterminate is not None:
        return None  # what cannot be judged by the partner's clock says nothing about ours
    if bool(by_partner.errors) == bool(answer.errors):
        return Finding(CODE, Severity.INFO, f"{apart}; the certificate is judged alike by both.")
    ours, theirs = ("refused", "accepted") if answer.errors else ("accepted", "refused")
    summary = f"{apart}: the certificate is {ours} by this machine's clock, and {theirs} by the partner's."
    return Finding(CODE, Severity.UNKNOWN, summary, remedies=(_CORRECT,))


def difference(exchanges: Iterable[HttpExchange], observation: Observation) -> timedelta | None:
    """By how much the partner's clock is ahead of this machine's; zero where the Date lies within the check.

    None: no answer has a Date that can be read.
    """
    begun = observation.observed_at
    ended = begun + timedelta(milliseconds=observation.elapsed_ms or 0)
    for exchange in exchanges:
        told = None if exchange.header("Age") else _moment(exchange.header("Date") or "")
        if told is not None:
            return told - min(max(told, begun), ended)
    return None


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


@remembered(entries=64, longest=100)  # partners that are checked together mostly answer in the same seconds
def _moment(text: str) -> datetime | None:
    parts = _DATE.fullmatch(text.strip())
    if parts is None or parts[2] not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(parts[number]) for number in (1, 3, 4, 5, 6))
    try:
        return datetime(year, _MONTHS.index(parts[2]) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError:  # a day that the month has not, or a leap second
        return None
