"""A list of nine honest partners among every fault of the lab and every flood: nine right records, in time.

In time is what the test's own limit says; nothing is measured. A partner that held the loop would make it
run for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from probe import api
from probe.collection.settings import ConnectTo, Settings, parse_connect_to
from probe.facts.trust_store import TrustStore
from probe.judgement import caller_profile as callers
from probe.judgement.model import Outcome
from probe.lab.faults import FAULTS
from probe.lab.partner import Partner
from probe.report import build
from probe.runs.attempts import Checked, Checker
from probe.runs.execution import Finished, RunLimits, run
from probe.runs.lists.partners import PartnerEntry
from tests.collection.floods import flooding

HONEST = 9
TIMEOUT = 6.0


def checking(settings: Settings, trust: TrustStore) -> Checker:
    profile = callers.profile(callers.DEFAULT)

    async def check(entry: PartnerEntry) -> Checked:
        result = await api.check_async(entry.target, trust=trust, callers=(profile,), settings=settings)
        return Checked(build.document(result))

    return check


def lab_check(partner: Partner) -> tuple[str, Checker]:
    settings = Settings(
        connect_to=tuple(map(parse_connect_to, partner.connect_to)),
        timeout=TIMEOUT,
        family=4,
        resolver=partner.resolver,
    )
    return partner.ews_url, checking(settings, partner.trust)


def flood_check(port: int) -> tuple[str, Checker]:
    to = (ConnectTo(None, None, "127.0.0.1", port),)
    settings = Settings(connect_to=to, timeout=TIMEOUT, aia=False)
    return "https://flood.example/ews/exchange.asmx", checking(settings, TrustStore(name="none"))


@pytest.fixture
def checks() -> Iterator[dict[str, tuple[str, Checker]]]:
    """The target and the check of each partner, by what it is."""
    with ExitStack() as stack:
        floods = stack.enter_context(flooding())
        yield {
            **{f"flood {name}": flood_check(port) for name, port in floods.items()},
            **{
                f"fault {fault.name}": lab_check(stack.enter_context(Partner(fault.name))) for fault in FAULTS
            },
            **{f"honest {n}": lab_check(stack.enter_context(Partner("healthy"))) for n in range(HONEST)},
        }


@pytest.mark.timeout(240)
def test_nine_honest_partners_among_every_fault_and_flood(checks: dict[str, tuple[str, Checker]]) -> None:
    entries = [PartnerEntry(target, notes=name) for name, (target, _) in checks.items()]

    async def check(entry: PartnerEntry) -> Checked:
        return await checks[entry.notes or ""][1](entry)

    async def everything() -> list[Finished]:
        limits = RunLimits(concurrency=48, per_host=len(entries))
        return [finished async for finished in run(entries, check, limits=limits)]

    finished = asyncio.run(everything())
    assert len(finished) == len(entries)
    honest = [item for item in finished if (item.entry.notes or "").startswith("honest")]
    assert [item.checked.document.outcome for item in honest] == [Outcome.SUCCESS] * HONEST
