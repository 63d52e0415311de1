"""Damaged certificates: nothing but a judgement leaves the engine, and none says that they are fine."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe import api
from probe.judgement.model import Outcome
from tests.judgement.judging import NOW
from tests.judgement.mutation import FINE, HOST, KINDS, Case, Chain, Edit, chains, damaged

CHAINS = chains()

EDITS = st.lists(
    st.builds(
        Edit,
        st.sampled_from(KINDS),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 255),
        st.integers(1, 16),
    ),
    min_size=1,
    max_size=3,
)


@pytest.mark.parametrize("chain", CHAINS, ids=[chain.name for chain in CHAINS])
def test_the_chains_are_sound_before_they_are_damaged(chain: Chain) -> None:
    judgement = api.judge_chain(chain.members[:-1], host=HOST, roots=chain.members[-1:], at=NOW)
    assert judgement.outcome is Outcome.SUCCESS


@settings(max_examples=300)
@given(chain=st.sampled_from(CHAINS), place=st.integers(0, 9), edits=EDITS)
def test_no_damaged_certificate_is_fine_and_none_spoils_a_sound_chain(
    chain: Chain, place: int, edits: list[Edit]
) -> None:
    position = place % len(chain.members)
    case = Case(chain, position, damaged(chain.members[position], edits))
    assert case.complaint() is None


@settings(max_examples=200)
@given(content=st.binary(max_size=300), host=st.none() | st.just(HOST))
def test_any_bytes_give_a_judgement_and_no_success(content: bytes, host: str | None) -> None:
    judgement = api.judge_chain([content], host=host, roots=[content], intermediates=[content], at=NOW)
    assert judgement.outcome not in FINE


@pytest.mark.parametrize("chain", CHAINS, ids=[chain.name for chain in CHAINS])
def test_no_single_bit_of_a_signature_may_be_wrong(chain: Chain) -> None:
    leaf = chain.members[0]
    for bit in range(0, 64 * 8, 7):
        flipped = bytearray(leaf)
        flipped[-1 - bit // 8] ^= 1 << (bit % 8)
        judgement = api.judge_chain(
            [bytes(flipped), *chain.members[1:-1]], host=HOST, roots=chain.members[-1:], at=NOW
        )
        assert judgement.outcome not in FINE
