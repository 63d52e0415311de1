"""`probe trust fetch` as its user runs it, where it fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Finished


def test_a_server_that_is_not_there_is_one_line(run: Callable[..., Finished], tmp_path: Path) -> None:
    done = run("trust", "fetch", "--from", "http://127.0.0.1:9", "--folder", str(tmp_path))
    assert done.code == 65
    assert done.err.startswith("probe: error: http://127.0.0.1:9/authrootstl.cab: cannot be downloaded")
    assert list(tmp_path.iterdir()) == []
