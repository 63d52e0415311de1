"""`probe explain` on files, folders and patterns of logs: what is read, counted and said to be missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Finished
from tests.explain.test_explain_log_scan import HTTPERR, LOG

Run = Callable[..., Finished]


def test_a_folder_is_read_and_its_lines_are_counted(tmp_path: Path, run: Run) -> None:
    (tmp_path / "W3SVC1").mkdir()
    (tmp_path / "W3SVC1" / "u_ex240502.log").write_text(LOG)
    (tmp_path / "httperr1.log").write_text(HTTPERR)
    finished = run("explain", str(tmp_path))
    assert "How often:     5 times, 2024-05-02 11:00:00 to 2024-05-02 11:00:04" in finished.out
    assert "application pool" in finished.out
    assert "2 logs" in finished.err


def test_a_pattern_names_files(tmp_path: Path, run: Run) -> None:
    (tmp_path / "u_ex1.log").write_text(LOG)
    (tmp_path / "other.txt").write_text("HTTP 404")
    finished = run("explain", str(tmp_path / "u_ex*.log"))
    assert "5 times" in finished.out
    assert "404.11" in finished.out
    assert "wrong-address" not in finished.out


def test_a_pattern_that_names_no_file_says_so(tmp_path: Path, run: Run) -> None:
    finished = run("explain", str(tmp_path / "nothing*.log"))
    assert finished.code == 66
    assert "nothing*.log" in finished.err


def test_a_log_without_lookups_says_what_was_looked_for(tmp_path: Path, run: Run) -> None:
    (tmp_path / "u_ex1.log").write_text("\n".join(LOG.split("\n")[:2]))
    finished = run("explain", str(tmp_path))
    assert finished.code == 65
    assert "ASProxy" in finished.err


def test_the_short_form_names_the_long_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "event.txt").write_text("System.Net.WebException: The operation has timed out")
    short = run("explain", str(tmp_path / "event.txt")).out
    long = run("explain", str(tmp_path / "event.txt"), "-v").out
    assert "-v shows everything" in short
    assert len(short.splitlines()) <= 24 < len(long.splitlines())
