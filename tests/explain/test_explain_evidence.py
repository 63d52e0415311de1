"""Joining an explanation with a check: causes are confirmed by what was seen, ruled out only by what
was looked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from probe.explain.check_evidence import join, read_signals
from probe.explain.clues import ClueReading
from probe.explain.explainer import explain
from probe.explain.explanation_model import CauseStanding, Explanation, Signal
from probe.explain.weighing import weigh
from probe.facts.observation import EndpointKind, FailureKind, Phase
from probe.judgement.model import NameSource, Outcome
from probe.report.document import (
    ChainEntry,
    EndpointEntry,
    FailureEntry,
    FederationEntry,
    HttpEntry,
    JudgementEntry,
    NameEntry,
    ResultDocument,
    TargetEntry,
    TimingsEntry,
    Tool,
    TrustEntry,
    VantageEntry,
    WebExceptionEntry,
)

AT = datetime(2026, 11, 1, tzinfo=UTC)
URL = "https://mail.contoso.com/ews/exchange.asmx/WSSecurity"
TRUST = "Could not establish trust relationship for the SSL/TLS secure channel."
RESET = "An unexpected error occurred on a receive. forcibly closed by the remote host"


def judgement(
    *status: str, errors: tuple[str, ...] | None = (), exception: str | None = None, **chain: Any
) -> JudgementEntry:
    return JudgementEntry(
        caller="exchange-se",
        at=AT,
        outcome=Outcome.FAILURE if errors or exception else Outcome.SUCCESS,
        ssl_policy_errors=errors,
        chain=ChainEntry(status=status, elements=(), rejected=(), **chain),
        name=NameEntry("mail.contoso.com", (), matched=True, by=NameSource.DNS_NAME),
        web_exception=WebExceptionEntry(exception, "text") if exception else None,
        findings=(),
    )


def http(status: int, method: str = "GET", note: str = "", **headers: str) -> HttpEntry:
    return HttpEntry(
        method, status, "", {name.replace("_", "-"): value for name, value in headers.items()}, note
    )


def result(
    *judgements: JudgementEntry,
    answers: tuple[HttpEntry, ...] = (),
    failure: FailureEntry | None = None,
    total: float | None = 100.0,
    federation: FederationEntry | None = None,
    outcome: str = "failure",
) -> ResultDocument:
    endpoint = EndpointEntry(
        kind=EndpointKind.EWS_WSSECURITY,
        url=URL,
        found_by="given",
        address="192.0.2.1",
        tls=None,
        http=answers,
        failure=failure,
        timings_ms=TimingsEntry(None, None, None, None, None, total),
        judgements=judgements,
    )
    return ResultDocument(
        tool=Tool("probe", "0"),
        observed_at=AT,
        vantage=VantageEntry("", "", ""),
        target=TargetEntry(URL, None),
        trust=TrustEntry("certifi", "", 0, 0, 0),
        outcome=Outcome(outcome),
        discovery=(),
        federation=federation,
        endpoints=(endpoint,),
    )


def explained(text: str) -> Explanation:
    (found,) = explain(text)
    return found


def standing(explanation: Explanation) -> dict[str, str]:
    return {one.cause.name: one.standing.value for one in explanation.causes}


MISMATCH = ("RemoteCertificateNameMismatch",)
CHAIN = ("RemoteCertificateChainErrors",)
CERTIFICATES = [
    pytest.param(judgement("UntrustedRoot", errors=CHAIN), {"untrusted-root"}, id="untrusted-root"),
    pytest.param(judgement("PartialChain", errors=CHAIN), {"missing-intermediate"}, id="partial-chain"),
    pytest.param(judgement("NoError", errors=MISMATCH), {"wrong-name"}, id="wrong-name"),
    pytest.param(judgement("NotTimeValid", errors=CHAIN), {"not-time-valid"}, id="expired"),
    pytest.param(judgement("NotValidForUsage", errors=CHAIN), {"other-chain-fault"}, id="wrong-usage"),
    pytest.param(
        judgement("UntrustedRoot", "NotTimeValid", errors=(*CHAIN, *MISMATCH)),
        {"untrusted-root", "not-time-valid", "wrong-name"},
        id="three-faults",
    ),
    pytest.param(judgement("NoError"), set(), id="none"),
]


@pytest.mark.parametrize(("one", "confirmed"), CERTIFICATES)
def test_a_certificate_confirms_its_faults_and_rules_the_others_out(
    one: JudgementEntry, confirmed: set[str]
) -> None:
    joined = join(explained(TRUST), result(one))
    found = standing(joined)
    assert {name for name, value in found.items() if value == "confirmed"} == confirmed
    assert {name for name, value in found.items() if value == "open"} == {"inspecting-proxy"}
    assert [cause.rank for cause in joined.causes] == list(range(1, len(joined.causes) + 1))
    assert {cause.cause.name for cause in joined.causes[: len(confirmed)]} == confirmed


def test_what_cannot_be_told_rules_nothing_out() -> None:
    """A chain that is indeterminate, and a name that is masked or untold, are not absent faults."""
    unclear = judgement("UntrustedRoot", errors=CHAIN, indeterminate="RC4")
    masked = replace(unclear, name=NameEntry("x", (), matched=False, by=None, not_compared="chain first"))
    found = standing(join(explained(TRUST), result(masked)))
    assert found["untrusted-root"] == "confirmed"
    assert {found["wrong-name"], found["missing-intermediate"], found["not-time-valid"]} == {"open"}
    untold = NameEntry("x", (), matched=False, by=None, indeterminate="the names cannot be decoded")
    judged = replace(judgement(errors=MISMATCH), name=untold)
    assert standing(join(explained(TRUST), result(judged)))["wrong-name"] == "open"


def test_a_check_that_saw_no_certificate_rules_nothing_out() -> None:
    unseen = replace(judgement(errors=None), chain=None, name=None)
    refused = FailureEntry(Phase.CONNECT, FailureKind.REFUSED, 111, None, "")
    assert set(standing(join(explained(TRUST), result(unseen, failure=refused))).values()) == {"open"}


WIRE = [
    pytest.param("resolve", "name-not-found", Signal.NAME_NOT_RESOLVED, id="name"),
    pytest.param("connect", "refused", Signal.REFUSED, id="refused"),
    pytest.param("connect", "timeout", Signal.NOT_CONNECTED, id="connect-timeout"),
    pytest.param("handshake", "reset", Signal.HANDSHAKE_BROKEN, id="handshake-reset"),
    pytest.param("handshake", "not-tls", Signal.NOT_TLS, id="not-tls"),
    pytest.param("receive", "reset", Signal.RESET_AFTER_REQUEST, id="reset"),
    pytest.param("receive", "closed", Signal.CLOSED_AFTER_REQUEST, id="closed"),
    pytest.param("receive", "malformed", Signal.NOT_HTTP, id="malformed"),
    pytest.param("receive", "timeout", Signal.SLOW, id="slow"),
]


@pytest.mark.parametrize(("phase", "kind", "signal"), WIRE)
def test_a_broken_connection_is_a_signal(phase: str, kind: str, signal: Signal) -> None:
    readings = read_signals(result(failure=FailureEntry(Phase(phase), FailureKind(kind), None, None, "")))
    assert [reading.signal for reading in readings if reading.seen] == [signal]


@pytest.mark.parametrize(
    ("alert", "signal"),
    [(40, Signal.NO_COMMON_TLS), (70, Signal.NO_COMMON_TLS), (112, Signal.HANDSHAKE_BROKEN)],
)
def test_only_alerts_of_negotiation_mean_no_common_tls(alert: int, signal: Signal) -> None:
    readings = read_signals(result(failure=FailureEntry(Phase.HANDSHAKE, FailureKind.ALERT, None, alert, "")))
    assert [reading.signal for reading in readings if reading.seen] == [signal]


def test_an_interrupted_check_says_nothing_about_the_partner() -> None:
    readings = read_signals(
        result(failure=FailureEntry(Phase.RECEIVE, FailureKind.INTERRUPTED, None, None, ""), total=None)
    )
    assert not [reading for reading in readings if reading.seen]


ANSWERS = [
    pytest.param(http(401, X_WSSecurity_Enabled="False"), Signal.WSSECURITY_OFF, id="wssecurity-off"),
    pytest.param(http(401, X_WSSecurity_Enabled="True"), Signal.WSSECURITY_ANSWERS, id="wssecurity-on"),
    pytest.param(http(401, WWW_Authenticate="Basic"), Signal.PRE_AUTHENTICATION, id="pre-authentication"),
    pytest.param(http(302, Location="https://x/my.policy"), Signal.PRE_AUTHENTICATION, id="login"),
    *(
        pytest.param(http(302, Location=f"https://x{path}"), Signal.PRE_AUTHENTICATION, id=name)
        for name, path in (
            ("kemp-esp", "/lm_auth_proxy?LMimage.x=1"),
            ("threat-management-gateway", "/CookieAuth.dll?GetLogon"),
            ("access-gateway", "/InternalSite/Login.asp"),
            ("ad-fs", "/adfs/ls/?version=1.0"),
            ("citrix", "/vpn/index.html"),
            ("pulse", "/dana-na/auth/url_default/welcome.cgi"),
        )
    ),
    pytest.param(http(302, Location="https://other/ews"), Signal.REDIRECT, id="redirect"),
    pytest.param(http(403), Signal.FORBIDDEN, id="403"),
    pytest.param(http(405, "POST"), Signal.HANDLER_MISSING, id="405"),
    pytest.param(http(500), Signal.SERVER_ERROR, id="500"),
    pytest.param(http(500, note="SOAP fault InvalidSecurity"), Signal.WSSECURITY_ANSWERS, id="healthy-fault"),
    pytest.param(http(503), Signal.SERVICE_STOPPED, id="503"),
    pytest.param(http(504), Signal.GATEWAY_TIMEOUT, id="504"),
]


@pytest.mark.parametrize(("answer", "signal"), ANSWERS)
def test_an_answer_is_a_signal(answer: HttpEntry, signal: Signal) -> None:
    readings = read_signals(result(answers=(answer,)))
    assert {reading.signal for reading in readings if reading.seen} == {signal}


def test_a_get_does_not_tell_about_the_handler() -> None:
    found = standing(join(explained("HTTP status 405"), result(answers=(http(401),))))
    assert found == {"handler-missing": "open"}
    found = standing(join(explained("HTTP status 405"), result(answers=(http(401, "POST"),))))
    assert found == {"handler-missing": "ruled-out"}


FEDERATION = [
    pytest.param(
        FederationEntry("FYDIBOHF25SPDLT.contoso.com", ("contoso.com",), (), "NoError"), None, id="announced"
    ),
    pytest.param(FederationEntry(None, None, (), "NotFederated"), Signal.NOT_FEDERATED, id="not-federated"),
    pytest.param(FederationEntry(None, None, (), None), Signal.NO_FEDERATION_ANSWER, id="nothing"),
]


@pytest.mark.parametrize(("answer", "signal"), FEDERATION)
def test_the_federation_answer_is_a_signal(answer: FederationEntry, signal: Signal | None) -> None:
    seen = [reading.signal for reading in read_signals(result(federation=answer)) if reading.seen]
    assert seen == ([signal] if signal else [])


PREDICTIONS = [
    pytest.param(
        result(judgement(exception="TrustFailure")),
        "predicts the same failure as logged: TrustFailure",
        id="same",
    ),
    pytest.param(
        result(judgement(exception="ReceiveFailure")),
        "predicts ReceiveFailure, the log has TrustFailure",
        id="other",
    ),
    pytest.param(
        result(judgement("NoError"), outcome="success"), "The check from here succeeds", id="success"
    ),
    pytest.param(result(outcome="unknown"), "cannot tell", id="unknown"),
]


@pytest.mark.parametrize(("document", "words"), PREDICTIONS)
def test_the_prediction_is_compared_with_the_log(document: ResultDocument, words: str) -> None:
    (sentence,) = join(explained(TRUST), document).evidence
    assert words in sentence


def test_a_slow_check_confirms_a_slow_partner() -> None:
    found = standing(join(explained("The operation has timed out"), result(total=24_000.0)))
    assert found["slow-partner"] == "confirmed"


def test_a_reset_from_here_too_is_the_partners() -> None:
    joined = join(
        explained(RESET), result(failure=FailureEntry(Phase.RECEIVE, FailureKind.RESET, 104, None, ""))
    )
    assert (joined.causes[0].cause.name, joined.causes[0].standing) == (
        "wssecurity-off-or-stale",
        CauseStanding.CONFIRMED,
    )


@pytest.mark.parametrize(
    ("phrase", "first"),
    [
        pytest.param("Anonymous Request Disallowed", "suffix-lost", id="exchange-saw-no-suffix"),
        pytest.param("Unauthorized", "pre-authentication", id="anybody-s-phrase"),
    ],
)
def test_exchange_s_own_phrase_names_the_lost_suffix(phrase: str, first: str) -> None:
    """[exchange 3.1.7]."""
    text = f"System.Net.WebException: The request failed with HTTP status 401: {phrase}."
    assert explained(f"FederatedCrossForest WSSecurity {text}").causes[0].cause.name == first


def test_weighing_by_nothing_changes_nothing() -> None:
    one = explained(TRUST)
    assert weigh(one, ()) is one


def test_a_seen_signal_outweighs_an_absent_one() -> None:
    """Two addresses of a partner may differ; one bad one is enough."""
    readings = (
        ClueReading(Signal.UNTRUSTED_ROOT, seen=False, text="a"),
        ClueReading(Signal.UNTRUSTED_ROOT, seen=True, text="b"),
    )
    assert standing(weigh(explained(TRUST), readings))["untrusted-root"] == "confirmed"
