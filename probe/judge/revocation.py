"""Revocation, for the caller that was configured to check it: by default .NET Framework does not.

Source: validation.md sections 1.2 and 2.1: RevocationMode Online with RevocationFlag ExcludeRoot. Nothing is
known here of what a CRL or an OCSP responder said, so every element but the root has the status of one whose
revocation could not be checked; a prediction of "not revoked" would be a guess.
"""

from __future__ import annotations

from collections.abc import Sequence

from probe.dotnet import X509ChainStatusFlags
from probe.facts.certificate import Certificate
from probe.judge.faults import Faults

_UNKNOWN = X509ChainStatusFlags.RevocationStatusUnknown | X509ChainStatusFlags.OfflineRevocation


def check_revocation(path: Sequence[Certificate], faults: Faults) -> None:
    """Note that the revocation of every element below the root is unknown.

    Both flags come together, whether a list could not be had or none is named (SDK CERT_TRUST_STATUS).
    """
    for index, certificate in enumerate(path):
        top = index == len(path) - 1
        if index == 0 or not (top and certificate.self_issued):
            faults.add(index, _UNKNOWN, "its revocation status is not known")
