"""Lines of web server logs and answers: IIS W3C, HTTPERR, an HTTP status line with headers, User-Agents.

Reads columns by the `#Fields:` line if there is one, else by shape: the method, the numbers at the end.
HTTPERR of Windows Server 2016 and later has a column streamid before the status. Sources:
[exchange 5.6] (User-Agent shapes), KB3082946 (an IIS line), IIS documentation (default W3C fields,
HTTPERR fields).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from probe.explain.explanation_model import EntryKind, Parts, UserAgent
from probe.explain.pasted_text import one_line

HTTPERR_DEFAULT = [
    "date",
    "time",
    "c-ip",
    "c-port",
    "s-ip",
    "s-port",
    "cs-version",
    "cs-method",
    "cs-uri",
    "sc-status",
    "s-siteid",
    "s-reason",
    "s-queuename",
]

_STAMP = re.compile(r"^[ ]{0,8}(?:IIS Logs?:[ ]{0,8})?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
_PREFIX = re.compile(r"^[ ]{0,8}IIS Logs?:[ ]{0,8}", re.IGNORECASE)
_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "RPC_IN_DATA", "RPC_OUT_DATA"})
_VERSION = re.compile(r"^HTTP/\d(?:\.\d)?$")
_STATUS = re.compile(r"^[1-5]\d\d$")
_NOTHING = frozenset({"-", "–", "—"})
_AGENT = re.compile(
    r"\b(ASAutoDiscover|ASProxy)/([A-Za-z]{1,40})/([A-Za-z]{0,40})/([A-Za-z]{0,40})/([\w.]{0,40})",
    re.IGNORECASE,
)
_STATUS_LINE = re.compile(r"^[ ]{0,8}HTTP/(\d(?:\.\d)?) (\d{3})(?: (.{0,400}))?$")
_HEADER_LINE = re.compile(r"^[ ]{0,8}([A-Za-z][\w-]{0,80}):[ ]{0,8}(.{0,2000})$")
_MAXIMUM_HEADERS = 100


@dataclass(frozen=True, slots=True)
class LogColumns:
    """The columns that the last `#Fields:` line named; () for none."""

    names: tuple[str, ...] = ()

    def updated(self, line: str) -> LogColumns:
        """The columns after the directive `line`; unchanged if it is no `#Fields:` line."""
        if not line.lower().startswith("#fields:"):
            return self
        return LogColumns(tuple(re.split(r"[\s,]+", line[8:].strip())[:300]))


def is_log_line(line: str, columns: LogColumns) -> bool:
    """Whether `line` is a directive or a record of an IIS or HTTPERR log."""
    if line.startswith(("#Software:", "#Version:", "#Date:", "#Fields:")):
        return False
    if not _STAMP.match(line):
        return False
    fields = _fields(line)
    if columns.names and len(fields) == len(columns.names):
        return True
    return len(fields) >= 8 and (bool(columns.names) or any(name in _METHODS for name in fields))


def log_kind(line: str, columns: LogColumns) -> EntryKind:
    """IIS_LOG or HTTPERR_LOG for a line that `is_log_line`."""
    if columns.names:
        return EntryKind.HTTPERR_LOG if "s-reason" in columns.names else EntryKind.IIS_LOG
    fields = _fields(line)
    by_shape = any(_VERSION.match(value) for value in fields[4:9])
    return EntryKind.HTTPERR_LOG if by_shape else EntryKind.IIS_LOG


def log_fields(line: str, kind: EntryKind, columns: tuple[str, ...]) -> dict[str, str]:
    """The values of a log line by column name; `-` is left out."""
    values = _fields(line)
    if columns and len(values) != len(columns) and not _fits(values, columns):
        columns = ()  # of another file than this line: somebody put two together
    if not columns and kind is EntryKind.IIS_LOG:
        return _by_shape(values)
    names = list(columns) or _httperr_columns(values)
    return {name: value for name, value in zip(names, values, strict=False) if value not in _NOTHING}


def read_w3c(line: str, kind: EntryKind, columns: tuple[str, ...]) -> Parts:
    """The parts of one record of an IIS or HTTPERR log."""
    fields = log_fields(line, kind, columns)
    path = fields.get("cs-uri-stem") or fields.get("cs-uri")
    agent = fields.get("cs(User-Agent)", "")
    return Parts(
        logged=" ".join(filter(None, (fields.get("date"), fields.get("time")))) or None,
        http_method=fields.get("cs-method"),
        http_path=path.split("?", 1)[0][:500] if path else None,
        http_status=_decimal(fields.get("sc-status")),
        sub_status=_decimal(fields.get("sc-substatus")),
        win32_status=_decimal(fields.get("sc-win32-status")),
        http_reason=fields.get("s-reason"),
        queue=fields.get("s-queuename"),
        user_agent=parse_user_agent(agent),
        client=None if parse_user_agent(agent) else one_line(agent.split("/", 1)[0], 60) or None,
        user_name="cs-username" in fields,
    )


def _fits(values: list[str], columns: tuple[str, ...]) -> bool:
    """Whether the status stands where the columns say."""
    index = columns.index("sc-status") if "sc-status" in columns else len(values)
    return index < len(values) and _STATUS.match(values[index]) is not None


def _httperr_columns(values: list[str]) -> list[str]:
    """The default columns, with streamid where Windows Server 2016 and later put it."""
    status = HTTPERR_DEFAULT.index("sc-status")
    if len(values) > status + 1 and not _STATUS.match(values[status]) and _STATUS.match(values[status + 1]):
        return [*HTTPERR_DEFAULT[:status], "streamid", *HTTPERR_DEFAULT[status:]]
    return HTTPERR_DEFAULT


def parse_user_agent(text: str) -> UserAgent | None:
    """The Availability service's User-Agent in `text`, or None ([exchange 5.6])."""
    match = _AGENT.search(text)
    return UserAgent(*match.groups()) if match else None


def parse_answer(text: str) -> tuple[int, str, tuple[tuple[str, str], ...]] | None:
    """Status, reason and headers of an HTTP answer whose first line is a status line, else None."""
    lines = text.split("\n")
    match = _STATUS_LINE.match(lines[0])
    if match is None:
        return None
    headers: list[tuple[str, str]] = []
    for line in lines[1 : _MAXIMUM_HEADERS + 1]:
        header = _HEADER_LINE.match(line)
        if header is None:
            break
        headers.append((header.group(1), header.group(2).strip()))
    return int(match.group(2)), (match.group(3) or "").strip(), tuple(headers)


def _fields(line: str) -> list[str]:
    return _PREFIX.sub("", line).split()[:64]


def _by_shape(values: list[str]) -> dict[str, str]:
    """Default columns when no `#Fields:` line says otherwise: found by method and by the trailing numbers,
    because logs in the wild lack the referer or have columns appended."""
    method = next((index for index, value in enumerate(values) if value in _METHODS), None)
    if method is None or method + 2 >= len(values):
        return {}
    found = {
        "date": values[0],
        "time": values[1],
        "cs-method": values[method],
        "cs-uri-stem": values[method + 1],
    }
    tail = _status_at(values, method + 2)
    if tail is not None:
        names = ("sc-status", "sc-substatus", "sc-win32-status", "time-taken")
        found.update(zip(names, values[tail : tail + 4], strict=False))
    port = next((n for n in range(method + 2, min(method + 5, len(values) - 1)) if values[n].isdigit()), None)
    if port is not None and values[port + 1] not in _NOTHING:
        found["cs-username"] = values[port + 1]
    agent = next((value for value in values if _AGENT.search(value)), None)
    if agent is None and port is not None:
        agent = next((value for value in values[port + 3 : tail] if value not in _NOTHING), None)
    if agent:
        found["cs(User-Agent)"] = agent
    return found


def _decimal(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 10 else None


def _status_at(values: list[str], start: int) -> int | None:
    """Where the run `status substatus win32-status` begins, or the last status-like number."""
    for index in range(start, len(values) - 2):
        if _STATUS.match(values[index]) and values[index + 1].isdigit() and values[index + 2].isdigit():
            return index
    later = [index for index in range(start + 1, len(values)) if _STATUS.match(values[index])]
    return later[-1] if later else None
