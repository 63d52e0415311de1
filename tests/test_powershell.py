"""Everything that probe prints for PowerShell is something that Windows PowerShell 5.1 understands."""

from __future__ import annotations

import re

import pytest

from tests.powershell import NEWER, code_of, fragments, is_command, is_powershell, newer_than_5_1, scripts

CHANGING = re.compile(
    r"\b(Set|New|Remove|Import|Export|Install|Uninstall|Clear|Add|Stop|Restart|Enable|Disable)-"
    r"(?!Object\b|Type\b|StrictMode\b|ProbeCaller\b)\w+"
)
SCRIPTS = scripts()
READ_ONLY = ("probe lab --native", "probe caller script")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_powershell_5_1(name: str) -> None:
    script = SCRIPTS[name]
    assert is_powershell(script)
    assert newer_than_5_1(script) == []
    assert script.isascii()  # 5.1 reads a script without BOM in the system's code page


@pytest.mark.parametrize("name", READ_ONLY)
def test_a_script_changes_nothing(name: str) -> None:
    assert [found[0] for found in CHANGING.finditer(code_of(SCRIPTS[name]))] == []
    assert CHANGING.search("Set-ItemProperty") is not None


def test_every_command_is_powershell_5_1() -> None:
    found = fragments()
    assert len(found) > 100
    wrong = {line: where for line, where in found.items() if not is_command(line) or newer_than_5_1(line)}
    assert wrong == {}


@pytest.mark.parametrize("name", NEWER)
def test_what_is_newer_is_found(name: str) -> None:
    assert name in newer_than_5_1(NEWER[name][1])


@pytest.mark.parametrize(
    ("script", "found"),
    [
        pytest.param("Get-Date\nusing namespace System.IO", True, id="after-a-statement"),
        pytest.param("# why\nusing namespace System.IO\nGet-Date", False, id="first"),
    ],
)
def test_using_comes_first(script: str, found: bool) -> None:
    assert bool(newer_than_5_1(script)) is found


def test_only_comments_are_left_out() -> None:
    script = "# one ??\n$a # two ??\n<# three\n?? #>\n$b ?? 1"
    assert code_of(script).split() == ["$a", "$b", "??", "1"]


def test_what_is_no_powershell_is_found() -> None:
    assert not is_powershell("if ($true) {")
    assert not is_command('"C:\\Program Files\\probe.exe" -r')
    assert not is_command("Get-Date | ")
