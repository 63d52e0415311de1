"""What a command costs: wall time, CPU time and peak memory of it alone.

`ru_maxrss` of a child begins at what its parent held when it was started, so a benchmark with a laboratory
in its process would be measured instead of the command. The commands are therefore started by an interpreter
that has imported next to nothing. (POSIX only: `os.wait4`.)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_STARTER = """
import os, sys, time
output, errors, command = sys.argv[1], sys.argv[2], sys.argv[3:]
flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
redirected = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
              (os.POSIX_SPAWN_OPEN, 1, output, flags, 0o600), (os.POSIX_SPAWN_OPEN, 2, errors, flags, 0o600)]
started = time.perf_counter()
process = os.posix_spawn(command[0], command, os.environ, file_actions=redirected)
_, status, usage = os.wait4(process, 0)
wall = time.perf_counter() - started
peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print([wall, usage.ru_utime + usage.ru_stime, peak, os.waitstatus_to_exitcode(status)])
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and bytes."""

    wall: float
    cpu: float
    peak: int
    code: int


def keep_byte_code(folder: Path) -> None:
    """Let the commands write their byte code here, as an installation has it; a warm-up fills the folder.

    Where writing it is switched off, a command from a checkout would be compiled anew at each start.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "byte code")


def cost_of(command: Sequence[str], *, output: str = "/dev/null", errors: str = "/dev/null") -> Cost:
    """Run a command (its first part is a path) with its streams into these files, and wait for it."""
    starter = [sys.executable, "-I", "-S", "-c", _STARTER, output, errors, *command]
    told = subprocess.run(starter, stdout=subprocess.PIPE, check=True, text=True).stdout
    wall, cpu, peak, code = json.loads(told)
    return Cost(wall, cpu, peak, code)
