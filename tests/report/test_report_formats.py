"""CSV, JUnit, Nagios and Markdown: nothing is lost, nothing is worse or better than the verdict."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from xml.etree.ElementTree import Element, fromstring

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from probe.cli.output.reporting import exit_code
from probe.judgement.thresholds import Threshold, Thresholds
from probe.report import html
from probe.report.document import ResultDocument
from probe.report.formats import csv as csv_report
from probe.report.formats import junit, markdown, nagios

Documents = tuple[ResultDocument, ...]


def _rows(documents: Documents) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_report.render(documents)), strict=True))


def test_csv_never_loses_a_target(documents: Documents) -> None:
    """N targets in: each has at least one row, also without endpoints, and each judgement has its own."""
    rows = _rows(documents)
    assert len({row["target"] for row in rows}) == len(documents)
    judgements = sum(len(e.judgements) for d in documents for e in d.endpoints)
    assert len(rows) == judgements + sum(not document.endpoints for document in documents)


def test_csv_row_of_an_unjudged_endpoint(named: dict[str, ResultDocument]) -> None:
    """An endpoint that nobody judged still has its row."""
    endpoint = replace(named["adatum"].endpoints[0], judgements=())
    (row,) = _rows((replace(named["adatum"], endpoints=(endpoint,)),))
    assert (row["url"], row["outcome"], row["http_status"]) == (endpoint.url, "", "401")


def test_csv_columns_are_stable(named: dict[str, ResultDocument]) -> None:
    """Scripts read these cells by name."""
    row = _rows((named["fabrikam"],))[0]
    expected = {
        "target": "fabrikam.example",
        "outcome": "failure",
        "ssl_policy_errors": "RemoteCertificateChainErrors",
        "chain_status": "UntrustedRoot",
        "web_exception_status": "TrustFailure",
        "finding_codes": "chain-untrusted-root",
        "remedy_actor": "caller",
        "remedy_proved": "true",
        "not_after": "2027-02-27T06:00:00Z",
        "days_left": "96",
        "flip_at": "",
    }
    assert tuple(row) == csv_report.COLUMNS
    assert {name: row[name] for name in expected} == expected


def test_csv_has_no_formula(named: dict[str, ResultDocument]) -> None:
    """The hostile target starts with =HYPERLINK(; no cell may."""
    rows = _rows((named["hostile"],))
    cells = [cell for row in rows for cell in row.values()]
    assert rows[0]["target"].startswith("'=HYPERLINK(")
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def _suites(documents: Documents) -> Element:
    return fromstring(junit.render(documents))


def test_junit_counts_are_those_of_its_cases(documents: Documents) -> None:
    """Every suite and the whole say how many cases, failures and errors they hold."""
    root = _suites(documents)
    assert [suite.tag for suite in root] == ["testsuite"] * len(documents)
    for holder in (root, *root):
        counted = {tag: str(len(list(holder.iter(tag)))) for tag in ("testcase", "failure", "error")}
        stated = {"testcase": "tests", "failure": "failures", "error": "errors"}
        assert {tag: holder.get(name) for tag, name in stated.items()} == counted


def test_junit_has_the_common_shape(documents: Documents) -> None:
    """Elements and attributes of junit-10.xsd, in its order: properties first, then test cases."""
    root = _suites(documents)
    for suite in root:
        tags = [child.tag for child in suite]
        assert tags == ["properties"] + ["testcase"] * (len(tags) - 1)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp", ""))
        for case in suite.iter("testcase"):
            assert set(case.attrib) == {"name", "classname", "time"}
            assert float(case.get("time", "")) >= 0
            assert [child.tag for child in case] in ([], ["failure"], ["error"], ["system-out"])


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        pytest.param("adatum", [[], []], id="success-passes"),
        pytest.param("contoso", [["system-out"]] * 2, id="warning-passes-and-says-so"),
        pytest.param("fabrikam", [["failure"]] * 2, id="failure"),
        pytest.param("wingtip", [["error"]] * 2, id="unknown-is-an-error-not-skipped"),
        pytest.param("nowhere", [["error"]], id="not-checked"),
        pytest.param("empty", [["error"]], id="no-endpoints"),
    ],
)
def test_junit_outcome(named: dict[str, ResultDocument], name: str, tags: list[list[str]]) -> None:
    """What a build server makes of each verdict."""
    cases = _suites((named[name],)).iter("testcase")
    assert [[child.tag for child in case] for case in cases] == tags


def test_junit_failure_has_the_exception_text(named: dict[str, ResultDocument]) -> None:
    """The text of the event log is what people search for."""
    failure = next(_suites((named["fabrikam"],)).iter("failure"))
    assert failure.get("type") == "TrustFailure"
    assert (failure.text or "").startswith("System.Net.WebException: The underlying connection was closed:")
    assert "(proved: judged again with this change it is accepted)" in (failure.text or "")


@pytest.mark.parametrize(
    ("name", "code", "line"),
    [
        pytest.param(
            "adatum",
            0,
            "FEDPROBE OK - adatum.example EWS: would succeed | 'days_left'=170;30:;0: 'time'=0.640s;;;0",
            id="ok",
        ),
        pytest.param(
            "contoso",
            1,
            "FEDPROBE WARNING - contoso.example EWS: The end-entity certificate expires in 9 days. "
            "| 'days_left'=9;30:;0: 'time'=0.640s;;;0",
            id="warning",
        ),
        pytest.param(
            "fabrikam",
            2,
            "FEDPROBE CRITICAL - fabrikam.example EWS: UntrustedRoot (CN=Fabrikam Root Certification "
            "Authority, O=Fabrikam, C=DE) | 'days_left'=96;30:;0: 'time'=0.640s;;;0",
            id="critical",
        ),
        pytest.param(
            "wingtip",
            3,
            "FEDPROBE UNKNOWN - wingtip.example EWS: The chain ends under a root that is not at hand here. "
            "| 'days_left'=80;30:;0: 'time'=0.640s;;;0",
            id="unknown",
        ),
        pytest.param(
            "nowhere",
            3,
            "FEDPROBE UNKNOWN - nowhere.example: Not checked: the target cannot be parsed: a label is longer "
            "than 63",
            id="not-checked-has-no-performance-data",
        ),
    ],
)
def test_nagios_status_line(
    named: dict[str, ResultDocument], now: datetime, name: str, code: int, line: str
) -> None:
    """One target: what is wrong by .NET's name and the certificate at fault, and the data behind the bar."""
    document = (named[name],)
    assert nagios.render(document, now=now).splitlines()[0] == line
    assert exit_code([named[name].outcome]) == code  # the contract's are those of plugins


def test_nagios_names_the_fault_of_the_chain_as_a_whole(
    named: dict[str, ResultDocument], now: datetime
) -> None:
    """No element has a fault where the issuer is missing: the chain has."""
    (endpoint,) = named["adatum"].endpoints
    judgement = endpoint.judgements[0]
    assert judgement.chain is not None
    chain = replace(judgement.chain, status=("PartialChain",), elements=judgement.chain.elements[:1])
    failed = replace(judgement, outcome="failure", chain=chain)
    document = replace(
        named["adatum"], outcome="failure", endpoints=(replace(endpoint, judgements=(failed,)),)
    )
    assert " EWS: PartialChain (" in nagios.render((document,), now=now).splitlines()[0]


def test_nagios_several_targets(documents: Documents, now: datetime) -> None:
    """The worst decides (failure before unknown), and only one bar is in the whole output."""
    output = nagios.render(documents, now=now)
    assert output.startswith(
        "FEDPROBE CRITICAL - 8 targets: 3 would fail, 3 cannot tell, 1 would succeed, with"
    )
    assert output.count("|") == 1
    assert "'contoso.example days_left'=9;30:;0:" in output
    assert output.isascii() or output.replace("\n", "").isprintable()


def test_nagios_is_bounded_and_the_worst_come_first(named: dict[str, ResultDocument], now: datetime) -> None:
    """600 targets gave a line of 40 KB; Nagios reads 4 KB of a plugin."""
    many = [named["adatum"]] * 300 + [named["fabrikam"]] * 300
    output = nagios.render(many, now=now)
    assert 3000 < len(output.encode()) <= 4096
    first, *more = output.splitlines()
    assert first.startswith("FEDPROBE CRITICAL - 600 targets: 300 would fail, 300 would succeed. fabrikam")
    assert "'fabrikam.example days_left'=96" in first
    assert more[0] == "fabrikam.example: would fail"
    assert more[-1].startswith("the output is cut here")


def test_csv_begins_with_a_mark_on_request(documents: Documents) -> None:
    """Excel takes a file without it for the code page of the machine."""
    assert csv_report.render(documents, mark=True) == "\ufeff" + csv_report.render(documents)
    assert csv_report.render(documents).startswith('"target"')


def test_one_root_is_not_roots(named: dict[str, ResultDocument], now: datetime) -> None:
    document = replace(named["adatum"], trust=replace(named["adatum"].trust, roots=1))
    for report in (markdown.render([document], now=now), html.render([document], now=now)):
        assert "1 root" in report
        assert "1 roots" not in report


def test_nagios_nothing_checked(now: datetime) -> None:
    """No target is no success."""
    assert nagios.render((), now=now) == "FEDPROBE UNKNOWN - no target was checked\n"


def test_nagios_all_fine(named: dict[str, ResultDocument], now: datetime) -> None:
    """Several targets that all would succeed are counted, not listed."""
    documents = (named["adatum"], named["adatum"])
    assert nagios.render(documents, now=now).startswith("FEDPROBE OK - all 2 targets would succeed |")


def test_nagios_thresholds_in_percent(named: dict[str, ResultDocument], now: datetime) -> None:
    """Percent of the lifetime of the certificate that expires first (396 days): 20 % are 79.2 days."""
    thresholds = Thresholds(Threshold(percent=20), Threshold(days=7))
    output = nagios.render((named["fabrikam"],), now=now, thresholds=thresholds)
    assert "'days_left'=96;79.2:;7:" in output


PERFORMANCE = re.compile(r"'[^'=|]+'=-?\d+(\.\d+)?s?(;[\d.]*:?){0,4}")


def test_nagios_performance_data_is_well_formed(documents: Documents, now: datetime) -> None:
    """'label'=value[unit];[warn];[crit];[min], also for a hostile label."""
    data = nagios.render(documents, now=now).splitlines()[0].split(" | ")[1]
    assert re.fullmatch(rf"({PERFORMANCE.pattern})( {PERFORMANCE.pattern})*", data)


def test_markdown_is_literal(documents: Documents, now: datetime) -> None:
    """A GitHub-flavoured parser finds no HTML, link, image or autolink in it, and one table row a target."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(markdown.render(documents, now=now))
    inline = [child.type for token in tokens for child in token.children or ()]
    kinds = {token.type for token in tokens} | set(inline)
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "code_inline"}
    first_table = tokens[: next(n for n, token in enumerate(tokens) if token.type == "table_close")]
    assert sum(token.type == "tr_open" for token in first_table) == 1 + len(documents)


def test_markdown_keeps_a_fence_closed(named: dict[str, ResultDocument], now: datetime) -> None:
    """A command with a fence in it stays inside its block."""
    document = named["fabrikam"]
    finding = document.endpoints[0].judgements[0].findings[0]
    remedy = replace(finding.remedies[0], command="````\n# Owned\n<b>")
    judgement = replace(document.endpoints[0].judgements[0], findings=(replace(finding, remedies=(remedy,)),))
    endpoint = replace(document.endpoints[0], judgements=(judgement,))
    tokens = MarkdownIt().parse(markdown.render((replace(document, endpoints=(endpoint,)),), now=now))
    assert "````\n# Owned\n<b>\n" in [token.content for token in tokens if token.type == "fence"]


def test_markdown_says_each_verdict_once(named: dict[str, ResultDocument], now: datetime) -> None:
    """Two callers with the same verdict share a section."""
    text = markdown.render((named["fabrikam"],), now=now)
    assert text.count("### ") == 1
    assert "called by exchange-se" in text
    assert "called by exchange-2016" in text


def test_a_remedy_that_helps_only_with_others_says_so(
    named: dict[str, ResultDocument], now: datetime
) -> None:
    """Nobody may be told that one change is enough when only the set was proved."""
    document = named["fabrikam"]
    judgement = document.endpoints[0].judgements[0]
    finding = judgement.findings[0]
    remedies = tuple(replace(remedy, proved=True, together=1) for remedy in finding.remedies)
    judgement = replace(judgement, findings=(replace(finding, remedies=remedies),))
    documents = (replace(document, endpoints=(replace(document.endpoints[0], judgements=(judgement,)),)),)
    words = "proved together with the other changes of set 1"
    for report in (
        junit.render(documents),
        nagios.render(documents, now=now),
        markdown.render(documents, now=now),
        html.render(documents, now=now),
    ):
        assert report.count(words) == 2
        assert "with this change it is accepted" not in report
    assert _rows(documents)[0]["remedy_together"] == "true"


def test_a_relationship_that_is_not_used_fails_no_plugin_and_no_suite(
    named: dict[str, ResultDocument], now: datetime
) -> None:
    why = "the organization relationship Fabrikam is disabled: no lookup uses it"
    off = replace(named["fabrikam"], not_used=why)
    alone = nagios.render([off], now=now).splitlines()
    assert alone[0].startswith(f"FEDPROBE OK - {off.target.input}: {why}")
    assert not any(line.strip().startswith("CRITICAL") for line in alone)
    both = nagios.render([off, named["wingtip"]], now=now)
    assert both.startswith("FEDPROBE UNKNOWN - 2 targets: 1 cannot tell, 1 not used. ")
    overview = markdown.render([off, named["adatum"]], now=now)
    assert overview.index(named["adatum"].target.input) < overview.index("**not used**")
    (suite,) = fromstring(junit.render([off]))
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("0", "0", "1")
