"""`probe trust fetch`: cabinets made by gcab, served on loopback, kept only when their signature holds."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from probe.errors import OutputError, TrustStoreError
from probe.facts.certificate import Certificate
from probe.report.listings import store_listing
from probe.stores import fetching, inventory
from probe.stores.microsoft_list import DISALLOWED_LIST_FILE, ROOT_LIST_FILE
from tests.requirements import require
from tests.stores.conftest import ListWriter
from tests.stores.list_signer import ROOT_KEY_IDENTIFIER, ListSigner

DISALLOWED = "1.3.6.1.4.1.311.10.3.30"
Subjects = list[tuple[bytes, dict[int, bytes]]]
KEYS = frozenset({ROOT_KEY_IDENTIFIER.hex()})


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests read what the program says."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that is served on loopback, and its address."""
    folder = tmp_path / "site"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def _serve(folder: Path, lists: dict[str, bytes]) -> None:
    for cabinet, name in (
        ("authrootstl.cab", ROOT_LIST_FILE),
        ("disallowedcertstl.cab", DISALLOWED_LIST_FILE),
    ):
        (folder / name).write_bytes(lists[name])
        arguments = [require("gcab"), "--create", "--zip", cabinet, name]
        subprocess.run(arguments, cwd=folder, check=True, capture_output=True)


def _lists(roots: tuple[bytes, ...], trust_list: ListWriter, signer: ListSigner) -> dict[str, bytes]:
    subjects: Subjects = [(bytes.fromhex(Certificate(root).thumbprint), {}) for root in roots]
    return {
        ROOT_LIST_FILE: trust_list(subjects, sign=signer),
        DISALLOWED_LIST_FILE: trust_list(subjects[:1], usage=DISALLOWED, sign=signer),
    }


def test_both_lists_are_kept_with_what_was_verified(
    site: tuple[Path, str], tmp_path: Path, roots: tuple[bytes, ...], trust_list: ListWriter
) -> None:
    folder, address = site
    _serve(folder, _lists(roots, trust_list, ListSigner()))
    fetched = fetching.fetch(tmp_path / "kept", address=address, trusted_keys=KEYS)
    assert [one.path.name for one in fetched] == [ROOT_LIST_FILE, DISALLOWED_LIST_FILE]
    assert [one.before for one in fetched] == [None, None]
    assert all(one.path.read_bytes() == (folder / one.path.name).read_bytes() for one in fetched)
    assert fetched[0].verified == (
        "signed by Lab List Publisher under Lab List CA; the root above is known by its key identifier alone"
    )
    again = fetching.fetch(tmp_path / "kept", address=address, trusted_keys=KEYS)
    assert again[0].before == again[0].after


REFUSED = [
    pytest.param(ListSigner(alter=True), "signature is wrong", id="changed-content"),
    pytest.param(ListSigner(usage="1.3.6.1.5.5.7.3.3"), "signature is wrong", id="signer-not-for-lists"),
    pytest.param(
        ListSigner(end=datetime(2024, 1, 1, tzinfo=UTC)), "out of date", id="signer-expired-before-the-list"
    ),
    pytest.param(None, "signature is wrong", id="unsigned"),
]


@pytest.mark.parametrize(("signer", "message"), REFUSED)
def test_a_list_whose_signature_does_not_hold_is_not_kept(
    signer: ListSigner | None,
    message: str,
    site: tuple[Path, str],
    tmp_path: Path,
    roots: tuple[bytes, ...],
    trust_list: ListWriter,
) -> None:
    folder, address = site
    lists = _lists(roots, trust_list, ListSigner())
    subjects: Subjects = [(bytes.fromhex(Certificate(roots[0]).thumbprint), {})]
    lists[DISALLOWED_LIST_FILE] = trust_list(subjects, usage=DISALLOWED, sign=signer)
    _serve(folder, lists)
    with pytest.raises(TrustStoreError, match=message):
        fetching.fetch(tmp_path / "kept", address=address, trusted_keys=KEYS)
    assert not (tmp_path / "kept").exists()


def test_a_signer_under_another_root_is_refused(
    site: tuple[Path, str], tmp_path: Path, roots: tuple[bytes, ...], trust_list: ListWriter
) -> None:
    folder, address = site
    _serve(folder, _lists(roots, trust_list, ListSigner()))
    with pytest.raises(TrustStoreError, match="under Microsoft's root"):
        fetching.fetch(tmp_path / "kept", address=address)


def test_what_is_not_there_says_so(site: tuple[Path, str], tmp_path: Path) -> None:
    with pytest.raises(TrustStoreError, match="answers 404"):
        fetching.fetch(tmp_path, address=site[1])


def test_what_is_no_cabinet_says_so(site: tuple[Path, str], tmp_path: Path) -> None:
    (site[0] / "authrootstl.cab").write_bytes(b"<html>")
    with pytest.raises(TrustStoreError, match="cabinet is damaged"):
        fetching.fetch(tmp_path, address=site[1])


def test_a_download_without_end_is_cut(
    site: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAXIMUM_CABINET_BYTES", 1000)
    (site[0] / "authrootstl.cab").write_bytes(bytes(1001))
    with pytest.raises(TrustStoreError, match="more than 1,000 bytes"):
        fetching.fetch(tmp_path, address=site[1])


def test_nobody_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TrustStoreError, match="cannot be downloaded"):
        fetching.fetch(tmp_path, address="http://127.0.0.1:9")


def test_a_folder_that_cannot_be_written_is_an_output_error(
    site: tuple[Path, str], tmp_path: Path, roots: tuple[bytes, ...], trust_list: ListWriter
) -> None:
    folder, address = site
    _serve(folder, _lists(roots, trust_list, ListSigner()))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        fetching.fetch(tmp_path / "file" / "kept", address=address, trusted_keys=KEYS)


def test_what_changed_is_printed(
    site: tuple[Path, str], tmp_path: Path, roots: tuple[bytes, ...], trust_list: ListWriter
) -> None:
    folder, address = site
    _serve(folder, _lists(roots, trust_list, ListSigner()))
    fetched = fetching.fetch(tmp_path / "kept", address=address, trusted_keys=KEYS)
    after = inventory.of_listing(fetched[0].after)
    text = store_listing.render_fetched(fetched, after[1:], after)
    assert f"{tmp_path / 'kept' / ROOT_LIST_FILE}: issued 2025-06-16, signed by Lab List Publisher" in text
    assert f"added: 1 root\nroot         {after[0].thumbprint}" in text
    assert "removed: 0 roots\nchanged: 0 roots\n" in text
