"""The exporter over real sockets: what it answers, to whom, how many at a time, and how it ends."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from probe.cli.commands import schema
from probe.cli.commands.lab import write_stores
from probe.cli.partner_checks import Recipe, make_checker
from probe.collection.settings import Settings
from probe.lab.partner import Partner
from probe.report import summary
from probe.runs.attempts import Checked
from probe.runs.lists.partners import PartnerEntry
from probe.runs.store.history_store import History
from probe.runs.untried_target import refused
from probe.serving import status
from probe.serving.access import Guard, host_is_ours
from probe.serving.application import SCRAPE_TIMEOUT, Exporting
from tests.serving.conftest import Running, Start, series, value

LISTED = (PartnerEntry("contoso.com", tags=("a", "b")), PartnerEntry("fabrikam.com"))


async def _at_once(entry: PartnerEntry) -> Checked:
    return Checked(refused(entry, "nothing is checked here"))


def _entry(partner: Partner, folder: Path) -> PartnerEntry:
    specs = write_stores(partner.trust, folder / f"{partner.fault.name}.pem")
    return PartnerEntry(partner.ews_url, connect_to=tuple(partner.connect_to), trust=tuple(specs))


def _scenario(body: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(body(), 50))


@pytest.mark.parametrize(
    ("fault", "caller", "success"),
    [
        pytest.param("healthy", None, 1, id="healthy"),
        pytest.param("untrusted-root", None, 0, id="untrusted-root"),
        pytest.param("tls10-only", "exchange-2010", 1, id="as-another-caller"),
        pytest.param("tls10-only", None, 0, id="as-the-caller-in-support"),
    ],
)
def test_a_lab_partner_is_checked_when_asked(
    exporter: Start, tmp_path: Path, fault: str, caller: str | None, success: int
) -> None:
    """Verdict, expiry and duration are there, whatever the verdict."""

    async def body() -> None:
        with Partner(fault) as partner:
            check = make_checker(Recipe(Settings(timeout=8, family=4)))
            async with exporter(check, [_entry(partner, tmp_path)]) as running:
                url = partner.ews_url
                asked = {"target": url} | ({"caller": caller} if caller else {})
                answer = await running.client.get("/probe", params=asked)
        assert (answer.status_code, answer.headers["content-type"]) == (
            200,
            "text/plain; version=0.0.4; charset=utf-8",
        )
        assert value(answer.text, "probe_success", target=url) == success
        assert value(answer.text, "probe_duration_seconds") > 0
        assert value(answer.text, "probe_ssl_earliest_cert_expiry") > datetime.now(UTC).timestamp()

    _scenario(body)


@pytest.mark.parametrize(
    ("path", "headers", "code", "said"),
    [
        pytest.param("/probe", {}, 400, "give one target", id="no-target"),
        pytest.param("/probe?target=", {}, 400, "give one target", id="empty-target"),
        pytest.param("/probe?target=contoso.com&target=b.com", {}, 400, "give one target", id="two-targets"),
        pytest.param("/probe?target=evil.com", {}, 403, "not in the partner list", id="not-listed"),
        pytest.param("/probe?target=contoso.com&caller=exchange-3", {}, 400, "exchange-3", id="caller"),
        pytest.param(
            "/probe?target=contoso.com" + "&caller=exchange-se" * 9, {}, 400, "too many", id="callers"
        ),
        pytest.param(
            "/probe?target=contoso.com", {SCRAPE_TIMEOUT: "soon"}, 400, "seconds", id="timeout-word"
        ),
        pytest.param("/probe?target=contoso.com", {SCRAPE_TIMEOUT: "nan"}, 400, "seconds", id="timeout-nan"),
        pytest.param("/probe?target=contoso.com", {SCRAPE_TIMEOUT: "-1"}, 400, "seconds", id="timeout-past"),
        pytest.param(
            "/probe?target=contoso.com",
            {"Sec-Fetch-Site": "cross-site"},
            403,
            "another site",
            id="foreign-page",
        ),
        pytest.param("/healthz", {"Host": "evil.example:9115"}, 421, "Host header", id="rebound-name"),
        pytest.param("/healthz", {"Host": ""}, 421, "Host header", id="no-host"),
        pytest.param("/etc/passwd", {}, 404, "Not Found", id="no-such-page"),
    ],
)
def test_what_is_not_answered(
    exporter: Start, path: str, headers: dict[str, str], code: int, said: str
) -> None:
    """One line of plain text with the reason, and the headers of every answer."""

    async def body() -> None:
        async with exporter(_at_once, LISTED) as running:
            answer = await running.client.get(path, headers=headers)
            assert answer.status_code == code
            assert said in answer.text
            assert len(answer.text.splitlines()) == 1
            assert answer.headers["content-type"] == "text/plain; charset=utf-8"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            assert "server" not in answer.headers
            assert (await running.client.post("/probe?target=contoso.com")).status_code == 405

    _scenario(body)


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        pytest.param("127.0.0.1:9115", True, id="loopback"),
        pytest.param("[::1]:9115", True, id="loopback-of-ipv6"),
        pytest.param("192.0.2.7", True, id="an-address-cannot-be-rebound"),
        pytest.param("LOCALHOST.", True, id="localhost"),
        pytest.param("Monitor.Example:9115", True, id="a-given-name"),
        pytest.param("monitor.example.evil.test", False, id="a-name-that-begins-so"),
        pytest.param("localhost@evil.test", False, id="user-info"),
        pytest.param("[::1", False, id="half-a-literal"),
        pytest.param("[evil]:1", False, id="no-literal"),
        pytest.param("", False, id="empty"),
    ],
)
def test_host_header(host: str, ours: bool) -> None:
    assert host_is_ours(host, ["monitor.example"]) is ours


def test_any_target_must_be_told(exporter: Start) -> None:
    async def body() -> None:
        async with exporter(_at_once, (), Exporting(any_target=True)) as running:
            get = running.client.get
            answer = await get("/probe", params={"target": "new.example"})
            assert value(answer.text, "probe_success", target="new.example") == 0
            assert (await get("/probe", params={"target": "http://plain.example"})).status_code == 400
            assert (await get("/probe", params={"target": "x" * 600 + ".example"})).status_code == 400

    _scenario(body)


async def _metric(running: Running, name: str, **labels: str) -> float:
    return value((await running.client.get("/metrics")).text, name, **labels)


def test_more_checks_than_allowed_are_refused_and_counted(exporter: Start) -> None:
    async def body() -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def check(entry: PartnerEntry) -> Checked:
            begun.set()
            await go_on.wait()
            return await _at_once(entry)

        async with exporter(check, LISTED, Exporting(concurrency=1)) as running:
            first = asyncio.create_task(running.client.get("/probe?target=contoso.com"))
            await begun.wait()
            second = await running.client.get("/probe?target=fabrikam.com")
            assert (second.status_code, second.headers["retry-after"]) == (503, "1")
            assert await _metric(running, "fedprobe_exporter_in_flight") == 1
            go_on.set()
            assert (await first).status_code == 200
            assert (await running.client.get("/probe?target=Fabrikam.com")).status_code == 200
            assert await _metric(running, "fedprobe_exporter_refused_total", reason="busy") == 1
            assert await _metric(running, "fedprobe_exporter_probes_total", outcome="unknown") == 2
            assert await _metric(running, "fedprobe_exporter_in_flight") == 0
            assert await _metric(running, "fedprobe_exporter_partners") == 2

    _scenario(body)


@pytest.mark.parametrize(
    "gives_up", [pytest.param(False, id="stalls"), pytest.param(True, id="half-answers")]
)
def test_a_check_that_the_scraper_cuts_short_is_cannot_tell(exporter: Start, gives_up: bool) -> None:
    """Also where the check answers its cancellation with a failure: the caller would have waited."""

    async def check(entry: PartnerEntry) -> Checked:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if not gives_up:
                raise
        return Checked(refused(entry, "failed"))

    async def body() -> None:
        async with exporter(check, LISTED) as running:
            answer = await running.client.get("/probe?target=contoso.com", headers={SCRAPE_TIMEOUT: "0.2"})
            assert value(answer.text, "probe_success") == 0
            assert value(answer.text, "fedprobe_target_verdict", outcome="unknown") == 1
            assert value(answer.text, "probe_duration_seconds") > 0
            page = (await running.client.get("/")).text
            assert "stopped after 0.1 s, which is all that the scrape timeout leaves" in page

    _scenario(body)


def test_a_check_under_way_does_not_hold_up_the_end(exporter: Start) -> None:
    """After the grace it is cancelled; leaving the block waits for the exporter's end."""

    async def body() -> None:
        begun = asyncio.Event()
        cancelled = asyncio.Event()

        async def check(entry: PartnerEntry) -> Checked:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()
            return await _at_once(entry)

        async def ask(url: httpx.URL) -> int:
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client:
                return (await client.get("/probe?target=contoso.com")).status_code

        async with exporter(check, LISTED, Exporting(grace_seconds=1)) as running:
            asking = asyncio.create_task(ask(running.client.base_url))
            await begun.wait()
        assert await asking == 500
        assert cancelled.is_set()

    _scenario(body)


def test_own_metrics_and_service_discovery(exporter: Start) -> None:
    async def body() -> None:
        async with exporter(_at_once, LISTED) as running:
            found = series((await running.client.get("/metrics")).text)
            assert ("fedprobe_exporter_concurrency_limit", frozenset()) in found
            assert any(name == "fedprobe_build_info" for name, _ in found)
            assert any(name == "python_info" for name, _ in found)
            groups = (await running.client.get("/targets")).json()
        Draft202012Validator(schema.schema_of("targets")).validate(groups)
        assert groups == [
            {"targets": ["contoso.com"], "labels": {"__meta_fedprobe_tags": ",a,b,"}},
            {"targets": ["fabrikam.com"], "labels": {"__meta_fedprobe_tags": ""}},
        ]

    _scenario(body)


def test_status_page_of_history_and_of_what_was_asked(exporter: Start, tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    entry = LISTED[0]
    with History(path) as history:
        for day in range(3):
            moment = datetime.now(UTC) - timedelta(days=3 - day)
            run = history.begin_run("", moment)
            history.add(run, Checked(refused(entry, f"day {day}")))

    async def body() -> None:
        async with exporter(_at_once, LISTED, Exporting(history=str(path))) as running:
            answer = await running.client.get("/")
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert answer.headers["content-security-policy"] == "frame-ancestors 'none'"
            assert "Not checked: day 2" in answer.text
            assert "Last 3 runs since" in answer.text
            await running.client.get("/probe?target=contoso.com")
            await running.client.get("/probe?target=fabrikam.com")
            newer = (await running.client.get("/")).text
            assert "day 2" not in newer
            assert newer.count("Not checked: nothing is checked here") >= 2
            path.write_bytes(b"no database, but long enough to be read as one" * 100)
            damaged = await running.client.get("/")
            assert damaged.status_code == 503
            assert "is no history file" in damaged.text

    _scenario(body)


def test_a_history_that_has_not_begun_is_empty(tmp_path: Path) -> None:
    assert "<html" in status.page(str(tmp_path / "absent"), (), datetime.now(UTC))
    assert list(tmp_path.iterdir()) == []


def test_a_page_reads_the_worst_of_a_long_history_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summary, "MOST_ON_A_PAGE", 2)
    file, outcomes = tmp_path / "history", ("success", "failure", "success", "warning")
    with History(file) as history:
        run = history.begin_run("list", datetime.now(UTC))
        for number, outcome in enumerate(outcomes):
            one = refused(PartnerEntry(f"p{number}.example"), "not asked")
            history.add(run, Checked(replace(one, outcome=outcome)))
    with sqlite3.connect(file) as damaging:
        damaging.execute("UPDATE results SET document = x'00' WHERE outcome = 'success'")
    asked = replace(refused(PartnerEntry("p2.example"), "asked again"), outcome="failure")
    page = status.page(str(file), (asked,), datetime.now(UTC))
    assert [f"p{number}.example" in page for number in range(4)] == [False, True, True, False]
    assert "The 2 worst of 4 targets are shown" in page


def test_a_relationship_that_is_not_used_is_no_failure_of_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summary, "MOST_ON_A_PAGE", 2)
    file, off = tmp_path / "history", "it is disabled"
    with History(file) as history:
        run = history.begin_run("list", datetime.now(UTC))
        for number, outcome in enumerate(("failure", "success", "failure", "warning")):
            one = replace(refused(PartnerEntry(f"p{number}.example"), "not asked"), outcome=outcome)
            history.add(run, Checked(replace(one, not_used=off if number in (0, 2) else None)))
    page = status.page(str(file), (), datetime.now(UTC))
    assert [f"p{number}.example" in page for number in range(4)] == [False, True, False, True]
    counted = re.findall(r'<li class="(\w+)[^"]*"><strong>(\d+)</strong>', page)
    assert counted == [
        ("failure", "0"),
        ("unknown", "0"),
        ("warning", "1"),
        ("success", "1"),
        ("not_used", "2"),
    ]


@pytest.mark.parametrize(
    "too_late", [pytest.param(False, id="before-the-answer"), pytest.param(True, id="in-it")]
)
def test_a_defect_is_one_line_and_no_traceback(too_late: bool) -> None:
    said: list[str] = []

    async def broken(
        scope: object, receive: object, send: Callable[[dict[str, object]], Awaitable[None]]
    ) -> None:
        if too_late:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise LookupError("the table is gone")

    async def body() -> None:
        guard = Guard(broken, (), said.append)
        transport = httpx.ASGITransport(guard)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            if too_late:
                with pytest.raises(AssertionError):  # the transport's own: an answer without an end
                    await client.get("/")
            else:
                answer = await client.get("/")
                assert (answer.status_code, answer.text) == (500, "internal error\n")

    _scenario(body)
    assert said == ["internal error (LookupError: the table is gone): please report it"]
