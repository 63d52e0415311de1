"""What two commits cost, in instructions, taken in turns; or this tree beside the figures of the repository.

    python -m tests.benchmarks.compare BEFORE AFTER [--rounds 3] [--only start replay]
    python -m tests.benchmarks.compare [--update]

1. Each commit is unpacked into a folder of its own and run by this interpreter, with byte code of its own, as
   an installation has it. The second form measures this tree and `--update` writes figures.toml.
2. A workload is a program; its cost is the user instructions of the whole process: by `perf stat` where the
   kernel counts them, else by valgrind (cachegrind). Without both it is CPU time, which is said.
   One judgement, and one partner of a list, is the cost of many less the cost of few, by the number between
   them: the start is not in it. Partners are served by nginx, and left out where there is none.
3. Instructions hardly vary, so one round is enough; commits take turns all the same.

Prints a table, judges nothing, and never fails because something costs more.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import nginx_farm
from tests.benchmarks.bench_load import farm
from tests.benchmarks.measured import cost_of
from tests.benchmarks.prepared_records import CHAINS, write_records

ROOT = Path(__file__).parents[2]
FIGURES = Path(__file__).with_name("figures.toml")
_MILLION = 1e6
_FEW, _MANY = 20, 120  # partners of a list
_LIST = ["--connect-to", "::127.0.0.1:", "--processes", "1", "-q", "--format", "ndjson"]
_LIST += ["--connect-timeout", "600", "--timeout", "3600", "--retries", "0"]  # valgrind takes its time
_REFERENCES = re.compile(r"I\s+refs:\s+([\d,]+)")
_JUDGE = """
import sys
from pathlib import Path
from probe import api
from probe.facts import record
folder, number = Path(sys.argv[1]), int(sys.argv[2])
trust = api.load_trust([str(folder / "roots.pem")])
for path in sorted(folder.glob("*.json"))[:number]:
    api.judge_result(record.loads(path.read_bytes()), trust=trust, callers="exchange-se")
"""


@dataclass(frozen=True)
class Tree:
    """A checkout to measure: its name, its folder, and where its byte code goes."""

    name: str
    folder: Path
    byte_code: Path

    def environment(self) -> dict[str, str]:
        """The environment in which this checkout is what `import probe` finds."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PROBE"))}
        return kept | {
            "PYTHONPATH": str(self.folder),
            "PYTHONPYCACHEPREFIX": str(self.byte_code),
            "PYTHONHASHSEED": "0",
            "NO_COLOR": "1",
        }


Counter = Callable[[list[str], Tree], float]
"""Runs a command in a checkout; returns what it cost: millions of instructions, or CPU milliseconds."""


def _by_valgrind(command: list[str], tree: Tree) -> float:
    tool = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    return _counted([*tool, *command], tree, _REFERENCES)


def _by_perf(command: list[str], tree: Tree) -> float:
    return _counted(["perf", "stat", "-e", "instructions:u", *command], tree, re.compile(r"([\d,]+)\s+instr"))


def _run(command: list[str], tree: Tree) -> subprocess.CompletedProcess[str]:
    """In the folder of the tree, because `-m` looks there first."""
    return subprocess.run(
        command, cwd=tree.folder, env=tree.environment(), capture_output=True, text=True, check=False
    )


def _counted(command: list[str], tree: Tree, pattern: re.Pattern[str]) -> float:
    finished = _run(command, tree)
    found = pattern.search(finished.stderr)
    if found is None or finished.returncode != 0:
        raise SystemExit(f"{command} ended with {finished.returncode}: {finished.stderr[-500:]}")
    return int(found[1].replace(",", "")) / _MILLION


def _by_cpu_time(command: list[str], tree: Tree) -> float:
    assignments = [f"{name}={value}" for name, value in tree.environment().items()]
    within = ["/usr/bin/env", "-i", "-C", str(tree.folder), *assignments]
    return cost_of([*within, *command]).cpu * 1000


def counter() -> tuple[str, Counter]:
    """(its name and unit, the counter): the best that this machine has."""
    if shutil.which("perf"):
        tried = ["perf", "stat", "-e", "instructions:u", sys.executable, "-c", ""]
        said = subprocess.run(tried, capture_output=True, text=True, check=False).stderr
        if re.search(r"\d\s+instructions", said):
            return "million instructions, perf", _by_perf
    if shutil.which("valgrind"):
        return "million instructions, valgrind", _by_valgrind
    return "ms of CPU time: neither valgrind nor perf counts here", _by_cpu_time


class Workload(NamedTuple):
    """A command; where there is another, it counts less the other, by the units that it does more."""

    command: list[str]
    less: list[str] | None = None
    units: int = 1


def workloads(folder: Path) -> dict[str, Workload]:
    """What is measured for each figure."""
    program = [sys.executable, "-m", "probe"]
    judge = [sys.executable, "-c", _JUDGE, str(folder)]
    first = str(min(folder.glob("*.json")))
    few, many = [
        [*program, "check", "-f", str(folder / f"{number}.txt"), *_LIST, "--trust", str(folder / "load.pem")]
        for number in (_FEW, _MANY)
    ]
    return {
        "start": Workload([*program, "--version"]),
        "help": Workload([*program, "check", "--help"]),
        "replay": Workload([*program, "judge", first, "--trust", str(folder / "roots.pem")]),
        "judgement": Workload([*judge, str(CHAINS)], [*judge, "1"], CHAINS - 1),
        "partner": Workload(many, few, _MANY - _FEW),
    }


def cost(workload: Workload, tree: Tree, count: Counter) -> float:
    """What a workload costs in this checkout."""
    whole = count(workload.command, tree)
    return whole if workload.less is None else (whole - count(workload.less, tree)) / workload.units


def unpacked(commit: str, folder: Path) -> Tree:
    """The tree of a commit, in the folder."""
    archive = subprocess.run(
        ["git", "archive", commit, "probe", "pyproject.toml"], cwd=ROOT, check=True, capture_output=True
    )
    there = folder / f"tree-{commit.replace('/', '_')}"
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as content:
        content.extractall(there, filter="data")
    return Tree(commit, there, folder / f"code-{there.name}")


@contextmanager
def workplace(*, partners: bool) -> Iterator[Path]:
    """A folder with what the workloads read; with `partners` they are served as long."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        records = Path(name) / "records"
        write_records(records)
        if partners:
            lab = stack.enter_context(farm())
            shutil.copy(lab.folder / "roots.pem", records / "load.pem")
            for number in (_FEW, _MANY):
                urls = [lab.url(each, "healthy") for each in range(number)]
                (records / f"{number}.txt").write_text("\n".join(urls))
        yield Path(name)


def measure(trees: list[Tree], wanted: list[str], rounds: int, folder: Path) -> dict[str, list[float]]:
    """For each workload the least cost in each tree, the trees in turns."""
    _, count = counter()
    found: dict[str, list[float]] = {}
    for name, workload in workloads(folder / "records").items():
        if name not in wanted:
            continue
        for tree in trees:  # writes the byte code
            _run(workload.command, tree)
        costs = [[cost(workload, tree, count) for tree in trees] for _ in range(rounds)]
        found[name] = [min(each) for each in zip(*costs, strict=True)]
    return found


def show(names: tuple[str, str], rows: dict[str, tuple[float | None, float]], unit: str) -> None:
    """Print the table: what it was, what it is, the change."""
    print(f"{unit}\n{'':12} {names[0][:14]:>14} {names[1][:14]:>14} {'change':>8}")
    for name, (before, after) in rows.items():
        was = f"{before:14.2f}" if before else f"{'-':>14}"
        change = f"{(after / before - 1) * 100:+7.1f}%" if before else f"{'':>8}"
        print(f"{name:12} {was} {after:14.2f} {change}", flush=True)


def recorded(unit: str) -> dict[str, float]:
    """The figures of the repository; {} where they were counted by other means, or on another Python."""
    figures = tomllib.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    if figures.get("unit") != unit or figures.get("python") != platform.python_version():
        print(f"figures.toml has {figures.get('unit')} of Python {figures.get('python')}: no comparison here")
        return {}
    return dict(figures["cost"])


def write_figures(unit: str, costs: dict[str, float]) -> None:
    """Write the figures of this tree."""
    lines = [
        "# Written by python -m tests.benchmarks.compare --update: what one run of each workload costs.",
        f'unit = "{unit}"',
        f'python = "{platform.python_version()}"',
        "",
        "[cost]",
        *(f"{name} = {value:.2f}" for name, value in costs.items()),
    ]
    FIGURES.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _served() -> list[str]:
    if nginx_farm.is_installed():
        return ["partner"]
    print("no nginx here: the cost of a partner is not measured")
    return []


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("commits", nargs="*", metavar="COMMIT")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    if len(options.commits) not in (0, 2):
        parser.error("give two commits, or none")
    unit, _ = counter()
    wanted = options.only or ["start", "help", "replay", "judgement", *_served()]
    with workplace(partners="partner" in wanted) as folder:
        if options.commits:
            trees = [unpacked(commit, folder) for commit in options.commits]
            pairs = measure(trees, wanted, options.rounds, folder)
            show((trees[0].name, trees[1].name), {k: (v[0], v[1]) for k, v in pairs.items()}, unit)
            return
        here = Tree("now", ROOT, folder / "code")
        costs = {k: v[0] for k, v in measure([here], wanted, options.rounds, folder).items()}
    before = recorded(unit)
    show(("figures.toml", "now"), {name: (before.get(name), value) for name, value in costs.items()}, unit)
    if options.update:
        write_figures(unit, costs)


if __name__ == "__main__":
    main()
