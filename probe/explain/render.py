"""Explanations as text and as a document of schema `probe.explain/1`. Decides nothing.

Redaction is on unless asked otherwise: addresses, SIDs, names and whatever looks like a credential are
replaced in everything that came from the input (the catalogue's own words hold none). Control characters of
the input never get out.
"""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from probe.explain.knowledge.sources import expand
from probe.explain.model import EXPLAIN_SCHEMA, Explanation, NextStep, Parts, Standing, WeighedCause
from probe.explain.redaction import redact as redacted
from probe.explain.text import clean, one_line

_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_ACTORS = {"caller": "your side", "partner": "the partner", "network": "the network"}
_STANDINGS = {Standing.OPEN: "", Standing.CONFIRMED: "confirmed", Standing.RULED_OUT: "ruled out"}
_EXCERPT = 300
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

Shown = Callable[[object], str]


def render_text(explanations: tuple[Explanation, ...], *, redact: bool = True) -> str:
    """The explanations as text for a terminal, one after another; ends in a line feed."""
    if not explanations:
        return "nothing to explain: the input is empty\n"
    shown = _shower(redact=redact)
    lines: list[str] = []
    for number, one in enumerate(explanations, start=1):
        if len(explanations) > 1:
            lines.append(f"== {number} of {len(explanations)} " + "=" * 40)
        lines.extend(_lines(one, shown))
        lines.append("")
    return "\n".join(lines)


def to_document(explanations: tuple[Explanation, ...], *, redact: bool = True) -> dict[str, Any]:
    """The explanations as a JSON-able document: schema `probe.explain/1`, `redacted`, `entries`."""
    shown = _shower(redact=redact)
    return {
        "schema": EXPLAIN_SCHEMA,
        "redacted": redact,
        "entries": [_entry(one, shown) for one in explanations],
    }


def _shower(*, redact: bool) -> Shown:
    """How a value from the input is shown: in one line, cleaned, redacted if wanted."""

    def shown(value: object) -> str:
        text = clean(one_line(str(value), 2000))
        return redacted(text) if redact else text

    return shown


def _lines(one: Explanation, shown: Shown) -> Iterator[str]:
    count = f" (x {one.occurrences})" if one.occurrences > 1 else ""
    yield f"{one.kind.value}{count}: {one.knowledge.title if one.knowledge else 'not known'}"
    yield from (f"  {label + ':':<20}{value}" for label, value in _part_lines(one.parts, shown))
    for depth, link in enumerate(one.chain):
        label = "exception:" if depth == 0 else ""
        yield f"  {label:<20}{'  ' * min(depth, 8)}{_link(link.type, link.message, shown)}"
    if one.status:
        yield f"  {'WebExceptionStatus:':<20}{one.status}"
    if one.knowledge:
        yield ""
        yield from _wrapped(one.knowledge.meaning, "  ")
        yield from _wrapped(f"Sources: {expand(one.knowledge.source)}", "  ")
    else:
        yield f"  The catalogue does not have this message: {shown(one.text[:_EXCERPT])}"
    yield from (f"  also in the text: {row.title}" for row in one.also)
    for note in one.notes:
        yield from _wrapped(f"note: {note.text} ({expand(note.source)})", "  ")
    yield from (f"  evidence: {shown(sentence)}" for sentence in one.evidence)
    if one.causes:
        yield ""
        yield "  Causes, likeliest first:"
        for cause in one.causes:
            yield from _cause_lines(cause, shown)
    yield ""
    yield "  Run next:"
    yield from (f"    {step.command}\n        {step.why}" for step in one.next_steps)


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
        yield "header", _header(name, value, shown)


def _header(name: str, value: str, shown: Shown) -> str:
    return f"{shown(name)}: {'[not shown]' if name.lower() in _SECRET_HEADERS else shown(value)}"


def _link(kind: str | None, message: str, shown: Shown) -> str:
    return ": ".join(filter(None, (shown(kind) if kind else "", shown(message))))


def _cause_lines(weighed: WeighedCause, shown: Shown) -> Iterator[str]:
    standing = _STANDINGS[weighed.standing]
    mark = f"[{standing}] " if standing else ""
    yield from _wrapped(f"{weighed.rank}. {mark}{weighed.cause.text}", "  ", "     ")
    yield from (f"       seen: {shown(sentence)}" for sentence in weighed.evidence[:5])
    yield from _wrapped(f"How to tell: {weighed.cause.told_by}", "     ")
    if weighed.standing is Standing.RULED_OUT:
        return
    for remedy in weighed.cause.remedies:
        yield from _wrapped(f"Fix ({_ACTORS.get(remedy.actor, remedy.actor)}): {remedy.text}", "     ")
        yield from (f"         {command}" for command in remedy.commands)


def _entry(one: Explanation, shown: Shown) -> dict[str, Any]:
    known = one.knowledge
    return {
        "kind": one.kind.value,
        "known": one.known,
        "occurrences": one.occurrences,
        "name": known.name if known else None,
        "title": known.title if known else None,
        "meaning": known.meaning if known else None,
        "source": expand(known.source) if known else None,
        "parts": _parts_document(one.parts, shown),
        "chain": [
            {"type": shown(link.type) if link.type else None, "message": shown(link.message)}
            for link in one.chain
        ],
        "web_exception_status": one.status,
        "causes": [_cause_document(cause, shown) for cause in one.causes],
        "notes": [{"text": note.text, "source": expand(note.source)} for note in one.notes],
        "also": [{"name": row.name, "title": row.title} for row in one.also],
        "next": [_step_document(step) for step in one.next_steps],
        "evidence": [shown(sentence) for sentence in one.evidence],
        "excerpt": None if known else shown(one.text[:_EXCERPT]),
    }


def _parts_document(parts: Parts, shown: Shown) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for item in dataclasses.fields(parts):
        value = getattr(parts, item.name)
        document[item.name] = shown(value) if isinstance(value, str) else value
    document["mailboxes"] = [shown(address) for address in parts.mailboxes]
    document["domains"] = [shown(domain) for domain in parts.domains]
    document["http_headers"] = [_header(name, value, shown) for name, value in parts.http_headers]
    agent = parts.user_agent
    document["user_agent"] = (
        {key: shown(value) for key, value in dataclasses.asdict(agent).items()} if agent else None
    )
    document["attempts"] = [
        {key: shown(value) for key, value in dataclasses.asdict(attempt).items()}
        for attempt in parts.attempts
    ]
    return document


def _cause_document(weighed: WeighedCause, shown: Shown) -> dict[str, Any]:
    return {
        "rank": weighed.rank,
        "name": weighed.cause.name,
        "text": weighed.cause.text,
        "told_by": weighed.cause.told_by,
        "standing": weighed.standing.value,
        "evidence": [shown(sentence) for sentence in weighed.evidence],
        "remedies": [
            {"actor": r.actor, "text": r.text, "commands": list(r.commands), "source": expand(r.source)}
            for r in weighed.cause.remedies
        ],
    }


def _step_document(step: NextStep) -> dict[str, str]:
    return {"command": step.command, "why": step.why, "shell": step.shell}
