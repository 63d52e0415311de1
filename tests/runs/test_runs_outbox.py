"""Changes that could not be told wait in the history, and are told once by a later run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from probe.errors import DataError
from probe.report.changes import Change, ChangeKind
from probe.report.document import ResultDocument
from probe.runs import outbox, target_change
from probe.runs.attempts import Checked
from probe.runs.campaign import Campaign, Delivery, Tells, conduct
from probe.runs.history import History, Retention
from probe.runs.notification import Destination, Webhook
from probe.runs.outbox import Told
from probe.runs.partners import PartnerEntry
from tests.runs.conftest import Hook

MakeDocument = Callable[..., ResultDocument]
NOBODY = Webhook("http://127.0.0.1:1/mistyped")


class _KilledError(Exception):
    """The run ended in the middle."""


@pytest.fixture
def check(tmp_path: Path, make_document: MakeDocument) -> Callable[..., None]:
    """Runs over one partner with the outcome given; `killed` breaks the run when the result is delivered."""

    def conducted(
        outcome: str, *, tells: Tells = Tells.FLIPS, label: str = "list", killed: bool = False
    ) -> None:
        async def checked(entry: PartnerEntry) -> Checked:
            return Checked(make_document(entry.target, outcome))

        def deliver(delivery: Delivery) -> None:
            if killed:
                raise _KilledError

        campaign = Campaign(history=tmp_path / "h", label=label, tells=tells)
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
    assert json.loads(hook.bodies[0])["text"].startswith("probe: 1 partner changed\n")


def test_a_kill_before_the_end_of_the_run_loses_nothing(
    check: Callable[..., None], hook: Hook, tmp_path: Path
) -> None:
    check("success")
    with pytest.raises(_KilledError):
        check("failure", killed=True)
    check("failure")
    _deliver(tmp_path, Webhook(hook.url))

    assert _told(hook) == [["failure"]]


@pytest.mark.parametrize(
    ("tells", "label"),
    [
        pytest.param(Tells.NOTHING, "list", id="nobody-wants-to-be-told"),
        pytest.param(Tells.FLIPS, "other list", id="a-run-over-another-list"),
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
        target_change.loads(b"{}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("the issuer changed", "the issuer changed", id="plain"),
        pytest.param("\x1b\x9bé", "\x1b\x9bé", id="controls"),
        pytest.param("a\ud800", "a\\ud800", id="lone-surrogate"),
    ],
)
def test_a_change_comes_back_as_it_was(text: str, told: str) -> None:
    def changed(said: str) -> target_change.TargetChange:
        changes = (Change(ChangeKind.CERTIFICATE, said, "a", None, ("EWS",)),)
        return target_change.TargetChange("contoso.com", "success", "failure", datetime.now(UTC), changes)

    found = target_change.loads(target_change.dumps(changed(text)))

    assert found.changes == changed(told).changes
    assert (found.target, found.before, found.after) == ("contoso.com", "success", "failure")
