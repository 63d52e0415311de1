"""Every machine output of every command is valid by the schema that `probe schema` publishes for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from probe.cli.commands import lab, schema
from probe.cli.printed_records import ExpectedVerdict, FaultEntry
from probe.lab.estate import Estate
from probe.lab.faults import fault
from probe.lab.organisation import DOMAIN
from probe.report.differences import diff
from probe.report.json import encoded
from probe.runs.alerting.alerts import Alert
from probe.runs.alerting.notification import compose, document
from probe.runs.attempts import Checked
from probe.runs.lists.partners import PartnerEntry
from probe.runs.store.history_store import History
from probe.runs.untried_target import refused
from tests.cli.conftest import Finished, Reachable
from tests.cli.organisations import organisation

Run = Callable[..., Finished]
Start = Callable[[str], Reachable]

EVENT = (
    "Process 1212: ProxyWebRequest FederatedCrossForest from S-1-5-21-1 to "
    "https://mail.contoso.com/ews/exchange.asmx/WSSecurity failed. Caller SIDs: WSSecurity. The exception "
    "returned is System.Net.WebException: The underlying connection was closed: Could not establish trust "
    "relationship for the SSL/TLS secure channel."
)


def _closed(body: Any) -> Any:
    """The schema without the freedom that later versions need: here every key must be in it."""
    if isinstance(body, list):
        return [_closed(item) for item in body]
    if not isinstance(body, dict):
        return body
    closed = {key: _closed(item) for key, item in body.items()}
    if "properties" in closed and closed.get("type") == "object":
        closed["additionalProperties"] = False
    return closed


def _validate(name: str, text: str) -> None:
    value = json.loads(text)
    body = schema.schema_of(name)
    Draft202012Validator.check_schema(body)
    Draft202012Validator(_closed(body), format_checker=FormatChecker()).validate(value)


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with what the commands below read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "event.txt").write_text(EVENT)
    (tmp_path / "unknown.txt").write_text("the cat sat on the mat")
    (tmp_path / "iis.txt").write_text("HTTP/1.1 403 Forbidden")
    with History(tmp_path / "h") as history:
        for day in range(2):
            run = history.begin_run("list", datetime.now(UTC) - timedelta(days=1))
            document = refused(PartnerEntry("contoso.com"), f"reason {day}")
            history.add(run, Checked(document))
            if day:
                history.end_run(run, datetime.now(UTC))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        pytest.param("explain", "explain event.txt --format json", id="explain"),
        pytest.param("explain", "explain unknown.txt --format json", id="explain-unknown"),
        pytest.param("explain", "explain iis.txt --no-redact --format json", id="explain-status"),
        pytest.param("callers", "callers --format json", id="callers"),
        pytest.param("sources", "sources --format json", id="sources"),
        pytest.param("sources", "sources failures 5.4 --format json", id="sources-of-a-section"),
        pytest.param("lab", "lab --format json", id="lab"),
        pytest.param("demo", "demo --format json", id="demo"),
        pytest.param("config", "config show --format json --warning 20% --trust certifi", id="config"),
        pytest.param("config", "config show serve --format json", id="config-of-another"),
        pytest.param("trust", "trust show certifi --format json", id="trust-show"),
        pytest.param("trust-diff", "trust diff certifi certifi --format json", id="trust-diff"),
        pytest.param("runs", "history --history h --runs --format json", id="runs"),
        pytest.param("diff", "history --history h --format json", id="history"),
        pytest.param("diff", "history contoso.com --history h --format json", id="history-of-a-target"),
        pytest.param("diff", "diff --history h --format json", id="diff"),
        pytest.param("result", "check nonsense! --format json", id="check-of-no-target"),
    ],
)
def test_output_meets_its_schema(run: Run, at_home: Path, name: str, arguments: str) -> None:
    finished = run(*arguments.split())
    assert finished.out, finished.err
    _validate(name, finished.out)


@pytest.mark.parametrize("name", ["healthy", "untrusted-root", "reset-after-request", "no-such-certificate"])
def test_results_of_every_kind_meet_the_schema(run: Run, partner: Start, tmp_path: Path, name: str) -> None:
    """check, collect, judge, merge: JSON and each line of NDJSON."""
    if name == "no-such-certificate":
        targets: tuple[str, ...] = ("https://127.0.0.1:1/", "-4", "--timeout", "3")
    else:
        there = partner(name)
        targets = (there.url, *there.options)
    records = str(tmp_path / "records")
    checked = run("check", *targets, "--format", "json", "--save", records, "-o", str(tmp_path / "result"))
    assert checked.code in (0, 1, 2, 3), checked.err
    _validate("result", (tmp_path / "result").read_text())
    (record,) = (tmp_path / "records").iterdir()
    _validate("record", record.read_text())
    _validate("result", run("judge", str(record), "--format", "json").out)
    for line in run("judge", str(record), str(record), "--format", "ndjson").out.splitlines():
        _validate("result", line)
    for result in json.loads(run("merge", *[str(tmp_path / "result")] * 2, "--format", "json").out):
        _validate("result", json.dumps(result))


@pytest.mark.parametrize("answer", ["answered", "not-federated"])
def test_federation_and_pair_meet_their_schemas(run: Run, tmp_path: Path, answer: str) -> None:
    with organisation(tmp_path, estate=Estate(federation=answer)) as opened:
        _validate("federation", run("federation", DOMAIN, "--format", "json", *opened.reach).out)
        record = str(tmp_path / "ours.json")
        assert run("collect", DOMAIN, "-o", record, *opened.reach).code == 0
        trusting = ("--our-trust", opened.roots, "--their-trust", opened.roots)
        _validate("pair", run("pair", record, DOMAIN, "--format", "json", *trusting, *opened.reach).out)


def test_chains_meet_the_schema(run: Run, partner: Start, tmp_path: Path) -> None:
    there = partner("healthy")
    (tmp_path / "chain.pem").write_text(there.partner.organisation.chain_pem)
    command_line = ("chain", str(tmp_path / "chain.pem"), "--host", "mail.partner.lab", "--format", "json")
    _validate("chain", run(*command_line).out)
    several = json.loads(run(*command_line, "--caller", "exchange-2010", "--caller", "exchange-se").out)
    for one in several:
        _validate("chain", json.dumps(one))


def test_a_served_fault_meets_the_schema(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The object that `probe lab FAULT` prints; the wait that follows it is interrupted."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lab, "wait_for_interrupt", interrupted)
    finished = run("lab", "expired", "--format", "json")
    assert '"check"' in finished.out
    _validate("lab", finished.out)


def test_a_notification_meets_the_schema() -> None:
    before, after = (refused(PartnerEntry("contoso.com"), reason) for reason in ("one", "two"))
    change = Alert("contoso.com", "success", "unknown", datetime.now(UTC), diff(before, after))
    message = compose([change])
    assert message is not None
    _validate("notification", encoded(document(message)).decode())


def test_the_names_on_the_command_line_are_those_that_are_published(run: Run) -> None:
    for name in schema.NAMES:
        finished = run("schema", name)
        Draft202012Validator.check_schema(json.loads(finished.out))
        assert json.loads(finished.out)["$id"] == f"urn:fedprobe:schema:probe.{name}:1"


def test_a_fault_of_the_lab_has_net_names() -> None:
    assert msgspec.to_builtins(FaultEntry.of(fault("wrong-name-and-expired"))) == {
        "name": "wrong-name-and-expired",
        "summary": "the certificate is for another host and has expired",
        "phase": "certificate",
        "caller": None,
        "expected": {
            "outcome": "failure",
            "ssl_policy_errors": ("RemoteCertificateNameMismatch", "RemoteCertificateChainErrors"),
            "chain_status": ("NotTimeValid",),
            "web_exception_status": "TrustFailure",
            "text": fault("untrusted-root").expected.text,
        },
    }


def test_a_fault_that_demands_nothing_of_certificates_has_null_there() -> None:
    verdict = ExpectedVerdict.of(fault("tls13-only").expected)
    assert (verdict.ssl_policy_errors, verdict.chain_status) == (None, None)
    assert ExpectedVerdict.of(fault("healthy").expected).ssl_policy_errors == ()
