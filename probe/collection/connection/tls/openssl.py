"""What a ClientHello offers, and what a finished or failed handshake tells. Verification is always off.

An offer names .NET-like protocols and IANA suites; OpenSSL offers of it what it can, and the rest is on
record as missing. TLS 1.3 suites cannot be chosen before Python 3.15: then OpenSSL's own are offered, and
those are the ones on record. Of a list of groups one is offered, because ssl.SSLContext.set_ecdh_curve takes
one (set_groups comes with Python 3.15): the one that most partners know, and a ClientHello of our own bytes
follows where that decides nothing (client_hello.py). One SSLContext is made for each offer, never for each
target: making one is dear (measured: 26 ms with a trust store, about 1 ms without).
"""

from __future__ import annotations

import re
import ssl
import warnings
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from probe.collection.connection.tls.cipher_suite_names import IANA_NAMES
from probe.facts.certificate import LONGEST_REMEMBERED, Certificate
from probe.facts.observation import FailureKind
from probe.facts.tls_negotiation import HandshakeOffer, TlsSession

_VERSIONS = {
    "TLS 1.0": ssl.TLSVersion.TLSv1,
    "TLS 1.1": ssl.TLSVersion.TLSv1_1,
    "TLS 1.2": ssl.TLSVersion.TLSv1_2,
    "TLS 1.3": ssl.TLSVersion.TLSv1_3,
}
_PROTOCOL_NAMES = {"TLSv1": "TLS 1.0", "TLSv1.1": "TLS 1.1", "TLSv1.2": "TLS 1.2", "TLSv1.3": "TLS 1.3"}
_EVERY_SUITE = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
_LIBERAL_SUITES = "ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0"
# ssl.OP_LEGACY_SERVER_CONNECT has a name from Python 3.12 only; the value is OpenSSL's SSL_OP_ constant.
_LEGACY_SERVER_CONNECT = 0x4
# Groups of a caller in the order in which one of them is chosen, with OpenSSL's names. P-256 comes first:
# RFC 8422 section 5.1.1 and RFC 8446 section 9.1 make it the one that servers know.
_CURVES = {"secp256r1": "prime256v1", "secp384r1": "secp384r1", "x25519": "X25519"}
# SChannel before Windows Server 2016 names ECDHE suites together with the curve.
_CURVE_SUFFIX = re.compile(r"_P(256|384|521)\Z")

# OpenSSL's names of received alerts (include/openssl/sslerr.h: 1000 plus the number). Python tells the name.
_ALERT_REASONS = {
    "SSLV3_ALERT_UNEXPECTED_MESSAGE": 10,
    "SSLV3_ALERT_BAD_RECORD_MAC": 20,
    "TLSV1_ALERT_DECRYPTION_FAILED": 21,
    "TLSV1_ALERT_RECORD_OVERFLOW": 22,
    "SSLV3_ALERT_DECOMPRESSION_FAILURE": 30,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": 40,
    "SSLV3_ALERT_NO_CERTIFICATE": 41,
    "SSLV3_ALERT_BAD_CERTIFICATE": 42,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": 43,
    "SSLV3_ALERT_CERTIFICATE_REVOKED": 44,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": 45,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": 46,
    "SSLV3_ALERT_ILLEGAL_PARAMETER": 47,
    "TLSV1_ALERT_UNKNOWN_CA": 48,
    "TLSV1_ALERT_ACCESS_DENIED": 49,
    "TLSV1_ALERT_DECODE_ERROR": 50,
    "TLSV1_ALERT_DECRYPT_ERROR": 51,
    "TLSV1_ALERT_EXPORT_RESTRICTION": 60,
    "TLSV1_ALERT_PROTOCOL_VERSION": 70,
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": 71,
    "TLSV1_ALERT_INTERNAL_ERROR": 80,
    "TLSV1_ALERT_INAPPROPRIATE_FALLBACK": 86,
    "TLSV1_ALERT_USER_CANCELLED": 90,
    "TLSV1_ALERT_NO_RENEGOTIATION": 100,
    "TLSV13_ALERT_MISSING_EXTENSION": 109,
    "TLSV1_UNSUPPORTED_EXTENSION": 110,
    "TLSV1_CERTIFICATE_UNOBTAINABLE": 111,
    "TLSV1_UNRECOGNIZED_NAME": 112,
    "TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE": 113,
    "TLSV1_BAD_CERTIFICATE_HASH_VALUE": 114,
    "TLSV1_ALERT_UNKNOWN_PSK_IDENTITY": 115,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": 116,
    "TLSV1_ALERT_NO_APPLICATION_PROTOCOL": 120,
}
_NUMBERED_REASON = re.compile(r"reason\((\d+)\)")
_LOCAL_REASONS = frozenset(("NO_CIPHERS_AVAILABLE", "NO_PROTOCOLS_AVAILABLE", "NO_CIPHER_MATCH"))


class PreparedOffer(Struct, frozen=True):
    """An offer as this machine makes it. `context` None: it can offer nothing of what the shape asks for."""

    offer: HandshakeOffer
    context: ssl.SSLContext | None

    @property
    def wire_shape(self) -> tuple[tuple[str, ...], ...]:
        """What two offers have in common when their ClientHellos are alike."""
        return self.offer.protocols, self.offer.cipher_suites, self.offer.groups


@lru_cache(maxsize=64)
def prepare(offer: HandshakeOffer) -> PreparedOffer:
    """What this machine can make of an offer, and the context that does it. The same one every time."""
    group = next((name for name in _CURVES if name in offer.groups), None)
    groups = () if group is None else (group,)
    offer = replace(offer, groups=groups, signature_schemes=(), least_diffie_hellman_bits=0)
    protocols = tuple(name for name in _VERSIONS if name in (offer.protocols or _VERSIONS))
    missing = [name for name in offer.protocols if name not in _VERSIONS]
    if not offer.cipher_suites:
        asked = replace(offer, protocols=protocols, missing=tuple(missing))
        return PreparedOffer(asked, _context(protocols, _LIBERAL_SUITES, group=group) if protocols else None)
    available = _openssl_names()
    wanted = dict.fromkeys(_CURVE_SUFFIX.sub("", suite) for suite in offer.cipher_suites)
    older = [s for s in wanted if s in available and s not in _tls13_suites()]
    missing += [suite for suite in wanted if suite not in available]
    if not older:
        missing += [name for name in protocols if name != "TLS 1.3"]
        protocols = tuple(name for name in protocols if name == "TLS 1.3")
    newer = _tls13_offered(list(wanted)) if "TLS 1.3" in protocols else ()
    asked = replace(offer, protocols=protocols, cipher_suites=(*newer, *older), missing=tuple(missing))
    if not protocols:
        return PreparedOffer(replace(asked, cipher_suites=()), None)
    names = [available[suite] for suite in older]
    return PreparedOffer(
        asked, _context(protocols, ":".join([*names, "@SECLEVEL=0"]) if names else None, newer, group=group)
    )


def _tls13_offered(wanted: list[str]) -> tuple[str, ...]:
    """TLS 1.3 suites that go out when these are wanted: all of OpenSSL's where none can be chosen."""
    if hasattr(ssl.SSLContext, "set_ciphersuites"):
        return tuple(s for s in wanted if s in _tls13_suites()) or tuple(_tls13_suites())
    return tuple(_tls13_suites())


def _context(
    protocols: tuple[str, ...],
    ciphers: str | None,
    tls13_suites: tuple[str, ...] = (),
    *,
    group: str | None = None,
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.options |= _LEGACY_SERVER_CONNECT
    if group is not None:
        context.set_ecdh_curve(_CURVES[group])
    if ciphers:
        context.set_ciphers(ciphers)
    choose = getattr(context, "set_ciphersuites", None)
    if choose is not None and tls13_suites:
        choose(":".join(tls13_suites))
    with warnings.catch_warnings():
        # Old versions are deprecated with reason; offered, they show a partner that has no other.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = _VERSIONS[protocols[0]]
        context.maximum_version = _VERSIONS[protocols[-1]]
        if "TLS 1.1" not in protocols:
            context.options |= ssl.OP_NO_TLSv1_1
        if "TLS 1.2" not in protocols:
            context.options |= ssl.OP_NO_TLSv1_2
    return context


@lru_cache(maxsize=1)
def _every_suite() -> tuple[tuple[str, str, str], ...]:
    """(IANA name, OpenSSL's name, protocol) of each suite that this OpenSSL knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(_EVERY_SUITE)
    return tuple(
        (IANA_NAMES.get(suite["id"] & 0xFFFF, suite["name"]), suite["name"], suite["protocol"])
        for suite in context.get_ciphers()
    )


@lru_cache(maxsize=1)
def _openssl_names() -> dict[str, str]:
    return {iana: openssl for iana, openssl, _ in _every_suite()}


@lru_cache(maxsize=1)
def _tls13_suites() -> dict[str, str]:
    return {iana: openssl for iana, openssl, protocol in _every_suite() if protocol == "TLSv1.3"}


@lru_cache(maxsize=1)
def _iana_names() -> dict[str, str]:
    return {openssl: iana for iana, openssl, _ in _every_suite()}


def session(finished: ssl.SSLObject, server_name: str | None) -> TlsSession:
    """Protocol and suite of a finished handshake, and the SNI that was sent."""
    version = finished.version() or ""
    cipher = finished.cipher()
    name = cipher[0] if cipher else ""
    return TlsSession(_PROTOCOL_NAMES.get(version, version), _iana_names().get(name, name), server_name)


def presented(handshake: ssl.SSLObject, limit: int) -> tuple[Certificate, ...]:
    """The certificates received so far, in the partner's order; also when the handshake failed after them."""
    return tuple(_certificate(der) for der in _received(handshake, limit))


def certificate_octets(handshake: ssl.SSLObject) -> int:
    """Octets of the whole list of certificates as a Certificate message has it (RFC 5246 7.4.2)."""
    return 3 + sum(3 + len(der) for der in _received(handshake))


def _received(handshake: ssl.SSLObject, limit: int | None = None) -> Iterator[bytes]:
    """Public from Python 3.13. On 3.11 and 3.12 the private object underneath has it, as truststore knows."""
    public = getattr(handshake, "get_unverified_chain", None)
    if public is not None:
        yield from public()[:limit]
        return
    import _ssl

    chain = handshake._sslobj.get_unverified_chain() or ()  # type: ignore[attr-defined]
    for certificate in chain[:limit]:
        yield certificate.public_bytes(_ssl.ENCODING_DER)


def _certificate(der: bytes) -> Certificate:
    """One object for the same bytes: partners share intermediates, which are then decoded once for a run.

    Of long ones only those of the connections at work are kept: what is decoded of them has megabytes.
    """
    return _usual(der) if len(der) <= LONGEST_REMEMBERED else _long(der)


_usual = lru_cache(maxsize=128)(Certificate)
_long = lru_cache(maxsize=8)(Certificate)


def alert_number(error: ssl.SSLError) -> int | None:
    """The number of the alert that OpenSSL says it received, or None if the error is none."""
    number = _ALERT_REASONS.get(error.reason or "")
    if number is not None:
        return number
    unnamed = _NUMBERED_REASON.search(str(error))
    if unnamed and 1000 <= int(unnamed[1]) < 1256:
        return int(unnamed[1]) - 1000
    return None


def kind_of(error: ssl.SSLError) -> FailureKind:
    """What an error of the TLS library is a fact about: an alert, this machine's offer, or the library."""
    if alert_number(error) is not None:
        return FailureKind.ALERT
    if error.reason in _LOCAL_REASONS:
        return FailureKind.NOTHING_TO_OFFER
    return FailureKind.TLS_ERROR
