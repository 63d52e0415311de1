"""Microsoft's hosts in front of mailboxes, and what holds of them when. Data only, each with its source.

CREATE_RELATIONSHIP: OfficeDocs-Exchange, create-an-organization-relationship.md lines 146 to 153
HYBRID_AGENT: OfficeDocs-Exchange, hybrid-agent.md
Read for [exchange 1.4.3], [exchange 8.2] and [exchange 8.3] in November 2026; a date in the future is a plan.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from probe.facts.dated_events import EWS_ENDS, EWS_OFF, DatedEvent
from probe.facts.services import microsoft_hosts

CREATE_RELATIONSHIP = "create-an-organization-relationship.md"
HYBRID_AGENT = "hybrid-agent.md"


class CloudService(StrEnum):
    """What answers under a name that is Microsoft's."""

    EXCHANGE_ONLINE = "Exchange Online"
    HYBRID_AGENT = "the hybrid agent's relay"
    FEDERATION = "a service of Microsoft's federation and no Exchange"


class CloudHosts(Struct, frozen=True):
    """Names of a service, and of what stands below them."""

    service: CloudService
    names: tuple[str, ...]
    source: str


HOSTS = (
    CloudHosts(CloudService.EXCHANGE_ONLINE, microsoft_hosts.EXCHANGE_ONLINE, CREATE_RELATIONSHIP),
    CloudHosts(CloudService.HYBRID_AGENT, microsoft_hosts.HYBRID_AGENT, HYBRID_AGENT),
    CloudHosts(CloudService.FEDERATION, microsoft_hosts.SERVICES, "[exchange 7.7]"),
)

RETIREMENT = (EWS_OFF, EWS_ENDS)


def service_of(host: str) -> CloudHosts | None:
    """The service whose name `host` (A-labels) is, or None for everybody else's."""
    return next((hosts for hosts in HOSTS if microsoft_hosts.is_one_of(host, hosts.names)), None)


def retirement_at(moment: datetime) -> DatedEvent | None:
    """What holds of EWS in Exchange Online at this moment; None before its end began."""
    return next((event for event in reversed(RETIREMENT) if event.day <= moment.date()), None)
