"""Events as Get-WinEvent prints them without Format-List: a table below the name of the provider.

The heads of its columns are names of properties, which no language changes; the message is cut at the
width of the window.
"""

from __future__ import annotations

import re

_PROVIDER = re.compile(r"^[ ]{0,8}ProviderName: (\S[^\n]{0,80})$")
_HEAD = re.compile(r"^[ ]{0,8}TimeCreated[ ]{1,60}Id[ ]{1,20}LevelDisplayName[ ]{1,20}Message[ ]{0,80}$")
_ROW = re.compile(
    r"^[ ]{0,8}(\d[\d./: -]{8,24}?(?:[ ][AP]M)?)[ ]{1,40}(\d{1,5})[ ]{1,4}([^\W\d_]{2,24})"
    r"[ ]{1,24}(\S[^\n]{0,8000})$"
)


def event_tables_as_lists(text: str) -> str:
    """`text` with the rows of such tables as `Format-List` prints events."""
    if "LevelDisplayName" not in text:
        return text
    provider = ""
    inside = False
    found: list[str] = []
    for line in text.split("\n"):
        named = _PROVIDER.match(line)
        provider = named.group(1).strip() if named else provider
        inside = inside or bool(_HEAD.match(line))
        row = _ROW.match(line) if inside else None
        found.append(_listed(row, provider) if row else line)
    return "\n".join(found)


def _listed(row: re.Match[str], provider: str) -> str:
    source = f"ProviderName : {provider}\n" if provider else ""
    return f"\nTimeCreated : {row[1].strip()}\n{source}Id : {row[2]}\nMessage : {row[4]}\n"
