"""Signatures that no library here can compute: nobody knows, unless something else settles it."""

from __future__ import annotations

import pytest

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts.certificate import Certificate
from probe.facts.trust_store import TrustStore
from probe.judgement.caller_profile import profile
from probe.judgement.chain import chain_context
from probe.judgement.model import ChainContext
from probe.lab import authority, keys
from tests.judgement.judging import DAY, NOW

_P256 = bytes.fromhex("06082a8648ce3d030107")
_PRIME192V2 = bytes.fromhex("06082a8648ce3d030102")  # X9.62, which OpenSSL's providers leave out


def _unusual(credential: authority.Credential) -> Certificate:
    """The certificate with a curve for its key that nobody here can compute with."""
    assert credential.der.count(_P256) == 1
    return Certificate(credential.der.replace(_P256, _PRIME192V2))


_KEY = keys.private_key("p256", slot="uncomputable")
ROOT = authority.root("Unusual Root CA", key=_KEY)
UNUSUAL_ROOT = _unusual(ROOT)
OTHER_ROOT = authority.root("Other Root CA")
ISSUING = authority.intermediate(ROOT)
CROSS = authority.intermediate(OTHER_ROOT, key=ISSUING.key, not_before=NOW - DAY)
LEAF = authority.end_entity(ISSUING)
EXPIRED = authority.end_entity(ISSUING, not_before=NOW - 9 * DAY, not_after=NOW - DAY)


def _build(presented: tuple[Certificate, ...], *roots: Certificate) -> ChainContext:
    trust = TrustStore("test", roots)
    return chain_context.build(presented, trust=trust, caller=profile("exchange-2019"), at=NOW)


LEAF_UNTRUSTED = (LEAF.certificate, ISSUING.certificate, CROSS.certificate, OTHER_ROOT.certificate)


@pytest.mark.parametrize(
    ("presented", "roots"),
    [
        pytest.param((LEAF.certificate, ISSUING.certificate), (UNUSUAL_ROOT,), id="alone"),
        pytest.param(LEAF_UNTRUSTED, (UNUSUAL_ROOT,), id="beside-an-untrusted-path"),
        pytest.param((UNUSUAL_ROOT,), (UNUSUAL_ROOT,), id="self-signed"),
    ],
)
def test_nobody_knows(presented: tuple[Certificate, ...], roots: tuple[Certificate, ...]) -> None:
    context = _build(presented, *roots)
    assert context.indeterminate is not None
    assert "cannot be computed here" in context.indeterminate
    assert context.elements[-1].certificate == UNUSUAL_ROOT
    assert context.status is Flags.NotSignatureValid


def test_a_sound_path_beside_it_counts() -> None:
    context = _build(LEAF_UNTRUSTED, UNUSUAL_ROOT, OTHER_ROOT.certificate)
    assert context.indeterminate is None
    assert context.status is Flags.NoError


def test_a_fault_of_every_path_settles_it() -> None:
    context = _build((EXPIRED.certificate, *LEAF_UNTRUSTED[1:]), UNUSUAL_ROOT)
    assert context.indeterminate is None
    assert context.status & Flags.NotTimeValid


def test_a_computable_signature_that_is_wrong_settles_it() -> None:
    damaged = authority.end_entity(ISSUING, tampered=True)
    context = _build((damaged.certificate, ISSUING.certificate), ROOT.certificate)
    assert context.indeterminate is None
    assert context.status is Flags.NotSignatureValid
