"""Kill -9 at random moments of a run over a list, which is started again each time (Linux).

    python -m tests.benchmarks.kill_runs [--kills 200] [--seed N] [--size 60]

The run is `probe check -f LIST -o REPORT --save FOLDER --resume STATE --lock LOCK`, with and without
`--history`, in one process and with two workers, in turn. After each kill every file must be whole, nothing
in them twice, and no process left. After each run that ends every partner has one right record in the
report, one saved and one answer in the history, and no other file is left. The seed is printed. The exit
status is 1 if anything was wrong.

`table` kills workers of a run instead (`worker_kills`).
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.bench_load import (
    PATIENT,
    Farm,
    WrongRecordsError,
    check_records,
    farm,
    kind_of,
    list_command,
    workers,
)
from tests.benchmarks.measured import keep_byte_code
from tests.runs.killed_runs import FAILS, KilledRun

_PATIENCE = 20.0
_LONGEST = 300.0
_SPAWNING = "reduction.pickle.load(from_parent)\n"
_LATEST = 0.9  # of the time that a run takes


class Killer:
    """Kills runs until enough were; counts where, and says what was wrong."""

    def __init__(self, kills: int, chance: random.Random) -> None:
        self.left = kills
        self.killed: Counter[str] = Counter()
        self.faults: list[str] = []
        self._chance = chance

    def until_complete(self, run: KilledRun, seconds: float) -> None:
        """Start the run again and again, killed within so many seconds, until it has ended."""
        run.prepare()
        while self.left:
            code = self._killed_or_ended(run.command(), seconds)
            if code != -signal.SIGKILL:
                self._note("end", [] if code == FAILS else [f"exit code {code}"])
                self._note("end", [*run.faults_after_end(), *(f"left: {name}" for name in run.left_over())])
                return
            self.left -= 1
            answered = len(list(run.records.glob("*.json")))
            self.killed["none" if not answered else "all" if answered == run.count else "some"] += 1
            self._note("kill", run.faults_after_kill())
            if run.is_complete():
                self._note("kill at the end", run.faults_after_end())
                return

    def _killed_or_ended(self, command: list[str], seconds: float) -> int:
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(command, start_new_session=True, stderr=errors)
            try:
                process.wait(self._chance.uniform(0.0, seconds))
            except subprocess.TimeoutExpired:
                process.kill()
            code = process.wait()
            if not _group_ends(process.pid):
                self._note("kill", [f"processes of {process.pid} go on"])
            errors.seek(0)
            said = errors.read().decode()
        # A worker that was not yet told its task says so by itself, in code of Python's own.
        self._note("kill", [] if _SPAWNING in said else said.splitlines())
        return code

    def _note(self, when: str, faults: list[str]) -> None:
        for fault in faults:
            self.faults.append(fault)
            print(f"after {when}, {self.left} kills left: {fault}", flush=True)


def _group_ends(group: int) -> bool:
    """Whether the workers of a killed run end by themselves."""
    for _ in range(int(_PATIENCE / 0.02)):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def _seconds(run: KilledRun) -> float:
    """How long the run takes that nobody kills."""
    run.prepare()
    started = time.perf_counter()
    code = subprocess.run(run.command(), check=False, timeout=_LONGEST).returncode
    wrong = [*run.faults_after_end(), *run.left_over()]
    if code != FAILS or wrong:
        raise SystemExit(f"the run is wrong before anything was killed: {code}, {wrong[:5]}")
    return time.perf_counter() - started


def worker_kills(lab: Farm, chance: random.Random) -> Iterator[float]:
    """Of ever more runs with two workers, one is killed: the moment (seconds) when nothing was lost.

    Every partner must have exactly one record, and the right one (else WrongRecordsError). A run without a
    worker at the moment that was drawn does not count.
    """
    kinds = [kind for number in range(400) if (kind := kind_of(number)) not in {"stall", "dead"}]
    started = time.perf_counter()
    _worker_killed(lab, kinds, None, chance)
    seconds = (time.perf_counter() - started) * _LATEST
    while True:
        moment = chance.uniform(0.0, seconds)
        if _worker_killed(lab, kinds, moment, chance):
            yield moment


def _worker_killed(lab: Farm, kinds: list[str], moment: float | None, chance: random.Random) -> bool:
    """One run with a worker killed at this moment, if any; False: it had none then."""
    command, output, errors = list_command(lab, kinds, "killed")
    command += [*PATIENT, "-j", "128", "--processes", "2"]
    with output.open("wb") as written, errors.open("wb") as said:
        process = subprocess.Popen(command, stdout=written, stderr=said)
        there = []
        if moment is not None:
            time.sleep(moment)
            there = workers(process.pid)
        if there:
            os.kill(chance.choice(there), signal.SIGKILL)
        try:
            process.wait(timeout=_LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            raise WrongRecordsError(f"a run hangs whose worker was killed at {moment}") from None
    check_records(output, kinds)
    return bool(there)


def kill_all(lab: Farm, options: argparse.Namespace) -> int:
    """Kill so often; 0 when nothing was wrong."""
    runs = [
        KilledRun(
            lab, lab.folder / f"{history}-{processes}", options.size, history=history, processes=processes
        )
        for history, processes in itertools.product((True, False), (1, 2))
    ]
    seconds = [_seconds(run) for run in runs]
    print(f"seed {options.seed}; the runs take {', '.join(f'{each:.1f} s' for each in seconds)}", flush=True)
    killer = Killer(options.kills, random.Random(options.seed))  # nothing is secret
    ended = 0
    while killer.left:
        killer.until_complete(runs[ended % len(runs)], seconds[ended % len(runs)])
        ended += 1
    answered = ", ".join(f"{count} with {what}" for what, count in sorted(killer.killed.items()))
    print(
        f"{options.kills} kills ({answered} of the records saved), {ended} runs: {len(killer.faults)} faults"
    )
    return int(bool(killer.faults))


def main() -> int:
    """Serve partners, kill, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # nothing is secret
    parser.add_argument("--size", type=int, default=60)
    with farm() as lab:
        keep_byte_code(Path(lab.folder))
        return kill_all(lab, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
