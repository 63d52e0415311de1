"""Every command that is shown anywhere: with hostile names it is split into the words meant, or not shown.

What is shown is there to be pasted. Each producer gets each hostile name, and what it shows is read by the
parser of the shell that it is for: `shlex` for POSIX, PowerShell's grammar, and for cmd its own characters
and then CommandLineToArgvW's rules.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from probe.__main__ import main
from probe.cli import console
from probe.cli.command_line_errors import unknown_command
from probe.cli.commands import lab
from probe.explain.explanation_model import Parts, Profile
from probe.explain.steps import next_steps
from probe.lab.partner import Partner
from probe.report import both_directions, commands
from probe.report.layout import PLAIN
from probe.report.letter import content
from probe.runs.lists.suggestions import missing_packages
from tests import powershell
from tests.runs.conftest import document

HOSTILE = {
    "substitution": "$(calc)",
    "second-command": "x & calc &",
    "pipe": "x | calc",
    "semicolon": "x; calc",
    "option": "--proxy=http://evil:8080",
    "short-option": "-oProxyCommand=calc",
    "dotted-option": "-a.b",
    "double-quote": 'x" & calc & "',
    "single-quote": "x' ; calc ; '",
    "typographic-single-quote": "x\u2019 ; calc ; \u2018",
    "typographic-double-quote": "x\u201d ; calc ; \u201c",
    "low-quote": "x\u201e ; calc",
    "backtick": "x`calc`",
    "newline": "x\ncalc",
    "carriage-return": "x\rcalc",
    "percent": "%COMSPEC%",
    "caret": "x^&calc",
    "exclamation": "!calc!",
    "redirection": "x > C:\\calc",
    "parentheses": "x (calc)",
    "braces": "x{calc}",
    "comma": "x,calc",
    "splatting": "@calc",
    "comment": "#calc",
    "wildcard": "*",
    "home": "~calc",
    "blanks": "  calc  ",
    "empty": "",
    "trailing-backslash": "x calc\\",
    "backslash-quote": 'x calc\\"',
    "nothing-seen": "x\u200b calc",
    "reversed": "x\u202ecalc",
    "lone-surrogate": "x\ud800calc",
    "null": "x\0calc",
    "endless": "x" * 5000,
}
NAMES = [pytest.param(name, id=case) for case, name in HOSTILE.items()]
FILES = [
    pytest.param(name.replace("/", "_"), id=case)
    for case, name in HOSTILE.items()
    if name and "\0" not in name and len(name) < 200 and name.isprintable()
]


# Windows has no files with some of these names.
WRITTEN = (0, 74) if sys.platform == "win32" else (0,)


def cmd_words(line: str) -> list[str] | None:
    """The words of a line that cmd hands on and CommandLineToArgvW splits; None: cmd does more with it."""
    outside = "".join(line.split('"')[::2])
    if set(outside) & set("&|<>^()!@;,") or set(line) & set("%!\r\n") or line.count('"') % 2:
        return None
    words: list[str] = []
    for whole in re.finditer(r'(?:[^\s"]|"(?:\\.|[^"\\]|\\)*?")+', line):
        word = re.sub(r'(\\*)"', lambda found: "\\" * (len(found[1]) // 2), whole[0])
        words.append(word)
    return words


@pytest.mark.parametrize("name", NAMES)
def test_a_line_is_split_into_its_words_by_every_shell(name: str) -> None:
    words = ["probe", "judge", name]
    posix = commands.command_line(words, windows=False)
    assert posix is None or shlex.split(posix) == words
    windows = commands.command_line(words, windows=True)
    assert windows is None or (powershell.words_of(windows), cmd_words(windows)) == (words, words)


@pytest.mark.parametrize(
    ("word", "posix", "windows"),
    [
        pytest.param("records/a.json", "records/a.json", "records/a.json", id="plain"),
        pytest.param("a b.json", "'a b.json'", '"a b.json"', id="blank"),
        pytest.param("a&b.json", "'a&b.json'", '"a&b.json"', id="ampersand"),
        pytest.param("Bob's", "'Bob'\"'\"'s'", '"Bob\'s"', id="apostrophe"),
        pytest.param("-a.b", "-a.b", '"-a.b"', id="an-option-with-a-dot"),
        pytest.param("--trust", "--trust", "--trust", id="option"),
        pytest.param("C:\\x\\y.pem", "'C:\\x\\y.pem'", "C:\\x\\y.pem", id="windows-path"),
        pytest.param("$x", "'$x'", None, id="what-powershell-expands"),
        pytest.param("%x%", "%x%", None, id="what-cmd-expands"),
        pytest.param("a\nb", None, None, id="two-lines"),
    ],
)
def test_what_is_fit_is_offered(word: str, posix: str | None, windows: str | None) -> None:
    for expected, on_windows in ((posix, False), (windows, True)):
        shown = commands.command_line(["probe", word], windows=on_windows)
        assert shown == (None if expected is None else f"probe {expected}")


def test_a_program_with_a_blank_in_its_path_is_called_as_powershell_calls_it() -> None:
    words = ["C:\\Program Files\\Python\\python.exe", "-m", "pip"]
    shown = commands.command_line(words, windows=True)
    assert shown == '& "C:\\Program Files\\Python\\python.exe" -m pip'
    assert powershell.words_of(shown) == words


def split(line: str) -> list[str] | None:
    """The words as the shell of this system splits them; a call with `&` is PowerShell's alone."""
    if sys.platform == "win32":
        return powershell.words_of(line) if line.startswith("& ") else cmd_words(line)
    return shlex.split(line)


Captured = pytest.CaptureFixture[str]


def said_after(mark: str, text: str) -> Iterator[str]:
    """What follows the mark, each time to the end of its line."""
    return (line.partition(mark)[2] for line in text.splitlines() if mark in line)


@pytest.mark.parametrize("name", NAMES)
def test_a_command_that_is_none(name: str) -> None:
    (shown,) = said_after("give ", str(unknown_command("probe", ["contoso.com", name], ["check"])))
    assert shown == "probe check and the same words" or split(shown) == [
        "probe",
        "check",
        "contoso.com",
        name,
    ]


@pytest.mark.parametrize("name", NAMES)
def test_missing_packages(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    python = f"/opt/{name}/python"
    monkeypatch.setattr(sys, "executable", python)
    said = missing_packages("the exporter", ["a"]).removeprefix("the exporter needs a: ")
    shown = said.removesuffix(
        " (without Internet: --no-index --find-links FOLDER, with the folder of wheels that the README makes)"
    )
    assert shown == "install them with pip" or split(shown) == [python, "-m", "pip", "install", "a"]


@pytest.mark.parametrize("name", FILES)
def test_a_record_that_was_saved(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["collect", "https://127.0.0.1:1/", f"--output={name}"]) in WRITTEN
    errors = capsys.readouterr().err
    for shown in said_after("judge it with: ", errors):
        words = split(shown)
        assert words is not None
        assert words[:2] == ["probe", "judge"]
        assert [Path(word).resolve() for word in words[2:]] == [(tmp_path / name).resolve()]
        assert not words[2].startswith("-")


@pytest.mark.parametrize("name", FILES)
def test_a_record_that_is_missing(name: str, capsys: Captured) -> None:
    record = f"{name}.json"
    assert main(["pair", "--", record, "contoso.com"]) in (64, 66)
    for shown in said_after("where that side is reached (", capsys.readouterr().err):
        assert shown == "probe collect)" or split(shown[:-1]) == ["probe", "collect", "DOMAIN", "-o", record]


@pytest.mark.parametrize("name", FILES)
def test_a_task_that_was_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["schedule", "windows", f"--output={name}", "--", "check", "contoso.com"]) in WRITTEN
    for shown in said_after("as administrator: ", capsys.readouterr().err):
        if shown == "schtasks /Create with that file":
            continue
        path = commands.file_word(name, windows=True)
        meant = ["schtasks", "/Create", "/TN", "fedprobe", "/XML", path]
        assert (powershell.words_of(shown), cmd_words(shown)) == (meant, meant)
        assert not path.startswith("-")


@pytest.fixture(scope="module")
def healthy() -> Iterator[Partner]:
    with Partner("healthy") as partner:
        yield partner


@pytest.mark.parametrize("name", NAMES)
def test_a_partner_of_the_lab(name: str, healthy: Partner) -> None:
    shown = lab.check_command(healthy, [f"root:{name}"])
    assert shown is None or split(shown)[-2:] == ["--trust", f"root:{name}"]  # type: ignore[index]


BENIGN = commands.place_of("https://mail.contoso.com:8443/", domain="contoso.com", relationship="Contoso")
PLACEHOLDERS = ("HOST", "NAME", "PARTNER", "RELATIONSHIP")
REMEDIES = sorted(c for c in powershell.fragments() if any(word in c for word in PLACEHOLDERS))


@pytest.mark.parametrize(
    "name", [name for name in HOSTILE.values() if name], ids=[c for c in HOSTILE if c != "empty"]
)
def test_remedies_take_no_hostile_host_and_quote_a_relationship(name: str) -> None:
    """All that the name may change is one literal: the rest is as with a name that is harmless."""
    urls = (f"https://{name}/", f"https://[fe80::1%{name}]/", f"https://[fe80::1%25{name}]/")
    for place in (commands.place_of(url, domain=name, relationship=name) for url in urls):
        for value in (place.host, place.domain):
            assert value is None or re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", value)
        harmless = replace(place, relationship="Contoso" if place.relationship else None)
        for remedy in REMEDIES:
            shown, meant = (commands.filled(remedy, one) or "" for one in (place, harmless))
            before, literal, after = meant.partition("'Contoso'")
            assert (shown[: len(before)], shown[len(shown) - len(after) :]) == (before, after)
            if literal:
                quoted = shown.removeprefix(before).removesuffix(after)
                assert powershell.words_of(f"x {quoted}") == ["x", name]
            else:
                assert shown == meant


_PLAIN = r"(?!-)[A-Za-z0-9.:/_~%\[\]-]+"


@pytest.mark.parametrize("name", NAMES)
def test_explanations(name: str) -> None:
    """What an event says is in a command only as a host, a domain, or a URL with everything odd encoded."""
    rows = powershell.knowledge_rows()
    assert len(rows) > 100
    parts = [
        Parts(url=f"https://{name}/ews", domains=(name,), requester=f"a@{name}"),
        Parts(url=f"https://mail.contoso.com/{name}", domains=(f"{name}.com",), requester=f"{name}@x.com"),
        Parts(url=f"https://[fe80::1%25{name}]/", domains=(f"contoso.com{name}",)),
    ]
    for row in rows:
        templates = {word for template in (*row.probes, *row.commands) for word in template.split()}
        meant = re.compile(
            "|".join(re.sub(r"\\\{\w+\\\}", lambda _: _PLAIN, re.escape(one)) for one in templates)
        )
        for part in parts:
            for step in next_steps(row, part, Profile()):
                for word in step.command.split(" "):
                    assert meant.fullmatch(word), step.command


@pytest.mark.parametrize("name", NAMES)
def test_a_letter_tests_no_hostile_host(name: str) -> None:
    for url in (f"https://{name}/", f"https://[fe80::1%25{name}]/ews", f"https://mail.contoso.com/{name}"):
        host, port, _ = content._parts(url)
        if not commands.is_host(host):
            continue
        for kind in ("chain", "dates", "names", "tls", "http"):
            shown = content._test(kind, url, None)
            for part in shown.split(" | "):
                assert cmd_words(part) == shlex.split(part)
            assert port == 443


def test_what_is_longer_than_a_line_is_not_cut() -> None:
    assert console.command("probe", "judge", "x" * 999) is None


@pytest.mark.parametrize("name", NAMES)
def test_the_other_sides_record(name: str) -> None:
    """Its target is what whoever wrote the record put there."""
    lines = list(both_directions._tasks((), document(name, "failure"), PLAIN))
    assert lines[1].endswith("the report of: probe check of their domain")
