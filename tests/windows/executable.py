"""probe.exe for servers without Python: `python -m tests.windows.executable FOLDER` builds and tries it.

FOLDER gets `probe.exe` (one file) and `probe-VERSION-windows.zip` (one folder: starts sooner). They are built
by PyInstaller on Windows' CPython under Wine, from this tree. The same commit gives the same bytes: times are
SOURCE_DATE_EPOCH of the commit, hashes are seeded (`--twice` builds both forms again and compares). What that
rests on is not ours: the boot loader in PyInstaller's wheel, and the versions of the wheels inside.

Then the exe is tried in a Wine prefix of its own, in which there is no Python.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from operator import ne
from pathlib import Path

from probe.version import __version__
from tests.windows.interpreter import ENVIRONMENT, ROOT, CannotBuildError, build, run, windows_path

SPEC = Path(__file__).parent / "exe" / "probe.spec"
# A zip holds no time before this one.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
VERSION_RESOURCE = """VSVersionInfo(
  ffi=FixedFileInfo(filevers=({numbers}, 0), prodvers=({numbers}, 0), mask=0x3F, flags=0, OS=0x40004,
    fileType=1, subtype=0, date=(0, 0)),
  kids=[
    StringFileInfo([StringTable("040904B0", [
      StringStruct("FileDescription", "Predicts whether Exchange accepts a federation partner's endpoints"),
      StringStruct("FileVersion", "{version}"),
      StringStruct("InternalName", "probe"),
      StringStruct("LegalCopyright", "MIT License"),
      StringStruct("OriginalFilename", "probe.exe"),
      StringStruct("ProductName", "probe (fedprobe)"),
      StringStruct("ProductVersion", "{version}"),
    ])]),
    VarFileInfo([VarStruct("Translation", [0x409, 1200])]),
  ],
)
"""


def make(folder: Path, starter: Path) -> Path:
    """Build both forms into `folder`; returns the one-file program.

    Raises:
        CannotBuildError: PyInstaller failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "probe.ico").write_bytes(icon())
        numbers = ", ".join(__version__.split(".")[:3])
        (work / "version.txt").write_text(VERSION_RESOURCE.format(numbers=numbers, version=__version__))
        environment = {
            **os.environ,
            "PROBE_BUILD_FOLDER": windows_path(work),
            "PROBE_TREE": windows_path(ROOT),
            "PYTHONHASHSEED": "1",
            "SOURCE_DATE_EPOCH": run("git", "-C", str(ROOT), "log", "-1", "--format=%ct").strip(),
        }
        options = ("--noconfirm", "--clean", "--log-level=WARN")
        paths = (f"--distpath={windows_path(work / 'dist')}", f"--workpath={windows_path(work / 'work')}")
        run(
            *(str(starter), "-m", "PyInstaller", *options, *paths, windows_path(SPEC)),
            environment=environment,
        )
        shutil.copy(work / "dist" / "probe.exe", folder / "probe.exe")
        _zip(work / "dist" / "probe", folder / f"probe-{__version__}-windows.zip")
    return folder / "probe.exe"


def icon() -> bytes:
    """A white tick on a blue ground, 32 by 32, as an .ico file."""
    side, blue, white = 32, bytes((0xB0, 0x5A, 0x1E, 0xFF)), b"\xff\xff\xff\xff"
    rows = []
    for y in reversed(range(side)):  # a bitmap begins with its lowest row
        tick = {x for x in range(side) if (abs((x - 7) - (y - 16)) < 3 and 7 <= x <= 14) or _rising(x, y)}
        rows.append(b"".join(white if x in tick else blue for x in range(side)))
    pixels = b"".join(rows) + bytes(side * side // 8)
    header = struct.pack("<IiiHHIIiiII", 40, side, side * 2, 1, 32, 0, len(pixels), 0, 0, 0, 0)
    directory = struct.pack("<HHHBBBBHHII", 0, 1, 1, side, side, 0, 0, 1, 32, len(header) + len(pixels), 22)
    return directory + header + pixels


def _rising(x: int, y: int) -> bool:
    return abs((x - 14) + (y - 23)) < 3 and 14 <= x <= 27


def _zip(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = path.relative_to(folder.parent).as_posix()
                archive.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), path.read_bytes(), zipfile.ZIP_DEFLATED)


class Program:
    """probe.exe in a Wine prefix without Python, and a folder to run it in."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program.resolve()  # it is run in another folder
        self.folder = folder
        self._environment = {**os.environ, **ENVIRONMENT, "WINEPREFIX": str(folder / "prefix")}

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What it printed.

        Raises:
            CannotBuildError: it ended with another code.
        """
        done = subprocess.run(
            ["wine", str(self.program), *arguments],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
        )
        said = done.stdout.decode("utf-8", "replace")
        if done.returncode != code:
            raise CannotBuildError(f"probe.exe {' '.join(arguments)} ended with {done.returncode}: {said}")
        return said

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Keep Wine running, which otherwise starts and ends with each program."""
        for command in (["wineserver", "-p"], ["wineboot"]):
            subprocess.run(
                command,
                env=self._environment,
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # its services stay, and keep these streams
                stderr=subprocess.DEVNULL,
            )
        try:
            yield
        finally:
            subprocess.run(["wineserver", "-k"], env=self._environment, check=False)


def attempt(program: Program) -> None:
    """Use the program as an administrator would.

    Raises:
        CannotBuildError: something is not as it should be.
    """
    from probe.cli.commands import lab
    from probe.lab.partner import Partner

    expect(program("--version"), f"probe {__version__}")
    demonstrate(program)
    with Partner("untrusted-root") as partner:
        check = ("check", partner.ews_url, "--connect-to", partner.connect_to[0], "-4")
        expect(program(*check, "--trust", "windows", code=2), "RemoteCertificateChainErrors")
        specs = lab.write_stores(partner.trust, program.folder / "roots.pem")
        trusted = ("--trust", specs[0].rpartition("/")[2], "--history", "history.sqlite")
        program(*check, *trusted, code=2)
    expect(program("history", "--history", "history.sqlite"), "1")
    expect(program("explain", "--help"), "probe explain")
    expect(program("caller", "show"), "no known Exchange is installed here")
    program("schedule", "windows", "-o", "task.xml", "--", "check", "contoso.com")
    task = (program.folder / "task.xml").read_bytes().decode("utf-16")
    expect(task, f"<Command>{windows_path(program.program)}</Command>")


def demonstrate(program: Program) -> None:
    """Run the demo, as often as Wine may lose one of its two resets (tests/windows/wine.py).

    Raises:
        CannotBuildError: a verdict is wrong each time.
    """
    for _ in range(2):
        try:
            return expect(program("demo"), "every verdict as the lab demands")
        except CannotBuildError as wrong:
            print(f"once more: {wrong}", flush=True)
    expect(program("demo"), "every verdict as the lab demands")


def expect(said: str, wanted: str) -> None:
    """Demand a text in an output.

    Raises:
        CannotBuildError: it is not there.
    """
    if wanted not in said:
        raise CannotBuildError(f"{wanted!r} is not in {said[-2000:]}")


def compare(folder: Path, starter: Path) -> None:
    """Build both forms again, elsewhere, and compare them with those in `folder`.

    Raises:
        CannotBuildError: a byte differs.
    """
    with tempfile.TemporaryDirectory() as name:
        again = Path(name)
        make(again, starter)
        for path in sorted(again.iterdir()):
            first, second = (folder / path.name).read_bytes(), path.read_bytes()
            count = sum(map(ne, first, second)) + abs(len(first) - len(second))
            if count:
                raise CannotBuildError(f"{path.name} built twice differs in {count} bytes")
            print(f"{path.name}: built twice, the same bytes, SHA-256 {sha256(second).hexdigest()}")


def main(folder: Path, *, twice: bool = False) -> int:
    """Build, try, and say how large it is and how long it takes to start."""
    try:
        starter = build(Path(os.environ.get("PROBE_WINDOWS_PYTHON", ROOT / ".windows")))
        program = make(folder, starter)
        if twice:
            compare(folder, starter)
    except CannotBuildError as lacking:
        print(f"probe.exe cannot be built here: {lacking}")
        return 1 if os.environ.get("CI") else 0
    with tempfile.TemporaryDirectory() as name:
        used = Path(name)
        shutil.unpack_archive(folder / f"probe-{__version__}-windows.zip", used)
        unpacked = used / "probe"
        for kind, path, files in (
            ("one file", program, [program]),
            ("one folder", unpacked / "probe.exe", [*unpacked.rglob("*")]),
        ):
            tried = Program(path, used)
            attempt(tried)
            size = sum(each.stat().st_size for each in files) / 2**20
            print(f"{kind}: {size:.0f} MiB, starts in {start_seconds(tried):.2f} s")
        script = Program(windows_python(starter), used)
        print(f"python -m probe on the same Wine starts in {start_seconds(script, '-m', 'probe'):.2f} s")
    return 0


def windows_python(starter: Path) -> Path:
    """The python.exe that a starter starts."""
    return starter.parent / "py" / "python.exe"


def start_seconds(program: Program, *arguments: str) -> float:
    """The quickest of five starts, with Wine itself running already, as Windows always is."""
    took = []
    with program.held_up():
        for _ in range(5):
            begun = time.monotonic()
            program(*arguments, "--version")
            took.append(time.monotonic() - begun)
    return min(took)


if __name__ == "__main__":
    given = [argument for argument in sys.argv[1:] if argument != "--twice"]
    sys.exit(main(Path(given[0] if given else ROOT / "dist"), twice="--twice" in sys.argv))
