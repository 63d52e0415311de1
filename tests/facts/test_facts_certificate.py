"""A certificate is its DER: what can be read of it, however it is damaged, and what cannot."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from probe.facts.certificate import Certificate, Extension
from probe.facts.encoding import der
from probe.facts.trust_store import ListedRoot, RootProperties, TrustStore, disallowed_identifiers
from probe.lab import authority, keys
from probe.lab.authority import Credential

NOW = datetime.now(UTC).replace(microsecond=0)
ROOT = authority.root()
ISSUING = authority.intermediate(ROOT)
LEAF = authority.end_entity(ISSUING)


@pytest.mark.parametrize(
    "credential",
    [
        pytest.param(ROOT, id="root"),
        pytest.param(LEAF, id="end-entity"),
        pytest.param(authority.end_entity(ISSUING, key="rsa2048"), id="rsa"),
        pytest.param(authority.end_entity(ISSUING, version=1), id="version-1"),
        pytest.param(authority.end_entity(ISSUING, serial=1 << 150), id="long-serial"),
        pytest.param(
            authority.end_entity(ISSUING, not_after=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
            id="without-end",
        ),
    ],
)
def test_the_structure_is_what_another_library_reads(credential: Credential) -> None:
    other = x509.load_der_x509_certificate(credential.der)
    structure = credential.certificate.structure
    assert structure is not None
    assert structure.serial == other.serial_number
    assert (structure.not_before, structure.not_after) == (
        other.not_valid_before_utc,
        other.not_valid_after_utc,
    )
    assert structure.subject.der == other.subject.public_bytes()
    assert structure.issuer.der == other.issuer.public_bytes()
    assert structure.signed_bytes == other.tbs_certificate_bytes
    assert structure.signature == other.signature
    assert structure.signature_algorithm.oid == other.signature_algorithm_oid.dotted_string
    assert structure.version == {x509.Version.v1: 1, x509.Version.v3: 3}[other.version]
    if structure.version == 3:
        assert [(e.oid, e.critical, e.value) for e in structure.extensions] == [
            (e.oid.dotted_string, e.critical, e.value.public_bytes()) for e in other.extensions
        ]


def test_fingerprints_are_over_the_whole_certificate() -> None:
    certificate = LEAF.certificate
    assert certificate.thumbprint == hashlib.sha1(certificate.der).hexdigest().upper()
    assert certificate.sha256 == hashlib.sha256(certificate.der).hexdigest()


def test_equality_and_hash_are_those_of_the_der() -> None:
    again = Certificate(bytes(LEAF.der))
    assert again == LEAF.certificate
    assert len({again, LEAF.certificate, ISSUING.certificate}) == 2


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x30\x00", id="an-empty-sequence"),
        pytest.param(LEAF.der[:-1], id="cut-off"),
        pytest.param(b"\x30\x84\xff\xff\xff\xff", id="a-length-of-4-gigabytes"),
        pytest.param(b"\x30\x80" + LEAF.der[4:], id="an-indefinite-length-without-end"),
        pytest.param(b"MIIB", id="text"),
    ],
)
def test_what_cannot_be_read_is_a_certificate_all_the_same(content: bytes) -> None:
    certificate = Certificate(content)
    assert certificate.structure is None
    assert certificate.unreadable
    assert (str(certificate.subject), certificate.extensions, certificate.self_issued) == ("", (), False)
    assert certificate.extension("2.5.29.17") is None
    assert certificate.thumbprint in repr(certificate)


@given(st.binary(max_size=400))
def test_no_bytes_raise(content: bytes) -> None:
    certificate = Certificate(content)
    assert (certificate.structure is None) == (certificate.unreadable is not None)


@given(st.integers(0, len(LEAF.der) - 1), st.integers(0, 255))
def test_no_octet_out_of_place_raises(position: int, octet: int) -> None:
    data = bytearray(LEAF.der)
    data[position] = octet
    certificate = Certificate(bytes(data))
    assert (certificate.structure is None) == (certificate.unreadable is not None)
    assert disallowed_identifiers(certificate) is not None


def test_an_extension_that_cannot_be_decoded_does_not_hide_the_others() -> None:
    broken = authority.end_entity(ISSUING, extensions=(_odd(),))
    assert [e.oid for e in broken.certificate.extensions][:2] == [e.oid for e in LEAF.certificate.extensions][
        :2
    ]
    assert broken.certificate.extension("2.5.29.32") == _odd()


def _odd() -> Extension:
    return Extension("2.5.29.32", critical=True, value=b"\xff")


def test_extensions_are_found_in_the_order_of_the_oids_asked_for() -> None:
    found = LEAF.certificate.extension("2.5.29.7", "2.5.29.17", "2.5.29.14")
    assert found is not None
    assert found.oid == "2.5.29.17"


def test_self_issued_says_nothing_about_who_signed() -> None:
    other_key = authority.root(signed_by=ISSUING.key)
    assert other_key.certificate.self_issued
    assert not ISSUING.certificate.self_issued


def test_an_encoding_that_is_not_der_is_read_leniently() -> None:
    """A BOOLEAN of 0x01 is BER: the strict decoder refuses it, Windows does not."""
    data = bytearray(ISSUING.der)
    critical = data.index(b"\x01\x01\xff")
    data[critical + 2] = 0x01
    certificate = Certificate(bytes(data))
    assert certificate.structure is not None
    assert certificate.subject == ISSUING.certificate.subject


# Small steps over DER.


@pytest.mark.parametrize("size", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000])
def test_lengths_are_read_back(size: int) -> None:
    encoded = der.wrap(0x04, b"x" * size)
    value = der.single(encoded)
    assert bytes(value.data) == b"x" * size
    assert der.whole(value) == encoded


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x04\x05x", id="cut-off"),
        pytest.param(b"\x04\x00\x04\x00", id="two"),
    ],
)
def test_one_value_is_one_value(encoded: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        der.single(encoded)


def test_numbers_may_be_negative_but_not_empty() -> None:
    assert [der.unsigned(b"\x7f"), der.unsigned(b"\xff"), der.unsigned(b"\x00\xff")] == [127, -1, 255]
    with pytest.raises(ValueError, match="without octets"):
        der.unsigned(b"")


# Trust stores.


def _listed(root: Credential, properties: RootProperties | None = None) -> ListedRoot:
    return ListedRoot(root.certificate.thumbprint, properties=properties or RootProperties())


def test_a_listed_root_at_hand_becomes_an_automatic_root_with_its_properties() -> None:
    properties = RootProperties(disallowed_after=NOW, friendly_name="Lab")
    store = TrustStore("list", listed=(_listed(ROOT, properties), _listed(ISSUING)))
    found = store.with_listed((LEAF.certificate, ROOT.certificate))
    assert found.roots == (ROOT.certificate,)
    assert found.properties_of(ROOT.certificate).automatic
    assert found.properties_of(ROOT.certificate).disallowed_after == NOW
    assert [root.thumbprint for root in found.listed] == [ISSUING.certificate.thumbprint]


@pytest.mark.parametrize(
    "store",
    [
        pytest.param(TrustStore("without-list"), id="no-list"),
        pytest.param(TrustStore("list", listed=(_listed(ISSUING),)), id="another-root-listed"),
        pytest.param(
            TrustStore("list", roots=(ROOT.certificate,), listed=(_listed(ROOT),)), id="a-root-already"
        ),
    ],
)
def test_a_store_that_learns_nothing_is_the_same(store: TrustStore) -> None:
    assert store.with_listed((ROOT.certificate,)) is store


def test_a_list_names_a_certificate_by_its_key_or_its_signed_part() -> None:
    structure = LEAF.certificate.structure
    assert structure is not None
    identifiers = disallowed_identifiers(LEAF.certificate)
    assert hashlib.md5(keys.public_key_bits(LEAF.key)).hexdigest().upper() in identifiers
    assert hashlib.sha256(structure.signed_bytes).hexdigest().upper() in identifiers
    for identifier in identifiers:
        store = TrustStore("list", disallowed_identifiers=(identifier,))
        assert store.disallows(LEAF.certificate)
        assert not store.disallows(ISSUING.certificate)


def test_the_content_hash_sees_everything_that_decides() -> None:
    plain = TrustStore("a", roots=(ROOT.certificate, ISSUING.certificate))
    same = TrustStore("b", roots=(ISSUING.certificate, ROOT.certificate))
    others = [
        TrustStore("a", roots=(ROOT.certificate,)),
        TrustStore("a", roots=plain.roots, intermediates=(LEAF.certificate,)),
        TrustStore("a", roots=plain.roots, disallowed=(LEAF.certificate,)),
        TrustStore("a", roots=plain.roots, listed=(_listed(ROOT),)),
        TrustStore("a", roots=plain.roots, disallowed_hashes=("AA",)),
        TrustStore("a", roots=plain.roots, disallowed_identifiers=("BB",)),
        TrustStore("a", roots=plain.roots, properties=(("AA", RootProperties(automatic=True)),)),
    ]
    assert plain.sha256 == same.sha256
    assert len({plain.sha256, *(store.sha256 for store in others)}) == len(others) + 1
