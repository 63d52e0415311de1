"""The ClientHello written here beside those that SChannel was captured with, field by field.

The captures are public: a TLS 1.2 hello of Windows 10 to events.data.microsoft.com in the tests of
kbandla/dpkt; one to nav.smartscreen.microsoft.com of an older Windows 10, quoted in tests of ClientHello
parsers; the fields of a native client without status_request ([failures 6.11]).
"""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from probe.api import hellos_of, offer_of
from probe.collection.connection.tls.cipher_suite_names import IANA_NAMES
from probe.collection.connection.tls.client_hello import client_hello
from probe.facts.tls_negotiation import HandshakeOffer
from probe.judgement.caller_profile import profile, profiles

RANDOM = bytes(range(32))
NAME = "mail.contoso.com"
NEWER = (
    "c02cc02bc030c02fc024c023c028c027c00ac009c014c013009d009c003d003c0035002f000a",
    "080408050806040105010201040305030203020206010603",
)
OLDER = (
    "c02cc02bc030c02f009f009ec024c023c028c027c00ac009c014c013009d009c003d003c0035002f000a",
    "040105010201040305030203020206010603",
)
NATIVE = (
    "c02cc02bc030c02fc024c023c028c027c00ac009c014c013009d009c003d003c0035002f",
    "080408050806040105010201040305030203020206010603",
)


def _counted(content: bytes, octets: int = 2) -> bytes:
    return len(content).to_bytes(octets, "big") + content


def _captured(suites: str, schemes: str) -> bytes:
    """The capture with our random and name, no session to resume, and without status_request."""
    groups = bytes.fromhex("001d00170018")
    extensions = (
        (0, _counted(b"\x00" + _counted(NAME.encode()))),
        (10, _counted(groups)),
        (11, bytes.fromhex("0100")),
        (13, _counted(bytes.fromhex(schemes))),
        (35, b""),
        (23, b""),
        (65281, b"\x00"),
    )
    encoded = b"".join(kind.to_bytes(2, "big") + _counted(content) for kind, content in extensions)
    body = b"\x03\x03" + RANDOM + b"\x00" + _counted(bytes.fromhex(suites)) + b"\x01\x00" + _counted(encoded)
    return b"\x16\x03\x03" + _counted(b"\x01" + _counted(body, 3))


@pytest.mark.parametrize(
    ("caller", "captured"),
    [
        pytest.param("exchange-2019@2019", NEWER, id="windows-10-from-1809"),
        pytest.param("exchange-2016@2016", OLDER, id="windows-10-before-1803"),
        pytest.param("exchange-se@2025", NATIVE, id="native-client"),
    ],
)
def test_the_hello_is_schannels(caller: str, captured: tuple[str, str]) -> None:
    suites = tuple(IANA_NAMES[int(number, 16)] for number in re.findall("....", captured[0]))
    offer = replace(
        hellos_of(profile(caller))[-1], cipher_suites=suites, groups=("x25519", "secp256r1", "secp384r1")
    )
    assert client_hello(offer, NAME, RANDOM) == _captured(*captured)


def test_every_profile_has_a_hello_that_names_all_it_offers() -> None:
    for caller in profiles():
        hello = client_hello(offer_of(caller), NAME, RANDOM)
        older = [suite for suite in caller.cipher_suites if "_WITH_" in suite]
        numbers = {name: number for number, name in IANA_NAMES.items()}
        encoded = b"".join(numbers[suite].to_bytes(2, "big") for suite in older)
        assert _counted(encoded) in hello
        assert int.from_bytes(hello[3:5], "big") == len(hello) - 5
        assert int.from_bytes(hello[6:9], "big") == len(hello) - 9


def test_an_address_is_no_server_name_and_old_versions_have_no_signature_algorithms() -> None:
    offer = HandshakeOffer(
        "old", ("TLS 1.0",), ("TLS_RSA_WITH_AES_128_CBC_SHA",), signature_schemes=("rsa_pkcs1_sha256",)
    )
    hello = client_hello(offer, None, RANDOM)
    assert hello[:3] == b"\x16\x03\x01"
    # 35, 23 and 65281 alone.
    assert hello.endswith(bytes.fromhex("000d00230000001700 00ff01000100".replace(" ", "")))


@pytest.mark.parametrize(
    "offer",
    [
        pytest.param(HandshakeOffer("new", ("TLS 1.3",), ("TLS_AES_128_GCM_SHA256",)), id="tls13-alone"),
        pytest.param(HandshakeOffer("none", ("TLS 1.2",), ("TLS_AES_128_GCM_SHA256",)), id="no-older-suite"),
        pytest.param(HandshakeOffer(), id="liberal"),
    ],
)
def test_what_such_a_hello_cannot_offer_is_an_error(offer: HandshakeOffer) -> None:
    with pytest.raises(ValueError, match="nothing that a ClientHello"):
        client_hello(offer, NAME, RANDOM)
