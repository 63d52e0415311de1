"""Findings about the way to the service: what stopped the caller, what can be done, and by whom."""

from __future__ import annotations

import dataclasses

import pytest
from msgspec.structs import replace

from probe.dotnet import SslPolicyErrors, WebExceptionStatus
from probe.facts.observation import Connection, FailureKind, HttpExchange, Phase, Timings, Visit, WireFailure
from probe.facts.tls_negotiation import HandshakeOffer, Negotiation, TlsSession
from probe.judgement import verdict
from probe.judgement.caller_profile import Caller, profile
from probe.judgement.findings import delivery
from probe.judgement.model import Finding, Outcome, Severity
from tests.samples import ALIVE, ENDPOINT, HOST, SESSION, URL

CALLER = profile("exchange-2019")
OLD_CALLER = dataclasses.replace(profile("exchange-2010"), protocols=("TLS 1.0",))
SOUND = SslPolicyErrors(0)
OFFER = HandshakeOffer(CALLER.handshake_shape, CALLER.protocols, CALLER.cipher_suites)
OLD = TlsSession("TLS 1.0", "TLS_RSA_WITH_AES_128_CBC_SHA", HOST)
OTHER_SUITE = TlsSession("TLS 1.0", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", HOST)
NEWEST = TlsSession("TLS 1.3", "TLS_AES_256_GCM_SHA384", HOST)


def broken(
    phase: Phase,
    kind: FailureKind,
    *,
    errno: int | None = None,
    tls: TlsSession | None = None,
    alert: int = 0,
) -> Connection:
    return Connection(
        ENDPOINT,
        "192.0.2.1",
        443,
        offer=OFFER,
        tls=tls,
        exchanges=(HttpExchange("POST", URL, body_complete=False),) if tls else (),
        failure=WireFailure(phase, kind, errno, alert or None, "what the system said"),
    )


REFUSED = broken(Phase.HANDSHAKE, FailureKind.ALERT, alert=70)


def answered(*exchanges: HttpExchange) -> Connection:
    return Connection(ENDPOINT, "192.0.2.1", 443, offer=OFFER, tls=SESSION, exchanges=exchanges)


def found(*connections: Connection, errors: SslPolicyErrors | None = SOUND) -> list[Finding]:
    """Every finding but what the fingerprint says."""
    visit = Visit(ENDPOINT, "192.0.2.1", connections)
    decided = verdict.decide(visit, CALLER, errors)
    return [f for f in delivery.findings(visit, CALLER, decided) if f.code != "fingerprint"]


WIRE = [
    pytest.param(
        broken(Phase.RESOLVE, FailureKind.NAME_NOT_FOUND), "resolve-name-not-found", {"caller"}, id="no-name"
    ),
    pytest.param(
        broken(Phase.CONNECT, FailureKind.REFUSED, errno=111),
        "connect-refused",
        {"partner", "network"},
        id="refused",
    ),
    pytest.param(
        broken(Phase.CONNECT, FailureKind.TIMEOUT), "connect-timeout", {"partner", "network"}, id="timeout"
    ),
    pytest.param(
        broken(Phase.RECEIVE, FailureKind.RESET, tls=SESSION, errno=104),
        "request-reset",
        {"partner", "caller"},
        id="reset",
    ),
    pytest.param(
        broken(Phase.RECEIVE, FailureKind.CLOSED, tls=SESSION),
        "request-closed",
        {"partner", "caller"},
        id="closed",
    ),
]


@pytest.mark.parametrize(("connection", "code", "actors"), WIRE)
def test_a_break_on_the_wire_names_its_phase_and_who_can_mend_it(
    connection: Connection, code: str, actors: set[str]
) -> None:
    (finding,) = found(connection)
    assert finding.code == code
    assert finding.severity is Severity.FAILURE
    assert {remedy.actor.value for remedy in finding.remedies} == actors
    assert "what the system said" in finding.evidence[0]
    assert finding.summary[0].isupper()
    assert finding.summary.endswith(".")


SILENT = [
    pytest.param(broken(Phase.CONNECT, FailureKind.TIMEOUT), ["network", "partner"], id="to-connect"),
    pytest.param(broken(Phase.HANDSHAKE, FailureKind.TIMEOUT), ["partner", "partner"], id="in-the-handshake"),
    pytest.param(
        broken(Phase.SEND, FailureKind.DEADLINE, tls=SESSION), ["partner", "partner"], id="while-it-is-sent"
    ),
    pytest.param(
        broken(Phase.RECEIVE, FailureKind.DEADLINE, tls=SESSION),
        ["partner", "partner"],
        id="after-the-request",
    ),
]


@pytest.mark.parametrize(("connection", "actors"), SILENT)
def test_only_silence_before_a_connection_is_the_network_s_to_mend(
    connection: Connection, actors: list[str]
) -> None:
    """Whoever could connect has an open port: "open port 443" would send them to the wrong people."""
    (finding,) = found(connection)
    assert [remedy.actor.value for remedy in finding.remedies] == actors
    told = " ".join(remedy.text for remedy in finding.remedies)
    assert ("open port 443" in told.lower()) == ("network" in actors)


ANSWERS = [
    pytest.param(ALIVE[1], "http-bad-saml-token", Severity.INFO, set(), id="alive"),
    pytest.param(
        HttpExchange("POST", URL, 401, "Unauthorized", headers=(("X-WSSecurity-Enabled", "False"),)),
        "http-wssecurity-off",
        Severity.FAILURE,
        {"partner"},
        id="wssecurity-off",
    ),
    pytest.param(
        HttpExchange("POST", URL, 401, "Unauthorized", headers=(("WWW-Authenticate", "Negotiate"),)),
        "http-pre-authentication",
        Severity.FAILURE,
        {"partner"},
        id="pre-authentication",
    ),
    pytest.param(
        HttpExchange("POST", URL, 503, "Service Unavailable"),
        "http-service-stopped",
        Severity.FAILURE,
        {"partner"},
        id="stopped",
    ),
]


@pytest.mark.parametrize(("exchange", "code", "severity", "actors"), ANSWERS)
def test_an_answer_is_told_by_its_reading(
    exchange: HttpExchange, code: str, severity: Severity, actors: set[str]
) -> None:
    finding = found(answered(exchange))[0]
    assert (finding.code, finding.severity) == (code, severity)
    assert {remedy.actor.value for remedy in finding.remedies} == actors


def test_nothing_about_the_way_is_proved() -> None:
    connections = [row.values[0] for row in (*WIRE,)] + [answered(row.values[0]) for row in ANSWERS]  # type: ignore[arg-type]
    for connection in connections:
        assert isinstance(connection, Connection)
        assert not any(remedy.proved for finding in found(connection) for remedy in finding.remedies)


def test_a_refused_certificate_leaves_nothing_to_say_of_the_way() -> None:
    assert found(answered(*ALIVE), errors=SslPolicyErrors.RemoteCertificateChainErrors) == []


def test_a_refused_handshake_shows_what_was_offered_and_what_another_found() -> None:
    refused = broken(Phase.HANDSHAKE, FailureKind.ALERT, alert=70)
    liberal = replace(answered(), offer=HandshakeOffer(), tls=OLD)
    (finding,) = found(refused, liberal, liberal)
    assert finding.code == "tls-refused"
    assert finding.severity is Severity.FAILURE
    assert "in phase handshake: alert, TLS alert 70 (what the system said)" in finding.evidence
    assert f"{CALLER.display} offers {', '.join(CALLER.protocols)}" in finding.evidence
    assert (
        finding.evidence.count("another handshake agreed on TLS 1.0 with TLS_RSA_WITH_AES_128_CBC_SHA") == 1
    )


@pytest.mark.parametrize(
    ("caller", "agreed", "actors"),
    [
        pytest.param(CALLER, OLD, {"partner"}, id="partner-is-older"),
        pytest.param(CALLER, NEWEST, {"partner"}, id="tls12-is-on-already"),
        pytest.param(OLD_CALLER, SESSION, {"partner", "caller"}, id="caller-is-older"),
        pytest.param(OLD_CALLER, None, {"partner", "caller"}, id="nothing-agreed"),
        pytest.param(OLD_CALLER, OTHER_SUITE, {"partner"}, id="only-the-suite-differs"),
    ],
)
def test_only_an_older_caller_is_told_to_turn_tls12_on(
    caller: Caller, agreed: TlsSession | None, actors: set[str]
) -> None:
    offer = HandshakeOffer(caller.handshake_shape)
    refused = replace(REFUSED, offer=offer)
    liberal = () if agreed is None else (replace(answered(), offer=HandshakeOffer(), tls=agreed),)
    visit = Visit(ENDPOINT, "192.0.2.1", (refused, *liberal))
    decided = verdict.decide(visit, caller, SslPolicyErrors(0))
    (finding,) = delivery.findings(visit, caller, decided)
    assert {remedy.actor.value for remedy in finding.remedies} == actors


def test_tls12_is_turned_on_for_both_runtimes_in_both_hives_and_both_roles() -> None:
    offer = HandshakeOffer(OLD_CALLER.handshake_shape)
    visit = Visit(ENDPOINT, "192.0.2.1", (replace(REFUSED, offer=offer), replace(answered(), tls=SESSION)))
    (finding,) = delivery.findings(visit, OLD_CALLER, verdict.decide(visit, OLD_CALLER, SslPolicyErrors(0)))
    (remedy,) = (r for r in finding.remedies if r.actor.value == "caller")
    command = remedy.command or ""
    for hive in ("HKLM\\SOFTWARE\\Microsoft", "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft"):
        for version in ("v2.0.50727", "v4.0.30319"):
            assert command.count(f"{hive}\\.NETFramework\\{version} /v ") == 2
    for role in ("Client", "Server"):
        assert command.count(f'\\SCHANNEL\\Protocols\\TLS 1.2\\{role}" /v ') == 2
    assert "restart" in remedy.text


def test_a_handshake_that_is_reset_is_the_network_business() -> None:
    (finding,) = found(broken(Phase.HANDSHAKE, FailureKind.RESET, errno=104))
    assert any("firewall" in remedy.text for remedy in finding.remedies)


def test_a_flood_in_the_handshake_is_no_question_of_versions() -> None:
    (finding,) = found(broken(Phase.HANDSHAKE, FailureKind.FLOOD))
    assert finding.remedies
    assert all("lead to Exchange" in remedy.text for remedy in finding.remedies)


def test_what_cannot_be_told_shows_what_the_log_would_hold() -> None:
    unroutable = replace(broken(Phase.CONNECT, FailureKind.UNREACHABLE, errno=101), address="2001:db8::1")
    (finding,) = found(unroutable)
    assert finding.severity is Severity.UNKNOWN
    assert any(line.startswith("if the caller meets the same, it logs: ") for line in finding.evidence)


def test_another_attempt_that_failed_is_evidence() -> None:
    refused = broken(Phase.HANDSHAKE, FailureKind.ALERT, alert=40)
    (finding,) = found(refused, broken(Phase.HANDSHAKE, FailureKind.RESET, errno=104))
    assert any(line.startswith("another attempt failed in phase handshake") for line in finding.evidence)


def test_what_answers_is_recognised() -> None:
    chosen = Negotiation(SESSION.protocol, SESSION.cipher, "secp256r1")
    visit = Visit(ENDPOINT, "192.0.2.1", (replace(answered(*ALIVE), negotiation=chosen),))
    decided = verdict.decide(visit, CALLER, SslPolicyErrors(0))
    assert decided.outcome is Outcome.SUCCESS
    assert [f.code for f in delivery.findings(visit, CALLER, decided)] == [
        "http-bad-saml-token",
        "fingerprint",
    ]


@pytest.mark.parametrize(
    ("kind", "total", "said"),
    [
        pytest.param(FailureKind.DEADLINE, 3_000.0, True, id="shorter-than-the-caller-waits"),
        pytest.param(FailureKind.TIMEOUT, 3_000.0, True, id="timeout"),
        pytest.param(FailureKind.DEADLINE, 24_900.0, False, id="stall-as-long-as-the-caller"),
        pytest.param(FailureKind.DEADLINE, None, False, id="record-without-a-figure"),
        pytest.param(FailureKind.RESET, 3_000.0, False, id="no-stall"),
    ],
)
def test_a_short_wait_is_said_and_leaves_the_verdict_open(
    kind: FailureKind, total: float | None, said: bool
) -> None:
    """A slow partner looks like a stalled one to a run that waits less than the caller does."""
    timings = Timings(receive=total, total=total)
    stalled = replace(broken(Phase.RECEIVE, kind, tls=SESSION), timings=timings)
    (finding,) = found(stalled)
    assert any("the caller waits up to 25 s" in line for line in finding.evidence) is said
    assert finding.severity is (Severity.UNKNOWN if said else Severity.FAILURE)
    decided = verdict.decide(Visit(ENDPOINT, "192.0.2.1", (stalled,)), CALLER, SOUND)
    # What the caller logs is what it logs if it meets the same: the wait leaves only that open.
    assert (decided.possible is not None, decided.web_exception is not None) == (said, not said)


@pytest.mark.parametrize(
    ("kind", "waited", "outcome"),
    [
        pytest.param(FailureKind.TIMEOUT, 9_990.0, Outcome.FAILURE, id="as-long-as-by-default"),
        pytest.param(FailureKind.TIMEOUT, 4_100.0, Outcome.FAILURE, id="longer-than-two-lost-segments-take"),
        pytest.param(FailureKind.TIMEOUT, 3_100.0, Outcome.UNKNOWN, id="a-short-limit"),
        pytest.param(FailureKind.DEADLINE, 200.0, Outcome.UNKNOWN, id="time-used-up-elsewhere"),
        pytest.param(FailureKind.TIMEOUT, None, Outcome.FAILURE, id="record-without-a-figure"),
    ],
)
def test_a_handshake_that_was_not_waited_for_may_succeed(
    kind: FailureKind, waited: float | None, outcome: Outcome
) -> None:
    stalled = replace(broken(Phase.HANDSHAKE, kind), timings=Timings(handshake=waited, total=12_000.0))
    decided = verdict.decide(Visit(ENDPOINT, "192.0.2.1", (stalled,)), CALLER, SOUND)
    assert decided.outcome is outcome
    logged = decided.web_exception or decided.possible
    assert logged is not None
    assert logged.status is WebExceptionStatus.RequestCanceled


@pytest.mark.parametrize(
    ("waits", "outcome"),
    [
        pytest.param(20.0, Outcome.UNKNOWN, id="usual"),
        pytest.param(2.0, Outcome.FAILURE, id="less-than-this-run"),
    ],
)
def test_how_long_a_caller_waits_is_its_own(waits: float, outcome: Outcome) -> None:
    stalled = replace(
        broken(Phase.RECEIVE, FailureKind.DEADLINE, tls=SESSION), timings=Timings(receive=3e3, total=3e3)
    )
    caller = dataclasses.replace(CALLER, answer_timeout_seconds=waits)
    assert verdict.decide(Visit(ENDPOINT, "192.0.2.1", (stalled,)), caller, SOUND).outcome is outcome
