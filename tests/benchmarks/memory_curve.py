"""A long list from a pipe, with a history: whether memory stays flat, for `table` (Linux).

`probe check -f - --history FILE` over so many partners of the farm, whose URLs are written into its standard
input. While it runs, the resident memory of the run and of its largest worker is read at every tenth of the
results. Every record is compared with what its partner is.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.bench_load import PATIENT, Farm, check_records, workers
from tests.benchmarks.measured import resident

_STEPS = 10


class Curve(NamedTuple):
    """What a run took: seconds; bytes of its files; the largest bytes in memory; and how they came about.

    A step is results, seconds, and bytes in memory of the run and of its largest worker.
    """

    wall: float
    report: int
    history: int
    run_peak: int
    worker_peak: int
    steps: list[tuple[int, float, int, int]]


def measure(lab: Farm, size: int, kind: str, processes: int) -> Curve:
    """One run over partners of this kind, whose records are right."""
    output, history = lab.folder / "long.ndjson", lab.folder / "long.sqlite"
    command = [
        sys.executable,
        "-m",
        "probe",
        "check",
        "-f",
        "-",
        "--format",
        "ndjson",
        "-q",
        "--retries",
        "0",
    ]
    command += ["--connect-to", "::127.0.0.1:", *PATIENT, "--trust", str(lab.folder / "roots.pem")]
    command += ["--history", str(history), "--processes", str(processes)]
    started = time.perf_counter()
    with (
        output.open("wb") as written,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=written) as process,
    ):
        threading.Thread(target=_write, args=(process, lab, size, kind)).start()
        steps, peaks = _watched(process, output, size)
    wall = time.perf_counter() - started
    check_records(output, [kind] * size)
    stored = list(history.parent.glob(history.name + "*"))
    found = Curve(
        wall, output.stat().st_size, sum(each.stat().st_size for each in stored), peaks[0], peaks[1], steps
    )
    for each in (output, *stored):
        each.unlink()
    return found


def _write(process: subprocess.Popen[bytes], lab: Farm, size: int, kind: str) -> None:
    assert process.stdin is not None
    with process.stdin:
        for number in range(size):
            process.stdin.write(lab.url(number, kind).encode() + b"\n")


def _watched(
    process: subprocess.Popen[bytes], output: Path, size: int
) -> tuple[list[tuple[int, float, int, int]], tuple[int, int]]:
    """(the steps, the peaks of the run and of its largest worker), read until the process ends."""
    steps: list[tuple[int, float, int, int]] = []
    results, tenths, run, worker, run_peak, worker_peak = 0, 0, 0, 0, 0, 0
    started = time.perf_counter()
    with output.open("rb") as report:
        while True:
            ended, there = process.poll() is not None, workers(process.pid)
            # Who has ended holds what it held last: workers end before the last result is written.
            run = resident(process.pid, "VmRSS") or run
            worker = max((resident(each, "VmRSS") for each in there), default=0) or worker
            run_peak = max(run_peak, resident(process.pid, "VmHWM"))
            worker_peak = max(worker_peak, *(resident(each, "VmHWM") for each in there), 0)
            results += report.read().count(b"\n")
            if results * _STEPS // size > tenths:
                tenths = results * _STEPS // size
                steps.append((results, time.perf_counter() - started, run, worker))
            if ended:
                return steps, (run_peak, worker_peak)
            time.sleep(0.2)
