"""A long list from a pipe: whether memory stays flat, and what its history takes.

    python -m tests.benchmarks.bench_length [--sizes 10000 100000] [--kind healthy|dead] [--processes 2]

`probe check -f - --history FILE` over so many partners of the farm, whose URLs are written into its standard
input. While it runs, the resident memory of the run and of its largest worker is read (Linux: /proc), and
printed at every tenth of the results; then the peaks, the sizes of report and history, and the ratio of the
peaks to those of the first size. Every record is compared with what its partner is.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.bench_load import Farm, farm, wrong_records
from tests.benchmarks.measured import keep_byte_code

_STEPS = 10
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
_NOW = re.compile(r"VmRSS:\s+(\d+) kB")


class Peaks(NamedTuple):
    """Megabytes: of the run, and of its largest worker."""

    run: float
    worker: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--kind", choices=["healthy", "dead"], default="healthy")
    parser.add_argument("--processes", default="2")
    options = parser.parse_args()
    with farm() as lab:
        keep_byte_code(lab.folder)
        found = [run(lab, size, options.kind, options.processes) for size in options.sizes]
    for size, peaks in zip(options.sizes, found, strict=True):
        ratios = [each / first for each, first in zip(peaks, found[0], strict=True) if first]
        print(
            f"{size:8}: {' and '.join(f'{ratio:.2f}' for ratio in ratios)} of the peaks at {options.sizes[0]}"
        )


def run(lab: Farm, size: int, kind: str, processes: str) -> Peaks:
    """One run, its curve printed; its records are right."""
    output, history = lab.folder / f"{size}.ndjson", lab.folder / f"{size}.sqlite"
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
        "-o",
        str(output),
    ]
    command += [
        "--connect-to",
        "::127.0.0.1:",
        "--retries",
        "0",
        "--connect-timeout",
        "120",
        "--timeout",
        "600",
    ]
    command += ["--trust", str(lab.folder / "roots.pem"), "--history", str(history), "--processes", processes]
    started = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        threading.Thread(target=_write, args=(process, lab, size, kind)).start()
        peaks = _watched(process, history, size)
    seconds = time.perf_counter() - started
    records, wrong = wrong_records(output, [kind] * size)
    if (records, wrong) != (size, []):
        raise SystemExit(f"{records} records of {size}; wrong: {wrong[:3]}")
    megabytes = [
        sum(each.stat().st_size for each in path.parent.glob(path.name + "*")) / 2**20
        for path in (output, history)
    ]
    print(
        f"{size} {kind}, --processes {processes}: {seconds:.0f} s, peak {peaks.run:.0f} MB and "
        f"{peaks.worker:.0f} MB a worker, report {megabytes[0]:.0f} MB, history {megabytes[1]:.0f} MB",
        flush=True,
    )
    output.unlink()
    return peaks


def _write(process: subprocess.Popen[bytes], lab: Farm, size: int, kind: str) -> None:
    assert process.stdin is not None
    with process.stdin:
        for number in range(size):
            process.stdin.write(lab.url(number, kind).encode() + b"\n")


def _watched(process: subprocess.Popen[bytes], history: Path, size: int) -> Peaks:
    """Print the curve while the process runs; its peaks."""
    peaks, told = Peaks(0, 0), 0.0
    print(f"{'s':>6} {'history MB':>11} {'run MB':>8} {'worker MB':>10}")
    started = time.perf_counter()
    while process.poll() is None:
        workers = _children(process.pid)
        peaks = Peaks(
            max(peaks.run, _memory([process.pid], _PEAK)), max(peaks.worker, _memory(workers, _PEAK))
        )
        held = sum(each.stat().st_size for each in history.parent.glob(history.name + "*")) / 2**20
        if held - told >= size * 0.0042 / _STEPS:  # 4.2 KB a result
            told = held
            now = _memory([process.pid], _NOW), _memory(workers, _NOW)
            print(
                f"{time.perf_counter() - started:6.0f} {held:11.0f} {now[0]:8.1f} {now[1]:10.1f}", flush=True
            )
        time.sleep(0.2)
    return peaks


def _children(process: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []  # it has just ended


def _memory(processes: list[int], what: re.Pattern[str]) -> float:
    """Megabytes of the largest of these processes; 0 where there is none."""
    found = [0.0]
    for process in processes:
        try:
            line = what.search(Path(f"/proc/{process}/status").read_text())
        except OSError:
            continue
        found.append(int(line[1]) / 1024 if line else 0.0)
    return max(found)


if __name__ == "__main__":
    main()
