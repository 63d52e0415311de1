"""1,000 random combinations of fault and timing, several at once: no hang, no crash, no wrong class.

    python -m tests.benchmarks.stress_faults [--count 1000] [--seed 1] [--at-once 12]

Each combination draws a fault of the lab, a deadline, a phase limit, a pause before the start and a family,
and checks the partner over real sockets. A verdict must be the fault's own. Where the drawn time is short the
machine may be what was too slow, so "cannot tell" and a timeout count as honest there, and nothing else does.
Run by hand: it measures the product under load, not a rule.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import random
import time
from collections import Counter
from dataclasses import dataclass

from probe import api
from probe.collection.settings import Settings, parse_connect_to
from probe.dotnet import WebExceptionStatus
from probe.judgement import caller_profile as callers
from probe.judgement.model import Judgement
from probe.lab.faults import FAULTS, Expected, Fault
from probe.lab.partner import Partner

AMPLE = 2.0
# How far a check may run over its deadline on a machine that runs a dozen of them and their servers.
GRACE = 1.5
TIMED_OUT = frozenset({WebExceptionStatus.RequestCanceled, WebExceptionStatus.ConnectFailure})


@dataclass(frozen=True)
class Combination:
    """One draw."""

    fault: Fault
    timeout: float
    connect_timeout: float
    pause: float
    again: int


def draw(generator: random.Random) -> Combination:
    """A fault with timings; half of them ample, half short."""
    ample = generator.random() < 0.5
    timeout = generator.uniform(AMPLE, 3.0) if ample else generator.uniform(0.15, 1.0)
    return Combination(
        fault=generator.choice(FAULTS),
        timeout=timeout,
        connect_timeout=timeout * generator.uniform(0.4, 0.9),
        pause=generator.uniform(0, 0.05),
        again=generator.choice((1, 1, 1, 2)),
    )


def verdict(judgement: Judgement) -> Expected:
    """The verdict in the words of the lab's rows."""
    exception = judgement.web_exception
    return Expected(
        judgement.outcome.value,
        judgement.ssl_policy_errors,
        judgement.chain.status if judgement.chain else None,
        exception.status if exception else None,
        exception.text if exception else None,
    )


async def check(combination: Combination) -> str:
    """`right`, `too slow to tell`, `late: …` or `wrong: …`."""
    fault = combination.fault
    with Partner(fault.name) as partner:
        settings = Settings(
            connect_to=tuple(map(parse_connect_to, partner.connect_to)),
            family=4,
            timeout=combination.timeout,
            connect_timeout=combination.connect_timeout,
            resolver=partner.resolver,
        )
        text = fault.expected.text_for(partner.host, f"127.0.0.1:{partner.port}")
        demanded = dataclasses.replace(fault.expected, text=text)
        # A stall of the lab lasts for ever, so the caller stops waiting sooner here than this check does.
        waits = combination.timeout / 4
        profile = dataclasses.replace(
            callers.profile(fault.caller or callers.DEFAULT), answer_timeout_seconds=waits
        )
        await asyncio.sleep(combination.pause)
        for _ in range(combination.again):
            started = time.monotonic()
            result = await api.check_async(
                partner.ews_url,
                trust=partner.trust,
                callers=(profile,),
                settings=settings,
            )
            took = time.monotonic() - started
            if took > combination.timeout + GRACE:
                return f"late: {fault.name} took {took:.2f} s of {combination.timeout:.2f}"
            (judgement,) = result.judgements
            disagreements = demanded.disagreements(verdict(judgement))
            if disagreements:
                return _excuse(combination, judgement) or f"wrong: {fault.name}: {'; '.join(disagreements)}"
    return "right"


def _excuse(combination: Combination, judgement: Judgement) -> str | None:
    if combination.timeout >= AMPLE:
        return None
    exception = judgement.web_exception
    timed_out = exception is not None and exception.status in TIMED_OUT
    return "too slow to tell" if judgement.outcome.value == "unknown" or timed_out else None


async def run(count: int, seed: int, at_once: int) -> Counter[str]:
    """Check `count` combinations, `at_once` at a time; how often each answer came."""
    generator = random.Random(seed)
    combinations = [draw(generator) for _ in range(count)]
    slots = asyncio.Semaphore(at_once)

    async def one(combination: Combination) -> str:
        async with slots:
            try:
                return await check(combination)
            except Exception as crash:  # noqa: BLE001  # a crash is one of the answers counted
                return f"crash: {combination.fault.name}: {crash!r}"

    return Counter(await asyncio.gather(*map(one, combinations)))


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=12)
    options = parser.parse_args()
    started = time.monotonic()
    answers = asyncio.run(run(options.count, options.seed, options.at_once))
    for answer, times in answers.most_common():
        print(f"{times:6} {answer}")
    print(f"{options.count} combinations in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
