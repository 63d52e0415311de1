"""JSON: one document (an object for one target, an array for several) and NDJSON, one line a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from probe.report.document import ChainDocument, ResultDocument


def render(documents: Sequence[ResultDocument] | Sequence[ChainDocument]) -> str:
    """Indented JSON: an object when there is one document, else an array; ends in a newline."""
    return indented(documents[0] if len(documents) == 1 else tuple(documents))


def line(document: ResultDocument | ChainDocument) -> str:
    """One line of NDJSON with its newline."""
    return msgspec.json.encode(document).decode() + "\n"


def render_lines(documents: Sequence[ResultDocument]) -> str:
    """NDJSON of all documents."""
    return "".join(line(document) for document in documents)


def indented(value: Any) -> str:
    """Any value that msgspec can encode, as indented JSON ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
