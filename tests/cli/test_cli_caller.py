"""`probe caller` and `--caller FILE`: one server's settings decide, anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from probe.facts import server_settings
from probe.facts.server_settings import ServerSettings, StoredMember
from probe.lab import authority
from probe.lab.partner import Partner

Run = Callable[..., Any]

OTHER = (StoredMember("Root", authority.root("Another one").certificate.der),)
OFF = {"Enabled": 0, "DisabledByDefault": 1}
SERVER = {
    "server": "EX03",
    "windows_build": 14393,
    "exchange_version": "15.1.2507.6",
    "dotnet": {"v4.0.30319": {"SystemDefaultTlsVersions": 1}},
    "schannel": {},
    "availability": {},
    "root_auto_update_disabled": False,
}


@pytest.fixture
def partner() -> Any:
    with Partner("healthy") as started:
        yield started


def _file(path: Path, partner: Partner, **changes: Any) -> str:
    stores = tuple(StoredMember("Root", root.der) for root in partner.trust.roots)
    settings = ServerSettings(**{"stores": stores, **SERVER, **changes})
    path.write_bytes(server_settings.dumps(settings))
    return str(path)


def _check(run: Run, partner: Partner, *arguments: str) -> Any:
    done = run(
        "check", partner.ews_url, "--connect-to", partner.connect_to[0], "--format", "json", *arguments
    )
    assert done.out, done.err
    return json.loads(done.out)


def _verdicts(document: Any) -> dict[str, str]:
    return {j["caller"]: j["outcome"] for e in document["endpoints"] for j in e["judgements"]}


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        pytest.param({}, "success", id="as-it-should-be"),
        pytest.param({"schannel": {"TLS 1.2": OFF}}, "failure", id="tls-1.2-off"),
        pytest.param({"dotnet": {}}, "unknown", id="no-system-default-tls-versions"),
        pytest.param({"cipher_suites": ("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",)}, "failure", id="suites"),
        pytest.param({"stores": OTHER}, "failure", id="stores"),
        pytest.param(
            {"stores": OTHER, "availability": {"AllowExternalUntrustedCerts": 1}},
            "warning",
            id="untrusted-allowed",
        ),
    ],
)
def test_each_setting_changes_the_verdict(
    run: Run, partner: Partner, tmp_path: Path, changes: dict[str, Any], outcome: str
) -> None:
    document = _check(run, partner, "--caller", _file(tmp_path / "caller.json", partner, **changes))
    assert _verdicts(document) == {"ex03:exchange-2016@2016": outcome}


def test_several_servers_get_one_judgement_each(run: Run, partner: Partner, tmp_path: Path) -> None:
    first = _file(tmp_path / "one.json", partner)
    second = _file(tmp_path / "two.json", partner, server="EX04", schannel={"TLS 1.2": OFF})
    document = _check(run, partner, "--caller", first, "--caller", second)
    assert _verdicts(document) == {
        "ex03:exchange-2016@2016": "success",
        "ex04:exchange-2016@2016": "failure",
    }


def test_servers_with_different_stores_are_checked_one_at_a_time(
    run: Run, partner: Partner, tmp_path: Path
) -> None:
    first = _file(tmp_path / "one.json", partner)
    second = _file(tmp_path / "two.json", partner, stores=OTHER)
    done = run("check", "contoso.com", "--caller", first, "--caller", second)
    assert done.code == 64
    assert "different stores" in done.err


def test_what_was_assumed_is_said(run: Run, partner: Partner, tmp_path: Path) -> None:
    path = _file(tmp_path / "caller.json", partner, availability=None)
    done = run("check", partner.ews_url, "--connect-to", partner.connect_to[0], "--caller", path)
    assumed = "not read: curves, cipher suites, algorithms that SCHANNEL has switched off, AllowExternal"
    assert assumed in done.err
    document = _check(run, partner, "--caller", path)
    assert all(assumed in j["caller_notes"][0] for e in document["endpoints"] for j in e["judgements"])


def test_show_export_and_script(run: Run, partner: Partner, tmp_path: Path) -> None:
    path = _file(tmp_path / "caller.json", partner)
    shown = run("caller", "show", path)
    assert shown.code == 0
    assert "15.1.2507.6" in shown.out
    assert "Root 1" in shown.out
    assert json.loads(run("caller", "show", path, "--format", "json").out)["schema"] == "probe.caller/1"
    again = tmp_path / "again.json"
    assert run("caller", "export", path, "-o", str(again)).code == 0
    assert again.read_bytes() == Path(path).read_bytes()
    script = run("caller", "script").out
    assert "schema = 'probe.caller/1'" in script
    for cmdlet in ("Get-OrganizationRelationship", "Get-FederationTrust", "Get-IntraOrganizationConnector"):
        assert cmdlet in script


def test_of_a_machine_without_exchange_the_settings_are_shown(
    run: Run, partner: Partner, tmp_path: Path
) -> None:
    path = _file(tmp_path / "caller.json", partner, exchange_version=None)
    shown = run("caller", "show", path)
    assert (shown.code, shown.err) == (0, "")
    assert "no known Exchange is installed here" in shown.out
    assert "Exchange                not read" in shown.out
    refused = run("check", "contoso.com", "--caller", path)
    assert refused.code == 65
    assert "name a profile with --caller" in refused.err


def test_the_servers_own_partners_are_checked(run: Run, partner: Partner, tmp_path: Path) -> None:
    relationship = {
        "Name": "Contoso",
        "DomainNames": ["partner.lab"],
        "Enabled": True,
        "FreeBusyAccessEnabled": True,
        "TargetApplicationUri": "partner.lab",
        "TargetSharingEpr": partner.ews_url,
        "TargetAutodiscoverEpr": None,
    }
    path = _file(tmp_path / "caller.json", partner, organization_relationships=[relationship])
    done = run(
        *("check", "--relationship", path, "--caller", path, "--format", "ndjson"),
        *("--connect-to", partner.connect_to[0]),
    )
    assert done.code == 0, done.err
    assert json.loads(done.out)["outcome"] == "success"
    bare = _file(tmp_path / "bare.json", partner)
    refused = run("check", "--relationship", bare)
    assert refused.code == 65
    assert "probe caller script" in refused.err
