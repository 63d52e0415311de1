"""Signature algorithms and keys: what verifies, what Windows knows, what is too weak, and mutated bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.dotnet import SslPolicyErrors
from probe.facts.certificate import AlgorithmIdentifier, Certificate
from probe.facts.encoding import der
from probe.facts.trust_store import TrustStore
from probe.judgement import ssl_policy
from probe.judgement.caller_profile import profile
from probe.judgement.chain import chain_context, signature, signature_algorithm
from probe.judgement.chain.signature import PublicKey, Verification
from probe.judgement.name import hostname
from probe.lab import authority
from probe.lab import certificate_extensions as encoding
from probe.lab.authority import Credential
from tests.judgement.judging import DAY, NOW, Given, build, flags, status


@pytest.mark.parametrize(
    ("key", "digest"),
    [
        ("rsa1024", "sha1"),
        ("rsa2048", "sha1"),
        ("rsa2048", "sha256"),
        ("rsa2048", "sha384"),
        ("rsa2048", "sha512"),
        ("p256", "sha1"),
        ("p256", "sha256"),
        ("p384", "sha384"),
        ("p521", "sha512"),
        ("dsa2048", "sha1"),
    ],
)
def test_algorithms_that_windows_knows(key: str, digest: str) -> None:
    root = authority.root(key=key, hash=digest)  # type: ignore[arg-type]
    leaf = authority.end_entity(root, hash=digest)  # type: ignore[arg-type]
    context = build(Given((leaf,), (root,)))
    assert status(context) == set()
    assert context.indeterminate is None
    tampered = authority.end_entity(root, hash=digest, tampered=True)  # type: ignore[arg-type]
    assert flags(build(Given((tampered,), (root,)))) == ["NotSignatureValid", ""]


@pytest.mark.parametrize(
    ("key", "digest", "name"),
    [("ed25519", "sha256", "Ed25519"), ("rsa2048", "sha224", "sha224RSA"), ("p256", "sha224", "sha224ECDSA")],
)
def test_algorithms_that_windows_does_not_know_make_build_throw(key: str, digest: str, name: str) -> None:
    root = authority.root(key=key, hash="sha256")  # type: ignore[arg-type]
    leaf = authority.end_entity(root, hash=digest)  # type: ignore[arg-type]
    context = build(Given((leaf,), (root,)))
    assert "NotSignatureValid" in flags(context)[0]
    assert context.build_failure is not None
    assert name in context.build_failure
    assert ssl_policy.ssl_policy_errors(context, None) == SslPolicyErrors.RemoteCertificateChainErrors


def test_an_unknown_algorithm_of_a_root_counts_too() -> None:
    root = authority.root(key="ed25519")
    context = build(Given((root,), (root,)))
    assert flags(context) == ["NotSignatureValid"]
    assert context.build_failure is not None


WEAK = "NotSignatureValid HasWeakSignature"


@pytest.mark.parametrize("oid", ["1.2.840.113549.1.1.2", "1.2.840.113549.1.1.3"], ids=["md2", "md4"])
@pytest.mark.parametrize(
    ("below", "trusted", "expected"),
    [
        pytest.param({"hash": "sha256"}, True, ["", WEAK], id="on-the-root"),
        pytest.param({}, True, [WEAK, WEAK], id="on-both"),
        pytest.param(
            {"hash": "sha256"},
            False,
            ["", "NotSignatureValid UntrustedRoot HasWeakSignature"],
            id="on-an-untrusted-root",
        ),
        pytest.param({"not_after": NOW - DAY}, True, ["NotTimeValid", WEAK], id="above-an-expired-leaf"),
    ],
)
def test_md2_and_md4_are_refused_wherever_they_stand(
    oid: str, below: dict[str, object], trusted: bool, expected: list[str]
) -> None:
    root = authority.root(key="rsa2048", signature_oid=oid)
    leaf = authority.end_entity(root, **(below or {"signature_oid": oid}))  # type: ignore[arg-type]
    assert flags(build(Given((leaf, root), (root,) if trusted else ()))) == expected


def test_a_root_signed_with_md2_does_not_hide_its_sound_twin() -> None:
    twin = authority.root(key="rsa2048")
    root = authority.root(key=twin.key, signature_oid="1.2.840.113549.1.1.2", not_before=NOW - DAY)
    leaf = authority.end_entity(twin)
    context = build(Given((leaf,), (root, twin)))
    assert status(context) == set()
    assert context.elements[-1].certificate == twin.certificate


def test_a_short_key_is_weak_wherever_it_stands() -> None:
    root = authority.root(key="rsa512", hash="sha1")
    leaf = authority.end_entity(root, hash="sha1")
    assert flags(build(Given((leaf,), (root,)))) == ["", "NotSignatureValid HasWeakSignature"]


def test_a_key_of_another_kind_did_not_sign() -> None:
    root = authority.root(key="rsa2048")
    twin = authority.root(key="p256")
    leaf = authority.end_entity(twin)
    assert flags(build(Given((leaf,), (root,)))) == ["NotSignatureValid", ""]


def test_old_windows_knows_three_curves() -> None:
    root, other = authority.root(key="p256"), authority.root(key="p384")
    for credential in (root, other):
        leaf = authority.end_entity(credential)
        assert status(build(Given((leaf,), (credential,)), "exchange-2013@2012r2")) == set()


def test_other_curves_are_unknown_to_old_windows_only() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256K1())
    root = authority.root(key=key)
    leaf = authority.end_entity(root)
    assert status(build(Given((leaf,), (root,)), "exchange-2016@2016")) == set()
    unknown = "NotSignatureValid"
    assert flags(build(Given((leaf,), (root,)), "exchange-2016@2012r2")) == [unknown, unknown]


@pytest.mark.parametrize(
    ("options", "trusted", "expected"),
    [
        pytest.param({}, True, {"NotSignatureValid"}, id="trusted"),
        pytest.param({}, False, {"NotSignatureValid", "UntrustedRoot"}, id="untrusted"),
        pytest.param({"not_after": NOW - DAY}, True, {"NotSignatureValid", "NotTimeValid"}, id="and-expired"),
    ],
)
def test_a_self_signature_on_another_curve_is_unknown_to_old_windows(
    options: dict[str, object], trusted: bool, expected: set[str]
) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    alone = authority.end_entity(None, key=ec.generate_private_key(ec.SECP256K1()), **options)  # type: ignore[arg-type]
    given = Given((alone,), (alone,) if trusted else ())
    assert status(build(given, "exchange-2016@2012r2")) == expected
    assert status(build(given, "exchange-2016@2016")) == expected - {"NotSignatureValid"}


def _pss(root: Credential, *, salt: int = 32, mask: str = "sha256") -> Credential:
    """An end-entity signed with RSASSA-PSS and SHA-256 by the root's RSA key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    assert isinstance(root.key, rsa.RSAPrivateKey)
    leaf = authority.end_entity(root)
    parsed = x509.load_der_x509_certificate(leaf.der)
    builder = x509.CertificateBuilder(
        parsed.issuer,
        parsed.subject,
        parsed.public_key(),
        parsed.serial_number,
        parsed.not_valid_before_utc,
        parsed.not_valid_after_utc,
        list(parsed.extensions),
    )
    digest = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384()}[mask]
    scheme = padding.PSS(mgf=padding.MGF1(digest), salt_length=salt)
    encoded = builder.sign(root.key, hashes.SHA256(), rsa_padding=scheme).public_bytes(
        serialization.Encoding.DER
    )
    return Credential(Certificate(encoded), leaf.key, root)


def test_rsassa_pss_with_two_digests_is_left_undecided() -> None:
    root = authority.root(key="rsa2048")
    context = build(Given((_pss(root, mask="sha384"),), (root,)))
    assert status(context) == set()
    assert context.indeterminate is not None
    assert "CNG" in context.indeterminate
    assert status(build(Given((_pss(root, mask="sha384"), root)))) == {"UntrustedRoot"}


def test_rsassa_pss() -> None:
    root = authority.root(key="rsa2048")
    leaf = _pss(root)
    assert status(build(Given((leaf,), (root,)))) == set()
    broken = Certificate(leaf.der[:-1] + bytes([leaf.der[-1] ^ 1]))
    context = chain_context.build(
        [broken], trust=TrustStore("t", (root.certificate,)), caller=profile("exchange-se"), at=NOW
    )
    assert flags(context) == ["NotSignatureValid", ""]


@pytest.mark.parametrize(
    "parameters",
    [b"\x30\x01", b"\x05\x00", encoding.sequence(der.wrap(0xA1, encoding.sequence(b"\x06\x01\x2a")))],
    ids=["cut-off", "null", "no-mgf1"],
)
def test_pss_parameters_that_cannot_be_read(parameters: bytes) -> None:
    identifier = AlgorithmIdentifier("1.2.840.113549.1.1.10", parameters)
    with pytest.raises(ValueError, match=r".+"):
        signature_algorithm.pss_parameters(identifier)
    assert signature_algorithm.digest_of(identifier) is None


def test_pss_defaults_are_those_of_rfc_4055() -> None:
    assert signature_algorithm.pss_parameters(AlgorithmIdentifier("", None)) == ("sha1", "sha1", 20)


def test_specified_ecdsa_names_its_digest_in_the_parameters() -> None:
    sha256 = encoding.sequence(encoding.object_identifier("2.16.840.1.101.3.4.2.1"))
    assert signature_algorithm.digest_of(AlgorithmIdentifier("1.2.840.10045.4.3", sha256)) == "sha256"
    assert signature_algorithm.digest_of(AlgorithmIdentifier("1.2.840.10045.4.3", None)) is None
    assert signature_algorithm.digest_of(AlgorithmIdentifier("1.3.101.112", None)) is None


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("rsa1024", PublicKey("RSA", 1024)),
        ("p384", PublicKey("ECDSA", 384, "secp384r1")),
        ("dsa2048", PublicKey("DSA", 2048)),
        ("ed25519", PublicKey("Ed25519", None)),
    ],
)
def test_public_key(key: str, expected: PublicKey) -> None:
    root = authority.root(key=key)  # type: ignore[arg-type]
    assert root.certificate.structure is not None
    assert signature.public_key(root.certificate.structure.public_key_info) == expected


def test_a_key_that_cannot_be_read_is_unknown_and_verifies_nothing() -> None:
    assert signature.public_key(b"\x30\x00") == PublicKey("unknown", None)
    root = authority.root()
    structure = root.certificate.structure
    assert structure is not None
    broken = Certificate(
        root.der.replace(
            structure.public_key_info,
            b"\x30" + structure.public_key_info[1:2] + b"\0" * (len(structure.public_key_info) - 2),
        )
    )
    assert signature.verify(root.certificate, broken) is Verification.NOT_COMPUTABLE
    unreadable = Certificate(b"")
    assert signature.verify(unreadable, root.certificate) is Verification.NOT_COMPUTABLE
    assert signature.weak_key(unreadable) is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"outer_signature_oid": "1.2.840.10045.4.3.3"}, id="two-algorithms"),
    ],
)
def test_two_different_algorithm_fields_do_not_pass(change: dict[str, str]) -> None:
    root = authority.root()
    leaf = authority.end_entity(root, **change)  # type: ignore[arg-type]
    context = build(Given((leaf,), (root,)))
    assert context.status or context.indeterminate


def test_unused_bits_in_the_signature_leave_it_undecided() -> None:
    root = authority.root(key="rsa2048")
    for _ in range(64):
        leaf = authority.end_entity(root)
        structure = leaf.certificate.structure
        assert structure is not None
        if structure.signature[-1] & 1 == 0:
            break
    else:
        pytest.fail("no signature ended in a zero bit")
    start = len(leaf.der) - len(structure.signature) - 1
    odd = Certificate(leaf.der[:start] + b"\x01" + leaf.der[start + 1 :])
    context = chain_context.build(
        [odd], trust=TrustStore("t", (root.certificate,)), caller=profile("exchange-se"), at=NOW
    )
    assert context.status or context.indeterminate


ROOT = authority.root()
ISSUING = authority.intermediate(ROOT, permitted_dns=("partner.lab",), policies=("1.2.3",))
LEAF = authority.end_entity(ISSUING, policies=("1.2.3",))


@settings(max_examples=300)
@given(st.integers(0, len(LEAF.der) - 1), st.binary(min_size=0, max_size=4), st.integers(0, 4), st.booleans())
def test_no_mutation_is_fine_and_none_raises(start: int, written: bytes, removed: int, upper: bool) -> None:
    original = ISSUING.der if upper else LEAF.der
    mutated = original[:start] + written + original[start + removed :]
    if mutated == original:
        return
    changed = Certificate(mutated)
    presented = [LEAF.certificate, changed] if upper else [changed, ISSUING.certificate]
    caller = profile("exchange-2019")
    context = chain_context.build(
        presented, trust=TrustStore("t", (ROOT.certificate,)), caller=caller, at=NOW
    )
    name = hostname.match(presented[0], "mail.partner.lab", caller)
    assert ssl_policy.ssl_policy_errors(context, name) or context.indeterminate or context.build_failure


def test_a_key_with_a_monstrous_exponent_is_not_computed() -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    modulus = (1 << 2047) + 1
    for bits, computed in ((signature.MAXIMUM_EXPONENT_BITS, True), (2000, False)):
        numbers = rsa.RSAPublicNumbers((1 << (bits - 1)) + 1, modulus)
        encoded = numbers.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert signature.is_known_to_work(encoded) is computed
        assert signature.public_key(encoded) == PublicKey("RSA", 2048)
