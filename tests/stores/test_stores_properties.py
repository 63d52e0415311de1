"""Properties of roots: from a serialized store, from Microsoft's list of roots, and both together."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from probe.errors import TrustStoreError
from probe.facts.certificate import Certificate
from probe.facts.encoding import der
from probe.facts.extensions import ANY_EXTENDED_KEY_USAGE
from probe.facts.trust_store import NO_PROPERTIES, ListedRoot, RootProperties
from probe.stores import assembly, limits, loading, microsoft_list
from probe.stores.contents import Contents
from probe.stores.loading import load

Roots = tuple[bytes, ...]
Writer = Callable[[Sequence[tuple[Mapping[int, bytes], bytes]]], bytes]
ListWriter = Callable[..., bytes]
Subjects = list[tuple[bytes, dict[int, bytes]]]

SERVER, CLIENT = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)
DISALLOWED_LIST = "1.3.6.1.4.1.311.10.3.30"
DISALLOWED_HASH = "1.3.6.1.4.1.311.10.11.15"


def usages(*last_arcs: int) -> bytes:
    return der.wrap(
        0x30, b"".join(der.wrap(0x06, bytes.fromhex("2b060105050703") + bytes([arc])) for arc in last_arcs)
    )


def filetime(moment: datetime) -> bytes:
    return struct.pack("<Q", int((moment - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000)


def thumbprint(certificate: bytes) -> bytes:
    return hashlib.sha1(certificate).digest()


ROWS = [
    pytest.param({}, NO_PROPERTIES, id="none"),
    pytest.param({3: b"x" * 20, 20: b"y"}, NO_PROPERTIES, id="only-foreign-ones"),
    pytest.param({9: usages(1, 2)}, RootProperties(usages=(SERVER, CLIENT)), id="usages"),
    pytest.param({9: usages()}, RootProperties(usages=()), id="no-usage-left"),
    pytest.param({9: b""}, NO_PROPERTIES, id="usages-empty-value"),
    pytest.param({104: filetime(NEW_YEAR)}, RootProperties(disallowed_after=NEW_YEAR), id="disallowed-time"),
    pytest.param({104: b""}, NO_PROPERTIES, id="disallowed-time-taken-back"),
    pytest.param(
        {104: bytes(8)},
        RootProperties(disallowed_after=datetime(1601, 1, 1, tzinfo=UTC)),
        id="disallowed-always",
    ),
    pytest.param(
        {104: b"\xff" * 8},
        RootProperties(disallowed_after=datetime.max.replace(tzinfo=UTC)),
        id="disallowed-time-beyond-9999",
    ),
    pytest.param({126: filetime(NEW_YEAR)}, RootProperties(not_before=NEW_YEAR), id="not-before"),
    pytest.param(
        {126: filetime(NEW_YEAR), 127: usages(1)},
        RootProperties(not_before=NEW_YEAR, not_before_usages=(SERVER,)),
        id="not-before-for-a-usage",
    ),
    pytest.param(
        {9: usages(1, 2), 122: usages(1)},
        RootProperties(usages=(CLIENT,), disallowed_usages=(SERVER,)),
        id="a-usage-disallowed",
    ),
    pytest.param(
        {122: usages(1)}, RootProperties(disallowed_usages=(SERVER,)), id="a-usage-disallowed-of-all"
    ),
    pytest.param(
        {11: "Wurzel ü\0".encode("utf-16-le")}, RootProperties(friendly_name="Wurzel ü"), id="friendly-name"
    ),
]
DAMAGED = [
    pytest.param({9: b"\x04\x01x"}, "key usage property", id="usages-of-another-type"),
    pytest.param({9: b"\x30\x05\x06"}, "key usage property", id="usages-cut-off"),
    pytest.param({104: b"1234567"}, "eight bytes", id="seven-byte-time"),
]


@pytest.mark.parametrize(("values", "expected"), ROWS)
def test_properties_of_a_serialized_store(
    tmp_path: Path, roots: Roots, serialized: Writer, values: dict[int, bytes], expected: RootProperties
) -> None:
    file = tmp_path / "roots.sst"
    file.write_bytes(serialized([({}, roots[0]), (values, roots[1]), ({}, roots[2])]))
    store = load([str(file)])
    assert [root.der for root in store.roots] == list(roots)
    assert [store.properties_of(root) for root in store.roots] == [NO_PROPERTIES, expected, NO_PROPERTIES]


@pytest.mark.parametrize(("values", "message"), DAMAGED)
def test_a_damaged_property_is_an_error(
    tmp_path: Path, roots: Roots, serialized: Writer, values: dict[int, bytes], message: str
) -> None:
    file = tmp_path / "roots.sst"
    file.write_bytes(serialized([(values, roots[0])]))
    with pytest.raises(TrustStoreError, match=message):
        load([str(file)])


def test_lists_in_a_serialized_store_take_their_properties_with_them(
    tmp_path: Path, roots: Roots, serialized: Writer
) -> None:
    name = "List\0".encode("utf-16-le")
    one = serialized([({11: name, 34: b"a trust list"}, roots[0])])
    file = tmp_path / "roots.sst"
    file.write_bytes(one)
    store = load([str(file)])
    assert store.properties == ()


@pytest.mark.parametrize(("values", "expected"), ROWS)
def test_properties_of_a_listed_root(
    tmp_path: Path, roots: Roots, trust_list: ListWriter, values: dict[int, bytes], expected: RootProperties
) -> None:
    file = tmp_path / "authroot.stl"
    file.write_bytes(trust_list([(thumbprint(roots[0]), values)]))
    store = load([str(file)])
    assert store.roots == ()
    (listed,) = store.listed
    assert listed.thumbprint == Certificate(roots[0]).thumbprint
    assert listed.properties.automatic
    assert listed.properties.usages == expected.usages
    assert listed.properties.disallowed_after == expected.disallowed_after
    assert listed.properties.not_before == expected.not_before
    assert listed.properties.not_before_usages == expected.not_before_usages
    assert listed.friendly_name == expected.friendly_name
    assert any("signature is not verified" in note and "2025-06-16" in note for note in store.notes)


def test_a_listed_root_keeps_the_hints_it_can_be_recognised_by(
    tmp_path: Path, roots: Roots, trust_list: ListWriter
) -> None:
    file = tmp_path / "authroot.stl"
    file.write_bytes(trust_list([(thumbprint(roots[0]), {20: b"key", 29: b"m" * 16}), (b"2" * 20, {})]))
    first, second = load([str(file)]).listed
    assert (first.key_identifier, first.subject_name_md5) == (b"key", b"m" * 16)
    assert (second.key_identifier, second.subject_name_md5, second.friendly_name) == (None, None, None)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({}, id="as-microsoft-writes-it"),
        pytest.param({"identifier": b"AuthRoot"}, id="with-an-identifier"),
        pytest.param({"next_update": True}, id="with-a-next-update"),
        pytest.param({"wrapped": True}, id="content-in-an-octet-string"),
    ],
)
def test_every_form_of_a_list_is_read(
    tmp_path: Path, roots: Roots, trust_list: ListWriter, form: dict[str, object]
) -> None:
    file = tmp_path / "authroot.stl"
    file.write_bytes(trust_list([(thumbprint(root), {}) for root in roots], **form))
    assert [root.thumbprint for root in load([str(file)]).listed] == [
        Certificate(root).thumbprint for root in roots
    ]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        pytest.param({"usage": "1.3.6.1.4.1.311.10.3.1"}, "for another purpose", id="another-purpose"),
        pytest.param(
            {"algorithm": "2.16.840.1.101.3.4.2.1"}, "for another purpose", id="roots-by-another-hash"
        ),
        pytest.param(
            {"usage": DISALLOWED_LIST, "algorithm": "1.2.3"},
            "a hash that is not known",
            id="refused-by-another-hash",
        ),
    ],
)
def test_a_list_that_means_something_else_is_refused(
    tmp_path: Path, roots: Roots, trust_list: ListWriter, form: dict[str, object], message: str
) -> None:
    file = tmp_path / "other.stl"
    file.write_bytes(trust_list([(thumbprint(roots[0]), {})], **form))
    with pytest.raises(TrustStoreError, match=message):
        load([str(file)])


def test_a_list_with_a_short_thumbprint_is_damaged(tmp_path: Path, trust_list: ListWriter) -> None:
    file = tmp_path / "authroot.stl"
    file.write_bytes(trust_list([(b"short", {})]))
    with pytest.raises(TrustStoreError, match="damaged certificate trust list"):
        load([str(file)])


def test_a_list_longer_than_the_limit_is_refused(
    tmp_path: Path, roots: Roots, trust_list: ListWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "authroot.stl"
    file.write_bytes(trust_list([(thumbprint(root), {}) for root in roots]))
    monkeypatch.setattr(limits, "MAX_CERTIFICATES", 2)
    with pytest.raises(TrustStoreError, match="more than 2"):
        load([str(file)])


def test_listed_roots_whose_certificates_lie_in_the_folder_become_automatic_roots(
    tmp_path: Path, roots: Roots, trust_list: ListWriter
) -> None:
    (tmp_path / "authroot.stl").write_bytes(
        trust_list([(thumbprint(roots[0]), {9: usages(2)}), (thumbprint(roots[1]), {})])
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "any-name.crt").write_bytes(roots[0])
    (tmp_path / "own.crt").write_bytes(roots[2])
    store = load([str(tmp_path)])
    by_der = {root.der: store.properties_of(root) for root in store.roots}
    assert by_der == {
        roots[0]: RootProperties(usages=(CLIENT,), automatic=True),
        roots[2]: NO_PROPERTIES,
    }
    assert [root.thumbprint for root in store.listed] == [Certificate(roots[1]).thumbprint]

    without = load([str(tmp_path)], root_auto_update=False)
    assert [root.der for root in without.roots] == [roots[2]]
    assert without.listed == ()


@pytest.mark.parametrize(
    "folder", [pytest.param("", id="flat"), pytest.param("crt", id="in-a-folder-beside")]
)
def test_a_list_given_alone_finds_certificates_named_by_thumbprint(
    tmp_path: Path, roots: Roots, trust_list: ListWriter, folder: str
) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / "authroot.stl").write_bytes(trust_list([(thumbprint(root), {}) for root in roots[:2]]))
    (tmp_path / folder / f"{thumbprint(roots[0]).hex()}.crt").write_bytes(roots[0])
    (tmp_path / folder / "unrelated.crt").write_bytes(b"never opened")
    store = load([str(tmp_path / "authroot.stl")])
    assert [root.der for root in store.roots] == [roots[0]]
    assert store.properties_of(store.roots[0]).automatic
    assert [root.thumbprint for root in store.listed] == [Certificate(roots[1]).thumbprint]


def test_a_certificate_under_the_thumbprint_of_another_is_an_error(
    tmp_path: Path, roots: Roots, trust_list: ListWriter
) -> None:
    (tmp_path / "authroot.stl").write_bytes(trust_list([(thumbprint(roots[0]), {})]))
    (tmp_path / f"{thumbprint(roots[0]).hex()}.crt").write_bytes(roots[1])
    with pytest.raises(TrustStoreError, match="named after"):
        load([str(tmp_path / "authroot.stl")])


def test_a_root_given_as_such_is_not_automatic_but_takes_the_lists_restrictions(
    tmp_path: Path, roots: Roots, trust_list: ListWriter
) -> None:
    (tmp_path / "list").mkdir()
    (tmp_path / "list" / "authroot.stl").write_bytes(trust_list([(thumbprint(roots[0]), {9: usages(2)})]))
    (tmp_path / "own.der").write_bytes(roots[0])
    specs = [str(tmp_path / "list"), str(tmp_path / "own.der")]
    for order in (specs, specs[::-1]):
        store = load(order)
        assert store.properties_of(store.roots[0]) == RootProperties(usages=(CLIENT,))
        assert store.listed == ()


def test_only_automatic_roots_and_root_update_off_is_an_error(
    tmp_path: Path, roots: Roots, trust_list: ListWriter
) -> None:
    file = tmp_path / "authroot.stl"
    file.write_bytes(trust_list([(thumbprint(roots[0]), {})]))
    with pytest.raises(TrustStoreError, match=r"automatic root update .* switched off"):
        load([str(file)], root_auto_update=False)


def test_a_list_of_roots_can_be_refused_but_not_be_intermediates(
    tmp_path: Path, roots: Roots, trust_list: ListWriter
) -> None:
    file = tmp_path / "authroot.stl"
    file.write_bytes(trust_list([(thumbprint(roots[0]), {})]))
    assert load([f"disallowed:{file}"]).disallowed_hashes == (Certificate(roots[0]).thumbprint,)
    with pytest.raises(TrustStoreError, match="leave out intermediate:"):
        load([f"intermediate:{file}"])


def signed_part(certificate: bytes) -> bytes:
    return der.whole(der.items(certificate)[0])


def key_bits(certificate: bytes) -> bytes:
    fields = der.members(bytes(der.items(certificate)[0].data))
    return bytes(der.members(bytes(fields[6].data))[1].data)[1:]


@pytest.mark.parametrize(
    ("algorithm", "identify"),
    [
        pytest.param("1.3.14.3.2.26", thumbprint, id="by-thumbprint"),
        pytest.param(
            DISALLOWED_HASH, lambda der: hashlib.sha256(signed_part(der)).digest(), id="by-signature-hash"
        ),
        pytest.param(DISALLOWED_HASH, lambda der: hashlib.md5(key_bits(der)).digest(), id="by-key"),
    ],
)
def test_a_list_of_disallowed_certificates(
    tmp_path: Path,
    roots: Roots,
    trust_list: ListWriter,
    algorithm: str,
    identify: Callable[[bytes], bytes],
) -> None:
    file = tmp_path / "disallowedcert.stl"
    subjects: Subjects = [(identify(roots[0]), {}), (b"other", {})]
    file.write_bytes(trust_list(subjects, usage=DISALLOWED_LIST, algorithm=algorithm))
    (tmp_path / "root.der").write_bytes(roots[0])
    plain = load([str(tmp_path / "root.der")])
    store = load([str(tmp_path / "root.der"), str(file)])
    assert store.disallows(store.roots[0])
    assert not plain.disallows(plain.roots[0])
    assert store.sha256 != plain.sha256


def test_what_no_list_names_is_not_disallowed(tmp_path: Path, roots: Roots, trust_list: ListWriter) -> None:
    file = tmp_path / "disallowedcert.stl"
    subjects: Subjects = [(hashlib.sha256(signed_part(roots[0])).digest(), {})]
    file.write_bytes(trust_list(subjects, usage=DISALLOWED_LIST, algorithm=DISALLOWED_HASH))
    (tmp_path / "roots.der").write_bytes(b"".join(roots))
    store = load([str(tmp_path / "roots.der"), f"disallowed:{file}"])
    assert [store.disallows(root) for root in store.roots] == [True, False, False]
    assert not store.disallows(Certificate(b"unreadable"))


OTHER_YEAR = datetime(2019, 8, 1, tzinfo=UTC)
CODE = "1.3.6.1.5.5.7.3.3"


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        pytest.param(
            RootProperties(usages=(SERVER, CLIENT)),
            RootProperties(disallowed_usages=(SERVER,)),
            RootProperties(usages=(CLIENT,), disallowed_usages=(SERVER,)),
            id="usage-that-the-second-disallows",
        ),
        pytest.param(
            RootProperties(usages=(SERVER, CLIENT)),
            RootProperties(usages=(CLIENT, CODE)),
            RootProperties(usages=(CLIENT,)),
            id="usages-of-both",
        ),
        pytest.param(
            RootProperties(usages=(ANY_EXTENDED_KEY_USAGE,)),
            RootProperties(usages=(CLIENT,)),
            RootProperties(usages=(CLIENT,)),
            id="any-usage-and-one",
        ),
        pytest.param(
            RootProperties(not_before=OTHER_YEAR, not_before_usages=(CODE,)),
            RootProperties(not_before=NEW_YEAR),
            RootProperties(not_before=NEW_YEAR),
            id="not-before-for-servers-behind-an-earlier-one-for-code",
        ),
        pytest.param(
            RootProperties(not_before=OTHER_YEAR),
            RootProperties(not_before=NEW_YEAR, not_before_usages=(CODE,)),
            RootProperties(not_before=OTHER_YEAR),
            id="not-before-keeps-its-own-usages",
        ),
        pytest.param(
            RootProperties(disallowed_after=NEW_YEAR),
            RootProperties(disallowed_after=OTHER_YEAR),
            RootProperties(disallowed_after=OTHER_YEAR),
            id="disallowed-earlier",
        ),
        pytest.param(
            RootProperties(automatic=True, friendly_name="R"),
            NO_PROPERTIES,
            RootProperties(friendly_name="R"),
            id="automatic-and-at-hand",
        ),
    ],
)
def test_what_either_of_two_stores_refuses_is_refused(
    first: RootProperties, second: RootProperties, both: RootProperties
) -> None:
    assert assembly.combined(first, second) == both
    assert assembly.combined(second, first) == both


@pytest.fixture
def listed_root(roots: Roots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RootProperties:
    """What Microsoft's list says of the first root, which is made one of its roots."""
    named = Certificate(roots[0]).thumbprint
    said = RootProperties(not_before=NEW_YEAR, automatic=True)
    data = tmp_path / "list.json"
    data.write_text(named)
    monkeypatch.setattr(loading, "_LIST_DATA", data)
    monkeypatch.setattr(
        microsoft_list, "listing", lambda: Contents(listed=(ListedRoot(named, properties=said),))
    )
    return said


def test_a_store_from_a_file_says_what_the_list_says_besides(
    tmp_path: Path, roots: Roots, serialized: Writer, listed_root: RootProperties
) -> None:
    bare, exported, private = tmp_path / "bare.der", tmp_path / "exported.sst", tmp_path / "private.der"
    bare.write_bytes(roots[0])
    exported.write_bytes(serialized([({126: filetime(NEW_YEAR)}, roots[0])]))
    private.write_bytes(roots[1])
    store = load([str(bare)])
    assert store.list_limits_of(store.roots[0]) == listed_root
    assert store.list_disallowed
    assert store.properties_of(store.roots[0]) == NO_PROPERTIES
    assert load([str(bare)], root_auto_update=False).list_limits == ()
    assert load([str(private)]).list_disallowed == ()
    assert load([str(exported)]).properties_of(store.roots[0]).not_before == NEW_YEAR
    assert load([str(bare), "microsoft"]).list_limits == ()
