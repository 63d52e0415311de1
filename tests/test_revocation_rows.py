"""The lab's rows of revocation for a caller that does check, over real sockets and again from the record."""

from __future__ import annotations

import dataclasses

import pytest

from probe import api
from probe.collection.settings import Settings, parse_connect_to
from probe.dotnet import SslPolicyErrors, flag_names
from probe.facts import record
from probe.judgement import caller_profile as callers
from probe.judgement.model import Outcome
from probe.lab.partner import Partner
from probe.lab.revocation import PLANS

UNKNOWN = "RevocationStatusUnknown OfflineRevocation"
EXPECTED = {
    "crl-good": ["", "", ""],
    "ocsp-good": ["", "", ""],
    "ocsp-delegated": ["", "", ""],
    "revoked-crl": ["Revoked", "", ""],
    "revoked-ocsp": ["Revoked", "", ""],
    "revoked-intermediate": [UNKNOWN, "Revoked", ""],
    "crl-expired": [UNKNOWN, UNKNOWN, ""],
    "crl-unreachable": [UNKNOWN, UNKNOWN, ""],
    "ocsp-unreachable": [UNKNOWN, UNKNOWN, ""],
}
CHECKING = dataclasses.replace(callers.profile(callers.DEFAULT), revocation=True)


def test_every_plan_has_its_row() -> None:
    assert set(EXPECTED) == set(PLANS)


@pytest.mark.parametrize("fault", sorted(EXPECTED))
def test_a_caller_that_checks_revocation(fault: str) -> None:
    with Partner(fault) as partner:
        settings = Settings(
            connect_to=tuple(map(parse_connect_to, partner.connect_to)),
            family=4,
            timeout=10.0,
            resolver=partner.resolver,
        )
        result = api.check(partner.ews_url, trust=partner.trust, callers=(CHECKING,), settings=settings)
        (judgement,) = result.judgements
        assert judgement.chain is not None
        assert [" ".join(flag_names(e.status)) for e in judgement.chain.elements] == EXPECTED[fault]
        refused = any(EXPECTED[fault])
        assert judgement.outcome is (Outcome.FAILURE if refused else Outcome.SUCCESS)
        assert judgement.ssl_policy_errors == (
            SslPolicyErrors.RemoteCertificateChainErrors if refused else SslPolicyErrors(0)
        )
        assert (judgement.web_exception is not None) is refused
        saved = record.loads(record.dumps(result.observation))
        assert saved == result.observation
        assert api.judge(saved, trust=partner.trust, caller=CHECKING) == result.judgements
