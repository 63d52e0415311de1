"""Endpoints of Exchange Online and of the hybrid agent: the TLS result counts, their HTTP answers do not.

What these hosts answer to a stranger changes with Microsoft's plans and says nothing of one tenant
([exchange 8.2]), so it is neither health nor fault here.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from probe.facts.dated_events import EWS_ANNOUNCED
from probe.facts.observation import EndpointKind, Visit
from probe.facts.target import WSSECURITY_SUFFIX
from probe.judgement.findings.cloud_services import (
    CloudHosts,
    CloudService,
    retirement_at,
    service_of,
)
from probe.judgement.findings.tls import remedies_of
from probe.judgement.model import Finding, Outcome, Severity
from probe.judgement.verdict import Stage, Verdict
from probe.remedies import relationship

_SUFFIX = WSSECURITY_SUFFIX.lower()
_AFTER_TLS = (Stage.REQUEST, Stage.SERVICE)


def tls_only(visit: Visit, decided: Verdict) -> Verdict:
    """The verdict without what a cloud service answered; as it was for every other host."""
    if service_of(visit.endpoint.host) is None or decided.stage not in _AFTER_TLS or not _answered(decided):
        return decided
    return replace(
        decided,
        outcome=Outcome.SUCCESS,
        stage=Stage.SERVICE,
        why="TLS result only",
        web_exception=None,
        possible=None,
        reading=None,
    )


def findings(visit: Visit, decided: Verdict, at: datetime) -> tuple[Finding, ...]:
    """What the user must know of a cloud endpoint as of `at`; () for every other host."""
    hosts = service_of(visit.endpoint.host)
    if hosts is None or decided.stage not in _AFTER_TLS:
        return ()
    if hosts.service is CloudService.EXCHANGE_ONLINE and visit.endpoint.kind is EndpointKind.EWS_WSSECURITY:
        return (_ews(visit.endpoint.host, hosts, at),)
    if hosts.service is CloudService.FEDERATION and visit.endpoint.url.lower().rstrip("/").endswith(_SUFFIX):
        return (_no_exchange(visit.endpoint.host, hosts),)
    # That its token service answers is what a caller needs; a mailbox behind the others may still be gone.
    severity = Severity.INFO if hosts.service is CloudService.FEDERATION else Severity.WARNING
    return (_finding(visit.endpoint.host, hosts, severity, "", (f"host names: {hosts.source}",)),)


def _ews(host: str, hosts: CloudHosts, at: datetime) -> Finding:
    event = retirement_at(at)
    if event is None:
        return _finding(
            host, hosts, Severity.WARNING, EWS_ANNOUNCED.text, (f"source: {EWS_ANNOUNCED.source}",)
        )
    undecided = (f"undecided: {event.undecided}",) if event.undecided is not None else ()
    return _finding(host, hosts, Severity.UNKNOWN, event.text, (f"source: {event.source}", *undecided))


def _no_exchange(host: str, hosts: CloudHosts) -> Finding:
    """A relationship that holds the address of a token service leads to no mailbox ([exchange 2.7])."""
    return Finding(
        "cloud-no-exchange",
        Severity.FAILURE,
        f"{host} is {hosts.service.value}: no relationship can have its EWS or Autodiscover there.",
        (f"host names: {hosts.source}",),
        remedies_of((relationship.CHECK_URL,)),
    )


def _finding(
    host: str, hosts: CloudHosts, severity: Severity, more: str, evidence: tuple[str, ...]
) -> Finding:
    further = f"; {more}" if more else ""
    return Finding(
        "cloud-endpoint",
        severity,
        f"{host} is {hosts.service.value}: TLS result only, because what it answers to a stranger "
        f"says nothing of one tenant{further}.",
        evidence,
    )


def _answered(decided: Verdict) -> bool:
    """Whether an HTTP answer, and no broken connection, is what decided."""
    connection = decided.connection
    if connection is None or decided.reading is None:
        return False
    return any(exchange.status is not None and exchange.method == "POST" for exchange in connection.exchanges)
