"""What becomes of an Autodiscover endpoint that redirects: the place that it leads to decides."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from probe.facts.observation import Connection, Endpoint, EndpointKind, Visit
from probe.facts.tls_negotiation import HandshakeOffer
from probe.judgement.caller_profile import profile
from probe.judgement.findings import redirects
from probe.judgement.model import Finding, Judgement, Outcome, Severity

CALLER = profile("exchange-2019")
OFFER = HandshakeOffer(CALLER.handshake_shape, CALLER.protocols, CALLER.cipher_suites)
SVC = "/autodiscover/autodiscover.svc/WSSecurity"
MOVED = "moved"  # in a way that the caller follows
SEVERITY = {
    Outcome.UNKNOWN: Severity.UNKNOWN,
    Outcome.SUCCESS: Severity.INFO,
    Outcome.FAILURE: Severity.FAILURE,
}


def visit(host: str, source: str | None, kind: EndpointKind = EndpointKind.AUTODISCOVER_WSSECURITY) -> Visit:
    found_by = "given" if source is None else f"redirected from https://{source}.test{SVC}"
    endpoint = Endpoint(kind, f"https://{host}.test{SVC}", f"{host}.test", 443, found_by)
    return Visit(endpoint, "192.0.2.1", (Connection(endpoint, "192.0.2.1", 443, OFFER),))


def judged(url: str, end: str) -> Judgement:
    outcome = Outcome.UNKNOWN if end == MOVED else Outcome(end)
    code = "http-redirect" if end == MOVED else "http-other"
    severity = {"warning": Severity.WARNING}.get(end) or SEVERITY[outcome]
    finding = Finding(code, severity, "said", ("POST: 302 Found",))
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Judgement(url, "192.0.2.1", "c", "t", "0", moment, outcome, None, None, None, None, (finding,))


ROWS = [
    pytest.param(
        [("a", None, MOVED), ("b", "a", "success")], Outcome.SUCCESS, "answered", id="leads-to-success"
    ),
    pytest.param(
        [("a", None, MOVED), ("b", "a", "warning")], Outcome.SUCCESS, "answered", id="leads-to-warning"
    ),
    pytest.param(
        [("a", None, MOVED), ("b", "a", "failure")], Outcome.FAILURE, "fails", id="leads-to-failure"
    ),
    pytest.param([("a", None, MOVED), ("b", "a", "unknown")], Outcome.UNKNOWN, "said", id="leads-to-doubt"),
    pytest.param([("a", None, MOVED)], Outcome.UNKNOWN, "said", id="not-asked-there"),
    pytest.param(
        [("a", None, MOVED), ("b", "c", "success")], Outcome.UNKNOWN, "said", id="of-another-endpoint"
    ),
    pytest.param(
        [("a", None, MOVED), ("b", "a", "success"), ("b", "a", "failure")],
        Outcome.FAILURE,
        "fails",
        id="one-of-two-addresses-fails",
    ),
    pytest.param(
        [("a", None, MOVED), ("b", "a", MOVED), ("c", "b", MOVED), ("d", "c", "success")],
        Outcome.SUCCESS,
        "d.test",
        id="three-redirects",
    ),
    pytest.param(
        [("a", None, MOVED), ("b", "a", MOVED), ("c", "b", MOVED), ("d", "c", MOVED)],
        Outcome.FAILURE,
        "more often",
        id="four-redirects",
    ),
    pytest.param([("a", None, MOVED), ("a", "a", MOVED)], Outcome.FAILURE, "more often", id="circle"),
]


@pytest.mark.parametrize(("chain", "outcome", "said"), ROWS)
def test_the_place_that_a_redirect_leads_to_decides(
    chain: list[tuple[str, str | None, str]], outcome: Outcome, said: str
) -> None:
    visits = [visit(host, source) for host, source, _ in chain]
    judgements = [judged(v.endpoint.url, end) for v, (_, _, end) in zip(visits, chain, strict=True)]
    first, *others = redirects.with_findings(visits, judgements)
    assert first.outcome is outcome
    assert first.findings[0].severity is SEVERITY[outcome]
    assert said in first.findings[0].summary
    assert bool(first.findings[0].remedies) is (outcome is Outcome.FAILURE)
    assert [j for j, (_, _, end) in zip(others, chain[1:], strict=True) if end != MOVED] == [
        j for j, (_, _, end) in zip(judgements[1:], chain[1:], strict=True) if end != MOVED
    ]
