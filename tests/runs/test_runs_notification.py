"""A change is told by mail and webhook, through real servers; secrets and forged lines stay out."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from probe.errors import ConfigurationError, OutputError
from probe.report.changes import Change, ChangeKind
from probe.runs.mail_server import MailServer, Security
from probe.runs.notification import (
    Mail,
    Message,
    Webhook,
    compose,
    parse_destination,
    send,
)
from probe.runs.target_change import TargetChange
from tests.runs.conftest import Hook

WHEN = datetime(2026, 11, 23, 6, tzinfo=UTC)
FLIP = TargetChange(
    "contoso.com",
    "success",
    "failure",
    WHEN,
    (Change(ChangeKind.CERTIFICATE, "the issuer changed from a to b"),),
)
CALM = TargetChange(
    "fabrikam.com", "success", "success", WHEN, (Change(ChangeKind.PROTOCOL, "the protocol changed"),)
)
MESSAGE = compose([FLIP, CALM])
OPERATORS = Mail(("ops@example.com", "mail@example.com"))
TO_MAILHOST = MailServer("localhost", "fedprobe@example.com", security=Security.NONE)


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
    yield from _served(_OnAnyPort(mailbox, hostname="127.0.0.1", port=0))


class _OnAnyPort(Controller):
    """A controller that finds out which port 0 became, before it connects there to see whether it serves."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        trigger: Any = super()._trigger_server
        trigger()


def _served(controller: Controller) -> Iterator[int]:
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost with its key, which is its own root."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("mail") / "localhost.pem"
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + pem)
    return path


@pytest.fixture
def starttls_port(mailbox: Mailbox, certificate: Path) -> Iterator[int]:
    """A mail server that wants STARTTLS and a login; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield from _served(
        _OnAnyPort(
            mailbox,
            hostname="127.0.0.1",
            port=0,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=mailbox.authenticate,
        )
    )


def _message() -> Message:
    assert MESSAGE is not None
    return MESSAGE


def test_only_flips_are_told_unless_everything_is_wanted() -> None:
    flips, everything = compose([FLIP, CALM]), compose([FLIP, CALM], all_changes=True)

    assert compose([]) is compose([CALM]) is None
    assert flips is not None
    assert everything is not None
    assert flips.subject == "probe: 1 partner changed, 1 now failing"
    assert flips.text == "contoso.com: failure (before: success)\n  - the issuer changed from a to b\n"
    assert everything.subject == "probe: 2 partners changed, 1 now failing"
    assert [change.target for change in everything.payload.changes] == ["contoso.com", "fabrikam.com"]


def test_a_message_stays_short_and_a_partner_forges_no_line() -> None:
    changes = (Change(ChangeKind.ERROR, "x\r\nBcc: y\x1b"),)
    hostile = [TargetChange(f"{n}.example", "success", "failure", WHEN, changes) for n in range(150)]
    message = compose(hostile)

    assert message is not None
    assert r"  - x Bcc: y\x1b" in message.text.splitlines()
    assert "\r" not in message.text
    assert message.text.endswith("… and 50 more: see the report\n")
    assert len(message.payload.changes) == 100


def test_a_mail_arrives(mail_port: int, mailbox: Mailbox) -> None:
    server = MailServer("127.0.0.1", "fedprobe@example.com", mail_port, Security.NONE)

    said = send(_message(), [OPERATORS], server=server)

    (envelope,) = mailbox.envelopes
    content = envelope.content
    assert isinstance(content, bytes)
    mail = message_from_bytes(content, policy=default)
    assert said == (
        "sent: mail to ops@example.com, mail@example.com: probe: 1 partner changed, 1 now failing",
    )
    assert envelope.rcpt_tos == list(OPERATORS.recipients)
    assert envelope.mail_from == "fedprobe@example.com"
    assert mail["Subject"] == _message().subject
    assert "the issuer changed from a to b" in mail.get_content()


def test_a_login_happens_only_after_starttls(starttls_port: int, mailbox: Mailbox, certificate: Path) -> None:
    server = MailServer(
        "localhost",
        "fedprobe@example.com",
        starttls_port,
        user="me",
        password="the word",
        ca_file=str(certificate),
    )

    send(_message(), [OPERATORS], server=server)

    assert mailbox.logins == [(b"me", b"the word")]
    assert len(mailbox.envelopes) == 1


def test_a_mail_server_that_nobody_vouches_for_gets_no_password(starttls_port: int, mailbox: Mailbox) -> None:
    server = MailServer("localhost", "a@example.com", starttls_port, user="me", password="the word")

    with pytest.raises(OutputError, match="CERTIFICATE_VERIFY_FAILED"):
        send(_message(), [OPERATORS], server=server)

    assert mailbox.logins == []


def test_a_password_never_crosses_the_network_in_clear() -> None:
    server = MailServer("localhost", "a@example.com", security=Security.NONE, user="me", password="the word")

    with pytest.raises(ConfigurationError, match="would cross the network readable"):
        send(_message(), [OPERATORS], server=server)
    with pytest.raises(ConfigurationError, match="no server is known"):
        send(_message(), [OPERATORS], server=None)


def test_a_refusal_is_told_in_the_words_of_the_server(mail_port: int, mailbox: Mailbox, hook: Hook) -> None:
    mailbox.refuse = "554 we do not take this"
    server = MailServer("127.0.0.1", "a@example.com", mail_port, Security.NONE)

    with pytest.raises(OutputError, match="554 we do not take this"):
        send(_message(), [OPERATORS, Webhook(hook.url)], server=server)

    assert len(hook.bodies) == 1  # the other destination was still tried


def test_a_webhook_gets_json(hook: Hook) -> None:
    said = send(_message(), [Webhook(hook.url)], server=None)

    (body,) = hook.bodies
    payload = msgspec.json.decode(body)
    assert said == ("sent: webhook at 127.0.0.1: probe: 1 partner changed, 1 now failing",)
    assert payload["schema"] == "probe.notification/1"
    assert payload["text"].startswith("probe: 1 partner changed")
    assert payload["changes"] == [
        {
            "target": "contoso.com",
            "before": "success",
            "after": "failure",
            "observed_at": "2026-11-23T06:00:00Z",
            "changes": ["the issuer changed from a to b"],
        }
    ]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_does_not_take_it_is_told_without_its_secret(status: int, hook: Hook) -> None:
    hook.status = status

    with pytest.raises(OutputError, match=f"webhook at 127.0.0.1: it answered {status}") as refused:
        send(_message(), [Webhook(hook.url)], server=None)

    assert "secret-path" not in str(refused.value)
    assert len(hook.bodies) == 1  # a redirect is not followed


def test_a_dry_run_says_what_it_would_do_and_connects_to_nothing(
    hook: Hook, mail_port: int, mailbox: Mailbox
) -> None:
    server = MailServer("127.0.0.1", "a@example.com", mail_port, Security.NONE)

    said = send(_message(), [OPERATORS, Webhook(hook.url)], server=server, dry_run=True)

    assert [line.partition(":")[0] for line in said] == ["dry run, not sent"] * 2
    assert (hook.bodies, mailbox.envelopes) == ([], [])


def test_nobody_there_is_told(hook: Hook) -> None:
    with pytest.raises(OutputError, match=r"webhook at 127\.0\.0\.1: ConnectError"):
        send(_message(), [Webhook("http://127.0.0.1:1/")], server=None)
    with pytest.raises(OutputError, match=r"mail to ops@example\.com"):
        send(_message(), [OPERATORS], server=MailServer("127.0.0.1", "a@b.c", 1, Security.NONE))


@pytest.mark.parametrize(
    ("text", "destination"),
    [
        pytest.param("mailto:a@b.example", Mail(("a@b.example",)), id="mail"),
        pytest.param(
            "mailto:a@b.example,%63@d.example", Mail(("a@b.example", "c@d.example")), id="two-mails"
        ),
        pytest.param("https://hook.example/x", Webhook("https://hook.example/x"), id="webhook"),
    ],
)
def test_destinations(text: str, destination: Mail | Webhook) -> None:
    assert parse_destination(text) == destination


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a@b.example",
        "mailto:",
        "mailto:a",
        "mailto:a@b.example%0ABcc:c@d.example",
        "ftp://x/",
        "http://[/",
    ],
)
def test_what_is_no_destination_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="mailto:ADDRESS"):
        parse_destination(text)
