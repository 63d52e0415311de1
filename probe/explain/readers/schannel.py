"""TLS alerts that a text names, and whether they were received or sent (Schannel events 36887 and 36888).

Source: Microsoft Learn, Schannel Events (both wordings: Windows Server 2008 and 2016 and later).
"""

from __future__ import annotations

import re

_ALERT = re.compile(
    r"(?:fatal )?alert (?:code )?(?:is|was (?:received|generated)|number)[:. ]{0,3}(?:[a-z "
    r"]{0,30}?)(\d{1,3})\b"
    r"|fatal (?:alert|error) code is (\d{1,3})"
    r"|alert (?:was )?(?:received|generated|sent)[^.\n]{0,80}?[:.]?[^\d\n]{0,80}?(\d{1,3})\b",
    re.IGNORECASE,
)
# The same events in any language: the number behind "TLS" (since 2012), or behind the first colon.
_NUMBERS = (re.compile(r"TLS\D{1,80}?(\d{1,3})(?!\d)"), re.compile(r"[:：]\s{0,3}(\d{1,3})(?!\d)"))
_SENT = re.compile(r"alert was generated|generated and sent|was sent to the remote", re.IGNORECASE)
_SOURCE = re.compile(r"\bschannel\b", re.IGNORECASE)


def alert_of(text: str, event: int | None) -> tuple[str, int] | None:
    """The direction (received or sent) and number of the alert that `text` names, or None."""
    lowered = text[:4000]
    if event not in {36887, 36888} and "alert" not in lowered.lower():
        return None
    match = _ALERT.search(lowered)
    if match is None and event in {36887, 36888}:
        match = next((found for pattern in _NUMBERS if (found := pattern.search(lowered))), None)
    if match is None:
        return None
    number = int(next(group for group in match.groups() if group))
    sent = event == 36888 or bool(_SENT.search(lowered))
    return ("sent" if sent else "received", number) if number <= 255 else None


def is_schannel(source: str | None, text: str) -> bool:
    """Whether the event is of SChannel."""
    return bool(_SOURCE.search(source or "")) or bool(_SOURCE.search(text[:400]))
