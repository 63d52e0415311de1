"""Bad input: one line that says what to do, the right exit code, and nothing else lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from probe.cli import console
from probe.cli.commands import COMMANDS
from probe.cli.program import app
from probe.lab import authority
from tests.cli.conftest import Finished, Reachable

Run = Callable[..., Finished]


def _files(folder: Path) -> None:
    (folder / "page.pem").write_text("<!DOCTYPE html><html><body>Sign in</body></html>")
    (folder / "empty.pem").write_text("")
    (folder / "limits.csv").write_text("domain,warning,critical\nx.com,5,400\n")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    (folder / "Application.evtx").write_bytes(b"ElfFile\0" + bytes(200))
    mixed = folder / "mixed"
    mixed.mkdir()
    (mixed / "good.pem").write_text(authority.root("Good").pem)
    (mixed / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (folder / "nothing").mkdir()
    (folder / "future.json").write_text('{"schema": "probe.record/99", "observation": {}}')
    (folder / "damaged.json").write_text('{"schema": "probe.record/1", "observation": 7}')


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(["check"], 64, "no target", id="no-target"),
        pytest.param(["check", "not a target"], 64, "give a domain", id="unparseable-target"),
        pytest.param(["check", "http://mail.contoso.com/"], 64, "https", id="plain-http"),
        pytest.param(["check", "--no-such-option"], 64, "no-such-option", id="unknown-option"),
        pytest.param(["chekc", "contoso.com"], 64, "chekc", id="unknown-command"),
        pytest.param(["check", "x.com", "--format", "yaml"], 64, "yaml", id="unknown-format"),
        pytest.param(["check", "x.com", "--timeout", "0"], 64, "timeout", id="timeout-zero"),
        pytest.param(
            ["check", "x.com", "--caller", "exchange-2003"], 64, "exchange-2016", id="unknown-caller"
        ),
        pytest.param(["check", "x.com", "--at", "yesterday"], 64, "RFC 3339", id="at-is-no-time"),
        pytest.param(["check", "x.com", "--at", "2026-01-01T00:00:00"], 64, "offset", id="at-without-offset"),
        pytest.param(["check", "x.com", "-w", "soon"], 64, "threshold", id="threshold"),
        pytest.param(["check", "x.com", "-w", "5", "-c", "400"], 64, "nothing would ever warn", id="limits"),
        pytest.param(["check", "x.com", "-w", "5%", "-c", "9%"], 64, "ever warn", id="limits-in-percent"),
        pytest.param(
            ["check", "-f", "limits.csv"], 65, "limits.csv, line 2: the critical", id="limits-listed"
        ),
        pytest.param(["check", "x.com", "--notify-all"], 64, "--notify WHOM", id="notify-all-alone"),
        pytest.param(["check", "x.com", "--notify-letter"], 64, "--notify WHOM", id="notify-letter-alone"),
        pytest.param(["check", "x.com", "--notify-dry-run"], 64, "--notify WHOM", id="notify-dry-run-alone"),
        pytest.param(
            ["check", "x.com", "--letter-to", "network"], 64, "--format letter", id="letter-to-alone"
        ),
        pytest.param(["check", "x.com", "--language", "en"], 64, "--format letter", id="language-alone"),
        pytest.param(["judge", "x.json", "--letter-format", "eml"], 64, "--format letter", id="form-alone"),
        pytest.param(["check", "x.com", "--bom"], 64, "--format csv", id="bom-alone"),
        pytest.param(["check", "x.com", "--vantage"], 64, "--format html", id="vantage-alone"),
        pytest.param(["check", "x.com", "--remind-after", "3"], 64, "WHOM", id="remind-after-alone"),
        pytest.param(
            ["check", "x.com", "--proxy", "http://p", "--no-proxy"], 64, "exclude", id="proxy-and-none"
        ),
        pytest.param(["check", "x.com", "--resume", "mixed"], 74, "run.state", id="state-is-a-folder"),
        pytest.param(
            ["judge", "missing.json", "--save-certificates", "page.pem"],
            74,
            "create the folder",
            id="judge-beside",
        ),
        pytest.param(
            ["chain", "mixed/good.pem", "--save-certificates", "page.pem"], 74, "create", id="chain-beside"
        ),
        pytest.param(["merge", "-"], 64, "give files in the place of -", id="merge-of-standard-input"),
        pytest.param(["merge", "missing.ndjson"], 66, "give an existing file", id="result-missing"),
        pytest.param(["schedule", "cron", "--", "check"], 64, "no target", id="schedule-of-nothing"),
        pytest.param(
            ["schedule", "cron", "--", "serve", "x.com"], 64, "until it is ended", id="schedule-without-end"
        ),
        pytest.param(["check", "[::1"], 64, "'[::1' lacks the closing bracket", id="bracket-left-open"),
        pytest.param(
            ["check", "x.com", "-o", "mixed"],
            74,
            "it is a folder: give a file in it",
            id="output-is-a-folder",
        ),
        pytest.param(["check", "x.com", "--history", "mixed"], 74, "mixed is a folder", id="history-folder"),
        pytest.param(["history", "x.com", "--history", "mixed"], 66, "is a folder", id="read-history-folder"),
        pytest.param(["diff", "--history", "empty.pem"], 65, "is empty, and no history", id="history-empty"),
        pytest.param(["explain", "picture.png"], 65, "is no text", id="explain-binary"),
        pytest.param(["explain", "Application.evtx"], 65, "wevtutil", id="explain-event-log-file"),
        pytest.param(["check", "x.com", "--tls", "1.4"], 64, "1.2", id="tls-version"),
        pytest.param(["check", "x.com", "-4", "-6"], 64, "-4 and -6", id="both-families"),
        pytest.param(["check", "x.com", "--connect-to", "a:b"], 64, "HOST:PORT", id="connect-to"),
        pytest.param(["check", "x.com", "--resolve", "a:1:name"], 64, "IP address", id="resolve"),
        pytest.param(["check", "x.com", "--trust", "missing.pem"], 66, "missing.pem", id="store-missing"),
        pytest.param(["check", "x.com", "--trust", "page.pem"], 65, "HTML", id="store-is-html"),
        pytest.param(["check", "x.com", "--trust", "empty.pem"], 65, "empty", id="store-is-empty"),
        pytest.param(["check", "x.com", "--trust", "nothing"], 65, "nothing", id="folder-is-empty"),
        pytest.param(
            ["check", "x.com", "--trust", "mixed"], 65, "broken.pem", id="folder-with-a-broken-file"
        ),
        pytest.param(
            ["check", "x.com", "--trust", "windows"],
            65,
            "Windows",
            id="windows-store-elsewhere",
            marks=pytest.mark.posix("a system without Windows' stores"),
        ),
        pytest.param(["judge", "future.json"], 65, "newer", id="record-from-the-future"),
        pytest.param(["judge", "damaged.json"], 65, "damaged", id="record-damaged"),
        pytest.param(["judge", "missing.json"], 66, "missing.json", id="record-missing"),
        pytest.param(["chain", "page.pem"], 65, "HTML", id="chain-is-html"),
        pytest.param(["lab", "untrusted-rot"], 64, "untrusted-root", id="lab-fault-mistyped"),
        pytest.param(["schema", "nonsense"], 64, "nonsense", id="schema-unknown"),
        pytest.param(["callers", "-o", "no/such/folder/x"], 74, "cannot write", id="output-unwritable"),
        pytest.param(["check", "x.com\udce4"], 64, "give a domain", id="target-not-utf-8"),
    ],
)
def test_one_line_says_what_to_do(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, says: str
) -> None:
    _files(tmp_path)
    monkeypatch.chdir(tmp_path)
    finished = run(*arguments)
    errors = [line for line in finished.err.splitlines() if line.startswith("probe: error: ")]
    assert (finished.code, len(errors)) == (code, 1), finished
    assert says.lower() in errors[0].lower()
    assert "Traceback" not in finished.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(
            "contoso.com -w 20",
            "'contoso.com' is no command: to check a partner give probe check contoso.com -w 20",
            id="domain-for-a-command",
        ),
        pytest.param(
            "ops@contoso.com",
            f"give {console.command('probe', 'check', 'ops@contoso.com')}",
            id="address-for-a-command",
        ),
        pytest.param("https://x.com/ews", "give probe check https://x.com/ews", id="url-for-a-command"),
        pytest.param("mail:8443", "give probe check mail:8443", id="host-and-port-for-a-command"),
        pytest.param("chekc", "'chekc' is no command of probe; did you mean check?", id="command-mistyped"),
        pytest.param(
            "trust shwo", "'shwo' is no command of probe trust; did you mean show?", id="of-a-group"
        ),
        pytest.param(
            "trust a.com", "'a.com' is no command of probe trust; known are", id="domain-in-a-group"
        ),
        pytest.param(
            "check --timout 3",
            "there is no option --timout; did you mean --timeout? | probe check",
            id="option-mistyped",
        ),
        pytest.param("check -x", "there is no option -x | probe check", id="short-option"),
        pytest.param("--nope", "there is no option --nope | probe", id="option-of-the-program"),
        pytest.param(
            "check --config c.toml",
            "--config stands before the command: probe --config … check … | probe check",
            id="option-of-the-program-behind-it",
        ),
        pytest.param("trust export a -o", "-o needs a value | probe trust export", id="value-in-a-group"),
        pytest.param("help", "'help' is no command: probe --help lists the commands", id="help"),
        pytest.param("trust help", "probe trust --help lists the commands", id="help-in-a-group"),
        pytest.param("check --timeout", "--timeout needs a value | probe check", id="value-missing"),
        pytest.param("check --aia=3", "--aia takes no value | probe check", id="value-of-a-flag"),
        pytest.param("callers more", "too many arguments: more | probe callers", id="argument-too-many"),
        pytest.param(
            "federation a b c", "too many arguments: b c | probe federation", id="arguments-too-many"
        ),
        pytest.param("trust diff a", "SECOND is missing: the trust store to", id="argument-missing"),
        pytest.param(
            "judge", "RECORD is missing: files that probe collect or --save wrote", id="list-missing"
        ),
        pytest.param(
            "check x.com --timeout abc",
            "--timeout: 'abc' cannot be used: give a number from 0.05 to 3600 | probe check",
            id="no-number",
        ),
        pytest.param(
            "check x.com --deadline 0", "0.0 cannot be used: give a number of at least 0.1", id="least"
        ),
        pytest.param("check x.com -j 0", "0 cannot be used: give a whole number from 1 to 4096", id="range"),
        pytest.param("history --limit a", "give a whole number of at least 1", id="no-whole-number"),
        pytest.param("callers --format yaml", "'yaml' cannot be used: give one of text, json", id="choice"),
    ],
)
def test_a_wrong_command_line_is_explained_in_our_words(run: Run, arguments: str, said: str) -> None:
    """What stands after the bar is the command whose --help the hint names."""
    finished = run(*arguments.split())
    message, _, command = said.partition(" | ")
    first, *hints = finished.err.splitlines()
    assert (finished.code, finished.out) == (64, "")
    assert first.startswith("probe: error: ")
    assert message in first
    if command:
        assert hints == [f"probe: hint: {command} --help shows what it takes"]


def test_what_a_configuration_sets_is_refused_nowhere(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds for all commands and formats: it applies where it means something."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "probe.toml").write_text('language = "de"\nbom = true\nno_proxy = true\nremind_after = 3\n')
    assert run("check", "127.0.0.1:1", "--proxy", "http://127.0.0.1:1").code != 64
    assert run("check", "127.0.0.1:1", "--bom", "--format", "csv").out.startswith("\ufeff")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["judge", "missing.json"], id="record-missing"),
        pytest.param(["judge", "missing.json", "--what-if", "events"], id="record-missing-of-what-if"),
        pytest.param(["judge", "missing.json", "--what-if", "nonsense"], id="nonsense"),
        pytest.param(["check", "x.com", "--ews-url", "http://x.com"], id="no-https"),
    ],
)
def test_a_mistake_is_not_preceded_by_a_hint_about_the_store(run: Run, arguments: list[str]) -> None:
    assert "judging with" not in run(*arguments).err


@pytest.mark.parametrize(
    ("options", "records"),
    [
        pytest.param([], 0, id="text"),
        pytest.param(["--format", "ndjson"], 1, id="ndjson"),
        pytest.param(["-o", "report"], 1, id="file"),
    ],
)
def test_a_single_target_that_is_none_is_said_once(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], records: int
) -> None:
    """Somebody at a prompt reads one line; whoever reads records gets one."""
    monkeypatch.chdir(tmp_path)
    finished = run("check", "no target!", *options)
    written = (tmp_path / "report").read_text() if "-o" in options else finished.out
    assert (finished.code, len(finished.err.splitlines())) == (64, 1)
    assert written.count("Not checked") + written.count('"outcome":"unknown"') == records


def test_an_interrupt_while_the_program_is_loaded_is_one_line() -> None:
    import subprocess
    import sys

    script = (
        "import sys\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'probe.cli.app': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "from probe.__main__ import main\n"
        "sys.exit(main())"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert (finished.returncode, finished.stdout) == (130, "")
    assert finished.stderr == "probe: error: interrupted\n"


def test_unwritable_output_does_not_lose_the_verdict(
    run: Run, partner: Callable[[str], Reachable], tmp_path: Path
) -> None:
    there = partner("healthy")
    finished = run("check", there.url, *there.options, "-o", str(tmp_path / "no" / "report"))
    assert finished.code == 74
    assert "cannot write" in finished.err


def test_internal_error_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from probe.judgement import caller_profile

    def broken() -> None:
        raise LookupError("the profile table is gone")

    monkeypatch.setattr(caller_profile, "profiles", broken)
    finished = run("callers")
    assert finished.code == 70
    assert "internal error (LookupError: the profile table is gone)" in finished.err
    assert "Traceback" not in finished.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(run: Run, command: str) -> None:
    finished = run(command, "--help")
    assert finished.code == 0
    assert f"Example: probe {command}" in " ".join(finished.out.split())


@pytest.mark.parametrize("width", [80, 60])
@pytest.mark.parametrize("command", [*COMMANDS, "trust show", "schedule cron", "config show"])
def test_help_cuts_no_name(run: Run, monkeypatch: pytest.MonkeyPatch, command: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = run(*command.split(), "--help").out.splitlines()
    text = "\n".join(lines)

    found: Any = get_command(app)
    for name in command.split():
        found = found.commands[name]
    names = {name for parameter in found.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {name for name in names if name.startswith("-") and name not in text} == set()
    assert not any(line.rstrip().endswith("|") for line in lines)
    if "--format" in names and command == "check":
        assert "text|json|ndjson|csv|junit|nagios|prometheus|prtg|html|markdown" in text
        assert "\nConnecting:\n" in text


def test_version_needs_nothing_heavy(run: Run) -> None:
    """The heavy libraries stay out of `probe --version` (measured in tests/benchmarks)."""
    import subprocess
    import sys

    script = (
        "import sys; from probe.__main__ import main; code = main(['--version']);"
        "heavy = {'httpx', 'asyncio', 'cryptography', 'rich', 'pydantic', 'ssl', 'msgspec'};"
        "heavy &= set(sys.modules);"
        "sys.exit(code or (f'loaded {heavy}' if heavy else 0))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout.startswith("probe ")


@pytest.fixture(scope="module")
def oversized(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of one byte more than is read of any; a hole, which takes no room."""
    path = tmp_path_factory.mktemp("large") / "file.json"
    with path.open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    return str(path)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        pytest.param(("check", "-f"), (), 65, id="list"),
        pytest.param(("check", "127.0.0.1:1", "--trust"), (), 65, id="trust"),
        pytest.param(("check", "127.0.0.1:1", "--caller"), (), 65, id="caller"),
        pytest.param(("check", "--relationship"), (), 65, id="relationship"),
        pytest.param(
            ("check", "127.0.0.1:1", "--format", "letter", "--letter-template"), (), 65, id="letter-template"
        ),
        pytest.param(("check", "127.0.0.1:1", "--history"), (), 65, id="history"),
        pytest.param(("check", "127.0.0.1:1", "--resume"), (), 65, id="resume"),
        pytest.param(("check", "127.0.0.1:1", "--lock"), (), 65, id="lock"),
        pytest.param(("check", "127.0.0.1:1", "--log-file"), (), 65, id="log"),
        pytest.param(("judge",), (), 65, id="record"),
        pytest.param(("judge",), ("--what-if", "events"), 65, id="record-of-what-if"),
        pytest.param(("chain",), (), 65, id="chain"),
        pytest.param(("explain",), (), 65, id="explain"),
        pytest.param(("lab", "--compare"), (), 65, id="answers-of-a-server"),
        pytest.param(("pair",), ("contoso.com",), 65, id="pair"),
        pytest.param(("trust", "show"), (), 65, id="store"),
        pytest.param(("diff",), ("missing.json",), 65, id="result"),
        pytest.param(("merge",), (), 65, id="results"),
        pytest.param(("serve", "-f"), (), 65, id="list-of-the-exporter"),
        pytest.param(("--config",), ("config", "show"), 78, id="configuration"),
    ],
)
def test_a_file_that_is_too_large_has_the_code_of_its_kind(
    before: tuple[str, ...], after: tuple[str, ...], code: int, oversized: str, run: Run
) -> None:
    done = run(*before, oversized, *after)
    assert done.code == code, done.err
    assert done.err.count("probe: error: ") == 1
    assert "internal" not in done.err
