"""Everything one run saw of one target, as frozen records. Facts only: no field says what follows from them.

One `Connection` is one TCP connection (or the attempt at one). An endpoint reached through several
addresses, or by a first handshake as the caller and a second liberal one, has several; `visits` groups
them. Times are aware UTC datetimes, durations milliseconds. Text that a partner sent is kept as sent:
whoever prints it cleans it.

The records are msgspec's, frozen and slotted like the data classes elsewhere: they are what the record file
holds, a run makes many of them, and 14 data classes would cost 6 ms at each start. `msgspec.structs.replace`
changes one. Those with `dict=True` keep there what is worked out of their fields once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from msgspec import Struct

from probe.facts.certificate import Certificate
from probe.facts.target import Target
from probe.facts.tls_negotiation import HandshakeOffer, Negotiation, TlsSession


class EndpointKind(StrEnum):
    """Which of the caller's endpoints a URL is."""

    EWS_WSSECURITY = "ews-wssecurity"
    AUTODISCOVER_WSSECURITY = "autodiscover-wssecurity"
    AUTODISCOVER = "autodiscover"


class Phase(StrEnum):
    """Where a connection was when something happened."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TUNNEL = "tunnel"
    HANDSHAKE = "handshake"
    SEND = "send"
    RECEIVE = "receive"


class FailureKind(StrEnum):
    """What the wire did. Each is a different fact on the socket, whatever it will be taken to mean."""

    NAME_NOT_FOUND = "name-not-found"  # resolve: the name does not exist
    NO_ADDRESS = "no-address"  # resolve: the name exists and has no address
    RESOLVER_FAILED = "resolver-failed"  # resolve: no answer, or a server failure
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"  # this phase's own limit
    DEADLINE = "deadline"  # the limit of the whole target
    RESET = "reset"
    CLOSED = "closed"  # FIN at a record or message boundary, without close_notify
    CLOSE_NOTIFY = "close-notify"  # an orderly TLS close where an answer was due
    TRUNCATED = "truncated"  # FIN or close_notify in the middle of a record, header or body
    ALERT = "alert"  # a fatal TLS alert; `alert` holds its number
    NOT_TLS = "not-tls"  # the first bytes are no TLS record
    TLS_ERROR = "tls-error"  # any other failure of the TLS library; detail has its words
    NOTHING_TO_OFFER = "nothing-to-offer"  # this machine can offer nothing of what was asked
    MALFORMED = "malformed"  # the answer breaks HTTP; `raw` of the exchange has its beginning
    HEADER_LIMIT = "header-limit"  # headers longer than the limit
    FLOOD = "flood"  # more bytes, records or parts than this part of a connection can need
    PROXY_REFUSED = "proxy-refused"  # CONNECT answered with other than 2xx; detail has the status
    OS_ERROR = "os-error"  # any other errno
    INTERRUPTED = "interrupted"  # the user stopped the run


class WireFailure(Struct, frozen=True):
    """How a connection broke: `errno` as POSIX numbers it, `alert` as TLS does, `detail` in words.

    `no_route`: whether this machine itself knows no way to the address; None: not asked, or an older record.
    """

    phase: Phase
    kind: FailureKind
    errno: int | None = None
    alert: int | None = None
    detail: str = ""
    no_route: bool | None = None

    @property
    def proxy_status(self) -> int | None:
        """The HTTP status with which a proxy refused CONNECT, or None: `detail` begins with it."""
        status = self.detail[:3]
        refused = self.kind is FailureKind.PROXY_REFUSED and status.isascii() and status.isdigit()
        return int(status) if refused else None


class Timings(Struct, frozen=True):
    """Milliseconds spent in each phase; None for a phase that was not reached."""

    resolve: float | None = None
    connect: float | None = None
    tunnel: float | None = None
    handshake: float | None = None
    send: float | None = None
    receive: float | None = None
    total: float | None = None


class HttpExchange(Struct, frozen=True, dict=True):
    """One request and what came back. `status` None: no parseable answer.

    `headers` in order without cookies' values; `body` the beginning, `body_complete` False if it was capped
    or cut off. `raw` is the beginning of the answer's bytes, kept only when they are no HTTP.
    """

    method: str
    url: str
    status: int | None = None
    reason: str = ""
    http_version: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    body_complete: bool = True
    raw: bytes = b""
    elapsed_ms: float | None = None

    def header(self, name: str) -> str | None:
        """The first header of this name, in any case, or None."""
        return self.named.get(name.lower())

    @cached_property
    def named(self) -> Mapping[str, str]:
        """The first value of each header by its name in lower case; asked some twenty times."""
        found: dict[str, str] = {}
        for name, value in self.headers:
            found.setdefault(name.lower(), value)
        return found


def last_post(made: Sequence[HttpExchange]) -> HttpExchange | None:
    """The last POST among these, answered or not."""
    return next((exchange for exchange in reversed(made) if exchange.method == "POST"), None)


class Endpoint(Struct, frozen=True):
    """One URL that the caller would use. `host` is an A-label name or an IP literal."""

    kind: EndpointKind
    url: str
    host: str
    port: int
    found_by: str


class Connection(Struct, frozen=True):
    """One TCP connection to one address, also when it broke midway.

    `address` is the `ip` connected to (None: not resolved, or through a proxy), `presented` what the partner
    sent in its order, `exchanges` the requests made on it, `failure` what ended it early. `negotiation` is
    what the partner's handshake messages chose, also of a handshake that failed after them; None: none was
    seen, or the record is older.
    """

    endpoint: Endpoint
    address: str | None = None
    port: int | None = None
    offer: HandshakeOffer = HandshakeOffer()
    tls: TlsSession | None = None
    presented: tuple[Certificate, ...] = ()
    exchanges: tuple[HttpExchange, ...] = ()
    failure: WireFailure | None = None
    timings: Timings = Timings()
    proxy: str | None = None
    negotiation: Negotiation | None = None


class HelloExchange(Struct, frozen=True):
    """A ClientHello of our own bytes and what the partner answered to it in the clear; nothing was finished.

    `negotiation` None: no ServerHello came. `failure` None: everything up to ServerHelloDone came. The other
    fields are those of a Connection.
    """

    endpoint: Endpoint
    offer: HandshakeOffer
    address: str | None = None
    port: int | None = None
    negotiation: Negotiation | None = None
    presented: tuple[Certificate, ...] = ()
    failure: WireFailure | None = None
    timings: Timings = Timings()
    proxy: str | None = None


class Visit(Struct, frozen=True):
    """All connections made to one endpoint at one address, in the order made; at least one.

    `hellos` are the ClientHellos of our own that followed them.
    """

    endpoint: Endpoint
    address: str | None
    connections: tuple[Connection, ...]
    hellos: tuple[HelloExchange, ...] = ()


class StepOutcome(StrEnum):
    """What came of a discovery step."""

    FOUND = "found"
    NOTHING = "nothing"
    FAILED = "failed"
    SKIPPED = "skipped"


class DiscoveryStep(Struct, frozen=True):
    """One step taken to find endpoints."""

    step: str
    url: str
    outcome: StepOutcome
    detail: str = ""
    elapsed_ms: float | None = None


class RetrievalKind(StrEnum):
    """What a certificate pointed at."""

    ISSUER = "issuer"
    CRL = "crl"
    OCSP = "ocsp"


class RetrievalOutcome(StrEnum):
    """What came of a download."""

    FETCHED = "fetched"
    FAILED = "failed"
    REFUSED = "refused"  # by a limit
    NOT_ASKED = "not-asked"  # by a rule of ours about where to ask, which the caller does not have


class Retrieval(Struct, frozen=True):
    """One download of what a certificate points at.

    `for_sha256` is the certificate that carries the URL; `certificates` what an issuer answer held; `content`
    the bytes of a CRL or OCSP answer. `in_pem`: the issuer answer was PEM or base64 alone, where
    RFC 5280 wants DER.
    """

    kind: RetrievalKind
    url: str
    for_sha256: str
    outcome: RetrievalOutcome
    detail: str = ""
    certificates: tuple[Certificate, ...] = ()
    content: bytes = b""
    elapsed_ms: float | None = None
    in_pem: bool = False


class TokenIssuer(Struct, frozen=True):
    """A token issuer named in a GetFederationInformation answer."""

    endpoint: str
    uri: str


class FederationInformation(Struct, frozen=True):
    """The partner's answer to the anonymous GetFederationInformation call. None: the element was absent."""

    url: str
    error_code: str | None = None
    error_message: str | None = None
    application_uri: str | None = None
    domains: tuple[str, ...] | None = None
    token_issuers: tuple[TokenIssuer, ...] = ()
    server_version: str | None = None
    malformed: str | None = None


class Vantage(Struct, frozen=True):
    """Where the probe ran, as far as it matters: names of systems, never of people or machines."""

    system: str
    python: str
    openssl: str
    tool: str


class Observation(Struct, frozen=True, dict=True):
    """Everything one run saw of one target. `error`: why nothing could be tried at all, or None."""

    target: Target
    observed_at: datetime
    vantage: Vantage
    steps: tuple[DiscoveryStep, ...] = ()
    connections: tuple[Connection, ...] = ()
    retrievals: tuple[Retrieval, ...] = ()
    federation: FederationInformation | None = None
    error: str | None = None
    elapsed_ms: float | None = None
    attempts: int = 1
    notes: tuple[str, ...] = ()
    hellos: tuple[HelloExchange, ...] = ()

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """Connections grouped by endpoint and address, in order of first appearance."""
        groups: dict[tuple[Endpoint, str | None], list[Connection]] = {}
        for connection in self.connections:
            groups.setdefault((connection.endpoint, connection.address), []).append(connection)
        hellos: dict[tuple[Endpoint, str | None], list[HelloExchange]] = {}
        for hello in self.hellos:
            hellos.setdefault((hello.endpoint, hello.address), []).append(hello)
        return tuple(
            Visit(*place, tuple(group), tuple(hellos.get(place, ()))) for place, group in groups.items()
        )

    def retrieved_certificates(self) -> tuple[Certificate, ...]:
        """Certificates that issuer downloads brought, each once, in the order fetched."""
        found = (c for retrieval in self.retrievals for c in retrieval.certificates)
        return tuple(dict.fromkeys(found))
