"""A partner behind a real proxy: whole discovery through it, its own failures, and one that inspects TLS."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from probe import api
from probe.collection.settings import parse_proxy, proxy_from_environment
from probe.errors import UsageError
from probe.judgement.model import Outcome
from probe.judgement.result import TargetResult
from probe.lab import authority
from probe.lab.estate import Estate, redirect
from probe.lab.organisation import AUTODISCOVER_HOST, DOMAIN, HOST
from probe.lab.partner import Partner
from tests.collection.proxy_server import ProxyServer

URL = f"https://{HOST}/ews/exchange.asmx"


def ways(partner: Partner) -> dict[str, int]:
    """Where the proxy finds every name of the partner; the prober itself resolves none of them."""
    found = {}
    for override in partner.connect_to:
        host, port, _, to_port = override.split(":")
        found[f"{host}:{port}"] = int(to_port)
    return found


def check(target: str, partner: Partner, proxy: str, **changes: Any) -> TargetResult:
    async def nothing(host: str, port: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is the proxy's business")

    return api.check(
        target,
        trust=partner.trust,
        proxy=parse_proxy(proxy),
        resolver=nothing,
        timeout=20.0,
        service_records=False,
        **changes,
    )


def codes(result: TargetResult) -> set[str]:
    return {finding.code for judgement in result.judgements for finding in judgement.findings}


@pytest.mark.parametrize("user", [None, "svc:p@ss w\u00f6rd"], ids=["open", "basic"])
def test_a_domain_is_discovered_through_the_proxy(user: str | None) -> None:
    estate = Estate(
        websites=frozenset({AUTODISCOVER_HOST, DOMAIN}),
        http={DOMAIN: redirect(f"https://{HOST}/autodiscover/autodiscover.xml")},
    )
    with Partner("healthy", estate=estate) as partner, ProxyServer(ways(partner), credentials=user) as proxy:
        login = "svc:p%40ss%20w%C3%B6rd@" if user else ""
        result = check(DOMAIN, partner, f"http://{login}127.0.0.1:{proxy.port}")
    assert result.outcome is Outcome.SUCCESS
    assert "through-proxy" in codes(result)
    assert {c.address for c in result.observation.connections} == {None}
    assert result.observation.federation is not None
    assert f"http://{DOMAIN}/autodiscover/autodiscover.xml" in proxy.asked
    assert f"{HOST}:443" in proxy.asked


@pytest.mark.parametrize(
    ("options", "code", "outcome"),
    [
        pytest.param({"credentials": "u:p"}, "proxy-authentication", Outcome.UNKNOWN, id="407"),
        pytest.param({"refusal": "403 Forbidden"}, "proxy-refused", Outcome.FAILURE, id="403"),
        pytest.param({"refusal": "502 Bad Gateway"}, "proxy-upstream", Outcome.FAILURE, id="502"),
        pytest.param({"refusal": "503 Service Unavailable"}, "proxy-upstream", Outcome.FAILURE, id="503"),
        pytest.param({"refusal": "504 Gateway Timeout"}, "proxy-upstream", Outcome.FAILURE, id="504"),
    ],
)
def test_what_the_proxy_says_is_about_the_proxy(options: dict[str, str], code: str, outcome: Outcome) -> None:
    with Partner("healthy") as partner, ProxyServer(ways(partner), **options) as proxy:  # type: ignore[arg-type]
        result = check(URL, partner, f"http://127.0.0.1:{proxy.port}")
    assert result.outcome is outcome
    assert code in codes(result)
    assert not [c for c in codes(result) if c.startswith("http-")]


def test_a_proxy_that_is_not_there() -> None:
    with socket.socket() as reserved, Partner("healthy") as partner:
        reserved.bind(("127.0.0.1", 0))
        result = check(URL, partner, f"http://127.0.0.1:{reserved.getsockname()[1]}")
    assert "proxy-unreachable" in codes(result)
    assert result.outcome is Outcome.UNKNOWN
    assert all("reach the proxy" in (judgement.vantage_state or "") for judgement in result.judgements)


def test_a_proxy_without_a_name() -> None:
    with Partner("healthy") as partner:
        result = check(URL, partner, "http://proxy.partner.lab:3128")
    assert "proxy-name" in codes(result)
    assert result.outcome is Outcome.UNKNOWN


def test_an_inspecting_proxy_is_recognised_by_its_issuer() -> None:
    inspector = authority.root("FortiGate CA")
    with Partner("healthy") as partner, ProxyServer(ways(partner), inspector=inspector) as proxy:
        result = check(URL, partner, f"http://127.0.0.1:{proxy.port}")
    assert result.outcome is Outcome.FAILURE
    assert "proxy-inspects-tls" in codes(result)


def test_hosts_of_no_proxy_are_reached_directly() -> None:
    proxy, without = proxy_from_environment({"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": ".partner.lab"})
    with Partner("healthy") as partner:
        result = api.check(
            partner.ews_url,
            trust=partner.trust,
            proxy=proxy,
            no_proxy=without,
            resolver=partner.resolver,
            family=4,
        )
    assert result.outcome is Outcome.SUCCESS
    assert {c.proxy for c in result.observation.connections} == {None}


@pytest.mark.parametrize("url", ["socks5://127.0.0.1:1080", "https://proxy.example:443", "http://"])
def test_other_proxies_are_a_clear_error(url: str) -> None:
    with pytest.raises(UsageError, match=r"http://\[user:password@\]host:port"):
        parse_proxy(url)
