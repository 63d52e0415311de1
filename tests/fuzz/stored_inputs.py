"""The stored inputs: for each parser a folder of sound ones, and of those that once broke it.

All of it was made with the lab and the writers of the tests, or found by fuzzing; nothing is anybody else's.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
_FIXED = FOLDER / "fixed"


def inputs(name: str) -> list[Path]:
    """The files of a parser, in the order of their names; there is at least one."""
    return sorted(path for path in (FOLDER / name).iterdir() if path.is_file())


def keep(name: str, data: bytes, what: str) -> Path:
    """Store an input that broke the parser: `what` is crash, hang or end."""
    path = FOLDER / name / f"{what}-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    return path


@cache
def sound(name: str) -> bytes:
    """A sound certificate: leaf (which the stored CRL and OCSP answer revoke), issuing or root."""
    return (_FIXED / f"{name}.der").read_bytes()
