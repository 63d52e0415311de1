"""Each extension on its own: what it says, and ValueError for what cannot be decoded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.facts import constraints, extensions
from probe.facts.certificate import Certificate, Extension
from probe.facts.constraints import NameConstraints, PolicyConstraints, Subtree
from probe.facts.encoding import der
from probe.facts.extensions import AuthorityKeyIdentifier, BasicConstraints, GeneralName
from probe.lab import authority
from probe.lab import certificate_extensions as encoding

Decoder = Callable[[bytes], object]


def _hex(text: str) -> bytes:
    return bytes.fromhex(text)


NAME = authority.name([("2.5.4.3", "CA")])
OID = encoding.object_identifier("1.2.3")


@pytest.mark.parametrize(
    ("decoder", "encoded", "expected"),
    [
        pytest.param(extensions.basic_constraints, _hex("3000"), BasicConstraints(False, None), id="no-ca"),
        pytest.param(extensions.basic_constraints, _hex("30030101ff"), BasicConstraints(True, None), id="ca"),
        pytest.param(
            extensions.basic_constraints, _hex("3003010101"), BasicConstraints(True, None), id="ber-true"
        ),
        pytest.param(
            extensions.basic_constraints,
            _hex("3003010100"),
            BasicConstraints(False, None),
            id="explicit-default",
        ),
        pytest.param(
            extensions.basic_constraints,
            _hex("30060101ff020103"),
            BasicConstraints(True, 3),
            id="path-length",
        ),
        pytest.param(
            extensions.obsolete_basic_constraints,
            _hex("300403020780"),
            BasicConstraints(True, None),
            id="obsolete-ca",
        ),
        pytest.param(
            extensions.obsolete_basic_constraints,
            _hex("300703020640020102"),
            BasicConstraints(False, 2),
            id="obsolete-end-entity",
        ),
        pytest.param(extensions.key_usage, _hex("03020106"), 0x06, id="key-usage"),
        pytest.param(extensions.key_usage, _hex("03020004"), extensions.KEY_CERT_SIGN, id="key-usage-padded"),
        pytest.param(extensions.key_usage, _hex("030100"), 0, id="key-usage-empty"),
        pytest.param(
            extensions.extended_key_usage,
            encoding.sequence(OID, OID),
            ("1.2.3", "1.2.3"),
            id="extended-key-usage",
        ),
        pytest.param(extensions.extended_key_usage, _hex("3000"), (), id="extended-key-usage-empty"),
        pytest.param(
            extensions.authority_key_identifier,
            _hex("30048002aabb"),
            AuthorityKeyIdentifier(b"\xaa\xbb", None, None),
            id="aki-key",
        ),
        pytest.param(
            extensions.authority_key_identifier,
            encoding.sequence(der.wrap(0xA1, der.wrap(0xA4, NAME)), b"\x82\x01\x05"),
            AuthorityKeyIdentifier(None, NAME, 5),
            id="aki-issuer-and-serial",
        ),
        pytest.param(
            extensions.authority_key_identifier,
            _hex("3000"),
            AuthorityKeyIdentifier(None, None, None),
            id="aki-empty",
        ),
        pytest.param(extensions.subject_key_identifier, _hex("0402aabb"), b"\xaa\xbb", id="ski"),
        pytest.param(
            constraints.name_constraints,
            _hex("300aa00830068204612e6262"),
            NameConstraints((Subtree(GeneralName(2, b"a.bb"), 0, None),), ()),
            id="permitted",
        ),
        pytest.param(
            constraints.name_constraints,
            _hex("300da10b30098201618001018101") + b"\x07",
            NameConstraints((), (Subtree(GeneralName(2, b"a"), 1, 7),)),
            id="excluded-with-bounds",
        ),
        pytest.param(
            constraints.certificate_policies,
            encoding.sequence(encoding.sequence(OID), encoding.sequence(OID, b"\x30\x02\x05\x00")),
            ("1.2.3", "1.2.3"),
            id="policies-with-odd-qualifiers",
        ),
        pytest.param(
            constraints.policy_mappings,
            encoding.sequence(encoding.sequence(OID, encoding.object_identifier("2.5"))),
            (("1.2.3", "2.5"),),
            id="mappings",
        ),
        pytest.param(
            constraints.policy_constraints,
            _hex("3006800100810102"),
            PolicyConstraints(0, 2),
            id="policy-constraints",
        ),
        pytest.param(
            constraints.policy_constraints, _hex("3003810101"), PolicyConstraints(None, 1), id="inhibit-only"
        ),
        pytest.param(constraints.inhibit_any_policy, _hex("020103"), 3, id="inhibit-any"),
        pytest.param(
            extensions.authority_information_access,
            encoding.sequence(encoding.sequence(OID, der.wrap(0x86, b"http://x"))),
            (("1.2.3", GeneralName(6, b"http://x")),),
            id="aia",
        ),
        pytest.param(
            extensions.crl_distribution_points,
            encoding.sequence(
                encoding.sequence(der.wrap(0xA0, der.wrap(0xA0, der.wrap(0x86, b"http://x")))),
                encoding.sequence(der.wrap(0xA0, der.wrap(0xA1, b"")), der.wrap(0x81, b"\x00")),
            ),
            (GeneralName(6, b"http://x"),),
            id="cdp",
        ),
    ],
)
def test_decoded(decoder: Decoder, encoded: bytes, expected: object) -> None:
    assert decoder(encoded) == expected


@pytest.mark.parametrize(
    ("decoder", "encoded"),
    [
        pytest.param(extensions.basic_constraints, "30030201ff", id="path-length-negative"),
        pytest.param(extensions.basic_constraints, "30020500", id="basic-constraints-null"),
        pytest.param(extensions.basic_constraints, "30040102ffff", id="boolean-of-two-octets"),
        pytest.param(extensions.basic_constraints, "30090101ff0201000201ff", id="basic-constraints-too-much"),
        pytest.param(extensions.obsolete_basic_constraints, "3000", id="obsolete-empty"),
        pytest.param(extensions.obsolete_basic_constraints, "30020500", id="obsolete-null"),
        pytest.param(extensions.key_usage, "0400", id="key-usage-octets"),
        pytest.param(extensions.key_usage, "0300", id="key-usage-no-octets"),
        pytest.param(extensions.key_usage, "03020804", id="key-usage-eight-unused-bits"),
        pytest.param(extensions.key_usage, "0302010603020106", id="key-usage-twice"),
        pytest.param(extensions.extended_key_usage, "30020500", id="usage-no-oid"),
        pytest.param(extensions.authority_key_identifier, "3004a1020500", id="aki-no-name"),
        pytest.param(extensions.authority_key_identifier, "30028200", id="aki-serial-without-octets"),
        pytest.param(extensions.subject_key_identifier, "0500", id="ski-null"),
        pytest.param(constraints.name_constraints, "3002a200", id="constraints-unknown-field"),
        pytest.param(constraints.name_constraints, "3004a0023000", id="subtree-without-base"),
        pytest.param(constraints.name_constraints, "3007a00530030c0161", id="subtree-no-general-name"),
        pytest.param(constraints.name_constraints, "300aa00830068201618202", id="subtree-cut-off"),
        pytest.param(constraints.name_constraints, "300ba0093007820161820101", id="subtree-unknown-bound"),
        pytest.param(constraints.certificate_policies, "3000", id="policies-empty"),
        pytest.param(constraints.certificate_policies, "30023000", id="policy-empty"),
        pytest.param(constraints.policy_mappings, "3006300406022a03", id="mapping-of-one"),
        pytest.param(constraints.policy_constraints, "3000", id="policy-constraints-empty"),
        pytest.param(constraints.policy_constraints, "3003830102", id="policy-constraints-unknown-field"),
        pytest.param(
            constraints.policy_constraints, "3006810100800100", id="policy-constraints-out-of-order"
        ),
        pytest.param(constraints.policy_constraints, "3006800100800100", id="policy-constraints-twice"),
        pytest.param(constraints.policy_constraints, "30038001ff", id="policy-constraints-negative"),
        pytest.param(constraints.inhibit_any_policy, "0201ff", id="inhibit-negative"),
        pytest.param(constraints.inhibit_any_policy, "0500", id="inhibit-null"),
        pytest.param(extensions.authority_information_access, "3006300406022a03", id="aia-without-location"),
        pytest.param(extensions.crl_distribution_points, "0500", id="cdp-null"),
        pytest.param(extensions.general_names, "30020500", id="general-names-null"),
    ],
)
def test_undecodable(decoder: Decoder, encoded: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decoder(_hex(encoded))


DECODERS = [
    extensions.basic_constraints,
    extensions.obsolete_basic_constraints,
    extensions.key_usage,
    extensions.extended_key_usage,
    extensions.authority_key_identifier,
    extensions.subject_key_identifier,
    constraints.name_constraints,
    constraints.certificate_policies,
    constraints.policy_mappings,
    constraints.policy_constraints,
    constraints.inhibit_any_policy,
    extensions.authority_information_access,
    extensions.crl_distribution_points,
    extensions.general_names,
]


@pytest.mark.parametrize("decoder", DECODERS)
@given(content=st.binary(max_size=24), wrapped=st.booleans())
def test_nothing_but_value_error_leaves_a_decoder(decoder: Decoder, content: bytes, wrapped: bool) -> None:
    encoded = der.wrap(der.SEQUENCE, content) if wrapped else content
    try:
        decoder(encoded)
    except ValueError:
        pass


def test_urls_of_issuers() -> None:
    urls = ("http://a.test/ca.crt", "ldap:///CN=x")
    leaf = authority.end_entity(None, aia_urls=urls, ocsp_urls=("http://ocsp.test",))
    assert extensions.issuer_urls(leaf.certificate) == urls
    assert extensions.issuer_urls(authority.end_entity(None).certificate) == ()
    broken = Extension(extensions.AUTHORITY_INFORMATION_ACCESS, False, b"\x05")
    assert extensions.issuer_urls(authority.end_entity(None, extensions=(broken,)).certificate) == ()


def test_presented_names() -> None:
    leaf = authority.end_entity(
        None, dns_names=("a.test", "b.test"), ip_addresses=("10.0.0.1", "::1", b"\x01")
    )
    assert extensions.dns_names(leaf.certificate) == ("a.test", "b.test")
    assert extensions.ip_addresses(leaf.certificate) == ("10.0.0.1", "::1")
    assert extensions.dns_names(Certificate(b"")) == ()
    obsolete = authority.end_entity(None, dns_names=("a.test",), san_oid="2.5.29.7")
    assert extensions.dns_names(obsolete.certificate) == ("a.test",)
