"""Paths that only Windows has trouble with: long ones, shares, streams, and names of devices."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from probe.cli import files
from probe.errors import OutputError
from probe.lab import authority
from probe.windows_paths import device_of, extended
from tests.windows.wine import under_wine

Run = Callable[..., Any]
WINDOWS = pytest.mark.windows("its names of devices and its limit of paths")


@pytest.mark.parametrize(
    ("path", "device"),
    [
        pytest.param("NUL", None, id="thrown-away-on-purpose"),
        pytest.param("nul.pem", "nul.pem", id="a-device-with-an-ending"),
        pytest.param(r"reports\CON\a.html", "CON", id="a-folder"),
        pytest.param("COM1", "COM1", id="a-port"),
        pytest.param("console.html", None, id="begins-like-one"),
        pytest.param(r"C:\reports\a.html", None, id="a-drive"),
        pytest.param(r"\\server\share\a.html", None, id="a-share"),
        pytest.param(r"\\?\C:\nul.pem", None, id="by-the-rules-of-the-file-system"),
    ],
)
def test_names_of_devices_are_known(path: str, device: str | None) -> None:
    assert device_of(path) == device


@pytest.mark.parametrize(
    ("path", "given"),
    [
        pytest.param("C:\\" + "x" * 200, "C:\\" + "x" * 200, id="short"),
        pytest.param("C:\\" + "x" * 300, "\\\\?\\C:\\" + "x" * 300, id="long"),
        pytest.param(
            "\\\\server\\share\\" + "x" * 300, "\\\\?\\UNC\\server\\share\\" + "x" * 300, id="share"
        ),
        pytest.param("\\\\?\\C:\\" + "x" * 300, "\\\\?\\C:\\" + "x" * 300, id="long-already"),
    ],
)
def test_a_long_path_has_the_form_without_a_limit(path: str, given: str) -> None:
    assert extended(path) == given


@WINDOWS
@pytest.mark.parametrize("name", ["NUL.pem", "con.json", "aux", "LPT1.txt", "a/COM1/report.html"])
def test_what_would_go_to_a_device_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    finished = run("callers", "-o", str(tmp_path / name))
    assert finished.code == 74
    assert "Windows takes" in finished.err
    assert "choose another name" in finished.err


@WINDOWS
@pytest.mark.parametrize("name", ["CON", "nul", "records/aux"])
def test_a_folder_of_records_is_no_device(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="for a device"):
        files.make_folder(tmp_path / name, private=True)


@pytest.mark.parametrize("private", [False, True])
def test_a_path_of_400_characters_is_written_and_read(tmp_path: Path, private: bool) -> None:
    folder = tmp_path.joinpath(*["ordner mit umlauten äöü"] * 14)
    files.make_folder(folder, private=private)
    path = folder / "record.json"
    assert len(str(path)) > 350
    for content in (b"first", b"second"):
        files.write_atomically(path, content, private=private)
        assert files.read_input(str(path)) == content


def test_a_report_and_its_certificates_at_a_long_path(run: Run, tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["x" * 60] * 5)
    files.make_folder(folder)
    root = authority.root()
    leaf = authority.end_entity(root, "mail.partner.lab")
    (tmp_path / "chain.pem").write_text(leaf.pem + root.pem)
    arguments = ("--trust", str(tmp_path / "chain.pem"), "--save-certificates", str(folder / "certificates"))
    finished = run("chain", str(tmp_path / "chain.pem"), *arguments, "-o", str(folder / "report.txt"))
    assert finished.code in (0, 1, 2), finished.err
    assert files.read_input(str(folder / "report.txt"))


def _whole_run(run: Run, folder: Path) -> None:
    """A run whose files all lie in this folder, and what reads them."""
    files.make_folder(folder)
    files.write_atomically(folder / "partners.txt", b"https://127.0.0.1:1/ews\n")
    files.write_atomically(folder / "probe.toml", b"[check]\ntimeout = 4.0\n")
    files.write_atomically(folder / "root.pem", authority.root().pem.encode())
    kept = ("--history", str(folder / "h.sqlite"), "--log-file", str(folder / "log.txt"))
    beside = ("--lock", str(folder / "run.lock"), "--resume", str(folder / "state.sqlite"))
    written = ("--format", "ndjson", "-o", str(folder / "r.ndjson"), "--save", str(folder / "records"))
    read = ("-f", str(folder / "partners.txt"), "--trust", str(folder / "root.pem"))
    first = ("--config", str(folder / "probe.toml"), "check")
    for _ in range(2):
        done = run(*first, *read, *kept, *beside, *written, "-q")
        assert done.code in (2, 3), done.err
    assert b"127.0.0.1" in files.read_input(str(folder / "log.txt"))
    for reading in (
        ("history", "--history", str(folder / "h.sqlite")),
        ("diff", str(folder / "r.ndjson"), str(folder / "r.ndjson")),
        ("merge", str(folder / "r.ndjson"), "-o", str(folder / "merged.ndjson")),
    ):
        done = run(*reading)
        assert done.code in (0, 1, 2, 3), (reading, done.err)
    assert b"127.0.0.1" in files.read_input(str(folder / "merged.ndjson"))


def test_every_file_of_a_run_may_lie_at_a_long_path(run: Run, tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["y" * 60] * 5)
    _whole_run(run, folder)
    assert len(str(folder)) > 300


if sys.platform == "win32":

    @pytest.fixture
    def share() -> Iterator[Path]:
        """A folder on a share: under Wine one that is made for it, else the administrative one of drive C."""
        name = f"probe-test-{os.getpid()}"
        if under_wine():
            prefix = Path(f"Z:{os.environ['WINEPREFIX']}")
            (prefix / "dosdevices" / "unc" / "localhost" / "share" / name).mkdir(parents=True)
            folder = Path(rf"\\localhost\share\{name}")
        else:
            folder = Path(rf"\\localhost\c$\Windows\Temp\{name}")
            folder.mkdir()
        yield folder
        shutil.rmtree(folder)

    @WINDOWS
    def test_every_file_of_a_run_may_lie_on_a_share(run: Run, share: Path) -> None:
        _whole_run(run, share)

    @WINDOWS
    def test_every_file_of_a_run_may_be_named_in_the_long_form(run: Run, tmp_path: Path) -> None:
        _whole_run(run, Path(rf"\\?\{tmp_path.absolute()}") / "all")

    @WINDOWS
    def test_a_path_of_the_other_forms(tmp_path: Path) -> None:
        """The long form of a drive, and a share that is not there, which is a clear error."""
        path = Path("\\\\?\\" + os.path.abspath(tmp_path / "report.json"))
        files.write_atomically(path, b"kept")
        assert path.read_bytes() == b"kept"
        with pytest.raises(OutputError, match="cannot create the folder"):
            files.make_folder(Path(r"\\nowhere.invalid\share\records"))
