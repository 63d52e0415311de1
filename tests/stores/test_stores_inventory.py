"""What a store holds as rows, as PEM, and as a difference."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from probe.facts.certificate import Certificate
from probe.facts.encoding import der
from probe.facts.trust_store import NO_PROPERTIES, ListedRoot, RootProperties, TrustStore
from probe.report.listings import store_listing
from probe.stores import inventory
from probe.stores.contents import Role
from probe.stores.loading import load

Roots = tuple[bytes, ...]

SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(roots: Roots, issued: bytes) -> TrustStore:
    root = Certificate(roots[0])
    return TrustStore(
        "ours",
        roots=(root,),
        intermediates=(Certificate(issued),),
        disallowed=(Certificate(roots[1]),),
        properties=((root.thumbprint, RootProperties(friendly_name="Ours", automatic=True)),),
        listed=(ListedRoot("AB" * 20, friendly_name="Theirs", properties=RootProperties(automatic=True)),),
    )


def test_rows_of_every_role(store: TrustStore) -> None:
    root, listed, intermediate, disallowed = inventory.rows(store)
    assert (root.role, root.subject, root.automatic) == (Role.ROOT, "CN=Root 0", True)
    assert root.thumbprint == store.roots[0].thumbprint
    assert root.sha256 == store.roots[0].sha256
    assert root.not_before == datetime(2020, 1, 1, tzinfo=UTC)
    assert root.not_after == datetime(2040, 1, 1, tzinfo=UTC)
    assert (root.key, root.properties.friendly_name) == ("ECDSA P-256", "Ours")
    assert (listed.role, listed.subject, listed.thumbprint) == (Role.ROOT, "Theirs", "AB" * 20)
    assert (listed.sha256, listed.not_after, listed.key, listed.automatic) == (None, None, None, True)
    assert (intermediate.role, intermediate.subject) == (Role.INTERMEDIATE, "CN=Issuing CA")
    assert (disallowed.role, disallowed.subject) == (Role.DISALLOWED, "CN=Root 1")


def test_an_unreadable_certificate_has_a_row() -> None:
    (row,) = inventory.rows(TrustStore("odd", roots=(Certificate(b"odd"),)))
    assert (row.subject, row.key, row.not_after) == ("(no readable subject)", None, None)


def test_pem_reads_back_as_the_same_roots(tmp_path: Path, roots: Roots) -> None:
    (tmp_path / "roots.der").write_bytes(b"".join(roots))
    store = load([str(tmp_path / "roots.der")])
    (tmp_path / "roots.pem").write_text(inventory.to_pem(store))
    again = load([str(tmp_path / "roots.pem")])
    assert again.roots == store.roots
    assert "# CN=Root 1\n-----BEGIN CERTIFICATE-----\n" in (tmp_path / "roots.pem").read_text()


def test_the_difference_is_by_certificate_and_role(store: TrustStore, roots: Roots) -> None:
    other = TrustStore(
        "other",
        roots=(Certificate(roots[0]), Certificate(roots[1])),
        listed=(ListedRoot("CD" * 20),),
    )
    only_first, only_second = inventory.diff(store, other)
    assert [(row.role, row.subject) for row in only_first] == [
        (Role.ROOT, "Theirs"),
        (Role.INTERMEDIATE, "CN=Issuing CA"),
        (Role.DISALLOWED, "CN=Root 1"),
    ]
    assert [(row.role, row.subject) for row in only_second] == [
        (Role.ROOT, "CN=Root 1"),
        (Role.ROOT, "(listed without a name)"),
    ]
    assert inventory.diff(store, store) == ((), ())


@pytest.mark.parametrize(
    ("first", "second", "differ"),
    [
        pytest.param(
            NO_PROPERTIES, RootProperties(automatic=True, friendly_name="R"), False, id="only-its-way"
        ),
        pytest.param(
            RootProperties(usages=("1.2", "1.3")), RootProperties(usages=("1.3", "1.2")), False, id="order"
        ),
        pytest.param(RootProperties(usages=("1.2",)), NO_PROPERTIES, True, id="usages"),
        pytest.param(RootProperties(disallowed_usages=("1.2",)), NO_PROPERTIES, True, id="usage-disallowed"),
        pytest.param(NO_PROPERTIES, RootProperties(not_before=SOME_DAY), True, id="not-before"),
        pytest.param(NO_PROPERTIES, RootProperties(disallowed_after=SOME_DAY), True, id="disallowed"),
    ],
)
def test_members_of_both_under_other_restrictions(
    roots: Roots, first: RootProperties, second: RootProperties, differ: bool
) -> None:
    root = Certificate(roots[0])
    one, other = (
        TrustStore(name, (root,), properties=((root.thumbprint, properties),))
        for name, properties in (("one", first), ("other", second))
    )
    pairs = inventory.restricted_otherwise(one, other)
    assert [(a.properties, b.properties) for a, b in pairs] == ([(first, second)] if differ else [])
    told = store_listing.render_difference_text(one, other, inventory.diff(one, other))
    assert f"in both, restricted otherwise: {int(differ)}\n" in told
    assert ("   other: " in told) is differ


def test_a_listed_root_is_the_same_member_as_its_certificate(roots: Roots) -> None:
    root = Certificate(roots[0])
    listed = TrustStore("list", listed=(ListedRoot(root.thumbprint),))
    assert inventory.diff(listed, TrustStore("store", roots=(root,))) == ((), ())


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(lambda: rsa.generate_private_key(65537, 2048).public_key(), "RSA 2048", id="rsa"),
        pytest.param(lambda: ec.generate_private_key(ec.SECP384R1()).public_key(), "ECDSA P-384", id="p-384"),
        pytest.param(
            lambda: ec.generate_private_key(ec.SECP256K1()).public_key(), "ECDSA secp256k1", id="k1"
        ),
        pytest.param(lambda: ed25519.Ed25519PrivateKey.generate().public_key(), "Ed25519", id="ed25519"),
        pytest.param(lambda: ed448.Ed448PrivateKey.generate().public_key(), "Ed448", id="ed448"),
        pytest.param(lambda: dsa.generate_private_key(1024).public_key(), "DSA 1024", id="dsa"),
    ],
)
def test_names_of_keys(roots: Roots, make: Callable[[], rsa.RSAPublicKey], expected: str) -> None:
    encoded = make().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    certificate = Certificate(roots[0])
    assert certificate.structure is not None
    replaced = _with_key(roots[0], certificate.structure.public_key_info, encoded)
    assert inventory.key_name(Certificate(replaced)) == expected


def test_a_key_of_an_unknown_kind_has_no_name(roots: Roots) -> None:
    certificate = Certificate(roots[0])
    assert certificate.structure is not None
    unknown = der.wrap(0x30, bytes.fromhex("300406022a03") + b"\x03\x02\x00\x00")
    replaced = _with_key(roots[0], certificate.structure.public_key_info, unknown)
    assert Certificate(replaced).structure is not None
    assert inventory.key_name(Certificate(replaced)) is None


def _with_key(certificate: bytes, old: bytes, new: bytes) -> bytes:
    signed, *rest = der.items(certificate)
    return der.wrap(
        0x30,
        der.wrap(0x30, bytes(signed.data).replace(old, new)) + b"".join(der.whole(each) for each in rest),
    )
