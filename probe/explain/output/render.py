"""Explanations as text and as a document of schema `probe.explain/1`. Decides nothing.

Redaction is on unless asked otherwise: addresses, SIDs, names and whatever looks like a credential are
replaced in everything that came from the input (the catalogue's own words hold none). Control characters of
the input never get out.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from probe.escaping import EVIDENCE, GUTTER, tamed
from probe.explain.explanation_model import CauseStanding, Explanation, Parts
from probe.explain.knowledge.citations import expand
from probe.explain.output import explanation_document
from probe.explain.output.brief import actor_name, brief_lines, head_lines
from probe.explain.output.explanation_document import EXCERPT, ExplainDocument, Shown, header_line
from probe.explain.output.redaction import redact as redacted
from probe.explain.pasted_text import clean, one_line
from probe.remedies.advice import Advice

_STANDINGS = {
    CauseStanding.OPEN: "",
    CauseStanding.CONFIRMED: "confirmed",
    CauseStanding.RULED_OUT: "ruled out",
}
_LABELS = {
    "event_id": "event",
    "event_source": "source",
    "logged": "logged",
    "computer": "computer",
    "layout": "layout",
    "process": "process",
    "request_type": "request type",
    "requester": "requester",
    "url": "URL",
    "caller_sids": "caller SIDs",
    "authentication": "authentication",
    "window_start": "window start",
    "window_end": "window end",
    "requested_view": "requested view",
    "server": "originating server",
    "lid": "LID",
    "code": "error code",
    "response_code": "response code",
    "http_status": "HTTP status",
    "http_reason": "reason",
    "http_method": "method",
    "http_path": "path",
    "sub_status": "substatus",
    "win32_status": "Win32 status",
    "soap_fault": "SOAP fault",
    "result_id": "result",
    "cas_error": "X-CasErrorCode",
    "client": "client",
}


def render_text(explanations: tuple[Explanation, ...], *, redact: bool = True, verbose: bool = False) -> str:
    """The explanations as text for a terminal, one after another; ends in a line feed.

    In short, one screen each; `verbose`: with everything that was read and every cause with its advice.
    """
    if not explanations:
        return "nothing to explain: the input is empty\n"
    cleaned = _shower(redact=redact)

    def shown(value: object) -> str:
        return tamed(cleaned(value), 2000)

    lines: list[str] = []
    for number, explanation in enumerate(explanations, start=1):
        if len(explanations) > 1:
            lines.append(f"== {number} of {len(explanations)} " + "=" * 40)
        lines.extend(_lines(explanation, shown) if verbose else brief_lines(explanation, shown))
        lines.append("")
    return "\n".join(lines)


def to_document(explanations: tuple[Explanation, ...], *, redact: bool = True) -> ExplainDocument:
    """The explanations as the document of schema `probe.explain/1`."""
    return explanation_document.to_document(explanations, redacted=redact, shown=_shower(redact=redact))


def _shower(*, redact: bool) -> Shown:
    """How a value from the input is shown: in one line, cleaned, redacted if wanted."""

    def shown(value: object) -> str:
        text = clean(one_line(str(value), 2000))
        return redacted(text) if redact else text

    return shown


def _lines(explanation: Explanation, shown: Shown) -> Iterator[str]:
    yield from head_lines(explanation, shown)
    yield ""
    yield from (
        f"  {EVIDENCE}{label + ':':<20}{value}" for label, value in _part_lines(explanation.parts, shown)
    )
    profile = explanation.profile
    yield f"    {'other side:':<20}{profile.place.value}, asked with {profile.authentication.value}"
    for depth, link in enumerate(explanation.chain):
        label = "exception:" if depth == 0 else ""
        yield f"  {EVIDENCE}{label:<20}{'  ' * min(depth, 8)}{_link(link.type, link.message, shown)}"
    if explanation.status:
        yield f"    {'WebExceptionStatus:':<20}{explanation.status}"
    if explanation.knowledge:
        yield ""
        yield from _wrapped(explanation.knowledge.meaning, "  ")
        yield from _wrapped(f"Sources: {expand(explanation.knowledge.source)}", "  ")
    else:
        yield "  The catalogue does not have this message:"
        yield f"  {EVIDENCE}{shown(explanation.text[:EXCERPT])}"
    yield from (f"  also in the text: {row.title}" for row in explanation.also)
    for note in explanation.notes:
        yield from _wrapped(f"note: {note.text} ({expand(note.source)})", "  ")
    yield from (f"  {EVIDENCE}evidence: {shown(sentence)}" for sentence in explanation.evidence)
    if explanation.causes:
        yield ""
        yield "  Causes, likeliest first:"
        yield from _all_causes(explanation, shown)
    if explanation.next_steps:
        yield ""
        yield "  Run next:"
        yield from (f"    {GUTTER}{step.command}\n        {step.why}" for step in explanation.next_steps)


def _all_causes(explanation: Explanation, shown: Shown) -> Iterator[str]:
    """Each cause with its advice; advice that stood at an earlier cause is not repeated."""
    given: dict[Advice, int] = {}
    for weighed in explanation.causes:
        standing = _STANDINGS[weighed.standing]
        mark = f"[{standing}] " if standing else ""
        yield from _wrapped(f"{weighed.rank}. {mark}{weighed.cause.text}", "  ", "     ")
        yield from (f"       {EVIDENCE}seen: {shown(sentence)}" for sentence in weighed.evidence[:5])
        yield from _wrapped(f"How to tell: {weighed.cause.told_by}", "     ")
        if weighed.standing is CauseStanding.RULED_OUT:
            continue
        for advice in weighed.cause.remedies:
            who = actor_name(advice.actor, explanation)
            if advice in given:
                yield f"     Fix ({who}): as for cause {given[advice]}."
                continue
            given[advice] = weighed.rank
            yield from _wrapped(f"Fix ({who}): {advice.text}", "     ")
            yield from (f"         {GUTTER}{command}" for command in advice.commands)


def _wrapped(text: str, indent: str, further: str | None = None) -> list[str]:
    """The catalogue's prose in lines of at most 100 characters; commands and messages are never wrapped."""
    return textwrap.wrap(
        text,
        100,
        initial_indent=indent,
        subsequent_indent=further or indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _part_lines(parts: Parts, shown: Shown) -> Iterator[tuple[str, str]]:
    for name, label in _LABELS.items():
        value = getattr(parts, name)
        if value is not None:
            yield label, shown(value)
    if parts.user_agent:
        agent = parts.user_agent
        yield (
            "user agent",
            shown(
                "/".join((agent.category, agent.request_type, agent.source, agent.protocol, agent.version))
            ),
        )
    if parts.mailboxes:
        yield "mailboxes", ", ".join(shown(address) for address in parts.mailboxes[:10])
    for attempt in parts.attempts:
        yield "attempt", shown(f"{attempt.outcome}: {attempt.url} {attempt.exception}")
    for name, value in parts.http_headers:
        yield "header", header_line(name, value, shown)


def _link(kind: str | None, message: str, shown: Shown) -> str:
    return ": ".join(filter(None, (shown(kind) if kind else "", shown(message))))
