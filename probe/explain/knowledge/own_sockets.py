"""Winsock errors of the caller's own Windows: no packet of these requests left it [failures 5.7]."""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge
from probe.remedies import network

_SOURCE = "[failures 5.7]; Microsoft Learn, Windows Sockets Error Codes"

FORBIDDEN = Knowledge(
    "connection-forbidden-here",
    "The caller's own Windows forbade the connection (10013)",
    "The connection was refused on the caller's server itself, before a packet left it. The other side has "
    "no part in it.",
    (
        ("An attempt was made to access a socket in a way forbidden",),
        ("forbidden by its access permissions",),
    ),
    (
        Cause(
            "outbound-filter-here",
            "Windows Firewall (an outbound rule), endpoint protection or another filter on the caller's "
            "server blocks this program or port.",
            "Test-NetConnection on that server, as SYSTEM, fails at once; from another server it works.",
            (network.ALLOW_OUTBOUND,),
        ),
    ),
    _SOURCE,
    commands=("Test-NetConnection {host} -Port {port}",),
)
EXHAUSTED = Knowledge(
    "sockets-exhausted-here",
    "The caller's server has no ports or socket buffers left (10048, 10055)",
    "Windows on the caller's server could not open another connection to anybody. The other side has no part "
    "in it.",
    (
        ("Only one usage of each socket address",),
        ("the system lacked sufficient buffer space",),
    ),
    (
        Cause(
            "ports-used-up",
            "A program on the caller's server holds nearly all dynamic ports, or the pool of them is small.",
            "The list of connections by process; it passes after a restart of that program and comes again.",
            (network.FREE_PORTS,),
        ),
    ),
    _SOURCE,
    commands=("netsh int ipv4 show dynamicport tcp",),
)
NO_ADDRESS = Knowledge(
    "address-not-valid-here",
    "The name of the host led to an address that cannot be connected to (10049)",
    "The caller's server got an address such as 0.0.0.0 for the name: of a DNS filter, a wrong record, or "
    "the hosts file.",
    (("The requested address is not valid in its context",),),
    (
        Cause(
            "wrong-address",
            "DNS as the caller sees it, or its hosts file, gives an address that is none.",
            "The address at the end of the message.",
            (network.FIX_DNS,),
        ),
    ),
    _SOURCE,
    commands=("Resolve-DnsName {host}",),
)
ABORTED = Knowledge(
    "aborted-here",
    "The caller's own Windows gave the connection up (10053)",
    "The connection was aborted on the caller's server, not by the other side: data that nobody "
    "acknowledged, or software there that takes part in connections.",
    (("aborted by the software in your host machine",),),
    (
        Cause(
            "software-here",
            "Endpoint protection or TLS inspection on the caller's server ended the connection, or packets "
            "were lost until Windows gave up.",
            "It stops with that software switched off; a capture on the server shows who ends it.",
            (network.ALLOW_OUTBOUND, network.ALLOW_SOURCE),
        ),
    ),
    _SOURCE,
    ("probe check {url}",),
)
ROWS = (FORBIDDEN, EXHAUSTED, NO_ADDRESS, ABORTED)
