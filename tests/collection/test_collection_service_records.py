"""The SRV record that Outlook reads, asked of a name server on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from probe.collection import collector
from probe.collection.discovery import service_records
from probe.collection.settings import Limits, Settings, parse_connect_to, parse_proxy, parse_resolve
from probe.facts import target
from probe.facts.observation import DiscoveryStep, Observation
from probe.lab.estate import Estate
from probe.lab.organisation import DOMAIN
from probe.lab.partner import Partner

NAME = "_autodiscover._tcp.partner.lab"
Answer = Callable[[dns.message.Message], bytes | None]


@contextmanager
def name_server(answer: Answer) -> Iterator[tuple[str, int]]:
    """A DNS server on loopback; gives its address."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                query, caller = listener.recvfrom(4096)
            except OSError:
                return
            if not query:
                return
            reply = answer(dns.message.from_wire(query))
            if reply is not None:
                listener.sendto(reply, caller)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", listener.getsockname())
        thread.join()
        listener.close()


def records(*texts: str) -> Answer:
    def reply(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "SRV", *texts))
        return bytes(response.to_wire())

    return reply


def code(rcode: dns.rcode.Rcode) -> Answer:
    def reply(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.set_rcode(rcode)
        return bytes(response.to_wire())

    return reply


def ask(answer: Answer, **changes: Any) -> DiscoveryStep:
    with name_server(answer) as server:
        settings = Settings(nameserver=server, **changes)
        return asyncio.run(service_records.step(settings, "partner.lab"))


def test_the_records_in_the_order_of_priority_and_weight() -> None:
    step = ask(records("10 5 443 b.partner.lab.", "0 1 443 a.partner.lab.", "10 9 8443 c.partner.lab."))
    assert (step.step, step.url, step.outcome) == ("SRV", NAME, "found")
    assert step.detail.startswith("a.partner.lab:443, c.partner.lab:8443, b.partner.lab:443 ")
    assert "free/busy does not" in step.detail


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        pytest.param(code(dns.rcode.NXDOMAIN), "nothing", id="no-such-name"),
        pytest.param(code(dns.rcode.NOERROR), "nothing", id="no-such-record"),
        pytest.param(code(dns.rcode.SERVFAIL), "failed", id="server-failure"),
        pytest.param(lambda _query: b"\x00", "failed", id="garbage"),
        pytest.param(lambda _query: None, "failed", id="silence"),
    ],
)
def test_no_record_is_a_step_too(answer: Answer, outcome: str) -> None:
    step = ask(answer, limits=Limits(service_record_seconds=0.3))
    assert step.outcome == outcome
    assert step.elapsed_ms is not None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"service_records": False}, "not wanted", id="opted-out"),
        pytest.param(
            {"connect_to": (parse_connect_to("::127.0.0.1:1"),)}, "DNS is not asked", id="connect-to"
        ),
        pytest.param({"resolve": (parse_resolve("*::127.0.0.1"),)}, "DNS is not asked", id="resolve"),
        pytest.param({"proxy": parse_proxy("127.0.0.1:1")}, "through a proxy", id="proxy"),
    ],
)
def test_dns_is_left_alone(changes: dict[str, Any], why: str) -> None:
    step = asyncio.run(service_records.step(Settings(**changes), "partner.lab"))
    assert step.outcome == "skipped"
    assert why in step.detail


def seen(estate: Estate, server: tuple[str, int], **changes: Any) -> Observation:
    with Partner("healthy", estate=estate) as partner:
        settings = Settings(
            connect_to=tuple(map(parse_connect_to, partner.connect_to)),
            resolver=partner.resolver,
            nameserver=server,
            family=4,
            aia=False,
            **changes,
        )
        return asyncio.run(collector.collect(target.parse(DOMAIN), settings))


def test_a_domain_that_only_the_record_leads_to() -> None:
    with name_server(records("0 0 443 mail.partner.lab.")) as server:
        observation = seen(Estate(names=()), server, limits=Limits(service_record_grace=10.0))
    record, outlook = observation.steps[-2:]
    assert (record.step, record.outcome) == ("SRV", "found")
    assert "only the SRV record" in outlook.detail
    assert observation.federation is None


def test_a_slow_name_server_holds_nothing_up() -> None:
    with name_server(lambda _query: None) as server:
        observation = seen(Estate(), server, limits=Limits(service_record_grace=0.0))
    (record,) = (step for step in observation.steps if step.step == "SRV")
    assert record.outcome == "skipped"
    assert observation.federation is not None
