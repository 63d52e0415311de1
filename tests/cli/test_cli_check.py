"""`probe check`, `collect` and `judge` as a user runs them, against lab partners."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Finished, Reachable

Run = Callable[..., Finished]
Start = Callable[[str], Reachable]

TRUST_FAILURE = (
    "System.Net.WebException: The underlying connection was closed: Could not establish trust relationship"
    " for the SSL/TLS secure channel. ---> System.Security.Authentication.AuthenticationException: The remote"
    " certificate is invalid according to the validation procedure."
)
RESET = (
    "System.Net.WebException: The underlying connection was closed: An unexpected error occurred on a"
    " receive. ---> System.IO.IOException: Unable to read data from the transport connection: An existing"
    " connection was forcibly closed by the remote host. ---> System.Net.Sockets.SocketException: An existing"
    " connection was forcibly closed by the remote host"
)


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        pytest.param("untrusted-root", "TrustFailure", TRUST_FAILURE, id="untrusted-root"),
        pytest.param("wrong-name", "TrustFailure", TRUST_FAILURE, id="wrong-name"),
        pytest.param("reset-after-request", "ReceiveFailure", RESET, id="reset-after-request"),
    ],
)
def test_founding_article_word_for_word(run: Run, partner: Start, fault: str, status: str, text: str) -> None:
    there = partner(fault)
    printed = run("check", there.url, *there.options)
    assert printed.code == 2
    assert f"  log: {text}\n" in printed.out
    finished = run("check", there.url, *there.options, "--format", "json")
    document = json.loads(finished.out)
    exception = document["endpoints"][0]["judgements"][0]["web_exception"]
    assert exception == {"status": status, "text": text}


def test_healthy_partner_succeeds(run: Run, partner: Start) -> None:
    there = partner("healthy")
    finished = run("check", there.url, *there.options)
    assert (finished.code, finished.err) == (0, "")
    assert "WOULD SUCCEED" in finished.out


def test_warning_exits_with_1(run: Run, partner: Start) -> None:
    there = partner("missing-intermediate-aia")
    finished = run("check", there.url, *there.options, "--format", "json")
    assert finished.code == 1
    document = json.loads(finished.out)
    codes = [f["code"] for f in document["endpoints"][0]["judgements"][0]["findings"]]
    assert codes[0] == "chain-needs-download"
    assert [retrieval["outcome"] for retrieval in document["retrievals"]] == ["fetched"]


def test_no_aia_predicts_a_caller_without_a_way_out(run: Run, partner: Start) -> None:
    there = partner("missing-intermediate-aia")
    finished = run("check", there.url, *there.options, "--no-aia", "--format", "json")
    assert finished.code == 2
    judgement = json.loads(finished.out)["endpoints"][0]["judgements"][0]
    assert judgement["chain"]["status"] == ["PartialChain"]


def test_remedies_are_proved_and_their_certificates_work(run: Run, partner: Start, tmp_path: Path) -> None:
    """The saved root, given as trust, flips the verdict."""
    there = partner("untrusted-root")
    folder = tmp_path / "certificates"
    failed = run("check", there.url, *there.options, "--save-certificates", str(folder), "--format", "json")
    finding = json.loads(failed.out)["endpoints"][0]["judgements"][0]["findings"][0]
    assert finding["code"] == "chain-untrusted-root"
    remedy = finding["remedies"][0]
    assert (remedy["actor"], remedy["proved"]) == ("caller", True)
    (saved,) = folder.iterdir()
    assert f"certutil -addstore -enterprise Root {saved.name}" in remedy["command"]
    mended = run("check", there.url, *there.options, "--trust", str(saved))
    assert mended.code == 0, mended.out


def test_a_record_judged_again_gives_the_same_judgement(run: Run, partner: Start, tmp_path: Path) -> None:
    there = partner("expired")
    record = tmp_path / "partner.json"
    checked = run("check", there.url, *there.options, "--save", str(tmp_path / "records"), "--format", "json")
    connecting = there.options[:5]
    assert run("collect", there.url, *connecting, "-o", str(record)).code == 0
    (saved,) = (tmp_path / "records").iterdir()
    trust = there.options[5:]
    again = run("judge", str(saved), *trust, "--format", "json")
    assert again.code == checked.code == 2
    assert json.loads(again.out) == json.loads(checked.out)
    other = json.loads(run("judge", str(record), *trust, "--format", "json").out)
    assert other["outcome"] == "failure"


def test_several_callers_share_one_visit(run: Run, partner: Start) -> None:
    there = partner("tls10-only")
    finished = run(
        "check", there.url, *there.options, "--caller", "exchange-2010", "--caller", "exchange-se",
        "--format", "json",
    )  # fmt: skip
    judgements = json.loads(finished.out)["endpoints"][0]["judgements"]
    assert [(j["caller"], j["outcome"]) for j in judgements] == [
        ("exchange-2010@2008r2", "success"),
        ("exchange-se@2022", "failure"),
    ]


def test_n_targets_in_n_records_out(run: Run, partner: Start) -> None:
    """Also for one that cannot be parsed; the others lose nothing."""
    there = partner("healthy")
    finished = run("check", "http://not-https/", there.url, *there.options, "--format", "ndjson")
    records = [json.loads(line) for line in finished.out.splitlines()]
    assert [record["outcome"] for record in records] == ["unknown", "success"]
    assert "not https" in records[0]["error"]
    assert (finished.code, finished.err.count("probe: error:")) == (64, 1)


def test_output_file_is_written_and_holds_no_colour(run: Run, partner: Start, tmp_path: Path) -> None:
    there = partner("healthy")
    report = tmp_path / "report.txt"
    finished = run("check", there.url, *there.options, "-o", str(report), "-q")
    assert (finished.code, finished.out) == (0, "")
    assert "WOULD SUCCEED" in report.read_text(encoding="utf-8")
    assert "\x1b" not in report.read_text(encoding="utf-8")
    assert list(tmp_path.glob(".report*")) == []


def test_colour_only_when_asked(run: Run, partner: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    there = partner("healthy")
    assert "\x1b[" not in run("check", there.url, *there.options).out
    assert "\x1b[" in run("check", there.url, *there.options, "--color", "always").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run("check", there.url, *there.options).out


def test_at_judges_another_moment(run: Run, partner: Start) -> None:
    there = partner("healthy")
    finished = run("check", there.url, *there.options, "--at", "2019-01-01T00:00:00Z", "--format", "json")
    judgement = json.loads(finished.out)["endpoints"][0]["judgements"][0]
    assert (judgement["at"], judgement["chain"]["status"]) == ("2019-01-01T00:00:00Z", ["NotTimeValid"])


@pytest.mark.parametrize(
    ("fault", "caller", "tls", "code"),
    [
        pytest.param("tls10-only", "exchange-se", ("1.0",), 0, id="a-caller-that-was-opened"),
        pytest.param("tls10-only", "exchange-2013", ("1.1", "TLS 1.2"), 2, id="a-hardened-caller"),
    ],
)
def test_tls_replaces_the_protocols_of_the_profile(
    run: Run, partner: Start, fault: str, caller: str, tls: tuple[str, ...], code: int
) -> None:
    there = partner(fault)
    options = [word for version in tls for word in ("--tls", version)]
    finished = run("check", there.url, *there.options, "--caller", caller, *options)
    assert finished.code == code, finished.out


@pytest.mark.parametrize(
    ("switch", "code"),
    [
        pytest.param("--allow-external-untrusted-certs", 1, id="AllowExternalUntrustedCerts"),
        pytest.param("--no-allow-internal-untrusted-certs", 2, id="AllowInternalUntrustedCerts"),
    ],
)
def test_registry_switches_of_the_callback(run: Run, partner: Start, switch: str, code: int) -> None:
    """Only the external value concerns federated lookups ([exchange 6.3])."""
    there = partner("untrusted-root")
    assert run("check", there.url, *there.options, switch).code == code
