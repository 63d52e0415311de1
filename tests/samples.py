"""Observations made by hand, for tests that need facts and no network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from probe.facts import target
from probe.facts.certificate import Certificate
from probe.facts.observation import Connection, Endpoint, EndpointKind, HttpExchange, Observation, Vantage
from probe.facts.tls_negotiation import TlsSession

HOST = "mail.partner.lab"
URL = f"https://{HOST}/ews/exchange.asmx/WSSecurity"
VANTAGE = Vantage("Linux", "3.11", "OpenSSL 3.0", "fedprobe 0")
SESSION = TlsSession("TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", HOST)
ENDPOINT = Endpoint(EndpointKind.EWS_WSSECURITY, URL, HOST, 443, "given")
ALIVE = (
    HttpExchange(
        "GET",
        URL,
        401,
        "Unauthorized",
        "1.1",
        (("X-WSSecurity-Enabled", "True"), ("X-FEServer", "EX01"), ("request-id", "1")),
    ),
    HttpExchange(
        "POST",
        URL,
        401,
        "Unauthorized",
        "1.1",
        (("X-CasErrorCode", "BadSamlToken"), ("X-FEServer", "EX01"), ("request-id", "2")),
    ),
)


def observed(
    presented: Sequence[Certificate],
    *,
    exchanges: tuple[HttpExchange, ...] = ALIVE,
    at: datetime | None = None,
) -> Observation:
    """One connection to one EWS endpoint that presented this chain and answered."""
    connection = Connection(
        ENDPOINT, "192.0.2.1", 443, tls=SESSION, presented=tuple(presented), exchanges=exchanges
    )
    return Observation(
        target.parse(URL), at or datetime.now(UTC).replace(microsecond=0), VANTAGE, connections=(connection,)
    )
