"""Random hierarchies: shuffling, duplicates, strangers, moves, more roots and a day change no verdict.

A few hundred of them; ten thousand by hand with tests/benchmarks/vary_hierarchies.py.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest

from probe.judgement.model import Outcome
from tests.judgement.hierarchies import CHANGES, Change, Hierarchy, complaints, draw, verdict

COUNT, PARTS = 240, 8


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_that_should_not_matter_changes_a_verdict(part: int) -> None:
    for number in range(part, COUNT, PARTS):
        assert list(complaints(random.Random(number))) == []


def test_the_hierarchies_are_of_every_kind() -> None:
    drawn = [draw(random.Random(number)) for number in range(150)]
    outcomes = Counter(verdict(hierarchy.judge()).outcome for hierarchy in drawn)
    assert set(outcomes) == set(Outcome)
    assert outcomes[Outcome.FAILURE] < 120


@pytest.mark.parametrize("change", CHANGES, ids=[change.name for change in CHANGES])
def test_each_change_changes_something(change: Change) -> None:
    assert any(_changes(change, draw(random.Random(number)), number) for number in range(20))


def _changes(change: Change, hierarchy: Hierarchy, number: int) -> bool:
    return change.make(hierarchy, random.Random(number)) != hierarchy
