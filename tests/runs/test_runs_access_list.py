"""Private files on Windows: who may open a file is read back from Windows.

Wine keeps an access list as the file's POSIX mode: it gives back SYSTEM and the account, and has no place for
Administrators and for inheritance. That nobody else is in it can be seen all the same.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from probe.__main__ import main
from probe.cli import files
from probe.runs.access_rights import CHANGE, strangers
from probe.runs.private_files import begin_private, open_private

WINDOWS = pytest.mark.windows("access lists")

if sys.platform == "win32":
    import ctypes
    from ctypes import byref, c_void_p, c_wchar_p

    from probe.runs import access_list

    def _who_may(path: Path) -> set[str]:
        """Whom the access list of a file names."""
        advapi32 = ctypes.WinDLL("advapi32")
        size, text = ctypes.c_ulong(0), c_wchar_p()
        only_access_list = 4
        advapi32.GetFileSecurityW(str(path), only_access_list, None, 0, byref(size))
        read = ctypes.create_string_buffer(size.value)
        assert advapi32.GetFileSecurityW(str(path), only_access_list, read, size, byref(size))
        convert = advapi32.ConvertSecurityDescriptorToStringSecurityDescriptorW
        convert.argtypes = (c_void_p, ctypes.c_ulong, ctypes.c_ulong, c_void_p, c_void_p)
        assert convert(read, 1, only_access_list, byref(text), None)
        return set(re.findall(r";([^;]+)\)", str(text.value)))

    def _account() -> str:
        return access_list.descriptor().rpartition(";")[2].rstrip(")")

    @WINDOWS
    def test_it_names_the_account_system_and_administrators_alone() -> None:
        account = _account()
        assert account.startswith("S-1-5-")
        assert access_list.descriptor() == f"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;{account})"

    def _opened(path: Path) -> None:
        with open(path, "a", opener=open_private) as file:
            file.write("a line")

    @WINDOWS
    @pytest.mark.parametrize(
        "make",
        [
            pytest.param(begin_private, id="a-history"),
            pytest.param(_opened, id="a-log"),
            pytest.param(lambda path: files.write_atomically(path, b"{}", private=True), id="a-record"),
            pytest.param(lambda path: files.make_folder(path, private=True), id="a-folder-of-records"),
        ],
    )
    def test_nobody_else_may_open_what_is_private(tmp_path: Path, make: Callable[[Path], None]) -> None:
        plain, path = tmp_path / "plain", tmp_path / "näme with blanks"
        plain.write_bytes(b"")
        make(path)
        assert _who_may(plain) - {"SY", "BA", _account()}
        assert _who_may(path) <= {"SY", "BA", _account()}
        assert path.is_dir() or path.stat().st_size in (0, 2, 6)

    @WINDOWS
    def test_what_is_there_keeps_its_rights(tmp_path: Path) -> None:
        path = tmp_path / "history.sqlite"
        path.write_bytes(b"kept")
        before = _who_may(path)
        begin_private(path)
        _opened(path)
        assert (_who_may(path), path.read_bytes()) == (before, b"kepta line")

    @WINDOWS
    def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError) as refused:
            begin_private(tmp_path / "missing" / "history.sqlite")
        assert "missing" in str(refused.value)

    @WINDOWS
    def test_what_is_read_is_what_windows_says(tmp_path: Path) -> None:
        path = tmp_path / "list.toml"
        begin_private(path)
        assert access_list.account() == _account()
        assert strangers(access_list.read(path), CHANGE, {_account()}) == ()
        assert access_list.read(tmp_path / "missing") == ""
        assert access_list.identifier_of("no such account") is None

    @WINDOWS
    def test_a_task_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Of an account that is not there, and of a folder that others may write."""
        (tmp_path / "p.txt").write_text("a.example")
        arguments = ["schedule", "windows", "--folder", str(tmp_path), "--account", "no-such-account"]
        assert main([*arguments, "--", "check", "-f", "p.txt", "-q"]) == 0
        said = capsys.readouterr().err
        assert "there is no account no-such-account here" in said
        others = strangers(access_list.read(tmp_path / "p.txt"), CHANGE, {_account()})
        hints = [line for line in said.splitlines() if "can be written by others" in line]
        # Where the program itself lies is not this test's.
        assert any(str(tmp_path) in line for line in hints) is bool(others)
