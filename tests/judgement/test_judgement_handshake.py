"""Would that caller have agreed? Handshakes as the caller, liberal ones, and what each of them proves."""

from __future__ import annotations

import dataclasses

import pytest
from msgspec import structs

from probe.dotnet import SslPolicyErrors, WebExceptionStatus
from probe.facts.observation import (
    Connection,
    Endpoint,
    EndpointKind,
    FailureKind,
    HttpExchange,
    Phase,
    Visit,
    WireFailure,
)
from probe.facts.tls_negotiation import HandshakeOffer, Negotiation, TlsSession
from probe.judgement import verdict
from probe.judgement.caller_profile import Caller, profile
from probe.judgement.connection import handshake
from probe.judgement.connection.agreement import Agreement, State, describe, reached
from probe.judgement.findings import delivery
from probe.judgement.model import Outcome

URL = "https://mail.contoso.com/ews/exchange.asmx/WSSecurity"
ENDPOINT = Endpoint(EndpointKind.EWS_WSSECURITY, URL, "mail.contoso.com", 443, "given")

# A server whose registry leaves TLS 1.0 alone, and one of which it is not known whether it has more.
OLD = dataclasses.replace(profile("exchange-2010"), protocols=("TLS 1.0",))
SETTABLE = dataclasses.replace(
    profile("exchange-2016"), protocols=("TLS 1.0",), may_offer=("TLS 1.1", "TLS 1.2")
)
HARDENED = dataclasses.replace(profile("exchange-2016@2012r2"), protocols=("TLS 1.0", "TLS 1.1", "TLS 1.2"))
NEW = profile("exchange-2019@2019")
# A profile that leaves TLS 1.3 open, on a Windows that knows it.
NEWEST = dataclasses.replace(profile("exchange-se@2022"), protocols=("TLS 1.2",))
BOTH = dataclasses.replace(NEWEST, protocols=("TLS 1.2", "TLS 1.3"))
MISSING = ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_RC4_128_SHA")

GCM = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
CBC = "TLS_RSA_WITH_AES_128_CBC_SHA"
CAMELLIA = "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"


def connection(
    caller: Caller | None,
    protocol: str | None = None,
    cipher: str = GCM,
    *,
    kind: FailureKind = FailureKind.ALERT,
    alert: int | None = 40,
    missing: tuple[str, ...] = (),
    detail: str = "",
    phase: Phase = Phase.HANDSHAKE,
) -> Connection:
    """A handshake as `caller` (None: liberal): agreed on `protocol`, or failed."""
    shape = "liberal" if caller is None else caller.handshake_shape
    offer = HandshakeOffer(shape, missing=missing)
    if protocol is not None:
        group = "secp256r1" if "ECDHE" in cipher else None
        chosen = Negotiation(protocol, cipher, group)
        session = TlsSession(protocol, cipher, None)
        return Connection(ENDPOINT, "203.0.113.1", 443, offer, session, negotiation=chosen)
    failure = WireFailure(phase, kind, alert=alert if kind is FailureKind.ALERT else None, detail=detail)
    return Connection(ENDPOINT, "203.0.113.1", 443, offer, failure=failure)


def ended(caller: Caller | None, kind: FailureKind, alert: int | None = None) -> Connection:
    """A TLS 1.3 session that the partner ends before it answers."""
    agreed = connection(caller, "TLS 1.3")
    failure = WireFailure(Phase.RECEIVE, kind, alert=alert)
    return structs.replace(agreed, exchanges=(HttpExchange("POST", URL),), failure=failure)


def said(caller: Caller, *connections: Connection) -> Agreement:
    return handshake.agree(Visit(ENDPOINT, "203.0.113.1", connections), caller)


NOTHING_ON = dataclasses.replace(NEW, protocols=())
NO_SUITE = dataclasses.replace(NEW, cipher_suites=())
ONLY_OLD_VERSIONS = dataclasses.replace(NEW, protocols=("TLS 1.0", "TLS 1.1"), cipher_suites=(GCM,))
PERHAPS_TLS12 = dataclasses.replace(NEW, protocols=(), may_offer=("TLS 1.1", "TLS 1.2"))
PERHAPS_TLS13 = dataclasses.replace(NEW, protocols=(), may_offer=("TLS 1.3",), cipher_suites=(GCM,))
CHACHA = "TLS_CHACHA20_POLY1305_SHA256"
LIBERAL_AGREED = connection(None, "TLS 1.2")

ROWS = [
    pytest.param(NOTHING_ON, (LIBERAL_AGREED,), State.REFUSED, id="no-version-is-on"),
    pytest.param(NO_SUITE, (LIBERAL_AGREED,), State.REFUSED, id="no-suite-is-left"),
    pytest.param(ONLY_OLD_VERSIONS, (LIBERAL_AGREED,), State.REFUSED, id="no-suite-for-the-versions"),
    pytest.param(PERHAPS_TLS12, (LIBERAL_AGREED,), State.UNKNOWN, id="no-version-for-sure"),
    pytest.param(PERHAPS_TLS13, (LIBERAL_AGREED,), State.REFUSED, id="no-suite-for-what-may-be-offered"),
    pytest.param(
        PERHAPS_TLS12, (connection(None, "TLS 1.0", CBC),), State.REFUSED, id="older-than-what-may-be-offered"
    ),
    pytest.param(
        BOTH, (connection(BOTH, "TLS 1.3", CHACHA),), State.UNKNOWN, id="a-suite-of-tls13-beyond-the-offer"
    ),
    pytest.param(NEW, (connection(NEW, "TLS 1.2"),), State.AGREED, id="as-the-caller"),
    pytest.param(OLD, (connection(OLD, "TLS 1.0", CBC),), State.AGREED, id="tls10-only-for-an-old-caller"),
    pytest.param(
        NEW, (connection(NEW), connection(NEW, "TLS 1.2")), State.AGREED, id="a-second-connection-succeeds"
    ),
    pytest.param(
        NEW,
        (
            connection(NEW, kind=FailureKind.TLS_ERROR, detail="unsupported protocol"),
            connection(None, "TLS 1.0", CBC),
        ),
        State.REFUSED,
        id="tls10-only-for-a-new-caller",
    ),
    pytest.param(
        NEW,
        (connection(NEW, alert=70), connection(None, "TLS 1.3")),
        State.REFUSED,
        id="newer-than-all-that-2019-offers",
    ),
    pytest.param(
        OLD,
        (connection(OLD, alert=70), connection(None, "TLS 1.3")),
        State.REFUSED,
        id="newer-than-all-that-2010-offers",
    ),
    pytest.param(
        SETTABLE,
        (connection(SETTABLE, alert=70), connection(None, "TLS 1.3")),
        State.UNKNOWN,
        id="newer-than-all-that-2016-may-be-set-to",
    ),
    pytest.param(
        NEWEST,
        (connection(NEWEST, alert=70), connection(None, "TLS 1.3")),
        State.UNKNOWN,
        id="newer-where-windows-knows-it",
    ),
    pytest.param(
        NEWEST,
        (connection(NEWEST), ended(None, FailureKind.ALERT, 116)),
        State.REFUSED,
        id="client-certificate-in-either-version",
    ),
    pytest.param(
        NEWEST,
        (connection(NEWEST), ended(None, FailureKind.TIMEOUT)),
        State.UNKNOWN,
        id="a-stall-in-tls13-proves-nothing",
    ),
    pytest.param(
        NEW,
        (connection(NEW, kind=FailureKind.TLS_ERROR, detail="BAD_SIGNATURE"),),
        State.REFUSED,
        id="a-signature-of-another-key",
    ),
    pytest.param(
        NEW,
        (connection(NEW, kind=FailureKind.TLS_ERROR, detail="SSL_2_RECORD"),),
        State.REFUSED,
        id="record-of-ssl-2.0",
    ),
    pytest.param(
        NEW,
        (connection(NEW, kind=FailureKind.TLS_ERROR, detail="EMPTY_RECORD"),),
        State.REFUSED,
        id="record-of-no-length",
    ),
    pytest.param(
        HARDENED,
        (connection(HARDENED, missing=MISSING), connection(None, "TLS 1.2", GCM)),
        State.REFUSED,
        id="ecdhe-gcm-only-for-2012r2",
    ),
    pytest.param(
        HARDENED,
        (connection(HARDENED, missing=MISSING), connection(None, "TLS 1.2", CAMELLIA)),
        State.UNKNOWN,
        id="an-old-suite-beside-which-3des-may-live",
    ),
    pytest.param(
        HARDENED,
        (connection(HARDENED), connection(None, "TLS 1.2", CAMELLIA)),
        State.REFUSED,
        id="an-old-suite-and-nothing-was-missing",
    ),
    pytest.param(
        HARDENED,
        (connection(HARDENED, missing=MISSING), connection(None)),
        State.UNKNOWN,
        id="nothing-agreed-and-suites-missing",
    ),
    pytest.param(
        NEW, (connection(NEW), connection(None)), State.REFUSED, id="nothing-agreed-and-nothing-missing"
    ),
    pytest.param(
        HARDENED,
        (connection(HARDENED, alert=70, missing=MISSING), connection(None, alert=70)),
        State.REFUSED,
        id="protocol-version-does-not-hang-on-suites",
    ),
    pytest.param(
        OLD,
        (connection(OLD, alert=70, missing=("TLS 1.0",)), connection(None, alert=70)),
        State.UNKNOWN,
        id="protocol-version-and-the-version-was-missing",
    ),
    pytest.param(
        OLD,
        (connection(OLD, alert=70, missing=("TLS 1.0",)), connection(None, "TLS 1.2")),
        State.UNKNOWN,
        id="newer-version-and-the-old-one-was-missing",
    ),
    pytest.param(
        NEW, (connection(NEW), connection(None, "TLS 1.2", GCM)), State.UNKNOWN, id="refused-once-agreed-once"
    ),
    pytest.param(
        NEW,
        (connection(NEW, kind=FailureKind.RESET), connection(None, "TLS 1.2", GCM)),
        State.UNKNOWN,
        id="reset-once-agreed-once",
    ),
    pytest.param(
        NEW,
        (
            connection(NEW, kind=FailureKind.TLS_ERROR, detail="dh key too small"),
            connection(None, "TLS 1.2", GCM),
        ),
        State.UNKNOWN,
        id="own-library-gives-up",
    ),
    pytest.param(
        HARDENED,
        (
            connection(HARDENED, kind=FailureKind.RESET, missing=MISSING),
            connection(None, kind=FailureKind.RESET),
        ),
        State.REFUSED,
        id="reset-by-something-that-looks-at-no-suite",
    ),
    pytest.param(NEW, (connection(NEW, kind=FailureKind.NOT_TLS),), State.REFUSED, id="no-tls"),
    pytest.param(NEW, (connection(NEW, kind=FailureKind.INTERRUPTED),), State.UNKNOWN, id="interrupted"),
    pytest.param(
        OLD, (connection(OLD, kind=FailureKind.NOTHING_TO_OFFER),), State.UNKNOWN, id="nothing-to-offer"
    ),
    pytest.param(
        OLD,
        (connection(OLD, kind=FailureKind.NOTHING_TO_OFFER), connection(None, "TLS 1.0", CBC)),
        State.AGREED,
        id="nothing-to-offer-and-a-liberal-one-in-the-list",
    ),
    pytest.param(NEW, (connection(None, "TLS 1.2", GCM),), State.AGREED, id="liberal-only-in-the-list"),
    pytest.param(NEW, (connection(None, "TLS 1.3"),), State.UNKNOWN, id="liberal-only-higher-version"),
    pytest.param(NEW, (connection(None, "TLS 1.0", CBC),), State.REFUSED, id="liberal-only-lower-version"),
    pytest.param(NEW, (connection(None, "TLS 1.2", CAMELLIA),), State.UNKNOWN, id="liberal-only-other-suite"),
    pytest.param(NEW, (connection(None),), State.REFUSED, id="liberal-refused-and-nothing-else-to-offer"),
    pytest.param(HARDENED, (connection(None),), State.UNKNOWN, id="liberal-refused-and-the-caller-has-rc4"),
    pytest.param(NEW, (connection(OLD, "TLS 1.0", CBC),), State.UNKNOWN, id="another-callers-old-offer"),
    pytest.param(
        NEW,
        (connection(NEW, kind=FailureKind.REFUSED, phase=Phase.CONNECT),),
        State.UNKNOWN,
        id="no-handshake-at-all",
    ),
]


@pytest.mark.parametrize(("caller", "connections", "state"), ROWS)
def test_agreement(caller: Caller, connections: tuple[Connection, ...], state: State) -> None:
    found = said(caller, *connections)
    assert found.state is state, found.why
    assert found.why
    assert "None" not in found.why
    # Only what is inferred rests on no handshake of the caller's own shape.
    own = [c for c in connections if c.offer.shape == caller.handshake_shape and reached(c)]
    assert found.connection in connections or (found.connection is None and not own)
    if state is State.AGREED:
        assert found.connection is not None
        assert found.connection.tls is not None


@pytest.mark.parametrize(
    ("caller", "connections", "sentence"),
    [
        pytest.param(
            NEW,
            (connection(NEW, alert=70), connection(None, "TLS 1.3")),
            "the partner refuses TLS 1.2, which is all that Exchange Server 2019 on Windows Server 2019 "
            "offers; it agreed to TLS 1.3 with this machine",
            id="newer-is-not-only",
        ),
        pytest.param(
            NEW,
            (connection(NEW, alert=70), connection(None, "TLS 1.0", CBC)),
            "the partner speaks at most TLS 1.0; Exchange Server 2019 on Windows Server 2019 offers TLS 1.2",
            id="at-most-tls10",
        ),
        pytest.param(
            OLD,
            (connection(OLD, alert=70), connection(None, "TLS 1.3")),
            "the partner refuses TLS 1.0, which is all that Exchange Server 2010 SP3 on Windows Server 2008 "
            "R2 offers; it agreed to TLS 1.3 with this machine",
            id="newer-than-all-of-2010",
        ),
        pytest.param(
            SETTABLE,
            (connection(SETTABLE, alert=70), connection(None, "TLS 1.2")),
            "the partner refuses TLS 1.0, which is all that Exchange Server 2016 on Windows Server 2016 is "
            "sure to offer, and agreed to TLS 1.2, which that caller may or may not offer; judge one that "
            "does with --tls 1.2",
            id="what-2016-may-be-set-to",
        ),
        pytest.param(
            SETTABLE,
            (connection(SETTABLE, alert=70), connection(None, "TLS 1.3")),
            "the partner refuses TLS 1.0, which is all that Exchange Server 2016 on Windows Server 2016 is "
            "sure to offer; it agreed to TLS 1.3 with this machine, and whether it takes TLS 1.1 or TLS 1.2, "
            "which that caller may or may not offer, was not shown; --tls 1.2 judges a server that was set "
            "to it",
            id="newer-than-all-that-2016-may-be-set-to",
        ),
        pytest.param(
            HARDENED,
            (connection(HARDENED, missing=MISSING), connection(None, "TLS 1.2", GCM)),
            f"the partner takes only ECDHE with AES-GCM for RSA ({GCM}), which Exchange "
            "Server 2016 on Windows "
            "Server 2012 R2 does not offer",
            id="only-ecdhe-gcm",
        ),
        pytest.param(
            HARDENED,
            (connection(HARDENED, missing=MISSING), connection(None)),
            "only RC4 or 3DES could still be agreed, which this machine cannot offer: cannot tell",
            id="only-rc4-or-3des",
        ),
        pytest.param(
            NEW,
            (
                connection(NEW, kind=FailureKind.TLS_ERROR, detail="dh key too small"),
                connection(None, "TLS 1.2", GCM),
            ),
            "this machine's TLS library gave up by itself (dh key too small)",
            id="own-library",
        ),
        pytest.param(
            NEW,
            (connection(NEW), connection(None)),
            "the partner refused everything that Exchange Server 2019 on Windows Server 2019 offers, with "
            "handshake_failure (40)",
            id="everything-refused",
        ),
    ],
)
def test_why_in_a_sentence(caller: Caller, connections: tuple[Connection, ...], sentence: str) -> None:
    assert said(caller, *connections).why == sentence


def test_the_callers_own_failure_is_what_a_refusal_rests_on() -> None:
    own, liberal = connection(NEW, alert=70), connection(None, "TLS 1.3")
    assert said(NEW, own, liberal).connection is own
    assert said(NEW, connection(None, "TLS 1.0", CBC)).connection is None


def test_a_sure_failure_may_have_an_unsure_text() -> None:
    visit = Visit(ENDPOINT, None, (connection(NEWEST), ended(None, FailureKind.ALERT, 116)))
    found = verdict.decide(visit, NEWEST, SslPolicyErrors(0))
    assert (found.outcome, found.web_exception) == (Outcome.FAILURE, None)


@pytest.mark.parametrize(
    ("caller", "status", "says"),
    [
        pytest.param(NOTHING_ON, WebExceptionStatus.ReceiveFailure, "common algorithm", id="no-version"),
        pytest.param(NO_SUITE, WebExceptionStatus.ReceiveFailure, "common algorithm", id="no-suite"),
    ],
)
def test_who_offers_nothing_logs_its_own_failure(
    caller: Caller, status: WebExceptionStatus, says: str
) -> None:
    """[failures 5.4.3]: AcquireCredentialsHandle fails, whatever the partner does."""
    visit = Visit(ENDPOINT, "203.0.113.1", (LIBERAL_AGREED,))
    decided = verdict.decide(visit, caller, SslPolicyErrors(0))
    assert decided.outcome is Outcome.FAILURE
    assert decided.web_exception is not None
    assert decided.web_exception.status is status
    assert says in decided.web_exception.text
    (found,) = delivery.findings(visit, caller, decided)
    assert {remedy.actor.value for remedy in found.remedies} == {"caller"}


def test_tls13_alone_is_an_assumption() -> None:
    assert said(BOTH, connection(BOTH, "TLS 1.3")).caveat is not None
    assert said(BOTH, connection(BOTH, "TLS 1.2")).caveat is None
    assert said(BOTH, connection(BOTH, "TLS 1.3"), connection(BOTH, "TLS 1.2")).caveat is None


@pytest.mark.parametrize(
    ("suite", "words"),
    [
        pytest.param(GCM, "ECDHE with AES-GCM for RSA", id="ecdhe-gcm"),
        pytest.param(
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE with AES-CBC for ECDSA", id="ecdsa-cbc"
        ),
        pytest.param(
            "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "DHE with CHACHA20-POLY1305 for RSA", id="chacha"
        ),
        pytest.param("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "RSA key exchange with 3DES-EDE-CBC", id="3des"),
        pytest.param("TLS_AES_256_GCM_SHA384", "TLS 1.3's AES-GCM", id="tls13"),
    ],
)
def test_suites_in_words(suite: str, words: str) -> None:
    assert describe(suite) == words


ECDSA_GCM = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"


@pytest.mark.parametrize(
    ("caller", "cipher", "remark"),
    [
        pytest.param(HARDENED, ECDSA_GCM, True, id="2012-r2"),
        pytest.param(HARDENED, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", False, id="a-suite-of-both"),
        pytest.param(NEW, ECDSA_GCM, False, id="2019"),
    ],
)
def test_a_suite_that_windows_lists_with_another_curve_is_an_assumption(
    caller: Caller, cipher: str, remark: bool
) -> None:
    """[failures 6.4.7]."""
    found = said(caller, connection(caller, "TLS 1.2", cipher))
    assert found.state is State.AGREED
    assert ("P-384 alone" in (found.caveat or "")) is remark
