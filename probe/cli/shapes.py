"""What the smaller machine outputs look like, as typed records; read only to publish their JSON Schemas.

The outputs themselves are made where their content is known, partly in layers below this one. Tests hold
every command's output to the schema that follows from these, and these to the outputs: no key more or less.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any, get_type_hints

from msgspec import Struct, defstruct

from probe.explain.model import EntryKind, Parts, Standing
from probe.judgement.model import Actor, Outcome
from probe.runs.configuration import Origin


class RunEntry(Struct, frozen=True):
    """One run of the history. `finished_at` null: it was ended by force."""

    run: int
    started_at: datetime
    finished_at: datetime | None
    label: str


class RunsDocument(Struct, frozen=True):
    """`probe history --runs`."""

    schema: str
    runs: tuple[RunEntry, ...]


class SettingEntry(Struct, frozen=True):
    """One option with its value and where that comes from."""

    key: str
    value: Any
    origin: Origin
    place: str


class ConfigDocument(Struct, frozen=True):
    """`probe config show`. `file` null: there is none."""

    schema: str
    command: str
    file: str | None
    settings: tuple[SettingEntry, ...]


class NoticeEntry(Struct, frozen=True):
    """One partner that changed, in words."""

    target: str
    before: str
    after: str
    observed_at: datetime
    changes: tuple[str, ...]


class NotificationDocument(Struct, frozen=True):
    """What a webhook receives. `text` says everything, as chat programs show it."""

    schema: str
    text: str
    changes: tuple[NoticeEntry, ...]


class ExpectedEntry(Struct, frozen=True):
    """The verdict that a fault of the lab must get; null: nothing is demanded of it."""

    outcome: Outcome
    ssl_policy_errors: tuple[str, ...] | None
    chain_status: tuple[str, ...] | None
    web_exception_status: str | None
    text: str | None


class FaultEntry(Struct, frozen=True, omit_defaults=True):
    """One fault of the lab; `url` and `check` (a command line) while a partner with it is served."""

    name: str
    summary: str
    phase: str
    caller: str | None
    expected: ExpectedEntry
    url: str | None = None
    check: str | None = None


class LoggedEntry(Struct, frozen=True):
    """What the Availability service would log."""

    status: str
    text: str


class DemoEntry(Struct, frozen=True):
    """One lab partner, checked."""

    name: str
    summary: str
    expected: ExpectedEntry
    outcome: Outcome
    ssl_policy_errors: tuple[str, ...] | None
    web_exception: LoggedEntry | None
    as_expected: bool


class LinkEntry(Struct, frozen=True):
    """One exception of a chain, outermost first."""

    type: str | None
    message: str


class ExplainedRemedy(Struct, frozen=True):
    """One change, who makes it, and with which commands."""

    actor: Actor
    text: str
    commands: tuple[str, ...]
    source: str


class CauseEntry(Struct, frozen=True):
    """One possible cause; `rank` 1 is likeliest."""

    rank: int
    name: str
    text: str
    told_by: str
    standing: Standing
    evidence: tuple[str, ...]
    remedies: tuple[ExplainedRemedy, ...]


class NoteEntry(Struct, frozen=True):
    """One more thing that is known about an entry, and where from."""

    text: str
    source: str


class RowEntry(Struct, frozen=True):
    """A row of the catalogue."""

    name: str
    title: str


class NextEntry(Struct, frozen=True):
    """One command to run next; `shell`: probe, powershell or cmd."""

    command: str
    why: str
    shell: str


# The parts as the explainer has them, but each header as one text, with its secrets taken out.
_PARTS = get_type_hints(Parts) | {"http_headers": tuple[str, ...]}
PartsEntry = defstruct(
    "PartsEntry",
    [(item.name, _PARTS[item.name]) for item in dataclasses.fields(Parts)],
    namespace={"__doc__": "What could be read out of an entry; null or empty: it does not say."},
    frozen=True,
)


class ExplainedEntry(Struct, frozen=True):
    """What is known about one entry. `known` false: only its parts are."""

    kind: EntryKind
    known: bool
    occurrences: int
    name: str | None
    title: str | None
    meaning: str | None
    source: str | None
    parts: PartsEntry  # type: ignore[valid-type]  # made above
    chain: tuple[LinkEntry, ...]
    web_exception_status: str | None
    causes: tuple[CauseEntry, ...]
    notes: tuple[NoteEntry, ...]
    also: tuple[RowEntry, ...]
    next: tuple[NextEntry, ...]
    evidence: tuple[str, ...]
    excerpt: str | None


class ExplainDocument(Struct, frozen=True):
    """`probe explain`. `redacted`: whether mailboxes, accounts and credentials are taken out."""

    schema: str
    redacted: bool
    entries: tuple[ExplainedEntry, ...]


class TargetGroup(Struct, frozen=True):
    """One partner as Prometheus' http_sd_config reads it from the exporter."""

    targets: tuple[str, ...]
    labels: dict[str, str]
