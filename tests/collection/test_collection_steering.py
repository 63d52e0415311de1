"""An answer names where to ask next; it must not make the prober ask what only the prober can reach."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from probe.collection.address_reach import Reach, reach, reach_of_host
from probe.collection.settings import ConnectTo, Settings
from probe.collection.target_run import TargetRun
from probe.facts.observation import Endpoint, EndpointKind, Observation
from tests.collection.collection_peer import Partner, answering

Serve = Callable[..., Partner]
Collect = Callable[..., Observation]


@pytest.mark.parametrize(
    ("named", "words"),
    [
        pytest.param("https://127.0.0.1:9/admin/delete?x=1", "whose path is not", id="other-path"),
        pytest.param(
            "https://127.0.0.1:9/admin?x=/ews/exchange.asmx", "whose path is not", id="in-the-query"
        ),
        pytest.param("https://127.0.0.1:9/a/../ews/exchange.asmx", "whose path is not", id="dot-segments"),
        pytest.param("https://127.0.0.1:9/ews/exchange.asmx?x=1", None, id="query-dropped"),
        pytest.param("https://127.0.0.1:9/EWS/Exchange.asmx", None, id="as-exchange-writes-it"),
    ],
)
def test_what_an_answer_names_is_a_host_and_a_known_path(
    serve: Serve, collect: Collect, named: str, words: str | None
) -> None:
    body = json.dumps({"Protocol": "EWS", "Url": named}).encode()
    partner = serve(answering("200 OK", ("Content-Type: application/json",), body))
    observation = collect(
        None,
        autodiscover_url="https://mail.partner.example/autodiscover/autodiscover.svc",
        connect_to=(ConnectTo("mail.partner.example", None, "127.0.0.1", partner.port),),
        text="partner.example",
    )
    (asked,) = (step for step in observation.steps if step.step == "Autodiscover V2")
    urls = {c.endpoint.url for c in observation.connections if c.endpoint.port == 9}
    if words is not None:
        assert words in asked.detail
        assert urls == set()
    else:
        assert {url.lower() for url in urls} == {"https://127.0.0.1:9/ews/exchange.asmx/wssecurity"}


GLOBAL, OTHER_GLOBAL, HERE, INSIDE = "93.184.216.34", "93.184.216.35", "127.0.0.1", "10.0.0.1"
REFUSALS = [
    pytest.param((GLOBAL,), OTHER_GLOBAL, False, id="global"),
    pytest.param((), HERE, True, id="here-met-nowhere"),
    pytest.param((HERE,), HERE, False, id="here-met-here"),
    pytest.param((HERE,), "127.0.0.2", True, id="here-by-address-and-not-by-class"),
    pytest.param((HERE, GLOBAL), HERE, True, id="here-met-here-and-globally"),
    pytest.param((GLOBAL,), INSIDE, True, id="inside-met-globally"),
    pytest.param((), INSIDE, True, id="inside-met-nowhere"),
    pytest.param(("10.0.0.2",), INSIDE, False, id="inside-met-inside"),
    pytest.param(("10.0.0.2", GLOBAL), INSIDE, True, id="inside-met-inside-and-globally"),
    pytest.param((GLOBAL,), "169.254.169.254", True, id="metadata"),
    pytest.param((INSIDE,), "169.254.169.254", True, id="metadata-from-inside"),
    pytest.param((HERE,), "224.0.0.1", True, id="multicast"),
]


def _refusal(
    met: tuple[str, ...], host: str, address: str | None, *, allow_private: bool = False
) -> str | None:
    async def asked() -> str | None:
        run = TargetRun(Settings(allow_private=allow_private))
        given = run.begin(
            Endpoint(EndpointKind.EWS_WSSECURITY, "https://given.example/", "given.example", 443, "given")
        )
        assert given.endpoint.host == "given.example"
        for each in met:
            run.meet(each)
        named = run.begin(
            Endpoint(EndpointKind.EWS_WSSECURITY, f"https://{host}/", host, 443, "named"), named=True
        )
        return run.refusal(named, address)

    return asyncio.run(asked())


@pytest.mark.parametrize(("met", "address", "refused"), REFUSALS)
def test_near_addresses_only_where_the_partner_was_met(
    met: tuple[str, ...], address: str, *, refused: bool
) -> None:
    said = _refusal(met, "named.example", address)
    assert (said is not None) == refused
    assert said is None or said.startswith(f"not connected to: {address} is a")


def test_the_option_admits_private_addresses_and_no_nearer_ones() -> None:
    assert _refusal((GLOBAL,), "named.example", INSIDE, allow_private=True) is None
    assert _refusal((GLOBAL,), "named.example", HERE, allow_private=True) is not None


@pytest.mark.parametrize(
    ("host", "refused"),
    [
        pytest.param("named.example", False, id="name"),
        pytest.param("given.example", False, id="as-given"),
        pytest.param(GLOBAL, False, id="global-literal"),
        *(pytest.param(spelled, True, id=spelled) for spelled in ("127.0.0.1", "127.1", "2130706433")),
        *(pytest.param(spelled, True, id=spelled) for spelled in ("0x7f000001", "0x7f.1", "0177.0.0.1")),
        *(pytest.param(spelled, True, id=spelled) for spelled in ("localhost", "a.localhost", "localhost.")),
        pytest.param("host.999", True, id="ends-in-a-number"),
        pytest.param("::1", True, id="ipv6-literal"),
        pytest.param(INSIDE, True, id="private-literal"),
    ],
)
def test_behind_a_proxy_spelling_changes_nothing(host: str, *, refused: bool) -> None:
    assert (_refusal((), host, None) is not None) == refused


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("64:ff9b:1::7f00:1", Reach.LOOPBACK),
        ("64:ff9b:1::808:808", Reach.PRIVATE),
        ("64:ff9b::808:808", Reach.GLOBAL),
        ("64:ff9b::a9fe:a9fe", Reach.LINK_LOCAL),
        ("::ffff:0:7f00:1", Reach.LOOPBACK),
        ("::7f00:1", Reach.LOOPBACK),
        ("::a00:1", Reach.PRIVATE),
        ("2002:a00:1::", Reach.PRIVATE),
        ("2002:808:808::", Reach.GLOBAL),
        ("fec0::1", Reach.PRIVATE),
        ("3fff::1", Reach.PRIVATE),
        ("5f00::1", Reach.PRIVATE),
        ("2001:db8::1", Reach.PRIVATE),
        ("2001::1", Reach.PRIVATE),
        ("100::1", Reach.PRIVATE),
        ("192.88.99.1", Reach.PRIVATE),
        ("255.255.255.255", Reach.PRIVATE),
        ("100.100.100.200", Reach.LINK_LOCAL),
        ("168.63.129.16", Reach.LINK_LOCAL),
        ("192.0.0.192", Reach.LINK_LOCAL),
        ("fd00:ec2::254", Reach.LINK_LOCAL),
        ("::ffff:169.254.169.254", Reach.LINK_LOCAL),
    ],
)
def test_the_table_is_ours(address: str, expected: Reach) -> None:
    assert reach(address) is expected


def test_a_name_is_no_address() -> None:
    assert reach_of_host("mail.partner.example") is None
