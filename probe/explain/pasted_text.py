"""Text as it was before it went through a web page, a mail or a console: decoding, undoing damage, cleaning.

`normalise` undoes what copying does to a log entry; `key` leaves only what copying cannot damage (letters
and digits), which is what the catalogue is matched on. Every pattern is bounded or possessive: arbitrary
text takes linear time. Sources: [exchange 5.3].
"""

from __future__ import annotations

import html
import re
import unicodedata

from probe.escaping import INVISIBLE

MAXIMUM_INPUT = 1 << 20
"""Characters of input that are read: 1 MiB, a thousand event entries of ordinary length."""

ARROW = " ---> "

# html.unescape gives decimal references to int(), which refuses more than 4,300 digits.
_LONG_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{8,}+;?")
_TAG = re.compile(
    r"</?(?:p|br|div|span|strong|em|b|i|u|code|pre|blockquote|ul|ol|li|td|th|tr|table|tbody|font|a|h[1-6])"
    r"(?:\s[^<>\n]{0,500})?/?>",
    re.IGNORECASE,
)
# No leading space in the pattern: a long run of spaces would be read once for each of its characters.
_ARROWS = re.compile(r"(?:-{2,4}|[-–—−‒―]{0,2}[–—−‒―][-–—−‒―]{0,2}|-)[ \t]?>(?=\s|[A-Z])|[→⟶⇒]")
_MAXIMUM_ESCAPES = 4
"""How often a copy may have been escaped: page, mail, ticket, page again."""
_BROKEN_ARROW = re.compile(r"([-–—−‒―]{2,4}|[–—−])[ \t]*\n[ \t]*>")
_MARKDOWN_ESCAPE = re.compile(r"\\([_*\[\]()#<>~`+!|-])")
_EMPHASIS = re.compile(r"\*{2,3}|(?<!\S)\*(?=\w)|(?<=[\w.:,;)])\*(?![^\s.,;:!?)])")
_UNDERLINE = re.compile(r"(?<!\w)__?(?=\S)([^_\n]{1,400})(?<=\S)__?(?!\w)")
_EMPHASISED_LINE = re.compile(r"^[ \t]*+_{1,3}(?=[^\s_]|[ \t])|(?<=[^\s_])_{1,3}[ \t]*$", re.MULTILINE)
_LINK = re.compile(r"\[([^\[\]\n]{1,400})\]\((?:mailto:|https?://|/)[^()\s]{1,600}\)")
_BACKTICK = re.compile(r"(?<!\w)`{1,3}|`{1,3}(?!\d)")
_QUOTE_MARK = re.compile(r"^[ \t]*(?:>[ \t]?)++")
_NOT_A_KEY = re.compile(r"[^0-9a-z]++")

_TRANSLATION = {
    **dict.fromkeys(map(ord, "‘’‚‛′`´"), "'"),
    **dict.fromkeys(map(ord, "“”„‟″«»"), '"'),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"), None),
    **dict.fromkeys(map(ord, "\u00a0\u1680\u2007\u202f\u205f\u3000\t\x0b\x0c"), " "),
    **dict.fromkeys(range(8192, 8203), " "),
    ord("‐"): "-",
    ord("‑"): "-",
    ord("…"): "...",
    ord("\u2028"): "\n",
    ord("\u2029"): "\n",
}
del _TRANSLATION[ord("`")]  # .NET writes Delayed`1; only Markdown's own backticks go


def normalise(text: str) -> str:
    """`text` without the damage of copying: entities, typographic quotes and dashes, invisible characters,
    HTML tags, Markdown marks, quoting. Lines end in a line feed. At most `MAXIMUM_INPUT` characters are
    read."""
    text = text[:MAXIMUM_INPUT].replace("\r\n", "\n").replace("\r", "\n")
    for _ in range(
        _MAXIMUM_ESCAPES
    ):  # a page that escapes what was escaped already shows &amp;#8212;&amp;gt;
        if "&" not in text:
            break
        text = html.unescape(_LONG_REFERENCE.sub(" ", text))
    text = text.translate(_TRANSLATION)
    text = _TAG.sub(_tag_space, text)
    text = _BROKEN_ARROW.sub(_joined_arrow, text)
    text = _without_quoting(text)
    text = _MARKDOWN_ESCAPE.sub(r"\1", text)
    text = _EMPHASIS.sub("", text)
    text = _LINK.sub(r"\1", text)
    text = _EMPHASISED_LINE.sub("", text)
    text = _UNDERLINE.sub(r"\1", text)
    text = _BACKTICK.sub("", text)
    text = _ARROWS.sub(ARROW, text)
    return clean(text)


def clean(text: str) -> str:
    """`text` without control and format characters (terminal escapes, bidirectional overrides) and without
    those that draw nothing; tabs and line feeds stay. What a partner or a page put into a log must not steer
    the reader's terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        for character in INVISIBLE.sub("", text)
        if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )


def key(text: str) -> str:
    """Only the letters a to z and the digits of `text`, in lower case: what survives broken lines, lost or
    doubled spaces, changed quotes, dashes and marks."""
    return _NOT_A_KEY.sub("", text.lower())


def one_line(text: str, limit: int = 500) -> str:
    """`text` with every run of white space as one space, cut at `limit` characters with an ellipsis."""
    joined = " ".join(text[: limit * 4].split())
    return joined if len(joined) <= limit else joined[: limit - 1] + "…"


def _tag_space(match: re.Match[str]) -> str:
    name = match.group().strip("</> ").lower()
    return "\n" if name.startswith(("br", "p", "div", "li", "tr", "h")) else ""


def _joined_arrow(match: re.Match[str]) -> str:
    return match.group(1) + ">"


def _without_quoting(text: str) -> str:
    """Take `> ` from the beginning of lines."""
    if ">" not in text:
        return text
    return "\n".join(_QUOTE_MARK.sub("", line) for line in text.split("\n"))
