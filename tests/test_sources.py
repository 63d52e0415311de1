"""Every citation leads to a heading of the sources, in one form; and the documents are well formed."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from probe.errors import UsageError
from probe.sources.documents import DOCUMENTS, every_section, find, sections

ROOT = Path(__file__).resolve().parent.parent
# Tests of how citations may be written.
EXAMPLES = {"test_sources.py", "test_cli_sources.py"}
SUFFIXES = {".py", ".md", ".j2", ".toml", ".css", ".js"}
CITATION = re.compile(
    r"\[(exchange|validation|failures) (?!for )([^\]]*)\]"
)  # no comprehension over exchanges
# A heading that has headings below it is cited only for a text of its own; a mark of origin is none.
OWN_TEXT_WORDS = 30
MARK = re.compile(r"\[[^\]]*\]")
# Other ways to cite: a file's name, a number without brackets, a line break inside, half of a list.
OTHER_FORMS = re.compile(
    r"\b(?:exchange|validation|failures|architecture)\.md\b"
    r"|\bproject notes\b"
    r"|\bspec(?:/|\ssection|\s(?:exchange|validation|failures)\b)"
    r"|(?<!\[)\b(?:exchange|validation|failures) \d+\.\d+"
    r"|\[(?:exchange|validation|failures)\s*\n"
    r"|(?:exchange|validation|failures) [\d.]+\](?: \([^)]*\))?(?:,| and| to) \d+(?:\.\d+)*(?![\d,])"
    r"|(?:exchange|validation|failures) [\d.]+\] \(rule \d+\)"
)
BARE_SECTION = re.compile(r"(?P<before>.{0,120})\b[Ss]ections? \d+", re.DOTALL)
ELSEWHERE = re.compile(r"RFC|X\.690|XML|MS-|ECMA|ITU|FIPS|NIST|WHATWG|HTML", re.DOTALL)


def _files() -> list[Path]:
    found = [ROOT / "README.md", *(ROOT / "probe").rglob("*"), *(ROOT / "tests").rglob("*")]
    found += [path for path in (ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md") if path.exists()]
    return [path for path in found if path.suffix in SUFFIXES and path.name not in EXAMPLES]


@cache
def citable() -> frozenset[str]:
    """The headings that a citation may lead to: the lowest ones, and those with a text of their own above
    the next heading, so that a reader does not search a whole section for one rule."""
    divided = {(section.document, section.number.rpartition(".")[0]) for section in every_section()}
    return frozenset(
        section.citation
        for section in every_section()
        if (section.document, section.number) not in divided
        or len(MARK.sub("", section.text).split()) >= OWN_TEXT_WORDS
    )


def unresolved(text: str) -> list[str]:
    """The citations of `text` that lead to no rule, and what is no citation but should be one."""
    wrong = [found[0] for found in CITATION.finditer(text) if found[0] not in citable()]
    wrong += [found[0] for found in OTHER_FORMS.finditer(text)]
    wrong += [found[0] for found in BARE_SECTION.finditer(text) if not ELSEWHERE.search(found["before"])]
    return wrong


@pytest.mark.parametrize("path", _files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_citations_lead_to_headings(path: Path) -> None:
    # The help and the messages of `probe sources` show how to cite, in words a user types without brackets.
    usage = re.compile(r"`(?:probe sources )?(?:exchange|failures) \d+(\.\d+)*`|\bsources \w+ \d+(\.\d+)*")
    assert unresolved(usage.sub("", path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("as [failures 5.99] says", id="no-such-section"),
        pytest.param("as [exchange 3.1 rule 3] says", id="not-a-number"),
        pytest.param("as exchange.md 3.1 says", id="file-name"),
        pytest.param("validation.md section 3.2", id="file-and-section"),
        pytest.param("# spec section 5", id="spec"),
        pytest.param("failures 5.4", id="no-brackets"),
        pytest.param("[validation 3.2.1] and 3.3", id="half-a-list"),
        pytest.param("[exchange 1.1.5] and 4", id="half-a-list-of-sections"),
        pytest.param("[failures 5.4.2] (ConnectFailure) and 5.7", id="half-a-list-behind-a-remark"),
        pytest.param("[exchange 3.1.3] (rule 3)", id="rule-of-a-section"),
        pytest.param("as [exchange 5] says", id="section-of-headings"),
        pytest.param("as [validation 5] says", id="section-with-a-preface"),
        pytest.param("as [exchange 1.1] says", id="section-with-a-mark"),
        pytest.param("the async row of section 5.4", id="bare-section"),
        pytest.param("Source: project notes 5.4", id="project-notes"),
    ],
)
def test_other_forms_are_refused(text: str) -> None:
    assert unresolved(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("as RFC 5280 section 6.1 and [validation 4.4] have it", id="foreign-section"),
        pytest.param("as [failures 5.4.2] says", id="lowest-heading"),
        pytest.param("in the order of [validation 2.2]", id="table-above-its-headings"),
        pytest.param("([validation 5.1.1], 7,290 verdicts)", id="number-that-is-no-section"),
    ],
)
def test_what_may_stand(text: str) -> None:
    assert unresolved(text) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_numbers_are_unique_and_in_order(document: str) -> None:
    numbers = [tuple(map(int, section.number.split("."))) for section in sections(document)]
    assert [number for number, times in Counter(numbers).items() if times > 1] == []
    assert numbers == sorted(numbers)
    assert all(number[:-1] in numbers for number in numbers if len(number) > 1)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_section_says_something(document: str) -> None:
    """A section has a text of its own, or subsections."""
    below = {section.number.rpartition(".")[0] for section in sections(document)}
    assert [s.number for s in sections(document) if not s.text and s.number not in below] == []


@pytest.mark.parametrize(
    ("reference", "first", "count"),
    [
        pytest.param("exchange 7.2", "[exchange 7.2]", 1, id="one"),
        pytest.param("[exchange 7.2]", "[exchange 7.2]", 1, id="brackets"),
        pytest.param(" Failures 5.4 ", "[failures 5.4]", 8, id="with-subsections"),
        pytest.param("exchange 7", "[exchange 7]", 9, id="not-70-or-17"),
        pytest.param("failures", "[failures 5]", len(sections("failures")), id="whole-document"),
    ],
)
def test_find(reference: str, first: str, count: int) -> None:
    found = find(reference)
    assert (found[0].citation, len(found)) == (first, count)


@pytest.mark.parametrize(
    ("reference", "near"),
    [
        pytest.param("exchange 7.9", "[exchange 7] Fixes, [exchange 7.8] ", id="subsection"),
        pytest.param("failures 5.4.12", "[failures 5.4] ", id="sub-subsection"),
        pytest.param("failures 4", "[failures 5] ", id="section"),
        pytest.param("exchnge 7", "exchange, validation, failures", id="document"),
        pytest.param("7.2", "exchange, validation, failures", id="no-document"),
        pytest.param("exchange 7.x", "exchange, validation, failures", id="no-number"),
        pytest.param("", "exchange, validation, failures", id="nothing"),
    ],
)
def test_what_does_not_exist_names_the_nearest(reference: str, near: str) -> None:
    with pytest.raises(UsageError) as raised:
        find(reference)
    assert near in str(raised.value)
