"""What is judged on the event loop is few and small; each limit has a row that reaches it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from probe.facts.observation import HttpExchange, Observation, Retrieval, RetrievalKind, RetrievalOutcome
from probe.judgement.effort import MOST_CERTIFICATES, MOST_JUDGEMENTS, MOST_OCTETS, is_quickly_judged
from probe.lab import authority
from tests.samples import observed

ROOT = authority.root()
LEAF = authority.end_entity(ROOT, "mail.partner.lab").certificate
SOUND = observed((LEAF, ROOT.certificate))
DOWNLOAD = Retrieval(RetrievalKind.ISSUER, "http://ca.lab/ca.crt", "00", RetrievalOutcome.FETCHED)
ANSWER = HttpExchange("GET", "https://mail.partner.lab/", 200, body=b"x" * MOST_OCTETS)
WIDE = authority.end_entity(ROOT, "mail.partner.lab", dns_names=[f"h{n}.example.lab" for n in range(500)])


@pytest.mark.parametrize(
    ("observation", "callers", "quick"),
    [
        pytest.param(SOUND, 1, True, id="sound"),
        pytest.param(observed((LEAF,) * MOST_CERTIFICATES), 1, True, id="as many certificates as allowed"),
        pytest.param(observed((LEAF,) * (MOST_CERTIFICATES + 1)), 1, False, id="more certificates"),
        pytest.param(observed((WIDE.certificate,)), 1, False, id="a large certificate"),
        pytest.param(observed((LEAF,), exchanges=(ANSWER,)), 1, False, id="a large answer"),
        pytest.param(SOUND, MOST_JUDGEMENTS, True, id="as many callers as allowed"),
        pytest.param(SOUND, MOST_JUDGEMENTS + 1, False, id="more callers"),
        pytest.param(replace(SOUND, connections=SOUND.connections * 9), 1, False, id="many connections"),
        pytest.param(replace(SOUND, retrievals=(DOWNLOAD,)), 1, False, id="downloads"),
    ],
)
def test_only_what_is_few_and_small_is_judged_at_once(
    observation: Observation, callers: int, *, quick: bool
) -> None:
    assert is_quickly_judged(observation, callers) is quick
