"""One fault, one row: which element gets which flag, and two faults together keep both."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts.certificate import Certificate
from probe.facts.trust_store import ListedRoot, RootProperties, TrustStore
from probe.judgement.caller_profile import profile
from probe.judgement.chain import chain_context, work
from probe.judgement.model import Source
from probe.lab import authority, keys
from probe.lab.authority import Credential
from tests.judgement.judging import (
    DAY,
    EMAIL,
    NOW,
    SERVER,
    Given,
    application_policies,
    build,
    certificates,
    every_fault_has_a_reason,
    extension,
    flags,
    inhibit_any_policy,
    policy_constraints,
    status,
)

ROOT = authority.root()
OTHER_ROOT = authority.root("Other Root CA")
ISSUING = authority.intermediate(ROOT)
LEAF = authority.end_entity(ISSUING)

Row = Callable[[], Given]


def _chain(**options: object) -> Given:
    """The sound chain with an end-entity changed by these options."""
    leaf = authority.end_entity(ISSUING, **options)  # type: ignore[arg-type]
    return Given((leaf, ISSUING), (ROOT,))


def _below(leaf_tampered: bool = False, **options: object) -> Given:
    """The sound chain with an intermediate changed by these options."""
    issuing = authority.intermediate(ROOT, **options)  # type: ignore[arg-type]
    leaf = authority.end_entity(issuing, tampered=leaf_tampered)
    return Given((leaf, issuing), (ROOT,))


def _under(trusted: bool = True, **options: object) -> Given:
    """A chain whose root is changed by these options."""
    root = authority.root(**options)  # type: ignore[arg-type]
    issuing = authority.intermediate(root)
    leaf = authority.end_entity(issuing)
    return Given((leaf, issuing, root), (root,) if trusted else ())


def _path_too_long() -> Given:
    first = authority.intermediate(ROOT, "First CA", path_length=0)
    second = authority.intermediate(first, "Second CA")
    return Given((authority.end_entity(second), second, first), (ROOT,))


def _cycle() -> Given:
    first, second = authority.root("First CA"), authority.root("Second CA")
    first_by_second = authority.intermediate(second, "First CA", key=first.key)
    second_by_first = authority.intermediate(first, "Second CA", key=second.key)
    return Given((authority.end_entity(first), first_by_second, second_by_first), (ROOT,))


def _unrelated_issuer_of_that_name() -> Given:
    impostor = authority.intermediate(OTHER_ROOT)
    return Given((authority.end_entity(ISSUING), impostor), (OTHER_ROOT,))


def _version_1_installed(**leaf: object) -> Given:
    """A version 1 CA that is installed and presented as well."""
    issuing = authority.intermediate(ROOT, version=1)
    presented = (authority.end_entity(issuing, **leaf), issuing)  # type: ignore[arg-type]
    return Given(presented, (ROOT,), (issuing,))


def _named_like_the_root(**options: object) -> Given:
    """An end-entity with the name and the key of the root above its issuer."""
    twin = authority.intermediate(ISSUING, "Lab Root CA", key=ROOT.key, **options)  # type: ignore[arg-type]
    return Given((twin, ISSUING), (ROOT,))


def _rollover(*above: Credential, **options: object) -> Given:
    """A CA certificate that the CA's older key signed, and what it issued."""
    old = authority.root("Old CA")
    new = authority.intermediate(old, "Old CA")
    leaf = authority.end_entity(new, **options)  # type: ignore[arg-type]
    return Given((leaf, new, *above), (ROOT,))


def _cycle_through_the_start() -> Given:
    """Two CAs that issued each other, one of them the end-entity."""
    first, second = authority.root("First CA"), authority.root("Second CA")
    first_by_second = authority.intermediate(second, "First CA", key=first.key)
    second_by_first = authority.intermediate(first, "Second CA", key=second.key)
    return Given((first_by_second, second_by_first), (ROOT,))


UNKNOWN_CRITICAL = (extension("1.3.6.1.4.1.11129.2.4.3", b"\x05\x00", critical=True),)
BAD_KEY_USAGE = (extension("2.5.29.15", b"\x04\x00", critical=True),)
BAD_USAGES = (extension("2.5.29.37", b"\x30\x02\x05\x00"),)
BAD_BASIC = (extension("2.5.29.19", b"\x30\x02\x05\x00", critical=True),)
BAD_NAMES = (extension("2.5.29.30", b"\x05\x00", critical=True),)
ANY_APPLICATION_POLICY = "1.3.6.1.4.1.311.10.12.1"
SIGNATURE_AND_WEAK = "NotSignatureValid HasWeakSignature"

ROWS = [
    pytest.param(lambda: Given((LEAF, ISSUING), (ROOT,)), ["", "", ""], id="healthy"),
    pytest.param(
        lambda: Given((LEAF, ISSUING, ROOT), ()), ["", "", "UntrustedRoot"], id="root-only-presented"
    ),
    pytest.param(lambda: Given((ROOT,), ()), ["UntrustedRoot"], id="lone-untrusted-root"),
    pytest.param(
        lambda: Given((authority.end_entity(None),), ()), ["UntrustedRoot"], id="self-signed-end-entity"
    ),
    pytest.param(
        lambda: _chain(not_before=NOW - 9 * DAY, not_after=NOW - DAY), ["NotTimeValid", "", ""], id="expired"
    ),
    pytest.param(
        lambda: _chain(not_before=NOW + DAY, not_after=NOW + 9 * DAY),
        ["NotTimeValid", "", ""],
        id="not-yet-valid",
    ),
    pytest.param(lambda: _chain(not_after=NOW), ["", "", ""], id="notafter-itself-is-valid"),
    pytest.param(lambda: _chain(not_before=NOW), ["", "", ""], id="notbefore-itself-is-valid"),
    pytest.param(
        lambda: _below(not_before=NOW - 9 * DAY, not_after=NOW - DAY),
        ["", "NotTimeValid", ""],
        id="expired-intermediate",
    ),
    pytest.param(
        lambda: _under(not_before=NOW - 9 * DAY, not_after=NOW - DAY),
        ["", "", "NotTimeValid"],
        id="expired-root",
    ),
    pytest.param(lambda: _chain(tampered=True), ["NotSignatureValid", "", ""], id="tampered-end-entity"),
    pytest.param(lambda: _below(tampered=True), ["", "NotSignatureValid", ""], id="tampered-intermediate"),
    pytest.param(
        lambda: _under(trusted=False, tampered=True),
        ["", "", "NotSignatureValid UntrustedRoot"],
        id="tampered-untrusted-root",
    ),
    pytest.param(
        lambda: _under(tampered=True), ["", "", "NotSignatureValid"], id="tampered-root-in-the-store"
    ),
    pytest.param(
        lambda: Given((authority.root(tampered=True),), ()), ["NotSignatureValid"], id="tampered-lone-root"
    ),
    pytest.param(_unrelated_issuer_of_that_name, ["NotSignatureValid", "", ""], id="issuer-with-another-key"),
    pytest.param(
        lambda: _chain(usages=(EMAIL,)), ["NotValidForUsage", "", ""], id="usage-that-the-end-entity-has-not"
    ),
    pytest.param(
        lambda: _under(extensions=(application_policies(EMAIL),)),
        ["NotValidForUsage"] * 3,
        id="usage-that-the-root-has-not",
    ),
    pytest.param(lambda: _chain(usages=None), ["", "", ""], id="no-usages-are-all-usages"),
    pytest.param(lambda: _chain(usages=("2.5.29.37.0",)), ["", "", ""], id="any-usage"),
    pytest.param(
        lambda: _chain(usages=(ANY_APPLICATION_POLICY,)), ["", "", ""], id="any-application-policy-as-usage"
    ),
    pytest.param(
        lambda: _below(extensions=(application_policies(ANY_APPLICATION_POLICY),)),
        ["", "", ""],
        id="any-application-policy",
    ),
    pytest.param(
        lambda: _below(usages=(EMAIL,)), ["NotValidForUsage", "NotValidForUsage", ""], id="usages-nest"
    ),
    pytest.param(
        lambda: _chain(usages=(EMAIL,), extensions=(application_policies(SERVER),)),
        ["", "", ""],
        id="application-policies-override",
    ),
    pytest.param(
        lambda: _chain(extensions=(application_policies(EMAIL),)),
        ["NotValidForUsage", "", ""],
        id="application-policies-forbid",
    ),
    pytest.param(
        lambda: dataclasses.replace(_chain(usages=(EMAIL,)), usages=()), ["", "", ""], id="no-usage-asked-for"
    ),
    pytest.param(
        lambda: _below(key_usage=("digitalSignature",)), ["", "NotValidForUsage", ""], id="ca-may-not-sign"
    ),
    pytest.param(lambda: _below(key_usage=None), ["", "", ""], id="ca-without-key-usage"),
    pytest.param(
        lambda: _under(key_usage=("digitalSignature",)), ["", "", "NotValidForUsage"], id="root-may-not-sign"
    ),
    pytest.param(
        lambda: _chain(key_usage=("keyCertSign",)), ["NotValidForUsage", "", ""], id="end-entity-may-sign"
    ),
    pytest.param(lambda: _chain(ca=True, key_usage=("keyCertSign",)), ["", "", ""], id="end-entity-is-a-ca"),
    pytest.param(lambda: _below(ca=False), ["", "InvalidBasicConstraints", ""], id="issuer-is-no-ca"),
    pytest.param(lambda: _below(ca=None), ["", "InvalidBasicConstraints", ""], id="no-basic-constraints"),
    pytest.param(lambda: _under(ca=None), ["", "", ""], id="root-needs-no-basic-constraints"),
    pytest.param(lambda: _under(ca=False), ["", "", "InvalidBasicConstraints"], id="root-is-no-ca"),
    pytest.param(
        _path_too_long, ["", "InvalidBasicConstraints", "InvalidBasicConstraints", ""], id="path-too-long"
    ),
    pytest.param(lambda: _below(version=1), ["", "InvalidBasicConstraints", ""], id="version-1-presented"),
    pytest.param(lambda: _under(version=1), ["", "", ""], id="version-1-root"),
    pytest.param(_version_1_installed, ["", "", ""], id="version-1-installed-and-presented"),
    pytest.param(_named_like_the_root, ["", "", ""], id="end-entity-with-the-name-and-key-of-the-root"),
    pytest.param(
        lambda: _chain(extensions=UNKNOWN_CRITICAL),
        ["InvalidExtension HasNotSupportedCriticalExtension", "", ""],
        id="unknown-critical-in-end-entity",
    ),
    pytest.param(
        lambda: _below(extensions=UNKNOWN_CRITICAL),
        ["", "InvalidExtension HasNotSupportedCriticalExtension", ""],
        id="unknown-critical-in-ca",
    ),
    pytest.param(
        lambda: _chain(key_usage=None, extensions=BAD_KEY_USAGE),
        ["InvalidExtension", "", ""],
        id="undecodable-key-usage",
    ),
    pytest.param(
        lambda: _chain(usages=None, extensions=BAD_USAGES),
        ["InvalidExtension InvalidPolicyConstraints", "", ""],
        id="undecodable-usages",
    ),
    pytest.param(
        lambda: _below(usages=None, extensions=BAD_USAGES),
        ["", "InvalidExtension InvalidPolicyConstraints", ""],
        id="undecodable-usages-of-a-ca",
    ),
    pytest.param(
        lambda: _chain(usages=(EMAIL,), extensions=(extension("1.3.6.1.4.1.311.21.10", b"\x05\x00"),)),
        ["InvalidExtension InvalidPolicyConstraints", "", ""],
        id="undecodable-application-policies-in-place-of-usages",
    ),
    pytest.param(
        lambda: _chain(usages=None, extensions=(*BAD_USAGES, application_policies(SERVER))),
        ["", "", ""],
        id="undecodable-usages-behind-application-policies",
    ),
    pytest.param(
        lambda: _chain(extensions=(application_policies(),)),
        ["NotValidForUsage", "", ""],
        id="empty-application-policies-allow-nothing",
    ),
    pytest.param(
        lambda: dataclasses.replace(_chain(extensions=(application_policies(),)), usages=()),
        ["", "", ""],
        id="empty-application-policies-and-no-usage-asked-for",
    ),
    pytest.param(
        lambda: _below(ca=None, extensions=BAD_BASIC),
        ["", "InvalidExtension InvalidBasicConstraints", ""],
        id="undecodable-basic-constraints",
    ),
    pytest.param(
        lambda: _below(extensions=BAD_NAMES),
        ["", "InvalidExtension InvalidNameConstraints", ""],
        id="undecodable-name-constraints",
    ),
    pytest.param(
        lambda: _chain(extensions=(extension("1.3.6.1.5.5.7.1.1", b"\x05"),)),
        ["", "", ""],
        id="undecodable-aia",
    ),
    pytest.param(
        lambda: _below(extensions=(policy_constraints(require=0),)),
        ["NoIssuanceChainPolicy", "", ""],
        id="explicit-policy-missing",
    ),
    pytest.param(
        lambda: _below(extensions=(extension("2.5.29.36", bytes.fromhex("3003830102"), critical=True),)),
        ["", "InvalidExtension InvalidPolicyConstraints", ""],
        id="policy-constraints-malformed",
    ),
    pytest.param(
        lambda: _below(extensions=(inhibit_any_policy(0),)),
        ["", "", ""],
        id="inhibit-any-policy-alone-harms-nobody",
    ),
    pytest.param(lambda: _chain(key="rsa512"), [SIGNATURE_AND_WEAK, "", ""], id="weak-key-of-end-entity"),
    pytest.param(lambda: _chain(key="rsa1024"), ["", "", ""], id="rsa-1024-is-strong-enough"),
    pytest.param(
        lambda: dataclasses.replace(Given((LEAF, ISSUING), (ROOT,)), disallowed=(LEAF,)),
        ["ExplicitDistrust", "", ""],
        id="disallowed-end-entity",
    ),
    pytest.param(
        lambda: dataclasses.replace(Given((LEAF, ISSUING), (ROOT,)), disallowed=(ISSUING,)),
        ["", "ExplicitDistrust", ""],
        id="disallowed-ca",
    ),
    pytest.param(
        lambda: Given((LEAF, ISSUING), (ROOT,), properties=RootProperties(usages=(EMAIL,))),
        ["NotValidForUsage"] * 3,
        id="root-disabled-for-the-usage",
    ),
    pytest.param(
        lambda: Given((LEAF, ISSUING), (ROOT,), properties=RootProperties(usages=(SERVER, EMAIL))),
        ["", "", ""],
        id="root-enabled-for-the-usage",
    ),
    pytest.param(
        lambda: Given((LEAF, ISSUING), (ROOT,), properties=RootProperties(disallowed_after=NOW - DAY)),
        ["", "", "ExplicitDistrust"],
        id="root-disallowed-since",
    ),
    pytest.param(
        lambda: Given((LEAF, ISSUING), (ROOT,), properties=RootProperties(disallowed_after=NOW + DAY)),
        ["", "", ""],
        id="root-disallowed-from-tomorrow",
    ),
    pytest.param(
        lambda: Given((LEAF, ISSUING), (ROOT,), properties=RootProperties(not_before=NOW - 90 * DAY)),
        ["", "", "NotValidForUsage"],
        id="root-not-for-new-certificates",
    ),
    pytest.param(
        lambda: Given(
            (LEAF, ISSUING),
            (ROOT,),
            properties=RootProperties(not_before=NOW - 90 * DAY, not_before_usages=(EMAIL,)),
        ),
        ["", "", ""],
        id="root-not-for-new-mail-certificates",
    ),
]

TWO_FAULTS = [
    pytest.param(
        lambda: _below(extensions=(application_policies(ANY_APPLICATION_POLICY),), ca=False),
        {"InvalidBasicConstraints"},
        id="any-application-policy-and-no-ca",
    ),
    pytest.param(
        lambda: dataclasses.replace(_chain(not_before=NOW - 9 * DAY, not_after=NOW - DAY), roots=()),
        {"NotTimeValid", "PartialChain"},
        id="expired-and-partial",
    ),
    pytest.param(
        lambda: Given((_chain(tampered=True).presented[0], ISSUING, ROOT)),
        {"NotSignatureValid", "UntrustedRoot"},
        id="tampered-and-untrusted",
    ),
    pytest.param(
        lambda: _chain(usages=(EMAIL,), not_before=NOW - 9 * DAY, not_after=NOW - DAY),
        {"NotValidForUsage", "NotTimeValid"},
        id="usage-and-expired",
    ),
    pytest.param(
        lambda: _below(ca=False, permitted_dns=("elsewhere.test",)),
        {"InvalidBasicConstraints", "HasNotPermittedNameConstraint"},
        id="no-ca-and-not-permitted",
    ),
    pytest.param(
        lambda: _below(permitted_dns=("elsewhere.test",), excluded_dns=("partner.lab",)),
        {"HasNotPermittedNameConstraint", "HasExcludedNameConstraint"},
        id="not-permitted-and-excluded",
    ),
    pytest.param(
        lambda: _below(permitted_dns=("partner.lab",), subtree_minimum=1, leaf_tampered=True),
        {"HasNotSupportedNameConstraint", "NotSignatureValid"},
        id="minimum-and-tampered",
    ),
    pytest.param(
        lambda: _below(extensions=(*BAD_NAMES, policy_constraints(require=0))),
        {"InvalidExtension", "InvalidNameConstraints", "NoIssuanceChainPolicy"},
        id="names-undecodable-and-no-policy",
    ),
    pytest.param(
        lambda: _below(extensions=(extension("2.5.29.36", b"\x05\x00"), *UNKNOWN_CRITICAL)),
        {"InvalidExtension", "InvalidPolicyConstraints", "HasNotSupportedCriticalExtension"},
        id="policy-malformed-and-unknown-critical",
    ),
    pytest.param(
        lambda: dataclasses.replace(_chain(key="rsa512"), disallowed=(ISSUING,)),
        {"NotSignatureValid", "HasWeakSignature", "ExplicitDistrust"},
        id="weak-and-disallowed",
    ),
    pytest.param(_cycle, {"Cyclic", "PartialChain"}, id="cycle"),
    pytest.param(_cycle_through_the_start, {"Cyclic", "PartialChain"}, id="cycle-through-the-end-entity"),
    pytest.param(
        lambda: _version_1_installed(usages=(EMAIL,)),
        {"NotValidForUsage"},
        id="version-1-installed-and-usage",
    ),
    pytest.param(
        lambda: _named_like_the_root(not_after=NOW - DAY),
        {"NotTimeValid"},
        id="named-like-the-root-and-expired",
    ),
    pytest.param(_rollover, {"PartialChain"}, id="older-key-missing"),
    pytest.param(
        lambda: _rollover(authority.root("Old CA")),
        {"UntrustedRoot", "NotSignatureValid"},
        id="older-key-missing-beside-a-root-of-that-name",
    ),
    pytest.param(
        lambda: _rollover(not_after=NOW - DAY),
        {"PartialChain", "NotTimeValid"},
        id="older-key-missing-and-expired",
    ),
]


@pytest.mark.parametrize(("given", "expected"), ROWS)
def test_status_of_each_element(given: Row, expected: list[str]) -> None:
    context = build(given())
    assert flags(context) == expected
    assert every_fault_has_a_reason(context)
    assert context.chain_status is Flags.NoError
    assert context.indeterminate is None
    assert context.build_failure is None


@pytest.mark.parametrize(("given", "expected"), TWO_FAULTS)
def test_faults_accumulate(given: Row, expected: set[str]) -> None:
    context = build(given())
    assert status(context) == expected
    assert every_fault_has_a_reason(context)


def test_partial_chain_is_a_status_of_the_chain_and_of_no_element() -> None:
    context = build(Given((LEAF,), (ROOT,)))
    assert flags(context) == [""]
    assert context.chain_status is Flags.PartialChain
    assert context.status is Flags.PartialChain
    assert "Lab Issuing CA" in context.elements[0].reasons[0]


def test_nested_validities_out_of_date_are_reported_on_the_end_entity_only() -> None:
    root = authority.root(not_before=NOW - 99 * DAY, not_after=NOW - 10 * DAY)
    issuing = authority.intermediate(root, not_before=NOW - 90 * DAY, not_after=NOW - 20 * DAY)
    leaf = authority.end_entity(issuing, not_before=NOW - 80 * DAY, not_after=NOW - 30 * DAY)
    assert flags(build(Given((leaf, issuing), (root,)))) == ["NotTimeValid", "", ""]


def test_an_issuer_never_valid_together_with_its_subject_is_reported_too() -> None:
    root = authority.root(not_before=NOW - 40 * DAY, not_after=NOW - 10 * DAY)
    leaf = authority.end_entity(root, not_before=NOW - 80 * DAY, not_after=NOW - 60 * DAY)
    assert flags(build(Given((leaf,), (root,)))) == ["NotTimeValid", "NotTimeValid"]


def test_an_issuer_in_date_is_not_reported_for_a_subject_of_another_time() -> None:
    root = authority.root(not_before=NOW - 40 * DAY, not_after=NOW + 10 * DAY)
    leaf = authority.end_entity(root, not_before=NOW - 80 * DAY, not_after=NOW - 60 * DAY)
    assert flags(build(Given((leaf,), (root,)))) == ["NotTimeValid", ""]


@pytest.mark.parametrize(
    ("given", "sources"),
    [
        pytest.param(Given((LEAF, ISSUING), (ROOT,)), "presented presented store", id="sent"),
        pytest.param(Given((LEAF,), (ROOT,), (ISSUING,)), "presented store store", id="in-the-store"),
        pytest.param(
            Given((LEAF,), (ROOT,), retrieved=(ISSUING,)), "presented retrieved store", id="downloaded"
        ),
        pytest.param(Given((LEAF,), (ROOT, ISSUING)), "presented store store", id="intermediate-in-root"),
        pytest.param(
            Given((LEAF, ROOT, ISSUING, ISSUING), (ROOT,)), "presented presented store", id="disorder"
        ),
    ],
)
def test_issuers_come_from_everywhere(given: Given, sources: str) -> None:
    context = build(given)
    assert status(context) == set()
    assert " ".join(element.source.value for element in context.elements) == sources


def test_a_caller_without_a_way_out_has_no_retrieved_issuers() -> None:
    caller = dataclasses.replace(profile("exchange-2019"), aia=False)
    assert status(build(Given((LEAF,), (ROOT,), retrieved=(ISSUING,)), caller)) == {"PartialChain"}


def test_an_intermediate_in_root_is_no_anchor() -> None:
    assert status(build(Given((LEAF,), (ISSUING,)))) == {"PartialChain"}


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param({"not_before": NOW - 9 * DAY, "not_after": NOW - DAY}, id="expired"),
        pytest.param({"permitted_dns": ("elsewhere.test",)}, id="constrained"),
        pytest.param({"usages": (EMAIL,)}, id="wrong-usage"),
        pytest.param({"ca": None}, id="no-basic-constraints"),
        pytest.param({"ca": False}, id="no-ca"),
        pytest.param({"tampered": True}, id="tampered"),
        pytest.param({"extensions": UNKNOWN_CRITICAL}, id="unknown-critical"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_good_path_is_found_beside_a_spoilt_one(spoilt: dict[str, object], first: bool) -> None:
    bad = authority.intermediate(ROOT, key=ISSUING.key, **spoilt)  # type: ignore[arg-type]
    presented = (LEAF, bad, ISSUING) if first else (LEAF, ISSUING, bad)
    context = build(Given(presented, (ROOT,)))
    assert status(context) == set()
    assert bad.certificate not in {element.certificate for element in context.elements}


def test_a_good_path_is_found_through_a_bridge_with_loops() -> None:
    bridge, ours, theirs = (authority.root(f"{name} CA") for name in ("Bridge", "Our", "Their"))
    crossed = tuple(
        authority.intermediate(issuer, subject.certificate.subject.common_names[0], key=subject.key)
        for issuer, subject in ((ours, bridge), (bridge, ours), (bridge, theirs), (theirs, bridge))
    )
    leaf = authority.end_entity(theirs)
    context = build(Given((leaf, *crossed), (ours,)))
    assert status(context) == set()
    assert len(context.elements) == 4


def test_an_older_self_signed_root_does_not_hide_the_trusted_one() -> None:
    old = authority.root(key=ROOT.key, not_before=NOW - 2000 * DAY, not_after=NOW - 100 * DAY)
    assert status(build(Given((LEAF, ISSUING, old), (ROOT,)))) == set()


def test_a_key_identifier_that_contradicts_still_builds_by_name() -> None:
    leaf = authority.end_entity(ISSUING, authority_key_identifier=b"nobody")
    assert flags(build(Given((leaf, ISSUING), (ROOT,)))) == ["", "", ""]


def test_issuer_and_serial_prefer_one_of_two_equal_issuers() -> None:
    twin = authority.intermediate(ROOT, key=ISSUING.key)
    leaf = authority.end_entity(
        twin,
        authority_key_identifier=None,
        authority_serial=twin.certificate.structure.serial,  # type: ignore[union-attr]
    )
    for presented in ((leaf, twin, ISSUING), (leaf, ISSUING, twin)):
        assert build(Given(presented, (ROOT,))).elements[1].certificate == twin.certificate


def test_every_candidate_that_lost_is_kept_with_its_reason() -> None:
    expired = authority.intermediate(ROOT, key=ISSUING.key, not_before=NOW - 9 * DAY, not_after=NOW - DAY)
    impostor = authority.intermediate(OTHER_ROOT)
    context = build(Given((LEAF, impostor, expired, ISSUING), (ROOT,)))
    why = {candidate.certificate: candidate.why for candidate in context.rejected}
    assert "expired on" in why[expired.certificate]
    assert "did not sign" in why[impostor.certificate]
    assert {candidate.source for candidate in context.rejected} == {Source.PRESENTED}


def test_an_issuer_of_another_name_is_named() -> None:
    expired = authority.end_entity(
        ISSUING,
        issuer_name=[("2.5.4.3", "Another Issuing CA")],
        not_before=NOW - 9 * DAY,
        not_after=NOW - DAY,
    )
    context = build(Given((expired, ISSUING), (ROOT,)))
    assert status(context) == {"PartialChain", "NotTimeValid"}
    assert "byte for byte" in context.rejected[0].why


def test_automatic_roots_are_anchors_only_with_automatic_root_update() -> None:
    given = Given((LEAF, ISSUING), (ROOT,), properties=RootProperties(automatic=True))
    context = build(given)
    assert status(context) == set()
    assert context.automatic_root
    caller = dataclasses.replace(profile("exchange-2019"), root_auto_update=False)
    assert status(build(given, caller)) == {"PartialChain"}
    assert not build(Given((LEAF, ISSUING), (ROOT,))).automatic_root


@pytest.mark.parametrize("by", ["key", "name"])
def test_a_listed_root_is_recognised(by: str) -> None:
    import hashlib

    name = hashlib.md5(ROOT.certificate.subject.der, usedforsecurity=False).digest()
    key = ISSUING.certificate.extension("2.5.29.35")
    assert key is not None
    listed = ListedRoot(
        ROOT.certificate.thumbprint,
        key_identifier=key.value[4:] if by == "key" else None,
        subject_name_md5=name if by == "name" else None,
    )
    trust = TrustStore("listed", listed=(ListedRoot("00" * 20), listed))
    for update, expected in ((True, ROOT.certificate.thumbprint), (False, None)):
        caller = dataclasses.replace(profile("exchange-2019"), root_auto_update=update)
        context = chain_context.build(certificates((LEAF, ISSUING)), trust=trust, caller=caller, at=NOW)
        assert context.listed_root == expected
        assert status(context) == (set() if update else {"PartialChain"})


def test_a_key_identifier_under_another_name_is_no_listed_root() -> None:
    key = ISSUING.certificate.extension("2.5.29.35")
    assert key is not None
    listed = ListedRoot("AB" * 20, key_identifier=key.value[4:], subject_name_md5=bytes(16))
    trust = TrustStore("listed", listed=(listed,))
    caller = profile("exchange-2019")
    context = chain_context.build(certificates((LEAF, ISSUING)), trust=trust, caller=caller, at=NOW)
    assert (status(context), context.listed_root) == ({"PartialChain"}, None)


def test_a_path_to_a_listed_root_is_found_beside_one_to_an_untrusted_root() -> None:
    """A cross-signed issuer: its own root is unknown, the other one is only named by the list."""
    private = authority.root("Private Root")
    crossed = authority.intermediate(private, "Lab Issuing CA", key=ISSUING.key)
    key = ISSUING.certificate.extension("2.5.29.35")
    assert key is not None
    trust = TrustStore("listed", listed=(ListedRoot(ROOT.certificate.thumbprint, key.value[4:]),))
    presented = certificates((LEAF, crossed, private, ISSUING))
    context = chain_context.build(presented, trust=trust, caller=profile("exchange-2019"), at=NOW)
    assert (status(context), context.listed_root) == (set(), ROOT.certificate.thumbprint)


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        pytest.param("exchange-2016@2012r2", set(), id="before-windows-10"),
        pytest.param("exchange-2016@2016", {"ExplicitDistrust", "NotValidForUsage"}, id="windows-10"),
    ],
)
def test_the_dates_of_a_root_hold_from_windows_10_on(caller: str, expected: set[str]) -> None:
    dated = RootProperties(disallowed_after=NOW - DAY, not_before=NOW - 90 * DAY)
    context = build(Given((LEAF, ISSUING), (ROOT,), properties=dated), caller)
    assert status(context) == expected


def test_a_certificate_that_nobody_can_read_is_a_fault_and_no_error() -> None:
    broken = Certificate(b"\x30\x03\x02\x01\x01")
    context = chain_context.build([broken], trust=TrustStore("none"), caller=profile("exchange-2019"), at=NOW)
    assert context.status & Flags.NotSignatureValid
    context = chain_context.build(
        [LEAF.certificate, broken, ISSUING.certificate],
        trust=TrustStore("root", (ROOT.certificate,)),
        caller=profile("exchange-2019"),
        at=NOW,
    )
    assert context.status is Flags.NoError


def test_revocation_is_unknown_below_the_root_when_the_caller_checks_it() -> None:
    caller = dataclasses.replace(profile("exchange-2019"), revocation=True)
    unknown = "RevocationStatusUnknown OfflineRevocation"
    assert flags(build(Given((LEAF, ISSUING), (ROOT,)), caller)) == [unknown, unknown, ""]
    assert status(build(Given((LEAF,)), caller)) == {"PartialChain", *unknown.split()}


def _mesh(size: int) -> tuple[list[Credential], list[Credential]]:
    members = [authority.root(f"Member {number}") for number in range(size)]
    crossed = [
        authority.intermediate(issuer, f"Member {number}", key=subject.key)
        for issuer in members
        for number, subject in enumerate(members)
        if issuer is not subject
    ]
    return members, crossed


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        pytest.param({}, {"Cyclic", "PartialChain"}, id="mesh"),
        pytest.param({"usages": (EMAIL,)}, {"Cyclic", "PartialChain", "NotValidForUsage"}, id="and-usage"),
    ],
)
def test_a_hostile_mesh_that_leads_to_no_anchor_is_refused(
    leaf: dict[str, object], expected: set[str]
) -> None:
    # The first pass sees at once that no path can be good; that the second did not compare all of them
    # leaves the refusal as certain as it is.
    members, crossed = _mesh(45)
    context = build(Given((authority.end_entity(members[0], **leaf), *crossed), (ROOT,)))  # type: ignore[arg-type]
    assert status(context) == expected
    assert context.indeterminate is None
    assert context.comparison_stopped is not None
    assert str(work.MAXIMUM_FAULTY_PATHS) in context.comparison_stopped
    assert any(context.comparison_stopped in reason for reason in context.elements[0].reasons)


def test_a_mesh_below_a_spoilt_anchor_reaches_the_limit_of_steps() -> None:
    members, crossed = _mesh(45)
    entry = authority.intermediate(ROOT, "Member 44", key=members[44].key, permitted_dns=("elsewhere.test",))
    context = build(Given((authority.end_entity(members[0]), *crossed, entry), (ROOT,)))
    assert "HasNotPermittedNameConstraint" in status(context)
    assert context.indeterminate is not None
    assert str(work.MAXIMUM_STEPS) in context.indeterminate


def test_a_mesh_of_one_name_reaches_the_limit_of_signatures() -> None:
    members = [authority.root("Same CA") for _ in range(30)]
    crossed = [
        authority.intermediate(issuer, "Same CA", key=subject.key)
        for issuer in members
        for subject in members
        if issuer is not subject
    ]
    entry = authority.intermediate(ROOT, "Same CA", key=members[29].key, permitted_dns=("elsewhere.test",))
    context = build(Given((authority.end_entity(members[0]), *crossed, entry), (ROOT,)))
    assert context.status
    assert context.indeterminate is not None
    assert str(work.MAXIMUM_SIGNATURES) in context.indeterminate


def test_the_good_path_through_a_mesh_is_the_short_one() -> None:
    members, crossed = _mesh(12)
    entry = authority.intermediate(ROOT, "Member 11", key=members[11].key)
    context = build(Given((authority.end_entity(members[0]), *crossed, entry), (ROOT,)))
    assert status(context) == set()
    assert len(context.elements) == 4
    assert context.indeterminate is None


def test_a_path_longer_than_the_limit_is_not_judged() -> None:
    issuer, presented = ROOT, []
    for number in range(work.MAXIMUM_ELEMENTS + 1):
        issuer = authority.intermediate(issuer, f"Step {number}")
        presented.append(issuer)
    context = build(Given((authority.end_entity(issuer), *presented), (ROOT,)))
    assert context.status
    assert context.indeterminate is not None
    assert str(work.MAXIMUM_ELEMENTS) in context.indeterminate


def test_md5_is_accepted_by_the_arithmetic_and_left_undecided() -> None:
    key = keys.private_key("rsa2048", slot="md5 root")
    root = authority.root(key=key)
    leaf = authority.end_entity(root, hash="md5")
    context = build(Given((leaf,), (root,)))
    assert status(context) == set()
    assert context.indeterminate is not None
    assert "MD5" in context.indeterminate


_CA_KEY = keys.private_key("p256")
_RSA_ROOT = authority.root("RSA Root CA", key=keys.private_key("rsa2048", slot="doubted"))
_CROSSED: dict[str, dict[str, object]] = {
    "md5": {"hash": "md5"},
    "sha256": {},
    "expired": {"not_before": NOW - 9 * DAY, "not_after": NOW - DAY},
}


def _crossed(*kinds: str) -> Given:
    """One CA with several certificates, each named by what is odd about it, newest first."""
    several = []
    for age, kind in enumerate(kinds):
        options = {"not_before": NOW - (age + 10) * DAY, **_CROSSED[kind]}
        several.append(authority.intermediate(_RSA_ROOT, key=_CA_KEY, **options))  # type: ignore[arg-type]
    return Given((authority.end_entity(several[0]), *several), (_RSA_ROOT,))


@pytest.mark.parametrize(
    ("kinds", "doubted"),
    [
        pytest.param(("md5", "sha256"), False, id="doubtful-one-newer"),
        pytest.param(("sha256", "md5"), False, id="doubtful-one-older"),
        pytest.param(("md5", "expired"), True, id="other-one-expired"),
        pytest.param(("expired", "md5", "sha256"), False, id="doubtful-and-expired-beside-sound"),
    ],
)
def test_a_doubtful_path_hides_no_sound_one(kinds: tuple[str, ...], doubted: bool) -> None:
    context = build(_crossed(*kinds))
    assert status(context) == set()
    assert (context.indeterminate is not None) == doubted


def test_a_trailing_byte_hides_no_sound_certificate() -> None:
    odd = Certificate(ISSUING.der + b"\0")
    trust = TrustStore("test", (ROOT.certificate,))
    for issuers, doubted in (((odd, ISSUING.certificate), False), ((odd,), True)):
        presented = (LEAF.certificate, *issuers)
        context = chain_context.build(presented, trust=trust, caller=profile("exchange-2019"), at=NOW)
        assert context.status is Flags.NoError
        assert (context.indeterminate is not None) == doubted
