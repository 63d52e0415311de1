"""SHA-256 sums of what was built: `python -m tests.maintenance.checksums FOLDER…`.

Writes `SHA256SUMS` into each folder, one line a file in the form that `sha256sum --check` reads, so that who
gets a wheel or probe.exe can compare it with what was published.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

NAME = "SHA256SUMS"


def write_sums(folder: Path) -> Path:
    """Sum every file of the folder, by name, and write the sums beside them.

    Raises:
        SystemExit: there is nothing to sum.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != NAME)
    if not files:
        raise SystemExit(f"{folder} holds no file: build first")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    written = folder / NAME
    written.write_bytes("".join(lines).encode())
    return written


def main() -> int:
    """Write the sums of each folder that is named."""
    if not sys.argv[1:]:
        raise SystemExit("name the folders with what was built: dist wheels")
    for folder in sys.argv[1:]:
        print(write_sums(Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
