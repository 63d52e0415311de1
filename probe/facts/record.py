"""The observation record: a JSON file with everything one run saw, for judging again later or elsewhere.

Schema `probe.record/1`. Bytes are base64, times RFC 3339, certificates whole. `loads(dumps(o)) == o` always.
A file of another kind, a damaged one, or one from a later schema is refused with what to do about it.
Reading and writing files is not done here.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from probe.errors import RecordError
from probe.facts.encoding import text_encoding
from probe.facts.observation import Observation

SCHEMA = "probe.record/1"
_FAMILY = "probe.record/"


class _Record(Struct, frozen=True):
    schema: str
    observation: Observation


class _Label(Struct, frozen=True):
    schema: str


def dumps(observation: Observation) -> bytes:
    """The record of an observation: UTF-8 JSON, indented, ending in a newline."""
    compact = msgspec.json.encode(_Record(SCHEMA, observation))
    return msgspec.json.format(compact, indent=1) + b"\n"


def loads(data: bytes) -> Observation:
    """The observation in a record, also in one that an editor or PowerShell saved as UTF-16.

    Raises:
        RecordError: it is no record, a damaged one, or of a schema this version cannot read.
    """
    data = text_encoding.as_utf8(data)
    _check_schema(data)
    try:
        return msgspec.json.decode(data, type=_Record).observation
    except (msgspec.DecodeError, ValueError, RecursionError) as damaged:
        raise RecordError(f"the record is damaged ({damaged}): collect it again with probe collect") from None


def schema() -> dict[str, Any]:
    """The JSON Schema of a record file."""
    return msgspec.json.schema(_Record)


def _check_schema(data: bytes) -> None:
    try:
        label = msgspec.json.decode(data, type=_Label).schema
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RecordError(
            "this is no observation record: give a file that probe collect or --save wrote"
        ) from None
    if label == SCHEMA:
        return
    if label.startswith(_FAMILY) and label.removeprefix(_FAMILY).isdigit():
        raise RecordError(
            f"the record has schema {label} and this version reads {SCHEMA}: "
            "judge it with the version of probe that wrote it, or a newer one"
        )
    raise RecordError(f"this is no observation record but {label!r}: give a file that probe collect wrote")
