"""Every parser keeps its promises on the stored inputs, those that once broke it too, and on damaged ones.

`python -m tests.fuzz` makes many more; what it finds is stored and replayed here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from probe.facts.observation import RetrievalKind
from probe.judgement.chain.revocation.revocation_status import RevocationStanding
from probe.judgement.model import Outcome
from tests.fuzz import partner_parsers, stored_inputs, worker
from tests.fuzz.mutation import LARGEST, damaged
from tests.fuzz.parsers import PARSERS

SOME = 60
STORED = [
    pytest.param(name, path, id=f"{name}-{path.name}")
    for name in PARSERS
    for path in stored_inputs.inputs(name)
]


@pytest.mark.parametrize(("name", "path"), STORED)
def test_a_stored_input_breaks_nothing(name: str, path: Path) -> None:
    assert worker.complaint(PARSERS[name], path.read_bytes()) is None


@pytest.mark.parametrize("name", PARSERS)
def test_damaged_inputs_break_nothing(name: str) -> None:
    stored = [path.read_bytes() for path in stored_inputs.inputs(name)]
    for number in range(SOME):
        data = damaged(stored, f"suite:{number}")
        assert worker.complaint(PARSERS[name], data) is None, data


def test_every_folder_of_the_corpus_is_a_parser_s_and_all_are_small() -> None:
    assert {path.name for path in stored_inputs.FOLDER.iterdir()} == {*PARSERS, "fixed"}
    assert sum(path.stat().st_size for path in stored_inputs.FOLDER.rglob("*") if path.is_file()) < 1_000_000


def test_the_sound_inputs_are_what_the_promises_are_measured_by() -> None:
    leaf, issuing, root = (stored_inputs.sound(name) for name in ("leaf", "issuing", "root"))
    assert partner_parsers.judged(leaf, issuing, root).outcome is Outcome.SUCCESS
    for kind, name in ((RetrievalKind.CRL, "crl"), (RetrievalKind.OCSP, "ocsp")):
        sound = (stored_inputs.FOLDER / name / "revoked").read_bytes()
        assert partner_parsers.standing(kind, sound) is RevocationStanding.REVOKED


def test_the_same_seed_gives_the_same_input_and_others_others() -> None:
    stored = [b"abcdefgh" * 10, b"{}"]
    made = [damaged(stored, f"1:{number}") for number in range(300)]
    assert made == [damaged(stored, f"1:{number}") for number in range(300)]
    assert len(set(made)) > 200
    assert max(map(len, made)) <= LARGEST


def _breaks(data: bytes) -> None:
    if b"bad" in data:
        raise KeyError(data)


def test_what_breaks_a_parser_is_told_and_made_short() -> None:
    found = worker.complaint(_breaks, b"x" * 100 + b"bad" + b"y" * 50)
    assert found is not None
    kind, said = found
    assert kind == "KeyError in a promise"
    assert "KeyError" in said
    assert worker.reduced(_breaks, b"x" * 100 + b"bad" + b"y" * 50, kind) == b"bad"
