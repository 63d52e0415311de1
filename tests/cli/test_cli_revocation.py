"""`--revocation`: off unless asked for; then fetched, judged, recorded and judged again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Finished, Reachable

Run = Callable[..., Finished]
Start = Callable[[str], Reachable]


def first(finished: Finished) -> dict[str, Any]:
    judgement: dict[str, Any] = json.loads(finished.out)["endpoints"][0]["judgements"][0]
    return judgement


def codes(finished: Finished) -> set[str]:
    return {f["code"] for f in first(finished)["findings"]}


def test_the_default_fetches_nothing_and_says_nothing(run: Run, partner: Start) -> None:
    there = partner("revoked-crl")
    printed = run("check", there.url, *there.options, "-v")
    assert printed.code == 0
    assert "revocation" not in printed.out.lower()
    assert "is revoked" not in printed.out
    assert "Also contacted" not in printed.out


@pytest.mark.parametrize(
    ("fault", "code", "finding"),
    [
        pytest.param("crl-good", 0, None, id="good"),
        pytest.param("revoked-ocsp", 2, "certificate-revoked", id="revoked"),
        pytest.param("crl-unreachable", 2, "revocation-unknown", id="unreachable"),
    ],
)
def test_online_fetches_and_judges(
    run: Run, partner: Start, fault: str, code: int, finding: str | None
) -> None:
    there = partner(fault)
    finished = run("check", there.url, *there.options, "--revocation", "online", "--format", "json")
    assert finished.code == code
    assert finding is None or finding in codes(finished)
    assert json.loads(finished.out)["retrievals"]
    printed = run("check", there.url, *there.options, "--revocation", "online", "-v")
    assert "Also contacted" in printed.out


def test_a_record_is_judged_with_and_without(run: Run, partner: Start, tmp_path: Path) -> None:
    there = partner("revoked-crl")
    record = str(tmp_path / "record.json")
    connecting = there.options[: there.options.index("--trust")]
    trusting = there.options[there.options.index("--trust") :]
    assert run("collect", there.url, *connecting, "--revocation", "online", "-o", record).code == 0
    judging = ("judge", record, *trusting, "--format", "json")
    assert run(*judging, "--revocation", "online").code == 2
    unaware = run(*judging)
    assert unaware.code == 0
    assert "certificate-revoked-unchecked" in codes(unaware)
    assert "certificate-revoked" not in codes(unaware)


def test_a_record_without_answers_cannot_tell(run: Run, partner: Start, tmp_path: Path) -> None:
    there = partner("revoked-crl")
    record = str(tmp_path / "record.json")
    connecting = there.options[: there.options.index("--trust")]
    trusting = there.options[there.options.index("--trust") :]
    assert run("collect", there.url, *connecting, "-o", record).code == 0
    finished = run("judge", record, *trusting, "--revocation", "online", "--format", "json")
    assert finished.code == 3
    assert first(finished)["outcome"] == "unknown"
    assert first(finished)["chain"]["status"] == ["RevocationStatusUnknown", "OfflineRevocation"]
    assert first(finished)["web_exception"] is None


def test_other_modes_are_a_usage_error(run: Run) -> None:
    assert run("check", "contoso.com", "--revocation", "offline").code == 64


def test_a_chain_from_a_file_has_no_answers_and_no_option(run: Run, partner: Start) -> None:
    there = partner("healthy")
    assert run("chain", str(there.roots), "--revocation", "online").code == 64
