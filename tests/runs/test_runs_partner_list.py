"""A partner list in any of its formats means the same, and every mistake is told with its place."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pytest

from probe.errors import DataError, InputMissingError
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Threshold
from probe.runs.lists import partner_list
from probe.runs.lists.list_formats import ListFormat
from probe.runs.lists.partners import PartnerEntry

BOTH = (
    PartnerEntry("contoso.com", callers=("exchange-2019", "exchange-se"), tags=("a", "b"), warning="20%"),
    PartnerEntry("mail.fabrikam.com:8443", timeout=40.0, aia=False, notes="hybrid", warning="20%"),
)
TOML = """
# the partners
[defaults]
warning = "20%"

[[partners]]
domain = "contoso.com"
callers = ["exchange-2019", "exchange-se"]
tags = ["a", "b"]

[[partners]]
target = "mail.fabrikam.com:8443"
timeout = 40
aia = false
notes = "hybrid"
warning = "20%"
"""
CSV = """\
Domain,Callers,Tags,Warning,Timeout,AIA,Notes
contoso.com,exchange-2019;exchange-se,a|b,20%,,,
mail.fabrikam.com:8443,,,20%,40,no,hybrid
"""
NDJSON = """\
{"domain": "contoso.com", "callers": ["exchange-2019", "exchange-se"], "tags": ["a", "b"], "warning": "20%"}

{"target": "mail.fabrikam.com:8443", "timeout": 40, "aia": false, "notes": "hybrid", "warning": "20%"}
"""


def _entries(text: str, name: str = "standard input") -> tuple[PartnerEntry, ...]:
    return tuple(partner_list.from_text(text, name=name).entries())


@pytest.mark.parametrize(
    ("text", "form"),
    [
        pytest.param(TOML, ListFormat.TOML, id="toml"),
        pytest.param(CSV, ListFormat.CSV, id="csv"),
        pytest.param(
            CSV.replace(",", ";").replace("exchange-2019;", "exchange-2019|"), ListFormat.CSV, id="csv-excel"
        ),
        pytest.param(CSV.replace(",", "\t").replace("\n", "\r\n"), ListFormat.CSV, id="csv-tabs"),
        pytest.param(NDJSON, ListFormat.NDJSON, id="ndjson"),
        pytest.param("[" + ",".join(NDJSON.split("\n\n")) + "]", ListFormat.JSON, id="json"),
    ],
)
def test_every_format_makes_the_same_entries(text: str, form: ListFormat) -> None:
    read = partner_list.from_text(text, name="standard input")

    first, second = read.entries()

    assert (read.format, read.count) == (form, 2)
    assert first == BOTH[0]
    assert second == BOTH[1]


def test_lines_are_targets_and_hashes_are_comments() -> None:
    text = "# partners\ncontoso.com\n\n  user@fabrikam.com  # the second\nhttps://host/#part\nnot a target!\n"

    assert [entry.target for entry in _entries(text)] == [
        "contoso.com",
        "user@fabrikam.com",
        "https://host/#part",
        "not a target!",
    ]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("contoso.com\r\n".encode("utf-16"), id="utf-16-of-powershell"),
        pytest.param(b"\xef\xbb\xbfcontoso.com\n", id="utf-8-with-mark"),
        pytest.param(b"contoso.com", id="no-newline"),
    ],
)
def test_a_list_is_read_in_the_encodings_that_windows_writes(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(data)

    assert [entry.target for entry in partner_list.read(str(path)).entries()] == ["contoso.com"]
    assert partner_list.read("-", standard_input=io.BytesIO(data)).count == 1


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        pytest.param(
            "p.toml",
            "[[partners]]\ndomian = 'x'",
            "p.toml, partner 1, line 1: domian: unknown key; did you mean domain",
            id="typing-error",
        ),
        pytest.param(
            "p.toml",
            "[[partner]]\ndomain = 'x'",
            "p.toml: partner: unknown key; did you mean partners",
            id="wrong-table",
        ),
        pytest.param(
            "p.toml", "[defaults]\ndomain = 'x'", "[defaults]: domain: unknown key", id="domain-as-default"
        ),
        pytest.param(
            "p.toml", "[[partners]]\nnotes = 'x'", "give the partner's domain or target", id="no-target"
        ),
        pytest.param("p.toml", "[[partners]]\ndomain='a'\ntarget='b'", "one of the two", id="two-targets"),
        pytest.param("p.toml", "a = ", "p.toml: this is no TOML", id="broken-toml"),
        pytest.param("p.toml", "partners = 'contoso.com'", "[[partners]] table", id="partners-no-table"),
        pytest.param(
            "p.toml", "[[partners]]\ndomain='a'\ntimeout=true", "timeout: give seconds", id="timeout-true"
        ),
        pytest.param(
            "p.toml", "[[partners]]\ndomain='a'\ntimeout=nan", "timeout: give seconds", id="timeout-nan"
        ),
        pytest.param(
            "p.toml",
            "[[partners]]\ndomain='a'\nwarning='soon'",
            "warning: 'soon' is no threshold",
            id="threshold",
        ),
        pytest.param(
            "p.toml", "[[partners]]\ndomain='a'\ncallers=['exchange-3000']", "callers: ", id="caller"
        ),
        pytest.param("p.toml", "[[partners]]\ndomain='a'\naia='maybe'", "aia: give true or false", id="aia"),
        pytest.param(
            "p.toml",
            "[[partners]]\ndomain='a'\nconnect_to='x'",
            "connect_to: 'x' is no override",
            id="connect-to",
        ),
        pytest.param(
            "p.toml",
            "[[partners]]\ndomain='a'\nproxy='http://u:p@x:1'",
            "write env:NAME",
            id="password-in-the-list",
        ),
        pytest.param(
            "p.toml", "[[partners]]\ndomain='a'\nproxy='socks5://x:1'", "proxy: only HTTP proxies", id="socks"
        ),
        pytest.param(
            "p.toml",
            "[[partners]]\ndomain='a'\nproxy='env:1 2'",
            "name of an environment variable",
            id="no-variable",
        ),
        pytest.param(
            "p.csv",
            "domain,domian\na,b",
            "p.csv, line 1: domian: unknown column; did you mean domain",
            id="csv-column",
        ),
        pytest.param("p.csv", "domain,domain\na,b", "stands twice", id="csv-column-twice"),
        pytest.param("p.csv", "name\na", "no column domain or target", id="csv-no-domain"),
        pytest.param("p.csv", "domain,notes\na,b,c", "p.csv, line 2: 3 cells for 2 columns", id="csv-cells"),
        pytest.param(
            "p.csv", '# list\n\ndomain,timeout\na,1\n"b\n",0', "p.csv, line 6: timeout", id="csv-line-number"
        ),
        pytest.param("p.csv", 'domain\n"a', "this is no CSV", id="csv-open-quote"),
        pytest.param(
            "p.ndjson", '{"domain": "a"}\n{"domain": ', "p.ndjson, line 2: this is no JSON", id="broken-json"
        ),
        pytest.param("p.ndjson", "[" * 100_000, "this is no JSON", id="deep-json"),
        pytest.param("p.ndjson", "null", "give an object", id="json-null"),
        pytest.param("p.ndjson", '{"domain": 17}', "p.ndjson, line 1: domain: give a text", id="json-type"),
    ],
)
def test_a_mistake_is_told_with_its_place_before_anything_runs(name: str, text: str, said: str) -> None:
    with pytest.raises(DataError) as refused:
        partner_list.from_text(text, name=name)

    assert said in str(refused.value)


def test_a_list_that_is_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\x80\x81")

    with pytest.raises(InputMissingError, match="check the path given to -f"):
        partner_list.read(str(tmp_path / "absent"))
    with pytest.raises(DataError, match="binary is no text: save it as UTF-8"):
        partner_list.read(str(tmp_path / "binary"))


def test_a_list_larger_than_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partner_list, "MAXIMUM_BYTES", 8)

    assert partner_list.read("-", standard_input=io.BytesIO(b"a.bc.de\n")).count == 1
    with pytest.raises(DataError, match="larger than"):
        partner_list.read("-", standard_input=io.BytesIO(b"a.bc.def\n"))


def test_a_secret_is_read_from_the_environment_only_when_it_is_used() -> None:
    text = "[[partners]]\ndomain = 'contoso.com'\nproxy = 'env:PARTNER_PROXY'"
    (entry,) = partner_list.from_text(text, name="p.toml").entries()

    assert (
        entry.proxy_url({"PARTNER_PROXY": "http://user:secret@proxy:3128"}) == "http://user:secret@proxy:3128"
    )
    assert "secret" not in repr(entry)
    with pytest.raises(DataError, match=r"p\.toml, partner 1, line 1: proxy: .*PARTNER_PROXY is not set"):
        partner_list.from_text(text, name="p.toml", environment={})


def test_targets_of_the_command_line_are_a_list() -> None:
    targets = ["contoso.com", "", "# no comment", "contoso.com"]

    assert [entry.target for entry in partner_list.from_targets(targets).entries()] == targets


def test_thresholds_of_an_entry_win_over_those_of_the_run() -> None:
    chosen = PartnerEntry("a.b", critical="7").thresholds()

    assert (chosen.warning, chosen.critical) == (DEFAULT_THRESHOLDS.warning, Threshold(days=7))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("", "list.txt", id="nothing"),
        pytest.param("# contoso.com\n\n", "list.txt", id="comments"),
        pytest.param("domain,tags\n", "list.csv", id="csv-header"),
        pytest.param("[defaults]\n#caller = ['x']\n", "partners.toml", id="toml-defaults"),
        pytest.param("[]", "standard input", id="json"),
        pytest.param("\n", "list.ndjson", id="ndjson"),
    ],
)
def test_a_list_without_a_partner_is_no_success(text: str, name: str) -> None:
    with pytest.raises(DataError, match=f"^{name} names no partner.*probe init"):
        partner_list.from_text(text, name=name)


def test_a_first_line_that_ends_in_a_carriage_return_alone_tells_the_format() -> None:
    listed = partner_list.from_text("Tags,Domain\rnorth,contoso.com\r", name="list")
    assert listed.format is ListFormat.CSV
    assert [(entry.target, entry.tags) for entry in listed.entries()] == [("contoso.com", ("north",))]


HOSTILE_TOML = [
    pytest.param("a" + ".a" * 100_000 + " = 1\n", "more than 16 parts", id="dotted-key"),
    pytest.param("[" + "a." * 100_000 + "a]\n", "more than 16 parts", id="dotted-table"),
    pytest.param("x = {" + "a . " * 100_000 + "a = 1}\n", "more than 16 parts", id="dotted-inline-key"),
    pytest.param('"a".' * 100_000 + "b = 1\n", "more than 16 parts", id="quoted-parts"),
    pytest.param("x = " + "[" * 100_000, "nested too deeply", id="nested-arrays"),
    pytest.param("x = " + "{a=" * 100_000, "nested too deeply", id="nested-tables"),
    pytest.param("x = 1" + "0" * 4_000_000, "a number of more than 1000 digits \\(at line 2\\)", id="number"),
    pytest.param("x = [ # one\n -0x" + "f" * 4_000_000, "a number of more", id="number-after-a-comment"),
    pytest.param("x = 0." + "0_0" * 1_000_000, "a number of more", id="fraction"),
]


@pytest.mark.parametrize(("text", "said"), HOSTILE_TOML)
def test_a_hostile_list_is_bounded(text: str, said: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=said):
            partner_list.from_text("[defaults]\n" + text, name="list.toml")
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("filler", ["a", "a ", '"', "'", ".", "a-", "a.b "], ids=repr)
def test_looking_for_long_keys_takes_no_longer_than_reading(filler: str) -> None:
    with pytest.raises(DataError, match="no TOML"):
        partner_list.from_text("[defaults]\n" + filler * 400_000, name="list.toml")


def test_a_long_word_in_quotes_is_no_number() -> None:
    text = f"[[partners]]\ndomain = 'contoso.com'\nnotes = '{'0' * 5000}'\n"
    assert partner_list.from_text(text, name="list.toml").count == 1


def test_a_long_name_in_a_value_is_no_key() -> None:
    host = ".".join(["label"] * 30) + ".example"
    listed = partner_list.from_text(
        f'[[partners]]\ndomain = "{host}"\nnotes = "{host} = x"\n', name="list.toml"
    )
    assert [entry.target for entry in listed.entries()] == [host]


def test_a_broken_list_of_lines_names_every_bad_one() -> None:
    good = '{"domain": "contoso.com"}'
    text = "\n".join([good, "{", good, '{"domian": "x.example"}', "7"])
    with pytest.raises(DataError) as refused:
        partner_list.from_text(text, name="list.ndjson")
    assert [f"list.ndjson, line {number}:" in str(refused.value) for number in range(1, 6)] == [
        *(False, True),
        *(False, True),
        True,
    ]
    with pytest.raises(DataError, match="and 80 more lines"):
        partner_list.from_text("{\n" * 100, name="list.ndjson")


@pytest.mark.parametrize(
    ("lines", "targets"),
    [
        pytest.param("contoso.com\nCONTOSO.com", ["contoso.com"], id="capitals"),
        pytest.param("contoso.com\ncontoso.com.", ["contoso.com"], id="final-dot"),
        pytest.param("bücher.example\nxn--bcher-kva.example", ["bücher.example"], id="internationalised"),
        pytest.param("kim@Contoso.com\nkim@contoso.com", ["kim@Contoso.com"], id="address"),
        pytest.param("contoso.com\nkim@contoso.com", ["contoso.com", "kim@contoso.com"], id="of-two-kinds"),
        pytest.param("a.com\na.com", ["a.com", "a.com"], id="one-spelling-asked-for-twice"),
        pytest.param("mail:444\nmail:444", ["mail:444", "mail:444"], id="host-twice"),
        pytest.param("a b\na b", ["a b", "a b"], id="no-target-twice"),
        pytest.param("domain,timeout\na.com,3\nA.com,3", ["a.com"], id="settings-alike"),
        pytest.param("domain,timeout\na.com,3\nA.com,4", ["a.com", "A.com"], id="settings-differ"),
        pytest.param("domain,tags\na.com,north\nA.com,south", ["a.com"], id="only-remarks-differ"),
    ],
)
def test_two_spellings_of_a_partner_are_one(lines: str, targets: list[str]) -> None:
    listed = partner_list.from_text(lines, name="list")
    assert (listed.count, [entry.target for entry in listed.entries()]) == (len(targets), targets)
    repeated = [entry.target for entry in listed.repetitions()]
    assert len(targets) + len(repeated) == len(lines.replace("domain,", "").splitlines()) - (
        lines.startswith("domain")
    )


def test_targets_of_a_command_line_are_one_partner_too() -> None:
    listed = partner_list.from_targets(["contoso.com", "Contoso.COM"])
    assert [entry.target for entry in listed.entries()] == ["contoso.com"]
    assert [entry.target for entry in listed.repetitions()] == ["Contoso.COM"]
