"""`probe schema`: the JSON Schema of an output."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from probe.cli import console, options


class SchemaName(StrEnum):
    """Documents that have a published schema."""

    RESULT = "result"
    CHAIN = "chain"
    RECORD = "record"


def schema(
    name: Annotated[SchemaName, typer.Argument(help="Which document.")] = SchemaName.RESULT,
    output: options.Output = None,
) -> int:
    """Print the JSON Schema of a result, a judged chain or an observation record.

    Example: probe schema result -o probe-result.schema.json
    """
    from probe.report.json import indented
    from probe.report.schema import schema as published

    console.emit(indented(published(name.value)), output)
    return 0
