"""How to collect: time limits, size limits, address overrides, proxy. Values only, nothing is done here.

The strings that the command line takes for overrides and proxies are parsed here, so that a mistake in one
is an error before anything is sent.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from probe.collection import defaults
from probe.errors import UsageError
from probe.facts.certificate import Certificate
from probe.facts.target import idn_host, ip_literal
from probe.facts.tls_negotiation import HandshakeOffer
from probe.version import __version__

LIBERAL = HandshakeOffer()

Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""Looks a host name up: IP literals in the order to try. Raises socket.gaierror as getaddrinfo does."""

Issuers = Callable[[bytes], Iterable[Certificate]]
"""Certificates of this encoded subject that need no download because the trust store has them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes and counts that bound what a partner can make us keep or do.

    `handshake_bytes` and `handshake_records` bound what comes before a handshake is done: more than twice
    what OpenSSL takes for a chain (100 KB). `diffie_hellman_bits` is the largest group that is computed in.
    `head_parts` and `body_parts` bound the TLS records, and the steps of reading, of an answer,
    `target_parts` those of everything that one target sends; `target_body_bytes` is what is kept of all its
    bodies that differ, from where on at most 32 KB of each further one are read.
    `header_bytes` is .NET's HttpWebRequest.DefaultMaximumResponseHeadersLength (64 KB); the issuer limits
    are CryptoAPI's ([validation 4.1.4], [validation 4.1.5]: URLs a certificate, retrievals a chain, bytes and
    certificates an answer, seconds for all), and so is `revocation_seconds`; the other limits of CRLs and
    OCSP answers are ours; `redirects` is the Availability service's on Autodiscover
    ([exchange 1.1.5]), `federation_redirects` Get-FederationInformation's ([exchange 1.2.3]).
    `unconnected_seconds` and `unsecured_seconds` are how long a candidate may take to accept a connection
    and to finish a handshake once another one has succeeded.
    """

    handshake_bytes: int = 262_144
    handshake_records: int = 1_024
    diffie_hellman_bits: int = 4_096
    header_bytes: int = 65_536
    head_parts: int = 4_096
    body_bytes: int = 262_144
    body_parts: int = 4_096
    target_parts: int = 16_384
    target_body_bytes: int = 1_048_576
    raw_bytes: int = 2_048
    addresses: int = 8
    redirects: int = 3
    federation_redirects: int = 5
    unconnected_seconds: float = 0.75
    unsecured_seconds: float = 3.0
    service_record_seconds: float = 2.0
    service_record_grace: float = 0.2
    presented_certificates: int = 64
    issuer_urls: int = 5
    issuer_retrievals: int = 3
    issuer_bytes: int = 100_000
    issuer_certificates: int = 10
    issuer_seconds: float = 15.0
    issuer_redirects: int = 3
    revocation_certificates: int = 10
    revocation_urls: int = 5
    revocation_retrievals: int = 20
    revocation_seconds: float = 20.0
    revocation_bytes: int = 20_000_000
    crl_bytes: int = 10_000_000
    ocsp_bytes: int = 100_000


@dataclass(frozen=True, slots=True)
class _OverrideFor:
    """What holds for connections to host and port; None matches all."""

    host: str | None
    port: int | None

    def matches(self, host: str, port: int) -> bool:
        """Whether this override is for a connection to `host` (A-labels) and `port`."""
        return (self.host is None or self.host == host.lower()) and self.port in (None, port)


@dataclass(frozen=True, slots=True)
class ConnectTo(_OverrideFor):
    """Connections to host and port go to another address and port instead; None keeps them."""

    address: str | None
    to_port: int | None


@dataclass(frozen=True, slots=True)
class ResolveTo(_OverrideFor):
    """The addresses that `host` has on `port`, without asking DNS."""

    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy that takes CONNECT. `credentials` go to the proxy and to nobody else."""

    host: str
    port: int
    credentials: tuple[str, str] | None = None

    @property
    def url(self) -> str:
        """The proxy's URL without credentials, fit to be recorded."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that shapes a run. Times in seconds.

    `connect_timeout` bounds each phase before a request is sent (resolve, connect, tunnel, handshake);
    `timeout` the whole target, whose default is the Availability service's own budget
    (WebRequestTimeoutInSeconds, [exchange 1.1.7]). Answers may take all of what is left of it,
    because the caller waits as long. `family` is 4, 6 or None for both; `all_addresses` False takes the
    first that accepts a connection. `offers` are the handshakes to try first; `known_subjects` the encoded
    subjects that need no download because the trust store leads from them to a root, `known_issuers` what it
    has of another one. `allow_private` lets issuer downloads
    go to private addresses even when the partner does not live there. `revocation` True fetches CRLs and OCSP
    answers, with `known_issuers` for the requests. `service_records` False leaves out
    the SRV record, `nameserver` (address, port) is asked for it instead of the system's; `only_federation`
    leaves out all but the GetFederationInformation call. `ask_at_once` makes every request on a connection
    of its own, at the same time: quicker by a round trip, at the price of a handshake. `wider` are what the
    callers behind `offers` may offer beyond them, by the shape of the offer: then tried beside it. `hellos`
    are the exact ClientHellos of these callers, in the order to try them, by the shape of the offer.
    """

    connect_timeout: float = defaults.CONNECT_TIMEOUT
    timeout: float = defaults.TIMEOUT
    limits: Limits = Limits()
    family: int | None = None
    all_addresses: bool = True
    connect_to: tuple[ConnectTo, ...] = ()
    resolve: tuple[ResolveTo, ...] = ()
    proxy: Proxy | None = None
    no_proxy: tuple[str, ...] = ()
    offers: tuple[HandshakeOffer, ...] = (LIBERAL,)
    ews_url: str | None = None
    autodiscover_url: str | None = None
    aia: bool = True
    allow_private: bool = False
    known_subjects: frozenset[bytes] = frozenset()
    revocation: bool = False
    known_issuers: Issuers | None = None
    user_agent: str = f"fedprobe/{__version__}"
    resolver: Resolve | None = None
    service_records: bool = True
    only_federation: bool = False
    ask_at_once: bool = False
    wider: tuple[tuple[str, HandshakeOffer], ...] = ()
    hellos: tuple[tuple[str, tuple[HandshakeOffer, ...]], ...] = ()
    nameserver: tuple[str, int] | None = None

    def wider_than(self, offer: HandshakeOffer) -> HandshakeOffer | None:
        """What the caller that makes this offer may offer beyond it, or None."""
        return next((wider for shape, wider in self.wider if shape == offer.shape), None)

    def hellos_of(self, offer: HandshakeOffer) -> tuple[HandshakeOffer, ...]:
        """The exact ClientHellos of the caller that makes this offer, in the order to try them."""
        return next((hellos for shape, hellos in self.hellos if shape == offer.shape), ())

    def proxy_for(self, host: str) -> Proxy | None:
        """The proxy that a connection to `host` uses, or None.

        `no_proxy` entries match a host and everything below it, a leading dot changes nothing, `*` matches
        all (the convention of curl).
        """
        if self.proxy is None:
            return None
        name = host.lower().rstrip(".")
        for entry in self.no_proxy:
            pattern = entry.strip().lower().lstrip(".")
            if pattern == "*" or name == pattern or (pattern and name.endswith("." + pattern)):
                return None
        return self.proxy


def parse_connect_to(text: str) -> ConnectTo:
    """The override in `HOST:PORT:ADDR:PORT`, fields as curl's --connect-to has them.

    Raises:
        UsageError: it has other than four fields, or one of them cannot be used.
    """
    fields = _fields(text)
    if len(fields) != 4:
        raise UsageError(f"{text!r} is no override: give HOST:PORT:ADDR:PORT, IPv6 in brackets")
    host, port, address, to_port = fields
    return ConnectTo(_host(host), _port(text, port), _host(address), _port(text, to_port))


def parse_resolve(text: str) -> ResolveTo:
    """The addresses in `HOST:PORT:ADDR[,ADDR...]`, fields as curl's --resolve has them; HOST may be `*`.

    Raises:
        UsageError: it has other than three fields, or an address is no IP literal.
    """
    fields = _fields(text)
    if len(fields) != 3 or not fields[2]:
        raise UsageError(f"{text!r} resolves nothing: give HOST:PORT:ADDR, IPv6 in brackets")
    host, port, addresses = fields
    literals = []
    for address in addresses.split(","):
        literal = ip_literal(address.strip().strip("[]"))
        if literal is None:
            raise UsageError(f"{address!r} in {text!r} is no IP address: give HOST:PORT:ADDR")
        literals.append(literal)
    return ResolveTo(None if host == "*" else _host(host), _port(text, port), tuple(literals))


def parse_proxy(url: str) -> Proxy:
    """The proxy in `http://[user:password@]host:port`; the scheme may be left out.

    Raises:
        UsageError: it is no http URL (a proxy that wants TLS or SOCKS cannot be used), or names no host.
    """
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port or 80
    except ValueError:
        raise UsageError("the proxy is no URL: give http://[user:password@]host:port") from None
    if parts.scheme != "http" or not parts.hostname:
        raise UsageError("only HTTP proxies can be used: give http://[user:password@]host:port")
    credentials = None
    if parts.username is not None:
        credentials = (unquote(parts.username), unquote(parts.password or ""))
    return Proxy(idn_host(parts.hostname), port, credentials)


def proxy_from_environment(environment: Mapping[str, str]) -> tuple[Proxy | None, tuple[str, ...]]:
    """(proxy, hosts without proxy) from HTTPS_PROXY and NO_PROXY, lower-case names first, as curl reads them.

    Raises:
        UsageError: HTTPS_PROXY holds no proxy that can be used.
    """
    proxy = environment.get("https_proxy") or environment.get("HTTPS_PROXY")
    without = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = tuple(part.strip() for part in without.split(",") if part.strip())
    return (parse_proxy(proxy) if proxy else None), hosts


def _fields(text: str) -> list[str]:
    """`text` split at the colons outside brackets."""
    fields, depth = [""], 0
    for character in text.strip():
        depth += (character == "[") - (character == "]")
        if character == ":" and depth == 0:
            fields.append("")
        else:
            fields[-1] += character
    return fields


def _host(field: str) -> str | None:
    return idn_host(field) if field else None


def _port(text: str, field: str) -> int | None:
    if not field:
        return None
    if not field.isascii() or not field.isdigit() or len(field) > 5 or not 0 < int(field) < 65536:
        raise UsageError(f"{field!r} in {text!r} is no port: give a number from 1 to 65535")
    return int(field)


def is_version(address: str, family: int | None) -> bool:
    """Whether an IP literal is of the wanted family (4, 6, or None for either)."""
    return family is None or ipaddress.ip_address(address).version == family
