"""Every check in one command: `python -m tests.check`.

In order of cost: format, lint, layers, types, tests. `--readme` runs the README's two set-up commands as a
stranger would, each in an environment of its own, and so the tests there instead of in this one;
`--windows` runs the tests on Windows' CPython under Wine too, checks 1,000 partners from there, and builds
and tries probe.exe; `--figures` prints what a start, a replay and a judgement cost beside the figures of
the repository, and fails for no change of them. `--fuzz` damages inputs of every parser for 90 seconds, the
same ones each time (`python -m tests.fuzz` makes others, for as long as one likes). `--advisories` says what
is known against the installed packages, and fails nothing. The first failure does not hide the next: all
run, and the exit status says whether all passed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTED_BLOCK = re.compile(r"<!-- tested: (?P<name>demo|test) -->\n```sh\n(?P<command>.+?)\n```", re.DOTALL)

CHECKS: tuple[tuple[str, list[str]], ...] = (
    ("format", [sys.executable, "-m", "ruff", "format", "--check", "."]),
    ("lint", [sys.executable, "-m", "ruff", "check", "."]),
    ("layers", [str(Path(sys.executable).with_name("lint-imports"))]),
    ("types", [sys.executable, "-m", "mypy"]),
    ("types on Windows", [sys.executable, "-m", "mypy", "--platform", "win32", "-p", "probe"]),
)

ADVISORIES = [sys.executable, "-m", "pip_audit", "-s", "pypi", "--skip-editable", "--progress-spinner", "off"]


def readme_commands() -> list[tuple[str, list[str]]]:
    """The commands with which the README tells a stranger to set it up: the demo, then the tests."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = {match["name"]: match["command"] for match in TESTED_BLOCK.finditer(readme)}
    if set(blocks) != {"demo", "test"}:
        raise SystemExit("README.md lacks a block marked <!-- tested: demo --> or <!-- tested: test -->")
    return [
        (f"{name}, as the README runs it", ["bash", "-euo", "pipefail", "-c", blocks[name]])
        for name in ("demo", "test")
    ]


def say(command: list[str], seconds: float) -> None:
    """Run what informs and decides nothing: that it fails, hangs or is missing is said and no more."""
    try:
        code = subprocess.run(command, cwd=ROOT, check=False, timeout=seconds).returncode
    except (OSError, subprocess.TimeoutExpired) as ended:
        print(f"   not known: {ended}", flush=True)
        return
    print(f"   it ended with {code}, which decides nothing", flush=True)


def main() -> int:
    """Run all checks; 0 when every one passed."""
    if "--readme" in sys.argv[1:]:
        tests = readme_commands()
    else:
        tests = [("tests", [sys.executable, "-m", "pytest", "-q"])]
    if "--windows" in sys.argv[1:]:
        tests.append(("tests on Windows' CPython", [sys.executable, "-m", "tests.windows.suite"]))
        tests.append(("1,000 partners from Windows' CPython", [sys.executable, "-m", "tests.windows.load"]))
        tests.append(("a console of Windows", [sys.executable, "-m", "tests.windows.console"]))
        tests.append(("wheels without Internet", [sys.executable, "-m", "tests.windows.offline"]))
        tests.append(("probe.exe", [sys.executable, "-m", "tests.windows.executable", "dist"]))
    if "--fuzz" in sys.argv[1:]:
        fuzzing = [sys.executable, "-m", "tests.fuzz", "--seconds", "90", "--seed", "1"]
        tests.append(("damaged inputs of every parser", fuzzing))
    if "--figures" in sys.argv[1:]:
        tests.append(("cost, beside the figures", [sys.executable, "-m", "tests.benchmarks.compare"]))
    if "--advisories" in sys.argv[1:]:
        print("== advisories about what is installed (asks PyPI)", flush=True)
        say(ADVISORIES, 180.0)
    failed = []
    for name, command in (*CHECKS, *tests):
        started = time.monotonic()
        print(f"== {name}", flush=True)
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            failed.append(name)
        print(f"   {time.monotonic() - started:.1f} s", flush=True)
    print("failed: " + ", ".join(failed) if failed else "all checks passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
