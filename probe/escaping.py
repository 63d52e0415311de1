"""Text from outside on one line of characters that can be seen, and JSON that steers no terminal.

A certificate subject, an HTTP reason phrase or a DNS name is an attacker's text: it can hold terminal
escapes, line breaks that forge a log line, bidirectional controls that reorder what is read, and characters
that draw nothing and so hide or forge a space (Unicode TR36 and TR39). What cannot be shown is written as an
escape (`\\x1b`), so that the evidence stays visible; nothing is dropped silently. What a medium needs besides
(CSV, Markdown, XML, metrics) is `probe.report.clean`'s.
"""

from __future__ import annotations

import re

LIMIT = 500
ELLIPSIS = "…"
GUTTER = "│ "
"""Before a command of ours that is to be pasted, and nowhere else."""
EVIDENCE = "┊ "
"""Before a line that a partner may have written."""
LONGEST_WORDS = 80
"""Characters of a partner's words in a sentence: enough to recognise a name, too few to write a page with."""

_LINE_BREAK = re.compile(r"[\r\n\v\f\x85\u2028\u2029]+")
# Default_Ignorable_Code_Point of Unicode 16 (DerivedCoreProperties.txt), which has the bidirectional controls
# but U+061C's like, and two that the property lacks: the blank Braille pattern and the null notehead.
_DRAWS_NOTHING = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
# What ends or begins a sentence, or the part of one that is ours: "(proved)", "fix:", a further sentence.
_IN_ASCII = str.maketrans(
    {"│": "|", "┊": ":", "└": "`", "├": "|", "─": "-", "·": "*", "…": "...", "“": '"', "”": '"', "–": "-"}
    | {"→": "->", "’": "'", "≥": ">=", "≤": "<=", "×": "x"}
)
_ASCII_GUTTER = re.compile(r"\|(?=\s|\Z)")
_SIGNS = re.compile(f"[{GUTTER[0]}{EVIDENCE[0]}]")
_BLANKS = re.compile(" {3,}")
_SENTENCE = re.compile(r"[;:!?()│┊“”]|\. ")
_QUOTES = str.maketrans("“”", '""')
INVISIBLE = re.compile(f"[{_DRAWS_NOTHING}]")
# In JSON, where RFC 8259 lets DEL and the C1 controls stand as they are; U+009B begins a terminal's sequence.
_JSON_ESCAPED = re.compile(f"[\x7f-\x9f{_DRAWS_NOTHING}]")


def in_words(text: str) -> str:
    """A name of a partner's choice for a sentence of ours, at most `LONGEST_WORDS` characters of it.

    What reads like more than a name stands in quotation marks, so that it is not taken for our words.
    """
    shown = text if len(text) <= LONGEST_WORDS else f"{text[: LONGEST_WORDS - 1]}{ELLIPSIS}"
    return f"“{shown.translate(_QUOTES)}”" if _SENTENCE.search(shown) else shown


def one_line(text: str, limit: int = LIMIT) -> str:
    """`text` on one line of characters that can be seen, at most `limit`, the last `…` when it was longer.

    Line breaks and other white space become a space. Everything that `str.isprintable` refuses (controls,
    ANSI escapes, bidirectional and zero-width formats, lone surrogates, private and unassigned code points)
    and everything that draws nothing becomes `\\xNN`, `\\uNNNN` or `\\UNNNNNNNN`.
    """
    if len(text) <= limit and text.isprintable() and (text.isascii() or not INVISIBLE.search(text)):
        return text
    looked_at = text[: 4 * limit + 4]  # hostile sizes: what is cut off here could hardly be seen
    shown = "".join(map(_shown, _joined(looked_at)))
    if len(shown) <= limit and len(looked_at) == len(text):
        return shown
    return shown[: max(limit - 1, 0)] + ELLIPSIS


def tamed(text: str, limit: int = LIMIT) -> str:
    """`text` as `one_line`, without the signs before commands and evidence, and without runs of blanks.

    However a terminal breaks the line, no part of it looks like a command of ours.
    """
    shown = _BLANKS.sub("  ", one_line(text, limit))
    return _SIGNS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", shown)


def in_ascii(text: str) -> str:
    """The report with its own lines, dots and bullets in ASCII, for a terminal that has nothing else.

    What stands before a command is then a sign that evidence may hold; there it is escaped.
    """
    told = "".join(
        _ASCII_GUTTER.sub(r"\\x7c", line) if line.lstrip(" ").startswith(EVIDENCE[0]) else line
        for line in text.splitlines(keepends=True)
    )
    return told.translate(_IN_ASCII)


def lines(text: str, limit: int = 4000) -> tuple[str, ...]:
    """`text` as clean lines (see `one_line`), at most `limit` characters in all; blank ends are dropped."""
    kept: list[str] = []
    for line in text[: 4 * limit].strip("\r\n").splitlines():
        if limit <= 0:
            break
        kept.append(one_line(line.rstrip(), limit))
        limit -= len(kept[-1]) + 1
    return tuple(kept)


def escaped_json(data: bytes) -> bytes:
    """The JSON with DEL, the C1 controls and what draws nothing as escapes: the same content, all of it seen.

    Outside of strings JSON has none of these characters.
    """
    if data.isascii() and b"\x7f" not in data:
        return data
    return _JSON_ESCAPED.sub(_json_escape, data.decode()).encode()


def _joined(text: str) -> str:
    """`text` with its line breaks, and the blanks around them, as one space each."""
    first, *others = _LINE_BREAK.split(text)
    if not others:
        return text
    *middle, last = others
    inner = (stripped for part in middle if (stripped := part.strip(" \t")))
    return " ".join((first.rstrip(" \t"), *inner, last.lstrip(" \t")))


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _shown(character: str) -> str:
    if character.isprintable() and not INVISIBLE.match(character):
        return character
    if character.isspace() and character not in "\x1c\x1d\x1e\x1f":
        return " "
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
