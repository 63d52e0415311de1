"""How far this machine's clock and a partner's are apart, as the Date of the partner's answers says.

Which of the two is wrong nobody can tell from one partner; of many the median can
(`probe.report.vantage_summary`).
RFC 9110 section 6.6.1: an origin server with a clock sends Date; an answer out of a cache has that of its
making, which Age tells (RFC 9111 section 5.1), and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from probe.facts.observation import HttpExchange, Observation

# What Kerberos and WS-Security let clocks differ by default, so that administrators see to it.
TOLERATED = timedelta(minutes=5)
# IMF-fixdate, the only form that may be sent (RFC 9110 section 5.6.7).
_DATE = re.compile(r"\w{3}, (\d\d) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


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


def _moment(text: str) -> datetime | None:
    parts = _DATE.fullmatch(text.strip())
    if parts is None or parts[2] not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(parts[number]) for number in (1, 3, 4, 5, 6))
    try:
        return datetime(year, _MONTHS.index(parts[2]) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError:  # a day that the month has not, or a leap second
        return None
