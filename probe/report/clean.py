"""Text that a partner sent, made harmless for the medium it goes to. Every renderer goes through here.

A certificate subject, an HTTP reason phrase or a DNS name is an attacker's text: it can hold terminal
escapes, line breaks that forge a log line, bidirectional overrides that reorder what is read (Unicode TR36
and TR39), formulas that a spreadsheet runs (OWASP "CSV Injection"), characters that XML 1.0 forbids. What
cannot be shown is written as an escape (`\\x1b`), so that the evidence stays visible; nothing is dropped
silently. HTML and XML markup is escaped by the template engine and the XML writer, not here.
"""

from __future__ import annotations

import re

LIMIT = 500
ELLIPSIS = "…"

_LINE_BREAKS = re.compile(r"[ \t]*(?:\r\n|[\r\n\v\f\x85\u2028\u2029])+[ \t]*")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$@]|^[-+=]|(?<=^\d)[.)]|:(?=//)|(?<=www)\.)")


def one_line(text: str, limit: int = LIMIT) -> str:
    """`text` on one line of printable characters, at most `limit` of them, the last `…` when it was longer.

    Line breaks and other white space become a space. Everything that `str.isprintable` refuses (controls,
    ANSI escapes, bidirectional and zero-width formats, lone surrogates, private and unassigned code points)
    becomes `\\xNN`, `\\uNNNN` or `\\UNNNNNNNN`.
    """
    if len(text) <= limit and text.isprintable():
        return text
    looked_at = text[: 4 * limit + 4]  # hostile sizes: what is cut off here could hardly be seen
    shown = "".join(map(_visible, _LINE_BREAKS.sub(" ", looked_at)))
    if len(shown) <= limit and len(looked_at) == len(text):
        return shown
    return shown[: max(limit - 1, 0)] + ELLIPSIS


def lines(text: str, limit: int = 4000) -> tuple[str, ...]:
    """`text` as clean lines (see `one_line`), at most `limit` characters in all; blank ends are dropped."""
    kept: list[str] = []
    for line in text[: 4 * limit].strip("\r\n").splitlines():
        if limit <= 0:
            break
        kept.append(one_line(line.rstrip(), limit))
        limit -= len(kept[-1]) + 1
    return tuple(kept)


def csv_cell(text: str, limit: int = 4000) -> str:
    """`text` as a cell that no spreadsheet takes for a formula.

    A cell that starts with `=`, `+`, `-`, `@` (also full-width), tab or carriage return gets a leading
    apostrophe, as OWASP's "CSV Injection" recommends. Quoting is the CSV writer's.
    """
    dangerous = text.lstrip(" ").startswith(_FORMULA_STARTS)
    clean = one_line(text, limit)
    return "'" + clean if dangerous or clean.lstrip(" ").startswith(_FORMULA_STARTS) else clean


def label_value(text: str, limit: int = 200) -> str:
    """`text` as a label value of the Prometheus text format 0.0.4, without the quotes around it."""
    return one_line(text, limit).replace("\\", "\\\\").replace('"', '\\"')


def xml_text(text: str, limit: int = 8000) -> str:
    """`text` in characters that XML 1.0 (section 2.2, Char) allows, line breaks kept as LF."""
    return "\n".join(lines(text, limit))


def markdown_text(text: str, limit: int = LIMIT) -> str:
    """`text` as Markdown (GitHub flavoured) that shows it literally, also inside a table cell.

    Characters with a meaning get a backslash (CommonMark 2.4), some only where they have one: at the start
    of a line, and in what GitHub makes a link by itself (`://`, `www.`, `@`).
    """
    return _MARKDOWN_SPECIAL.sub(r"\\\1", one_line(text, limit).lstrip())


def plugin_text(text: str, limit: int = LIMIT) -> str:
    """`text` for a monitoring plugin's output, where `|` would start the performance data."""
    return one_line(text, limit).replace("|", "/")


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    if character.isspace() and character not in "\x1c\x1d\x1e\x1f":
        return " "
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
