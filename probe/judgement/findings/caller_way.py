"""Whether the caller goes to a host by the way that was taken from here: through its web proxy, or directly.

What is known of it comes from the server's own settings (InternetWebProxy and what goes past it
[exchange 6.7]), `Caller.way_known`; of a profile nothing is known, and nothing is to be asked here.
"""

from __future__ import annotations

from msgspec.structs import replace

from probe.facts.observation import Visit
from probe.judgement.caller_profile import Caller
from probe.judgement.findings.tls import remedies_of
from probe.judgement.model import Actor, Finding, Outcome, Remedy, Severity
from probe.judgement.verdict import Stage, Verdict
from probe.remedies import relationship

_BEFORE_THE_PARTNER = frozenset({Stage.RESOLVE, Stage.CONNECT, Stage.TUNNEL})


def doubted(visit: Visit, caller: Caller, decided: Verdict) -> Verdict:
    """The verdict; unknown where what failed is a step that the caller does not take on its way."""
    way = _other_way(visit, caller)
    if way is None or decided.outcome is not Outcome.FAILURE or decided.stage not in _BEFORE_THE_PARTNER:
        return decided
    exception = decided.web_exception
    why = f"{decided.why}; {way}"
    return replace(decided, outcome=Outcome.UNKNOWN, why=why, web_exception=None, possible=exception)


def findings(visit: Visit, caller: Caller, decided: Verdict) -> tuple[Finding, ...]:
    """What to say of the caller's way under this verdict; () where it is the one that was taken."""
    proxy = caller.proxy_to(visit.endpoint.host)
    if proxy is not None and not proxy.lower().startswith("http://"):
        summary = (
            f"Its web proxy is written as {proxy}: .NET knows proxies by http:// only, and the request never "
            "leaves the server."
        )
        remedies = remedies_of((relationship.FIX_PROXY_FOR_OWN_SERVERS,))
        return (Finding("caller-proxy-scheme", Severity.FAILURE, summary, remedies=remedies),)
    way = _other_way(visit, caller)
    if way is None:
        return ()
    option = "--no-proxy" if proxy is None else f"--proxy {proxy}"
    remedy = Remedy(Actor.CALLER, f"check the way that this server takes, with {option}")
    doubted_for_it = decided.outcome is Outcome.UNKNOWN and decided.stage in _BEFORE_THE_PARTNER
    severity = Severity.UNKNOWN if doubted_for_it else Severity.WARNING
    return (Finding("caller-other-way", severity, f"{way[:1].upper()}{way[1:]}.", (), (remedy,)),)


def _other_way(visit: Visit, caller: Caller) -> str | None:
    host = visit.endpoint.host
    own = caller.proxy_to(host)
    taken = next((c.proxy for c in visit.connections if _same(c.proxy) != _same(own)), own)
    if _same(taken) == _same(own):
        return None
    seen = f"this was seen through the proxy {taken}" if taken else "this was seen without a proxy"
    if own is None:
        return f"{seen}, and this caller goes to {host} directly"
    return f"{seen}, and this caller goes through {own} (InternetWebProxy), which may answer by itself"


def _same(proxy: str | None) -> str | None:
    return proxy and proxy.lower().removeprefix("http://").rstrip("/")
