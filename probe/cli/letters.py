"""Letters of a command line: which language, to whom, by which template, and in which form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from probe.cli import console
from probe.cli.files import read_input
from probe.cli.options.report_options import LetterFormat, LetterRecipient
from probe.errors import UsageError

if TYPE_CHECKING:
    from probe.cli.reporting import Report
    from probe.report.document import ResultDocument
    from probe.report.letter import Recipient, WrittenLetter


def render(documents: Sequence[ResultDocument], now: datetime, report: Report) -> str:
    """The letters about the targets at which something is wrong.

    Raises:
        UsageError: nothing is wrong, or a mail is wanted of several letters, or the template has a fault.
        InputMissingError: the template cannot be read.
    """
    from probe.report import letter

    to, template = _recipient(report), _template(report)
    found = [each for d in documents for each in letter.letters(d, report.language.value, to)]
    form = _form(report)
    if not found:
        console.note("there is nothing to write about: nothing was found that somebody else has to change")
    if form is LetterFormat.EML and len(found) > 1:
        raise UsageError(f"a mail holds one letter, and there are {len(found)}: check one target at a time")
    if not found:
        return ""
    if form is LetterFormat.EML:
        return letter.message(found[0], now, template)
    return letter.render(found, letter.LetterForm(form.value), template)


def letter_writer(report: Report) -> Callable[[ResultDocument], WrittenLetter | None]:
    """What writes the letter about a result, in the language and by the template of these options.

    A fault that the template shows only with a result in it is said, and the letter left out.

    Raises:
        UsageError: the template cannot be read as one.
        InputMissingError: there is no such file.
    """
    from probe.report import letter

    to, template = _recipient(report), _template(report)
    if template is not None:
        letter.check_template(template)

    def write(document: ResultDocument) -> WrittenLetter | None:
        found = list(letter.letters(document, report.language.value, to))
        try:
            return letter.write(found, template) if found else None
        except UsageError as wrong:
            console.error(f"{document.target.input}: no letter: {wrong}")
            return None

    return write


def _recipient(report: Report) -> Recipient | None:
    from probe.report import letter

    return None if report.letter_to is LetterRecipient.AUTO else letter.Recipient(report.letter_to.value)


def _template(report: Report) -> str | None:
    if report.letter_template is None:
        return None
    return read_input(report.letter_template).decode("utf-8-sig", "replace")


def _form(report: Report) -> LetterFormat:
    if report.letter_format is not LetterFormat.AUTO:
        return report.letter_format
    suffix = Path(report.output or "").suffix.lower()
    by_suffix = {".html": LetterFormat.HTML, ".htm": LetterFormat.HTML, ".eml": LetterFormat.EML}
    return by_suffix.get(suffix, LetterFormat.TEXT)
