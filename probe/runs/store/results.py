"""Reading saved results back: JSON (one document or an array) and NDJSON, one document at a time.

What the renderers wrote is read strictly, with file and line in every error; other schemas are refused.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import msgspec

from probe import windows_paths
from probe.errors import DataError, InputMissingError
from probe.facts.encoding import text_encoding
from probe.facts.target import target_key
from probe.report.document import RESULT_SCHEMA, ResultDocument
from probe.report.json import encoded

_LINES_SUFFIXES = (".ndjson", ".jsonl")
_DOCUMENT = msgspec.json.Decoder(ResultDocument)


def read_document(data: bytes, where: str) -> ResultDocument:
    """The result document in `data`.

    Raises:
        DataError: it is none, or of another schema.
    """
    try:
        return _DOCUMENT.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError) as wrong:
        raise DataError(
            f"{where}: this is no result of a check that this version reads, schema {RESULT_SCHEMA} "
            f"({wrong}): give output of --format json"
        ) from None


def write_document(document: ResultDocument) -> bytes:
    """The document as one line of JSON, without its newline."""
    return encoded(document)


def read_results(path: str | Path) -> Iterator[ResultDocument]:
    """The documents in a result file, in its order. NDJSON is read line by line.

    Raises:
        InputMissingError: the file cannot be opened.
        DataError: something in it is no result document.
    """
    try:
        with windows_paths.for_this_system(path).open("rb") as opened:
            file = _in_utf8(opened)
            first = file.readline()
            if not first and Path(path).suffix in _LINES_SUFFIXES:
                return  # a shard may have no targets
            if _is_a_line(first):
                yield from _lines(chain((first,), file), str(path))
            else:
                yield from _whole(first + file.read(), str(path))
    except OSError as missing:
        raise InputMissingError(
            f"the result file {path} cannot be read ({missing.strerror}): give an existing file"
        ) from None


def merged(paths: Iterable[str | Path], *, latest_only: bool = False) -> Iterator[ResultDocument]:
    """The documents of several result files, one after the other; or only the latest of each target.

    Raises:
        InputMissingError, DataError: as `read_results`.
    """
    files = tuple(paths)
    if not latest_only:
        for path in files:
            yield from read_results(path)
        return
    # Two readings keep one number a target in memory instead of all documents.
    latest: dict[str, tuple[datetime, int]] = {}
    for position, document in enumerate(merged(files)):
        candidate = (document.observed_at, position)
        latest[target_key(document.target.input)] = max(
            latest.get(target_key(document.target.input), candidate), candidate
        )
    chosen = {position for _, position in latest.values()}
    for position, document in enumerate(merged(files)):
        if position in chosen:
            yield document


def _in_utf8(file: BinaryIO) -> codecs.StreamRecoder | BinaryIO:
    """The file past its byte order mark; one in UTF-16, as PowerShell's `>` writes it, read as UTF-8."""
    mark = file.read(len(codecs.BOM_UTF8))
    if mark.startswith(text_encoding.UTF16_MARKS):
        file.seek(0)
        return codecs.EncodedFile(file, "utf-8", "utf-16")
    if mark != codecs.BOM_UTF8:
        file.seek(0)
    return file


def _is_a_line(first: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(first), dict)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return False


def _lines(file: Iterable[bytes], name: str) -> Iterator[ResultDocument]:
    for number, line in enumerate(file, 1):
        if line.strip():
            yield read_document(line, f"{name}, line {number}")


def _whole(data: bytes, name: str) -> Iterator[ResultDocument]:
    try:
        parts = msgspec.json.decode(data, type=list[msgspec.Raw]) if data.lstrip()[:1] == b"[" else [data]
    except (msgspec.DecodeError, ValueError, RecursionError) as wrong:
        raise DataError(
            f"{name}: this is no JSON ({wrong}): give output of --format json or ndjson"
        ) from None
    for number, part in enumerate(parts, 1):
        yield read_document(bytes(part), f"{name}, result {number}")
