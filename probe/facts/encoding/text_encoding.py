"""The text of a file as Windows' programs write it: which encoding it has is decided here and nowhere else.

1. A byte order mark decides: UTF-32, UTF-16 (`>` and Out-File of Windows PowerShell, Notepad's "Unicode"),
   UTF-8 ("UTF-8 with BOM").
2. Without one, every second byte zero is UTF-16 (the mark was cut off).
3. Else it is UTF-8 if it can be.
4. Else it is this Windows' ANSI code page (Set-Content of Windows PowerShell, Notepad's "ANSI"); elsewhere
   Windows-1252, which most of these files have.

Source: about_Character_Encoding of Windows PowerShell 5.1.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UTF32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def decoded(data: bytes) -> str:
    """The text in `data`, without a byte order mark; what no encoding explains is replaced by U+FFFD."""
    return data.decode(*encoding_of((data,)))


def encoding_of(pieces: Iterable[bytes]) -> tuple[str, str]:
    """The encoding of the text in these pieces, and how errors are decoded; the first has 4096 bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")()  # that of utf-8-sig ends in half a mark without a word
    try:
        for number, piece in enumerate(pieces):
            if not number and (encoding := _encoding(piece)) != "utf-8-sig":
                return encoding, "replace"
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _ansi(), "replace"
    return "utf-8-sig", "strict"


def as_utf8(data: bytes) -> bytes:
    """`data` as UTF-8 without a byte order mark. What is UTF-8 or damaged already comes back as it is."""
    encoding = _encoding(data)
    if encoding == "utf-8-sig":
        return data.removeprefix(codecs.BOM_UTF8)
    return data.decode(encoding, errors="replace").encode()


def _encoding(data: bytes) -> str:
    if data.startswith(UTF32_MARKS):
        return "utf-32"
    if data.startswith(UTF16_MARKS):
        return "utf-16"
    head = data[:4096]
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[0::2].count(0) > len(head) // 4:
        return "utf-16-be"
    return "utf-8-sig"


def _ansi() -> str:
    try:
        return codecs.lookup("mbcs").name  # this machine's own; only Windows' Python knows it
    except LookupError:
        return "cp1252"
