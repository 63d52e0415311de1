"""Files that probe writes: whole or not at all, under names that a file system and a command accept."""

from __future__ import annotations

import io
import re
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from probe.cli import console, files
from probe.cli.console import Colour
from probe.cli.options.report_options import ReportOptions
from probe.cli.output import saving
from probe.errors import DataError, OutputError
from probe.facts import record
from probe.facts.certificate import Certificate
from probe.facts.trust_store import TrustStore
from probe.judgement.caller_profile import profile
from probe.judgement.target_judgement import judge_presented
from probe.lab import authority
from tests.cli.conftest import Reachable
from tests.samples import HOST, observed

Run = Callable[..., Any]

ROOT = authority.root()
LEAF = authority.end_entity(ROOT, HOST)
NOW = datetime.now(UTC).replace(microsecond=0)
JUDGEMENT = judge_presented(
    (LEAF.certificate, ROOT.certificate),
    host=HOST,
    trust=TrustStore("empty"),
    caller=profile("exchange-se"),
    at=NOW,
)
SOUND = judge_presented(
    (LEAF.certificate,),
    host=HOST,
    trust=TrustStore("full", (ROOT.certificate,)),
    caller=profile("exchange-se"),
    at=NOW,
)


def test_the_certificate_of_a_remedy_is_saved_under_the_name_in_its_command(tmp_path: Path) -> None:
    (path,) = saving.save_certificates(str(tmp_path / "new" / "folder"), (JUDGEMENT, JUDGEMENT))
    assert Certificate(path.read_bytes()) == ROOT.certificate
    commands = [r.command or "" for f in JUDGEMENT.findings for r in f.remedies]
    assert any(path.name in command for command in commands)


def test_a_certificate_that_is_lost_while_judging_is_told_by_the_exit_code(run: Run, tmp_path: Path) -> None:
    """The report is whole, and the code says that what was asked for beside it is not."""
    saved = tmp_path / "record.json"
    saved.write_bytes(record.dumps(observed([LEAF.certificate, ROOT.certificate])))
    (tmp_path / "beside" / f"{ROOT.certificate.thumbprint}.cer").mkdir(parents=True)
    (tmp_path / "empty.pem").write_text(authority.root("Other").pem)
    given = ("judge", str(saved), "--trust", str(tmp_path / "empty.pem"))
    done = run(*given, "--save-certificates", str(tmp_path / "beside"))
    assert (done.code, "WOULD FAIL" in done.out) == (74, True)
    assert run(*given, "--save-certificates", str(tmp_path / "new")).code == 2


def test_only_remedies_that_name_a_certificate_have_one_to_save() -> None:
    assert saving.has_certificates((SOUND, JUDGEMENT))
    assert not saving.has_certificates((SOUND,))


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        pytest.param("mail.partner.lab", "mail.partner.lab", id="host"),
        pytest.param("https://mail.partner.lab/ews", "https_mail.partner.lab_ews", id="url"),
        pytest.param("../../etc/passwd", "etc_passwd", id="path"),
        pytest.param("a\x1b\n:*?", "a", id="what-no-file-system-takes"),
        pytest.param("..", "target", id="nothing-left"),
        pytest.param("x" * 300, "x" * 80, id="long"),
        pytest.param("con.example", "con.example", id="a-device-of-windows"),
        pytest.param("LPT1", "LPT1", id="a-port-of-windows"),
        pytest.param("contoso.com", "contoso.com", id="no-device"),
    ],
)
def test_a_record_is_named_by_its_moment_and_target(asked: str, shown: str) -> None:
    name = _name(asked)
    assert name.startswith(f"{NOW:%Y%m%dT%H%M%S}000000Z-{shown}-")
    assert re.fullmatch(r"[0-9a-f]{8}\.json", name.rpartition("-")[2])


def _name(asked: str) -> str:
    return saving.record_name(NOW, asked)


def test_targets_that_look_alike_have_records_of_their_own() -> None:
    alike = ("https://a.example/x/y", "https://a.example/x_y", "https://A.example/x/y")
    assert len({_name(asked).lower() for asked in alike}) == 3


@pytest.mark.posix("rights of POSIX")
def test_records_are_private_to_the_account(tmp_path: Path) -> None:
    path = saving.save_record(str(tmp_path / "records"), observed((LEAF.certificate,), at=NOW))
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)


@pytest.mark.posix("rights of POSIX")
def test_records_and_settings_at_a_path_are_private_too(
    run: Run, partner: Callable[[str], Reachable], tmp_path: Path
) -> None:
    there = partner("healthy")
    (tmp_path / "caller.json").write_text("{}")
    made, again = tmp_path / "record.json", tmp_path / "again.json"
    connecting = ("--connect-to", there.partner.connect_to[0], "-4")
    assert run("collect", there.url, *connecting, "-o", str(made)).code == 0
    assert run("caller", "export", str(tmp_path / "caller.json"), "-o", str(again)).code == 0
    assert run("judge", str(made), "--trust", str(there.roots), "-o", str(tmp_path / "report")).code == 0
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (made, again, tmp_path / "report")]
    assert modes[:2] == [0o600, 0o600]
    assert modes[2] & 0o044  # a report is for whoever may read its folder


def test_a_record_is_saved_whole(tmp_path: Path) -> None:
    observation = observed((LEAF.certificate,), at=NOW)
    path = saving.save_record(str(tmp_path / "records"), observation)
    assert record.loads(path.read_bytes()) == observation


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(OutputError, match="cannot write"):
        files.write_atomically(tmp_path / "file", b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
    with pytest.raises(OutputError, match="cannot write"):
        files.write_atomically(tmp_path / "missing" / "file", b"new")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot create the folder"):
        files.make_folder(tmp_path / "file" / "folder")


def test_input_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAXIMUM_INPUT_BYTES", 8)
    (tmp_path / "fits").write_bytes(b"12345678")
    (tmp_path / "does-not").write_bytes(b"123456789")
    assert files.read_input(str(tmp_path / "fits")) == b"12345678"
    with pytest.raises(DataError, match="larger than"):
        files.read_input(str(tmp_path / "does-not"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"123456789")))
    with pytest.raises(DataError, match="larger than"):
        files.read_input("-")


def test_colour_is_for_terminals_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert console.wants_colour(Colour.AUTO)
    assert not console.wants_colour(Colour.AUTO, to_file=True)
    assert not console.wants_colour(Colour.NEVER)
    assert console.wants_colour(Colour.ALWAYS, to_file=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not console.wants_colour(Colour.AUTO)
    assert console.wants_colour(Colour.ALWAYS)


def test_a_place_that_cannot_be_written_is_found_out_and_nothing_stays(tmp_path: Path) -> None:
    files.check_writable(tmp_path / "report")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputError, match="cannot write"):
        files.check_writable(tmp_path / "missing" / "report")
    (tmp_path / "file").write_bytes(b"kept")
    files.check_writable(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"kept"
    with pytest.raises(OutputError, match="cannot create the folder"):
        saving.prepare(ReportOptions(save=str(tmp_path / "file")))
