"""Who else may write what a scheduled run uses: access lists of Windows as text, modes as they are."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from probe.__main__ import main
from probe.runs import shared_places
from probe.runs.access_rights import CHANGE, READ, REPLACE, WRITE, allows, strangers

POSIX = pytest.mark.posix("modes of files")
ME = "S-1-5-21-1-2-3-1001"
# A folder that an administrator makes in the root of a drive, and one below Program Files (icacls /save).
IN_THE_ROOT = "D:AI(A;OICIID;FA;;;BA)(A;OICIID;FA;;;SY)(A;OICIID;0x1200a9;;;BU)(A;ID;0x1301bf;;;AU)"
PROGRAM_FILES = (
    "D:PAI(A;;FA;;;S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464)(A;;0x1301bf;;;SY)"
    "(A;OICIIO;GA;;;SY)(A;;0x1301bf;;;BA)(A;OICIIO;GA;;;BA)(A;;0x1200a9;;;BU)(A;OICIIO;GXGR;;;BU)(A;OICIIO;GA;;;CO)"
    "(A;;0x1200a9;;;AC)"
)
ROOT_OF_A_DRIVE = (
    "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;;LC;;;AU)(A;OICIIO;SDGXGWGR;;;AU)"
)


@pytest.mark.parametrize(
    ("sddl", "wanted", "who"),
    [
        pytest.param(IN_THE_ROOT, CHANGE, ("Authenticated Users",), id="a-folder-in-the-root"),
        pytest.param(PROGRAM_FILES, CHANGE, (), id="program-files"),
        pytest.param(ROOT_OF_A_DRIVE, REPLACE, (), id="root-of-a-drive-on-the-way"),
        pytest.param(f"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;{ME})", CHANGE, (), id="ours"),
        pytest.param("D:(A;;FA;;;WD)", CHANGE, ("Everyone",), id="everyone"),
        pytest.param("O:BAG:SYD:(A;;GW;;;BU)S:(AU;SA;GW;;;WD)", CHANGE, ("Users",), id="audit-is-no-right"),
        pytest.param("D:(A;;WO;;;S-1-5-32-545)", CHANGE, ("Users",), id="who-may-take-it"),
        pytest.param("D:(A;;DT;;;BU)", REPLACE, ("Users",), id="who-may-delete-below"),
        pytest.param("D:(A;;GR;;;WD)(D;;GW;;;WD)", CHANGE, (), id="readers"),
        pytest.param("D:(A;;0x40000000;;;S-1-5-21-9-9-9-500)", CHANGE, ("S-1-5-21-9-9-9-500",), id="another"),
        pytest.param('D:(XA;;FA;;;BU;(WIN://SYSAPPID Contains "x"))', CHANGE, ("Users",), id="conditional"),
        pytest.param("D:NO_ACCESS_CONTROL", CHANGE, ("Everyone",), id="no-list"),
        pytest.param("", CHANGE, (), id="a-volume-without-lists"),
        pytest.param("D:", CHANGE, (), id="a-list-that-admits-nobody"),
    ],
)
def test_who_else_may_change_it(sddl: str, wanted: int, who: tuple[str, ...]) -> None:
    assert strangers(sddl, wanted, {ME}) == who


@pytest.mark.parametrize(
    ("sddl", "wanted", "account", "may"),
    [
        pytest.param(PROGRAM_FILES, READ, "S-1-5-19", True, id="local-service-reads-program-files"),
        pytest.param(PROGRAM_FILES, WRITE, "S-1-5-19", False, id="and-does-not-write-there"),
        pytest.param(f"D:P(A;;FA;;;SY)(A;;FA;;;{ME})", READ, ME, True, id="its-own"),
        pytest.param("D:P(A;;FA;;;SY)(A;;FA;;;BA)", READ, ME, False, id="administrators-only"),
        pytest.param("", WRITE, ME, True, id="no-list"),
        pytest.param("D:NO_ACCESS_CONTROL", WRITE, ME, True, id="null-list"),
    ],
)
def test_what_an_account_may(sddl: str, wanted: int, account: str, *, may: bool) -> None:
    assert allows(sddl, wanted, {account}) is may


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder of our own on a way that nobody else may write; pytest's is below one with a sticky bit."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder).resolve()


@POSIX
@pytest.mark.parametrize(
    ("folder", "file", "shared"),
    [
        pytest.param(0o755, 0o644, "", id="ours-alone"),
        pytest.param(0o777, 0o644, "folder", id="a-folder-for-everyone"),
        pytest.param(0o1777, 0o644, "folder", id="where-a-settings-file-can-be-put"),
        pytest.param(0o755, 0o666, "list", id="a-list-for-everyone"),
    ],
)
def test_a_schedule_warns_of_what_others_write(
    folder: int, file: int, shared: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = place / "folder"
    inside.mkdir()
    listed = inside / "list"
    listed.write_text("a.example")
    listed.chmod(file)
    inside.chmod(folder)
    assert main(["schedule", "cron", "--folder", str(inside), "--", "check", "-f", "list", "-q"]) == 0
    said = capsys.readouterr().err
    warned = {path.name for path in (inside, listed) if f"{path} can be written by others (everyone)" in said}
    assert warned == ({shared} if shared else set())
    assert ("chmod go-w" in said) is bool(shared)


@POSIX
def test_a_place_of_somebody_else_is_shared(place: Path) -> None:
    """Root alone can give a file away; others look at one of root's with root's number left out."""
    path = place / "list"
    path.write_text("")
    if os.geteuid() == 0:
        os.chown(path, 4711, 4711)
        assert list(shared_places.shared([path], ())) == [(path, "its owner, user 4711")]
        assert list(shared_places.shared([path], ("4711",))) == []
    else:
        assert list(shared_places.shared([path], ())) == []


@POSIX
def test_a_group_that_may_write_is_named(place: Path) -> None:
    path = place / "list"
    path.write_text("")
    path.chmod(0o664)
    if os.geteuid() == 0:
        os.chown(path, -1, 54321)
        assert list(shared_places.shared([path], ())) == [(path, "the group 54321")]
    os.chown(path, -1, os.getegid())
    assert all(who.startswith("the group") for _, who in shared_places.shared([path], ()))
