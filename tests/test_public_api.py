"""The names that scripts elsewhere rely on (the contract's Python section), and what they cost to import."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

import probe
from probe.lab import authority

CONTRACT = {
    "SslPolicyErrors",
    "WebExceptionStatus",
    "X509ChainStatusFlags",
    "check",
    "check_async",
    "collect",
    "judge",
    "judge_chain",
}


def test_public_names_are_exact() -> None:
    more = {"__version__", "collect_async", "judge_result", "load_trust"}
    assert set(probe.__all__) == CONTRACT | more
    assert set(dir(probe)) == set(probe.__all__)
    for name in probe.__all__:
        assert getattr(probe, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        probe.nonsense  # noqa: B018


def test_judge_chain_takes_der_and_answers_in_dotnets_words() -> None:
    root = authority.root("API Root")
    leaf = authority.end_entity(root, "mail.partner.lab")
    judgement = probe.judge_chain([leaf.der], host="mail.partner.lab", roots=[root.der], at=datetime.now(UTC))
    assert judgement.ssl_policy_errors == probe.SslPolicyErrors(0)
    assert judgement.chain is not None
    assert judgement.chain.status == probe.X509ChainStatusFlags.NoError
    assert [element.status for element in judgement.chain.elements] == [0, 0]
    assert judgement.name is not None
    assert judgement.name.matched
    refused = probe.judge_chain([leaf.der], host="other.lab", at=datetime.now(UTC))
    assert refused.ssl_policy_errors == probe.SslPolicyErrors(6)
    assert refused.chain is not None
    assert refused.chain.status == probe.X509ChainStatusFlags.PartialChain


def test_nothing_presented_is_a_usage_error() -> None:
    from probe.errors import UsageError

    with pytest.raises(UsageError, match="at least the end-entity"):
        probe.judge_chain([])


@pytest.mark.parametrize("host", ["", "*.partner.lab", "a..b"], ids=["empty", "pattern", "empty-label"])
def test_a_host_that_is_none_is_a_target_error(host: str) -> None:
    from probe.errors import TargetError

    with pytest.raises(TargetError, match="is no host name"):
        probe.judge_chain([authority.root().der], host=host)


def test_a_moment_without_a_time_zone_is_a_usage_error() -> None:
    from probe.errors import UsageError

    naive = datetime(2024, 1, 1)
    with pytest.raises(UsageError, match="no time zone"):
        probe.judge_chain([authority.root().der], at=naive)
    with pytest.raises(UsageError, match="no time zone"):
        probe.check("partner.lab", at=naive)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        (probe.SslPolicyErrors.RemoteCertificateChainErrors, 0x4),
        (probe.X509ChainStatusFlags.HasNotSupportedCriticalExtension, 0x8000000),
        (probe.X509ChainStatusFlags.PartialChain, 0x10000),
        (probe.WebExceptionStatus.RequestProhibitedByProxy, 20),
        (probe.WebExceptionStatus.TrustFailure, 9),
    ],
)
def test_dotnets_values(member: int, value: int) -> None:
    """Values of referencesource, spot-checked in each enumeration."""
    assert int(member) == value


def test_importing_probe_is_cheap() -> None:
    script = (
        "import sys, probe; sys.exit(len({'cryptography', 'httpx', 'asyncio', 'typer'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0
