"""The result document: schema `probe.result/1` and `probe.chain/1` as typed records, and nothing else.

It mirrors the contract key by key; every renderer reads it, so a saved result can be rendered again. More
keys may be added; none changes meaning without a new schema number. Unknown is None. Text is as the
partner sent it: each renderer cleans it for its own medium.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

RESULT_SCHEMA = "probe.result/1"
CHAIN_SCHEMA = "probe.chain/1"


@dataclass(frozen=True, slots=True)
class Tool:
    """The program that made the document."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class VantageEntry:
    """Where the probe ran."""

    system: str
    python: str
    openssl: str


@dataclass(frozen=True, slots=True)
class TargetEntry:
    """What was asked. `domain` None: the target was a host or URL."""

    input: str
    domain: str | None


@dataclass(frozen=True, slots=True)
class TrustEntry:
    """The trust store by name, content hash and counts."""

    name: str
    sha256: str
    roots: int
    intermediates: int
    disallowed: int
    listed: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepEntry:
    """One discovery step. `outcome`: found, nothing, failed, skipped."""

    step: str
    url: str
    outcome: str
    detail: str
    elapsed_ms: float | None = None


@dataclass(frozen=True, slots=True)
class TokenIssuerEntry:
    """A token issuer of the federation answer."""

    endpoint: str
    uri: str


@dataclass(frozen=True, slots=True)
class FederationEntry:
    """The anonymous GetFederationInformation answer."""

    application_uri: str | None
    domains: tuple[str, ...] | None
    token_issuers: tuple[TokenIssuerEntry, ...]
    error_code: str | None
    error_message: str | None = None
    url: str | None = None
    server_version: str | None = None
    malformed: str | None = None


@dataclass(frozen=True, slots=True)
class CertificateEntry:
    """One presented certificate. `subject` None and the like: it could not be decoded."""

    subject: str | None
    issuer: str | None
    serial: str | None
    not_before: datetime | None
    not_after: datetime | None
    thumbprint: str
    sha256: str
    dns_names: tuple[str, ...]
    ip_addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TlsEntry:
    """A finished handshake with the presented chain, end-entity first."""

    protocol: str
    cipher: str
    sni: str | None
    presented: tuple[CertificateEntry, ...]
    offer: str | None = None


@dataclass(frozen=True, slots=True)
class HttpEntry:
    """One HTTP exchange. `note` says in words what was special about it."""

    method: str
    status: int | None
    reason: str
    headers: dict[str, str]
    note: str
    elapsed_ms: float | None = None


@dataclass(frozen=True, slots=True)
class FailureEntry:
    """How the connection broke."""

    phase: str
    kind: str
    errno: int | None
    alert: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class TimingsEntry:
    """Milliseconds per phase; None: not reached."""

    resolve: float | None
    connect: float | None
    handshake: float | None
    send: float | None
    receive: float | None
    total: float | None
    tunnel: float | None = None


@dataclass(frozen=True, slots=True)
class ElementEntry:
    """One chain element with its X509ChainStatusFlags names."""

    subject: str
    thumbprint: str
    source: str
    status: tuple[str, ...]
    reasons: tuple[str, ...]
    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class RejectedEntry:
    """A candidate issuer that lost, and why."""

    subject: str
    thumbprint: str
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """The chain context."""

    status: tuple[str, ...]
    elements: tuple[ElementEntry, ...]
    rejected: tuple[RejectedEntry, ...]
    indeterminate: str | None = None


@dataclass(frozen=True, slots=True)
class NameEntry:
    """Requested host against presented names; `by`: dNSName, iPAddress, commonName or None."""

    requested: str
    presented: tuple[str, ...]
    matched: bool
    by: str | None
    masked: str | None = None


@dataclass(frozen=True, slots=True)
class WebExceptionEntry:
    """What the Availability service would log."""

    status: str
    text: str


@dataclass(frozen=True, slots=True)
class RemedyEntry:
    """One change, who makes it, the command, whether judging again proved it, and with which others."""

    actor: str
    text: str
    command: str | None
    proved: bool
    together: int | None = None


@dataclass(frozen=True, slots=True)
class FindingEntry:
    """A finding with its evidence and remedies."""

    code: str
    severity: str
    summary: str
    evidence: tuple[str, ...]
    remedies: tuple[RemedyEntry, ...]


@dataclass(frozen=True, slots=True)
class FlipEntry:
    """When a verdict that holds now will change."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class JudgementEntry:
    """One caller's judgement of one endpoint and address. `ssl_policy_errors` None: no certificate seen."""

    caller: str
    at: datetime
    outcome: str
    ssl_policy_errors: tuple[str, ...] | None
    chain: ChainEntry | None
    name: NameEntry | None
    web_exception: WebExceptionEntry | None
    findings: tuple[FindingEntry, ...]
    flip: FlipEntry | None = None
    log_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EndpointEntry:
    """One endpoint at one address."""

    kind: str
    url: str
    found_by: str
    address: str | None
    tls: TlsEntry | None
    http: tuple[HttpEntry, ...]
    failure: FailureEntry | None
    timings_ms: TimingsEntry
    judgements: tuple[JudgementEntry, ...]
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class RetrievalEntry:
    """One download that a certificate pointed at; the report lists everything that was contacted."""

    kind: str
    url: str
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class ResultDocument:
    """One target. `outcome`: success, warning, failure or unknown, the worst. `error`: not even tried."""

    schema: str
    tool: Tool
    observed_at: datetime
    vantage: VantageEntry
    target: TargetEntry
    trust: TrustEntry
    outcome: str
    discovery: tuple[StepEntry, ...]
    federation: FederationEntry | None
    endpoints: tuple[EndpointEntry, ...]
    retrievals: tuple[RetrievalEntry, ...] = ()
    error: str | None = None
    elapsed_ms: float | None = None
    notes: tuple[str, ...] = field(default=())
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainDocument:
    """One judgement of a chain from a file: the keys of one judgement under their own schema."""

    schema: str
    caller: str
    at: datetime
    outcome: str
    ssl_policy_errors: tuple[str, ...] | None
    chain: ChainEntry | None
    name: NameEntry | None
    web_exception: WebExceptionEntry | None
    findings: tuple[FindingEntry, ...]
    flip: FlipEntry | None = None
    log_lines: tuple[str, ...] = ()
