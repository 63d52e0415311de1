"""Sections of the sources for people, as wide as they read, and as JSON."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from probe.report.json import indented
from probe.sources.documents import Section

SCHEMA = "probe.sources/1"
_CELL = re.compile(r"(?<!\\)\|")


class SourceEntry(Struct, frozen=True):
    """One section. `text` is its Markdown; null in the list of all headings."""

    citation: str
    document: str
    number: str
    title: str
    text: str | None


class SourcesDocument(Struct, frozen=True):
    """`probe sources`: the headings, or one section with its subsections."""

    schema: str
    sections: tuple[SourceEntry, ...]


def render_json(sections: Iterable[Section], *, texts: bool) -> str:
    """The sections as one JSON object, with their texts or as a list of headings."""
    entries = tuple(
        SourceEntry(one.citation, one.document, one.number, one.title, one.text if texts else None)
        for one in sections
    )
    return indented(SourcesDocument(SCHEMA, entries))


def render_headings(sections: Iterable[Section]) -> str:
    """One line for each heading: its citation and title."""
    return "".join(
        f"{'' if one.depth > 1 else chr(10)}{'  ' * (one.depth - 1)}{one.citation} {one.title}\n"
        for one in sections
    ).lstrip("\n")


def render_sections(sections: Iterable[Section], width: int) -> str:
    """The sections with their texts, no line longer than `width` unless one word is."""
    return "\n".join(
        "\n".join([*_wrap(f"{one.citation} {one.title}", width, ""), *_body(one.text, width)]) + "\n"
        for one in sections
    )


def _body(text: str, width: int) -> Iterator[str]:
    for block in filter(None, text.split("\n\n")):
        yield ""
        lines = block.splitlines()
        before = [line for line in lines if not line.startswith("|")]
        if before:
            yield from _wrap(" ".join(before), width, "")
        yield from _rows([line for line in lines if line.startswith("|")], width)


def _rows(lines: Sequence[str], width: int) -> Iterator[str]:
    """The rows of a table one below the other: the first cell, then each other cell with its heading."""
    table = [[cell.strip() for cell in _CELL.split(line.strip()[1:-1])] for line in lines]
    if not table:
        return
    headings = table[0]
    for row in table[2:]:
        yield from _wrap(f"{headings[0]}: {row[0]}" if len(headings[0]) < 3 else row[0], width, "")
        for heading, cell in zip(headings[1:], row[1:], strict=True):
            if cell:
                yield from _wrap(f"{heading}: {cell}" if heading else cell, width, "  ")


def _wrap(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        text.replace("**", "").replace("\\|", "|"),
        width,
        initial_indent=indent,
        subsequent_indent=indent + ("  " if indent else ""),
        break_long_words=False,
        break_on_hyphens=False,
    )
