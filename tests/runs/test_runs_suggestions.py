"""The hint for missing packages fits what the user has: a Python, or probe.exe."""

from __future__ import annotations

import sys

import pytest

from probe.runs.lists.suggestions import missing_packages


def test_a_python_is_told_its_own_command() -> None:
    said = missing_packages("probe serve", ("starlette", "uvicorn"))
    assert f"{sys.executable} -m pip install starlette uvicorn" in said
    assert "--no-index --find-links FOLDER" in said


def test_the_exe_cannot_be_added_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert missing_packages("--cluster", ("distributed",)) == (
        "--cluster is not part of probe.exe: use probe as installed into a Python"
    )
