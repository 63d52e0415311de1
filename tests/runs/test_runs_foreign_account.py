"""A schedule that runs as somebody else: what that account cannot reach is said, and the unit works as it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from probe.__main__ import main
from probe.runs.account_access import Account, obstacles
from probe.runs.schedules import systemd_service

ME = os.getuid() if hasattr(os, "getuid") else 0
OTHER = Account("other", ME + 1000)
OWNER = Account("owner", ME)
POSIX = pytest.mark.posix("modes of files")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every account may enter, on every folder of its way; pytest's own are private."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@POSIX
@pytest.mark.parametrize(
    ("account", "folder", "file", "said"),
    [
        pytest.param(OTHER, 0o755, 0o644, [], id="open-to-read"),
        pytest.param(OTHER, 0o755, 0o600, ["cannot read"], id="private-file"),
        pytest.param(OTHER, 0o700, 0o644, ["may not enter"], id="private-folder"),
        pytest.param(OWNER, 0o700, 0o600, [], id="owner"),
        pytest.param(OWNER, 0o077, 0o600, ["may not enter"], id="owner-shut-out")
        if ME
        else pytest.param(Account("root", 0), 0o000, 0o000, [], id="root-may-everything"),
    ],
)
def test_what_an_account_cannot_read_is_said(
    account: Account, folder: int, file: int, said: list[str], place: Path
) -> None:
    inside = place / "private" / "list.toml"
    inside.parent.mkdir()
    inside.write_text("")
    inside.chmod(file)
    inside.parent.chmod(folder)
    found = list(obstacles(account, [inside], []))
    inside.parent.chmod(0o700)
    assert len(found) == len(said)
    assert all(text in line for text, line in zip(said, found, strict=True))


@POSIX
def test_what_an_account_cannot_write_is_said(place: Path) -> None:
    """A new file needs the folder, an old one itself."""
    (place / "old").write_text("")
    (place / "old").chmod(0o666)
    place.chmod(0o755)
    found = list(obstacles(OTHER, [], [place / "old", place / "new"]))
    assert [line.split(":")[0] for line in found] == [f"other cannot write {place / 'new'}"]


@POSIX
def test_schedule_warns_of_what_the_other_account_cannot_reach(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = place / "p.txt"
    listed.write_text("contoso.com")
    listed.chmod(0o600)
    assert main(["schedule", "systemd", "--", "check", "-f", str(listed), "--history", "h"]) == 0
    said = capsys.readouterr().err
    assert f"the user that systemd makes cannot read {listed}" in said
    assert "for --history" not in said  # systemd makes that folder
    assert main(["schedule", "systemd", "--user", "no-such-user", "--", "check", "a.example"]) == 0
    assert "there is no account no-such-user here yet" in capsys.readouterr().err


@POSIX
def test_the_unit_runs_as_a_foreign_user(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its ExecStart, in a folder that belongs to that user alone, as StateDirectory makes it.

    Only root can become somebody else; anybody else runs it as himself. CAP_DAC_READ_SEARCH stands for an
    interpreter that every account can read; it lets nothing be written.
    """
    arguments = "check -f p.txt --history h.sqlite --lock l --log-file p.log -o r.html --format html -q"
    assert main(["schedule", "systemd", "--", *arguments.split()]) == 0
    unit = capsys.readouterr().out
    command = shlex.split(re.findall(r"^ExecStart=(.*)", unit, re.MULTILINE)[0])
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    (state / "p.txt").write_text("127.0.0.1:1\n")
    before = []
    if ME == 0 and shutil.which("setpriv"):
        shutil.chown(state, "nobody")
        capability = "-all,+dac_read_search"
        before = ["setpriv", "--reuid", "nobody", "--clear-groups", "--no-new-privs"]
        before += ["--inh-caps", capability, "--ambient-caps", capability]
    environment = {"PATH": os.environ["PATH"], "LANG": "C"}
    finished = subprocess.run(
        [*before, *command],
        cwd=state,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (finished.returncode, finished.stdout) == (2, ""), finished.stderr
    written = {path.name: path.stat().st_uid for path in state.iterdir() if path.name != "p.txt"}
    assert set(written) == {"h.sqlite", "p.log", "r.html"}
    assert set(written.values()) == {state.stat().st_uid}


@POSIX
def test_systemd_itself_accepts_the_units(tmp_path: Path) -> None:
    """Where systemd-analyze is installed; else its grammar is held by the tests of schedules."""
    unit = tmp_path / "fedprobe.service"
    unit.write_text(systemd_service(["/bin/true", "a b", "50 %"]))
    analyze = shutil.which("systemd-analyze")
    if analyze is not None:
        finished = subprocess.run(
            [analyze, "verify", str(unit)], capture_output=True, text=True, check=False, timeout=60
        )
        assert (finished.returncode, finished.stderr) == (0, "")
