"""`probe judge --what-if`: who flips, when and why, over records of lab partners; nothing is contacted."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from probe.__main__ import main
from probe.cli.commands import schema
from probe.cli.commands.lab import write_stores
from probe.facts import record, trust_changes
from probe.facts.dated_events import EVENTS, Subject
from probe.lab.partner import Partner
from probe.report import layout
from probe.report.what_if import what_if_rendering
from probe.report.what_if.what_if_document import FlippedEndpoint, ScenarioEntry, VerdictFlip, WhatIfDocument
from probe.stores import loading, microsoft_list
from tests.cli.conftest import Finished

Run = Callable[..., Finished]
FAULTS = ("healthy", "untrusted-root", "weak-key", "tls13-only")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a record and the roots of each fault; the partners are gone when it is used."""
    folder = tmp_path_factory.mktemp("records")
    for fault in FAULTS:
        with Partner(fault) as partner:
            write_stores(partner.trust, folder / f"{fault}.pem")
            reach = ["--connect-to", partner.connect_to[0], "-4", "--timeout", "5"]
            assert main(["collect", partner.ews_url, *reach, "-q", "-o", str(folder / f"{fault}.json")]) == 0
    return folder


@pytest.fixture
def ask(run: Run, records: Path) -> Callable[..., dict[str, Any]]:
    """The JSON document about these faults under these changes."""

    def asked(faults: tuple[str, ...], *changes: str, more: tuple[str, ...] = ()) -> dict[str, Any]:
        roots = [part for fault in faults for part in ("--trust", str(records / f"{fault}.pem"))]
        if more:
            roots = list(more)
        what_if = [part for change in changes for part in ("--what-if", change.format(records=records))]
        files = [str(records / f"{fault}.json") for fault in faults]
        return dict(json.loads(run("judge", *files, *roots, *what_if, "--format", "json").out))

    return asked


def _verdicts(document: dict[str, Any], position: int = 0) -> list[tuple[str, str]]:
    return [(flip["before"], flip["after"]) for flip in document["scenarios"][position]["flips"]]


@pytest.mark.parametrize(
    ("fault", "change", "expected", "why"),
    [
        pytest.param("healthy", "caller=exchange-se@2025", None, "", id="another-windows-server"),
        pytest.param("healthy", "trust={records}/untrusted-root.pem", "failure", "stops below", id="trust"),
        pytest.param("healthy", "remove-root=partner root", "failure", "stops below", id="root-removed"),
        pytest.param("healthy", "distrust-root=Partner", "failure", "is distrusted", id="root-distrusted"),
        pytest.param("healthy", "distrust-new=Partner@2020-01-01", "failure", "usages", id="new-distrusted"),
        pytest.param("healthy", "distrust-new=Partner@2099-01-01", None, "", id="issued-before-that-day"),
        pytest.param("healthy", "tls=1.2", None, "", id="tls12-only"),
        pytest.param("healthy", "tls=1.0", "unknown", "No handshake was made", id="another-handshake"),
        pytest.param("healthy", "rsa=4096", None, "", id="keys-that-are-not-rsa"),
        pytest.param("weak-key", "rsa=512", "success", "no longer: ", id="key-size-just-enough"),
        pytest.param("weak-key", "rsa=513", None, "", id="key-size-one-too-many"),
        pytest.param("healthy", "at=2099-01-01", "failure", "has expired", id="another-day"),
        pytest.param("healthy", "rsa=2048,at=2099-01-01,tls=1.2", "failure", "expired", id="three-at-once"),
    ],
)
def test_a_change_flips_or_does_not(
    ask: Callable[..., dict[str, Any]], fault: str, change: str, expected: str | None, why: str
) -> None:
    document = ask((fault,), change)
    first = "success" if fault == "healthy" else "failure"
    assert _verdicts(document) == ([(first, expected)] if expected else [])
    assert all(why in flip["why"] for flip in document["scenarios"][0]["flips"])


def test_the_other_way_round_it_says_what_falls_away(ask: Callable[..., dict[str, Any]]) -> None:
    change = "trust={records}/healthy.pem"
    document = ask(("healthy",), change, more=("--trust", "root:" + microsoft_free_store()))
    (flip,) = document["scenarios"][0]["flips"]
    assert (flip["before"], flip["after"]) == ("failure", "success")
    assert flip["why"].startswith("no longer: The chain stops below")
    assert flip["at"] is None


def microsoft_free_store() -> str:
    """A store that trusts nobody of the lab."""
    import certifi

    return certifi.where()


def test_the_moment_of_an_expiry_is_found_to_the_second(
    ask: Callable[..., dict[str, Any]], records: Path
) -> None:
    observation = record.loads((records / "healthy.json").read_bytes())
    leaf = observation.visits[0].connections[0].presented[0]
    assert leaf.structure is not None
    (flip,) = ask(("healthy",), "at=2099-01-01")["scenarios"][0]["flips"]
    found = datetime.fromisoformat(flip["at"])
    assert timedelta(0) <= found - leaf.structure.not_after <= timedelta(seconds=2)


def test_a_distrust_from_a_day_on_holds_from_that_day(ask: Callable[..., dict[str, Any]]) -> None:
    (flip,) = ask(("healthy",), "distrust-root=Partner@2027-03-15")["scenarios"][0]["flips"]
    assert flip["at"] == "2027-03-15T00:00:00Z"


def test_several_partners_and_changes_each_by_itself(ask: Callable[..., dict[str, Any]]) -> None:
    document = ask(FAULTS, "caller=exchange-2019,tls=1.2", "remove-root=Partner", "at=2099-01-01")
    assert document["partners"] == len(FAULTS)
    assert [len(_verdicts(document, position)) for position in range(3)] == [0, 1, 1]


def test_several_records_of_a_partner_are_one_partner(ask: Callable[..., dict[str, Any]]) -> None:
    document = ask(("healthy", "healthy"), "remove-root=Partner")
    assert (document["partners"], document["scenarios"][0]["partners"]) == (1, 1)
    assert len(_verdicts(document)) == 1


def test_several_callers_are_compared_each_with_its_own(
    ask: Callable[..., dict[str, Any]], records: Path
) -> None:
    callers = (
        "--caller",
        "exchange-se",
        "--caller",
        "exchange-2019",
        "--trust",
        str(records / "healthy.pem"),
    )
    (scenario,) = ask(("healthy",), "distrust-root=Partner", more=callers)["scenarios"]
    assert [(f["caller_before"], f["caller_after"]) for f in scenario["flips"]] == [
        ("exchange-se@2022", "exchange-se@2022"),
        ("exchange-2019@2019", "exchange-2019@2019"),
    ]


def test_several_callers_are_compared_with_the_one_that_takes_their_place(
    ask: Callable[..., dict[str, Any]], records: Path
) -> None:
    callers = (
        "--caller",
        "exchange-se",
        "--caller",
        "exchange-2019",
        "--trust",
        str(records / "healthy.pem"),
    )
    document = ask(("healthy",), "caller=exchange-2010,at=2099-01-01", more=callers)
    pairs = [(f["caller_before"], f["caller_after"]) for f in document["scenarios"][0]["flips"]]
    assert sorted(pairs) == [
        ("exchange-2019@2019", "exchange-2010@2008r2"),
        ("exchange-se@2022", "exchange-2010@2008r2"),
    ]


def test_events_flip_exchange_online_on_their_days_and_nothing_else(run: Run, records: Path) -> None:
    """Certificates are judged as they are: an expiry until then, which a renewal cures, hides no event."""
    text = (records / "healthy.json").read_text().replace("mail.partner.lab", "outlook.office365.com")
    path = records / "online.json"
    path.write_text(text)
    # The lab's certificate has another name, which this registry value makes the caller overlook.
    given = [str(path), "--trust", str(records / "healthy.pem"), "--allow-external-untrusted-certs"]
    document = json.loads(run("judge", *given, "--what-if", "events", "--format", "json").out)
    flips = {s["day"]: s["flips"] for s in document["scenarios"] if s["flips"]}
    assert set(flips) == {"2026-10-01"}
    (flip,) = flips["2026-10-01"]
    assert (flip["before"], flip["after"], flip["at"]) == ("warning", "unknown", "2026-10-01T00:00:00Z")
    about = {event.day.isoformat() for event in EVENTS if not event.about}
    assert about <= {scenario["day"] for scenario in document["scenarios"]}
    assert all(s["source"] for s in document["scenarios"])
    assert [s["undecided"] is not None for s in document["scenarios"] if s["flips"]] == [True]


@pytest.mark.parametrize(
    "day",
    [pytest.param(e.day, id=f"{e.day}") for e in EVENTS if e.subject is Subject.ROOTS],
)
def test_an_event_about_roots_can_be_taken_out_of_a_store_and_put_in(day: Any) -> None:
    store = loading.load(["microsoft"])
    dated = microsoft_list.dates_of(day)
    assert dated
    moments = {
        name: frozenset(m for m in (p.not_before, p.disallowed_after) if m is not None)
        for name, p in dated.items()
    }
    before = trust_changes.before_dates(store, moments)
    assert before.sha256 != store.sha256
    after = trust_changes.with_dates(before, dated)
    assert dict(after.properties) == dict(trust_changes.with_properties(store, lambda _, p: p).properties)
    assert after.listed == store.listed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param("nothing", "'nothing' says nothing that can change", id="no-key"),
        pytest.param("caller=", "says nothing that can change: give caller=exchange-se@2025", id="no-value"),
        pytest.param("colour=red", "'colour'", id="unknown-key"),
        pytest.param("caller=exchange-3", "exchange-3", id="caller"),
        pytest.param("at=soon", "no RFC 3339 time", id="moment"),
        pytest.param("at=2027-01-01,at=2028-01-01", "give at= once", id="two-moments"),
        pytest.param("rsa=strong", "rsa=2048", id="key-size"),
        pytest.param("rsa=1", "512 to 16384", id="key-size-too-small"),
        pytest.param("tls=9", "no protocol version", id="protocol"),
        pytest.param("remove-root=Nobody", "no root of the store", id="no-such-root"),
        pytest.param("remove-root=Partner@2027-01-01", "takes no day", id="removed-on-a-day"),
        pytest.param("distrust-new=Partner", "needs the day", id="new-since-when"),
        pytest.param("distrust-root=Partner@soon", "no day", id="distrusted-since-when"),
    ],
)
def test_mistakes(run: Run, records: Path, change: str, said: str) -> None:
    roots = str(records / "healthy.pem")
    finished = run("judge", str(records / "healthy.json"), "--trust", roots, "--what-if", change)
    assert (finished.code, finished.out) == (64, "")
    assert said in finished.err
    assert finished.err.startswith("probe: error: --what-if")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(["--format", "junit"], "--format text, csv, html, json", id="format"),
        pytest.param(["--save-certificates", "folder"], "--what-if prints none", id="certificates"),
    ],
)
def test_what_has_no_meaning_here(run: Run, records: Path, options: list[str], said: str) -> None:
    finished = run("judge", str(records / "healthy.json"), "--what-if", "tls=1.2", *options)
    assert finished.code == 64
    assert said in finished.err


def test_a_file_that_is_no_record_loses_no_other(run: Run, records: Path) -> None:
    bad = records / "bad.json"
    bad.write_text("{}")
    given = [str(bad), str(records / "healthy.json"), "--trust", str(records / "healthy.pem")]
    finished = run("judge", *given, "--what-if", "caller=exchange-2019", "--format", "json")
    assert finished.code == 65
    document = json.loads(finished.out)
    assert document["partners"] == 1
    assert "bad.json" in document["unreadable"][0]
    assert run("judge", str(bad), "--what-if", "tls=1.2").out == ""


@pytest.mark.parametrize(
    ("faults", "change", "code"),
    [
        pytest.param(("healthy",), "tls=1.2", 0, id="all-succeed"),
        pytest.param(("healthy",), "remove-root=Partner", 2, id="one-would-fail"),
        pytest.param(("healthy",), "tls=1.0", 3, id="one-cannot-be-told"),
    ],
)
def test_exit_code_is_that_of_the_worst_verdict(
    run: Run, records: Path, faults: tuple[str, ...], change: str, code: int
) -> None:
    files = [str(records / f"{fault}.json") for fault in faults]
    assert run("judge", *files, "--trust", str(records / "healthy.pem"), "--what-if", change).code == code


def test_text_csv_html_and_json_say_the_same(run: Run, records: Path) -> None:
    given = ["judge", str(records / "healthy.json"), "--trust", str(records / "healthy.pem")]
    given += ["--what-if", "remove-root=Partner", "--what-if", "events", "--format"]
    document = json.loads(run(*given, "json").out)
    Draft202012Validator(schema.schema_of("what-if"), format_checker=FormatChecker()).validate(document)
    target = document["scenarios"][0]["flips"][0]["target"]
    text = run(*given, "text").out
    assert "What if remove-root=Partner: 1 of 1 partner would flip" in text
    assert f"{target}  would succeed  would fail  at once" in text
    assert "1 partner: 1 would flip, 0 would stay as they are" in text
    (row,) = csv.DictReader(io.StringIO(run(*given, "csv").out))
    assert (row["target"], row["before"], row["after"]) == (target, "success", "failure")
    assert set(row) == set(what_if_rendering.COLUMNS)
    page = run(*given, "html").out
    assert target in re.sub("</?span[^>]*>", "", page)
    assert page.count("<section>") == 2
    assert page.count("<li>") == len(document["scenarios"]) - 1


HOSTILE = '=1+1"<script>alert(1)</script>\x1b[31m\nX'


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)


def test_what_a_partner_wrote_is_cleaned_in_every_form() -> None:
    from probe.judgement.model import Outcome
    from probe.report.document import Tool

    place = FlippedEndpoint("ews-wssecurity", HOSTILE, HOSTILE)
    moment = datetime(2027, 1, 1, 12, tzinfo=UTC)
    flip = VerdictFlip(
        HOSTILE, "a", "b", Outcome.SUCCESS, Outcome.FAILURE, "fine", "fails", moment, HOSTILE, (place,)
    )
    scenario = ScenarioEntry("x", None, None, None, None, 1, (flip,))
    document = WhatIfDocument("probe.what-if/1", Tool("fedprobe", "0"), 1, (scenario,), (HOSTILE,))
    assert "\x1b" not in what_if_rendering.render_text(document, layout.PLAIN)
    (row,) = csv.DictReader(io.StringIO(what_if_rendering.render_csv(document, mark=True)[1:]))
    assert not row["target"].startswith("=")
    assert row["flips_at"] == "2027-01-01T12:00:00Z"
    tags = _Tags()
    tags.feed(what_if_rendering.render_html(document, now=moment))
    assert "script" not in tags.seen
