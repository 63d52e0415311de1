"""The JSON Schemas (draft 2020-12) of every machine output, by name."""

from __future__ import annotations

from typing import Any

import msgspec

from probe.cli import shapes
from probe.explain.model import EXPLAIN_SCHEMA
from probe.judgement.caller import Caller
from probe.report import difference, federation, pair, sources, stores
from probe.report import schema as reports

_LABELLED: dict[str, tuple[Any, str, str]] = {
    "federation": (
        federation.FederationDocument,
        federation.SCHEMA,
        "The answer to GetFederationInformation",
    ),
    "pair": (pair.PairDocument, pair.SCHEMA, "The readiness of two organisations for each other"),
    "explain": (shapes.ExplainDocument, EXPLAIN_SCHEMA, "What log entries mean"),
    "diff": (difference.DifferenceDocument, difference.SCHEMA, "What changed, target by target"),
    "runs": (shapes.RunsDocument, "probe.runs/1", "The runs of a history file"),
    "config": (shapes.ConfigDocument, "probe.config/1", "The settings of a command and their origins"),
    "notification": (shapes.NotificationDocument, "probe.notification/1", "What a webhook receives"),
    "trust": (stores.TrustDocument, stores.SCHEMA, "What a trust store holds"),
    "trust-diff": (stores.TrustDifferenceDocument, stores.DIFFERENCE_SCHEMA, "How two trust stores differ"),
    "sources": (sources.SourcesDocument, sources.SCHEMA, "The facts behind citations"),
}
# Arrays, which carry no name of their own.
_ARRAYS: dict[str, tuple[Any, str]] = {
    "callers": (tuple[Caller, ...], "The Exchange servers that can be predicted"),
    "lab": (tuple[shapes.FaultEntry, ...] | shapes.FaultEntry, "The faults of the lab, or the one served"),
    "demo": (tuple[shapes.DemoEntry, ...], "The partners of the demonstration, checked"),
    "targets": (tuple[shapes.TargetGroup, ...], "The exporter's partners, for http_sd_config"),
}
NAMES = (*reports.NAMES, *_LABELLED, *_ARRAYS)


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of the output of this name (one of `NAMES`).

    Raises:
        UsageError: there is none.
    """
    if name in _LABELLED:
        shape, identifier, title = _LABELLED[name]
        return reports.labelled(shape, identifier, title)
    if name in _ARRAYS:
        shape, title = _ARRAYS[name]
        return {
            "$schema": reports.DIALECT,
            "$id": f"urn:fedprobe:schema:probe.{name}:1",
            "title": title,
            **msgspec.json.schema(shape),
        }
    return reports.schema(name)
