"""Telling people what changed: the message, and its delivery by SMTP or to a webhook.

Nothing is sent when nothing changed. A password is used only on an encrypted connection, and stands in no
file: configuration names an environment variable. A dry run says what would be sent, and where, and
connects to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from probe.errors import ConfigurationError, OutputError
from probe.escaping import one_line
from probe.report.json import encoded
from probe.report.summary import counted
from probe.runs.mail_server import PORTS, MailServer, Security
from probe.runs.target_change import TargetChange

SCHEMA = "probe.notification/1"
_SECONDS = 20.0
_JSON = {"Content-Type": "application/json"}
# A mail about thousands of partners helps nobody; the report has them all.
_MOST_IN_A_MESSAGE = 100
_MAIL_PREFIX = "mailto:"


class Mail(Struct, frozen=True):
    """Recipients of a mail."""

    recipients: tuple[str, ...]

    def __str__(self) -> str:
        return f"mail to {', '.join(self.recipients)}"


class Webhook(Struct, frozen=True):
    """A URL that takes a JSON object by POST. It often holds a secret, so only its host is ever shown."""

    url: str

    @property
    def host(self) -> str:
        """The host of the URL."""
        return urlsplit(self.url).hostname or ""

    def __str__(self) -> str:
        return f"webhook at {self.host}"


Destination = Mail | Webhook
Say = Callable[[str], None]
"""Takes a line of a log."""


class ChangeNotice(Struct, frozen=True):
    """One partner that changed, in words."""

    target: str
    before: str
    after: str
    observed_at: datetime
    changes: tuple[str, ...]


class NotificationDocument(Struct, frozen=True):
    """What a webhook receives. `text` says everything, as chat programs show it."""

    schema: str
    text: str
    changes: tuple[ChangeNotice, ...]


class Message(Struct, frozen=True):
    """What is said: a subject line, a text, and the same as values for a program."""

    subject: str
    text: str
    payload: NotificationDocument


def parse_destination(text: str) -> Destination:
    """The destination that `mailto:a@contoso.com,b@contoso.com` or an http(s) URL names.

    Raises:
        ConfigurationError: it is neither.
    """
    if text.startswith(_MAIL_PREFIX):
        recipients = tuple(unquote(part).strip() for part in text.removeprefix(_MAIL_PREFIX).split(","))
        if all(_is_address(recipient) for recipient in recipients):
            return Mail(recipients)
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme in {"http", "https"} and parts.hostname:
        return Webhook(text)
    raise ConfigurationError(
        "--notify takes mailto:ADDRESS[,ADDRESS] or the https URL of a webhook (or env:NAME that holds one)"
    )


def compose(changes: Sequence[TargetChange], *, all_changes: bool = False) -> Message | None:
    """The message about targets whose verdict flipped, or about every change; None: nothing to say."""
    told = [change for change in changes if all_changes or change.verdict_flipped]
    if not told:
        return None
    # What waited since an earlier run may have changed again: the last word counts.
    last = {change.target: change for change in told}.values()
    worse = sum(change.verdict_flipped and change.after == "failure" for change in last)
    subject = f"probe: {counted(len(last), 'partner')} changed" + (f", {worse} now failing" if worse else "")
    blocks = [_block(change) for change in told[:_MOST_IN_A_MESSAGE]]
    if len(told) > _MOST_IN_A_MESSAGE:
        blocks.append(f"… and {len(told) - _MOST_IN_A_MESSAGE} more: see the report")
    payload = NotificationDocument(
        schema=SCHEMA,
        text="\n\n".join((subject, *blocks)),
        changes=tuple(_notice(change) for change in told[:_MOST_IN_A_MESSAGE]),
    )
    return Message(subject, "\n\n".join(blocks) + "\n", payload)


def send(
    message: Message, destinations: Sequence[Destination], *, server: MailServer | None, dry_run: bool = False
) -> tuple[str, ...]:
    """Send a message to each destination; returns one line for each: what was (or would be) done.

    Raises:
        ConfigurationError: mail is wanted and no server is configured, or a password would go in clear.
        OutputError: a destination refused it; the others were still tried.
    """
    done, failed = [], []
    for destination in destinations:
        ready = check_server([destination], server)
        where = str(destination)
        if dry_run:
            done.append(f"dry run, not sent: {where}: {message.subject}")
            continue
        try:
            if isinstance(destination, Mail) and ready is not None:
                _mail(message, destination, ready)
            elif isinstance(destination, Webhook):
                _post(message, destination)
            done.append(f"sent: {where}: {message.subject}")
        except (OSError, OutputError) as refused:
            failed.append(f"{where}: {refused}")
    if failed:
        raise OutputError("the notification could not be delivered: " + "; ".join(failed))
    return tuple(done)


def check_server(destinations: Sequence[Destination], server: MailServer | None) -> MailServer | None:
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


def _mail(message: Message, destination: Mail, server: MailServer) -> None:
    # Deferred: no run without a notification needs them.
    import smtplib
    import ssl
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["Subject"] = message.subject
    mail["From"] = server.sender
    mail["To"] = ", ".join(destination.recipients)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notice answers this
    mail.set_content(message.text)
    port = server.port or PORTS[server.security]
    context = ssl.create_default_context(cafile=server.ca_file)
    try:
        if server.security is Security.TLS:
            session: smtplib.SMTP = smtplib.SMTP_SSL(server.host, port, timeout=_SECONDS, context=context)
        else:
            session = smtplib.SMTP(server.host, port, timeout=_SECONDS)
        with session:
            if server.security is Security.STARTTLS:
                session.starttls(context=context)
            if server.user is not None and server.password is not None:
                session.login(server.user, server.password)
            session.send_message(mail)
    except smtplib.SMTPException as refused:
        raise OutputError(f"{server.host}:{port}: {_smtp_words(refused)}") from None


def _smtp_words(refused: Exception) -> str:
    """The server's own words, without the reply object's Python spelling."""
    code, said = getattr(refused, "smtp_code", None), getattr(refused, "smtp_error", b"")
    if code is None:
        return str(refused) or type(refused).__name__
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{code} {text}"


def _post(message: Message, destination: Webhook) -> None:
    import httpx

    try:
        answer = httpx.post(
            destination.url,
            content=encoded(message.payload),
            headers=_JSON,
            timeout=_SECONDS,
            follow_redirects=False,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as failed:
        raise OutputError(f"{type(failed).__name__}: {failed}") from None
    if not answer.is_success:
        raise OutputError(f"it answered {answer.status_code} {answer.reason_phrase}")


def _is_address(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    return bool(local and domain) and text.isprintable() and not set(text) & set(' ,;<>"\r\n')


def _block(change: TargetChange) -> str:
    head = f"{change.target}: {change.after}"
    if change.verdict_flipped:
        head += f" (before: {change.before})"
    lines = (f"  - {one_line(str(item), 2000)}" for item in change.changes)
    return "\n".join((one_line(head), *lines))


def _notice(change: TargetChange) -> ChangeNotice:
    lines = tuple(one_line(str(item), 2000) for item in change.changes)
    return ChangeNotice(change.target, change.before, change.after, change.observed_at, lines)
