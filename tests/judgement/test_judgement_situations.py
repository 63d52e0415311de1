"""Answers that mislead: another web server, a refusal by address, a device that asks first, TLS alerts."""

from __future__ import annotations

import pytest

from probe.dotnet import SslPolicyErrors
from probe.facts.observation import Connection, FailureKind, HttpExchange, Phase, Visit, WireFailure
from probe.facts.tls_negotiation import HandshakeOffer
from probe.judgement import verdict
from probe.judgement.caller_profile import profile
from probe.judgement.findings import delivery, other_server_findings
from probe.judgement.model import Actor, Finding, Outcome, Remedy, Severity
from tests.samples import ENDPOINT, SESSION, URL

CALLER = profile("exchange-2019")
OFFER = HandshakeOffer(CALLER.handshake_shape, CALLER.protocols, CALLER.cipher_suites)
HTML = ("Content-Type", "text/html")


def exchange(
    method: str, status: int, server: str, *headers: tuple[str, str], body: bytes = b""
) -> HttpExchange:
    return HttpExchange(method, URL, status, "", headers=(("Server", server), HTML, *headers), body=body)


def decided(*made: HttpExchange, errors: SslPolicyErrors | None = None) -> tuple[Visit, verdict.Verdict]:
    connection = Connection(ENDPOINT, "192.0.2.1", 443, offer=OFFER, tls=SESSION, exchanges=made)
    visit = Visit(ENDPOINT, "192.0.2.1", (connection,))
    return visit, verdict.decide(visit, CALLER, errors or SslPolicyErrors(0))


def first(*made: HttpExchange) -> tuple[Outcome, Finding]:
    visit, verdict_of_it = decided(*made)
    return verdict_of_it.outcome, delivery.findings(visit, CALLER, verdict_of_it)[0]


IIS_403_6 = (
    b"<h2>HTTP Error 403.6 - Forbidden</h2><h3>The IP address from which you are browsing is not permitted "
    b"to access the requested Web site.</h3>"
)
ANSWERS = [
    pytest.param(
        (exchange("GET", 404, "nginx"), exchange("POST", 405, "nginx/1.24.0", ("Allow", "GET, HEAD"))),
        Outcome.FAILURE,
        "http-not-exchange",
        "nginx answers",
        "Let the name lead to Exchange",
        "handler",
        id="405-of-nginx",
    ),
    pytest.param(
        (exchange("GET", 404, "Apache"), exchange("POST", 404, "Apache/2.4.57 (Debian)")),
        Outcome.FAILURE,
        "http-not-exchange",
        "Apache answers",
        "Let the name lead to Exchange",
        "svc-Integrated",
        id="404-of-apache",
    ),
    pytest.param(
        (exchange("POST", 501, "LiteSpeed"),),
        Outcome.FAILURE,
        "http-not-exchange",
        "LiteSpeed answers",
        "Let the name lead to Exchange",
        "handler",
        id="501-of-litespeed",
    ),
    pytest.param(
        (exchange("POST", 405, "Microsoft-IIS/10.0", ("Allow", "GET, HEAD, OPTIONS, TRACE")),),
        Outcome.FAILURE,
        "http-handler-missing",
        "svc-Integrated",
        "Restore the svc-Integrated",
        "nginx",
        id="405-of-iis",
    ),
    pytest.param(
        (exchange("POST", 405, "nginx", ("X-FEServer", "EX01")),),
        Outcome.FAILURE,
        "http-handler-missing",
        "svc-Integrated",
        "Restore the svc-Integrated",
        "nginx answers",
        id="405-of-exchange-behind-nginx",
    ),
    pytest.param(
        (exchange("GET", 401, "nginx", ("X-FEServer", "EX01")), exchange("POST", 404, "nginx")),
        Outcome.FAILURE,
        "http-not-found",
        "nothing is published",
        "Check the URL",
        "nginx answers",
        id="404-of-nginx-before-exchange",
    ),
    pytest.param(
        (exchange("POST", 403, "Microsoft-IIS/10.0", body=IIS_403_6),),
        Outcome.UNKNOWN,
        "http-source-address-refused",
        "by source address",
        "Allow the caller's",
        "pre-auth",
        id="403.6",
    ),
    pytest.param(
        (exchange("POST", 403, "Microsoft-IIS/10.0", body=b"HTTP-Fehler 403.503 - Forbidden"),),
        Outcome.UNKNOWN,
        "http-source-address-refused",
        "by source address",
        "Allow the caller's",
        "pre-auth",
        id="403.503-german",
    ),
    pytest.param(
        (exchange("POST", 403, "x", body=b"Forbidden: IP address of the client has been rejected."),),
        Outcome.UNKNOWN,
        "http-source-address-refused",
        "by source address",
        "Allow the caller's",
        "pre-auth",
        id="403-by-address-in-words",
    ),
    pytest.param(
        (exchange("POST", 403, "Microsoft-IIS/10.0", body=b"HTTP Error 403.60"),),
        Outcome.FAILURE,
        "http-forbidden",
        "a rule",
        "Publish /ews",
        "by source address;",
        id="403-of-another-number",
    ),
    pytest.param(
        (exchange("POST", 302, "x", ("Location", "https://mail.contoso.com/lm_auth_proxy?LMimage.x=1")),),
        Outcome.FAILURE,
        "http-login-form",
        "Kemp LoadMaster",
        "without pre-authentication",
        "relationship",
        id="kemp-esp",
    ),
    pytest.param(
        (exchange("POST", 302, "x", ("Location", "/dana-na/auth/url_default/welcome.cgi")),),
        Outcome.FAILURE,
        "http-login-form",
        "a login form",
        "without pre-authentication",
        "relationship",
        id="pulse-secure",
    ),
    pytest.param(
        (exchange("POST", 302, "x", ("Location", "https://sts.contoso.com/adfs/ls/?wa=wsignin1.0")),),
        Outcome.FAILURE,
        "http-login-form",
        "AD FS",
        "without pre-authentication",
        "relationship",
        id="web-application-proxy",
    ),
]


@pytest.mark.parametrize(("made", "outcome", "code", "said", "advice", "unsaid"), ANSWERS)
def test_what_an_answer_says_and_who_mends_it(
    made: tuple[HttpExchange, ...], outcome: Outcome, code: str, said: str, advice: str, unsaid: str
) -> None:
    found, finding = first(*made)
    assert (found, finding.code) == (outcome, code)
    assert said in finding.summary
    assert advice.lower() in finding.remedies[0].text.lower()
    assert unsaid not in finding.summary + finding.remedies[0].text


REFUSED = Finding(
    "name-mismatch",
    Severity.FAILURE,
    "The certificate does not name the host.",
    (),
    (Remedy(Actor.PARTNER, "reissue the certificate", proved=True),),
)


def test_a_web_server_that_is_no_exchange_comes_before_its_certificate() -> None:
    visit, refused = decided(
        exchange("GET", 404, "nginx"),
        exchange("POST", 405, "nginx"),
        errors=SslPolicyErrors.RemoteCertificateNameMismatch,
    )
    before, kept = other_server_findings.before_refusal(visit, refused, (REFUSED,))
    assert [(finding.code, finding.severity) for finding in before] == [
        ("http-not-exchange", Severity.FAILURE)
    ]
    assert not any(remedy.proved for remedy in before[0].remedies)
    assert [(finding.code, finding.remedies) for finding in kept] == [("name-mismatch", ())]


def test_the_certificate_of_exchange_keeps_its_remedies() -> None:
    visit, refused = decided(
        exchange("POST", 401, "Microsoft-IIS/10.0", ("X-FEServer", "EX01")),
        errors=SslPolicyErrors.RemoteCertificateNameMismatch,
    )
    assert other_server_findings.before_refusal(visit, refused, (REFUSED,)) == ((), (REFUSED,))


ALERTS = [
    pytest.param(112, "no certificate for the host name", "bind the host name", id="unrecognized-name"),
    pytest.param(116, "demands a client certificate", "client certificates", id="certificate-required"),
    *(
        pytest.param(number, "about a client certificate", "client certificates", id=f"alert-{number}")
        for number in (42, 43, 44, 45, 46, 48)
    ),
    pytest.param(47, "out of range", "look for a firewall", id="illegal-parameter"),
]


@pytest.mark.parametrize("phase", [Phase.HANDSHAKE, Phase.RECEIVE])
@pytest.mark.parametrize(("alert", "meaning", "advice"), ALERTS)
def test_an_alert_says_what_it_means(alert: int, meaning: str, advice: str, phase: Phase) -> None:
    failure = WireFailure(phase, FailureKind.ALERT, None, alert, "alert received")
    connection = Connection(
        ENDPOINT,
        "192.0.2.1",
        443,
        offer=OFFER,
        tls=None if phase is Phase.HANDSHAKE else SESSION,
        exchanges=() if phase is Phase.HANDSHAKE else (HttpExchange("POST", URL, body_complete=False),),
        failure=failure,
    )
    visit = Visit(ENDPOINT, "192.0.2.1", (connection,))
    of_it = verdict.decide(visit, CALLER, SslPolicyErrors(0))
    finding = delivery.findings(visit, CALLER, of_it)[0]
    assert any(meaning in line for line in finding.evidence)
    assert advice in finding.remedies[0].text.lower()
