"""`probe lab` as a user starts and ends it: nothing stays behind, however it is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from probe.cli.commands import lab
from probe.lab import native
from probe.lab.partner import Partner
from probe.runs.interruption import signals
from tests.cli.conftest import Finished
from tests.interrupting import RUN, interrupt, program


@pytest.mark.parametrize("number", [pytest.param(number, id=number.name.lower()) for number in signals()])
def test_the_lab_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    folder, pipe = str(tmp_path), subprocess.PIPE
    environment = {**os.environ, "TMPDIR": folder, "TEMP": folder, "TMP": folder}
    with subprocess.Popen(
        program(RUN, "lab", "untrusted-root"),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
        env=environment,
    ) as serving:
        assert serving.stdout is not None
        while not serving.stdout.readline().startswith("Ctrl-C"):
            assert serving.poll() is None
        assert len(list(tmp_path.iterdir())) == 1
        interrupt(serving, number)
        _, said = serving.communicate(timeout=20)

    assert (serving.returncode, said) == (0, "probe: the partner is gone\n")
    assert list(tmp_path.iterdir()) == []


def test_the_command_that_the_lab_prints_is_this_shells(tmp_path: Path) -> None:
    """A folder with a blank in its name is quoted for sh here and for cmd.exe there."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    with Partner("healthy") as partner:
        specs = lab.write_stores(partner.trust, folder / "roots.pem")
        printed = lab.check_command(partner, specs) or ""
        command = printed.replace("probe", f'"{sys.executable}" -m probe', 1)
        finished = subprocess.run(
            command, shell=True, capture_output=True, text=True, check=False, timeout=50
        )
    assert finished.returncode == 0, finished


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        pytest.param(("--native", "--every"), 64, "give one of FAULT, --every", id="two-at-once"),
        pytest.param(("untrusted-root", "--native"), 64, "give one of FAULT, --every", id="fault-and-script"),
        pytest.param(("--compare", "missing.json"), 66, "missing.json", id="no-file"),
    ],
)
def test_the_native_options_refuse_what_makes_no_sense(
    run: Callable[..., Finished], arguments: tuple[str, ...], code: int, error: str
) -> None:
    finished = run("lab", *arguments)
    assert finished.code == code
    assert error in finished.err


@pytest.mark.parametrize(
    ("status", "code"), [("TrustFailure", 0), ("SendFailure", 2)], ids=["agrees", "disagrees"]
)
def test_a_comparison_prints_what_disagrees(
    run: Callable[..., Finished], tmp_path: Path, status: str, code: int
) -> None:
    row = native.NativeRow(
        "wrong-name",
        "127.0.0.1:443",
        ssl_policy_errors=("RemoteCertificateNameMismatch",),
        chain_status=(),
        web_exception_status=status,
    )
    moment = datetime(2026, 11, 26, tzinfo=UTC)
    answers = native.NativeAnswers(native.SCHEMA, moment, "Windows Server 2022", 20348, 1, "en-US", (row,))
    (tmp_path / "native.json").write_bytes(msgspec.json.encode(answers))
    finished = run("lab", "--compare", str(tmp_path / "native.json"))
    assert finished.code == code
    assert finished.out.startswith("Windows Server 2022 (build 20348): ")
    assert ("WebExceptionStatus: SendFailure, and TrustFailure is expected" in finished.out) is bool(code)
    as_json = run("lab", "--compare", str(tmp_path / "native.json"), "--format", "json")
    assert msgspec.json.decode(as_json.out, type=native.ComparisonDocument).build == 20348


def test_every_partner_is_served_as_a_line_for_another_program(
    run: Callable[..., Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lab, "wait_for_interrupt", interrupted)
    lines = run("lab", "--every").out.splitlines()
    assert lines[-1] == ""
    partners = [msgspec.json.decode(line) for line in lines[:-1]]
    assert {"healthy", "untrusted-root", "refused"} <= {partner["name"] for partner in partners}
    assert all(partner["url"].startswith("https://127.0.0.1:") for partner in partners)
