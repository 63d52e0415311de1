"""Shell completion: a script for each shell, also where none is to be seen, and what it completes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import shellingham

from probe.cli import completion
from tests.cli.conftest import Finished

Run = Callable[..., Finished]

SCRIPTS = {
    "bash": "complete -o default -F _probe_completion probe",
    "zsh": "#compdef probe",
    "fish": "complete --command probe",
    "powershell": "Register-ArgumentCompleter -Native -CommandName probe",
    "pwsh": "Register-ArgumentCompleter -Native -CommandName probe",
}


@pytest.fixture
def no_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that no shell started, as in a scheduled task."""

    def fails() -> tuple[str, str]:
        raise shellingham.ShellDetectionFailure

    monkeypatch.setattr(shellingham, "detect_shell", fails)
    monkeypatch.delenv("SHELL", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_a_script_for_each_shell(run: Run, no_shell: None, shell: str) -> None:
    finished = run("--show-completion", shell)
    assert (finished.code, finished.err) == (0, "")
    assert SCRIPTS[shell] in finished.out
    assert "_PROBE_COMPLETE" in finished.out


def test_without_a_shell_it_asks_which(run: Run, no_shell: None, monkeypatch: pytest.MonkeyPatch) -> None:
    finished = run("--show-completion")
    assert (finished.code, finished.out) == (64, "")
    assert "give --show-completion one of bash, zsh" in finished.err
    assert run("--install-completion", "tcsh").code == 64
    assert run("--show-completion", "bash", "zsh").code == 64
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert SCRIPTS["fish"] in run("--show-completion").out
    monkeypatch.setattr(sys, "platform", "win32")
    assert SCRIPTS["powershell"] in run("--show-completion").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_install(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    finished = run("--install-completion", shell)
    assert finished.code == 0, finished.err
    written = Path(finished.err.split(" is in ")[1].split(" and works")[0])
    assert SCRIPTS[shell] in written.read_text()


@pytest.mark.posix("a shell script as the stand-in")
def test_powershell_only_gets_its_profile_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No execution policy is changed: the stand-in notes every call."""
    profile = tmp_path / "documents" / "profile.ps1"
    stand_in = tmp_path / "pwsh"
    stand_in.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\nprintf %s "{profile}"\n')
    stand_in.chmod(stand_in.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert run("--install-completion", "pwsh").code == 0
    assert run("--install-completion", "pwsh").code == 0
    assert profile.read_text().count(SCRIPTS["pwsh"]) == 1
    assert "ExecutionPolicy" not in (tmp_path / "calls").read_text()
    profile.write_text("# Größe\n", encoding="utf-16")
    for _ in range(2):
        assert run("--install-completion", "pwsh").code == 0
    assert profile.read_text(encoding="utf-16").startswith("# Größe")
    assert profile.read_text(encoding="utf-16").count(SCRIPTS["pwsh"]) == 1
    stand_in.write_text("#!/bin/sh\nexit 1\n")
    assert run("--install-completion", "pwsh").code == 74


def test_powershell_that_is_not_there(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    finished = run("--install-completion", "pwsh")
    assert (finished.code, finished.err.count("\n")) == (74, 1)
    assert "probe --show-completion pwsh prints it" in finished.err


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        pytest.param("probe che", ["check"], id="a-command"),
        pytest.param("probe check --format n", ["ndjson", "nagios"], id="a-format"),
        pytest.param("probe lab untrusted-ro", ["untrusted-root"], id="a-fault"),
        pytest.param("probe check --caller exchange-se@", ["exchange-se@"], id="a-caller"),
        pytest.param("probe schema trust-", ["trust-diff"], id="a-schema"),
    ],
)
def test_what_is_completed(line: str, completed: list[str]) -> None:
    """As bash asks: in a process of its own, with the words in the environment."""
    environment = {
        **os.environ,
        "_PROBE_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1),
    }
    finished = subprocess.run(
        [sys.executable, "-m", "probe"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    offered = finished.stdout.split()
    assert finished.returncode == 0, finished.stderr
    assert offered
    for word in completed:
        assert any(one.startswith(word) for one in offered)
    assert all(one.startswith(line.split()[-1]) for one in offered)
