"""Revocation: every answer that a caller who checks may get, alone and together with a second fault."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import TypedDict

import pytest
from cryptography import x509
from cryptography.x509 import ocsp as encoding
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from msgspec.structs import replace

from probe.dotnet import SslPolicyErrors
from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts import extensions
from probe.facts.certificate import Certificate, Extension
from probe.facts.observation import Retrieval, RetrievalKind, RetrievalOutcome
from probe.facts.trust_store import ListedRoot, TrustStore
from probe.judgement.caller_profile import Caller, profile
from probe.judgement.chain import chain_context
from probe.judgement.chain.revocation.path_revocation import RevocationAnswers
from probe.judgement.chain.revocation.revocation_status import CLOCK_SLACK, RevocationStanding
from probe.judgement.findings import certificate_findings
from probe.judgement.model import ChainContext, Outcome, Severity
from probe.judgement.remedies import proof
from probe.judgement.scenario import Scenario, ask
from probe.judgement.thresholds import DEFAULT_THRESHOLDS
from probe.lab import authority, revocation
from probe.lab.authority import Credential, Options
from tests.judgement.judging import DAY, NOW, certificates, flags

CRL_URL, ROOT_CRL_URL, OCSP_URL = "http://ca.lab/ca.crl", "http://ca.lab/root.crl", "http://ocsp.ca.lab"
UNKNOWN = "RevocationStatusUnknown OfflineRevocation"
CHECKING = dataclasses.replace(profile("exchange-2019"), revocation=True)

ROOT = authority.root("Root")
ISSUING = authority.intermediate(ROOT, "Issuing CA", crl_urls=(ROOT_CRL_URL,))
LEAF = authority.end_entity(ISSUING, crl_urls=(CRL_URL,), ocsp_urls=(OCSP_URL,))
OTHER = authority.intermediate(ROOT, "Other CA")
SERIAL = revocation.serial(LEAF)


class Dates(TypedDict):
    this_update: datetime
    next_update: datetime


EXPIRED: Dates = {"this_update": NOW - 9 * DAY, "next_update": NOW - DAY}


def fetched(kind: RetrievalKind, url: str, about: Credential, content: bytes) -> Retrieval:
    return Retrieval(kind, url, about.certificate.sha256, RetrievalOutcome.FETCHED, content=content)


def crl_about(leaf: Credential, content: bytes) -> Retrieval:
    return fetched(RetrievalKind.CRL, CRL_URL, leaf, content)


def ocsp_about(leaf: Credential, content: bytes) -> Retrieval:
    return fetched(RetrievalKind.OCSP, OCSP_URL, leaf, content)


ROOT_CRL = fetched(RetrievalKind.CRL, ROOT_CRL_URL, ISSUING, revocation.crl(ROOT))


def standing(
    *retrievals: Retrieval, at: datetime = NOW, leaf: Credential = LEAF
) -> tuple[RevocationStanding, str]:
    said = RevocationAnswers(retrievals, NOW).about(leaf.certificate, ISSUING.certificate, at)
    return said.standing, said.why


def by_crl(content: bytes, at: datetime = NOW) -> tuple[RevocationStanding, str]:
    # The responder was asked too and could not be reached, so nothing was left untried.
    dead = Retrieval(
        RetrievalKind.OCSP, OCSP_URL, LEAF.certificate.sha256, RetrievalOutcome.FAILED, "connect: refused"
    )
    return standing(dead, crl_about(LEAF, content), at=at)


def by_ocsp(content: bytes, at: datetime = NOW) -> tuple[RevocationStanding, str]:
    dead = Retrieval(
        RetrievalKind.CRL, CRL_URL, LEAF.certificate.sha256, RetrievalOutcome.FAILED, "connect: refused"
    )
    return standing(ocsp_about(LEAF, content), dead, at=at)


def scope(
    url: str | None = None, *, user: bool = False, ca: bool = False, indirect: bool = False
) -> tuple[x509.ExtensionType, bool]:
    names = None if url is None else [x509.UniformResourceIdentifier(url)]
    return x509.IssuingDistributionPoint(names, None, user, ca, None, indirect, False), True


def limited_to(reasons: frozenset[x509.ReasonFlags]) -> tuple[x509.ExtensionType, bool]:
    return x509.IssuingDistributionPoint(None, None, False, False, reasons, False, False), True


ATTRIBUTES = x509.IssuingDistributionPoint(None, None, False, False, None, False, True), True
NO_REASON = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.21"), b"\x05\x00")
STRANGE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
CA_POINT = x509.DistributionPoint(
    [x509.UniformResourceIdentifier("http://ca.lab/delta.crl")], None, None, None
)


@pytest.mark.parametrize(
    ("make", "expected", "why"),
    [
        pytest.param(lambda: revocation.crl(ISSUING), RevocationStanding.GOOD, "not revoked", id="empty"),
        pytest.param(
            lambda: revocation.crl(ISSUING, [SERIAL + 1]), RevocationStanding.GOOD, "", id="lists-another"
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, [SERIAL]), RevocationStanding.REVOKED, "revoked it", id="lists"
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, [SERIAL], **EXPIRED),
            RevocationStanding.REVOKED,
            "",
            id="lists-expired",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, [SERIAL], revoked_at=NOW + DAY),
            RevocationStanding.INDETERMINATE,
            "only since",
            id="revoked-later",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, **EXPIRED),
            RevocationStanding.UNKNOWN,
            "out of date",
            id="expired",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, this_update=NOW + 2 * CLOCK_SLACK, next_update=NOW + DAY),
            RevocationStanding.INDETERMINATE,
            "yet to come",
            id="from-the-future",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, [SERIAL], this_update=NOW + DAY, revoked_at=NOW - DAY),
            RevocationStanding.INDETERMINATE,
            "yet to come",
            id="revoked-from-the-future",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, this_update=NOW + CLOCK_SLACK / 2, next_update=NOW + DAY),
            RevocationStanding.GOOD,
            "",
            id="made-while-looking",
        ),
        pytest.param(
            lambda: revocation.crl(OTHER), RevocationStanding.UNKNOWN, "another authority", id="of-another"
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, signed_by=OTHER.key),
            RevocationStanding.UNKNOWN,
            "did not sign",
            id="signed-by-another",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, [SERIAL], signed_by=OTHER.key),
            RevocationStanding.UNKNOWN,
            "did not sign",
            id="revoking-signed-by-another",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, extensions=[(x509.DeltaCRLIndicator(1), True)]),
            RevocationStanding.UNKNOWN,
            "delta CRL",
            id="delta",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, extensions=[(x509.FreshestCRL([CA_POINT]), False)]),
            RevocationStanding.INDETERMINATE,
            "delta CRL",
            id="with-a-delta-beside-it",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, [SERIAL], extensions=[(x509.FreshestCRL([CA_POINT]), False)]),
            RevocationStanding.REVOKED,
            "",
            id="lists-with-a-delta-beside-it",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, extensions=[(STRANGE, True)]),
            RevocationStanding.UNKNOWN,
            "1.3.6.1.4.1.99999.1",
            id="critical-extension",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, extensions=[(STRANGE, False)]),
            RevocationStanding.GOOD,
            "",
            id="extension-not-critical",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, extensions=[(x509.CRLNumber(7), True)]),
            RevocationStanding.GOOD,
            "",
            id="known-critical-extension",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, [SERIAL], entry_extensions=[(STRANGE, True)]),
            RevocationStanding.UNKNOWN,
            "entry",
            id="entry-critical-extension",
        ),
        pytest.param(
            lambda: revocation.crl(
                ISSUING,
                [SERIAL],
                entry_extensions=[(x509.CRLReason(x509.ReasonFlags.certificate_hold), False)],
            ),
            RevocationStanding.REVOKED,
            "",
            id="on-hold",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, extensions=[scope(CRL_URL)]),
            RevocationStanding.GOOD,
            "",
            id="its-own-point",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, extensions=[scope("http://ca.lab/2.crl")]),
            RevocationStanding.UNKNOWN,
            "not about",
            id="another-point",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, extensions=[scope(user=True)]),
            RevocationStanding.GOOD,
            "",
            id="end-entities",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, extensions=[scope(ca=True)]),
            RevocationStanding.UNKNOWN,
            "not about",
            id="authorities-only",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, extensions=[scope(indirect=True)]),
            RevocationStanding.UNKNOWN,
            "not about",
            id="indirect",
        ),
        pytest.param(
            lambda: revocation.crl(
                ISSUING, extensions=[limited_to(frozenset({x509.ReasonFlags.key_compromise}))]
            ),
            RevocationStanding.UNKNOWN,
            "not about",
            id="some-reasons",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, extensions=[ATTRIBUTES]),
            RevocationStanding.UNKNOWN,
            "not about",
            id="attribute-certificates",
        ),
        pytest.param(
            lambda: revocation.crl(ISSUING, [SERIAL], entry_extensions=[(NO_REASON, False)]),
            RevocationStanding.INDETERMINATE,
            "entry cannot be read",
            id="entry-undecodable",
        ),
        pytest.param(
            lambda: b"-----BEGIN X509 CRL-----\nMII=\n-----END X509 CRL-----\n",
            RevocationStanding.INDETERMINATE,
            "is in PEM",
            id="pem",
        ),
        pytest.param(lambda: b"<html>gone</html>", RevocationStanding.UNKNOWN, "no CRL", id="html"),
        pytest.param(lambda: b"", RevocationStanding.UNKNOWN, "no CRL", id="nothing"),
        pytest.param(
            lambda: b"\x30\x03\x02\x01\x05",
            RevocationStanding.INDETERMINATE,
            "cannot be read",
            id="other-der",
        ),
    ],
)
def test_what_a_crl_says(make: Callable[[], bytes], expected: RevocationStanding, why: str) -> None:
    found, reason = by_crl(make())
    assert found is expected
    assert why in reason


def unsuccessful() -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    status = encoding.OCSPResponseStatus.TRY_LATER
    return encoding.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


NOT_AN_OCSP_SIGNER: Options = {"usages": (authority.SERVER_AUTH,)}


@pytest.mark.parametrize(
    ("make", "expected", "why"),
    [
        pytest.param(lambda: revocation.ocsp(LEAF), RevocationStanding.GOOD, "", id="good"),
        pytest.param(
            lambda: revocation.ocsp(LEAF, by_name=False), RevocationStanding.GOOD, "", id="good-by-key-hash"
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, revoked=True),
            RevocationStanding.REVOKED,
            "revoked it",
            id="revoked",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, revoked=True, **EXPIRED),
            RevocationStanding.REVOKED,
            "",
            id="revoked-expired",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, **EXPIRED), RevocationStanding.UNKNOWN, "out of date", id="expired"
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, this_update=NOW + 2 * CLOCK_SLACK, next_update=NOW + DAY),
            RevocationStanding.INDETERMINATE,
            "yet to come",
            id="from-the-future",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, status=encoding.OCSPCertStatus.UNKNOWN),
            RevocationStanding.UNKNOWN,
            "does not know",
            id="unknown",
        ),
        pytest.param(
            lambda: revocation.ocsp(authority.end_entity(ISSUING)),
            RevocationStanding.UNKNOWN,
            "another certificate",
            id="about-another",
        ),
        pytest.param(
            lambda: revocation.ocsp(authority.end_entity(OTHER, serial=SERIAL)),
            RevocationStanding.UNKNOWN,
            "another certificate",
            id="about-another-authority",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, responder=revocation.delegate(ISSUING)),
            RevocationStanding.GOOD,
            "",
            id="delegate",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, responder=revocation.delegate(ISSUING), by_name=False),
            RevocationStanding.GOOD,
            "",
            id="delegate-by-key-hash",
        ),
        pytest.param(
            lambda: revocation.ocsp(
                LEAF, revoked=True, responder=revocation.delegate(ISSUING, extensions=())
            ),
            RevocationStanding.REVOKED,
            "",
            id="delegate-without-no-check-revokes",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, responder=revocation.delegate(ISSUING, extensions=())),
            RevocationStanding.INDETERMINATE,
            "responder's own certificate",
            id="delegate-without-no-check",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, responder=revocation.delegate(OTHER)),
            RevocationStanding.UNKNOWN,
            "nobody entitled",
            id="delegate-of-another",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, responder=revocation.delegate(ISSUING, signed_by=OTHER.key)),
            RevocationStanding.UNKNOWN,
            "nobody entitled",
            id="delegate-forged",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, responder=revocation.delegate(ISSUING, **NOT_AN_OCSP_SIGNER)),
            RevocationStanding.UNKNOWN,
            "nobody entitled",
            id="delegate-for-servers",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, responder=revocation.delegate(ISSUING, usages=None)),
            RevocationStanding.UNKNOWN,
            "nobody entitled",
            id="delegate-without-usage",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, responder=revocation.delegate(ISSUING, not_after=NOW - DAY)),
            RevocationStanding.UNKNOWN,
            "nobody entitled",
            id="delegate-expired",
        ),
        pytest.param(
            lambda: revocation.ocsp(
                LEAF,
                responder=revocation.delegate(
                    ISSUING, extensions=(Extension("1.3.6.1.4.1.99999.1", True, b"\x05\x00"),)
                ),
            ),
            RevocationStanding.UNKNOWN,
            "nobody entitled",
            id="delegate-with-a-strange-extension",
        ),
        pytest.param(
            lambda: revocation.ocsp(
                LEAF, responder=revocation.delegate(ISSUING, issuer_name=[("2.5.4.3", "Other")])
            ),
            RevocationStanding.UNKNOWN,
            "nobody entitled",
            id="delegate-names-another-issuer",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, responder=revocation.delegate(ISSUING, key="rsa512")),
            RevocationStanding.UNKNOWN,
            "nobody entitled",
            id="delegate-with-a-weak-key",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, extensions=[(STRANGE, True)]),
            RevocationStanding.UNKNOWN,
            "1.3.6.1.4.1.99999.1",
            id="critical-extension",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, extensions=[(STRANGE, False)]),
            RevocationStanding.GOOD,
            "",
            id="extension-not-critical",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, tampered=True),
            RevocationStanding.UNKNOWN,
            "did not sign",
            id="forged",
        ),
        pytest.param(
            lambda: revocation.ocsp(LEAF, revoked=True, tampered=True),
            RevocationStanding.UNKNOWN,
            "did not sign",
            id="forged-revocation",
        ),
        pytest.param(unsuccessful, RevocationStanding.UNKNOWN, "try later", id="try-later"),
        pytest.param(lambda: b"<html>gone</html>", RevocationStanding.UNKNOWN, "no OCSP answer", id="html"),
    ],
)
def test_what_an_ocsp_answer_says(make: Callable[[], bytes], expected: RevocationStanding, why: str) -> None:
    found, reason = by_ocsp(make())
    assert found is expected
    assert why in reason


def test_a_moment_that_the_answers_do_not_cover_cannot_be_told() -> None:
    assert by_crl(revocation.crl(ISSUING), at=NOW + 30 * DAY)[0] is RevocationStanding.INDETERMINATE
    assert by_ocsp(revocation.ocsp(LEAF), at=NOW + 30 * DAY)[0] is RevocationStanding.INDETERMINATE
    assert by_ocsp(revocation.ocsp(LEAF), at=NOW - 30 * DAY)[0] is RevocationStanding.GOOD
    assert (
        by_ocsp(revocation.ocsp(LEAF, revoked=True), at=NOW - 30 * DAY)[0] is RevocationStanding.INDETERMINATE
    )
    assert by_crl(revocation.crl(ISSUING, [SERIAL]), at=NOW + 30 * DAY)[0] is RevocationStanding.REVOKED


def test_a_key_that_may_not_sign_crls_cannot_be_told() -> None:
    issuing = authority.intermediate(ROOT, "CA", key_usage=("keyCertSign",))
    leaf = authority.end_entity(issuing, crl_urls=(CRL_URL,))
    said = RevocationAnswers([crl_about(leaf, revocation.crl(issuing))], NOW)
    assert said.about(leaf.certificate, issuing.certificate, NOW).standing is RevocationStanding.INDETERMINATE


def test_a_certificate_that_names_a_delta_crl_cannot_be_told_from_the_complete_one() -> None:
    freshest = Extension("2.5.29.46", False, x509.FreshestCRL([CA_POINT]).public_bytes())
    leaf = authority.end_entity(ISSUING, crl_urls=(CRL_URL,), extensions=(freshest,))
    assert (
        standing(crl_about(leaf, revocation.crl(ISSUING)), leaf=leaf)[0] is RevocationStanding.INDETERMINATE
    )


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        pytest.param(scope(user=True), RevocationStanding.UNKNOWN, id="end-entities"),
        pytest.param(scope(ca=True), RevocationStanding.GOOD, id="authorities"),
    ],
)
def test_the_scope_of_a_crl_about_authorities(
    limits: tuple[x509.ExtensionType, bool], expected: RevocationStanding
) -> None:
    content = revocation.crl(ROOT, extensions=[limits])
    answers = RevocationAnswers([fetched(RetrievalKind.CRL, ROOT_CRL_URL, ISSUING, content)], NOW)
    assert answers.about(ISSUING.certificate, ROOT.certificate, NOW).standing is expected


def test_a_signature_that_cannot_be_computed_here_cannot_be_told() -> None:
    root = authority.root("RSA Root", key="rsa2048")
    leaf = authority.end_entity(root, crl_urls=(CRL_URL,))
    with_md2 = revocation.crl(root).replace(SHA256_RSA, MD2_RSA)
    said = RevocationAnswers([crl_about(leaf, with_md2)], NOW).about(leaf.certificate, root.certificate, NOW)
    assert said.standing is RevocationStanding.INDETERMINATE
    assert "cannot be computed" in said.why


SHA256_RSA, MD2_RSA = (bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("0b", "02"))


def test_what_was_not_asked_is_no_knowledge_of_the_callers() -> None:
    assert standing() == (RevocationStanding.INDETERMINATE, f"OCSP {OCSP_URL} was not asked")
    late = revocation.ocsp(LEAF, **EXPIRED)
    assert standing(ocsp_about(LEAF, late)) == (
        RevocationStanding.INDETERMINATE,
        f"CRL {CRL_URL} was not asked",
    )
    refused = Retrieval(
        RetrievalKind.CRL, CRL_URL, LEAF.certificate.sha256, RetrievalOutcome.REFUSED, "10.0.0.1 is private"
    )
    assert standing(ocsp_about(LEAF, late), refused)[0] is RevocationStanding.INDETERMINATE
    near = replace(refused, outcome=RetrievalOutcome.NOT_ASKED)
    assert standing(ocsp_about(LEAF, late), near)[0] is RevocationStanding.INDETERMINATE
    for url, known in (("https://ca.lab/crl", False), ("ldap:///CN=CA", False), ("file://ca/crl", True)):
        named = authority.end_entity(ISSUING, crl_urls=(url,))
        there = replace(near, url=url, for_sha256=named.certificate.sha256)
        expected = RevocationStanding.UNKNOWN if known else RevocationStanding.INDETERMINATE
        assert standing(there, leaf=named)[0] is expected
    directory = authority.end_entity(ISSUING, crl_urls=("ldap:///CN=CA",))
    assert standing(leaf=directory)[0] is RevocationStanding.INDETERMINATE
    assert standing(leaf=authority.end_entity(ISSUING))[0] is RevocationStanding.UNKNOWN


@pytest.mark.parametrize(
    ("list_says", "responder_says", "expected"),
    [
        pytest.param([], True, RevocationStanding.REVOKED, id="ocsp-revokes"),
        pytest.param([SERIAL], False, RevocationStanding.REVOKED, id="crl-revokes"),
        pytest.param([], False, RevocationStanding.GOOD, id="neither"),
    ],
)
def test_one_authentic_answer_that_revokes_is_enough(
    list_says: list[int], responder_says: bool, expected: RevocationStanding
) -> None:
    answer = ocsp_about(LEAF, revocation.ocsp(LEAF, revoked=responder_says))
    assert standing(answer, crl_about(LEAF, revocation.crl(ISSUING, list_says)))[0] is expected


def test_an_answer_of_no_use_leaves_the_next_one_to_say() -> None:
    useless = ocsp_about(LEAF, unsuccessful())
    assert standing(useless, crl_about(LEAF, revocation.crl(ISSUING)))[0] is RevocationStanding.GOOD
    assert (
        standing(useless, crl_about(LEAF, revocation.crl(ISSUING, [SERIAL])))[0] is RevocationStanding.REVOKED
    )


def test_a_crl_fetched_for_a_sibling_serves_too_and_an_ocsp_answer_does_not() -> None:
    sibling = authority.end_entity(ISSUING)
    listed = fetched(RetrievalKind.CRL, CRL_URL, sibling, revocation.crl(ISSUING, [SERIAL]))
    assert standing(listed)[0] is RevocationStanding.REVOKED
    assert standing(ocsp_about(sibling, revocation.ocsp(LEAF)))[0] is RevocationStanding.INDETERMINATE


def build(
    presented: tuple[Credential, ...],
    *retrievals: Retrieval,
    caller: Caller = CHECKING,
    roots: tuple[Credential, ...] = (ROOT,),
    at: datetime = NOW,
) -> ChainContext:
    store = TrustStore("test", certificates(roots))
    return chain_context.build(
        certificates(presented), trust=store, caller=caller, at=at, answers=RevocationAnswers(retrievals, NOW)
    )


GOOD_LEAF = ocsp_about(LEAF, revocation.ocsp(LEAF))
REVOKED_LEAF = ocsp_about(LEAF, revocation.ocsp(LEAF, revoked=True))
REVOKED_ISSUING = fetched(
    RetrievalKind.CRL, ROOT_CRL_URL, ISSUING, revocation.crl(ROOT, [revocation.serial(ISSUING)])
)
LATE_ROOT_CRL = fetched(RetrievalKind.CRL, ROOT_CRL_URL, ISSUING, revocation.crl(ROOT, **EXPIRED))


@pytest.mark.parametrize(
    ("retrievals", "expected"),
    [
        pytest.param((GOOD_LEAF, ROOT_CRL), ["", "", ""], id="good"),
        pytest.param((REVOKED_LEAF, ROOT_CRL), ["Revoked", "", ""], id="leaf-revoked"),
        pytest.param((GOOD_LEAF, REVOKED_ISSUING), [UNKNOWN, "Revoked", ""], id="issuer-revoked"),
        pytest.param((REVOKED_LEAF, REVOKED_ISSUING), [UNKNOWN, "Revoked", ""], id="both-revoked"),
        pytest.param((GOOD_LEAF, LATE_ROOT_CRL), ["", UNKNOWN, ""], id="issuer-unknown"),
        pytest.param((REVOKED_LEAF, LATE_ROOT_CRL), ["Revoked", UNKNOWN, ""], id="revoked-below-unknown"),
        pytest.param((ROOT_CRL,), [UNKNOWN, "", ""], id="leaf-unasked"),
        pytest.param((), [UNKNOWN, UNKNOWN, ""], id="nothing-asked"),
    ],
)
def test_flags_are_those_that_windows_was_observed_to_give(
    retrievals: tuple[Retrieval, ...], expected: list[str]
) -> None:
    assert flags(build((LEAF, ISSUING), *retrievals)) == expected


def test_a_caller_that_does_not_check_has_no_flags() -> None:
    context = build((LEAF, ISSUING), REVOKED_LEAF, REVOKED_ISSUING, caller=profile("exchange-2019"))
    assert flags(context) == ["", "", ""]


def test_a_lone_root_is_not_checked() -> None:
    own = authority.end_entity(None, crl_urls=(CRL_URL,))
    assert flags(build((own,), roots=(own,))) == [""]
    assert flags(build((own,), roots=(ROOT,))) == ["UntrustedRoot"]


def test_a_second_path_around_a_revoked_authority_is_found() -> None:
    other_root = authority.root("Second Root")
    cross = authority.intermediate(other_root, "Issuing CA", key=ISSUING.key, crl_urls=(CRL_URL + "2",))
    good = fetched(RetrievalKind.CRL, CRL_URL + "2", cross, revocation.crl(other_root))
    context = build((LEAF, ISSUING, cross), GOOD_LEAF, REVOKED_ISSUING, good, roots=(ROOT, other_root))
    assert flags(context) == ["", "", ""]
    assert context.elements[1].certificate == cross.certificate


def _leaf(**options: object) -> Credential:
    given: Options = {"ocsp_urls": (OCSP_URL,), **options}  # type: ignore[typeddict-item]
    return authority.end_entity(ISSUING, **given)


def scenario(
    leaf: Credential, *retrievals: Retrieval, host: str = "mail.partner.lab", caller: Caller = CHECKING
) -> Scenario:
    answers = RevocationAnswers((*retrievals, ROOT_CRL), NOW)
    store = TrustStore("test", (ROOT.certificate,))
    presented = certificates((leaf, ISSUING))
    return Scenario(presented, host, store, caller, NOW, answers=answers)


@pytest.mark.parametrize(
    ("leaf", "revoked", "host", "expected"),
    [
        pytest.param(
            _leaf(not_after=NOW - DAY),
            True,
            "mail.partner.lab",
            "NotTimeValid Revoked",
            id="revoked-and-expired",
        ),
        pytest.param(
            _leaf(usages=(authority.CLIENT_AUTH,)),
            True,
            "mail.partner.lab",
            "NotValidForUsage Revoked",
            id="revoked-and-wrong-usage",
        ),
        pytest.param(
            _leaf(not_after=NOW - DAY),
            None,
            "mail.partner.lab",
            f"NotTimeValid {UNKNOWN}",
            id="unknown-and-expired",
        ),
    ],
)
def test_revocation_adds_to_another_fault(
    leaf: Credential, revoked: bool | None, host: str, expected: str
) -> None:
    said = () if revoked is None else (ocsp_about(leaf, revocation.ocsp(leaf, revoked=revoked)),)
    answer = ask(scenario(leaf, *said, host=host))
    assert set(flags(answer.chain)[0].split()) == set(expected.split())
    assert answer.errors is SslPolicyErrors.RemoteCertificateChainErrors


@pytest.mark.parametrize(
    ("revoked", "errors", "masked"),
    [
        # CryptoAPI returns Revoked before it compares names, and ignores an unknown status
        # ([validation 1.2.5]).
        pytest.param(True, SslPolicyErrors.RemoteCertificateChainErrors, True, id="revoked-masks-the-name"),
        pytest.param(
            None,
            SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch,
            False,
            id="unknown-does-not",
        ),
        pytest.param(False, SslPolicyErrors.RemoteCertificateNameMismatch, False, id="good-does-not"),
    ],
)
def test_a_wrong_name_beside_revocation(revoked: bool | None, errors: SslPolicyErrors, masked: bool) -> None:
    said = () if revoked is None else (ocsp_about(LEAF, revocation.ocsp(LEAF, revoked=revoked)),)
    answer = ask(scenario(LEAF, *said, host="owa.partner.lab"))
    assert answer.errors == errors
    assert answer.name is not None
    assert (answer.name.not_compared is not None) is masked


def judged(question: Scenario) -> tuple[Outcome, dict[str, Severity]]:
    answer = ask(question)
    findings = certificate_findings.certificate_findings(
        question,
        answer,
        retrieved=(),
        retrievals=(),
        flip=proof.flip(question, answer),
        thresholds=DEFAULT_THRESHOLDS,
    )
    return certificate_findings.outcome_of(answer, findings), {f.code: f.severity for f in findings}


DEAD_OCSP = Retrieval(
    RetrievalKind.OCSP, OCSP_URL, LEAF.certificate.sha256, RetrievalOutcome.FAILED, "connect: refused"
)
DEAD_CRL = Retrieval(
    RetrievalKind.CRL, CRL_URL, LEAF.certificate.sha256, RetrievalOutcome.FAILED, "connect: refused"
)


@pytest.mark.parametrize(
    ("retrievals", "outcome", "findings"),
    [
        pytest.param((GOOD_LEAF,), Outcome.SUCCESS, {}, id="good"),
        pytest.param(
            (REVOKED_LEAF,), Outcome.FAILURE, {"certificate-revoked": Severity.FAILURE}, id="revoked"
        ),
        pytest.param(
            (DEAD_OCSP, DEAD_CRL),
            Outcome.FAILURE,
            {"revocation-unknown": Severity.FAILURE},
            id="nobody-answers",
        ),
        pytest.param((), Outcome.UNKNOWN, {"revocation-unknown": Severity.UNKNOWN}, id="nobody-asked"),
        pytest.param(
            (DEAD_OCSP,), Outcome.UNKNOWN, {"revocation-unknown": Severity.UNKNOWN}, id="not-everybody-asked"
        ),
    ],
)
def test_outcomes(retrievals: tuple[Retrieval, ...], outcome: Outcome, findings: dict[str, Severity]) -> None:
    assert judged(scenario(LEAF, *retrievals)) == (outcome, findings)


def test_a_sure_unknown_is_a_failure_whatever_was_not_asked_of_others() -> None:
    question = structs.replace(scenario(LEAF), answers=RevocationAnswers((LATE_ROOT_CRL,), NOW))
    assert judged(question)[0] is Outcome.FAILURE
    question = structs.replace(scenario(LEAF), answers=RevocationAnswers((DEAD_OCSP, DEAD_CRL), NOW))
    assert judged(question)[0] is Outcome.FAILURE


def test_a_caller_that_does_not_check_is_told_once_and_nothing_else_changes() -> None:
    unaware = dataclasses.replace(CHECKING, revocation=False)
    found = judged(scenario(LEAF, REVOKED_LEAF, caller=unaware))
    assert found == (Outcome.SUCCESS, {"certificate-revoked-unchecked": Severity.INFO})
    assert judged(scenario(LEAF, GOOD_LEAF, caller=unaware)) == (Outcome.SUCCESS, {})
    assert judged(scenario(LEAF, DEAD_OCSP, caller=unaware)) == (Outcome.SUCCESS, {})
    outcome, codes = judged(scenario(LEAF, REVOKED_LEAF, host="owa.partner.lab", caller=unaware))
    assert (outcome, set(codes)) == (Outcome.FAILURE, {"name-mismatch", "certificate-revoked-unchecked"})


@pytest.mark.parametrize(
    ("retrievals", "code"),
    [
        pytest.param((REVOKED_LEAF,), "certificate-revoked", id="revoked"),
        pytest.param((REVOKED_ISSUING,), "certificate-revoked", id="issuer-revoked"),
        pytest.param((DEAD_OCSP, DEAD_CRL), "revocation-unknown", id="unknown"),
    ],
)
def test_a_remedy_is_proved_alone(retrievals: tuple[Retrieval, ...], code: str) -> None:
    question = scenario(LEAF, *retrievals)
    found = proof.prove(question, ask(question), ())
    assert {entry.code for entry in found} == {code}
    assert all(entry.remedy.proved and entry.remedy.together is None for entry in found)


def test_a_date_of_expiry_is_not_lost_because_the_answers_are_younger() -> None:
    second_root = authority.root("Second Root")
    early = authority.intermediate(ROOT, "Issuing CA", key=ISSUING.key, not_after=NOW + 40 * DAY)
    late = authority.intermediate(second_root, "Issuing CA", key=ISSUING.key, not_after=NOW + 500 * DAY)
    trust = TrustStore("test", certificates((ROOT, second_root)))
    unaware = dataclasses.replace(CHECKING, revocation=False)
    question = Scenario(certificates((LEAF, early, late)), None, trust, unaware, NOW)
    expected = proof.flip(question, ask(question))
    answers = RevocationAnswers(
        (
            GOOD_LEAF,
            *(fetched(RetrievalKind.CRL, ROOT_CRL_URL, c, revocation.crl(ROOT)) for c in (early, late)),
        ),
        NOW,
    )
    checking = structs.replace(question, caller=CHECKING, answers=answers)
    assert expected is not None
    assert proof.flip(checking, structs.replace(ask(question))) == expected


@given(st.binary(max_size=400))
def test_bytes_of_any_kind_leave_the_status_unknown(content: bytes) -> None:
    for kind in (by_crl, by_ocsp):
        assert kind(content)[0] in (RevocationStanding.UNKNOWN, RevocationStanding.INDETERMINATE)


TEMPLATES = (
    ("crl", revocation.crl(ISSUING, [SERIAL + 1])),
    ("ocsp", revocation.ocsp(LEAF)),
    ("ocsp", revocation.ocsp(LEAF, responder=revocation.delegate(ISSUING))),
)


@given(st.sampled_from(TEMPLATES), st.data())
def test_a_damaged_answer_never_says_anything_else(template: tuple[str, bytes], data: st.DataObject) -> None:
    kind, content = template
    position = data.draw(st.integers(0, len(content) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda octet: octet != content[position]))
    damaged = content[:position] + bytes([value]) + content[position + 1 :]
    found, _ = (by_crl if kind == "crl" else by_ocsp)(damaged)
    assert found is not RevocationStanding.REVOKED
    if found is RevocationStanding.GOOD:
        # A certificate that came along may be damaged where its own reading does not look, and the frame of
        # an answer may be written differently; what was signed is untouched.
        assert _signed(kind, damaged) == _signed(kind, content)


def _signed(kind: str, content: bytes) -> bytes:
    from probe.facts.revocation import crl, ocsp

    if kind == "crl":
        return crl.revocation_list(content).signed.content
    return ocsp.ocsp_answer(content).signed.content


def test_what_cannot_be_read_has_no_standing() -> None:
    broken = Certificate(b"\x30\x03\x02\x01\x05")
    assert RevocationAnswers().about(broken, ISSUING.certificate, NOW).standing is RevocationStanding.UNKNOWN
    assert RevocationAnswers().about(LEAF.certificate, broken, NOW).standing is RevocationStanding.UNKNOWN
    assert RevocationAnswers().about(LEAF.certificate, None, NOW).standing is RevocationStanding.UNKNOWN
    assert Flags.Revoked not in build((LEAF,), REVOKED_LEAF).status


@pytest.mark.parametrize(
    ("issuing", "sure"),
    [
        pytest.param(ISSUING, False, id="names-a-crl"),
        pytest.param(authority.intermediate(ROOT, "Silent CA"), True, id="names-nothing-to-ask"),
    ],
)
def test_answers_of_a_root_that_is_not_at_hand_are_not_verified_here(issuing: Credential, sure: bool) -> None:
    root = ROOT.certificate
    listed = ListedRoot(root.thumbprint, key_identifier=extensions.key_identifier(root))
    leaf = authority.end_entity(issuing, crl_urls=(CRL_URL,))
    found = chain_context.build(
        certificates((leaf, issuing)),
        trust=TrustStore("listed", listed=(listed,)),
        caller=CHECKING,
        at=NOW,
        answers=RevocationAnswers(
            (
                Retrieval(
                    RetrievalKind.CRL,
                    CRL_URL,
                    leaf.certificate.sha256,
                    RetrievalOutcome.FETCHED,
                    content=revocation.crl(issuing),
                ),
            ),
            NOW,
        ),
    )
    assert found.listed_root == root.thumbprint
    assert flags(found) == ["", "RevocationStatusUnknown OfflineRevocation"]
    assert (found.revocation_indeterminate is None) is sure
