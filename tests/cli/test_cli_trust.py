"""`probe trust show|export|diff` from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from probe.lab import authority
from probe.stores.loading import load
from tests.cli.conftest import Finished

Run = Callable[..., Finished]


@pytest.fixture
def stores(tmp_path: Path) -> tuple[str, str]:
    """Two files: roots One and Shared, roots Shared and Two."""
    one, shared, two = (authority.root(name).pem for name in ("One", "Shared", "Two"))
    (tmp_path / "a.pem").write_text(one + shared)
    (tmp_path / "b.pem").write_text(shared + two)
    return str(tmp_path / "a.pem"), str(tmp_path / "b.pem")


def test_show_lists_every_member(run: Run, stores: tuple[str, str]) -> None:
    finished = run("trust", "show", stores[0], f"disallowed:{stores[1]}")
    assert finished.code == 0
    assert "a.pem + disallowed:b.pem: 2 roots, 0 listed, 0 intermediates, 2 disallowed" in finished.out
    for root in load([stores[0]]).roots:
        assert f"root         {root.thumbprint}  {root.subject}" in finished.out


def test_show_as_json(run: Run, stores: tuple[str, str]) -> None:
    finished = run("trust", "show", stores[0], "--format", "json")
    document = json.loads(finished.out)
    store = load([stores[0]])
    assert document["schema"] == "probe.trust/1"
    assert (document["sha256"], document["roots"]) == (store.sha256, 2)
    assert [row["thumbprint"] for row in document["certificates"]] == [
        root.thumbprint for root in store.roots
    ]


def test_show_without_a_store_shows_the_default(run: Run) -> None:
    assert json.loads(run("trust", "show", "--format", "json").out)["roots"] > 50


def test_export_reads_back(run: Run, stores: tuple[str, str], tmp_path: Path) -> None:
    target = tmp_path / "roots.pem"
    finished = run("trust", "export", *stores, "-o", str(target))
    assert (finished.code, finished.out, finished.err) == (0, "", "")
    assert len(load([str(target)]).roots) == 3


def test_export_of_a_store_without_roots_is_an_error(run: Run, stores: tuple[str, str]) -> None:
    finished = run("trust", "export", f"disallowed:{stores[0]}")
    assert finished.code == 65
    assert "holds no root to export" in finished.err


def test_diff_shows_what_each_lacks(run: Run, stores: tuple[str, str]) -> None:
    text = run("trust", "diff", *stores).out
    assert "only in a.pem: 1" in text
    assert "only in b.pem: 1" in text
    document = json.loads(run("trust", "diff", *stores, "--format", "json").out)
    assert ["One" in row["subject"] for row in document["only_first"]] == [True]
    assert ["Two" in row["subject"] for row in document["only_second"]] == [True]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(["trust"], 64, "", id="no-subcommand"),
        pytest.param(["trust", "show", "missing.pem"], 66, "does not exist", id="missing"),
        pytest.param(["trust", "diff", "certifi"], 64, "SECOND", id="diff-of-one"),
    ],
)
def test_bad_input(run: Run, arguments: list[str], code: int, says: str) -> None:
    finished = run(*arguments)
    assert finished.code == code
    assert says in finished.err
