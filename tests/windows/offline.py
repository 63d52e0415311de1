"""The README's way for a server that has Python and no Internet, walked: `python -m tests.windows.offline`.

A Windows Python that has pip and nothing else installs from a folder of wheels, with the command that the
README gives, and the first verdict comes out. Nothing of this tree can be seen from there.

A machine without Wine is told so and passes; with CI set it fails.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.windows import wheels
from tests.windows.interpreter import ENVIRONMENT, ROOT, CannotBuildError, build

# The second command is run on what the first one installed.
COMMANDS = re.compile(r"`py -3 (-m pip install --no-index [^`]*)`, then `py -3 ([^`]*)`")
DONE = b"every verdict as the lab demands"
INSTALL = ("--quiet", "--no-compile", "--no-warn-script-location")  # half the time


def bare_python(built: Path, folder: Path) -> Path:
    """A copy of the python.exe in `built` that has pip and no other package."""
    shutil.copytree(built, folder, ignore=shutil.ignore_patterns("site-packages", "__pycache__"))
    packages = folder / "Lib" / "site-packages"
    packages.mkdir()
    (pip,) = (folder / "Lib" / "ensurepip" / "_bundled").glob("pip-*.whl")
    with zipfile.ZipFile(pip) as wheel:
        wheel.extractall(packages)
    return folder / "python.exe"


def documented() -> list[list[str]]:
    """The arguments of Python in the README's two commands."""
    found = COMMANDS.search((ROOT / "README.md").read_text("utf-8"))
    if found is None:
        raise CannotBuildError("the README has no command for a server without Internet")
    return [shlex.split(command) for command in found.groups()]


def main() -> int:
    """Make the wheels, install from them as the README says, and get the first verdict."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        try:
            built = Path(os.environ.get("PROBE_WINDOWS_PYTHON", ROOT / ".windows")).resolve()
            build(built)
            program = bare_python(built / "py", place / "py")
            wheels.make(place / "wheels", versions=("3.11",))
            install, use = documented()
        except CannotBuildError as lacking:
            print(f"the installation without Internet cannot be tried here: {lacking}")
            return 1 if os.environ.get("CI") else 0
        environment = {**os.environ, **ENVIRONMENT, "WINEPREFIX": str(built / "prefix")}
        for arguments, wanted in (([*install, *INSTALL], b""), (use, DONE)):
            done = subprocess.run(
                ["wine", str(program), *arguments],
                cwd=place,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
            sys.stdout.buffer.write(done.stdout[-2000:])
            if done.returncode or wanted not in done.stdout:
                return 1
        return 0


if __name__ == "__main__":
    sys.exit(main())
