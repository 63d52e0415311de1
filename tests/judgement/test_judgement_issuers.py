"""Which issuer Windows takes: key identifiers, key rollover, names, ties, and what is certain anyway."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest

from probe import api
from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts.encoding import der
from probe.judgement.model import Judgement, Outcome
from probe.lab import authority, keys
from probe.lab import certificate_extensions as encoding
from probe.lab.authority import Credential
from tests.judgement import resigned as again
from tests.judgement.judging import DAY, EMAIL, NOW
from tests.judgement.resigned import resigned

HOST = "mail.partner.lab"
ROOT = authority.root()
ISSUING = authority.intermediate(ROOT)
LEAF = authority.end_entity(ISSUING, HOST)
PAST: dict[str, object] = {"not_before": NOW - 90 * DAY, "not_after": NOW - 3 * DAY}


def _judge(
    sent: Sequence[bytes],
    roots: Sequence[Credential] = (ROOT,),
    stored: Sequence[Credential] = (),
    disallowed: Sequence[bytes] = (),
    host: str = HOST,
) -> Judgement:
    return api.judge_chain(
        sent,
        host=host,
        roots=[root.der for root in roots],
        intermediates=[certificate.der for certificate in stored],
        disallowed=disallowed,
        at=NOW,
        caller="exchange-2019@2019",
    )


def _of(*credentials: Credential) -> list[bytes]:
    return [credential.der for credential in credentials]


def _why(judgement: Judgement) -> str:
    assert judgement.chain is not None
    return judgement.chain.indeterminate or ""


# The certificate that the authority key identifier names is taken alone, where it is at hand.


def _named_by_serial(named: dict[str, object], other: dict[str, object]) -> list[Credential]:
    """An end-entity that names its issuer by issuer and serial, that one, and another of its name and key."""
    issuing = authority.intermediate(ROOT, serial=1 << 40, **named)  # type: ignore[arg-type]
    twin = authority.intermediate(ROOT, key=issuing.key, serial=1 << 41, **other)  # type: ignore[arg-type]
    leaf = authority.end_entity(issuing, HOST, authority_key_identifier=None, authority_serial=1 << 40)
    return [leaf, issuing, twin]


def _named_by_key(named: dict[str, object], other: dict[str, object]) -> list[Credential]:
    """The same by key identifier; the other has another identifier."""
    issuing = authority.intermediate(ROOT, subject_key_identifier=b"A" * 20, **named)  # type: ignore[arg-type]
    twin = authority.intermediate(
        ROOT,
        key=issuing.key,
        subject_key_identifier=b"B" * 20,
        **other,  # type: ignore[arg-type]
    )
    return [authority.end_entity(issuing, HOST, authority_key_identifier=b"A" * 20), issuing, twin]


@pytest.mark.parametrize("make", [_named_by_serial, _named_by_key], ids=["by-serial", "by-key"])
@pytest.mark.parametrize(
    ("named", "other", "outcome"),
    [
        pytest.param(PAST, {}, Outcome.UNKNOWN, id="named-one-bad-other-one-good"),
        pytest.param({}, PAST, Outcome.SUCCESS, id="named-one-good"),
        pytest.param(PAST, {"usages": (EMAIL,)}, Outcome.FAILURE, id="both-bad"),
    ],
)
def test_the_named_issuer_is_taken_alone(
    make: Callable[[dict[str, object], dict[str, object]], list[Credential]],
    named: dict[str, object],
    other: dict[str, object],
    outcome: Outcome,
) -> None:
    leaf, issuing, twin = make(named, other)
    judgement = _judge(_of(leaf, issuing, twin))
    assert judgement.outcome is outcome
    for either in (issuing, twin) if outcome is Outcome.UNKNOWN else ():
        assert either.certificate.thumbprint in _why(judgement)


def test_an_issuer_that_is_not_at_hand_rules_nobody_out() -> None:
    leaf, _, twin = _named_by_key(PAST, {})
    assert _judge(_of(leaf, twin)).outcome is Outcome.SUCCESS


def test_a_named_twin_that_nobody_trusts_puts_the_trusted_root_in_doubt() -> None:
    twin = authority.root(key=ROOT.key, serial=98)
    leaf = authority.end_entity(twin, HOST, authority_key_identifier=None, authority_serial=98)
    judgement = _judge(_of(leaf, twin))
    assert judgement.outcome is Outcome.UNKNOWN
    assert ROOT.certificate.thumbprint in _why(judgement)


# Key rollover: what another key of the authority signed is no root, wherever it lies.

NEW_KEY = keys.private_key("p256")
ROLLED = authority.intermediate(ROOT, "Lab Root CA", key=NEW_KEY)
ROLLED_WITHOUT_IDENTIFIER = authority.intermediate(
    ROOT, "Lab Root CA", key=NEW_KEY, authority_key_identifier=None
)


@pytest.mark.parametrize("rolled", [ROLLED, ROLLED_WITHOUT_IDENTIFIER], ids=["identified", "unidentified"])
@pytest.mark.parametrize("place", ["sent", "stored", "root"])
def test_a_rolled_over_key_is_an_intermediate(rolled: Credential, place: str) -> None:
    leaf = authority.end_entity(rolled, HOST)
    judgement = _judge(
        _of(leaf, rolled) if place == "sent" else _of(leaf),
        roots=(ROOT, rolled) if place == "root" else (ROOT,),
        stored=(rolled,) if place == "stored" else (),
    )
    assert judgement.outcome is Outcome.SUCCESS
    assert judgement.chain is not None
    assert len(judgement.chain.elements) == 3


def test_a_rolled_over_key_alone_in_root_is_no_anchor() -> None:
    leaf = authority.end_entity(ROLLED, HOST)
    judgement = _judge(_of(leaf), roots=(ROLLED,))
    assert judgement.outcome is Outcome.FAILURE
    assert judgement.chain is not None
    assert judgement.chain.status is Flags.PartialChain


# Names that differ while the key identifiers match.

_COMMON_NAME, _ORGANIZATION = "2.5.4.3", "2.5.4.10"


def _name(organization: str, common_name: str, tag: int = 0x0C) -> bytes:
    codec = {0x1E: "utf-16-be"}.get(tag, "utf-8")
    pairs = (
        encoding.sequence(encoding.object_identifier(oid), der.wrap(tag, text.encode(codec)))
        for oid, text in ((_ORGANIZATION, organization), (_COMMON_NAME, common_name))
    )
    return encoding.sequence(*(der.wrap(0x31, pair) for pair in pairs))


@pytest.mark.parametrize(
    ("issuer_name", "carries"),
    [
        pytest.param(_name("Lab Partner", "Lab Issuing CA", 0x13), True, id="printable-string"),
        pytest.param(_name("Lab Partner", "Lab Issuing CA", 0x1E), True, id="bmp-string"),
        pytest.param(_name("Lab Partner", "LAB ISSUING CA"), True, id="case"),
        pytest.param(_name("Lab Partner", "Lab  Issuing CA "), True, id="space"),
        pytest.param(_name("Lab Partner", "Another CA"), False, id="another-name"),
        pytest.param(_name("Lab Partner", "LabIssuing CA"), False, id="without-a-space"),
        pytest.param(b"\x30\x03\x31\x01\x05", False, id="a-name-that-cannot-be-decoded"),
    ],
)
@pytest.mark.parametrize("stored", [False, True], ids=["sent", "stored"])
def test_a_key_match_under_another_name(issuer_name: bytes, carries: bool, stored: bool) -> None:
    rows: list[tuple[dict[str, object], Outcome]] = [
        ({}, Outcome.SUCCESS if carries else Outcome.UNKNOWN),
        ({"authority_key_identifier": None}, Outcome.FAILURE),
        (PAST, Outcome.FAILURE),
        ({"signed_by": ROOT.key}, Outcome.FAILURE),
    ]
    for options, outcome in rows:
        leaf = authority.end_entity(ISSUING, HOST, issuer_name=issuer_name, **options)  # type: ignore[arg-type]
        sent = _of(leaf) if stored else _of(leaf, ISSUING)
        judgement = _judge(sent, stored=(ISSUING,) if stored else ())
        assert judgement.outcome is outcome, options
        assert ("byte for byte" in _why(judgement)) is (outcome is Outcome.UNKNOWN)


def test_an_expired_certificate_under_a_name_spelt_otherwise_has_its_whole_chain() -> None:
    leaf = authority.end_entity(
        ISSUING,
        HOST,
        issuer_name=_name("Lab Partner", "LAB ISSUING CA"),
        **PAST,  # type: ignore[arg-type]
    )
    judgement = _judge(_of(leaf, ISSUING))
    assert judgement.chain is not None
    assert judgement.chain.status is Flags.NotTimeValid
    assert len(judgement.chain.elements) == 3


# What is certain although a signature cannot be computed here.

_P256 = bytes.fromhex("06082a8648ce3d030107")
_PRIME192V2 = bytes.fromhex("06082a8648ce3d030102")  # X9.62, which OpenSSL's providers leave out
ODD = resigned(
    ISSUING, lambda parts: again.put(again.KEY, parts[again.KEY].replace(_P256, _PRIME192V2))(parts)
)


def _tampered(encoded: bytes) -> bytes:
    return encoded[:-1] + bytes([encoded[-1] ^ 1])


@pytest.mark.parametrize(
    ("make", "outcome", "status"),
    [
        pytest.param(lambda: _judge([LEAF.der, ODD]), Outcome.UNKNOWN, Flags.NotSignatureValid, id="alone"),
        pytest.param(
            lambda: _judge([authority.end_entity(ISSUING, HOST, **PAST).der, ODD]),  # type: ignore[arg-type]
            Outcome.FAILURE,
            Flags.NotTimeValid,
            id="and-expired",
        ),
        pytest.param(
            lambda: _judge([authority.end_entity(ISSUING, HOST, usages=(EMAIL,)).der, ODD]),
            Outcome.FAILURE,
            Flags.NotValidForUsage,
            id="and-for-mail",
        ),
        pytest.param(
            lambda: _judge([LEAF.der, ODD, ROOT.der], roots=()),
            Outcome.FAILURE,
            Flags.UntrustedRoot,
            id="and-untrusted",
        ),
        pytest.param(
            lambda: _judge([LEAF.der, ODD], disallowed=[ODD]),
            Outcome.FAILURE,
            Flags.ExplicitDistrust,
            id="and-disallowed",
        ),
        pytest.param(
            lambda: _judge([LEAF.der, ODD], disallowed=[_tampered(ODD)]),
            Outcome.FAILURE,
            Flags.ExplicitDistrust,
            id="and-disallowed-under-another-signature",
        ),
        pytest.param(
            lambda: _judge([LEAF.der, _tampered(ODD)]),
            Outcome.FAILURE,
            Flags.NotSignatureValid,
            id="and-its-issuer-tampered",
        ),
        pytest.param(
            lambda: _judge([LEAF.der, ODD], host="other.test"),
            Outcome.FAILURE,
            Flags.NotSignatureValid,
            id="and-another-host",
        ),
    ],
)
def test_a_fault_of_every_path_is_a_refusal_whatever_a_signature_is_worth(
    make: Callable[[], Judgement], outcome: Outcome, status: Flags
) -> None:
    judgement = make()
    assert judgement.outcome is outcome
    assert judgement.chain is not None
    assert judgement.chain.status is status


# Ties: the order in which certificates are sent decides nothing.

_RSA_ROOT = authority.root("RSA Root CA", key="rsa2048")
_SOON: dict[str, object] = {"not_after": NOW + 3 * DAY}


@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [
        pytest.param(_SOON, {}, Outcome.WARNING, id="one-ends-soon"),
        pytest.param({"hash": "sha1"}, {}, Outcome.WARNING, id="one-has-an-old-digest"),
        pytest.param({"hash": "md5"}, {}, Outcome.SUCCESS, id="one-is-in-doubt"),
        pytest.param(PAST, {"ca": False}, Outcome.FAILURE, id="both-are-faulty"),
        pytest.param({"usages": (EMAIL,)}, {}, Outcome.SUCCESS, id="one-is-faulty"),
    ],
)
def test_the_order_in_which_issuers_are_sent_decides_nothing(
    one: dict[str, object], other: dict[str, object], outcome: Outcome
) -> None:
    ages = {"not_before": NOW - 100 * DAY, "not_after": NOW + 300 * DAY}
    first = authority.intermediate(_RSA_ROOT, **{**ages, **one})  # type: ignore[arg-type]
    second = authority.intermediate(_RSA_ROOT, key=first.key, **{**ages, **other})  # type: ignore[arg-type]
    leaf = authority.end_entity(first, HOST)
    verdicts = [
        _judge([leaf.der, *_of(*order)], roots=(_RSA_ROOT,))
        for order in itertools.permutations((first, second))
    ]
    assert {judgement.outcome for judgement in verdicts} == {outcome}
    paths = {tuple(e.certificate for e in j.chain.elements) for j in verdicts if j.chain is not None}
    assert len(paths) == 1


def test_among_equals_the_one_that_ends_later_is_shown() -> None:
    later = authority.intermediate(ROOT, not_before=NOW - 100 * DAY, not_after=NOW + 400 * DAY)
    newer = authority.intermediate(ROOT, key=later.key, not_before=NOW - 10 * DAY, not_after=NOW + 300 * DAY)
    judgement = _judge(_of(authority.end_entity(later, HOST), newer, later))
    assert judgement.chain is not None
    assert [e.certificate for e in judgement.chain.elements][1] == later.certificate
    assert [e.certificate for e in judgement.chain.equals] == [newer.certificate]


def test_downloads_come_after_what_is_at_hand() -> None:
    downloaded = authority.intermediate(ROOT, key=ISSUING.key, not_after=NOW + 900 * DAY)
    judgement = api.judge_chain(
        _of(LEAF, ISSUING), host=HOST, roots=_of(ROOT), retrieved=_of(downloaded), at=NOW
    )
    assert judgement.outcome is Outcome.SUCCESS
