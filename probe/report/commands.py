"""The commands that are shown anywhere: made of validated values only, because they are there to be pasted.

1. In a remedy a value that is no plain host name, address or printable name is not put into the command: the
   placeholder stays, and the reader sees that there is something to fill in.
2. A command line of probe is words for the shell of the system (`command_line`). On Windows nobody knows
   which shell that is, so it means the same to cmd and to PowerShell, or is not offered.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from msgspec import Struct

from probe.escaping import INVISIBLE

# Letters, digits, hyphens and dots, never first or last a hyphen or dot: nothing that a shell or an option
# parser reads as more than a word.
_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z")
_PATH = re.compile(r"(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,63}){0,8}/?\Z")
_PLACEHOLDER = re.compile(r"//HOST\b|HOST -Port 443\b|\b(?:HOST|NAME|PARTNER|RELATIONSHIP)\b")
# PowerShell takes the typographic single quotes for the plain one.
_SINGLE_QUOTES = re.compile("['‘’‚‛]")
_LONGEST_NAME = 64
_LONGEST_LINE = 1000  # what is cut where it is printed is another command
# What both shells of Windows take as the word that it is, without quotes. PowerShell splits `-a.b`.
_BARE = re.compile(r"(?:[A-Za-z0-9_./\\][A-Za-z0-9_./\\:~=-]*|--?[A-Za-z][A-Za-z0-9-]*)\Z")
# What one of them expands in double quotes, or takes for a double quote (PowerShell's typographic ones too).
_EXPANDED = re.compile('["“”„$`%!]')


class CommandTarget(Struct, frozen=True):
    """What is known of the endpoint that a command is about. None: unknown, or not fit for a command."""

    host: str | None = None
    port: int | None = None
    domain: str | None = None
    relationship: str | None = None


def place_of(url: str, *, domain: str | None = None, relationship: str | None = None) -> CommandTarget:
    """The validated values of an endpoint's URL, the partner's domain and the relationship's name."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError:
        host, port = "", 443
    return CommandTarget(
        host if is_host(host) else None,
        port,
        domain if domain is not None and _HOST_NAME.match(domain) else None,
        relationship if relationship is not None and _is_name(relationship) else None,
    )


def is_host(text: str) -> bool:
    """Whether this is a plain host name or an IP address, fit to stand in a command."""
    if _HOST_NAME.match(text):
        return True
    try:
        return "%" not in text and bool(ip_address(text))  # a zone may be any text
    except ValueError:
        return False


def is_path(text: str) -> bool:
    """Whether this is a URL's path of plain segments, fit to stand in a command."""
    return bool(_PATH.match(text))


def is_url(text: str) -> bool:
    """Whether this is an https URL of a plain host and a plain path, fit to stand in a command."""
    place = place_of(text)
    if place.host is None or not text.startswith("https://"):
        return False
    host = f"[{place.host}]" if ":" in place.host else place.host
    plain = (f"https://{host}", f"https://{host}:{place.port}")
    return any(text.lower().startswith(start) and is_path(text[len(start) :]) for start in plain)


def filled(command: str | None, place: CommandTarget) -> str | None:
    """A remedy's command with what is known in the place of HOST, NAME, PARTNER and RELATIONSHIP."""
    if command is None:
        return None
    values = {
        "//HOST": f"//{_bracketed(place.host)}" if place.host else None,
        "HOST": place.host,
        "HOST -Port 443": f"{place.host} -Port {place.port}" if place.host else None,
        "NAME": place.host,
        "PARTNER": place.domain,
        "RELATIONSHIP": quoted(place.relationship) if place.relationship else None,
    }
    return _PLACEHOLDER.sub(lambda found: values[found[0]] or found[0], command)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def command_line(words: Sequence[str], *, windows: bool) -> str | None:
    """The words as a line to paste into the shell of the system, or None where there is none for them.

    On Windows cmd and PowerShell split it alike. What one of them expands in any quotes cannot be said to
    both, nor can an empty word or one that ends in a backslash behind a blank: the old PowerShell does not
    hand them on (about_Parsing, CommandLineToArgvW). A first word that needs quotes is PowerShell's call.
    """
    seen = all(word.isprintable() and not INVISIBLE.search(word) for word in words)
    if not seen or sum(map(len, words)) > _LONGEST_LINE:
        return None
    if not windows:
        return shlex.join(words)
    said = [_windows_word(word) for word in words]
    if any(word is None for word in said):
        return None
    call = "& " if said and str(said[0]).startswith('"') else ""
    return call + " ".join(map(str, said))


def _windows_word(word: str) -> str | None:
    if _BARE.match(word):
        return word
    return None if not word or word.endswith("\\") or _EXPANDED.search(word) else f'"{word}"'


def file_word(path: str, *, windows: bool) -> str:
    """A path as a word that no option parser takes for an option."""
    if not path.startswith("-"):
        return path
    return f".\\{path}" if windows else f"./{path}"


def quoted(text: str) -> str:
    """A PowerShell literal, in single quotes, where nothing is expanded."""
    return "'" + _SINGLE_QUOTES.sub(lambda quote: quote[0] * 2, text) + "'"


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable() and not INVISIBLE.search(text)
