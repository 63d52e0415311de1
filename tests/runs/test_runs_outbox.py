"""Changes that could not be told wait in the history, and are told once by a later run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from probe.errors import DataError
from probe.report.differences import ChangeKind, ReportedChange
from probe.report.document import ResultDocument
from probe.runs.alerting import alerts, notification
from probe.runs.alerting.alerts import Tells
from probe.runs.alerting.sending import Destination, Webhook
from probe.runs.attempts import Checked
from probe.runs.campaign import Campaign, Delivery, conduct
from probe.runs.lists.partners import PartnerEntry
from probe.runs.store import outbox
from probe.runs.store.history_store import History
from probe.runs.store.outbox import Told
from probe.runs.store.retention import Retention
from tests.runs.conftest import Hook

MakeDocument = Callable[..., ResultDocument]
START = datetime(2026, 11, 1, tzinfo=UTC)
NOBODY = Webhook("http://127.0.0.1:1/mistyped")


class _KilledError(Exception):
    """The run ended in the middle."""


@pytest.fixture
def check(tmp_path: Path, make_document: MakeDocument) -> Callable[..., None]:
    """Runs over one partner with the outcome given; `killed` breaks the run when the result is delivered."""

    def conducted(
        outcome: str,
        *,
        tells: Tells = Tells.VERDICTS,
        label: str = "list",
        killed: bool = False,
        day: float = 0,
        not_used: str | None = None,
    ) -> None:
        async def checked(entry: PartnerEntry) -> Checked:
            moment = START + timedelta(days=day)
            document = make_document(entry.target, outcome, observed_at=moment)
            return Checked(structs.replace(document, not_used=not_used))

        def deliver(delivery: Delivery) -> None:
            if killed:
                raise _KilledError

        campaign = Campaign(history=tmp_path / "h", label=label, tells=tells, remind_after=timedelta(days=7))
        asyncio.run(conduct([PartnerEntry("contoso.com")], checked, campaign, deliver=deliver))

    return conducted


def _deliver(tmp_path: Path, *destinations: Destination, label: str = "list") -> Told:
    with History(tmp_path / "h") as history:
        return outbox.deliver(history, label, destinations, server=None)


def _told(hook: Hook) -> list[list[str]]:
    return [[change["after"] for change in json.loads(body)["changes"]] for body in hook.bodies]


def test_what_was_refused_is_told_by_the_next_run_and_only_once(
    check: Callable[..., None], hook: Hook, tmp_path: Path
) -> None:
    check("success")
    check("failure")
    hook.status = 503
    (failed,) = _deliver(tmp_path, Webhook(hook.url)).failed
    hook.status = 200
    check("failure")
    told = [_deliver(tmp_path, Webhook(hook.url)) for _ in range(2)]

    assert "503" in failed
    assert "the next run with this history tells it" in failed
    assert [(len(one.done), one.failed) for one in told] == [(1, ()), (0, ())]
    assert _told(hook) == [["failure"], ["failure"]]  # refused, then taken


def test_a_destination_that_took_it_is_not_told_again_for_another_that_did_not(
    check: Callable[..., None], hook: Hook, tmp_path: Path
) -> None:
    check("success")
    check("failure")
    for _ in range(2):
        assert len(_deliver(tmp_path, Webhook(hook.url), NOBODY).failed) == 1

    assert _told(hook) == [["failure"]]


def test_a_destination_that_is_corrected_gets_what_waits(
    check: Callable[..., None], hook: Hook, tmp_path: Path
) -> None:
    check("success")
    check("failure")
    _deliver(tmp_path, NOBODY)
    check("success")
    _deliver(tmp_path, NOBODY)
    _deliver(tmp_path, Webhook(hook.url))

    assert _told(hook) == [["failure", "success"]]
    assert json.loads(hook.bodies[0])["text"].startswith(
        "probe: contoso.com: would succeed (before: would fail)\n"
    )


def test_a_kill_before_the_end_of_the_run_loses_nothing(
    check: Callable[..., None], hook: Hook, tmp_path: Path
) -> None:
    check("success")
    with pytest.raises(_KilledError):
        check("failure", killed=True)
    check("failure")
    _deliver(tmp_path, Webhook(hook.url))

    assert _told(hook) == [["failure"]]


def _kinds(tmp_path: Path) -> list[str]:
    with History(tmp_path / "h") as history:
        return [alerts.loads(data).kind.value for _, data in history.waiting("list", "anybody")]


@pytest.mark.parametrize(
    ("outcomes", "kinds"),
    [
        pytest.param("f", ["first-failure"], id="the-first-check-fails"),
        pytest.param("s", [], id="the-first-check-succeeds"),
        pytest.param("ff", ["first-failure"], id="told-once"),
        pytest.param("fs", ["first-failure", "recovered"], id="recovers"),
        pytest.param("fw", ["first-failure", "recovered"], id="recovers-with-a-warning"),
        pytest.param("sw", ["changed"], id="warns"),
        pytest.param("us", ["recovered"], id="could-not-be-told-before"),
        pytest.param("su", ["changed"], id="cannot-be-told-any-more"),
        pytest.param("f" * 7, ["first-failure"], id="six-days-later"),
        pytest.param("f" * 8, ["first-failure", "still-failing"], id="seven-days-later"),
        pytest.param("f" * 15, ["first-failure", *["still-failing"] * 2], id="fourteen-days-later"),
        pytest.param("f" * 5 + "s" + "f" * 5, ["first-failure", "recovered", "changed"], id="begins-anew"),
        pytest.param("FSF" + "F" * 8, [], id="fails-while-it-is-turned-off"),
        pytest.param("Ff", ["changed"], id="is-turned-on-and-fails"),
        pytest.param("Fs", [], id="is-turned-on-and-succeeds"),
        pytest.param("fFs", ["first-failure"], id="is-turned-off-and-mended"),
    ],
)
def test_each_day_tells_only_what_is_new(
    outcomes: str, kinds: list[str], check: Callable[..., None], tmp_path: Path
) -> None:
    words = {"s": "success", "f": "failure", "w": "warning", "u": "unknown"}
    for day, letter in enumerate(outcomes):
        check(words[letter.lower()], day=day, not_used="it is disabled" if letter.isupper() else None)

    assert _kinds(tmp_path) == kinds


def test_what_was_not_used_is_told_as_that(check: Callable[..., None], tmp_path: Path) -> None:
    check("failure", not_used="it is disabled")
    check("failure", day=1)

    with History(tmp_path / "h") as history:
        ((_, told),) = history.waiting("list", "anybody")
    alert = alerts.loads(told)
    assert notification.heading(alert) == "contoso.com: would fail (before: not used)"
    assert alert.since == START + timedelta(days=1)


def test_a_month_without_a_check_is_one_reminder(check: Callable[..., None], tmp_path: Path) -> None:
    check("failure")
    check("failure", day=30)

    assert _kinds(tmp_path) == ["first-failure", "still-failing"]
    with History(tmp_path / "h") as history:
        last = alerts.loads(history.waiting("list", "anybody")[-1][1])
    assert last.since == START


def test_a_rehearsal_takes_nothing(check: Callable[..., None], hook: Hook, tmp_path: Path) -> None:
    check("failure")
    for _ in range(2):
        with History(tmp_path / "h") as history:
            (said,) = outbox.rehearse(history, "list", [Webhook(hook.url)])
        assert said.startswith("dry run, not sent: webhook at 127.0.0.1: probe: contoso.com: would fail")
    assert hook.bodies == []

    assert len(_deliver(tmp_path, Webhook(hook.url)).done) == 1
    assert _told(hook) == [["failure"]]
    with History(tmp_path / "h") as history:
        (said,) = outbox.rehearse(history, "list", [Webhook(hook.url)])
    assert said == "dry run: webhook at 127.0.0.1: nothing to tell"


@pytest.mark.parametrize(
    ("tells", "label"),
    [
        pytest.param(Tells.NOTHING, "list", id="nobody-wants-to-be-told"),
        pytest.param(Tells.VERDICTS, "other list", id="a-run-over-another-list"),
    ],
)
def test_what_is_not_to_be_told_here_is_not(
    tells: Tells, label: str, check: Callable[..., None], hook: Hook, tmp_path: Path
) -> None:
    check("success", tells=tells)
    check("failure", tells=tells)

    assert _deliver(tmp_path, Webhook(hook.url), label=label) == Told((), ())


@pytest.mark.parametrize(
    ("days", "waiting"), [pytest.param(29, 1, id="waits"), pytest.param(31, 0, id="given-up")]
)
def test_a_change_survives_its_result_but_does_not_wait_for_ever(
    days: int, waiting: int, check: Callable[..., None], tmp_path: Path
) -> None:
    check("success")
    check("failure")
    with History(tmp_path / "h") as history:
        (row, *_) = history.of_target("contoso.com")
        history.prune(Retention(age=timedelta(days=1)), row.observed_at + timedelta(days=days))

        assert len(history.waiting("list", "anybody")) == waiting


def test_a_damaged_change_is_told() -> None:
    with pytest.raises(DataError, match="damaged"):
        alerts.loads(b"{}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("the issuer changed", "the issuer changed", id="plain"),
        pytest.param("\x1b\x9bé", "\x1b\x9bé", id="controls"),
        pytest.param("a\ud800", "a\\ud800", id="lone-surrogate"),
    ],
)
def test_a_change_comes_back_as_it_was(text: str, told: str) -> None:
    def changed(said: str) -> alerts.Alert:
        changes = (ReportedChange(ChangeKind.CERTIFICATE, said, "a", None, ("EWS",)),)
        return alerts.Alert("contoso.com", "success", "failure", datetime.now(UTC), changes)

    found = alerts.loads(alerts.dumps(changed(text)))

    assert found.changes == changed(told).changes
    assert (found.target, found.before, found.after) == ("contoso.com", "success", "failure")
