"""Letters as text, as HTML or as a mail to be opened and sent: by templates that a file can replace."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from probe.errors import UsageError
from probe.report import templates
from probe.report.letter.content import Letter

if TYPE_CHECKING:
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

    markup = form is LetterForm.HTML
    environment = templates.environment(__package__, markup=markup)
    environment.filters["wrap"] = _wrap
    try:
        if template is None:
            page = environment.get_template("letter.html.j2" if markup else "letter.txt.j2")
        else:
            page = environment.from_string(template)
        return page.render(letters=letters)
    except TemplateError as wrong:
        line = getattr(wrong, "lineno", None)
        where = f" in line {line}" if line else ""
        raise UsageError(f"the template of the letter cannot be used{where}: {wrong.message}") from None


def message(letter: Letter, now: datetime, template: str | None = None) -> str:
    """The letter as a mail (RFC 5322) with text and HTML; X-Unsent lets Outlook open it as a draft."""
    mail = EmailMessage()
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(now)
    mail["X-Unsent"] = "1"
    mail.set_content(render([letter], LetterForm.TEXT, template))
    if template is None:
        mail.add_alternative(render([letter], LetterForm.HTML), subtype="html")
    return mail.as_bytes().decode("ascii", "backslashreplace")


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
