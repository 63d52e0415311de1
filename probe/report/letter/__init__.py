"""Letters to a partner or to the own network team, see content.py and rendering.py."""

from probe.report.letter.content import Letter, Recipient, is_needed, letters
from probe.report.letter.letter_rendering import (
    LetterForm,
    WrittenLetter,
    check_template,
    draft,
    message,
    notice,
    render,
    write,
)

__all__ = [
    "Letter",
    "LetterForm",
    "Recipient",
    "WrittenLetter",
    "check_template",
    "draft",
    "is_needed",
    "letters",
    "message",
    "notice",
    "render",
    "write",
]
