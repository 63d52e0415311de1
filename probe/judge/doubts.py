"""Why nobody here knows whether Windows accepts a path in which the rules find no fault.

A doubt never stands beside a fault: what is refused for one reason is refused. Neither is it an acceptance:
the search goes on for a path without any, and a chain that has one is indeterminate.
"""

from __future__ import annotations

from probe.facts.certificate import Certificate
from probe.judge import signature
from probe.judge.element import Path


def doubt(path: Path) -> str | None:
    """The first doubt about a path without fault that ends in an anchor, or None."""
    doubts = (_signature(member.certificate) for member in path.members[:-1])
    return next((why for why in doubts if why is not None), None)


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
