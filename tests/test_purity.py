"""Judging touches no socket, file or clock: proved in a child interpreter, with a control that is caught.

Audit hooks (PEP 578) see files, sockets and processes; calls of the clock raise no audit event, so a profile
function watches for them. Both stay for the life of the interpreter, hence the child.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from probe.facts import record
from probe.lab import authority
from tests.samples import observed

CHILD = Path(__file__).with_name("purity_child.py")


def _run_child(folder: Path, *arguments: str) -> list[str]:
    root = authority.root("Purity Root")
    leaf = authority.end_entity(authority.intermediate(root, "Purity CA"), "mail.partner.lab")
    (folder / "record.json").write_bytes(record.dumps(observed(leaf.chain)))
    (folder / "root.der").write_bytes(root.der)
    finished = subprocess.run(
        [sys.executable, "-W", "error", str(CHILD), str(folder), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    events = json.loads(finished.stdout)
    assert isinstance(events, list)
    return events


def test_judging_touches_no_socket_file_or_clock(tmp_path: Path) -> None:
    assert _run_child(tmp_path) == []


def test_the_watch_catches_a_file_a_socket_and_the_clock(tmp_path: Path) -> None:
    """The control: without it the test above could not fail."""
    events = _run_child(tmp_path, "--transgress")
    assert {"open", "socket.__new__", "time.time", "datetime.now"} <= set(events)
