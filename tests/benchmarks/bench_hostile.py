"""What the dearest certificates of a partner cost: `python -m tests.benchmarks.bench_hostile`.

Each row is judged as sent in one handshake (100 KB at most, which is what OpenSSL lets through). Prints size,
outcome and CPU time of the judge alone, and the peak of the process; the exit status is 1 if a row took more
than a second of CPU or the peak is above 100 MB.
"""

from __future__ import annotations

import resource
import sys
import time

from probe import api
from probe.lab import authority
from probe.lab.issuance import Credential
from tests.hostile.hostile_chains import CHAINS, HOST, ROOT, Chain, sound
from tests.judgement.judging import NOW

MOST_SECONDS, MOST_MEGABYTES = 1.0, 100


def _usages() -> list[Credential]:
    oids = [f"1.3.6.1.4.1.{number}" for number in range(6_000)]
    return [authority.end_entity(ROOT, HOST, usages=oids)]


ROWS: dict[str, Chain] = {"sound": sound, **CHAINS, "6,000 usages": _usages}


def main() -> int:
    """Judge every row; 0 when all keep within the bounds."""
    slowest = 0.0
    for name, make in ROWS.items():
        sent = [credential.der for credential in make()]
        started = time.process_time()
        judgement = api.judge_chain(sent, host=HOST, roots=[ROOT.der], at=NOW)
        spent = time.process_time() - started
        slowest = max(slowest, spent)
        size = sum(map(len, sent)) / 1024
        print(f"{name:34} {size:5.0f} KB {judgement.outcome.value:8} {spent:6.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"slowest {slowest:.2f} s of CPU, peak {peak:.0f} MB")
    return int(slowest > MOST_SECONDS or peak > MOST_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())
