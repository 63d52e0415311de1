"""A partner list in TOML, which is read one [[partners]] table after the other: the reader of a whole text
holds some twenty times its size.

A text is so read if no other table begins behind its first [[partners]]. Then each part from one such line
to the next is TOML of its own with one partner, unless such a line stands inside a text of many lines, and
then a part is no TOML: such lists, and those that hold `partners = [...]`, are read whole, up to a size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from probe.errors import DataError
from probe.runs.lists.list_text import ListText
from probe.runs.lists.partners import DEFAULT_KEYS, PartnerEntry, checked, entry_from
from probe.runs.lists.suggestions import did_you_mean
from probe.runs.lists.toml_reading import read_toml

MOST_AT_A_TIME = 4 * 1024 * 1024
"""Bytes of what is read at a time; the worst of that size takes 100 MB."""

_PARTNER_HEADER = re.compile(r"[ \t]*\[\[[ \t]*partners[ \t]*\]\]")
_HEADER = re.compile(r"[ \t]*\[")


def toml_entries(listed: ListText, name: str) -> Iterator[PartnerEntry]:
    """The partners of a list in TOML, each made as its table has been read.

    Raises:
        DataError: it is no TOML, has an unknown key or a value that cannot be used, or is too large.
    """
    if not _tables_are_apart(listed):
        yield from _entries_of_whole(listed, name)
        return
    parts = _parts(listed, name)
    tables = _read(*next(parts), listed, name)
    if tables is None or "partners" in tables:
        yield from _entries_of_whole(listed, name)
        return
    defaults = _defaults(tables, name)
    for index, (line, text) in enumerate(parts):
        tables = _read(line, text, listed, name)
        if tables is None:
            yield from islice(_entries_of_whole(listed, name), index, None)
            return
        yield entry_from(
            tables["partners"][0], where=f"{name}, partner {index + 1}, line {line}", defaults=defaults
        )


def _tables_are_apart(listed: ListText) -> bool:
    begun = False
    for line in listed.lines():
        if _PARTNER_HEADER.match(line):
            begun = True
        elif begun and _HEADER.match(line):
            return False
    return begun


def _parts(listed: ListText, name: str) -> Iterator[tuple[int, str]]:
    """What stands before the first [[partners]], then each such table; with the number of its first line."""
    first, size = 1, 0
    lines: list[str] = []
    for number, line in enumerate(listed.lines(), 1):
        if _PARTNER_HEADER.match(line):
            yield first, "".join(lines)
            first, size, lines = number, 0, []
        size += len(line)
        if size > MOST_AT_A_TIME:
            raise DataError(
                f"{name}, line {first}: more than {MOST_AT_A_TIME // 2**20} MiB to the next [[partners]]: "
                "this is no partner list"
            )
        lines.append(line)
    yield first, "".join(lines)


def _read(line: int, text: str, listed: ListText, name: str) -> dict[str, Any] | None:
    """The part of the list that begins at this line; None: it is no TOML of its own.

    Raises:
        DataError: so it is, and the list is too large to be read whole.
    """
    try:
        return read_toml(text)
    except ValueError:
        return None if listed.size <= MOST_AT_A_TIME else _read_whole("\n" * (line - 1) + text, name)


def _read_whole(text: str, name: str) -> dict[str, Any]:
    try:
        return read_toml(text)
    except ValueError as wrong:
        raise DataError(f"{name}: this is no TOML: {wrong}") from None


def _entries_of_whole(listed: ListText, name: str) -> Iterator[PartnerEntry]:
    if listed.size > MOST_AT_A_TIME:
        raise DataError(
            f"{name}: in TOML of more than {MOST_AT_A_TIME // 2**20} MiB every partner is a table of its own "
            "([[partners]]), and no other line behind the first begins with [: write it so, or as CSV"
        )
    text = listed.whole()
    tables = _read_whole(text, name)
    defaults = _defaults(tables, name)
    partners = tables.get("partners", [])
    if not isinstance(partners, list) or not all(isinstance(partner, dict) for partner in partners):
        raise DataError(f"{name}: partners: write each partner as a [[partners]] table")
    lines = [number for number, line in enumerate(text.split("\n"), 1) if _PARTNER_HEADER.match(line)]
    for index, partner in enumerate(partners):
        line = f", line {lines[index]}" if len(lines) == len(partners) else ""
        yield entry_from(partner, where=f"{name}, partner {index + 1}{line}", defaults=defaults)


def _defaults(tables: dict[str, Any], name: str) -> dict[str, Any]:
    for key in tables:
        if key not in {"defaults", "partners"}:
            raise DataError(f"{name}: {key}: unknown key{did_you_mean(key, ['defaults', 'partners'])}")
    values = tables.get("defaults", {})
    if not isinstance(values, dict):
        raise DataError(f"{name}: defaults: write the defaults as a [defaults] table")
    return checked(values, where=f"{name}, [defaults]", allowed=DEFAULT_KEYS)
