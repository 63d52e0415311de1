"""Texts as admins have them, by kind (`texts/*.toml`): first cause, who acts, what to run, what is not said.

Those named e1-… to e12-… are the kinds' examples of field work; the others differ from them in wording,
version or layout, so that a rule that knows one text alone fails here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from probe.explain.explainer import explain
from probe.explain.explanation_model import CauseStanding, Explanation, WeighedCause
from probe.explain.output.brief import MAXIMUM_LINES, brief_lines

TEXTS = Path(__file__).parent / "texts"


def _cases() -> Iterator[Any]:
    for file in sorted(TEXTS.glob("e*.toml")):
        for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]:
            yield pytest.param(case, id=f"{file.stem}-{case['name']}")


CASES = list(_cases())


def decisive(text: str) -> Explanation:
    """The entry that counts: the first that the catalogue has, else the first."""
    found = explain(text)
    return next((one for one in found if one.knowledge is not None), found[0])


def open_causes(one: Explanation) -> list[WeighedCause]:
    return [weighed for weighed in one.causes if weighed.standing is not CauseStanding.RULED_OUT]


def said(one: Explanation) -> str:
    """What an answer blames and advises: first cause, every remedy with its side, every next step."""
    lines = [weighed.cause.text + " " + weighed.cause.told_by for weighed in open_causes(one)[:1]]
    for weighed in open_causes(one):
        lines += [f"{a.actor.value}: {a.text} {' '.join(a.commands)}" for a in weighed.cause.remedies]
    lines += [step.command for step in one.next_steps]
    return "\n".join(lines)


@pytest.mark.parametrize("case", CASES)
def test_a_real_text_has_its_first_cause_its_side_and_its_command(case: dict[str, Any]) -> None:
    one = decisive(case["text"])
    found = open_causes(one)
    assert re.fullmatch(case.get("knowledge", ".*"), one.knowledge.name if one.knowledge else "")
    if "cause" in case:
        first = found[0].cause.name if found else ""
        assert re.match(case["cause"], first) if case["cause"] else first == ""
    if "side" in case:
        remedies = [advice for weighed in found for advice in weighed.cause.remedies]
        assert (remedies[0].actor.value if remedies else "") in case["side"].split("|")
    answer = said(one)
    assert re.search(case.get("run", ""), answer)
    for advised in case.get("advises", ()):
        assert re.search(advised, answer), advised
    for unsaid in case["never"]:
        assert not re.search(unsaid, answer), unsaid
    for not_run in case.get("not_run", ()):
        assert not any(re.search(not_run, step.command) for step in one.next_steps)
    for not_quoted in case.get("not_quoted", ()):
        assert not any(re.search(not_quoted, link.message or "") for link in one.chain)


@pytest.mark.parametrize("case", CASES)
def test_the_short_answer_fits_a_screen_and_says_nothing_twice(case: dict[str, Any]) -> None:
    lines = brief_lines(decisive(case["text"]), lambda value: str(value or ""))
    assert len(lines) <= MAXIMUM_LINES
    assert lines[0].startswith("What happened: ")
    assert lines[1].startswith("Who acts: ")
    assert lines[2].startswith(("Do now: ", "Run now: "))
    sentences = [
        s.strip() for s in re.split(r"(?<=[.!?])\s+", " ".join(x.strip() for x in lines)) if len(s) > 40
    ]
    assert len(sentences) == len(set(sentences))
