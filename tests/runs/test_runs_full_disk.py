"""A disk that is full in the middle of a run: everything is reported, and the exit code tells."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# What the file may grow to is a limit of the process: writing beyond it fails as on a full disk.
LIMITED = """
import resource, sys
from probe.__main__ import main
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
sys.exit(main(sys.argv[1:]))
"""
TARGETS = 60


@pytest.mark.posix("a limit for the size of files")
@pytest.mark.parametrize("option", ["--history", "--resume"])
def test_a_full_disk_loses_no_report(option: str, tmp_path: Path) -> None:
    targets = [f"127.0.0.1:{port}" for port in range(1, TARGETS + 1)]
    arguments = ["check", *targets, "--format", "ndjson", "-q", "--retries", "0", option, "kept.sqlite"]
    finished = subprocess.run(
        [sys.executable, "-c", LIMITED, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    reported = [json.loads(line)["target"]["input"] for line in finished.stdout.splitlines()]
    assert sorted(reported) == sorted(targets)
    assert finished.returncode == 74
    (line,) = finished.stderr.splitlines()
    assert line.startswith("probe: error: the ")
    assert "kept.sqlite cannot be used (" in line
    assert line.endswith("; what it did not take is in the report only")
