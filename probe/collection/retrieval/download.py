"""One download over plain http from a URL that a certificate names: bounded, and only where it may go."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urljoin, urlsplit

from msgspec import Struct, structs

from probe.collection.address_reach import Reach, reach, reach_of_host
from probe.collection.connection.budget import DownloadsBudget
from probe.collection.connection.http_requests import ConnectionLog, HttpRequest, make_requests
from probe.collection.connection.phases import PhaseClock
from probe.collection.connection.resolver import UnresolvedError
from probe.collection.connection.transport import Transport
from probe.collection.connection.wire import Wire
from probe.collection.settings import Settings
from probe.collection.target_run import TargetRun
from probe.errors import TargetError
from probe.facts.certificate import Certificate
from probe.facts.observation import HttpExchange, RetrievalOutcome, WireFailure
from probe.facts.target import bracketed, idn_host

_PEM = re.compile(
    rb"-----BEGIN (?:X509 )?(?P<kind>CERTIFICATE|PKCS7|CMS)-----(?P<body>[^-]*)-----END", re.DOTALL
)
_BASE64 = re.compile(rb"\s*MI[A-Za-z0-9+/=\s]+\Z")  # a long SEQUENCE, in base64 alone


class DownloadError(Exception):
    """Nothing usable came. `outcome` is failed, or refused or not-asked when a limit or rule stopped it."""

    def __init__(self, outcome: RetrievalOutcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


class DownloadBounds(Struct, frozen=True):
    """Where a download may go (`reaches`), until when (`deadline`, on the event loop's clock), how long.

    `largest` is in bytes; None: the limit of an issuer download.
    """

    run: TargetRun
    reaches: frozenset[Reach]
    deadline: float
    largest: int | None = None

    @property
    def settings(self) -> Settings:
        """The run's settings with the bodies of answers bounded for downloads."""
        limits = self.run.settings.limits
        largest = limits.issuer_bytes if self.largest is None else self.largest
        return dataclasses.replace(self.run.settings, limits=dataclasses.replace(limits, body_bytes=largest))


_GET = HttpRequest("GET", "")
_ONLY_HTTP = "only http is downloaded from"


async def download(url: str, bounds: DownloadBounds, request: HttpRequest = _GET) -> bytes:
    """The content at an http URL, at most so long as `bounds` allow; redirects followed and checked.

    `request` is how to ask; its URL does not count.

    Raises:
        DownloadError: it could not be fetched, or was not allowed to be.
    """
    visited = {url}
    for _ in range(bounds.run.settings.limits.issuer_redirects + 1):
        answer = await _fetch(url, bounds, request)
        location = answer.header("location")
        if answer.status not in (301, 302, 303, 307, 308) or location is None:
            return _content(answer, bounds.settings.limits.body_bytes)
        try:
            url = urljoin(url, location)
        except ValueError:
            raise DownloadError(RetrievalOutcome.FAILED, "the redirect is no usable URL") from None
        if url in visited:
            raise DownloadError(RetrievalOutcome.FAILED, "redirects lead in a circle")
        if not _is_http(url):
            raise DownloadError(RetrievalOutcome.NOT_ASKED, f"it redirects to {url[:200]}: {_ONLY_HTTP}")
        visited.add(url)
    raise DownloadError(
        RetrievalOutcome.NOT_ASKED, f"more than {bounds.run.settings.limits.issuer_redirects} redirects"
    )


def certificates_in(content: bytes) -> tuple[Certificate, ...]:
    """The certificates of an issuer answer: DER, PEM, base64, or PKCS #7 in each; () if it is none."""
    blocks = [base64_content(match["body"]) for match in _PEM.finditer(content)]
    if not blocks and _BASE64.match(content):
        blocks = [base64_content(content)]
    found: list[Certificate] = []
    for encoded in blocks or [content]:
        found += _from_der(encoded)
    return tuple(dict.fromkeys(found))


def is_pem(content: bytes) -> bool:
    """Whether an issuer answer has its certificates in base64, with PEM marks or without."""
    return _PEM.search(content) is not None or _BASE64.match(content) is not None


def base64_content(text: bytes) -> bytes:
    """What base64 between PEM marks holds; b"" if it is none."""
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _from_der(encoded: bytes) -> Iterable[Certificate]:
    certificate = Certificate(encoded)
    if certificate.structure is not None:
        return (certificate,)
    return _from_pkcs7(encoded)


def _from_pkcs7(encoded: bytes) -> tuple[Certificate, ...]:
    # asn1crypto reads the BER that Windows' PKCS #7 files are in; imported only when one is met.
    from asn1crypto import cms

    try:
        content = cms.ContentInfo.load(encoded)
        if content["content_type"].native != "signed_data":
            return ()
        return tuple(Certificate(choice.chosen.dump()) for choice in content["content"]["certificates"])
    except Exception:  # noqa: BLE001  # asn1crypto leaks KeyError, AttributeError and more on hostile input
        return ()


def _content(answer: HttpExchange, largest: int) -> bytes:
    if answer.status != 200:
        raise DownloadError(RetrievalOutcome.FAILED, f"HTTP status {answer.status} {answer.reason}".rstrip())
    if not answer.body_complete:
        raise DownloadError(RetrievalOutcome.REFUSED, f"more than {largest} bytes")
    return answer.body


async def _fetch(url: str, bounds: DownloadBounds, request: HttpRequest) -> HttpExchange:
    parts, host, port = _checked(url)
    address, to_port = await _allowed_address(host, port, bounds)
    settings = bounds.settings
    wire = Wire(PhaseClock(step_timeout=settings.connect_timeout, deadline=bounds.deadline))
    wire.budget.target = DownloadsBudget(bounds.run.budget)
    target = f"http://{bracketed(host)}:{port}{parts.path or '/'}" + (
        f"?{parts.query}" if parts.query else ""
    )
    transport = Transport(wire, settings.limits, address, to_port, proxy=settings.proxy_for(host))
    log = ConnectionLog()
    try:
        await make_requests(transport, [structs.replace(request, url=target)], settings, log)
    finally:
        transport.close()
    if log.failure is not None:
        raise DownloadError(RetrievalOutcome.FAILED, _words(log.failure))
    return log.exchanges[0]


def _is_http(url: str) -> bool:
    return url.lower().startswith("http:")


def _checked(url: str) -> tuple[SplitResult, str, int]:
    if not _is_http(url):
        raise DownloadError(RetrievalOutcome.NOT_ASKED, _ONLY_HTTP)
    try:
        parts = urlsplit(url)
        port = parts.port or 80
        host = idn_host(parts.hostname or "")
    except (ValueError, TargetError):
        raise DownloadError(RetrievalOutcome.FAILED, "it is no usable URL") from None
    return parts, host, port


async def _allowed_address(host: str, port: int, bounds: DownloadBounds) -> tuple[str, int]:
    """(address, port) to connect to: the proxy's, or the first of the host's that may be asked."""
    how_near = reach_of_host(host)
    if how_near is not None and how_near not in bounds.reaches:
        raise DownloadError(RetrievalOutcome.NOT_ASKED, f"{host} is a {how_near} address")
    proxy = bounds.run.settings.proxy_for(host)
    try:
        if proxy is not None:
            addresses, to_port, _ = await bounds.run.resolver.addresses(proxy.host, proxy.port)
            return addresses[0], to_port
        addresses, to_port, _ = await bounds.run.resolver.addresses(host, port, named_only=True)
    except UnresolvedError as nothing:
        raise DownloadError(RetrievalOutcome.FAILED, _words(nothing.failure)) from None
    for address in addresses:
        if reach(address) in bounds.reaches:
            return address, to_port
    raise DownloadError(
        RetrievalOutcome.NOT_ASKED, f"{addresses[0]} is a {reach(addresses[0]).value} address"
    )


def _words(failure: WireFailure) -> str:
    return f"{failure.phase.value}: {failure.kind.value}"
