"""A resolver that hangs: a bounded number of threads, a wait when all are taken, no verdict on a partner."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from probe import api
from probe.collection.connection import resolver
from probe.facts.observation import FailureKind, Phase
from probe.facts.trust_store import TrustStore
from probe.judgement.model import Outcome
from probe.workers import WorkerPool


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The system's resolver answers no more until the event is set."""
    goes_on = threading.Event()

    def hang(host: str, port: int) -> tuple[str, ...]:
        goes_on.wait(60)
        return ()

    monkeypatch.setattr(resolver, "system_addresses", hang)
    monkeypatch.setattr(resolver, "LOOKUPS", WorkerPool("resolve", size=3))
    return goes_on


def test_a_hung_resolver_of_ours_is_no_verdict_on_the_partner(hanging: threading.Event) -> None:
    result = api.check(
        "https://mail.partner.example/ews/exchange.asmx", trust=TrustStore(name="none"), connect_timeout=0.2
    )
    hanging.set()
    (connection,) = result.observation.connections
    assert connection.failure is not None
    assert (connection.failure.phase, connection.failure.kind) == (
        Phase.RESOLVE,
        FailureKind.RESOLVER_FAILED,
    )
    assert result.outcome is Outcome.UNKNOWN


def test_a_full_pool_is_a_wait_and_makes_no_more_threads() -> None:
    pool = WorkerPool("bounded", size=3)
    goes_on = threading.Event()

    async def everything() -> tuple[int, list[int]]:
        def work(number: int) -> Callable[[], int]:
            return lambda: number if goes_on.wait(60) else -1

        asked = [asyncio.create_task(pool.run(work(number))) for number in range(40)]
        await asyncio.sleep(0.05)
        threads = sum(thread.name == "bounded" for thread in threading.enumerate())
        goes_on.set()
        return threads, await asyncio.gather(*asked)

    threads, answers = asyncio.run(everything())
    assert threads == 3
    assert answers == list(range(40))


def test_work_that_is_given_up_is_not_begun() -> None:
    pool = WorkerPool("given-up", size=1)
    goes_on, begun = threading.Event(), threading.Event()

    async def everything() -> None:
        first = asyncio.create_task(pool.run(lambda: goes_on.wait(60)))
        second = asyncio.create_task(pool.run(begun.set))
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.sleep(0)
        goes_on.set()
        await first
        assert await pool.run(lambda: 7) == 7

    asyncio.run(everything())
    assert not begun.is_set()


def test_what_work_raises_comes_out() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(WorkerPool("raising", size=1).run(lambda: 1 // 0))


def test_a_result_is_not_lost_to_one_cancellation() -> None:
    goes_on = threading.Event()

    async def everything() -> int:
        pool = WorkerPool("judging", size=1)
        judging = asyncio.create_task(pool.run_to_end(lambda: 7 if goes_on.wait(60) else -1))
        await asyncio.sleep(0.05)
        judging.cancel()
        await asyncio.sleep(0)
        goes_on.set()
        return await judging

    assert asyncio.run(everything()) == 7
