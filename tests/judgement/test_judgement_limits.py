"""Every limit of the engine, reached: "cannot tell" with the limit named, or a fault that settles it.

Nothing here measures time. A limit is shown by what is said, and where nothing is said, by what was computed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from probe import api
from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts.certificate import Certificate
from probe.facts.encoding import der
from probe.facts.trust_store import TrustStore
from probe.judgement.caller_profile import profile
from probe.judgement.chain import chain_context, signature, work
from probe.judgement.chain.path_status import MAXIMUM_REASONS, PathStatus
from probe.judgement.chain.work import Work
from probe.judgement.model import ChainContext, Judgement, Outcome
from probe.lab import authority, keys
from probe.lab import certificate_extensions as encoding
from probe.lab.authority import Credential
from tests.judgement.judging import NOW, extension, name_constraints

HOST = "mail.partner.lab"
ROOT = authority.root()
MANY = 600  # names and subtrees: 360,000 comparisons


def _judge(*sent: bytes, roots: Sequence[Credential] = (ROOT,)) -> Judgement:
    return api.judge_chain(sent, host=HOST, roots=[root.der for root in roots], at=NOW)


def _build(done: Work, *sent: Credential, roots: Sequence[Credential] = (ROOT,)) -> ChainContext:
    return chain_context.build(
        [credential.certificate for credential in sent],
        trust=TrustStore("test", tuple(root.certificate for root in roots)),
        caller=profile("exchange-2019"),
        at=NOW,
        work=done,
    )


def _dns(prefix: str, suffix: str) -> list[bytes]:
    return [der.wrap(0x82, f"{prefix}{number}{suffix}".encode()) for number in range(MANY)]


def _directories(prefix: str) -> list[bytes]:
    names = (authority.name([("2.5.4.3", f"{prefix}{number}")]) for number in range(MANY))
    return [der.wrap(0xA4, name) for name in names]


def _uris(prefix: str) -> list[bytes]:
    return [der.wrap(0x86, f"http://{prefix}{number}.lab/".encode()) for number in range(MANY)]


def _constrained(names: list[bytes], **trees: list[bytes]) -> tuple[Credential, Credential]:
    issuing = authority.intermediate(ROOT, extensions=(name_constraints(**trees),))
    return authority.end_entity(issuing, HOST, other_names=names), issuing


@pytest.mark.parametrize(
    ("make", "outcome"),
    [
        pytest.param(
            lambda: _constrained(_dns("h", ".lab"), excluded=_dns("t", ".test")),
            Outcome.UNKNOWN,
            id="all-outside-excluded",
        ),
        pytest.param(
            lambda: _constrained(_directories("h"), excluded=_directories("t")),
            Outcome.UNKNOWN,
            id="directory-names",
        ),
        pytest.param(
            lambda: _constrained(_uris("h"), excluded=[der.wrap(0x86, b"t.lab")] * MANY),
            Outcome.UNKNOWN,
            id="addresses-of-pages",
        ),
        pytest.param(
            lambda: _constrained(_dns("h", ".lab"), excluded=_dns("t", ".test")[1:] + _dns("h1", ".lab")[:1]),
            Outcome.FAILURE,
            id="a-fault-is-met-first",
        ),
        pytest.param(
            lambda: _constrained(_dns("h", ".lab"), permitted=_dns("t", ".test")),
            Outcome.FAILURE,
            id="all-outside-permitted",
        ),
        pytest.param(
            lambda: _constrained(_dns("h", ".lab"), excluded=[der.wrap(0x82, b"lab")] * MANY),
            Outcome.FAILURE,
            id="all-inside-excluded",
        ),
    ],
)
def test_comparisons_of_names_have_a_budget(
    make: Callable[[], tuple[Credential, Credential]], outcome: Outcome
) -> None:
    leaf, issuing = make()
    done = Work()
    context = _build(done, leaf, issuing)
    assert done.comparisons >= -1
    assert _judge(leaf.der, issuing.der).outcome is outcome
    assert (str(work.MAXIMUM_COMPARISONS) in (context.indeterminate or "")) is (outcome is Outcome.UNKNOWN)
    assert all(len(element.reasons) <= MAXIMUM_REASONS for element in context.elements)


def test_the_constraints_of_twins_share_the_budget() -> None:
    leaf, issuing = _constrained(_dns("h", ".lab"), excluded=_dns("t", ".test")[:400])
    twins = [
        authority.intermediate(
            ROOT, key=issuing.key, extensions=(name_constraints(excluded=_dns(f"u{number}", ".test")[:400]),)
        )
        for number in range(4)
    ]
    done = Work()
    assert _build(done, leaf, issuing, *twins).indeterminate is None
    assert -len(twins) <= done.comparisons < 0


def test_the_same_question_costs_nothing_the_second_time() -> None:
    leaf, issuing = _constrained(_dns("h", ".lab")[:20], excluded=_dns("t", ".test")[:20])
    done = Work()
    _build(done, leaf, issuing)
    spent = done.signatures, done.comparisons
    _build(done, leaf, issuing)
    assert (done.signatures, done.comparisons) == spent


def test_reasons_have_a_limit() -> None:
    status = PathStatus(1)
    for number in range(3 * MAXIMUM_REASONS):
        status.add(0, Flags.NotTimeValid, f"reason {number % (2 * MAXIMUM_REASONS)}")
    assert len(status.reasons[0]) == MAXIMUM_REASONS


def test_unknown_critical_extensions_by_the_hundred_are_one_fault_with_some_reasons() -> None:
    odd = [extension(f"1.2.3.{number}", b"\x05\x00", critical=True) for number in range(900)]
    leaf = authority.end_entity(ROOT, HOST, extensions=odd)
    judgement = _judge(leaf.der)
    assert judgement.outcome is Outcome.FAILURE
    assert judgement.chain is not None
    assert len(judgement.chain.elements[0].reasons) == MAXIMUM_REASONS


def test_long_paths_together_have_a_limit_of_octets() -> None:
    """Sixty authorities of one name, none of which signed, each of 40 KB."""
    much = extension("1.2.3.4", der.wrap(0x04, b"\0" * 40_000))
    twins = [
        authority.intermediate(ROOT, signed_by=keys.private_key("p256"), extensions=(much,))
        for _ in range(60)
    ]
    leaf = authority.end_entity(twins[0], HOST, signed_by=keys.private_key("p256"))
    done = Work()
    context = _build(done, leaf, *twins)
    assert context.status & Flags.NotSignatureValid
    assert "octets" in (context.comparison_stopped or "")


def test_a_judgement_has_no_more_signatures_than_its_budget() -> None:
    done = Work()
    done.signatures = 1
    issuing = authority.intermediate(ROOT)
    context = _build(done, authority.end_entity(issuing, HOST), issuing)
    assert context.indeterminate is not None
    assert "too many signatures" in context.indeterminate


def test_a_judgement_has_no_more_steps_or_octets_than_its_budget() -> None:
    issuing = authority.intermediate(ROOT)
    leaf = authority.end_entity(issuing, HOST)
    for budget, words in (("steps", "candidates"), ("octets", "octets")):
        done = Work()
        setattr(done, budget, 1)
        context = _build(done, leaf, issuing)
        assert words in (context.indeterminate or "")


def test_long_keys_cost_more_of_the_budget_and_monstrous_ones_are_not_loaded() -> None:
    usual = authority.root("Usual CA", key="rsa2048")
    monstrous = Certificate(ROOT.der)
    assert signature.price(usual.certificate) == 1
    assert signature.price(_with_modulus_of(8_192)) == 16
    assert signature.price(monstrous) == 1
    key = _with_modulus_of(80_000).structure
    assert key is not None
    assert not signature.is_known_to_work(key.public_key_info)


def _with_modulus_of(bits: int) -> Certificate:
    """A certificate whose RSA key has a modulus of so many bits, which nobody generated."""
    from tests.judgement.resigned import KEY, put, resigned

    numbers = encoding.sequence(encoding.integer((1 << bits) - 1), encoding.integer(65_537))
    algorithm = encoding.sequence(encoding.object_identifier("1.2.840.113549.1.1.1"), b"\x05\x00")
    info = encoding.sequence(algorithm, der.wrap(0x03, b"\0" + numbers))
    return Certificate(resigned(authority.root("Long CA"), put(KEY, info)))


def test_equal_paths_have_a_limit() -> None:
    first = authority.intermediate(ROOT)
    twins = [authority.intermediate(ROOT, key=first.key) for _ in range(2 * work.MAXIMUM_EQUALS)]
    context = _build(Work(), authority.end_entity(first, HOST), first, *twins)
    assert context.status is Flags.NoError
    assert 0 < len(context.equals) < work.MAXIMUM_EQUALS


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(lambda: b"\x30\x80" * 30_000, id="nested-without-end"),
        pytest.param(lambda: b"\x30\x84\xff\xff\xff\xff", id="a-length-of-4-gigabytes"),
        pytest.param(lambda: authority.end_entity(ROOT, HOST, serial=1 << 200_000).der, id="a-long-serial"),
        pytest.param(
            lambda: authority.end_entity(ROOT, HOST, extensions=(extension("1.2.3", _nested()),)).der,
            id="a-nested-extension",
        ),
        pytest.param(
            lambda: (
                authority.end_entity(
                    ROOT, HOST, subject=[("2.5.4.11", f"unit {number}") for number in range(2_000)]
                ).der
            ),
            id="a-subject-of-2000-parts",
        ),
        pytest.param(
            lambda: authority.end_entity(ROOT, HOST, common_names=("ü" * 40_000,), dns_names=()).der,
            id="a-name-too-long-for-punycode",
        ),
    ],
)
def test_no_exception_leaves_the_judge(hostile: Callable[[], bytes]) -> None:
    judgement = _judge(hostile(), ROOT.der)
    assert judgement.chain is not None


def _nested() -> bytes:
    encoded = b""
    for _ in range(5_000):
        encoded = der.wrap(der.SEQUENCE, encoded)
    return encoded
