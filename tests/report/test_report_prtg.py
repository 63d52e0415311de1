"""PRTG's JSON: channels with limits of their own, bounded, the worst first, and cleaned."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from msgspec import structs

from probe.judgement.model import Outcome
from probe.report.document import (
    ResultDocument,
    TargetEntry,
    Tool,
    TrustEntry,
    VantageEntry,
)
from probe.report.formats import prtg

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def _document(target: str, outcome: str = "success", **values: Any) -> ResultDocument:
    document = ResultDocument(
        tool=Tool("fedprobe", "0"),
        observed_at=NOW,
        vantage=VantageEntry("", "", ""),
        target=TargetEntry(target, None),
        trust=TrustEntry("x", "", 0, 0, 0),
        outcome=Outcome(outcome),
        discovery=(),
        federation=None,
        endpoints=(),
        elapsed_ms=123.4,
    )
    return structs.replace(document, **values)


def _rendered(*documents: ResultDocument) -> dict[str, Any]:
    return dict(json.loads(prtg.render(documents, now=NOW))["prtg"])


@pytest.mark.parametrize(
    ("outcome", "value", "said"),
    [
        pytest.param("success", 0, "contoso.example: would succeed", id="success"),
        pytest.param("warning", 1, "contoso.example: would succeed, with warnings. ", id="warning"),
        pytest.param("failure", 2, "contoso.example: would fail. ", id="failure"),
        pytest.param("unknown", 3, "contoso.example: cannot tell. ", id="unknown"),
    ],
)
def test_the_verdict_turns_the_sensor_yellow_and_red(outcome: str, value: int, said: str) -> None:
    sensor = _rendered(_document("contoso.example", outcome))
    verdict, duration = sensor["result"]
    assert (verdict["channel"], verdict["value"]) == ("contoso.example verdict", value)
    colour = (value > verdict["limitmaxwarning"], value > verdict["limitmaxerror"])
    assert colour == (value >= 1, value >= 2)
    assert verdict["limitmode"] == 1
    assert (duration["value"], duration["unit"]) == (123, "TimeResponse")
    assert sensor["text"].startswith(said)


def test_a_relationship_that_is_not_used_is_green() -> None:
    (verdict, _) = _rendered(_document("contoso.example", "failure", not_used="it is disabled"))["result"]
    assert verdict["value"] == 0


@pytest.mark.parametrize(
    ("count", "channels"),
    [
        pytest.param(12, 24, id="with-details"),
        pytest.param(13, 13, id="verdicts-only"),
        pytest.param(50, 50, id="as-many-as-prtg-takes"),
        pytest.param(200, 50, id="more"),
    ],
)
def test_channels_are_bounded_and_the_worst_are_among_them(count: int, channels: int) -> None:
    documents = [_document(f"p{number}.example") for number in range(count - 1)]
    sensor = _rendered(*documents, _document("bad.example", "failure"))
    assert len(sensor["result"]) == channels
    assert sensor["result"][0]["channel"] == "bad.example verdict"
    assert sensor["text"].startswith(f"1 of {count} targets would fail or cannot be told; bad.example: ")


def test_one_channel_for_each_name() -> None:
    sensor = _rendered(_document("a.example"), _document("a.example", "failure"))
    first = sensor["result"][0]
    assert (first["channel"], first["value"]) == ("a.example verdict", 2)
    assert len({c["channel"] for c in sensor["result"]}) == len(sensor["result"]) == 2


# What PRTG's manual ("Custom Sensors", elements of an advanced sensor) says of these elements, as far as they
# are used: units, limits that count only with limitmode, numbers as values, 50 channels, a text of 2,000
# characters that ends at a number sign.
SENSOR = {
    "type": "object",
    "required": ["prtg"],
    "additionalProperties": False,
    "properties": {
        "prtg": {
            "type": "object",
            "required": ["result", "text"],
            "additionalProperties": False,
            "properties": {
                "text": {"type": "string", "minLength": 1, "maxLength": 2000, "pattern": "^[^#]*$"},
                "result": {
                    "type": "array",
                    "maxItems": 50,
                    "items": {
                        "type": "object",
                        "required": ["channel", "value", "unit"],
                        "additionalProperties": False,
                        "dependentRequired": {
                            "limitmaxwarning": ["limitmode"],
                            "limitmaxerror": ["limitmode"],
                            "limitwarningmsg": ["limitmaxwarning"],
                            "limiterrormsg": ["limitmaxerror"],
                            "customunit": ["unit"],
                        },
                        "properties": {
                            "channel": {"type": "string", "minLength": 1},
                            "value": {"type": "integer"},  # decimals need float = 1
                            "unit": {"enum": ["Custom", "TimeResponse"]},
                            "customunit": {"type": "string"},
                            "limitmode": {"const": 1},
                            "limitmaxwarning": {"type": "number"},
                            "limitmaxerror": {"type": "number"},
                            "limitwarningmsg": {"type": "string"},
                            "limiterrormsg": {"type": "string"},
                        },
                    },
                },
            },
        }
    },
}


@pytest.mark.parametrize("count", [0, 1, 12, 13, 50, 51, 300])
def test_a_sensor_is_what_prtg_takes(count: int) -> None:
    reason = "the root CN=Office #1 " * 300
    documents = [_document(f"p{n}.example", "failure", error=reason) for n in range(count)]
    jsonschema.validate(json.loads(prtg.render(documents, now=NOW)), SENSOR)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda sensor: sensor.update(text="CN=Office #1"), id="number-sign"),
        pytest.param(lambda sensor: sensor.update(text="x" * 2001), id="long-text"),
        pytest.param(lambda sensor: sensor["result"][0].update(value="2"), id="value-as-text"),
        pytest.param(lambda sensor: sensor["result"][0].update(unit="Verdict"), id="unit"),
        pytest.param(lambda sensor: sensor["result"][0].pop("limitmode"), id="limits-without-mode"),
        pytest.param(lambda sensor: sensor.update(result=sensor["result"] * 26), id="channels"),
    ],
)
def test_what_prtg_would_refuse_is_found(change: Callable[[dict[str, Any]], object]) -> None:
    made = {"prtg": _rendered(_document("contoso.example", "failure"))}
    change(made["prtg"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(made, SENSOR)


def test_no_target_is_said() -> None:
    assert _rendered()["text"] == "no target"


def test_what_a_partner_wrote_is_cleaned_and_bounded() -> None:
    hostile = "a\x1b[31m\n\u202e\ud800" + "x" * 5000
    text = prtg.render([_document(hostile, "failure", error=hostile)], now=NOW)
    assert "\\u001b" not in text
    sensor = json.loads(text)["prtg"]
    assert len(sensor["text"]) <= 2000
    assert "\n" not in sensor["text"]
    assert len(sensor["result"][0]["channel"]) < 100
