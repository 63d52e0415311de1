"""What a partner's handshake messages say in the clear, whole, in pieces, and when they lie."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from probe.collection.connection.tls.server_messages import LARGEST_FLIGHT, ServerMessages
from probe.facts.tls_negotiation import Negotiation

RANDOM = bytes(32)
ECDHE, DHE, RSA = 0xC030, 0x009F, 0x000A
ECDHE_NAME, DHE_NAME = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"


def message(kind: int, body: bytes = b"") -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def counted(content: bytes) -> bytes:
    return len(content).to_bytes(2, "big") + content


def hello(suite: int, extensions: bytes = b"", version: bytes = b"\x03\x03", session: bytes = b"") -> bytes:
    body = version + RANDOM + bytes([len(session)]) + session + suite.to_bytes(2, "big") + b"\x00"
    return message(2, body + (counted(extensions) if extensions else b""))


def key_exchange(group: int, scheme: str = "0804") -> bytes:
    return message(
        12, b"\x03" + group.to_bytes(2, "big") + b"\x01\x04" + bytes.fromhex(scheme) + counted(b"s")
    )


def prime(bits: int, scheme: str = "0401") -> bytes:
    number = (1 << (bits - 1)).to_bytes((bits + 7) // 8, "big")
    return message(12, counted(number) + counted(b"\x02") + counted(b"\x04") + bytes.fromhex(scheme))


SELECTED = bytes.fromhex("002b00020304")
SHARE = bytes.fromhex("0033000200 1d".replace(" ", ""))
insecurely = partial(Negotiation, secure_renegotiation=False)
ROWS = [
    pytest.param(hello(ECDHE), insecurely("TLS 1.2", ECDHE_NAME), id="hello"),
    pytest.param(hello(ECDHE, session=b"0123"), insecurely("TLS 1.2", ECDHE_NAME), id="session"),
    pytest.param(
        hello(RSA, version=b"\x03\x01"),
        insecurely("TLS 1.0", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        id="3des",
    ),
    pytest.param(
        hello(0x1301, SELECTED + SHARE),
        Negotiation("TLS 1.3", "TLS_AES_128_GCM_SHA256", "x25519"),
        id="tls13",
    ),
    pytest.param(
        hello(ECDHE) + key_exchange(0x19),
        insecurely("TLS 1.2", ECDHE_NAME, "secp521r1", None, "rsa_pss_rsae_sha256"),
        id="curve",
    ),
    pytest.param(
        hello(ECDHE) + key_exchange(0x4242, "0999"),
        insecurely("TLS 1.2", ECDHE_NAME, "group-0x4242", None, "signature-scheme-0x0999"),
        id="unknown-numbers",
    ),
    pytest.param(
        hello(ECDHE, version=b"\x03\x02") + key_exchange(0x17),
        insecurely("TLS 1.1", ECDHE_NAME, "secp256r1"),
        id="no-scheme-before-tls12",
    ),
    pytest.param(
        hello(ECDHE) + message(12, b"\x01\x00\x00\x00"),
        insecurely("TLS 1.2", ECDHE_NAME, "explicit curve"),
        id="explicit-curve",
    ),
    pytest.param(
        hello(DHE) + prime(768),
        insecurely("TLS 1.2", DHE_NAME, None, 768, "rsa_pkcs1_sha256"),
        id="prime",
    ),
    pytest.param(
        hello(RSA) + message(13) + message(14),
        insecurely("TLS 1.2", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", certificate_requested=True, complete=True),
        id="client-certificate",
    ),
    pytest.param(
        hello(ECDHE, bytes.fromhex("0017 0000 ff01 0001 00".replace(" ", ""))),
        Negotiation("TLS 1.2", ECDHE_NAME, secure_renegotiation=True),
        id="secure-renegotiation",
    ),
    pytest.param(message(2, b"\x03\x03"), None, id="hello-cut-short"),
    pytest.param(message(14), None, id="done-without-hello"),
]


def _choice(messages: ServerMessages) -> Negotiation | None:
    """What was chosen, without the sizes of messages."""
    return messages.negotiation and replace(messages.negotiation, largest_message=0)


@pytest.mark.parametrize(
    ("flight", "octets"),
    [
        pytest.param(hello(RSA) + message(11, bytes(40_000)) + message(14), 40_000, id="certificates"),
        pytest.param(hello(RSA) + message(13, bytes(33_000)) + message(14), 33_000, id="issuers"),
        pytest.param(hello(RSA) + message(11, bytes(10)) + message(14), 38, id="server-hello"),
    ],
)
def test_the_longest_message_is_on_record(flight: bytes, octets: int) -> None:
    messages = ServerMessages()
    messages.feed(flight)
    assert messages.negotiation is not None
    assert messages.negotiation.largest_message == octets


@pytest.mark.parametrize(("flight", "expected"), ROWS)
def test_what_the_partner_chose(flight: bytes, expected: Negotiation | None) -> None:
    whole, piecewise = ServerMessages(), ServerMessages()
    whole.feed(flight)
    for octet in flight:
        piecewise.feed(bytes([octet]))
    assert whole.negotiation == piecewise.negotiation
    assert _choice(whole) == expected
    assert whole.complete is (expected is not None and expected.complete)


def test_the_size_of_a_prime_is_known_before_it_has_come() -> None:
    messages = ServerMessages()
    messages.feed(hello(DHE) + prime(8192)[:20])
    assert messages.prime_bits == 8192
    assert ServerMessages().prime_bits is None


def test_a_flight_without_an_end_is_not_kept() -> None:
    messages = ServerMessages()
    messages.feed(hello(ECDHE))
    messages.feed(message(11, bytes(3))[:4] + b"\x00" * 100)
    for _ in range(LARGEST_FLIGHT // 65_536 + 1):
        messages.feed(bytes(65_536))
    assert messages.overflowing
    assert messages.negotiation is not None


@given(st.binary(max_size=300))
def test_any_flight_is_survived(data: bytes) -> None:
    messages = ServerMessages()
    messages.feed(hello(DHE) + data)
    messages.feed(message(12, data))
    assert messages.negotiation is not None
