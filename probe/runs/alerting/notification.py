"""The message that tells of alerts: one for a run, as mail, for chat programs, and as values for a program.

A partner's certificate, server and answers put text into it. In a mail that text is escaped; in Slack it
stands in elements of plain text, in Teams in text runs, which neither of them interprets; in our own shape it
is written so that no chat program makes a mention or a link of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.message import EmailMessage
from enum import StrEnum
from itertools import islice
from typing import Any

from msgspec import Struct, structs

from probe.escaping import one_line
from probe.judgement.model import Outcome
from probe.report import layout, letter, summary
from probe.report.json import encoded, indented
from probe.report.letter import WrittenLetter
from probe.report.summary import counted
from probe.report.templates import environment
from probe.runs.alerting.alerts import Alert, AlertKind

SCHEMA = "probe.notification/1"
# A message about thousands of partners helps nobody; the report has them all.
_MOST_IN_A_MESSAGE = 100
# Slack takes 50 blocks of 3,000 characters with a header of 150 (docs.slack.dev, Block Kit); Teams a card of
# 28 KB (learn.microsoft.com, "Create incoming webhooks").
_MOST_BLOCKS = 45
_BLOCK_CHARACTERS = 2900
_HEADER_CHARACTERS = 150
_CARD_BYTES = 24_000
_LONGEST_LINE = 600
_MOST_LETTERS = 20
_LONGEST_NAME = 80
_COLOURS = {"failure": "Attention", "success": "Good"}  # of adaptive cards
_INERT = str.maketrans({"<": "‹", ">": "›", "@": "＠", "`": "'"})


class WebhookShape(StrEnum):
    """What reads a webhook's object."""

    OURS = "json"
    SLACK = "slack"
    TEAMS = "teams"

    @property
    def words(self) -> str:
        """What it is called."""
        return {"json": "webhook", "slack": "Slack", "teams": "Teams"}[self.value]


class ChangeNotice(Struct, frozen=True):
    """One partner: outcomes, the same in words, why, who acts and how, since when, what comes next.

    `letter` is the text for who mends it, where letters are asked for.
    """

    target: str
    before: str | None
    after: str
    observed_at: datetime
    changes: tuple[str, ...]
    kind: AlertKind = AlertKind.CHANGED
    verdict_before: str = ""
    verdict: str = ""
    cause: str = ""
    logged: str = ""
    actor: str = ""
    fix: str = ""
    since: datetime | None = None
    next_at: datetime | None = None
    next_why: str = ""
    letter: str | None = None


class NotificationDocument(Struct, frozen=True):
    """What a webhook receives. `text` says everything, as chat programs show it."""

    schema: str
    text: str
    changes: tuple[ChangeNotice, ...]


class Message(Struct, frozen=True):
    """What is said: a subject line, and of each partner its heading and lines; `more` are not shown."""

    subject: str
    alerts: tuple[Alert, ...]
    more: int = 0

    @property
    def text(self) -> str:
        """All of it as plain text."""
        return "\n\n".join(_blocks(self)) + "\n"


def compose(alerts: Sequence[Alert]) -> Message | None:
    """The one message about these alerts, the worst first; None: nothing to say."""
    if not alerts:
        return None
    # Results come as they are done. What waited since an earlier run stays before what followed it.
    last = {alert.target: summary.URGENCY.index(Outcome(alert.after)) for alert in alerts}
    ordered = sorted(alerts, key=lambda alert: (last[alert.target], alert.target))
    shown = tuple(ordered[:_MOST_IN_A_MESSAGE])
    return Message(_subject(alerts), shown, len(alerts) - len(shown))


def payload(message: Message, shape: WebhookShape) -> Any:
    """The object that a webhook of this shape takes."""
    if shape is WebhookShape.SLACK:
        return _slack(message)
    return _teams(message) if shape is WebhookShape.TEAMS else document(message)


def indented_payload(message: Message, shape: WebhookShape) -> str:
    """The same as indented JSON."""
    return indented(payload(message, shape))


def document(message: Message) -> NotificationDocument:
    """Our own shape, schema `probe.notification/1`."""
    return NotificationDocument(
        schema=SCHEMA,
        text=_inert("\n\n".join((message.subject, *_blocks(message)))),
        changes=tuple(map(_notice, message.alerts)),
    )


def mail(message: Message, sender: str, recipients: Sequence[str]) -> EmailMessage:
    """The message as a mail in text and HTML, with what RFC 5322 wants of one."""
    from email.utils import formatdate, make_msgid

    made = EmailMessage()
    made["Subject"] = message.subject
    made["From"] = sender
    made["To"] = ", ".join(recipients)
    made["Date"] = formatdate(usegmt=True)
    made["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip(" >") or "localhost")
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notice answers this
    made.set_content(message.text)
    template = environment("probe.runs", markup=True).get_template("notification.html.j2")
    shown = [(heading(alert), alert.after, tuple(lines(alert))) for alert in message.alerts]
    made.add_alternative(
        template.render(subject=message.subject, alerts=shown, more=message.more), subtype="html"
    )
    for alert, written in attached(message):
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", alert.target)[:_LONGEST_NAME].strip(".-")
        made.add_attachment(letter.draft(written, alert.observed_at), filename=f"letter-{name}.eml")
    return made


def attached(message: Message) -> Iterator[tuple[Alert, WrittenLetter]]:
    """The letters that a mail carries, each ready to be opened, addressed and sent; the first 20."""
    found = ((alert, alert.letter) for alert in message.alerts if alert.letter is not None)
    yield from islice(found, _MOST_LETTERS)


def heading(alert: Alert) -> str:
    """The partner and its verdict, and the one before."""
    verdict = alert.verdict or alert.after
    before = alert.verdict_before or alert.before
    said = {
        AlertKind.FIRST_FAILURE: f"{verdict} (first check)",
        AlertKind.STILL_FAILING: f"still: {verdict}",
        AlertKind.DETAIL: f"{verdict}, as before",
        AlertKind.VANTAGE: verdict,
    }
    return one_line(f"{alert.target}: {said.get(alert.kind, f'{verdict} (before: {before})')}")


def lines(alert: Alert) -> Iterator[tuple[str, str]]:
    """What is said of a partner, as (label, text)."""
    told = (
        ("Cause", alert.cause),
        ("Logged", alert.logged),
        ("Who acts", alert.actor),
        ("What to do", alert.fix),
        ("Since", _since(alert)),
        ("Next", f"{alert.next_at:%Y-%m-%d}: {alert.next_why}" if alert.next_at is not None else ""),
        *(("Changed", str(change)) for change in alert.changes),
    )
    for label, text in told:
        if text:
            yield label, one_line(text, _LONGEST_LINE)


def _since(alert: Alert) -> str:
    if alert.since is None:
        return ""
    said = layout.minute(alert.since)
    if alert.kind is AlertKind.RECOVERED and alert.before_since is not None:
        lasted = (alert.observed_at - alert.before_since).total_seconds() / 86400
        said += f", after {counted(round(lasted), 'day')}" if lasted >= 1 else ", after less than a day"
    return said


def _subject(alerts: Sequence[Alert]) -> str:
    """How many of which kind; of a single partner what it is about."""
    # What waited since an earlier run may have changed again: the last word counts.
    last = {alert.target: alert for alert in alerts}
    if len(last) == 1:
        return one_line(f"probe: {heading(next(iter(last.values())))}", 160)
    words = Counter(map(_word, last.values()))
    return "probe: " + ", ".join(f"{count} {word}" for word, count in words.most_common())


def _word(alert: Alert) -> str:
    if alert.after == Outcome.FAILURE and alert.verdict.startswith(summary.VERDICTS[Outcome.SUCCESS]):
        return "below your limit" + (" still" if alert.kind is AlertKind.STILL_FAILING else "")
    if alert.kind is AlertKind.CHANGED:
        return "would fail now" if alert.after == "failure" else "with another verdict"
    return {
        AlertKind.FIRST_FAILURE: "would fail at the first check",
        AlertKind.RECOVERED: "recovered",
        AlertKind.STILL_FAILING: "still failing",
        AlertKind.VANTAGE: "about the machine that checks",
    }.get(alert.kind, "changed in details")


def _blocks(message: Message) -> Iterator[str]:
    for alert in message.alerts:
        yield "\n".join((heading(alert), *(f"  {label + ':':<12}{text}" for label, text in lines(alert))))
    if message.more:
        yield _more(message.more)


def _more(count: int) -> str:
    return f"… and {count} more: see the report"


def _notice(alert: Alert) -> ChangeNotice:
    own = {name: getattr(alert, name) for name in ChangeNotice.__struct_fields__ if name != "changes"}
    own["letter"] = alert.letter.text if alert.letter is not None else None
    for name in ("cause", "logged", "fix"):
        own[name] = one_line(own[name], _LONGEST_LINE)
    return ChangeNotice(**own, changes=tuple(one_line(str(change), 2000) for change in alert.changes))


def _inert(text: str) -> str:
    """Text in which no chat program finds a mention, a link or code: `<!channel>`, `@here`, `[x](url)`."""
    return text.translate(_INERT).replace("](", "] (").replace("://", "[:]//")


def _slack(message: Message) -> dict[str, Any]:
    """Blocks of plain text, which Slack shows as it is; `text` is what a notification shows."""
    alerts = message.alerts[:_MOST_BLOCKS]
    hidden = message.more + len(message.alerts) - len(alerts)
    # No alignment: the letters of a chat have different widths.
    blocks = [
        "\n".join(
            (f"{summary.MARKS[alert.after]} {heading(alert)}", *(f"{a}: {text}" for a, text in lines(alert)))
        )
        for alert in alerts
    ]
    if hidden:
        blocks.append(_more(hidden))

    def plain(text: str, limit: int) -> dict[str, Any]:
        cut = text if len(text) <= limit else text[: limit - 1] + "…"
        return {"type": "plain_text", "text": cut, "emoji": False}

    return {
        "text": _inert(message.subject),
        "blocks": [
            {"type": "header", "text": plain(message.subject, _HEADER_CHARACTERS)},
            *({"type": "section", "text": plain(block, _BLOCK_CHARACTERS)} for block in blocks),
        ],
    }


def _teams(message: Message) -> dict[str, Any]:
    """An adaptive card; text runs, because a TextBlock and a FactSet interpret Markdown."""
    alerts = message.alerts
    while True:
        made = _card(
            structs.replace(message, alerts=alerts, more=message.more + len(message.alerts) - len(alerts))
        )
        if len(encoded(made)) <= _CARD_BYTES or len(alerts) <= 1:
            return made
        alerts = alerts[: len(alerts) // 2]


def _card(message: Message) -> dict[str, Any]:
    def run(text: str, **style: Any) -> dict[str, Any]:
        return {"type": "TextRun", "text": text, **style}

    def row(*runs: dict[str, Any], **style: Any) -> dict[str, Any]:
        return {"type": "RichTextBlock", "inlines": list(runs), **style}

    body = [row(run(message.subject, weight="Bolder", size="Medium"))]
    for alert in message.alerts:
        colour = _COLOURS.get(alert.after, "Warning")
        body.append(row(run(heading(alert), weight="Bolder", color=colour), separator=True))
        for label, text in lines(alert):
            body.append(row(run(f"{label}: ", weight="Bolder"), run(text), spacing="None"))
    if message.more:
        body.append(row(run(_more(message.more)), separator=True))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [attachment]}
