"""`probe lab` as a user starts and ends it: nothing stays behind, however it is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from probe.runs.interruption import signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of a POSIX system")


@pytest.mark.parametrize("number", [pytest.param(number, id=number.name.lower()) for number in signals()])
def test_the_lab_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "probe", "lab", "untrusted-root"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as lab:
        assert lab.stdout is not None
        while not lab.stdout.readline().startswith(b"Ctrl-C"):
            assert lab.poll() is None
        assert len(list(tmp_path.iterdir())) == 1
        lab.send_signal(number)
        _, said = lab.communicate(timeout=20)

    assert (lab.returncode, said) == (0, b"probe: the partner is gone\n")
    assert list(tmp_path.iterdir()) == []
