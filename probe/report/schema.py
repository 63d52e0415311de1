"""The JSON Schemas (draft 2020-12) of what probe writes: result, chain and record; the parts for the others.

They are derived from the typed records, and the words that the contract fixes are added as enumerations. They
describe what is written; keys that later versions add are allowed.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import msgspec

from probe.dotnet import SslPolicyErrors, WebExceptionStatus, X509ChainStatusFlags
from probe.errors import UsageError
from probe.facts import record
from probe.facts.observation import EndpointKind, FailureKind, Phase, RetrievalKind
from probe.judgement.model import Actor, NameSource, Outcome, Severity, Source
from probe.report.document import CHAIN_SCHEMA, RESULT_SCHEMA, ChainDocument, ResultDocument

NAMES = ("result", "chain", "record")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of `result` (one target's document), `chain` or `record`.

    Raises:
        UsageError: no schema has this name.
    """
    if name == "result":
        return labelled(
            narrowed(msgspec.json.schema(ResultDocument)), RESULT_SCHEMA, "The result of one target"
        )
    if name == "chain":
        return labelled(
            narrowed(msgspec.json.schema(ChainDocument)), CHAIN_SCHEMA, "One judged certificate chain"
        )
    if name == "record":
        return labelled(record.schema(), record.SCHEMA, "The observation record of one target")
    raise UsageError(f"there is no schema {name!r}: give one of {', '.join(NAMES)}")


def labelled(body: dict[str, Any], identifier: str, title: str) -> dict[str, Any]:
    """`body` with dialect, `$id` (a URN: nothing is to be fetched), title, and its `schema` key fixed."""
    top = body["$ref"].removeprefix("#/$defs/")
    body["$defs"][top]["properties"]["schema"] = {"const": identifier}
    urn = f"urn:fedprobe:schema:{identifier.replace('/', ':')}"
    return {"$schema": DIALECT, "$id": urn, "title": title, **body}


def _flags(flags: type[SslPolicyErrors] | type[X509ChainStatusFlags]) -> dict[str, Any]:
    return {"type": "array", "items": {"enum": [member.name for member in flags if member.value]}}


def _nullable(*alternatives: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [*alternatives, {"type": "null"}]}


def _words(words: type[Enum]) -> dict[str, Any]:
    return {"enum": [member.value for member in words]}


def narrowed(body: dict[str, Any]) -> dict[str, Any]:
    """`body` with the contract's fixed words as enumerations."""
    chain_flags = _flags(X509ChainStatusFlags)
    policy_errors = _nullable(_flags(SslPolicyErrors))
    outcome = _words(Outcome)
    source = _words(Source)
    moment = {"type": "string", "format": "date-time"}
    validity = {"not_before": _nullable(moment), "not_after": _nullable(moment)}
    narrow: dict[str, dict[str, dict[str, Any]]] = {
        "ResultDocument": {"outcome": outcome, "observed_at": moment},
        "PairDocument": {"outcome": outcome},
        "Direction": {"outcome": outcome},
        "ChainDocument": {"outcome": outcome, "at": moment, "ssl_policy_errors": policy_errors},
        "StepEntry": {"outcome": {"enum": ["found", "nothing", "failed", "skipped"]}},
        "EndpointEntry": {"kind": _words(EndpointKind)},
        "FailureEntry": {"phase": _words(Phase), "kind": _words(FailureKind)},
        "RetrievalEntry": {"kind": _words(RetrievalKind)},
        "JudgementEntry": {"outcome": outcome, "at": moment, "ssl_policy_errors": policy_errors},
        "ChainEntry": {"status": chain_flags},
        "ElementEntry": {"status": chain_flags, "source": source} | validity,
        "RejectedEntry": {"source": source},
        "NameEntry": {"by": _nullable(_words(NameSource))},
        "WebExceptionEntry": {"status": {"enum": [member.name for member in WebExceptionStatus]}},
        "FindingEntry": {"severity": _words(Severity)},
        "RemedyEntry": {"actor": _words(Actor)},
        "FlipEntry": {"at": moment},
        "CertificateEntry": validity
        | {
            "thumbprint": {"type": "string", "pattern": "^[0-9A-F]{40}$"},
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        },
    }
    for definition, properties in narrow.items():
        if definition in body["$defs"]:
            body["$defs"][definition]["properties"].update(properties)
    return body
