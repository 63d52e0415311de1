"""The fold: an observation becomes one judgement a visit, with the same verdict whenever it is replayed."""

from __future__ import annotations

import dataclasses

import pytest
from msgspec.structs import replace

from probe.dotnet import SslPolicyErrors
from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts import record
from probe.facts.observation import (
    Connection,
    FailureKind,
    HttpExchange,
    Observation,
    Phase,
    Retrieval,
    RetrievalKind,
    RetrievalOutcome,
    WireFailure,
)
from probe.facts.tls_negotiation import HandshakeOffer
from probe.facts.trust_store import ListedRoot, TrustStore
from probe.judgement.caller_profile import Caller, profile
from probe.judgement.model import Judgement, Outcome, Severity, Source
from probe.judgement.target_judgement import judge, judge_presented
from probe.judgement.thresholds import Threshold, Thresholds
from probe.lab import authority
from probe.lab.authority import Credential
from tests.judgement.judging import DAY, EMAIL, NOW, certificates
from tests.samples import ENDPOINT, HOST, URL, observed

CALLER = profile("exchange-2019")
NO_WAY_OUT = dataclasses.replace(CALLER, aia=False)
ROOT = authority.root()
ISSUING = authority.intermediate(ROOT)
AIA = "http://pki.partner.lab/issuing.cer"
LEAF = authority.end_entity(ISSUING, HOST, aia_urls=(AIA,))
TRUST = TrustStore("test", certificates((ROOT,)))
NOTHING = TrustStore("empty")


def one(observation: Observation, trust: TrustStore = TRUST, caller: Caller = CALLER) -> Judgement:
    (judgement,) = judge(observation, trust=trust, caller=caller)
    return judgement


def seen(*presented: Credential) -> Observation:
    return observed(certificates(presented), at=NOW)


def codes(judgement: Judgement) -> list[str]:
    """The findings that are more than notes."""
    return [f.code for f in judgement.findings if f.severity is not Severity.INFO]


def test_a_sound_partner_would_succeed() -> None:
    judgement = one(seen(LEAF, ISSUING))
    assert judgement.outcome is Outcome.SUCCESS
    assert judgement.ssl_policy_errors is SslPolicyErrors(0)
    assert (judgement.endpoint_url, judgement.address, judgement.at) == (URL, "192.0.2.1", NOW)
    assert (judgement.caller, judgement.trust_name, judgement.trust_sha256) == (
        CALLER.name,
        TRUST.name,
        TRUST.sha256,
    )
    assert judgement.web_exception is None
    assert judgement.log_lines == ()
    assert judgement.name is not None
    assert judgement.name.matched
    assert judgement.flip is not None


def test_a_refused_certificate_is_logged_as_the_availability_service_logs_it() -> None:
    judgement = one(seen(LEAF, ISSUING), NOTHING)
    assert judgement.outcome is Outcome.FAILURE
    assert judgement.ssl_policy_errors is SslPolicyErrors.RemoteCertificateChainErrors
    assert judgement.web_exception is not None
    assert "Could not establish trust relationship" in judgement.web_exception.text
    assert any(judgement.web_exception.lines[0] in line for line in judgement.log_lines)
    assert any(URL in line for line in judgement.log_lines)
    assert codes(judgement)[0] == "chain-incomplete"


def test_the_moment_is_that_of_the_observation_unless_one_is_given() -> None:
    observation = seen(LEAF, ISSUING)
    (later,) = judge(observation, trust=TRUST, caller=CALLER, at=NOW + 400 * DAY)
    assert one(observation).outcome is Outcome.SUCCESS
    assert later.outcome is Outcome.FAILURE
    assert later.at == NOW + 400 * DAY
    assert codes(later)[0] == "certificate-expired"


@pytest.mark.parametrize("trust", [pytest.param(TRUST, id="trusted"), pytest.param(NOTHING, id="untrusted")])
def test_a_record_that_was_written_and_read_is_judged_the_same(trust: TrustStore) -> None:
    observation = seen(LEAF, ISSUING)
    assert one(record.loads(record.dumps(observation)), trust) == one(observation, trust)


def test_each_visit_has_a_judgement_in_its_order() -> None:
    (first,) = seen(LEAF, ISSUING).connections
    other = replace(first, address="192.0.2.2", presented=certificates((LEAF,)))
    observation = replace(seen(LEAF), connections=(first, other))
    judgements = judge(observation, trust=TRUST, caller=CALLER)
    assert [(j.address, j.ssl_policy_errors) for j in judgements] == [
        ("192.0.2.1", SslPolicyErrors(0)),
        ("192.0.2.2", SslPolicyErrors.RemoteCertificateChainErrors),
    ]


def test_where_no_certificate_was_seen_nothing_is_said_of_one() -> None:
    refused = Connection(
        ENDPOINT,
        "192.0.2.1",
        443,
        failure=WireFailure(Phase.CONNECT, FailureKind.REFUSED, 111, None, ""),
    )
    judgement = one(replace(seen(LEAF), connections=(refused,)))
    assert judgement.outcome is Outcome.FAILURE
    assert (judgement.ssl_policy_errors, judgement.chain, judgement.name, judgement.flip) == (
        None,
        None,
        None,
        None,
    )


def _refused_then_liberal(*presented: Credential) -> Observation:
    """The caller's own handshake was refused by an alert; a liberal one found TLS 1.0."""
    (liberal,) = seen(*presented).connections
    assert liberal.tls is not None
    offer = HandshakeOffer(CALLER.handshake_shape, CALLER.protocols, CALLER.cipher_suites)
    refused = Connection(
        ENDPOINT,
        "192.0.2.1",
        443,
        offer=offer,
        failure=WireFailure(Phase.HANDSHAKE, FailureKind.ALERT, None, 70, "protocol version"),
    )
    old = replace(liberal, tls=replace(liberal.tls, protocol="TLS 1.0"), exchanges=())
    return replace(seen(*presented), connections=(refused, old))


def test_what_the_caller_meets_first_is_told_first() -> None:
    judgement = one(_refused_then_liberal(LEAF, ISSUING), NOTHING)
    assert judgement.outcome is Outcome.FAILURE
    assert codes(judgement)[:2] == ["tls-refused", "chain-incomplete"]
    assert judgement.chain is not None
    assert judgement.web_exception is not None
    assert "trust relationship" not in judgement.web_exception.text


def test_a_certificate_that_is_accepted_is_met_before_the_answer() -> None:
    leaf = authority.end_entity(ISSUING, HOST, not_after=NOW + 5 * DAY)
    stopped = HttpExchange("POST", URL, 503, "Service Unavailable")
    judgement = one(observed(certificates((leaf, ISSUING)), exchanges=(stopped,), at=NOW))
    assert judgement.outcome is Outcome.FAILURE
    assert codes(judgement)[:2] == ["certificate-expires-soon", "http-service-stopped"]


def _with_download(*presented: Credential) -> Observation:
    fetched = Retrieval(
        RetrievalKind.ISSUER,
        AIA,
        LEAF.certificate.sha256,
        RetrievalOutcome.FETCHED,
        certificates=certificates((ISSUING,)),
    )
    stranger = Retrieval(RetrievalKind.ISSUER, "http://other.lab/x.cer", "0" * 64, RetrievalOutcome.FAILED)
    return replace(seen(*presented), retrievals=(fetched, stranger))


def test_a_download_counts_for_a_caller_that_can_make_it() -> None:
    judgement = one(_with_download(LEAF))
    assert judgement.outcome is Outcome.WARNING
    assert codes(judgement) == ["chain-needs-download"]
    assert judgement.chain is not None
    assert judgement.chain.elements[1].source is Source.RETRIEVED


def test_a_download_is_a_remedy_for_a_caller_that_cannot() -> None:
    judgement = one(_with_download(LEAF), caller=NO_WAY_OUT)
    assert judgement.outcome is Outcome.FAILURE
    (finding,) = (f for f in judgement.findings if f.code == "chain-incomplete")
    assert len(finding.remedies) == 2
    assert f"issuer download {AIA}: fetched" in finding.evidence
    assert not any("other.lab" in line for line in finding.evidence)


def test_an_accepted_certificate_of_a_caller_that_accepts_any_lets_the_answer_decide() -> None:
    anything = dataclasses.replace(CALLER, allow_external_untrusted=True)
    judgement = one(seen(LEAF, ISSUING), NOTHING, anything)
    assert judgement.outcome is Outcome.WARNING
    assert judgement.ssl_policy_errors is SslPolicyErrors.RemoteCertificateChainErrors
    assert judgement.web_exception is None
    assert codes(judgement) == ["certificate-accepted-anyway"]


def test_a_listed_root_in_the_chain_is_at_hand_and_one_that_is_not_is_downloaded() -> None:
    extension = ROOT.certificate.extension("2.5.29.14")
    assert extension is not None
    listed = TrustStore("list", listed=(ListedRoot(ROOT.certificate.thumbprint, extension.value[2:]),))
    sent = one(seen(LEAF, ISSUING, ROOT), listed)
    assert (sent.outcome, codes(sent)) == (Outcome.SUCCESS, [])
    assert "chain-automatic-root" in [finding.code for finding in sent.findings]
    missing = one(seen(LEAF, ISSUING), listed)
    assert (missing.outcome, codes(missing)) == (Outcome.SUCCESS, [])
    assert "chain-listed-root" in [finding.code for finding in missing.findings]
    assert missing.web_exception is None


def test_a_build_that_throws_is_logged_as_what_it_is() -> None:
    root = authority.root(key="ed25519")
    judgement = one(seen(authority.end_entity(root, HOST), root), TrustStore("odd", certificates((root,))))
    assert judgement.outcome is Outcome.FAILURE
    assert judgement.web_exception is not None
    assert "AuthenticationException" not in judgement.web_exception.text


@pytest.mark.parametrize(
    ("thresholds", "expected"),
    [
        pytest.param(Thresholds(), Outcome.SUCCESS, id="defaults"),
        pytest.param(Thresholds(warning=Threshold(days=101)), Outcome.WARNING, id="days"),
        pytest.param(Thresholds(warning=Threshold(percent=26)), Outcome.WARNING, id="percent"),
        pytest.param(Thresholds(warning=Threshold(percent=24)), Outcome.SUCCESS, id="percent-not-yet"),
        pytest.param(Thresholds(critical=Threshold(days=101)), Outcome.FAILURE, id="critical"),
    ],
)
def test_thresholds_are_of_the_path_in_use(thresholds: Thresholds, expected: Outcome) -> None:
    # Of a lifetime of 400 days 100 are left: a quarter. CAs have more.
    leaf = authority.end_entity(ISSUING, HOST, not_before=NOW - 300 * DAY, not_after=NOW + 100 * DAY)
    (judgement,) = judge(seen(leaf, ISSUING), trust=TRUST, caller=CALLER, thresholds=thresholds)
    assert judgement.outcome is expected
    assert judgement.web_exception is None
    expiring = [f for f in judgement.findings if f.code == "certificate-expires-soon"]
    assert len(expiring) == (expected is not Outcome.SUCCESS)


# A chain alone.


def alone(
    *presented: Credential, host: str | None = HOST, caller: Caller = CALLER, **more: object
) -> Judgement:
    return judge_presented(
        certificates(presented),
        host=host,
        trust=TRUST,
        caller=caller,
        at=NOW,
        **more,  # type: ignore[arg-type]
    )


def test_a_chain_alone_has_no_endpoint() -> None:
    judgement = alone(LEAF, ISSUING)
    assert (judgement.endpoint_url, judgement.address, judgement.log_lines) == (None, None, ())
    assert judgement.outcome is Outcome.SUCCESS


def test_a_refused_chain_alone_has_the_text_of_the_log() -> None:
    judgement = alone(LEAF)
    assert judgement.web_exception is not None
    assert "Could not establish trust relationship" in judgement.web_exception.text


def test_without_a_host_no_name_is_checked() -> None:
    assert alone(LEAF, ISSUING, host=None).name is None
    assert alone(LEAF, ISSUING, host=None).outcome is Outcome.SUCCESS
    assert alone(LEAF, ISSUING, host="owa.lab").outcome is Outcome.FAILURE


def test_switches_of_the_caller_reach_the_engine() -> None:
    for_mail = authority.end_entity(ISSUING, HOST, usages=(EMAIL,))
    assert alone(for_mail, ISSUING).outcome is Outcome.FAILURE
    assert alone(for_mail, ISSUING, usages=()).outcome is Outcome.SUCCESS
    unpatched = dataclasses.replace(CALLER, eku_check=False)
    assert alone(for_mail, ISSUING, caller=unpatched).outcome is Outcome.SUCCESS
    nameless = dataclasses.replace(CALLER, check_certificate_name=False)
    assert alone(LEAF, ISSUING, host="owa.lab", caller=nameless).name is None


def test_an_old_hash_is_a_warning() -> None:
    judgement = alone(authority.end_entity(ISSUING, HOST, hash="sha1"), ISSUING)
    assert (judgement.outcome, codes(judgement)) == (Outcome.WARNING, ["certificate-old-hash"])
    old_root = authority.root(hash="sha1")
    trust = TrustStore("old", certificates((old_root,)))
    under = judge_presented(
        certificates((authority.end_entity(old_root, HOST),)), host=HOST, trust=trust, caller=CALLER, at=NOW
    )
    assert under.outcome is Outcome.SUCCESS


def test_two_verdicts_of_one_chain_add_up() -> None:
    judgement = alone(LEAF, host="owa.lab")
    assert judgement.ssl_policy_errors == (
        SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateChainErrors
    )
    assert judgement.chain is not None
    assert judgement.chain.status is Flags.PartialChain
