"""Specifications and roles, layers, folders: what makes one trust store out of several sources."""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path

import certifi
import pytest

from probe.errors import InputMissingError, ProbeError, TrustStoreError, UsageError
from probe.stores import limits, loading
from probe.stores.contents import Role
from probe.stores.loading import default_specs, load

Roots = tuple[bytes, ...]


def pem(encoded: bytes) -> bytes:
    body = base64.encodebytes(encoded).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n".encode()


def test_certifi_is_read_whole() -> None:
    store = load(["certifi"])
    text = Path(certifi.where()).read_text()
    assert len(store.roots) == text.count("BEGIN CERTIFICATE")
    assert all(root.structure is not None for root in store.roots)
    assert (store.name, store.intermediates, store.disallowed, store.notes) == ("certifi", (), (), ())


def test_the_default_is_the_platforms() -> None:
    assert default_specs() == (("windows",) if sys.platform == "win32" else ("microsoft",))


def test_a_damaged_certifi_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certifi, "where", lambda: str(tmp_path / "gone.pem"))
    with pytest.raises(TrustStoreError, match="install it again"):
        load(["certifi"])


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        pytest.param([], "no trust store given", id="none"),
        pytest.param([""], "a store name or a path is missing", id="empty"),
        pytest.param(["root:"], "a store name or a path is missing", id="role-alone"),
    ],
)
def test_a_specification_without_a_source_is_a_usage_error(specs: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load(specs)


def test_layers_keep_their_roles_and_give_the_name(tmp_path: Path, roots: Roots, issued: bytes) -> None:
    for name, content in (("a.der", roots[0]), ("b.der", roots[1]), ("c.der", roots[2]), ("i.der", issued)):
        (tmp_path / name).write_bytes(content)
    store = load(
        [
            str(tmp_path / "a.der"),
            f"root:{tmp_path / 'b.der'}",
            f"intermediate:{tmp_path / 'i.der'}",
            f"disallowed:{tmp_path / 'c.der'}",
        ]
    )
    assert [root.der for root in store.roots] == [roots[0], roots[1]]
    assert [each.der for each in store.intermediates] == [issued]
    assert [each.der for each in store.disallowed] == [roots[2]]
    assert store.disallows(store.disallowed[0])
    assert not store.disallows(store.roots[0])
    assert store.name == "a.der + b.der + intermediate:i.der + disallowed:c.der"


def test_the_home_folder_is_found_behind_a_role(
    tmp_path: Path, roots: Roots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "a.der").write_bytes(roots[0])
    assert load(["root:~/a.der"]).name == "a.der"


def test_words_of_a_specification_in_capitals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert loading.split("Intermediate:Issuing.cer") == (Role.INTERMEDIATE, "Issuing.cer")
    assert loading.split("Microsoft") == (Role.ROOT, "microsoft")
    (tmp_path / "CERTIFI").write_text("")
    assert loading.split("CERTIFI") == (Role.ROOT, "CERTIFI")
    assert loading.split("C:Store.sst") == (Role.ROOT, "C:Store.sst")


def test_an_unknown_word_before_a_colon_is_part_of_the_path() -> None:
    assert loading.split("C:\\roots.sst") == ("root", "C:\\roots.sst")


def test_a_certificate_that_is_not_self_signed_stays_where_it_was_given(
    tmp_path: Path, issued: bytes
) -> None:
    (tmp_path / "i.der").write_bytes(issued)
    assert [root.der for root in load([str(tmp_path / "i.der")]).roots] == [issued]


def test_duplicates_across_layers_collapse(tmp_path: Path, roots: Roots) -> None:
    (tmp_path / "a.pem").write_bytes(pem(roots[0]) + pem(roots[1]))
    (tmp_path / "b.der").write_bytes(roots[1])
    once, twice = load([str(tmp_path / "a.pem")]), load([str(tmp_path / "a.pem"), str(tmp_path / "b.der")])
    assert twice.roots == once.roots
    assert twice.sha256 == once.sha256


def test_the_order_of_certificates_does_not_change_the_hash_but_the_role_does(
    tmp_path: Path, roots: Roots
) -> None:
    (tmp_path / "a.pem").write_bytes(pem(roots[0]) + pem(roots[1]))
    (tmp_path / "b.pem").write_bytes(pem(roots[1]) + pem(roots[0]))
    hashes = {
        load([f"{role}{tmp_path / name}"]).sha256 for role in ("", "root:") for name in ("a.pem", "b.pem")
    }
    assert len(hashes) == 1
    assert load([f"disallowed:{tmp_path / 'a.pem'}"]).sha256 not in hashes


def test_a_store_without_roots_says_so(tmp_path: Path, issued: bytes) -> None:
    (tmp_path / "i.der").write_bytes(issued)
    store = load([f"intermediate:{tmp_path / 'i.der'}"])
    assert store.notes == ("the store holds no root: no chain can end in a trusted one",)


def test_a_folder_is_read_with_its_folders(tmp_path: Path, roots: Roots) -> None:
    (tmp_path / "b.pem").write_bytes(pem(roots[1]))
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.cer").write_bytes(roots[0])
    (tmp_path / "c").write_bytes(roots[2])
    store = load([str(tmp_path)])
    assert {root.der for root in store.roots} == set(roots)
    assert (store.name, store.notes) == (tmp_path.name, ())


def test_files_that_nobody_takes_for_certificates_are_passed_over_with_a_note(
    tmp_path: Path, roots: Roots
) -> None:
    (tmp_path / "root.pem").write_bytes(pem(roots[0]))
    (tmp_path / "README.txt").write_text("Roots of Contoso")
    (tmp_path / "empty.conf").write_bytes(b"")
    (tmp_path / "privkey.pem").write_text("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n")
    (tmp_path / "page.html").write_text("<html></html>")
    (tmp_path / ".hidden.pem").write_text("broken")
    store = load([str(tmp_path)])
    assert len(store.roots) == 1
    assert store.notes == (
        f"{tmp_path.name}: passed over README.txt, empty.conf, page.html, privkey.pem (no certificates)",
    )


def test_the_note_on_many_passed_over_files_is_short(tmp_path: Path, roots: Roots) -> None:
    (tmp_path / "root.pem").write_bytes(pem(roots[0]))
    for number in range(9):
        (tmp_path / f"{number}.txt").write_text("words")
    (note,) = load([str(tmp_path)]).notes
    assert note.endswith("4.txt and 4 more (no certificates)")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("x.crt", b"<!doctype html>", "HTML page", id="html-under-a-certificate-name"),
        pytest.param("x.cer", b"", "is empty", id="empty-certificate-file"),
        pytest.param("x.PEM", b"-----BEGIN CERTIFICATE-----\n", "no end line", id="cut-off"),
        pytest.param("x.txt", b"-----BEGIN CERTIFICATE-----\n", "no end line", id="cut-off-under-any-name"),
        pytest.param("x", b"\0\0\0\0CERT", "cut off", id="serialized-store-cut-off"),
        pytest.param("x", b"\x30\x82\x05\x00\x30", "cut off", id="der-cut-off"),
    ],
)
def test_one_broken_file_in_a_folder_is_an_error_that_names_it(
    tmp_path: Path, roots: Roots, name: str, content: bytes, message: str
) -> None:
    (tmp_path / "good.pem").write_bytes(pem(roots[0]))
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TrustStoreError, match=message) as refused:
        load([str(tmp_path)])
    assert str(tmp_path / name) in str(refused.value)


def test_a_dangling_link_under_a_certificate_name_is_an_error(tmp_path: Path, roots: Roots) -> None:
    (tmp_path / "good.pem").write_bytes(pem(roots[0]))
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert len(load([str(tmp_path)]).roots) == 1
    (tmp_path / "gone.pem").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputMissingError, match=r"gone\.pem: does not exist"):
        load([str(tmp_path)])


def test_links_that_loop_end(tmp_path: Path, roots: Roots) -> None:
    (tmp_path / "good.pem").write_bytes(pem(roots[0]))
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    store = load([str(tmp_path)])
    assert len(store.roots) == 1
    assert store.notes == (f"{tmp_path.name}: passed over loop, self (no certificates)",)
    with pytest.raises(InputMissingError, match="cannot be opened"):
        load([str(tmp_path / "self")])


def test_folders_are_followed_to_a_fixed_depth(tmp_path: Path, roots: Roots) -> None:
    folder = tmp_path
    for level in range(limits.MAX_FOLDER_DEPTH):
        folder = folder / f"level{level}"
        folder.mkdir()
    (folder / "root.pem").write_bytes(pem(roots[0]))
    assert [root.der for root in load([str(tmp_path)]).roots] == [roots[0]]
    (folder / "deeper").mkdir()
    with pytest.raises(TrustStoreError, match="more than 3 levels deep"):
        load([str(tmp_path)])


def test_a_folder_with_too_many_entries_is_refused(
    tmp_path: Path, roots: Roots, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, root in enumerate(roots):
        (tmp_path / f"{number}.pem").write_bytes(pem(root))
    monkeypatch.setattr(limits, "MAX_FOLDER_ENTRIES", 3)
    assert len(load([str(tmp_path)]).roots) == 3
    monkeypatch.setattr(limits, "MAX_FOLDER_ENTRIES", 2)
    with pytest.raises(TrustStoreError, match="more than 2 entries"):
        load([str(tmp_path)])


def test_a_folder_with_too_many_bytes_is_refused(
    tmp_path: Path, roots: Roots, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "root.der").write_bytes(roots[0])
    (tmp_path / "film.mp4").write_bytes(bytes(1000))
    total = len(roots[0]) + 1000
    monkeypatch.setattr(limits, "MAX_FOLDER_BYTES", total)
    assert len(load([str(tmp_path)]).roots) == 1
    monkeypatch.setattr(limits, "MAX_FOLDER_BYTES", total - 1)
    with pytest.raises(TrustStoreError, match="holds more than"):
        load([str(tmp_path)])


def test_a_large_file_of_another_kind_in_a_folder_is_passed_over(
    tmp_path: Path, roots: Roots, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "root.der").write_bytes(roots[0])
    (tmp_path / "film.mp4").write_bytes(bytes(5000))
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 4000)
    assert len(load([str(tmp_path)]).roots) == 1
    (tmp_path / "film.pem").write_bytes(bytes(5000))
    with pytest.raises(TrustStoreError, match=r"film\.pem: is larger"):
        load([str(tmp_path)])


def test_together_the_files_of_a_folder_stay_below_the_limit(
    tmp_path: Path, roots: Roots, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, root in enumerate(roots):
        (tmp_path / f"{number}.pem").write_bytes(pem(root))
    monkeypatch.setattr(limits, "MAX_CERTIFICATES", 2)
    with pytest.raises(TrustStoreError, match="more than 2 certificates"):
        load([str(tmp_path)])


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrustStoreError, match="no file in this folder holds a certificate"):
        load([str(tmp_path)])


@pytest.mark.parametrize("spec", [pytest.param("\0", id="nul"), pytest.param("x" * 5000, id="too-long")])
def test_an_impossible_path_is_one_line(spec: str) -> None:
    with pytest.raises(ProbeError) as refused:
        load([spec])
    assert "\n" not in str(refused.value)


@pytest.mark.posix("a named pipe in a folder")
def test_a_named_pipe_does_not_stall(tmp_path: Path, roots: Roots) -> None:
    (tmp_path / "good.pem").write_bytes(pem(roots[0]))
    os.mkfifo(tmp_path / "pipe")
    assert len(load([str(tmp_path)]).roots) == 1
    with pytest.raises(InputMissingError, match="no regular file"):
        load([str(tmp_path / "pipe")])
