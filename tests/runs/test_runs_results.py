"""Saved results are read back whole, or refused with their place; shards put together are the run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.errors import DataError, InputMissingError, UsageError
from probe.report import json
from probe.report.document import ResultDocument
from probe.runs.lists.partners import PartnerEntry
from probe.runs.lists.shards import Shard, parse_shard
from probe.runs.store.results import merged, read_results

MakeDocument = Callable[..., ResultDocument]


def test_every_json_format_is_read_back(tmp_path: Path, make_document: MakeDocument) -> None:
    documents = [make_document("a.example"), make_document("b.example", "failure")]
    (tmp_path / "array").write_text(json.render(documents))
    (tmp_path / "one").write_text(json.render(documents[:1]))
    (tmp_path / "lines").write_text(json.render_lines(documents) + "\n")

    assert list(read_results(tmp_path / "array")) == documents
    assert list(read_results(tmp_path / "one")) == documents[:1]
    assert list(read_results(tmp_path / "lines")) == documents


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "result 1: this is no result of a check", id="empty"),
        pytest.param(b"contoso.com\n", "result 1: this is no result of a check", id="a-list"),
        pytest.param(b'{"schema": 1}\n', "line 1: this is no result of a check", id="other-json"),
        pytest.param(b"[1,", "this is no JSON", id="cut-off-array"),
        pytest.param(b"[" * 100_000, "this is no JSON", id="deep"),
    ],
)
def test_what_is_no_result_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)

    with pytest.raises(DataError, match=said):
        list(read_results(tmp_path / "file"))


def test_another_schema_is_refused_with_its_line(tmp_path: Path, make_document: MakeDocument) -> None:
    line = json.line(make_document())
    (tmp_path / "file").write_text(line + line.replace("probe.result/1", "probe.result/9"))

    with pytest.raises(DataError, match=r"line 2: .*Invalid value .probe\.result/9. - at ..\.schema"):
        list(read_results(tmp_path / "file"))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="cannot be read"):
        list(read_results(tmp_path / "absent"))


def test_files_are_merged_whole_or_to_the_latest_of_each_target(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    old, new = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    first = [
        make_document("a.example", "failure", observed_at=old),
        make_document("b.example", observed_at=new),
    ]
    second = [
        make_document("A.example", observed_at=new),
        make_document("b.example", "unknown", observed_at=old),
    ]
    (tmp_path / "1").write_text(json.render_lines(first))
    (tmp_path / "2").write_text(json.render(second))
    files = (tmp_path / "1", tmp_path / "2")

    assert list(merged(files)) == [*first, *second]
    assert list(merged(files, latest_only=True)) == [first[1], second[0]]


@given(st.lists(st.text(), max_size=40), st.integers(1, 9))
def test_each_target_is_in_exactly_one_shard_whatever_the_order(targets: list[str], count: int) -> None:
    entries = [PartnerEntry(target) for target in targets]
    shards = [Shard(index, count) for index in range(1, count + 1)]

    chosen = [entry for shard in shards for entry in shard.select(entries)]
    backwards = [entry for shard in shards for entry in shard.select(reversed(entries))]

    assert sorted(entry.target for entry in chosen) == sorted(targets)
    assert sorted(entry.target for entry in backwards) == sorted(targets)
    assert list(shards[0].select(entries)) == list(shards[0].select(reversed(entries)))[::-1]


def test_shards_share_the_work_and_do_not_change_between_versions() -> None:
    targets = [f"partner{n}.example" for n in range(1000)]
    sizes = [sum(Shard(index, 4).holds(target) for target in targets) for index in (1, 2, 3, 4)]

    assert sizes == [248, 259, 246, 247]
    assert Shard(1, 2).holds("Contoso.com") == Shard(1, 2).holds(" contoso.com")


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1 / 2"])
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no shard"):
        parse_shard(text)


def test_a_shard_is_read() -> None:
    assert parse_shard(" 2/5 ") == Shard(2, 5)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_results_that_powershell_redirected_are_read(
    encoding: str, tmp_path: Path, make_document: MakeDocument
) -> None:
    documents = [make_document("a.example"), make_document("münchen.example")]
    (tmp_path / "lines").write_bytes(json.render_lines(documents).replace("\n", "\r\n").encode(encoding))
    (tmp_path / "array").write_bytes(json.render(documents).replace("\n", "\r\n").encode(encoding))

    assert list(read_results(tmp_path / "lines")) == documents
    assert list(read_results(tmp_path / "array")) == documents


def test_a_shard_without_targets_has_no_results(tmp_path: Path) -> None:
    (tmp_path / "shard.ndjson").write_bytes(b"")
    assert list(read_results(tmp_path / "shard.ndjson")) == []
