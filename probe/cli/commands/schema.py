"""`probe schema`: the JSON Schema (draft 2020-12) of an output, made of the records that are encoded."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer

from probe.cli import console
from probe.cli.options.composition import with_options
from probe.cli.options.report_options import OutputPath


class _Published(NamedTuple):
    """Where an output's record is defined, and what it is; loaded when asked for: completion needs names.

    `identifier` names the constant that holds the value of its `schema` key.
    """

    module: str
    record: str
    identifier: str
    title: str


_DOCUMENTS = {
    "federation": _Published(
        "probe.report.federation_information",
        "FederationDocument",
        "SCHEMA",
        "The answer to GetFederationInformation",
    ),
    "pair": _Published(
        "probe.report.both_directions",
        "PairDocument",
        "SCHEMA",
        "The readiness of two organisations for each other",
    ),
    "explain": _Published(
        "probe.explain.output.explanation_document",
        "ExplainDocument",
        "EXPLAIN_SCHEMA",
        "What log entries mean",
    ),
    "diff": _Published(
        "probe.report.difference", "DifferenceDocument", "SCHEMA", "What changed, target by target"
    ),
    "what-if": _Published(
        "probe.report.what_if.what_if_document",
        "WhatIfDocument",
        "SCHEMA",
        "Whose verdict would flip, when and why",
    ),
    "runs": _Published(
        "probe.cli.printed_records", "RunsDocument", "RUNS_SCHEMA", "The runs of a history file"
    ),
    "config": _Published(
        "probe.cli.printed_records",
        "ConfigDocument",
        "CONFIG_SCHEMA",
        "The settings of a command and their origins",
    ),
    "notification": _Published(
        "probe.runs.alerting.notification", "NotificationDocument", "SCHEMA", "What a webhook receives"
    ),
    "caller": _Published(
        "probe.facts.server_settings", "ServerSettings", "SCHEMA", "The settings of one Exchange server"
    ),
    "trust": _Published(
        "probe.report.listings.store_listing", "TrustDocument", "SCHEMA", "What a trust store holds"
    ),
    "trust-diff": _Published(
        "probe.report.listings.store_listing",
        "TrustDifferenceDocument",
        "DIFFERENCE_SCHEMA",
        "How two trust stores differ",
    ),
    "native": _Published(
        "probe.lab.native", "NativeAnswers", "SCHEMA", "What a real Windows said of the lab"
    ),
    "native-comparison": _Published(
        "probe.lab.native", "ComparisonDocument", "COMPARISON_SCHEMA", "A real Windows beside the lab's rows"
    ),
    "sources": _Published(
        "probe.report.listings.source_listing", "SourcesDocument", "SCHEMA", "The facts behind citations"
    ),
}
# Arrays carry no name of their own.
_ARRAYS = {
    "callers": _Published(
        "probe.judgement.caller_profile", "Caller", "", "The Exchange servers that can be predicted"
    ),
    "lab": _Published(
        "probe.cli.printed_records", "FaultEntry", "", "The faults of the lab, or the one served"
    ),
    "demo": _Published(
        "probe.cli.printed_records", "DemoEntry", "", "The partners of the demonstration, checked"
    ),
    "targets": _Published(
        "probe.serving.service_discovery", "TargetGroup", "", "The exporter's partners, for http_sd_config"
    ),
}
NAMES = ("result", "chain", "record", *_DOCUMENTS, *_ARRAYS)


@with_options
def schema(
    *,
    name: Annotated[
        str,
        typer.Argument(
            metavar="[NAME]", help=f"Which: {', '.join(NAMES)}.", autocompletion=lambda: list(NAMES)
        ),
    ] = "result",
    report: OutputPath,
) -> int:
    """Print the JSON Schema of a machine output: a result, a judged chain, an observation record, and others.

    Example: probe schema result -o probe-result.schema.json
    """
    from probe.errors import UsageError
    from probe.report.json import indented

    if name not in NAMES:
        raise UsageError(f"there is no schema {name!r}: give one of {', '.join(NAMES)}")
    console.emit(indented(schema_of(name)), report.output)
    return 0


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema of the output of this name, one of `NAMES`."""
    from msgspec import json

    from probe.report import result_schemas as reports

    if name in _DOCUMENTS:
        published = _DOCUMENTS[name]
        module = import_module(published.module)
        identifier = getattr(module, published.identifier)
        return reports.labelled(getattr(module, published.record), identifier, published.title)
    if name in _ARRAYS:
        published = _ARRAYS[name]
        record: Any = getattr(import_module(published.module), published.record)
        shape: Any = tuple.__class_getitem__((record, ...))
        if name == "lab":  # `probe lab FAULT` prints the one that it serves
            shape |= record
        return {
            "$schema": reports.DIALECT,
            "$id": f"urn:fedprobe:schema:probe.{name}:1",
            "title": published.title,
            **json.schema(shape),
        }
    return reports.schema(name)
