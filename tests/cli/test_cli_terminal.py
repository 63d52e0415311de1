"""What reaches a terminal: its width, its colours, its characters, and silence when all is well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from probe.cli import console
from probe.cli.console import Colour
from probe.report import json as report_json
from probe.runs.lists.partners import PartnerEntry
from probe.runs.untried_target import refused
from tests.cli.conftest import Finished, Reachable

Run = Callable[..., Finished]
Start = Callable[[str], Reachable]
_LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")


@pytest.mark.parametrize(
    ("term", "no_colour", "expected"),
    [
        pytest.param("xterm-256color", "", True, id="terminal"),
        pytest.param("dumb", "", False, id="dumb"),
        pytest.param("", "", False, id="empty"),
        pytest.param("xterm", "1", False, id="no-color"),
    ],
)
def test_colour_is_for_terminals_that_have_it(
    monkeypatch: pytest.MonkeyPatch, term: str, no_colour: str, expected: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("NO_COLOR", no_colour)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert console.wants_colour(Colour.AUTO) is expected
    assert console.wants_colour(Colour.ALWAYS)
    assert not console.wants_colour(Colour.NEVER)
    assert not console.wants_colour(Colour.AUTO, to_file=True)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        pytest.param("20", 40, id="narrowest"),
        pytest.param("72", 72, id="between"),
        pytest.param("999", 200, id="widest"),
    ],
)
def test_the_width_follows_the_terminal_within_bounds(
    monkeypatch: pytest.MonkeyPatch, columns: str, expected: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert console.width(40, 200) == expected


@pytest.mark.posix("locales in the environment")
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(("", "", "de_DE.UTF-8"), True, id="utf-8"),
        pytest.param(("", "", ""), False, id="no-locale-as-in-cron"),
        pytest.param(("", "", "C"), False, id="c"),
        pytest.param(("POSIX", "", "de_DE.UTF-8"), False, id="lc-all-wins"),
        pytest.param(("", "C.UTF-8", "C"), False, id="coerced-by-python"),
        pytest.param(("", "C.UTF-8", "de_DE.UTF-8"), True, id="lc-ctype-of-the-users"),
    ],
)
def test_a_posix_locale_gets_ascii(
    monkeypatch: pytest.MonkeyPatch, values: tuple[str, str, str], expected: bool
) -> None:
    for name, value in zip(_LOCALE, values, strict=True):
        monkeypatch.setenv(name, value)
    assert console.draws_unicode() is expected


@pytest.mark.posix("locales in the environment")
def test_reports_of_every_command_are_ascii_there(
    run: Run, partner: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = partner("untrusted-root")
    for name in _LOCALE:
        monkeypatch.setenv(name, "C")
    monkeypatch.setenv("COLUMNS", "60")
    (tmp_path / "chain.pem").write_text(there.partner.organisation.chain_pem)
    for arguments in (
        ("check", there.url, *there.options, "-v"),
        ("chain", str(tmp_path / "chain.pem"), "--trust", "certifi", "--explain"),
    ):
        done = run(*arguments)
        assert done.out.isascii()
        assert "| certutil -addstore" in done.out


@pytest.mark.posix("locales in the environment")
@pytest.mark.parametrize(
    "words",
    [
        pytest.param("callers", id="callers"),
        pytest.param("explain event.txt", id="explain"),
        pytest.param("explain event.txt -v", id="explain-all"),
        pytest.param("sources failures 5.4", id="sources"),
        pytest.param("trust show microsoft", id="store"),
        pytest.param("trust diff microsoft certifi", id="stores"),
        pytest.param("lab", id="lab"),
    ],
)
def test_listings_and_explanations_are_ascii_there_and_not_in_files(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("event.txt").write_text("The request failed with HTTP status 401: Unauthorized.")
    for name in _LOCALE:
        monkeypatch.setenv(name, "C")
    shown = run(*words.split()).out
    assert shown
    assert not set("│┊└─·…→") & set(shown)
    if not words.startswith("lab"):
        run(*words.split(), "-o", "kept")
        assert len(Path("kept").read_text(encoding="utf-8").splitlines()) == len(shown.splitlines())


@pytest.mark.posix("a pseudo-terminal")
@pytest.mark.parametrize(
    ("term", "redraws"),
    [
        pytest.param("xterm", True, id="terminal"),
        pytest.param("dumb", False, id="dumb"),
        pytest.param("", False, id="empty"),
    ],
)
def test_progress_is_drawn_where_a_line_can_be_redrawn(term: str, *, redraws: bool) -> None:
    reading, terminal = os.openpty()
    environment = {**os.environ, "TERM": term}
    command = [sys.executable, "-m", "probe", "check", "127.0.0.1:1", "127.0.0.1:2"]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=terminal, env=environment, check=False)
    os.set_blocking(reading, False)
    try:
        shown = os.read(reading, 1 << 20)
    except BlockingIOError:
        shown = b""
    finally:
        os.close(reading)
        os.close(terminal)
    assert (b"\x1b" in shown) is redraws


def test_silence_when_all_is_well(run: Run, partner: Start, tmp_path: Path) -> None:
    there = partner("healthy")
    assert run("check", there.url, *there.options, "-q").out == ""
    assert run("check", there.url, *there.options, "-q", "--format", "json").out
    run("check", there.url, *there.options, "-q", "-o", str(tmp_path / "report"))
    assert "WOULD SUCCEED" in (tmp_path / "report").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("form", "count"),
    [
        pytest.param("ndjson", 1, id="streamed"),
        pytest.param("csv", 2, id="collected"),
        pytest.param("text", 1, id="text"),
    ],
)
def test_only_problems_are_reported_and_all_are_counted(
    run: Run, partner: Start, tmp_path: Path, form: str, count: int
) -> None:
    """One that would succeed and one that cannot be told: the report has one, the exit code is of both."""
    there = partner("healthy")
    done = run("check", there.url, *there.options, "--format", "json")
    (tmp_path / "fine").write_text(json.dumps(json.loads(done.out)))
    (tmp_path / "bad").write_text(report_json.line(refused(PartnerEntry("bad.example"), "no")))
    files = (str(tmp_path / "fine"), str(tmp_path / "bad"))
    done = run("merge", *files, "--only-problems", "--format", form)
    assert done.code == 3
    lines = done.out.splitlines()
    if form == "text":
        assert "mail.partner.lab" not in done.out
        assert lines[-1] == "2 targets: 1 cannot tell; 1 would succeed"
    else:
        assert len(lines) == count


def test_messages_keep_to_their_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A file name or a partner's word in an error moves no cursor and forges no line of ours."""
    console.error("cannot read a\x1b[2J\u2800\r.json: give another\nprobe: hint: do it")
    assert capsys.readouterr().err == (
        "probe: error: cannot read a\\x1b[2J\\u2800 .json: give another probe: hint: do it\n"
    )
