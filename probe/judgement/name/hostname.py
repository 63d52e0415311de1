"""Would the SSL policy of CryptoAPI find the requested host in this certificate?

The rule that explains all 7,290 verdicts recorded on Windows ([validation 5.1.1] to [validation 5.1.3]): with
any dNSName only dNSNames count for a DNS host; without one the common names count, even beside an iPAddress.
An IP literal matches an iPAddress, or a common name as text when there is no dNSName. This is not RFC 9525,
and not Wine. Whether CryptoAPI would get as far as the name is for `policy` to say.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from probe.facts import extensions, target
from probe.facts.certificate import Certificate
from probe.facts.extensions import GeneralName
from probe.judgement.caller_profile import Caller
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
    found = [_compared(certificate, taken, host, caller) for taken in (names, good, ())]
    perhaps = any(name.matched or name.indeterminate is not None for name in found)
    indeterminate = _NAMES_UNDECODABLE if perhaps else None
    return NameMatch(requested=host, presented=(), matched=False, indeterminate=indeterminate)


def _compared(certificate: Certificate, names: Sequence[GeneralName], host: str, caller: Caller) -> NameMatch:
    """The match if these are the names of the SAN."""
    dns_names = tuple(name.text for name in names if name.kind == extensions.DNS_NAME)
    addresses = tuple(name.value for name in names if name.kind == extensions.IP_ADDRESS)
    common_names = certificate.subject.common_names if not dns_names else ()
    requested = _RequestedHost(host)
    by = indeterminate = None
    if any(map(requested.matches, dns_names)):
        by = NameSource.DNS_NAME
    elif (
        caller.understands_ip_names
        and requested.address is not None
        and requested.address.packed in addresses
    ):
        by = NameSource.IP_ADDRESS
    elif any(map(requested.matches, common_names)):
        by = NameSource.COMMON_NAME
    else:
        indeterminate = requested.doubt((*dns_names, *common_names))
    presented = (*dns_names, *map(_address_text, addresses), *common_names)
    return NameMatch(
        requested=host, presented=presented, matched=by is not None, by=by, indeterminate=indeterminate
    )


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _address(host: str) -> _Address | None:
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


class _RequestedHost:
    """The requested host, taken apart once and compared with any number of presented names."""

    def __init__(self, host: str) -> None:
        self.address = _address(host)
        self._host = host.lower()
        self._can_match = bool(host) and not host.endswith(".")  # [validation 3.2.6]
        self._label, dot, self._rest = self._host.partition(".")
        # KB 258858: a wildcard takes no name of two labels (`*.com`), and an address has no labels.
        self._takes_wildcards = (
            self.address is None
            and self._can_match
            and bool(self._label and dot)
            and "." in self._rest
            and "*" not in self._rest
        )

    def matches(self, presented: str) -> bool:
        """Whether one presented name surely covers the host.

        SDK HTTPSPolicyCallbackData, Wine tests check_ssl_policy, Microsoft KB 258858: case is ignored; a `*`
        that is the whole left-most label stands for exactly one label, with two labels or more after it.
        Trailing NULs, which some old certificates carry, are no part of the name.
        """
        name = presented.rstrip("\x00")
        return _DEVIATIONS.isdisjoint(name) and self._is(_ascii(name).lower())

    def _is(self, pattern: str) -> bool:
        if pattern == self._host:
            return self._can_match
        return self._takes_wildcards and pattern == f"*.{self._rest}"

    def doubt(self, presented: Sequence[str]) -> str | None:
        """Why one of these names, none of which surely covers the host, may cover it; None if none may.

        A label that ends in its only `*` (`w*.example.com`) is accepted by KB 258858 and refused by .NET's
        own matcher, which is said to follow the Windows team (dotnet/corefx pull request 14451)
        [validation 3.2.4]. Characters that IDNA 2003 and 2008 map differently (the deviations of UTS 46) are
        doubtful too [validation 3.2.11].
        """
        for name in presented:
            bare = name.rstrip("\x00").lower()
            if not _DEVIATIONS.isdisjoint(bare) and any(map(self._is, map(_ascii, _mappings(bare)))):
                return f"{name!r} is another name by IDNA 2003 than by IDNA 2008"
            if self._takes_wildcards and self._may_be(bare):
                return f"{name!r} has its wildcard after part of a label: {_PARTIAL_WILDCARD}"
        return None

    def _may_be(self, pattern: str) -> bool:
        label, _, rest = pattern.partition(".")
        return rest == self._rest and label.find("*") == len(label) - 1 and self._label.startswith(label[:-1])


_DEVIATIONS = frozenset("ßς\u200c\u200d")


def _mappings(name: str) -> tuple[str, str]:
    """A name as IDNA 2008 has it, and as IDNA 2003 had it."""
    older = name.replace("ß", "ss").replace("ς", "σ")
    return name, older.replace("\u200c", "").replace("\u200d", "")


_PARTIAL_WILDCARD = (
    "Microsoft's article KB 258858 says that Windows takes it, and .NET's own matcher refuses it "
    "[validation 3.2.4]"
)

# No host name is longer (RFC 1035), and a conversion takes time with the square of the length.
_LONGEST_NAME = 255


def _ascii(name: str) -> str:
    """A presented name in A-labels: CryptoAPI compares in Punycode (SDK HTTPSPolicyCallbackData).

    A leading `*` is no label that IDNA knows, so what follows it is converted (label by label, says the SDK).
    """
    if name.isascii() or len(name) > _LONGEST_NAME:
        return name
    import idna

    wildcard, rest = ("*.", name[2:]) if name.startswith("*.") else ("", name)
    try:
        return wildcard + idna.encode(rest, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return name
