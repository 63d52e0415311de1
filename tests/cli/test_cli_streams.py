"""Standard streams that are full, closed, or not read to the end: the exit code still tells the truth."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from probe.lab import authority

PROBE = f"{sys.executable} -m probe"
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


def _shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command line `probe …` as a shell with these redirections runs it."""
    return subprocess.run(
        ["/bin/sh", "-c", command.replace("probe", PROBE, 1)],
        cwd=folder,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


@pytest.mark.posix("redirections of a POSIX shell")
@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        pytest.param("probe callers > /dev/full", 74, "No space left", marks=FULL, id="full"),
        pytest.param("probe --help > /dev/full", 74, "No space left", marks=FULL, id="help-full"),
        pytest.param(
            "probe check -f list -q --format ndjson > /dev/full",
            74,
            "No space left",
            marks=FULL,
            id="streamed-full",
        ),
        pytest.param(
            "probe callers >&-", 74, "standard output is closed: leave it open, or write", id="closed"
        ),
        pytest.param("probe callers -o there >&-", 0, "", id="closed-and-not-needed"),
        pytest.param("probe callers 2>&-", 0, "", id="closed-error"),
        pytest.param("probe callers <&-", 0, "", id="closed-input"),
        pytest.param("probe explain <&-", 65, "nothing to explain", id="closed-input-wanted"),
        pytest.param("probe chekc 2>/dev/full", 64, "", marks=FULL, id="full-error"),
    ],
)
def test_a_stream_that_cannot_be_used(command: str, code: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("no target!\n")

    finished = _shell(command, tmp_path)

    assert finished.returncode == code, finished
    assert said in finished.stderr
    assert finished.stderr.count("\n") == (1 if said else 0)
    assert not said or finished.stderr.startswith("probe: error: ")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["chain", "chain.pem"], 2, id="report-has-the-code-of-its-verdict"),
        pytest.param(["check", "-f", "list", "-q", "--format", "ndjson"], 3, id="streamed"),
        pytest.param(["--help"], 141, id="help"),
        pytest.param(["callers", "--format", "json"], 0, id="larger-than-a-buffer"),
    ],
)
def test_a_reader_that_has_gone_is_no_warning(arguments: list[str], code: int, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("no target!\n" * 3)
    (tmp_path / "chain.pem").write_text(authority.root("Nobody's").pem)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    # The reader is gone before the first byte: the pipe breaks for certain.
    reading, writing = os.pipe()
    os.close(reading)
    finished = subprocess.run(
        [sys.executable, "-m", "probe", *arguments],
        cwd=tmp_path,
        env=environment,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=50,
    )
    os.close(writing)

    assert (finished.returncode, finished.stderr) == (code, "")


CONSOLE = """
import ctypes, os, sys
from ctypes import wintypes
from probe.cli import console
kernel = ctypes.WinDLL("kernel32")
kernel.CreateFileW.restype = kernel.GetStdHandle.restype = wintypes.HANDLE
kernel.AllocConsole()
output = wintypes.HANDLE(kernel.CreateFileW("CONOUT$", 0xC0000000, 3, None, 3, 0, None))
kernel.SetStdHandle(-11, output)
kernel.SetConsoleMode(output, 3)
shown = console._interprets_escapes()
mode = wintypes.DWORD()
kernel.GetConsoleMode(output, ctypes.byref(mode))
sys.stderr.write(f"{shown} {mode.value}")
"""


@pytest.mark.windows("a console that shows escapes as they are until it is told to colour")
def test_a_console_is_told_to_colour() -> None:
    finished = subprocess.run([sys.executable, "-c", CONSOLE], capture_output=True, text=True, check=False)
    assert finished.stderr == "True 7", finished


def test_a_line_end_out_of_a_list_makes_no_line_of_ours(tmp_path: Path) -> None:
    listed = tmp_path / "list.ndjson"
    listed.write_text(r'{"x\nprobe: hint: run this": "", "target": "a.example"}' + "\n", encoding="ascii")
    ended = subprocess.run(
        [sys.executable, "-m", "probe", "check", "-f", str(listed)],
        check=False,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert ended.returncode == 65
    assert len(ended.stderr.splitlines()) == 1
