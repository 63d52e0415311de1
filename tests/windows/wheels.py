"""Wheels for Windows servers that have Python and no Internet: `python -m tests.windows.wheels FOLDER`.

Made anywhere, for CPython 3.11 and later of Windows (64 bit). On the server:

    py -3 -m pip install --no-index --find-links FOLDER "fedprobe[serve]"

The folder is tried before it is handed over: pip resolves that command from it alone.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.windows.interpreter import ROOT, CannotBuildError, run, windows_requirements

VERSIONS = ("3.11", "3.12", "3.13")


def make(folder: Path, *, versions: Sequence[str] = VERSIONS) -> None:
    """Fill the folder, and resolve the installation from it for every one of these versions.

    Raises:
        CannotBuildError: a wheel cannot be had, or one is missing in the end.
    """
    pip = (sys.executable, "-m", "pip")
    run(*pip, "wheel", "-q", "--no-deps", f"--wheel-dir={folder}", str(ROOT))
    for version in versions:
        target = ("--only-binary=:all:", "--platform=win_amd64", f"--python-version={version}")
        run(*pip, "download", "-q", *target, f"--dest={folder}", *windows_requirements())
        with tempfile.TemporaryDirectory() as empty:
            here = ("--no-index", f"--find-links={folder}", f"--target={empty}")
            run(*pip, "install", "-q", *target, *here, "fedprobe[serve]", "colorama")


if __name__ == "__main__":
    try:
        make(Path(sys.argv[1]))
    except CannotBuildError as lacking:
        sys.exit(f"the folder cannot be made: {lacking}")
