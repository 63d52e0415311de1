"""How near an expiry has to be to warn or to fail: days, or percent of a certificate's lifetime.

The defaults are the contract's: warn 30 days before, or when a third of the lifetime is left where that is
later, so that certificates of six or 47 days do not warn all their life; fail at expiry. HealthChecker, which
the reader knows, turns yellow at 60 and red at 30 days for the server's own certificates; a partner's is not
ours to renew, so the later warning is enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from probe.errors import UsageError

_FORM = re.compile(r"(?P<number>\d{1,6}(\.\d{1,3})?)(?P<unit>d|%)?\Z")


@dataclass(frozen=True, slots=True)
class Threshold:
    """An amount of time before expiry: `days`, `percent` of the lifetime, the smaller where both are set."""

    days: float | None = None
    percent: float | None = None

    def margin(self, lifetime: timedelta) -> timedelta:
        """The amount of time for a certificate of this lifetime."""
        parts = []
        if self.days is not None:
            parts.append(timedelta(days=self.days))
        if self.percent is not None:
            parts.append(lifetime * (self.percent / 100))
        return min(parts, default=timedelta())

    def reached(self, not_before: datetime, not_after: datetime, at: datetime) -> bool:
        """Whether `at` is within this amount of time before `not_after`, or after it."""
        if self.days is not None and not_after - at >= timedelta(days=self.days):
            return False  # percent only make it smaller
        return at > not_after - self.margin(not_after - not_before)

    @property
    def text(self) -> str:
        """The form that `parse_threshold` reads."""
        parts = ((self.days, ""), (self.percent, "%"))
        return ",".join(f"{amount:.5g}{unit}" for amount, unit in parts if amount is not None)

    def __str__(self) -> str:
        parts = []
        if self.days is not None:
            parts.append(f"{self.days:g} days")
        if self.percent is not None:
            parts.append(f"{self.percent:.3g} % of its lifetime")
        return " or ".join(parts) or "0 days"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When the expiry of the path in use is a warning, and when a failure."""

    warning: Threshold = Threshold(days=30, percent=33.333)
    critical: Threshold = Threshold(days=0)


DEFAULT_THRESHOLDS = Thresholds()


def parse_thresholds(warning: str, critical: str) -> Thresholds:
    """Both thresholds, where a failure does not come before its warning.

    Raises:
        UsageError: one cannot be read, or both are days, or both percent, and the critical one is longer.
    """
    both = Thresholds(parse_threshold(warning), parse_threshold(critical))
    if _is_longer(both.critical, both.warning):
        raise UsageError(
            f"the critical threshold {critical} is longer than the warning threshold {warning}, so nothing "
            "would ever warn: give the longer one as the warning"
        )
    return both


def _is_longer(one: Threshold, other: Threshold) -> bool:
    """Whether `one` is longer for every lifetime; days and percent are not compared."""
    if one.percent is None and other.percent is None:
        return (one.days or 0) > (other.days or 0)
    return one.days is None and other.days is None and (one.percent or 0) > (other.percent or 0)


def parse_threshold(text: str) -> Threshold:
    """The threshold in `30`, `30d`, `20%`, or in `30,20%` (the smaller of both).

    Raises:
        UsageError: it is none of these, or more than 100 percent.
    """
    days: float | None = None
    percent: float | None = None
    for part in text.split(","):
        match = _FORM.match(part.strip())
        again = match is not None and (days if match["unit"] != "%" else percent) is not None
        if match is None or again:
            raise UsageError(
                f"{text!r} is no threshold: give days (30), percent of the lifetime (20%) or the smaller of "
                "both (30,20%)"
            )
        if match["unit"] != "%":
            days = float(match["number"])
        elif float(match["number"]) > 100:
            raise UsageError(f"{text!r} is more than the whole lifetime: give at most 100%")
        else:
            percent = float(match["number"])
    return Threshold(days, percent)
