"""Lab fault × system: `python -m tests.windows.faults` prints the table of this system and Windows' CPython.

Each fault is checked over real sockets on both; a verdict is its outcome, SslPolicyErrors, chain status,
WebExceptionStatus and log text (the port in it apart). A row is marked where the systems differ, or where one
is not what the lab demands; the exit status is 1 then. What Wine may lose is tried twice.
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
        if demanded.outcome in ("failure", "unknown") and demanded.web_exception_status is None:
            # Who is first decides what is logged, and the lab demands none of it.
            said = replace(said, web_exception_status=None, text=None)
        wrong = "" if not demanded.disagreements(said) else "not as the lab demands"
        found[fault.name] = [said.outcome, _PORT.sub("127.0.0.1", repr(said)), wrong]
    Path(path).write_text(json.dumps(found), encoding="utf-8")


def compare() -> int:
    """Run both, print the table; 1 where a row has a mark.

    Raises:
        CannotBuildError: Windows' CPython cannot be had here.
    """
    starter = build(Path(os.environ.get("PROBE_WINDOWS_PYTHON", ROOT / ".windows")))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "verdicts.json"
        subprocess.run([sys.executable, "-c", PROGRAM, str(path)], cwd=ROOT, check=True)
        here: _Verdicts = json.loads(path.read_text(encoding="utf-8"))
        there: _Verdicts = {}
        for _ in range(2):
            missing = [name for name in here if there.get(name) != here[name]]
            if missing:
                run_windows(starter, "-c", PROGRAM, windows_path(path), *missing)
                there |= json.loads(path.read_text(encoding="utf-8"))
    marked = 0
    print(f"{'fault':44} {sys.platform:10} Windows")
    for name, (outcome, said, wrong) in here.items():
        other = there[name]
        mark = wrong or other[2] or ("" if other[1] == said else f"differs: {said} {other[1]}")
        marked += bool(mark)
        print(f"{name:44} {outcome:10} {other[0]:10} {mark}".rstrip())
    print(f"{len(here)} faults, {marked} with a mark")
    return 1 if marked else 0


if __name__ == "__main__":
    try:
        sys.exit(compare())
    except CannotBuildError as lacking:
        sys.exit(f"Windows' Python cannot be had here: {lacking}")
