"""Documents and entries that the tests of runs share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from probe.facts.observation import FailureKind, Phase
from probe.judgement.model import NameSource, Outcome, Severity, Source
from probe.report.document import (
    CertificateEntry,
    ChainEntry,
    ElementEntry,
    EndpointEntry,
    FailureEntry,
    FederationEntry,
    FindingEntry,
    HttpEntry,
    JudgementEntry,
    NameEntry,
    ResultDocument,
    TargetEntry,
    TimingsEntry,
    TlsEntry,
    Tool,
    TrustEntry,
    VantageEntry,
)

MakeDocument = Callable[..., ResultDocument]
URL = "https://mail.contoso.com/ews/exchange.asmx/WSSecurity"


def certificate(subject: str, issuer: str, *names: str, sha256: str = "") -> CertificateEntry:
    """A presented certificate that is its own name."""
    return CertificateEntry(
        subject=subject,
        issuer=issuer,
        serial="01",
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        not_after=datetime(2027, 1, 1, tzinfo=UTC),
        thumbprint=(sha256 or subject).upper(),
        sha256=sha256 or subject,
        dns_names=names,
        ip_addresses=(),
    )


def judgement(outcome: str = "success", **values: Any) -> JudgementEntry:
    """A judgement for the caller in support."""
    path = (ElementEntry("CN=root", "ROOT", Source.STORE, (), ()),)
    defaults: dict[str, Any] = {
        "caller": "exchange-se",
        "at": datetime(2026, 11, 1, tzinfo=UTC),
        "ssl_policy_errors": (),
        "chain": ChainEntry((), path, ()),
        "name": NameEntry("mail.contoso.com", ("mail.contoso.com",), matched=True, by=NameSource.DNS_NAME),
        "web_exception": None,
        "findings": (FindingEntry("fine", Severity.INFO, "all is well", (), ()),),
    }
    return JudgementEntry(outcome=Outcome(outcome), **{**defaults, **values})


def endpoint(**values: Any) -> EndpointEntry:
    """An endpoint that answered as Exchange does."""
    leaf = certificate("CN=mail.contoso.com", "CN=issuing", "mail.contoso.com", "contoso.com")
    presented = (leaf, certificate("CN=issuing", "CN=root"))
    defaults: dict[str, Any] = {
        "kind": "ews-wssecurity",
        "url": URL,
        "found_by": "given",
        "address": "192.0.2.1",
        "tls": TlsEntry("TLS 1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "mail.contoso.com", presented),
        "http": (HttpEntry("GET", 401, "Unauthorized", {}, ""),),
        "failure": None,
        "timings_ms": TimingsEntry(1.0, 2.0, 3.0, 4.0, 5.0, 15.0),
        "judgements": (judgement(),),
    }
    return EndpointEntry(**{**defaults, **values})


def document(target: str = "contoso.com", outcome: str = "success", **values: Any) -> ResultDocument:
    """A result of `target`."""
    defaults: dict[str, Any] = {
        "observed_at": datetime(2026, 11, 1, tzinfo=UTC),
        "trust": TrustEntry("certifi", "aa", 1, 0, 0),
        "discovery": (),
        "federation": FederationEntry("urn:contoso", ("contoso.com",), (), None),
        "endpoints": (endpoint(),),
    }
    return ResultDocument(
        tool=Tool("fedprobe", "0"),
        vantage=VantageEntry("Linux", "3.11", "OpenSSL 3"),
        target=TargetEntry(target, target),
        outcome=Outcome(outcome),
        **{**defaults, **values},
    )


def failing(kind: str, phase: str) -> EndpointEntry:
    """An endpoint whose connection broke."""
    return endpoint(
        tls=None,
        http=(),
        failure=FailureEntry(Phase(phase), FailureKind(kind), None, None, ""),
        judgements=(),
    )


@pytest.fixture
def make_document() -> MakeDocument:
    """Makes documents: `make_document("contoso.com", "failure")`."""
    return document


@pytest.fixture
def make_endpoint() -> Callable[..., EndpointEntry]:
    """Makes endpoints with the given fields changed."""
    return endpoint


@pytest.fixture
def make_judgement() -> Callable[..., JudgementEntry]:
    """Makes judgements with the given fields changed."""
    return judgement


@pytest.fixture
def make_certificate() -> Callable[..., CertificateEntry]:
    """Makes certificate entries."""
    return certificate


@pytest.fixture
def make_failing() -> Callable[[str, str], EndpointEntry]:
    """Makes endpoints that broke: `make_failing("reset", "handshake")`."""
    return failing


class Hook(ThreadingHTTPServer):
    """A webhook that keeps what it was sent and answers with `status`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _HookHandler)
        self.bodies: list[bytes] = []
        self.status = 200

    @property
    def url(self) -> str:
        """Where it takes a message; the path is the secret."""
        return f"http://127.0.0.1:{self.server_address[1]}/secret-path"


class _HookHandler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        """Keep the body."""
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A webhook on loopback."""
    with Hook() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@dataclass
class Mailbox:
    """What a mail server accepted. `refuse`: it answers so instead."""

    envelopes: list[Envelope] = field(default_factory=list)
    refuse: str | None = None
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail, as aiosmtpd asks for it."""
        if self.refuse:
            return self.refuse
        self.envelopes.append(envelope)
        return "250 taken"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        """Note who logs in, and let everybody in who knows the word."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"the word")


@pytest.fixture
def mailbox() -> Mailbox:
    """An empty mailbox."""
    return Mailbox()


@pytest.fixture
def mail_port(mailbox: Mailbox) -> Iterator[int]:
    """A mail server on loopback without encryption; its port."""
    yield from served(OnAnyPort(mailbox, hostname="127.0.0.1", port=0))


class OnAnyPort(Controller):
    """A controller that finds out which port 0 became, before it connects there to see whether it serves."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        trigger: Any = super()._trigger_server
        trigger()


def served(controller: Controller) -> Iterator[int]:
    """The port of a mail server that runs meanwhile."""
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
