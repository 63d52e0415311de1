"""Names as they are typed: IDNA, trailing dots, ports, literals of both families."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from probe.collection import collector
from probe.collection.settings import ConnectTo, ResolveTo, Settings
from probe.facts import target
from probe.facts.observation import Observation, Retrieval
from probe.lab.listeners import IPV4, IPV6
from probe.lab.partner import Partner
from tests.collection.collection_peer import Partner as Peer
from tests.collection.collection_peer import answering

Serve = Callable[..., Peer]
Collect = Callable[..., Observation]


@pytest.mark.parametrize(
    ("text", "host"),
    [
        pytest.param("b\u00fccher.example", "autodiscover.xn--bcher-kva.example", id="idna"),
        pytest.param("user@B\u00dcCHER.example", "autodiscover.xn--bcher-kva.example", id="idna-address"),
        pytest.param("partner.example.", "autodiscover.partner.example", id="trailing-dot"),
        pytest.param("PARTNER.Example", "autodiscover.partner.example", id="upper-case"),
    ],
)
def test_a_domain_is_asked_under_its_a_labels(serve: Serve, collect: Collect, text: str, host: str) -> None:
    seen: list[bytes] = []
    partner = serve(answering(seen=seen))
    observation = collect(partner, text)
    assert host in {c.endpoint.host for c in observation.connections}
    posted = [request for request in seen if b"<a:Domain>" in request]
    assert posted
    assert all(f"<a:Domain>{host.removeprefix('autodiscover.')}<".encode() in request for request in posted)


@pytest.mark.parametrize(
    ("text", "host", "url"),
    [
        pytest.param("[::1]:{port}", "::1", "https://[::1]:{port}/ews/exchange.asmx/WSSecurity", id="ipv6"),
        pytest.param(
            "127.0.0.1:{port}",
            "127.0.0.1",
            "https://127.0.0.1:{port}/ews/exchange.asmx/WSSecurity",
            id="ipv4",
        ),
    ],
)
def test_literals_and_ports(text: str, host: str, url: str) -> None:
    with Partner("healthy") as partner:
        typed = target.parse(text.format(port=partner.port))
        observation = asyncio.run(collector.collect(typed, Settings(aia=False)))
        assert {c.endpoint.url for c in observation.connections} >= {url.format(port=partner.port)}
    assert {c.address for c in observation.connections} == {host}
    assert {c.tls.sni for c in observation.connections if c.tls} == {None}


@pytest.mark.parametrize(
    ("address", "family"),
    [(IPV4, None), (IPV6, None), (IPV4, 4), (IPV6, 6)],
    ids=["4", "6", "only-4", "only-6"],
)
def test_issuers_are_fetched_within_loopback_whatever_the_family(address: str, family: int | None) -> None:
    """The partner lives on loopback, so its issuer address may too, on the other family as well."""
    with Partner("missing-intermediate-aia") as partner:
        settings: dict[str, Any] = {
            "connect_to": (ConnectTo(partner.host, None, None, partner.port),),
            "resolve": (ResolveTo(partner.host, None, (address,)),),
            "family": family,
        }
        typed = target.parse(partner.ews_url)
        observation = asyncio.run(collector.collect(typed, Settings(**settings)))
    assert {c.address for c in observation.connections} == {address}
    (retrieval,) = observation.retrievals
    assert isinstance(retrieval, Retrieval)
    assert retrieval.url.startswith("http://127.0.0.1:")
    assert (retrieval.outcome, len(retrieval.certificates)) == ("fetched", 1)
