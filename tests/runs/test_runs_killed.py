"""A run that is killed at any moment and started again loses nothing, doubles nothing and leaves nothing.

The moments are events, named by what the program was about to do. `python -m tests.benchmarks.kill_runs`
kills at hundreds of random ones.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.bench_load import Farm, farm
from tests.runs.killed_runs import FAILS, KilledRun

COUNT = 12
KILLED = 15 if sys.platform == "win32" else -9

Moment = tuple[str, str, int]
MOMENTS: dict[str, Moment] = {
    "before-the-first-record-is-in-its-place": ("os.rename", ".json", 1),
    "before-the-seventh-record-is-in-its-place": ("os.rename", ".json", 7),
    "before-the-report-has-its-rights": ("os.chmod", ".unfinished", COUNT + 1),
    "before-the-report-is-in-its-place": ("os.rename", "report.ndjson", 1),
    "before-the-lock-is-removed": ("os.remove", "run.lock", 1),
}
OF_THE_STATE: dict[str, Moment] = {
    "before-the-state-is-removed": ("os.remove", "state.sqlite", 1),
    "after-the-state-is-removed": ("os.remove", "state.sqlite-wal", 1),
}
ROWS = [
    *(pytest.param(moment, True, id=f"history-{name}") for name, moment in MOMENTS.items()),
    *(
        pytest.param(moment, False, id=f"state-file-{name}")
        for name, moment in {**MOMENTS, **OF_THE_STATE}.items()
    ),
]


@pytest.fixture(scope="module")
def lab() -> Iterator[Farm]:
    with farm() as served:
        yield served


def run(command: list[str]) -> int:
    return subprocess.run(command, check=False, timeout=50).returncode


@pytest.mark.parametrize(("moment", "history"), ROWS)
def test_a_killed_run_goes_on_as_if_nothing_had_been(
    moment: Moment, history: bool, lab: Farm, tmp_path: Path
) -> None:
    killed = KilledRun(lab, tmp_path / "run", COUNT, history=history)
    killed.prepare()

    assert run(killed.killed_at(*moment)) == KILLED
    assert killed.faults_after_kill() == []
    if killed.is_complete():
        assert killed.faults_after_end() == []
        killed.prepare()

    assert run(killed.command()) == FAILS
    assert (killed.faults_after_end(), killed.left_over()) == ([], [])
