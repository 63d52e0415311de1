"""What in an HTTP answer shows Exchange: headers that only Exchange sets. Data only [exchange 3.6.1].

`request-id`, ASP.NET's and IIS's own headers are none of them: others send them too [exchange 3.6.1].
"""

from __future__ import annotations

from collections.abc import Iterable

EXCHANGE_HEADERS = (
    "X-FEServer",
    "X-BEServer",
    "X-CasErrorCode",
    "X-CalculatedBETarget",
    "X-CalculatedFETarget",
    "X-DiagInfo",
    "X-WSSecurity-Enabled",
    "X-WSSecurity-For",
    "X-OAuth-Enabled",
    "X-SOAP-Enabled",
    "X-FederationTrustTokenIssuerUri",
    "X-AutoDiscovery-Error",
    "X-OWA-Version",
)
BY_LOWER_NAME = {name.lower(): name for name in EXCHANGE_HEADERS}


def exchange_headers(names: Iterable[str]) -> tuple[str, ...]:
    """Those of these header names, in any case, that show Exchange: as Exchange spells them, sorted."""
    found = {BY_LOWER_NAME[name.lower()] for name in names if name.lower() in BY_LOWER_NAME}
    return tuple(sorted(found))
