"""What probe takes beside its peers, in one run, as Markdown (Linux, on a quiet machine).

    python -m tests.benchmarks.table --output ROWS [--sizes 500 2000 10000 100000] [--only batch memory]
        [--peers-python PATH] [--runs 11] [--rounds 3] [--most-minutes 10] [--length 100000] [--kills 20]

short   `probe check URL` beside scripts of httpx and ssl, curl and openssl, and of pycurl and sslyze where
        PATH is an interpreter that has them; and what the start of each command takes. `--runs` times in
        turn.
batch   `probe check -f` over sound partners with one process and two, beside loops of httpx (POST, GET) and
        of bare asyncio (POST) in one process and two, and blackbox_exporter (GET) on one core and two, all
        with as many at once. `--rounds` times in turn, fewer where that would be over 10,000 partners. A peer
        that would take over `--most-minutes`, by what it took at the size before, is left out ("-").
memory  `--length` partners from a pipe, with a history and two workers, at each tenth of the results.
kills   a worker of two is killed at `--kills` random moments of runs, which must lose nothing.

Each row is written to ROWS when it is measured. Started again with the same file, the command measures what
is not there yet, and prints the table of all; a file has rows of one commit and one machine. (Stop it with
Ctrl-C: what it has started goes on after a SIGKILL, and would be beside what is measured next.) Every record
of probe is compared with what its partner is. The exit status is 1 if a row could not be measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

from tests.benchmarks import kill_runs, load_peers, memory_curve, short_commands
from tests.benchmarks.bench_load import CONCURRENCY, PATIENT, Farm, check_records, farm, run_probe
from tests.benchmarks.load_peers import PeerFailedError
from tests.benchmarks.measured import Cost, cost_of, keep_byte_code
from tests.benchmarks.table_rows import (
    BATCH,
    KILL,
    MEMORY,
    PEER,
    PROBE,
    START,
    Figures,
    Key,
    Ledger,
    markdown,
)

SECTIONS = ("short", "batch", "memory", "kills")
_PARTNERS_OF_ROUNDS = 10_000


def short(ledger: Ledger, options: argparse.Namespace) -> None:
    """Every short command in turn, after one time that nobody counts."""
    with (
        tempfile.TemporaryDirectory() as folder,
        short_commands.served(Path(folder), options.peers_python) as commands,
    ):
        rows = [(START, *each) for each in commands.starts.items()]
        rows += [(PEER, *each) for each in commands.peers.items()]
        for _, _, command in rows:
            cost_of(command.words)
        for number in range(options.runs):
            for section, label, command in rows:
                ledger.measure(Key(section, label, 0, number), partial(_once, label, command))


def _once(label: str, command: short_commands.Command) -> Figures:
    cost = cost_of(command.words)
    if cost.code not in command.codes:
        raise PeerFailedError(f"{label} ended with {cost.code}: {command.words}")
    return asdict(cost)


def batch(lab: Farm, ledger: Ledger, options: argparse.Namespace) -> None:
    """Every size, smallest first; in each round everybody in turn."""
    run_probe(lab, ["healthy"], "warm-up", "--processes", "2")
    for size in sorted(options.sizes):
        urls = [lab.url(number, "healthy") for number in range(size)]
        for number in range(max(1, min(options.rounds, _PARTNERS_OF_ROUNDS // size))):
            for label, run in contestants(lab).items():
                too_long = _expected(ledger, label, size) > options.most_minutes * 60
                if label.startswith("`probe") or not too_long:
                    ledger.measure(Key(BATCH, label, size, number), partial(_beside, lab, run, urls))


def contestants(lab: Farm) -> dict[str, Callable[[list[str]], Cost]]:
    """Who is measured over a list of endpoints, by the name of the row."""

    def loop(script: str, processes: int) -> Callable[[list[str]], Cost]:
        return lambda urls: load_peers.loop(script, lab.folder, urls, CONCURRENCY, processes)

    def exporter(path: str, cores: int) -> Callable[[list[str]], Cost]:
        return lambda urls: load_peers.blackbox(path, lab.folder, urls, CONCURRENCY, cores)

    found: dict[str, Callable[[list[str]], Cost]] = {}
    for processes in (1, 2):
        found[PROBE.format(processes)] = partial(_probe, lab, processes)
    for name, script in (
        ("httpx: POST, GET", load_peers.HTTPX_LOOP),
        ("asyncio and ssl: POST", load_peers.ASYNCIO_LOOP),
    ):
        found[f"{name}; one process"] = loop(script, 1)
        found[f"{name}; two, half the list each"] = loop(script, 2)
    if path := shutil.which("prometheus-blackbox-exporter") or shutil.which("blackbox_exporter"):
        for cores in (1, 2):
            found[f"blackbox_exporter, GOMAXPROCS={cores}: GET"] = exporter(path, cores)
    return found


def _probe(lab: Farm, processes: int, urls: list[str]) -> Cost:
    kinds = ["healthy"] * len(urls)
    cost, _, output = run_probe(lab, kinds, "sound", *PATIENT, "--processes", str(processes))
    check_records(output, kinds)
    output.unlink()
    return cost


def _beside(lab: Farm, run: Callable[[list[str]], Cost], urls: list[str]) -> Figures:
    """What somebody took, and what was taken beside it: by the farm, and by this process if it had to ask."""
    before = lab.cpu_seconds()
    cost = run(urls)
    return {**asdict(cost), "beside": lab.cpu_seconds() - before + cost.asking}


def _expected(ledger: Ledger, label: str, size: int) -> float:
    """Seconds that a row may take, by the largest size that this label has; 0 where it has none."""
    walls = {each: ledger.values(BATCH, label, each, "wall") for each in ledger.sizes(BATCH) if each < size}
    known = [each for each, found in walls.items() if found]
    return min(walls[known[-1]].values()) * size / known[-1] if known else 0.0


def memory(lab: Farm, ledger: Ledger, options: argparse.Namespace) -> None:
    """The curve of one long list."""
    key = Key(MEMORY, f"{options.kind}, two workers", options.length, 0)
    ledger.measure(key, lambda: memory_curve.measure(lab, options.length, options.kind, 2)._asdict())


def kills(lab: Farm, ledger: Ledger, options: argparse.Namespace) -> None:
    """A worker killed so often, each time in another run."""
    moments: Iterator[float] | None = None
    for number in range(options.kills):
        key = Key(KILL, "a worker of two killed", 0, number)
        if key not in ledger.rows:
            moments = moments or kill_runs.worker_kills(lab, random.Random())  # nothing is secret
            ledger.measure(key, partial(_next_kill, moments))
            if key not in ledger.rows:
                moments = None  # it ended with what was wrong


def _next_kill(moments: Iterator[float]) -> Figures:
    return {"moment": next(moments)}


def machine() -> dict[str, str]:
    """What is measured, and where."""
    describe = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    here = Path(__file__).parent
    commit = subprocess.run(describe, check=True, capture_output=True, text=True, cwd=here).stdout.strip()
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "")
    return {
        "commit": commit,
        "processor": model or platform.machine(),
        "cores": str(os.cpu_count()),
        "Python": platform.python_version(),
    }


def main() -> int:
    """Measure what is not there, print everything; 1 if a row could not be measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, metavar="ROWS")
    parser.add_argument("--sizes", type=int, nargs="*", default=[500, 2000, 10_000, 100_000])
    parser.add_argument("--only", nargs="*", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--peers-python", metavar="PATH", help="an interpreter that has pycurl and sslyze")
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most-minutes", type=float, default=10)
    parser.add_argument("--length", type=int, default=100_000)
    parser.add_argument("--kind", choices=["healthy", "dead"], default="healthy")
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args()
    os.environ["NO_COLOR"] = "1"
    ledger = Ledger(options.output, machine())
    with tempfile.TemporaryDirectory() as code:
        keep_byte_code(Path(code))
        if "short" in options.only:
            short(ledger, options)
        if set(options.only) - {"short"}:
            with farm() as lab:
                for name, measure in (("batch", batch), ("memory", memory), ("kills", kills)):
                    if name in options.only:
                        measure(lab, ledger, options)
    print(markdown(ledger))
    print(*ledger.faults, sep="\n", file=sys.stderr)
    return int(bool(ledger.faults))


if __name__ == "__main__":
    sys.exit(main())
