"""The commands for many partners over time, run as a user runs them."""

from __future__ import annotations

import io
import json
import os
import shlex
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from probe.__main__ import main
from probe.judgement.model import Outcome, Severity, Source
from probe.report.document import ChainEntry, ElementEntry, FindingEntry, ResultDocument
from probe.report.json import render, render_lines
from probe.runs.attempts import Checked
from probe.runs.lists import partner_list, template
from probe.runs.store.history_store import History
from tests.runs.conftest import endpoint, judgement

MakeDocument = Callable[..., ResultDocument]
Run = Callable[..., tuple[int, str, str]]
START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line in an empty folder, without a configuration of the user's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)

    def runner(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return runner


NOTIFY = ("--notify", "slack:https://hooks.example:8443/services/secret?x", "--notify", "mailto:a@b.example")


def test_init_writes_files_that_the_program_reads(run: Run, tmp_path: Path) -> None:
    assert run("init", "here")[0] == 0
    code, out, _ = run("--config", "here/probe.toml", "config", "show")

    assert code == 0
    assert f"configuration file: {Path('here/probe.toml')}" in out
    assert partner_list.read("here/partners.toml").count == 2
    assert run("init", "here")[0] == 74
    assert run("init", "here", "--force")[0] == 0


def test_every_key_of_the_example_can_be_switched_on(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE_SMTP_PASSWORD", "word")
    lines = template.CONFIGURATION.splitlines()
    for number, line in enumerate(lines):
        if not line.startswith("#") or " = " not in line or line.startswith("# "):
            continue
        if line.startswith("#smtp_"):
            continue  # these need each other: all at once below
        (tmp_path / "probe.toml").write_text("\n".join([*lines[:number], line[1:], *lines[number + 1 :]]))
        assert run("config", "show")[0] == 0, line
    everything = [line[1:] if line.startswith("#smtp_") else line for line in lines]
    (tmp_path / "probe.toml").write_text("\n".join(everything))
    assert run("config", "show")[0] == 0


def test_each_layer_wins_over_the_one_below(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "probe.toml").write_text('timeout = 40\nwarning = 7\ntrust = "certifi"\n')
    monkeypatch.setenv("PROBE_WARNING", "20%")
    monkeypatch.setenv("PROBE_WARNNIG", "x")

    code, out, err = run(
        "config",
        "show",
        "check",
        "--format",
        "json",
        "--connect-timeout",
        "3",
        "--proxy",
        "http://u:p@x:1",
        *NOTIFY,
    )
    rows = {row["key"]: (row["value"], row["origin"]) for row in json.loads(out)["settings"]}

    assert code == 0
    assert rows["timeout"] == (40.0, "file")
    assert rows["warning"] == ("20%", "environment")
    assert rows["trust"] == (["certifi"], "file")
    assert rows["connect_timeout"] == (3.0, "flag")
    assert rows["proxy"] == ("http://***@x:1", "flag")
    assert rows["notify"] == (["slack:https://hooks.example:8443/***", "mailto:a@b.example"], "flag")
    assert rows["aia"] == (True, "default")
    assert "PROBE_WARNNIG is no setting" in err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("timout = 1", "probe.toml: timout: unknown key; did you mean timeout?", id="key"),
        pytest.param(
            "timeout = 'x'",
            "probe.toml: timeout: 'x' cannot be used: give a number from 0.05 to 3600",
            id="value",
        ),
        pytest.param("timeout = nan", "probe.toml: timeout: nan is no number of seconds", id="nan"),
        pytest.param("[check]\ndeadline = inf", "[check]: deadline: inf is no number", id="inf"),
        pytest.param("connect_timeout = -1", "probe.toml: connect_timeout: -1", id="negative"),
        pytest.param("timeout = ['1']", "probe.toml: give one value, not a list", id="list"),
    ],
)
def test_a_wrong_configuration_is_no_usage_error(text: str, said: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "probe.toml").write_text(text)

    code, _, err = run("callers")

    assert code == 78
    assert said in err


def test_settings_of_the_file_reach_the_command(
    run: Run, tmp_path: Path, make_document: MakeDocument
) -> None:
    (tmp_path / "results").write_text(render([make_document()]))
    (tmp_path / "probe.toml").write_text("[merge]\nformat = 'json'\n")

    _, out, _ = run("merge", "results")

    assert json.loads(out)["outcome"] == "success"
    assert run("merge", "results", "--format", "ndjson")[1].count("\n") == 1


def test_merge_keeps_every_result_and_the_worst_code(
    run: Run, tmp_path: Path, make_document: MakeDocument
) -> None:
    old, new = make_document("a.example", "failure", observed_at=START), make_document("a.example", "warning")
    (tmp_path / "1").write_text(render_lines([old]))
    (tmp_path / "2").write_text(render_lines([new, make_document("b.example")]))

    code, out, _ = run("merge", "1", "2")
    assert (code, len(out.splitlines())) == (2, 3)

    code, out, _ = run("merge", "1", "2", "--latest", "--format", "json", "-o", "all.json")
    assert (code, out) == (2 if old.observed_at > new.observed_at else 1, "")
    assert [d["target"]["input"] for d in json.loads((tmp_path / "all.json").read_text())] == [
        "a.example",
        "b.example",
    ]
    assert run("merge", "absent")[0] == 66
    assert run("merge", "all.json", "-o", "absent/x")[0] == 74


def test_diff_of_two_files_in_words_and_json(run: Run, tmp_path: Path, make_document: MakeDocument) -> None:
    (tmp_path / "old").write_text(render([make_document("a.example"), make_document("gone.example")]))
    (tmp_path / "new").write_text(
        render(
            [
                make_document("A.example", "failure"),
                make_document("new.example"),
                make_document("gone.example"),
            ]
        )
    )

    code, out, _ = run("diff", "old", "new")
    assert code == 0
    assert out == (
        "A.example: would succeed -> would fail\n"
        '  - the outcome changed from "would succeed" to "would fail"\n'
        "new.example: new, would succeed\n"
    )
    code, out, _ = run("diff", "new", "old", "--format", "json", "--exit-code")
    assert code == 1
    assert [d["after"] for d in json.loads(out)["differences"]] == ["success", None]
    assert run("diff", "old", "old", "--exit-code")[:2] == (0, "nothing changed\n")
    assert "gone.example: would succeed, nothing changed" in run("diff", "old", "new", "--all")[1]
    assert run("diff", "old")[0] == 64


def _history(path: Path, make_document: MakeDocument) -> None:
    with History(path) as history:
        for day, outcome in enumerate(("success", "success", "failure")):
            moment = START + timedelta(days=day)
            number = history.begin_run(f"day {day}", moment)
            for target in ("a.example", "b.example"):
                document = make_document(
                    target, outcome if target[0] == "a" else "success", observed_at=moment
                )
                history.add(number, Checked(document))
            history.end_run(number, moment)


def test_history_in_words(run: Run, tmp_path: Path, make_document: MakeDocument) -> None:
    _history(tmp_path / "h", make_document)

    assert run("history", "--history", "h")[1] == (
        "2026-11-03T00:00:00Z  a.example: would fail\n2026-11-03T00:00:00Z  b.example: would succeed\n"
    )
    assert run("history", "A.example", "--history", "h", "--only-changes")[1] == (
        "2026-11-03T00:00:00Z  a.example: would succeed -> would fail\n"
        '    - the outcome changed from "would succeed" to "would fail"\n'
        "2026-11-01T00:00:00Z  a.example: new, would succeed\n"
    )
    assert len(run("history", "a.example", "--history", "h", "--limit", "2")[1].splitlines()) == 3
    lines = run("history", "--history", "h", "--runs")[1].splitlines()
    assert [line.split()[-1] for line in lines] == ["2", "1", "0"]
    document = json.loads(run("history", "a.example", "--history", "h", "--format", "json")[1])
    assert [d["after"] for d in document["differences"]] == ["failure", "success", "success"]


def test_diff_of_two_runs_of_the_history(run: Run, tmp_path: Path, make_document: MakeDocument) -> None:
    _history(tmp_path / "h", make_document)

    assert run("diff", "--history", "h")[1].startswith("a.example: would succeed -> would fail\n")
    assert run("diff", "1", "2", "--history", "h")[1] == "nothing changed\n"
    assert run("diff", "1", "9", "--history", "h")[0] == 65
    assert run("diff", "x", "1", "--history", "h")[0] == 64
    assert run("diff", "1", "--history", "h")[0] == 64


def test_retention_and_mistakes_of_history(run: Run, tmp_path: Path, make_document: MakeDocument) -> None:
    _history(tmp_path / "h", make_document)

    assert "2 results removed" in run("history", "B.example", "--history", "h", "--keep", "1")[2]
    assert "2 results removed" in run("history", "--history", "h", "--keep", "1")[2]
    assert run("history", "c.example", "--history", "h")[0] == 64
    assert run("history", "--history", "absent")[0] == 66
    assert run("history")[0] == 64
    assert run("history", "--history", "h", "--keep", "long")[0] == 64


def test_a_task_of_the_exe_runs_the_exe(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert run("schedule", "windows", "-o", "task.xml", "--", "check", "contoso.com")[0] == 0
    task = (tmp_path / "task.xml").read_bytes().decode("utf-16")
    assert f"<Command>{sys.executable}</Command>" in task
    assert "<Arguments>check contoso.com</Arguments>" in task


def test_schedules_are_printed_for_a_command_of_probe(run: Run, tmp_path: Path) -> None:
    code, out, _ = run(
        "schedule", "cron", "--at", "05:30", "--folder", "/srv/x y", "--", "check", "-f", "p.toml"
    )
    assert code == 0
    assert out.startswith(f"30 5 * * * cd {shlex.quote(os.path.abspath('/srv/x y'))} && ")
    assert out.endswith(" check -f p.toml\n")

    code, out, _ = run("schedule", "windows", "--account", "local-service", "--", "check", "-f", "p.toml")
    assert code == 0
    assert "S-1-5-19" in out
    code, out, err = run("schedule", "windows", "-o", "task.xml", "--", "check", "-f", "p.toml")
    assert (code, out) == (0, "")
    assert "schtasks /Create" in err
    assert (tmp_path / "task.xml").read_bytes().decode("utf-16").startswith("<?xml")

    assert (
        run(
            "schedule",
            "systemd",
            "-o",
            "units",
            "--folder",
            "/srv/100%",
            "--user",
            "me",
            "--",
            "check",
            "a.example",
        )[0]
        == 0
    )
    service = (tmp_path / "units" / "fedprobe.service").read_text()
    assert "WorkingDirectory=/srv/100%%\n" in service
    assert 'ReadWritePaths="/srv/100%%"\n' in service
    assert "OnCalendar=*-*-* 06:00:00" in (tmp_path / "units" / "fedprobe.timer").read_text()
    assert "# /etc/systemd/system/fedprobe.timer" in run("schedule", "systemd", "--", "check", "a.example")[1]
    assert run("schedule", "cron", "--", "chekc", "a.example")[0] == 64
    assert run("schedule", "cron", "--every", "7h", "--", "check", "a.example")[0] == 64


def test_a_list_is_checked_and_reported_in_any_format(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("no target!\nneither is this\n")

    code, out, _ = run("check", "-f", "list.txt", "--format", "ndjson", "-q")
    assert code == 3
    assert sorted(json.loads(line)["target"]["input"] for line in out.splitlines()) == [
        "neither is this",
        "no target!",
    ]
    code, out, _ = run(
        "check", "-f", "list.txt", "--format", "json", "-q", "--history", "h", "--shard", "1/1"
    )
    assert [d["target"]["input"] for d in json.loads(out)] == ["no target!", "neither is this"]
    assert len(run("history", "--history", "h")[1].splitlines()) == 2


@pytest.mark.parametrize(
    ("form", "said"),
    [
        pytest.param("text", "nothing changed: 2 targets checked\n", id="text"),
        pytest.param("nagios", "FEDPROBE UNKNOWN - nothing changed: 2 targets checked\n", id="nagios"),
        pytest.param("html", "Nothing changed: 2 targets checked.", id="html"),
        pytest.param("json", "[]\n", id="json"),
    ],
)
def test_a_run_at_which_nothing_changed_says_so_and_keeps_its_code(
    form: str, said: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "list.txt").write_text("no target!\nneither is this\n")
    arguments = ("check", "-f", "list.txt", "-q", "--history", "h", "--only-changes", "--format", form)
    run(*arguments)

    code, out, _ = run(*arguments)

    assert code == 3
    assert said == out or (form == "html" and said in out)


def test_targets_without_a_change_count_beside_those_with_one(run: Run, tmp_path: Path) -> None:
    arguments = ("check", "-f", "list.txt", "-q", "--history", "h", "--only-changes")
    (tmp_path / "list.txt").write_text("no target!\n")
    run(*arguments)
    (tmp_path / "list.txt").write_text("no target!\nneither is this\n")

    out = run(*arguments)[1]

    assert out.startswith("neither is this: ")
    assert out.endswith("\n1 more target checked, nothing changed\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(("-f", "absent"), 66, id="no-list"),
        pytest.param(("-f", "bad.toml"), 65, id="bad-list"),
        pytest.param(("-f", "list.txt", "contoso.com"), 64, id="list-and-targets"),
        pytest.param(("--history", "h"), 64, id="nothing-to-check"),
        pytest.param(("-f", "list.txt", "--shard", "3/2"), 64, id="shard"),
        pytest.param(("-f", "list.txt", "--keep", "long"), 64, id="retention"),
        pytest.param(("-f", "list.txt", "--only-changes"), 64, id="changes-of-what"),
        pytest.param(("no target!", "--only-changes"), 64, id="changes-of-one-target"),
        pytest.param(("-f", "list.txt", "--keep", "400d"), 64, id="keep-what"),
        pytest.param(("no target!", "--keep", "400d"), 64, id="keep-of-one-target"),
        pytest.param(("-f", "list.txt", "--deadline", "nan"), 64, id="deadline-nan"),
        pytest.param(("-f", "list.txt", "--deadline", "inf"), 64, id="deadline-inf"),
        pytest.param(("-f", "list.txt", "--deadline", "-1"), 64, id="deadline-negative"),
        pytest.param(("-f", "list.txt", "--timeout", "nan"), 64, id="timeout-nan"),
        pytest.param(("-f", "list.txt", "--timeout", "inf"), 64, id="timeout-inf"),
        pytest.param(("-f", "list.txt", "--connect-timeout", "nan"), 64, id="connect-timeout-nan"),
        pytest.param(("-f", "list.txt", "--connect-timeout", "-1"), 64, id="connect-timeout-negative"),
        pytest.param(
            ("-f", "list.txt", "--notify", "https://hook.example/"), 64, id="notify-without-history"
        ),
        pytest.param(("-f", "list.txt", "-j", "0"), 64, id="concurrency"),
        pytest.param(("-f", "list.txt", "--caller", "exchange-3000"), 64, id="caller"),
        pytest.param(("-f", "list.txt", "--trust", "absent.pem"), 66, id="trust"),
        pytest.param(("no target!", "neither is this"), 64, id="mistyped-targets"),
    ],
)
def test_mistakes_of_a_run(arguments: tuple[str, ...], code: int, run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("no target!\n")
    (tmp_path / "bad.toml").write_text("[[partners]]\ndomian = 'contoso.com'\n")

    finished = run("check", *arguments)

    assert finished[0] == code, finished
    assert finished[2].startswith("probe: error: ")


@pytest.mark.parametrize(
    "form", ["json", "ndjson", "csv", "junit", "html", "markdown", "prometheus", "nagios", "text"]
)
@pytest.mark.parametrize("listed", [False, True], ids=["command-line", "list"])
def test_a_password_in_a_target_is_shown_nowhere(
    form: str, listed: bool, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    target = "https://user:geheim@mail.partner.example/ews/exchange.asmx"
    Path("list.txt").write_text(f"{target}\n")
    given = ("-f", "list.txt", "--log-file", "log", "--history", "h") if listed else (target,)
    _, out, err = run("check", *given, "--format", form)
    assert "geheim" not in out + err
    assert "no credentials" in out + err or "//***@mail" in out
    for path in tmp_path.iterdir():
        assert b"geheim" not in path.read_bytes() or path.name == "list.txt"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("check", "--timout", "3", "a.example"), "--timout", id="option"),
        pytest.param(("check", "--timeout", "soon", "a.example"), "--timeout", id="value"),
        pytest.param(("check", "no target!"), "is no target", id="target"),
        pytest.param(("check", "--format", "pdf", "a.example"), "--format", id="format"),
        pytest.param(("chekc", "a.example"), "neither a command of probe nor a program", id="command"),
        pytest.param(("check", "-q"), "no target", id="nothing-to-check"),
        pytest.param(("lab", "healthy"), "runs until it is ended", id="without-end"),
    ],
)
@pytest.mark.parametrize("kind", ["windows", "systemd", "cron"])
def test_the_command_of_a_schedule_is_read_before_it_is_printed(
    kind: str, words: tuple[str, ...], said: str, run: Run
) -> None:
    code, out, err = run("schedule", kind, "--", *words)
    assert (code, out) == (64, "")
    assert said in err


def test_what_a_scheduled_run_would_miss_is_said(run: Run, tmp_path: Path) -> None:
    folder = str(tmp_path)
    code, _, err = run(
        "schedule", "cron", "--folder", folder, "--", "check", "-f", "no.toml", "--history", "no/h"
    )
    assert code == 0
    assert f"there is no {tmp_path / 'no.toml'} here yet" in err
    assert f"there is no folder {tmp_path / 'no'} here yet for --history" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param("check -f empty", "would exit with 65: ", id="list-without-a-partner"),
        pytest.param("check -f binary", "would exit with 65: ", id="list-that-is-no-text"),
        pytest.param("check -f folder", "would exit with 66: ", id="list-that-is-a-folder"),
        pytest.param("check a.example --trust root:no.pem", "would exit with 66", id="store-missing"),
        pytest.param("check -f good --trust root:microsoft", "", id="sound"),
    ],
)
def test_a_list_that_cannot_be_read_is_said_before_it_is_scheduled(
    words: str, said: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "empty").write_text("")
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    (tmp_path / "good").write_text("contoso.example")
    (tmp_path / "folder").mkdir()
    code, out, err = run("schedule", "cron", "--folder", str(tmp_path), "--", *words.split())
    assert (code, bool(out)) == (0, True)
    assert said in err
    assert bool(err) is bool(said)


SCHEDULER = """#!/bin/sh
echo "$0 $*" >> "$LOG"
case "$*" in -l) cat "$TAB" 2>/dev/null || { echo "no crontab for me" >&2; exit 1; };; -) cat > "$TAB";; esac
exit ${FAILS:-0}
"""


@pytest.fixture
def schedulers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """schtasks, systemctl and crontab that write down how they were called; gives what they wrote."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("schtasks", "systemctl", "crontab"):
        (programs / name).write_text(SCHEDULER)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("LOG", str(tmp_path / "calls"))
    monkeypatch.setenv("TAB", str(tmp_path / "tab"))
    return tmp_path


@pytest.mark.posix("programs that are scripts of /bin/sh")
def test_a_schedule_is_registered_with_cron_once(run: Run, schedulers: Path) -> None:
    (schedulers / "tab").write_text("5 4 * * * mine\n")
    for at in ("05:30", "06:45"):
        code, out, err = run("schedule", "cron", "--install", "--yes", "--at", at, "--", "check", "a.example")
        assert (code, out.split(" ", 2)[:2]) == (0, [at[3:], at[1:2]])
        assert "in the crontab" in err
    lines = (schedulers / "tab").read_text().splitlines()
    assert lines[0] == "5 4 * * * mine"
    assert [line.split(" ", 2)[:2] for line in lines[1:]] == [["45", "6"]]
    assert lines[1].endswith("check a.example # fedprobe")


@pytest.mark.posix("programs that are scripts of /bin/sh")
def test_a_schedule_is_registered_with_systemd(run: Run, schedulers: Path) -> None:
    units = schedulers / "units"
    install = ("--install", "--yes", "-o", str(units))
    assert run("schedule", "systemd", *install, "--", "check", "a.example")[0] == 0
    calls = [line.partition("/bin/")[2] for line in (schedulers / "calls").read_text().splitlines()]
    assert calls == ["systemctl daemon-reload", "systemctl enable --now fedprobe.timer"]
    assert {path.name for path in units.iterdir()} == {"fedprobe.service", "fedprobe.timer"}


@pytest.mark.posix("programs that are scripts of /bin/sh")
def test_a_scheduler_that_refuses_is_quoted(
    run: Run, schedulers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("schedule", "windows", "--install", "--yes", "--", "check", "a.example")[0] == 0
    assert "schtasks /Create /TN fedprobe /XML " in (schedulers / "calls").read_text()
    monkeypatch.setenv("FAILS", "5")
    code, _, err = run("schedule", "windows", "--install", "--yes", "--", "check", "a.example")
    assert (code, "exit code 5" in err) == (74, True)


def test_nothing_is_registered_where_nobody_can_be_asked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    code, out, err = run("schedule", "cron", "--install", "--", "check", "a.example")
    assert code == 64
    assert out.startswith("0 6 * * * ")
    assert "give --yes" in err


def _below_a_limit(document: ResultDocument) -> ResultDocument:
    """The same with a certificate that the caller accepts and the user's limit does not."""
    finding = FindingEntry("certificate-expires-soon", Severity.FAILURE, "it expires soon", (), ())
    element = ElementEntry("CN=root", "ROOT", Source.STORE, (), (), not_after=START)
    judged = judgement("failure", findings=(finding,), chain=ChainEntry((), (element,), ()))
    return replace(document, outcome=Outcome.FAILURE, endpoints=(endpoint(judgements=(judged,)),))


@pytest.mark.parametrize("older", [False, True], ids=["kept", "of-an-older-version"])
def test_what_does_not_fail_lookups_is_not_said_to(
    older: bool, run: Run, tmp_path: Path, make_document: MakeDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = replace(make_document("off.example", "failure"), not_used="it is disabled")
    limited = _below_a_limit(make_document("soon.example", "failure"))
    with History(tmp_path / "h") as history:
        for number, documents in enumerate(((make_document("soon.example"), off), (limited, off))):
            run_number = history.begin_run("list", START + timedelta(days=number))
            for document in documents:
                moment = START + timedelta(days=number)
                history.add(run_number, Checked(replace(document, observed_at=moment)))
    if older:
        with sqlite3.connect(tmp_path / "h") as connection:
            connection.execute("ALTER TABLE results DROP COLUMN standing")
            connection.execute("PRAGMA user_version = 4")
        connection.close()
    assert [line.partition("  ")[2] for line in run("history", "--history", "h")[1].splitlines()] == [
        "off.example: not used",
        "soon.example: would succeed, below your limit",
    ]
    assert run("diff", "--history", "h")[1].startswith(
        "soon.example: would succeed -> would succeed, below your limit\n"
        '  - the outcome changed from "would succeed" to "would succeed, below your limit"\n'
    )
    (difference,) = json.loads(run("diff", "--history", "h", "--format", "json")[1])["differences"]
    assert (difference["before"], difference["after"]) == ("success", "failure")
    assert (difference["before_standing"], difference["after_standing"]) == (None, "below_limit")
