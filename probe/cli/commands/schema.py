"""`probe schema`: the JSON Schema of an output."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import console
from probe.cli.options.composition import with_options
from probe.cli.options.report import OutputPath

# Spelled out, because completion and --help must not load what the schemas are made from; a test holds them
# to `probe.cli.schemas.NAMES`.
NAMES = (
    "result",
    "chain",
    "record",
    "federation",
    "pair",
    "explain",
    "diff",
    "runs",
    "config",
    "notification",
    "trust",
    "trust-diff",
    "sources",
    "callers",
    "lab",
    "demo",
    "targets",
)


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
    from probe.cli import schemas
    from probe.errors import UsageError
    from probe.report.json import indented

    if name not in schemas.NAMES:
        raise UsageError(f"there is no schema {name!r}: give one of {', '.join(schemas.NAMES)}")
    console.emit(indented(schemas.schema(name)), report.output)
    return 0
