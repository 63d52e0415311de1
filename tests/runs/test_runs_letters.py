"""Letters that go out with a notification: only when asked for, as drafts, and never about what is well."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from probe.__main__ import main
from probe.cli.commands.lab import write_stores
from probe.lab.partner import Partner
from probe.report.letter import WrittenLetter
from probe.runs.alerting import alerts
from probe.runs.alerting.alerts import Alert, AlertKind
from probe.runs.alerting.notification import WebhookShape, attached, compose, mail, payload
from tests.runs.conftest import Hook, Mailbox

URL = "https://mail.partner.lab/ews/exchange.asmx"
WHEN = datetime(2026, 11, 23, 6, tzinfo=UTC)
LETTER = WrittenLetter("The certificate of mail.contoso.com", "Dear colleague,\n", "<p>Dear colleague,</p>")
FAILS = Alert("contoso.com", "success", "failure", WHEN, verdict="would fail", letter=LETTER)


def _mails(mailbox: Mailbox) -> list[Any]:
    return [message_from_bytes(one.original_content or b"", policy=default) for one in mailbox.envelopes]


def _letters(mailbox: Mailbox) -> list[str]:
    """The subjects of the letters that the mails carry."""
    return [str(part.get_content()["Subject"]) for one in _mails(mailbox) for part in one.iter_attachments()]


@pytest.fixture
def mail_server(mail_port: int, check: Callable[..., int]) -> None:
    """A configuration in the current folder that names the mail server."""
    Path("probe.toml").write_text(
        f'[notify]\nsmtp_server = "127.0.0.1"\nsmtp_port = {mail_port}\nsmtp_security = "none"\n'
        'smtp_from = "probe@example.com"\n'
    )


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int]]:
    """`probe check` of one lab partner with a history, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with ExitStack() as stack:

        def checked(fault: str, *options: str) -> int:
            partner = stack.enter_context(Partner(fault))
            trust = [
                word
                for spec in write_stores(partner.trust, tmp_path / f"{fault}.pem")
                for word in ("--trust", spec)
            ]
            reach = ["--connect-to", f"::127.0.0.1:{partner.port}", "-4", "--timeout", "5"]
            return main(["check", URL, *reach, *trust, "--history", "h", *options])

        yield checked


def test_a_mail_carries_the_letter_as_a_draft() -> None:
    message = compose([FAILS])
    assert message is not None

    made: Any = message_from_bytes(
        mail(message, "probe@x.example", ["a@x.example"]).as_bytes(), policy=default
    )
    (part,) = made.iter_attachments()
    draft = part.get_content()

    assert part.get_filename() == "letter-contoso.com.eml"
    assert (draft["Subject"], draft["X-Unsent"], draft["To"]) == (LETTER.subject, "1", None)
    assert draft.get_body(("plain",)).get_content() == LETTER.text
    assert draft.get_body(("html",)).get_content().strip() == LETTER.html
    assert made.get_body(("plain",)).get_content() == message.text


@pytest.mark.parametrize(
    ("target", "name"),
    [
        pytest.param(
            "https://mail.contoso.com:444/ews", "letter-https-mail.contoso.com-444-ews.eml", id="url"
        ),
        pytest.param('..\\"x\r\nBcc: y', "letter-x-Bcc-y.eml", id="hostile"),
        pytest.param("a" * 300 + ".example", f"letter-{'a' * 80}.eml", id="long"),
    ],
)
def test_the_name_of_an_attached_letter_is_harmless(target: str, name: str) -> None:
    message = compose([Alert(target, "success", "failure", WHEN, letter=LETTER)])
    assert message is not None
    (part,) = mail(message, "probe@x.example", ["a@x.example"]).iter_attachments()
    assert part.get_filename() == name


def test_a_message_carries_at_most_twenty_letters() -> None:
    message = compose([FAILS] * 30)
    assert message is not None
    assert len(list(attached(message))) == 20


@pytest.mark.parametrize(
    ("shape", "letters"),
    [
        pytest.param(WebhookShape.OURS, 1, id="ours"),
        pytest.param(WebhookShape.SLACK, 0, id="slack"),
        pytest.param(WebhookShape.TEAMS, 0, id="teams"),
    ],
)
def test_only_a_webhook_of_ones_own_gets_the_text(shape: WebhookShape, letters: int) -> None:
    message = compose([alerts.loads(alerts.dumps(FAILS))])
    assert message is not None
    assert json.dumps(payload(message, shape), default=lambda made: made.changes[0].letter).count(
        "Dear colleague"
    ) == (letters)


@pytest.mark.parametrize(
    ("kind", "after", "wanted"),
    [
        pytest.param(AlertKind.FIRST_FAILURE, "failure", True, id="first-failure"),
        pytest.param(AlertKind.CHANGED, "failure", True, id="fails-now"),
        pytest.param(AlertKind.CHANGED, "warning", True, id="warns-now"),
        pytest.param(AlertKind.CHANGED, "unknown", False, id="cannot-be-told"),
        pytest.param(AlertKind.STILL_FAILING, "failure", True, id="still-fails"),
        pytest.param(AlertKind.RECOVERED, "warning", False, id="recovered"),
        pytest.param(AlertKind.DETAIL, "failure", False, id="a-detail"),
    ],
)
def test_a_letter_is_for_what_somebody_has_to_change(kind: AlertKind, after: str, wanted: bool) -> None:
    assert Alert("contoso.com", None, after, WHEN, kind=kind).calls_for_a_letter is wanted


def test_a_run_sends_letters_only_when_asked(
    check: Callable[..., int], mail_server: None, mailbox: Mailbox
) -> None:
    to = ("--notify", "mailto:ops@example.com")
    assert check("wrong-name", *to) == 2
    assert (len(mailbox.envelopes), _letters(mailbox)) == (1, [])
    Path("h").unlink()
    assert check("wrong-name", *to, "--notify-letter", "--language", "de") == 2
    (subject,) = _letters(mailbox)
    assert "mail.partner.lab" in subject
    assert check("healthy", *to, "--notify-letter") == 0
    assert (len(mailbox.envelopes), _letters(mailbox)) == (
        3,
        [subject],
    )  # of a recovery there is nothing to write


def test_a_rehearsal_shows_the_letter(
    check: Callable[..., int], mail_server: None, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    check("wrong-name", "--notify", "mailto:ops@example.com", "--notify-letter", "--notify-dry-run", "-q")
    shown = capsys.readouterr().err
    assert "\nattached: " in shown
    assert "openssl s_client -connect mail.partner.lab:443" in shown
    assert mailbox.envelopes == []


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        pytest.param(["--notify-letter"], 64, "give --notify WHOM", id="nobody-to-send-it-to"),
        pytest.param(
            ["--notify", "https://h.example/", "--notify-letter", "--letter-template", "broken.j2"],
            64,
            "the template of the letter cannot be used",
            id="broken-template",
        ),
        pytest.param(
            ["--notify", "https://h.example/", "--notify-letter", "--letter-template", "missing.j2"],
            66,
            "missing.j2",
            id="missing-template",
        ),
    ],
)
def test_a_mistake_is_found_before_the_run(
    check: Callable[..., int], capsys: pytest.CaptureFixture[str], options: list[str], code: int, said: str
) -> None:
    Path("broken.j2").write_text("{{ letters")
    assert check("healthy", *options) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_a_template_that_fails_with_a_result_loses_no_alert(
    check: Callable[..., int], hook: Hook, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("odd.j2").write_text("{{ letters[0].nothing.there }}")
    assert check("wrong-name", "--notify", hook.url, "--notify-letter", "--letter-template", "odd.j2") == 2
    assert "no letter: the template of the letter cannot be used" in capsys.readouterr().err
    assert [change["letter"] for change in json.loads(hook.bodies[0])["changes"]] == [None]
