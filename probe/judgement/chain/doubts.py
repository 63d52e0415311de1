"""Why nobody here knows whether Windows accepts a path in which the rules find no sure fault.

A doubt never stands beside a sure fault: what is refused for one reason is refused. Neither is it an
acceptance: the search goes on for a path without any, and a chain that has none is indeterminate.

The list, in the order in which the first one found is told:

1. a signature that cannot be computed here, on this machine;
2. a candidate that the authority key identifier rules out, or that only a key identifier connects
   [validation 4.2.5] [validation 4.2.6];
3. a certificate that departs from X.509 (RFC 5280 section 4.1): no observation says what crypt32 makes of it
   [validation 4.8.2];
4. a signature that is right and may be refused all the same: MD5 [validation 4.6.3], two algorithm fields
   that differ, unused bits, bytes that follow, RSASSA-PSS parameters that CNG has no words for;
5. a key that Windows may not use as this machine does: explicit curve parameters (which CVE-2020-0601 was
   about), a compressed point, an RSASSA-PSS key [validation 4.6.6] [validation 4.6.7];
6. an extension that is critical, known and undecodable, and that no rule reads, or one of the usages with
   bytes after it [validation 4.8.3];
7. a number beyond the 32 bits that crypt32's structures hold;
8. a digest or an RSA key that rules of the server itself restrict [validation 4.6.8];
9. an intermediate whose store has purposes of its own switched off [validation 4.4];
10. a root that Microsoft's list restricts, or a certificate that it refuses, while the store given says
    nothing of it [validation 4.7.4];
11. what the rules themselves could not settle (PathStatus.doubts): names that cannot be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from probe.facts.certificate import Certificate, Structure, derived
from probe.facts.encoding import ber
from probe.judgement.caller_profile import Caller
from probe.judgement.chain import critical_extensions, signature, signature_algorithm
from probe.judgement.chain.certificate_reading import read
from probe.judgement.chain.constraints.key_usage import allows, check_root_properties
from probe.judgement.chain.issuers import Candidate, IssuerMatch
from probe.judgement.chain.path import Path, Top
from probe.judgement.chain.path_status import PathStatus
from probe.judgement.chain.signature import Verification
from probe.judgement.chain.terms import Terms

_MEMBERS = 3  # signed part, algorithm, signature (RFC 5280 section 4.1)


def doubt(path: Path, status: PathStatus, terms: Terms) -> str | None:
    """The first doubt about a path without a sure fault, or None."""
    return next(_doubts(path, status, terms), None)


def _doubts(path: Path, status: PathStatus, terms: Terms) -> Iterator[str]:
    certificates, caller = path.certificates, terms.caller
    yield from _uncomputed_signatures(path, terms)
    for child, issuer in pairwise(path.members):
        yield from _match_doubts(child.certificate, issuer)
    if terms.trust.properties:
        yield from _narrowed(path, terms)
    if caller.root_auto_update and terms.trust.list_disallowed:
        yield from _unheeded(path, terms)
    for index, certificate in enumerate(certificates):
        yield from _malformations(certificate)
        if index < len(certificates) - 1:
            yield from _signature_doubts(certificate)
            if caller.restricted_digests:
                yield from _restricted_digest_doubts(certificate, caller)
        if caller.restricted_rsa_bits:
            yield from _restricted_key_doubts(certificate, caller)
        yield from _content_doubts(certificate)
    yield from status.doubts


def _uncomputed_signatures(path: Path, terms: Terms) -> Iterator[str]:
    certificates = path.certificates
    top = certificates[-1:] if path.top in (Top.ANCHOR, Top.SELF_SIGNED) else ()
    for child, issuer in pairwise((*certificates, *top)):
        if child.structure is not None and terms.work.known(child, issuer) is Verification.NOT_COMPUTABLE:
            name = signature_algorithm.algorithm_name(child.structure.signature_algorithm)
            yield f"the signature ({name}) of {child.subject.in_words} cannot be computed here"


def _narrowed(path: Path, terms: Terms) -> Iterator[str]:
    """Intermediates whose store has purposes of theirs switched off: seen of roots alone [validation 4.4]."""
    for certificate in path.certificates[1 : -1 if path.top is Top.ANCHOR else None]:
        own = terms.trust.properties_of(certificate)
        usages = None if own.usages is None else frozenset(own.usages)
        switched_off = any(not allows(usages, u) or u in own.disallowed_usages for u in terms.usages)
        if switched_off or (own.disallowed_after is not None and terms.at > own.disallowed_after):
            yield (
                f"the trust store has purposes of {certificate.subject.in_words} switched off, and whether "
                "Windows heeds that of an intermediate is not known"
            )


def _unheeded(path: Path, terms: Terms) -> Iterator[str]:
    """What Microsoft's list refuses of this path and the store given does not [validation 4.7.4]."""
    where = (
        "the store given says nothing of it, and whether the caller's own does is not known; --trust "
        "microsoft beside it says what the list alone makes of this"
    )
    for certificate in path.certificates:
        if certificate.thumbprint in terms.trust.list_disallowed:
            yield f"Microsoft's list disallows {_identified(certificate)}: {where}"
    if path.top is Top.ANCHOR:
        said = PathStatus(len(path.certificates))
        limits = terms.trust.list_limits_of(path.certificates[-1])
        check_root_properties(path.certificates, limits, terms, said, "Microsoft's list")
        root = _identified(path.certificates[-1])
        yield from (f"of the root {root}: {reason}; {where}" for reason in said.reasons[-1])


def _match_doubts(child: Certificate, issuer: Candidate) -> Iterator[str]:
    certificate = issuer.certificate
    if issuer.set_aside_for is not None:
        yield (
            f"{child.subject.in_words} names {_identified(issuer.set_aside_for)} as its issuer by its "
            "authority key identifier, and Windows then takes no other [validation 4.2.5]; without fault is "
            f"only the path through {_identified(certificate)}"
        )
    if issuer.match is IssuerMatch.KEY_OF_ANOTHER_NAME:
        yield (
            f"the issuer name of {child.subject.in_words} ({child.issuer.in_words}) is not, byte for byte, "
            f"the subject of {_identified(certificate)}, whose key signed it and whose key identifier it "
            "names: CryptoAPI compares names byte for byte (CertCompareCertificateName), while key matches "
            "are reported to carry [validation 4.2.6]"
        )


def _identified(certificate: Certificate) -> str:
    return f"{certificate.subject.in_words} (thumbprint {certificate.thumbprint})"


@derived
def _malformations(certificate: Certificate) -> tuple[str, ...]:
    """Departures from X.509, and what stands around the signed part."""
    structure = certificate.structure
    if structure is None or not structure.malformations:
        return ()
    subject = certificate.subject.in_words or f"the certificate {certificate.thumbprint}"
    return tuple(f"{subject} is malformed: {what}" for what in structure.malformations)


@derived
def _signature_doubts(certificate: Certificate) -> tuple[str, ...]:
    """Why the signature may be refused although the arithmetic is right.

    No observation says what Windows does when the two algorithm fields differ, when the signature's BIT
    STRING claims unused bits, or when something follows it; all of these leave the arithmetic untouched, and
    none must be taken for sound.
    """
    structure = certificate.structure
    if structure is None:
        return ()
    subject = certificate.subject.in_words
    found = []
    if signature_algorithm.digest_of(structure.signature_algorithm) == "md5":
        found.append(
            f"{subject} is signed with MD5, which Windows refuses under the roots of Microsoft's program "
            "and accepts under an organisation's own root (advisory 2862973)"
        )
    if structure.signature_algorithm != structure.inner_signature_algorithm:
        found.append(f"{subject} names one signature algorithm inside and another outside")
    if _is_followed(certificate.der):
        found.append(f"{subject} is followed by bytes that are no part of it")
    elif certificate.der[-len(structure.signature) - 1] != 0:
        found.append(f"the signature of {subject} is no whole number of octets")
    return tuple(found)


def _is_followed(encoded: bytes) -> bool:
    """Whether anything comes behind the signature, inside of the certificate's SEQUENCE or after it."""
    outer = ber.value(encoded)
    return len(outer.whole) < len(encoded) or sum(1 for _ in ber.members(outer)) > _MEMBERS


def _restricted_digest_doubts(certificate: Certificate, caller: Caller) -> Iterator[str]:
    structure = certificate.structure
    if structure is None:
        return
    digest = signature_algorithm.digest_of(structure.signature_algorithm)
    if digest in caller.restricted_digests:
        yield (
            f"{certificate.subject.in_words} is signed with {digest.upper()}, for which this server has "
            f"rules of its own (Weak{digest.title()}...Flags of its chain engine): what they refuse is not "
            "known"
        )


def _restricted_key_doubts(certificate: Certificate, caller: Caller) -> Iterator[str]:
    if certificate.structure is None:
        return
    key = signature.public_key(certificate.structure.public_key_info)
    if key.algorithm == "RSA" and (key.size or 0) < caller.restricted_rsa_bits:
        yield (
            f"the RSA key of {certificate.subject.in_words} has {key.size} bits, and this server has rules "
            f"of its own for those below {caller.restricted_rsa_bits} (WeakRsa...Flags of its chain engine): "
            "what they refuse is not known"
        )


@derived
def _content_doubts(certificate: Certificate) -> tuple[str, ...]:
    """Padding, key, extensions and numbers of a certificate, whatever its place."""
    structure = certificate.structure
    if structure is None:
        return ()
    found = (
        _padding(certificate, structure),
        _key(certificate, structure),
        _extension(certificate),
        _number(certificate),
    )
    return tuple(why for why in found if why is not None)


def _padding(certificate: Certificate, structure: Structure) -> str | None:
    """RSASSA-PSS parameters that CNG has no words for, in a signature whose arithmetic is right.

    BCRYPT_PSS_PADDING_INFO (bcrypt.h) holds one digest and the length of the salt, so one digest serves for
    the message and for MGF1, and the trailer is the usual one. Whether Windows refuses others or verifies
    with the wrong ones is not known.
    """
    oddity = signature_algorithm.pss_oddity(structure.signature_algorithm)
    if oddity is None:
        return None
    return (
        f"the RSASSA-PSS signature of {certificate.subject.in_words} uses {oddity}, which CNG cannot express"
    )


def _key(certificate: Certificate, structure: Structure) -> str | None:
    """A key of a form for which no verdict of Windows is known (before Windows 10 some are sure faults)."""
    key = structure.public_key_info
    if signature.has_explicit_curve(key):
        return (
            f"the key of {certificate.subject.in_words} spells its curve out instead of naming it, which "
            "Windows before 10 does not know and which is restricted since CVE-2020-0601"
        )
    if not signature.has_whole_point(key):
        return (
            f"the key of {certificate.subject.in_words} has its point in another form than X and Y, which "
            "CNG holds (BCRYPT_ECCKEY_BLOB): whether Windows reads it is not known"
        )
    if signature.is_pss_key(key):
        return (
            f"the key of {certificate.subject.in_words} is an RSASSA-PSS key (RFC 4055 section 1.2), and "
            "whether Windows verifies with one is not known"
        )
    return None


def _extension(certificate: Certificate) -> str | None:
    """An extension that is critical and cannot be decoded, and that no rule reads: Windows may look at it.

    What a rule needs is a fault when it cannot be decoded, so the path would not be without fault. No
    observation says what Windows does with the others (an undecodable AIA is none when it is not critical:
    dotnet/runtime TestInvalidAia), nor with an extension of the usages that has bytes after it.
    """
    name = critical_extensions.undecodable(certificate)
    if name is not None:
        return f"the extension {name} of {certificate.subject.in_words} is critical and cannot be decoded"
    followed = next(iter(sorted(read(certificate).followed)), None)
    if followed is None:
        return None
    name = critical_extensions.KNOWN[followed].name
    return (
        f"the extension {name} of {certificate.subject.in_words} is followed by bytes that are no part of it"
    )


# The numbers of CERT_BASIC_CONSTRAINTS2_INFO and CERT_POLICY_CONSTRAINTS_INFO are DWORDs (wincrypt.h).
_LARGEST_NUMBER = 0x7FFF_FFFF


def _number(certificate: Certificate) -> str | None:
    reading = read(certificate)
    basic, policy = reading.basic_constraints, reading.policy_constraints
    numbers = (
        basic.path_length if basic is not None else None,
        policy.require_explicit_policy if policy is not None else None,
        policy.inhibit_policy_mapping if policy is not None else None,
        reading.inhibit_any_policy,
    )
    if max(number or 0 for number in numbers) > _LARGEST_NUMBER:
        return f"a constraint of {certificate.subject.in_words} has a number beyond 32 bits"
    return None
