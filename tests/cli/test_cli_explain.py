"""`probe explain` as a user runs it: files, input, formats, exit codes, and `--run` against lab partners."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Finished, Reachable

Run = Callable[..., Finished]
Start = Callable[[str], Reachable]

EVENT = (
    "Process 1212: ProxyWebRequest FederatedCrossForest from "
    "S-1-5-21-1671710892-3805255249-3875359145-102309 to {url} "
    "failed. Caller SIDs: WSSecurity. The exception returned is "
    "Microsoft.Exchange.InfoWorker.Common.Availability."
    "ProxyWebRequestProcessingException: System.Net.WebException: The underlying connection was closed: "
    "{text}"
)
TRUST = (
    "Could not establish trust relationship for the SSL/TLS secure channel. —> "
    "System.Security.Authentication."
    "AuthenticationException: The remote certificate is invalid according to the validation procedure."
)
RESET = (
    "An unexpected error occurred on a receive. —> System.IO.IOException: Unable to read data from the "
    "transport "
    "connection: An existing connection was forcibly closed by the remote host. —> "
    "System.Net.Sockets.SocketException: "
    "An existing connection was forcibly closed by the remote host"
)
URL = "https://mail.contoso.com/ews/exchange.asmx/WSSecurity"


def written(folder: Path, text: str, url: str = URL) -> str:
    path = folder / "event.txt"
    path.write_text(EVENT.format(url=url, text=text), encoding="utf-16")
    return str(path)


def joined(finished: Finished) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(finished.out)
    return document["entries"][0]  # type: ignore[no-any-return]


def test_the_trust_failure_of_the_founding_article(run: Run, tmp_path: Path) -> None:
    """The remedy is the root, in the computer's store, on every server that starts lookups; or the name."""
    finished = run("explain", written(tmp_path, TRUST))
    assert (finished.code, finished.err) == (0, "")
    assert "The caller refused the partner's certificate" in finished.out
    assert "certutil -addstore -enterprise Root root.cer" in finished.out
    assert "Cert:\\LocalMachine\\Root" in finished.out
    assert "The certificate does not name the host of the URL." in finished.out
    assert f"probe check {URL}\n" in finished.out
    assert "1671710892" not in finished.out


def test_the_reset_of_the_founding_article(run: Run, tmp_path: Path) -> None:
    """Trust is not the matter; WSSecurity, an iisreset, a firewall and TLS are."""
    finished = run("explain", written(tmp_path, RESET), "-v")
    words = " ".join(finished.out.split())
    assert finished.code == 0
    assert "Handshake and certificate were fine" in words
    assert "iisreset /noforce" in words
    assert "-WSSecurityAuthentication:$true" in words
    assert "firewall" in words
    assert "TLS 1.2" in words
    assert "addstore" not in words


def test_standard_input_is_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"HTTP/1.1 503 Service Unavailable\n")))
    finished = run("explain", "--format", "json")
    assert (finished.code, joined(finished)["name"]) == (0, "http-503")


def test_the_document_has_its_schema(run: Run, tmp_path: Path) -> None:
    document = json.loads(run("explain", written(tmp_path, TRUST), "--format", "json").out)
    assert (document["schema"], document["redacted"], len(document["entries"])) == (
        "probe.explain/1",
        True,
        1,
    )


def test_what_is_asked_for_is_shown(run: Run, tmp_path: Path) -> None:
    assert "1671710892" in run("explain", written(tmp_path, TRUST), "--no-redact", "-v").out


def test_a_report_can_be_written_to_a_file(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    finished = run("explain", written(tmp_path, TRUST), "-o", str(report))
    assert (finished.code, finished.out) == (0, "")
    assert "refused the partner's certificate" in report.read_text(encoding="utf-8")


REFUSED = [
    pytest.param("", 65, "nothing to explain", id="empty"),
    pytest.param("Contoso.StrangeException: Something.", 3, "", id="not-known"),
]


@pytest.mark.parametrize(("text", "code", "error"), REFUSED)
def test_exit_codes(run: Run, tmp_path: Path, text: str, code: int, error: str) -> None:
    path = tmp_path / "text"
    path.write_text(text, encoding="utf-8")
    finished = run("explain", str(path))
    assert finished.code == code
    assert error in finished.err


def test_a_missing_file_is_named(run: Run, tmp_path: Path) -> None:
    finished = run("explain", str(tmp_path / "absent"))
    assert (finished.code, finished.err.count("\n")) == (66, 1)


RUNS = [
    pytest.param(
        "untrusted-root", TRUST, "untrusted-root", "wrong-name", "TrustFailure", id="untrusted-root"
    ),
    pytest.param("wrong-name", TRUST, "wrong-name", "untrusted-root", "TrustFailure", id="wrong-name"),
    pytest.param("expired", TRUST, "not-time-valid", "wrong-name", "TrustFailure", id="expired"),
    pytest.param(
        "reset-after-request",
        RESET,
        "wssecurity-off-or-stale",
        None,
        "ReceiveFailure",
        id="reset-after-request",
    ),
]


@pytest.mark.parametrize(("fault", "text", "cause", "excluded", "status"), RUNS)
def test_run_weighs_the_causes(
    run: Run,
    partner: Start,
    tmp_path: Path,
    fault: str,
    text: str,
    cause: str,
    excluded: str | None,
    status: str,
) -> None:
    there = partner(fault)
    event = written(tmp_path, text, there.url)
    finished = run("explain", event, "--run", "--quiet", *there.options, "--format", "json")
    entry = joined(finished)
    standings = {one["name"]: one["standing"] for one in entry["causes"]}
    assert (finished.code, entry["causes"][0]["name"], standings[cause]) == (2, cause, "confirmed")
    assert excluded is None or standings[excluded] == "ruled-out"
    assert entry["evidence"] == [f"The check predicts the same failure as logged: {status}."]


def test_run_against_a_healthy_partner_confirms_nothing(run: Run, partner: Start, tmp_path: Path) -> None:
    there = partner("healthy")
    event = written(tmp_path, TRUST, there.url)
    finished = run("explain", event, "--run", *there.options, "--format", "json")
    entry = joined(finished)
    assert finished.code == 0
    assert [one["name"] for one in entry["causes"] if one["standing"] != "ruled-out"] == ["inspecting-proxy"]
    assert entry["evidence"][0].startswith("The check from here succeeds")
    assert finished.err == f"probe: checking {there.url}\n"


def test_run_with_nothing_to_run_says_so(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("HTTP 401", encoding="utf-8")
    finished = run("explain", str(path), "--run")
    assert (finished.code, "nothing to run" in finished.err) == (0, True)
