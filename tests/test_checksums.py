"""The sums beside what was built are those of the files, and say when one was changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.maintenance.checksums import write_sums


def test_every_file_has_its_sum_and_the_sums_have_none(tmp_path: Path) -> None:
    (tmp_path / "probe.exe").write_bytes(b"MZ")
    (tmp_path / "a.whl").write_bytes(b"PK")
    write_sums(tmp_path)
    lines = write_sums(tmp_path).read_text(encoding="ascii").splitlines()
    assert lines == [
        f"{hashlib.sha256(b'PK').hexdigest()}  a.whl",
        f"{hashlib.sha256(b'MZ').hexdigest()}  probe.exe",
    ]


def test_an_empty_folder_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="build first"):
        write_sums(tmp_path)
