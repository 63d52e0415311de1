"""Where a certificate says that its revocation can be looked up, and how CRLs and OCSP answers are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from probe.facts.certificate import Certificate, Extension
from probe.facts.encoding import der
from probe.facts.revocation import crl, ocsp
from probe.facts.revocation.crl import IssuingDistributionPoint
from probe.facts.revocation.signed import extension_list
from probe.lab import authority, revocation
from probe.lab import certificate_extensions as encoding

ROOT = authority.root("Root")
LEAF = authority.end_entity(ROOT)
NOW = datetime.now(UTC).replace(microsecond=0)
URL = "http://ca.lab/ca.crl"


def point(*parts: bytes) -> bytes:
    return encoding.sequence(*parts)


def full_name(*names: bytes) -> bytes:
    return der.wrap(0xA0, der.wrap(0xA0, b"".join(names)))


def pointing(*points: bytes) -> Certificate:
    extension = Extension("2.5.29.31", False, encoding.sequence(*points))
    return authority.end_entity(ROOT, extensions=(extension,)).certificate


REASONS = der.wrap(0x81, b"\x01\x60")
ANOTHER_ISSUER = der.wrap(0xA2, der.wrap(0xA4, authority.name([("2.5.4.3", "Other")])))
RELATIVE = der.wrap(0xA0, der.wrap(0xA1, b""))


@pytest.mark.parametrize(
    ("certificate", "urls"),
    [
        pytest.param(pointing(point(full_name(encoding.uri(URL)))), (URL,), id="one"),
        pytest.param(
            pointing(point(full_name(encoding.uri(URL), encoding.uri("ldap:///CN=CA")))),
            (URL, "ldap:///CN=CA"),
            id="two-names-of-one-point",
        ),
        pytest.param(pointing(point(full_name(encoding.dns_name("ca.lab")))), (), id="no-url"),
        pytest.param(pointing(point(full_name(encoding.uri(URL)), REASONS)), (), id="for-some-reasons"),
        pytest.param(pointing(point(full_name(encoding.uri(URL)), ANOTHER_ISSUER)), (), id="indirect"),
        pytest.param(pointing(point(RELATIVE)), (), id="relative-to-the-issuer"),
        pytest.param(pointing(point()), (), id="empty"),
        pytest.param(pointing(b"\x02\x01\x05"), (), id="undecodable"),
        pytest.param(LEAF.certificate, (), id="none"),
    ],
)
def test_where_crls_are(certificate: Certificate, urls: tuple[str, ...]) -> None:
    assert crl.crl_urls(certificate) == urls


def test_the_names_of_a_point_are_compared_as_encoded() -> None:
    names = crl.crl_point_names(pointing(point(full_name(encoding.uri(URL), encoding.dns_name("x")))))
    assert names == {encoding.uri(URL), encoding.dns_name("x")}


def test_where_responders_are() -> None:
    both = authority.end_entity(ROOT, aia_urls=("http://ca.lab/ca.crt",), ocsp_urls=("http://a", "http://b"))
    assert ocsp.ocsp_urls(both.certificate) == ("http://a", "http://b")
    assert ocsp.ocsp_urls(LEAF.certificate) == ()
    broken = Extension("1.3.6.1.5.5.7.1.1", False, b"\x02\x01\x05")
    assert ocsp.ocsp_urls(authority.end_entity(ROOT, extensions=(broken,)).certificate) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(
            x509.IssuingDistributionPoint(
                [x509.UniformResourceIdentifier(URL)], None, False, False, None, False, False
            ),
            IssuingDistributionPoint((encoding.uri(URL),), False, False, False, False, False),
            id="name",
        ),
        pytest.param(
            x509.IssuingDistributionPoint(None, None, True, False, None, False, False),
            IssuingDistributionPoint(None, True, False, False, False, False),
            id="end-entities",
        ),
        pytest.param(
            x509.IssuingDistributionPoint(None, None, False, True, None, True, False),
            IssuingDistributionPoint(None, False, True, False, True, False),
            id="authorities-indirect",
        ),
        pytest.param(
            x509.IssuingDistributionPoint(
                None, None, False, False, frozenset({x509.ReasonFlags.key_compromise}), False, False
            ),
            IssuingDistributionPoint(None, False, False, True, False, False),
            id="reasons",
        ),
        pytest.param(
            x509.IssuingDistributionPoint(None, None, False, False, None, False, True),
            IssuingDistributionPoint(None, False, False, False, False, True),
            id="attributes",
        ),
    ],
)
def test_the_scope_of_a_crl(value: x509.IssuingDistributionPoint, expected: IssuingDistributionPoint) -> None:
    assert crl.issuing_distribution_point(value.public_bytes()) == expected


def test_a_scope_relative_to_the_issuer_is_refused() -> None:
    with pytest.raises(ValueError, match="relative"):
        crl.issuing_distribution_point(encoding.sequence(RELATIVE))


def test_a_crl_as_read() -> None:
    number = (x509.CRLNumber(7), False)
    made = NOW - timedelta(days=2)
    found = crl.revocation_list(revocation.crl(ROOT, [5], this_update=made, extensions=[number]))
    assert found.issuer == ROOT.certificate.subject.der
    assert (found.this_update, found.next_update) == (made, made + timedelta(days=7))
    assert [e.oid for e in found.extensions] == ["2.5.29.20"]
    entry = found.entry(5)
    assert entry is not None
    assert (entry.revoked_at, entry.critical) == (made, ())
    assert found.entry(6) is None
    assert found.signed.algorithm.oid == "1.2.840.10045.4.3.2"


def test_an_ocsp_answer_as_read() -> None:
    delegate = revocation.delegate(ROOT)
    content = revocation.ocsp(LEAF, revoked=True, responder=delegate, this_update=NOW)
    found = ocsp.ocsp_answer(content)
    assert (found.responder_name, found.responder_key_hash) == (delegate.certificate.subject.der, None)
    assert found.certificates == (delegate.certificate,)
    (single,) = found.responses
    assert (single.status, single.revoked_at, single.this_update) == ("revoked", NOW, NOW)
    assert single.is_about(LEAF.certificate, ROOT.certificate)
    assert not single.is_about(ROOT.certificate, ROOT.certificate)
    by_key = ocsp.ocsp_answer(revocation.ocsp(LEAF, by_name=False))
    assert by_key.responder_key_hash == ocsp.issuer_hashes(ROOT.certificate)[1]
    assert by_key.responder_name is None


def test_of_many_certificates_sent_along_the_first_are_kept() -> None:
    along = [authority.root(f"Root {number}") for number in range(12)]
    found = ocsp.ocsp_answer(revocation.ocsp(LEAF, along=along))
    assert found.certificates == tuple(c.certificate for c in along[:10])


def test_hashes_need_a_certificate_that_can_be_read() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        ocsp.issuer_hashes(Certificate(b""))
    with pytest.raises(ValueError, match="cannot be read"):
        ocsp.key_bits(Certificate(b""))


@pytest.mark.parametrize("read", [crl.revocation_list, ocsp.ocsp_answer])
@given(content=st.binary(max_size=300))
def test_bytes_of_any_kind_are_a_value_error(read: Callable[[bytes], object], content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # in whatever words
        read(content)


@pytest.mark.parametrize("encoded", [encoding.sequence(encoding.sequence()), b"\x02\x01\x05", b""])
def test_what_is_no_list_of_extensions(encoded: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # in whatever words
        tuple(extension_list(encoded))
