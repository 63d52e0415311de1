"""What a run holds at a time does not grow with its list: counted in objects and bytes, not in seconds."""

from __future__ import annotations

import asyncio
import gc
import io
import subprocess
import sys
import tracemalloc
from pathlib import Path

import msgspec
import pytest

from probe.cli.options.report_options import Format
from probe.cli.output.report_builder import MANY, ReportBuilder
from probe.cli.output.reporting import Report
from probe.report import summary
from probe.report.document import ResultDocument
from probe.report.formats import csv
from probe.runs.attempts import Checked
from probe.runs.campaign import Campaign, Delivery, conduct
from probe.runs.execution import RunLimits
from probe.runs.lists import partner_list
from probe.runs.lists.list_text import ListText
from probe.runs.lists.partner_list import PartnerList
from probe.runs.lists.partners import PartnerEntry
from probe.runs.untried_target import refused
from tests.runs.conftest import document

AT_A_TIME = 8


def listed(count: int) -> PartnerList:
    lines = "".join(f"p{number}.load.lab\n" for number in range(count))
    return partner_list.from_text(lines, name="list.txt")


def named(number: int, outcome: str) -> ResultDocument:
    one = document()
    target = msgspec.structs.replace(one.target, input=f"p{number}.load.lab")
    return msgspec.structs.replace(one, target=target, outcome=outcome)


def alive() -> int:
    """How many entries and documents there are."""
    return sum(isinstance(thing, PartnerEntry | ResultDocument) for thing in gc.get_objects())


async def answer(entry: PartnerEntry) -> Checked:
    await asyncio.sleep(0)
    return Checked(refused(entry, "not asked"))


@pytest.mark.parametrize("form", [Format.NDJSON, Format.CSV, Format.HTML])
@pytest.mark.parametrize("count", [100, 1000])
def test_a_run_holds_what_is_in_flight(
    form: Format, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summary, "MOST_ON_A_PAGE", 10)
    seen: list[int] = []
    others = alive()
    with ReportBuilder(Report(form, str(tmp_path / "report")), listed(count)) as building:

        def deliver(delivery: Delivery) -> None:
            building.take(delivery.checked.document)
            seen.append(0)
            if len(seen) % 50 == 0:
                seen[-1] = alive() - others

        campaign = Campaign(limits=RunLimits(concurrency=AT_A_TIME, retries=0))
        asyncio.run(conduct(listed(count).entries(), answer, campaign, deliver=deliver))
        building.finish()
    assert len(seen) == count
    assert max(seen) <= 6 * AT_A_TIME + 2 * 10


WRITTEN = {
    "list.toml": "[[partners]]\ndomain = '{}'\ntags = ['north']\n\n",
    "list.json": '{{"domain": "{}", "tags": ["north"]}},\n',
    "list.ndjson": '{{"domain": "{}", "tags": ["north"]}}\n',
    "list.csv": "{},north\n",
    "list.txt": "{}\n",
}
BEFORE_AND_AFTER = {"list.json": ("[", '"last.example"]'), "list.csv": ("domain,tags\n", "")}


def held_while_read(name: str, count: int) -> int:
    """The most bytes that a list takes while it is checked, and then run."""
    before, after = BEFORE_AND_AFTER.get(name, ("", ""))
    pieces = (WRITTEN[name].format(f"partner{number:06}.example") for number in range(count))
    data = io.BytesIO("".join((before, *pieces, after)).encode())
    tracemalloc.start()
    try:
        read = partner_list.read("-" if name == "list.json" else name, standard_input=data)
        assert sum(1 for _ in read.entries()) == read.count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", WRITTEN)
def test_what_reading_a_list_takes_hardly_grows_with_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(partner_list, "STANDARD_INPUT", name if name != "list.json" else "-")
    held_while_read(name, 10)
    few, many = (held_while_read(name, count) for count in (4_000, 12_000))
    assert (many - few) / 8_000 < 60  # bytes; an entry that is held takes hundreds


def test_a_list_is_kept_in_a_fraction_of_its_text() -> None:
    lines = "".join(f"https://mail.partner{number}.example/ews/exchange.asmx\n" for number in range(20_000))
    packed = ListText.of(lines)
    assert packed.held * 5 < len(lines)
    assert packed.whole() == lines
    assert sum(1 for _ in packed.lines()) == 20_000


@pytest.mark.parametrize(
    ("text", "newline", "lines"),
    [
        pytest.param("a\u2028b\nc", "\n", ["a\u2028b\n", "c"], id="a separator that ends no line"),
        pytest.param("a\rb\r\nc", "", ["a\r", "b\r\n", "c"], id="every kind of end"),
        pytest.param("", "\n", [], id="nothing"),
    ],
)
def test_lines_of_a_packed_list(text: str, newline: str, lines: list[str]) -> None:
    assert list(ListText.of(text).lines(newline)) == lines


def test_a_pipe_is_run_as_a_file_is() -> None:
    piped = partner_list.read("-", standard_input=io.BytesIO(b"a.example\nb.example\n"))
    assert [entry.target for entry in piped.entries()] == ["a.example", "b.example"]
    assert [entry.target for entry in piped.entries()] == ["a.example", "b.example"]


def test_csv_is_written_as_results_come(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = [named(number, "failure") for number in range(3)]
    with ReportBuilder(Report(Format.CSV, None)) as building:
        pieces = []
        for one in documents:
            building.take(one)
            pieces.append(capsys.readouterr().out)
        building.finish()
    assert all(f"p{number}.load.lab" in piece for number, piece in enumerate(pieces))
    assert "".join(pieces) == csv.render(documents)


def test_a_page_shows_the_worst_and_counts_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summary, "MOST_ON_A_PAGE", 3)
    path = tmp_path / "page.html"
    with ReportBuilder(Report(Format.HTML, str(path))) as building:
        for number in range(20):
            building.take(named(number, "failure" if number in (7, 13, 19) else "success"))
        building.finish()
    page = path.read_text(encoding="utf-8")
    assert [f"p{number}.load.lab" in page for number in (7, 13, 19, 0, 18)] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert "The 3 worst of 20 targets are shown" in page
    assert "<strong>17</strong>" in page
    assert "<strong>3</strong>" in page


def test_what_is_left_out_and_not_used_makes_no_report_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    off = msgspec.structs.replace(named(1, "failure"), not_used="it is disabled")
    for result, said in ((off, "OK"), (named(1, "failure"), "CRITICAL")):
        with ReportBuilder(Report(Format.NAGIOS, None)) as building:
            building.leave_out(result)
            building.finish()
        assert said in capsys.readouterr().out


@pytest.mark.parametrize(("form", "said"), [(Format.JSON, True), (Format.CSV, False), (Format.HTML, False)])
def test_a_format_that_collects_says_so_before_a_long_run(
    form: Format, said: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    many = msgspec.structs.replace(listed(1), count=MANY)
    with ReportBuilder(Report(form, None), many):
        pass
    assert ("--format ndjson and csv" in capsys.readouterr().err) == said


HELD = """
from probe import garbage
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
garbage.collect_regularly()
for _ in range(3):
    bytearray(400_000)
large, small = [], []
for _ in range(400):
    large.append(bytearray(b"x" * 200_000))
    small.append(bytearray(b"x" * 2_000))
full = resident()
del large
print(full - resident())
"""


@pytest.mark.posix("what Linux says is resident")
def test_a_run_gives_back_what_large_answers_took() -> None:
    command = [sys.executable, "-c", HELD]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=50).stdout
    assert int(told) > 60_000_000  # of 80 MB; without the run's setting less than half
