"""A run from a machine without a way out says so first, and tells it once, not of each partner."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path

import jsonschema
import pytest
from msgspec.structs import replace

from probe.__main__ import main
from probe.cli.commands.lab import write_stores
from probe.lab import http
from probe.lab.partner import Partner
from probe.report import result_schemas
from probe.report.document import ResultDocument, WebExceptionEntry
from probe.report.formats import prometheus
from probe.report.vantage_summary import VantageSummary
from probe.runs.alerting import alerts, notification
from probe.runs.alerting.alerts import Alert, Tells
from probe.runs.attempts import Checked
from probe.runs.campaign import Campaign, Summary, conduct
from probe.runs.lists.partners import PartnerEntry
from probe.runs.store.history_store import History
from tests.runs.conftest import document, endpoint, failing, judgement

START = datetime(2026, 11, 1, tzinfo=UTC)
NO_ROUTE = "this machine has no IPv4 route; the caller may have one"
NO_RESOLVER = "this machine's resolver gave no answer; the caller asks another one"


def unseen(target: str, state: str = NO_ROUTE, **values: object) -> ResultDocument:
    """A target from which the machine's own state kept it."""
    judged = judgement("unknown", vantage_state=state, findings=())
    broken = replace(failing("unreachable", "connect"), judgements=(judged,))
    return document(target, "unknown", endpoints=(broken,), **values)


def refused(target: str, phase: str = "connect", status: str = "ConnectFailure") -> ResultDocument:
    """A target that fails in this phase."""
    judged = judgement("failure", web_exception=WebExceptionEntry(status, status), ssl_policy_errors=None)
    broken = replace(failing("refused", phase), url=f"https://{target}/", judgements=(judged,))
    return document(target, "failure", endpoints=(broken,))


def untrusted(target: str) -> ResultDocument:
    """A target whose certificate is refused."""
    errors, exception = ("RemoteCertificateChainErrors",), WebExceptionEntry("TrustFailure", "TrustFailure")
    judged = judgement("failure", web_exception=exception, ssl_policy_errors=errors)
    return document(target, "failure", endpoints=(endpoint(url=f"https://{target}/", judgements=(judged,)),))


def apart(target: str, minutes: float) -> ResultDocument:
    """A sound target whose clock is so many minutes ahead of this machine's."""
    sound = document(target)
    return replace(sound, vantage=replace(sound.vantage, clock_behind_seconds=minutes * 60))


def summed(documents: Sequence[ResultDocument]) -> VantageSummary:
    summary = VantageSummary()
    for result in documents:
        summary.take(result)
    return summary


NAMES = tuple(f"{letter}.example" for letter in "abcdef")
SAID = [
    pytest.param([unseen(n) for n in NAMES], "no IPv4 route: this run says nothing", True, id="no-route"),
    pytest.param([unseen(NAMES[0])], "no IPv4 route: this run says nothing", True, id="a-single-target"),
    pytest.param(
        [unseen(NAMES[0]), unseen(NAMES[1], NO_RESOLVER)], "nothing is known of 1 of 2", True, id="both-dead"
    ),
    pytest.param(
        [unseen(NAMES[0]), *map(document, NAMES[1:])],
        "nothing is known of 1 of 6 partners (a.example).",
        False,
        id="one-of-six",
    ),
    pytest.param(
        [refused(n, "resolve", "NameResolutionFailure") for n in NAMES],
        "All 6 partners fail alike: NameResolutionFailure. Look here first: whether this machine's resolver",
        True,
        id="no-name-is-known",
    ),
    pytest.param(list(map(refused, NAMES)), "its firewall", True, id="nobody-can-be-connected-to"),
    pytest.param(
        [refused(n, "tunnel") for n in NAMES], "the proxy", True, id="the-proxy-lets-nobody-through"
    ),
    pytest.param(
        [refused(n, "handshake") for n in NAMES], "inspects TLS", True, id="no-handshake-is-finished"
    ),
    pytest.param(list(map(untrusted, NAMES)), "trust store", False, id="no-certificate-is-trusted"),
    pytest.param([apart(n, 60) for n in NAMES], "60 minutes ahead of", False, id="clock"),
    pytest.param([apart(n, -3 * 1440) for n in NAMES[:3]], "3 days behind", False, id="clock-of-three"),
]
SILENT = [
    pytest.param(list(map(refused, NAMES[:4])), id="four-partners-are-too-few"),
    pytest.param([*map(refused, NAMES), document("g.example")], id="one-succeeds"),
    pytest.param([*map(refused, NAMES), refused("g.example", "handshake")], id="one-fails-otherwise"),
    pytest.param([refused("same.example")] * 6, id="one-host"),
    pytest.param([document("x", "unknown", error="no target", endpoints=())] * 6, id="not-tried"),
    pytest.param([apart(NAMES[0], 600), *(apart(n, 0) for n in NAMES[1:])], id="one-wrong-clock"),
    pytest.param([apart(n, 600) for n in NAMES[:2]], id="two-wrong-clocks"),
    pytest.param([], id="nothing"),
]


@pytest.mark.parametrize(("documents", "said", "blind"), SAID)
def test_what_a_run_says_about_its_machine(
    documents: list[ResultDocument], said: str, *, blind: bool
) -> None:
    summary = summed(documents)
    assert said in summary.notes()[0]
    assert summary.blind is blind
    assert summary.key


@pytest.mark.parametrize("documents", SILENT)
def test_of_others_it_says_nothing(documents: list[ResultDocument]) -> None:
    summary = summed(documents)
    assert (summary.notes(), summary.blind, summary.key) == ((), False, "")


def test_of_many_that_are_not_seen_the_order_of_results_is_no_news() -> None:
    others = [unseen(f"{number}.example") for number in range(9)]
    seen = document("seen.example")
    assert summed([*others, seen]).key == summed([seen, *reversed(others)]).key


def test_a_long_run_is_warned_early_and_once() -> None:
    summary = VantageSummary()
    warnings = []
    for _ in range(30):
        summary.take(unseen("a.example"))
        warnings.append(summary.early_warning())
    assert [place for place, warning in enumerate(warnings, 1) if warning is not None] == [10]


Check = Callable[[str], ResultDocument]


def conducted(folder: Path, make: Check, day: int) -> Summary:
    """One run of six partners with a history, in which everything is told."""

    async def checked(entry: PartnerEntry) -> Checked:
        return Checked(replace(make(entry.target), observed_at=START + timedelta(days=day)))

    campaign = Campaign(history=folder / "h", label="list", tells=Tells.VERDICTS)
    entries = [PartnerEntry(name) for name in NAMES]
    return asyncio.run(conduct(entries, checked, campaign, deliver=lambda _: None))


def told(folder: Path) -> list[Alert]:
    with History(folder / "h") as history:
        return [alerts.loads(data) for _, data in history.waiting("list", "anybody")]


DEAD = [pytest.param(unseen, id="no-route"), pytest.param(refused, id="all-fail-alike")]


@pytest.mark.parametrize("dead", DEAD)
def test_a_dead_machine_is_told_once_and_no_partner_of_it(dead: Check, tmp_path: Path) -> None:
    """200 partners were told to be down, and 200 to have recovered, when a cable had been pulled."""
    for day, make in enumerate((document, dead, dead, document)):
        conducted(tmp_path, make, day)
    assert [(alert.target, alert.after) for alert in told(tmp_path)] == [
        (alerts.THIS_MACHINE, "unknown"),
        (alerts.THIS_MACHINE, "success"),
    ]
    message = notification.compose(told(tmp_path)[:1])
    assert message is not None
    assert "this machine: what it says of partners is in doubt" in message.text
    assert "this machine" in message.subject


def test_what_a_dead_machine_saw_is_compared_with_nothing(tmp_path: Path) -> None:
    for day, make in enumerate((untrusted, unseen, untrusted)):
        conducted(tmp_path, make, day)
    with History(tmp_path / "h") as history:
        previous = history.previous(NAMES[0])
        assert previous is not None
        assert previous.outcome == "failure"
        assert history.since(NAMES[0]) == START


@pytest.mark.parametrize(("runs", "aside"), [(("1", "2"), [2]), (("2", "3"), [2]), (("1", "4"), [])])
@pytest.mark.parametrize("dead", DEAD)
def test_a_difference_to_a_run_of_a_dead_machine_is_marked(
    dead: Check, runs: tuple[str, str], aside: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for day, make in enumerate((document, dead, untrusted, document)):
        conducted(tmp_path, make, day)
    command = ["diff", *runs, "--history", str(tmp_path / "h")]
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines if "counts for no partner" in line] == [
        str(run) for run in aside
    ]
    assert lines[0].startswith("Run 2 counts for no partner" if aside else "nothing changed")
    assert main([*command, "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["notes"]) == len(aside)


def test_a_partner_alone_without_a_route_is_told_of_the_machine(tmp_path: Path) -> None:
    conducted(tmp_path, document, 0)
    conducted(tmp_path, lambda name: unseen(name) if name == NAMES[0] else document(name), 1)
    conducted(tmp_path, lambda name: unseen(name) if name != NAMES[0] else document(name), 2)
    first, second = told(tmp_path)
    assert first.target == second.target == alerts.THIS_MACHINE
    assert "1 of 6 partners (a.example)" in first.cause
    assert "5 of 6 partners (b.example, c.example," in second.cause


def test_a_metric_tells_what_the_machine_did_not_see() -> None:
    text = prometheus.render([unseen("a.example"), document("b.example")], now=START)
    assert [line for line in text.splitlines() if line.startswith("fedprobe_target_unseen")] == [
        'fedprobe_target_unseen{target="a.example"} 1'
    ]


@pytest.fixture
def closed_proxy() -> str:
    """The URL of a proxy that is not there."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{reserved.getsockname()[1]}"


FORMS = ("text", "json", "markdown", "html", "ndjson", "csv")


@pytest.mark.parametrize("form", FORMS)
def test_a_run_without_its_proxy_says_so_first(
    form: str, closed_proxy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listing = tmp_path / "partners.txt"
    listing.write_text("\n".join(f"https://mail.{name}/" for name in NAMES))
    arguments = ["check", "-f", str(listing), "--proxy", closed_proxy, "--retries", "0", "--format", form]
    assert main(arguments) == 3
    printed, errors = capsys.readouterr()
    said = "This machine does not reach the proxy: this run says nothing about the partners."
    assert (said in printed) is (form not in ("ndjson", "csv"))
    assert (f"probe: hint: {said}" in errors) is (form in ("ndjson", "csv"))
    if form == "text":
        assert printed.startswith(said)
    if form == "json":
        results = json.loads(printed)
        jsonschema.validate(results, result_schemas.schema("result"))
        assert [result["vantage"]["notes"] for result in results] == [[said]] * 6
        judged = results[0]["endpoints"][0]["judgements"][0]
        assert judged["vantage_state"].startswith("this machine does not reach the proxy")


def test_partners_whose_clocks_agree_against_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_an_hour(**options: bool) -> str:
        return formatdate(time.time() + 3630, **options)

    monkeypatch.setattr(http, "formatdate", in_an_hour)
    tables = []
    with ExitStack() as stack:
        for number, path in enumerate(("exchange.asmx", "Exchange.asmx", "EXCHANGE.ASMX")):
            partner = stack.enter_context(Partner("healthy"))
            host = partner.ews_url.rpartition("/ews/")[0]
            trust = write_stores(partner.trust, tmp_path / f"{number}.pem")
            tables.append(
                f"[[partners]]\ntarget = '{host}/ews/{path}'\ntrust = {json.dumps(list(trust))}\n"
                f"connect_to = {json.dumps(list(partner.connect_to))}\n"
            )
        listing = tmp_path / "partners.toml"
        listing.write_text("\n".join(tables))
        assert main(["check", "-f", str(listing)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("By the Date headers of 3 partners their clocks are 60 minutes ahead of")
