"""Faults of the presented chain, and chains that look faulty and are fine for Windows.

Flags: [validation 3.2.1] to [validation 5.12] (what was observed on Windows wins). Every rejected certificate
is logged with the same words ([failures 5.4.5]), whatever is wrong with it.
"""

from __future__ import annotations

from probe.dotnet import SslPolicyErrors, WebExceptionStatus
from probe.dotnet import X509ChainStatusFlags as Status
from probe.lab.faults.fault_model import ACCEPTED, Expected, Fault

_TRUST_FAILURE = (
    "System.Net.WebException: The underlying connection was closed: Could not establish trust relationship"
    " for the SSL/TLS secure channel. ---> System.Security.Authentication.AuthenticationException:"
    " The remote certificate is invalid according to the validation procedure."
)
_CHAIN = SslPolicyErrors.RemoteCertificateChainErrors
_NAME = SslPolicyErrors.RemoteCertificateNameMismatch


def _refused(errors: SslPolicyErrors, status: Status) -> Expected:
    return Expected("failure", errors, status, WebExceptionStatus.TrustFailure, _TRUST_FAILURE)


def _chain(name: str, summary: str, status: Status) -> Fault:
    return Fault(name, summary, "certificate", _refused(_CHAIN, status))


def _name(name: str, summary: str, caller: str | None = None) -> Fault:
    return Fault(name, summary, "certificate", _refused(_NAME, Status.NoError), caller)


def _fine(name: str, summary: str, outcome: str = "success", caller: str | None = None) -> Fault:
    return Fault(name, summary, "certificate", Expected(outcome, ACCEPTED, Status.NoError), caller)


CERTIFICATE_FAULTS: tuple[Fault, ...] = (
    # Trust and completeness.
    _chain("untrusted-root", "the chain ends in a root that the caller does not trust", Status.UntrustedRoot),
    _chain("unknown-root", "the root is neither sent nor in the caller's store", Status.PartialChain),
    _chain("self-signed", "the certificate is signed with its own key", Status.UntrustedRoot),
    _fine("self-signed-trusted", "the certificate is self-signed, and in the caller's Root store"),
    _chain(
        "missing-intermediate", "the issuer is not sent and nothing says where it is", Status.PartialChain
    ),
    _fine("missing-intermediate-aia", "the issuer is not sent, but its AIA address answers", "warning"),
    _chain(
        "missing-intermediate-dead-aia", "the issuer is not sent and its AIA refuses", Status.PartialChain
    ),
    _chain(
        "missing-intermediate-garbage-aia",
        "the issuer is not sent and its AIA address answers with something else",
        Status.PartialChain,
    ),
    _chain(
        "disallowed",
        "the end-entity certificate is in the caller's Disallowed store",
        Status.ExplicitDistrust,
    ),
    _chain(
        "disallowed-intermediate",
        "the issuing authority is in the caller's Disallowed store",
        Status.ExplicitDistrust,
    ),
    _fine("chain-with-root", "the root is sent too"),
    _fine("chain-out-of-order", "the intermediates are sent in the wrong order"),
    _fine("chain-with-strangers", "certificates that have nothing to do with the chain are sent too"),
    _fine("cross-signed", "the authority is also signed by a root that has expired and is not trusted"),
    # Time.
    _chain("expired", "the certificate has expired", Status.NotTimeValid),
    _chain("not-yet-valid", "the certificate is not valid yet", Status.NotTimeValid),
    _chain("expired-intermediate", "the issuing authority has expired", Status.NotTimeValid),
    _chain("expired-root", "the trusted root has expired", Status.NotTimeValid),
    _fine("expires-soon", "the certificate expires in five days", "warning"),
    _chain(
        "expired-untrusted",
        "the certificate has expired and its root is not trusted",
        Status.NotTimeValid | Status.UntrustedRoot,
    ),
    # Signatures and keys.
    _chain("tampered-signature", "the certificate was altered after signing", Status.NotSignatureValid),
    _chain("tampered-intermediate", "the intermediate was altered after signing", Status.NotSignatureValid),
    _chain(
        "weak-key",
        "the issuing authority has an RSA key of 512 bits",
        Status.NotSignatureValid | Status.HasWeakSignature,
    ),
    _fine("sha1-signature", "the certificate is signed with SHA-1 under a private root", "warning"),
    _fine("key-identifier-mismatch", "the authority key identifier names another key"),
    # Constraints.
    _chain("wrong-usage", "the certificate is for clients, not for servers", Status.NotValidForUsage),
    _chain(
        "wrong-usage-intermediate",
        "the issuing authority is for client certificates",
        Status.NotValidForUsage,
    ),
    _fine("any-usage", "the certificate is for any extended key usage"),
    _fine("no-usage", "the certificate names no extended key usage"),
    _chain("issuer-not-a-ca", "the issuer's basic constraints say CA:FALSE", Status.InvalidBasicConstraints),
    _chain(
        "issuer-without-constraints", "the issuer has no basic constraints", Status.InvalidBasicConstraints
    ),
    _chain("path-too-long", "an authority's path length is exceeded", Status.InvalidBasicConstraints),
    _chain("issuer-cannot-sign", "the issuer's key usage does not allow signing", Status.NotValidForUsage),
    _chain(
        "unknown-critical-extension",
        "the certificate has a critical extension that nobody knows",
        Status.InvalidExtension | Status.HasNotSupportedCriticalExtension,
    ),
    _chain(
        "unknown-critical-extension-issuer",
        "the issuer has a critical extension that nobody knows",
        Status.InvalidExtension | Status.HasNotSupportedCriticalExtension,
    ),
    _fine("unknown-extension", "the certificate has an unknown extension, not critical"),
    _fine("name-constraints-met", "the issuer is constrained to names that the certificate has"),
    _chain(
        "name-constraints-outside",
        "the host is outside the names permitted to the issuer",
        Status.HasNotPermittedNameConstraint,
    ),
    _chain(
        "name-constraints-excluded",
        "the host is among the names excluded for the issuer",
        Status.HasExcludedNameConstraint,
    ),
    _chain(
        "name-constraints-minimum",
        "the issuer's name constraints have a minimum",
        Status.HasNotSupportedNameConstraint,
    ),
    # Names.
    _name("wrong-name", "the certificate is for another host"),
    _name("no-name", "the certificate names no host at all"),
    _fine("wildcard", "the certificate is for *.partner.lab"),
    _name("wildcard-too-short", "the certificate is for *.lab, and a wildcard covers one label only"),
    _name("wildcard-own-domain", "the certificate is for *.mail.partner.lab, which mail.partner.lab is not"),
    Fault(
        "wildcard-partial",
        "the certificate is for m*.partner.lab, which Microsoft's sources disagree about",
        "certificate",
        Expected("unknown", _NAME, Status.NoError),
    ),
    _fine("common-name-only", "the host is in the common name, and there is no SAN"),
    _fine("common-name-wildcard", "the common name is *.partner.lab, and there is no SAN"),
    _fine("common-names", "the host is the second of two common names, and there is no SAN"),
    _fine("common-name-beside-address", "the host is in the common name, and the SAN has an address only"),
    _name("common-name-ignored", "the host is in the common name, but the SAN names another"),
    _fine("obsolete-san", "the host is in a SAN under the obsolete OID 2.5.29.7"),
    _fine("address-in-san", "the caller uses an IP address, and the SAN has it"),
    _name(
        "address-in-san-exchange-2013",
        "as before, but Windows before Server 2016 does not read addresses in a SAN",
        "exchange-2013@2012r2",
    ),
    _fine("address-in-common-name", "the caller uses an IP address, and the common name has it"),
    _name("address-as-dns-name", "the caller uses an IP address, and the SAN has DNS names only"),
    # Revocation, at which the caller does not look ([validation 0.3]).
    _fine("crl-good", "a CRL that lists nothing is published"),
    _fine("ocsp-good", "an OCSP responder answers for the certificates"),
    _fine("ocsp-delegated", "a delegated OCSP responder answers for the certificates"),
    _fine("revoked-crl", "the certificate is on its issuer's CRL, at which the caller does not look"),
    _fine("revoked-ocsp", "the OCSP responder says that the certificate is revoked"),
    _fine("revoked-intermediate", "the issuing authority is on the CRL of its root"),
    _fine("crl-expired", "the CRLs have expired"),
    _fine("crl-unreachable", "nothing listens where the CRLs should be"),
    _fine("ocsp-unreachable", "nothing listens where the OCSP responder should be"),
    Fault(
        "wrong-name-and-expired",
        "the certificate is for another host and has expired",
        "certificate",
        _refused(_NAME | _CHAIN, Status.NotTimeValid),
    ),
)
