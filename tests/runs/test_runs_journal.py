"""A broken run is continued: nothing that was answered is lost or asked twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from probe.errors import DataError, OutputError
from probe.report.document import ResultDocument
from probe.runs.journal import Journal, entry_key, run_fingerprint
from probe.runs.partners import PartnerEntry

MakeDocument = Callable[..., ResultDocument]
ENTRIES = [PartnerEntry(target) for target in ("a.example", "b.example", "a.example", "c.example")]
RUN = run_fingerprint("certifi", "exchange-se")


def _begin(path: Path, make_document: MakeDocument, count: int) -> None:
    with Journal(path, RUN) as journal:
        for entry in ENTRIES[:count]:
            journal.add(entry, make_document(entry.target))


@pytest.mark.parametrize("count", [pytest.param(n, id=f"{n}-answered") for n in range(5)])
def test_what_was_answered_is_replayed_and_the_rest_remains(
    count: int, tmp_path: Path, make_document: MakeDocument
) -> None:
    _begin(tmp_path / "state", make_document, count)

    with Journal(tmp_path / "state", RUN) as journal:
        assert journal.finished == count
        assert [d.target.input for d in journal.replay()] == [entry.target for entry in ENTRIES[:count]]
        assert list(journal.remaining(ENTRIES)) == ENTRIES[count:]


def test_a_kill_at_any_byte_loses_at_most_the_line_that_was_being_written(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    _begin(tmp_path / "state", make_document, 2)
    whole = (tmp_path / "state").read_bytes()
    ends = [index + 1 for index, byte in enumerate(whole) if byte == ord("\n")]

    for length in range(0, len(whole) + 1, 7):
        torn = tmp_path / "torn"
        torn.write_bytes(whole[:length])
        with Journal(torn, RUN) as journal:
            complete = max(0, sum(end <= length for end in ends) - 1)
            assert journal.finished == complete
            journal.add(ENTRIES[3], make_document("c.example"))
        with Journal(torn, RUN) as journal:
            assert journal.finished == complete + 1
        torn.unlink()


def test_a_complete_run_leaves_no_state(tmp_path: Path, make_document: MakeDocument) -> None:
    _begin(tmp_path / "state", make_document, 4)

    with Journal(tmp_path / "state", RUN) as journal:
        journal.complete()

    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"contoso.com\n", "is no state file", id="a-list"),
        pytest.param(
            b'{"schema":"probe.journal/1","run":"other"}\n', "another list or other settings", id="other-run"
        ),
    ],
)
def test_a_foreign_file_is_refused_and_left_alone(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(content)

    with pytest.raises(DataError, match=said):
        Journal(tmp_path / "state", RUN)

    assert (tmp_path / "state").read_bytes() == content


def test_damage_in_the_middle_is_told_and_not_guessed_around(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    _begin(tmp_path / "state", make_document, 2)
    lines = (tmp_path / "state").read_bytes().splitlines(keepends=True)
    (tmp_path / "state").write_bytes(lines[0] + b"\0\0\0\n" + lines[2])

    with pytest.raises(DataError, match="line 2: the state is damaged"):
        Journal(tmp_path / "state", RUN)


def test_a_state_file_that_cannot_be_opened_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be opened"):
        Journal(tmp_path / "absent" / "state", RUN)


def test_the_key_of_an_entry_is_what_it_says_and_not_where_it_stands() -> None:
    here, there = PartnerEntry("a.example", source="line 1"), PartnerEntry("a.example", source="line 9")

    assert entry_key(here) == entry_key(there)
    assert entry_key(here) != entry_key(PartnerEntry("a.example", aia=False))
