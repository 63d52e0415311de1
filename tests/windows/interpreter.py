"""CPython 3.11 for Windows under Wine, made from Debian's and PyPI's packages alone.

    python -m tests.windows.interpreter FOLDER

makes it (about a minute), with what probe and its tests need, and prints the path of a program that runs
Windows' python.exe in the working directory. probe itself is taken from this tree, not copied.

1. Debian: Wine and the MinGW compiler.
2. The interpreter's libraries as python.org built them: the wheel of panda3d carries python311.dll, the
   extension modules, OpenSSL, SQLite and libffi in `deploy_libs`.
3. The standard library in Python is the same on every system, so that of any CPython 3.11 serves.
4. `stand_ins/`: python.exe over Py_Main; python3.dll (the stable ABI, to which cryptography links) as a
   table of forwards; bcryptprimitives.dll, which Wine 8 lacks.
5. The dependencies as win_amd64 wheels, unpacked.

Wine hands standard streams on as pipes only: `run` gives the program pipes, and so must who calls it.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STAND_INS = Path(__file__).parent / "stand_ins"
COMPILER = "x86_64-w64-mingw32-gcc"
PACKAGES = ("wine", "wine64", "gcc-mingw-w64-x86-64-win32", "mingw-w64-tools", "binutils-mingw-w64-x86-64")
LIBRARIES = "panda3d==1.10.16"
RUNNERS = ("pytest-xdist", "pyinstaller", "pefile", "pywin32-ctypes", "setuptools", "packaging")
# Tests of these do not run here: a Dask cluster hangs under Wine, a browser is not there.
NOT_HERE = ("fedprobe", "axe-core-python", "selenium")
WHEELS_FOR = ("--only-binary=:all:", "--platform=win_amd64", "--python-version=3.11", "--implementation=cp")
ENVIRONMENT = {"WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}
STARTER = """#!/bin/sh
export WINEPREFIX='{folder}/prefix' WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
exec wine '{folder}/py/python.exe' "$@"
"""


class CannotBuildError(Exception):
    """What this machine lacks."""


def build(folder: Path) -> Path:
    """The starter of Windows' Python in `folder`, which is made unless it is there already.

    Raises:
        CannotBuildError: Wine, a compiler or a CPython 3.11 cannot be had here.
    """
    starter = folder.resolve() / "python"
    if starter.exists():
        return starter
    require_programs()
    libraries, work = folder.resolve() / "py", folder.resolve() / "build"
    for made in (libraries / "DLLs", work):
        made.mkdir(parents=True, exist_ok=True)
    unpack_libraries(work, libraries)
    copy_standard_library(libraries / "Lib")
    compile_stand_ins(work, libraries)
    install_dependencies(work, libraries / "Lib" / "site-packages")
    prefix = {**os.environ, **ENVIRONMENT, "WINEPREFIX": str(folder.resolve() / "prefix")}
    run("wineboot", "--init", environment=prefix)
    starter.write_text(STARTER.format(folder=folder.resolve()))
    starter.chmod(starter.stat().st_mode | stat.S_IXUSR)
    return starter


def require_programs() -> None:
    """Wine and the compiler are installed, by apt where that may be done.

    Raises:
        CannotBuildError: they are not, and apt is not there or not allowed.
    """
    programs = ("wine", "wineboot", COMPILER, "gendef")
    if all(map(shutil.which, programs)):
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES)
    lacking = [program for program in programs if not shutil.which(program)]
    if lacking:
        raise CannotBuildError(
            f"{', '.join(lacking)} not installed (Debian: apt install {' '.join(PACKAGES)})"
        )


def unpack_libraries(work: Path, libraries: Path) -> None:
    """python311.dll beside python.exe, extension modules and their libraries in DLLs."""
    run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", *WHEELS_FOR, f"-d{work}", LIBRARIES)
    with zipfile.ZipFile(next(work.glob("panda3d-*.whl"))) as wheel:
        for name in wheel.namelist():
            base = Path(name).name
            if name.startswith("deploy_libs/") and not base.startswith("api-ms-win"):
                beside = base.lower() in ("python311.dll", "vcruntime140.dll")
                (libraries / base if beside else libraries / "DLLs" / base).write_bytes(wheel.read(name))


def copy_standard_library(target: Path) -> None:
    """The modules in Python of a CPython 3.11.

    Raises:
        CannotBuildError: there is none.
    """
    source = sysconfig.get_path("stdlib") if sys.version_info[:2] == (3, 11) else None
    if source is None:
        other = shutil.which("python3.11")
        if other is None:
            raise CannotBuildError("no CPython 3.11, whose standard library is needed")
        source = run(other, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))").strip()
    unwanted = shutil.ignore_patterns("site-packages", "lib-dynload", "config-*", "test", "__pycache__")
    shutil.copytree(source, target, ignore=unwanted, dirs_exist_ok=True)


def compile_stand_ins(work: Path, libraries: Path) -> None:
    """python.exe, python3.dll and bcryptprimitives.dll."""
    python = libraries / "python311.dll"
    definition = work / "python311.def"
    definition.write_text(run("gendef", "-", str(python)))
    imports = work / "libpython311.a"
    run("x86_64-w64-mingw32-dlltool", "-d", str(definition), "-l", str(imports), "-D", python.name)
    exported = re.findall(r"^(_?Py\w+)", definition.read_text(), re.MULTILINE)
    forwards = work / "python3.def"
    forwards.write_text(
        "LIBRARY python3.dll\nEXPORTS\n" + "".join(f"{n} = python311.{n}\n" for n in exported)
    )
    compile_program("python.c", libraries / "python.exe", "-municode", str(imports))
    no_runtime = ("-shared", "-nostdlib", "-Wl,-e,DllMainCRTStartup", str(forwards))
    compile_program("python3.c", libraries / "python3.dll", *no_runtime)
    compile_program("bcryptprimitives.c", libraries / "bcryptprimitives.dll", "-shared", "-ladvapi32")


def compile_program(source: str, target: Path, *options: str) -> None:
    """One stand-in, with MinGW."""
    run(COMPILER, "-O2", "-o", str(target), str(STAND_INS / source), *options)


def install_dependencies(work: Path, target: Path) -> None:
    """What probe and its tests need, unpacked; a path file leads to this tree."""
    target.mkdir(exist_ok=True)
    wheels = work / "wheels"
    command = (sys.executable, "-m", "pip", "download", "-q", *WHEELS_FOR, f"-d{wheels}")
    run(*command, *requirements(), *RUNNERS)
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as opened:
            opened.extractall(target)
    (target / "tree.pth").write_text(windows_path(ROOT) + "\n")


def windows_requirements() -> list[str]:
    """What pyproject.toml names for running and serving probe, and what only Windows needs (for click)."""
    project = _project()
    return [*project["dependencies"], *project["optional-dependencies"]["serve"], "colorama"]


def requirements() -> list[str]:
    """What running probe, serving it and testing it needs."""
    wanted = [*windows_requirements(), *_project()["optional-dependencies"]["test"]]
    return [text for text in wanted if not text.startswith(NOT_HERE)]


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def windows_path(path: Path) -> str:
    """A path of this machine as Wine shows it: drive Z is the root."""
    return "Z:" + str(path.resolve()).replace("/", "\\")


def run(*command: str, environment: dict[str, str] | None = None) -> str:
    """What a program printed.

    Raises:
        CannotBuildError: it failed; its words are in the message.
    """
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode != 0:
        raise CannotBuildError(f"{' '.join(command)[:200]}: {done.stderr.strip()[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    try:
        print(build(Path(sys.argv[1])))
    except CannotBuildError as lacking:
        sys.exit(f"cannot build Windows' Python here: {lacking}")
