"""Names under which Microsoft's own services answer. Data only.

Exchange Online and the hybrid agent: create-an-organization-relationship.md and hybrid-agent.md of
OfficeDocs-Exchange [exchange 1.4.2] [exchange 1.4.3]. Token, metadata and test services: [exchange 7.7] and
the addresses that the texts of [exchange 4.3] name.
"""

from __future__ import annotations

from functools import lru_cache

EXCHANGE_ONLINE = (
    "outlook.com",
    "outlook.office365.com",
    "outlook.office.com",
    "office365.us",
    "outlook.cn",
    "outlook.office.de",
)
HYBRID_AGENT = ("msappproxy.net",)
SERVICES = (
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.windows.net",
    "nexus.microsoftonline-p.com",
    "accounts.accesscontrol.windows.net",
    "domains.live.com",
    "login.live.com",
    "graph.windows.net",
    "graph.microsoft.com",
    "testconnectivity.microsoft.com",
)


def is_one_of(host: str, names: tuple[str, ...]) -> bool:
    """Whether a host is one of these names or stands below one; in any case, with or without a last dot."""
    return f".{host.lower().rstrip('.')}".endswith(_endings(names))


@lru_cache(maxsize=16)
def _endings(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f".{name}" for name in names)
