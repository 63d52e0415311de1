"""What each hostile input costs: `python -m tests.benchmarks.bench_attacks [WORD…]`.

Prints input, wall time, CPU, peak and verdict (the exit code) of every row of `tests/hostile/attacks.py`.

Each input is met by a process of its own, warm (its byte code is kept). CPU and peak are what it costs over
the bare start: the same program meeting a sound chain. The exit status is 1 if an input costs more than a
second of CPU or 100 MB, or gets another verdict than the right one. Arguments choose the rows whose names
hold one of these words.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.measured import Cost, cost_of, keep_byte_code
from tests.hostile.attacks import ATTACKS, BARE, Attack

MOST_SECONDS, MOST_MEGABYTES = 1.0, 100.0


def met(attack: Attack, output: str = "/dev/null", errors: str = "/dev/null") -> Cost:
    """What the program costs that meets this input."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        command = attack.start(stack, folder)
        return cost_of([sys.executable, "-m", "probe", *command], output=output, errors=errors)


def _row(attack: Attack, bare: Cost) -> bool:
    cost = met(attack)
    seconds, megabytes = cost.cpu - bare.cpu, (cost.peak - bare.peak) / 1e6
    right = cost.code == attack.code
    verdict = str(cost.code) if right else f"{cost.code}, not {attack.code}"
    within = seconds <= MOST_SECONDS and megabytes <= MOST_MEGABYTES
    beyond = "" if within else "  BEYOND"
    costs = f"{cost.wall:6.2f} s {seconds:6.2f} s {megabytes:6.0f} MB"
    print(f"{attack.name:46} {costs}  {verdict}{beyond}", flush=True)
    return right and within


def main() -> int:
    """Meet every input; 0 when all keep within the bounds and get the right verdict."""
    words = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        keep_byte_code(Path(folder))
        met(BARE)
        bare = met(BARE)
        print(f"bare start: {bare.wall:.2f} s, {bare.cpu:.2f} s of CPU, {bare.peak / 1e6:.0f} MB")
        print(f"{'input':46} {'wall':>8} {'CPU':>8} {'peak':>9}  verdict")
        chosen = [a for a in ATTACKS if not words or any(word in a.name for word in words)]
        good = [_row(attack, bare) for attack in chosen]
    print(f"{sum(good)} of {len(good)} as they should be")
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main())
