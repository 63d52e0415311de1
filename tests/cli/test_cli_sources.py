"""`probe sources`: the list, a section, the terminal's width, and what does not exist."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from tests.cli.conftest import Finished

Run = Callable[..., Finished]


def test_without_a_section_it_lists_the_headings(run: Run) -> None:
    finished = run("sources")
    assert finished.code == 0
    assert "\n  [failures 5.4] What happens on the wire and what is logged\n" in finished.out
    assert "\n[exchange 7] Fixes\n" in finished.out


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["failures", "5.4"], id="two-words"),
        pytest.param(["failures 5.4"], id="quoted"),
        pytest.param(["[failures 5.4]"], id="as-cited"),
        pytest.param(["[failures", "5.4]"], id="as-cited-unquoted"),
    ],
)
def test_a_section_comes_with_its_subsections(run: Run, arguments: list[str]) -> None:
    finished = run("sources", *arguments)
    assert finished.code == 0
    assert finished.out.startswith("[failures 5.4] What happens on the wire and what is logged\n")
    assert "\n[failures 5.4.3] TLS negotiation\n" in finished.out
    assert "[failures 5.5]" not in finished.out.replace("([failures 5.5])", "")


def test_json_has_the_citations_and_texts(run: Run) -> None:
    document = json.loads(run("sources", "exchange 7.3", "--format", "json").out)
    (section,) = document["sections"]
    assert document["schema"] == "probe.sources/1"
    assert (section["citation"], section["title"]) == ("[exchange 7.3]", "Trust")
    assert "certutil -addstore" in section["text"]
    listed = json.loads(run("sources", "--format", "json").out)
    assert {entry["text"] for entry in listed["sections"]} == {None}


@pytest.mark.parametrize("columns", [40, 80, 300])
def test_a_page_fits_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """No line is wider than the terminal, nor than 100 columns, unless it is one word."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for document in ("exchange", "failures", "validation"):
        lines = run("sources", document).out.splitlines()
        assert [line for line in lines if len(line) > min(columns, 100) and " " in line.strip()] == []


def test_what_does_not_exist_is_a_usage_error_with_the_nearest(run: Run) -> None:
    finished = run("sources", "exchange", "7.9")
    assert (finished.code, finished.out) == (64, "")
    assert finished.err.startswith(
        "probe: error: there is no section 7.9 in exchange; the nearest: [exchange 7] Fixes"
    )
