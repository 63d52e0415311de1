"""Where alerts go, and how they get there: SMTP, and the webhooks of chat programs or of one's own.

A password is used only on an encrypted connection, and stands in no file: configuration names an environment
variable. Whoever takes a message gets a bounded time to answer, and what it answers is not read beyond the
headers. The URL of a webhook is a secret: only its host is ever shown.
"""

from __future__ import annotations

import asyncio
import enum
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from probe.errors import ConfigurationError, OutputError
from probe.report.json import encoded
from probe.runs.alerting import notification
from probe.runs.alerting.notification import Message, WebhookShape
from probe.workers import WorkerPool

# For a whole delivery, whatever the other side does meanwhile.
SECONDS = 20.0
# A conversation that nobody waits for any more ends by the timeout of its socket, or with the program.
_MAILING = WorkerPool("mail", size=4)
_JSON = {"Content-Type": "application/json"}
_MAIL_PREFIX = "mailto:"
_SLACK_HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")
# Incoming webhooks of Microsoft 365 connectors, and the workflows of Power Automate that replace them.
_TEAMS_HOSTS = ("webhook.office.com", "logic.azure.com", "api.powerplatform.com", "outlook.office.com")


class Security(enum.StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `port` 0: the usual one. `ca_file`: roots for a server of one's own."""

    host: str
    sender: str
    port: int = 0
    security: Security = Security.STARTTLS
    user: str | None = None
    password: str | None = None
    ca_file: str | None = None


class Mail(Struct, frozen=True):
    """Recipients of a mail."""

    recipients: tuple[str, ...]

    def __str__(self) -> str:
        return f"mail to {', '.join(self.recipients)}"


class Webhook(Struct, frozen=True):
    """A URL that takes a JSON object by POST, in the shape that its program reads."""

    url: str
    shape: WebhookShape = WebhookShape.OURS

    @property
    def host(self) -> str:
        """The host of the URL."""
        return urlsplit(self.url).hostname or ""

    def __str__(self) -> str:
        return f"{self.shape.words} at {self.host}"


Destination = Mail | Webhook


def parse_destination(text: str) -> Destination:
    """The destination of `mailto:a@contoso.com,b@contoso.com`, a URL, `slack:URL`, `teams:URL` or `json:URL`.

    Without a name in front a webhook's host tells what it is.

    Raises:
        ConfigurationError: it is none of these.
    """
    if text.startswith(_MAIL_PREFIX):
        recipients = tuple(unquote(part).strip() for part in text.removeprefix(_MAIL_PREFIX).split(","))
        if all(_is_address(recipient) for recipient in recipients):
            return Mail(recipients)
    name, _, named = text.partition(":")
    shape = next((shape for shape in WebhookShape if shape.value == name), None)
    url = text if shape is None else named
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme in {"http", "https"} and parts.hostname:
        return Webhook(url, shape or _shape_of(parts.hostname))
    raise ConfigurationError(
        "--notify takes mailto:ADDRESS[,ADDRESS], the https URL of a webhook (slack:, teams: or json: in "
        "front names its shape), or env:NAME that holds one of these"
    )


def _shape_of(host: str) -> WebhookShape:
    def is_of(hosts: tuple[str, ...]) -> bool:
        return any(host == known or host.endswith(f".{known}") for known in hosts)

    return (
        WebhookShape.SLACK
        if is_of(_SLACK_HOSTS)
        else WebhookShape.TEAMS
        if is_of(_TEAMS_HOSTS)
        else WebhookShape.OURS
    )


def _is_address(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    return bool(local and domain) and text.isprintable() and not set(text) & set(' ,;<>"\r\n')


def check_server(destinations: tuple[Destination, ...], server: MailServer | None) -> MailServer | None:
    """The server, if one of the destinations needs it, fit to be used; None if none does.

    Raises:
        ConfigurationError: there is none, or a password would cross the network in clear.
    """
    if not any(isinstance(destination, Mail) for destination in destinations):
        return None
    if server is None:
        raise ConfigurationError(
            "mail is to be sent, and no server is known: write smtp_server and smtp_from into [notify] "
            "of the configuration file"
        )
    if server.password is not None and server.security is Security.NONE:
        raise ConfigurationError(
            'smtp_password would cross the network readable: set smtp_security to "starttls" or "tls"'
        )
    return server


def send(message: Message, destination: Destination, *, server: MailServer | None) -> str:
    """Send a message; returns a line that says so.

    Raises:
        ConfigurationError: mail is wanted and no server is configured, or a password would go in clear.
        OutputError: the destination refused it, or was too slow.
    """
    ready = check_server((destination,), server)
    try:
        if isinstance(destination, Mail) and ready is not None:
            _mail(message, destination, ready)
        elif isinstance(destination, Webhook):
            asyncio.run(_post(message, destination))
    except (OSError, OutputError) as refused:
        raise OutputError(f"the notification could not be delivered: {destination}: {refused}") from None
    return f"sent: {destination}: {message.subject}"


def rehearsed(message: Message, destination: Destination) -> str:
    """What would be sent there, whole, in words and as a webhook would get it."""
    said = f"dry run, not sent: {destination}: {message.subject}\n{message.text}"
    if isinstance(destination, Mail):
        letters = notification.attached(message)
        return said + "".join(f"\nattached: {one.subject}\n\n{one.text}" for _, one in letters)
    if destination.shape is WebhookShape.OURS:
        return said
    return said + notification.indented_payload(message, destination.shape)


def _mail(message: Message, destination: Mail, server: MailServer) -> None:
    """Hand the message in, within a time that bounds the whole conversation and not each word of it."""

    async def within_its_time() -> None:
        async with asyncio.timeout(SECONDS):
            await _MAILING.run(lambda: _hand_in(message, destination, server))

    try:
        asyncio.run(within_its_time())
    except TimeoutError:
        raise OutputError(f"{server.host} did not take the mail within {SECONDS:g} s") from None


def _hand_in(message: Message, destination: Mail, server: MailServer) -> None:
    # Deferred: no run without a notification needs them.
    import smtplib
    import ssl

    port = server.port or PORTS[server.security]
    context = ssl.create_default_context(cafile=server.ca_file)
    try:
        if server.security is Security.TLS:
            session: smtplib.SMTP = smtplib.SMTP_SSL(server.host, port, timeout=SECONDS, context=context)
        else:
            session = smtplib.SMTP(server.host, port, timeout=SECONDS)
        with session:
            if server.security is Security.STARTTLS:
                session.starttls(context=context)
            if server.user is not None and server.password is not None:
                session.login(server.user, server.password)
            session.send_message(notification.mail(message, server.sender, destination.recipients))
    except smtplib.SMTPException as refused:
        raise OutputError(f"{server.host}:{port}: {_smtp_words(refused)}") from None


def _smtp_words(refused: Exception) -> str:
    """The server's own words, without the reply object's Python spelling."""
    code, said = getattr(refused, "smtp_code", None), getattr(refused, "smtp_error", b"")
    if code is None:
        return str(refused) or type(refused).__name__
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{code} {text}"


async def _post(message: Message, destination: Webhook) -> None:
    """Hand the message in. The body of the answer is never read."""
    import httpx

    content = encoded(notification.payload(message, destination.shape))
    method: Literal["POST"] = "POST"
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(timeout=SECONDS, follow_redirects=False) as client,
            client.stream(method, destination.url, content=content, headers=_JSON) as answer,
        ):
            status, success, reason = answer.status_code, answer.is_success, answer.reason_phrase
    except TimeoutError:
        raise OutputError(f"it did not answer within {SECONDS:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL) as failed:
        raise OutputError(f"{type(failed).__name__}: {failed}") from None
    if not success:
        raise OutputError(f"it answered {status} {reason}")
