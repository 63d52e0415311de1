"""The result document: schema `probe.result/1` and `probe.chain/1` as typed records, and nothing else.

It mirrors the contract key by key; every renderer reads it, so a saved result can be rendered again. More
keys may be added; none changes meaning without a new schema number. Unknown is None. Text is as the
partner sent it: each renderer cleans it for its own medium.

These are wire formats, so they are msgspec's frozen records: 25 data classes would cost 9 ms at each start,
and the encoder reads these faster. `msgspec.structs.replace` changes one. The published JSON Schemas are made
of them (`probe.report.result_schemas`), so a field's type says everything that its schema says.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from probe.dotnet import SslPolicyErrors, WebExceptionStatus, X509ChainStatusFlags
from probe.facts.observation import EndpointKind, FailureKind, Phase, RetrievalKind
from probe.judgement.model import Actor, NameSource, Outcome, Severity, Source

RESULT_SCHEMA = "probe.result/1"
CHAIN_SCHEMA = "probe.chain/1"


def _one_of(words: Iterable[str]) -> Meta:
    """Says in the schema which words there are; a reader of a later version's document is not refused."""
    return Meta(extra_json_schema={"enum": list(words)})


StepOutcome = Annotated[str, _one_of(("found", "nothing", "failed", "skipped"))]
PolicyError = Annotated[str, _one_of(flag.name for flag in SslPolicyErrors if flag.name and flag.value)]
ChainStatus = Annotated[str, _one_of(flag.name for flag in X509ChainStatusFlags if flag.name and flag.value)]
ExceptionStatus = Annotated[str, _one_of(status.name for status in WebExceptionStatus)]
Moment = Annotated[datetime, Meta(tz=True)]
Thumbprint = Annotated[str, Meta(extra_json_schema={"pattern": "^[0-9A-F]{40}$"})]
Sha256 = Annotated[str, Meta(extra_json_schema={"pattern": "^[0-9a-f]{64}$"})]


class Tool(Struct, frozen=True):
    """The program that made the document."""

    name: str
    version: str


class VantageEntry(Struct, frozen=True):
    """Where the probe ran.

    `clock_behind_seconds`: by how much its clock is behind the partner's, as the partner's Date says
    (negative: ahead of it); None: no Date. `notes`: what a run over several targets says about this machine.
    """

    system: str
    python: str
    openssl: str
    clock_behind_seconds: float | None = None
    notes: tuple[str, ...] = ()


class TargetEntry(Struct, frozen=True):
    """What was asked. `domain` None: the target was a host or URL."""

    input: str
    domain: str | None


class TrustEntry(Struct, frozen=True):
    """The trust store by name, content hash and counts."""

    name: str
    sha256: str
    roots: int
    intermediates: int
    disallowed: int
    listed: int = 0
    notes: tuple[str, ...] = ()


class StepEntry(Struct, frozen=True):
    """One discovery step. `outcome`: found, nothing, failed, skipped."""

    step: str
    url: str
    outcome: StepOutcome
    detail: str
    elapsed_ms: float | None = None


class TokenIssuerEntry(Struct, frozen=True):
    """A token issuer of the federation answer."""

    endpoint: str
    uri: str


class FederationEntry(Struct, frozen=True):
    """The anonymous GetFederationInformation answer."""

    application_uri: str | None
    domains: tuple[str, ...] | None
    token_issuers: tuple[TokenIssuerEntry, ...]
    error_code: str | None
    error_message: str | None = None
    url: str | None = None
    server_version: str | None = None
    malformed: str | None = None


class CertificateEntry(Struct, frozen=True):
    """One presented certificate. `subject` None and the like: it could not be decoded."""

    subject: str | None
    issuer: str | None
    serial: str | None
    not_before: Moment | None
    not_after: Moment | None
    thumbprint: Thumbprint
    sha256: Sha256
    dns_names: tuple[str, ...]
    ip_addresses: tuple[str, ...]


class TlsEntry(Struct, frozen=True):
    """A finished handshake with the presented chain, end-entity first."""

    protocol: str
    cipher: str
    sni: str | None
    presented: tuple[CertificateEntry, ...]
    offer: str | None = None


class HttpEntry(Struct, frozen=True):
    """One HTTP exchange. `note` says in words what was special about it."""

    method: str
    status: int | None
    reason: str
    headers: dict[str, str]
    note: str
    elapsed_ms: float | None = None


class FailureEntry(Struct, frozen=True):
    """How the connection broke."""

    phase: Phase
    kind: FailureKind
    errno: int | None
    alert: int | None
    detail: str


class TimingsEntry(Struct, frozen=True):
    """Milliseconds per phase; None: not reached."""

    resolve: float | None
    connect: float | None
    handshake: float | None
    send: float | None
    receive: float | None
    total: float | None
    tunnel: float | None = None


class ElementEntry(Struct, frozen=True):
    """One chain element with its X509ChainStatusFlags names."""

    subject: str
    thumbprint: str
    source: Source
    status: tuple[ChainStatus, ...]
    reasons: tuple[str, ...]
    not_before: Moment | None = None
    not_after: Moment | None = None


class RejectedEntry(Struct, frozen=True):
    """A candidate issuer that lost, and why."""

    subject: str
    thumbprint: str
    source: Source
    why: str


class ChainEntry(Struct, frozen=True):
    """The chain context."""

    status: tuple[ChainStatus, ...]
    elements: tuple[ElementEntry, ...]
    rejected: tuple[RejectedEntry, ...]
    indeterminate: str | None = None


class NameEntry(Struct, frozen=True):
    """Requested host against presented names; `by`: dNSName, iPAddress, commonName or None.

    `not_compared`: why the caller does not compare them, `indeterminate`: why nobody can tell the answer.
    """

    requested: str
    presented: tuple[str, ...]
    matched: bool
    by: NameSource | None
    not_compared: str | None = None
    indeterminate: str | None = None


class WebExceptionEntry(Struct, frozen=True):
    """What the Availability service would log."""

    status: ExceptionStatus
    text: str


class RemedyEntry(Struct, frozen=True):
    """One change, who makes it, the command, whether judging again proved it, and with which others."""

    actor: Actor
    text: str
    command: str | None
    proved: bool
    together: int | None = None


class FindingEntry(Struct, frozen=True):
    """A finding with its evidence and remedies."""

    code: str
    severity: Severity
    summary: str
    evidence: tuple[str, ...]
    remedies: tuple[RemedyEntry, ...]


class FlipEntry(Struct, frozen=True):
    """When a verdict that holds now will change."""

    at: Moment
    why: str


class JudgementEntry(Struct, frozen=True):
    """One caller's judgement of one endpoint and address. `ssl_policy_errors` None: no certificate seen.

    `caller_notes` says what was assumed of the caller, because its settings were not read. `vantage_state`:
    what of the checking machine's own state kept it from the partner, of which nothing is said therefore.
    """

    caller: str
    at: Moment
    outcome: Outcome
    ssl_policy_errors: tuple[PolicyError, ...] | None
    chain: ChainEntry | None
    name: NameEntry | None
    web_exception: WebExceptionEntry | None
    findings: tuple[FindingEntry, ...]
    flip: FlipEntry | None = None
    log_lines: tuple[str, ...] = ()
    caller_notes: tuple[str, ...] = ()
    vantage_state: str | None = None


class EndpointEntry(Struct, frozen=True):
    """One endpoint at one address."""

    kind: EndpointKind
    url: str
    found_by: str
    address: str | None
    tls: TlsEntry | None
    http: tuple[HttpEntry, ...]
    failure: FailureEntry | None
    timings_ms: TimingsEntry
    judgements: tuple[JudgementEntry, ...]
    proxy: str | None = None


class RetrievalEntry(Struct, frozen=True):
    """One download that a certificate pointed at; the report lists everything that was contacted."""

    kind: RetrievalKind
    url: str
    outcome: str
    detail: str


class ResultDocument(Struct, frozen=True, tag_field="schema", tag=RESULT_SCHEMA):
    """One target. `outcome`: success, warning, failure or unknown, the worst. `error`: not even tried.

    `not_used`: that its own administrators turned the relationship off, so that its outcome moves no exit
    code, or None.
    """

    tool: Tool
    observed_at: Moment
    vantage: VantageEntry
    target: TargetEntry
    trust: TrustEntry
    outcome: Outcome
    discovery: tuple[StepEntry, ...]
    federation: FederationEntry | None
    endpoints: tuple[EndpointEntry, ...]
    retrievals: tuple[RetrievalEntry, ...] = ()
    error: str | None = None
    elapsed_ms: float | None = None
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    not_used: str | None = None


class ChainDocument(JudgementEntry, frozen=True, tag_field="schema", tag=CHAIN_SCHEMA):
    """One judgement of a chain from a file: the keys of one judgement under their own schema."""
