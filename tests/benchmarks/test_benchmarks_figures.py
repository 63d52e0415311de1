"""The table of figures is of the workloads that are measured, and a change of none of them fails anything."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.benchmarks import compare
from tests.benchmarks.compare import Tree
from tests.benchmarks.prepared_records import CHAINS

HERE = Tree("here", compare.ROOT, Path("code"))


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
