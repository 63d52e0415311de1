"""Files as Windows' programs write them are text, whatever the encoding."""

from __future__ import annotations

import codecs

import pytest

from probe.facts.encoding.text_encoding import as_utf8, decoded

TEXT = "contoso.com, fabrikam.com\r\nMünchen — «Ж» 漢\r\n"


def _marked(encoding: str, mark: bytes) -> bytes:
    return mark + TEXT.encode(encoding)


ENCODED = [
    pytest.param(_marked("utf-16-le", codecs.BOM_UTF16_LE), id="powershell-redirection"),
    pytest.param(_marked("utf-16-be", codecs.BOM_UTF16_BE), id="notepad-unicode-big-endian"),
    pytest.param(_marked("utf-8", codecs.BOM_UTF8), id="notepad-utf-8-with-mark"),
    pytest.param(_marked("utf-8", b""), id="utf-8"),
    pytest.param(_marked("utf-16-le", b""), id="utf-16-without-its-mark"),
    pytest.param(_marked("utf-16-be", b""), id="utf-16-big-endian-without-its-mark"),
    pytest.param(_marked("utf-32-le", codecs.BOM_UTF32_LE), id="utf-32"),
]


@pytest.mark.parametrize("data", ENCODED)
def test_text_is_read_in_every_encoding(data: bytes) -> None:
    assert decoded(data) == TEXT
    assert as_utf8(data) == TEXT.encode()


def test_the_ansi_code_page_is_read_where_it_is_no_utf_8() -> None:
    assert decoded("München".encode("cp1252")) == "München"


def test_damaged_utf_8_is_left_to_the_reader() -> None:
    assert as_utf8(b"\xff{") == b"\xff{"


def test_nothing_is_no_text() -> None:
    assert (decoded(b""), as_utf8(b"")) == ("", b"")
