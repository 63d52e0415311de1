"""From a target to endpoints: each step on record, whatever came of it."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

import pytest

from probe.collection.discovery.endpoint_urls import endpoint_of
from probe.collection.settings import ConnectTo, ResolveTo
from probe.errors import TargetError
from probe.facts.observation import EndpointKind, FailureKind, Observation, Phase
from tests.collection.collection_peer import Partner, Peer, answering

Serve = Callable[..., Partner]
Collect = Callable[..., Observation]
EWS, AUTODISCOVER = EndpointKind.EWS_WSSECURITY, EndpointKind.AUTODISCOVER_WSSECURITY
EXCHANGE = ("X-FEServer: EX1", "X-WSSecurity-Enabled: True")
LOOPBACK = "127.0.0.1"


def to(**ports: int) -> dict[str, object]:
    """Overrides by host (`_` for `.`); all other names do not exist."""

    async def nothing(host: str, port: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    redirected = [ConnectTo(h.replace("_", "."), None, LOOPBACK, p) for h, p in ports.items()]
    return {"connect_to": tuple(redirected), "resolver": nothing}


def endpoints(observation: Observation) -> list[tuple[EndpointKind, str]]:
    return list(dict.fromkeys((c.endpoint.kind, c.endpoint.url) for c in observation.connections))


def steps(observation: Observation) -> list[tuple[str, str]]:
    return [(step.step, step.outcome) for step in observation.steps]


def choice(observation: Observation) -> tuple[str, str]:
    """What was made of candidates that do not answer GetFederationInformation."""
    (step,) = (step for step in observation.steps if step.step == "choice")
    return step.outcome, step.url.split("/")[2] if step.url else ""


@pytest.mark.parametrize(
    ("url", "kind", "called"),
    [
        ("https://m.example/ews/exchange.asmx", EWS, "https://m.example/ews/exchange.asmx/WSSecurity"),
        ("https://m.example/EWS/Exchange.asmx/", EWS, "https://m.example/EWS/Exchange.asmx/WSSecurity"),
        (
            "https://m.example/ews/exchange.asmx/wssecurity",
            EWS,
            "https://m.example/ews/exchange.asmx/wssecurity",
        ),
        (
            "https://m.example/autodiscover/autodiscover.svc/WSSecurity",
            AUTODISCOVER,
            "https://m.example/autodiscover/autodiscover.svc/WSSecurity",
        ),
        (
            "https://m.example/Autodiscover/Autodiscover.xml",
            AUTODISCOVER,
            "https://m.example/autodiscover/autodiscover.svc/WSSecurity",
        ),
        (
            "https://m.example/autodiscover/autodiscover.svc",
            EndpointKind.AUTODISCOVER,
            "https://m.example/autodiscover/autodiscover.svc",
        ),
        ("https://m.example:8443/x?y=1", EWS, "https://m.example:8443/x?y=1"),
    ],
)
def test_the_kind_of_a_url(url: str, kind: EndpointKind, called: str) -> None:
    endpoint = endpoint_of(url, "test")
    assert (endpoint.kind, endpoint.url) == (kind, called)


def test_a_url_is_taken_as_given(serve: Serve, collect: Collect) -> None:
    observation = collect(serve(answering()))
    assert endpoints(observation) == [(EWS, "https://mail.partner.example/ews/exchange.asmx/WSSecurity")]


def test_a_host_gets_both_paths(serve: Serve, collect: Collect) -> None:
    partner = serve(answering())
    observation = collect(partner, f"localhost:{partner.port}")
    host = f"https://localhost:{partner.port}"
    assert endpoints(observation) == [
        (EWS, f"{host}/ews/exchange.asmx/WSSecurity"),
        (AUTODISCOVER, f"{host}/autodiscover/autodiscover.svc/WSSecurity"),
    ]


def test_the_candidate_that_shows_exchange_counts(serve: Serve, collect: Collect) -> None:
    website, exchange = serve(answering("404 Not Found")), serve(answering(headers=EXCHANGE))
    ports = to(autodiscover_partner_example=website.port, partner_example=exchange.port)
    observation = collect(None, "partner.example", **ports)
    assert {url.split("/")[2] for _, url in endpoints(observation)} == {"partner.example"}
    assert choice(observation) == ("found", "partner.example")


def test_autodiscover_comes_first_when_both_show_exchange(serve: Serve, collect: Collect) -> None:
    exchange = serve(answering(headers=EXCHANGE))
    ports = to(autodiscover_partner_example=exchange.port, partner_example=exchange.port)
    observation = collect(None, "user@partner.example", **ports)
    assert endpoints(observation) == [
        (EWS, "https://autodiscover.partner.example/ews/exchange.asmx/WSSecurity"),
        (AUTODISCOVER, "https://autodiscover.partner.example/autodiscover/autodiscover.svc/WSSecurity"),
    ]
    assert choice(observation) == ("found", "autodiscover.partner.example")


def test_a_candidate_that_resets_comes_before_a_website(serve: Serve, collect: Collect) -> None:
    def reset(peer: Peer) -> None:
        peer.start_tls()
        peer.read_request()
        peer.reset()

    broken, website = serve(reset), serve(answering("404 Not Found"))
    ports = to(autodiscover_partner_example=broken.port, partner_example=website.port)
    observation = collect(None, "partner.example", **ports)
    assert {c.endpoint.host for c in observation.connections} == {"autodiscover.partner.example"}
    assert {c.failure.kind for c in observation.connections if c.failure} == {FailureKind.RESET}


def test_a_domain_without_names_keeps_every_failure(collect: Collect) -> None:
    observation = collect(None, "partner.example", **to())
    assert choice(observation) == ("nothing", "")
    asked = [(s, o) for s, o in steps(observation) if s in ("GetFederationInformation", "http redirect")]
    assert asked == [("GetFederationInformation", "nothing")] * 2 + [("http redirect", "nothing")] * 2
    assert {c.endpoint.host for c in observation.connections} == {
        "autodiscover.partner.example",
        "partner.example",
    }
    failures = [c.failure for c in observation.connections]
    assert {(f.phase, f.kind) for f in failures if f} == {(Phase.RESOLVE, FailureKind.NAME_NOT_FOUND)}
    assert None not in failures


def test_a_given_ews_url_skips_autodiscover(serve: Serve, collect: Collect) -> None:
    partner = serve(answering())
    observation = collect(
        partner, "partner.example", ews_url="https://mail.partner.example/ews/exchange.asmx"
    )
    assert endpoints(observation) == [(EWS, "https://mail.partner.example/ews/exchange.asmx/WSSecurity")]
    assert steps(observation) == [("given", "found"), ("autodiscover", "skipped")]


def test_a_given_autodiscover_url_leaves_ews_on_its_host(serve: Serve, collect: Collect) -> None:
    partner = serve(answering())
    given = "https://mail.partner.example/autodiscover/autodiscover.xml"
    observation = collect(partner, "partner.example", autodiscover_url=given)
    assert endpoints(observation) == [
        (AUTODISCOVER, "https://mail.partner.example/autodiscover/autodiscover.svc/WSSecurity"),
        (EWS, "https://mail.partner.example/ews/exchange.asmx/WSSecurity"),
    ]
    assert steps(observation) == [("given", "found"), ("Autodiscover V2", "nothing"), ("ews", "found")]


def test_a_given_url_that_is_none_is_an_error(collect: Collect) -> None:
    with pytest.raises(TargetError, match="https"):
        collect(None, "partner.example", ews_url="http://mail.partner.example/ews/exchange.asmx")


SVC = "/autodiscover/autodiscover.svc/WSSecurity"


def test_autodiscover_redirects_are_followed_three_times(serve: Serve, collect: Collect) -> None:
    location = f"Location: https://next.partner.example{SVC}"
    partner = serve(answering("302 Found", (location,)))
    observation = collect(partner, f"https://mail.partner.example{SVC}")
    assert steps(observation) == [("redirect", "found")] * 3 + [("redirect", "failed")]
    assert "follows 3" in observation.steps[-1].detail
    assert [c.endpoint.url for c in observation.connections] == [
        f"https://mail.partner.example{SVC}",
        *[f"https://next.partner.example{SVC}"] * 3,
    ]


@pytest.mark.parametrize(
    ("status", "location", "taken"),
    [
        pytest.param("302 Found", "/relative", [("redirect", "failed")], id="relative"),
        pytest.param("302 Found", "http://x.example/", [("redirect", "failed")], id="http"),
        pytest.param("301 Moved", "https://x.example/", [], id="301-is-not-followed"),
        pytest.param("307 Temporary", "https://x.example/", [], id="307-is-not-followed"),
    ],
)
def test_only_absolute_https_302_is_followed(
    serve: Serve, collect: Collect, status: str, location: str, taken: list[tuple[str, str]]
) -> None:
    partner = serve(answering(status, (f"Location: {location}",)))
    observation = collect(partner, f"https://mail.partner.example{SVC}")
    assert steps(observation) == taken
    assert len({c.endpoint for c in observation.connections}) == 1


def test_ews_redirects_are_not_followed(serve: Serve, collect: Collect) -> None:
    partner = serve(answering("302 Found", ("Location: https://login.partner.example/",)))
    observation = collect(partner)
    assert observation.steps == ()
    assert len({c.endpoint for c in observation.connections}) == 1
    assert observation.connections[0].exchanges[0].header("Location") == "https://login.partner.example/"


def test_every_address_is_visited(serve: Serve, collect: Collect) -> None:
    partner = serve(answering())
    both = ResolveTo("mail.partner.example", None, ("127.0.0.1", "127.0.0.2", "127.0.0.1"))
    url = f"https://mail.partner.example:{partner.port}/ews/exchange.asmx"
    observation = collect(None, url, resolve=(both,))
    assert [v.address for v in observation.visits] == ["127.0.0.1", "127.0.0.2"]


def test_no_more_than_eight_addresses(serve: Serve, collect: Collect) -> None:
    partner = serve(answering())
    many = ResolveTo(None, None, tuple(f"127.0.0.{n}" for n in range(1, 12)))
    url = f"https://mail.partner.example:{partner.port}/ews/exchange.asmx"
    assert len(collect(None, url, resolve=(many,)).visits) == 8


def test_the_first_address_is_the_first_that_connects(serve: Serve, collect: Collect) -> None:
    partner = serve(answering())
    three = ResolveTo(None, None, ("127.0.0.2", "127.0.0.1", "127.0.0.3"))
    url = f"https://mail.partner.example:{partner.port}/ews/exchange.asmx"
    observation = collect(None, url, resolve=(three,), all_addresses=False)
    assert [(v.address, bool(v.connections[0].tls)) for v in observation.visits] == [
        ("127.0.0.2", False),
        ("127.0.0.1", True),
    ]


@pytest.mark.parametrize(
    ("family", "addresses"),
    [pytest.param(4, ["127.0.0.1"], id="ipv4"), pytest.param(6, ["::1"], id="ipv6")],
)
def test_one_family_only(collect: Collect, family: int, addresses: list[str]) -> None:
    both = ResolveTo(None, None, ("::1", "127.0.0.1"))
    observation = collect(None, resolve=(both,), family=family, connect_to=(ConnectTo(None, None, None, 9),))
    assert [v.address for v in observation.visits] == addresses


def test_no_address_of_the_wanted_family(collect: Collect) -> None:
    (connection,) = collect(None, resolve=(ResolveTo(None, None, ("127.0.0.1",)),), family=6).connections
    assert connection.failure is not None
    assert (connection.failure.phase, connection.failure.kind) == (Phase.RESOLVE, FailureKind.NO_ADDRESS)


# Windows has no number for it in the socket module: EAI_NODATA is EAI_NONAME there.
NO_DATA = 11004 if sys.platform == "win32" else socket.EAI_NODATA


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        pytest.param(socket.EAI_NONAME, FailureKind.NAME_NOT_FOUND, id="nxdomain"),
        pytest.param(NO_DATA, FailureKind.NO_ADDRESS, id="no-data"),
        pytest.param(11004, FailureKind.NO_ADDRESS, id="windows-no-data"),
        pytest.param(socket.EAI_AGAIN, FailureKind.RESOLVER_FAILED, id="try-again"),
        pytest.param(socket.EAI_FAIL, FailureKind.RESOLVER_FAILED, id="failed"),
    ],
)
def test_failures_of_the_resolver(collect: Collect, code: int, kind: FailureKind) -> None:
    async def failing(host: str, port: int) -> tuple[str, ...]:
        raise socket.gaierror(code, "as the resolver says")

    (connection,) = collect(None, resolver=failing).connections
    assert connection.failure is not None
    assert (connection.failure.phase, connection.failure.kind) == (Phase.RESOLVE, kind)
    assert connection.timings.resolve is not None


def test_a_name_is_looked_up_once_for_all_endpoints(serve: Serve, collect: Collect) -> None:
    asked: list[str] = []

    async def counting(host: str, port: int) -> tuple[str, ...]:
        asked.append(host)
        return (LOOPBACK,)

    partner = serve(answering())
    collect(None, f"somehost:{partner.port}", resolver=counting)
    assert asked == ["somehost"]


def test_the_systems_resolver_knows_this_machine(serve: Serve, collect: Collect) -> None:
    partner = serve(answering())
    observation = collect(None, f"https://localhost:{partner.port}/ews/exchange.asmx", family=4)
    assert observation.connections[0].address == LOOPBACK
    assert observation.connections[0].timings.resolve is not None
