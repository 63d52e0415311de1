"""`probe lab` as a user starts and ends it: nothing stays behind, however it is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from probe.cli.commands import lab
from probe.lab.partner import Partner
from probe.runs.interruption import signals
from tests.interrupting import RUN, interrupt, program


@pytest.mark.parametrize("number", [pytest.param(number, id=number.name.lower()) for number in signals()])
def test_the_lab_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    folder, pipe = str(tmp_path), subprocess.PIPE
    environment = {**os.environ, "TMPDIR": folder, "TEMP": folder, "TMP": folder}
    with subprocess.Popen(
        program(RUN, "lab", "untrusted-root"),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
        env=environment,
    ) as serving:
        assert serving.stdout is not None
        while not serving.stdout.readline().startswith("Ctrl-C"):
            assert serving.poll() is None
        assert len(list(tmp_path.iterdir())) == 1
        interrupt(serving, number)
        _, said = serving.communicate(timeout=20)

    assert (serving.returncode, said) == (0, "probe: the partner is gone\n")
    assert list(tmp_path.iterdir()) == []


def test_the_command_that_the_lab_prints_is_this_shells(tmp_path: Path) -> None:
    """A folder with a blank in its name is quoted for sh here and for cmd.exe there."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    with Partner("healthy") as partner:
        specs = lab.write_stores(partner.trust, folder / "roots.pem")
        printed = lab.check_command(partner, specs)
        command = printed.replace("probe", f'"{sys.executable}" -m probe', 1)
        finished = subprocess.run(
            command, shell=True, capture_output=True, text=True, check=False, timeout=50
        )
    assert finished.returncode == 0, finished
