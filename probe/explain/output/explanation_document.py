"""Explanations as the document of schema `probe.explain/1`: the records that are encoded and published.

Text of the input is cleaned, and redacted if wanted, by the function that the caller gives; the catalogue's
own words are taken as they are. Decides nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, get_type_hints

from msgspec import Struct, defstruct

from probe.explain.explanation_model import (
    EXPLAIN_SCHEMA,
    Authentication,
    CauseStanding,
    EntryKind,
    Explanation,
    Parts,
    Place,
    View,
    WeighedCause,
)
from probe.explain.knowledge.citations import expand
from probe.remedies.advice import Actor

Shown = Callable[[object], str]
"""How a value from the input is shown: in one line, cleaned, redacted if wanted."""

EXCERPT = 300
"""Characters shown of an entry that is not known."""
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})


class LinkDocument(Struct, frozen=True):
    """One exception of a chain, outermost first."""

    type: str | None
    message: str


class ExplainedRemedy(Struct, frozen=True):
    """One change, who makes it, and with which commands."""

    actor: Actor
    text: str
    commands: tuple[str, ...]
    source: str


class CauseDocument(Struct, frozen=True):
    """One possible cause; `rank` 1 is likeliest."""

    rank: int
    name: str
    text: str
    told_by: str
    standing: CauseStanding
    evidence: tuple[str, ...]
    remedies: tuple[ExplainedRemedy, ...]


class NoteDocument(Struct, frozen=True):
    """One more thing that is known about an entry, and where from."""

    text: str
    source: str


class RowDocument(Struct, frozen=True):
    """A row of the catalogue."""

    name: str
    title: str


class NextDocument(Struct, frozen=True):
    """One command to run next; `shell`: probe, powershell or cmd."""

    command: str
    why: str
    shell: str


# The parts as the explainer has them, but each header as one text, with its secrets taken out.
_PARTS = get_type_hints(Parts) | {"http_headers": tuple[str, ...]}
PartsDocument = defstruct(
    "PartsDocument",
    [(item.name, _PARTS[item.name]) for item in dataclasses.fields(Parts)],
    namespace={"__doc__": "What could be read out of an entry; null or empty: it does not say."},
    frozen=True,
)


class ProfileDocument(Struct, frozen=True):
    """Who asks whom and how: the way of authenticating, the place of the other side, whose log it is."""

    authentication: Authentication
    place: Place
    view: View


class ExplainedEntry(Struct, frozen=True):
    """What is known about one entry. `known` false: only its parts are."""

    kind: EntryKind
    profile: ProfileDocument
    known: bool
    occurrences: int
    first_seen: str | None
    last_seen: str | None
    name: str | None
    title: str | None
    meaning: str | None
    source: str | None
    parts: PartsDocument  # type: ignore[valid-type]  # made above
    chain: tuple[LinkDocument, ...]
    web_exception_status: str | None
    causes: tuple[CauseDocument, ...]
    notes: tuple[NoteDocument, ...]
    also: tuple[RowDocument, ...]
    next: tuple[NextDocument, ...]
    evidence: tuple[str, ...]
    excerpt: str | None


class ExplainDocument(Struct, frozen=True):
    """`probe explain`. `redacted`: whether mailboxes, accounts and credentials are taken out."""

    schema: str
    redacted: bool
    entries: tuple[ExplainedEntry, ...]


def to_document(explanations: tuple[Explanation, ...], *, redacted: bool, shown: Shown) -> ExplainDocument:
    """The explanations as the document; `redacted` says what `shown` does."""
    return ExplainDocument(
        EXPLAIN_SCHEMA, redacted, tuple(_entry(explanation, shown) for explanation in explanations)
    )


def header_line(name: str, value: str, shown: Shown) -> str:
    """A response header in one line; one that holds credentials by its name only."""
    return f"{shown(name)}: {'[not shown]' if name.lower() in _SECRET_HEADERS else shown(value)}"


def _entry(explanation: Explanation, shown: Shown) -> ExplainedEntry:
    known = explanation.knowledge
    return ExplainedEntry(
        kind=explanation.kind,
        profile=ProfileDocument(
            explanation.profile.authentication, explanation.profile.place, explanation.profile.view
        ),
        known=explanation.known,
        occurrences=explanation.occurrences,
        first_seen=shown(explanation.first_seen) if explanation.first_seen else None,
        last_seen=shown(explanation.last_seen) if explanation.last_seen else None,
        name=known.name if known else None,
        title=known.title if known else None,
        meaning=known.meaning if known else None,
        source=expand(known.source) if known else None,
        parts=_parts(explanation.parts, shown),
        chain=tuple(
            LinkDocument(shown(link.type) if link.type else None, shown(link.message))
            for link in explanation.chain
        ),
        web_exception_status=explanation.status,
        causes=tuple(_cause(cause, shown) for cause in explanation.causes),
        notes=tuple(NoteDocument(note.text, expand(note.source)) for note in explanation.notes),
        also=tuple(RowDocument(row.name, row.title) for row in explanation.also),
        next=tuple(NextDocument(step.command, step.why, step.shell) for step in explanation.next_steps),
        evidence=tuple(map(shown, explanation.evidence)),
        excerpt=None if known else shown(explanation.text[:EXCERPT]),
    )


def _parts(parts: Parts, shown: Shown) -> Any:
    values = {item.name: _cleaned(getattr(parts, item.name), shown) for item in dataclasses.fields(parts)}
    headers = tuple(header_line(name, value, shown) for name, value in parts.http_headers)
    return PartsDocument(**values | {"http_headers": headers})


def _cleaned(value: Any, shown: Shown) -> Any:
    """The value with every text in it as it is shown."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, tuple):
        return tuple(_cleaned(item, shown) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        texts = {f.name: _cleaned(getattr(value, f.name), shown) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **texts)
    return value


def _cause(weighed: WeighedCause, shown: Shown) -> CauseDocument:
    return CauseDocument(
        rank=weighed.rank,
        name=weighed.cause.name,
        text=weighed.cause.text,
        told_by=weighed.cause.told_by,
        standing=weighed.standing,
        evidence=tuple(map(shown, weighed.evidence)),
        remedies=tuple(
            ExplainedRemedy(r.actor, r.text, r.commands, expand(r.source)) for r in weighed.cause.remedies
        ),
    )
