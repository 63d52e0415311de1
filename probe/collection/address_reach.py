"""How far an IP address reaches: the whole internet, or some network that only the prober's machine is in.

The table is our own, because `ipaddress` changes what it calls global from version to version. Sources: the
IANA IPv4 and IPv6 Special-Purpose Address Registries, RFC 6890; for the addresses at which clouds tell a
machine its secrets, which are counted as link-local wherever they lie, the clouds' own documentation.
"""

from __future__ import annotations

import ipaddress
import socket
from enum import StrEnum
from functools import lru_cache

from probe.facts.target import ip_literal


class Reach(StrEnum):
    """Classes of addresses, as the IANA special-purpose registries have them."""

    GLOBAL = "global"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link-local"
    PRIVATE = "private"
    MULTICAST = "multicast"


# The first network that holds an address counts. Connecting to the unspecified address reaches the machine
# itself. Everything that is neither global nor a class of its own (reserved, shared, test) is private.
_TABLE = tuple(
    (ipaddress.ip_network(network), found)
    for found, networks in (
        (Reach.LOOPBACK, ("127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128")),
        # The last four: Alibaba Cloud, Azure, Oracle Cloud, and AWS over IPv6.
        (
            Reach.LINK_LOCAL,
            (
                "169.254.0.0/16",
                "fe80::/10",
                "100.100.100.200/32",
                "168.63.129.16/32",
                "192.0.0.192/32",
                "fd00:ec2::254/128",
            ),
        ),
        (Reach.MULTICAST, ("224.0.0.0/4", "ff00::/8")),
        (
            Reach.PRIVATE,
            (
                "10.0.0.0/8",
                "100.64.0.0/10",
                "172.16.0.0/12",
                "192.0.0.0/24",
                "192.0.2.0/24",
                "192.88.99.0/24",
                "192.168.0.0/16",
                "198.18.0.0/15",
                "198.51.100.0/24",
                "203.0.113.0/24",
                "240.0.0.0/4",
                "2001::/23",
                "2001:db8::/32",
                "3fff::/20",
            ),
        ),
        (Reach.GLOBAL, ("0.0.0.0/0", "2000::/3")),
    )
    for network in networks
)
# Prefixes that carry an IPv4 address: mapped, translated (RFC 2765), compatible, NAT64 (RFC 6052, and RFC
# 8215 for an operator's own), 6to4 (RFC 3056); behind each the address's place, in bits from the right.
_EMBEDDING = tuple(
    (ipaddress.IPv6Network(network), shift)
    for network, shift in (
        ("::ffff:0:0/96", 0),
        ("::ffff:0:0:0/96", 0),
        ("::/96", 0),
        ("64:ff9b::/96", 0),
        ("64:ff9b:1::/48", 0),
        ("2002::/16", 80),
    )
)
_LOCAL_USE_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
_LOCAL_NAMES = frozenset(("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"))
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@lru_cache(maxsize=256)  # asked several times for each address of a target
def reach(address: str) -> Reach:
    """The reach of an IP literal; of the IPv4 address inside, if it is a translated or mapped one."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    found = _listed(parsed)
    if isinstance(parsed, ipaddress.IPv4Address) or found is Reach.LOOPBACK:
        return found
    embedded = _embedded(parsed)
    if embedded is None:
        return found
    inner = _listed(embedded)
    return Reach.PRIVATE if inner is Reach.GLOBAL and parsed in _LOCAL_USE_NAT64 else inner


def reach_of_host(host: str) -> Reach | None:
    """The reach of a host that is an address in any spelling, or names this machine; None for other names.

    Where names are looked up elsewhere, by a proxy, `127.1`, `2130706433`, `0x7f000001` and `localhost` are
    as near as 127.0.0.1: inet_aton reads them (POSIX), and a name may not end in a number (WHATWG URL, "ends
    in a number checker").
    """
    literal = ip_literal(host)
    if literal is not None:
        return reach(literal)
    name = host.lower().removesuffix(".")
    if name in _LOCAL_NAMES or name.endswith(".localhost"):
        return Reach.LOOPBACK
    last = name.rpartition(".")[2]
    if not (last.isdecimal() or last.startswith("0x")):
        return None
    try:
        return reach(socket.inet_ntoa(socket.inet_aton(name)))
    except OSError:
        return Reach.PRIVATE


def _listed(address: _Address) -> Reach:
    return next((found for network, found in _TABLE if address in network), Reach.PRIVATE)


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    shift = next((shift for network, shift in _EMBEDDING if address in network), None)
    return None if shift is None else ipaddress.IPv4Address(int(address) >> shift & 0xFFFFFFFF)
