"""Every check in one command: `python -m tests.check`.

In order of cost: format, lint, layers, types, tests. `--readme` runs the tests as the README tells a stranger
to, in an environment of their own, instead of in this one. The first failure does not hide the next: all
run, and the exit status says whether all passed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTED_BLOCK = re.compile(r"<!-- tested: test -->\n```sh\n(?P<command>.+?)\n```", re.DOTALL)

CHECKS: tuple[tuple[str, list[str]], ...] = (
    ("format", [sys.executable, "-m", "ruff", "format", "--check", "."]),
    ("lint", [sys.executable, "-m", "ruff", "check", "."]),
    ("layers", [str(Path(sys.executable).with_name("lint-imports"))]),
    ("types", [sys.executable, "-m", "mypy"]),
)


def readme_test_command() -> str:
    """The command with which the README tells a stranger to run the tests."""
    match = TESTED_BLOCK.search((ROOT / "README.md").read_text(encoding="utf-8"))
    if match is None:
        raise SystemExit("README.md has no block marked <!-- tested: test -->")
    return match["command"]


def main() -> int:
    """Run all checks; 0 when every one passed."""
    if "--readme" in sys.argv[1:]:
        tests = ("tests, as the README runs them", ["bash", "-euo", "pipefail", "-c", readme_test_command()])
    else:
        tests = ("tests", [sys.executable, "-m", "pytest", "-q"])
    failed = []
    for name, command in (*CHECKS, tests):
        started = time.monotonic()
        print(f"== {name}", flush=True)
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            failed.append(name)
        print(f"   {time.monotonic() - started:.1f} s", flush=True)
    print("failed: " + ", ".join(failed) if failed else "all checks passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
