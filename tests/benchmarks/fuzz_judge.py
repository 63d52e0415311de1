"""The long run of test_judge_fuzz.py, by hand: `python -m tests.benchmarks.fuzz_judge [COUNT] [SEED]`.

Damages certificates of sound chains, in the chain and in every role of a store, and judges them. Prints what
went wrong with the edits that did it, then one line of figures; the exit status is 1 if anything did.
"""

from __future__ import annotations

import random
import sys
import time
import traceback
from collections import Counter

from tests.judgement.mutation import KINDS, Case, Edit, chains, damaged

DEFAULT_COUNT = 50_000


def _edits(source: random.Random) -> list[Edit]:
    return [
        Edit(source.choice(KINDS), source.random(), source.randrange(256), source.randint(1, 16))
        for _ in range(source.choice((1, 1, 1, 2, 3)))
    ]


def main(count: int, seed: int) -> int:
    """Judge so many damaged certificates; 0 when none was called fine and nothing was raised."""
    source = random.Random(seed)
    outcomes: Counter[str] = Counter()
    wrong = 0
    started = time.perf_counter()
    for _ in range(count):
        chain = source.choice(chains())
        position = source.randrange(len(chain.members))
        edits = _edits(source)
        case = Case(chain, position, damaged(chain.members[position], edits))
        try:
            complaint = case.complaint()
            outcomes[case.judge().outcome.value] += 1
        except Exception:  # noqa: BLE001  # whatever escapes the engine is what this run looks for
            complaint = traceback.format_exc()
        if complaint is not None:
            wrong += 1
            print(f"{complaint}\n  {edits}\n  {case.certificate.hex()}", flush=True)
    elapsed = time.perf_counter() - started
    print(f"{count} damaged certificates, seed {seed}: {wrong} wrong, {dict(outcomes)}, {elapsed:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:3]]
    sys.exit(main(*(arguments + [DEFAULT_COUNT, 1][len(arguments) :])))
