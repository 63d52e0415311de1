"""Whether what ended a connection is this machine's own state, and says nothing about the partner.

A resolver that gives no answer, a family without a route, a rule or a proxy of this machine: the caller,
which is another machine, need not meet them. Nothing is decided here of what a partner, or a network between
it and this machine, did.
"""

from __future__ import annotations

from probe.facts.observation import Connection, FailureKind, Phase, WireFailure

# Errors that this machine's own system reports before anything has left it.
_LOCAL = frozenset({1, 13, 49, 50, 99, 100, 10013, 10049, 10050})
_NO_ROUTE = frozenset({51, 101, 10051})
_PROXY_AUTHENTICATION_REQUIRED = 407
_NO_PROXY = "this machine does not reach the proxy; the caller may reach it, or use another one"


def vantage_state(connection: Connection | None) -> str | None:
    """What of this machine's own state ended the connection before the partner was met, or None."""
    if connection is None or connection.failure is None:
        return None
    failure = connection.failure
    if failure.proxy_status == _PROXY_AUTHENTICATION_REQUIRED:
        return "the proxy wants other credentials from this machine"
    if connection.proxy is not None:
        reached = failure.phase not in (Phase.RESOLVE, Phase.CONNECT)
        return None if reached else _NO_PROXY
    if failure.kind is FailureKind.RESOLVER_FAILED:
        return "this machine's resolver gave no answer; the caller asks another one"
    # A connection that our own rules forbid has no address: that is about where an answer leads.
    if failure.errno in _LOCAL and connection.address is not None:
        return "this machine itself refused to connect"
    if _lacks_route(failure):
        family = "IPv6" if ":" in (connection.address or "") else "IPv4"
        return f"this machine has no {family} route; the caller may have one"
    return None


def _lacks_route(failure: WireFailure) -> bool:
    """As the routing said when it was asked; without that, as the error says that came of connecting."""
    return failure.errno in _NO_ROUTE if failure.no_route is None else failure.no_route
