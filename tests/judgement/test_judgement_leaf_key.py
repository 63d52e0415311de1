"""Keys of end-entities that a caller's SChannel can and cannot use, in a handshake and in `probe chain`."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from probe import api
from probe.dotnet import WebExceptionStatus
from probe.facts.certificate import Certificate
from probe.facts.encoding import der
from probe.judgement.caller_profile import profile
from probe.judgement.connection import leaf_key
from probe.judgement.model import Outcome
from probe.lab import authority
from probe.lab import certificate_extensions as encoding
from probe.lab.keys import KeyKind
from tests.judgement.resigned import KEY, put, resigned

SE, OLD = "exchange-se@2022", "exchange-2016@2012r2"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ROOT = authority.root("Key Root")


def leaf(key: KeyKind) -> Certificate:
    return authority.end_entity(
        ROOT,
        "mail.contoso.com",
        key=key,
        not_before=NOW - timedelta(days=30),
        not_after=NOW + timedelta(days=60),
    ).certificate


def with_algorithm(dotted: str) -> Certificate:
    """A certificate of which only the algorithm of its key is known."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    octets = bytes([first * 40 + second]) + b"".join(_base128(number) for number in rest)
    algorithm = der.wrap(der.SEQUENCE, der.wrap(0x06, octets))
    info = der.wrap(der.SEQUENCE, algorithm + der.wrap(0x03, b"\x00key"))
    return cast("Certificate", SimpleNamespace(structure=SimpleNamespace(public_key_info=info)))


def _base128(number: int) -> bytes:
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.append(0x80 | (number & 0x7F))
    return bytes(reversed(octets))


ROWS = [
    pytest.param("rsa2048", SE, "TLS 1.2", None, id="rsa"),
    pytest.param("p256", SE, "TLS 1.2", None, id="p256"),
    pytest.param("p384", OLD, "TLS 1.2", None, id="p384"),
    pytest.param("p521", SE, "TLS 1.2", "P-521", id="p521"),
    pytest.param("p521", SE, "TLS 1.3", None, id="p521-in-tls13"),
    pytest.param("secp256k1", SE, "TLS 1.3", "secp256k1", id="secp256k1"),
    pytest.param("ed25519", SE, "TLS 1.2", "an Ed25519 key", id="ed25519"),
    pytest.param("ed448", SE, "TLS 1.3", "an Ed448 key", id="ed448"),
    pytest.param("dsa2048", SE, "TLS 1.2", "a DSA key", id="dsa"),
    pytest.param("dsa2048", OLD, "TLS 1.2", None, id="dsa-where-dss-is-offered"),
]


@pytest.mark.parametrize(("key", "caller", "protocol", "why"), ROWS)
def test_keys(key: KeyKind, caller: str, protocol: str, why: str | None) -> None:
    found = leaf_key.objection(leaf(key), profile(caller), protocol)
    assert (found is None) is (why is None)
    if found is not None and why is not None:
        assert why in found.why
        assert found.sure


@pytest.mark.parametrize(
    ("protocol", "sure"),
    [pytest.param("TLS 1.2", True, id="tls12"), pytest.param("TLS 1.3", False, id="tls13")],
)
@pytest.mark.parametrize("caller", [SE, OLD])
def test_a_key_marked_for_pss_signs_in_nothing_that_is_offered(
    caller: str, protocol: str, sure: bool
) -> None:
    """[failures 6.10]: SChannel's hello has rsa_pss_rsae schemes, at most."""
    found = leaf_key.objection(with_algorithm("1.2.840.113549.1.1.10"), profile(caller), protocol)
    assert found is not None
    assert found.sure is sure


@pytest.mark.parametrize(
    ("caller", "sure"),
    [
        pytest.param("exchange-se@2025", False, id="server-2025"),
        pytest.param("exchange-se@2022", True, id="server-2022"),
        pytest.param(OLD, True, id="server-2012-r2"),
    ],
)
@pytest.mark.parametrize("number", [17, 18, 19])
def test_ml_dsa_depends_on_the_build(caller: str, sure: bool, number: int) -> None:
    certificate = with_algorithm(f"2.16.840.1.101.3.4.3.{number}")
    found = leaf_key.objection(certificate, profile(caller), "TLS 1.2")
    assert found is not None
    assert found.sure is sure


# The certificate of RFC 9881 appendix C (ML-DSA-44), self-signed, in another program's bytes.
ML_DSA = ssl.PEM_cert_to_DER_cert((Path(__file__).parent / "ml_dsa_44.pem").read_text("ascii"))


@pytest.mark.parametrize(
    ("caller", "outcome", "status", "code"),
    [
        pytest.param("exchange-se@2025", Outcome.UNKNOWN, None, "tls-unusable-key", id="server-2025"),
        pytest.param(
            SE, Outcome.FAILURE, WebExceptionStatus.SecureChannelFailure, "tls-unusable-key", id="server-2022"
        ),
        pytest.param(
            OLD, Outcome.FAILURE, WebExceptionStatus.SecureChannelFailure, "tls-unusable-key", id="2012-r2"
        ),
    ],
)
def test_a_real_certificate_with_ml_dsa(
    caller: str, outcome: Outcome, status: WebExceptionStatus | None, code: str
) -> None:
    """Key and signature are ML-DSA: unknown to Windows before Server 2025, and untellable there."""
    judgement = api.judge_chain([ML_DSA], roots=[ML_DSA], at=NOW, caller=caller)
    assert judgement.outcome is outcome
    assert (judgement.web_exception.status if judgement.web_exception else None) == status
    assert judgement.findings[0].code == code
    assert "ML-DSA-44" in judgement.findings[0].summary
    assert (judgement.chain is not None and judgement.chain.build_failure is None) is (status is None)


def _rsa(bits: int, exponent: int = 65537, oid: str = "1.2.840.113549.1.1.1") -> bytes:
    modulus = der.wrap(0x02, b"\0" + ((1 << bits - 1) + 1).to_bytes((bits + 7) // 8, "big"))
    key = encoding.sequence(modulus, encoding.integer(exponent))
    return encoding.sequence(
        encoding.sequence(encoding.object_identifier(oid), b"\x05\x00"), der.wrap(0x03, b"\0" + key)
    )


def _other(oid: str, key: bytes, parameters: bytes = b"") -> bytes:
    algorithm = encoding.sequence(encoding.object_identifier(oid), parameters)
    return encoding.sequence(algorithm, der.wrap(0x03, b"\0" + key))


_P256 = encoding.object_identifier("1.2.840.10045.3.1.7")


@pytest.mark.parametrize(
    ("key", "outcome"),
    [
        pytest.param(_rsa(2048), Outcome.SUCCESS, id="sound"),
        pytest.param(_rsa(16_384), Outcome.SUCCESS, id="the-longest-of-cng"),
        pytest.param(_rsa(16_392), Outcome.UNKNOWN, id="longer-than-cng"),
        pytest.param(_rsa(40_000), Outcome.UNKNOWN, id="longer-than-is-read-here"),
        pytest.param(_rsa(2048, 1 << 70 | 1), Outcome.UNKNOWN, id="monstrous-exponent"),
        pytest.param(_rsa(2048, 1), Outcome.UNKNOWN, id="exponent-of-one"),
        pytest.param(_rsa(512, 1 << 70 | 1), Outcome.FAILURE, id="short-with-a-monstrous-exponent"),
        pytest.param(_rsa(512, 1), Outcome.FAILURE, id="short-with-an-exponent-of-one"),
        pytest.param(_rsa(512, oid="2.5.8.1.1"), Outcome.UNKNOWN, id="rsa-by-its-other-name"),
        pytest.param(_rsa(2048, oid="1.2.840.113549.1.1.10"), Outcome.FAILURE, id="marked-for-pss"),
        pytest.param(_other("1.2.840.113549.1.1.1", b"key"), Outcome.UNKNOWN, id="no-rsa-key"),
        pytest.param(_other("1.2.840.10045.2.1", b"\x04key", _P256), Outcome.UNKNOWN, id="no-point"),
        pytest.param(_other("1.2.840.10045.2.1", b"\x04key"), Outcome.UNKNOWN, id="no-curve"),
        pytest.param(_other("1.2.3.4", b"key"), Outcome.UNKNOWN, id="unknown-algorithm"),
        pytest.param(_other("1.3.101.110", b"k" * 32), Outcome.FAILURE, id="x25519"),
        pytest.param(_other("1.3.101.111", b"k" * 56), Outcome.FAILURE, id="x448"),
    ],
)
def test_a_key_that_cannot_be_used_is_no_success(key: bytes, outcome: Outcome) -> None:
    sound = authority.end_entity(
        ROOT, "mail.contoso.com", not_before=NOW - timedelta(days=30), not_after=NOW + timedelta(days=60)
    )
    odd = resigned(sound, put(KEY, key))
    judgement = api.judge_chain(
        [odd], host="mail.contoso.com", roots=[ROOT.certificate.der], at=NOW, caller=SE
    )
    assert judgement.outcome is outcome


def test_what_cannot_be_read_is_objected_to_by_nobody() -> None:
    assert leaf_key.objection(Certificate(b"no certificate"), profile(SE), "TLS 1.2") is None


@pytest.mark.parametrize(
    ("key", "caller", "outcome"),
    [
        pytest.param("p256", SE, Outcome.SUCCESS, id="p256"),
        pytest.param("p521", SE, Outcome.FAILURE, id="p521"),
        pytest.param("secp256k1", SE, Outcome.FAILURE, id="secp256k1"),
        pytest.param("ed25519", SE, Outcome.FAILURE, id="ed25519"),
        pytest.param("ed448", OLD, Outcome.FAILURE, id="ed448"),
        pytest.param("dsa2048", SE, Outcome.FAILURE, id="dsa"),
    ],
)
def test_a_chain_alone_fails_at_the_handshake(key: KeyKind, caller: str, outcome: Outcome) -> None:
    judgement = api.judge_chain(
        [leaf(key).der], host="mail.contoso.com", roots=[ROOT.certificate.der], at=NOW, caller=caller
    )
    assert judgement.outcome is outcome
    status = judgement.web_exception.status if judgement.web_exception else None
    assert status == (WebExceptionStatus.SecureChannelFailure if outcome is Outcome.FAILURE else None)
    codes = [finding.code for finding in judgement.findings]
    assert codes[:1] == (["tls-unusable-key"] if outcome is Outcome.FAILURE else [])


def test_an_unusable_key_comes_before_a_certificate_that_is_refused_too() -> None:
    """Two faults at once: the handshake ends first, and the certificate's verdict stays to be read."""
    judgement = api.judge_chain(
        [leaf("ed25519").der], host="other.contoso.com", roots=[ROOT.certificate.der], at=NOW, caller=SE
    )
    assert judgement.web_exception is not None
    assert judgement.web_exception.status is WebExceptionStatus.SecureChannelFailure
    assert judgement.ssl_policy_errors
    assert judgement.findings[0].code == "tls-unusable-key"
