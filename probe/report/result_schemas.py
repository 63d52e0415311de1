"""The JSON Schemas (draft 2020-12) of what probe writes: result, chain and record; the parts for the others.

They are made of the very records that are encoded, whose types name the contract's words. They describe what
is written; keys that later versions add are allowed.
"""

from __future__ import annotations

from typing import Any

import msgspec

from probe.errors import UsageError
from probe.facts import record
from probe.report.document import CHAIN_SCHEMA, RESULT_SCHEMA, ChainDocument, ResultDocument

NAMES = ("result", "chain", "record")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of `result`, `chain` or `record`.

    One target is an object and several are an array, and the schema of results is met by both.

    Raises:
        UsageError: no schema has this name.
    """
    if name == "result":
        return _one_or_several(
            labelled(ResultDocument, RESULT_SCHEMA, "The result of one target, or of several")
        )
    if name == "chain":
        return _one_or_several(
            labelled(ChainDocument, CHAIN_SCHEMA, "One judged chain, or one for each caller")
        )
    if name == "record":
        return named(record.schema(), record.SCHEMA, "The observation record of one target")
    raise UsageError(f"there is no schema {name!r}: give one of {', '.join(NAMES)}")


def labelled(shape: Any, identifier: str, title: str) -> dict[str, Any]:
    """The JSON Schema of records of this type; see `named`."""
    return named(msgspec.json.schema(shape), identifier, title)


def named(body: dict[str, Any], identifier: str, title: str) -> dict[str, Any]:
    """`body` with dialect, `$id` (a URN: nothing is to be fetched), title, and its `schema` key fixed."""
    top = body["$ref"].removeprefix("#/$defs/")
    body["$defs"][top]["properties"]["schema"] = {"const": identifier}
    urn = f"urn:fedprobe:schema:{identifier.replace('/', ':')}"
    return {"$schema": DIALECT, "$id": urn, "title": title, **body}


def _one_or_several(body: dict[str, Any]) -> dict[str, Any]:
    """The schema of one document, and of an array of such documents."""
    one = {"$ref": body.pop("$ref")}
    return {**body, "anyOf": [one, {"type": "array", "items": one}]}
