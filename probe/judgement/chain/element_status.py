"""One path, certificate by certificate: which flags CryptoAPI sets on which element, and why.

A path runs end-entity to top. This module joins the rules that need nothing but the path, the store, the
caller and the moment; how the path was found is for `paths`. Each rule accumulates: nothing stops at a first
fault.
"""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.trust_store import ListedRoot, TrustStore
from probe.judgement.caller_profile import WINDOWS_10, Caller
from probe.judgement.chain import signature, signature_algorithm
from probe.judgement.chain.certificate_reading import read
from probe.judgement.chain.constraints.basic_constraints import check_basic_constraints, why_no_ca
from probe.judgement.chain.constraints.key_usage import (
    allows,
    check_enhanced_usage,
    check_key_usage,
    check_root_properties,
)
from probe.judgement.chain.constraints.name_constraints import check_name_constraints
from probe.judgement.chain.constraints.policies import check_policies
from probe.judgement.chain.path import Path, Top
from probe.judgement.chain.path_status import MAXIMUM_REASONS, PathStatus
from probe.judgement.chain.revocation.path_revocation import check_revocation
from probe.judgement.chain.signature import Verification
from probe.judgement.chain.terms import Terms

# Undecodable, these are InvalidExtension; constraints and policies have a flag of their own beside it, and
# an undecodable AIA or CDP is no fault (dotnet/runtime TestInvalidAia).
DISALLOWED = "it is in the caller's list of disallowed certificates"
_USAGE_EXTENSIONS = {
    extensions.KEY_USAGE: "key usage",
    extensions.EXTENDED_KEY_USAGE: "enhanced key usage",
    extensions.APPLICATION_POLICIES: "application policies",
    extensions.BASIC_CONSTRAINTS: "basic constraints",
}
# Purposes are policies to CryptoAPI (CERT_USAGE_MATCH), and undecodable ones have both flags
# [validation 5.4.3].
_POLICIES_OF_USAGE = frozenset({extensions.EXTENDED_KEY_USAGE, extensions.APPLICATION_POLICIES})
_UNDECODABLE_POLICY = Flags.InvalidExtension | Flags.InvalidPolicyConstraints


def assess(path: Path, terms: Terms) -> PathStatus:
    """Every flag of every element of this path, with reasons."""
    certificates = path.certificates
    status = PathStatus(len(certificates))
    _check_end(path, status)
    _check_readable(certificates, status)
    _check_time(certificates, terms.at, status)
    _check_signatures(path, terms, status)
    _check_distrust(certificates, terms.trust, status)
    _check_extensions(certificates, status)
    check_basic_constraints(certificates, [terms.trust.installs(c) for c in certificates], status)
    check_key_usage(certificates, status)
    check_enhanced_usage(certificates, terms.usages, status)
    check_name_constraints(certificates, status, terms.work, demand_dns_name=terms.caller.demands_a_dns_name)
    check_policies(certificates, status)
    if terms.caller.revocation:
        check_revocation(certificates, terms.answers, terms.at, status, listed=path.listed is not None)
    if path.top is Top.ANCHOR:
        properties = terms.trust.properties_of(certificates[-1])
        check_root_properties(certificates, properties, terms, status)
    elif path.listed is not None:
        _check_listed_root(certificates, path.listed, terms, status)
    status.leave_out(terms.caller.left_out_flags)
    return status


def _check_listed_root(
    certificates: tuple[Certificate, ...], root: ListedRoot, terms: Terms, status: PathStatus
) -> None:
    """What the list forbids the root that Windows would download: the chain has it, as no element is it."""
    forbidden = PathStatus(len(certificates))
    check_root_properties(certificates, root.properties, terms, forbidden)
    status.chain |= forbidden.combined
    last = len(certificates) - 1
    for reason in forbidden.reasons[last]:
        status.add(
            last, Flags.NoError, f"the root above it, {root.friendly_name or root.thumbprint}: {reason}"
        )


def _check_end(path: Path, status: PathStatus) -> None:
    last = len(path.members) - 1
    certificate = path.members[last].certificate
    if path.top is Top.SELF_SIGNED:
        # A tampered self-signature on a lone root is reported alone [validation 5.7].
        if last > 0 or signature.verify(certificate, certificate) is not Verification.INVALID:
            status.add(
                last,
                Flags.UntrustedRoot,
                "it is a root that the caller does not trust: it is not in its Trusted Root Certification "
                "Authorities",
            )
    elif path.top is Top.CYCLIC:
        status.chain |= Flags.PartialChain
        status.add(last, Flags.Cyclic, "it stands in the path already: its issuers issued each other")
    elif path.top is Top.PARTIAL:
        # CryptoAPI sets this on the chain and on no element (SDK CERT_TRUST_STATUS; Wine chainCheckNoStore).
        status.chain |= Flags.PartialChain
        status.add(last, Flags.NoError, f"its issuer {certificate.issuer.in_words} is not at hand")


def _check_readable(certificates: tuple[Certificate, ...], status: PathStatus) -> None:
    for index, certificate in enumerate(certificates):
        if certificate.structure is None:
            # CertCreateCertificateContext would not even load it: whatever is reported, it is not trusted.
            status.add(index, Flags.NotSignatureValid, f"it cannot be decoded: {certificate.unreadable}")


def _check_time(certificates: tuple[Certificate, ...], at: datetime, status: PathStatus) -> None:
    """NotTimeValid, on an issuer only if it was not valid when what it issued was either.

    Four observations settle this: of nested validities that are all out of date Windows reports the
    end-entity only (dotnet/runtime BuildInvalidSignatureTwice); an expired root below which everything is in
    date is reported (Wine tests chain8); so is an expired root above an expired end-entity when their
    validities do not overlap (Wine tests chain2); and an issuer that is in date is not, whenever its subject
    was valid (Wine tests chain0, 1, 3 and 4). So each issuer that is out of date is asked about the moment
    closest to `at` at which its subject was valid, too [validation 5.6].
    """
    moment = at
    for index, certificate in enumerate(certificates):
        why = out_of_date(certificate, at)
        if why is not None and out_of_date(certificate, moment) is not None:
            status.add(index, Flags.NotTimeValid, why)
        structure = certificate.structure
        if structure is not None and structure.not_before <= structure.not_after:
            moment = min(max(moment, structure.not_before), structure.not_after)


def out_of_date(certificate: Certificate, at: datetime) -> str | None:
    """Why the certificate is not valid at this moment, or None. NotAfter itself is still valid."""
    structure = certificate.structure
    if structure is None:
        return None
    if at < structure.not_before:
        return f"it is not valid before {structure.not_before:%Y-%m-%d %H:%M:%S} UTC"
    if at > structure.not_after:
        return f"it expired on {structure.not_after:%Y-%m-%d %H:%M:%S} UTC"
    return None


def _check_signatures(path: Path, terms: Terms, status: PathStatus) -> None:
    certificates = path.certificates
    last = len(certificates) - 1
    for index, certificate in enumerate(certificates):
        if index < last:
            _check_one_signature(index, certificate, certificates[index + 1], terms, status)
        elif path.top in (Top.ANCHOR, Top.SELF_SIGNED):
            _check_one_signature(index, certificate, certificate, terms, status)
        weak = signature.weak_key(certificate, terms.caller.minimum_rsa_bits)
        top = index == last and path.top in (Top.ANCHOR, Top.SELF_SIGNED)
        if weak is not None and not _takes_weak_keys(terms.caller, top=top):
            status.add(index, _WEAK, weak)


def _check_one_signature(
    index: int, child: Certificate, issuer: Certificate, terms: Terms, status: PathStatus
) -> None:
    if child.structure is None:
        return
    own = child is issuer
    name = signature_algorithm.algorithm_name(child.structure.signature_algorithm)
    # MD2 and MD4 are refused on roots too; only MD5 is not judged there [validation 4.6.2]
    # [validation 4.6.3].
    if _broken_digest(child, terms.caller):
        status.add(index, _WEAK, f"its signature algorithm {name} is no longer accepted")
        return
    outcome = terms.work.known(child, issuer) or signature.verify(child, issuer)
    if signature_algorithm.is_unknown(child.structure.signature_algorithm, terms.caller.build):
        status.add(index, Flags.NotSignatureValid, f"Windows does not know its signature algorithm {name}")
    elif outcome is Verification.INVALID:
        whose = "its own key" if own else f"the key of {issuer.subject.in_words}"
        status.add(index, Flags.NotSignatureValid, f"{whose} did not make its signature")
    elif not _curve_known(issuer, terms.caller):
        whose = "its own key" if own else "its issuer's key"
        status.add(
            index, Flags.NotSignatureValid, f"{terms.caller.display} does not know the curve of {whose}"
        )
    elif outcome is Verification.NOT_COMPUTABLE:
        status.add_uncertain(index, Flags.NotSignatureValid, f"its signature ({name}) cannot be verified")


_WEAK = Flags.NotSignatureValid | Flags.HasWeakSignature


def _takes_weak_keys(caller: Caller, *, top: bool) -> bool:
    """Whether this server was set to take a short key, of a root or of any certificate [validation 4.6.8]."""
    return caller.logs_weakness_only or (top and caller.takes_weak_roots)


def _broken_digest(certificate: Certificate, caller: Caller) -> bool:
    """MD2 or MD4, which Windows takes only where it was set to [validation 4.6.2]."""
    if caller.takes_md2_md4 or caller.logs_weakness_only:
        return False
    structure = certificate.structure
    return (
        structure is not None
        and signature_algorithm.digest_of(structure.signature_algorithm) in signature_algorithm.BROKEN_DIGESTS
    )


def _curve_known(issuer: Certificate, caller: Caller) -> bool:
    """Whether this Windows has the curve of the key: named ones came with Windows 10, others never did."""
    if issuer.structure is None or caller.build >= WINDOWS_10:
        return True
    key = issuer.structure.public_key_info
    if signature.has_explicit_curve(key):
        return False
    curve = signature.public_key(key).curve
    return curve is None or curve in signature.OLD_WINDOWS_CURVES


def _check_distrust(certificates: tuple[Certificate, ...], trust: TrustStore, status: PathStatus) -> None:
    for index, certificate in enumerate(certificates):
        if trust.disallows(certificate):
            status.add(index, Flags.ExplicitDistrust, DISALLOWED)


def _check_extensions(certificates: tuple[Certificate, ...], status: PathStatus) -> None:
    for index, certificate in enumerate(certificates):
        reading = read(certificate)
        for oid in islice(reading.unknown_critical, MAXIMUM_REASONS):
            status.add(
                index,
                Flags.InvalidExtension | Flags.HasNotSupportedCriticalExtension,
                f"its extension {oid} is critical and unknown to Windows",
            )
        for oid in sorted(reading.undecodable & _USAGE_EXTENSIONS.keys()):
            flags = _UNDECODABLE_POLICY if oid in _POLICIES_OF_USAGE else Flags.InvalidExtension
            status.add(index, flags, f"its {_USAGE_EXTENSIONS[oid]} cannot be decoded")


def is_faulty_on_every_path(certificate: Certificate, terms: Terms) -> bool:
    """Whether this issuer would have a flag in any path, so that none through it can be without fault.

    Only what needs no path: a quick look before signatures are computed.
    """
    reading, left_out = read(certificate), terms.caller.left_out_flags
    return (
        certificate.structure is None
        or _broken_digest(certificate, terms.caller)
        or out_of_date(certificate, terms.at) is not None
        or (
            why_no_ca(certificate, installed=terms.trust.installs(certificate), top=certificate.self_issued)
            is not None
            and not left_out & Flags.InvalidBasicConstraints
        )
        or (reading.key_usage is not None and not reading.key_usage & extensions.KEY_CERT_SIGN)
        or not all(allows(reading.usages, usage) for usage in terms.usages)
        or (bool(reading.unknown_critical) and not left_out & Flags.HasNotSupportedCriticalExtension)
        or terms.trust.disallows(certificate)
    )
