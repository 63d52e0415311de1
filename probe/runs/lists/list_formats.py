"""A partner list in each of its formats, entry by entry: what is held is one of them."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum

from probe.errors import DataError
from probe.facts.target import without_password
from probe.runs.lists import json_elements
from probe.runs.lists.list_text import LONGEST_LINE, ListText
from probe.runs.lists.partners import LIST_KEYS, READERS, PartnerEntry, entry_from
from probe.runs.lists.suggestions import did_you_mean
from probe.runs.lists.toml_list import toml_entries

_MOST_TOLD = 20

_TOML_LINE = re.compile(r"\s*(\[\[?\s*(defaults|partners)\s*\]\]?|[A-Za-z_]+\s*=)")


class ListFormat(StrEnum):
    """How a list is written."""

    TOML = "toml"
    CSV = "csv"
    NDJSON = "ndjson"
    JSON = "json"
    LINES = "lines"


BY_SUFFIX: Mapping[str, ListFormat] = {
    ".toml": ListFormat.TOML,
    ".csv": ListFormat.CSV,
    ".ndjson": ListFormat.NDJSON,
    ".jsonl": ListFormat.NDJSON,
}


def recognise(listed: ListText) -> ListFormat:
    """The format that the first line with content shows."""
    lines = (line.strip() for line in listed.lines(newline=""))
    first = next((line for line in lines if line and not line.startswith("#")), "")
    if first.startswith("{"):
        return ListFormat.NDJSON
    if _TOML_LINE.match(first):
        return ListFormat.TOML
    if first.startswith("["):
        return ListFormat.JSON
    cells = {cell.strip().strip('"').lower() for cell in re.split(r"[,;\t]", first)}
    return ListFormat.CSV if cells & {"domain", "target"} else ListFormat.LINES


def entries(listed: ListText, form: ListFormat, name: str) -> Iterator[PartnerEntry]:
    """The entries of a list in their order.

    Raises:
        DataError: the list is damaged, or an entry has a wrong key or value.
    """
    return _FORMATS[form](listed, name)


def _lines(listed: ListText, name: str, newline: str = "\n") -> Iterator[str]:
    """The lines; one that is too long is refused before anything is made of it."""
    for number, line in enumerate(listed.lines(newline), 1):
        if len(line) > LONGEST_LINE:
            raise DataError(
                f"{name}, line {number}: longer than {LONGEST_LINE // 2**20} MiB: this is no partner list"
            )
        yield line


def _csv_entries(listed: ListText, name: str) -> Iterator[PartnerEntry]:
    lines = _lines(listed, name, newline="")
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
    untold = 0
    for number, line in enumerate(_lines(listed, name), 1):
        if line.strip():
            where = f"{name}, line {number}"
            try:
                yield _json_entry(_json(line, where), where)
            except DataError as damaged:
                if len(wrong) < _MOST_TOLD:
                    wrong.append(str(damaged))
                else:
                    untold += 1
    if untold:
        wrong.append(f"and {untold} more lines")
    if wrong:
        raise DataError("; ".join(wrong))


def _json_entries(listed: ListText, name: str) -> Iterator[PartnerEntry]:
    values = enumerate(json_elements.elements(listed.pieces()), 1)
    while True:
        try:
            index, value = next(values)
        except StopIteration:
            return
        except (ValueError, RecursionError) as wrong:
            raise DataError(f"{name}: this is no JSON ({wrong})") from None
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
    for number, line in enumerate(_lines(listed, name), 1):
        target = (re.sub(r"(^|\s)#.*", "", line) if "#" in line else line).strip()
        if target:
            yield PartnerEntry(without_password(target), source=f"{name}, line {number}")


_FORMATS: Mapping[ListFormat, Callable[[ListText, str], Iterator[PartnerEntry]]] = {
    ListFormat.TOML: toml_entries,
    ListFormat.CSV: _csv_entries,
    ListFormat.NDJSON: _ndjson_entries,
    ListFormat.JSON: _json_entries,
    ListFormat.LINES: _line_entries,
}
