"""Markdown (GitHub flavoured): an overview table, worst first, and a section a target; for tickets and wikis.

All text from outside is escaped character by character; nothing a partner sent can become a link, an image,
HTML or a mention. Exception texts and commands stand in blocks whose fence is longer than any inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from probe.escaping import lines
from probe.report import layout, summary
from probe.report.clean import markdown_text
from probe.report.document import (
    ChainEntry,
    EndpointEntry,
    FindingEntry,
    JudgementEntry,
    RemedyEntry,
    ResultDocument,
)


def render(documents: Sequence[ResultDocument], *, now: datetime, notes: Sequence[str] = ()) -> str:
    """The document. `now` is what days left are counted from, `notes` what is said of this machine."""
    ordered = sorted(documents, key=summary.urgency)
    about_here = [line for note in notes for line in (markdown_text(note, 2000), "")]
    text = [
        "# Federation partners",
        "",
        f"As of {layout.minute(now)}.",
        "",
        *about_here,
        *_overview(ordered, now),
    ]
    for document in ordered:
        text += ("", *_section(document))
    return "\n".join(text) + "\n"


def _overview(documents: Sequence[ResultDocument], now: datetime) -> Iterator[str]:
    yield "| Verdict | Partner | Why | Days left |"
    yield "| --- | --- | --- | ---: |"
    for document in documents:
        expiry = summary.expiry(document)
        left = "unknown" if expiry is None else str(summary.days(expiry, now))
        cells = (
            f"**{summary.verdict(document)}**",
            markdown_text(document.target.input),
            markdown_text(summary.headline(document)),
            left,
        )
        yield "| " + " | ".join(cells) + " |"


def _section(document: ResultDocument) -> Iterator[str]:
    yield f"## {markdown_text(document.target.input)}: {summary.verdict(document)}"
    yield ""
    yield markdown_text(summary.headline(document), 2000)
    yield ""
    yield (
        f"Seen {layout.minute(document.observed_at)}, judged with the trust store "
        f"{markdown_text(document.trust.name)} ({summary.counted(document.trust.roots, 'root')})."
    )
    for judgement, where in summary.groups(document):
        yield ""
        yield from _judged(judgement, where)


def _judged(judgement: JudgementEntry, where: Sequence[tuple[EndpointEntry, str]]) -> Iterator[str]:
    kinds = dict.fromkeys(summary.kind_name(endpoint) for endpoint, _ in where)
    yield f"### {markdown_text(', '.join(kinds))}: {summary.judgement_verdict(judgement)}"
    yield ""
    for endpoint, caller in where:
        at = f" at {endpoint.address}" if endpoint.address else ""
        yield f"- {markdown_text(f'{endpoint.url}{at}')}, called by {markdown_text(caller)}"
    if judgement.web_exception is not None:
        yield ""
        yield "The Availability service would log:"
        yield ""
        yield from _fenced(judgement.web_exception.text)
    for finding in judgement.findings:
        yield ""
        yield from _finding(finding)
    if judgement.chain is not None and judgement.chain.elements:
        yield ""
        yield from _chain(judgement.chain)
    if judgement.flip is not None:
        yield ""
        yield f"This holds until {layout.minute(judgement.flip.at)}: {markdown_text(judgement.flip.why)}"


def _finding(finding: FindingEntry) -> Iterator[str]:
    yield f"**{markdown_text(finding.code)}** ({finding.severity}): {markdown_text(finding.summary, 2000)}"
    if finding.evidence or finding.remedies:
        yield ""
    for evidence in finding.evidence:
        yield f"- {markdown_text(evidence)}"
    for remedy in finding.remedies:
        yield from _remedy(remedy)


def _remedy(remedy: RemedyEntry) -> Iterator[str]:
    actor = summary.ACTORS.get(remedy.actor, remedy.actor)
    proved = f" ({proof})" if (proof := summary.proof(remedy)) else ""
    yield f"- **To do, {markdown_text(actor)}**: {markdown_text(remedy.text, 2000)}{proved}"
    if remedy.command:
        yield ""
        for line in _fenced(remedy.command):
            yield f"  {line}"


def _chain(chain: ChainEntry) -> Iterator[str]:
    yield "| Certificate | From | Expires | Status |"
    yield "| --- | --- | --- | --- |"
    for element in chain.elements:
        expires = f"{element.not_after:%Y-%m-%d}" if element.not_after else "unknown"
        status = ", ".join(element.status) or "NoError"
        yield f"| {markdown_text(element.subject)} | {element.source} | {expires} | {markdown_text(status)} |"


def _fenced(text: str) -> Iterator[str]:
    clean = lines(text)
    longest = max((len(run) for line in clean for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}text"
    yield from clean
    yield fence
