"""Where an answer breaks HTTP in the eyes of .NET's strict parser.

Our own HTTP library and .NET do not refuse the same bytes, so the beginning of the answer is read again as
.NET reads it: `Connection.ParseStatusLineStrict`, `WebHeaderCollection.ParseHeadersStrict` and
`Connection.ProcessHeaderData` of microsoft/referencesource. An answer that .NET would take gives None.
"""

from __future__ import annotations

import re

from msgspec import Struct

from probe.judgement import wording

STATUS_LINE = "ResponseStatusLine"
HEADER = "ResponseHeader"


class Violation(Struct, frozen=True):
    """`section` and `detail` of WebParseError; detail None is its `Generic`."""

    section: str
    detail: str | None = None


# ParseStatusLineStrict: "HTTP/", digits, dot, digits, one blank, three digits, then a blank and a phrase
# without control characters (or nothing), CR LF.
_STATUS_LINE = re.compile(rb"HTTP/[0-9]+\.[0-9]+ [0-9]{3}( [^\x00-\x1f\x7f]*)?\r\n")
# RfcCharMap "Reg": a token of RFC 2616, i.e. visible ASCII without the separators.
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]*")
# Between name and colon only blanks may stand, folded or not; a colon at the beginning of a line is a fault
# of its own.
_TO_COLON = re.compile(rb"[ \t]*(\r\n[ \t]+)*(\r\n)?")
_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*(\r\n[ \t][^\x00-\x08\x0a-\x1f\x7f]*)*\r\n(?![ \t])")
_CONTENT_LENGTH = re.compile(rb"(.*,)?[0-9]{1,18}\Z", re.DOTALL)


def find(raw: bytes) -> Violation | None:
    """The first violation in the beginning of an answer, or None (also when the bytes end before one)."""
    status_line = _STATUS_LINE.match(raw)
    if status_line is None:
        return None if _may_become_status_line(raw) else Violation(STATUS_LINE)
    position = status_line.end()
    headers: dict[bytes, bytes] = {}
    while position < len(raw):
        if raw[position : position + 1] == b"\r":
            end = raw[position : position + 2] in (b"\r", b"\r\n")
            return _content_length(headers) if end else Violation(HEADER, wording.CR_LF_ERROR)
        outcome = _header(raw, position, headers)
        if not isinstance(outcome, int):
            return outcome
        position = outcome
    return None


def _may_become_status_line(raw: bytes) -> bool:
    # Cut off before the line end: a violation only if what is there cannot be the beginning of one.
    if b"\n" in raw:
        return False
    pattern = rb"(H(T(T(P(/([0-9]+(\.([0-9]+( ([0-9]{0,3}|[0-9]{3} [^\x00-\x1f\x7f]*)\r?)?)?)?)?)?)?)?)?)?\Z"
    return re.match(pattern, raw) is not None


def _header(raw: bytes, position: int, headers: dict[bytes, bytes]) -> int | Violation | None:
    name = _NAME.match(raw, position)
    if name is None or name.end() == position:
        return Violation(HEADER, wording.INVALID_HEADER_NAME)
    between = _TO_COLON.match(raw, name.end())
    colon = name.end() if between is None else between.end()
    if colon >= len(raw):
        return None
    if raw[colon : colon + 1] != b":":
        return Violation(HEADER, wording.CR_LF_ERROR)
    if between is not None and between.group().endswith(b"\n"):
        return Violation(HEADER, wording.INCOMPLETE_HEADER_LINE)
    value = _VALUE.match(raw, colon + 1)
    if value is None:
        return _unfinished(raw, colon + 1)
    key, earlier = name.group().lower(), headers.get(name.group().lower())
    one = value.group().strip()
    headers[key] = one if earlier is None else earlier + b"," + one
    return value.end()


def _unfinished(raw: bytes, position: int) -> Violation | None:
    rest = raw[position:]
    if re.fullmatch(rb"([^\x00-\x08\x0a-\x1f\x7f]|\r\n(?=[ \t]|\Z))*\r?\n?", rest):
        return None
    return Violation(HEADER, wording.CR_LF_ERROR)


def _content_length(headers: dict[bytes, bytes]) -> Violation | None:
    if b"chunked" in headers.get(b"transfer-encoding", b"").lower():
        return None
    length = headers.get(b"content-length")
    if length is None or _CONTENT_LENGTH.match(length):
        return None
    return Violation(HEADER, wording.INVALID_CONTENT_LENGTH)
