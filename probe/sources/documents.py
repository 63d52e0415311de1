"""The headings of the sources, and which of them a citation leads to."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from msgspec import Struct

from probe.errors import UsageError

DOCUMENTS = ("exchange", "validation", "failures")
_HEADING = re.compile(r"^#{2,4} (?P<number>\d+(?:\.\d+)*)\.? (?P<title>.+)$", re.MULTILINE)
_REFERENCE = re.compile(r"(?P<document>[a-z]+)(?:\s+(?P<number>\d+(?:\.\d+)*)\.?)?", re.IGNORECASE)
_NEAREST = 4


class Section(Struct, frozen=True):
    """One heading and what stands below it, up to the next heading of any level; Markdown."""

    document: str
    number: str
    title: str
    text: str

    @property
    def citation(self) -> str:
        """How code, tests and output refer to it."""
        return f"[{self.document} {self.number}]"

    @property
    def depth(self) -> int:
        """How many numbers it has: 1 for `5`, 2 for `5.4`, 3 for `5.4.1`."""
        return self.number.count(".") + 1


@cache
def sections(document: str) -> tuple[Section, ...]:
    """All sections of one of `DOCUMENTS`, in order."""
    whole = resources.files("probe.sources").joinpath(f"{document}.md").read_text("utf-8")
    headings = list(_HEADING.finditer(whole))
    ends = [*(heading.start() for heading in headings[1:]), len(whole)]
    return tuple(
        Section(document, heading["number"], heading["title"], whole[heading.end() : end].strip())
        for heading, end in zip(headings, ends, strict=True)
    )


def every_section() -> tuple[Section, ...]:
    """All sections of all documents."""
    return tuple(section for document in DOCUMENTS for section in sections(document))


def find(reference: str) -> tuple[Section, ...]:
    """The section that `reference` cites, then its subsections; all of a document without a number.

    `exchange 4.2` and `[exchange 4.2]` are the same.

    Raises:
        UsageError: no document or no section is called that; it names the nearest headings.
    """
    read = _REFERENCE.fullmatch(reference.strip().strip("[]").strip())
    document = read["document"].lower() if read else ""
    if read is None or document not in DOCUMENTS:
        raise UsageError(
            f"there is no source {reference!r}: give one of {', '.join(DOCUMENTS)} and a number, as in "
            "`probe sources exchange 4.2`; `probe sources` lists all headings"
        )
    number = read["number"]
    found = tuple(
        section
        for section in sections(document)
        if number is None or f"{section.number}.".startswith(f"{number}.")
    )
    if not found:
        near = ", ".join(f"{section.citation} {section.title}" for section in _nearest(document, number))
        raise UsageError(
            f"there is no section {number} in {document}; the nearest: {near}. `probe sources` lists all"
        )
    return found


def _nearest(document: str, number: str) -> list[Section]:
    """The closest section above `number` and its direct subsections, else the document's main sections."""
    parts = number.split(".")
    for kept in range(len(parts) - 1, -1, -1):
        above = ".".join(parts[:kept])
        near = [
            section
            for section in sections(document)
            if section.number == above
            or (section.depth == kept + 1 and (not above or section.number.startswith(f"{above}.")))
        ]
        if near:
            wanted = int(parts[kept])
            near.sort(key=lambda section: _distance(section, kept, wanted))
            return near[:_NEAREST]
    return []


def _distance(section: Section, kept: int, wanted: int) -> int:
    """How far the component that was not found is from this section's; the section above comes first."""
    return abs(int(section.number.split(".")[kept]) - wanted) if section.depth > kept else -1
