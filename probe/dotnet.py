"""The vocabulary of the caller's event log: three .NET enumerations, names and values verbatim.

Sources: microsoft/referencesource `System/net/System/Net/WebExceptionStatus.cs`,
`System/net/System/Net/SecureProtocols/SslStream.cs` (SslPolicyErrors) and
`System/security/system/security/cryptography/x509/x509chain.cs` (X509ChainStatusFlags; the values are
those of CERT_TRUST_STATUS.dwErrorStatus in wincrypt.h). This module decides nothing.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from functools import lru_cache


class SslPolicyErrors(IntFlag):
    """What .NET's validation found wrong; 0 is .NET's `None` and means that the certificate is accepted.

    Printed as the log does: `RemoteCertificateNameMismatch, RemoteCertificateChainErrors`.
    """

    RemoteCertificateNotAvailable = 0x1
    RemoteCertificateNameMismatch = 0x2
    RemoteCertificateChainErrors = 0x4

    def __str__(self) -> str:
        return ", ".join(flag_names(self)) or "None"

    def __format__(self, form: str) -> str:
        return format(str(self), form)


class X509ChainStatusFlags(IntFlag):
    """Status of one chain element, or the OR over a chain. `NoError` is 0. Printed as .NET does, by names."""

    NoError = 0x0
    NotTimeValid = 0x1
    NotTimeNested = 0x2
    Revoked = 0x4
    NotSignatureValid = 0x8
    NotValidForUsage = 0x10
    UntrustedRoot = 0x20
    RevocationStatusUnknown = 0x40
    Cyclic = 0x80
    InvalidExtension = 0x100
    InvalidPolicyConstraints = 0x200
    InvalidBasicConstraints = 0x400
    InvalidNameConstraints = 0x800
    HasNotSupportedNameConstraint = 0x1000
    HasNotDefinedNameConstraint = 0x2000
    HasNotPermittedNameConstraint = 0x4000
    HasExcludedNameConstraint = 0x8000
    PartialChain = 0x10000
    CtlNotTimeValid = 0x20000
    CtlNotSignatureValid = 0x40000
    CtlNotValidForUsage = 0x80000
    HasWeakSignature = 0x100000
    OfflineRevocation = 0x1000000
    NoIssuanceChainPolicy = 0x2000000
    ExplicitDistrust = 0x4000000
    HasNotSupportedCriticalExtension = 0x8000000

    def __str__(self) -> str:
        return ", ".join(flag_names(self)) or "NoError"

    def __format__(self, form: str) -> str:
        return format(str(self), form)


class WebExceptionStatus(IntEnum):
    """How System.Net.WebException classifies a failed request. Printed by its name."""

    Success = 0
    NameResolutionFailure = 1
    ConnectFailure = 2
    ReceiveFailure = 3
    SendFailure = 4
    PipelineFailure = 5
    RequestCanceled = 6
    ProtocolError = 7
    ConnectionClosed = 8
    TrustFailure = 9
    SecureChannelFailure = 10
    ServerProtocolViolation = 11
    KeepAliveFailure = 12
    Pending = 13
    Timeout = 14
    ProxyNameResolutionFailure = 15
    UnknownError = 16
    MessageLengthLimitExceeded = 17
    CacheEntryNotFound = 18
    RequestProhibitedByCachePolicy = 19
    RequestProhibitedByProxy = 20

    def __str__(self) -> str:
        return self.name

    def __format__(self, form: str) -> str:
        return format(self.name, form)


@lru_cache(maxsize=1024, typed=True)  # flags of two types with the same bits are equal, and differ
def flag_names(flags: IntFlag) -> tuple[str, ...]:
    """Names of the bits set in `flags`, lowest bit first; () for none (.NET's `None`/`NoError`)."""
    return tuple(member.name for member in type(flags) if member.name and member & flags)
