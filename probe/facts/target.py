"""What the user typed as a target, normalised once: domain, e-mail address, host, host:port or https URL.

IDNA is decided here and nowhere else: hosts become the A-labels that .NET's Uri.IdnHost gives. A trailing
dot is kept, because the caller keeps it and fails on it ([validation 3.2.6]). Nothing is
resolved or connected to.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from probe.errors import TargetError
from probe.facts.remembered import remembered

EWS_PATH = "/ews/exchange.asmx"
AUTODISCOVER_PATH = "/autodiscover/autodiscover.svc"
WSSECURITY_SUFFIX = "/WSSecurity"
HTTPS_PORT = 443

# Before the host of a URL, or of what lacks the scheme; a password may have a slash where no port stands.
_CREDENTIALS = re.compile(r"(?<=//)[^/?#\s]*@|(?:(?<=//)|\A(?!mailto:))[^/?#\s@:]+:(?!\d*(?:[/?#]|\Z))\S*@")
_EXAMPLE = "give a domain (contoso.com), an address (user@contoso.com), host:port, or an https:// URL"
_HOST_LABELS = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?\Z")
_UNTYPABLE = re.compile(r"[\x00-\x20\x7f]")
_MAXIMUM_LENGTH = 2048


class TargetKind(StrEnum):
    """How the target was given, which decides whether endpoints are discovered."""

    DOMAIN = "domain"
    ADDRESS = "address"
    HOST = "host"
    URL = "url"


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed target.

    `input` is what was typed. `domain` (A-labels) is set for a domain or address, `host` (A-labels or an
    IP literal without brackets) and `port` for a host or URL, `url` (normalised) for a URL only.
    """

    input: str
    kind: TargetKind
    domain: str | None = None
    address: str | None = None
    host: str | None = None
    port: int | None = None
    url: str | None = None


@lru_cache(maxsize=512)  # a run asks for its host first, and parses it once more to check it
def parse(text: str) -> Target:
    """The target that `text` names.

    Raises:
        TargetError: it names none; the message says what to type instead.
    """
    typed = text.strip()
    if not typed or len(typed) > _MAXIMUM_LENGTH or _UNTYPABLE.search(typed):
        raise TargetError(f"{_shown(text)} is no target: {_EXAMPLE}")
    if "://" in typed:
        return _parse_url(typed)
    if "@" in typed:
        return _parse_address(typed)
    return _parse_host_or_domain(typed)


def target_key(target: str) -> str:
    """What makes two targets the same partner, however its domain is spelled.

    Host names do not tell upper from lower case (RFC 4343), a final dot says only that the name is whole
    (RFC 1034 section 3.1), and an internationalised name has two forms (RFC 5890).
    """
    typed = target.strip().lower()
    if typed.isascii() and not typed.endswith("."):
        return typed
    try:
        parsed = parse(typed)
    except TargetError:
        return typed
    if parsed.domain is None:
        return typed
    local = f"{typed.rpartition('@')[0]}@" if parsed.address is not None else ""
    return local + parsed.domain.rstrip(".")


def idn_host(host: str) -> str:
    """`host` as Uri.IdnHost gives it: lower-case A-labels, an IP literal without brackets, a final dot kept.

    Raises:
        TargetError: it is neither a host name nor an IP literal.
    """
    bare = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    literal = ip_literal(bare)
    if literal is not None:
        return literal
    name = bare.lower()
    if not name.isascii():
        name = _a_labels(name)
    if not _HOST_LABELS.match(name) or len(name) > 254:
        raise TargetError(f"{_shown(host)} is no host name: {_EXAMPLE}")
    return name


@lru_cache(maxsize=256)  # asked ten times for each target, and a refusal is dear
def ip_literal(host: str) -> str | None:
    """The canonical spelling of an IP literal (no zone, no brackets), or None if `host` is a name."""
    if not can_be_literal(host):
        return None
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def can_be_literal(host: str) -> bool:
    """Whether it is worth the trouble to read `host` as an IP literal: it ends in a digit or has a colon."""
    return host[-1:].isdigit() or ":" in host


def with_wssecurity(url: str) -> str:
    """`url` with the suffix that the Availability service appends.

    Appended unless the URL already ends in `/WSSecurity` or `/WSSecurity/`, in any case
    ([exchange 1.1.4]).
    """
    if url.lower().removesuffix("/").endswith(WSSECURITY_SUFFIX.lower()):
        return url
    return url.removesuffix("/") + WSSECURITY_SUFFIX


def bracketed(host: str) -> str:
    """`host` as it stands in a URL: an IPv6 literal in brackets."""
    return f"[{host}]" if ":" in host else host


def origin(host: str, port: int) -> str:
    """`https://host[:port]` with the default port left out."""
    return f"https://{bracketed(host)}" + ("" if port == HTTPS_PORT else f":{port}")


@remembered(entries=512, longest=_MAXIMUM_LENGTH)  # of a target that is a URL, and of the endpoint it becomes
def https_url(text: str) -> tuple[str, str, int]:
    """(normalised URL, host, port) of an https URL.

    Raises:
        TargetError: it is no usable https URL.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as wrong:
        raise TargetError(f"{_shown(text)} is no URL ({wrong}): {_EXAMPLE}") from None
    named = _host_of_https(text, parts)
    if port == 0:
        raise TargetError(f"{_shown(text)} has no usable port: {_EXAMPLE}")
    host = idn_host(named)
    port = port or HTTPS_PORT
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    return origin(host, port) + path + query, host, port


def _host_of_https(text: str, parts: SplitResult) -> str:
    if parts.scheme.lower() != "https":
        raise TargetError(
            f"{_shown(text)} is not https, and the Availability service calls nothing else: give an https URL"
        )
    host = parts.hostname
    if not host:
        raise TargetError(f"{_shown(text)} names no host: {_EXAMPLE}")
    if "@" in parts.netloc:
        raise TargetError("the URL holds a user name or password: probe sends no credentials, leave them out")
    return host


def _parse_url(typed: str) -> Target:
    url, host, port = https_url(typed)
    return Target(typed, TargetKind.URL, host=host, port=port, url=url)


def _parse_address(typed: str) -> Target:
    local, _, domain = typed.rpartition("@")
    if ":" in local.removeprefix("mailto:"):  # no address has one there (RFC 5321 section 4.1.2, dot-string)
        raise TargetError("it holds a user name and password: probe sends no credentials, leave them out")
    if not local or "." not in domain:
        raise TargetError(f"{_shown(typed)} is no e-mail address: {_EXAMPLE}")
    return Target(typed, TargetKind.ADDRESS, domain=idn_host(domain), address=typed)


def _parse_host_or_domain(typed: str) -> Target:
    if typed.startswith("[") or typed.count(":") == 1:
        return _parse_host_and_port(typed)
    name = idn_host(typed)
    if ip_literal(name) is not None or "." not in name.rstrip("."):
        return Target(typed, TargetKind.HOST, host=name, port=HTTPS_PORT)
    return Target(typed, TargetKind.DOMAIN, domain=name)


def _parse_host_and_port(typed: str) -> Target:
    if typed.startswith("[") and "]" not in typed:
        raise TargetError(f"{_shown(typed)} lacks the closing bracket: give an IPv6 address as [::1]:443")
    host, _, port = typed.rpartition(":")
    if typed.startswith("[") and typed.endswith("]"):
        host, port = typed, str(HTTPS_PORT)
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise TargetError(f"{_shown(typed)} has no usable port: {_EXAMPLE}")
    return Target(typed, TargetKind.HOST, host=idn_host(host), port=int(port))


def _a_labels(name: str) -> str:
    # Imported here: the tables of idna are needed for few targets and cost start-up time.
    import idna

    trailing = "." if name.endswith(".") else ""
    try:
        return idna.encode(name.removesuffix("."), uts46=True).decode("ascii") + trailing
    except idna.IDNAError as wrong:
        raise TargetError(f"{_shown(name)} is no internationalised host name ({wrong})") from None


def without_password(text: str) -> str:
    """`text` with `***` for user name and password in it: what may be recorded and shown."""
    return _CREDENTIALS.sub("***@", text) if "@" in text else text


def _shown(text: str) -> str:
    shown = without_password(text)
    return repr(shown if len(shown) <= 80 else shown[:77] + "...")
