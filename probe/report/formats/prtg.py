"""PRTG: the JSON of its advanced custom sensors (EXE/Script Advanced, HTTP Data Advanced, REST).

A channel with limits of its own for the verdict of each target, in the numbers of the exit code, so that a
sensor turns yellow and red without a lookup file; then the days until the chain in use expires, and the
duration. PRTG supports 50 channels a sensor: beyond 12 targets only the verdicts are channels, worst first,
beyond 50 only the worst of them. The counts and the reason of the worst stand in the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct, json

from probe.escaping import escaped_json, one_line
from probe.judgement.model import Outcome
from probe.report import summary
from probe.report.document import ResultDocument

_MOST_CHANNELS = 50
_MOST_WITH_DETAILS = 12
_LONGEST_NAME = 80
_LONGEST_TEXT = 1900
_NUMBERS = {Outcome.SUCCESS: 0, Outcome.WARNING: 1, Outcome.FAILURE: 2, Outcome.UNKNOWN: 3}

Cell = str | int | float
Channel = dict[str, Cell]


class Sensor(Struct, frozen=True):
    """What stands under the key `prtg`."""

    result: tuple[Channel, ...]
    text: str


class SensorDocument(Struct, frozen=True):
    """What PRTG reads."""

    prtg: Sensor


def render(documents: Sequence[ResultDocument], *, now: datetime) -> str:
    """The JSON document of a sensor; days are counted from `now`."""
    ordered = sorted(documents, key=summary.urgency)
    detailed = len(ordered) <= _MOST_WITH_DETAILS
    channels: list[Channel] = []
    for document in ordered[:_MOST_CHANNELS]:
        channels.append(_verdict(document))
        if detailed:
            channels += _details(document, now)
    sensor = SensorDocument(Sensor(tuple(_distinct(channels)), _text(ordered)))
    return json.format(escaped_json(json.encode(sensor)), indent=2).decode() + "\n"


def _verdict(document: ResultDocument) -> Channel:
    value = 0 if document.not_used is not None else _NUMBERS[document.outcome]
    return {
        "channel": _name(document, "verdict"),
        "value": value,
        "unit": "Custom",
        "customunit": "(0 would succeed, 1 with warnings, 2 would fail, 3 cannot tell)",
        "limitmode": 1,
        "limitmaxwarning": 0.5,
        "limitmaxerror": 1.5,
        "limitwarningmsg": "would succeed, with warnings",
        "limiterrormsg": "would fail, or cannot be told",
    }


def _details(document: ResultDocument, now: datetime) -> Iterator[Channel]:
    expiry = summary.expiry(document)
    if expiry is not None:
        yield {
            "channel": _name(document, "days left"),
            "value": summary.days(expiry, now),
            "unit": "Custom",
            "customunit": "days",
        }
    if document.elapsed_ms is not None:
        yield {
            "channel": _name(document, "duration"),
            "value": round(document.elapsed_ms),
            "unit": "TimeResponse",
        }


def _name(document: ResultDocument, what: str) -> str:
    return f"{one_line(document.target.input, _LONGEST_NAME)} {what}"


def _distinct(channels: Sequence[Channel]) -> Iterator[Channel]:
    """The channels, the first of each name: PRTG joins those of one name."""
    seen: set[Cell] = set()
    for channel in channels:
        if channel["channel"] not in seen:
            seen.add(channel["channel"])
            yield channel


def _text(ordered: Sequence[ResultDocument]) -> str:
    if not ordered:
        return "no target"
    worst = ordered[0]
    said = f"{worst.target.input}: {summary.verdict(worst)}"
    if not summary.is_fine(worst):
        said = f"{said}. {summary.headline(worst)}"
    if len(ordered) > 1:
        bad = sum(summary.needs_action(d) and not summary.is_below_limit(d) for d in ordered)
        said = f"{bad} of {summary.counted(len(ordered), 'target')} would fail or cannot be told; {said}"
    # PRTG clips the text at a number sign, which its manual ("Custom Sensors") says is not supported.
    return one_line(said, _LONGEST_TEXT).replace("#", "＃")
