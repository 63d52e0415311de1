"""A change is told by mail and webhook, through real servers; secrets and forged lines stay out."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import structs

from probe.errors import ConfigurationError, OutputError
from probe.report.differences import ChangeKind, ReportedChange
from probe.runs.alerting import sending
from probe.runs.alerting.alerts import Alert, AlertKind
from probe.runs.alerting.notification import Message, WebhookShape, compose, document, payload
from probe.runs.alerting.sending import (
    Destination,
    Mail,
    MailServer,
    Security,
    Webhook,
    parse_destination,
    rehearsed,
    send,
)
from tests.runs.conftest import Hook, Mailbox, OnAnyPort, served

WHEN = datetime(2026, 11, 23, 6, tzinfo=UTC)
FLIP = Alert(
    "contoso.com",
    "success",
    "failure",
    WHEN,
    (ReportedChange(ChangeKind.CERTIFICATE, "the issuer changed from a to b"),),
    verdict_before="would succeed",
    verdict="would fail",
    cause="The root CN=b is in no trust store of the caller.",
    logged="System.Net.WebException: no trust",
    actor="you, the calling side",
    fix="Import the root CN=b into Trusted Root Certification Authorities.",
    since=WHEN,
    next_at=datetime(2027, 1, 1, tzinfo=UTC),
    next_why="the first certificate expires",
)
CALM = Alert(
    "fabrikam.com",
    "success",
    "success",
    WHEN,
    (ReportedChange(ChangeKind.PROTOCOL, "the protocol changed"),),
    AlertKind.DETAIL,
    verdict="would succeed",
)
MESSAGE = compose([FLIP, CALM])
SUBJECT = "probe: 1 would fail now, 1 changed in details"
TEXT = """contoso.com: would fail (before: would succeed)
  Cause:      The root CN=b is in no trust store of the caller.
  Logged:     System.Net.WebException: no trust
  Who acts:   you, the calling side
  What to do: Import the root CN=b into Trusted Root Certification Authorities.
  Since:      2026-11-23 06:00 UTC
  Next:       2027-01-01: the first certificate expires
  Changed:    the issuer changed from a to b

fabrikam.com: would succeed, as before
  Changed:    the protocol changed
"""
# What chat programs would make a mention, a link or code of.
HOSTILE = "<!channel> <https://evil.example|your bank> @here [click](https://evil.example) `x` &amp; *b*"
OPERATORS = Mail(("ops@example.com", "mail@example.com"))
TO_MAILHOST = MailServer("localhost", "fedprobe@example.com", security=Security.NONE)


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
    yield from served(
        OnAnyPort(
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


def test_a_message_says_of_each_partner_what_there_is_to_know() -> None:
    assert compose([]) is None
    assert (_message().subject, _message().text) == (SUBJECT, TEXT)
    one = compose([FLIP])
    assert one is not None
    assert one.subject == "probe: contoso.com: would fail (before: would succeed)"


def test_the_subject_counts_each_partner_once_with_its_last_word() -> None:
    back = structs.replace(FLIP, before="failure", after="success", kind=AlertKind.RECOVERED)
    others = [
        structs.replace(FLIP, target="a.example", kind=AlertKind.FIRST_FAILURE),
        structs.replace(FLIP, target="b.example", kind=AlertKind.STILL_FAILING),
        structs.replace(FLIP, target="c.example", after="warning"),
    ]
    message = compose([FLIP, back, *others])
    assert message is not None
    assert message.subject == (
        "probe: 1 recovered, 1 would fail at the first check, 1 still failing, 1 with another verdict"
    )


def test_a_recovery_says_how_long_it_lasted() -> None:
    back = structs.replace(
        FLIP,
        after="success",
        verdict="would succeed",
        verdict_before="would fail",
        kind=AlertKind.RECOVERED,
        before_since=WHEN - timedelta(days=3),
    )
    message = compose([back])
    assert message is not None
    assert "contoso.com: would succeed (before: would fail)\n" in message.text
    assert "Since:      2026-11-23 06:00 UTC, after 3 days\n" in message.text


def test_a_message_stays_short_and_a_partner_forges_no_line() -> None:
    changes = (ReportedChange(ChangeKind.ERROR, "x\r\nBcc: y\x1b"),)
    hostile = [Alert(f"{n}.example", "success", "failure", WHEN, changes) for n in range(150)]
    message = compose(hostile)

    assert message is not None
    assert r"  Changed:    x Bcc: y\x1b" in message.text.splitlines()
    assert "\r" not in message.text
    assert message.text.endswith("… and 50 more: see the report\n")
    assert len(document(message).changes) == 100


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """Every text of a payload with the type of the element that holds it."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value.get("type", "top"), value["text"]
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


@pytest.mark.parametrize("shape", list(WebhookShape))
def test_nothing_that_a_partner_writes_is_live_in_a_chat(shape: WebhookShape) -> None:
    message = compose([structs.replace(FLIP, target=HOSTILE, cause=HOSTILE, fix=HOSTILE, logged=HOSTILE)])
    assert message is not None
    made = msgspec.to_builtins(payload(message, shape))
    live = [(kind, text) for kind, text in _texts(made) if kind not in ("plain_text", "TextRun")]
    assert live or shape is WebhookShape.TEAMS
    for _, text in live:
        assert not set("<>@`") & set(text)
        assert "](" not in text
        assert "://" not in text


def test_slack_gets_blocks_within_its_limits() -> None:
    many = compose([structs.replace(FLIP, target=f"{n}.example", cause="x" * 5000) for n in range(120)])
    assert many is not None
    made = payload(many, WebhookShape.SLACK)
    assert len(made["blocks"]) <= 50
    assert all(len(block["text"]["text"]) <= 3000 for block in made["blocks"])
    assert len(made["blocks"][0]["text"]["text"]) <= 150
    assert made["blocks"][-1]["text"]["text"] == "… and 75 more: see the report"


def test_teams_gets_an_adaptive_card_within_its_limit() -> None:
    many = compose([structs.replace(FLIP, target=f"{n}.example", cause="é" * 5000) for n in range(120)])
    assert many is not None
    made = payload(many, WebhookShape.TEAMS)
    (attachment,) = made["attachments"]
    assert (made["type"], attachment["content"]["type"]) == ("message", "AdaptiveCard")
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert len(msgspec.json.encode(made)) <= 28_000
    last = attachment["content"]["body"][-1]["inlines"][0]["text"]
    assert last.endswith("more: see the report")


def test_a_mail_arrives(mail_port: int, mailbox: Mailbox) -> None:
    server = MailServer("127.0.0.1", "fedprobe@example.com", mail_port, Security.NONE)

    said = send(_message(), OPERATORS, server=server)

    (envelope,) = mailbox.envelopes
    content = envelope.content
    assert isinstance(content, bytes)
    mail = message_from_bytes(content, policy=default)
    assert said == f"sent: mail to ops@example.com, mail@example.com: {SUBJECT}"
    assert envelope.rcpt_tos == list(OPERATORS.recipients)
    assert envelope.mail_from == "fedprobe@example.com"
    assert mail["Subject"] == _message().subject
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == TEXT
    assert "Import the root CN=b" in html.get_content()
    assert parsedate_to_datetime(mail["Date"]).tzinfo is not None
    assert mail["Message-ID"].endswith("@example.com>")


def test_a_partner_puts_no_markup_into_a_mail(mail_port: int, mailbox: Mailbox) -> None:
    server = MailServer("127.0.0.1", "fedprobe@example.com", mail_port, Security.NONE)
    message = compose([structs.replace(FLIP, cause="<img src=x onerror=alert(1)>\r\nBcc: a@b.example")])
    assert message is not None

    send(message, OPERATORS, server=server)

    content = mailbox.envelopes[0].content
    assert isinstance(content, bytes)
    html = message_from_bytes(content, policy=default).get_body(("html",))
    assert html is not None
    assert "<img" not in html.get_content()
    assert mailbox.envelopes[0].rcpt_tos == list(OPERATORS.recipients)


def test_a_login_happens_only_after_starttls(starttls_port: int, mailbox: Mailbox, certificate: Path) -> None:
    server = MailServer(
        "localhost",
        "fedprobe@example.com",
        starttls_port,
        user="me",
        password="the word",
        ca_file=str(certificate),
    )

    send(_message(), OPERATORS, server=server)

    assert mailbox.logins == [(b"me", b"the word")]
    assert len(mailbox.envelopes) == 1


def test_a_mail_server_that_nobody_vouches_for_gets_no_password(starttls_port: int, mailbox: Mailbox) -> None:
    server = MailServer("localhost", "a@example.com", starttls_port, user="me", password="the word")

    with pytest.raises(OutputError, match="CERTIFICATE_VERIFY_FAILED"):
        send(_message(), OPERATORS, server=server)

    assert mailbox.logins == []


def test_a_password_never_crosses_the_network_in_clear() -> None:
    server = MailServer("localhost", "a@example.com", security=Security.NONE, user="me", password="the word")

    with pytest.raises(ConfigurationError, match="would cross the network readable"):
        send(_message(), OPERATORS, server=server)
    with pytest.raises(ConfigurationError, match="no server is known"):
        send(_message(), OPERATORS, server=None)


def test_a_refusal_is_told_in_the_words_of_the_server(mail_port: int, mailbox: Mailbox) -> None:
    mailbox.refuse = "554 we do not take this"
    server = MailServer("127.0.0.1", "a@example.com", mail_port, Security.NONE)

    with pytest.raises(OutputError, match="554 we do not take this"):
        send(_message(), OPERATORS, server=server)


def test_a_webhook_gets_json(hook: Hook) -> None:
    said = send(_message(), Webhook(hook.url), server=None)

    (body,) = hook.bodies
    sent = msgspec.json.decode(body)
    assert said == f"sent: webhook at 127.0.0.1: {SUBJECT}"
    assert sent["schema"] == "probe.notification/1"
    assert sent["text"].startswith(f"{SUBJECT}\n\ncontoso.com: would fail (before: would succeed)\n")
    first = sent["changes"][0]
    assert (first["target"], first["before"], first["after"]) == ("contoso.com", "success", "failure")
    assert (first["verdict_before"], first["verdict"]) == ("would succeed", "would fail")
    assert (first["actor"], first["next_at"]) == ("you, the calling side", "2027-01-01T00:00:00Z")
    assert first["changes"] == ["the issuer changed from a to b"]


@pytest.mark.parametrize("shape", [WebhookShape.SLACK, WebhookShape.TEAMS])
def test_a_chat_program_gets_its_own_shape(shape: WebhookShape, hook: Hook) -> None:
    assert send(_message(), Webhook(hook.url, shape), server=None).startswith(f"sent: {shape.words} at")
    assert msgspec.json.decode(hook.bodies[0]) == msgspec.to_builtins(payload(_message(), shape))


class _Endless:
    """A webhook that goes on for ever with the same bytes, so many a time, after what it says first."""

    def __init__(self, first: bytes, again: bytes, pause: float) -> None:
        self._first, self._again, self._pause = first, again, pause
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stop = threading.Event()
        self.sent = 0
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/x"

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        peer, _ = self._listener.accept()
        with peer:
            try:
                if self._first:  # a mail server speaks first
                    peer.recv(65536)
                    peer.sendall(self._first)
                while not self._stop.wait(self._pause):
                    peer.sendall(self._again)
                    self.sent += len(self._again)
            except OSError:
                pass


@pytest.fixture
def endless(request: pytest.FixtureRequest) -> Iterator[_Endless]:
    """A webhook of the parameters given."""
    server = _Endless(*request.param)
    yield server
    server.close()


GREETING = (b"", b"220-a\r\n", 0.05)
DRIP = (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", 0.05)
FLOOD = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"10000\r\n" + b"x" * 65536 + b"\r\n",
    0.001,
)


@pytest.mark.parametrize("endless", [pytest.param(DRIP, id="a-header-at-a-time")], indirect=True)
def test_a_webhook_that_never_ends_its_answer_is_given_up(
    endless: _Endless, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.4)
    with pytest.raises(OutputError, match=r"webhook at 127\.0\.0\.1: it did not answer within 0\.4 s"):
        send(_message(), Webhook(endless.url), server=None)


@pytest.mark.parametrize("endless", [pytest.param(GREETING, id="a-greeting-without-end")], indirect=True)
def test_a_mail_server_that_never_comes_to_an_end_is_given_up(
    endless: _Endless, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.4)
    server = MailServer("127.0.0.1", "a@example.com", endless.port, Security.NONE)
    with pytest.raises(OutputError, match=r"127\.0\.0\.1 did not take the mail within 0\.4 s"):
        send(_message(), OPERATORS, server=server)


@pytest.mark.parametrize("endless", [pytest.param(FLOOD, id="a-body-without-end")], indirect=True)
def test_the_body_of_an_answer_is_not_read(endless: _Endless) -> None:
    assert send(_message(), Webhook(endless.url), server=None).startswith("sent: webhook")
    assert endless.sent < 64 * 1024 * 1024


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_does_not_take_it_is_told_without_its_secret(status: int, hook: Hook) -> None:
    hook.status = status

    with pytest.raises(OutputError, match=f"webhook at 127.0.0.1: it answered {status}") as refused:
        send(_message(), Webhook(hook.url), server=None)

    assert "secret-path" not in str(refused.value)
    assert len(hook.bodies) == 1  # a redirect is not followed


@pytest.mark.parametrize(
    ("destination", "holds"),
    [
        pytest.param(OPERATORS, "  Who acts:   you, the calling side", id="mail"),
        pytest.param(Webhook("https://slack.com/secret", WebhookShape.SLACK), '"plain_text"', id="slack"),
        pytest.param(
            Webhook("https://x.logic.azure.com/secret", WebhookShape.TEAMS), '"AdaptiveCard"', id="teams"
        ),
    ],
)
def test_a_rehearsal_shows_the_whole_message_and_no_secret(destination: Destination, holds: str) -> None:
    said = rehearsed(_message(), destination)
    assert said.startswith(f"dry run, not sent: {destination}: {SUBJECT}\n{TEXT}")
    assert holds in said
    assert "secret" not in said


def test_nobody_there_is_told(hook: Hook) -> None:
    with pytest.raises(OutputError, match=r"webhook at 127\.0\.0\.1: ConnectError"):
        send(_message(), Webhook("http://127.0.0.1:1/"), server=None)
    with pytest.raises(OutputError, match=r"mail to ops@example\.com"):
        send(_message(), OPERATORS, server=MailServer("127.0.0.1", "a@b.c", 1, Security.NONE))


@pytest.mark.parametrize(
    ("text", "destination"),
    [
        pytest.param("mailto:a@b.example", Mail(("a@b.example",)), id="mail"),
        pytest.param(
            "mailto:a@b.example,%63@d.example", Mail(("a@b.example", "c@d.example")), id="two-mails"
        ),
        pytest.param("https://hook.example/x", Webhook("https://hook.example/x"), id="webhook"),
        pytest.param(
            "https://hooks.slack.com/services/x",
            Webhook("https://hooks.slack.com/services/x", WebhookShape.SLACK),
            id="slack-by-its-host",
        ),
        pytest.param(
            "https://contoso.webhook.office.com/x",
            Webhook("https://contoso.webhook.office.com/x", WebhookShape.TEAMS),
            id="teams-by-its-host",
        ),
        pytest.param(
            "https://evil-hooks.slack.com.example/x",
            Webhook("https://evil-hooks.slack.com.example/x"),
            id="a-host-that-only-looks-so",
        ),
        pytest.param(
            "slack:https://chat.example/x", Webhook("https://chat.example/x", WebhookShape.SLACK), id="named"
        ),
        pytest.param(
            "json:https://hooks.slack.com/x", Webhook("https://hooks.slack.com/x"), id="named-otherwise"
        ),
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
