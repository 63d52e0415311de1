"""What is printed for monitoring systems: accepted by their checkers, or true to what the exporter says."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import re
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tree_sitter
import tree_sitter_powershell
import yaml
from prometheus_client.parser import text_string_to_metric_families

from probe.__main__ import main
from probe.report.formats import prometheus
from probe.runs.attempts import Checked
from probe.runs.lists.partners import PartnerEntry
from probe.runs.untried_target import refused
from probe.serving import monitoring
from probe.serving.application import Exporting
from tests.requirements import require
from tests.serving.conftest import Start

OPTIONS = {
    "rules": ["--rules"],
    "dashboard": ["--dashboard"],
    **{name: ["--template", name] for name in ("icinga", "nagios", "zabbix", "prtg")},
}


@pytest.mark.parametrize("name", sorted(monitoring.FILES))
def test_each_is_printed_or_written_as_it_is(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *OPTIONS[name]]) == 0
    assert capsys.readouterr().out == monitoring.text(name)
    path = tmp_path / "file"
    assert main(["serve", *OPTIONS[name], "-o", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == monitoring.text(name)


def test_an_unknown_system_is_an_error_that_names_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--template", "cacti"]) == 64
    assert "icinga" in capsys.readouterr().err


def _account() -> tuple[str, str]:
    """User and group of this process: the checkers would become others, who may not read its folders."""
    import grp  # not on Windows

    return getpass.getuser(), grp.getgrgid(os.getgid()).gr_name


@pytest.mark.posix("Icinga 2 and Nagios check it")
def test_icinga_accepts_its_configuration(tmp_path: Path) -> None:
    program = require("icinga2")
    (tmp_path / "fedprobe.conf").write_text(monitoring.text("icinga"))
    (tmp_path / "icinga2.conf").write_text(
        f'include <itl>\nconst PluginDir = "/nowhere"\ninclude "{tmp_path}/fedprobe.conf"\n'
    )
    folders = [f"-D{name}Dir={tmp_path}" for name in ("Data", "Log", "InitRun", "Cache")]
    mine = dict(zip(("ICINGA2_USER", "ICINGA2_GROUP"), _account(), strict=True))
    checked = subprocess.run(
        [program, "daemon", "-C", "-c", str(tmp_path / "icinga2.conf"), *folders],
        capture_output=True,
        text=True,
        env=os.environ | mine,
    )
    assert checked.returncode == 0, checked.stdout
    assert "Instantiated 2 Services" in checked.stdout


@pytest.mark.posix("Icinga 2 and Nagios check it")
def test_nagios_accepts_its_configuration(tmp_path: Path) -> None:
    program = require("nagios4")
    user, group = _account()
    (tmp_path / "fedprobe.cfg").write_text(monitoring.text("nagios"))
    (tmp_path / "nagios.cfg").write_text(
        f"cfg_file={tmp_path}/fedprobe.cfg\nlog_file={tmp_path}/log\ncheck_result_path={tmp_path}\n"
        f"object_cache_file={tmp_path}/objects\nlock_file={tmp_path}/lock\ncommand_file={tmp_path}/commands\n"
        f"nagios_user={user}\nnagios_group={group}\n"
        "illegal_macro_output_chars=`~$&|'<>\"\n"
    )
    checked = subprocess.run([program, "-v", str(tmp_path / "nagios.cfg")], capture_output=True, text=True)
    assert "Total Errors:   0" in checked.stdout, checked.stdout
    assert "Total Warnings: 0" in checked.stdout, checked.stdout
    assert "Checked 2 services" in checked.stdout


@pytest.mark.parametrize("name", [pytest.param("icinga", id="icinga"), pytest.param("nagios", id="nagios")])
def test_the_command_line_of_a_plugin_is_one_that_probe_has(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = sorted(set(re.findall(r"(?<![\w-])--[a-z-]+", monitoring.text(name))))
    assert len(options) >= 4
    main(["check", "--help"])
    shown = capsys.readouterr().out
    assert [option for option in options if option not in shown] == []


@pytest.fixture(scope="module")
def zabbix() -> dict[str, Any]:
    (template,) = yaml.safe_load(monitoring.text("zabbix"))["zabbix_export"]["templates"]
    return dict(template)


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item)


def test_identifiers_of_the_zabbix_template_are_what_zabbix_demands(zabbix: dict[str, Any]) -> None:
    """Version 4 without dashes, each once."""
    found = [node["uuid"] for node in _nodes(zabbix) if "uuid" in node]
    assert len(found) == len(set(found)) > 15
    assert all(uuid.UUID(one).version == 4 and len(one) == 32 for one in found)


def test_the_zabbix_template_refers_only_to_what_it_has(zabbix: dict[str, Any]) -> None:
    keys = {node["key"] for node in _nodes(zabbix) if "delay" in node}
    masters = {node["master_item"]["key"] for node in _nodes(zabbix) if "master_item" in node}
    assert masters <= keys
    triggers = [node for node in _nodes(zabbix) if "expression" in node]
    assert len(triggers) == 7
    for trigger in triggers:
        named = re.findall(
            rf"/{re.escape(zabbix['template'])}/(\w+\.\w+(?:\[[^\]]*\])?)", trigger["expression"]
        )
        assert named, trigger["expression"]
        assert set(named) <= keys
    macros = {macro["macro"] for macro in zabbix["macros"]}
    assert set(re.findall(r"\{\$[A-Z.]+\}", monitoring.text("zabbix"))) == macros


def test_zabbix_finds_every_partner_and_every_value(zabbix: dict[str, Any], exporter: Start) -> None:
    """The patterns of its items, looked up in what a real exporter answers."""
    patterns = [step["parameters"][0] for node in _nodes(zabbix) for step in node.get("preprocessing", ())]
    (rule,) = zabbix["discovery_rules"]
    assert [one["path"] for one in rule["lld_macro_paths"]] == ["$.targets[0]"]

    async def check(entry: PartnerEntry) -> Checked:
        return Checked(refused(entry, "not checked"))

    async def body() -> None:
        async with exporter(check, [PartnerEntry("contoso.example")], Exporting(every=3600)) as running:
            while "fedprobe_result_age_seconds{" not in (text := (await running.client.get("/metrics")).text):
                await asyncio.sleep(0.01)
            (group,) = (await running.client.get("/targets")).json()
        known = {
            f"{s.name}{{{','.join(f'{name}={value!r}' for name, value in s.labels.items())}}}".replace(
                "'", '"'
            )
            for family in text_string_to_metric_families(text)
            for s in family.samples
        } | {s.name for family in text_string_to_metric_families(text) for s in family.samples}
        wanted = {pattern.replace("{#TARGET}", group["targets"][0]) for pattern in patterns}
        absent = {pattern for pattern in wanted if pattern not in known}
        assert absent == {'probe_ssl_last_chain_expiry_timestamp_seconds{target="contoso.example"}'}
        assert absent.pop().partition("{")[0] in prometheus.METRICS  # a target without a chain has none

    asyncio.run(asyncio.wait_for(body(), 50))


def test_the_script_for_prtg_is_powershell_and_calls_what_there_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = monitoring.text("prtg")
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    assert not parser.parse(text.encode()).root_node.has_error
    assert text.isascii()  # Windows PowerShell 5.1 reads a file without a mark in the code page
    fallback = re.search(r"\$answer = '(\{.*\})'", text)
    assert fallback is not None
    assert json.loads(fallback[1])["prtg"]["error"] == 1
    main(["check", "--help"])
    shown = capsys.readouterr().out
    assert all(option in shown for option in re.findall(r"(?<![\w-])--[a-z-]+", text))


def test_the_dashboard_asks_for_metrics_that_there_are() -> None:
    board = json.loads(monitoring.text("dashboard"))
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    named = {name for text in expressions for name in re.findall(r"\b(?:fedprobe|probe)_\w+", text)}
    assert named <= set(prometheus.METRICS)
    places = [
        (x, y)
        for panel in board["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(places) == len(set(places))
    assert all(0 <= x < 24 for x, _ in places)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


# What Zabbix 6.0's import validator knows of these nodes, and the constants that it takes (zabbix/zabbix,
# ui/include/classes/import/validators/C60XmlValidator.php). Later versions convert a 6.0 file first.
_ITEM = {
    "uuid",
    "name",
    "type",
    "key",
    "delay",
    "history",
    "trends",
    "value_type",
    "units",
    "valuemap",
    "tags",
}
_ITEM |= {"preprocessing", "master_item", "url", "description", "status", "timeout"}
_TRIGGER = {"uuid", "expression", "name", "priority", "description"}
ZABBIX_NODES = {
    "zabbix_export": {"version", "groups", "templates"},
    "templates": {"uuid", "template", "name", "description", "groups", "items", "discovery_rules", "macros"}
    | {"valuemaps", "tags"},
    "groups": {"uuid", "name"},
    "items": _ITEM | {"triggers"},
    "item_prototypes": _ITEM | {"trigger_prototypes"},
    "discovery_rules": {"uuid", "name", "type", "key", "delay", "lifetime", "url", "lld_macro_paths"}
    | {"item_prototypes", "description"},
    "triggers": _TRIGGER,
    "trigger_prototypes": _TRIGGER,
    "preprocessing": {"type", "parameters", "error_handler", "error_handler_params"},
    "lld_macro_paths": {"lld_macro", "path"},
    "master_item": {"key"},
    "valuemap": {"name"},
    "valuemaps": {"uuid", "name", "mappings"},
    "mappings": {"type", "value", "newvalue"},
    "macros": {"macro", "type", "value", "description"},
    "tags": {"tag", "value"},
}
ZABBIX_CONSTANTS = {
    "value_type": {"FLOAT", "CHAR", "LOG", "UNSIGNED", "TEXT"},
    "priority": {"NOT_CLASSIFIED", "INFO", "WARNING", "AVERAGE", "HIGH", "DISASTER"},
    "error_handler": {"ORIGINAL_ERROR", "DISCARD_VALUE", "CUSTOM_VALUE", "CUSTOM_ERROR"},
}


def _strange(name: str, value: Any) -> Iterator[str]:
    """What Zabbix would refuse below a node: an unknown key or constant, a value that is no text."""
    if isinstance(value, list):
        for item in value:
            yield from _strange(name, item)
    elif isinstance(value, dict):
        yield from (f"{name}: {key}" for key in sorted(set(value) - ZABBIX_NODES[name]))
        for key, item in value.items():
            yield from _strange(key, item)
    elif not isinstance(value, str):
        yield f"{name}: {value!r} is no text"
    elif value not in ZABBIX_CONSTANTS.get(name, {value}):
        yield f"{name}: {value}"


def test_the_zabbix_template_is_what_its_import_takes() -> None:
    export = yaml.safe_load(monitoring.text("zabbix"))
    assert set(export) == {"zabbix_export"}
    assert list(_strange("zabbix_export", export["zabbix_export"])) == []


@pytest.mark.parametrize(
    ("node", "strange"),
    [
        pytest.param({"versoin": "6.0"}, "zabbix_export: versoin", id="unknown-key"),
        pytest.param({"version": 6.0}, "version: 6.0 is no text", id="a-number"),
        pytest.param({"templates": [{"items": [{"value_type": "INT"}]}]}, "value_type: INT", id="constant"),
    ],
)
def test_what_the_import_would_refuse_is_found(node: dict[str, Any], strange: str) -> None:
    assert list(_strange("zabbix_export", node)) == [strange]


def test_values_that_prometheus_writes_as_decimals_are_stored_as_such(zabbix: dict[str, Any]) -> None:
    """2.0 is no unsigned number."""
    stored = [node for node in _nodes(zabbix) if node.get("type") == "DEPENDENT"]
    assert {node.get("value_type") for node in stored} == {"FLOAT"}
