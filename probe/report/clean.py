"""Text from outside made harmless for the medium it goes to, beyond what `probe.escaping` does for all.

Formulas that a spreadsheet runs (OWASP "CSV Injection"), characters that XML 1.0 forbids, what ends a label
of a metric, what Markdown or a monitoring plugin gives a meaning. HTML and XML markup is escaped by the
template engine and the XML writer, not here.
"""

from __future__ import annotations

import re

from probe.escaping import LIMIT, lines, one_line

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$@]|^[-+=]|(?<=^\d)[.)]|:(?=//)|(?<=www)\.)")


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
