"""Splits a text into entries: events in their three layouts, log lines, answers, cmdlet output, plain text.

Line by line, one pass, no look-ahead further than one line. It says what an entry is by its form only; what
the entry means is decided elsewhere. Layouts: the Event Viewer's "Copy details as text", `Get-EventLog | fl`,
`Get-WinEvent | fl`, the bare description, IIS W3C lines ([exchange 5.2], [exchange 5.6]).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from probe.explain.explanation_model import Entry, EntryKind
from probe.explain.kinds import is_lone, is_status_line, kind_of
from probe.explain.readers.cmdlet_results import inline_results
from probe.explain.readers.cmdlet_settings import objects, tables_as_lists
from probe.explain.readers.event_tables import event_tables_as_lists
from probe.explain.readers.exchange_log import exchange_log_kind, is_exchange_log_line
from probe.explain.readers.w3c import LogColumns, is_log_line, log_kind

MAXIMUM_ENTRIES = 1_000
"""Entries that are explained; what follows is counted, not read."""

_MAXIMUM_BODY = 65_536
_LONGEST_VALUE = 300
"""Characters of a header field's value; the longest are distinguished names."""

_NAMES = (
    "Log Name|Source|Date|Event ID|Task Category|Level|Keywords|User|Computer|Description|Event Xml|Index"
    "|EventID|MachineName|Data|Category|CategoryNumber|EntryType|Message|ReplacementStrings|InstanceId|TimeGenerated"
    "|TimeWritten|UserName|Site|Container|TimeCreated|ProviderName|ProviderId|Id|LogName|LevelDisplayName"
    "|RunspaceId|Identity|Status|IsValid|ObjectState|Type|Event Type|Event Source|Event Category"
)
_HEADER = re.compile(rf"^[ ]{{0,8}}({_NAMES})[ ]{{0,24}}:(?!//)[ ]{{0,8}}(.*)$", re.IGNORECASE)
_STARTS = frozenset({"log name", "index", "timecreated", "runspaceid"})
_BODY_FIELDS = frozenset({"description", "message"})
_DROPPED = frozenset({"replacementstrings", "event xml"})
_PROCESS = re.compile(r"^[ ]{0,40}(?:Process [^\n]{1,300}?: ?|Process [^\n:]{1,200}$)", re.IGNORECASE)
# Wherever else a template begins: events that a copy put on one line, a CSV column, an XML element.
_INLINE_PROCESS = re.compile(
    r"(?<=[^\n0-9A-Za-z])(?<!Process <)(?=Process [^\n:]{1,120}(?::[^\n: ][^\n:]{0,160})?:"
    r" (?:ProxyWebRequest|Proxy request) )"
)


@dataclass(slots=True)
class _Pending:
    """The entry that lines are being added to."""

    header: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    size: int = 0
    dropping: bool = False
    process_seen: bool = False

    def add(self, line: str) -> None:
        if not self.dropping and self.size < _MAXIMUM_BODY:
            self.lines.append(line)
            self.size += len(line) + 1

    @property
    def body(self) -> str:
        return "\n".join(self.lines).strip()


def split(text: str) -> tuple[Entry, ...]:
    """The entries of normalised `text` in order, at most `MAXIMUM_ENTRIES`; () for white space."""
    found: list[Entry] = []
    for entry in _entries(_listed(text)):
        found.append(entry)
        if len(found) >= MAXIMUM_ENTRIES:
            break
    return tuple(found)


def _listed(text: str) -> str:
    """`text` with every table and every event on one line as lists of one field a line."""
    return inline_results(tables_as_lists(_INLINE_PROCESS.sub("\n", event_tables_as_lists(text))))


def _entries(text: str) -> Iterator[Entry]:
    pending = _Pending()
    columns = LogColumns()
    for line in text.split("\n"):
        if line.startswith("#"):
            columns = columns.updated(line)
        record = _log_entry(line, columns)
        if record:
            yield from _flushed(pending)
            pending = _Pending()
            yield record
            continue
        if _begins_entry(line, pending):
            yield from _flushed(pending)
            pending = _Pending()
        _take(line, pending)
    yield from _flushed(pending)


def _header_of(line: str) -> re.Match[str] | None:
    """The header field of a line, or None; a copy that put a whole event on one line has none."""
    match = _HEADER.match(line)
    if match and match.group(1).lower() not in _BODY_FIELDS and len(match.group(2)) > _LONGEST_VALUE:
        return None
    return match


def _log_entry(line: str, columns: LogColumns) -> Entry | None:
    """The entry of a log's record, or None: the line is none."""
    if is_exchange_log_line(line):
        names = columns.names if len(columns.names) > 20 else ()
        return Entry(exchange_log_kind(line, names), line.strip(), (("columns", " ".join(names)),))
    if is_log_line(line, columns):
        return Entry(log_kind(line, columns), line.strip(), (("columns", " ".join(columns.names)),))
    return None


def _begins_entry(line: str, pending: _Pending) -> bool:
    header = _header_of(line)
    if header:
        name = header.group(1).lower()
        repeated = name in pending.header
        return repeated or (name in _STARTS and bool(pending.lines or pending.header))
    if is_status_line(line):
        return bool(pending.lines)
    if _PROCESS.match(line) and not pending.dropping:
        return pending.process_seen or (bool(pending.body) and not pending.header)
    previous = pending.body if len(pending.lines) <= 2 else ""
    return bool(previous) and is_lone(line) and (is_lone(previous) or not line.strip())


def _take(line: str, pending: _Pending) -> None:
    header = _header_of(line)
    if header is None:
        pending.process_seen = pending.process_seen or bool(_PROCESS.match(line))
        pending.add(line)
        return
    name, value = header.group(1).lower(), header.group(2).strip()
    pending.header[name] = value[:1000]
    pending.dropping = name in _DROPPED
    if value and (name in _BODY_FIELDS):
        pending.process_seen = pending.process_seen or bool(_PROCESS.match(value))
        pending.add(value)


def _flushed(pending: _Pending) -> Iterator[Entry]:
    if pending.body or pending.header:
        entry = kind_of(pending.body, tuple(pending.header.items()))
        if entry.kind is not EntryKind.CONFIGURATION:
            yield entry
            return
        # One entry an object: a fault of the second must not stand behind a first that has none.
        yield from (kind_of(body, entry.header) for body in objects(entry.text))
