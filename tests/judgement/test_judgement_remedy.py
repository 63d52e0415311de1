"""For every refusal the smallest changes that flip it, proved by judging again; else advice that says so."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

import pytest
from msgspec import structs

from probe.facts.certificate import Certificate
from probe.facts.trust_store import RootProperties, TrustStore
from probe.judgement.caller_profile import Caller, profile
from probe.judgement.model import Actor, Finding, Judgement, Outcome, Remedy
from probe.judgement.remedies import changes, proof
from probe.judgement.scenario import Scenario, ask
from probe.judgement.target_judgement import judge_presented
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Threshold, Thresholds
from probe.lab import authority
from probe.lab.authority import Credential
from tests.judgement.judging import DAY, EMAIL, NOW, certificates

HOST = "mail.partner.lab"
AIA = "http://pki.partner.lab/issuing.cer"
CALLER = profile("exchange-se")
NO_WAY_OUT = dataclasses.replace(CALLER, aia=False)
NO_ROOT_UPDATE = dataclasses.replace(CALLER, root_auto_update=False)

ROOT = authority.root()
OTHER = authority.root("Other Root CA")
ISSUING = authority.intermediate(ROOT)
EXPIRED_ISSUING = authority.intermediate(ROOT, "Expired CA", not_after=NOW - DAY)
LEAF = authority.end_entity(ISSUING, HOST, aia_urls=(AIA,))


def judged(
    presented: tuple[Credential, ...],
    roots: tuple[Credential, ...] = (ROOT,),
    *,
    host: str | None = HOST,
    retrieved: tuple[Credential, ...] = (),
    disallowed: tuple[Credential, ...] = (),
    caller: Caller = CALLER,
    properties: tuple[tuple[str, RootProperties], ...] = (),
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
) -> Judgement:
    trust = TrustStore("test", certificates(roots), (), certificates(disallowed), properties)
    return judge_presented(
        certificates(presented),
        host=host,
        trust=trust,
        caller=caller,
        at=NOW,
        retrieved=certificates(retrieved),
        thresholds=thresholds,
    )


def proved(judgement: Judgement) -> list[Remedy]:
    return [r for f in judgement.findings for r in f.remedies if r.proved]


def offered(judgement: Judgement) -> set[tuple[str, str]]:
    """(finding, actor) of every proved remedy."""
    return {(f.code, r.actor.value) for f in judgement.findings for r in f.remedies if r.proved}


def sets(judgement: Judgement) -> set[frozenset[str]]:
    """The codes of the findings whose remedies were proved together."""
    by_number: dict[int, set[str]] = {}
    for finding in judgement.findings:
        for entry in finding.remedies:
            if not entry.proved:
                assert entry.text.startswith("use the name "), (
                    "only a host that was not contacted is unproved"
                )
                continue
            assert entry.together is not None, "a single change would have been enough"
            by_number.setdefault(entry.together, set()).add(finding.code)
    return {frozenset(codes) for codes in by_number.values()}


def _leaf(issuer: Credential = ISSUING, **options: object) -> Credential:
    return authority.end_entity(issuer, HOST, **options)  # type: ignore[arg-type]


def _below(**options: object) -> tuple[Credential, ...]:
    issuing = authority.intermediate(ROOT, "Faulty CA", **options)  # type: ignore[arg-type]
    return (_leaf(issuing), issuing)


SINGLE = [
    pytest.param(
        lambda: judged((LEAF, ISSUING, ROOT), ()), {("chain-untrusted-root", "caller")}, id="root-sent"
    ),
    pytest.param(
        lambda: judged((authority.end_entity(None, HOST),)),
        {("chain-untrusted-root", "caller")},
        id="self-signed",
    ),
    pytest.param(
        lambda: judged((LEAF,), retrieved=(ISSUING,), caller=NO_WAY_OUT),
        {("chain-incomplete", "partner"), ("chain-incomplete", "network")},
        id="intermediate-for-a-caller-with-no-way-out",
    ),
    pytest.param(
        lambda: judged((LEAF,), (OTHER,), retrieved=(ISSUING, ROOT)),
        {("chain-untrusted-root", "caller")},
        id="intermediate-comes-by-download-and-the-root-too",
    ),
    pytest.param(
        lambda: judged((_leaf(not_after=NOW - DAY), ISSUING)),
        {("certificate-expired", "partner")},
        id="expired",
    ),
    pytest.param(
        lambda: judged((_leaf(not_before=NOW + DAY), ISSUING)),
        {("certificate-not-yet-valid", "partner")},
        id="not-yet-valid",
    ),
    pytest.param(
        lambda: judged((_leaf(usages=(EMAIL,)), ISSUING)),
        {("certificate-wrong-usage", "partner")},
        id="wrong-usage",
    ),
    pytest.param(
        lambda: judged((_leaf(tampered=True), ISSUING)),
        {("certificate-signature", "partner")},
        id="bad-signature",
    ),
    pytest.param(
        lambda: judged((_leaf(key="rsa512"), ISSUING)),
        {("certificate-weak", "partner")},
        id="weak-key",
    ),
    pytest.param(
        lambda: judged(_below(ca=False)), {("chain-basic-constraints", "partner")}, id="issuer-is-no-ca"
    ),
    pytest.param(
        lambda: judged(_below(permitted_dns=("elsewhere.lab",))),
        {("chain-name-constraints", "partner")},
        id="outside-the-name-constraints",
    ),
    pytest.param(
        lambda: judged((LEAF, ISSUING), disallowed=(LEAF,)),
        {("chain-explicit-distrust", "caller"), ("chain-explicit-distrust", "partner")},
        id="in-the-disallowed-store",
    ),
    pytest.param(
        lambda: judged((LEAF, ISSUING), host="owa.partner.lab"),
        {("name-mismatch", "partner")},
        id="other-name",
    ),
    pytest.param(
        lambda: judged((LEAF, ISSUING), host=HOST + "."),
        {("name-mismatch", "partner"), ("name-mismatch", "caller")},
        id="final-dot",
    ),
    pytest.param(
        lambda: judged(
            (LEAF, ISSUING),
            caller=NO_ROOT_UPDATE,
            properties=((ROOT.certificate.thumbprint, RootProperties(automatic=True)),),
        ),
        {("chain-untrusted-root", "caller")},
        id="root-that-this-caller-does-not-download",
    ),
]


@pytest.mark.parametrize(("make", "expected"), SINGLE)
def test_one_change_flips_one_fault(make: Callable[[], Judgement], expected: set[tuple[str, str]]) -> None:
    judgement = make()
    assert judgement.outcome is Outcome.FAILURE
    assert offered(judgement) == expected
    assert all(entry.together is None for entry in proved(judgement))


PAIRS = [
    pytest.param(
        lambda: judged((LEAF, ISSUING, ROOT), (), host="owa.partner.lab"),
        {frozenset({"chain-untrusted-root", "name-mismatch"})},
        id="untrusted-root-and-wrong-name",
    ),
    pytest.param(
        lambda: judged((_leaf(not_after=NOW - DAY),), retrieved=(ISSUING,), caller=NO_WAY_OUT),
        {frozenset({"certificate-expired", "chain-incomplete"})},
        id="expired-and-incomplete",
    ),
    pytest.param(
        lambda: judged((_leaf(EXPIRED_ISSUING, not_after=NOW - DAY), EXPIRED_ISSUING)),
        {frozenset({"certificate-expired"})},
        id="end-entity-and-issuer-expired",
    ),
    pytest.param(
        lambda: judged((_leaf(EXPIRED_ISSUING),), retrieved=(EXPIRED_ISSUING,), caller=NO_WAY_OUT),
        {frozenset({"chain-incomplete"})},
        id="what-is-missing-turns-out-to-be-expired",
    ),
    pytest.param(
        lambda: judged((_leaf(tampered=True), ISSUING), host="owa.partner.lab"),
        {frozenset({"certificate-signature", "name-mismatch"})},
        id="the-signature-hides-the-name",
    ),
    pytest.param(
        lambda: judged((LEAF,), (OTHER,), retrieved=(ISSUING, ROOT), caller=NO_WAY_OUT),
        {frozenset({"chain-incomplete", "chain-untrusted-root"}), frozenset({"chain-incomplete"})},
        id="incomplete-and-untrusted",
    ),
    pytest.param(
        lambda: judged((_leaf(not_after=NOW - DAY, usages=(EMAIL,)), ISSUING, ROOT), (), host="owa.lab"),
        {
            frozenset(
                {"certificate-expired", "certificate-wrong-usage", "chain-untrusted-root", "name-mismatch"}
            )
        },
        id="four-at-once",
    ),
]


@pytest.mark.parametrize(("make", "expected"), PAIRS)
def test_changes_that_are_needed_together_are_offered_together(
    make: Callable[[], Judgement], expected: set[frozenset[str]]
) -> None:
    judgement = make()
    assert judgement.outcome is Outcome.FAILURE
    assert sets(judgement) <= expected
    assert sets(judgement)


def test_every_change_of_a_set_can_be_read_in_the_report() -> None:
    judgement = judged((_leaf(tampered=True), ISSUING), host="owa.partner.lab")
    numbers = [r.together for r in proved(judgement)]
    assert all(numbers.count(number) == 2 for number in numbers)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: judged((LEAF,), (OTHER,)), id="issuer-nowhere"),
        pytest.param(lambda: judged((LEAF, ISSUING), (OTHER,)), id="root-nowhere"),
        pytest.param(
            lambda: judged((_leaf(not_after=NOW - DAY), ISSUING), (OTHER,)), id="expired-and-root-nowhere"
        ),
    ],
)
def test_what_does_not_flip_the_verdict_is_not_called_proved(make: Callable[[], Judgement]) -> None:
    judgement = make()
    assert judgement.outcome is Outcome.FAILURE
    assert proved(judgement) == []


def unproved(judgement: Judgement) -> list[tuple[str, str, bool]]:
    """(finding, actor, other faults remain) of every remedy, none of which is proved."""
    entries = [(f.code, r) for f in judgement.findings for r in f.remedies]
    assert not any(r.proved or r.together for _, r in entries)
    return [(code, r.actor.value, "other faults remain" in r.text) for code, r in entries]


SEND = ("chain-incomplete", "partner", False)
OBTAIN = ("chain-incomplete", "caller", False)
UNPROVED = [
    pytest.param(lambda: judged((LEAF,)), [SEND, OBTAIN], id="issuer-nowhere"),
    pytest.param(lambda: judged((LEAF, ISSUING), (OTHER,)), [OBTAIN, SEND], id="root-nowhere"),
    pytest.param(
        lambda: judged((LEAF,), host="owa.lab"),
        [
            ("chain-incomplete", "partner", True),
            ("chain-incomplete", "caller", True),
            ("name-mismatch", "partner", True),
            ("name-mismatch", "caller", True),
        ],
        id="issuer-nowhere-and-other-name",
    ),
    pytest.param(
        lambda: judged((_leaf(EXPIRED_ISSUING, not_after=NOW - DAY), EXPIRED_ISSUING), (OTHER,)),
        [
            ("chain-incomplete", "caller", True),
            ("chain-incomplete", "partner", True),
            ("certificate-expired", "partner", True),
            ("certificate-expired", "partner", True),
        ],
        id="root-nowhere-and-two-expired",
    ),
    pytest.param(
        lambda: judged((_leaf(usages=(EMAIL,)), ISSUING), (OTHER,)),
        [
            ("chain-incomplete", "caller", True),
            ("chain-incomplete", "partner", True),
            ("certificate-wrong-usage", "partner", True),
        ],
        id="root-nowhere-and-wrong-usage",
    ),
    pytest.param(
        lambda: judged((LEAF,), (OTHER,), retrieved=(ISSUING,), caller=NO_WAY_OUT),
        [
            ("chain-incomplete", "partner", True),
            ("chain-incomplete", "network", True),
            ("chain-incomplete", "caller", False),
            ("chain-incomplete", "partner", False),
        ],
        id="the-intermediate-is-at-hand-and-the-root-nowhere",
    ),
]


@pytest.mark.parametrize(("make", "expected"), UNPROVED)
def test_where_nothing_is_proved_each_fault_has_its_own_advice(
    make: Callable[[], Judgement], expected: list[tuple[str, str, bool]]
) -> None:
    judgement = make()
    assert judgement.outcome is Outcome.FAILURE
    assert unproved(judgement) == expected


def test_who_has_to_get_the_missing_issuer_is_told_which_it_is() -> None:
    identifier = changes_identifier(ISSUING.certificate)
    send, obtain = judged((LEAF,)).findings[0].remedies
    for entry in (send, obtain):
        assert f"{ISSUING.certificate.subject} (authority key identifier {identifier})" in entry.text
        assert entry.text.endswith("not proved, because that certificate is not at hand here")
        assert entry.certificates == ()
    assert send.command == "certutil -addstore CA MISSING_ISSUER.cer"
    assert obtain.command == (
        "certutil -addstore -enterprise Root MISSING_ISSUER.cer\n"
        "# or, in PowerShell:\n"
        "Import-Certificate -FilePath MISSING_ISSUER.cer -CertStoreLocation Cert:\\LocalMachine\\Root"
    )


def test_an_issuer_name_gets_into_no_command() -> None:
    hostile = authority.intermediate(ROOT, "a$(calc).lab; Remove-Item C:")
    for entry in judged((_leaf(hostile),)).findings[0].remedies:
        assert "calc" in entry.text
        assert "calc" not in (entry.command or "")


def test_the_missing_root_is_described_so_that_it_can_be_found() -> None:
    judgement = judged((LEAF,), (OTHER,))
    (finding,) = judgement.findings
    key_identifier = changes_identifier(ISSUING.certificate)
    assert f"missing issuer: {ISSUING.certificate.subject}" in finding.evidence
    assert f"key identifier of the missing issuer: {key_identifier}" in finding.evidence
    assert f"its issuer publishes it at {AIA}" in finding.evidence


def changes_identifier(certificate: Certificate) -> str:
    extension = certificate.extension("2.5.29.14")
    assert extension is not None
    return extension.value[2:].hex().upper()


def test_only_what_the_chain_needs_is_to_be_sent() -> None:
    stranger = authority.intermediate(OTHER, "Stranger CA")
    judgement = judged((LEAF,), retrieved=(stranger, ISSUING), caller=NO_WAY_OUT)
    sent = next(r for r in proved(judgement) if r.actor is Actor.PARTNER)
    assert sent.certificates == (ISSUING.certificate,)
    assert sent.command == f"certutil -addstore CA {ISSUING.certificate.thumbprint}.cer"
    network = next(r for r in proved(judgement) if r.actor is Actor.NETWORK)
    assert AIA in network.text


def test_the_root_to_import_is_named_handed_over_and_installed_by_either_command() -> None:
    (entry,) = proved(judged((LEAF, ISSUING, ROOT), ()))
    assert entry.certificates == (ROOT.certificate,)
    assert ROOT.certificate.thumbprint in entry.text
    assert entry.command == (
        f"certutil -addstore -enterprise Root {ROOT.certificate.thumbprint}.cer\n"
        "# or, in PowerShell:\n"
        f"Import-Certificate -FilePath {ROOT.certificate.thumbprint}.cer "
        "-CertStoreLocation Cert:\\LocalMachine\\Root"
    )


def test_importing_the_certificate_handed_over_really_is_enough() -> None:
    (entry,) = proved(judged((LEAF, ISSUING, ROOT), ()))
    saved = tuple(Certificate(certificate.der) for certificate in entry.certificates)
    trust = TrustStore("after", saved)
    after = judge_presented(
        certificates((LEAF, ISSUING, ROOT)), host=HOST, trust=trust, caller=CALLER, at=NOW
    )
    assert after.outcome is Outcome.SUCCESS


def test_a_hostile_name_gets_into_no_command() -> None:
    hostile = ("a.b;Remove-Item -Recurse C:\\", "a.b$(calc).lab", "a.b\ncalc.lab", "good.partner.lab")
    leaf = authority.end_entity(ISSUING, dns_names=hostile)
    judgement = judged((leaf, ISSUING))
    commands = [entry.command or "" for finding in judgement.findings for entry in finding.remedies]
    assert any("good.partner.lab" in command for command in commands)
    assert not any("calc" in command or "Remove-Item" in command for command in commands)


def test_no_more_than_three_other_names_are_proposed() -> None:
    names = tuple(f"host{number}.partner.lab" for number in range(9))
    judgement = judged((authority.end_entity(ISSUING, dns_names=names), ISSUING))
    others = [r for f in judgement.findings for r in f.remedies if r.actor is Actor.CALLER]
    assert len(others) == changes.MAXIMUM_NAMESPACES


def test_a_name_that_nobody_contacted_is_offered_and_not_proved() -> None:
    for trust in ((ROOT,), ()):
        judgement = judged((LEAF, ISSUING, ROOT), trust, host="owa.partner.lab")
        others = [
            r for f in judgement.findings for r in f.remedies if "-TargetSharingEpr" in (r.command or "")
        ]
        assert [(r.proved, r.together) for r in others] == [(False, None)]


def test_an_internal_name_is_never_offered() -> None:
    names = ("ex01.contoso.local", "ex01.corp", "autodiscover.contoso.internal", "mail.partner.lab")
    leaf = authority.end_entity(ISSUING, dns_names=names)
    judgement = judged((leaf, ISSUING), host="owa.partner.lab")
    said = " ".join(r.text + (r.command or "") for f in judgement.findings for r in f.remedies)
    assert "use the name mail.partner.lab" in said
    assert not any(name in said for name in names[:3])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"usages": (EMAIL,)}, "use a server certificate from another CA", id="usage"),
        pytest.param({"ca": False}, "use a server certificate from another CA", id="no-ca"),
        pytest.param({"tampered": True}, "send the certificate of", id="signature"),
        pytest.param(
            {"permitted_dns": ("elsewhere.lab",)}, "reissue the server certificate with names", id="names"
        ),
        pytest.param({"not_after": NOW - DAY}, "send the renewed certificate of", id="expired"),
    ],
)
def test_the_advice_for_a_ca_names_it_and_asks_nobody_to_reissue_a_ca(
    options: dict[str, object], words: str
) -> None:
    (entry,) = proved(judged(_below(**options)))
    assert entry.text.startswith(words)
    assert "Faulty CA" in entry.text


def test_an_expired_root_is_for_the_caller_to_replace() -> None:
    root = authority.root(not_after=NOW - DAY)
    judgement = judged((_leaf(root), root), (root,))
    assert offered(judgement) == {("certificate-expired", "caller")}


def test_what_microsoft_distrusts_is_not_to_be_taken_out_of_a_store() -> None:
    trust = TrustStore("test", certificates((ROOT,)), disallowed_hashes=(LEAF.certificate.thumbprint,))
    judgement = judge_presented(certificates((LEAF, ISSUING)), host=HOST, trust=trust, caller=CALLER, at=NOW)
    assert offered(judgement) == {("chain-explicit-distrust", "partner")}


def test_no_remedy_weakens_the_caller() -> None:
    for row in (*SINGLE, *PAIRS, *UNPROVED):
        make = cast("Callable[[], Judgement]", row.values[0])
        for entry in (r for finding in make().findings for r in finding.remedies):
            assert "AllowExternalUntrustedCerts" not in f"{entry.text} {entry.command}"


def _scenario(presented: tuple[Credential, ...], roots: tuple[Credential, ...]) -> Scenario:
    return Scenario(certificates(presented), HOST, TrustStore("test", certificates(roots)), CALLER, NOW)


def test_a_hostile_chain_does_not_make_the_report_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Scenario] = []

    def counting(scenario: Scenario) -> object:
        asked.append(scenario)
        return ask(scenario)

    monkeypatch.setattr(proof, "ask", counting)
    authorities = [authority.root(f"CA {number}") for number in range(12)]
    mesh = [
        authority.intermediate(above, f"CA {number}", key=below.key)
        for above in authorities
        for number, below in enumerate(authorities)
        if above is not below
    ]
    leaf = authority.end_entity(authorities[0], "other.lab", not_after=NOW - DAY, usages=(EMAIL,))
    scenario = _scenario((leaf, *mesh, *authorities), (ROOT,))
    answer = ask(scenario)
    assert answer.chain.comparison_stopped is not None
    proof.offer(scenario, answer, ())
    assert len(asked) <= 2 + (proof.MOST_QUESTIONS + proof.MOST_QUESTIONS_ABOUT_PARTS) // 25


def test_the_budget_ends_a_search_with_many_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "MOST_QUESTIONS", 3)
    judgement = judged((_leaf(not_after=NOW - DAY, usages=(EMAIL,)), ISSUING, ROOT), (), host="owa.lab")
    assert proved(judgement) == []
    assert judgement.outcome is Outcome.FAILURE


def test_the_largest_set_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "LARGEST_SET", 1)
    assert proved(judged((LEAF, ISSUING, ROOT), (), host="owa.lab")) == []


# When an accepted certificate stops being accepted.


def _flip(judgement: Judgement) -> tuple[datetime, str] | None:
    return None if judgement.flip is None else (judgement.flip.at, judgement.flip.why)


def test_a_verdict_flips_one_second_after_the_first_expiry_of_its_path() -> None:
    judgement = judged((LEAF, ISSUING))
    structure = LEAF.certificate.structure
    assert structure is not None
    assert judgement.flip is not None
    assert (judgement.flip.at - structure.not_after).total_seconds() == 1
    assert judgement.flip.why.startswith("the server certificate expires")


def test_the_flip_is_the_first_refusal() -> None:
    judgement = judged((LEAF, ISSUING))
    assert judgement.flip is not None
    scenario = _scenario((LEAF, ISSUING), (ROOT,))
    before = structs.replace(scenario, at=judgement.flip.at - (judgement.flip.at - NOW) / 10**6)
    last = structs.replace(scenario, at=datetime.fromtimestamp(judgement.flip.at.timestamp() - 1, UTC))
    assert not ask(before).errors
    assert not ask(last).errors
    assert ask(structs.replace(scenario, at=judgement.flip.at)).errors


def test_an_intermediate_that_ends_first_is_named() -> None:
    issuing = authority.intermediate(ROOT, "Short CA", not_after=NOW + 5 * DAY)
    judgement = judged((_leaf(issuing), issuing))
    assert judgement.flip is not None
    assert judgement.flip.at == NOW + 5 * DAY + (DAY / 86400)
    assert "Short CA" in judgement.flip.why


def test_an_alternative_path_outlives_an_expiry() -> None:
    short = authority.intermediate(ROOT, "Twice CA", not_after=NOW + 5 * DAY, not_before=NOW - DAY)
    long = authority.intermediate(
        ROOT, "Twice CA", key=short.key, not_after=NOW + 200 * DAY, not_before=NOW - 2 * DAY
    )
    leaf = _leaf(short, not_after=NOW + 300 * DAY)
    judgement = judged((leaf, short, long))
    assert judgement.flip is not None
    assert judgement.flip.at == NOW + 200 * DAY + (DAY / 86400)
    judgement = judged((leaf, short, long), thresholds=Thresholds(warning=Threshold(days=30)))
    soon = [f for f in judgement.findings if f.code == "certificate-expires-soon"]
    assert len(soon) == 1
    assert "another path stays valid" in soon[0].summary


def test_the_moment_from_which_the_store_disallows_the_root_flips_too() -> None:
    limit = NOW + 3 * DAY
    properties = ((ROOT.certificate.thumbprint, RootProperties(disallowed_after=limit)),)
    judgement = judged((LEAF, ISSUING), properties=properties)
    assert judgement.flip is not None
    assert judgement.flip.at == limit + (DAY / 86400)
    assert judgement.flip.why.startswith("the trust store disallows")


def test_a_certificate_without_end_flips_with_its_path() -> None:
    forever = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    root = authority.root(not_after=forever)
    leaf = authority.end_entity(root, HOST, not_after=forever)
    judgement = judged((leaf,), (root,))
    assert judgement.outcome is Outcome.SUCCESS
    assert judgement.flip is None


def test_a_refused_certificate_has_no_flip() -> None:
    assert judged((LEAF, ISSUING), (OTHER,)).flip is None


def test_a_chain_that_cannot_be_told_has_no_flip() -> None:
    leaf = _leaf(ISSUING_RSA, hash="md5")
    judgement = judged((leaf, ISSUING_RSA))
    assert judgement.outcome is Outcome.UNKNOWN
    assert judgement.flip is None


ISSUING_RSA = authority.intermediate(ROOT, "RSA CA", key="rsa2048")


def test_a_remedy_that_leaves_the_answer_in_doubt_is_none() -> None:
    root = authority.root("RSA Root CA", key="rsa2048")
    leaf = authority.end_entity(root, HOST, hash="md5")
    judgement = judged((leaf, root), ())
    assert judgement.outcome is Outcome.FAILURE
    assert proved(judgement) == []
    (entry,) = judgement.findings[0].remedies
    assert entry.text.endswith("; whether that is enough cannot be told here")


def test_completion_is_proved_only_if_it_replaces_the_download() -> None:
    judgement = judged((LEAF,), retrieved=(ISSUING,))
    (finding,) = judgement.findings
    assert finding.code == "chain-needs-download"
    assert [entry.proved for entry in finding.remedies] == [True]
    assert finding.remedies[0].certificates == (ISSUING.certificate,)
    scenario = _scenario((LEAF,), (OTHER,))
    assert proof.prove_completion(scenario, (ISSUING.certificate,)) == ()


def test_an_automatic_root_is_proved_to_be_enough_at_hand() -> None:
    properties = ((ROOT.certificate.thumbprint, RootProperties(automatic=True)),)
    judgement = judged((LEAF, ISSUING), properties=properties)
    finding: Finding = judgement.findings[0]
    assert (judgement.outcome, finding.code) == (Outcome.SUCCESS, "chain-automatic-root")
    assert [entry.certificates for entry in finding.remedies] == [(ROOT.certificate,)]
    assert proof.prove_root_at_hand(_scenario((LEAF, ISSUING), ()), OTHER.certificate) == ()


def test_a_fault_that_only_another_change_brings_to_light_is_told_with_that_change() -> None:
    judgement = judged((_leaf(EXPIRED_ISSUING),), retrieved=(EXPIRED_ISSUING,), caller=NO_WAY_OUT)
    (finding,) = judgement.findings
    texts = [(r.together, r.text.split()[0:3]) for r in finding.remedies]
    assert (1, ["send", "the", "missing"]) in texts
    assert (1, ["send", "the", "renewed"]) in texts


def test_a_proof_for_later_does_not_lean_on_what_it_is_to_replace() -> None:
    stranger = authority.intermediate(OTHER, "Stranger CA")
    downloading = structs.replace(
        _scenario((LEAF,), (ROOT,)), retrieved=certificates((ISSUING,)), caller=CALLER
    )
    assert not ask(downloading).errors
    assert proof.prove_completion(downloading, (stranger.certificate,)) == ()
    properties = ((ROOT.certificate.thumbprint, RootProperties(automatic=True)),)
    updating = structs.replace(
        _scenario((LEAF, ISSUING), ()),
        trust=TrustStore("test", certificates((ROOT,)), properties=properties),
    )
    assert not ask(updating).errors
    assert proof.prove_root_at_hand(updating, OTHER.certificate) == ()


def test_proofs_for_later_say_who_does_what() -> None:
    (sent,) = proof.prove_completion(_scenario((LEAF,), (ROOT,)), (ISSUING.certificate,))
    assert (sent.actor, sent.proved) == (Actor.PARTNER, True)
    assert sent.command == f"certutil -addstore CA {ISSUING.certificate.thumbprint}.cer"
    (imported,) = proof.prove_root_at_hand(_scenario((LEAF, ISSUING), ()), ROOT.certificate)
    assert (imported.actor, imported.proved) == (Actor.CALLER, True)
    assert imported.command is not None
    assert imported.command.splitlines()[0] == (
        f"certutil -addstore -enterprise Root {ROOT.certificate.thumbprint}.cer"
    )


def test_an_address_is_no_other_name_to_use() -> None:
    leaf = authority.end_entity(ISSUING, common_names=("10.0.0.10",), dns_names=())
    assert {actor for _, actor in offered(judged((leaf, ISSUING)))} == {"partner"}


def test_what_stands_in_the_disallowed_store_is_taken_out_by_its_thumbprint() -> None:
    judgement = judged((LEAF, ISSUING), disallowed=(LEAF, OTHER))
    (entry,) = (r for r in proved(judgement) if r.actor is Actor.CALLER)
    assert entry.command == f"certutil -delstore Disallowed {LEAF.certificate.thumbprint}"


def test_a_certificate_that_is_not_yet_valid_becomes_so() -> None:
    start = NOW + DAY
    (entry,) = proved(judged((_leaf(not_before=start), ISSUING)))
    assert entry.text.startswith(f"wait until {start:%Y-%m-%d %H:%M} UTC, when CN={HOST}")


def test_an_expired_server_certificate_is_renewed_and_bound() -> None:
    (entry,) = proved(judged((_leaf(not_after=NOW - DAY), ISSUING)))
    assert entry.text.startswith("renew the server certificate and bind it to IIS")
    assert (entry.command or "").startswith("Enable-ExchangeCertificate -Thumbprint ")


@pytest.mark.parametrize("disallowed", [False, True], ids=["not-after", "disallowed"])
def test_the_last_valid_second_is_followed_by_the_flip(disallowed: bool) -> None:
    end = NOW if disallowed else NOW + 100 * DAY
    properties = ((ROOT.certificate.thumbprint, RootProperties(disallowed_after=end)),)
    leaf = _leaf(not_after=NOW + 50 * DAY if disallowed else NOW)
    judgement = judged((leaf, ISSUING), properties=properties)
    assert judgement.flip is not None
    assert (judgement.flip.at - NOW).total_seconds() == 1
