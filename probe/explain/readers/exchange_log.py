"""Lines of Exchange's own HttpProxy and EWS logs (2013 and later): comma-separated, with a `#Fields:` line.

With a `#Fields:` line columns are read by name, which no version changes. A pasted line without one is read
by shape: the user agent, the three digits after a server's name, the field behind them [exchange 10.6].
"""

from __future__ import annotations

import csv
import re
from dataclasses import replace

from probe.explain.explanation_model import EntryKind, Parts
from probe.explain.pasted_text import one_line
from probe.explain.readers.w3c import parse_user_agent

_STAMP = re.compile(r"^[ ]{0,8}\"?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z\"?,")
_GUID = re.compile(r"^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
_PROTOCOLS = frozenset(
    {"ews", "autodiscover", "owa", "ecp", "eas", "mapi", "rpchttp", "oab", "powershell", "rest"}
)
_STATUS = re.compile(r"^[1-5]\d\d$")
_PAIR = re.compile(r"\b(WebExceptionStatus|ResponseStatusCode|BackEndStatus)=([^;,]{1,60})")
_TOKENS = {
    "oauth": "OAuth",
    "federatedoauth": "OAuth",
    "bearer": "OAuth",
    "s2s": "OAuth",
    "wssecurity": "WSSecurity",
    "livetoken": "WSSecurity",
    "negotiate": "NetworkCredentials",
    "kerberos": "NetworkCredentials",
    "ntlm": "NetworkCredentials",
    "windows": "NetworkCredentials",
}
_MAXIMUM_FIELDS = 300
FAULT_FRAGMENT = re.compile(
    r"\bResponseStatusCode=\d{3}\b|\bWebExceptionStatus=\w|Microsoft\.Exchange\.HttpProxy\."
)
"""Pieces of the column GenericInfo or GenericErrors that are pasted without their line."""


def is_exchange_log_line(line: str) -> bool:
    """Whether `line` is a record of an HttpProxy or EWS log."""
    if not _STAMP.match(line):
        return False
    fields = line.split(",", 3)
    return len(fields) > 3 and bool(_GUID.match(fields[1].strip('"'))) and fields[2].strip('"').isdigit()


def exchange_log_kind(line: str, columns: tuple[str, ...]) -> EntryKind:
    """HTTP_PROXY_LOG or EWS_LOG for a line that `is_exchange_log_line`."""
    if columns:
        return EntryKind.EWS_LOG if "SoapAction" in columns else EntryKind.HTTP_PROXY_LOG
    fields = _fields(line)
    named = any(field.lower() in _PROTOCOLS for field in fields[:12])
    by_path = any(field.startswith("/") for field in fields[:14])
    return EntryKind.HTTP_PROXY_LOG if named and by_path else EntryKind.EWS_LOG


def read_exchange_log(line: str, kind: EntryKind, columns: tuple[str, ...]) -> Parts:
    """The parts of one record; what a column does not say stays None."""
    fields = _fields(line)
    named = dict(zip(columns, fields, strict=False)) if columns else _by_shape(fields, kind)
    agent = parse_user_agent(named.get("UserAgent", ""))
    pairs = dict(_PAIR.findall(line))
    authentication = _TOKENS.get(named.get("AuthenticationType", "").lower())
    path = named.get("UrlStem")
    error = named.get("ErrorCode", "")
    parts = Parts(
        logged=named.get("DateTime") or None,
        http_method=named.get("Method") or None,
        http_path=path.split("?", 1)[0][:500] if path else None,
        http_status=_number(named.get("HttpStatus")),
        back_end_status=_number(named.get("BackEndStatus") or pairs.get("ResponseStatusCode")),
        cas_error=None if error.startswith("Error") else error or None,
        response_code=error if error.startswith("Error") else None,
        authentication=authentication,
        user_agent=agent,
        client=None if agent else one_line(named.get("UserAgent", "").split("/", 1)[0], 60) or None,
    )
    return replace(parts, user_name=bool(named.get("AuthenticatedUser")))


def read_fragment(text: str) -> Parts:
    """The parts of a piece of GenericInfo: what the back end answered to the front end."""
    pairs = dict(_PAIR.findall(text))
    status = _number(pairs.get("ResponseStatusCode") or pairs.get("BackEndStatus"))
    return Parts(http_status=status, back_end_status=status)


def _fields(line: str) -> list[str]:
    try:
        return next(csv.reader([line.strip().lstrip("\ufeff")]), [])[:_MAXIMUM_FIELDS]
    except csv.Error:
        return line.split(",")[:_MAXIMUM_FIELDS]


def _by_shape(fields: list[str], kind: EntryKind) -> dict[str, str]:
    found = {"DateTime": fields[0]}
    agent = next((n for n, field in enumerate(fields) if parse_user_agent(field)), None)
    if agent is None:
        agent = next(
            (n for n, field in enumerate(fields[8:24], 8) if re.match(r"[A-Za-z][\w.-]*/\S", field)), 8
        )
    found["UserAgent"] = fields[agent] if agent < len(fields) else ""
    status = next(
        (n for n in range(agent + 1, min(agent + 9, len(fields))) if _STATUS.match(fields[n])), None
    )
    if status is not None:
        found["HttpStatus"] = fields[status]
    if kind is EntryKind.HTTP_PROXY_LOG:
        index = next((n for n, field in enumerate(fields[6:14], 6) if field.startswith("/")), 0)
        found["UrlStem"] = fields[index] if index else ""
        for offset, name in ((2, "AuthenticationType"), (4, "AuthenticatedUser")):
            found[name] = fields[index + offset] if index and index + offset < agent else ""
        for offset, name in ((1, "BackEndStatus"), (2, "ErrorCode"), (3, "Method")):
            if status is not None and status + offset < len(fields):
                found[name] = fields[status + offset]
    else:
        kinds = [field for field in fields[6:12] if field.lower() in _TOKENS]
        found["AuthenticationType"] = kinds[0] if kinds else ""
    return found


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 4 else None
