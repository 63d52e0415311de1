"""Worker processes: what two of them save, and that a killed one loses nothing.

    python -m tests.benchmarks.bench_processes [--size 2000] [--rounds 3] [--kills 20]

1. `probe check -f` over sound partners with `--processes 1` and `--processes 2`, in turns: wall and CPU
   seconds, and the ratio of the wall times, round by round. The partners of the farm take the same cores:
   what they take is printed beside it.
2. Runs over mixed partners, in each of which one worker is killed (SIGKILL) at a random moment: every partner
   must have exactly one record, and the right one. A run without a worker at that moment does not count. The
   seed is printed.

Linux only: it finds workers in /proc. Prints tables; fails when a record is lost or wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import subprocess
import time
from pathlib import Path

from tests.benchmarks.bench_load import Farm, farm, kind_of, list_command, wrong_records
from tests.benchmarks.measured import Cost, cost_of, keep_byte_code

_SPAWNED = b"spawn_main"
# A machine that others use, too, must not make a sound partner look slow.
_PATIENT = ("-j", "128", "--connect-timeout", "120", "--timeout", "600")
_LATEST = 0.9  # of the time that a run takes


def run(lab: Farm, kinds: list[str], processes: int) -> Cost:
    """One run, whose records are right."""
    command, output, errors = list_command(lab, kinds, f"processes-{processes}")
    cost = cost_of(
        [*command, *_PATIENT, "--processes", str(processes)], output=str(output), errors=str(errors)
    )
    _check(output, kinds)
    return cost


def _check(output: Path, kinds: list[str]) -> None:
    records, wrong = wrong_records(output, kinds)
    if (records, wrong) != (len(kinds), []):
        raise SystemExit(f"{records} records of {len(kinds)}; wrong: {wrong[:5]}")


def compare(lab: Farm, size: int, rounds: int) -> float:
    """Print both in turns; returns the wall seconds of two processes."""
    kinds = ["healthy"] * size
    print(f"{size} sound partners {'wall s':>9} {'CPU s':>8} {'of the farm':>12}   ratio of wall times")
    walls: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for processes, seen in walls.items():
            before = lab.cpu_seconds()
            cost = run(lab, kinds, processes)
            seen.append(cost.wall)
            beside = f"{seen[-1] / walls[1][-1]:8.2f}" if processes == 2 else ""
            farm_took = lab.cpu_seconds() - before
            print(f"--processes {processes:<6} {cost.wall:9.1f} {cost.cpu:8.1f} {farm_took:12.1f} {beside}")
    ratio = statistics.median(two / one for one, two in zip(walls[1], walls[2], strict=True))
    print(f"median of the ratios: {ratio:.2f}; load of the machine {os.getloadavg()[0]:.1f}")
    return statistics.median(walls[2])


def _workers(process: int) -> list[int]:
    """The worker processes that a run has at this moment."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(child) for child in children if _SPAWNED in Path(f"/proc/{child}/cmdline").read_bytes()]


def kill(lab: Farm, kinds: list[str], moment: float, chance: random.Random) -> bool:
    """One run with a worker killed at this moment (seconds); False: it had none then."""
    command, output, errors = list_command(lab, kinds, "killed")
    with output.open("wb") as written, errors.open("wb") as said:
        process = subprocess.Popen([*command, *_PATIENT, "--processes", "2"], stdout=written, stderr=said)
        time.sleep(moment)
        workers = _workers(process.pid) if process.poll() is None else []
        if workers:
            os.kill(chance.choice(workers), signal.SIGKILL)
        process.wait(timeout=300)
    _check(output, kinds)
    return bool(workers)


def main() -> None:
    """Measure, kill, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # nothing is secret
    options = parser.parse_args()
    with farm() as lab:
        keep_byte_code(lab.folder)
        run(lab, ["healthy"], 1)
        if options.rounds:
            compare(lab, options.size, options.rounds)
        kinds = [kind for number in range(400) if (kind := kind_of(number)) not in {"stall", "dead"}]
        started = time.perf_counter()
        run(lab, kinds, 2)
        seconds = (time.perf_counter() - started) * _LATEST
        chance = random.Random(options.seed)  # nothing is secret
        print(f"a worker of two killed in runs over {len(kinds)} partners, seed {options.seed}:")
        number = 0
        while number < options.kills:
            moment = chance.uniform(0.0, seconds)
            if kill(lab, kinds, moment, chance):
                number += 1
                print(f"{number:3}: killed at {moment:.2f} s: nothing lost", flush=True)


if __name__ == "__main__":
    main()
