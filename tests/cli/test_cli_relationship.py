"""probe check --relationship: every partner that Get-OrganizationRelationship printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from probe.lab.organisation import AUTODISCOVER_HOST, DOMAIN, HOST
from tests.cli.conftest import Finished
from tests.cli.organisations import organisation

Run = Callable[..., Finished]
URI = f"FYDIBOHF25SPDLT.{DOMAIN}"


def relationship(name: str, **values: object) -> dict[str, object]:
    sound = {
        "Name": name,
        "DomainNames": [f"{name.lower()}.{DOMAIN}"],
        "Enabled": True,
        "FreeBusyAccessEnabled": True,
        "TargetApplicationUri": URI,
        "TargetSharingEpr": None,
        "TargetAutodiscoverEpr": None,
    }
    return {**sound, **values}


def check(run: Run, folder: Path, text: str, *more: str) -> Finished:
    file = folder / "relationships"
    file.write_text(text, encoding="utf-16")  # as Windows PowerShell redirects
    with organisation(folder) as opened:
        return run("check", "--relationship", str(file), *opened.reach, "--trust", opened.roots, *more, "-q")


def test_each_relationship_is_checked_with_its_own_urls(tmp_path: Path, run: Run) -> None:
    both = [
        relationship(
            "Sharing", TargetSharingEpr=f"https://{HOST}/ews/exchange.asmx", TargetAutodiscoverEpr="x"
        ),
        relationship(
            "Discovered", TargetAutodiscoverEpr=f"https://{AUTODISCOVER_HOST}/autodiscover/autodiscover.xml"
        ),
    ]
    done = check(run, tmp_path, json.dumps(both), "--format", "json")
    assert done.code == 0, done.err
    sharing, discovered = json.loads(done.out)
    assert [e["url"] for e in sharing["endpoints"]] == [f"https://{HOST}/ews/exchange.asmx/WSSecurity"]
    assert sharing["endpoints"][0]["found_by"] == "TargetSharingEpr as given"
    assert "is never used" in sharing["notes"][0]
    assert discovered["endpoints"][0]["url"] == (
        f"https://{AUTODISCOVER_HOST}/autodiscover/autodiscover.svc/WSSecurity"
    )
    assert sharing["tags"] == ["Sharing"]


def test_a_relationship_without_urls_is_what_the_service_says(tmp_path: Path, run: Run) -> None:
    done = check(run, tmp_path, json.dumps(relationship("Empty")), "--format", "json")
    assert done.code == 2
    document = json.loads(done.out)
    assert (document["outcome"], document["endpoints"]) == ("failure", [])
    assert document["error"].startswith("The organization relationship Empty can't be used")
    assert "5047" in document["error"]


def test_a_disabled_relationship_is_noted_in_the_report(tmp_path: Path, run: Run) -> None:
    listed = (
        f"DomainNames : {{{DOMAIN}}}\nTargetApplicationUri : {URI}\nEnabled : False\nName : Off\n"
        f"TargetSharingEpr : https://{HOST}/ews/exchange.asmx\n"
    )
    done = check(run, tmp_path, listed, "-o", str(tmp_path / "report"))
    assert (done.code, done.out) == (0, "")
    report = (tmp_path / "report").read_text(encoding="utf-8")
    assert "the organization relationship Off is disabled" in report
    assert ": NOT USED\n" in report


def test_a_disabled_relationship_that_would_fail_turns_no_exit_code(tmp_path: Path, run: Run) -> None:
    empty = {"TargetSharingEpr": "", "TargetAutodiscoverEpr": ""}
    off, on = relationship("Off", Enabled=False, **empty), relationship("On", **empty)
    done = check(run, tmp_path, json.dumps(off), "--format", "json")
    assert done.code == 0, done.out
    assert json.loads(done.out)["outcome"] == "failure"
    done = check(run, tmp_path, json.dumps([off, on]))
    assert done.code == 2
    assert done.out.endswith("2 targets: 1 would fail; 1 not used\n")


@pytest.mark.parametrize(
    "more",
    [
        pytest.param((DOMAIN,), id="target"),
        pytest.param(("-f", "list.txt"), id="list"),
        pytest.param(("--ews-url", "https://x.example/"), id="url"),
    ],
)
def test_it_says_all_that_is_checked(tmp_path: Path, run: Run, more: tuple[str, ...]) -> None:
    file = tmp_path / "file"
    file.write_text(json.dumps(relationship("R")))
    done = run("check", "--relationship", str(file), *more)
    assert done.code == 64
    assert "--relationship" in done.err


def test_a_file_that_is_missing_or_none_is_an_error(tmp_path: Path, run: Run) -> None:
    assert run("check", "--relationship", str(tmp_path / "absent")).code == 66
    (tmp_path / "other").write_text("Alias : x\n")
    assert run("check", "--relationship", str(tmp_path / "other")).code == 65
