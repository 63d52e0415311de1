"""What a partner sent cannot leave the line, the cell, the label or the document it is put in."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe import escaping
from probe.report import clean
from probe.report.json import indented

ANY_TEXT = st.text(alphabet=st.characters(), max_size=300)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("CN=mail.contoso.com", "CN=mail.contoso.com", id="plain"),
        pytest.param("CN=Zoë ☃", "CN=Zoë ☃", id="other-scripts-stay"),
        pytest.param("a\r\n--\r\nb", "a -- b", id="line-breaks-become-a-space"),
        pytest.param("a\u2028b\x85c", "a b c", id="unicode-line-breaks"),
        pytest.param("a\tb\u00a0c", "a b c", id="other-white-space"),
        pytest.param("\x1b[31mred\x9b0m", "\\x1b[31mred\\x9b0m", id="ansi-escapes"),
        pytest.param("gro.\u202emoc", "gro.\\u202emoc", id="bidi-override"),
        pytest.param("a\u200bb\ufeff", "a\\u200bb\\ufeff", id="zero-width"),
        pytest.param("\ud800x", "\\ud800x", id="lone-surrogate"),
        pytest.param("\U000e0041", "\\U000e0041", id="tag-character"),
        pytest.param("a\u2800b", "a\\u2800b", id="blank-braille"),
        pytest.param("a\u3164b\uffa0", "a\\u3164b\\uffa0", id="hangul-fillers"),
        pytest.param("\u115f\u1160", "\\u115f\\u1160", id="hangul-jamo-fillers"),
        pytest.param("a\u034f\ufe0f", "a\\u034f\\ufe0f", id="joiner-and-variation-selector"),
        pytest.param("\u17b4\u180b", "\\u17b4\\u180b", id="khmer-and-mongolian"),
        pytest.param("\U000e0100", "\\U000e0100", id="variation-selector-supplement"),
        pytest.param("a \n \r\n b", "a b", id="blanks-around-line-breaks"),
        pytest.param("\x00\x07\x7f\x1f", "\\x00\\x07\\x7f\\x1f", id="controls"),
        pytest.param("", "", id="empty"),
    ],
)
def test_one_line_shows_what_it_cannot_print(text: str, expected: str) -> None:
    """Escapes stay visible as evidence and have no effect."""
    assert escaping.one_line(text) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param("abcdef", 6, "abcdef", id="exactly-the-limit"),
        pytest.param("abcdefg", 6, "abcde…", id="one-too-many"),
        pytest.param("\x00" * 3, 6, "\\x00\\…", id="escapes-count-too"),
        pytest.param("\n" * 1_000_000 + "x", 6, " …", id="a-megabyte-of-line-breaks"),
        pytest.param(" " * 1_000_000 + "x", 4000, " " * 3999 + "…", id="a-megabyte-of-blanks"),
    ],
)
def test_one_line_is_bounded(text: str, limit: int, expected: str) -> None:
    """The limit counts what is shown."""
    assert escaping.one_line(text, limit) == expected


@given(ANY_TEXT)
def test_one_line_is_printable_and_stable(text: str) -> None:
    """Whatever comes in, the result prints on one line, and cleaning it again changes nothing."""
    shown = escaping.one_line(text)
    assert shown.isprintable()
    assert shown.encode().decode() == shown
    assert escaping.one_line(shown) == shown


@given(ANY_TEXT)
def test_no_cell_is_a_formula(text: str) -> None:
    """A spreadsheet looks at the first character after blanks."""
    assert not clean.csv_cell(text).lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0", id="dde"),
        pytest.param("\t=1+1", "' =1+1", id="hidden-behind-a-tab"),
        pytest.param("\r\n@SUM(1)", "' @SUM(1)", id="hidden-behind-a-line-break"),
        pytest.param("CN=a", "CN=a", id="an-equals-sign-inside-is-fine"),
    ],
)
def test_csv_cell(text: str, expected: str) -> None:
    """Formulas get a leading apostrophe."""
    assert clean.csv_cell(text) == expected


@given(ANY_TEXT)
def test_xml_text_has_only_legal_characters(text: str) -> None:
    """XML 1.0 section 2.2: Char."""
    for character in clean.xml_text(text):
        code = ord(character)
        assert code == 0x0A or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def test_lines_are_bounded_in_all() -> None:
    """A thousand lines do not get past the limit."""
    assert escaping.lines("abc\n" * 1000, limit=10) == ("abc", "abc", "a…")


def test_label_value_escapes_what_ends_a_label() -> None:
    """Backslash and quote are escaped; a line feed cannot be in the text any more."""
    assert clean.label_value('a\\b"c\nd') == 'a\\\\b\\"c d'


def test_plugin_text_cannot_start_performance_data() -> None:
    """`|` belongs to the plugin's grammar."""
    assert clean.plugin_text("a | days_left=9999") == "a / days_left=9999"


def test_markdown_text_is_literal() -> None:
    """Links, code, HTML, table borders and mentions lose their meaning."""
    assert clean.markdown_text("[a](http://b) |<i>`@x") == "\\[a\\](http\\://b) \\|\\<i\\>\\`\\@x"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("".join(map(chr, range(0x20))), id="c0"),
        pytest.param("a\x7fb", id="del"),
        pytest.param("".join(map(chr, range(0x80, 0xA0))), id="c1"),
        pytest.param("\\\x9b31m\\\\\x85", id="beside-backslashes"),
        pytest.param("é\xa0Â\u2028…\U0001f512", id="what-is-no-control"),
        pytest.param("a\u202e\u2066b\u200f", id="bidirectional"),
        pytest.param("a\u2800\u3164\u115f\u1160\uffa0\u034f\u17b4\u180b\ufe0f", id="draws-nothing"),
        pytest.param("\U000e0041\U0001d173", id="beyond-the-basic-plane"),
    ],
)
def test_json_holds_nothing_unseen_and_the_same_content(text: str) -> None:
    written = indented({text: [text]})

    assert json.loads(written) == {text: [text]}
    assert not [c for c in written if c != "\n" and unicodedata.category(c) in ("Cc", "Cf")]
    assert not escaping.INVISIBLE.search(written)


def test_a_line_of_blanks_takes_linear_work() -> None:
    """Were each blank tried anew, this would take hours: a subject of blanks was quadratic."""
    assert escaping.one_line(" " * 1_000_000 + "\n", 2_000_000) == " "
