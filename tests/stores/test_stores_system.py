"""The system's roots through OpenSSL's own paths, and the live Windows stores from what crypt32 answers."""

from __future__ import annotations

import base64
import struct
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from probe.errors import TrustStoreError, UsageError
from probe.facts.certificate import Certificate
from probe.facts.trust_store import RootProperties, TrustStore
from probe.stores import assembly, limits, system, windows
from probe.stores.loading import load
from probe.stores.windows_api import Registry, StoredCertificate

Roots = tuple[bytes, ...]
ListWriter = Callable[..., bytes]


def pem(encoded: bytes) -> bytes:
    body = base64.encodebytes(encoded).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n".encode()


@pytest.fixture
def bundle(tmp_path: Path, roots: Roots) -> Path:
    file = tmp_path / "bundle.crt"
    file.write_bytes(pem(roots[0]))
    return file


@pytest.fixture
def hashed(tmp_path: Path, roots: Roots) -> Path:
    """A folder as c_rehash leaves it, with a broken file and a dangling link, which OpenSSL ignores."""
    folder = tmp_path / "hashed"
    folder.mkdir()
    (folder / "root.pem").write_bytes(pem(roots[1]))
    (folder / "0f1e2d3c.0").symlink_to("root.pem")
    (folder / "4b5a6978.0").symlink_to("gone.pem")
    (folder / "broken.pem").write_text("-----BEGIN CERTIFICATE-----")
    (folder / "java").mkdir()
    return folder


OPENSSL = pytest.mark.posix("a system whose store is OpenSSL's")


@OPENSSL
def test_the_variables_of_openssl_are_honoured(
    bundle: Path, hashed: Path, roots: Roots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setenv("SSL_CERT_DIR", str(hashed))
    store = load(["system"])
    assert [root.der for root in store.roots] == [roots[0], roots[1]]
    assert store.name == "system"


@OPENSSL
def test_the_role_in_front_counts_for_the_system_too(
    bundle: Path, hashed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setenv("SSL_CERT_DIR", str(hashed))
    store = load(["intermediate:system"])
    assert (len(store.roots), len(store.intermediates)) == (0, 2)


def test_without_openssls_own_paths_the_first_known_bundle_is_read(
    tmp_path: Path, bundle: Path, roots: Roots
) -> None:
    absent = str(tmp_path / "absent")
    found = system.read_from(None, absent, (absent, str(bundle), str(tmp_path / "never-looked-at")))
    assert [entry.certificate.der for entry in found.entries] == [roots[0]]


def test_a_system_without_roots_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(TrustStoreError, match="ca-certificates"):
        system.read_from(None, None, (str(tmp_path / "absent"),))


def test_a_damaged_bundle_of_the_system_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bundle.crt").write_text("-----BEGIN CERTIFICATE-----")
    with pytest.raises(TrustStoreError, match="no end line"):
        system.read_from(str(tmp_path / "bundle.crt"), None, ())


def test_the_windows_stores_are_read_on_windows_and_refused_elsewhere() -> None:
    if sys.platform == "win32":
        assert load(["windows"]).roots
    else:
        with pytest.raises(TrustStoreError, match="only be read on Windows"):
            load(["windows"])


@pytest.mark.parametrize("role", ["intermediate", "disallowed"])
def test_the_windows_stores_take_no_role(role: str) -> None:
    with pytest.raises(UsageError, match=f"leave out {role}:"):
        load([f"{role}:windows"])


def _assembled(
    stored: list[StoredCertificate], registry: Registry, *, root_auto_update: bool = True
) -> TrustStore:
    return assembly.assemble("windows", windows.layers(stored, registry), root_auto_update=root_auto_update)


def test_members_of_system_stores_come_in_their_roles_with_their_properties(
    roots: Roots, issued: bytes
) -> None:
    new_year = datetime(2024, 1, 1, tzinfo=UTC)
    seconds = int((new_year - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds())
    store = _assembled(
        [
            StoredCertificate("Root", roots[0], {}),
            StoredCertificate("AuthRoot", roots[1], {126: struct.pack("<Q", seconds * 10_000_000)}),
            StoredCertificate("CA", issued, {}),
            StoredCertificate("Disallowed", roots[2], {}),
            StoredCertificate("Root", roots[1], {}),
            StoredCertificate("Root", roots[0], {11: "Ours\0".encode("utf-16-le")}),
        ],
        Registry(),
    )
    assert [root.der for root in store.roots] == [roots[0], roots[1]]
    assert [each.der for each in store.intermediates] == [issued]
    assert [each.der for each in store.disallowed] == [roots[2]]
    assert store.properties_of(Certificate(roots[0])) == RootProperties(friendly_name="Ours")
    assert store.properties_of(Certificate(roots[1])) == RootProperties(not_before=new_year)


def test_what_only_this_user_has_is_named_and_does_not_count(roots: Roots, issued: bytes) -> None:
    store = _assembled(
        [
            StoredCertificate("Root", roots[0], {}),
            # CurrentUser's stores show the machine's members besides their own.
            StoredCertificate("Root", roots[0], {}, machine=False),
            StoredCertificate("Root", roots[1], {}, machine=False),
            StoredCertificate("CA", issued, {}, machine=False),
            StoredCertificate("Disallowed", roots[0], {}, machine=False),
        ],
        Registry(),
    )
    assert [root.der for root in store.roots] == [roots[0]]
    assert (store.intermediates, store.disallowed) == ((), ())
    disallowed, root = store.notes
    assert Certificate(roots[0]).thumbprint in disallowed
    assert "CurrentUser\\Disallowed only" in disallowed
    assert Certificate(roots[1]).thumbprint in root
    assert "CurrentUser\\Root only" in root


def test_the_lists_in_the_registry_are_what_root_update_would_bring_or_refuse(
    roots: Roots, trust_list: ListWriter
) -> None:
    listed = trust_list([(bytes.fromhex(Certificate(root).thumbprint), {}) for root in roots])
    refused = trust_list(
        [(b"x" * 16, {})], usage="1.3.6.1.4.1.311.10.3.30", algorithm="1.3.6.1.4.1.311.10.11.15"
    )
    stored = [StoredCertificate("Root", roots[0], {})]
    registry = Registry(root_list=listed, disallowed_list=refused)
    store = _assembled(stored, registry)
    assert [root.thumbprint for root in store.listed] == [Certificate(root).thumbprint for root in roots[1:]]
    assert store.disallowed_identifiers == ((b"x" * 16).hex().upper(),)
    assert not store.properties_of(store.roots[0]).automatic
    assert _assembled(stored, registry, root_auto_update=False).listed == ()


def test_root_update_switched_off_by_policy_leaves_the_list_out_and_says_so(
    roots: Roots, trust_list: ListWriter
) -> None:
    listed = trust_list([(b"1" * 20, {})])
    store = _assembled(
        [StoredCertificate("Root", roots[0], {})], Registry(root_list=listed, root_auto_update_disabled=True)
    )
    assert store.listed == ()
    assert store.notes == ("automatic root update is switched off by policy on this machine",)


@pytest.mark.parametrize(
    ("stored", "registry", "message"),
    [
        pytest.param(
            [StoredCertificate("AuthRoot", b"0", {104: b"x"})],
            Registry(),
            "Windows store AuthRoot",
            id="property",
        ),
        pytest.param(
            [], Registry(root_list=b"\x30\x82"), r"AutoUpdate\\EncodedCtl is cut off", id="list-of-roots"
        ),
        pytest.param([], Registry(disallowed_list=b"?"), "DisallowedCertEncodedCtl", id="list-of-disallowed"),
    ],
)
def test_what_is_damaged_on_windows_is_named(
    stored: list[StoredCertificate], registry: Registry, message: str
) -> None:
    with pytest.raises(TrustStoreError, match=message):
        windows.layers(stored, registry)


def test_a_windows_store_beyond_the_limit_is_refused(roots: Roots, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CERTIFICATES", 2)
    with pytest.raises(TrustStoreError, match="more than 2"):
        windows.layers((StoredCertificate("CA", root, {}) for root in roots), Registry())
