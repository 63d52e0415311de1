"""Microsoft's list of roots away from Windows: what is an anchor, what is only listed, what is in neither."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import certifi
import pytest

from probe.facts.certificate import Certificate
from probe.facts.trust_store import TrustStore
from probe.judgement.caller_profile import profile
from probe.judgement.chain import chain_context
from probe.stores import microsoft_list, store_files
from probe.stores.loading import default_specs, load
from tests.stores.conftest import ListWriter, Writer

BALTIMORE = "D4DE20D05E66FC53FE1A50882C78DB2852CAE474"  # disabled by the notice of 25 August 2026
ISRG_X1 = "CABD2A79A1076A31F21D253635CB039D4329A5E8"
VTRUS = "8A71DE6559336F426C26E53880D00D88A18DA4C6A91F0DCB6194E206C5C96387"  # SHA-256, in Mozilla's list alone
XRAMP = "B80186D1EB9C86A54104CF3054F34C52B7E558C6"
ENTRUST_G2 = "8CF427FD790C3AD166068DE81E57EFBB932272D4"
REFUSED = "E9C111888BC41D63759DB5927B9E00E2A853625D"  # the notice of 4 September 2025
AT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the account in which no list was fetched yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    return microsoft_list.fetched_folder()


def _mozilla() -> dict[str, Certificate]:
    return {
        entry.certificate.thumbprint: entry.certificate
        for entry in store_files.read_file(certifi.where()).entries
    }


def _status(store: TrustStore, root: Certificate, at: datetime = AT, caller: str = "exchange-se") -> str:
    context = chain_context.build(
        [root], trust=store.with_listed([root]), caller=profile(caller), at=at, usages=("1.3.6.1.5.5.7.3.1",)
    )
    return str(context.status.name)


def test_it_is_the_default_away_from_windows() -> None:
    assert "microsoft" in default_specs() or default_specs() == ("windows",)


def test_a_root_of_both_lists_is_an_anchor_that_windows_downloads() -> None:
    store = load(["microsoft"])
    root = _mozilla()[ISRG_X1]
    assert root in store.root_set
    assert store.properties_of(root).automatic
    assert _status(store, root) == "NoError"


def test_a_root_of_mozillas_list_alone_is_no_root_and_is_known() -> None:
    store = load(["microsoft"])
    (root,) = (c for c in store.unlisted if c.sha256.upper() == VTRUS)
    assert root not in store.root_set
    assert _status(store, root) == "UntrustedRoot"


def test_a_root_that_is_not_at_hand_is_listed_with_what_the_list_says_of_it() -> None:
    listed = {root.thumbprint: root for root in load(["microsoft"]).listed}
    assert listed[BALTIMORE].properties.disallowed_after == datetime(2026, 9, 15, tzinfo=UTC)
    assert listed[XRAMP].properties.not_before == datetime(2026, 9, 15, tzinfo=UTC)


def test_a_root_in_no_list_is_untrusted(roots: tuple[bytes, ...]) -> None:
    assert _status(load(["microsoft"]), Certificate(roots[0])) == "UntrustedRoot"


def test_a_notice_leaves_an_earlier_date_of_the_list_alone() -> None:
    """Entrust's roots have 16 April 2025 in the list of June 2025."""
    store = load(["microsoft"])
    dates = dict(store.properties)
    found = dates.get(ENTRUST_G2) or {r.thumbprint: r.properties for r in store.listed}[ENTRUST_G2]
    assert found.not_before == datetime(2025, 4, 16, tzinfo=UTC)


def test_what_a_notice_disallowed_is_refused_by_default() -> None:
    assert REFUSED in load(["microsoft"]).disallowed_hashes


def test_the_store_says_of_which_day_it_is() -> None:
    (note,) = load(["microsoft"]).notes
    assert note == (
        "Microsoft's list of roots of 2025-06-16, with the notices of its root programme to 2026-08-25"
    )


def test_the_data_holds_no_certificate() -> None:
    text = microsoft_list.DATA_FILE.read_text(encoding="utf-8")
    assert "MII" not in text
    assert len(microsoft_list.packaged().roots) == 514


def test_a_fetched_list_that_is_newer_takes_the_place_of_the_packaged_one(
    nothing_fetched: Path, roots: tuple[bytes, ...], trust_list: ListWriter
) -> None:
    new = Certificate(roots[0])
    nothing_fetched.mkdir(parents=True)
    subjects: list[tuple[bytes, dict[int, bytes]]] = [(bytes.fromhex(new.thumbprint), {})]
    (nothing_fetched / microsoft_list.ROOT_LIST_FILE).write_bytes(
        trust_list(subjects, issued=b"270101000000Z")
    )
    store = load(["microsoft"])
    assert [root.thumbprint for root in store.listed] == [new.thumbprint]
    assert _status(store, new) == "NoError"
    assert store.notes == ("Microsoft's list of roots of 2027-01-01, fetched",)


def test_a_fetched_list_that_is_older_is_passed_over(
    nothing_fetched: Path, roots: tuple[bytes, ...], trust_list: ListWriter
) -> None:
    nothing_fetched.mkdir(parents=True)
    subjects: list[tuple[bytes, dict[int, bytes]]] = [(bytes.fromhex(Certificate(roots[0]).thumbprint), {})]
    (nothing_fetched / microsoft_list.ROOT_LIST_FILE).write_bytes(
        trust_list(subjects, issued=b"200101000000Z")
    )
    assert len(load(["microsoft"]).listed) > 300


@pytest.mark.parametrize(
    ("issued", "old"),
    [
        pytest.param(b"250616175611Z", True, id="before-the-newest-notice"),
        pytest.param(b"270101000000Z", False, id="after-it"),
    ],
)
def test_a_list_that_is_older_than_the_newest_notice_is_said_to_be(
    issued: bytes, old: bool, tmp_path: Path, roots: tuple[bytes, ...], trust_list: ListWriter
) -> None:
    subjects: list[tuple[bytes, dict[int, bytes]]] = [(bytes.fromhex(Certificate(roots[0]).thumbprint), {})]
    path = tmp_path / "authroot.stl"
    path.write_bytes(trust_list(subjects, issued=issued))
    said = [note for note in load([str(path)]).notes if "is old" in note]
    assert bool(said) is old
    if old:
        assert said == [
            "authroot.stl is old: it is of 2025-06-16, and Microsoft has announced changes up to 2026-08-25"
        ]


def test_a_serialized_store_is_as_old_as_its_file(
    tmp_path: Path, roots: tuple[bytes, ...], serialized: Writer
) -> None:
    path = tmp_path / "roots.sst"
    path.write_bytes(serialized([({11: "Root".encode("utf-16-le")}, roots[0])]))
    moment = datetime(2024, 5, 1, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))
    assert any("roots.sst is old: it is of 2024-05-01" in note for note in load([str(path)]).notes)
