"""What an extension says, decoded one at a time and leniently; an undecodable one raises ValueError.

The caller of these functions decides what an undecodable extension means (judge: a status flag; report:
nothing to show). Strings stay bytes where CryptoAPI compares bytes. Sources: RFC 5280 section 4.2 and, for
Microsoft's own, the wincrypt.h object identifiers.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from probe.facts import der
from probe.facts.certificate import Certificate, Extension

SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"
# szOID_SUBJECT_ALT_NAME, obsolete; Windows honours it like the current one (spec/validation.md section 5).
OBSOLETE_SUBJECT_ALTERNATIVE_NAME = "2.5.29.7"

OTHER_NAME, RFC822_NAME, DNS_NAME, X400_ADDRESS, DIRECTORY_NAME = range(5)
EDI_PARTY_NAME, URI, IP_ADDRESS, REGISTERED_ID = range(5, 9)


@dataclass(frozen=True, slots=True)
class GeneralName:
    """One GeneralName: `kind` is its context tag number (RFC 5280 section 4.2.1.6), `value` its content."""

    kind: int
    value: bytes

    @property
    def text(self) -> str:
        """The content as text; undecodable bytes come out as Latin-1."""
        return self.value.decode("latin-1")


def general_names(encoded: bytes) -> tuple[GeneralName, ...]:
    """Every GeneralName of a SEQUENCE OF GeneralName.

    Raises:
        ValueError: the sequence, or the frame of one of its members, cannot be read.
    """
    return tuple(_general_name(member.tag_bytes, bytes(member.data)) for member in der.items(encoded))


def _general_name(tag: bytes, content: bytes) -> GeneralName:
    if len(tag) != 1 or tag[0] & 0xC0 != 0x80:
        raise ValueError("not a GeneralName")
    return GeneralName(tag[0] & 0x1F, content)


def subject_alternative_name(certificate: Certificate) -> Extension | None:
    """The subject alternative name extension under its current or its obsolete OID, or None."""
    return certificate.extension(SUBJECT_ALTERNATIVE_NAME, OBSOLETE_SUBJECT_ALTERNATIVE_NAME)


def presented_general_names(certificate: Certificate) -> tuple[GeneralName, ...]:
    """Names of the SAN; () when there is none or it cannot be decoded."""
    extension = subject_alternative_name(certificate)
    if extension is None:
        return ()
    try:
        return general_names(extension.value)
    except ValueError:
        return ()


def dns_names(certificate: Certificate) -> tuple[str, ...]:
    """The dNSName entries of the SAN, as sent."""
    names = presented_general_names(certificate)
    return tuple(name.text for name in names if name.kind == DNS_NAME)


def ip_addresses(certificate: Certificate) -> tuple[str, ...]:
    """The iPAddress entries of the SAN that have 4 or 16 octets, in their usual spelling."""
    names = presented_general_names(certificate)
    return tuple(
        str(ipaddress.ip_address(name.value))
        for name in names
        if name.kind == IP_ADDRESS and len(name.value) in (4, 16)
    )
