"""The suite on Windows' CPython, under Wine: `python -m tests.windows.suite [PYTEST ARGUMENTS]`.

Everything but what needs a program that is not there (browser, nginx, openssl) or a Dask cluster, which does
not start under Wine. Tests of POSIX only are marked so; what Wine itself fails is listed in known_gaps.toml.

A machine without Wine is told so and passes; with CI set it fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.windows.interpreter import ROOT, CannotBuildError, build, windows_path

ELSEWHERE = (
    "tests/interop",
    "tests/benchmarks",
    "tests/report/test_report_html_browser.py",
    "tests/runs/test_runs_cluster.py",
)
# Wine's loopback is slower, and the thread that ends a test which hangs ends the worker with it.
TIMEOUT = 240
# Beside another worker Wine exceeds limits of time, and a reset may come before recv() (wine.py).
RETRIES = 2
_TESTS_FAILED = 1


def run_windows(starter: Path, *arguments: str) -> int:
    """Run Windows' Python on pipes, show what it prints, return its exit code."""
    outside = {name: value for name, value in os.environ.items() if name not in ("CI", "VIRTUAL_ENV")}
    with subprocess.Popen(
        [str(starter), *arguments],
        cwd=ROOT,
        env=outside,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
    return running.returncode


def main(arguments: list[str]) -> int:
    """Make the interpreter, run the suite there; the exit code of pytest."""
    folder = Path(os.environ.get("PROBE_WINDOWS_PYTHON", ROOT / ".windows"))
    try:
        starter = build(folder)
    except CannotBuildError as lacking:
        print(f"Windows' Python cannot be had here, its tests did not run: {lacking}")
        return 1 if os.environ.get("CI") else 0
    ignored = [f"--ignore={path}" for path in ELSEWHERE]
    cache = windows_path(folder.resolve() / "cache")
    options = ["-q", "-o", f"cache_dir={cache}", "-o", f"timeout={TIMEOUT}", *ignored, *arguments]
    code = run_windows(starter, "-m", "pytest", "-n", "2", *options)
    for _ in range(RETRIES):
        if code != _TESTS_FAILED:
            break
        print("== what failed, once more and by itself", flush=True)
        code = run_windows(starter, "-m", "pytest", "--last-failed", *options)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
