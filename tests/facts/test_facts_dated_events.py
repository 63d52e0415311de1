"""Dated events: each with a source, in order, and with an end of support for every caller."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from probe.facts.dated_events import CROSS_SIGNED_BY, EVENTS, DatedEvent, Subject, events_about
from probe.judgement.caller_profile import Caller, profiles
from probe.report.listings import caller_listing
from probe.stores import microsoft_list


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: f"{event.day}-{event.subject}-{event.about}")
def test_an_event_says_what_holds_and_who_says_so(event: DatedEvent) -> None:
    assert event.text
    assert event.source
    assert date(2020, 1, 1) <= event.day <= date(2035, 1, 1)


def test_events_are_in_order() -> None:
    assert [event.day for event in EVENTS] == sorted(event.day for event in EVENTS)


@pytest.mark.parametrize("caller", profiles(), ids=lambda caller: caller.name)
def test_every_caller_has_a_life_cycle(caller: Caller) -> None:
    assert events_about(Subject.WINDOWS, caller.windows)
    assert events_about(Subject.EXCHANGE, caller.exchange)
    text = caller_listing.render_text([caller], default=caller.name)
    assert f"{events_about(Subject.WINDOWS, caller.windows)[0].day:%Y-%m-%d}" in text.replace("\n    ", " ")


def test_what_is_undecided_is_marked() -> None:
    undecided = [event.undecided for event in EVENTS if event.undecided is not None]
    assert undecided == [
        "whether federated requests, which name no application, are caught by this is not said by Microsoft"
    ]


def test_the_days_of_root_events_are_those_of_the_notices() -> None:
    """One event for each notice since the list, of the day from which certificates are refused."""
    effective = {notice.effective for notice in microsoft_list.packaged().notices if notice.not_before}
    days = {event.day for event in EVENTS if event.subject is Subject.ROOTS}
    dated = microsoft_list.packaged().dated
    assert effective == {day for day in days if datetime.combine(day, time(), UTC) > dated}


def test_cross_signers_are_roots_of_mozillas_list_that_microsoft_lists() -> None:
    names = {entry.friendly_name or "" for entry in microsoft_list.packaged().roots}
    assert {"ISRG Root X1", "ISRG Root X2"} >= set(CROSS_SIGNED_BY.values())
    assert "ISRG Root X1" in names
