"""Reading a partner list: TOML, CSV, NDJSON (or a JSON array), or one target a line.

The format is recognised by the name of the file, else by its content.
The whole list is checked before the first connection, so that a typing error in the last line is not found
after an hour; entries are then made one at a time. Nothing here connects to anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from probe import windows_paths
from probe.errors import DataError, InputMissingError
from probe.facts.encoding import text_encoding
from probe.runs.lists import list_formats
from probe.runs.lists.list_formats import ListFormat
from probe.runs.lists.list_text import ListText
from probe.runs.lists.partners import PartnerEntry
from probe.runs.lists.repetitions import Spellings
from probe.runs.secrets import ENVIRONMENT_PREFIX

STANDARD_INPUT = "-"
# A line of a list is some hundred bytes: this is room for hundreds of thousands of partners.
MAXIMUM_BYTES = 64 * 1024 * 1024
_PIECE = 65_536

# What no encoding explains: Python replaces it, and Windows' own conversion gives it a control's number.
_NOT_TEXT = re.compile("[\ufffd\x80-\x9f]")


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
        for place, entry in enumerate(list_formats.entries(self.text, self.format, self.name)):
            if place not in self.repeated:
                yield entry

    def repetitions(self) -> Iterator[PartnerEntry]:
        """The entries that are not checked, because an earlier one is the same partner."""
        if not self.repeated:
            return
        for place, entry in enumerate(list_formats.entries(self.text, self.format, self.name)):
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
    text = _content(source, standard_input, name)
    for piece in text.pieces():
        _check_text(piece, name)
    return _checked_list(text, name, environment)


def from_text(text: str, *, name: str, environment: Mapping[str, str] | None = None) -> PartnerList:
    """The partner list in `text`; `name` stands in messages and its ending may tell the format.

    Raises:
        DataError: the list is damaged or empty, or an entry has a wrong key or value.
    """
    return _checked_list(ListText.of(text), name, environment)


def from_targets(targets: Sequence[str]) -> PartnerList:
    """The list that targets of a command line make."""
    return _listed("command line", ListText.of(json.dumps(list(targets))), ListFormat.JSON)


def _checked_list(text: ListText, name: str, environment: Mapping[str, str] | None) -> PartnerList:
    form = list_formats.BY_SUFFIX.get(Path(name).suffix.lower()) or list_formats.recognise(text)
    listed = _listed(name, text, form, environment)
    if not listed.count:
        raise DataError(
            f"{name} names no partner, so nothing would be checked: put a domain on a line of its own, or a "
            "[[partners]] table with domain = … (probe init writes an example)"
        )
    return listed


def _listed(
    name: str, text: ListText, form: ListFormat, environment: Mapping[str, str] | None = None
) -> PartnerList:
    """The list, with each entry made once, which finds its mistakes."""
    count = 0
    spellings = Spellings()
    for entry in list_formats.entries(text, form, name):
        if environment is not None and (entry.proxy or "").startswith(ENVIRONMENT_PREFIX):
            _check_secret(entry, environment)
        spellings.take(entry)
        count += 1
    repeated = spellings.repeated()
    return PartnerList(name, text, form, count - len(repeated), repeated)


def _content(source: str, standard_input: BinaryIO | None, name: str) -> ListText:
    if source == STANDARD_INPUT and standard_input is not None:
        return ListText.read(_pieces(standard_input, name))
    try:
        with windows_paths.for_this_system(source).open("rb") as file:
            return ListText.read(_pieces(file, name))
    except OSError as missing:
        raise InputMissingError(
            f"the partner list {source} cannot be read ({missing.strerror}): check the path given to -f"
        ) from None


def _pieces(file: BinaryIO, name: str) -> Iterator[bytes]:
    """What can be read, in full pieces but for the last: a terminal would ask for its end again."""
    room = MAXIMUM_BYTES
    full = True
    while full:
        piece = file.read(_PIECE)
        full = len(piece) == _PIECE
        room -= len(piece)
        if room < 0:
            raise DataError(
                f"{name} is larger than {MAXIMUM_BYTES // 2**20} MiB: this is no partner list, or split it"
            )
        yield piece


def decoded(data: bytes, name: str) -> str:
    """The text of a file as editors and PowerShell save it.

    Raises:
        DataError: it is no text.
    """
    text = text_encoding.decoded(data)
    _check_text(text, name)
    return text


def _check_text(text: str, name: str) -> None:
    if _NOT_TEXT.search(text):
        raise DataError(f"{name} is no text: save it as UTF-8")


def _check_secret(entry: PartnerEntry, environment: Mapping[str, str]) -> None:
    try:
        entry.proxy_url(environment)
    except DataError as unset:
        raise DataError(f"{entry.source}: proxy: {unset}") from None
