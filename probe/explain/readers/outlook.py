"""Outlook's free/busy logs (`*-fb.log`, `*-AS.log`): which URL is the reader's own server.

The log prints the server that Outlook asks ("Request to URL", "on the following server"): that is the user's
own Availability service, never the partner [exchange 5.5].
"""

from __future__ import annotations

import re

_OWN = re.compile(
    r"(?:Getting free/busy for users on the following server|Request to URL|Availability Service URL|ASURL)"
    r"[ ]{0,4}(?::|=)[ ]{0,4}(https?://[^\s<>\"']{3,500})",
    re.IGNORECASE,
)
OUTLOOK = re.compile(
    r"Getting free/busy for users|^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d[.:]\d{3}: (?:Request to URL|Getting)"
    r"|Failed to get ASURL|Autodiscover URL redirection to|GetUserAvailabilityRequest to",
    re.IGNORECASE | re.MULTILINE,
)


def own_url(text: str) -> str | None:
    """The URL of the reader's own server that an Outlook log names, or None."""
    match = _OWN.search(text[:65_536])
    return match.group(1).rstrip(".,;:") if match else None
