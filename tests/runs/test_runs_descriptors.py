"""Too few descriptors lower the number of checks at a time instead of failing them."""

from __future__ import annotations

import subprocess
import sys

import pytest

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
from probe.runs.descriptors import affordable
print(affordable(int(sys.argv[3])), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.posix("limits of open files")
@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "expected"),
    [
        pytest.param(64, 1000, 32, "32 424", id="raised-as-far-as-needed"),
        pytest.param(64, 100, 32, "5 100", id="raised-as-far-as-allowed"),
        pytest.param(20, 20, 32, "1 20", id="at-least-one"),
        pytest.param(1000, 1000, 32, "32 1000", id="enough"),
    ],
)
def test_what_the_limit_of_open_files_allows(soft: int, hard: int, wanted: int, expected: str) -> None:
    arguments = [sys.executable, "-c", LIMITED, *map(str, (soft, hard, wanted))]
    finished = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=60)
    assert finished.stdout.strip() == expected
