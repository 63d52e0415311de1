"""From chain status and name to SslPolicyErrors, and when the name is not looked at."""

from __future__ import annotations

import pytest

from probe.dotnet import SslPolicyErrors
from probe.dotnet import X509ChainStatusFlags as Flags
from probe.judgement.model import ChainContext, NameMatch
from probe.judgement.ssl_policy import in_order_of_report, ssl_policy_errors

CHAIN, NAME = SslPolicyErrors.RemoteCertificateChainErrors, SslPolicyErrors.RemoteCertificateNameMismatch
NONE = SslPolicyErrors(0)
RIGHT = NameMatch("a.test", ("a.test",), matched=True)
WRONG = NameMatch("a.test", ("b.test",), matched=False)


def _context(status: Flags, throws: str | None = None) -> ChainContext:
    return ChainContext((), chain_status=status, build_failure=throws)


@pytest.mark.parametrize(
    ("status", "name", "expected"),
    [
        pytest.param(Flags.NoError, RIGHT, NONE, id="fine"),
        pytest.param(Flags.NoError, None, NONE, id="name-not-checked"),
        pytest.param(Flags.NoError, WRONG, NAME, id="wrong-name"),
        pytest.param(Flags.UntrustedRoot, RIGHT, CHAIN, id="untrusted-root"),
        pytest.param(Flags.UntrustedRoot, WRONG, CHAIN | NAME, id="both"),
        pytest.param(Flags.NotSignatureValid, WRONG, CHAIN, id="signature-masks-the-name"),
        pytest.param(Flags.Revoked, WRONG, CHAIN, id="revoked-masks-the-name"),
        pytest.param(Flags.ExplicitDistrust, WRONG, CHAIN, id="distrust-masks-the-name"),
        pytest.param(Flags.HasNotSupportedCriticalExtension, WRONG, CHAIN, id="critical-masks-the-name"),
        pytest.param(Flags.InvalidNameConstraints, WRONG, CHAIN, id="undecodable-constraint-masks-the-name"),
        pytest.param(Flags.HasNotSupportedNameConstraint, WRONG, CHAIN, id="unsupported-masks-the-name"),
        pytest.param(Flags.HasNotPermittedNameConstraint, WRONG, CHAIN, id="not-permitted-masks-the-name"),
        pytest.param(Flags.HasExcludedNameConstraint, WRONG, CHAIN, id="excluded-masks-the-name"),
        pytest.param(
            Flags.HasExcludedNameConstraint | Flags.UntrustedRoot,
            WRONG,
            CHAIN,
            id="excluded-beside-untrusted",
        ),
        pytest.param(Flags.NotValidForUsage, WRONG, CHAIN | NAME, id="usage-masks-nothing"),
        pytest.param(Flags.Cyclic, RIGHT, CHAIN, id="any-bit-at-all"),
    ],
)
def test_ssl_policy_errors(status: Flags, name: NameMatch | None, expected: SslPolicyErrors) -> None:
    assert ssl_policy_errors(_context(status), name) == expected


def test_a_build_that_throws_is_never_fine() -> None:
    assert ssl_policy_errors(_context(Flags.NoError, "unknown algorithm"), RIGHT) == CHAIN


def test_the_mask_says_why() -> None:
    assert in_order_of_report(_context(Flags.UntrustedRoot), WRONG) is WRONG
    masked = in_order_of_report(_context(Flags.NotSignatureValid | Flags.UntrustedRoot), WRONG).not_compared
    assert masked is not None
    assert "NotSignatureValid" in masked
    assert "UntrustedRoot" not in masked
