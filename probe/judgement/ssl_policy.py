"""From chain context and name to SslPolicyErrors: SecureChannel.VerifyRemoteCertificate, steps 5 and 6.

Source: [validation 1.2.5] and [validation 1.2.6] (microsoft/referencesource
System/net/System/Net/_SecureChannel.cs). Whether the caller's callback accepts these errors all the same is
for `verdict`.
"""

from __future__ import annotations

from msgspec import structs

from probe.dotnet import SslPolicyErrors, X509ChainStatusFlags, flag_names
from probe.judgement.model import ChainContext, NameMatch

# Chain errors for which the SSL policy has no ignore flag in 0xFBF: it returns them before it compares names
# ([validation 1.2.5]). The one bit that is cleared in 0xFBF, 0x40, is the one that would
# ignore an invalid name (CERT_CHAIN_POLICY_IGNORE_INVALID_NAME_FLAG), which is what every name constraint
# flag becomes (CERT_E_INVALID_NAME, [validation 2.2]).
REPORTED_BEFORE_NAMES = (
    X509ChainStatusFlags.NotSignatureValid
    | X509ChainStatusFlags.Revoked
    | X509ChainStatusFlags.ExplicitDistrust
    | X509ChainStatusFlags.HasNotSupportedCriticalExtension
    | X509ChainStatusFlags.InvalidNameConstraints
    | X509ChainStatusFlags.HasNotSupportedNameConstraint
    | X509ChainStatusFlags.HasNotDefinedNameConstraint
    | X509ChainStatusFlags.HasNotPermittedNameConstraint
    | X509ChainStatusFlags.HasExcludedNameConstraint
)


def in_order_of_report(context: ChainContext, name: NameMatch) -> NameMatch:
    """The name match, with `not_compared` set when CryptoAPI would return a chain error first."""
    status = context.status
    masking = status and status & REPORTED_BEFORE_NAMES
    if not masking:
        return name
    why = f"CryptoAPI reports {', '.join(flag_names(masking))} before it compares names"
    return structs.replace(name, not_compared=why)


def ssl_policy_errors(context: ChainContext, name: NameMatch | None) -> SslPolicyErrors:
    """The sum that .NET hands to the caller's callback; `name` None: the name is not checked.

    Any chain status at all is RemoteCertificateChainErrors, and so is a Build that throws, because the
    request then fails on the certificate as well. A name that is not compared adds nothing.
    """
    errors = SslPolicyErrors(0)
    if context.status or context.build_failure is not None:
        errors |= SslPolicyErrors.RemoteCertificateChainErrors
    if name is not None and not name.matched and in_order_of_report(context, name).not_compared is None:
        errors |= SslPolicyErrors.RemoteCertificateNameMismatch
    return errors
