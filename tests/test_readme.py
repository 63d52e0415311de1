"""The README is true: its commands run, its transcript is what the program prints, every command is named."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

import probe
from probe.__main__ import main
from probe.facts import record, server_settings
from probe.facts.server_settings import ServerSettings, StoredMember
from probe.lab import authority, native
from probe.lab.partner import Partner
from probe.report.json import line as line_of_json
from probe.runs.attempts import Checked
from probe.runs.lists.partners import PartnerEntry
from probe.runs.store.history_store import History
from probe.runs.untried_target import refused
from tests.explain.test_explain_log_scan import LOG
from tests.samples import observed

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
USAGE = re.compile(r"<!-- tested: usage -->\n```sh\n(.+?)\n```", re.DOTALL)
LIBRARY = re.compile(r"<!-- tested: library -->\n```python\n(.+?)\n```", re.DOTALL)
TRANSCRIPT = re.compile(r"<!-- transcript: demo -->\n```text\n(.+?)\n```", re.DOTALL)
COMMANDS = [line.strip() for block in USAGE.findall(README) for line in block.splitlines() if line.strip()]
CONNECTING = frozenset({"check", "collect", "federation", "pair"})
EVENT = (
    "Process 1212: ProxyWebRequest FederatedCrossForest from S-1-5-21-1 to "
    "https://mail.contoso.com/ews/exchange.asmx/WSSecurity failed. Caller SIDs: WSSecurity. The exception "
    "returned is System.Net.WebException: The underlying connection was closed: Could not establish trust "
    "relationship for the SSL/TLS secure channel. ---> "
    "System.Security.Authentication.AuthenticationException: "
    "The remote certificate is invalid according to the validation procedure."
)

RELATIONSHIPS = (
    '[{"Name": "Contoso", "DomainNames": ["contoso.com"], "Enabled": true, "FreeBusyAccessEnabled": true, '
    '"TargetApplicationUri": "FYDIBOHF25SPDLT.contoso.com", "TargetSharingEpr": null, '
    '"TargetAutodiscoverEpr": "https://autodiscover.contoso.com/autodiscover/autodiscover.svc/WSSecurity"}]'
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A folder with the files that the README's commands name; gives the options that lead to the lab."""
    monkeypatch.chdir(tmp_path)
    with Partner("healthy") as partner:
        roots = "".join([partner.trust_pem()])
        for name in ("roots.sst", "our-private-root.pem", "issuing-ca.pem"):
            Path(name).write_text(roots)
        chain = partner.organisation.server.chain
        Path("fullchain.pem").write_text(partner.organisation.chain_pem)
        Path("contoso.json").write_bytes(record.dumps(observed(chain)))
        Path("event.txt").write_text(EVENT)
        Path("LogFiles/W3SVC1").mkdir(parents=True)
        Path("LogFiles/W3SVC1/u_ex261126.log").write_text(LOG)
        _many_partners()
        monkeypatch.setenv("PROBE_WEBHOOK_URL", "http://127.0.0.1:9/hook")
        Path("relationships.json").write_text(RELATIONSHIPS)
        Path("caller.json").write_bytes(_own_server(partner))
        moment = datetime(2026, 11, 26, tzinfo=UTC)
        answers = native.NativeAnswers(
            native.SCHEMA, moment, "Windows Server 2022", 20348, 533320, "en-US", ()
        )
        Path("native.json").write_bytes(msgspec.json.encode(answers))
        yield [
            "--connect-to",
            f"::127.0.0.1:{partner.port}",
            "--resolve",
            "*::127.0.0.1",
            "-4",
            "--timeout",
            "5",
        ]


def _own_server(partner: Partner) -> bytes:
    """What an Exchange server would export that trusts the partner."""
    stores = tuple(StoredMember("Root", root.der) for root in partner.trust.roots)
    return server_settings.dumps(
        ServerSettings(
            server="EX03",
            exchange_version="15.2.1748.10",
            windows_build=20348,
            stores=stores,
            organization_relationships=json.loads(RELATIONSHIPS),
        )
    )


def _many_partners() -> None:
    """A partner list, a history of two runs over it, and the results of two shards."""
    Path("partners.toml").write_text('[[partners]]\ndomain = "contoso.com"\n')
    for number in (1, 2):
        document = refused(PartnerEntry("contoso.com"), f"run {number}")
        Path(f"shard{number}.ndjson").write_text(line_of_json(document))
        with History("history.sqlite") as history:
            history.add(history.begin_run("partners.toml", datetime.now(UTC)), Checked(document))


@pytest.mark.parametrize("line", COMMANDS)
def test_command_runs(line: str, desk: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Every command of the README ends with a verdict or an answer, never with an error."""
    program, *arguments = shlex.split(line)
    assert program == "probe"
    extra = desk if arguments[0] in CONNECTING else []
    code = main([*arguments, *extra])
    captured = capsys.readouterr()
    assert code in (0, 1, 2, 3), captured.err
    assert "probe: error:" not in captured.err
    written = arguments[arguments.index("-o") + 1] if "-o" in arguments else ""
    assert captured.out or "saved" in captured.err or "written" in captured.err or Path(written).is_file()


def test_the_library_chapter_runs(desk: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Its lines run as they stand, but for where the partner is."""
    block = LIBRARY.search(README)
    assert block is not None
    connect_to = desk[1]
    script = block[1].replace(
        '("contoso.com"', f'("contoso.com", connect_to="{connect_to}", resolve="*::127.0.0.1"'
    )
    root = authority.root("Library Root")
    issuing = authority.intermediate(root, "Library Issuing")
    leaf = authority.end_entity(issuing, "mail.contoso.com")
    names: dict[str, object] = {"dataclasses": dataclasses}
    names |= {"leaf_der": leaf.der, "issuing_der": issuing.der, "root_der": root.der}
    exec(script, names)  # the README's own lines
    document = names["document"]
    assert isinstance(document, dict)
    assert document["schema"] == "probe.result/1"
    assert capsys.readouterr().out.endswith("NoError\n")


def test_every_public_name_is_in_the_library_chapter() -> None:
    chapter = README.partition("## As a library")[2].partition("\n## ")[0]
    missing = [name for name in probe.__all__ if not re.search(rf"\b{name}\b", chapter)]
    assert missing == ["__version__"]


def test_transcript_is_what_the_demo_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["demo", "--color", "never"]) == 0
    printed = capsys.readouterr().out
    match = TRANSCRIPT.search(README)
    assert match is not None
    blocks = match[1].split("\n\n")
    assert len(blocks) == 2
    for block in blocks:
        assert block + "\n" in printed


def test_every_command_is_in_the_readme() -> None:
    from probe.cli import commands
    from probe.cli.program import app

    commands.register(app)
    names = [c.name for c in app.registered_commands] + [g.name for g in app.registered_groups]
    missing = [name for name in names if name and f"probe {name}" not in README]
    assert missing == []
