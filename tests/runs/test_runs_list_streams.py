"""A list that is read piece by piece says the same as one that is read whole: entries, mistakes, places."""

from __future__ import annotations

import io
import json

import pytest

from probe.errors import DataError
from probe.runs.lists import list_text, partner_list, toml_list
from probe.runs.lists.json_elements import LONGEST, elements
from probe.runs.lists.list_text import ListText

SOUND = [{"domain": f"p{number}.example", "notes": "é\n" * 40} for number in range(50)] + ["a.example", 7, []]
TEXT = json.dumps(SOUND, indent=1, ensure_ascii=False)


def in_pieces(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 7, 1000, len(TEXT)])
@pytest.mark.parametrize(
    "text", [TEXT, json.dumps(SOUND), "[]", " \n[ ]\n", "[1,2]", "[tru" + "e]", '["\\u00e9"]'], ids=range(7)
)
def test_an_array_in_pieces_has_the_elements_of_the_whole(text: str, size: int) -> None:
    assert list(elements(in_pieces(text, size))) == json.loads(text)


@pytest.mark.parametrize("size", [1, 7, 1000, len(TEXT)])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TEXT[:-1], id="no-end"),
        pytest.param(TEXT + "x", id="more-behind-the-end"),
        pytest.param(TEXT.replace("},\n", "}\n", 30), id="no-comma"),
        pytest.param(TEXT[:-2] + ",\n]", id="comma-at-the-end"),
        pytest.param(TEXT.replace('"p40.example"', "p40.example"), id="no-quotes"),
        pytest.param(TEXT.replace('p40.example"', "p40.example"), id="no-closing-quote"),
        pytest.param(TEXT[: len(TEXT) // 2], id="cut"),
        pytest.param(TEXT.replace(' "a.example"', " a"), id="no-value"),
        pytest.param("[,1]", id="comma-first"),
        pytest.param("[1,,1]", id="two-commas"),
        pytest.param("[", id="only-the-bracket"),
        pytest.param("# a remark\n[1]", id="remark"),
        pytest.param("[1" + "0" * 5000 + "]", id="number-too-long"),
    ],
)
def test_a_mistake_in_an_array_is_told_as_of_the_whole(text: str, size: int) -> None:
    with pytest.raises(ValueError) as whole:  # noqa: PT011 - its words are compared with those of the other
        json.loads(text)
    with pytest.raises(ValueError) as piecemeal:  # noqa: PT011
        list(elements(in_pieces(text, size)))
    assert str(piecemeal.value) == str(whole.value)


@pytest.mark.parametrize(
    "text",
    ['["' + "a" * LONGEST * 2, "[" + " " * LONGEST * 2, "[[" + "1," * LONGEST],
    ids=["text", "space", "array"],
)
def test_an_element_without_end_is_refused(text: str) -> None:
    with pytest.raises(
        DataError, match=r"more than 1 MiB without an end of the element: line 1 column 2 \(char 1"
    ):
        partner_list.from_text(text, name="list")


TOML = """\
[defaults]
warning = "20%"

[[partners]]
domain = "contoso.com"
callers = [
  "exchange-se",
]
{}
[[partners]]  # the second
domain = "fabrikam.com"
"""
PARTNERS = [("contoso.com", "20%"), ("fabrikam.com", "20%")]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TOML.format(""), id="one-after-the-other"),
        pytest.param(TOML.format("").replace("\n", "\r\n"), id="windows"),
        pytest.param(TOML.format('notes = """\n[[partners]]\ndomain = "x"\n"""'), id="a-header-in-a-text"),
        pytest.param(TOML.format("notes = '''\n[defaults]\n'''"), id="another-header-in-a-text"),
        pytest.param(
            TOML.format("").partition("\n\n")[2] + '[defaults]\nwarning = "20%"', id="defaults-at-the-end"
        ),
        pytest.param(
            "partners = [{domain = 'contoso.com'}, {domain = 'fabrikam.com'}]\n[defaults]\nwarning = '20%'",
            id="in-one-array",
        ),
    ],
)
def test_tables_of_toml_mean_the_same_wherever_they_stand(text: str) -> None:
    listed = partner_list.from_text(text, name="list.toml")
    assert [(entry.target, entry.warning) for entry in listed.entries()] == PARTNERS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            TOML.format("") + "= 1", r"no TOML: Invalid statement \(at line 12, column 1\)", id="syntax"
        ),
        pytest.param(TOML.format("[partners.x]"), r"in TOML of more than", id="another-table"),
        pytest.param("[defaults]\n" + TOML.format(""), r"twice|Cannot declare", id="before-the-first"),
        pytest.param(
            TOML.format("") + "domian = 'x'\n" * 2,
            r"no TOML: Cannot overwrite a value \(at line 13",
            id="twice",
        ),
        pytest.param(
            TOML.format("#" * 300), r"list.toml, line 4: more than \d+ MiB to the next", id="one-part"
        ),
    ],
)
def test_a_mistake_in_a_long_toml_list_has_its_place(
    text: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toml_list, "MOST_AT_A_TIME", 110)
    with pytest.raises(DataError, match=said):
        partner_list.from_text(text, name="list.toml")


@pytest.mark.parametrize("name", ["list.ndjson", "list.csv", "list.txt"])
def test_a_line_that_no_partner_takes_is_refused(name: str) -> None:
    text = "domain\n" if name == "list.csv" else "{}\n" if name == "list.ndjson" else "a.example\n"
    with pytest.raises(DataError, match=f"{name}, line 2: longer than 1 MiB"):
        partner_list.from_text(text + "a" * list_text.LONGEST_LINE * 2, name=name)


@pytest.mark.parametrize(
    ("data", "last"),
    [
        pytest.param("a.example\n" * 20_000 + "bücher.example\n", "bücher.example", id="utf-8"),
        pytest.param("a.example\n" * 20_000 + "bücher.example\n", "bücher.example", id="utf-16"),
        pytest.param("a.example\n" * 20_000 + "bücher.example\n", "bücher.example", id="cp1252"),
    ],
)
def test_the_encoding_may_show_in_the_last_line_only(
    data: str, last: str, request: pytest.FixtureRequest
) -> None:
    encoding = request.node.callspec.id
    listed = partner_list.read("-", standard_input=io.BytesIO(data.encode(encoding)))
    assert list(listed.entries())[-1].target == last


def test_a_list_is_read_in_pieces_of_any_size() -> None:
    text = "bücher.example\n" * 1000
    data = text.encode()
    assert ListText.read(data[start : start + 4097] for start in range(0, len(data), 4097)).whole() == text
