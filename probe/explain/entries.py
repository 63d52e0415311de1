"""Splits a text into entries: events in their three layouts, log lines, answers, cmdlet output, plain text.

Line by line, one pass, no look-ahead further than one line. It says what an entry is by its form only; what
the entry means is decided elsewhere. Layouts: the Event Viewer's "Copy details as text", `Get-EventLog | fl`,
`Get-WinEvent | fl`, the bare description, IIS W3C lines ([exchange 5]).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from probe.explain.logs import LogColumns, is_log_line, log_kind
from probe.explain.model import Entry, EntryKind

MAXIMUM_ENTRIES = 1_000
"""Entries that are explained; what follows is counted, not read."""

_MAXIMUM_BODY = 65_536

_NAMES = (
    "Log Name|Source|Date|Event ID|Task Category|Level|Keywords|User|Computer|Description|Event Xml|Index"
    "|EventID|MachineName|Data|Category|CategoryNumber|EntryType|Message|ReplacementStrings|InstanceId|TimeGenerated"
    "|TimeWritten|UserName|Site|Container|TimeCreated|ProviderName|ProviderId|Id|LogName|LevelDisplayName"
    "|RunspaceId|Identity|Status|IsValid|ObjectState"
)
_HEADER = re.compile(rf"^[ ]{{0,8}}({_NAMES})[ ]{{0,24}}:(?!//)[ ]{{0,8}}(.*)$", re.IGNORECASE)
_STARTS = frozenset({"log name", "index", "timecreated", "runspaceid"})
_BODY_FIELDS = frozenset({"description", "message"})
_DROPPED = frozenset({"replacementstrings", "event xml"})
_PROCESS = re.compile(r"^[ ]{0,40}(?:Process [^\n]{1,300}?: ?|Process [^\n:]{1,200}$)", re.IGNORECASE)
# Wherever else a template begins: events that a copy put on one line, a CSV column, an XML element.
_INLINE_PROCESS = re.compile(
    r"(?<=[^\n0-9A-Za-z])(?=Process [^\n:]{1,120}(?::[^\n: ][^\n:]{0,160})?:"
    r" (?:ProxyWebRequest|Proxy request) )"
)
_STATUS_LINE = re.compile(r"^[ ]{0,8}HTTP/\d(?:\.\d)? \d{3}(?: |$)")
_LONE_STATUS = re.compile(
    r"^[ ]{0,8}(?:HTTP(?: (?:status|error))?[ :]{0,3})?[1-5]\d\d(?:\.\d{1,3})?"
    r"(?:[ :-]{1,3}[A-Z][A-Za-z' -]{2,60})?[.]?$"
)
_LONE_CODE = re.compile(
    r"^[ ]{0,8}(?:(?:error|code|exception ?code|LID)[ :#]{0,3}){0,2}\d{4,5}[.]?$", re.IGNORECASE
)
_EWS_RESPONSE = re.compile(
    r"<(?:\w{1,20}:)?(?:ResponseMessage|MessageText|ResponseCode|MessageXml)\b", re.IGNORECASE
)
_FEDERATION = re.compile(
    r"federation information could(?: not|n't) be received|Get-FederationInformation"
    r"|\bType=(?:Failure|Success);Url=",
    re.IGNORECASE,
)
_RELATIONSHIP = re.compile(r"Test-OrganizationRelationship|\bSTEP \d of \d", re.IGNORECASE)
_EXCEPTION = re.compile(r"\b\w{1,80}Exception\b")
_EVENT_TEXT = re.compile(r"\bfailed\b.{0,400}?Exception returned is|Caller SIDs:", re.IGNORECASE | re.DOTALL)


@dataclass(slots=True)
class _Pending:
    """The entry that lines are being added to."""

    header: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    size: int = 0
    dropping: bool = False
    last_field: str = ""
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
    for entry in _entries(_INLINE_PROCESS.sub("\n", text)):
        found.append(entry)
        if len(found) >= MAXIMUM_ENTRIES:
            break
    return tuple(found)


def _entries(text: str) -> Iterator[Entry]:
    pending = _Pending()
    columns = LogColumns()
    for line in text.split("\n"):
        if line.startswith("#"):
            columns = columns.updated(line)
        if is_log_line(line, columns):
            yield from _flushed(pending)
            pending = _Pending()
            yield Entry(log_kind(line, columns), line.strip(), (("columns", " ".join(columns.names)),))
            continue
        if _begins_entry(line, pending):
            yield from _flushed(pending)
            pending = _Pending()
        _take(line, pending)
    yield from _flushed(pending)


def _begins_entry(line: str, pending: _Pending) -> bool:
    header = _HEADER.match(line)
    if header:
        name = header.group(1).lower()
        repeated = name in pending.header
        return repeated or (name in _STARTS and bool(pending.lines or pending.header))
    if _STATUS_LINE.match(line):
        return bool(pending.lines)
    if _PROCESS.match(line) and not pending.dropping:
        return pending.process_seen or (bool(pending.body) and not pending.header)
    previous = pending.body if len(pending.lines) <= 2 else ""
    return bool(previous) and _is_lone(line) and (_is_lone(previous) or not line.strip())


def _is_lone(line: str) -> bool:
    return bool(_LONE_STATUS.match(line) or _LONE_CODE.match(line))


def _take(line: str, pending: _Pending) -> None:
    header = _HEADER.match(line)
    if header is None:
        pending.process_seen = pending.process_seen or bool(_PROCESS.match(line))
        pending.add(line)
        return
    name, value = header.group(1).lower(), header.group(2).strip()
    pending.header[name] = value[:1000]
    pending.dropping = name in _DROPPED
    pending.last_field = name
    if value and (name in _BODY_FIELDS):
        pending.process_seen = pending.process_seen or bool(_PROCESS.match(value))
        pending.add(value)


def _flushed(pending: _Pending) -> Iterator[Entry]:
    if pending.body or pending.header:
        header = tuple(pending.header.items())
        yield Entry(_kind(pending.body, pending.header), pending.body, header)


def _kind(body: str, header: dict[str, str]) -> EntryKind:
    identifier = header.get("id", "")
    if identifier and not identifier.isdigit():
        return EntryKind.TEST_ORGANIZATION_RELATIONSHIP
    if header.get("event id") or header.get("eventid") or identifier or _EVENT_TEXT.search(body[:8000]):
        return EntryKind.EVENT
    return _kind_of_text(body)


def _kind_of_text(body: str) -> EntryKind:
    for pattern, kind in (
        (_EWS_RESPONSE, EntryKind.EWS_RESPONSE),
        (_FEDERATION, EntryKind.GET_FEDERATION_INFORMATION),
        (_RELATIONSHIP, EntryKind.TEST_ORGANIZATION_RELATIONSHIP),
    ):
        if pattern.search(body):
            return kind
    first = body.split("\n", 1)[0]
    if _STATUS_LINE.match(first) or _LONE_STATUS.match(body):
        return EntryKind.HTTP_ANSWER
    if _LONE_CODE.match(body):
        return EntryKind.CODE
    return EntryKind.EXCEPTION if _EXCEPTION.search(body) else EntryKind.UNKNOWN
