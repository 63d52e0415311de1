"""Every fault of the lab, end to end over real sockets, and again from its saved record: the same verdict."""

from __future__ import annotations

import dataclasses

import pytest

from probe import api
from probe.collection.settings import Settings, parse_connect_to
from probe.facts import record
from probe.facts.trust_store import TrustStore
from probe.judgement import caller_profile as callers
from probe.judgement.caller_profile import Caller
from probe.judgement.model import Judgement
from probe.judgement.result import TargetResult
from probe.lab.faults import FAULTS, Expected, Fault
from probe.lab.partner import Partner

# Long enough for every answer on loopback, short enough for the faults that stall.
TIMEOUT = 2.0


def verdict(judgement: Judgement) -> Expected:
    """The verdict in the words of the lab's rows."""
    exception = judgement.web_exception
    return Expected(
        outcome=judgement.outcome.value,
        ssl_policy_errors=judgement.ssl_policy_errors,
        chain_status=judgement.chain.status if judgement.chain is not None else None,
        web_exception_status=exception.status if exception else None,
        text=exception.text if exception else None,
    )


def check_fault(fault: Fault) -> tuple[TargetResult, Caller, TrustStore, Expected]:
    """The result of checking a lab partner with this fault, its caller and store, and what is demanded."""
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
    return result, profile, store, dataclasses.replace(fault.expected, text=text)


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in FAULTS])
def test_fault_gets_its_verdict(fault: Fault) -> None:
    result, profile, store, demanded = check_fault(fault)
    (judgement,) = result.judgements
    assert demanded.disagreements(verdict(judgement)) == ()
    replayed = api.judge(record.loads(record.dumps(result.observation)), trust=store, caller=profile)
    assert replayed == result.judgements
