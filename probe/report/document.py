"""The result document: schema `probe.result/1` and `probe.chain/1` as typed records, and nothing else.

It mirrors the contract key by key; every renderer reads it, so a saved result can be rendered again. More
keys may be added; none changes meaning without a new schema number. Unknown is None. Text is as the
partner sent it: each renderer cleans it for its own medium.

These are wire formats, so they are msgspec's frozen records: 25 data classes would cost 9 ms at each start,
and the encoder reads these faster. `msgspec.structs.replace` changes one.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

RESULT_SCHEMA = "probe.result/1"
CHAIN_SCHEMA = "probe.chain/1"


class Tool(Struct, frozen=True):
    """The program that made the document."""

    name: str
    version: str


class VantageEntry(Struct, frozen=True):
    """Where the probe ran."""

    system: str
    python: str
    openssl: str


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
    outcome: str
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
    not_before: datetime | None
    not_after: datetime | None
    thumbprint: str
    sha256: str
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

    phase: str
    kind: str
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
    source: str
    status: tuple[str, ...]
    reasons: tuple[str, ...]
    not_before: datetime | None = None
    not_after: datetime | None = None


class RejectedEntry(Struct, frozen=True):
    """A candidate issuer that lost, and why."""

    subject: str
    thumbprint: str
    source: str
    why: str


class ChainEntry(Struct, frozen=True):
    """The chain context."""

    status: tuple[str, ...]
    elements: tuple[ElementEntry, ...]
    rejected: tuple[RejectedEntry, ...]
    indeterminate: str | None = None


class NameEntry(Struct, frozen=True):
    """Requested host against presented names; `by`: dNSName, iPAddress, commonName or None.

    `masked`: why the caller does not compare them, `untold`: why nobody can tell how that would end.
    """

    requested: str
    presented: tuple[str, ...]
    matched: bool
    by: str | None
    masked: str | None = None
    untold: str | None = None


class WebExceptionEntry(Struct, frozen=True):
    """What the Availability service would log."""

    status: str
    text: str


class RemedyEntry(Struct, frozen=True):
    """One change, who makes it, the command, whether judging again proved it, and with which others."""

    actor: str
    text: str
    command: str | None
    proved: bool
    together: int | None = None


class FindingEntry(Struct, frozen=True):
    """A finding with its evidence and remedies."""

    code: str
    severity: str
    summary: str
    evidence: tuple[str, ...]
    remedies: tuple[RemedyEntry, ...]


class FlipEntry(Struct, frozen=True):
    """When a verdict that holds now will change."""

    at: datetime
    why: str


class JudgementEntry(Struct, frozen=True):
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


class EndpointEntry(Struct, frozen=True):
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


class RetrievalEntry(Struct, frozen=True):
    """One download that a certificate pointed at; the report lists everything that was contacted."""

    kind: str
    url: str
    outcome: str
    detail: str


class ResultDocument(Struct, frozen=True):
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
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class ChainDocument(Struct, frozen=True):
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
