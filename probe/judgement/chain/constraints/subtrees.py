"""Is one name within one subtree of a name constraint? One rule per kind of GeneralName.

Names and subtrees are prepared once each (`prepared`) and then compared in pairs (`within`), because a
certificate may have thousands of both.

Sources: RFC 5280 section 4.2.1.10 for the forms; Wine crypt32 tests chain19 to chain28, which pass on
Windows, for how CryptoAPI compares DNS names: case-insensitive, a suffix at a label boundary, a `*` in the
constraint is an ordinary character. How it compares directory names that differ in case, space or string type
only, or in the place of their parts, is not known: CertCompareCertificateName compares bytes
[validation 4.2.6], RFC 5280 does not and asks for the beginning of the name.
"""

from __future__ import annotations

import ipaddress
from enum import Enum
from urllib.parse import urlsplit

from msgspec import Struct

from probe.facts import extensions
from probe.facts.encoding import der
from probe.facts.extensions import GeneralName
from probe.facts.names import Name

_TEXTUAL = frozenset({extensions.RFC822_NAME, extensions.DNS_NAME, extensions.URI})

_COMPARED = _TEXTUAL | {extensions.IP_ADDRESS, extensions.DIRECTORY_NAME}

_LONGEST_DESCRIPTION = 200


class Within(Enum):
    """Whether a name is within a subtree."""

    YES = "within"
    NO = "outside"
    UNKNOWN = "within if case, spaces and string types do not count, or the order of the parts"


class Directory(Struct, frozen=True):
    """A directory name, RDN by RDN: as encoded, and without regard to case, spaces, string type and order."""

    encoded: tuple[bytes, ...]
    folded: frozenset[frozenset[tuple[str, str]]]


class Network(Struct, frozen=True):
    """An address (`mask` all ones) or the addresses of a subtree, of so many octets."""

    size: int
    number: int
    mask: int


Prepared = str | Directory | Network


def is_comparable_kind(kind: int) -> bool:
    """Whether names of this kind of GeneralName can be compared with a subtree here at all."""
    return kind in _COMPARED


def is_readable(base: GeneralName) -> bool:
    """Whether a constraint has the form of its kind.

    What was seen to be skipped was an e-mail address `///` [validation 5.2.3], which has. Of others Wine
    makes INVALID_NAME_CONSTRAINTS (an address of a wrong length), or they are no IA5 that crypt32 decodes.
    """
    return not is_comparable_kind(base.kind) or is_comparable(base)


def is_comparable(base: GeneralName) -> bool:
    """Whether a constraint can be compared at all; others are skipped [validation 5.2.3]."""
    if base.kind == extensions.IP_ADDRESS:
        return len(base.value) in (8, 32)
    if base.kind in _TEXTUAL:
        return b"\x00" not in base.value and base.value.isascii()
    return base.kind == extensions.DIRECTORY_NAME and _is_name(base.value)


def _is_name(encoded: bytes) -> bool:
    return bool(Name(encoded).attributes) or encoded == _EMPTY_NAME


_EMPTY_NAME = b"\x30\x00"


def prepared_name(name: GeneralName) -> Prepared:
    """A name of a certificate, ready to be compared with subtrees of its kind."""
    if name.kind == extensions.IP_ADDRESS:
        return Network(len(name.value), int.from_bytes(name.value, "big"), -1)
    if name.kind == extensions.URI:
        return _host_of(_text(name))
    return _prepared(name)


def prepared_subtree(base: GeneralName) -> Prepared:
    """A subtree that `is_comparable` has let pass, ready to be compared with names of its kind."""
    if base.kind == extensions.IP_ADDRESS:
        half = len(base.value) // 2
        mask = int.from_bytes(base.value[half:], "big")
        return Network(half, int.from_bytes(base.value[:half], "big") & mask, mask)
    return _prepared(base)


def _prepared(name: GeneralName) -> Prepared:
    return _directory(name.value) if name.kind == extensions.DIRECTORY_NAME else _text(name)


def within(kind: int, name: Prepared, base: Prepared) -> Within:
    """Whether a name is within a subtree of the same kind."""
    if isinstance(name, Directory) and isinstance(base, Directory):
        return _within_directory(name, base)
    if isinstance(name, Network) and isinstance(base, Network):
        return _sure(name.size == base.size and name.number & base.mask == base.number)
    if not isinstance(name, str) or not isinstance(base, str):
        return Within.NO
    if kind == extensions.DNS_NAME:
        return _sure(within_domain(name, base))
    return _sure(_within_mailbox(name, base) if kind == extensions.RFC822_NAME else _within_host(name, base))


def _sure(inside: bool) -> Within:  # noqa: FBT001
    return Within.YES if inside else Within.NO


def _text(name: GeneralName) -> str:
    return name.value.decode("utf-8", "replace").lower()


def within_domain(host: str, base: str) -> bool:
    """A DNS name within a DNS subtree: itself or anything below; with a leading dot only what is below."""
    if not host.endswith(base):
        return False
    if base == "" or len(host) == len(base):
        return not base.startswith(".")
    return base.startswith(".") or host[-len(base) - 1] == "."


def _within_mailbox(mailbox: str, base: str) -> bool:
    if "@" in base:
        return mailbox == base
    return _within_host(mailbox.rpartition("@")[2], base)


def _within_host(host: str, base: str) -> bool:
    # A mailbox's host and a URI's are the constraint itself unless it begins with a dot (RFC 5280).
    return host.endswith(base) if base.startswith(".") else host == base


def _host_of(uri: str) -> str:
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


def _within_directory(name: Directory, base: Directory) -> Within:
    depth = len(base.encoded)
    if name.encoded[:depth] == base.encoded:
        return Within.YES
    # Wine asks of each part whether it is anywhere in the name (CertIsRDNAttrsInCertificateName).
    return Within.UNKNOWN if base.folded <= name.folded else Within.NO


def _directory(encoded: bytes) -> Directory:
    try:
        rdns = tuple(der.whole(rdn) for rdn in der.items(encoded))
        folded = frozenset(
            frozenset((oid, " ".join(text.lower().split())) for oid, text in rdn)
            for rdn in Name(encoded).rdns
        )
    except ValueError:  # as if it had no parts: it is within nothing but the empty name
        return Directory((), frozenset())
    return Directory(rdns, folded)


def describe(name: GeneralName) -> str:
    """A name or subtree as a person reads it, a long one cut."""
    if name.kind == extensions.IP_ADDRESS:
        return _describe_address(name.value)
    if name.kind == extensions.DIRECTORY_NAME:
        return f"the directory name {_cut(str(Name(name.value)))}"
    label = {extensions.DNS_NAME: "DNS name", extensions.RFC822_NAME: "e-mail address"}.get(name.kind, "name")
    return f"the {label} {_cut(name.text)!r}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_DESCRIPTION else f"{text[:_LONGEST_DESCRIPTION]}…"


def _describe_address(value: bytes) -> str:
    half = len(value) // 2
    if len(value) in (4, 16):
        return f"the IP address {ipaddress.ip_address(value)}"
    if len(value) in (8, 32):
        return (
            f"the IP addresses {ipaddress.ip_address(value[:half])} mask {ipaddress.ip_address(value[half:])}"
        )
    return f"the IP address {_cut(value.hex())}"
