"""Partners come up, do not get in each other's way, and leave nothing behind."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from probe.collection.settings import parse_connect_to
from probe.errors import UsageError
from probe.facts.certificate import Certificate
from probe.facts.target import parse
from probe.lab import accepted_wire, listeners, served_answers
from probe.lab.exchange import Site
from probe.lab.faults import FAULTS
from probe.lab.http import Request, ServedAnswer
from probe.lab.listeners import IPV6
from probe.lab.partner import Partner

Call = Callable[..., Any]
GET = b"GET /ews/exchange.asmx HTTP/1.1\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("name", [pytest.param(row.name, id=row.name) for row in FAULTS])
def test_a_partner_leaves_no_thread_socket_or_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(threading.enumerate())
    with Partner(name) as partner:
        port = partner.port
        assert partner.fault.name == name
    gc.collect()  # an unclosed socket warns when it is collected, and warnings are errors
    assert set(threading.enumerate()) == before
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_a_partner_that_is_busy_is_left_at_once(call: Call) -> None:
    with Partner("stall") as partner:
        caller = call(partner)
        caller.handshake()
        before = threading.active_count()
    assert threading.active_count() == before - 1


def _interrupted(call: Call) -> None:
    with Partner() as partner:
        call(partner).handshake()
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_ends_a_partner(call: Call, interruptible: None) -> None:
    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        _interrupted(call)
    assert set(threading.enumerate()) == before


def test_several_partners_are_up_at_once(call: Call) -> None:
    with Partner("forbidden") as first, Partner("not-found") as second, Partner("forbidden") as third:
        assert len({first.port, second.port, third.port}) == 3
        lines = [call(p).ask(GET).data.split(b"\r\n")[0] for p in (first, second, third)]
    assert lines == [b"HTTP/1.1 403 Forbidden", b"HTTP/1.1 404 Not Found", b"HTTP/1.1 403 Forbidden"]


def test_a_partner_answers_on_every_loopback_address(call: Call) -> None:
    with Partner() as partner:
        assert partner.addresses[0] == "127.0.0.1"
        for address in partner.addresses:
            seen = call(partner, address=address).ask(GET)
            assert seen.data.startswith(b"HTTP/1.1 401 ")


def test_without_ipv6_a_partner_is_on_ipv4_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "has_ipv6", False)
    with Partner() as partner:
        assert partner.addresses == ("127.0.0.1",)


def test_a_system_that_refuses_ipv6_leaves_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "IPV6", "2001:db8::1")  # nobody's address
    with Partner() as partner:
        assert partner.addresses == ("127.0.0.1",)


def test_a_port_that_is_taken_on_one_address_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    bind_once = listeners._bind_once
    taken = [OSError(errno.EADDRINUSE, "taken")] * 3

    def sometimes() -> tuple[socket.socket, ...]:
        if taken:
            raise taken.pop()
        return bind_once()

    monkeypatch.setattr(listeners, "_bind_once", sometimes)
    with Partner() as partner:
        assert partner.port
    assert taken == []


@pytest.mark.parametrize(
    "number",
    [pytest.param(errno.EADDRINUSE, id="never-free"), pytest.param(errno.EMFILE, id="another-error")],
)
def test_no_port_at_all_is_an_error(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def never() -> tuple[socket.socket, ...]:
        raise OSError(number, "no")

    monkeypatch.setattr(listeners, "_bind_once", never)
    with pytest.raises(OSError, match="no"), Partner():
        pass


def _send_for_ever(caller: Any) -> None:
    while True:
        caller.send(b"x" * 65536)


def test_a_caller_that_never_closes_is_not_waited_for_long(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepted_wire, "_DRAIN_SECONDS", 0.01)
    with Partner("close-on-connect") as partner:
        caller = call(partner)
        assert caller.read_to_end().end == "closed"
        # The partner has given up and closed: what is sent now is answered with a reset, at last.
        with pytest.raises(ConnectionError):
            _send_for_ever(caller)


def test_a_failure_of_the_lab_itself_comes_out(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_request: Request, _site: Site) -> ServedAnswer:
        raise ZeroDivisionError("a defect of the lab")

    monkeypatch.setattr(served_answers, "responder", lambda _: broken)
    with pytest.raises(ExceptionGroup) as failure, Partner() as partner:
        call(partner).ask(GET)
    assert failure.group_contains(ZeroDivisionError, match="a defect of the lab")


def test_connections_of_the_last_moment_are_closed_too() -> None:
    # Each partner is left while connections are still on their way in: the unclosed one would warn.
    for _ in range(40):
        with Partner("stall") as partner:
            callers = [socket.create_connection(("127.0.0.1", partner.port), timeout=5) for _ in range(5)]
        for caller in callers:
            caller.close()
    gc.collect()


def test_an_unknown_fault_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="did you mean stall"):
        Partner("stal")


def test_a_partner_that_is_not_open_says_so() -> None:
    with pytest.raises(RuntimeError, match="with statement"):
        _ = Partner().ews_url


def test_urls_and_overrides_fit_together() -> None:
    with Partner() as partner:
        assert parse(partner.ews_url).url == f"https://mail.partner.lab:{partner.port}/ews/exchange.asmx"
        assert partner.autodiscover_url.endswith(f":{partner.port}/autodiscover/autodiscover.svc")
        overrides = [parse_connect_to(text) for text in partner.connect_to]
        assert all((o.address, o.to_port) == ("127.0.0.1", partner.port) for o in overrides if o.port != 80)
        assert len({o.to_port for o in overrides if o.port == 80}) == 1
        for host, port in (
            ("mail.partner.lab", partner.port),
            ("mail.partner.lab", 443),
            ("partner.lab", 443),
            ("autodiscover.partner.lab", 443),
        ):
            assert any(override.matches(host, port) for override in overrides)
        assert parse_connect_to(partner.connect_to_address(IPV6)[0]).address == "::1"


def test_a_fault_of_name_resolution_has_no_overrides_that_would_hide_it() -> None:
    with Partner("name-not-found") as partner:
        assert partner.connect_to == ()
        with pytest.raises(socket.gaierror) as failure:
            asyncio.run(partner.resolver(partner.host, partner.port))
    assert failure.value.errno == socket.EAI_NONAME


def test_the_partners_dns_knows_its_own_names_only() -> None:
    with Partner() as partner:
        assert asyncio.run(partner.resolver("autodiscover.partner.lab", 443)) == partner.addresses
        with pytest.raises(socket.gaierror):
            asyncio.run(partner.resolver("other.lab", 443))


def test_the_callers_stores_are_handed_out() -> None:
    with Partner("disallowed") as partner:
        assert partner.trust.roots == partner.trust_roots == (partner.organisation.server.chain[-1],)
        assert partner.trust.disallowed == partner.disallowed == (partner.organisation.server.certificate,)
        assert partner.intermediates == ()
        assert Certificate(ssl.PEM_cert_to_DER_cert(partner.trust_pem())) == partner.trust_roots[0]


def test_what_is_presented_is_the_chain_without_its_root(call: Call) -> None:
    with Partner() as partner:
        tls = call(partner).handshake()
        assert tls.getpeercert(binary_form=True) == partner.organisation.server.der
        presented = partner.organisation.chain_pem.count("BEGIN CERTIFICATE")
    assert presented == 2
