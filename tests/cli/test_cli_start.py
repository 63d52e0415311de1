"""What each command loads: a start that nobody waits for, held by names and counts, never by a clock."""

from __future__ import annotations

import json
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path

import pytest

from probe.cli import program, program_help
from probe.cli.options.caller_options import CallerOptions
from probe.cli.partner_checks import Recipe, make_checker
from probe.collection.settings import Settings
from probe.version import __version__
from tests.cli.conftest import Reachable

_CHILD = (
    "import json, sys\n"
    "from pathlib import Path\n"
    "from probe.__main__ import main\n"
    "code = main(sys.argv[2:])\n"
    "Path(sys.argv[1]).write_text(json.dumps([code, sorted(sys.modules)]))\n"
)
PROGRAM_ALONE = {
    "probe",
    "probe.__main__",
    "probe.cli",
    "probe.cli.app",
    "probe.cli.console",
    "probe.cli.files",
    "probe.cli.program_help",
    "probe.errors",
    "probe.escaping",
    "probe.garbage",
    "probe.runs",
    "probe.runs.private_files",
    "probe.version",
    "probe.windows_paths",
}
HEAVY = {
    *(
        "asyncio",
        "cryptography",
        "httpx",
        "jinja2",
        "msgspec",
        "multiprocessing",
        "rich",
        "socket",
        "sqlite3",
    ),
    *("ssl", "starlette", "subprocess", "typer", "typing_extensions", "xml"),
}
NOT_FOR_HELP = HEAVY - {"subprocess", "typer"}
NOT_FOR_ONE_CHECK = {
    *("csv", "distributed", "html", "httpx", "idna", "jinja2", "multiprocessing", "rich", "sqlite3"),
    *("starlette", "tomllib", "uvicorn", "certifi", "probe.explain", "probe.lab"),
    *("probe.runs.campaign", "probe.runs.lists.partner_list", "probe.runs.processes", "probe.runs.store"),
    *("probe.report.html", "probe.report.json", "probe.report.letter", "probe.report.formats.csv"),
    *("probe.server.health_checker", "probe.judgement.own_server", "probe.stores.microsoft_list"),
    *("probe.collection.discovery.domain_discovery", "probe.collection.retrieval.revocation_downloads"),
}
NOT_FOR_A_WORKER = {
    *("csv", "difflib", "httpx", "jinja2", "rich", "sqlite3", "tomllib", "typer"),
    *("probe.cli.list_run", "probe.cli.output", "probe.report.formats", "probe.report.json"),
    *("probe.runs.campaign", "probe.runs.execution", "probe.runs.processes.pool", "probe.runs.store"),
    *("probe.runs.lists.partner_list", "probe.runs.lists.relationships"),
}
NETWORK = {"asyncio", "h11", "ssl", "probe.collection.collector", "probe.collection.connection"}


FOR_ANSWERS = {
    *(f"probe.judgement.http.{name}" for name in ("answers", "content_rules", "fingerprint", "other_server")),
    *(f"probe.judgement.http.{name}" for name in ("response", "soap_client", "status_rules")),
    *("probe.judgement.http", "probe.facts.services.logon_pages"),
}


def loaded(place: Path, *arguments: str, code: int = 0) -> set[str]:
    """The modules that a program of its own had loaded when this command line was done."""
    there = place / "modules.json"
    command = [sys.executable, "-c", _CHILD, str(there), *arguments]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    ended, modules = json.loads(there.read_text())
    assert (ended, finished.stderr) == (code, "")
    return set(modules)


def below(names: set[str], modules: set[str]) -> set[str]:
    """Those of the modules that are one of these, or inside one."""
    return {module for module in modules if any(f"{module}.".startswith(f"{name}.") for name in names)}


def ours(modules: set[str]) -> set[str]:
    return below({"probe"}, modules)


@pytest.mark.parametrize("argument", ["--version", "--help", "-h"])
def test_version_and_help_load_the_program_alone(tmp_path: Path, argument: str) -> None:
    modules = loaded(tmp_path, argument)
    assert ours(modules) == PROGRAM_ALONE
    assert below(HEAVY, modules) == set()


def test_help_of_a_command_loads_its_options_and_nothing_that_works(tmp_path: Path) -> None:
    modules = loaded(tmp_path, "check", "--help")
    assert below(NOT_FOR_HELP, modules) == set()
    assert len(ours(modules)) <= 45


def test_one_check_loads_what_one_check_uses(tmp_path: Path, partner: Callable[[str], Reachable]) -> None:
    there = partner("healthy")
    modules = loaded(tmp_path, "check", there.url, *there.options)
    assert below(NOT_FOR_ONE_CHECK, modules) == set()
    assert len(ours(modules)) <= 228


def test_a_check_that_is_not_answered_loads_no_rules_for_answers(
    tmp_path: Path, partner: Callable[[str], Reachable]
) -> None:
    there = partner("healthy")
    with socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))  # bound and not listening
        away = ["--connect-to", f"::127.0.0.1:{refusing.getsockname()[1]}", "--trust", str(there.roots)]
        refused = loaded(tmp_path, "check", there.url, *away, code=2)
    assert below(FOR_ANSWERS, refused) == set()
    answered = loaded(tmp_path, "check", there.url, *there.options)
    assert answered >= FOR_ANSWERS


def test_a_worker_process_loads_what_checks_and_no_more(tmp_path: Path) -> None:
    code = (
        "import pickle, sys\n"
        "import probe.runs.processes.worker\n"
        "check = pickle.loads(sys.stdin.buffer.read())()\n"
        "print(*sys.modules)\n"
    )
    options = CallerOptions(trust=["certifi"])
    making = pickle.dumps(partial(make_checker, Recipe(Settings(), options)))
    command = [sys.executable, "-c", code]
    finished = subprocess.run(
        command, input=making, capture_output=True, check=True, cwd=tmp_path, timeout=120
    )
    modules = set(finished.stdout.decode().split())
    assert {"probe.collection.collector", "probe.judgement.target_judgement"} <= modules
    assert below(NOT_FOR_A_WORKER, modules) == set()


def test_judging_a_record_loads_no_network(
    tmp_path: Path, partner: Callable[[str], Reachable], run: Callable[..., object]
) -> None:
    there = partner("healthy")
    records = tmp_path / "records"
    run("check", there.url, *there.options, "--save", str(records))
    (record,) = records.iterdir()
    modules = loaded(tmp_path, "judge", str(record), "--trust", str(there.roots))
    assert below(NETWORK | NOT_FOR_ONE_CHECK, modules) == set()


def test_the_program_s_help_is_what_the_commands_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    written = StringIO()
    with redirect_stdout(written):
        program.run(["--help"])
    assert written.getvalue() == program_help.HELP


@pytest.mark.parametrize(
    ("columns", "answer"),
    [
        pytest.param("80", program_help.HELP, id="as wide as help ever is"),
        pytest.param("200", program_help.HELP, id="wider"),
        pytest.param("60", None, id="narrower: typer breaks the lines"),
    ],
)
def test_help_for_every_width(monkeypatch: pytest.MonkeyPatch, columns: str, answer: str | None) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert program_help.answer(["--help"]) == answer


@pytest.mark.parametrize("arguments", [["check", "--help"], ["--version", "check"], []])
def test_all_else_is_not_answered_beforehand(arguments: list[str]) -> None:
    assert program_help.answer(arguments) is None
    assert program_help.answer(["--version"]) == f"probe {__version__}\n"
