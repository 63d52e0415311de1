"""JSON: one document (an object for one target, an array for several) and NDJSON, one line a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from probe.escaping import escaped_json
from probe.report.document import ChainDocument, ResultDocument


def render(documents: Sequence[ResultDocument] | Sequence[ChainDocument]) -> str:
    """Indented JSON: an object when there is one document, else an array; ends in a newline."""
    return indented(documents[0] if len(documents) == 1 else tuple(documents))


def line(document: ResultDocument | ChainDocument) -> str:
    """One line of NDJSON with its newline."""
    return encoded(document).decode() + "\n"


def render_lines(documents: Sequence[ResultDocument]) -> str:
    """NDJSON of all documents."""
    return "".join(line(document) for document in documents)


def indented(value: Any) -> str:
    """Any value that msgspec can encode, as indented JSON ending in a newline."""
    return msgspec.json.format(encoded(value), indent=2).decode() + "\n"


def encoded(value: Any) -> bytes:
    """Any value that msgspec can encode, as JSON in UTF-8.

    A lone surrogate, which a file name or a damaged string can hold and no UTF-8 can carry (RFC 8259
    section 8.2), is written as the six characters of its escape, as everywhere in probe.
    """
    try:
        return escaped_json(msgspec.json.encode(value))
    except UnicodeEncodeError:
        return escaped_json(msgspec.json.encode(_without_surrogates(msgspec.to_builtins(value))))


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_surrogates(item) for item in value]
    return value
