"""The rows of the table: each kept in a file as soon as it is measured, all printed as Markdown."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tests.benchmarks.bench_load import WrongRecordsError
from tests.benchmarks.load_peers import PeerFailedError
from tests.benchmarks.short_commands import BARE, CHECK, HTTPX

START, PEER, BATCH, MEMORY, KILL = "start", "peer", "batch", "memory", "kill"  # sections
PROBE = "`probe check -f --processes {}`: POST, GET, verdict"
_MB = 2**20


class Key(NamedTuple):
    """Which row: its section, what was measured, over how many partners, and which time."""

    section: str
    label: str
    size: int
    number: int


Figures = dict[str, Any]


class Ledger:
    """The rows so far, of one commit on one machine."""

    def __init__(self, path: Path, machine: dict[str, str]) -> None:
        self.rows: dict[Key, Figures] = {}
        self.faults: list[str] = []
        self._path = path
        whole = path.read_bytes().rpartition(b"\n")[0].splitlines() if path.exists() else []
        self.machine = json.loads(whole[0]) if whole else machine
        if self.machine != machine:
            raise SystemExit(f"{path} has rows of {self.machine}, not of {machine}: give another file")
        for line in whole[1:]:
            key, figures = json.loads(line)
            self.rows[Key(*key)] = figures
        # What was cut off by a kill in the middle of a row is measured again.
        path.write_bytes(b"".join(line + b"\n" for line in whole or [json.dumps(machine).encode()]))

    def measure(self, key: Key, work: Callable[[], Figures]) -> None:
        """Measure this row, unless it is there; what fails is told, kept nowhere, and stops nothing."""
        if key in self.rows:
            return
        try:
            figures = work()
        except (WrongRecordsError, PeerFailedError) as wrong:
            self.faults.append(f"{key.label}, {key.size}: {wrong}")
            print("FAILED", *key, wrong, file=sys.stderr, flush=True)
            return
        with self._path.open("a") as rows:
            rows.write(json.dumps([key, figures]) + "\n")
            rows.flush()
            os.fsync(rows.fileno())
        self.rows[key] = figures
        shown = (f"{name} {value:.4g}" for name, value in figures.items() if isinstance(value, int | float))
        print(*key, *shown, file=sys.stderr, flush=True)

    def labels(self, section: str) -> list[str]:
        """What was measured in a section, in the order in which it was."""
        return list(dict.fromkeys(key.label for key in self.rows if key.section == section))

    def sizes(self, section: str) -> list[int]:
        """Over how many partners something was measured in a section."""
        return sorted({key.size for key in self.rows if key.section == section})

    def values(self, section: str, label: str, size: int, name: str) -> dict[int, float]:
        """One figure of a row by the number of the time."""
        return {
            key.number: figures[name]
            for key, figures in self.rows.items()
            if key[:3] == (section, label, size)
        }


def markdown(ledger: Ledger) -> str:
    """All that was measured; a section without rows is left out."""
    by_section = {START: _starts, PEER: _checks, BATCH: _batch, MEMORY: _memory, KILL: _kills}
    parts = [", ".join(f"{name}: {value}" for name, value in ledger.machine.items())]
    for section, lines in by_section.items():
        if ledger.labels(section):
            parts.append("\n".join(lines(ledger)))
    return "\n\n".join(parts)


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _head(*cells: str) -> Iterator[str]:
    yield _line(*cells)
    yield "|" + "---|" * len(cells)


def _milliseconds(seconds: Iterable[float]) -> str:
    return f"{median(seconds) * 1000:.0f}"


def _paired(above: dict[int, float], below: dict[int, float]) -> list[tuple[float, float]]:
    return [(above[number], below[number]) for number in above if number in below]


def _starts(ledger: Ledger) -> Iterator[str]:
    yield "**Start-up**, milliseconds (medians), and by how much over a bare interpreter in the same round:\n"
    yield from _head("command", "wall", "CPU", "wall over bare", "CPU over bare", "peak MB")
    for label in ledger.labels(START):
        wall, cpu, peak = (ledger.values(START, label, 0, name) for name in ("wall", "cpu", "peak"))
        over = [
            _milliseconds(own - bare for own, bare in _paired(own, ledger.values(START, BARE, 0, name)))
            for own, name in ((wall, "wall"), (cpu, "cpu"))
        ]
        own = [_milliseconds(wall.values()), _milliseconds(cpu.values())]
        yield _line(label, *own, *over, f"{max(peak.values()) / _MB:.0f}")


def _checks(ledger: Ledger) -> Iterator[str]:
    yield "**One check**, from the start of the process to its end (medians):\n"
    yield from _head("command", "wall ms", "CPU ms", "CPU / httpx", "peak MB")
    httpx = ledger.values(PEER, HTTPX, 0, "cpu")
    for section, label in ((START, CHECK), *((PEER, label) for label in ledger.labels(PEER))):
        wall, cpu, peak = (ledger.values(section, label, 0, name) for name in ("wall", "cpu", "peak"))
        if not cpu:
            continue
        ratios = [own / other for own, other in _paired(cpu, httpx)]
        ratio = f"{median(ratios):.2f}" if ratios else "-"
        times = _milliseconds(wall.values()), _milliseconds(cpu.values())
        yield _line(label, *times, ratio, f"{max(peak.values()) / _MB:.0f}")


def _batch(ledger: Ledger) -> Iterator[str]:
    yield "**Beside others**: seconds of the wall; CPU ms a partner, its start included (and what was taken"
    yield "beside it of the same cores: nginx, and for blackbox_exporter who asks it); peak MB of the largest"
    yield "process; medians:\n"
    sizes = ledger.sizes(BATCH)
    yield from _head("", *(f"{size:,}" for size in sizes))
    for label in ledger.labels(BATCH):
        yield _line(label, *(_cell(ledger, label, size) for size in sizes))
    yield _line("wall, two processes / one", *(_two_to_one(ledger, size) for size in sizes))


def _cell(ledger: Ledger, label: str, size: int) -> str:
    names = ("wall", "cpu", "beside", "peak")
    wall, cpu, beside, peak = (ledger.values(BATCH, label, size, name).values() for name in names)
    if not wall:
        return "-"
    each, other = (median(seconds) / size * 1000 for seconds in (cpu, beside))
    return f"{median(wall):.1f} s, {each:.2f} (+{other:.2f}) ms, {max(peak) / _MB:.0f} MB"


def _two_to_one(ledger: Ledger, size: int) -> str:
    one, two = (ledger.values(BATCH, PROBE.format(number), size, "wall") for number in (1, 2))
    ratios = [above / below for above, below in _paired(two, one)]
    return f"{median(ratios):.2f}" if ratios else "-"


def _memory(ledger: Ledger) -> Iterator[str]:
    for key, found in ledger.rows.items():
        if key.section != MEMORY:
            continue
        wall = found["wall"]
        run, worker, report, history = (
            f"{found[name] / _MB:.0f} MB" for name in ("run_peak", "worker_peak", "report", "history")
        )
        yield f"**Memory**, {key.size:,} partners ({key.label}) from a pipe with a history, in {wall:.0f} s:"
        yield f"at most {run} in the run and {worker} in a worker; report {report}, history {history}\n"
        yield from _head("results", "s", "run MB", "worker MB")
        for results, seconds, *held in found["steps"]:
            yield _line(f"{results:,}", f"{seconds:.0f}", *(f"{each / _MB:.1f}" for each in held))


def _kills(ledger: Ledger) -> Iterator[str]:
    moments = [figures["moment"] for key, figures in ledger.rows.items() if key.section == KILL]
    said = ", ".join(f"{moment:.2f}" for moment in moments)
    yield f"**A worker of two killed** at {len(moments)} random moments (seconds: {said}): nothing lost."
