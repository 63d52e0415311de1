"""Logs of any size: the lines of federated lookups, grouped by fault, each group explained once.

Theory of operation:

1. Bytes come in chunks. In each the few words that only lookups have are looked for (`_WORDS`), which costs a
   fraction of reading lines; only lines with such a word, and `#Fields:` lines, are taken apart.
2. A line's group is what makes its fault: kind of log, method, path, status, substatus, error code or reason,
   and the caller's category. A group keeps its first line, a count, and the first and last time.
3. At the end each group's first line goes the way of every other entry. Groups of answers without an error
   are counted and not explained.

Memory does not grow with the log: the number of groups is limited, and what no group takes is counted.
Sources: [exchange 5.6] (User-Agents), RFB (which logs hold a lookup).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from probe.explain.explainer import explain_entry
from probe.explain.explanation_model import Entry, EntryKind, Explanation, Parts
from probe.explain.parts import read_parts
from probe.explain.readers.exchange_log import exchange_log_kind, is_exchange_log_line
from probe.explain.readers.w3c import LogColumns, is_log_line, log_kind

MAXIMUM_GROUPS = 500
"""Different faults that are kept; a log of a healthy organization has about ten."""

_WORDS = (
    b"asproxy/",
    b"asautodiscover/",
    b"autodiscoverclient",
    b"/wssecurity",
    b" msexchange",
    b",msexchange",
)
"""What only lines of lookups have, in lower case (exchange servers' agents begin a field with MSExchange)."""

_FIELDS = b"#fields:"
_DIRECTIVES = ("#Software:", "#Fields:", "#Version:", "#Date:", "DateTime,RequestId,")
_LONGEST_LINE = 1 << 16
_TIME = slice(0, 24)


@dataclass(slots=True)
class LineGroup:
    """Lines that say the same: the first of them, how many, first and last time."""

    entry: Entry
    status: int | None
    count: int = 0
    first: str = ""
    last: str = ""


@dataclass(slots=True)
class _Layout:
    """The columns that the last `#Fields:` line named, and the positions of those that make a group."""

    columns: LogColumns = field(default_factory=LogColumns)
    separator: bytes = b" "
    compared: tuple[int, ...] = ()
    status: int | None = None
    agent: int | None = None


@dataclass(slots=True)
class LogScan:
    """What was read of the logs so far. `feed` takes their bytes, `finish` ends a file."""

    lines: int = 0
    matched: int = 0
    unread: int = 0
    overflow: int = 0
    groups: dict[tuple[object, ...], LineGroup] = field(default_factory=dict)
    _layout: _Layout = field(default_factory=_Layout)
    _rest: bytes = b""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of a file; a line may go on in the next chunk."""
        whole = self._rest + chunk
        end = whole.rfind(b"\n") + 1
        self._rest = whole[end:]
        if len(self._rest) > _LONGEST_LINE:
            self.unread += 1
            self._rest = b""
        if end:
            self._read(whole[:end])

    def finish(self) -> None:
        """The file has ended; the next one begins without columns."""
        if self._rest.strip():
            self._read(self._rest + b"\n")
        self._rest = b""
        self._layout = _Layout()

    def explanations(self) -> tuple[Explanation, ...]:
        """One explanation for each fault, the most frequent first."""
        faults = [group for group in self.groups.values() if not _is_answered(group)]
        faults.sort(key=lambda group: -group.count)
        return tuple(
            replace(
                explain_entry(group.entry),
                occurrences=group.count,
                first_seen=group.first or None,
                last_seen=group.last or None,
            )
            for group in faults
        )

    @property
    def answered(self) -> int:
        """Lines of lookups that were answered without an error."""
        return sum(group.count for group in self.groups.values() if _is_answered(group))

    def _read(self, block: bytes) -> None:
        self.lines += block.count(b"\n")
        lowered = block.lower()
        for start, end in _lines_with_words(lowered):
            if lowered.startswith(_FIELDS, start):
                self._layout = _layout_of(block[start:end])
            elif lowered[start : start + 1] != b"#":
                self._take(block[start:end].rstrip(b"\r\n"), lowered[start:end].rstrip(b"\r\n"))

    def _take(self, line: bytes, lowered: bytes) -> None:
        self.matched += 1
        identity, time = _identity(lowered, self._layout)
        group = self.groups.get(identity) if identity else None
        if group is None:
            group = self._new_group(line, identity)
            if group is None:
                return
        group.count += 1
        if not group.first or time < group.first:
            group.first = time
        group.last = max(group.last, time)

    def _new_group(self, line: bytes, identity: tuple[object, ...] | None) -> LineGroup | None:
        entry = _entry(line, self._layout.columns)
        if entry is None:
            self.unread += 1
            return None
        parts = read_parts(entry)
        known = identity or (entry.kind, *_group_key(parts))
        if known in self.groups:
            return self.groups[known]
        if len(self.groups) >= MAXIMUM_GROUPS:
            self.overflow += 1
            return None
        self.groups[known] = group = LineGroup(entry, parts.http_status)
        return group


def is_log_start(head: bytes, *, whole: bool) -> bool:
    """Whether a file with these first bytes is a log to scan; `whole`: they are all of it.

    Directives make a log. Without them, records alone do when the file is too long to be a pasted text.
    """
    text = head.decode("utf-8", "replace").lstrip("\ufeff")
    lines = text.split("\n", 20)[:20]
    if lines[0].startswith(_DIRECTIVES) and any(line.lower().startswith("#fields:") for line in lines):
        return True
    return not whole and (is_exchange_log_line(lines[0]) or is_log_line(lines[0], LogColumns()))


def _group_key(parts: Parts) -> tuple[object, ...]:
    """What makes the group of a line without columns: what the columns of `_COMMON` would hold."""
    agent = parts.user_agent
    return (
        parts.http_status,
        parts.sub_status,
        parts.http_method,
        (parts.http_path or "").lower(),
        parts.http_reason,
        parts.queue,
        parts.code,
        (agent.category, agent.request_type) if agent else parts.client,
    )


def _is_answered(group: LineGroup) -> bool:
    return group.status is not None and group.status < 400 and group.entry.kind is not EntryKind.HTTPERR_LOG


def _lines_with_words(lowered: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of each line that has one of the words, in order, each once."""
    found = [(position, word) for word in (*_WORDS, _FIELDS) if (position := lowered.find(word)) >= 0]
    while found:
        position, _ = min(found)
        start = lowered.rfind(b"\n", 0, position) + 1
        end = lowered.find(b"\n", position)
        end = len(lowered) if end < 0 else end
        yield start, end
        found = [
            (following, other)
            for at, other in found
            if (following := at if at >= end else lowered.find(other, end)) >= 0
        ]


_COMMON = (
    "cs-method",
    "cs-uri-stem",
    "cs-uri",
    "sc-substatus",
    "s-reason",
    "s-queuename",
    "Method",
    "UrlStem",
    "ErrorCode",
    "BackEndStatus",
    "SoapAction",
    "AuthenticationType",
)


def _layout_of(line: bytes) -> _Layout:
    columns = LogColumns().updated(line.decode("utf-8", "replace").strip())
    names = {name: position for position, name in enumerate(columns.names)}
    agent = names.get("cs(User-Agent)", names.get("UserAgent"))
    status = names.get("sc-status", names.get("HttpStatus"))
    compared = tuple(names[name] for name in _COMMON if name in names)
    return _Layout(columns, b"," if "DateTime" in names else b" ", compared, status, agent)


def _identity(lowered: bytes, layout: _Layout) -> tuple[tuple[object, ...] | None, str]:
    """What makes the line's group, and its time; None: without columns only its own reader can tell."""
    time = lowered[_TIME].decode("ascii", "replace").replace("t", " ").rstrip("z ")[:19]
    if layout.status is None:
        return None, time
    values = lowered.split(layout.separator)
    last = len(values) - 1
    if layout.status > last:
        return None, time
    agent = values[layout.agent] if layout.agent is not None and layout.agent <= last else b""
    caller = agent.rpartition(b"/")[0] or agent[:40]
    return (
        layout.columns,
        values[layout.status],
        caller[:80],
        *(values[position][:200] for position in layout.compared if position <= last),
    ), time


def _entry(line: bytes, columns: LogColumns) -> Entry | None:
    text = line.decode("utf-8", "replace").strip("\ufeff ")
    named = (("columns", " ".join(columns.names)),)
    if is_exchange_log_line(text):
        return Entry(exchange_log_kind(text, columns.names), text, named)
    if is_log_line(text, columns):
        return Entry(log_kind(text, columns), text, named)
    return None
