"""Failures of the proxy on the way, told apart from the partner's: its name, its port, and what it says.

A proxy answers CONNECT in its own name (RFC 9110 section 9.3.6), so every status there is about the proxy:
407 about credentials, 403 about its rules, 502 to 504 about its own way to the partner. Nothing was seen of
the partner then.
"""

from __future__ import annotations

from probe.facts.observation import Connection, FailureKind, Phase
from probe.judgement.model import Actor, Finding, Remedy, Severity

_PHASES = (Phase.RESOLVE, Phase.CONNECT, Phase.TUNNEL)
_UPSTREAM = ("502", "503", "504")


def finding(connection: Connection | None, severity: Severity, evidence: tuple[str, ...]) -> Finding | None:
    """What the proxy did, for a connection that ended before the partner was reached; None for any other."""
    if connection is None or connection.proxy is None or connection.failure is None:
        return None
    failure, proxy = connection.failure, connection.proxy
    if failure.phase not in _PHASES:
        return None
    code, said, remedy = _explained(proxy, failure.phase, failure.kind, failure.detail)
    summary = f"{said} Nothing was seen of the partner."
    return Finding(code, severity, summary, evidence, (remedy,))


def _explained(proxy: str, phase: Phase, kind: FailureKind, detail: str) -> tuple[str, str, Remedy]:
    status = detail.strip()[:3]
    if phase is Phase.RESOLVE:
        return (
            "proxy-name",
            f"The name of the proxy {proxy} has no address.",
            _network("check the name of the proxy (Set-ExchangeServer -InternetWebProxy, --proxy)"),
        )
    if phase is Phase.CONNECT:
        return (
            "proxy-unreachable",
            f"The proxy {proxy} cannot be connected to ({kind.value}).",
            _network("check the address and the port of the proxy, and that it runs"),
        )
    if kind is not FailureKind.PROXY_REFUSED:
        return (
            "proxy-broke",
            f"The proxy {proxy} answered CONNECT with nothing usable ({kind.value}).",
            _network("check that this is an HTTP proxy that takes CONNECT"),
        )
    if status == "407":
        return (
            "proxy-authentication",
            f"The proxy {proxy} wants authentication ({detail}).",
            _network("let the Exchange servers pass without authentication: they send none to the proxy"),
        )
    if status in _UPSTREAM:
        return (
            "proxy-upstream",
            f"The proxy {proxy} did not reach the partner ({detail}).",
            _network("find out why the proxy cannot reach this host: its DNS, its firewall, its own proxy"),
        )
    return (
        "proxy-refused",
        f"The proxy {proxy} refuses CONNECT to this host ({detail}).",
        _network("let the proxy open CONNECT to this host and port"),
    )


def _network(text: str) -> Remedy:
    return Remedy(Actor.NETWORK, text)
