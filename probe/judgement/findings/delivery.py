"""Findings about the way to the service: name resolution, TCP, TLS negotiation, HTTP, and who can mend it.

Remedies here are advice from documented fixes ([exchange 3.5], [exchange 4] and [exchange 7]), never proved:
nothing of a partner's network can be judged again with a change applied, and the report says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from probe.facts.observation import Connection, FailureKind, Phase, Visit, WireFailure
from probe.judgement.caller import Caller
from probe.judgement.connection import handshake, proxy
from probe.judgement.http import fingerprint
from probe.judgement.model import Actor, Finding, Outcome, Remedy, Severity
from probe.judgement.verdict import Stage, Verdict, short_wait

_SEVERITIES = {
    Outcome.SUCCESS: Severity.INFO,
    Outcome.WARNING: Severity.WARNING,
    Outcome.FAILURE: Severity.FAILURE,
    Outcome.UNKNOWN: Severity.UNKNOWN,
}


class _Advice(Struct, frozen=True):
    actor: Actor
    text: str
    command: str | None = None


_TOGGLE_WSSECURITY = (
    "Get-WebServicesVirtualDirectory | Set-WebServicesVirtualDirectory -WSSecurityAuthentication:$true\n"
    "Get-AutodiscoverVirtualDirectory | Set-AutodiscoverVirtualDirectory -WSSecurityAuthentication:$true\n"
    "iisreset /noforce"
)
_ENABLE_WSSECURITY = _Advice(
    Actor.PARTNER,
    "turn WSSecurity on for the EWS and Autodiscover virtual directories of every server (if it is on: off "
    "and on again), then restart IIS",
    _TOGGLE_WSSECURITY,
)
_CHECK_HANDLER = _Advice(
    Actor.PARTNER,
    "check that the handler mapping svc-Integrated exists on the EWS and Autodiscover virtual directories; "
    "if it is gone, restore it (revert to parent, or register WCF again) and restart IIS",
    '%windir%\\system32\\inetsrv\\appcmd list config "Default Web Site/EWS" -section:handlers '
    "| findstr svc-Integrated\niisreset /noforce",
)
_PASS_THROUGH = _Advice(
    Actor.PARTNER,
    "publish /ews/exchange.asmx/WSSecurity, /autodiscover/autodiscover.svc/WSSecurity and "
    "/autodiscover/autodiscover.svc without pre-authentication: a rule of their own above the others, no "
    "delegation but clients may authenticate directly, all users",
)
_SERVICES = _Advice(
    Actor.PARTNER,
    "start what has stopped: the application pools, the services, the component state",
    "Test-ServiceHealth\nGet-ServerComponentState -Identity SERVER\n"
    "%windir%\\system32\\inetsrv\\appcmd list apppool /state:Stopped",
)
_RIGHT_URL = _Advice(
    Actor.CALLER,
    "check the URL of the organization relationship against what the partner publishes",
    "Get-OrganizationRelationship | fl Name,TargetSharingEpr,TargetAutodiscoverEpr\n"
    "Get-FederationInformation -DomainName PARTNER",
)
_DNS = _Advice(
    Actor.CALLER,
    "check the name in TargetAutodiscoverEpr or TargetSharingEpr, and how the Exchange servers resolve it",
    "Resolve-DnsName NAME\nGet-OrganizationRelationship | fl Name,TargetSharingEpr,TargetAutodiscoverEpr",
)
_FIREWALL = _Advice(
    Actor.NETWORK,
    "let the Exchange servers reach this address on its port, through every firewall and proxy on the way",
    "Test-NetConnection HOST -Port 443",
)
_PUBLISH = _Advice(Actor.PARTNER, "check that the service listens and is published at this address")
_RESET = (
    _Advice(
        Actor.PARTNER,
        "look for a firewall or intrusion prevention in front of Exchange that resets the request, and for "
        "the request in the IIS log of the server",
    ),
    _ENABLE_WSSECURITY,
    _Advice(
        Actor.CALLER,
        "check that the federation certificate is on every server",
        "Test-FederationTrustCertificate",
    ),
)
_COMMON_TLS = _Advice(
    Actor.PARTNER,
    "offer a protocol version and a cipher suite that the caller has too (TLS 1.2 with "
    "ECDHE and AES, for old callers also with CBC)",
)


def _newer_tls(caller: Caller) -> _Advice:
    # Exchange 2010 runs on .NET 3.5, which has settings of its own ([failures 6.3]).
    runtime = "v2.0.50727" if caller.exchange == "2010" else "v4.0.30319"
    key = f"reg add HKLM\\SOFTWARE\\Microsoft\\.NETFramework\\{runtime}"
    return _Advice(
        Actor.CALLER,
        "let .NET use the protocols of Windows and turn TLS 1.2 on in SChannel",
        f"{key} /v SystemDefaultTlsVersions /t REG_DWORD /d 1\n{key} /v SchUseStrongCrypto /t REG_DWORD /d 1",
    )


# What an answer means, by the code of its reading (response.py), and what is known to mend it.
_BY_READING: dict[str, tuple[_Advice, ...]] = {
    "wssecurity-off": (_ENABLE_WSSECURITY,),
    "autodiscover-wssecurity-off": (_ENABLE_WSSECURITY,),
    "pre-authentication": (_PASS_THROUGH,),
    "login-form": (_PASS_THROUGH,),
    "forbidden": (_PASS_THROUGH,),
    "not-found": (_RIGHT_URL, _CHECK_HANDLER),
    "handler-missing": (_CHECK_HANDLER,),
    "server-error": (_ENABLE_WSSECURITY, _CHECK_HANDLER),
    "service-stopped": (_SERVICES,),
    "gateway-timeout": (_SERVICES,),
    "bad-gateway": (_SERVICES,),
    "bad-host-header": (_RIGHT_URL,),
    "redirect": (_RIGHT_URL, _PASS_THROUGH),
    "not-soap": (_PASS_THROUGH, _RIGHT_URL),
    "broken-xml": (_PASS_THROUGH,),
    "empty-answer": (_ENABLE_WSSECURITY, _CHECK_HANDLER),
    "soap-fault": (_ENABLE_WSSECURITY,),
    "backend-wssecurity-off": (_ENABLE_WSSECURITY,),
    "client-certificate": (
        _Advice(
            Actor.PARTNER,
            "do not require client certificates on these paths: SSL settings of the virtual directories, and "
            "of what publishes them, to Ignore",
            '%windir%\\system32\\inetsrv\\appcmd list config "Default Web Site/EWS" -section:access',
        ),
    ),
    "bad-request": (_RIGHT_URL, _PUBLISH),
    "http-error": (_SERVICES, _RIGHT_URL),
    "throttled": (_Advice(Actor.PARTNER, "raise the request limit of what answers, and check again later"),),
    "mailbox-not-found": (_RIGHT_URL,),
}

_BY_FAILURE: dict[FailureKind, tuple[_Advice, ...]] = {
    FailureKind.NAME_NOT_FOUND: (_DNS,),
    FailureKind.NO_ADDRESS: (_DNS,),
    FailureKind.RESOLVER_FAILED: (_DNS,),
    FailureKind.REFUSED: (_PUBLISH, _FIREWALL),
    FailureKind.UNREACHABLE: (_FIREWALL,),
    FailureKind.RESET: _RESET,
    FailureKind.CLOSED: _RESET,
    FailureKind.CLOSE_NOTIFY: _RESET,
    FailureKind.TRUNCATED: _RESET,
    FailureKind.NOT_TLS: (_PUBLISH, _RIGHT_URL),
    FailureKind.ALERT: (_COMMON_TLS,),
    FailureKind.TLS_ERROR: (_COMMON_TLS,),
    FailureKind.TIMEOUT: (_FIREWALL, _SERVICES),
    FailureKind.DEADLINE: (_FIREWALL, _SERVICES),
    FailureKind.PROXY_REFUSED: (_Advice(Actor.NETWORK, "let the proxy open CONNECT to this host and port"),),
}


def findings(visit: Visit, caller: Caller, decided: Verdict) -> tuple[Finding, ...]:
    """What the way to the service showed: the cause when it stops the caller, notes when it does not."""
    return (*_delivered(visit, caller, decided), *_fingerprint(visit))


def _delivered(visit: Visit, caller: Caller, decided: Verdict) -> tuple[Finding, ...]:
    if decided.stage is Stage.CERTIFICATE:
        return ()
    if decided.reading is not None and decided.connection is not None and not _broke(decided):
        return (*_answer_findings(decided), *_read_beside(caller, decided))
    if decided.outcome in (Outcome.FAILURE, Outcome.UNKNOWN):
        return (_wire_finding(visit, caller, decided),)
    return ()


def _fingerprint(visit: Visit) -> tuple[Finding, ...]:
    """What answers, as far as its answers show it ([exchange 3.6])."""
    exchanges = [e for connection in visit.connections for e in connection.exchanges if e.status is not None]
    traits = fingerprint.fingerprint(exchanges) if exchanges else ()
    if not traits:
        return ()
    shown = "; ".join(trait.name for trait in traits)
    evidence = tuple(dict.fromkeys(trait.evidence for trait in traits))
    return (Finding("fingerprint", Severity.INFO, f"What answers: {shown}.", evidence),)


def _broke(decided: Verdict) -> bool:
    connection = decided.connection
    return (
        decided.outcome is not Outcome.SUCCESS
        and connection is not None
        and connection.failure is not None
        and decided.why != (decided.reading.summary if decided.reading else None)
    )


def _answer_findings(decided: Verdict) -> Iterator[Finding]:
    reading = decided.reading
    if reading is None:
        return
    severity = _SEVERITIES[decided.outcome]
    remedies = () if severity is Severity.INFO else _remedies(_BY_READING.get(reading.code, ()))
    yield Finding(f"http-{reading.code}", severity, reading.summary, reading.evidence, remedies)
    yield from _caveat(decided)


def _read_beside(caller: Caller, decided: Verdict) -> Iterator[Finding]:
    """Said where the answer came over the wider of the handshakes that the caller may make."""
    connection, agreement = decided.connection, decided.agreement
    if connection is None or connection.tls is None or connection.offer.shape != caller.wider_shape:
        return
    own = None if agreement is None or agreement.connection is None else agreement.connection.tls
    if own is not None:
        yield Finding(
            "answer-beside",
            Severity.INFO,
            f"The handshake in {own.protocol} was made as well; the answer was read over "
            f"{connection.tls.protocol}, which was quicker, from the same certificates.",
        )


def _caveat(decided: Verdict) -> Iterator[Finding]:
    if decided.agreement is not None and decided.agreement.caveat is not None:
        yield Finding("tls-assumption", Severity.INFO, _sentence(decided.agreement.caveat))


def _wire_finding(visit: Visit, caller: Caller, decided: Verdict) -> Finding:
    failure = decided.connection.failure if decided.connection is not None else None
    evidence = tuple(dict.fromkeys(_evidence(visit, caller, decided, failure)))
    of_proxy = proxy.finding(decided.connection, _SEVERITIES[decided.outcome], evidence)
    if of_proxy is not None:
        return of_proxy
    if decided.stage is Stage.HANDSHAKE:
        code, advice = "tls-refused", _handshake_advice(visit, caller, failure)
    else:
        code = f"{decided.stage.value}-{failure.kind.value}" if failure else f"{decided.stage.value}-unknown"
        advice = _BY_FAILURE.get(failure.kind, ()) if failure else ()
    return Finding(
        code=code,
        severity=_SEVERITIES[decided.outcome],
        summary=_sentence(decided.why),
        evidence=evidence,
        remedies=_remedies(advice),
    )


def _handshake_advice(visit: Visit, caller: Caller, failure: WireFailure | None) -> tuple[_Advice, ...]:
    negotiated = (FailureKind.ALERT, FailureKind.TLS_ERROR)
    agreed = [c.tls.protocol for c in visit.connections if c.tls is not None]
    # A caller that offers TLS 1.2 has nothing to turn on, and one whose own version was agreed to (with
    # other suites) or is above the partner's gains nothing by it.
    newer = (_newer_tls(caller),) if handshake.is_older(caller, agreed) else ()
    if failure is not None and failure.phase is Phase.HANDSHAKE and failure.kind not in negotiated:
        return _BY_FAILURE.get(failure.kind, (_COMMON_TLS, *newer))
    return (_COMMON_TLS, *newer)


def _evidence(visit: Visit, caller: Caller, decided: Verdict, failure: WireFailure | None) -> Iterator[str]:
    if failure is not None:
        yield _told(failure)
        yield from _impatience(decided.connection, caller)
    if decided.stage is Stage.HANDSHAKE:
        yield f"{caller.display} offers {', '.join(caller.protocols)}"
    for connection in visit.connections:
        if connection is not decided.connection:
            yield _also(connection)
    if decided.possible is not None:
        yield f"if the caller meets the same, it logs: {decided.possible.text}"


def _impatience(connection: Connection | None, caller: Caller) -> Iterator[str]:
    """Said where this run waited less than the caller would: a slow partner looks like a stalled one then."""
    waited = None if connection is None else short_wait(connection, caller)
    if waited is not None:
        yield (
            f"waited {waited:.1f} s here; the caller waits up to 25 s in all, so a partner that is "
            "only slow may still serve it: check again with a longer --timeout to be sure"
        )


def _told(failure: WireFailure) -> str:
    alert = "" if failure.alert is None else f", TLS alert {failure.alert}"
    detail = f" ({failure.detail})" if failure.detail else ""
    return f"in phase {failure.phase.value}: {failure.kind.value}{alert}{detail}"


def _also(connection: Connection) -> str:
    if connection.tls is not None:
        return f"another handshake agreed on {connection.tls.protocol} with {connection.tls.cipher}"
    if connection.failure is not None:
        return f"another attempt failed {_told(connection.failure)}"
    return "another attempt was made"


def _remedies(advice: tuple[_Advice, ...]) -> tuple[Remedy, ...]:
    return tuple(Remedy(entry.actor, entry.text, entry.command) for entry in advice)


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
