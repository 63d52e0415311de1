"""Worker processes of one machine: every partner answered once, whatever becomes of a worker."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from functools import partial
from pathlib import Path

import pytest

from probe.errors import ProbeError, TrustStoreError, UsageError
from probe.runs.attempts import Checked, Checker
from probe.runs.campaign import Campaign, Delivery, Summary, conduct
from probe.runs.execution import Finished, RunLimits
from probe.runs.lists.partners import PartnerEntry
from probe.runs.processes.pool import (
    ENDED_EACH_TIME,
    WORTH_IT,
    Workers,
    _Worker,
    parse_processes,
    processes_runner,
    worker_count,
)
from probe.runs.processes.worker import work
from probe.runs.untried_target import refused

TOGETHER = 5
LONG, MANY = 100_000, 50  # together more than a pipe holds

pytestmark = pytest.mark.timeout(180)


def make_checker(folder: str) -> Checker:
    """Makes, in the worker, a check whose target says what becomes of the worker."""

    async def check(entry: PartnerEntry) -> Checked:
        kind = entry.target.partition(".")[0]
        marker = Path(folder, kind)
        if kind == "deadly" or (kind.startswith("once") and not marker.exists()):
            marker.touch()
            os._exit(1)
        if kind == "together":
            await _meet(Path(folder), entry.target)
        if kind == "broken":
            raise ZeroDivisionError("a defect")
        if kind == "long":
            return Checked(refused(entry, "x" * LONG))
        if kind == "still" or (kind == "still once" and not marker.exists()):
            marker.touch()
            threading.Event().wait()  # the loop stands still with it
        if kind == "slow":
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                return Checked(refused(entry, f"half seen by {os.getpid()}"))
        await asyncio.sleep(0.01)
        return Checked(refused(entry, f"checked by {os.getpid()}"))

    return check


async def _meet(folder: Path, target: str) -> None:
    """Wait for all that were checked together: the first time their worker ends, then each waits for each."""
    for meeting in ("first", "second"):
        try:
            Path(folder, f"{meeting} {target}").touch(exist_ok=False)
        except FileExistsError:
            continue
        while len(list(folder.glob(f"{meeting} *"))) < TOGETHER:
            await asyncio.sleep(0.01)
        if meeting == "first":
            os._exit(1)
        return


def refusing_checker() -> Checker:
    """What a store that cannot be read does to every worker."""
    raise TrustStoreError("trust store x: is damaged")


async def _unused(entry: PartnerEntry) -> Checked:
    raise AssertionError


def _conduct(
    folder: Path,
    targets: list[str],
    limits: RunLimits | None = None,
    *,
    workers: int = 2,
    patience: float = 60.0,
) -> tuple[Summary, dict[str, str]]:
    delivered: list[Delivery] = []
    summary = asyncio.run(
        conduct(
            [PartnerEntry(target) for target in targets],
            _unused,
            Campaign(limits=limits or RunLimits(concurrency=8)),
            deliver=delivered.append,
            runner=processes_runner(Workers(workers, partial(make_checker, str(folder)), patience=patience)),
        )
    )
    assert sorted(d.checked.document.target.input for d in delivered) == sorted(targets)
    return summary, {d.checked.document.target.input: d.checked.document.error or "" for d in delivered}


def test_every_partner_is_answered_once_and_by_both_workers(tmp_path: Path) -> None:
    summary, errors = _conduct(tmp_path, [f"partner{n}.example" for n in range(60)])
    assert summary.total == 60
    assert {error.rpartition(" ")[0] for error in errors.values()} == {"checked by"}
    assert len({error.rpartition(" ")[2] for error in errors.values()}) == 2


@pytest.mark.parametrize(
    ("deaths", "expected"),
    [
        pytest.param(["once.example"], ("checked by",), id="one-death"),
        pytest.param(["once1.example", "once2.example"], ("checked by",), id="two-deaths"),
        pytest.param(["deadly.example"], (ENDED_EACH_TIME,), id="a-partner-that-kills"),
    ],
)
def test_a_worker_that_dies_loses_nothing(
    tmp_path: Path, deaths: list[str], expected: tuple[str, ...]
) -> None:
    others = [f"partner{n}.example" for n in range(30)]
    _, errors = _conduct(tmp_path, [*others[:10], *deaths, *others[10:]], RunLimits(concurrency=4))
    assert all(errors[target].startswith(expected) for target in deaths)
    assert all(errors[target].startswith("checked by") for target in others)


def test_what_a_dead_worker_was_checking_is_checked_again_at_the_same_time(tmp_path: Path) -> None:
    targets = [f"together.{n}.example" for n in range(TOGETHER)]
    limits = RunLimits(concurrency=TOGETHER, target_seconds=60.0)
    _, errors = _conduct(tmp_path, targets, limits, workers=1)
    assert [errors[target].rpartition(" ")[0] for target in targets] == ["checked by"] * TOGETHER


def test_a_defect_at_one_partner_is_its_answer(tmp_path: Path) -> None:
    _, errors = _conduct(tmp_path, ["broken.example", "partner.example"])
    assert errors["broken.example"] == "internal error: ZeroDivisionError: a defect"
    assert errors["partner.example"].startswith("checked by")


def test_a_deadline_cancels_in_the_worker_and_keeps_what_was_seen(tmp_path: Path) -> None:
    limits = RunLimits(concurrency=2, retries=0, target_seconds=3.0)
    _, errors = _conduct(tmp_path, ["slow.example", "partner.example"], limits)
    assert errors["slow.example"].startswith("half seen by")
    assert errors["partner.example"].startswith("checked by")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param("still once.example", "checked by", id="once"),
        pytest.param("still.example", ENDED_EACH_TIME, id="each-time"),
    ],
)
def test_a_worker_that_stands_still_loses_nothing(target: str, expected: str, tmp_path: Path) -> None:
    others = [f"partner{n}.example" for n in range(10)]
    limits = RunLimits(concurrency=4, retries=0)
    _, errors = _conduct(tmp_path, [*others[:5], target, *others[5:]], limits, patience=1.0)
    assert errors.pop(target).startswith(expected)
    assert all(error.startswith("checked by") for error in errors.values())


def test_what_no_worker_can_begin_with_ends_the_run() -> None:
    runner = processes_runner(Workers(1, refusing_checker))

    async def all_of_it() -> list[Finished]:
        limits = RunLimits()
        answers = runner([PartnerEntry("a.example")], _unused, limits=limits, listener=print, stop=None)
        return [finished async for finished in answers]

    with pytest.raises(TrustStoreError, match="is damaged"):
        asyncio.run(all_of_it())


def dying_checker(folder: str, deaths: int) -> Checker:
    """Ends the first of the workers, so many of them, before they can check."""
    for number in range(deaths):
        try:
            Path(folder, f"death {number}").touch(exist_ok=False)
        except FileExistsError:
            continue
        os._exit(1)
    return make_checker(folder)


async def _answered(folder: Path, deaths: int) -> list[str]:
    runner = processes_runner(Workers(1, partial(dying_checker, str(folder), deaths)))
    entries = [PartnerEntry(f"partner{n}.example") for n in range(5)]
    answers = runner(entries, _unused, limits=RunLimits(), listener=lambda _: None, stop=None)
    return [str(finished.checked.document.error) async for finished in answers]


def test_a_worker_that_dies_while_it_starts_loses_nothing(tmp_path: Path) -> None:
    errors = asyncio.run(_answered(tmp_path, 2))
    assert [error.rpartition(" ")[0] for error in errors] == ["checked by"] * 5


def test_workers_that_die_one_after_the_other_while_they_start_end_the_run(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="3 worker processes ended while they started: use --processes 1"):
        asyncio.run(_answered(tmp_path, 1000))


def test_a_stop_ends_the_workers_with_the_run(tmp_path: Path) -> None:
    async def stopped() -> list[Finished]:
        stop = asyncio.Event()
        runner = processes_runner(Workers(2, partial(make_checker, str(tmp_path))))
        entries = [PartnerEntry(f"slow.{n}.example") for n in range(6)]
        entries.insert(0, PartnerEntry("partner.example"))
        seen = []
        async for finished in runner(
            entries, _unused, limits=RunLimits(concurrency=4), listener=lambda _: None, stop=stop
        ):
            seen.append(finished)
            stop.set()
        return seen

    assert [finished.entry.target for finished in asyncio.run(stopped())] == ["partner.example"]


def test_a_check_that_is_cancelled_before_the_worker_looks_at_it_is_answered() -> None:
    """The worker is still starting: what to check and that it is cancelled lie in the pipe together."""

    async def cancelled() -> Checked:
        worker = _Worker(Workers(1, partial(make_checker, ".")), lambda _: None)
        checking = asyncio.create_task(worker.check(PartnerEntry("slow.example")))
        await asyncio.sleep(0)
        checking.cancel()
        try:
            return await checking
        finally:
            await worker.end()

    assert (asyncio.run(cancelled()).document.error or "").startswith("half seen by")


@pytest.mark.parametrize(
    ("asked", "partners", "expected"),
    [
        pytest.param("1", 10_000, 1, id="one"),
        pytest.param("7", 3, 7, id="as-asked"),
        pytest.param("auto", WORTH_IT - 1, 1, id="auto-small"),
    ],
)
def test_the_number_of_workers(asked: str, partners: int, expected: int) -> None:
    assert worker_count(parse_processes(asked), partners) == expected


def test_auto_takes_every_core_where_that_pays() -> None:
    assert 1 <= worker_count(None, WORTH_IT) <= (os.cpu_count() or 1)


@pytest.mark.parametrize("text", ["", "0", "65", "many", "-1", "1.5", "²"])
def test_what_is_no_number_of_processes_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="give auto or a number"):
        parse_processes(text)


def make_after(ready: str, refuses: bool) -> Checker:
    """Makes a check, or refuses to, when somebody has opened and closed this named pipe."""
    with open(ready, "rb") as fifo:
        fifo.read()
    return refusing_checker() if refuses else make_checker(str(Path(ready).parent))


@pytest.mark.posix("named pipes in folders")
@pytest.mark.parametrize("refuses", [pytest.param(False, id="starts"), pytest.param(True, id="refuses")])
def test_a_worker_whose_run_was_killed_ends_in_silence(
    refuses: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    worker = context.Process(target=work, args=(far, partial(make_after, str(ready), refuses), False))
    worker.start()
    near.close()
    far.close()
    ready.open("wb").close()
    worker.join(60)

    assert worker.exitcode == 0
    assert capfd.readouterr().err == ""


def test_a_worker_that_waits_for_a_partner_gives_a_sign_meanwhile(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    worker = context.Process(target=work, args=(far, partial(make_checker, str(tmp_path)), False))
    worker.start()
    far.close()
    try:
        assert near.recv() == [(None, None, None)]
        near.send([(1, PartnerEntry("slow.example")), (2, None)])
        assert near.recv() == [(2, None, None)]
    finally:
        worker.kill()


def test_a_worker_takes_wishes_while_nobody_takes_its_answers(tmp_path: Path) -> None:
    """Else run and worker, each of which sends the other more than a pipe holds, wait for each other."""
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    worker = context.Process(target=work, args=(far, partial(make_checker, str(tmp_path)), False))
    worker.start()
    far.close()
    assert near.recv() == [(None, None, None)]
    near.send([(number, PartnerEntry("long.example")) for number in range(MANY)])
    assert near.poll(60)  # an answer is on its way, and more than fits
    wishes = [(MANY + number, PartnerEntry("long.example", notes="n" * LONG)) for number in range(MANY)]
    sender = threading.Thread(target=near.send, args=(wishes,), daemon=True)
    sender.start()
    sender.join(60)
    try:
        assert not sender.is_alive()
        answered: set[int] = set()
        while len(answered) < 2 * MANY:
            answered.update(number for number, _, _ in near.recv())
        near.send(None)
        worker.join(60)
        assert worker.exitcode == 0
    finally:
        worker.kill()
