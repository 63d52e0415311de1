"""A whole run: resumed, recorded, compared with the last one, interrupted, never two at once."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from msgspec.structs import replace

from probe.__main__ import main
from probe.errors import DataError, LockedError, OutputError
from probe.report.document import ResultDocument
from probe.runs import lock
from probe.runs.attempts import Checked
from probe.runs.campaign import Campaign, Delivery, Summary, conduct
from probe.runs.execution import RunLimits
from probe.runs.interruption import signals
from probe.runs.lists.partners import PartnerEntry
from probe.runs.lists.shards import Shard
from probe.runs.lock import RunLock
from probe.runs.logfile import log_file
from probe.runs.store.history_store import History
from probe.runs.store.retention import Retention
from tests.interrupting import interrupt, program

MakeDocument = Callable[..., ResultDocument]
ENTRIES = [PartnerEntry(f"{letter}.example") for letter in "abcdef"]


class Checks:
    """A check that notes what it was asked."""

    def __init__(self, make_document: MakeDocument, outcome: str = "success") -> None:
        self.make_document = make_document
        self.outcome = outcome
        self.asked: list[str] = []

    async def __call__(self, entry: PartnerEntry) -> Checked:
        self.asked.append(entry.target)
        return Checked(self.make_document(entry.target, self.outcome))


def _conduct(campaign: Campaign, check: Checks) -> tuple[Summary, list[Delivery]]:
    """One run, one check at a time."""
    delivered: list[Delivery] = []
    one = replace(campaign, limits=RunLimits(concurrency=1))
    return asyncio.run(conduct(ENTRIES, check, one, deliver=delivered.append)), delivered


def test_shards_together_are_the_run(make_document: MakeDocument) -> None:
    asked = [
        target
        for index in (1, 2, 3)
        for check in [Checks(make_document)]
        for _ in [_conduct(Campaign(shard=Shard(index, 3)), check)]
        for target in check.asked
    ]

    assert sorted(asked) == [entry.target for entry in ENTRIES]


def test_a_run_tells_what_changed_since_the_last_one(tmp_path: Path, make_document: MakeDocument) -> None:
    campaign = Campaign(history=tmp_path / "h", label="nightly")
    for seen in (False, True):
        _, delivered = _conduct(campaign, Checks(make_document))
        assert {(item.alert, item.seen) for item in delivered} == {(None, seen)}

    _, delivered = _conduct(campaign, Checks(make_document, outcome="failure"))
    alerts = [item.alert for item in delivered if item.alert is not None]
    assert [alert.target for alert in alerts] == [entry.target for entry in ENTRIES]
    assert {(alert.kind, alert.before, alert.after) for alert in alerts} == {
        ("changed", "success", "failure")
    }
    assert str(alerts[0].changes[0]) == 'the outcome changed from "would succeed" to "would fail"'


def test_a_run_is_recorded_and_only_what_is_to_be_kept_stays(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    for _ in range(3):
        _conduct(
            Campaign(history=tmp_path / "h", label="nightly", retention=Retention(count=2)),
            Checks(make_document),
        )

    with History(tmp_path / "h") as history:
        assert len(history.of_target("a.example")) == 2
        assert all(ended is not None for _, _, ended, _ in history.runs())


def test_a_history_that_cannot_be_opened_ends_the_run_before_it_begins(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    check = Checks(make_document)

    with pytest.raises(OutputError):
        _conduct(Campaign(resume=tmp_path / "state", history=tmp_path / "absent" / "h"), check)

    assert check.asked == []


# Windows has SIGBREAK instead of SIGHUP, which is ignored below nohup.
SIGNALS = [pytest.param(number, id=number.name.lower()) for number in signals()]
INTERRUPTED = """
import asyncio, sys
from probe.runs.attempts import Checked
from probe.runs.campaign import Campaign, conduct
from probe.runs.lists.partners import PartnerEntry
from probe.runs.untried_target import refused

async def check(entry):
    if entry.target.startswith("slow"):
        print("waiting", flush=True)
        await asyncio.Event().wait()
    return Checked(refused(entry, "done"))

def deliver(delivery):
    print(delivery.checked.document.target.input, flush=True)

entries = [PartnerEntry(name) for name in ("a.example", "b.example", "slow.example", "c.example")]
summary = asyncio.run(conduct(entries, check, Campaign(resume=sys.argv[1]), deliver=deliver))
print("interrupted", summary.interrupted, summary.total, flush=True)
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_an_interrupt_keeps_what_is_done(number: signal.Signals, tmp_path: Path) -> None:
    arguments = program(INTERRUPTED, str(tmp_path / "state"))
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        seen = [process.stdout.readline().strip() for _ in range(4)]
        interrupt(process, number)
        rest = process.stdout.read().split("\n")

    assert sorted(seen) == ["a.example", "b.example", "c.example", "waiting"]
    assert rest == ["interrupted True 3", ""]
    assert process.returncode == 0
    assert (tmp_path / "state").exists()


HOLDER = """
import sys
from probe.runs.lock import RunLock
with RunLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""


def _holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_two_runs_do_not_overlap_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with _holder(path) as holder:
        with (
            pytest.raises(LockedError, match=rf"another run holds .* \(process {holder.pid}\)"),
            RunLock(path),
        ):
            pass
        holder.kill()

    with RunLock(path):
        assert path.read_text() == f"{os.getpid()}\n"
    with RunLock(path):
        pass


def test_a_lock_goes_with_its_run(tmp_path: Path) -> None:
    with RunLock(tmp_path / "lock"):
        assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o600 or os.name != "posix"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"x" * 240, b"12 is no process\n", b"contoso.com"])
def test_a_file_that_is_no_lock_is_refused_and_left_alone(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(content)

    with pytest.raises(DataError, match="is no lock"), RunLock(tmp_path / "list"):
        pass

    assert (tmp_path / "list").read_bytes() == content


@pytest.mark.posix("FIFOs and devices")
@pytest.mark.timeout(30)
@pytest.mark.parametrize("option", ["--lock", "--history", "--resume"])
@pytest.mark.parametrize("what", ["fifo", "device"])
def test_what_is_no_file_is_refused_and_not_waited_for(
    option: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A FIFO was waited for without an end, and /dev/null as a lock ended in an internal error."""
    path = tmp_path / "fifo" if what == "fifo" else Path(os.devnull)
    if what == "fifo":
        os.mkfifo(path)
    assert main(["check", "127.0.0.1:1", option, str(path)]) == 74
    assert "no file" in capsys.readouterr().err


@pytest.mark.posix("/dev/full")
def test_a_lock_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of a full disk named standard output."""
    before = lock._lock

    def filled(file: BinaryIO) -> None:
        before(file)
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, file.fileno())
        os.close(full)

    monkeypatch.setattr(lock, "_lock", filled)
    monkeypatch.setattr(RunLock, "_is_at_its_path", lambda *_: True)
    path = tmp_path / "lock"
    with pytest.raises(OutputError, match=r"lock cannot be written \("), RunLock(path):
        pass
    assert not path.exists()


def test_a_lock_that_is_removed_while_it_is_taken_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    before = lock._lock
    removed: list[int] = []

    def removing(file: BinaryIO) -> None:
        if not removed and os.name == "posix":
            path.unlink()
        removed.append(1)
        before(file)

    monkeypatch.setattr(lock, "_lock", removing)
    with RunLock(path):
        assert path.read_text() == f"{os.getpid()}\n"
    assert len(removed) == (2 if os.name == "posix" else 1)


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be opened"), RunLock(tmp_path / "absent" / "lock"):
        pass


def test_a_log_file_is_appended_to_and_rotated(tmp_path: Path) -> None:
    for number in range(40):
        with log_file(tmp_path / "probe.log", maximum_bytes=500, kept=2) as write:
            write(f"line {number} \x1b[31m\nforged")

    names = sorted(path.name for path in tmp_path.iterdir())
    lines = (tmp_path / "probe.log").read_text().splitlines()

    assert names == ["probe.log", "probe.log.1", "probe.log.2"]
    assert all(path.stat().st_size <= 500 for path in tmp_path.iterdir())
    assert lines[-1].endswith(r"line 39 \x1b[31m forged")
    assert f"Z {os.getpid()} line" in lines[-1]


def _fill(log: Path, kept: int = 2) -> list[str]:
    with log_file(log, maximum_bytes=200, kept=kept) as write:
        for number in range(12):
            write(f"line {number}")
    return [line for path in sorted(log.parent.glob("probe.log*")) if path.is_file() for line in _read(path)]


def _read(path: Path) -> list[str]:
    return [line.split("line ")[-1] for line in path.read_text().splitlines()]


@pytest.mark.parametrize(
    "blocked", [pytest.param("probe.log.0", id="the-log"), pytest.param("probe.log.2", id="an-old-part")]
)
def test_a_log_file_that_cannot_be_rotated_loses_no_line(blocked: str, tmp_path: Path) -> None:
    """A folder in the way refuses as a file does that another process has open on Windows."""
    (tmp_path / blocked / "full").mkdir(parents=True)
    (tmp_path / "probe.log.1").write_text("line older\n")

    assert sorted(_fill(tmp_path / "probe.log")) == sorted([*map(str, range(12)), "older"])
    assert _read(tmp_path / "probe.log.1") == ["older"]


@pytest.mark.windows("a file that is open cannot be moved")
def test_a_log_file_that_another_program_has_open_loses_no_line(tmp_path: Path) -> None:
    log = tmp_path / "probe.log"
    log.write_text("")
    with log.open():
        assert _fill(log) == [str(number) for number in range(12)]
    assert not (tmp_path / "probe.log.1").exists()
    _fill(log)
    assert (tmp_path / "probe.log.1").exists()


def test_a_log_file_and_its_old_parts_are_private(tmp_path: Path) -> None:
    with log_file(tmp_path / "probe.log", maximum_bytes=100, kept=2) as write:
        for number in range(9):
            write(f"line {number} of many")

    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600} or os.name != "posix"


def test_a_full_disk_is_told_with_the_lines_that_are_missing() -> None:
    def two_lines() -> None:
        with log_file("/dev/full") as write:
            write("one")
            write("two")

    if Path("/dev/full").exists():
        with pytest.raises(OutputError, match=r"No space left.*2 lines of it missing"):
            two_lines()


@pytest.mark.parametrize("content", [b"contoso.com\n", b"\x00" * 30, b"2026 is no time\n"])
def test_a_file_that_is_no_log_is_refused_and_left_alone(content: bytes, tmp_path: Path) -> None:
    """A partner list got lines of a log, and a large file of another program was rotated away."""
    path = tmp_path / "partners.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match="is no log"), log_file(path, maximum_bytes=10):
        pass
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("partners.txt", content)]


def test_a_log_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="log file"), log_file(tmp_path / "absent" / "log"):
        pass
