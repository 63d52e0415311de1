"""What a finding says, to the letter: one row for each sentence that a reader may get."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from probe.facts.trust_store import ListedRoot, RootProperties, TrustStore
from probe.judgement.caller_profile import Caller, profile
from probe.judgement.model import Actor, Finding, Judgement, Severity
from probe.judgement.target_judgement import judge_presented
from probe.lab import authority
from probe.lab.authority import Credential
from tests.judgement.judging import (
    DAY,
    EMAIL,
    NOW,
    certificates,
    extension,
)

HOST = "mail.partner.lab"
CALLER = profile("exchange-se")
NO_ROOT_UPDATE = dataclasses.replace(CALLER, root_auto_update=False)
ROOT = authority.root("The Root", organization=None)
OTHER = authority.root("Other Root", organization=None)
ISSUING = authority.intermediate(ROOT, "Issuing", organization=None)
AIA = "http://pki.lab/issuing.cer"


def _leaf(issuer: Credential = ISSUING, **options: object) -> Credential:
    return authority.end_entity(issuer, HOST, organization=None, **options)  # type: ignore[arg-type]


def _trust(*roots: Credential, **more: object) -> TrustStore:
    return TrustStore("my store", certificates(roots), **more)  # type: ignore[arg-type]


def judged(
    presented: tuple[Credential, ...],
    trust: TrustStore | None = None,
    *,
    host: str = HOST,
    caller: Caller = CALLER,
) -> Judgement:
    store = _trust(ROOT) if trust is None else trust
    return judge_presented(certificates(presented), host=host, trust=store, caller=caller, at=NOW)


def _below(**options: object) -> tuple[Credential, ...]:
    issuing = authority.intermediate(ROOT, "Faulty", organization=None, **options)  # type: ignore[arg-type]
    return (_leaf(issuing), issuing)


def _listed(properties: RootProperties | None = None) -> ListedRoot:
    extension = ROOT.certificate.extension("2.5.29.14")
    assert extension is not None
    return ListedRoot("AB", extension.value[2:], properties=properties or RootProperties())


def _constrained_twice() -> tuple[Credential, ...]:
    upper = authority.intermediate(ROOT, "Upper", organization=None, permitted_dns=("elsewhere.lab",))
    lower = authority.intermediate(upper, "Lower", organization=None, excluded_dns=("partner.lab",))
    return (_leaf(lower), lower, upper)


def _ed25519() -> Judgement:
    root = authority.root("Odd", organization=None, key="ed25519")
    return judged((_leaf(root), root), _trust(root))


AUTOMATIC = _trust(ROOT, properties=((ROOT.certificate.thumbprint, RootProperties(automatic=True)),))
EXPIRED_AT = NOW - DAY
MINUTE = "%Y-%m-%d %H:%M UTC"

SENTENCES = [
    pytest.param(
        lambda: judged((_leaf(), ISSUING, ROOT), _trust(OTHER)),
        "The chain ends in CN=The Root, and the caller's trust store (my store) does not hold it as a root.",
        id="untrusted-root",
    ),
    pytest.param(
        lambda: judged((_leaf(None),), _trust(OTHER)),  # type: ignore[arg-type]
        "The partner's certificate is self-signed, and the caller's trust store (my store) does not hold it "
        "as a root.",
        id="self-signed",
    ),
    pytest.param(
        lambda: judged((_leaf(), ISSUING, ROOT), AUTOMATIC, caller=NO_ROOT_UPDATE),
        "The chain ends in CN=The Root, a root of Microsoft's list, and this caller does not update its "
        "roots automatically.",
        id="root-that-is-not-updated",
    ),
    pytest.param(
        lambda: judged((_leaf(), ISSUING), AUTOMATIC, caller=NO_ROOT_UPDATE),
        "The chain ends under CN=The Root, a root of Microsoft's list, and this caller does not update its "
        "roots automatically.",
        id="root-that-is-not-updated-and-not-sent",
    ),
    pytest.param(
        lambda: judged((_leaf(), ISSUING), _trust(OTHER, listed=(_listed(),))),
        "The root (thumbprint AB) is in Microsoft's list and not at hand here: Windows has it, or downloads "
        "it by automatic root update.",
        id="listed-root",
    ),
    pytest.param(
        lambda: judged(
            (_leaf(), ISSUING),
            _trust(OTHER, listed=(_listed(RootProperties(disallowed_after=NOW - DAY)),)),
        ),
        "The chain ends under a root (thumbprint AB) that Microsoft's list names, but not for this: the "
        f"root above it, AB: the trust store disallows this root since {NOW - DAY:%Y-%m-%d}.",
        id="listed-root-refused",
    ),
    pytest.param(
        lambda: judged((_leaf(),)),
        "The partner does not send the intermediate certificate that issued its own (CN=Issuing), and the "
        "certificate names no address from which Windows could download it.",
        id="incomplete",
    ),
    pytest.param(
        lambda: judged((_leaf(), ISSUING), _trust(OTHER)),
        "The chain stops below an issuer that is neither sent nor in the caller's trust store (CN=The Root), "
        "and the certificate names no address from which Windows could download it.",
        id="incomplete-further-up",
    ),
    pytest.param(
        lambda: judged((_leaf(not_after=EXPIRED_AT), ISSUING)),
        f"A certificate has expired: CN={HOST} expired on {EXPIRED_AT.strftime(MINUTE)}.",
        id="expired",
    ),
    pytest.param(
        lambda: judged((_leaf(not_before=NOW + DAY), ISSUING)),
        f"A certificate is not valid yet: CN={HOST} is valid from {(NOW + DAY).strftime(MINUTE)}.",
        id="not-yet-valid",
    ),
    pytest.param(
        lambda: judged((_leaf(usages=(EMAIL,)), ISSUING)),
        f"CN={HOST} is used for what its usages do not allow (NotValidForUsage).",
        id="usage",
    ),
    pytest.param(
        lambda: judged(_below(usages=(EMAIL,))),
        "CN=Faulty is used for what its usages do not allow (NotValidForUsage).",
        id="usage-of-a-ca-that-shows-on-all-below-it",
    ),
    pytest.param(
        lambda: judged((_leaf(tampered=True), ISSUING)),
        f"CN={HOST} carries a signature that does not verify (NotSignatureValid).",
        id="signature",
    ),
    pytest.param(
        lambda: judged((_leaf(key="rsa512"), ISSUING)),
        f"CN={HOST} uses a key or signature weaker than Windows accepts (NotSignatureValid, "
        "HasWeakSignature).",
        id="weak",
    ),
    pytest.param(
        lambda: judged(_below(ca=False)),
        "CN=Faulty is used against its basic constraints (InvalidBasicConstraints).",
        id="basic-constraints",
    ),
    pytest.param(
        lambda: judged(_constrained_twice()),
        "CN=Lower does not permit the names of the certificate below it (HasNotPermittedNameConstraint, "
        "HasExcludedNameConstraint).",
        id="two-name-constraints",
    ),
    pytest.param(
        lambda: judged((_leaf(), ISSUING), _trust(ROOT, disallowed=(ISSUING.certificate,))),
        "CN=Issuing is distrusted by the caller (ExplicitDistrust).",
        id="distrust",
    ),
    pytest.param(
        lambda: judged((_leaf(), ISSUING), host="owa.partner.lab"),
        f"The certificate does not cover owa.partner.lab; it covers {HOST}.",
        id="name",
    ),
    pytest.param(
        lambda: judged((_leaf(common_names=(), dns_names=()), ISSUING)),
        f"The certificate does not cover {HOST}; it covers no name at all.",
        id="no-name",
    ),
    pytest.param(
        lambda: judged((_leaf(tampered=True), ISSUING), host="owa.partner.lab"),
        f"The certificate does not cover owa.partner.lab; it covers {HOST}, which the log does not show: "
        "CryptoAPI reports NotSignatureValid before it compares names.",
        id="masked-name",
    ),
    pytest.param(
        _ed25519,
        f"Windows cannot build a chain for this certificate at all: CN={HOST} is signed with Ed25519, which "
        "Windows does not know.",
        id="build-throws",
    ),
]


@pytest.mark.parametrize(("make", "sentence"), SENTENCES)
def test_a_finding_says(make: Callable[[], Judgement], sentence: str) -> None:
    assert sentence in [finding.summary for finding in make().findings]


@pytest.mark.parametrize("make", [row.values[0] for row in SENTENCES], ids=[row.id for row in SENTENCES])
def test_every_finding_is_whole(make: Callable[[], Judgement]) -> None:
    judgement = make()
    for finding in judgement.findings:
        _whole(finding)
    for element in judgement.chain.elements if judgement.chain else ():
        assert bool(element.reasons) or not element.status
        assert all(reason and "None" not in reason for reason in element.reasons)


def _whole(finding: Finding) -> None:
    assert finding.code
    assert finding.severity in Severity
    assert finding.summary
    assert "None" not in finding.summary
    assert all(line and "None" not in line for line in finding.evidence)
    for remedy in finding.remedies:
        assert remedy.actor
        assert remedy.text
        assert remedy.proved or remedy.together is None
        assert "None" not in f"{remedy.text}{remedy.command or ''}"
        assert all(c.thumbprint in (remedy.command or "") for c in remedy.certificates)


def test_the_evidence_for_a_root_tells_which_it_is() -> None:
    (finding,) = judged((_leaf(), ISSUING, ROOT), _trust(OTHER)).findings
    identifier = ROOT.certificate.extension("2.5.29.14")
    assert identifier is not None
    assert finding.evidence == (
        "subject: CN=The Root",
        f"thumbprint: {ROOT.certificate.thumbprint}",
        f"key identifier: {identifier.value[2:].hex().upper()}",
        "it came from: presented",
    )


def test_the_evidence_for_a_time_is_each_certificate_and_the_moment() -> None:
    issuing = authority.intermediate(ROOT, "Old", organization=None, not_after=EXPIRED_AT)
    (finding,) = judged((_leaf(issuing, not_after=EXPIRED_AT), issuing)).findings
    assert finding.evidence == (
        f"CN={HOST} expired on {EXPIRED_AT.strftime(MINUTE)}",
        f"CN=Old expired on {EXPIRED_AT.strftime(MINUTE)}",
        f"judged as of {NOW.strftime(MINUTE)}",
    )


def test_one_certificate_may_be_early_while_another_is_late() -> None:
    issuing = authority.intermediate(ROOT, "Old", organization=None, not_after=EXPIRED_AT)
    findings = judged((_leaf(issuing, not_before=NOW + DAY), issuing)).findings
    assert [f.code for f in findings] == ["certificate-not-yet-valid", "certificate-expired"]


def test_the_evidence_for_a_name_is_what_was_asked_and_what_is_there() -> None:
    leaf = _leaf(dns_names=("a.lab", "b.lab"), ip_addresses=("192.0.2.1",))
    (finding,) = judged((leaf, ISSUING)).findings
    assert finding.evidence == (
        f"requested host: {HOST}",
        "presented name: a.lab",
        "presented name: b.lab",
        "presented name: 192.0.2.1",
    )


def test_an_accepted_certificate_that_is_not_sound_shows_what_was_overlooked() -> None:
    anything = dataclasses.replace(CALLER, allow_external_untrusted=True)
    (finding,) = judged((_leaf(), ISSUING, ROOT), _trust(OTHER), host="x.lab", caller=anything).findings
    assert finding.severity is Severity.WARNING
    assert "AllowExternalUntrustedCerts makes this caller accept any" in finding.summary
    assert finding.evidence == (
        ".NET's verdict: RemoteCertificateNameMismatch, RemoteCertificateChainErrors, UntrustedRoot",
    )


def test_failures_come_before_doubts_and_notes() -> None:
    odd = extension("2.5.29.31", b"\xff\xff", critical=True)
    findings = judged((_leaf(extensions=(odd,)), ISSUING), host="owa.partner.lab").findings
    order = [Severity.FAILURE, Severity.UNKNOWN, Severity.WARNING, Severity.INFO]
    ranks = [order.index(finding.severity) for finding in findings]
    assert ranks == sorted(ranks)
    assert len(ranks) == 2


@pytest.mark.parametrize("sent", [True, False], ids=["sent", "not-sent"])
def test_a_root_that_is_too_new_for_the_list_has_a_cross_signed_certificate(sent: bool) -> None:
    new = authority.root(subject=[("2.5.4.6", "US"), ("2.5.4.10", "ISRG"), ("2.5.4.3", "Root YR")])
    issuing = authority.intermediate(new, "YR1")
    chain = (_leaf(issuing), issuing, *((new,) if sent else ()))
    (hint,) = (f for f in judged(chain).findings if f.code == "chain-cross-signed-root")
    assert "ISRG Root X1" in hint.summary
    assert [remedy.actor for remedy in hint.remedies] == [Actor.PARTNER]
