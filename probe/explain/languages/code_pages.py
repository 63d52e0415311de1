"""Text of an older code page than UTF-8, by the messages of Windows that it then has.

Notepad's "ANSI" and Set-Content of Windows PowerShell write the code page of their machine, and nothing in
the file names it. A text that is read here often comes from a machine of another language.
"""

from __future__ import annotations

from probe.explain.languages.localized_layout import count_fields
from probe.explain.languages.messages import count_messages

_CODE_PAGES = (
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp932",
    "cp936",
    "cp949",
    "cp950",
    "cp866",
    "cp852",
    "cp850",
)
_LOOKED_AT = 65_536


def decoded_by_words(data: bytes, assumed: str) -> str:
    """`data` in the code page with most localized messages and header fields; else in `assumed`."""
    text = data.decode(assumed, errors="replace")
    best, most = text, _count(text)
    for page in _CODE_PAGES:
        try:
            other = data.decode(page)
        except UnicodeDecodeError:
            continue
        count = _count(other)
        if count > most:
            best, most = other, count
    return best


def _count(text: str) -> int:
    head = text[:_LOOKED_AT]
    return count_messages(head) + count_fields(head)
