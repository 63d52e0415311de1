"""Many checks at once: N in, N out, within every bound, whatever a check does."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import pytest

from probe.errors import UsageError
from probe.facts.observation import Observation, Vantage
from probe.facts.target import parse
from probe.report.document import EndpointEntry, ResultDocument
from probe.runs.attempts import Checked, Checker
from probe.runs.execution import Event, Finished, Repeated, RunLimits, Started, host_of, run
from probe.runs.lists.partners import PartnerEntry

MakeDocument = Callable[..., ResultDocument]
MakeFailing = Callable[[str, str], EndpointEntry]


def _entries(*targets: str) -> list[PartnerEntry]:
    return [PartnerEntry(target) for target in targets]


def _run(
    entries: Iterable[PartnerEntry],
    check: Checker,
    limits: RunLimits,
    listener: Callable[[Event], None] = print,
) -> list[Finished]:
    async def collect() -> list[Finished]:
        return [finished async for finished in run(entries, check, limits=limits, listener=listener)]

    return asyncio.run(collect())


class _Gauge:
    """A check that counts how many of it run at a time, in all and for each host."""

    def __init__(self, make_document: MakeDocument) -> None:
        self.make_document = make_document
        self.now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def __call__(self, entry: PartnerEntry) -> Checked:
        for key in ("", host_of(entry)):
            self.now[key] += 1
            self.most[key] = max(self.most[key], self.now[key])
        for _ in range(3):
            await asyncio.sleep(0)
        for key in ("", host_of(entry)):
            self.now[key] -= 1
        return Checked(self.make_document(entry.target))


def test_every_entry_is_answered_once_and_concurrency_is_bounded(make_document: MakeDocument) -> None:
    gauge = _Gauge(make_document)
    entries = _entries(*(f"partner{n}.example" for n in range(300)))

    finished = _run(entries, gauge, RunLimits(concurrency=7))

    assert sorted(item.index for item in finished) == list(range(300))
    assert all(item.entry == entries[item.index] for item in finished)
    assert all(item.checked.document.target.input == item.entry.target for item in finished)
    assert gauge.most[""] == 7


def test_a_host_sees_few_at_a_time_while_others_go_on(make_document: MakeDocument) -> None:
    gauge = _Gauge(make_document)
    busy = [f"https://busy.example/{n}" for n in range(40)]
    entries = _entries(*busy, *(f"partner{n}.example" for n in range(40)))

    finished = _run(entries, gauge, RunLimits(concurrency=10, per_host=2))

    assert len(finished) == 80
    assert gauge.most["busy.example:443"] == 2
    assert gauge.most[""] == 10


def test_a_list_of_one_host_is_read_no_further_than_needed(make_document: MakeDocument) -> None:
    taken = 0

    def entries() -> Iterator[PartnerEntry]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield PartnerEntry(f"https://busy.example/{number}")

    async def first() -> None:
        results = run(entries(), _Gauge(make_document), limits=RunLimits(concurrency=2, per_host=1))
        await anext(results)
        await results.aclose()

    asyncio.run(first())

    assert taken <= 12


@pytest.mark.parametrize(
    ("entry", "host"),
    [
        pytest.param(PartnerEntry("user@contoso.com"), "contoso.com:443", id="address"),
        pytest.param(PartnerEntry("host.example:8443"), "host.example:8443", id="port"),
        pytest.param(
            PartnerEntry("contoso.com", ews_url="https://ews.example/x"), "ews.example:443", id="ews-url"
        ),
        pytest.param(PartnerEntry("not a target"), "", id="none"),
    ],
)
def test_politeness_counts_for_the_host_that_is_contacted(entry: PartnerEntry, host: str) -> None:
    assert host_of(entry) == host


def test_errors_of_a_check_become_documents(make_document: MakeDocument) -> None:
    async def check(entry: PartnerEntry) -> Checked:
        match entry.target:
            case "usage":
                raise UsageError("no such caller")
            case "defect":
                raise ZeroDivisionError("by zero")
            case "timeout":
                raise TimeoutError
            case _:
                return Checked(make_document(entry.target))

    finished = _run(_entries("usage", "defect", "timeout", "fine"), check, RunLimits())
    errors = {item.entry.target: item.checked.document.error for item in finished}

    assert errors == {
        "usage": "no such caller",
        "defect": "internal error: ZeroDivisionError: by zero",
        "timeout": "internal error: TimeoutError: ",
        "fine": None,
    }
    assert {item.checked.document.outcome for item in finished if item.checked.document.error} == {"unknown"}


@pytest.mark.parametrize(
    ("phase", "kind", "attempts"),
    [
        pytest.param("resolve", "resolver-failed", 3, id="resolver"),
        pytest.param("resolve", "name-not-found", 1, id="no-such-name"),
        pytest.param("connect", "timeout", 3, id="connect-timeout"),
        pytest.param("connect", "refused", 1, id="refused"),
        pytest.param("handshake", "reset", 3, id="reset-in-handshake"),
        pytest.param("handshake", "alert", 1, id="alert"),
        pytest.param("receive", "reset", 1, id="reset-after-request"),
        pytest.param("receive", "timeout", 1, id="no-answer"),
        pytest.param("connect", "deadline", 1, id="deadline"),
    ],
)
def test_only_what_may_be_transient_is_repeated_and_counted(
    phase: str, kind: str, attempts: int, make_document: MakeDocument, make_failing: MakeFailing
) -> None:
    events: list[Event] = []
    observation = _observation("contoso.com")

    async def check(entry: PartnerEntry) -> Checked:
        return Checked(make_document(entry.target, endpoints=(make_failing(kind, phase),)), observation)

    limits = RunLimits(retries=2, retry_pause=0)
    (finished,) = _run(_entries("contoso.com"), check, limits, events.append)
    kept = finished.checked.observation

    assert sum(isinstance(event, Repeated) for event in events) == attempts - 1
    assert kept is not None
    assert kept.attempts == attempts
    assert len(finished.checked.document.notes) == len(kept.notes) == attempts - 1
    assert isinstance(events[0], Started)
    assert events[-1] == finished


def _observation(target: str) -> Observation:
    from datetime import UTC, datetime

    return Observation(parse(target), datetime(2026, 11, 1, tzinfo=UTC), Vantage("x", "x", "x", "x"))


def test_a_failure_that_goes_away_is_told_in_the_notes(
    make_document: MakeDocument, make_failing: MakeFailing
) -> None:
    documents = [make_document(endpoints=(make_failing("reset", "handshake"),)), make_document()]

    async def check(entry: PartnerEntry) -> Checked:
        return Checked(documents.pop(0))

    (finished,) = _run(_entries("contoso.com"), check, RunLimits(retry_pause=0))

    assert finished.checked.document.outcome == "success"
    (note,) = finished.checked.document.notes
    assert note.startswith("attempt 1 was repeated: https://mail.contoso.com/")
    assert note.endswith("handshake: reset")


async def _never(entry: PartnerEntry) -> Checked:
    await asyncio.Event().wait()
    raise AssertionError


def test_the_deadline_of_a_target_answers_it() -> None:
    finished = _run(_entries("a.example", "b.example"), _never, RunLimits(target_seconds=0.01))

    assert {item.checked.document.error for item in finished} == {
        "stopped by the deadline of 0.01 s for one target"
    }
    assert len(finished) == 2


def test_the_deadline_of_the_run_answers_also_what_was_not_begun() -> None:
    entries = _entries(*(f"partner{n}.example" for n in range(50)))

    finished = _run(entries, _never, RunLimits(concurrency=5, run_seconds=0.05, target_seconds=30))

    assert len(finished) == 50
    assert {item.checked.document.error for item in finished} == {"stopped by the deadline of the whole run"}


def test_a_repetition_that_the_deadline_ends_keeps_the_first_answer(
    make_document: MakeDocument, make_failing: MakeFailing
) -> None:
    calls = 0

    async def check(entry: PartnerEntry) -> Checked:
        nonlocal calls
        calls += 1
        if calls > 1:
            await asyncio.Event().wait()
        return Checked(make_document(endpoints=(make_failing("timeout", "connect"),)))

    (finished,) = _run(_entries("contoso.com"), check, RunLimits(retry_pause=0, target_seconds=0.2))

    assert finished.checked.document.error is None
    assert len(finished.checked.document.notes) == 2
    assert finished.checked.document.notes[1] == "stopped by the deadline of 0.2 s for one target"


def test_what_a_check_saw_until_the_deadline_is_its_answer_and_is_not_repeated(
    make_document: MakeDocument, make_failing: MakeFailing
) -> None:
    calls = 0

    async def check(entry: PartnerEntry) -> Checked:
        nonlocal calls
        calls += 1
        await _until_cancelled()
        return Checked(make_document(endpoints=(make_failing("timeout", "connect"),)))

    (finished,) = _run(_entries("contoso.com"), check, RunLimits(retry_pause=0, target_seconds=0.01))

    assert calls == 1
    assert finished.checked.document.endpoints
    assert finished.checked.document.notes == ("stopped by the deadline of 0.01 s for one target",)


async def _until_cancelled() -> None:
    """Wait, and answer a cancellation as the collector does."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        assert task is not None
        task.uncancel()


def test_half_an_answer_of_a_stopped_run_is_no_answer(make_document: MakeDocument) -> None:
    async def check(entry: PartnerEntry) -> Checked:
        if entry.target != "fast.example":
            await _until_cancelled()
        return Checked(make_document(entry.target))

    async def collect() -> list[str]:
        stop = asyncio.Event()
        targets = []
        entries = _entries("fast.example", "slow.example")
        async for finished in run(entries, check, limits=RunLimits(), stop=stop):
            targets.append(finished.entry.target)
            stop.set()
        return targets

    assert asyncio.run(collect()) == ["fast.example"]


def test_a_stopped_run_hands_out_what_finished_and_gives_up_the_rest(make_document: MakeDocument) -> None:
    cancelled: list[str] = []

    async def check(entry: PartnerEntry) -> Checked:
        if entry.target.startswith("slow"):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(entry.target)
                raise
        return Checked(make_document(entry.target))

    async def collect() -> list[str]:
        stop = asyncio.Event()
        entries = _entries("fast.example", "slow1.example", "slow2.example", "never.example")
        targets = []
        async for finished in run(entries, check, limits=RunLimits(concurrency=3, retries=0), stop=stop):
            targets.append(finished.entry.target)
            if len(targets) == 2:
                stop.set()
        return targets

    assert asyncio.run(collect()) == ["fast.example", "never.example"]
    assert sorted(cancelled) == ["slow1.example", "slow2.example"]


def test_a_broken_listener_ends_the_run_instead_of_hanging_it(make_document: MakeDocument) -> None:
    def listener(event: Event) -> None:
        raise RuntimeError("the display broke")

    with pytest.raises(RuntimeError, match="the display broke"):
        _run(_entries("a.example"), _Gauge(make_document), RunLimits(), listener)
