"""The authority makes sound certificates by default, and exactly the mistake it is asked for otherwise."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import verification

from probe.errors import UsageError
from probe.facts.certificate import Certificate, Extension
from probe.lab import authority, keys
from probe.lab.authority import Credential

ROOT = authority.root()
ISSUING = authority.intermediate(ROOT, path_length=0)
HOST = "mail.partner.lab"
LONG_AGO = datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)
FAR_AWAY = datetime(2051, 1, 1, tzinfo=UTC)


def parsed(credential: Credential) -> x509.Certificate:
    return x509.load_der_x509_certificate(credential.der)


def test_a_sound_chain_is_accepted_by_a_strict_verifier() -> None:
    leaf = authority.end_entity(ISSUING, HOST)
    store = verification.Store([parsed(ROOT)])
    verifier = verification.PolicyBuilder().store(store).build_server_verifier(x509.DNSName(HOST))
    chain = verifier.verify(parsed(leaf), [parsed(ISSUING)])
    assert [c.serial_number for c in chain] == [parsed(c).serial_number for c in (leaf, ISSUING, ROOT)]


def test_a_credential_knows_its_chain_and_its_pem() -> None:
    leaf = authority.end_entity(ISSUING, HOST)
    assert leaf.chain == (leaf.certificate, ISSUING.certificate, ROOT.certificate)
    assert [ssl.PEM_cert_to_DER_cert(leaf.pem), ssl.PEM_cert_to_DER_cert(ROOT.pem)] == [leaf.der, ROOT.der]
    assert leaf.chain_pem() == leaf.pem + ISSUING.pem
    assert leaf.chain_pem(with_root=True) == leaf.pem + ISSUING.pem + ROOT.pem
    assert authority.root().chain_pem().count("BEGIN") == 1


def test_an_address_goes_into_the_san_as_such() -> None:
    leaf = parsed(authority.end_entity(ISSUING, "192.0.2.7"))
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("192.0.2.7")]


def extension(credential: Credential, oid: str) -> Extension | None:
    return credential.certificate.extension(oid)


def value(credential: Credential, oid: str) -> bytes:
    found = extension(credential, oid)
    assert found is not None
    return found.value


@pytest.mark.parametrize(
    ("made", "holds"),
    [
        pytest.param(
            lambda: authority.end_entity(ISSUING, common_names=("a.lab", "b.lab")),
            lambda c: str(c.certificate.subject).count("CN=") == 2,
            id="several-common-names",
        ),
        pytest.param(
            lambda: authority.end_entity(ISSUING, common_names=(), organization=None),
            lambda c: c.certificate.subject.der == b"\x30\x00",
            id="empty-subject",
        ),
        pytest.param(
            lambda: authority.end_entity(ISSUING, subject=(("2.5.4.3", "nul\0host"),)),
            lambda c: b"nul\0host" in c.certificate.subject.der,
            id="nul-in-a-name",
        ),
        pytest.param(
            lambda: authority.end_entity(ISSUING, issuer_name=(("2.5.4.3", "Nobody"),)),
            lambda c: str(c.certificate.issuer) == "CN=Nobody",
            id="wrong-issuer-name",
        ),
        pytest.param(
            lambda: authority.end_entity(ISSUING, san_oid="2.5.29.7"),
            lambda c: extension(c, "2.5.29.17") is None and extension(c, "2.5.29.7") is not None,
            id="obsolete-san",
        ),
        pytest.param(
            lambda: authority.end_entity(ISSUING, not_before=LONG_AGO, not_after=FAR_AWAY),
            lambda c: (
                (c.certificate.structure.not_before, c.certificate.structure.not_after)
                == (LONG_AGO, FAR_AWAY)
            ),
            id="validity-in-both-encodings",
        ),
        pytest.param(
            lambda: authority.end_entity(ISSUING, serial=-5),
            lambda c: c.certificate.structure.serial == -5,
            id="negative-serial",
        ),
        pytest.param(
            lambda: authority.end_entity(ISSUING, version=1),
            lambda c: c.certificate.structure.version == 1 and c.certificate.extensions == (),
            id="version-1",
        ),
        pytest.param(
            lambda: authority.intermediate(ROOT, ca=None),
            lambda c: extension(c, "2.5.29.19") is None,
            id="no-basic-constraints",
        ),
        pytest.param(
            lambda: authority.intermediate(ROOT, ca=False, path_length=3),
            lambda c: value(c, "2.5.29.19") == bytes.fromhex("3003020103"),
            id="path-length-without-ca",
        ),
        pytest.param(
            lambda: authority.intermediate(ROOT, key_usage=("digitalSignature", "decipherOnly")),
            lambda c: value(c, "2.5.29.15") == bytes.fromhex("0303078080"),
            id="key-usage-of-two-octets",
        ),
        pytest.param(
            lambda: authority.intermediate(ROOT, key_usage=()),
            lambda c: value(c, "2.5.29.15") == bytes.fromhex("030100"),
            id="key-usage-without-bits",
        ),
        pytest.param(
            lambda: authority.end_entity(ISSUING, usages=(authority.CLIENT_AUTH,)),
            lambda c: value(c, "2.5.29.37") == bytes.fromhex("300a06082b06010505070302"),
            id="wrong-usage",
        ),
        pytest.param(
            lambda: authority.end_entity(ISSUING, subject_key_identifier=None, authority_key_identifier=None),
            lambda c: extension(c, "2.5.29.14") is None and extension(c, "2.5.29.35") is None,
            id="no-key-identifiers",
        ),
        pytest.param(
            lambda: authority.end_entity(ISSUING, authority_key_identifier=b"other", authority_serial=7),
            lambda c: (
                value(c, "2.5.29.35").startswith(b"\x30")
                and b"\x80\x05other" in value(c, "2.5.29.35")
                and value(c, "2.5.29.35").endswith(b"\x82\x01\x07")
            ),
            id="authority-key-identifier-by-everything",
        ),
        pytest.param(
            lambda: authority.intermediate(ROOT, permitted_dns=("partner.lab",), subtree_minimum=2),
            lambda c: value(c, "2.5.29.30") == b"\x30\x14\xa0\x12\x30\x10\x82\x0bpartner.lab\x80\x01\x02",
            id="name-constraints-with-minimum",
        ),
        pytest.param(
            lambda: authority.end_entity(
                ISSUING, extensions=(Extension("1.3.6.1.4.1.99999.9", critical=True, value=b"junk"),)
            ),
            lambda c: c.certificate.extensions[-1] == Extension("1.3.6.1.4.1.99999.9", True, b"junk"),
            id="raw-critical-extension",
        ),
        pytest.param(
            lambda: authority.end_entity(ISSUING, outer_signature_oid="1.2.3"),
            lambda c: (
                c.certificate.structure.signature_algorithm.oid == "1.2.3"
                and c.certificate.structure.inner_signature_algorithm.oid == "1.2.840.10045.4.3.2"
            ),
            id="signature-algorithms-disagree",
        ),
    ],
)
def test_a_mistake_is_in_the_certificate(
    made: Callable[[], Credential], holds: Callable[[Credential], bool]
) -> None:
    credential = made()
    assert credential.certificate.structure is not None
    assert holds(credential)


def test_urls_and_policies_are_written_as_the_library_reads_them() -> None:
    leaf = parsed(
        authority.end_entity(
            ISSUING,
            aia_urls=("http://ca.lab/ca.cer",),
            ocsp_urls=("http://ocsp.lab",),
            crl_urls=("http://ca.lab/a.crl", "http://ca.lab/b.crl"),
            policies=("1.2.3.4",),
        )
    )
    access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    points = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    policies = leaf.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [d.access_location.value for d in access] == ["http://ca.lab/ca.cer", "http://ocsp.lab"]
    assert [p.full_name[0].value for p in points if p.full_name] == [
        "http://ca.lab/a.crl",
        "http://ca.lab/b.crl",
    ]
    assert [p.policy_identifier.dotted_string for p in policies] == ["1.2.3.4"]


def test_name_constraints_are_written_as_the_library_reads_them() -> None:
    issuing = parsed(
        authority.intermediate(
            ROOT, permitted_dns=("a.lab",), permitted_ips=("10.0.0.0/8",), excluded_ips=("fe80::/10",)
        )
    )
    constraints = issuing.extensions.get_extension_for_class(x509.NameConstraints).value
    assert constraints.permitted_subtrees == [
        x509.DNSName("a.lab"),
        x509.IPAddress(ipaddress.ip_network("10.0.0.0/8")),
    ]
    assert constraints.excluded_subtrees == [x509.IPAddress(ipaddress.ip_network("fe80::/10"))]


def test_a_tampered_certificate_differs_in_its_signature_only() -> None:
    leaf = parsed(authority.end_entity(ISSUING, tampered=True))
    with pytest.raises(InvalidSignature):
        leaf.verify_directly_issued_by(parsed(ISSUING))


def test_a_certificate_can_be_signed_by_a_key_that_is_not_its_issuers() -> None:
    other = keys.private_key()
    leaf = parsed(authority.end_entity(ISSUING, signed_by=other))
    with pytest.raises(InvalidSignature):
        leaf.verify_directly_issued_by(parsed(ISSUING))


@pytest.mark.parametrize(
    ("kind", "hash_name"),
    [
        pytest.param("p256", "sha256", id="p256"),
        pytest.param("p384", "sha384", id="p384"),
        pytest.param("p521", "sha512", id="p521"),
        pytest.param("ed25519", "sha256", id="ed25519"),
        pytest.param("dsa2048", "sha256", id="dsa"),
        pytest.param("rsa2048", "sha1", id="rsa-sha1"),
        pytest.param("rsa1024", "md5", id="rsa-md5"),
        pytest.param("rsa512", "sha256", id="rsa-512"),
        pytest.param("p256", "sha1", id="ecdsa-sha1"),
    ],
)
def test_a_root_of_any_key_and_hash_signs_itself(kind: keys.KeyKind, hash_name: keys.HashName) -> None:
    credential = authority.root(key=kind, hash=hash_name)
    certificate = parsed(credential)
    if hash_name == "sha1" and kind == "p256":
        # The library verifies no ECDSA with SHA-1 any more; that it is written as such is enough.
        assert credential.certificate.structure is not None
        assert credential.certificate.structure.signature_algorithm.oid == "1.2.840.10045.4.1"
        return
    public = certificate.public_key()
    if hash_name in ("md5", "sha1"):
        assert isinstance(public, rsa.RSAPublicKey)
        assert certificate.signature_hash_algorithm is not None
        assert certificate.signature_hash_algorithm.name == hash_name
        recovered = pow(int.from_bytes(certificate.signature), 65537, public.public_numbers().n)
        assert f"{recovered:x}".startswith("1ffffff")
        return
    certificate.verify_directly_issued_by(certificate)


def test_slow_keys_are_shared_by_role_and_quick_ones_are_not() -> None:
    assert keys.private_key("rsa2048", "a") is keys.private_key("rsa2048", "a")
    assert keys.private_key("rsa2048", "a") is not keys.private_key("rsa2048", "b")
    assert keys.public_key_info(keys.private_key()) != keys.public_key_info(keys.private_key())


def test_a_short_rsa_key_has_its_size() -> None:
    key = keys.private_key("rsa512")
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 512


def test_an_unknown_kind_of_key_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no such kind of key"):
        keys.private_key("rsa7")  # type: ignore[arg-type]


def test_a_key_and_a_hash_that_do_not_go_together_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no signature algorithm"):
        authority.root(hash="md5")


def test_a_cross_signed_authority_has_one_key_and_two_certificates() -> None:
    other = authority.root("Other Root CA")
    cross = authority.intermediate(other, key=ISSUING.key)
    leaf = parsed(authority.end_entity(ISSUING))
    leaf.verify_directly_issued_by(parsed(ISSUING))
    leaf.verify_directly_issued_by(parsed(cross))
    assert cross.der != ISSUING.der


def test_pem_is_written_for_what_nobody_can_parse() -> None:
    pem = authority.certificate_pem(Certificate(b"no certificate"))
    assert ssl.PEM_cert_to_DER_cert(pem) == b"no certificate"


def test_default_validity_surrounds_the_present() -> None:
    now = datetime.now(UTC)
    for credential in (ROOT, ISSUING, authority.end_entity(ISSUING)):
        structure = credential.certificate.structure
        assert structure is not None
        assert structure.not_before < now - timedelta(days=1) < now + timedelta(days=30) < structure.not_after
