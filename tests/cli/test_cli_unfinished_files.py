"""What a killed program left unfinished goes with the next run; what is being written stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from probe.cli import files
from probe.cli.files import OutputFile
from probe.cli.options.caller_options import CallerOptions
from probe.cli.options.report_options import ReportOptions
from probe.cli.output import saving
from probe.cli.unfinished_files import remove_left

LEFT = ".report.csv.abcd1234.unfinished"

KILLED = """
import os, signal, sys
from pathlib import Path
from probe.cli.files import OutputFile
with OutputFile(Path(sys.argv[1])) as file:
    file.write(b"half")
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["report.csv", "a[b]*.csv"])
def test_what_a_killed_program_left_goes_when_its_file_is_to_be_written(name: str, tmp_path: Path) -> None:
    if sys.platform == "win32" and "*" in name:
        name = "a[b].csv"
    path = tmp_path / name
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, timeout=50)
    (left,) = names(tmp_path)
    assert left.startswith(f".{name}.")

    files.check_writable(tmp_path / "other.csv")
    assert names(tmp_path) == [left]
    files.check_writable(path)
    assert names(tmp_path) == []


@pytest.mark.posix("links that any user may make")
def test_what_was_left_beside_the_file_of_a_link_goes(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / LEFT).write_bytes(b"half")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real" / "report.csv")

    files.check_writable(tmp_path / "link.csv")

    assert names(tmp_path / "real") == []


def test_what_is_being_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    with OutputFile(path) as file:
        files.check_writable(path)
        file.write(b"whole")
        file.commit()
    assert path.read_bytes() == b"whole"
    assert names(tmp_path) == ["report.csv"]


def test_every_unfinished_record_goes_before_a_run_that_saves(tmp_path: Path) -> None:
    (tmp_path / ".20260101T000000000000Z-a.example-1234abcd.json.abcd1234.unfinished").write_bytes(b"{")
    for kept in (".report.csv.short.unfinished", "report.csv.abcd1234.unfinished", ".abcd1234.unfinished"):
        (tmp_path / kept).write_bytes(b"")

    saving.prepare(ReportOptions(save=str(tmp_path)))

    assert len(names(tmp_path)) == 3


@pytest.mark.posix("named pipes and links in folders")
def test_what_only_has_the_name_of_an_unfinished_file_stays(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"kept")
    os.mkfifo(tmp_path / LEFT)
    (tmp_path / LEFT.replace("a", "b")).symlink_to(tmp_path / "precious")
    (tmp_path / LEFT.replace("a", "c")).mkdir()

    remove_left(tmp_path)

    assert len(names(tmp_path)) == 4


def test_equal_options_have_one_representation_in_every_process() -> None:
    assert repr(CallerOptions(caller=["x"])) == repr(CallerOptions(caller=["x"]))
    assert "caller=['x']" in repr(CallerOptions(caller=["x"]))
