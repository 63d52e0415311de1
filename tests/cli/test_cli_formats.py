"""What reaches each format, and that nothing that was finished is lost."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as Xml
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from probe.cli.inputs import Conditions
from probe.facts.observation import Observation
from probe.judgement.result import TargetResult
from probe.report import json as json_report
from probe.report.document import ResultDocument
from probe.runs.lists.partners import PartnerEntry
from probe.runs.store import results
from probe.runs.untried_target import refused
from tests.cli.conftest import Finished, Reachable

Run = Callable[..., Finished]
Start = Callable[[str], Reachable]

READS: dict[str, Callable[[str], int]] = {
    "text": lambda text: text.count("exchange.asmx: WOULD FAIL"),
    "json": lambda text: len(json.loads(text)),
    "ndjson": lambda text: len([json.loads(line) for line in text.splitlines()]),
    "csv": lambda text: len({row["target"] for row in csv.DictReader(io.StringIO(text))}),
    "junit": lambda text: len(Xml.fromstring(text).findall(".//testsuite")),
    "nagios": lambda text: text.count("would fail") - 1,
    "prometheus": lambda text: len(
        [s for f in text_string_to_metric_families(text) for s in f.samples if s.name == "probe_success"]
    ),
    "prtg": lambda text: sum("verdict" in c["channel"] for c in json.loads(text)["prtg"]["result"]),
    "html": lambda text: text.count("<tr data-") or text.count('class="partner'),
    "markdown": lambda text: text.count("\n## "),
}


@pytest.fixture
def result(run: Run, partner: Start, tmp_path: Path) -> Path:
    there = partner("untrusted-root")
    path = tmp_path / "one.json"
    assert run("check", there.url, *there.options, "--format", "json", "-o", str(path)).code == 2
    return path


@pytest.mark.parametrize("form", sorted(READS))
def test_every_format_holds_every_target(run: Run, result: Path, tmp_path: Path, form: str) -> None:
    other = tmp_path / "other.json"
    other.write_text(result.read_text().replace("mail.partner.lab", "mail.other.lab"))
    finished = run("merge", str(result), str(other), "--format", form)
    assert finished.code == 2
    assert READS[form](finished.out) == 2, finished.out


@pytest.mark.parametrize(
    ("options", "ranges"),
    [
        pytest.param((), "30:;0:", id="default"),
        pytest.param(("-w", "60", "-c", "7"), "60:;7:", id="days"),
    ],
)
def test_thresholds_stand_in_the_performance_data(
    run: Run, partner: Start, options: tuple[str, ...], ranges: str
) -> None:
    there = partner("healthy")
    printed = run("check", there.url, *there.options, *options, "--format", "nagios").out
    assert f";{ranges} " in printed.splitlines()[0]


def test_thresholds_of_a_partner_stand_in_its_own_performance_data(
    run: Run, partner: Start, tmp_path: Path
) -> None:
    there = partner("healthy")
    entry = {"target": there.url, "connect_to": list(there.partner.connect_to), "trust": [str(there.roots)]}
    (tmp_path / "list.json").write_text(json.dumps([entry | {"warning": "45", "critical": "5"}]))
    printed = run("check", "-f", str(tmp_path / "list.json"), "-4", "-w", "9", "--format", "nagios").out
    assert ";45:;5: " in printed.splitlines()[0]


def test_html_shows_what_was_before(run: Run, partner: Start, tmp_path: Path) -> None:
    there = partner("healthy")
    command = ("check", there.url, *there.options, "--history", str(tmp_path / "h"), "--format", "html")
    assert "Last 1 run" in run(*command).out
    assert "Last 2 runs since" in run(*command).out


def test_lone_surrogates_become_their_escapes(tmp_path: Path) -> None:
    """Nothing that UTF-8 cannot carry gets into a file or ends a run."""
    document = refused(PartnerEntry("a\ud800.example", tags=("\udfff",)), "\udc80")
    written = [json_report.line(document), json_report.render([document]), json_report.render([document] * 2)]
    written.append(results.write_document(document).decode())
    for text in written:
        assert "a\\\\ud800.example" in text
        assert "\\\\udc80" in text
    (tmp_path / "r").write_text(written[0])
    (again,) = results.read_results(tmp_path / "r")
    assert again.target.input == "a\\ud800.example"


def test_a_surrogate_in_a_list_is_one_more_partner(run: Run, tmp_path: Path) -> None:
    (tmp_path / "l.ndjson").write_text('{"target": "a\\ud800.example"}\n')
    finished = run(
        "check", "-f", str(tmp_path / "l.ndjson"), "--format", "json", "--history", str(tmp_path / "h")
    )
    assert finished.code == 3, finished.err
    assert json.loads(finished.out)["target"]["input"] == "a\\ud800.example"


def test_a_file_that_is_no_record_is_one_of_n(run: Run, partner: Start, tmp_path: Path) -> None:
    there = partner("healthy")
    record = tmp_path / "record.json"
    assert run("collect", there.url, *there.options[:5], "-o", str(record)).code == 0
    (tmp_path / "broken.json").write_text("{")
    finished = run(
        "judge", str(tmp_path / "broken.json"), str(record), *there.options[5:], "--format", "ndjson"
    )
    assert finished.code == 65
    assert [json.loads(line)["outcome"] for line in finished.out.splitlines()] == ["unknown", "success"]


def test_judge_reports_what_it_had_when_interrupted(
    run: Run, partner: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = partner("healthy")
    record = tmp_path / "record.json"
    run("collect", there.url, *there.options[:5], "-o", str(record))
    whole, calls = Conditions.judge, []

    def interrupted(conditions: Conditions, observation: Observation) -> TargetResult:
        calls.append(observation)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(conditions, observation)

    monkeypatch.setattr(Conditions, "judge", interrupted)
    finished = run("judge", *[str(record)] * 3, *there.options[5:], "--format", "ndjson")
    assert (finished.code, len(finished.out.splitlines())) == (130, 1)
    assert "1 of 3 records" in finished.err


def test_merge_reports_what_it_had_when_interrupted(
    run: Run, result: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = results.merged

    def interrupted(*arguments: object, **options: bool) -> Iterator[ResultDocument]:
        yield from read([result])
        raise KeyboardInterrupt

    monkeypatch.setattr(results, "merged", interrupted)
    finished = run("merge", str(result), str(result), "--format", "json")
    assert (finished.code, json.loads(finished.out)["outcome"]) == (130, "failure")
    assert "interrupted: 1 results" in finished.err


def test_check_of_one_target_is_interrupted_without_a_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from probe import api

    async def interrupted(*arguments: object, **options: object) -> Observation:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "collect_async", interrupted)
    finished = run("check", "contoso.com", "--format", "json", "-q")
    assert (finished.code, finished.out) == (130, "[]\n")
    assert finished.err == "probe: error: interrupted: 0 of 1 targets are reported\n"


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch, interruptible: None) -> None:
    """A Ctrl-C as soon as the loop runs, while a partner stalls."""
    import asyncio
    import signal

    from probe.collection.discovery import discover

    whole = discover.explore

    async def interrupted(*arguments: Any) -> None:
        asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
        await whole(*arguments)

    monkeypatch.setattr(discover, "explore", interrupted)


def test_check_that_is_interrupted_reports_what_it_saw(run: Run, partner: Start, interrupt: None) -> None:
    there = partner("stall")
    finished = run("check", there.url, *there.options, "--timeout", "25", "--format", "json")
    assert finished.code == 130
    document = json.loads(finished.out)
    assert document["outcome"] == "unknown"
    assert "interrupted: what was seen until then is kept" in document["notes"]
    assert "interrupted: the report holds" in finished.err


def test_collect_that_is_interrupted_ends_there(
    run: Run, partner: Start, interrupt: None, tmp_path: Path
) -> None:
    there = partner("stall")
    records = tmp_path / "records"
    finished = run("collect", there.url, there.url, *there.options[:3], "--timeout", "25", "-o", str(records))
    assert finished.code == 130
    assert len(list(records.iterdir())) == 1
    assert "interrupted: 1 of 2 targets are recorded" in finished.err


@pytest.mark.parametrize("resumable", [False, True], ids=["without-state", "with-state"])
def test_a_run_over_a_list_that_is_interrupted_says_how_to_go_on(
    run: Run, partner: Start, interrupt: None, tmp_path: Path, resumable: bool
) -> None:
    there = partner("stall")
    listed, state = tmp_path / "partners.txt", tmp_path / "state"
    listed.write_text(f"{there.url}\n{there.url}?again\n")
    more = ("--resume", str(state)) if resumable else ()
    finished = run("check", "-f", str(listed), *there.options, "-j", "1", "--timeout", "25", *more)
    assert finished.code == 130
    assert "of 2 targets are reported" in finished.err
    hint = (
        f"the same command goes on with those that are left ({state} holds" if resumable else "--resume FILE"
    )
    assert hint in finished.err
    assert state.exists() == resumable


def test_csv_for_excel_begins_with_a_mark(run: Run, tmp_path: Path) -> None:
    run("check", "nonsense!", "--format", "csv", "--bom", "-o", str(tmp_path / "report.csv"))
    assert (tmp_path / "report.csv").read_bytes().startswith(b'\xef\xbb\xbf"target"')


@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        pytest.param("-o letter.txt", "Calendar sharing with you fails", id="text"),
        pytest.param("-o letter.html", "<!DOCTYPE html>", id="html-by-suffix"),
        pytest.param("-o letter.eml --language de", "Subject: Kalenderfreigabe", id="mail-by-suffix"),
        pytest.param("-o letter --letter-format html", "<!DOCTYPE html>", id="html-by-name"),
        pytest.param("-o letter --letter-template own", "own mail.partner.lab", id="own-template"),
    ],
)
def test_a_letter_is_written_as_asked(
    run: Run, partner: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, begins: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own").write_text("own {{ letters[0].subject.split()[-1] }}")
    there = partner("untrusted-root")
    done = run("check", there.url, *there.options, "--format", "letter", *arguments.split())
    assert done.code == 2, done.err
    assert Path(arguments.split()[1]).read_text(encoding="utf-8").startswith(begins)


def test_a_letter_to_the_network_is_about_the_way(run: Run, partner: Start) -> None:
    there = partner("refused")
    done = run("check", there.url, *there.options, "--format", "letter", "--letter-to", "network")
    assert (done.code, done.out[:21]) == (2, "Exchange cannot reach")
    there = partner("untrusted-root")
    done = run("check", there.url, *there.options, "--format", "letter", "--letter-to", "network")
    assert (done.code, done.out) == (2, "")
    assert "nothing was found that the network has to change" in done.err


def test_a_letter_about_nothing_is_none(run: Run, partner: Start) -> None:
    there = partner("healthy")
    done = run("check", there.url, *there.options, "--format", "letter")
    assert (done.code, done.out) == (0, "")
    assert "nothing to write about" in done.err


@pytest.mark.parametrize(
    ("file", "begins"),
    [
        pytest.param("letter.txt", "There is nothing to write about: nothing was found", id="text"),
        pytest.param("letter.html", "<!DOCTYPE html>", id="html"),
        pytest.param("letter.eml", "Subject: There is nothing to write about", id="mail"),
    ],
)
def test_a_file_of_no_letter_says_so_in_the_place_of_an_older_one(
    run: Run, partner: Start, tmp_path: Path, file: str, begins: str
) -> None:
    there, path = partner("healthy"), tmp_path / file
    path.write_text("the letter of yesterday")
    done = run("check", there.url, *there.options, "--format", "letter", "-o", str(path))
    assert done.code == 0, done.err
    written = path.read_text(encoding="utf-8")
    assert written.startswith(begins)
    assert "somebody else has to change." in " ".join(written.replace("=\n", "").split())
    assert "yesterday" not in written


def test_a_mail_holds_one_letter(run: Run, partner: Start, tmp_path: Path) -> None:
    there = partner("untrusted-root")
    run("collect", there.url, *there.options[:2], "-o", str(tmp_path / "record"))
    records = [str(tmp_path / "record")] * 2
    done = run("judge", *records, "--format", "letter", "--letter-format", "eml", "--trust", "certifi")
    assert done.code == 64
    assert "check one target at a time" in done.err
