"""Which finding a refusal gets: the causes that look alike in every log come out apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from msgspec import structs

from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.observation import Retrieval, RetrievalKind, RetrievalOutcome
from probe.facts.trust_store import ListedRoot, RootProperties, TrustStore
from probe.judgement.caller_profile import Caller, profile
from probe.judgement.findings import certificate_findings
from probe.judgement.model import Actor, Finding, Judgement, Outcome, Severity
from probe.judgement.remedies import proof
from probe.judgement.scenario import Scenario, ask
from probe.judgement.target_judgement import judge_presented
from probe.judgement.thresholds import DEFAULT_THRESHOLDS
from probe.lab import authority
from probe.lab.authority import Credential
from tests.judgement.judging import DAY, EMAIL, NOW, SERVER, certificates, extension

HOST = "mail.partner.lab"
AIA = "http://pki.partner.lab/issuing.cer"
CALLER = profile("exchange-se")
NO_WAY_OUT = dataclasses.replace(CALLER, aia=False)
NO_ROOT_UPDATE = dataclasses.replace(CALLER, root_auto_update=False)

ROOT = authority.root()
OTHER = authority.root("Other Root CA")
ISSUING = authority.intermediate(ROOT)
LEAF = authority.end_entity(ISSUING, HOST)
LEAF_WITH_ADDRESS = authority.end_entity(ISSUING, HOST, aia_urls=(AIA,))


def _trust(*roots: Credential, **more: object) -> TrustStore:
    return TrustStore("test", certificates(roots), **more)  # type: ignore[arg-type]


def _listed(root: Credential, properties: RootProperties | None = None) -> ListedRoot:
    extension = root.certificate.extension("2.5.29.14")
    assert extension is not None
    return ListedRoot(
        root.certificate.thumbprint, extension.value[2:], properties=properties or RootProperties()
    )


def diagnosed(
    presented: tuple[Credential, ...],
    trust: TrustStore,
    *,
    host: str = HOST,
    caller: Caller = CALLER,
    retrieved: tuple[Credential, ...] = (),
    retrievals: tuple[Retrieval, ...] = (),
) -> tuple[tuple[Finding, ...], Outcome]:
    scenario = Scenario(
        certificates(presented),
        host,
        trust,
        caller,
        NOW,
        certificates(retrieved) if caller.aia else (),
    )
    answer = ask(scenario)
    findings = certificate_findings.certificate_findings(
        scenario,
        answer,
        retrieved=certificates(retrieved),
        retrievals=retrievals,
        flip=proof.flip(scenario, answer),
        thresholds=DEFAULT_THRESHOLDS,
    )
    return findings, certificate_findings.outcome_of(answer, findings)


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


def _retrieval(outcome: RetrievalOutcome, *brought: Credential) -> Retrieval:
    return Retrieval(
        RetrievalKind.ISSUER,
        AIA,
        LEAF_WITH_ADDRESS.certificate.sha256,
        outcome,
        certificates=certificates(brought),
    )


def _leaf(**options: object) -> Credential:
    return authority.end_entity(ISSUING, HOST, **options)  # type: ignore[arg-type]


ONE_CAUSE = [
    pytest.param({"not_after": NOW - DAY}, ["certificate-expired"], id="expired"),
    pytest.param({"not_before": NOW + DAY}, ["certificate-not-yet-valid"], id="not-yet-valid"),
    pytest.param({"usages": (EMAIL,)}, ["certificate-wrong-usage"], id="usage"),
    pytest.param({"tampered": True}, ["certificate-signature"], id="signature"),
    pytest.param({"key": "rsa512"}, ["certificate-weak"], id="weak-key"),
    pytest.param(
        {"not_after": NOW - DAY, "usages": (EMAIL,)},
        ["certificate-expired", "certificate-wrong-usage"],
        id="two-faults",
    ),
]


@pytest.mark.parametrize(("options", "expected"), ONE_CAUSE)
def test_each_fault_has_a_finding_of_its_own(options: dict[str, object], expected: list[str]) -> None:
    findings, outcome = diagnosed((_leaf(**options), ISSUING), _trust(ROOT))
    assert codes(findings) == expected
    assert outcome is Outcome.FAILURE
    assert all(f.severity is Severity.FAILURE and f.evidence and f.summary.endswith(".") for f in findings)


INCOMPLETE = [
    pytest.param(LEAF, (), (), CALLER, "names no address", id="no-address"),
    pytest.param(LEAF_WITH_ADDRESS, (), (), CALLER, "was not looked for", id="not-looked-for"),
    pytest.param(
        LEAF_WITH_ADDRESS,
        (),
        (_retrieval(RetrievalOutcome.FAILED),),
        CALLER,
        "do not deliver it",
        id="nothing-there",
    ),
    pytest.param(
        LEAF_WITH_ADDRESS,
        (ISSUING,),
        (_retrieval(RetrievalOutcome.FETCHED, ISSUING),),
        NO_WAY_OUT,
        "has no way out",
        id="no-way-out",
    ),
    pytest.param(
        LEAF_WITH_ADDRESS,
        (OTHER,),
        (_retrieval(RetrievalOutcome.FETCHED, OTHER),),
        CALLER,
        "does not lead to a trusted root",
        id="something-else-there",
    ),
]


@pytest.mark.parametrize(("leaf", "retrieved", "retrievals", "caller", "words"), INCOMPLETE)
def test_a_missing_intermediate_says_why_it_cannot_be_had(
    leaf: Credential,
    retrieved: tuple[Credential, ...],
    retrievals: tuple[Retrieval, ...],
    caller: Caller,
    words: str,
) -> None:
    findings, outcome = diagnosed(
        (leaf,), _trust(ROOT), retrieved=retrieved, retrievals=retrievals, caller=caller
    )
    assert codes(findings) == ["chain-incomplete"]
    assert words in findings[0].summary
    assert outcome is Outcome.FAILURE


def test_the_three_causes_that_look_alike_come_out_apart() -> None:
    downloadable, first = diagnosed((LEAF_WITH_ADDRESS,), _trust(ROOT), retrieved=(ISSUING,))
    missing, second = diagnosed((LEAF,), _trust(ROOT))
    untrusted, third = diagnosed((LEAF, ISSUING, ROOT), _trust(OTHER))
    assert [codes(downloadable), codes(missing), codes(untrusted)] == [
        ["chain-needs-download"],
        ["chain-incomplete"],
        ["chain-untrusted-root"],
    ]
    assert [first, second, third] == [Outcome.WARNING, Outcome.FAILURE, Outcome.FAILURE]


def test_a_root_of_that_name_with_another_key_is_to_be_obtained_anew() -> None:
    old = authority.root(ROOT.certificate.subject.common_names[0])
    findings, outcome = diagnosed((LEAF, ISSUING), _trust(old))
    (finding,) = findings
    assert (finding.code, outcome) == ("certificate-signature", Outcome.FAILURE)
    remedy = finding.remedies[0]
    assert (remedy.actor, remedy.proved) == (Actor.CALLER, False)
    for root in (ROOT, old):
        identifier = extensions.key_identifier(root.certificate)
        assert identifier is not None
        assert identifier.hex().upper() in remedy.text
    tampered, _ = diagnosed((_leaf(tampered=True), ISSUING), _trust(ROOT))
    assert all(remedy.actor is Actor.PARTNER for finding in tampered for remedy in finding.remedies)


@pytest.mark.parametrize(
    ("trust", "caller", "said"),
    [
        pytest.param(
            dataclasses.replace(
                _trust(ROOT), properties=((ROOT.certificate.thumbprint, RootProperties(usages=(EMAIL,))),)
            ),
            CALLER,
            "disabled for this root.",
            id="purpose-switched-off-in-the-store",
        ),
        pytest.param(
            dataclasses.replace(_trust(ROOT), disallowed=(ROOT.certificate,)),
            CALLER,
            "(ExplicitDistrust): it is in the caller's list of disallowed certificates.",
            id="in-the-disallowed-store",
        ),
        pytest.param(
            _trust(ROOT),
            dataclasses.replace(CALLER, revocation=True),
            "OfflineRevocation): it names neither a CRL nor an OCSP responder.",
            id="revocation-not-known",
        ),
    ],
)
def test_what_the_certificate_does_not_show_is_said_in_one_line(
    trust: TrustStore, caller: Caller, said: str
) -> None:
    findings, _ = diagnosed((LEAF, ISSUING), trust, caller=caller)
    assert findings[0].summary.endswith(said)


def test_downloads_are_evidence() -> None:
    findings, _ = diagnosed(
        (LEAF_WITH_ADDRESS,), _trust(ROOT), retrievals=(_retrieval(RetrievalOutcome.FAILED),)
    )
    assert f"issuer download {AIA}: failed" in findings[0].evidence


def test_a_self_signed_certificate_is_called_that() -> None:
    findings, _ = diagnosed((authority.end_entity(None, HOST),), _trust(ROOT))
    assert findings[0].summary.startswith("The partner's certificate is self-signed")


def test_a_certificate_that_cannot_be_decoded_is_no_missing_intermediate() -> None:
    scenario = Scenario((Certificate(b"\x30\x03\x02\x01\x01"),), HOST, _trust(ROOT), CALLER, NOW)
    answer = ask(scenario)
    findings = certificate_findings.certificate_findings(
        scenario, answer, retrieved=(), retrievals=(), flip=None, thresholds=DEFAULT_THRESHOLDS
    )
    assert codes(findings) == ["certificate-unreadable", "name-mismatch"]
    assert certificate_findings.outcome_of(answer, findings) is Outcome.FAILURE


# A root that only Microsoft's list names.


def test_a_listed_root_that_is_not_at_hand_is_downloaded() -> None:
    findings, outcome = diagnosed((LEAF, ISSUING), _trust(OTHER, listed=(_listed(ROOT),)))
    assert codes(findings) == ["chain-listed-root"]
    assert outcome is Outcome.SUCCESS


def test_under_a_listed_root_a_fault_that_is_sure_is_a_failure() -> None:
    findings, outcome = diagnosed(
        (LEAF, ISSUING), _trust(OTHER, listed=(_listed(ROOT),)), host="owa.partner.lab"
    )
    assert set(codes(findings)) == {"name-mismatch"}
    assert outcome is Outcome.FAILURE


REFUSING = [
    pytest.param(RootProperties(disallowed_after=NOW - DAY), id="disallowed"),
    pytest.param(RootProperties(usages=(EMAIL,)), id="not-enabled-for-servers"),
    pytest.param(RootProperties(disallowed_usages=(SERVER,)), id="disabled-for-servers"),
    pytest.param(RootProperties(not_before=NOW - 90 * DAY), id="issued-too-late"),
]


@pytest.mark.parametrize("properties", REFUSING)
def test_a_listed_root_that_the_list_itself_refuses_is_a_failure(properties: RootProperties) -> None:
    findings, outcome = diagnosed((LEAF, ISSUING), _trust(OTHER, listed=(_listed(ROOT, properties),)))
    assert codes(findings) == ["chain-listed-root-refused"]
    assert outcome is Outcome.FAILURE


def test_a_caller_that_updates_no_roots_does_not_care_for_a_list() -> None:
    findings, outcome = diagnosed(
        (LEAF, ISSUING), _trust(OTHER, listed=(_listed(ROOT),)), caller=NO_ROOT_UPDATE
    )
    assert codes(findings) == ["chain-incomplete"]
    assert outcome is Outcome.FAILURE


def _judged(presented: tuple[Credential, ...], trust: TrustStore, caller: Caller = CALLER) -> Judgement:
    return judge_presented(certificates(presented), host=HOST, trust=trust, caller=caller, at=NOW)


def test_a_listed_root_that_the_partner_sends_is_at_hand() -> None:
    judgement = _judged((LEAF, ISSUING, ROOT), _trust(OTHER, listed=(_listed(ROOT),)))
    assert judgement.outcome is Outcome.SUCCESS
    assert codes(judgement.findings) == ["chain-automatic-root"]
    assert judgement.chain is not None
    assert judgement.chain.automatic_root
    assert judgement.trust_sha256 == _trust(OTHER, listed=(_listed(ROOT),)).sha256


@pytest.mark.parametrize("properties", REFUSING)
def test_a_listed_root_at_hand_keeps_the_properties_of_the_list(properties: RootProperties) -> None:
    judgement = _judged((LEAF, ISSUING, ROOT), _trust(OTHER, listed=(_listed(ROOT, properties),)))
    assert judgement.outcome is Outcome.FAILURE


def test_a_listed_root_at_hand_is_to_be_imported_where_roots_are_not_updated() -> None:
    judgement = _judged((LEAF, ISSUING, ROOT), _trust(OTHER, listed=(_listed(ROOT),)), caller=NO_ROOT_UPDATE)
    (finding,) = judgement.findings
    assert finding.code == "chain-untrusted-root"
    assert "does not update its roots" in finding.summary
    assert [r.certificates for r in finding.remedies] == [(ROOT.certificate,)]


def test_an_automatic_root_that_nobody_sends_is_no_missing_intermediate() -> None:
    trust = _trust(ROOT, properties=((ROOT.certificate.thumbprint, RootProperties(automatic=True)),))
    judgement = _judged((LEAF, ISSUING), trust, caller=NO_ROOT_UPDATE)
    (finding,) = judgement.findings
    assert finding.code == "chain-untrusted-root"
    assert [r.proved for r in finding.remedies] == [True]


# What cannot be told.


def _mesh() -> tuple[Credential, ...]:
    authorities = [authority.root(f"CA {number}") for number in range(12)]
    crossed = [
        authority.intermediate(above, f"CA {number}", key=below.key)
        for above in authorities
        for number, below in enumerate(authorities)
        if above is not below
    ]
    # The only way to the root is one that the first pass cannot rule out at a look.
    entry = authority.intermediate(ROOT, "CA 11", key=authorities[11].key, permitted_dns=("elsewhere.test",))
    return (*authorities[:1], *crossed, entry)


MESH = _mesh()

UNFINISHED: list[object] = [
    pytest.param(lambda: authority.end_entity(MESH[0], HOST), Outcome.UNKNOWN, id="sound"),
    pytest.param(lambda: authority.end_entity(MESH[0], "other.lab"), Outcome.FAILURE, id="other-name"),
    pytest.param(
        lambda: authority.end_entity(MESH[0], HOST, not_after=NOW - DAY), Outcome.FAILURE, id="expired"
    ),
]


@pytest.mark.parametrize(("make", "expected"), UNFINISHED)
def test_an_unfinished_search_is_a_refusal_only_for_what_no_path_repairs(
    make: Callable[[], Credential], expected: Outcome
) -> None:
    findings, outcome = diagnosed((make(), *MESH[1:]), _trust(ROOT))
    assert "chain-indeterminate" in codes(findings)
    assert outcome is expected


UNTOLD_NAMES: list[object] = [
    pytest.param(lambda: _leaf(dns_names=(HOST, b"x\0y")), Outcome.UNKNOWN, id="alone"),
    pytest.param(
        lambda: _leaf(dns_names=(HOST, b"x\0y"), not_after=NOW - DAY), Outcome.FAILURE, id="and-expired"
    ),
    pytest.param(
        lambda: _leaf(dns_names=("other.lab", b"x\0y"), common_names=()), Outcome.FAILURE, id="wrong"
    ),
    pytest.param(
        lambda: _leaf(
            dns_names=(HOST, b"x\0y"), extensions=(extension("2.5.29.31", b"\xff", critical=True),)
        ),
        Outcome.UNKNOWN,
        id="and-a-doubtful-extension",
    ),
]


@pytest.mark.parametrize(("make", "expected"), UNTOLD_NAMES)
def test_names_of_which_nothing_can_be_told(make: Callable[[], Credential], expected: Outcome) -> None:
    judgement = _judged((make(), ISSUING), _trust(ROOT))
    assert judgement.outcome is expected
    assert (judgement.web_exception is None) == (expected is Outcome.UNKNOWN)
    assert "name-mismatch" in codes(judgement.findings)


def test_doubt_is_told_only_where_the_outcome_is_unknown() -> None:
    scenario = Scenario(
        certificates((authority.end_entity(MESH[0], HOST), *MESH[1:])), HOST, _trust(ROOT), CALLER, NOW
    )
    answer = ask(scenario)
    findings, _ = diagnosed((authority.end_entity(MESH[0], HOST), *MESH[1:]), _trust(ROOT))
    assert "cannot be judged to the end" in (certificate_findings.doubt(answer, findings) or "")
    sure = ask(structs.replace(scenario, host="other.lab"))
    refused, _ = diagnosed((authority.end_entity(MESH[0], HOST), *MESH[1:]), _trust(ROOT), host="other.lab")
    assert certificate_findings.doubt(sure, refused) is None


def test_an_algorithm_that_windows_does_not_know_makes_the_build_throw() -> None:
    root = authority.root(key="ed25519")
    judgement = _judged((authority.end_entity(root, HOST), root), _trust(root))
    assert judgement.outcome is Outcome.FAILURE
    assert "chain-build-throws" in codes(judgement.findings)
    assert judgement.web_exception is not None
    assert "AuthenticationException" not in judgement.web_exception.text


def test_a_masked_name_is_a_note_and_no_part_of_the_verdict() -> None:
    findings, _ = diagnosed((_leaf(tampered=True), ISSUING), _trust(ROOT), host="owa.partner.lab")
    assert [(f.code, f.severity) for f in findings] == [
        ("certificate-signature", Severity.FAILURE),
        ("name-mismatch", Severity.INFO),
    ]
    assert "CryptoAPI reports NotSignatureValid before it compares names" in findings[1].summary


def test_a_masked_name_that_matches_is_no_finding() -> None:
    findings, _ = diagnosed((_leaf(tampered=True), ISSUING), _trust(ROOT))
    assert codes(findings) == ["certificate-signature"]


def test_a_name_constraint_is_told_of_the_ca_that_carries_it() -> None:
    issuing = authority.intermediate(ROOT, "Narrow CA", permitted_dns=("elsewhere.lab",))
    findings, _ = diagnosed((authority.end_entity(issuing, HOST), issuing), _trust(ROOT))
    assert codes(findings) == ["chain-name-constraints"]
    assert findings[0].summary.startswith("CN=Narrow CA")


# AllowExternalUntrustedCerts.

ANYTHING = dataclasses.replace(CALLER, allow_external_untrusted=True)


@pytest.mark.parametrize(
    ("make", "trusted"),
    [
        pytest.param(lambda: (LEAF, ISSUING, ROOT), OTHER, id="untrusted"),
        pytest.param(lambda: (_leaf(not_after=NOW - DAY), ISSUING), OTHER, id="expired"),
        pytest.param(lambda: (authority.end_entity(MESH[0], HOST), *MESH[1:]), ROOT, id="in-doubt"),
    ],
)
def test_a_caller_that_accepts_anything_is_warned_of_that(
    make: Callable[[], tuple[Credential, ...]], trusted: Credential
) -> None:
    judgement = _judged(make(), _trust(trusted), caller=ANYTHING)
    assert judgement.outcome is Outcome.WARNING
    assert codes(judgement.findings) == ["certificate-accepted-anyway"]
    assert judgement.web_exception is None
    assert judgement.ssl_policy_errors


def test_a_caller_that_accepts_anything_still_throws_where_the_build_throws() -> None:
    root = authority.root(key="ed25519")
    judgement = _judged((authority.end_entity(root, HOST), root), _trust(root), caller=ANYTHING)
    assert judgement.outcome is Outcome.FAILURE
    assert judgement.web_exception is not None


def test_a_sound_certificate_needs_no_overlooking() -> None:
    judgement = _judged((LEAF, ISSUING), _trust(ROOT), caller=ANYTHING)
    assert (judgement.outcome, judgement.findings) == (Outcome.SUCCESS, ())
