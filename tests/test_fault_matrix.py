"""Every fault of the lab, end to end over real sockets, and again from its saved record: the same verdict."""

from __future__ import annotations

import dataclasses

import pytest

from probe import api
from probe.collection.settings import Settings, parse_connect_to
from probe.facts import record
from probe.judgement import caller_profile as callers
from probe.judgement.model import Judgement
from probe.lab.faults import FAULTS, Expected, Fault
from probe.lab.partner import Partner

# Long enough for every answer on loopback, short enough for the faults that stall.
TIMEOUT = 2.0


def _verdict(judgement: Judgement) -> Expected:
    exception = judgement.web_exception
    return Expected(
        outcome=judgement.outcome.value,
        ssl_policy_errors=judgement.ssl_policy_errors,
        chain_status=judgement.chain.status if judgement.chain is not None else None,
        web_exception_status=exception.status if exception else None,
        text=exception.text if exception else None,
    )


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in FAULTS])
def test_fault_gets_its_verdict(fault: Fault) -> None:
    with Partner(fault.name) as partner:
        # A stall of the lab lasts for ever, so the caller stops waiting sooner here than this run does.
        profile = dataclasses.replace(
            callers.profile(fault.caller or callers.DEFAULT), answer_timeout_seconds=TIMEOUT / 4
        )
        store = partner.trust
        settings = Settings(
            connect_to=tuple(map(parse_connect_to, partner.connect_to)),
            family=4,
            timeout=TIMEOUT,
            connect_timeout=TIMEOUT / 2,
            resolver=partner.resolver,
        )
        result = api.check(partner.ews_url, trust=store, callers=(profile,), settings=settings)
        text = fault.expected.text_for(partner.host, f"127.0.0.1:{partner.port}")
    (judgement,) = result.judgements
    demanded = dataclasses.replace(fault.expected, text=text)
    assert demanded.disagreements(_verdict(judgement)) == ()
    replayed = api.judge(record.loads(record.dumps(result.observation)), trust=store, caller=profile)
    assert replayed == result.judgements
