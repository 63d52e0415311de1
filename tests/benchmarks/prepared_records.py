"""Records of sound partners, each with a chain of its own, for workloads that judge and connect nowhere.

The same in every run, keys apart: what is counted must not depend on what is drawn.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from probe.facts import record
from probe.lab import authority
from tests.samples import HOST, observed

CHAINS = 21


def write_records(folder: Path) -> None:
    """Write `roots.pem` and `CHAINS` records into the folder, which is made."""
    folder.mkdir()
    root = authority.root("Benchmark Root", key="rsa2048")
    (folder / "roots.pem").write_text(root.pem)
    now = datetime.now(UTC).replace(microsecond=0)
    for number in range(CHAINS):
        issuing = authority.intermediate(root, f"Benchmark CA {number:02}", key="rsa2048")
        leaf = authority.end_entity(issuing, HOST, key="rsa2048")
        seen = observed((leaf.certificate, issuing.certificate), at=now)
        (folder / f"{number:02}.json").write_bytes(record.dumps(seen))
