"""Microsoft's services that a federated caller needs before it asks any partner. Data only.

Source: [exchange 7.7]. As SYSTEM the Exchange servers have to reach the first two for every lookup and once a
day, the third when a domain is added to the federation. None of them is an Exchange server.
"""

from __future__ import annotations

from msgspec import Struct


class FederationService(Struct, frozen=True):
    """One address, and what a caller needs it for."""

    host: str
    path: str
    purpose: str

    @property
    def url(self) -> str:
        """Its URL."""
        return f"https://{self.host}{self.path}"


SERVICES = (
    FederationService(
        "login.microsoftonline.com", "/extSTS.srf", "the token service: a token for each partner"
    ),
    FederationService(
        "nexus.microsoftonline-p.com",
        "/federationmetadata/2006-12/federationmetadata.xml",
        "the metadata of the federation gateway: its certificates, read once a day",
    ),
    FederationService(
        "domains.live.com",
        "/service/managedelegation2.asmx",
        "the management of federated domains, for set-up alone",
    ),
)
