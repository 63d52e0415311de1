"""A history that another program has open: the run says so, and nothing in it, or that was found, is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from probe.runs.store import database
from probe.runs.store.history_store import History

Run = Callable[..., Any]

# Of the same standing: one that writes in it for hours, and (on Windows) one that lets nobody else open it.
WRITES = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN EXCLUSIVE")
"""
KEEPS_OUT = """
import ctypes, sys
ctypes.windll.kernel32.CreateFileW(ctypes.c_wchar_p(sys.argv[1]), 0x80000000, 0, None, 3, 0, None)
"""
UNTIL_TOLD = """
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.2)


@contextmanager
def _held(by: str, path: Path) -> Iterator[None]:
    command = [sys.executable, "-c", by + UNTIL_TOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield
        holder.communicate("\n")


def _check(run: Run, folder: Path, *more: str) -> Any:
    (folder / "partners.txt").write_text("https://127.0.0.1:1/ews\nhttps://127.0.0.1:2/ews\n")
    arguments = (
        "-f",
        str(folder / "partners.txt"),
        "--history",
        str(folder / "h.sqlite"),
        "--trust",
        "certifi",
    )
    return run("check", *arguments, "--format", "ndjson", *more)


def _kept(run: Run, folder: Path) -> int:
    done = run("history", "--history", str(folder / "h.sqlite"), "--runs", "--format", "json")
    return len(json.loads(done.out))


@pytest.mark.parametrize(
    ("by", "said"),
    [
        pytest.param(WRITES, "another program has held it for 0.2 s; wait until it has ended", id="writes"),
        pytest.param(
            KEEPS_OUT,
            "end the program that has it open",
            id="keeps-out",
            marks=pytest.mark.windows("files that nobody else may open"),
        ),
    ],
)
def test_a_run_does_not_begin_while_its_history_is_held(run: Run, tmp_path: Path, by: str, said: str) -> None:
    assert _check(run, tmp_path).code == 2
    with _held(by, tmp_path / "h.sqlite"):
        refused = _check(run, tmp_path)
    assert (refused.code, refused.out) == (74, "")
    assert said in refused.err
    assert _check(run, tmp_path).code == 2
    assert _kept(run, tmp_path) == 2


def test_a_run_ends_with_its_report_when_its_history_is_held_meanwhile(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _check(run, tmp_path).code == 2
    add = History.add

    with ExitStack() as holding:

        def held_from_now_on(self: History, *arguments: Any, **named: Any) -> Any:
            monkeypatch.setattr(History, "add", add)
            holding.enter_context(_held(WRITES, tmp_path / "h.sqlite"))
            return add(self, *arguments, **named)

        monkeypatch.setattr(History, "add", held_from_now_on)
        done = _check(run, tmp_path)
    assert done.code == 74
    assert len(done.out.splitlines()) == 2
    assert "what it did not take is in the report only" in done.err
    assert _kept(run, tmp_path) == 2  # the first run, and the one whose results are in its report only
