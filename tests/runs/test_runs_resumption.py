"""A run that broke is continued: no answer is lost, asked for twice, or mixed with another run's."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from probe.errors import DataError, OutputError
from probe.report.document import ResultDocument
from probe.runs.attempts import Checked
from probe.runs.campaign import Campaign, Delivery, Summary, conduct
from probe.runs.execution import RunLimits
from probe.runs.lists.partners import PartnerEntry, RelationshipEntry
from probe.runs.lists.shards import Shard
from probe.runs.store.history_store import History
from probe.runs.store.resumption import entry_hash, partners_hash
from tests.samples import observed

MakeDocument = Callable[..., ResultDocument]
ENTRIES = [PartnerEntry(f"{letter}.example") for letter in "abacde"]
Conduct = Callable[..., tuple[list[str], list[Delivery], Summary]]


class _BrokenError(Exception):
    """The run broke."""


@pytest.fixture(params=["history", "state file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Path]:
    """Where the run is kept: in a history, or in a file of its own."""
    state = {"resume": tmp_path / "state"}
    return state if request.param == "state file" else {**state, "history": tmp_path / "h"}


@pytest.fixture
def run(make_document: MakeDocument) -> Conduct:
    """One run, one check at a time, that breaks when so many were delivered; gives what was asked."""

    def one_run(
        entries: Sequence[PartnerEntry],
        *,
        breaks_after: int | None = None,
        when_delivered: Callable[[tuple[str, ...]], None] = lambda _: None,
        **options: Any,
    ) -> tuple[list[str], list[Delivery], Summary]:
        asked: list[str] = []
        delivered: list[Delivery] = []

        async def check(entry: PartnerEntry) -> Checked:
            asked.append(entry.target)
            return Checked(make_document(entry.target), observed(()))

        def deliver(delivery: Delivery) -> None:
            delivered.append(delivery)
            if len(delivered) == breaks_after:
                raise _BrokenError

        campaign = Campaign(
            limits=RunLimits(concurrency=1),
            partners=partners_hash(entries),
            **{"settings": ("certifi",), "label": "nightly", **options},
        )
        conducted = conduct(entries, check, campaign, deliver=deliver, when_delivered=when_delivered)
        return asked, delivered, asyncio.run(conducted)

    return one_run


def _break(run: Conduct, entries: Sequence[PartnerEntry], after: int, **options: Any) -> None:
    with pytest.raises(_BrokenError):
        run(entries, breaks_after=after, **options)


@pytest.mark.parametrize("count", [pytest.param(n, id=f"{n}-answered") for n in range(1, 7)])
def test_what_was_answered_is_told_again_and_the_rest_is_asked(
    count: int, store: dict[str, Path], run: Conduct
) -> None:
    _break(run, ENTRIES, count, **store)

    asked, delivered, summary = run(ENTRIES, **store)

    targets = [entry.target for entry in ENTRIES]
    assert asked == targets[count:]
    assert [item.checked.document.target.input for item in delivered] == targets
    assert [item.resumed for item in delivered] == [True] * count + [False] * (6 - count)
    assert (summary.total, summary.resumed) == (6, count)
    assert not store["resume"].exists()


def test_what_is_told_again_is_told_as_it_was(tmp_path: Path, run: Conduct) -> None:
    store = {"history": tmp_path / "h", "resume": tmp_path / "state"}
    run(ENTRIES[:3], **store)
    _break(run, ENTRIES, 5, **store)

    told = {item.checked.document.target.input: item for item in run(ENTRIES, **store)[1] if item.resumed}

    assert {target: item.seen for target, item in told.items()} == {
        "a.example": True,
        "b.example": True,
        "c.example": False,
        "d.example": False,
    }


def test_a_run_ends_only_when_its_report_is_there(store: dict[str, Path], run: Conduct) -> None:
    def refuse(_: tuple[str, ...]) -> None:
        raise _BrokenError

    with pytest.raises(_BrokenError):
        run(ENTRIES, **store, when_delivered=refuse)

    asked, delivered, _ = run(ENTRIES, **store)
    assert (asked, len(delivered)) == ([], len(ENTRIES))


@pytest.mark.parametrize("lacking", [["b.example"], ["a.example", "b.example"]])
def test_a_record_that_was_not_saved_before_the_kill_is_handed_out_again(
    lacking: list[str], store: dict[str, Path], run: Conduct
) -> None:
    def lacks(document: ResultDocument) -> bool:
        return document.target.input in lacking

    _break(run, ENTRIES, 2, **store, lacks=lacks)

    resumed = [item.checked for item in run(ENTRIES, **store, lacks=lacks)[1] if item.resumed]
    assert [c.document.target.input for c in resumed if c.observation is not None] == lacking


OTHERS = [
    pytest.param(ENTRIES[:1], {}, "over another list", id="a-shorter-list"),
    pytest.param([*ENTRIES, PartnerEntry("f.example")], {}, "over another list", id="a-longer-list"),
    pytest.param(
        [*ENTRIES[:5], PartnerEntry("e.example", timeout=3.0)], {}, "over another list", id="another-timeout"
    ),
    pytest.param([*ENTRIES[1:], ENTRIES[1]], {}, "over another list", id="one-of-two-alike-replaced"),
    pytest.param(ENTRIES, {"settings": ("windows",)}, "with other settings", id="other-settings"),
    pytest.param(ENTRIES, {"shard": Shard(1, 2)}, "with other settings", id="a-shard"),
]


@pytest.mark.parametrize(("entries", "options", "said"), OTHERS)
def test_another_run_is_refused_and_the_first_can_still_be_continued(
    entries: list[PartnerEntry], options: dict[str, Any], said: str, store: dict[str, Path], run: Conduct
) -> None:
    _break(run, ENTRIES, 2, **store)

    with pytest.raises(DataError, match=said):
        run(entries, **store, **options)

    assert run(ENTRIES, **store)[2].resumed == 2


def test_the_order_of_the_list_and_its_place_do_not_matter(store: dict[str, Path], run: Conduct) -> None:
    _break(run, ENTRIES, 3, **store)
    moved = [PartnerEntry(entry.target, source="elsewhere") for entry in reversed(ENTRIES)]

    asked, _, summary = run(moved, **store)

    assert (sorted(asked), summary.total) == (["c.example", "d.example", "e.example"], 6)


def test_a_run_over_another_list_in_the_same_history_is_left_alone(tmp_path: Path, run: Conduct) -> None:
    store = {"history": tmp_path / "h", "resume": tmp_path / "state"}
    _break(run, ENTRIES, 2, **store)

    others = [PartnerEntry("x.example")]
    assert run(others, **store, label="weekly")[0] == ["x.example"]
    assert run(ENTRIES, **store)[2].resumed == 2
    with History(tmp_path / "h") as history:
        assert [(label, ended is not None) for _, _, ended, label in history.runs()] == [
            ("weekly", True),
            ("nightly", True),
        ]


def test_a_complete_run_is_followed_by_a_new_one(store: dict[str, Path], run: Conduct) -> None:
    for _ in range(2):
        assert len(run(ENTRIES, **store)[0]) == 6


def test_a_run_without_resume_begins_anew(tmp_path: Path, run: Conduct) -> None:
    store = {"history": tmp_path / "h", "resume": tmp_path / "state"}
    _break(run, ENTRIES, 2, **store)

    assert len(run(ENTRIES, history=tmp_path / "h")[0]) == 6
    assert len(run(ENTRIES[:3], **store)[0]) == 3


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"a", id="one-byte-without-a-line-end"),
        pytest.param(b"contoso.com\n" * 200, id="a-list"),
        pytest.param(b'{"schema":"probe.journal/1","run":"x"}\n', id="the-state-of-an-older-version"),
        pytest.param(b"SQLite format 3\0" + b"x" * 600, id="a-damaged-database"),
    ],
)
def test_a_file_that_is_no_state_is_refused_and_left_alone(
    content: bytes, tmp_path: Path, run: Conduct
) -> None:
    (tmp_path / "state").write_bytes(content)

    with pytest.raises(DataError, match="is no state file"):
        run(ENTRIES, resume=tmp_path / "state")

    assert (tmp_path / "state").read_bytes() == content


def test_a_history_is_no_state_and_a_state_no_history(tmp_path: Path, run: Conduct) -> None:
    run(ENTRIES, history=tmp_path / "h")
    _break(run, ENTRIES, 2, resume=tmp_path / "state")

    with pytest.raises(DataError, match="is a history file, and no state file of a run"):
        run(ENTRIES, resume=tmp_path / "h")
    with pytest.raises(DataError, match="is a state file of a run, and no history file"):
        run(ENTRIES, history=tmp_path / "state")


def test_a_state_file_that_cannot_be_made_is_an_output_error(tmp_path: Path, run: Conduct) -> None:
    with pytest.raises(OutputError, match="cannot be used"):
        run(ENTRIES, resume=tmp_path / "absent" / "state")


def test_the_hash_of_an_entry_is_what_it_says_and_not_where_it_stands() -> None:
    here, there = PartnerEntry("a.example", source="line 1"), PartnerEntry("a.example", source="line 9")
    assert entry_hash(here) == entry_hash(there)
    assert entry_hash(here) != entry_hash(PartnerEntry("a.example", aia=False))
    related = RelationshipEntry("a.example", refusal="disabled")
    assert entry_hash(related) != entry_hash(RelationshipEntry("a.example"))


KILLED = """
import asyncio, sys
from probe.runs.attempts import Checked
from probe.runs.campaign import Campaign, conduct
from probe.runs.lists.partners import PartnerEntry, RelationshipEntry
from probe.runs.untried_target import refused
from probe.runs.store.resumption import partners_hash

entries = [PartnerEntry(f"{number}.example") for number in range(300)]

async def check(entry):
    print("asked", entry.target, flush=True)
    return Checked(refused(entry, "x" * 5000))

def deliver(delivery):
    print("resumed" if delivery.resumed else "answered", delivery.checked.document.target.input, flush=True)

options = {"resume": sys.argv[1], "history": sys.argv[2] if len(sys.argv) > 2 else None}
campaign = Campaign(partners=partners_hash(entries), label="list", **options)
asyncio.run(conduct(entries, check, campaign, deliver=deliver))
"""


@pytest.mark.parametrize("lines", [pytest.param(n, id=f"after-{n}-lines") for n in (3, 40, 333)])
def test_a_kill_loses_nothing_that_was_finished(lines: int, store: dict[str, Path], tmp_path: Path) -> None:
    arguments = [
        sys.executable,
        "-c",
        KILLED,
        *(str(store[name]) for name in ("resume", "history") if name in store),
    ]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = [process.stdout.readline().split() for _ in range(lines)]
        process.kill()
        seen += [line.split() for line in process.stdout.read().splitlines() if line.endswith(".example")]

    finished = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=60)
    again = [line.split() for line in finished.stdout.splitlines()]
    answered = {target for what, target in seen if what == "answered"}
    resumed = [target for what, target in again if what == "resumed"]
    asked = {target for what, target in again if what == "asked"}
    assert answered <= set(resumed)
    assert len(resumed) == len(set(resumed))
    assert not asked & answered
    assert asked | set(resumed) == {f"{number}.example" for number in range(300)}
    assert not store["resume"].exists()
