"""Faults that only another certificate repairs: by which flags they show, and what to tell the partner.

What the advice says depends on whose certificate has the fault. Where it is the end-entity's, that one is
reissued; where it is a CA's, which the partner can seldom change, the server needs a certificate from
another CA. A CA's name constraints stand on the CA, but it is the end-entity's names that break them.
"""

from __future__ import annotations

from msgspec import Struct

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.judgement.model import ChainElement

NAME_CONSTRAINTS = (
    Flags.InvalidNameConstraints
    | Flags.HasNotSupportedNameConstraint
    | Flags.HasNotDefinedNameConstraint
    | Flags.HasNotPermittedNameConstraint
    | Flags.HasExcludedNameConstraint
)
POLICY = Flags.InvalidPolicyConstraints | Flags.NoIssuanceChainPolicy
REVOCATION_UNKNOWN = Flags.RevocationStatusUnknown | Flags.OfflineRevocation
EXTENSION = Flags.HasNotSupportedCriticalExtension | Flags.InvalidExtension


class CertificateDefect(Struct, frozen=True):
    """One fault: its finding, its flags, and the advice for an end-entity and for a CA (`{subject}`).

    `along`: flags that the same fault may bring with it, `below`: to the certificates below it. `unless`: an
    element with one of these has another fault.
    """

    code: str
    flags: Flags
    of_leaf: str
    of_authority: str
    along: Flags = Flags.NoError
    below: Flags = Flags.NoError
    unless: Flags = Flags.NoError

    def concerns(self, element: ChainElement) -> bool:
        """Whether this element has the fault."""
        return bool(element.own_status & self.flags) and not element.status & self.unless


_ANOTHER_CA = "use a server certificate from another CA: "

FAULTS: tuple[CertificateDefect, ...] = (
    CertificateDefect(
        "certificate-wrong-usage",
        Flags.NotValidForUsage,
        "reissue the server certificate with the enhanced key usage Server Authentication "
        "(1.3.6.1.5.5.7.3.1), and without certificate signing among its key usages",
        _ANOTHER_CA + "{subject} may not issue it (key usage, enhanced key usage, or the root's properties)",
        below=Flags.NotValidForUsage,
    ),
    CertificateDefect(
        "certificate-signature",
        Flags.NotSignatureValid,
        "send the server certificate undamaged, or the CA certificate whose key did sign it; where that does "
        "not help, reissue the server certificate",
        "send the certificate of {subject} undamaged, or the CA certificate whose key did sign it",
        unless=Flags.HasWeakSignature,
    ),
    CertificateDefect(
        "certificate-weak",
        Flags.HasWeakSignature,
        "reissue the server certificate with a key of 2048 bits at least and a SHA-256 signature",
        _ANOTHER_CA + "key or signature of {subject} are too weak",
        along=Flags.NotSignatureValid,
    ),
    CertificateDefect(
        "chain-basic-constraints",
        Flags.InvalidBasicConstraints,
        "reissue the server certificate with sound basic constraints",
        _ANOTHER_CA + "by its basic constraints {subject} may not issue it",
        along=Flags.InvalidExtension,
    ),
    CertificateDefect(
        "chain-name-constraints",
        NAME_CONSTRAINTS,
        "reissue the server certificate with names that the constraints of its CA permit, or from another CA",
        "reissue the server certificate with names that the constraints of {subject} permit, or from another "
        "CA",
        along=Flags.InvalidExtension,
    ),
    CertificateDefect(
        "chain-policy",
        POLICY,
        "reissue the server certificate under a certificate policy that its CA's policy constraints accept",
        _ANOTHER_CA + "the policy extensions of {subject} are broken",
        along=Flags.InvalidExtension,
    ),
    CertificateDefect(
        "certificate-extension",
        EXTENSION,
        "reissue the server certificate without the extension that Windows cannot process",
        _ANOTHER_CA + "{subject} has an extension that Windows cannot process",
    ),
    CertificateDefect(
        "chain-explicit-distrust",
        Flags.ExplicitDistrust,
        "replace the server certificate by one with another key",
        _ANOTHER_CA + "the caller distrusts {subject}",
    ),
    CertificateDefect(
        "certificate-revoked",
        Flags.Revoked,
        "replace the server certificate, which its issuer has revoked",
        _ANOTHER_CA + "the certificate of {subject} is revoked",
        below=REVOCATION_UNKNOWN,
    ),
    CertificateDefect(
        "revocation-unknown",
        REVOCATION_UNKNOWN,
        "let the server certificate name a CRL or OCSP responder that is up to date, and let the Exchange "
        "servers reach it over HTTP",
        "let the certificate of {subject} name a CRL or OCSP responder that is up to date, and let the "
        "Exchange servers reach it over HTTP",
    ),
)
