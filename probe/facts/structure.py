"""The outer structure of a certificate, and where its values depart from X.509. Nothing is judged here."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from probe.facts.encoding import der
from probe.facts.names import Name
from probe.facts.remembered import remembered


class Extension(Struct, frozen=True):
    """One extension, undecoded. `oid` is dotted, `value` the content of extnValue."""

    oid: str
    critical: bool
    value: bytes


class AlgorithmIdentifier(Struct, frozen=True):
    """An algorithm with its parameters as a whole TLV, or None when they are absent."""

    oid: str
    parameters: bytes | None


@remembered(entries=256, longest=1_024)  # few distinct ones exist
def algorithm_identifier(encoded: bytes) -> AlgorithmIdentifier:
    """An AlgorithmIdentifier, part by part: the decoder has no optional field of unknown type.

    Raises:
        ValueError: undecodable.
    """
    algorithm, *parameters = der.items(encoded)
    return AlgorithmIdentifier(
        der.oid(der.whole(algorithm)), der.whole(parameters[0]) if parameters else None
    )


class Structure(Struct, frozen=True):
    """The outer structure of a certificate. `version` is 1, 2 or 3 as people count.

    `malformations`: where it departs from X.509 (RFC 5280 section 4.1), one clause each; what is merely no
    DER is none.
    """

    version: int
    serial: int
    inner_signature_algorithm: AlgorithmIdentifier
    issuer: Name
    not_before: datetime
    not_after: datetime
    subject: Name
    public_key_info: bytes
    extensions: tuple[Extension, ...]
    signed_bytes: bytes
    signature_algorithm: AlgorithmIdentifier
    signature: bytes
    malformations: tuple[str, ...] = ()


# FILETIME counts from here (minwinbase.h).
_FIRST_YEAR = 1601


def malformations_of_structure(structure: Structure) -> tuple[str, ...]:
    """Where a structure that has been read departs from X.509: in its values, not in how it is encoded.

    RFC 5280 sections 4.1.2.1 (versions), 4.1.2.7 (the key) and 4.2 (no extension twice), and the range of
    FILETIME, in which CERT_INFO holds the validity.
    """
    found = []
    if not 1 <= structure.version <= 3:
        found.append("its version is none that X.509 has")
    if structure.extensions and structure.version < 3:
        found.append(f"it has extensions, which version {structure.version} cannot have")
    if min(structure.not_before.year, structure.not_after.year) < _FIRST_YEAR:
        found.append(f"its validity begins or ends before {_FIRST_YEAR}, where FILETIME begins")
    if len({extension.oid for extension in structure.extensions}) < len(structure.extensions):
        found.append("it has an extension twice")
    key = _wrong_key(structure.public_key_info)
    if key is not None:
        found.append(key)
    return tuple(found)


def _wrong_key(public_key_info: bytes) -> str | None:
    try:
        algorithm, key = der.items(public_key_info)
    except ValueError:
        return "its public key has no form that X.509 knows"
    if algorithm.tag_bytes != b"\x30" or key.tag_bytes != b"\x03":
        return "its public key has no form that X.509 knows"
    return None if bytes(key.data)[:1] == b"\0" else "its public key is no whole number of octets"
