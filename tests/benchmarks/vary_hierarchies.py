"""The long run of test_judgement_hierarchies.py: `python -m tests.benchmarks.vary_hierarchies COUNT SEED`.

Draws random hierarchies and varies each in every way that must change nothing. Prints every change of a
verdict with the number that draws it again, then one line of figures; the exit status is 1 if there was any.
"""

from __future__ import annotations

import random
import sys
import time

from tests.judgement.hierarchies import CHANGES, complaints

DEFAULT_COUNT = 10_000


def main(count: int, seed: int) -> int:
    """Vary so many hierarchies; 0 when no verdict changed."""
    changed = 0
    started = time.perf_counter()
    for number in range(count):
        for complaint, *_ in complaints(random.Random(f"{seed}/{number}")):
            changed += 1
            print(f"{seed}/{number}: {complaint}", flush=True)
    elapsed = time.perf_counter() - started
    print(
        f"{count} hierarchies, {len(CHANGES)} changes each, seed {seed}: {changed} verdicts changed, "
        f"{elapsed:.0f} s"
    )
    return 1 if changed else 0


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:3]]
    sys.exit(main(*(arguments + [DEFAULT_COUNT, 1][len(arguments) :])))
