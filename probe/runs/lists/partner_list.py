"""Reading a partner list: TOML, CSV, NDJSON (or a JSON array), or one target a line.

The format is recognised by the name of the file, else by its content.
The whole list is checked before the first connection, so that a typing error in the last line is not found
after an hour; entries are then made one at a time. Nothing here connects to anything.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct

from probe import windows_paths
from probe.errors import DataError, InputMissingError, TargetError
from probe.facts import target as targets
from probe.facts.encoding import text_encoding
from probe.facts.target import target_key, without_password
from probe.runs.lists.list_text import ListText
from probe.runs.lists.partners import (
    DEFAULT_KEYS,
    LIST_KEYS,
    READERS,
    PartnerEntry,
    checked,
    entry_from,
)
from probe.runs.lists.suggestions import did_you_mean
from probe.runs.lists.toml_reading import read_toml
from probe.runs.secrets import ENVIRONMENT_PREFIX

STANDARD_INPUT = "-"
# A line of a list is some hundred bytes: this is room for hundreds of thousands of partners.
MAXIMUM_BYTES = 64 * 1024 * 1024

# What no encoding explains: Python replaces it, and Windows' own conversion gives it a control's number.
_NOT_TEXT = re.compile("[\ufffd\x80-\x9f]")
_MOST_TOLD = 20

_TOML_LINE = re.compile(r"\s*(\[\[?\s*(defaults|partners)\s*\]\]?|[A-Za-z_]+\s*=)")
_PARTNER_HEADER = re.compile(r"[ \t]*\[\[[ \t]*partners[ \t]*\]\]")


class ListFormat(StrEnum):
    """How a list is written."""

    TOML = "toml"
    CSV = "csv"
    NDJSON = "ndjson"
    JSON = "json"
    LINES = "lines"


_BY_SUFFIX = {
    ".toml": ListFormat.TOML,
    ".csv": ListFormat.CSV,
    ".ndjson": ListFormat.NDJSON,
    ".jsonl": ListFormat.NDJSON,
}


class PartnerList(Struct, frozen=True):
    """A list that has been checked as a whole. `count` entries come out of `entries()`, made one by one.

    `repeated` are the places, from 0, of entries that name the partner of an earlier one in another spelling.
    """

    name: str
    text: ListText
    format: ListFormat
    count: int
    repeated: frozenset[int] = frozenset()

    def entries(self) -> Iterator[PartnerEntry]:
        """The entries in the order of the list, a partner of two spellings once; may be called again."""
        for place, entry in enumerate(_FORMATS[self.format](self.text, self.name)):
            if place not in self.repeated:
                yield entry

    def repetitions(self) -> Iterator[PartnerEntry]:
        """The entries that are not checked, because an earlier one is the same partner."""
        for place, entry in enumerate(_FORMATS[self.format](self.text, self.name)):
            if place in self.repeated:
                yield entry


def read(
    source: str, *, standard_input: BinaryIO | None = None, environment: Mapping[str, str] | None = None
) -> PartnerList:
    """The partner list in a file, or in standard input for `-`.

    With an environment given, each `env:NAME` of the list must be set in it.

    Raises:
        InputMissingError: the file cannot be opened.
        DataError: the list is damaged, or an entry has a wrong key or value.
    """
    name = "standard input" if source == STANDARD_INPUT else source
    return from_text(decoded(_content(source, standard_input), name), name=name, environment=environment)


def from_text(text: str, *, name: str, environment: Mapping[str, str] | None = None) -> PartnerList:
    """The partner list in `text`; `name` stands in messages and its ending may tell the format.

    Raises:
        DataError: the list is damaged or empty, or an entry has a wrong key or value.
    """
    form = _BY_SUFFIX.get(Path(name).suffix.lower()) or recognise(text)
    listed = _listed(name, text, form, environment)
    if not listed.count:
        raise DataError(
            f"{name} names no partner, so nothing would be checked: put a domain on a line of its own, or a "
            "[[partners]] table with domain = … (probe init writes an example)"
        )
    return listed


def from_targets(targets: Sequence[str]) -> PartnerList:
    """The list that targets of a command line make."""
    return _listed("command line", json.dumps(list(targets)), ListFormat.JSON)


def _listed(
    name: str, text: str, form: ListFormat, environment: Mapping[str, str] | None = None
) -> PartnerList:
    """The list, with each entry made once, which finds its mistakes."""
    kept = ListText(text)
    del text  # what is held while the run goes on is the packed one
    count = 0
    repeated = set()
    seen: dict[int, int] = {}  # numbers: a list may have millions of entries
    for place, entry in enumerate(_FORMATS[form](kept, name)):
        if environment is not None and (entry.proxy or "").startswith(ENVIRONMENT_PREFIX):
            _check_secret(entry, environment)
        same, spelled = _same_check(entry), hash(entry.target)
        if same is not None and seen.setdefault(same, spelled) != spelled:
            repeated.add(place)
        else:
            count += 1
    return PartnerList(name, kept, form, count, frozenset(repeated))


def _same_check(entry: PartnerEntry) -> int | None:
    """A number that entries share which check one partner alike, however they spell it; None: no partner.

    What stands twice in one spelling is asked for twice; another spelling of a domain is an oversight.
    """
    try:
        parsed = targets.parse(entry.target)
    except TargetError:
        return None
    if parsed.domain is None:
        return None
    return hash(dataclasses.replace(entry, target=target_key(entry.target), tags=(), notes=None))


def recognise(text: str) -> ListFormat:
    """The format that the first line with content shows."""
    lines = (match[0].strip() for match in re.finditer(r"[^\r\n]+", text))
    first = next((line for line in lines if line and not line.startswith("#")), "")
    if first.startswith("{"):
        return ListFormat.NDJSON
    if _TOML_LINE.match(first):
        return ListFormat.TOML
    if first.startswith("["):
        return ListFormat.JSON
    cells = {cell.strip().strip('"').lower() for cell in re.split(r"[,;\t]", first)}
    return ListFormat.CSV if cells & {"domain", "target"} else ListFormat.LINES


def _content(source: str, standard_input: BinaryIO | None) -> bytes:
    if source == STANDARD_INPUT and standard_input is not None:
        data = standard_input.read(MAXIMUM_BYTES + 1)
    else:
        try:
            with windows_paths.for_this_system(source).open("rb") as file:
                data = file.read(MAXIMUM_BYTES + 1)
        except OSError as missing:
            raise InputMissingError(
                f"the partner list {source} cannot be read ({missing.strerror}): check the path given to -f"
            ) from None
    if len(data) > MAXIMUM_BYTES:
        name = "standard input" if source == STANDARD_INPUT else source
        raise DataError(
            f"{name} is larger than {MAXIMUM_BYTES // 2**20} MiB: this is no partner list, or split it"
        )
    return data


def decoded(data: bytes, name: str) -> str:
    """The text of a file as editors and PowerShell save it.

    Raises:
        DataError: it is no text.
    """
    text = text_encoding.decoded(data)
    if _NOT_TEXT.search(text):
        raise DataError(f"{name} is no text: save it as UTF-8")
    return text


def _check_secret(entry: PartnerEntry, environment: Mapping[str, str]) -> None:
    try:
        entry.proxy_url(environment)
    except DataError as unset:
        raise DataError(f"{entry.source}: proxy: {unset}") from None


def _toml_entries(listed: ListText, name: str) -> Iterator[PartnerEntry]:
    text = listed.whole()
    try:
        tables = read_toml(text)
    except ValueError as wrong:
        raise DataError(f"{name}: this is no TOML: {wrong}") from None
    for key in tables:
        if key not in {"defaults", "partners"}:
            raise DataError(f"{name}: {key}: unknown key{did_you_mean(key, ['defaults', 'partners'])}")
    defaults = _toml_defaults(tables.get("defaults", {}), name)
    partners = tables.get("partners", [])
    if not isinstance(partners, list) or not all(isinstance(partner, dict) for partner in partners):
        raise DataError(f"{name}: partners: write each partner as a [[partners]] table")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _PARTNER_HEADER.match(line)]
    for index, partner in enumerate(partners):
        line = f", line {lines[index]}" if len(lines) == len(partners) else ""
        yield entry_from(partner, where=f"{name}, partner {index + 1}{line}", defaults=defaults)


def _toml_defaults(values: object, name: str) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise DataError(f"{name}: defaults: write the defaults as a [defaults] table")
    return checked(values, where=f"{name}, [defaults]", allowed=DEFAULT_KEYS)


def _csv_entries(listed: ListText, name: str) -> Iterator[PartnerEntry]:
    lines = listed.lines(newline="")
    skipped = 0
    header_line = ""
    for header_line in lines:
        skipped += 1
        if header_line.strip() and not header_line.lstrip().startswith("#"):
            break
    delimiter = max(",;\t", key=header_line.count)
    columns = [
        cell.strip().lower() for cell in next(csv.reader([header_line.strip()], delimiter=delimiter), [])
    ]
    _check_columns(columns, f"{name}, line {skipped}")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                where = f"{name}, line {skipped + reader.line_num}"
                yield entry_from(_csv_values(columns, row, delimiter, where), where=where)
    except csv.Error as wrong:
        raise DataError(f"{name}, line {skipped + reader.line_num}: this is no CSV ({wrong})") from None


def _check_columns(columns: Sequence[str], where: str) -> None:
    if not {"domain", "target"} & set(columns):
        raise DataError(f"{where}: the header of the CSV has no column domain or target: name one so")
    for column in columns:
        if columns.count(column) > 1:
            raise DataError(f"{where}: the column {column or '(no name)'} stands twice in the header")
        if column not in READERS:
            raise DataError(f"{where}: {column}: unknown column{did_you_mean(column, sorted(READERS))}")


def _csv_values(columns: Sequence[str], row: Sequence[str], delimiter: str, where: str) -> dict[str, object]:
    if len(row) > len(columns):
        raise DataError(
            f"{where}: {len(row)} cells for {len(columns)} columns: put a cell with {delimiter!r} in quotes"
        )
    separators = r"[|]" if delimiter == ";" else r"[|;]"
    values: dict[str, object] = {}
    for column, cell in zip(columns, row, strict=False):
        if not cell.strip():
            continue
        values[column] = (
            [part for part in re.split(separators, cell) if part.strip()] if column in LIST_KEYS else cell
        )
    return values


def _ndjson_entries(listed: ListText, name: str) -> Iterator[PartnerEntry]:
    wrong: list[str] = []
    for number, line in enumerate(listed.lines(), 1):
        if line.strip():
            where = f"{name}, line {number}"
            try:
                yield _json_entry(_json(line, where), where)
            except DataError as damaged:
                wrong.append(str(damaged))
    if len(wrong) > _MOST_TOLD:
        wrong[_MOST_TOLD:] = [f"and {len(wrong) - _MOST_TOLD} more lines"]
    if wrong:
        raise DataError("; ".join(wrong))


def _json_entries(listed: ListText, name: str) -> Iterator[PartnerEntry]:
    values = _json(listed.whole(), name)
    if not isinstance(values, list):
        raise DataError(f"{name}: give a JSON array of targets or partners")
    for index, value in enumerate(values, 1):
        yield _json_entry(value, f"{name}, partner {index}")


def _json(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise DataError(f"{where}: this is no JSON ({wrong})") from None


def _json_entry(value: object, where: str) -> PartnerEntry:
    if isinstance(value, str):
        return PartnerEntry(without_password(value), source=where)
    if isinstance(value, dict):
        return entry_from({key: item for key, item in value.items() if item is not None}, where=where)
    raise DataError(f"{where}: give an object with the keys of a partner, or a text with its domain")


def _line_entries(listed: ListText, name: str) -> Iterator[PartnerEntry]:
    for number, line in enumerate(listed.lines(), 1):
        target = (re.sub(r"(^|\s)#.*", "", line) if "#" in line else line).strip()
        if target:
            yield PartnerEntry(without_password(target), source=f"{name}, line {number}")


_FORMATS: Mapping[ListFormat, Callable[[ListText, str], Iterator[PartnerEntry]]] = {
    ListFormat.TOML: _toml_entries,
    ListFormat.CSV: _csv_entries,
    ListFormat.NDJSON: _ndjson_entries,
    ListFormat.JSON: _json_entries,
    ListFormat.LINES: _line_entries,
}
