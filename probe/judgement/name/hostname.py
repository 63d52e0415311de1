"""Would the SSL policy of CryptoAPI find the requested host in this certificate?

The rule that explains all 7,290 verdicts recorded on Windows ([validation 5]): with any dNSName only
dNSNames count for a DNS host; without one the common names count, even beside an iPAddress. An IP literal
matches an iPAddress, or a common name as text when there is no dNSName. This is not RFC 9525, and not Wine.
Whether CryptoAPI would get as far as the name is for `policy` to say.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from probe.facts import extensions, target
from probe.facts.certificate import Certificate
from probe.facts.extensions import GeneralName
from probe.judgement.caller import Caller
from probe.judgement.chain import critical_extensions
from probe.judgement.chain.certificate_reading import read
from probe.judgement.model import NameMatch, NameSource

_NAMES_UNDECODABLE = (
    "the subject alternative name cannot be decoded as a whole, and what Windows takes for its names then is "
    "not known"
)


def match(certificate: Certificate, host: str, caller: Caller) -> NameMatch:
    """Whether `host` (an A-label name or IP literal, as Uri.IdnHost has it) is among the presented names.

    A SAN that crypt32 cannot decode, be it for one ill-formed name beside good ones (Wine crypt32 tests
    chain27), presents nothing; where any way to read it would match, the match is indeterminate. A trailing
    dot is not stripped, as .NET Framework does not strip it, and then never matches.
    """
    reading = read(certificate)
    names = reading.general_names or ()
    if not reading.names_undecodable:
        return _compared(certificate, names, host, caller)
    # Windows may take the names as they stand, the good ones only, or none, so that the common name counts.
    good = tuple(name for name in names if not critical_extensions.ill_formed(name))
    matched = any(_compared(certificate, taken, host, caller).matched for taken in (names, good, ()))
    indeterminate = _NAMES_UNDECODABLE if matched else None
    return NameMatch(requested=host, presented=(), matched=False, indeterminate=indeterminate)


def _compared(certificate: Certificate, names: Sequence[GeneralName], host: str, caller: Caller) -> NameMatch:
    """The match if these are the names of the SAN."""
    dns_names = tuple(name.text for name in names if name.kind == extensions.DNS_NAME)
    addresses = tuple(name.value for name in names if name.kind == extensions.IP_ADDRESS)
    common_names = certificate.subject.common_names if not dns_names else ()
    address = _address(host)
    by = None
    if any(_matches(name, host) for name in dns_names):
        by = NameSource.DNS_NAME
    elif address is not None and caller.understands_ip_names and address.packed in addresses:
        by = NameSource.IP_ADDRESS
    elif any(_matches(name, host) for name in common_names):
        by = NameSource.COMMON_NAME
    presented = (*dns_names, *map(_address_text, addresses), *common_names)
    return NameMatch(requested=host, presented=presented, matched=by is not None, by=by)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    bare = host.strip("[]")
    if not target.can_be_literal(bare):
        return None
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        return None


def _address_text(packed: bytes) -> str:
    try:
        return str(ipaddress.ip_address(packed))
    except ValueError:
        return packed.hex()


def _matches(presented: str, host: str) -> bool:
    """Whether one presented name covers the host (SDK HTTPSPolicyCallbackData, Wine tests check_ssl_policy).

    Case is ignored; a `*` counts only as the whole left-most label and stands for exactly one label.
    Trailing NULs, which some old certificates carry, are no part of the name.
    """
    pattern, wanted = _ascii(presented.rstrip("\x00")).lower(), host.lower()
    if pattern == wanted:
        return bool(wanted)
    if not pattern.startswith("*.") or _address(host) is not None:
        return False
    label, dot, rest = wanted.partition(".")
    return bool(label and dot) and rest == pattern[2:] and "*" not in rest


def _ascii(name: str) -> str:
    """A presented name in A-labels: CryptoAPI compares in Punycode (SDK HTTPSPolicyCallbackData).

    A leading `*` is no label that IDNA knows, so what follows it is converted (label by label, says the SDK).
    """
    if name.isascii():
        return name
    import idna

    wildcard, rest = ("*.", name[2:]) if name.startswith("*.") else ("", name)
    try:
        return wildcard + idna.encode(rest, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return name
