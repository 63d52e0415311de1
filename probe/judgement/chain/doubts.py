"""Why nobody here knows whether Windows accepts a path in which the rules find no fault.

A doubt never stands beside a fault: what is refused for one reason is refused. Neither is it an acceptance:
the search goes on for a path without any, and a chain that has one is indeterminate.
"""

from __future__ import annotations

from collections.abc import Iterator

from probe.facts.certificate import Certificate
from probe.judgement.chain import critical_extensions, name_constraints, signature
from probe.judgement.chain.element_status import Path


def doubt(path: Path) -> str | None:
    """The first doubt about a path without fault that ends in an anchor, or None."""
    return next(_doubts(path), None)


def _doubts(path: Path) -> Iterator[str]:
    certificates = path.certificates
    found = [_signature(certificate) for certificate in certificates[:-1]]
    found += [_padding(certificate) for certificate in certificates]
    found += [_extension(certificate) for certificate in certificates]
    found.append(name_constraints.incomparable(certificates))
    return (why for why in found if why is not None)


def _extension(certificate: Certificate) -> str | None:
    """An extension that is critical and cannot be decoded, and that no rule reads: Windows may look at it.

    What a rule needs is a fault when it cannot be decoded, so the path would not be without fault. No
    observation says what Windows does with the others (an undecodable AIA is none when it is not critical:
    dotnet/runtime TestInvalidAia).
    """
    name = critical_extensions.undecodable(certificate)
    if name is None:
        return None
    return f"the extension {name} of {certificate.subject} is critical and cannot be decoded"


def _padding(certificate: Certificate) -> str | None:
    """RSASSA-PSS parameters that CNG has no words for, in a signature whose arithmetic is right.

    BCRYPT_PSS_PADDING_INFO (bcrypt.h) holds one digest and the length of the salt, so one digest serves for
    the message and for MGF1, and the trailer is the usual one. Whether Windows refuses others or verifies
    with the wrong ones is not known.
    """
    if certificate.structure is None:
        return None
    oddity = signature.pss_oddity(certificate.structure.signature_algorithm)
    if oddity is None:
        return None
    return f"the RSASSA-PSS signature of {certificate.subject} uses {oddity}, which CNG cannot express"


def _signature(certificate: Certificate) -> str | None:
    """Why this signature may be refused although the arithmetic is right, or None.

    No observation says what Windows does when the two algorithm fields differ, when the signature's BIT
    STRING claims unused bits, or when something follows it; all of these leave the arithmetic untouched, and
    none must be taken for sound.
    """
    structure = certificate.structure
    if structure is None:
        return None
    subject = certificate.subject
    if signature.digest_of(structure.signature_algorithm) == "md5":
        return (
            f"{subject} is signed with MD5, which Windows refuses under the roots of Microsoft's program "
            "and accepts under an organisation's own root (advisory 2862973)"
        )
    if structure.signature_algorithm != structure.inner_signature_algorithm:
        return f"{subject} names one signature algorithm inside and another outside"
    if not certificate.der.endswith(structure.signature):
        return f"{subject} is followed by bytes that are no part of it"
    if certificate.der[-len(structure.signature) - 1] != 0:
        return f"the signature of {subject} is no whole number of octets"
    return None
