"""A whole list of real partners with faults, through the composition that `probe check -f` uses."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from probe.cli.commands.lab import write_stores
from probe.cli.list_run import ListRun, run_list
from probe.cli.options.report_options import Format, ReportOptions
from probe.cli.options.run_options import HistoryOptions, RunOptions
from probe.cli.output import saving
from probe.cli.output.progress import progress
from probe.cli.output.reporting import Report
from probe.cli.partner_checks import Recipe
from probe.collection.settings import Settings
from probe.errors import ConfigurationError, LockedError, OutputError, UsageError
from probe.lab.partner import Partner
from probe.report.document import ResultDocument
from probe.runs.attempts import Checked
from probe.runs.execution import Finished, Repeated, Started
from probe.runs.lists import partner_list
from probe.runs.lists.partner_list import PartnerList
from probe.runs.lists.partners import PartnerEntry
from probe.runs.lock import RunLock
from probe.runs.store.results import read_results

FAULTS = ("healthy", "untrusted-root", "wrong-name")
RECIPE = Recipe(Settings(timeout=8.0, family=4))
LIMITS = RunOptions(retries=0)
NOT_ASKED = "[[partners]]\ndomain = 'a.example'\n"


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A partner list in TOML with one partner for each fault, and a target that is none."""
    folder = tmp_path_factory.mktemp("partners")
    tables = []
    with ExitStack() as stack:
        for fault in FAULTS:
            partner = stack.enter_context(Partner(fault))
            specs = write_stores(partner.trust, folder / f"{fault}.pem")
            tables.append(
                f"[[partners]]\ntarget = '{partner.ews_url}'\ntags = ['{fault}']\n"
                f"connect_to = {json.dumps(list(partner.connect_to))}\ntrust = {json.dumps(list(specs))}\n"
            )
        yield "\n".join([*tables, "[[partners]]\ndomain = 'no target!'\n"])


def _list(text: str) -> PartnerList:
    return partner_list.from_text(text, name="partners.toml")


def _run(listing: str, report: Report, options: ListRun, **environment: str) -> int:
    return run_list(_list(listing), RECIPE, options, report, environment=environment)


def test_every_partner_is_judged_with_its_own_settings(listing: str, tmp_path: Path) -> None:
    report = Report(Format.NDJSON, str(tmp_path / "report"))

    code = _run(
        listing, report, ListRun(LIMITS, files=ReportOptions(save=str(tmp_path / "records"), quiet=True))
    )

    documents = {document.tags: document for document in read_results(tmp_path / "report")}
    outcomes = {tags[0] if tags else "": document.outcome for tags, document in documents.items()}
    assert outcomes.pop("") == "unknown"
    assert outcomes.pop("healthy") in {"success", "warning"}
    assert set(outcomes.values()) == {"failure"}
    assert len(documents) == 4
    assert "no target!" in str(documents[()].error)
    assert code == 2
    assert len(list((tmp_path / "records").iterdir())) == 3
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_worker_processes_find_what_the_run_itself_does_and_keep_as_much(
    listing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {}
    for processes in ("1", "2"):
        folder = tmp_path / processes
        folder.mkdir()
        kept = ReportOptions(
            quiet=True, save=str(folder / "records"), save_certificates=str(folder / "certificates")
        )
        report = Report(Format.NDJSON, str(folder / "report"))
        code = _run(listing, report, ListRun(RunOptions(retries=0, processes=processes), files=kept))
        documents = read_results(folder / "report")
        outcomes = sorted((document.tags, document.outcome, str(document.error)) for document in documents)
        saved = sorted(path.name for path in (folder / "certificates").iterdir())
        found[processes] = code, outcomes, saved, len(list((folder / "records").iterdir()))
    assert found["1"] == found["2"]
    assert found["2"][2]
    assert "internal error" not in str(found["2"]) + capsys.readouterr().err


def test_history_log_and_changes_of_two_runs(listing: str, tmp_path: Path) -> None:
    options = ListRun(
        RunOptions(retries=0, resume=str(tmp_path / "state")),
        HistoryOptions(history=str(tmp_path / "history"), log_file=str(tmp_path / "log"), only_changes=True),
        ReportOptions(quiet=True),
    )
    report = Report(Format.JSON, str(tmp_path / "report"))

    _run(listing, report, options)
    first = [document.tags for document in read_results(tmp_path / "report")]
    code = _run(listing, Report(Format.NDJSON, str(tmp_path / "report")), options)

    assert first == [("healthy",), ("untrusted-root",), ("wrong-name",), ()]
    assert (tmp_path / "report").read_text() == ""
    assert code == 2
    assert not (tmp_path / "state").exists()
    assert (tmp_path / "log").read_text().count("run ends: ") == 2


def test_a_change_is_told_and_a_failed_notification_is_not_hidden(
    listing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The healthy partner is replaced by nobody: its verdict flips."""
    options = ListRun(
        LIMITS, HistoryOptions(history=str(tmp_path / "h"), notify=["env:HOOK"], notify_dry_run=True)
    )
    healthy = listing.partition("\n\n")[0]
    broken = healthy.replace("[[partners]]", "[[partners]]\ntimeout = 0.000001")
    report = Report(Format.JSON, str(tmp_path / "report"))

    _run(healthy, report, options, HOOK="http://127.0.0.1:1/hook")
    _run(broken, report, options, HOOK="http://127.0.0.1:1/hook")
    said = capsys.readouterr().err

    assert "probe: dry run, not sent: webhook at 127.0.0.1: probe: https://mail.partner.lab" in said
    assert "(before: " in said

    code = _run(
        healthy,
        report,
        ListRun(LIMITS, HistoryOptions(history=str(tmp_path / "h"), notify=["http://127.0.0.1:1/"])),
    )

    assert "the notification could not be delivered: webhook at 127.0.0.1" in capsys.readouterr().err
    assert code == OutputError.exit_code


@pytest.mark.parametrize(
    ("notify", "history", "said"),
    [
        pytest.param("https://hook.example/", None, "needs --history", id="no-history"),
        pytest.param("env:ABSENT", "h", "ABSENT is not set", id="no-variable"),
        pytest.param("ops@example.com", "h", "mailto:ADDRESS", id="no-destination"),
        pytest.param("mailto:ops@example.com", "h", "no server is known", id="no-mail-server"),
    ],
)
def test_a_notification_that_cannot_work_ends_the_run_before_it_begins(
    notify: str, history: str | None, said: str, tmp_path: Path
) -> None:
    path = None if history is None else str(tmp_path / history)

    with pytest.raises((ConfigurationError, UsageError), match=said):
        _run(NOT_ASKED, Report(), ListRun(history=HistoryOptions(notify=[notify], history=path)))

    assert list(tmp_path.iterdir()) == []


def test_a_run_does_not_begin_while_another_has_the_lock_or_the_state(tmp_path: Path) -> None:
    for options in (RunOptions(lock=str(tmp_path / "x.lock")), RunOptions(resume=str(tmp_path / "x"))):
        with RunLock(tmp_path / "x.lock"), pytest.raises(LockedError):
            _run(NOT_ASKED, Report(), ListRun(options))


def test_an_output_that_cannot_be_written_is_told_before_the_first_connection(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="choose another path"):
        _run(NOT_ASKED, Report(Format.NDJSON, str(tmp_path / "absent" / "report")), ListRun())


def test_progress_shows_what_is_in_flight(make_document: object) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    document = make_document("done.example", "failure")  # type: ignore[operator]
    assert isinstance(document, ResultDocument)

    with progress(20, console=console) as listener:
        for number in range(12):
            listener(Started(number, PartnerEntry(f"[red]{number}.example\x1b")))
        listener(Repeated(0, PartnerEntry("0.example"), "a reset"))
        listener(Finished(11, PartnerEntry("done.example"), Checked(document)))

    shown = screen.getvalue()
    assert "1/20" in shown
    assert "1 failure" in shown
    assert "[red]0.example\\x1b  again" in shown
    assert "and 3 more" in shown


def test_progress_is_silent_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(1) as listener:
        listener(Started(0, PartnerEntry("a.example")))

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("place", ["output", "save", "save_certificates"])
def test_a_place_that_cannot_be_written_ends_the_run_before_it_begins(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    wrong = str(tmp_path / "file" / "below")
    report = Report(output=wrong) if place == "output" else Report()
    changes: dict[str, Any] = {} if place == "output" else {place: wrong}
    files = ReportOptions(**changes)

    with pytest.raises(OutputError):
        _run(NOT_ASKED, report, ListRun(history=HistoryOptions(history=str(tmp_path / "h")), files=files))

    assert not (tmp_path / "h").exists()


def test_a_record_that_is_lost_is_named_and_the_run_exits_74(
    listing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(folder: str, observation: object) -> Path:
        raise OutputError(f"cannot write {folder}: No space left on device")

    monkeypatch.setattr(saving, "save_record", full)
    healthy = listing.partition("\n\n")[0]
    files = ReportOptions(save=str(tmp_path / "records"))

    code = _run(healthy, Report(Format.JSON, str(tmp_path / "report")), ListRun(LIMITS, files=files))

    assert code == OutputError.exit_code
    assert "not saved: the record of https://mail.partner.lab" in capsys.readouterr().err
    assert (tmp_path / "report").stat().st_size > 0
