"""The published JSON Schemas: valid, met by what is written, and narrow enough to refuse the rest."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from probe.errors import UsageError
from probe.report import build, result_schemas
from probe.report import json as report_json
from probe.report.document import ChainDocument, ResultDocument


def _validator(name: str) -> Draft202012Validator:
    body = json.loads(json.dumps(result_schemas.schema(name)))
    Draft202012Validator.check_schema(body)
    return Draft202012Validator(body)


def _plain(document: ResultDocument | ChainDocument) -> Any:
    return json.loads(msgspec.json.encode(document).decode(errors="replace"))


@pytest.mark.parametrize("name", result_schemas.NAMES)
def test_schema_is_labelled(name: str) -> None:
    """Dialect, identifier and title are there, and the document's `schema` key is fixed."""
    _validator(name)
    body = result_schemas.schema(name)
    assert body["$schema"].endswith("2020-12/schema")
    assert body["$id"] == f"urn:fedprobe:schema:probe.{name}:1"
    assert body["title"]
    one = body if "$ref" in body else body["anyOf"][0]
    top = body["$defs"][one["$ref"].rsplit("/", 1)[1]]
    assert top["properties"]["schema"] == {"const": f"probe.{name}/1"}


@pytest.mark.parametrize("name", ["adatum", "contoso", "fabrikam", "tailspin", "wingtip", "nowhere", "empty"])
def test_results_are_valid(named: dict[str, ResultDocument], name: str) -> None:
    """Every shape of result meets the schema."""
    _validator("result").validate(_plain(named[name]))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_one_target_is_an_object_and_several_are_an_array(
    named: dict[str, ResultDocument], number: int
) -> None:
    """`--format json` is valid whether one target was checked or many."""
    printed = json.loads(report_json.render([named["adatum"], named["contoso"]][:number]))
    assert isinstance(printed, dict) is (number == 1)
    _validator("result").validate(printed)


def test_a_chain_is_valid(named: dict[str, ResultDocument]) -> None:
    """`probe chain` prints the keys of one judgement."""
    judgement = named["fabrikam"].endpoints[0].judgements[0]
    _validator("chain").validate(_plain(build.copied(judgement, ChainDocument)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(("schema",), "probe.result/2", id="another-schema"),
        pytest.param(("outcome",), "fine", id="no-outcome"),
        pytest.param(("endpoints", 0, "kind"), "owa", id="no-endpoint-kind"),
        pytest.param(("endpoints", 0, "judgements", 0, "ssl_policy_errors"), ["None"], id="none-is-empty"),
        pytest.param(
            ("endpoints", 0, "judgements", 0, "chain", "status"), ["NoError"], id="no-error-is-empty"
        ),
        pytest.param(
            ("endpoints", 0, "judgements", 0, "web_exception", "status"), "Trust", id="no-dotnet-name"
        ),
        pytest.param(
            ("endpoints", 0, "tls", "presented", 0, "thumbprint"), "ab" * 20, id="lower-case-thumbprint"
        ),
        pytest.param(("endpoints", 0, "judgements", 0, "name", "by"), "dnsName", id="misspelled-name-source"),
    ],
)
def test_what_breaks_the_contract_is_refused(
    named: dict[str, ResultDocument], path: tuple[str | int, ...], value: object
) -> None:
    """The contract's words are enumerations."""
    document = _plain(named["fabrikam"])
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    assert path[-1] in holder
    holder[path[-1]] = value
    assert not _validator("result").is_valid(document)


def test_unknown_name() -> None:
    """The error names what there is."""
    with pytest.raises(UsageError, match="result, chain, record"):
        result_schemas.schema("results")
