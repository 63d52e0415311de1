"""Letters of a command line: which language, to whom, by which template, and in which form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from probe.cli import console
from probe.cli.files import read_input
from probe.cli.options.report_options import Language, LetterFormat, LetterRecipient, ReportOptions
from probe.errors import UsageError

if TYPE_CHECKING:
    from probe.report.document import ResultDocument
    from probe.report.letter import Recipient, WrittenLetter


class LetterChoices(Struct, frozen=True):
    """What the options say of letters; `output` is where they go, whose suffix may tell the form."""

    language: Language = Language.ENGLISH
    to: LetterRecipient = LetterRecipient.AUTO
    form: LetterFormat = LetterFormat.AUTO
    template: str | None = None
    output: str | None = None

    @classmethod
    def of(cls, options: ReportOptions) -> LetterChoices:
        """The choices of these options."""
        return cls(
            options.language,
            options.letter_to,
            options.letter_format,
            options.letter_template,
            options.output,
        )


def render(documents: Sequence[ResultDocument], now: datetime, choices: LetterChoices) -> str:
    """The letters about the targets at which something is wrong.

    Where nothing is, a file says that: an empty one looks like a fault, and without one an older would stay.

    Raises:
        UsageError: a mail is wanted of several letters, or the template has a fault.
        InputMissingError: the template cannot be read.
    """
    from probe.report import letter

    to, template = _recipient(choices), _template(choices)
    found = [each for d in documents for each in letter.letters(d, choices.language.value, to)]
    form = _form(choices)
    nothing = f"there is nothing to write about: {_nothing(to)}"
    if not found:
        console.note(nothing)
    if form is LetterFormat.EML and len(found) > 1:
        raise UsageError(f"a mail holds one letter, and there are {len(found)}: check one target at a time")
    if not found:
        said = f"{nothing[:1].upper()}{nothing[1:]}."
        return (
            "" if choices.output in (None, "-") else letter.notice(said, letter.LetterForm(form.value), now)
        )
    if form is LetterFormat.EML:
        return letter.message(found[0], now, template)
    return letter.render(found, letter.LetterForm(form.value), template)


def _nothing(to: Recipient | None) -> str:
    who = "somebody else has to" if to is None else f"the {to.value} has to"
    return f"nothing was found that {who} change"


def letter_writer(choices: LetterChoices) -> Callable[[ResultDocument], WrittenLetter | None]:
    """What writes the letter about a result, in the language and by the template of these options.

    A fault that the template shows only with a result in it is said, and the letter left out.

    Raises:
        UsageError: the template cannot be read as one.
        InputMissingError: there is no such file.
    """
    from probe.report import letter

    to, template = _recipient(choices), _template(choices)
    if template is not None:
        letter.check_template(template)

    def write(document: ResultDocument) -> WrittenLetter | None:
        found = list(letter.letters(document, choices.language.value, to))
        try:
            return letter.write(found, template) if found else None
        except UsageError as wrong:
            console.error(f"{document.target.input}: no letter: {wrong}")
            return None

    return write


def _recipient(choices: LetterChoices) -> Recipient | None:
    from probe.report import letter

    return None if choices.to is LetterRecipient.AUTO else letter.Recipient(choices.to.value)


def _template(choices: LetterChoices) -> str | None:
    if choices.template is None:
        return None
    return read_input(choices.template).decode("utf-8-sig", "replace")


def _form(choices: LetterChoices) -> LetterFormat:
    if choices.form is not LetterFormat.AUTO:
        return choices.form
    suffix = Path(choices.output or "").suffix.lower()
    by_suffix = {".html": LetterFormat.HTML, ".htm": LetterFormat.HTML, ".eml": LetterFormat.EML}
    return by_suffix.get(suffix, LetterFormat.TEXT)
