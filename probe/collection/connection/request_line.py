"""A URL taken apart as a request needs it: host for SNI, Host header, request target.

Only what a request line cannot carry is escaped; a URL is judged neither usable nor sensible here.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from msgspec import Struct

from probe.facts.remembered import remembered
from probe.facts.target import bracketed

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Reserved and unreserved characters of RFC 3986 section 2, and the escapes that are there already.
_KEPT_IN_PATH = "!$%&'()*+,/:;=@[]~"
_KEPT_IN_QUERY = _KEPT_IN_PATH + "?"
_PLAIN = re.compile(r"[A-Za-z0-9/._~-]*")
_DOT_SEGMENT = re.compile(r"/\.\.?(?:/|\Z)")


class RequestLine(Struct, frozen=True):
    """Where a request goes. `host` is without brackets, `authority` always has the port."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What CONNECT asks for."""
        return f"{bracketed(self.host)}:{self.port}"

    @property
    def host_and_port(self) -> str:
        """The Host header: the default port is left out."""
        return bracketed(self.host) if self.port == _DEFAULT_PORTS[self.scheme] else self.authority

    @property
    def url(self) -> str:
        """The absolute form that a proxy is asked for."""
        return f"{self.scheme}://{self.host_and_port}{self.target}"


@remembered(entries=512, longest=2048)  # a POST and a GET go to one URL, and other targets come between them
def request_line(url: str) -> RequestLine:
    """The request line of an http or https URL whose host is an A-label name or an IP literal.

    Raises:
        ValueError: it has no port that can be read.
    """
    parts = urlsplit(url)
    path = _without_dots(parts.path or "/")
    target = _escaped(path, _KEPT_IN_PATH)
    if parts.query:
        target += "?" + _escaped(parts.query, _KEPT_IN_QUERY)
    return RequestLine(parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme], target)


def _escaped(text: str, kept: str) -> str:
    return text if _PLAIN.fullmatch(text) else quote(text, kept, errors="replace")


def _without_dots(path: str) -> str:
    """`path` without "." and ".." segments, as System.Uri compresses it (RFC 3986 section 5.2.4)."""
    if not _DOT_SEGMENT.search(path):
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
