"""probe pair: each side judged for the other, and what each has to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from probe.lab.estate import Estate
from probe.lab.organisation import DOMAIN
from tests.cli.conftest import Finished
from tests.cli.organisations import Open, organisation

Run = Callable[..., Finished]


def recorded(run: Run, folder: Path, name: str, opened: Open) -> str:
    """A record of an organisation, as its own administrator would make it."""
    path = str(folder / f"{name}.json")
    assert run("collect", DOMAIN, "-o", path, *opened.reach).code == 0
    return path


def test_two_healthy_sides_are_ready(tmp_path: Path, run: Run) -> None:
    with organisation(tmp_path) as ours, organisation(tmp_path) as theirs:
        record = recorded(run, tmp_path, "ours", ours)
        trusting = ("--their-trust", ours.roots, "--our-trust", theirs.roots)
        done = run("pair", record, DOMAIN, *trusting, *theirs.reach)
    assert done.code == 0, done.out
    assert f"{DOMAIN} (ours) and {DOMAIN} (theirs): WOULD SUCCEED\n" in done.out
    assert f"What {DOMAIN} (theirs) has to do" in done.out
    assert "stands in the report of" not in done.out
    assert done.out.count("nothing that was found") == 2
    (issuers,) = (line for line in done.out.splitlines() if line.startswith("token issuer"))
    assert issuers.split() == ["token", "issuer", *["urn:federation:MicrosoftOnline"] * 2]


def test_each_side_is_judged_with_the_others_trust(tmp_path: Path, run: Run) -> None:
    with organisation(tmp_path) as ours, organisation(tmp_path) as theirs:
        record = recorded(run, tmp_path, "ours", ours)
        # Both trust only themselves: neither accepts the other.
        done = run(
            "pair",
            record,
            DOMAIN,
            *("--our-trust", ours.roots, "--their-trust", theirs.roots, "--format", "json"),
            *theirs.reach,
        )
    assert done.code == 2
    document = json.loads(done.out)
    assert document["schema"] == "probe.pair/1"
    assert (document["outgoing"]["outcome"], document["incoming"]["outcome"]) == ("failure", "failure")
    assert document["outgoing"]["caller"] == "ours"
    assert {task["side"] for task in document["to_do"]} == {"ours", "theirs"}
    assert {task["because"] for task in document["to_do"]}


def test_each_side_is_judged_for_the_others_caller(tmp_path: Path, run: Run) -> None:
    fault, caller = "group-x25519-only-2012r2", "exchange-2016@2012r2"
    with organisation(tmp_path, "healthy") as ours, organisation(tmp_path, fault) as theirs:
        record = recorded(run, tmp_path, "ours", ours)
        done = run(
            *("pair", record, DOMAIN, "--our-caller", caller, "--their-caller", "exchange-se"),
            *("--our-trust", theirs.roots, "--their-trust", ours.roots, "--format", "json"),
            *theirs.reach,
        )
    document = json.loads(done.out)
    callers = [
        document[way]["result"]["endpoints"][0]["judgements"][0]["caller"] for way in ("outgoing", "incoming")
    ]
    assert callers[0] == caller
    assert callers[1].startswith("exchange-se")
    assert (document["outgoing"]["outcome"], document["incoming"]["outcome"]) == ("failure", "success")


def test_different_token_issuers_fail_whatever_the_certificates(tmp_path: Path, run: Run) -> None:
    consumer = Estate(federation="consumer-issuer")
    with organisation(tmp_path) as ours, organisation(tmp_path, estate=consumer) as theirs:
        record = recorded(run, tmp_path, "ours", ours)
        trusting = ("--their-trust", ours.roots, "--our-trust", theirs.roots)
        done = run("pair", record, DOMAIN, *trusting, *theirs.reach)
    assert done.code == 2
    assert "trust different token issuers (urn:federation:MicrosoftOnline and WindowsLiveId)" in done.out
    assert done.out.count("agree on one authentication system") == 2


def test_two_records_need_no_network(tmp_path: Path, run: Run) -> None:
    with organisation(tmp_path) as ours:
        record = recorded(run, tmp_path, "ours", ours)
        roots = ours.roots
    done = run("pair", record, record, "--our-trust", roots, "--their-trust", roots)
    assert done.code == 0, done.out


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        pytest.param("https://mail.partner.lab/", 64, "is no domain", id="url"),
        pytest.param("no such domain", 64, "is no target", id="nonsense"),
        pytest.param("nofile.json", 66, "there is no record nofile.json", id="json-missing"),
        pytest.param("nofile.NDJSON", 66, "probe collect DOMAIN -o", id="ndjson-missing"),
        pytest.param("records/contoso.com", 66, "there is no record", id="path-missing"),
    ],
)
def test_a_side_is_a_domain_or_a_record(run: Run, text: str, code: int, said: str) -> None:
    done = run("pair", text, DOMAIN)
    assert done.code == code
    assert said in done.err


def test_a_file_that_is_no_record_is_said(tmp_path: Path, run: Run) -> None:
    (tmp_path / "x.json").write_text("{}")
    done = run("pair", str(tmp_path / "x.json"), DOMAIN)
    assert done.code == 65
    assert "x.json" in done.err
