"""What can honestly be said of a chain that came through a proxy: whose it is, and by what sign.

A proxy that inspects TLS presents a certificate of its own making. Two signs are taken for proof enough to
say so: an issuer named after a product that does this, and one key in certificates for different hosts,
which such products reuse and partners do not. Nothing is said where neither is seen, except that the chain
came through a proxy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probe.facts.certificate import Certificate
from probe.facts.observation import Observation, Visit
from probe.judgement.model import Actor, Finding, Remedy, Severity

# Names that makers of inspecting proxies, filters and debuggers put into the certificates that they issue.
PRODUCTS = (
    "Avast",
    "Barracuda",
    "Bitdefender",
    "Blue Coat",
    "Charles Proxy",
    "Check Point",
    "Cisco Umbrella",
    "DO_NOT_TRUST",
    "ESET SSL Filter",
    "Fiddler",
    "Forcepoint",
    "Fortinet",
    "FortiGate",
    "goskope",
    "iboss",
    "Kaspersky",
    "McAfee Web Gateway",
    "mitmproxy",
    "Netskope",
    "Palo Alto Networks",
    "PortSwigger",
    "Skyhigh",
    "SonicWall",
    "Sophos",
    "Squid",
    "Untangle",
    "WatchGuard",
    "Zscaler",
)
_PRODUCT = re.compile("|".join(rf"\b{re.escape(name)}" for name in PRODUCTS), re.IGNORECASE)

_REMEDIES = (
    Remedy(
        Actor.NETWORK,
        "exempt the partner's hosts from TLS inspection for the Exchange servers",
    ),
    Remedy(
        Actor.CALLER,
        "check without the proxy, or on an Exchange server, to see the partner's own certificate",
        "probe check PARTNER --no-proxy",
    ),
)


def findings(visit: Visit, observation: Observation) -> tuple[Finding, ...]:
    """What to say of a chain presented through a proxy; () for one that was not."""
    found = next(((c.proxy, c.presented) for c in visit.connections if c.proxy and c.presented), None)
    if found is None:
        return ()
    proxy, presented = found
    signs = tuple(_signs(presented, visit, observation))
    if signs:
        summary = (
            f"The proxy {proxy} inspects TLS: this certificate is the proxy's, not the partner's. The "
            "verdict is about a caller that goes through this proxy."
        )
        return (Finding("proxy-inspects-tls", Severity.WARNING, summary, signs, _REMEDIES),)
    summary = (
        f"The certificate was presented through the proxy {proxy}; a caller that goes another way may see "
        "another one."
    )
    return (Finding("through-proxy", Severity.INFO, summary),)


def _signs(presented: tuple[Certificate, ...], visit: Visit, observation: Observation) -> Iterator[str]:
    for certificate in presented:
        match = _PRODUCT.search(str(certificate.issuer)) if certificate.structure else None
        if match is not None:
            yield f"the issuer {certificate.issuer} is named after {match[0]}, which inspects TLS"
            break
    leaf = presented[0]
    if leaf.structure is None:
        return
    for connection in observation.connections:
        other = connection.presented[0] if connection.proxy and connection.presented else leaf
        same_key = other.structure is not None and _key(other) == _key(leaf)
        if same_key and other != leaf and connection.endpoint.host != visit.endpoint.host:
            yield f"{connection.endpoint.host} presents another certificate with the same key"
            return


def _key(certificate: Certificate) -> bytes:
    return certificate.structure.public_key_info if certificate.structure is not None else b""
