"""What a caller's own ClientHello decides, and which offers of a caller are judged besides the sure one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from probe.api import hellos_of, offer_of, wider_offer_of
from probe.dotnet import SslPolicyErrors, WebExceptionStatus
from probe.facts.certificate import Certificate
from probe.facts.observation import (
    Connection,
    Endpoint,
    EndpointKind,
    FailureKind,
    HelloExchange,
    HttpExchange,
    Phase,
    Visit,
    WireFailure,
)
from probe.facts.tls_negotiation import HandshakeOffer, Negotiation, TlsSession
from probe.judgement import verdict
from probe.judgement.caller_profile import Caller, profile
from probe.judgement.connection import handshake
from probe.judgement.connection.acceptance import ObjectionCause
from probe.judgement.connection.agreement import Agreement, State
from probe.judgement.findings import delivery, tls
from probe.judgement.model import Outcome
from probe.lab import authority
from probe.lab.keys import KeyKind

URL = "https://mail.contoso.com/ews/exchange.asmx/WSSecurity"
ENDPOINT = Endpoint(EndpointKind.EWS_WSSECURITY, URL, "mail.contoso.com", 443, "given")
ADDRESS = "203.0.113.1"
SE, SE_2019, OLD = profile("exchange-se@2022"), profile("exchange-se@2019"), profile("exchange-2016@2012r2")
RSA_GCM = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
RSA_CBC = "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"
DES3 = "TLS_RSA_WITH_3DES_EDE_CBC_SHA"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ROOT = authority.root("Hello Root")


def _leaf(key: KeyKind = "p256") -> Certificate:
    start, end = NOW - timedelta(days=9), NOW + timedelta(days=9)
    return authority.end_entity(
        ROOT, "mail.contoso.com", key=key, not_before=start, not_after=end
    ).certificate


LEAF, OTHER, P521 = _leaf(), _leaf(), _leaf("p521")


def chosen(cipher: str, group: str | None = "secp384r1", bits: int | None = None) -> Negotiation:
    return Negotiation("TLS 1.2", cipher, group, bits, complete=True)


def refused(kind: FailureKind = FailureKind.ALERT) -> WireFailure:
    return WireFailure(Phase.HANDSHAKE, kind, alert=40 if kind is FailureKind.ALERT else None)


def own(caller: Caller, kind: FailureKind = FailureKind.ALERT) -> Connection:
    """The handshake of OpenSSL as the caller, which was refused; it offered P-256 alone."""
    offer = replace(offer_of(caller), groups=("secp256r1",), missing=(DES3,) if caller is OLD else ())
    return Connection(ENDPOINT, ADDRESS, 443, offer, failure=refused(kind))


def liberal(
    cipher: str = RSA_GCM,
    group: str | None = "secp384r1",
    *,
    protocol: str = "TLS 1.2",
    leaf: Certificate = LEAF,
    offer: HandshakeOffer | None = None,
) -> Connection:
    """A handshake that succeeded, with the answer of a living service."""
    answer = HttpExchange(
        "POST", URL, 401, headers=(("X-CasErrorCode", "BadSamlToken"), ("X-FEServer", "EX01"))
    )
    return Connection(
        ENDPOINT,
        ADDRESS,
        443,
        offer or HandshakeOffer(),
        TlsSession(protocol, cipher, None),
        (leaf,),
        (answer,),
        negotiation=replace(chosen(cipher, group), protocol=protocol),
    )


def hello(
    caller: Caller,
    answer: Negotiation | FailureKind,
    *,
    further: bool = False,
    leaf: Certificate = LEAF,
) -> HelloExchange:
    """The caller's own ClientHello (with the groups it may offer: `further`) and what came back."""
    offer = hellos_of(caller)[-1 if further else 0]
    if isinstance(answer, FailureKind):
        return HelloExchange(ENDPOINT, offer, ADDRESS, 443, failure=refused(answer))
    return HelloExchange(ENDPOINT, offer, ADDRESS, 443, answer, (leaf,))


def cut_off(caller: Caller, answer: Negotiation) -> HelloExchange:
    """A hello whose answer began with this choice, and ended before ServerHelloDone."""
    return replace(hello(caller, answer), failure=refused(FailureKind.CLOSED))


def signed(scheme: str) -> Connection:
    """The handshake of OpenSSL as the old caller, which succeeded, signed in this scheme."""
    made = liberal(RSA_CBC, "secp256r1", offer=replace(offer_of(OLD), groups=("secp256r1",)))
    negotiation = replace(chosen(RSA_CBC, "secp256r1"), signature_scheme=scheme)
    return replace(made, negotiation=negotiation)


ALERT, RESET = FailureKind.ALERT, FailureKind.RESET
PSS = "rsa_pss_rsae_sha256"
ROWS = [
    pytest.param(
        SE, (own(SE), liberal()), (hello(SE, chosen(RSA_GCM)),), State.AGREED, "P-384", None, id="p384-alone"
    ),
    pytest.param(
        SE,
        (own(SE, RESET), liberal()),
        (hello(SE, chosen(RSA_GCM)),),
        State.AGREED,
        "P-384",
        None,
        id="reset-by-what-openssl-offers",
    ),
    pytest.param(
        SE,
        (own(SE), liberal(group="x25519")),
        (hello(SE, ALERT), hello(SE, chosen(RSA_GCM, "x25519"), further=True)),
        State.UNKNOWN,
        "X25519",
        ObjectionCause.GROUP,
        id="a-group-that-it-may-offer",
    ),
    pytest.param(
        SE,
        (own(SE), liberal(group="x25519")),
        (hello(SE, ALERT),),
        State.UNKNOWN,
        "agrees with Exchange Server SE on Windows Server 2022 only in X25519",
        ObjectionCause.GROUP,
        id="a-group-that-it-may-offer-agreed-beside-the-hello",
    ),
    pytest.param(
        SE,
        (own(SE), liberal(group="secp521r1")),
        (hello(SE, ALERT), hello(SE, ALERT, further=True)),
        State.REFUSED,
        "no common key-exchange group: the partner chose P-521",
        ObjectionCause.GROUP,
        id="every-offer-is-refused",
    ),
    pytest.param(
        SE, (own(SE), liberal(group="x25519")), (), State.UNKNOWN, "P-384", None, id="record-without-hellos"
    ),
    pytest.param(
        SE,
        (own(SE), liberal(leaf=P521)),
        (hello(SE, chosen(RSA_GCM), leaf=P521),),
        State.REFUSED,
        "ECDSA key on P-521",
        ObjectionCause.LEAF_KEY,
        id="a-key-chosen-in-spite-of-the-offer",
    ),
    pytest.param(
        OLD,
        (own(OLD, FailureKind.TLS_ERROR),),
        (hello(OLD, chosen("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", None, 768)),),
        State.REFUSED,
        "768 bits",
        ObjectionCause.DIFFIE_HELLMAN,
        id="small-prime",
    ),
    pytest.param(
        OLD,
        (own(OLD, FailureKind.TLS_ERROR),),
        (hello(OLD, chosen("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", None, 6144)),),
        State.UNKNOWN,
        "6144 bits",
        ObjectionCause.DIFFIE_HELLMAN,
        id="large-prime",
    ),
    pytest.param(
        OLD, (own(OLD),), (hello(OLD, chosen(DES3, None)),), State.AGREED, "3DES", None, id="3des-agreed"
    ),
    pytest.param(
        OLD, (own(OLD),), (hello(OLD, ALERT),), State.REFUSED, "refused everything", None, id="3des-refused"
    ),
    pytest.param(
        OLD,
        (own(OLD), liberal(RSA_GCM)),
        (hello(OLD, ALERT),),
        State.REFUSED,
        "takes only ECDHE with AES-GCM",
        None,
        id="hardened-partner-and-an-old-windows",
    ),
    pytest.param(
        SE,
        (own(SE),),
        (hello(SE, replace(chosen(RSA_GCM), protocol="TLS 1.0")),),
        State.REFUSED,
        "the partner chose TLS 1.0",
        None,
        id="an-older-version-in-answer",
    ),
    pytest.param(
        SE,
        (own(SE),),
        (hello(SE, chosen(DES3, None)),),
        State.REFUSED,
        "does not offer",
        None,
        id="another-suite",
    ),
    pytest.param(
        SE,
        (own(SE, RESET),),
        (hello(SE, RESET), hello(SE, RESET, further=True)),
        State.REFUSED,
        "reset",
        None,
        id="reset-both-ways",
    ),
    pytest.param(
        SE,
        (own(SE, FailureKind.TLS_ERROR),),
        (cut_off(SE, replace(chosen(RSA_GCM), protocol="TLS 1.1")),),
        State.REFUSED,
        "the partner chose TLS 1.1",
        None,
        id="an-older-version-and-the-end",
    ),
    pytest.param(
        SE,
        (own(SE, FailureKind.TLS_ERROR),),
        (hello(SE, replace(chosen(RSA_GCM), protocol="SSL 3.0")),),
        State.REFUSED,
        "the partner chose SSL 3.0",
        None,
        id="ssl3",
    ),
    pytest.param(
        OLD,
        (own(OLD, FailureKind.TLS_ERROR),),
        (hello(OLD, replace(chosen("TLS_RSA_WITH_AES_256_CBC_SHA", None), protocol="SSL 3.0")),),
        State.UNKNOWN,
        "SSL 3.0 it may offer as well",
        None,
        id="ssl3-where-windows-has-it",
    ),
    pytest.param(
        OLD,
        (signed(PSS),),
        (hello(OLD, ALERT),),
        State.REFUSED,
        "signed in rsa_pss_rsae_sha256",
        ObjectionCause.SIGNATURE,
        id="who-signs-in-nothing-else",
    ),
    pytest.param(
        OLD,
        (signed(PSS),),
        (hello(OLD, chosen(RSA_CBC)),),
        State.AGREED,
        "the partner agreed to TLS 1.2",
        None,
        id="who-signs-in-another-scheme-too",
    ),
    pytest.param(
        OLD, (signed(PSS),), (hello(OLD, RESET),), State.AGREED, "agreed", None, id="a-reset-proves-no-scheme"
    ),
    pytest.param(OLD, (signed(PSS),), (), State.AGREED, "agreed", None, id="another-scheme-without-a-hello"),
    pytest.param(
        OLD,
        (signed("rsa_pkcs1_sha256"),),
        (hello(OLD, ALERT),),
        State.AGREED,
        "agreed",
        None,
        id="a-scheme-that-it-offers",
    ),
    pytest.param(
        OLD,
        (own(OLD), liberal(RSA_GCM, "x25519")),
        (hello(OLD, ALERT),),
        State.REFUSED,
        "takes only ECDHE with AES-GCM",
        ObjectionCause.SUITE_AND_GROUP,
        id="a-group-that-this-machine-prefers-is-not-the-cause-alone",
    ),
    pytest.param(
        OLD,
        (own(OLD), liberal("TLS_AES_256_GCM_SHA384", "x25519", protocol="TLS 1.3", leaf=P521)),
        (hello(OLD, ALERT),),
        State.REFUSED,
        "ECDSA key on P-521",
        ObjectionCause.LEAF_KEY,
        id="a-key-that-only-tls13-can-use",
    ),
]


def _agree(
    caller: Caller, connections: tuple[Connection, ...], hellos: tuple[HelloExchange, ...]
) -> Agreement:
    return handshake.agree(Visit(ENDPOINT, ADDRESS, connections, hellos), caller)


@pytest.mark.parametrize(("caller", "connections", "hellos", "state", "why", "cause"), ROWS)
def test_the_hello_decides(
    caller: Caller,
    connections: tuple[Connection, ...],
    hellos: tuple[HelloExchange, ...],
    state: State,
    why: str,
    cause: ObjectionCause | None,
) -> None:
    found = _agree(caller, connections, hellos)
    assert (found.state, found.cause) == (state, cause), found.why
    assert why in found.why


@pytest.mark.parametrize(
    ("made", "ended", "status"),
    [
        pytest.param(FailureKind.NOTHING_TO_OFFER, RESET, WebExceptionStatus.SendFailure, id="reset"),
        pytest.param(
            FailureKind.NOTHING_TO_OFFER, ALERT, WebExceptionStatus.SecureChannelFailure, id="alert"
        ),
        pytest.param(
            FailureKind.TLS_ERROR, RESET, WebExceptionStatus.SecureChannelFailure, id="another-end-here"
        ),
    ],
)
def test_how_the_hello_ended_is_what_the_caller_logs(
    made: FailureKind, ended: FailureKind, status: WebExceptionStatus
) -> None:
    """[failures 5.4.4]: where this machine could make no such handshake."""
    visit = Visit(ENDPOINT, ADDRESS, (own(OLD, made),), (hello(OLD, ended),))
    decided = verdict.decide(visit, OLD, None)
    assert decided.web_exception is not None
    assert decided.web_exception.status is status


def test_answers_over_another_handshake_count_where_the_same_certificate_was_shown() -> None:
    same = Visit(ENDPOINT, ADDRESS, (own(SE), liberal()), (hello(SE, chosen(RSA_GCM)),))
    other = Visit(ENDPOINT, ADDRESS, (own(SE), liberal(leaf=OTHER)), (hello(SE, chosen(RSA_GCM)),))
    sound = SslPolicyErrors(0)
    assert verdict.decide(same, SE, sound).outcome is Outcome.SUCCESS
    assert verdict.decide(other, SE, sound).outcome is Outcome.UNKNOWN
    assert handshake.presented(other, SE) == (LEAF,)
    refusal = SslPolicyErrors.RemoteCertificateChainErrors
    assert verdict.decide(other, SE, refusal).outcome is Outcome.FAILURE


WIDER = wider_offer_of(SE)
assert WIDER is not None
IN_TLS13 = liberal("TLS_AES_256_GCM_SHA384", "x25519", protocol="TLS 1.3")


@pytest.mark.parametrize(
    ("caller", "wider", "state", "why"),
    [
        pytest.param(
            SE,
            (liberal("TLS_AES_256_GCM_SHA384", "secp256r1", protocol="TLS 1.3", offer=WIDER),),
            State.UNKNOWN,
            "most likely works",
            id="tls13-alone",
        ),
        pytest.param(
            SE,
            (Connection(ENDPOINT, ADDRESS, 443, WIDER, failure=refused()),),
            State.REFUSED,
            "in TLS 1.3 it refuses that caller's groups as well",
            id="tls13-in-other-groups",
        ),
        pytest.param(SE, (), State.UNKNOWN, "was not shown", id="tls13-not-tried"),
        pytest.param(SE_2019, (), State.REFUSED, "TLS 1.2", id="a-windows-without-tls13"),
    ],
)
def test_tls13_is_judged_too(caller: Caller, wider: tuple[Connection, ...], state: State, why: str) -> None:
    hellos = (hello(caller, ALERT), hello(caller, ALERT, further=True))
    found = _agree(caller, (own(caller), IN_TLS13, *wider), hellos)
    assert found.state is state, found.why
    assert why in found.why


@pytest.mark.parametrize(
    ("caller", "codes"),
    [
        pytest.param(OLD, ["tls12-predicted"], id="predicted"),
        pytest.param(SE, [], id="set-up-turns-it-on"),
    ],
)
def test_what_rests_on_having_tls12_is_said(caller: Caller, codes: list[str]) -> None:
    offer = replace(offer_of(caller), groups=("secp256r1",))
    visit = Visit(ENDPOINT, ADDRESS, (liberal(RSA_CBC, "secp256r1", offer=offer),))
    decided = verdict.decide(visit, caller, SslPolicyErrors(0))
    assert decided.outcome is Outcome.SUCCESS
    assert [finding.code for finding in tls.findings(caller, decided)] == codes


def test_what_came_back_to_the_hellos_is_evidence() -> None:
    hellos = (hello(SE, ALERT), hello(SE, chosen(RSA_GCM, "x25519"), further=True))
    visit = Visit(ENDPOINT, ADDRESS, (own(SE), liberal(group="x25519")), hellos)
    found = delivery.findings(visit, SE, verdict.decide(visit, SE, SslPolicyErrors(0)))
    evidence = [line for finding in found for line in finding.evidence if "ClientHello" in line]
    exactly = "a ClientHello of exactly this offer, with"
    assert evidence == [
        f"{exactly} P-256, P-384, was refused in phase handshake: alert, TLS alert 40",
        f"{exactly} X25519, P-256, P-384, was answered with TLS 1.2 and {RSA_GCM} over X25519",
    ]


def test_where_only_the_caller_has_the_suite_the_partner_can_offer_another() -> None:
    visit = Visit(ENDPOINT, ADDRESS, (own(OLD),), (hello(OLD, chosen(DES3, None)),))
    (found,) = delivery.findings(visit, OLD, verdict.decide(visit, OLD, SslPolicyErrors(0)))
    assert "no request could be made" in found.summary
    assert [remedy.actor.value for remedy in found.remedies] == ["partner"]
