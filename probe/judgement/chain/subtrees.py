"""Is one name within one subtree of a name constraint? One rule per kind of GeneralName.

Sources: RFC 5280 section 4.2.1.10 for the forms; Wine crypt32 tests chain19 to chain28, which pass on
Windows, for how CryptoAPI compares DNS names: case-insensitive, a suffix at a label boundary, a `*` in the
constraint is an ordinary character.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from probe.facts import der, extensions
from probe.facts.extensions import GeneralName
from probe.facts.names import Name

_TEXTUAL = frozenset({extensions.RFC822_NAME, extensions.DNS_NAME, extensions.URI})

_COMPARED = _TEXTUAL | {extensions.IP_ADDRESS, extensions.DIRECTORY_NAME}


def compared(kind: int) -> bool:
    """Whether names of this kind of GeneralName can be compared with a subtree here at all."""
    return kind in _COMPARED


def sensible(base: GeneralName) -> bool:
    """Whether a constraint can be compared at all; others are skipped ([validation 5])."""
    if base.kind == extensions.IP_ADDRESS:
        return len(base.value) in (8, 32)
    if base.kind in _TEXTUAL:
        return b"\x00" not in base.value and all(octet < 0x80 for octet in base.value)
    return base.kind == extensions.DIRECTORY_NAME


def matches(name: GeneralName, base: GeneralName) -> bool:
    """Whether `name` is within the subtree `base` of the same kind, which `sensible` has let pass."""
    if base.kind == extensions.DNS_NAME:
        return within_domain(_text(name), _text(base))
    if base.kind == extensions.IP_ADDRESS:
        return _within_network(name.value, base.value)
    if base.kind == extensions.RFC822_NAME:
        return _within_mailbox(_text(name), _text(base))
    if base.kind == extensions.URI:
        return _within_host(_host_of(_text(name)), _text(base))
    return _within_directory(Name(name.value), Name(base.value))


def _text(name: GeneralName) -> str:
    return name.value.decode("utf-8", "replace").lower()


def within_domain(host: str, base: str) -> bool:
    """A DNS name within a DNS subtree: itself or anything below; with a leading dot only what is below."""
    if base.startswith("."):
        return host.endswith(base) and host != base
    return base == "" or host == base or host.endswith("." + base)


def _within_network(address: bytes, base: bytes) -> bool:
    half = len(base) // 2
    network, mask = base[:half], base[half:]
    return len(address) == half and all(
        a & m == n & m for a, n, m in zip(address, network, mask, strict=True)
    )


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


def _within_directory(name: Name, base: Name) -> bool:
    wanted, found = _components(base), _components(name)
    return len(found) >= len(wanted) and found[: len(wanted)] == wanted


def _components(name: Name) -> list[frozenset[tuple[str, str]]]:
    """The RDNs, each as its attributes, without regard to case, spaces and string type."""
    try:
        rdns = der.items(name.der)
    except ValueError:
        return []
    return [
        frozenset(
            (oid, " ".join(text.lower().split()))
            for oid, text in Name(der.wrap(der.SEQUENCE, der.whole(rdn))).attributes
        )
        for rdn in rdns
    ]


def describe(name: GeneralName) -> str:
    """A name or subtree as a person reads it."""
    if name.kind == extensions.IP_ADDRESS:
        return _describe_address(name.value)
    if name.kind == extensions.DIRECTORY_NAME:
        return f"the directory name {Name(name.value)}"
    label = {extensions.DNS_NAME: "DNS name", extensions.RFC822_NAME: "e-mail address"}.get(name.kind, "name")
    return f"the {label} {name.text!r}"


def _describe_address(value: bytes) -> str:
    half = len(value) // 2
    if len(value) in (4, 16):
        return f"the IP address {ipaddress.ip_address(value)}"
    if len(value) in (8, 32):
        return (
            f"the IP addresses {ipaddress.ip_address(value[:half])} mask {ipaddress.ip_address(value[half:])}"
        )
    return f"the IP address {value.hex()}"
