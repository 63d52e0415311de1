"""What is kept of answers to questions that a partner words."""

from __future__ import annotations

import pytest

from probe.facts.remembered import remembered


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        pytest.param([("a", b"12"), ("a", b"12")], 1, id="short-ones-once"),
        pytest.param([("a", b"1234"), ("a", b"1234")], 2, id="long-ones-each-time"),
        pytest.param([("a", b"1"), ("b", b"1")], 2, id="different-ones"),
        pytest.param([("a", b""), ("b", b""), ("c", b""), ("a", b"")], 4, id="no-more-than-the-entries"),
    ],
)
def test_how_often_the_function_itself_answers(asked: list[tuple[str, bytes]], answered: int) -> None:
    calls = []

    @remembered(entries=2, longest=4)
    def question(text: str, value: bytes) -> int:
        calls.append((text, value))
        return len(value)

    assert [question(*each) for each in asked] == [len(value) for _, value in asked]
    assert len(calls) == answered
