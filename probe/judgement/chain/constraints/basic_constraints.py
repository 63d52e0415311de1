"""Basic constraints along a path: who may be a CA, and how many CAs may stand below one.

Sources: [validation 4.3.8] (Wine crypt32 tests chain3, chain4, chain6 to chain9, which pass on
Windows) and [validation 5.8]; RFC 5280 section 6.1.4 for what does not count towards a path length, and does
in Wine.
"""

from __future__ import annotations

from collections.abc import Sequence

from probe.dotnet import X509ChainStatusFlags
from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.judgement.chain.certificate_reading import read
from probe.judgement.chain.path_status import PathStatus

_BASIC = X509ChainStatusFlags.InvalidBasicConstraints
_UNDECODABLE = _BASIC | X509ChainStatusFlags.InvalidExtension


def check_basic_constraints(
    path: Sequence[Certificate], installed: Sequence[bool], status: PathStatus
) -> None:
    """Note issuers that are no CA and path lengths that are exceeded.

    `installed` says of each element whether it is in a store of the caller, which is what makes a version 1
    or 2 certificate acceptable as an intermediate.
    """
    for index in range(1, len(path)):
        why = why_no_ca(path[index], installed=installed[index], top=index == len(path) - 1)
        if why is not None:
            undecodable = extensions.BASIC_CONSTRAINTS in read(path[index]).undecodable
            status.add(index, _UNDECODABLE if undecodable else _BASIC, why)
    _check_path_lengths(path, status)


def why_no_ca(certificate: Certificate, *, installed: bool, top: bool) -> str | None:
    """Why this certificate may not issue others, or None if it may. `top`: nothing stands above it."""
    reading = read(certificate)
    constraints = reading.basic_constraints
    if constraints is not None:
        return None if constraints.ca else "it is no CA: its basic constraints say so"
    if reading.undecodable & {extensions.BASIC_CONSTRAINTS, extensions.OBSOLETE_BASIC_CONSTRAINTS}:
        return "its basic constraints cannot be decoded"
    # A root, trusted or not, needs no basic constraints; old ones have none.
    if (top and certificate.self_issued) or certificate.structure is None:
        return None
    if certificate.structure.version < 3 and installed:
        return None
    return f"it is no CA: it has no basic constraints (version {certificate.structure.version})"


def _check_path_lengths(path: Sequence[Certificate], status: PathStatus) -> None:
    below = 0  # CAs below the one looked at; those issued to themselves do not count (RFC 5280 6.1.4 (l))
    violator = 0
    for index in range(1, len(path)):
        constraints = read(path[index]).basic_constraints
        limit = constraints.path_length if constraints is not None and constraints.ca else None
        if limit is not None and below > limit:
            violator = index
            status.add(index, _BASIC, f"it allows {limit} CAs below it, and there are {below}")
        elif limit is not None and index - 1 > limit:
            status.doubts.append(
                f"{path[index].subject.in_words} allows {limit} CAs below it, and there are {index - 1}, of "
                f"which {index - 1 - below} issued to themselves do not count by RFC 5280; Wine counts them, "
                "Windows XP did not, and what Windows does since is not known"
            )
        if not path[index].self_issued:
            below += 1
    # Once violated, every CA below the violator has the flag too (Wine crypt32 tests chain4).
    for index in range(1, violator):
        status.add(index, _BASIC, "it is one CA more than a path length above it allows")
