"""How far an IP address reaches: the whole internet, or some network that only the prober's machine is in."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from functools import lru_cache

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052 section 2.1
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Reach(StrEnum):
    """Classes of addresses, as the IANA special-purpose registries have them."""

    GLOBAL = "global"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link-local"
    PRIVATE = "private"
    MULTICAST = "multicast"


@lru_cache(maxsize=256)  # asked several times for each address of a target
def reach(address: str) -> Reach:
    """The reach of an IP literal; of the IPv4 address inside, if it is a translated or mapped one.

    Everything that is neither global nor a class of its own (unspecified, reserved, shared) is private.
    """
    parsed = _embedded(ipaddress.ip_address(address.partition("%")[0]))
    if parsed.is_multicast:
        return Reach.MULTICAST
    if parsed.is_loopback or parsed.is_unspecified:
        # Connecting to the unspecified address reaches the machine itself.
        return Reach.LOOPBACK
    if parsed.is_link_local:
        return Reach.LINK_LOCAL
    return Reach.GLOBAL if parsed.is_global else Reach.PRIVATE


def _embedded(address: _Address) -> _Address:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return inner
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
