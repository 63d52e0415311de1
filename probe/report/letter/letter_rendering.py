"""Letters as text, as HTML or as a mail to be opened and sent: by templates that a file can replace."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from probe.errors import UsageError
from probe.report import templates
from probe.report.letter.content import Letter

if TYPE_CHECKING:
    from jinja2 import Template, TemplateError
    from markupsafe import Markup

_WIDTH = 76


class LetterForm(StrEnum):
    """How letters are written."""

    TEXT = "text"
    HTML = "html"
    EML = "eml"


def render(letters: Sequence[Letter], form: LetterForm, template: str | None = None) -> str:
    """All letters, each on a page of its own. `template` is Jinja source in the place of the built-in one.

    Raises:
        UsageError: the template has a fault.
    """
    from jinja2 import TemplateError

    try:
        return _page(form, template).render(letters=letters)
    except TemplateError as wrong:
        raise _unusable(wrong) from None


def check_template(template: str) -> None:
    """Find out now whether a template can be read; what it says of a letter shows only with one.

    Raises:
        UsageError: it cannot.
    """
    from jinja2 import TemplateError

    try:
        _page(LetterForm.TEXT, template)
    except TemplateError as wrong:
        raise _unusable(wrong) from None


def _page(form: LetterForm, template: str | None) -> Template:
    markup = form is LetterForm.HTML
    environment = templates.environment(__package__, markup=markup)
    environment.filters["wrap"] = _wrap
    if template is None:
        return environment.get_template("letter.html.j2" if markup else "letter.txt.j2")
    return environment.from_string(template)


def _unusable(wrong: TemplateError) -> UsageError:
    line = getattr(wrong, "lineno", None)
    where = f" in line {line}" if line else ""
    return UsageError(f"the template of the letter cannot be used{where}: {wrong.message}")


def message(letter: Letter, now: datetime, template: str | None = None) -> str:
    """The letter as a mail, see `draft`.

    Raises:
        UsageError: the template has a fault.
    """
    written = write([letter], template)
    return draft(written, now).as_bytes().decode("ascii", "backslashreplace")


def notice(sentence: str, form: LetterForm, now: datetime) -> str:
    """One sentence in the place of letters, in the form that they would have."""
    if form is LetterForm.EML:
        return draft(WrittenLetter(sentence, sentence), now).as_bytes().decode("ascii", "backslashreplace")
    if form is LetterForm.HTML:
        head = f'<meta charset="utf-8"><title>{sentence}</title>'
        return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body><p>{sentence}</p></body></html>\n'
    return f"{sentence}\n"


class WrittenLetter(Struct, frozen=True):
    """Letters in words: `html` is "" where a template of one's own made the text."""

    subject: str
    text: str
    html: str = ""


def write(letters: Sequence[Letter], template: str | None = None) -> WrittenLetter:
    """The letters, of which there is at least one, as text and HTML, with the subject of the first.

    Raises:
        UsageError: the template has a fault.
    """
    text = render(letters, LetterForm.TEXT, template)
    return WrittenLetter(
        letters[0].subject, text, render(letters, LetterForm.HTML) if template is None else ""
    )


def draft(written: WrittenLetter, now: datetime) -> EmailMessage:
    """A mail (RFC 5322) in text and HTML without addresses; X-Unsent lets Outlook open it as a draft."""
    mail = EmailMessage()
    mail["Subject"] = written.subject
    mail["Date"] = format_datetime(now)
    mail["X-Unsent"] = "1"
    mail.set_content(written.text)
    if written.html:
        mail.add_alternative(written.html, subtype="html")
    return mail


def _wrap(text: str, indent: int = 0, first: str = "") -> Markup:
    """A paragraph of a text letter: wrapped to the width of mail, `first` before it, the rest indented."""
    from markupsafe import Markup

    pad = " " * indent
    lines = textwrap.wrap(
        templates.cleaned(text),
        _WIDTH,
        initial_indent=pad + first,
        subsequent_indent=pad + " " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return Markup("\n".join(lines))  # noqa: S704  # of a text letter: nothing is markup there
