"""Lab fault × system: `python -m tests.windows.faults` prints the table of this system and Windows' CPython.

Each fault is checked over real sockets on both; a verdict is its outcome, SslPolicyErrors, chain status,
WebExceptionStatus and log text (the port in it apart). A row is marked where the systems differ, or where one
is not what the lab demands; the exit status is 1 then. A marked row is tried again.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.windows.interpreter import ROOT, CannotBuildError, build, windows_path
from tests.windows.suite import run_windows

_PORT = re.compile(r"127\.0\.0\.1:\d+")
PROGRAM = "import sys; from tests.windows.faults import write_verdicts; write_verdicts(*sys.argv[1:])"
# A busy machine exceeds limits of time, and Wine may lose a reset (wine.py).
_ROUNDS = 3
_Verdicts = dict[str, list[str]]


def write_verdicts(path: str, *names: str) -> None:
    """Check the lab's faults of these names (none: all) on this system, and write their verdicts."""
    from probe.lab.faults import FAULTS
    from tests.test_fault_matrix import check_fault, verdict
    from tests.windows.wine import delay_resets_of_the_lab, under_wine

    if under_wine():
        delay_resets_of_the_lab()
    found: _Verdicts = {}
    for fault in FAULTS:
        if names and fault.name not in names:
            continue
        result, _, _, demanded = check_fault(fault)
        (judgement,) = result.judgements
        said = verdict(judgement)
        wrong = "not as the lab demands" if demanded.disagreements(said) else ""
        if demanded.text is None and demanded.outcome in ("failure", "unknown"):
            # Who is first decides what is logged, and the lab demands none of it.
            said = replace(said, web_exception_status=demanded.web_exception_status, text=None)
        found[fault.name] = [said.outcome, _PORT.sub("127.0.0.1", repr(said)), wrong]
    Path(path).write_text(json.dumps(found), encoding="utf-8")


def compare() -> int:
    """Run both, print the table; 1 where a row has a mark.

    Raises:
        CannotBuildError: Windows' CPython cannot be had here.
    """
    starter = build(Path(os.environ.get("PROBE_WINDOWS_PYTHON", ROOT / ".windows")))
    here: _Verdicts = {}
    there: _Verdicts = {}
    marked: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "verdicts.json"
        for _ in range(_ROUNDS):
            subprocess.run([sys.executable, "-c", PROGRAM, str(path), *marked], cwd=ROOT, check=True)
            here |= json.loads(path.read_text(encoding="utf-8"))
            run_windows(starter, "-c", PROGRAM, windows_path(path), *marked)
            there |= json.loads(path.read_text(encoding="utf-8"))
            marked = [name for name in here if _mark(here[name], there[name])]
            if not marked:
                break
    print(f"{'fault':44} {sys.platform:10} Windows")
    for name in here:
        mark = _mark(here[name], there[name])
        print(f"{name:44} {here[name][0]:10} {there[name][0]:10} {mark}".rstrip())
    print(f"{len(here)} faults, {len(marked)} with a mark")
    return 1 if marked else 0


def _mark(here: list[str], there: list[str]) -> str:
    """What is wrong with a row, or ""."""
    for system, verdict in ((sys.platform, here), ("Windows", there)):
        if verdict[2]:
            return f"{verdict[2]} on {system}"
    return "" if here[1] == there[1] else f"differs: {here[1]} {there[1]}"


if __name__ == "__main__":
    try:
        sys.exit(compare())
    except CannotBuildError as lacking:
        sys.exit(f"Windows' Python cannot be had here: {lacking}")
