"""The parts of an entry, by the reader for its kind."""

from __future__ import annotations

from probe.explain.explanation_model import Entry, EntryKind, Parts
from probe.explain.readers.event import read_event
from probe.explain.readers.exchange_log import read_exchange_log, read_fragment
from probe.explain.readers.w3c import read_w3c


def read_parts(entry: Entry) -> Parts:
    """The parts of `entry`; a field that it does not say stays None, "" or ()."""
    columns = tuple((entry.field("columns") or "").split())
    if entry.kind in {EntryKind.IIS_LOG, EntryKind.HTTPERR_LOG}:
        return read_w3c(entry.text, entry.kind, columns)
    if entry.kind in {EntryKind.HTTP_PROXY_LOG, EntryKind.EWS_LOG}:
        if entry.field("fragment"):
            return read_fragment(entry.text)
        return read_exchange_log(entry.text, entry.kind, columns)
    return read_event(entry)
