"""How near an expiry has to be to warn or to fail: days, or percent of a certificate's lifetime.

The defaults are the contract's: warn 30 days before, fail at expiry. HealthChecker, which the reader
knows, turns yellow at 60 and red at 30 days for the server's own certificates; a partner's is not ours
to renew, so the later warning is enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from probe.errors import UsageError

_FORM = re.compile(r"(?P<number>\d{1,6}(\.\d{1,3})?)(?P<unit>d|%)?\Z")


@dataclass(frozen=True, slots=True)
class Threshold:
    """An amount of time before expiry: `days`, or `percent` of the lifetime when it is set."""

    days: float = 0.0
    percent: float | None = None

    def reached(self, not_before: datetime, not_after: datetime, at: datetime) -> bool:
        """Whether `at` is within this amount of time before `not_after`, or after it."""
        if self.percent is not None:
            margin = (not_after - not_before) * (self.percent / 100)
        else:
            margin = timedelta(days=self.days)
        return at > not_after - margin

    def __str__(self) -> str:
        return f"{self.days:g} days" if self.percent is None else f"{self.percent:g} % of its lifetime"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When the expiry of the path in use is a warning, and when a failure."""

    warning: Threshold = Threshold(days=30)
    critical: Threshold = Threshold(days=0)


DEFAULT_THRESHOLDS = Thresholds()


def parse_threshold(text: str) -> Threshold:
    """The threshold in `30`, `30d` or `20%`.

    Raises:
        UsageError: it is none of these, or more than 100 percent.
    """
    match = _FORM.match(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is no threshold: give days (30) or percent of the lifetime (20%)")
    number = float(match["number"])
    if match["unit"] != "%":
        return Threshold(days=number)
    if number > 100:
        raise UsageError(f"{text!r} is more than the whole lifetime: give at most 100%")
    return Threshold(percent=number)
