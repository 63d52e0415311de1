"""The document says what the facts and the judgement say: each key of the contract, from real judgements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec import Struct
from msgspec.structs import replace

from probe.facts import observation as observation_module
from probe.facts import target
from probe.facts.certificate import Certificate
from probe.facts.observation import (
    Connection,
    DiscoveryStep,
    FailureKind,
    FederationInformation,
    HttpExchange,
    Observation,
    Phase,
    Retrieval,
    RetrievalKind,
    RetrievalOutcome,
    StepOutcome,
    Timings,
    TokenIssuer,
    WireFailure,
)
from probe.facts.trust_store import ListedRoot, TrustStore
from probe.judgement import model
from probe.judgement.caller_profile import profile
from probe.judgement.result import judge_for_callers
from probe.judgement.target_judgement import judge_presented
from probe.lab import authority
from probe.lab.authority import Credential
from probe.report import build, json
from probe.report import document as entries
from probe.report.document import ResultDocument
from tests.samples import ENDPOINT, HOST, SESSION, URL, VANTAGE, observed

NOW = datetime.now(UTC).replace(microsecond=0)
CALLERS = (profile("exchange-2019"), profile("exchange-2010"))
ROOT = authority.root()
ISSUING = authority.intermediate(ROOT)
LEAF = authority.end_entity(ISSUING, HOST, ip_addresses=("192.0.2.1",))
TRUST = TrustStore("test", (ROOT.certificate,), (ISSUING.certificate,), (), notes=("a note",))


def presented(*credentials: Credential) -> Observation:
    return observed([credential.certificate for credential in credentials], at=NOW)


def document(observation: Observation, trust: TrustStore = TRUST) -> ResultDocument:
    return build.document(judge_for_callers(observation, trust=trust, callers=CALLERS[:1]), tags=("blue",))


def test_a_sound_target_in_every_key() -> None:
    built = document(presented(LEAF, ISSUING))
    assert (built.tool.name, built.outcome) == ("fedprobe", "success")
    assert (built.target.input, built.target.domain, built.observed_at) == (URL, None, NOW)
    assert (built.tags, built.error, built.federation, built.retrievals) == (("blue",), None, None, ())
    assert (built.trust.name, built.trust.sha256) == ("test", TRUST.sha256)
    assert (built.trust.roots, built.trust.intermediates, built.trust.disallowed) == (1, 1, 0)
    assert built.trust.notes == ("a note",)
    (endpoint,) = built.endpoints
    assert (endpoint.kind, endpoint.url, endpoint.address) == ("ews-wssecurity", URL, "192.0.2.1")
    assert endpoint.failure is None
    assert endpoint.tls is not None
    assert (endpoint.tls.protocol, endpoint.tls.cipher, endpoint.tls.sni) == (
        SESSION.protocol,
        SESSION.cipher,
        HOST,
    )
    assert [(e.method, e.status, e.reason) for e in endpoint.http] == [
        ("GET", 401, "Unauthorized"),
        ("POST", 401, "Unauthorized"),
    ]


def test_a_certificate_is_listed_as_windows_shows_it() -> None:
    built = document(presented(LEAF, ISSUING))
    assert built.endpoints[0].tls is not None
    entry = built.endpoints[0].tls.presented[0]
    structure = LEAF.certificate.structure
    assert structure is not None
    assert entry.subject == f"CN={HOST}, O=Lab Partner"
    assert entry.issuer == "CN=Lab Issuing CA, O=Lab Partner"
    assert entry.serial == f"{structure.serial:X}"
    assert (entry.not_before, entry.not_after) == (structure.not_before, structure.not_after)
    assert (entry.thumbprint, entry.sha256) == (LEAF.certificate.thumbprint, LEAF.certificate.sha256)
    assert (entry.dns_names, entry.ip_addresses) == ((HOST,), ("192.0.2.1",))


def test_a_judgement_in_every_key() -> None:
    (judgement,) = document(presented(LEAF, ISSUING)).endpoints[0].judgements
    assert (judgement.caller, judgement.at, judgement.outcome) == (CALLERS[0].name, NOW, "success")
    assert judgement.ssl_policy_errors == ()
    assert judgement.chain is not None
    assert judgement.chain.status == ()
    assert [(e.thumbprint, e.source, e.status) for e in judgement.chain.elements] == [
        (LEAF.certificate.thumbprint, "presented", ()),
        (ISSUING.certificate.thumbprint, "presented", ()),
        (ROOT.certificate.thumbprint, "store", ()),
    ]
    assert judgement.name is not None
    assert (judgement.name.requested, judgement.name.matched, judgement.name.by) == (HOST, True, "dNSName")
    assert judgement.web_exception is None
    assert judgement.flip is not None


def test_a_refusal_has_flags_text_findings_and_remedies() -> None:
    built = document(presented(LEAF, ISSUING, ROOT), TrustStore("empty"))
    assert built.outcome == "failure"
    (judgement,) = built.endpoints[0].judgements
    assert judgement.ssl_policy_errors == ("RemoteCertificateChainErrors",)
    assert judgement.chain is not None
    assert judgement.chain.status == ("UntrustedRoot",)
    assert judgement.chain.elements[-1].status == ("UntrustedRoot",)
    assert judgement.chain.elements[-1].reasons
    assert judgement.web_exception is not None
    assert judgement.web_exception.status == "TrustFailure"
    assert " ---> " in judgement.web_exception.text
    assert judgement.log_lines
    finding = judgement.findings[0]
    assert (finding.code, finding.severity) == ("chain-untrusted-root", "failure")
    assert [(r.actor, r.proved, r.together) for r in finding.remedies] == [("caller", True, None)]


def test_candidates_that_lost_are_told_with_the_reason() -> None:
    twin = authority.intermediate(ROOT)
    built = document(presented(LEAF, twin, ISSUING), TrustStore("test", (ROOT.certificate,)))
    chain = built.endpoints[0].judgements[0].chain
    assert chain is not None
    assert [(r.thumbprint, r.source) for r in chain.rejected] == [(twin.certificate.thumbprint, "presented")]
    assert "did not sign" in chain.rejected[0].why


def test_a_certificate_that_cannot_be_read_is_listed_without_what_is_not_known() -> None:
    built = document(observed([Certificate(b"\x30\x00")], at=NOW))
    endpoint = built.endpoints[0]
    assert endpoint.tls is not None
    entry = endpoint.tls.presented[0]
    assert (entry.subject, entry.issuer, entry.serial, entry.not_before) == (None, None, None, None)
    assert endpoint.judgements[0].chain is not None
    assert endpoint.judgements[0].chain.elements[0].subject == build.UNREADABLE


def test_several_callers_give_a_judgement_each() -> None:
    result = judge_for_callers(presented(LEAF, ISSUING), trust=TRUST, callers=CALLERS)
    (endpoint,) = build.document(result).endpoints
    assert [j.caller for j in endpoint.judgements] == [caller.name for caller in CALLERS]


def test_what_broke_and_when_is_told_of_the_connection_that_got_furthest() -> None:
    alert = WireFailure(Phase.HANDSHAKE, FailureKind.ALERT, None, 70, "protocol version")
    refused = Connection(ENDPOINT, "192.0.2.1", 443, failure=alert, timings=Timings(connect=1.0))
    (liberal,) = presented(LEAF, ISSUING).connections
    liberal = replace(liberal, timings=Timings(connect=2.00049, handshake=3.5), proxy="http://p.lab:8080")
    built = document(replace(presented(LEAF), connections=(refused, liberal)))
    (endpoint,) = built.endpoints
    assert endpoint.failure is not None
    assert (endpoint.failure.phase, endpoint.failure.kind, endpoint.failure.alert) == (
        "handshake",
        "alert",
        70,
    )
    assert (endpoint.timings_ms.connect, endpoint.timings_ms.handshake) == (2.0, 3.5)
    assert endpoint.timings_ms.send is None
    assert endpoint.proxy == "http://p.lab:8080"


@pytest.mark.parametrize(
    ("exchange", "note"),
    [
        pytest.param(HttpExchange("GET", URL, 200, "OK"), "", id="whole"),
        pytest.param(HttpExchange("GET", URL, 200, "OK", body_complete=False), "cut off", id="cut-off"),
        pytest.param(HttpExchange("GET", URL, raw=b"SSH-2.0"), "no HTTP", id="no-http"),
        pytest.param(HttpExchange("GET", URL, body_complete=False), "", id="no-byte-came"),
    ],
)
def test_an_answer_is_noted_where_it_is_odd(exchange: HttpExchange, note: str) -> None:
    built = document(observed([LEAF.certificate, ISSUING.certificate], exchanges=(exchange,), at=NOW))
    (entry,) = built.endpoints[0].http
    assert note in entry.note
    assert bool(entry.note) == bool(note)


def test_headers_of_one_name_are_joined_under_the_first_spelling() -> None:
    headers = (("WWW-Authenticate", "NTLM"), ("Server", "IIS"), ("www-authenticate", "Negotiate"))
    exchange = HttpExchange("POST", URL, 401, "Unauthorized", headers=headers)
    built = document(observed([LEAF.certificate, ISSUING.certificate], exchanges=(exchange,), at=NOW))
    assert built.endpoints[0].http[0].headers == {"WWW-Authenticate": "NTLM, Negotiate", "Server": "IIS"}


def test_discovery_federation_and_downloads_are_in_the_document() -> None:
    federation = FederationInformation(
        "https://x.lab/",
        "NoError",
        application_uri="urn:x",
        domains=("x.lab",),
        token_issuers=(TokenIssuer("https://issuer.lab", "uri:issuer"),),
    )
    observation = replace(
        presented(LEAF, ISSUING),
        steps=(DiscoveryStep("autodiscover", "https://x.lab/", StepOutcome.FOUND, "here", 1.23456),),
        retrievals=(
            Retrieval(RetrievalKind.ISSUER, "http://a.lab/", "0" * 64, RetrievalOutcome.FAILED, "timeout"),
        ),
        federation=federation,
        elapsed_ms=12.34567,
        notes=("noted",),
    )
    built = document(observation)
    assert [(s.step, s.outcome, s.detail, s.elapsed_ms) for s in built.discovery] == [
        ("autodiscover", "found", "here", 1.235)
    ]
    assert built.federation is not None
    assert (built.federation.application_uri, built.federation.domains) == ("urn:x", ("x.lab",))
    assert [issuer.uri for issuer in built.federation.token_issuers] == ["uri:issuer"]
    assert [(r.kind, r.outcome, r.detail) for r in built.retrievals] == [("issuer", "failed", "timeout")]
    assert (built.elapsed_ms, built.notes) == (12.346, ("noted",))


def test_a_target_with_nothing_to_judge_cannot_be_told() -> None:
    nothing = Observation(target.parse("x.lab"), NOW, VANTAGE, error="no endpoint was found")
    built = document(nothing)
    assert (built.outcome, built.endpoints, built.error) == ("unknown", (), "no endpoint was found")
    assert built.target.domain == "x.lab"


def test_a_target_that_could_not_be_tried_has_a_document_too() -> None:
    built = build.unchecked("??", "it is no target", trust=TRUST, at=NOW, tags=("blue",))
    assert (built.outcome, built.error, built.target.input) == ("unknown", "it is no target", "??")
    assert (built.observed_at, built.tags, built.endpoints) == (NOW, ("blue",), ())


def test_what_is_listed_and_distrusted_is_counted() -> None:
    store = TrustStore(
        "lists",
        disallowed=(LEAF.certificate,),
        disallowed_hashes=("AA", "BB"),
        disallowed_identifiers=("CC",),
        listed=(ListedRoot("DD"), ListedRoot("EE")),
    )
    built = build.unchecked("x", "y", trust=store, at=NOW)
    assert (built.trust.disallowed, built.trust.listed) == (4, 2)


def test_a_chain_document_has_the_keys_of_one_judgement() -> None:
    judgement = judge_presented(
        (LEAF.certificate, ISSUING.certificate),
        host=HOST,
        trust=TRUST,
        caller=CALLERS[0],
        at=NOW + timedelta(days=1),
    )
    chain = msgspec.to_builtins(build.chain_document(judgement))
    entry = msgspec.to_builtins(document(presented(LEAF, ISSUING)).endpoints[0].judgements[0])
    assert chain["schema"] == "probe.chain/1"
    assert set(chain) == {"schema", *entry}
    assert chain["chain"] == entry["chain"]


def test_a_document_is_written_and_read_back_whole() -> None:
    built = document(presented(LEAF, ISSUING, ROOT), TrustStore("empty"))
    assert msgspec.json.decode(msgspec.json.encode(built), type=ResultDocument) == built


COPIES = [
    pytest.param(source, entry, id=entry.__name__)
    for source, entry in (
        (observation_module.Vantage, entries.VantageEntry),
        (observation_module.DiscoveryStep, entries.StepEntry),
        (observation_module.FederationInformation, entries.FederationEntry),
        (observation_module.TokenIssuer, entries.TokenIssuerEntry),
        (observation_module.WireFailure, entries.FailureEntry),
        (observation_module.Timings, entries.TimingsEntry),
        (observation_module.Retrieval, entries.RetrievalEntry),
        (model.NameMatch, entries.NameEntry),
        (model.Finding, entries.FindingEntry),
        (model.Remedy, entries.RemedyEntry),
        (model.Flip, entries.FlipEntry),
    )
]


@pytest.mark.parametrize(("source", "entry"), COPIES)
def test_an_entry_that_is_copied_loses_no_field(source: type[Struct], entry: type[Struct]) -> None:
    """A field renamed on one side only would silently keep its default."""
    added = {"clock_behind_seconds", "notes"} if entry is entries.VantageEntry else set()  # not copied
    assert set(entry.__struct_fields__) - added <= set(source.__struct_fields__)


def test_names_of_a_chain_do_not_multiply_in_the_document() -> None:
    """A chain of 16 KB made 18 MB of JSON: its names stood in every finding for every caller and address."""
    long = tuple("n" * 1000 for _ in range(8))
    root = authority.root(common_names=long)
    issuing = authority.intermediate(root, common_names=long)
    leaf = authority.end_entity(issuing, HOST, common_names=long)
    observation = presented(leaf, issuing, root)
    visits = tuple(replace(observation.connections[0], address=f"192.0.2.{n}") for n in range(8))
    judged = judge_for_callers(replace(observation, connections=visits), trust=TRUST, callers=CALLERS)
    whole = build.document(judged)
    assert len(whole.endpoints) == 8
    der = sum(len(c.certificate.der) for c in (leaf, issuing, root))
    assert len(json.encoded(whole)) < 20 * der
    for endpoint in whole.endpoints:
        for judgement in endpoint.judgements:
            for finding in judgement.findings:
                assert all(len(remedy.text) < 800 for remedy in finding.remedies)
