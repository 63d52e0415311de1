"""Every row of the catalogue is found by each of its texts, inside an event and alone, and is complete."""

from __future__ import annotations

import pytest

from probe.explain.explainer import explain
from probe.explain.explanation_model import Authentication, Code, Knowledge, Place, Profile, Signal, View
from probe.explain.knowledge import ROWS, row
from probe.explain.knowledge.numbers import codes, identifiers, relationship_results
from probe.explain.matching import rows_for
from probe.explain.pasted_text import key

TEXTS = [
    pytest.param(one, " something ".join(pattern), id=f"{one.name}-{number}")
    for one in ROWS
    for number, pattern in enumerate(one.patterns)
]


def profile_of(one: Knowledge) -> Profile:
    """A profile that the row is about: the first of each condition."""
    scope = one.scope
    return Profile(
        scope.authentications[0] if scope.authentications else Authentication.UNKNOWN,
        scope.places[0] if scope.places else Place.UNKNOWN,
        scope.views[0] if scope.views else View.CALLER,
    )


@pytest.mark.parametrize(("wanted", "text"), TEXTS)
def test_each_text_of_a_row_finds_the_row(wanted: Knowledge, text: str) -> None:
    assert rows_for(key(text), profile_of(wanted))[0] == wanted


@pytest.mark.parametrize("one", [one for one in ROWS if one.scope.conditions], ids=lambda one: one.name)
def test_a_row_with_a_scope_is_not_found_for_another_profile(one: Knowledge) -> None:
    others = (
        Profile(authentication, place, view)
        for authentication in Authentication
        for place in Place
        for view in View
    )
    words = key(" ".join(one.patterns[0]))
    outside = [other for other in others if not one.scope.admits(other)]
    assert outside
    assert all(one not in rows_for(words, other) for other in outside)


@pytest.mark.parametrize("one", ROWS, ids=lambda one: one.name)
def test_a_row_is_complete(one: Knowledge) -> None:
    """Each row has a source, a meaning, and causes that can be told apart."""
    assert one.source
    assert one.meaning.endswith(".")
    assert one.causes or one.name == "http-2xx"
    assert all(cause.told_by and cause.text.endswith(".") for cause in one.causes)
    assert all(
        remedy.source and remedy.actor in {"caller", "partner", "network"}
        for c in one.causes
        for remedy in c.remedies
    )
    assert all(cause.signals for cause in one.causes if cause.excluded_by_absence)


def test_names_are_unique() -> None:
    names = [one.name for one in ROWS]
    assert sorted(set(names)) == sorted(names)


TABLES = (
    *codes.CODES,
    *codes.LIDS,
    *codes.EVENTS,
    *relationship_results.TEST_RESULTS,
    *identifiers.CAS_ERRORS,
    *identifiers.HTTPERR_REASONS,
)


@pytest.mark.parametrize("code", TABLES, ids=lambda code: code.code)
def test_a_code_points_to_a_row_that_exists(code: Code) -> None:
    assert code.knowledge is None or row(code.knowledge) is not None
    assert code.source


@pytest.mark.parametrize("code", codes.CODES, ids=lambda code: code.code)
@pytest.mark.parametrize("form", ["{0}", "Error {0}", "<ExceptionCode>{0}</ExceptionCode>", "({0})"])
def test_a_numeric_code_is_named(code: Code, form: str) -> None:
    (found,) = explain(form.format(code.code))
    assert any(code.name in note.text and code.meaning in note.text for note in found.notes)
    assert found.knowledge == row(code.knowledge)


@pytest.mark.parametrize("code", codes.CODES, ids=lambda code: code.name)
def test_a_response_code_is_named(code: Code) -> None:
    (found,) = explain(f"<m:ResponseCode>Error{code.name}</m:ResponseCode>")
    assert any(code.meaning in note.text for note in found.notes)


@pytest.mark.parametrize("code", codes.LIDS, ids=lambda code: code.code)
def test_a_lid_is_explained(code: Code) -> None:
    (found,) = explain(f"LID: {code.code}")
    assert any(code.meaning in note.text for note in found.notes)
    assert found.knowledge == row(code.knowledge)


@pytest.mark.parametrize("code", relationship_results.TEST_RESULTS, ids=lambda code: code.name)
def test_a_result_of_the_relationship_test_is_explained(code: Code) -> None:
    (found,) = explain(
        f"RunspaceId  : 1b2c\nId          : {code.code}\nStatus      : Error\nDescription : Something.\n"
    )
    assert found.knowledge == row(code.knowledge)
    assert any(code.meaning in note.text for note in found.notes)


def test_every_signal_is_used_by_some_cause() -> None:
    """A signal that no cause rests on would be looked for in vain."""
    used = {signal for one in ROWS for cause in one.causes for signal in cause.signals}
    assert used == set(Signal)


def test_the_bypass_of_domain_validation_is_only_offered_with_its_limit() -> None:
    """Microsoft: for a hybrid deployment, never for another organization on premises [exchange 1.2.6]."""
    switch = "BypassAdditionalDomainValidation"
    found = [one for one in ROWS if switch in one.meaning]
    assert [one.name for one in found] == ["domain-not-validated"]
    assert "Only in a hybrid deployment" in found[0].meaning
    advice = (
        step for one in ROWS for cause in one.causes for remedy in cause.remedies for step in remedy.commands
    )
    assert not any(switch in step for one in ROWS for step in one.commands)
    assert not any(switch in step for step in advice)
