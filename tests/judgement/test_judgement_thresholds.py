"""Thresholds of expiry in days and in percent of the lifetime, to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from probe.errors import UsageError
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Threshold, parse_threshold, parse_thresholds

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=100)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("30", Threshold(days=30), id="days"),
        pytest.param("30d", Threshold(days=30), id="days-with-unit"),
        pytest.param(" 0.5 ", Threshold(days=0.5), id="half-a-day"),
        pytest.param("20%", Threshold(percent=20), id="percent"),
        pytest.param("100%", Threshold(percent=100), id="the-whole-lifetime"),
        pytest.param("0", Threshold(days=0), id="at-expiry"),
        pytest.param("30, 20%", Threshold(days=30, percent=20), id="the-smaller-of-both"),
    ],
)
def test_a_threshold_is_read(text: str, expected: Threshold) -> None:
    assert parse_threshold(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "-1",
        "30 days",
        "1e9",
        "101%",
        "%",
        "nan",
        "inf%",
        "9999999",
        "1.2345",
        "30,7",
        "1%,2%",
        "30,",
    ],
)
def test_what_is_no_threshold_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_threshold(text)


@pytest.mark.parametrize(
    ("warning", "critical", "contradict"),
    [
        pytest.param("5", "400", True, id="days"),
        pytest.param("5%", "9%", True, id="percent"),
        pytest.param("30", "30", False, id="the-same"),
        pytest.param("30", "20%", False, id="not-comparable"),
        pytest.param("30,33%", "400", False, id="not-comparable-with-the-smaller-of-both"),
        pytest.param("30", "5", False, id="as-meant"),
    ],
)
def test_what_fails_before_it_warns_is_a_usage_error(warning: str, critical: str, contradict: bool) -> None:
    if not contradict:
        assert parse_thresholds(warning, critical).critical == parse_threshold(critical)
        return
    with pytest.raises(UsageError):
        parse_thresholds(warning, critical)


@pytest.mark.parametrize(
    ("threshold", "moment", "expected"),
    [
        pytest.param(Threshold(days=30), END - timedelta(days=30), False, id="exactly-30-days-before"),
        pytest.param(Threshold(days=30), END - timedelta(days=30) + SECOND, True, id="a-second-later"),
        pytest.param(Threshold(percent=20), END - timedelta(days=20), False, id="exactly-20-percent"),
        pytest.param(Threshold(percent=20), END - timedelta(days=20) + SECOND, True, id="a-second-into"),
        pytest.param(Threshold(percent=0), END, False, id="not-after-itself"),
        pytest.param(Threshold(days=0), END + SECOND, True, id="expired"),
        pytest.param(Threshold(percent=100), START + SECOND, True, id="the-whole-lifetime"),
    ],
)
def test_a_threshold_is_reached(threshold: Threshold, moment: datetime, expected: bool) -> None:
    assert threshold.reached(START, END, moment) is expected


def test_percent_is_of_each_certificate_own_lifetime() -> None:
    threshold = Threshold(percent=10)
    at = END - timedelta(days=20)
    assert not threshold.reached(START, END, at)
    assert threshold.reached(START - timedelta(days=900), END, at)


def test_thresholds_read_as_they_are_written() -> None:
    assert [str(Threshold(days=30)), str(Threshold(percent=12.5))] == ["30 days", "12.5 % of its lifetime"]


def test_the_defaults_are_those_of_the_contract() -> None:
    assert (DEFAULT_THRESHOLDS.warning, DEFAULT_THRESHOLDS.critical) == (
        parse_threshold("30,33.333%"),
        Threshold(0),
    )


@pytest.mark.parametrize(
    ("lifetime", "margin"),
    [
        pytest.param(timedelta(days=365), 30.0, id="a-year"),
        pytest.param(timedelta(days=47), 15.65, id="47-days"),
        pytest.param(timedelta(days=6), 2.0, id="six-days"),
    ],
)
def test_the_default_warns_at_the_smaller_of_30_days_and_a_third(lifetime: timedelta, margin: float) -> None:
    assert DEFAULT_THRESHOLDS.warning.margin(lifetime) / timedelta(days=1) == pytest.approx(margin, abs=0.02)
