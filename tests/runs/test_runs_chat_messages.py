"""What Teams and Slack take: the rules of their documentation that these messages rely on, as schemas.

Adaptive Cards: adaptivecards.io/explorer (each element with the version that brought it). Teams shows cards
of incoming webhooks up to version 1.4, at most 28 KB (learn.microsoft.com, "Create incoming webhooks").
Slack: docs.slack.dev, Block Kit reference (section, header; 50 blocks) and chat.postMessage (text).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jsonschema
import msgspec
import pytest
from msgspec import structs

from probe.runs.alerting.alerts import Alert, AlertKind
from probe.runs.alerting.notification import Message, WebhookShape, compose, payload

WHEN = datetime(2026, 11, 23, 6, tzinfo=UTC)
FAILS = Alert(
    "fabrikam.example",
    "success",
    "failure",
    WHEN,
    verdict_before="would succeed",
    verdict="would fail",
    cause="The chain ends in CN=b.",
    logged="System.Net.WebException: no trust",
    actor="you, the calling side",
    fix="import the root",
    since=WHEN,
)


def _closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


_SPACING = {"enum": ["None", "Small", "Default", "Medium", "Large", "ExtraLarge", "Padding"]}
_TEXT_RUN = _closed(  # version 1.2
    ["type", "text"],
    type={"const": "TextRun"},
    text={"type": "string"},
    weight={"enum": ["Lighter", "Default", "Bolder"]},
    size={"enum": ["Small", "Default", "Medium", "Large", "ExtraLarge"]},
    color={"enum": ["Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"]},
)
_RICH_TEXT_BLOCK = _closed(  # version 1.2; inlines are what it shows, and it wraps by itself
    ["type", "inlines"],
    type={"const": "RichTextBlock"},
    inlines={"type": "array", "minItems": 1, "items": _TEXT_RUN},
    separator={"type": "boolean"},
    spacing=_SPACING,
)
CARD = (
    _closed(
        ["type", "version", "body"],
        type={"const": "AdaptiveCard"},
        version={"enum": ["1.2", "1.3", "1.4"]},
        body={"type": "array", "minItems": 1, "items": _RICH_TEXT_BLOCK},
        msteams=_closed(["width"], width={"const": "Full"}),
    )
    | {}
)
CARD["properties"]["$schema"] = {"const": "http://adaptivecards.io/schemas/adaptive-card.json"}
TEAMS = _closed(
    ["type", "attachments"],
    type={"const": "message"},
    attachments={
        "type": "array",
        "minItems": 1,
        "maxItems": 1,
        "items": _closed(
            ["contentType", "content"],
            contentType={"const": "application/vnd.microsoft.card.adaptive"},
            contentUrl={"type": "null"},
            content=CARD,
        ),
    },
)


def _plain(limit: int) -> dict[str, Any]:
    return _closed(
        ["type", "text"],
        type={"const": "plain_text"},
        text={"type": "string", "minLength": 1, "maxLength": limit},
        emoji={"type": "boolean"},
    )


SLACK = _closed(
    ["text", "blocks"],
    text={"type": "string", "minLength": 1, "maxLength": 4000},
    blocks={
        "type": "array",
        "minItems": 1,
        "maxItems": 50,
        "items": {
            "oneOf": [
                _closed(["type", "text"], type={"const": "header"}, text=_plain(150)),
                _closed(["type", "text"], type={"const": "section"}, text=_plain(3000)),
            ]
        },
    },
)
SCHEMAS = {WebhookShape.TEAMS: TEAMS, WebhookShape.SLACK: SLACK}
TEAMS_BYTES = 28 * 1024

MESSAGES = [
    pytest.param([FAILS], id="one"),
    pytest.param([structs.replace(FAILS, cause="", logged="", actor="", fix="", since=None)], id="bare"),
    pytest.param([structs.replace(FAILS, target="x" * 3000, cause="é" * 9000)], id="long"),
    pytest.param(
        [structs.replace(FAILS, target=f"{n}.example", cause="\U0001f600" * 900) for n in range(300)],
        id="many",
    ),
    *(
        pytest.param([structs.replace(FAILS, kind=kind, after=after, verdict="")], id=f"{kind}-{after}")
        for kind in AlertKind
        for after in ("failure", "unknown", "warning", "success")
    ),
]


def _made(alerts: list[Alert], shape: WebhookShape) -> Any:
    message = compose(alerts)
    assert message is not None
    return msgspec.to_builtins(payload(message, shape))


@pytest.mark.parametrize("shape", SCHEMAS)
@pytest.mark.parametrize("alerts", MESSAGES)
def test_a_message_is_what_the_chat_program_takes(alerts: list[Alert], shape: WebhookShape) -> None:
    made = _made(alerts, shape)
    jsonschema.validate(made, SCHEMAS[shape])
    if shape is WebhookShape.TEAMS:
        assert len(msgspec.json.encode(made)) <= TEAMS_BYTES


def _teams(change: Callable[[dict[str, Any]], object]) -> Callable[[Any], object]:
    return lambda made: change(made["attachments"][0]["content"])


REFUSED = [
    pytest.param(WebhookShape.TEAMS, _teams(lambda c: c.pop("version")), id="no-version"),
    pytest.param(WebhookShape.TEAMS, _teams(lambda c: c.update(version="1.6")), id="version-of-the-future"),
    pytest.param(WebhookShape.TEAMS, _teams(lambda c: c["body"].append({"type": "Bold"})), id="no-element"),
    pytest.param(WebhookShape.TEAMS, _teams(lambda c: c["body"][0].update(inlines=[])), id="empty-block"),
    pytest.param(
        WebhookShape.TEAMS, _teams(lambda c: c["body"][0]["inlines"][0].update(color="red")), id="no-colour"
    ),
    pytest.param(WebhookShape.SLACK, lambda made: made["blocks"].extend(made["blocks"] * 25), id="51-blocks"),
    pytest.param(
        WebhookShape.SLACK, lambda made: made["blocks"][1]["text"].update(text="x" * 3001), id="3001-letters"
    ),
    pytest.param(
        WebhookShape.SLACK, lambda made: made["blocks"][0]["text"].update(text="x" * 151), id="long-header"
    ),
    pytest.param(
        WebhookShape.SLACK, lambda made: made["blocks"][1]["text"].update(type="mrkdwn"), id="markup"
    ),
]


@pytest.mark.parametrize(("shape", "change"), REFUSED)
def test_what_the_chat_program_would_refuse_is_found(
    shape: WebhookShape, change: Callable[[Any], object]
) -> None:
    made = copy.deepcopy(_made([FAILS], shape))
    change(made)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(made, SCHEMAS[shape])


def _targets(message: Message | None) -> list[str]:
    assert message is not None
    return [alert.target for alert in message.alerts]


def test_the_worst_come_first_whatever_was_done_first() -> None:
    outcomes = {"b": "success", "d": "failure", "a": "unknown", "c": "failure"}
    alerts = [structs.replace(FAILS, target=name, after=after) for name, after in outcomes.items()]
    assert _targets(compose(alerts)) == ["c", "d", "a", "b"]


def test_what_waited_stays_before_what_followed_it() -> None:
    """Where a partner failed and recovered before anybody could be told, the last word decides its place."""
    back = structs.replace(FAILS, before="failure", after="success", kind=AlertKind.RECOVERED)
    other = structs.replace(FAILS, target="z.example")
    message = compose([FAILS, back, other])
    assert _targets(message) == ["z.example", FAILS.target, FAILS.target]
    assert message is not None
    assert [alert.after for alert in message.alerts[1:]] == ["failure", "success"]


def test_slack_shows_a_line_each_without_alignment() -> None:
    section = _made([FAILS], WebhookShape.SLACK)["blocks"][1]["text"]["text"]
    assert section.splitlines()[:2] == [
        "✕ fabrikam.example: would fail (before: would succeed)",
        "Cause: The chain ends in CN=b.",
    ]
    assert "  " not in section
