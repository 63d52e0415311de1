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
# The event as XML (the details of the Event Viewer), whose data no language changes.
_DATA = re.compile(r"Name=['\"]AlertDesc['\"][^<>]{0,40}>\s{0,8}(\d{1,3})\s{0,8}<", re.IGNORECASE)
# Event 36888 without its header in any language: only it ends with SChannel's error state.
_GENERATED = re.compile(
    r"TLS\D{1,80}?([1-9]\d{0,2})(?!\d)[^\d\n]{1,80}SChannel[^\d\n]{1,80}\d{1,5}(?!\d)", re.IGNORECASE
)
_SENT = re.compile(r"alert was generated|generated and sent|was sent to the remote", re.IGNORECASE)
_SOURCE = re.compile(r"\bschannel\b", re.IGNORECASE)


def alert_of(text: str, event: int | None) -> tuple[str, int] | None:
    """The direction (received or sent) and number of the alert that `text` names, or None."""
    lowered = text[:4000]
    generated = _GENERATED.search(lowered) if event is None else None
    if generated:
        return "sent", int(generated.group(1))
    if event not in {36887, 36888} and "alert" not in lowered.lower():
        return None
    match = _DATA.search(text[:65_536]) or _ALERT.search(lowered)
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
