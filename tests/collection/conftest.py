"""Partners on loopback with throw-away certificates, and a way to collect from them."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from probe.collection import collector
from probe.collection.settings import Settings
from probe.facts import target
from probe.facts.observation import Observation
from tests.collection.collection_peer import Behaviour, Issued, Partner, issue, server_context

HOST = "mail.partner.example"
URL = f"https://{HOST}/ews/exchange.asmx/WSSecurity"


@pytest.fixture(scope="session")
def authority() -> Issued:
    """A root."""
    return issue("Throw-away Root", ca=True)


@pytest.fixture(scope="session")
def leaf(authority: Issued) -> Issued:
    """An end-entity certificate right below the root."""
    return issue(HOST, authority)


@pytest.fixture
def context(leaf: Issued, authority: Issued, tmp_path: Path) -> ssl.SSLContext:
    """A server's context that presents end-entity and root."""
    return server_context((leaf, authority), tmp_path)


@pytest.fixture
def serve(context: ssl.SSLContext) -> Iterator[Callable[..., Partner]]:
    """Start a partner with these behaviours; `chain` presents another chain."""
    partners: list[Partner] = []

    def start(
        *behaviours: Behaviour,
        family: int = socket.AF_INET,
        tls: bool = True,
        chain: ssl.SSLContext | None = None,
    ) -> Partner:
        partner = Partner(*behaviours, context=(chain or context) if tls else None, family=family)
        partners.append(partner)
        return partner

    yield start
    for partner in partners:
        partner.close()


@pytest.fixture
def collect() -> Callable[..., Observation]:
    """Collect from a partner; keywords are settings, `timeout` is generous unless given."""

    def run(partner: Partner | None, text: str = URL, **changes: Any) -> Observation:
        changes.setdefault("timeout", 20.0)
        changes.setdefault("connect_timeout", 10.0)
        changes.setdefault("aia", False)
        if partner is not None:
            from probe.collection.settings import ConnectTo

            changes.setdefault("connect_to", (ConnectTo(None, None, "127.0.0.1", partner.port),))
        return asyncio.run(collector.collect(target.parse(text), Settings(**changes)))

    return run
