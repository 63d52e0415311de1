"""Documents and records as a history keeps them: compressed."""

from __future__ import annotations

import zlib

import msgspec

from probe.errors import DataError
from probe.judgement.model import Outcome
from probe.report import summary
from probe.runs.store.results import read_document

_LARGEST = 64 * 1024 * 1024


class _Use(msgspec.Struct):
    not_used: str | None = None


def packed(data: bytes) -> bytes:
    """The bytes as they are kept."""
    return zlib.compress(data)


def unpacked(kept: bytes) -> bytes:
    """The bytes that were packed.

    Raises:
        ValueError: they are damaged; its text says how.
    """
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(kept, _LARGEST)
    except zlib.error as damaged:
        raise ValueError(str(damaged)) from None
    if not unpacking.eof:
        raise ValueError("cut off, or too large")
    return data


def standing_of(outcome: str, kept: bytes) -> str | None:
    """`summary.standing` of a result document that is kept; of a damaged one it is not known."""
    try:
        data = unpacked(kept)
        if msgspec.json.decode(data, type=_Use).not_used is not None:
            return summary.NOT_USED
        return summary.standing(read_document(data, "")) if outcome == Outcome.FAILURE else None
    except (msgspec.MsgspecError, ValueError, RecursionError, DataError):
        return None
