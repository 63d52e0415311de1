"""The table of figures is of the workloads that are measured, and a change of none of them fails anything.

The table beside the peers is continued where a run of it was killed, and shows what was not measured as such.
"""

from __future__ import annotations

import tomllib
from functools import partial
from pathlib import Path

import pytest

from tests.benchmarks import compare
from tests.benchmarks.compare import Tree
from tests.benchmarks.load_peers import PeerFailedError
from tests.benchmarks.prepared_records import CHAINS
from tests.benchmarks.table_rows import BATCH, PROBE, Figures, Key, Ledger, markdown

HERE = Tree("here", compare.ROOT, Path("code"))
MACHINE = {"commit": "1234567"}
ONE, TWO = (Key(BATCH, PROBE.format(processes), 500, 0) for processes in (1, 2))


def test_every_figure_has_its_workload(tmp_path: Path) -> None:
    (tmp_path / "00.json").touch()
    figures = tomllib.loads(compare.FIGURES.read_text(encoding="utf-8"))
    assert set(figures["cost"]) == set(compare.workloads(tmp_path))
    assert all(value > 0 for value in figures["cost"].values())


def test_the_start_is_not_in_the_cost_of_one_judgement() -> None:
    costs = {"many": 100.0 + CHAINS * 4.0, "one": 100.0 + 4.0}
    workload = compare.Workload(["many"], ["one"], CHAINS - 1)
    found = compare.cost(workload, HERE, lambda command, _: costs[command[0]])
    assert found == pytest.approx(4.0)


def test_what_costs_more_is_printed_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    compare.show(("before", "after"), {"start": (100.0, 150.0), "new": (None, 3.0)}, "million instructions")
    assert "+50.0%" in capsys.readouterr().out


def took(wall: float) -> Figures:
    return {"wall": wall, "cpu": 1.0, "beside": 0.2, "peak": 50 * 2**20}


def fails() -> Figures:
    raise PeerFailedError("it answered nothing")


def test_a_row_that_is_there_is_not_measured_again(tmp_path: Path) -> None:
    Ledger(tmp_path / "rows", MACHINE).measure(ONE, lambda: took(2.0))
    again = Ledger(tmp_path / "rows", MACHINE)
    again.measure(ONE, fails)
    assert (again.rows, again.faults) == ({ONE: took(2.0)}, [])


def test_a_row_that_a_kill_cut_off_is_measured_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "rows", MACHINE)
    ledger.measure(ONE, lambda: took(2.0))
    ledger.measure(TWO, lambda: took(1.5))
    (tmp_path / "rows").write_bytes((tmp_path / "rows").read_bytes()[:-9])
    again = Ledger(tmp_path / "rows", MACHINE)
    assert set(again.rows) == {ONE}
    again.measure(TWO, lambda: took(1.4))
    assert Ledger(tmp_path / "rows", MACHINE).rows == {ONE: took(2.0), TWO: took(1.4)}


def test_a_row_that_fails_stops_nothing_and_is_not_kept(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "rows", MACHINE)
    ledger.measure(ONE, fails)
    assert len(ledger.faults) == 1
    assert Ledger(tmp_path / "rows", MACHINE).rows == {}


def test_rows_of_another_commit_are_not_continued(tmp_path: Path) -> None:
    Ledger(tmp_path / "rows", MACHINE)
    with pytest.raises(SystemExit):
        Ledger(tmp_path / "rows", {"commit": "7654321"})


def test_the_table_has_a_dash_for_what_was_left_out(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "rows", MACHINE)
    for key, wall in ((ONE, 2.0), (TWO, 1.5), (ONE._replace(size=2000), 8.0)):
        ledger.measure(key, partial(took, wall))
    rows = [line.split(" | ")[1:] for line in markdown(ledger).splitlines() if line.startswith("| ")]
    assert rows == [
        ["500", "2,000 |"],
        ["2.0 s, 2.00 (+0.40) ms, 50 MB", "8.0 s, 0.50 (+0.10) ms, 50 MB |"],
        ["1.5 s, 2.00 (+0.40) ms, 50 MB", "- |"],
        ["0.75", "- |"],
    ]
