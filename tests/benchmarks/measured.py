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
output, errors, *words = sys.argv[1:]
commands = [[]]
for word in words:
    commands.append([]) if word == "--beside--" else commands[-1].append(word)
for path in (output, errors):
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
redirected = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
              *((os.POSIX_SPAWN_OPEN, number, path, os.O_WRONLY | os.O_APPEND, 0)
                for number, path in ((1, output), (2, errors)))]
started = time.perf_counter()
processes = [os.posix_spawn(each[0], each, os.environ, file_actions=redirected) for each in commands]
_, statuses, usages = zip(*(os.wait4(process, 0) for process in processes))
wall = time.perf_counter() - started
peak = max(usage.ru_maxrss for usage in usages) * (1 if sys.platform == "darwin" else 1024)
cpu = sum(usage.ru_utime + usage.ru_stime for usage in usages)
codes = [os.waitstatus_to_exitcode(status) for status in statuses]
print([wall, cpu, peak, next((code for code in codes if code), 0)])
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and bytes. `asking` is the CPU time of this process where it has to ask what is measured."""

    wall: float
    cpu: float
    peak: int
    code: int
    asking: float = 0.0


def keep_byte_code(folder: Path) -> None:
    """Let the commands write their byte code here, as an installation has it; a warm-up fills the folder.

    Where writing it is switched off, a command from a checkout would be compiled anew at each start.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "byte code")


def cost_of(
    command: Sequence[str], *beside: Sequence[str], output: str = "/dev/null", errors: str = "/dev/null"
) -> Cost:
    """Run a command (its first part is a path) with its streams into these files, and wait for it.

    With others beside it, all begin together: CPU time and exit code are those of all, the peak the largest.
    """
    words = [*command, *(word for other in beside for word in ("--beside--", *other))]
    starter = [sys.executable, "-I", "-S", "-c", _STARTER, output, errors, *words]
    told = subprocess.run(starter, stdout=subprocess.PIPE, check=True, text=True).stdout
    wall, cpu, peak, code = json.loads(told)
    return Cost(wall, cpu, peak, code)


def resident(process: int, what: str) -> int:
    """Bytes of memory of a process by Linux, now (`VmRSS`) or at most (`VmHWM`); 0 when it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:")), 0)
