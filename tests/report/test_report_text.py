"""The text report: what a person at a terminal reads, and what never reaches the terminal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from probe.facts import target
from probe.facts.certificate import Certificate
from probe.facts.observation import (
    DiscoveryStep,
    FailureKind,
    HttpExchange,
    Observation,
    Phase,
    Retrieval,
    RetrievalKind,
    RetrievalOutcome,
    StepOutcome,
    Timings,
    WireFailure,
)
from probe.facts.trust_store import TrustStore
from probe.judgement.caller_profile import profile
from probe.judgement.result import judge_for_callers
from probe.judgement.target_judgement import judge_presented
from probe.lab import authority
from probe.lab.authority import Credential
from probe.report import both_directions, build
from probe.report.formats import text
from probe.report.layout import PLAIN, WIDTH, Style
from tests.samples import HOST, URL, VANTAGE, observed

NOW = datetime.now(UTC).replace(microsecond=0)
CALLER = profile("exchange-2019")
ROOT = authority.root()
ISSUING = authority.intermediate(ROOT)
LEAF = authority.end_entity(ISSUING, HOST)
TRUST = TrustStore("my roots", (ROOT.certificate,))
EMPTY = TrustStore("empty")


def presented(*credentials: Credential) -> Observation:
    return observed([credential.certificate for credential in credentials], at=NOW)


STORY = Style(verbose=True)


def told(observation: Observation, trust: TrustStore = TRUST, style: Style = STORY, *callers: str) -> str:
    profiles = [profile(name) for name in callers] or [CALLER]
    return text.render([build.document(judge_for_callers(observation, trust=trust, callers=profiles))], style)


def told_chain(
    *credentials: Credential, host: str = HOST, trust: TrustStore = TRUST, style: Style = PLAIN
) -> str:
    judgement = judge_presented(
        tuple(c.certificate for c in credentials), host=host, trust=trust, caller=CALLER, at=NOW
    )
    return text.render_chain(build.chain_document(judgement), style)


def in_order(report: str, *pieces: str) -> None:
    """Each piece occurs, after the one before it."""
    position = 0
    for piece in pieces:
        found = report.find(piece, position)
        assert found >= 0, f"{piece!r} is missing after {report[:position][-80:]!r}"
        position = found + len(piece)


def test_a_sound_partner_reads_from_top_to_bottom() -> None:
    in_order(
        told(presented(LEAF, ISSUING)),
        f"{URL}: WOULD SUCCEED\n",
        "trust store my roots (1 root, sha256 ",
        f"  WOULD SUCCEED: ews-wssecurity of {HOST} at 192.0.2.1 for exchange-2019",
        f"ews-wssecurity  {URL} at 192.0.2.1",
        "found by: given",
        f"TLS 1.2 with TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, SNI {HOST}",
        "POST answered: 401 Unauthorized",
        "presented chain (2)",
        f"CN={HOST}",
        f"names: {HOST}",
        "chain as Windows builds it",
        "[presented] NoError",
        "[store] NoError",
        "SslPolicyErrors: None",
        f"the name {HOST} matches by dNSName",
        "the certificate verdict holds until",
    )


def test_a_refusal_says_flag_log_cause_and_remedy() -> None:
    in_order(
        told(presented(LEAF, ISSUING, ROOT), EMPTY),
        "WOULD FAIL",
        "[presented] UntrustedRoot",
        "it is a root that the caller does not trust",
        "SslPolicyErrors: RemoteCertificateChainErrors",
        "the Availability service would log (TrustFailure)",
        "System.Net.WebException: The underlying connection was closed: Could not establish trust",
        "cause (chain-untrusted-root)",
        "what to do",
        "- you, the calling side: import the root certificate",
        "proved: judged again with this change it is",
        f"certutil -addstore -enterprise Root {ROOT.certificate.thumbprint}.cer",
    )


def test_a_chain_that_stops_says_so_although_no_element_has_a_fault() -> None:
    in_order(
        told_chain(LEAF, ISSUING, host=HOST, trust=EMPTY),
        "[presented] NoError",
        "[presented] NoError",
        "  the chain as a whole: PartialChain\n",
    )
    assert "as a whole" not in told_chain(LEAF, ISSUING, ROOT, host=HOST, trust=EMPTY)


def test_a_side_that_would_fail_without_anything_to_do_says_where_to_look() -> None:
    unreadable = observed([Certificate(b"no certificate")])
    judged = judge_for_callers(unreadable, trust=EMPTY, callers=(profile("exchange-2019"),))
    result = build.document(judged)
    report = both_directions.render(both_directions.document(result, result), PLAIN)
    assert report.count("nothing that was found") == 2
    assert report.count(f"stands in the report of: probe check {URL}\n") == 2


def test_a_change_in_several_sets_is_told_once() -> None:
    report = told_chain(LEAF, ISSUING, ROOT, host="mail.partner.lab.", trust=EMPTY)
    flat = " ".join(report.split())
    assert flat.count("import the root certificate") == 1
    assert "the other changes of set 1, or of set 2" in flat
    assert flat.count("the other changes of set 2") == 1


def test_a_name_that_is_not_compared_is_said_to_be_that() -> None:
    leaf = authority.end_entity(ISSUING, HOST, tampered=True)
    report = " ".join(told_chain(leaf, ISSUING, host="owa.partner.lab").split())
    assert "the name owa.partner.lab is not compared: CryptoAPI reports NotSignatureValid" in report


def test_the_same_findings_are_told_once() -> None:
    report = told(presented(LEAF, ISSUING, ROOT), EMPTY, STORY, "exchange-2019", "exchange-2019@2022")
    assert report.count("cause (chain-untrusted-root)") == 1
    assert report.count("cause and what to do: as above") == 1


def test_steps_downloads_and_notes_are_told() -> None:
    observation = replace(
        presented(LEAF, ISSUING),
        steps=(
            DiscoveryStep("autodiscover", "https://a.lab/", StepOutcome.FOUND, "", 12_345.0),
            DiscoveryStep("srv", "_autodiscover._tcp.a.lab", StepOutcome.NOTHING),
            DiscoveryStep("root-domain", "https://b.lab/", StepOutcome.FAILED, "reset"),
        ),
        retrievals=(
            Retrieval(RetrievalKind.ISSUER, "http://a.lab/ca", "0" * 64, RetrievalOutcome.FAILED, "timeout"),
        ),
        notes=("the clock is odd",),
    )
    in_order(
        told(observation),
        "note: the clock is odd",
        "How the endpoints were found",
        "+ autodiscover https://a.lab/ found (12.3 s)",
        "- srv _autodiscover._tcp.a.lab nothing",
        "! root-domain https://b.lab/ failed",
        "┊ reset",
        "Also contacted, because the caller would",
        "issuer http://a.lab/ca failed: timeout",
    )


def test_a_break_is_told_with_its_phase() -> None:
    (connection,) = presented(LEAF, ISSUING).connections
    broken = replace(
        connection,
        exchanges=(HttpExchange("POST", URL, body_complete=False),),
        failure=WireFailure(Phase.RECEIVE, FailureKind.RESET, 104, None, "Connection reset by peer"),
        timings=Timings(connect=12.0, handshake=30.0),
    )
    in_order(
        told(replace(presented(LEAF), connections=(broken,))),
        "connect 12 ms · handshake 30 ms",
        "POST answered: no answer",
        "broke in phase receive: reset: Connection reset by peer",
    )


def test_a_target_that_was_not_checked_says_why_and_nothing_else() -> None:
    document = build.unchecked("??", "it is no target", trust=TRUST, at=NOW)
    report = text.render([document])
    assert report.startswith("??: CANNOT TELL\n")
    assert report.rstrip().endswith("Not checked: it is no target")


def test_where_no_certificate_was_seen_the_verdict_on_it_is_not_none() -> None:
    refused = Observation(target.parse("x.lab"), NOW, VANTAGE)
    (connection,) = presented(LEAF).connections
    failure = WireFailure(Phase.CONNECT, FailureKind.REFUSED, 111, None, "")
    gone = replace(connection, tls=None, presented=(), exchanges=(), failure=failure)
    report = told(replace(refused, connections=(gone,)))
    assert "SslPolicyErrors: not reached, no certificate was seen" in report
    assert "SslPolicyErrors: None" not in report


def test_two_targets_are_set_apart() -> None:
    documents = [build.unchecked(name, "no", trust=TRUST, at=NOW) for name in ("a", "b")]
    report = text.render(documents, STORY)
    in_order(report, "a: CANNOT TELL", "─" * WIDTH, "b: CANNOT TELL")


@pytest.mark.parametrize("style", [Style(explain=True), Style(verbose=True)], ids=["explain", "verbose"])
def test_the_search_is_told_when_it_is_asked_for(style: Style) -> None:
    twin = authority.intermediate(ROOT)
    assert "issuers that were tried and lost" not in told_chain(LEAF, twin, ISSUING)
    in_order(
        told_chain(LEAF, twin, ISSUING, style=style),
        "issuers that were tried and lost",
        f"CN=Lab Issuing CA, O=Lab Partner [presented] {twin.certificate.thumbprint}",
        "its key did not sign",
    )
    in_order(told_chain(LEAF, ISSUING, style=style), "issuers that were tried and lost", "none")


def test_headers_are_told_when_asked_for() -> None:
    assert "X-WSSecurity-Enabled" not in told(presented(LEAF, ISSUING), style=PLAIN)
    assert "X-WSSecurity-Enabled: True" in told(presented(LEAF, ISSUING), style=Style(verbose=True))


def test_log_lines_are_told_when_asked_for() -> None:
    observation = presented(LEAF, ISSUING)
    assert len(told(observation, EMPTY, Style(verbose=True, log_lines=True))) > len(told(observation, EMPTY))


def test_colour_is_there_only_when_it_is_wanted() -> None:
    assert "\x1b" not in told(presented(LEAF, ISSUING), EMPTY)
    coloured = told(presented(LEAF, ISSUING), EMPTY, Style(colour=True))
    assert "\x1b[1;31mWOULD FAIL\x1b[0m" in coloured


HOSTILE = "evil\x1b]0;owned\x07\x1b[2J\u202e\u0085\r\nforged: WOULD SUCCEED"


def test_nothing_that_a_partner_sends_moves_the_cursor_or_starts_a_line() -> None:
    issuing = authority.intermediate(ROOT, HOSTILE)
    leaf = authority.end_entity(issuing, HOST, common_names=(HOSTILE,), dns_names=(HOSTILE.encode(), HOST))
    exchange = HttpExchange("POST", URL, 500, HOSTILE, "1.1", (("Server", HOSTILE), (HOSTILE, "x")))
    observation = observed([leaf.certificate, issuing.certificate], exchanges=(exchange,), at=NOW)
    report = told(observation, EMPTY, Style(verbose=True, explain=True, log_lines=True))
    assert "evil" in report
    assert not any(mark in report for mark in ("\x1b", "\x07", "\u202e", "\u0085", "\r"))
    assert not any(line.startswith("forged") for line in report.splitlines())


def test_lines_keep_to_the_width_except_for_what_is_to_be_copied() -> None:
    report = told(presented(LEAF, ISSUING, ROOT), EMPTY)
    long = [line for line in report.splitlines() if len(line) > WIDTH]
    assert all("System.Net" in line or "Import-Certificate" in line for line in long)
