"""The lab does to a connection what its faults say, seen by a client that hides nothing."""

from __future__ import annotations

import socket
import ssl
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from probe.lab.faults.handshake_faults import ALERTS, alert_fault_name
from probe.lab.partner import Partner

Call = Callable[..., Any]

POST = (
    b"POST /ews/exchange.asmx/WSSecurity HTTP/1.1\r\nHost: mail.partner.lab\r\n"
    b"Content-Type: text/xml; charset=utf-8\r\nContent-Length: 4\r\n\r\n<a/>"
)
# Short enough not to slow the run down, and nothing hangs on its exact value: silence is what is expected.
PATIENCE = 0.3


@pytest.mark.parametrize(
    ("fault", "sent", "end"),
    [
        pytest.param("reset-on-connect", b"", "reset", id="reset-on-connect"),
        pytest.param("close-on-connect", b"", "closed", id="close-on-connect"),
        pytest.param("reset-in-handshake", b"", "reset", id="reset-in-handshake"),
        pytest.param("close-in-handshake", b"", "closed", id="close-in-handshake"),
        pytest.param("close-in-record-header", b"\x16\x03\x03", "closed", id="close-in-record-header"),
        pytest.param(
            "close-after-record-header", b"\x16\x03\x03\x00\x50", "closed", id="close-after-record-header"
        ),
        pytest.param("empty-record", b"\x16\x03\x03\x00\x00", "closed", id="empty-record"),
    ],
)
def test_an_opening_ends_as_its_fault_says(call: Call, fault: str, sent: bytes, end: str) -> None:
    with Partner(fault) as partner:
        caller = call(partner)
        if not fault.endswith("on-connect"):
            caller.send(caller.client_hello())
        seen = caller.read_to_end()
    assert (seen.data, seen.end) == (sent, end)


def test_a_record_is_cut_off_in_its_body(call: Call) -> None:
    with Partner("close-in-record") as partner:
        caller = call(partner)
        caller.send(caller.client_hello())
        seen = caller.read_to_end()
    assert seen.end == "closed"
    assert 5 < len(seen.data) < 5 + int.from_bytes(seen.data[3:5], "big")


@pytest.mark.parametrize(
    ("number", "description"),
    [pytest.param(number, description, id=description) for number, description in ALERTS],
)
def test_an_alert_comes_out_with_its_number(call: Call, number: int, description: str) -> None:
    with Partner(alert_fault_name(number, description)) as partner:
        caller = call(partner)
        caller.send(caller.client_hello())
        seen = caller.read_to_end()
    assert (seen.data, seen.end) == (bytes([0x15, 3, 3, 0, 2, 2, number]), "closed")


def test_nothing_is_sent_while_the_handshake_stalls(call: Call) -> None:
    with Partner("stall-in-handshake") as partner:
        caller = call(partner, patience=PATIENCE)
        caller.send(caller.client_hello())
        seen = caller.read_to_end()
    assert (seen.data, seen.end) == (b"", "silent")


def test_plain_http_answers_a_client_hello_in_clear(call: Call) -> None:
    with Partner("plain-http") as partner:
        caller = call(partner)
        caller.send(caller.client_hello())
        seen = caller.read_to_end()
    assert seen.data.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert seen.end == "closed"


def test_another_protocol_speaks_first(call: Call) -> None:
    with Partner("other-protocol") as partner:
        assert call(partner, patience=PATIENCE).read_to_end().data.startswith(b"SSH-2.0-")


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        pytest.param("reset-after-server-hello", "reset", id="reset"),
        pytest.param("close-after-server-hello", "closed", id="close"),
    ],
)
def test_a_handshake_ends_where_the_finished_is_due(call: Call, fault: str, end: str) -> None:
    with Partner(fault) as partner:
        caller = call(partner)
        caller.send(caller.client_hello())
        # Any second flight will do: the partner looks at none of it.
        flight = caller._socket.recv(65536)
        caller.send(b"\x16\x03\x03\x00\x01\x00")
        assert flight[0] == 0x16
        assert caller.read_to_end().end == end


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        pytest.param("reset-after-request", "reset", id="reset"),
        pytest.param("close-without-answer", "closed", id="bare-fin"),
        pytest.param("close-notify-without-answer", "close-notify", id="close-notify"),
        pytest.param("alert-after-request", "SSLV3_ALERT_BAD_RECORD_MAC", id="encrypted-alert"),
        pytest.param(
            "undecryptable-record", "DECRYPTION_FAILED_OR_BAD_RECORD_MAC", id="undecryptable-record"
        ),
    ],
)
def test_no_byte_of_an_answer_comes_before_the_end(call: Call, fault: str, end: str) -> None:
    with Partner(fault) as partner:
        seen = call(partner).ask(POST)
    assert (seen.data, seen.end) == (b"", end)


@pytest.mark.parametrize(
    ("fault", "end", "whole_head"),
    [
        pytest.param("reset-in-headers", "reset", False, id="reset-in-headers"),
        pytest.param("close-in-headers", "closed", False, id="close-in-headers"),
        pytest.param("close-in-body", "closed", True, id="close-in-body"),
        pytest.param("stall-in-headers", "silent", False, id="stall-in-headers"),
        pytest.param("stall-in-body", "silent", True, id="stall-in-body"),
    ],
)
def test_an_answer_stops_midway(call: Call, fault: str, end: str, whole_head: bool) -> None:
    patience = PATIENCE if end == "silent" else 10.0
    with Partner(fault) as partner:
        seen = call(partner, patience=patience).ask(POST)
    assert seen.data.startswith(b"HTTP/1.1 ")
    assert (b"\r\n\r\n" in seen.data) is whole_head
    assert seen.end == end


def test_a_stalled_request_gets_nothing(call: Call) -> None:
    with Partner("stall") as partner:
        seen = call(partner, patience=PATIENCE).ask(POST)
    assert (seen.data, seen.end) == (b"", "silent")


def test_a_keep_alive_connection_is_closed_after_a_whole_answer(call: Call) -> None:
    with Partner("keep-alive-closed") as partner:
        seen = call(partner).ask(POST)
    assert seen.data.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" not in seen.data.lower()
    assert seen.end == "close-notify"


@pytest.mark.parametrize(
    ("fault", "floods"),
    [
        pytest.param("endless-header", b"X-Endless: x", id="header"),
        pytest.param("endless-body", b"\r\n4000\r\n  ", id="body"),
    ],
)
def test_an_endless_answer_goes_on_past_any_limit(call: Call, fault: str, floods: bytes) -> None:
    with Partner(fault) as partner:
        caller = call(partner)
        tls = caller.handshake()
        tls.write(POST)
        caller.send(caller._outgoing.read())
        received = b""
        while len(received) < 1 << 20:
            try:
                received += tls.read(65536)
            except ssl.SSLWantReadError:
                caller._incoming.write(caller._socket.recv(65536))
    assert floods in received


def test_a_drip_sends_single_bytes(call: Call) -> None:
    with Partner("drip") as partner:
        seen = call(partner, patience=PATIENCE)
        tls = seen.handshake()
        tls.write(POST)
        seen.send(seen._outgoing.read())
        pieces: list[bytes] = []
        while len(pieces) < 4:
            try:
                pieces.append(tls.read(65536))
            except ssl.SSLWantReadError:
                seen._incoming.write(seen._socket.recv(65536))
    assert pieces[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert pieces[1:] == [b" ", b" ", b" "]


def _versions(partner: Partner, version: ssl.TLSVersion) -> str | None:
    """The version agreed when exactly this one is offered, None if the partner refuses."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
        context.minimum_version = version
    with socket.create_connection(("127.0.0.1", partner.port), timeout=10) as connection:
        try:
            with context.wrap_socket(connection, server_hostname="mail.partner.lab") as tls:
                return tls.version()
        except ssl.SSLError:
            return None


@pytest.mark.parametrize(
    ("fault", "spoken"),
    [
        pytest.param("tls10-only", {"TLSv1"}, id="tls10"),
        pytest.param("tls11-only", {"TLSv1.1"}, id="tls11"),
        pytest.param("tls12-only", {"TLSv1.2"}, id="tls12"),
        pytest.param("tls13-only", {"TLSv1.3"}, id="tls13"),
        pytest.param("healthy", {"TLSv1.2", "TLSv1.3"}, id="healthy"),
    ],
)
def test_a_partner_speaks_its_own_versions_only(fault: str, spoken: set[str]) -> None:
    with Partner(fault) as partner:
        agreed = {
            _versions(partner, version)
            for version in (
                ssl.TLSVersion.TLSv1,
                ssl.TLSVersion.TLSv1_1,
                ssl.TLSVersion.TLSv1_2,
                ssl.TLSVersion.TLSv1_3,
            )
        }
    assert agreed - {None} == spoken


def test_a_demanded_client_certificate_is_refused_with_alert_40(call: Call) -> None:
    with Partner("client-certificate-required") as partner, pytest.raises(ssl.SSLError) as refused:
        call(partner).handshake()
    assert refused.value.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"


def test_a_certificate_demanded_in_tls13_is_refused_after_the_handshake(call: Call) -> None:
    with Partner("client-certificate-late") as partner:
        caller = call(partner)
        assert caller.handshake().version() == "TLSv1.3"
        seen = caller.ask(POST)
    assert (seen.data, seen.end) == (b"", "TLSV13_ALERT_CERTIFICATE_REQUIRED")


def test_a_refusing_port_refuses() -> None:
    with Partner("refused") as partner, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", partner.port), timeout=10)


def test_an_ignoring_port_never_answers() -> None:
    with Partner("connect-timeout") as partner, pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", partner.port), timeout=PATIENCE)


def test_a_reset_before_the_request_is_a_reset(call: Call) -> None:
    with Partner("reset-after-handshake") as partner:
        caller = call(partner)
        caller.handshake()
        assert caller.read_to_end().end == "reset"
