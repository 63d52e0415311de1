"""Microsoft's hosts in front of mailboxes, and dated facts about them. Data only, each with its source.

MESSAGE_CENTER: MC1227454 (5 February 2026), as told in
  https://office365itpros.com/2026/02/06/ews-retirement-may-2027
SET_ORGANIZATION_CONFIG: office-docs-powershell, Set-OrganizationConfig (EwsEnabled, EwsAllowedAppIDs)
CREATE_RELATIONSHIP: OfficeDocs-Exchange, create-an-organization-relationship.md lines 146 to 153
HYBRID_AGENT: OfficeDocs-Exchange, hybrid-agent.md
Read for [exchange 1.4] and [exchange 8] in November 2026; a date in the future is a plan.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct

MESSAGE_CENTER = "MC1227454, https://office365itpros.com/2026/02/06/ews-retirement-may-2027"
SET_ORGANIZATION_CONFIG = "Set-OrganizationConfig, EwsEnabled and EwsAllowedAppIDs"
CREATE_RELATIONSHIP = "create-an-organization-relationship.md"
HYBRID_AGENT = "hybrid-agent.md"


class CloudService(StrEnum):
    """What answers under a name that is Microsoft's."""

    EXCHANGE_ONLINE = "Exchange Online"
    HYBRID_AGENT = "the hybrid agent's relay"


class CloudHosts(Struct, frozen=True):
    """Names of a service: `suffixes` match what ends in them, `exact` are whole names."""

    service: CloudService
    exact: frozenset[str]
    suffixes: tuple[str, ...]
    source: str


class DatedFact(Struct, frozen=True):
    """What holds of EWS in Exchange Online from a moment on."""

    since: datetime
    text: str
    source: str


HOSTS = (
    CloudHosts(
        CloudService.EXCHANGE_ONLINE,
        frozenset(
            (
                "outlook.office365.com",
                "outlook.office.com",
                "outlook.com",
                "autodiscover-s.outlook.com",
                "autodiscover-s.office365.us",
                "autodiscover-s-dod.office365.us",
                "outlook.office365.us",
            )
        ),
        (".outlook.com", ".office365.us"),
        CREATE_RELATIONSHIP,
    ),
    CloudHosts(CloudService.HYBRID_AGENT, frozenset(), (".msappproxy.net",), HYBRID_AGENT),
)

RETIREMENT = (
    DatedFact(
        datetime(2026, 10, 1, tzinfo=UTC),
        "since 1 October 2026 EWS in Exchange Online is off unless the tenant has set EwsEnabled to True and "
        "named the allowed applications in EwsAllowedAppIDs",
        f"{MESSAGE_CENTER}; {SET_ORGANIZATION_CONFIG}",
    ),
    DatedFact(
        datetime(2027, 4, 1, tzinfo=UTC),
        "since 1 April 2027 EWS in Exchange Online is shut down for good",
        MESSAGE_CENTER,
    ),
)
ANNOUNCED = DatedFact(
    datetime(2026, 2, 5, tzinfo=UTC),
    "EWS in Exchange Online will be off from 1 October 2026 unless the tenant allows it, and for good from "
    "1 April 2027",
    MESSAGE_CENTER,
)


def service_of(host: str) -> CloudHosts | None:
    """The service whose name `host` (A-labels) is, or None for everybody else's."""
    name = host.lower().rstrip(".")
    for hosts in HOSTS:
        if name in hosts.exact or name.endswith(hosts.suffixes):
            return hosts
    return None


def retirement_at(moment: datetime) -> DatedFact | None:
    """What holds of EWS in Exchange Online at this moment; None before its end began."""
    return next((fact for fact in reversed(RETIREMENT) if fact.since <= moment), None)
