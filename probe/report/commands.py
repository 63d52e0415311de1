"""The commands that reports show: made of validated values only, because they are there to be pasted.

A value that is no plain host name, address or printable name is not put into a command: the placeholder
stays, and the reader sees that there is something to fill in.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from msgspec import Struct

from probe.escaping import INVISIBLE

# Letters, digits, hyphens and dots, never first or last a hyphen or dot: nothing that a shell or an option
# parser reads as more than a word.
_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z")
_PATH = re.compile(r"(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,63}){0,8}/?\Z")
_PLACEHOLDER = re.compile(r"HOST -Port 443\b|\b(?:HOST|NAME|PARTNER|RELATIONSHIP)\b")
# PowerShell takes the typographic single quotes for the plain one.
_SINGLE_QUOTES = re.compile("['‘’‚‛]")
_LONGEST_NAME = 64


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
        return bool(ip_address(text))
    except ValueError:
        return False


def is_path(text: str) -> bool:
    """Whether this is a URL's path of plain segments, fit to stand in a command."""
    return bool(_PATH.match(text))


def filled(command: str | None, place: CommandTarget) -> str | None:
    """A remedy's command with what is known in the place of HOST, NAME, PARTNER and RELATIONSHIP."""
    if command is None:
        return None
    values = {
        "HOST": place.host,
        "HOST -Port 443": f"{place.host} -Port {place.port}" if place.host else None,
        "NAME": place.host,
        "PARTNER": place.domain,
        "RELATIONSHIP": quoted(place.relationship) if place.relationship else None,
    }
    return _PLACEHOLDER.sub(lambda found: values[found[0]] or found[0], command)


def quoted(text: str) -> str:
    """A PowerShell literal, in single quotes, where nothing is expanded."""
    return "'" + _SINGLE_QUOTES.sub(lambda quote: quote[0] * 2, text) + "'"


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable() and not INVISIBLE.search(text)
