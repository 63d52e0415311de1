"""An answer read over TLS 1.3 beside the caller's own handshake: when it is the caller's answer too."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from probe.api import offer_of, wider_offer_of
from probe.dotnet import SslPolicyErrors
from probe.facts.certificate import Certificate
from probe.facts.observation import Connection, FailureKind, HttpExchange, Phase, Visit, WireFailure
from probe.facts.tls_negotiation import TlsSession
from probe.judgement import verdict
from probe.judgement.caller_profile import Caller, profile
from probe.judgement.findings import delivery
from probe.judgement.model import Outcome
from tests.samples import ALIVE as ANSWERS
from tests.samples import ENDPOINT, HOST, SESSION, URL

ALIVE = ANSWERS[1]
CALLER = profile("exchange-se@2022")
WITHOUT_TLS13 = profile("exchange-se@2019")
CHAIN = (Certificate(b"one"), Certificate(b"two"))
NEW = TlsSession("TLS 1.3", "TLS_AES_256_GCM_SHA384", HOST)
WIDER = wider_offer_of(CALLER)
assert WIDER is not None
LEFT = Connection(ENDPOINT, "192.0.2.1", 443, offer_of(CALLER), SESSION, CHAIN)
BESIDE = Connection(ENDPOINT, "192.0.2.1", 443, WIDER, NEW, CHAIN, (ALIVE,))
RESET = WireFailure(Phase.RECEIVE, FailureKind.RESET, errno=104)
SWITCHED_OFF = HttpExchange("GET", URL, 401, "Unauthorized", headers=(("X-WSSecurity-Enabled", "False"),))
CUT_OFF = replace(ALIVE, body_complete=False)


def decided(caller: Caller, *connections: Connection) -> verdict.Verdict:
    return verdict.decide(Visit(ENDPOINT, "192.0.2.1", connections), caller, SslPolicyErrors(0))


@pytest.mark.parametrize(
    ("connections", "outcome"),
    [
        pytest.param((LEFT, BESIDE), Outcome.SUCCESS, id="whole-answer-same-certificates"),
        pytest.param((LEFT, replace(BESIDE, presented=CHAIN[:1])), Outcome.UNKNOWN, id="other-certificates"),
        pytest.param((LEFT, replace(BESIDE, exchanges=(CUT_OFF,))), Outcome.UNKNOWN, id="answer-cut-off"),
        pytest.param((LEFT, replace(BESIDE, failure=RESET)), Outcome.UNKNOWN, id="broken-beside"),
        pytest.param((LEFT, replace(BESIDE, exchanges=(SWITCHED_OFF,))), Outcome.UNKNOWN, id="only-a-get"),
        pytest.param((LEFT,), Outcome.UNKNOWN, id="nothing-beside"),
        pytest.param(
            (LEFT, BESIDE, replace(LEFT, exchanges=(HttpExchange("GET", URL),), failure=RESET)),
            Outcome.SUCCESS,
            id="a-get-broke-for-the-caller",
        ),
        pytest.param((replace(LEFT, failure=RESET), BESIDE), Outcome.FAILURE, id="broke-before-its-request"),
        pytest.param(
            (replace(LEFT, exchanges=(HttpExchange("POST", URL),), failure=RESET), BESIDE),
            Outcome.FAILURE,
            id="reset-for-the-caller",
        ),
        pytest.param(
            (LEFT, BESIDE, replace(BESIDE, exchanges=(SWITCHED_OFF,))),
            Outcome.FAILURE,
            id="get-switched-off",
        ),
        pytest.param(
            (replace(LEFT, exchanges=(ALIVE,)), replace(BESIDE, exchanges=(SWITCHED_OFF,))),
            Outcome.FAILURE,
            id="get-beside-the-callers-own-answer",
        ),
    ],
)
def test_whose_answer_counts(connections: tuple[Connection, ...], outcome: Outcome) -> None:
    assert decided(CALLER, *connections).outcome is outcome


def test_a_caller_that_surely_does_not_offer_tls13_takes_no_such_answer() -> None:
    assert wider_offer_of(WITHOUT_TLS13) is None
    own = replace(LEFT, offer=offer_of(WITHOUT_TLS13))
    assert decided(WITHOUT_TLS13, own, BESIDE).outcome is Outcome.UNKNOWN


def test_the_report_says_where_the_answer_was_read() -> None:
    visit = Visit(ENDPOINT, "192.0.2.1", (LEFT, BESIDE))
    codes = [f.code for f in delivery.findings(visit, CALLER, decided(CALLER, LEFT, BESIDE))]
    assert "answer-beside" in codes
    own = (replace(LEFT, exchanges=(ALIVE,)),)
    alone = delivery.findings(Visit(ENDPOINT, "192.0.2.1", own), CALLER, decided(CALLER, *own))
    assert "answer-beside" not in [f.code for f in alone]
