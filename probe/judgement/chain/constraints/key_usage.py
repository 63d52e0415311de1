"""Key usage and enhanced key usage along a path: NotValidForUsage.

Enhanced key usages nest: a requested usage has to be allowed by every certificate of the path, absent means
any ([validation 4.4] and [validation 5.4.1], SDK CERT_USAGE_MATCH), and by the store's properties of the
root.
"""

from __future__ import annotations

from collections.abc import Sequence

from probe.dotnet import X509ChainStatusFlags
from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.trust_store import RootProperties
from probe.judgement.chain.certificate_reading import read
from probe.judgement.chain.path_status import PathStatus
from probe.judgement.chain.terms import Terms

_USAGE = X509ChainStatusFlags.NotValidForUsage

_NAMES = {
    extensions.SERVER_AUTHENTICATION: "Server Authentication",
    "1.3.6.1.5.5.7.3.2": "Client Authentication",
    "1.3.6.1.5.5.7.3.3": "Code Signing",
    "1.3.6.1.5.5.7.3.4": "Secure Email",
    "1.3.6.1.5.5.7.3.8": "Time Stamping",
    "1.3.6.1.5.5.7.3.9": "OCSP Signing",
}


def usage_name(oid: str) -> str:
    """A usage as a person reads it, with its OID."""
    return f"{_NAMES[oid]} ({oid})" if oid in _NAMES else oid


def check_key_usage(path: Sequence[Certificate], status: PathStatus) -> None:
    """Note CAs that may not sign certificates, and an end-entity that may without being a CA.

    Source: Wine crypt32 tests chain15, chain16 and chain18, which pass on Windows. An absent key usage allows
    everything.
    """
    for index, certificate in enumerate(path):
        reading = read(certificate)
        if reading.key_usage is None:
            continue
        signs = bool(reading.key_usage & extensions.KEY_CERT_SIGN)
        if index > 0 and not signs:
            status.add(index, _USAGE, "its key usage does not include certificate signing")
        constraints = reading.basic_constraints
        if index == 0 and signs and constraints is not None and not constraints.ca:
            status.add(index, _USAGE, "its key usage includes certificate signing, though it is no CA")


_ANY = frozenset({extensions.ANY_EXTENDED_KEY_USAGE, extensions.ANY_APPLICATION_POLICY})


def allows(usages: frozenset[str] | None, wanted: str) -> bool:
    """Whether these enhanced key usages include the wanted one.

    None includes all, and so do anyExtendedKeyUsage ([validation 5.4.2]) and the application policy
    that wincrypt.h gives the same meaning, szOID_ANY_APPLICATION_POLICY.
    """
    return usages is None or wanted in usages or not usages.isdisjoint(_ANY)


def check_enhanced_usage(path: Sequence[Certificate], wanted: Sequence[str], status: PathStatus) -> None:
    """Note every element down from the topmost certificate that does not allow a requested usage.

    What an element allows is what it and everything above it allow ([validation 5.4.1]).
    """
    for usage in wanted:
        forbidding: Certificate | None = None
        for index in range(len(path) - 1, -1, -1):
            if not allows(read(path[index]).usages, usage):
                forbidding = path[index]
                status.add(index, _USAGE, _why_not(forbidding, usage))
            elif forbidding is not None:
                reason = f"{forbidding.subject.in_words} above it does not allow {usage_name(usage)}"
                status.inherit(index, _USAGE, reason)


_LISTED = 10  # usages named in a reason; ours


def _why_not(certificate: Certificate, usage: str) -> str:
    usages = sorted(map(usage_name, read(certificate).usages or ()))
    listed = ", ".join(usages[:_LISTED]) or "nothing"
    if len(usages) > _LISTED:
        listed = f"{listed} and {len(usages) - _LISTED} more"
    return f"it is for {listed}, not for {usage_name(usage)}"


def check_root_properties(
    path: Sequence[Certificate],
    properties: RootProperties,
    terms: Terms,
    status: PathStatus,
    holder: str = "the trust store",
) -> None:
    """Note what the store's own properties of the root forbid (CERT_*_PROP_ID of wincrypt.h).

    `holder`: whose properties they are.

    The two dates, NotBefore and Disable, are unknown to Windows before Windows 10 [validation 4.7.3]. A
    disabled purpose is a usage that neither the root nor anything below it has [validation 5.4.1]. The other
    flags were not observed: the not-before date disables purposes too (CERT_NOT_BEFORE_ENHKEY_USAGE_PROP_ID
    stands beside it), and a disallowed root is an explicit distrust. Both are inferred.
    """
    top = len(path) - 1
    for usage in terms.usages:
        if properties.usages is not None and not allows(frozenset(properties.usages), usage):
            why = f"{holder} has {usage_name(usage)} disabled for"
        elif properties.usages is None and usage in properties.disallowed_usages:
            why = f"{holder} disallows {usage_name(usage)} for"
        else:
            continue
        status.add(top, _USAGE, f"{why} this root")
        for index in range(top):
            status.inherit(index, _USAGE, f"{why} the root above it")
    if not terms.caller.honours_root_dates:
        return
    disallowed = properties.disallowed_after
    if disallowed is not None and terms.at > disallowed:
        status.add(
            top,
            X509ChainStatusFlags.ExplicitDistrust,
            f"{holder} disallows this root since {disallowed:%Y-%m-%d}",
        )
    _check_not_before(path, properties, terms.usages, status, holder)


def _check_not_before(
    path: Sequence[Certificate],
    properties: RootProperties,
    wanted: Sequence[str],
    status: PathStatus,
    holder: str,
) -> None:
    limit, structure = properties.not_before, path[0].structure
    if limit is None or structure is None or structure.not_before < limit:
        return
    only = properties.not_before_usages
    if only is None or any(usage in only for usage in wanted):
        status.add(
            len(path) - 1,
            _USAGE,
            f"{holder} refuses certificates under this root issued since {limit:%Y-%m-%d}, "
            f"and this one is from {structure.not_before:%Y-%m-%d}",
        )
