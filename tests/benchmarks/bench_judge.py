"""What judging costs: a chain from DER, replayed records, and the worst mesh. Prints a table, judges nothing.

python -m tests.benchmarks.bench_judge
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from probe import api
from probe.collection.settings import parse_connect_to
from probe.dotnet import SslPolicyErrors
from probe.facts import record
from probe.facts.certificate import Certificate
from probe.facts.trust_store import TrustStore
from probe.judgement import target_judgement, verdict
from probe.judgement.caller_profile import profile
from probe.lab import authority
from probe.lab.keys import private_key
from probe.lab.partner import Partner
from tests.samples import observed

SECONDS = 2.0
NOW = datetime.now(UTC)
CALLER = profile("exchange-se")


def rate(work: Callable[[int], object], *, most: int = 100_000) -> tuple[float, int]:
    """(milliseconds a call, calls) over about two seconds; `work` gets the number of the call."""
    work(0)
    started = time.perf_counter()
    count = 0
    while count < most and time.perf_counter() - started < SECONDS:
        count += 1
        work(count)
    return (time.perf_counter() - started) / count * 1000, count


def fresh_chains(count: int) -> tuple[bytes, list[tuple[bytes, ...]]]:
    """A root and `count` RSA chains below it, no certificate in two of them."""
    root = authority.root("Bench Root", key="rsa2048")
    chains: list[tuple[bytes, ...]] = []
    for number in range(count):
        issuing = authority.intermediate(root, f"Bench CA {number}", key="rsa2048")
        leaf = authority.end_entity(issuing, f"host{number}.partner.lab", key="rsa2048")
        chains.append((leaf.der, issuing.der))
    return root.der, chains


def mesh(size: int) -> tuple[Certificate, tuple[Certificate, ...]]:
    """An end-entity below `size` cross-signed CAs that all share one name and one key."""
    key = private_key("p256", slot="mesh")
    first = authority.root("Mesh", key=key)
    cas = [authority.intermediate(first, "Mesh", key=key, serial=number + 2) for number in range(size)]
    leaf = authority.end_entity(cas[0], "mail.partner.lab")
    return leaf.certificate, tuple(ca.certificate for ca in cas)


def handshake() -> tuple[float, int]:
    """(median milliseconds of a handshake with a healthy lab partner, as the record has it; how many)."""
    with Partner("healthy") as partner:
        overrides = tuple(map(parse_connect_to, partner.connect_to))
        took = [
            connection.timings.handshake or 0.0
            for _ in range(50)
            for connection in api.collect(partner.ews_url, connect_to=overrides, family=4).connections
        ]
    return statistics.median(took), len(took)


def main() -> None:
    """Measure and print."""
    root, chains = fresh_chains(400)

    def judge_der(number: int) -> object:
        chain = chains[number % len(chains)]
        host = f"host{number % len(chains)}.partner.lab"
        return api.judge_chain(chain, host=host, roots=[root], at=NOW)

    print(f"{'what':58} {'ms':>8} {'per second':>11}")

    def row(name: str, cost: tuple[float, int]) -> None:
        print(f"{name:58} {cost[0]:8.3f} {1000 / cost[0]:11.0f}")

    row("3 RSA certificates from DER, each chain seen once", rate(judge_der, most=399))
    row("the same chains again", rate(judge_der))
    trust = TrustStore("bench", roots=(Certificate(root),))
    records = [
        record.dumps(observed(tuple(map(Certificate, chain)), at=NOW.replace(microsecond=0)))
        for chain in chains
    ]
    loaded = [record.loads(data) for data in records]
    row(
        "records in memory, shared caches",
        rate(lambda number: target_judgement.judge(loaded[number % 400], trust=trust, caller=CALLER)),
    )
    row(
        "records from their bytes",
        rate(
            lambda number: target_judgement.judge(
                record.loads(records[number % 400]), trust=trust, caller=CALLER
            )
        ),
    )
    bad = NOW + timedelta(days=4000)
    row(
        "a refused chain with its proved remedies",
        rate(lambda number: target_judgement.judge(loaded[number % 400], trust=trust, caller=CALLER, at=bad)),
    )
    (visit,) = loaded[0].visits
    row(
        "classifying what a partner answered, no certificate judged",
        rate(lambda _: verdict.decide(visit, CALLER, SslPolicyErrors(0))),
    )
    row("one TLS handshake on loopback, for comparison", handshake())
    for size in (200, 2000):
        leaf, cas = mesh(size)
        started = time.perf_counter()
        judged = api.judge_chain([leaf.der, *(c.der for c in cas)], roots=[], at=NOW)
        took = (time.perf_counter() - started) * 1000
        why = judged.chain.indeterminate if judged.chain else None
        print(f"{f'mesh of {size} CAs of one name and key':58} {took:8.0f}   {judged.outcome.value}: {why}")


if __name__ == "__main__":
    main()
